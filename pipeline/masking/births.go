package masking

import "strings"

// births masks birth dates: a date before 生 or 出生, after 出生日期 or 生于, or
// between 男 or 女 and the rest of a person's particulars. Other dates are those
// of events and stay, as does a birth year alone.
func (p *pass) births() {
	for i := 0; i < len(p.r); i++ {
		if !digit(p.r[i]) && !strings.ContainsRune("一二〇零", p.r[i]) || p.taken[i] || i > 0 && (digit(p.r[i-1]) || strings.ContainsRune("一二〇零", p.r[i-1])) {
			continue
		}
		end, fine := p.date(i)
		if end == i {
			continue
		}
		if p.bornAfter(end) && fine || p.bornBefore(i) || fine && p.afterGender(i) {
			p.add(i, end, BirthDate, nil)
		}
		i = end - 1
	}
}

// date reads a date of at least year and month at rune i. fine is false for
// 19720508 written in one, which needs a word before it.
func (p *pass) date(i int) (end int, fine bool) {
	at := i
	read := func(maxDigits int) int {
		from := at
		for at < len(p.r) && at-from < maxDigits && (digit(p.r[at]) || strings.ContainsRune("〇零一二三四五六七八九十", p.r[at])) {
			at++
		}
		return at - from
	}
	if read(8) == 8 && allDigits(p.r[i:at]) {
		if y := string(p.r[i : i+2]); y != "19" && y != "20" {
			return i, false
		}
		return at, false
	}
	at = i
	if read(4) != 4 {
		return i, false
	}
	if y := string(p.r[i : i+2]); y != "19" && y != "20" && y != "一九" && y != "二〇" && y != "二零" {
		return i, false
	}
	at = p.spacesAt(at)
	if at >= len(p.r) || !strings.ContainsRune("年.-/", p.r[at]) {
		return i, false
	}
	mark := p.r[at]
	at = p.spacesAt(at + 1)
	if n := read(3); n == 0 {
		return i, false
	}
	at = p.spacesAt(at)
	if mark == '年' {
		if at >= len(p.r) || p.r[at] != '月' {
			return i, false
		}
		at++
		monthEnd := at
		at = p.spacesAt(at)
		if read(3) == 0 {
			return monthEnd, true
		}
		at = p.spacesAt(at)
		if at < len(p.r) && strings.ContainsRune("日号", p.r[at]) {
			return at + 1, true
		}
		return monthEnd, true
	}
	monthEnd := at
	if at < len(p.r) && p.r[at] == mark {
		at++
		if read(2) > 0 {
			if at < len(p.r) && p.r[at] == '日' {
				at++
			}
			return at, true
		}
	}
	return monthEnd, mark != '-'
}

func (p *pass) spacesAt(i int) int {
	for i < len(p.r) && p.r[i] == ' ' {
		i++
	}
	return i
}

func (p *pass) has(i int, word string) bool {
	for _, r := range word {
		if i < 0 || i >= len(p.r) || p.r[i] != r {
			return false
		}
		i++
	}
	return true
}

// ends is true when the words before rune i end in word.
func (p *pass) ends(i int, word string) bool {
	runes := []rune(word)
	return p.has(i-len(runes), word)
}

func (p *pass) bornAfter(end int) bool {
	at := p.spacesAt(end)
	if at < len(p.r) && p.r[at] == '(' {
		at++
	}
	if p.has(at, "出生") {
		return true
	}
	if !p.has(at, "生") {
		return false
	}
	for _, w := range []string{"生效", "生活", "生产", "生病", "生前", "生育", "生成", "生死", "生意", "生效判决"} {
		if p.has(at, w) {
			return false
		}
	}
	return true
}

func (p *pass) bornBefore(i int) bool {
	for i > 0 && strings.ContainsRune(": 为是系(", p.r[i-1]) {
		i--
	}
	for _, w := range []string{"出生日期", "出生年月", "出生年月日", "出生时间", "生日", "生于", "出生于", "出生", "born on", "born", "date of birth", "DOB"} {
		if p.ends(i, w) {
			return true
		}
	}
	return false
}

// afterGender is true for the date in 男，1972年5月8日，汉族.
func (p *pass) afterGender(i int) bool {
	at := i
	for at > 0 && strings.ContainsRune(", 、", p.r[at-1]) {
		at--
	}
	if at == i || at == 0 || p.r[at-1] != '男' && p.r[at-1] != '女' {
		return false
	}
	return at == 1 || strings.ContainsRune(", 、(:〕", p.r[at-2])
}
