package intake

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// Part is one item of a cell, turn or message.
type Part struct {
	Text    string
	Stem    string // what introduced it: 关于财产性判项：; empty when nothing did
	Kind    feedback.Kind
	Ordinal string // the numbering and kind labels as written, outermost first: 二、(1)
	Empty   bool   // the part says nothing; to be counted, not kept
	// SameAsAbove means the part only agrees with the text above it in the same
	// file and column (同上): an endorsement of that text's items.
	SameAsAbove bool
}

// splitDepth bounds nesting; real feedback has three levels at most.
const splitDepth = 6

// Split cuts a submission into items. The numbering tried is that of the brief:
// 一、 （一） 1. (1) ① 第一， 一是 and, when there is none, ；. The outermost
// list is the one that starts first. At least two consecutive ordinals from one
// make a list, so 1.5倍, 第一审, 2023.5.1, 第一款 and 一、二审 make none. Lists nest.
// No letter or digit of the text is lost: each is in a Text, a Stem or an
// Ordinal.
//
// The kind is that of the nearest label (建议：), else the submission's, else
// told from the text.
func (d *Decoder) Split(sub feedback.Submission) []Part {
	text := clean(sub.Text)
	if text == "" {
		return nil
	}
	var out []Part
	add := func(p Part) {
		p.Text = trimItem(p.Text)
		if p.Text == "" {
			return
		}
		switch {
		case SameAsAbove(p.Text):
			p.SameAsAbove = true
		case d.Empty(p.Text):
			p.Empty = true
		}
		if p.Kind == "" {
			p.Kind = sub.Kind
		}
		if p.Kind == "" {
			p.Kind = KindOf(p.Text)
		}
		out = append(out, p)
	}
	base := Part{Stem: clean(sub.Heading)}
	for _, piece := range strings.Split(text, "┋") {
		splitLabels(piece, base, add)
	}
	return out
}

var kindLabel = regexp.MustCompile(`(?:^|[\n。；;！？!?])[ \t　]*((?:[一二三四五六七八九十]{1,2}、|[（(][一二三四五六七八九十]{1,2}[）)]|[0-9]{1,2}[.．、])?[ \t　]*` +
	`(?:存在的?|主要|反映的?|突出|有关|相关|工作|对策|几点|具体|我的|本人|下一步|改进|解决)?(?:问题|困难|疑问|意见|建议)[一二三四五六七八九十0-9]?(?:[：:]|[ \t　]*\n))`)

// splitLabels cuts a text at labels that say what follows: 问题：…… 建议：……
func splitLabels(text string, base Part, add func(Part)) {
	found := kindLabel.FindAllStringSubmatchIndex(text, -1)
	if len(found) == 0 {
		splitList(text, base, 0, add)
		return
	}
	if before := text[:found[0][2]]; strings.TrimSpace(before) != "" {
		splitList(before, base, 0, add)
	}
	for i, m := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][2]
		}
		label := text[m[2]:m[3]]
		p := base
		p.Kind = kindOf(label)
		p.Ordinal = joinOrdinal(base.Ordinal, strings.TrimSpace(label))
		body := text[m[3]:end]
		if strings.TrimSpace(body) == "" {
			// A label with nothing under it is no item, but its words stay.
			p.Text = strings.TrimSpace(label)
			p.Ordinal = base.Ordinal
			add(p)
			continue
		}
		splitList(body, p, 0, add)
	}
}

func joinOrdinal(outer, inner string) string {
	if outer == "" {
		return inner
	}
	return outer + " " + inner
}

// style is a manner of numbering. Ordinals of different styles never make one
// list.
type style int

const (
	styleHan       style = iota // 一、
	styleHanParen               // （一）
	styleNumber                 // 1. 1、 １．
	styleParen                  // (1) （1）
	styleClose                  // 1) 1）
	styleCircled                // ① ⑴ ⒈
	styleFirst                  // 第一， 第一是
	styleIs                     // 一是
	styleAmong                  // 其一，
	styleNamed                  // 问题一： 建议2：
	styleDotted                 // 1.1 1.2 at the start of a line
	styleBullet                 // - • ● at the start of a line
	numberOfStyles = iota
)

type marker struct {
	start, end int // bytes
	ordinal    int
	style      style
	strict     bool // at the start of the text or a line, or after punctuation or space
	line       bool // at the start of the text or a line
}

// splitList splits text by its outermost list, if it has one.
func splitList(text string, base Part, depth int, add func(Part)) {
	leaf := func(s string) {
		p := base
		p.Text = s
		add(p)
	}
	if depth >= splitDepth {
		leaf(text)
		return
	}
	list := outermost(text)
	if list == nil {
		if depth == 0 {
			// A number that begins no list, as when a list was cut by its reader.
			if m, ok := loneNumber(text); ok {
				p := base
				p.Ordinal = joinOrdinal(base.Ordinal, strings.TrimSpace(text[:m.end]))
				splitList(text[m.end:], p, depth+1, add)
				return
			}
			if parts := semicolons(text); parts != nil {
				for _, s := range parts {
					leaf(s)
				}
				return
			}
		}
		leaf(text)
		return
	}
	stem := text[:list[0].start]
	if isEnumeration(stem, text, list) || refersToNumbers(text, list) {
		leaf(text)
		return
	}
	var inner Part
	if lead, label := cutLabel(stem); label != "" {
		if strings.TrimSpace(lead) != "" {
			leaf(lead)
		}
		inner = under(base, label)
	} else {
		inner = under(base, stem)
	}
	for i, m := range list {
		end := len(text)
		if i+1 < len(list) {
			end = list[i+1].start
		}
		body := text[m.end:end]
		next := inner
		if i+1 < len(list) && list[i+1].ordinal == 1 && m.style != styleBullet {
			// A second list begins: its introduction ends this item's text.
			body, next = cutIntroduction(body, base)
		}
		p := inner
		p.Ordinal = joinOrdinal(inner.Ordinal, strings.TrimSpace(text[m.start:m.end]))
		if m.style == styleNamed {
			p.Kind = kindOf(text[m.start:m.end])
		}
		if letters(body) == 0 {
			p.Text = text[m.start:m.end] + body
			p.Ordinal = inner.Ordinal
			add(p)
		} else {
			splitList(body, p, depth+1, add)
		}
		inner = next
	}
}

// loneNumber finds a number in front of a text that has no list.
func loneNumber(text string) (marker, bool) {
	all := markers(text)
	if len(all) == 0 || strings.TrimSpace(text[:all[0].start]) != "" || letters(text[all[0].end:]) == 0 {
		return marker{}, false
	}
	switch all[0].style {
	case styleHan, styleHanParen, styleNumber, styleParen, styleCircled, styleBullet:
		return all[0], true
	}
	return marker{}, false
}

// under adds a stem to a part. A stem that is only a label of kind says what
// kind its items are and nothing else.
func under(p Part, stem string) Part {
	stem = trimItem(stem)
	if stem == "" {
		return p
	}
	if k := kindOf(stem); k != "" && utf8.RuneCountInString(stem) <= 14 {
		p.Kind = k
		if pureLabel.MatchString(stem) {
			p.Ordinal = joinOrdinal(p.Ordinal, stem)
			return p
		}
	}
	p.Stem = joinStem(p.Stem, stem)
	return p
}

var pureLabel = regexp.MustCompile(`^(?:存在的?|主要|反映的?|突出|有关|相关|工作|对策|几点|具体|我的|本人|下一步|改进|解决)?(?:问题|困难|疑问|意见|建议)(?:如下|有)?[：:]?$`)

// joinStem puts an inner stem behind an outer one.
func joinStem(outer, inner string) string {
	if outer == "" {
		return inner
	}
	if last, _ := utf8.DecodeLastRuneInString(outer); !unicode.IsPunct(last) {
		return outer + "：" + inner
	}
	return outer + inner
}

// cutLabel separates a label of kind at the end of a stem from what was said
// before it: 法院回函不及时。建议： -> 法院回函不及时。, 建议：
func cutLabel(stem string) (lead, label string) {
	at := strings.LastIndexAny(strings.TrimRight(stem, " \t\n　"), "\n。；;！？!?")
	if at < 0 {
		return "", ""
	}
	_, size := utf8.DecodeRuneInString(stem[at:])
	label = strings.TrimSpace(stem[at+size:])
	if !pureLabel.MatchString(label) {
		return "", ""
	}
	return stem[:at+size], label
}

// cutIntroduction takes the introduction of the next list off the end of an
// item: its last line or sentence when that ends in a colon.
func cutIntroduction(body string, base Part) (string, Part) {
	trimmed := strings.TrimRight(body, " \t\n　")
	if !strings.HasSuffix(trimmed, "：") && !strings.HasSuffix(trimmed, ":") && !strings.Contains(trimmed, "\n") {
		return body, base
	}
	at := strings.LastIndexAny(trimmed, "\n。；;！？!?")
	if at < 0 {
		// 2.证明标准不一 建议：1.…
		if at = strings.LastIndexAny(trimmed, " \t　"); at < 0 {
			return body, base
		}
	}
	_, size := utf8.DecodeRuneInString(trimmed[at:])
	intro := trimmed[at+size:]
	if letters(intro) == 0 || letters(trimmed[:at+size]) == 0 || utf8.RuneCountInString(intro) > 40 {
		return body, base
	}
	return trimmed[:at+size], under(base, intro)
}

var enumerates = regexp.MustCompile(`(?:包括|例如|比如|如|材料|证据|文书|分别是|即)[：:]?\s*$`)

// isEnumeration finds lists whose members are no items: 应当附：(1)身份证；(2)病历.
func isEnumeration(stem, text string, list []marker) bool {
	if !enumerates.MatchString(stem) {
		return false
	}
	for i, m := range list {
		end := len(text)
		if i+1 < len(list) {
			end = list[i+1].start
		}
		if letters(text[m.end:end]) > 8 {
			return false
		}
	}
	return true
}

// refersToNumbers finds markers that only name other people's items: 同意①②③.
// At the starts of lines, an item left blank is just that.
func refersToNumbers(text string, list []marker) bool {
	for i, m := range list[:len(list)-1] {
		if !list[i+1].line && letters(text[m.end:list[i+1].start]) == 0 {
			return true
		}
	}
	return false
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			n++
		}
	}
	return n
}

// trimItem takes spaces and joining punctuation off the ends.
func trimItem(s string) string {
	s = strings.TrimLeft(s, " \t\n　:：;；,，、.．")
	return strings.TrimRight(s, " \t\n　;；,，、")
}

// outermost finds the list that starts first. Its markers are in order; a list
// of the same style that starts again from one is part of it.
func outermost(text string) []marker {
	all := markers(text)
	var best []marker
	for st := range style(numberOfStyles) {
		chain := chainOf(text, all, st)
		if len(chain) >= 2 && (best == nil || chain[0].start < best[0].start) {
			best = chain
		}
	}
	return best
}

// chainOf picks the markers of one style that count up from one.
func chainOf(text string, all []marker, st style) []marker {
	var chain []marker
	run := 0 // length of the current run; chain[len(chain)-run:] is it
	for _, m := range all {
		if m.style != st {
			continue
		}
		if st == styleBullet {
			chain = append(chain, m)
			continue
		}
		switch {
		case run > 0 && m.ordinal == chain[len(chain)-1].ordinal+1:
			chain = append(chain, m)
			run++
		case m.ordinal == 1 && m.strict:
			if run == 1 && !introduced(text, chain[len(chain)-1].start) || run == 1 && len(chain) == 1 {
				chain = chain[:len(chain)-1]
			}
			chain = append(chain, m)
			run = 1
		case run >= 2 && m.line && (m.ordinal == chain[len(chain)-1].ordinal || m.ordinal == chain[len(chain)-1].ordinal+2):
			// People misnumber: 1. 2. 2. 4. at the starts of lines is still a list.
			chain = append(chain, m)
		}
	}
	if run == 1 && (len(chain) == 1 || !introduced(text, chain[len(chain)-1].start)) {
		chain = chain[:len(chain)-1]
	}
	return chain
}

// introduced says whether a colon stands right before a marker: 建议：1.…
func introduced(text string, at int) bool {
	before := strings.TrimRight(text[:at], " \t\n　")
	return strings.HasSuffix(before, "：") || strings.HasSuffix(before, ":")
}

const hanNumerals = "一二三四五六七八九十"

// markers finds everything that may number an item, in one pass.
func markers(text string) []marker {
	var out []marker
	prev := rune(0) // the rune before i; 0 at the start
	blank := true   // only spaces since the start of the line
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		m, ok := markerAt(text, i, r, prev, blank)
		if ok {
			m.line = blank
			m.strict = blank || prev == 0 || unicode.IsSpace(prev) || unicode.IsPunct(prev) && !strings.ContainsRune("-/.第", prev) || unicode.Is(unicode.S, prev)
			// Only digits and brackets may follow a word without a break.
			loose := m.ordinal > 1 && (m.style == styleNumber || m.style == styleParen || m.style == styleHanParen || m.style == styleCircled)
			if m.strict || loose && unicode.Is(unicode.Han, prev) && !strings.ContainsRune("第约共近超达至到和或及与之满逾", prev) || m.style == styleCircled && prev != '第' {
				m.strict = m.strict || m.style == styleCircled
				out = append(out, m)
				last, _ := utf8.DecodeLastRuneInString(text[m.start:m.end])
				prev, blank = last, false
				i = m.end
				continue
			}
		}
		if r == '\n' {
			blank = true
		} else if !unicode.IsSpace(r) {
			blank = false
		}
		prev = r
		i += size
	}
	return out
}

// markerAt reads a marker that starts exactly at i.
func markerAt(text string, i int, r, prev rune, line bool) (marker, bool) {
	rest := text[i:]
	m := marker{start: i}
	switch {
	case r >= '0' && r <= '9' || r >= '０' && r <= '９':
		if prev >= '0' && prev <= '9' || prev >= '０' && prev <= '９' || strings.ContainsRune("第.．-/:：", prev) && (prev == '第' || asciiNumberBefore(text[:i])) || prev < 0x80 && unicode.IsLetter(prev) {
			return m, false
		}
		n, after := leadingNumber(rest)
		if n < 1 || n > 99 || after > 6 {
			return m, false
		}
		tail := rest[after:]
		d, ds := utf8.DecodeRuneInString(tail)
		if strings.HasPrefix(tail, "\ufe0f\u20e3") || strings.HasPrefix(tail, "\u20e3") {
			m.style, m.ordinal, m.end = styleCircled, n, i+after+len(tail)-len(strings.TrimLeft(tail, "\ufe0f\u20e3"))
			return m, true
		}
		next := tail[ds:]
		if n, end := dotted(next); d == '.' && line && n > 0 {
			m.style, m.ordinal, m.end = styleDotted, n, i+after+ds+end
			return m, true
		}
		switch d {
		case '.', '．', '、':
			if !itemMayStart(next, d, line) {
				return m, false
			}
			m.style = styleNumber
		case ')', '）':
			if prev == '(' || prev == '（' {
				return m, false
			}
			m.style = styleClose
		default:
			return m, false
		}
		m.ordinal, m.end = n, i+after+ds
		return m, true

	case strings.ContainsRune(hanNumerals, r):
		n, after := leadingHan(rest)
		if n < 1 {
			return m, false
		}
		if prev == '第' || prev == '其' || prev == '之' {
			return m, false
		}
		tail := rest[after:]
		d, ds := utf8.DecodeRuneInString(tail)
		m.ordinal = n
		switch d {
		case '、', '.', '．':
			if !itemMayStart(tail[ds:], d, line) {
				return m, false
			}
			m.style, m.end = styleHan, i+after+ds
			return m, true
		case '是':
			// 一是一，二是二
			if startsWithNumeral(tail[ds:]) && unicode.IsPunct(secondRune(tail[ds:])) {
				return m, false
			}
			m.style, m.end = styleIs, i+after+ds
			return m, true
		}
		return m, false

	case r == '（' || r == '(':
		inner := rest[utf8.RuneLen(r):]
		n, after := leadingNumber(inner)
		m.style = styleParen
		if n < 0 {
			n, after = leadingHan(inner)
			m.style = styleHanParen
		}
		if n < 1 || n > 99 {
			return m, false
		}
		d, ds := utf8.DecodeRuneInString(inner[after:])
		if d != '）' && d != ')' {
			return m, false
		}
		tail := inner[after+ds:]
		if !afterBracket(text[:i], tail) {
			return m, false
		}
		m.ordinal, m.end = n, i+utf8.RuneLen(r)+after+ds
		if rest := strings.TrimPrefix(tail, "、"); len(rest) < len(tail) {
			m.end += len("、")
		}
		return m, true

	case r >= '①' && r <= '⑳', r >= '⑴' && r <= '⒇', r >= '⒈' && r <= '⒛', r >= '❶' && r <= '❿':
		switch {
		case r >= '❶':
			m.ordinal = int(r-'❶') + 1
		case r >= '⒈':
			m.ordinal = int(r-'⒈') + 1
		case r >= '⑴':
			m.ordinal = int(r-'⑴') + 1
		default:
			m.ordinal = int(r-'①') + 1
		}
		m.style, m.end = styleCircled, i+utf8.RuneLen(r)
		if t := text[m.end:]; hasAnyPrefix(t, "项", "款", "目") {
			return m, false
		}
		return m, true

	case r == '第' || r == '其':
		n, after := leadingHan(rest[len("第"):])
		if n < 1 {
			return m, false
		}
		tail := rest[len("第")+after:]
		d, ds := utf8.DecodeRuneInString(tail)
		if !strings.ContainsRune("，,、：:是", d) || d == utf8.RuneError {
			return m, false
		}
		next := tail[ds:]
		// 第一、二款; 第一、第二条
		if d == '、' && (hasAnyPrefix(next, "第") || startsWithNumeral(next)) {
			return m, false
		}
		m.style = styleFirst
		if r == '其' {
			m.style = styleAmong
		}
		m.ordinal, m.end = n, i+len("第")+after+ds
		return m, true

	case r == '问' || r == '建' || r == '意':
		for _, w := range []string{"问题", "建议", "意见"} {
			tail, ok := strings.CutPrefix(rest, w)
			if !ok {
				continue
			}
			n, after := leadingNumber(tail)
			if n < 0 {
				n, after = leadingHan(tail)
			}
			if n < 1 {
				return m, false
			}
			d, ds := utf8.DecodeRuneInString(tail[after:])
			if !strings.ContainsRune("：:、.．", d) || d == utf8.RuneError {
				return m, false
			}
			m.style, m.ordinal, m.end = styleNamed, n, i+len(w)+after+ds
			return m, true
		}
		return m, false

	case line && strings.ContainsRune("-—–•●○◆◇■□▪·*✓√►➢※★☆▶", r):
		tail := rest[utf8.RuneLen(r):]
		// A rule of dashes, a minus sign or **bold** is no bullet.
		next, _ := utf8.DecodeRuneInString(tail)
		if next == r || next >= '0' && next <= '9' || letters(firstLine(tail)) < 2 {
			return m, false
		}
		m.style, m.end = styleBullet, i+utf8.RuneLen(r)
		return m, true
	}
	return m, false
}

var notDotted = regexp.MustCompile(`^(?:[0-9.．%％‰]|倍|年|月|日|号|万|亿|千|百|元|个|名|人|次|项|款|条|小时|天|折|[Ff]|版)`)

// dotted reads the rest of a number of two or three levels, after "1.": the
// last level's ordinal and the bytes read. 0 when it is a decimal or a date.
func dotted(s string) (n, end int) {
	n, end = leadingNumber(s)
	if n < 1 || n > 99 || end > 2 {
		return 0, 0
	}
	if rest, ok := strings.CutPrefix(s[end:], "."); ok {
		if third, more := leadingNumber(rest); third > 0 && third < 100 && more <= 2 {
			n, end = third, end+1+more
		}
	}
	rest := s[end:]
	if space := strings.TrimLeft(rest, " \t　、.．"); len(space) < len(rest) {
		end += len(rest) - len(space)
		rest = space
	}
	if letters(firstLine(rest)) == 0 || notDotted.MatchString(rest) {
		return 0, 0
	}
	return n, end
}

func secondRune(s string) rune {
	_, n := utf8.DecodeRuneInString(s)
	r, _ := utf8.DecodeRuneInString(s[n:])
	return r
}

// asciiNumberBefore says whether the text ends like the middle of a date,
// version, time or decimal: 2023. 9: 5/
func asciiNumberBefore(s string) bool {
	s = s[:len(s)-lastRuneLen(s)]
	r, _ := utf8.DecodeLastRuneInString(s)
	return r >= '0' && r <= '9' || r >= '０' && r <= '９'
}

func lastRuneLen(s string) int {
	_, n := utf8.DecodeLastRuneInString(s)
	return n
}

func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i]
	}
	return s
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func startsWithNumeral(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r >= '0' && r <= '9' || r >= '０' && r <= '９' || strings.ContainsRune(hanNumerals, r) && r != utf8.RuneError
}

// leadingNumber reads digits, full width or not; -1 when there are none. after
// is the bytes read.
func leadingNumber(s string) (n, after int) {
	n = -1
	for after < len(s) {
		r, size := utf8.DecodeRuneInString(s[after:])
		switch {
		case r >= '0' && r <= '9':
			r -= '0'
		case r >= '０' && r <= '９':
			r -= '０'
		default:
			return n, after
		}
		n = max(n, 0)*10 + int(r)
		after += size
		if n > 9999 {
			return -1, after
		}
	}
	return n, after
}

// leadingHan reads a Chinese numeral of at most three characters.
func leadingHan(s string) (n, after int) {
	runes := 0
	for after < len(s) && runes < 3 {
		r, size := utf8.DecodeRuneInString(s[after:])
		if !strings.ContainsRune(hanNumerals, r) {
			break
		}
		after += size
		runes++
	}
	if after == 0 {
		return -1, 0
	}
	return chineseNumber(s[:after]), after
}

var (
	yearAhead  = regexp.MustCompile(`^(?:19|20)[0-9]{2}年`)
	tightUnits = regexp.MustCompile(`^[0-9０-９一二三四五六七八九十]{1,3}(?:审|级|款|项|条|号|目|、[0-9０-９一二三四五六七八九十])`)
	looseUnits = regexp.MustCompile(`^[0-9０-９一二三四五六七八九十]{1,3}(?:类|期|次|人|名|个|日|月|年|天|倍|和|至|到|或|及|批|章|节|点)`)
)

// itemMayStart says whether an item can begin after "1." or "一、": not 1.5倍, not
// 一、二审, not 1、2款; but 1.2023年以来 can.
func itemMayStart(next string, delim rune, line bool) bool {
	if yearAhead.MatchString(next) {
		return true
	}
	first, _ := utf8.DecodeRuneInString(next)
	digit := first >= '0' && first <= '9' || first >= '０' && first <= '９'
	if delim == '.' || delim == '．' {
		return !digit && first != '.' && first != '．'
	}
	if !startsWithNumeral(next) {
		return true
	}
	if tightUnits.MatchString(next) {
		return false
	}
	return line || !looseUnits.MatchString(next)
}

var titleEnds = []string{"解释", "规定", "意见", "办法", "通知", "纪要", "条", "款", "法", "案例", "批", "条例", "细则", "项", "表", "图", "附件", "式"}

// afterBracket says whether （一） can number an item here: not in 第（三）项, not
// in 《…解释（一）》, not in （一）（二）项.
func afterBracket(before, after string) bool {
	if strings.HasSuffix(before, "第") || hasAnyPrefix(after, "项", "款", "目", "》", "种情形", "点规定", "第") {
		return false
	}
	for _, t := range titleEnds {
		if strings.HasSuffix(before, t) {
			return false
		}
	}
	rest := strings.TrimLeft(after, "、和或至及")
	if strings.HasPrefix(rest, "（") || strings.HasPrefix(rest, "(") {
		inner := rest[len(rest)-len(strings.TrimLeft(rest, "（(")):]
		if n, used := leadingHan(inner); n > 0 && hasAnyPrefix(inner[used:], "）", ")") {
			return false
		}
		if n, used := leadingNumber(inner); n > 0 && hasAnyPrefix(inner[used:], "）", ")") {
			return false
		}
	}
	return true
}

const semicolonMin = 8

// semicolons splits at ； outside brackets, quotes and titles; nil unless there
// are two parts or more, each of eight characters or more, in one sentence.
func semicolons(text string) []string {
	if !strings.ContainsAny(text, "；;") {
		return nil
	}
	var parts []string
	depth, from := 0, 0
	ended := false // a sentence ended inside a part
	for i, r := range text {
		switch r {
		case '（', '(', '《', '“', '「', '【', '〔', '‘':
			depth++
		case '）', ')', '》', '”', '」', '】', '〕', '’':
			depth = max(0, depth-1)
		case '。', '！':
			ended = true
		case '；', ';':
			if depth > 0 || r == ';' && !unicode.Is(unicode.Han, lastRune(text[:i])) {
				continue
			}
			if ended && lastRune(text[:i]) != '。' {
				return nil
			}
			ended = false
			parts = append(parts, text[from:i])
			from = i + utf8.RuneLen(r)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	if rest := text[from:]; letters(rest) > 0 {
		parts = append(parts, rest)
	}
	if len(parts) < 2 {
		return nil
	}
	for _, p := range parts {
		p = strings.TrimSpace(p)
		// Prose has semicolons too: 16 of the 75 texts of fixtures/gold with one
		// were cut in two by length alone. A list's parts are whole statements:
		// two are one clause each, three or more one sentence each.
		if utf8.RuneCountInString(p) < semicolonMin || strings.ContainsAny(strings.TrimRight(p, "。！？!?"), "。！？!?") ||
			len(parts) == 2 && strings.ContainsAny(p, "，,：:") {
			return nil
		}
	}
	return parts
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, " \t"))
	return r
}

var (
	asksPattern = regexp.MustCompile(`[?？]|吗[。!！]?$|呢[。!！]?$|(?:如何|怎么|怎样|是否|能否|可否|能不能|应否|有无|何时|哪些|哪个|哪家|由谁|谁来|什么)[^。；]{0,30}[。]?$`)
	wishPattern = regexp.MustCompile(`建议|希望|恳请|期望|应尽快|应当尽快|亟需|亟待|呼吁|有必要|可以考虑|请[^。？?，]{0,12}(?:明确|出台|制定|统一|研究|写明|补上|提前|公布|发个|给个)|尽快(?:明确|出台|制定|统一|建立)|不如由|不妨|最好(?:[^的]|$)|为好|[^。，]吧[，。]?$` +
		`|(?:^|[。；])(?:要|可)[^。？?，]{2,14}(?:提速|公开|统一|细化|明确)|别(?:让|再|站)|(?i:suggest|recommend|propose|should consider|consider (?:publishing|adopting))`)
	wishStart      = regexp.MustCompile(`^(?:因此|为此|所以|另外|同时)?[，,]?(?:我|我们|本人|我院|我局)?(?:强烈)?(?:建议|希望|恳请|请求|提请(?:上级|明确|出台)|最好|应尽快|应当|尽快|完善|建立|加强|推动|统一|出台|细化|进一步|制定|开展|明确|规范|增设|设立|修改|修订|把[^。]{2,40}(?:纳入|写进|列入|作为))`)
	opinionPattern = regexp.MustCompile(`认为|觉得|倾向于?|同意|赞成|不赞成|主张|我的看法|观点|个人理解|我理解|应属于|应当属于|不应|(?:^|[^不适])宜[^，。]{1,8}[。]?$|其实|(?i:i think|in my (?:view|opinion))`)
)

// stancePattern is how people judge what they tell of: 应当, 不该, 才行, 等于白费.
var stancePattern = regexp.MustCompile(`应当|应该|(?:^|[^相适反响对感回答供效照理])应(?:由|有|以|按|先|把|一|从|与|限|配|设|作|为|是|给|允|坚|予|写)|不该|不应|不宜|宜[^，。]{2,}|不能(?:只|光|一|靠|拿|不|指望|因|简单|代替|等同|没|全|都|总|再)|才(?:行|是|对|能|算|公平|合理|有用|稳妥)` +
	`|得(?:有|先|把|写|由|给|提前|对上|能)|该(?:由|统一|换|先|有|写|改|管|给|在|定)|(?:^|[^应活])该(?:分清|建|报|换|撤|取|补|戴|停)|早就?该|不合(?:情|理)|不公|等于(?:没|白|空)|空话|空谈|口号|纸上谈兵|合适|没道理|说到底|症结|根子|关键(?:是|在|还)` +
	`|不是[^，。]{1,20}(?:，|而)?(?:是|而是)|再(?:谈|说|建)|就(?:行|够了|可以了|好)[。]?$|即可|否则|白[^，。]{1,3}了|最有用|很有收获|划不来|不现实|失真|未免|说不过去|不是个?办法|有失|不行[。]?$|(?i:i think|in my (?:view|opinion))`)

// KindOf tells a question from an opinion from a suggestion by the text alone:
// by how it begins and by its last sentence, where people say what they want,
// then by the rest. What merely describes a trouble is a 问题, as the field uses
// the word; people disagree about many such labels, so a column's own word comes
// first. TestKindFromTextAgreesWithLabels says how often it agrees with them.
func KindOf(text string) feedback.Kind {
	t := strings.TrimSpace(text)
	last := lastSentence(t)
	switch {
	case wishStart.MatchString(t):
		return feedback.Suggestion
	case strings.HasSuffix(t, "？"), strings.HasSuffix(t, "?"):
		return feedback.Question
	case wishPattern.MatchString(last) && !strings.ContainsAny(last, "?？"):
		return feedback.Suggestion
	case asksPattern.MatchString(last):
		return feedback.Question
	case stancePattern.MatchString(last):
		return feedback.Opinion
	case strings.ContainsAny(t, "?？"):
		return feedback.Question
	case wishPattern.MatchString(t):
		return feedback.Suggestion
	case opinionPattern.MatchString(t):
		return feedback.Opinion
	}
	return feedback.Question
}

// lastSentence is what stands after the last full stop that more text follows.
func lastSentence(t string) string {
	body := strings.TrimRight(t, "。！!\n \t")
	at := strings.LastIndexAny(body, "。！!\n")
	if at < 0 {
		return t
	}
	_, size := utf8.DecodeRuneInString(body[at:])
	return t[at+size:]
}

// leadOrdinal is numbering in front of a text that is not split: "1、无".
var leadOrdinal = regexp.MustCompile(`^(?:[0-9０-９]{1,2}[.．、)）]|[一二三四五六七八九十]{1,2}、|[（(][0-9一二三四五六七八九十]{1,2}[）)]|[①-⑳])\s*`)
