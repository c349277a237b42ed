package intake

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// numbering rebuilds Word's automatic numbers, which stand in no text: a
// paragraph names a list (numId) and a level, the list points to an abstract
// definition, and the number comes from counting. See ECMA-376 part 1, 17.9.
type numbering struct {
	abstracts map[string]*abstractNum
	lists     map[string]*listNum
	styles    map[string]*docStyle
	counters  map[string]*[9]int // by abstract definition: lists that share one go on counting
	started   map[string]*[9]bool
	overrides map[string]bool // numId+level whose start override has been used
}

type abstractNum struct {
	levels    [9]numLevel
	styleLink string
}

type numLevel struct {
	start   int
	format  string
	text    string
	restart int // -1 when not given: after any higher level
	legal   bool
	suffix  string // tab, space or nothing
	set     bool
}

type listNum struct {
	abstract string
	starts   map[int]int
	levels   map[int]numLevel
}

type docStyle struct {
	name    string
	based   string
	numID   string
	level   int
	outline bool
}

// num is the list a style belongs to, through the styles it is based on.
func (s *docStyle) num(n *numbering) (string, int) {
	for range 20 {
		if s == nil {
			return "", 0
		}
		if s.numID != "" {
			return s.numID, s.level
		}
		s = n.styles[s.based]
	}
	return "", 0
}

func (s *docStyle) isHeading(n *numbering) bool {
	for range 20 {
		if s == nil {
			return false
		}
		name := strings.ToLower(s.name)
		if s.outline || strings.HasPrefix(name, "heading") || strings.HasPrefix(s.name, "标题") || name == "title" {
			return true
		}
		s = n.styles[s.based]
	}
	return false
}

func (r *reading) readNumbering(numberingPart, stylesPart *zip.File) (*numbering, error) {
	n := &numbering{
		abstracts: map[string]*abstractNum{}, lists: map[string]*listNum{}, styles: map[string]*docStyle{},
		counters: map[string]*[9]int{}, started: map[string]*[9]bool{}, overrides: map[string]bool{},
	}
	if err := r.eachElement(numberingPart, n.readNumberingPart); err != nil {
		return nil, err
	}
	if err := r.eachElement(stylesPart, n.readStylesPart); err != nil {
		return nil, err
	}
	return n, nil
}

// eachElement decodes a part, if it is there. Its well-formedness has been
// checked by the first pass.
func (r *reading) eachElement(m *zip.File, read func(*xml.Decoder) error) error {
	if m == nil {
		return nil
	}
	rc, err := m.Open()
	if err != nil {
		return scanFault(errXMLBroken)
	}
	defer rc.Close()
	dec := xml.NewDecoder(contextReader{rc, r})
	dec.Strict = false
	dec.CharsetReader = asUTF8
	if err := read(dec); err != nil && !errors.Is(err, io.EOF) {
		if ctxErr := r.ctx.Err(); ctxErr != nil {
			return ctxErr
		}
		return scanFault(err)
	}
	return nil
}

func (n *numbering) readNumberingPart(dec *xml.Decoder) error {
	var abs *abstractNum
	var list *listNum
	var level *numLevel
	var levelIndex int
	inOverride := false
	for {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "abstractNum":
				abs = &abstractNum{}
				n.abstracts[attr(t, "abstractNumId")] = abs
			case "num":
				list = &listNum{starts: map[int]int{}, levels: map[int]numLevel{}}
				n.lists[attr(t, "numId")] = list
			case "abstractNumId":
				if list != nil {
					list.abstract = val(t)
				}
			case "numStyleLink":
				if abs != nil {
					abs.styleLink = val(t)
				}
			case "lvlOverride":
				inOverride = true
				levelIndex, _ = strconv.Atoi(attr(t, "ilvl"))
			case "startOverride":
				if v, err := strconv.Atoi(val(t)); err == nil && list != nil {
					list.starts[levelIndex] = v
				}
			case "lvl":
				i, _ := strconv.Atoi(attr(t, "ilvl"))
				if i < 0 || i > 8 {
					level = nil
					continue
				}
				levelIndex = i
				level = &numLevel{start: 1, format: "decimal", restart: -1, suffix: "tab", set: true}
			case "start":
				if v, err := strconv.Atoi(val(t)); err == nil && level != nil {
					level.start = v
				}
			case "numFmt":
				if level != nil {
					level.format = val(t)
				}
			case "lvlText":
				if level != nil {
					level.text = val(t)
				}
			case "lvlRestart":
				if v, err := strconv.Atoi(val(t)); err == nil && level != nil {
					level.restart = v
				}
			case "isLgl":
				if level != nil {
					level.legal = val(t) != "0" && val(t) != "false"
				}
			case "suff":
				if level != nil {
					level.suffix = val(t)
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "lvl":
				if level != nil {
					if inOverride && list != nil {
						list.levels[levelIndex] = *level
					} else if abs != nil {
						abs.levels[levelIndex] = *level
					}
				}
				level = nil
			case "abstractNum":
				abs = nil
			case "num":
				list = nil
			case "lvlOverride":
				inOverride = false
			}
		}
	}
}

func (n *numbering) readStylesPart(dec *xml.Decoder) error {
	var s *docStyle
	for {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "style":
				s = nil
				if attr(t, "type") == "paragraph" || attr(t, "type") == "numbering" {
					s = &docStyle{}
					n.styles[attr(t, "styleId")] = s
				}
			case "name":
				if s != nil {
					s.name = val(t)
				}
			case "basedOn":
				if s != nil {
					s.based = val(t)
				}
			case "numId":
				if s != nil {
					s.numID = val(t)
				}
			case "ilvl":
				if s != nil {
					s.level, _ = strconv.Atoi(val(t))
				}
			case "outlineLvl":
				if s != nil {
					v, err := strconv.Atoi(val(t))
					s.outline = err == nil && v < 9
				}
			}
		case xml.EndElement:
			if t.Name.Local == "style" {
				s = nil
			}
		}
	}
}

// label counts one paragraph of a list's level and gives its number as Word
// shows it, e.g. "（二）" or "1.2 ". Empty for a list that does not exist.
func (n *numbering) label(numID string, level int) string {
	list := n.lists[numID]
	if list == nil || level < 0 || level > 8 {
		return ""
	}
	abs := n.abstracts[list.abstract]
	key := list.abstract
	for range 10 {
		if abs == nil || abs.styleLink == "" {
			break
		}
		// The definition lives in a numbering style.
		st := n.styles[abs.styleLink]
		if st == nil || n.lists[st.numID] == nil {
			break
		}
		key = n.lists[st.numID].abstract
		abs = n.abstracts[key]
	}
	if abs == nil {
		return ""
	}
	def := func(i int) numLevel {
		if l, ok := list.levels[i]; ok {
			return l
		}
		return abs.levels[i]
	}
	l := def(level)
	if !l.set {
		return ""
	}
	counts, started := n.counters[key], n.started[key]
	if counts == nil {
		counts, started = &[9]int{}, &[9]bool{}
		n.counters[key], n.started[key] = counts, started
	}
	start := l.start
	if v, ok := list.starts[level]; ok {
		start = v
		if mark := numID + "/" + strconv.Itoa(level); !n.overrides[mark] {
			n.overrides[mark] = true
			started[level] = false
		}
	}
	if started[level] {
		counts[level]++
	} else {
		counts[level], started[level] = start, true
	}
	for i := range level {
		if !started[i] {
			counts[i], started[i] = def(i).start, true
		}
	}
	for i := level + 1; i < 9; i++ {
		// Level i starts again after a level at or above its restart level.
		if re := def(i).restart; re == 0 || re > 0 && level+1 > re {
			continue
		}
		started[i] = false
	}
	if l.format == "none" {
		return ""
	}
	if l.format == "bullet" {
		return "• "
	}
	var b strings.Builder
	for i := 0; i < len(l.text); i++ {
		if l.text[i] == '%' && i+1 < len(l.text) && l.text[i+1] >= '1' && l.text[i+1] <= '9' {
			at := int(l.text[i+1] - '1')
			format := def(at).format
			if l.legal {
				format = "decimal"
			}
			b.WriteString(formatNumber(counts[at], format))
			i++
			continue
		}
		b.WriteByte(l.text[i])
	}
	out := b.String()
	if out == "" || l.suffix == "nothing" {
		return out
	}
	return out + " "
}

// formatNumber writes n in one of Word's number formats; those nobody uses in
// Chinese documents come out as decimal.
func formatNumber(n int, format string) string {
	switch format {
	case "chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand", "chineseLegalSimplified", "ideographLegalTraditional":
		if n < 0 || n > 9999 {
			return strconv.Itoa(n)
		}
		if format == "chineseLegalSimplified" || format == "ideographLegalTraditional" {
			return hanNumber(n, []rune("零壹贰叁肆伍陆柒捌玖"), []string{"", "拾", "佰", "仟"}, false)
		}
		if format == "ideographDigital" {
			var b strings.Builder
			for _, d := range strconv.Itoa(n) {
				b.WriteRune([]rune("〇一二三四五六七八九")[d-'0'])
			}
			return b.String()
		}
		return hanNumber(n, []rune("零一二三四五六七八九"), []string{"", "十", "百", "千"}, true)
	case "decimalFullWidth", "decimalFullWidth2":
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + '０'
			}
			return r
		}, strconv.Itoa(n))
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n >= 1 && n <= 20 {
			return string(rune('①' + n - 1))
		}
	case "decimalEnclosedParen":
		if n >= 1 && n <= 20 {
			return string(rune('⑴' + n - 1))
		}
	case "decimalEnclosedFullstop":
		if n >= 1 && n <= 20 {
			return string(rune('⒈' + n - 1))
		}
	case "decimalZero":
		if n < 10 && n >= 0 {
			return "0" + strconv.Itoa(n)
		}
	case "ideographTraditional":
		if n >= 1 && n <= 10 {
			return string([]rune("甲乙丙丁戊己庚辛壬癸")[n-1])
		}
	case "ideographZodiac":
		if n >= 1 && n <= 12 {
			return string([]rune("子丑寅卯辰巳午未申酉戌亥")[n-1])
		}
	case "upperLetter", "lowerLetter":
		if n >= 1 && n <= 780 {
			base := rune('A')
			if format == "lowerLetter" {
				base = 'a'
			}
			return strings.Repeat(string(base+rune((n-1)%26)), (n-1)/26+1)
		}
	case "upperRoman", "lowerRoman":
		if n >= 1 && n <= 3999 {
			s := roman(n)
			if format == "lowerRoman" {
				return strings.ToLower(s)
			}
			return s
		}
	}
	return strconv.Itoa(n)
}

func hanNumber(n int, digits []rune, units []string, shortTen bool) string {
	if n == 0 {
		return string(digits[0])
	}
	s := strconv.Itoa(n)
	var b strings.Builder
	zero := false
	for i, c := range s {
		d := int(c - '0')
		place := len(s) - 1 - i
		if d == 0 {
			zero = true
			continue
		}
		if zero && b.Len() > 0 {
			b.WriteRune(digits[0])
		}
		zero = false
		if !(shortTen && d == 1 && place == 1 && i == 0) {
			b.WriteRune(digits[d])
		}
		b.WriteString(units[place])
	}
	return b.String()
}

func roman(n int) string {
	var b strings.Builder
	for _, r := range []struct {
		n int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= r.n {
			b.WriteString(r.s)
			n -= r.n
		}
	}
	return b.String()
}
