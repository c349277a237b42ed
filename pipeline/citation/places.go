package citation

import "strings"

// ref is a place with the runes it was written in, without its head.
type ref struct {
	place
	start, end int
}

// places reads the tail of a head at rune i: an article with what follows, and
// every further one of a list or range. With strict it must open with 第, as an
// article without a head must. It returns no refs when no article stands there.
func (s *scan) places(i int, base place, strict bool) ([]ref, int) {
	k := skipSpaces(s.r, i)
	if !strict {
		k = s.skipOf(k)
	}
	refs, end := s.articles(k, strict)
	if len(refs) == 0 {
		return nil, i
	}
	for range maxList {
		k, weak := s.connector(end)
		if k < 0 {
			break
		}
		more, moreEnd := s.articles(k, weak)
		if len(more) == 0 && (!weak || k < len(s.r) && s.r[k] == '第') {
			more, moreEnd = s.smaller(k, refs[len(refs)-1].place)
		}
		if len(more) == 0 {
			break
		}
		refs = append(refs, more...)
		end = moreEnd
	}
	return refs, end
}

// maxList bounds the places of one list.
const maxList = 40

// skipOf steps over 的, 中, 中的, 里的 when 第 follows: 刑法的第八十一条.
func (s *scan) skipOf(k int) int {
	at := k
	for at < len(s.r) && at-k < 2 && strings.ContainsRune("的中里内", s.r[at]) {
		at++
	}
	if at > k && at < len(s.r) && s.r[at] == '第' {
		return at
	}
	return k
}

// connector steps over what joins the places of a list. weak connectors, which
// also end clauses, need 第 after them. It gives -1 where nothing joins.
func (s *scan) connector(i int) (next int, weak bool) {
	k := skipSpaces(s.r, i)
	if k >= len(s.r) {
		return -1, false
	}
	switch s.r[k] {
	case ',', ';':
		weak = true
		k++
	case '、', '和', '及', '与', '至', '到', '~', '-', '—', '–', '或', '暨':
		two := s.r[k] == '或' && hasPrefix(s.r, k, "或者") || s.r[k] == '—' && hasPrefix(s.r, k, "——")
		k++
		if two {
			k++
		}
	case '以':
		if !hasPrefix(s.r, k, "以及") {
			return -1, false
		}
		k += 2
	default:
		return -1, false
	}
	return skipSpaces(s.r, k), weak
}

// articles reads 第八十一条, 81条, 第八十一、八十二条, 第133条之一第一款 at rune i. A
// list of numbers before one 条 gives a ref for each; 款 and 项 belong to the last.
func (s *scan) articles(i int, strict bool) ([]ref, int) {
	if strict && (i >= len(s.r) || s.r[i] != '第') {
		return nil, i
	}
	nums, end := s.group(i, '条', 10)
	if len(nums) == 0 || end < len(s.r) && strings.ContainsRune("例件目", s.r[end]) {
		return nil, i
	}
	refs := make([]ref, len(nums))
	for k, n := range nums {
		refs[k] = ref{place{article: n.value}, n.start, n.end}
	}
	last := &refs[len(refs)-1]
	if k := skipSpaces(s.r, end); k < len(s.r) && s.r[k] == '之' {
		sub, next, _, ok := number(s.r, skipSpaces(s.r, k+1))
		if ok && sub > 0 && sub <= 99 && !(next < len(s.r) && strings.ContainsRune("般切些种样", s.r[next])) {
			last.sub = sub
			last.end, end = next, next
		}
	}
	more, moreEnd := s.smaller(end, last.place)
	if len(more) == 0 {
		// 第81条（假释的条件）第3款
		if shut := s.bracket(skipSpaces(s.r, end)); shut >= 0 && shut-end <= 24 && !strings.ContainsAny(string(s.r[end:shut]), "0123456789旧原第") {
			more, moreEnd = s.smaller(shut+1, last.place)
		}
	}
	if len(more) > 0 {
		more[0].start = last.start
		refs = append(refs[:len(refs)-1], more...)
		end = moreEnd
	}
	return refs, end
}

// smaller reads 款 and 项 at rune i, within base.
func (s *scan) smaller(i int, base place) ([]ref, int) {
	k := s.skipOf(skipSpaces(s.r, i))
	var refs []ref
	end := i
	if nums, next := s.group(k, '款', 10000); len(nums) > 0 && !(next < len(s.r) && s.r[next] == '项') {
		for _, n := range nums {
			p := place{article: base.article, sub: base.sub, paragraph: n.value}
			refs = append(refs, ref{p, n.start, n.end})
		}
		base = refs[len(refs)-1].place
		end, k = next, s.skipOf(skipSpaces(s.r, next))
	}
	if nums, next := s.group(k, '项', 10000); len(nums) > 0 && !(next < len(s.r) && s.r[next] == '目') {
		start := nums[0].start
		if len(refs) > 0 {
			start = refs[len(refs)-1].start
			refs = refs[:len(refs)-1]
		}
		for n, num := range nums {
			p := place{article: base.article, sub: base.sub, paragraph: base.paragraph, point: num.value}
			if n > 0 {
				start = num.start
			}
			refs = append(refs, ref{p, start, num.end})
		}
		end = next
	}
	return refs, end
}

type numeral struct{ value, start, end int }

// group reads one number or a list of numbers that ends in unit: 第八十一条,
// 第（一）、（二）项, 78至82条. A Chinese numeral with neither 第 nor brackets must
// be at least minHan, so that 三条 stays a count.
func (s *scan) group(i int, unit rune, minHan int) ([]numeral, int) {
	var nums []numeral
	k := i
	for len(nums) < maxList {
		start := k
		marked := false
		if k < len(s.r) && s.r[k] == '第' {
			marked = true
			k = skipSpaces(s.r, k+1)
		}
		bracket := k < len(s.r) && s.r[k] == '('
		if bracket {
			marked = true
			k = skipSpaces(s.r, k+1)
		}
		value, next, arabic, ok := number(s.r, k)
		if !ok || value == 0 || len(nums) == 0 && !marked && !arabic && value < minHan {
			return nil, i
		}
		if bracket {
			next = skipSpaces(s.r, next)
			if next >= len(s.r) || s.r[next] != ')' {
				return nil, i
			}
			next++
		}
		nums = append(nums, numeral{value, start, next})
		k = skipSpaces(s.r, next)
		if k < len(s.r) && s.r[k] == unit {
			nums[len(nums)-1].end = k + 1
			return nums, k + 1
		}
		if k >= len(s.r) {
			return nil, i
		}
		switch s.r[k] {
		case '、', ',', '和', '及', '与', '至', '到', '~', '-', '—', '–', '或':
			k = skipSpaces(s.r, k+1)
		case '(':
		default:
			return nil, i
		}
	}
	return nil, i
}
