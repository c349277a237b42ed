package intake

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/hanzi"
	"tongtang/pipeline/lexicon"
)

// squeeze folds full width to half width and traditional characters to
// simplified, and drops every space, zero-width and control character: the form in which values and headers are compared.
func squeeze(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return hanzi.Rune(r)
	}, norm.NFKC.String(s))
}

// clean takes a cell as it was read and gives it as it is kept: line ends as
// \n, no zero-width characters, no-break spaces as spaces, no space at the
// ends. Every visible character stays.
func clean(s string) string {
	if plain(s) {
		return strings.TrimSpace(s)
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	// A spreadsheet writes a carriage return inside a cell as _x000D_.
	s = strings.ReplaceAll(s, "_x000D_", "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f':
			return '\n'
		case r == '\u00a0' || r == '\u2007' || r == '\u202f':
			return ' '
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// plain says whether clean has nothing to change in a text but spaces at its
// ends. It looks at bytes, because most cells are plain: 。，“” and full-width
// forms are.
func plain(s string) bool {
	at := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	for i := range len(s) {
		switch c := s[i]; c {
		case '\r', '_', 0xc2:
			return false
		case 0xe2: // U+2007, U+200B to U+200F, U+2028 to U+202F, U+2060 to U+206F
			third := at(i + 2)
			if next := at(i + 1); next == 0x81 || next == 0x80 && (third == 0x87 || third >= 0x8b && third <= 0x8f || third >= 0xa8) {
				return false
			}
		case 0xef: // U+FEFF, variation selectors, U+FFF9 to U+FFFB
			if next := at(i + 1); next != 0xbc && next != 0xbd {
				return false
			}
		default:
			if c < ' ' && c != '\n' && c != '\t' {
				return false
			}
		}
	}
	return true
}

// departmentRules tells a department from a cell or from a unit's name.
type departmentRules struct {
	exact map[string]feedback.Department
	words []departmentWord
	hints []departmentHint
}

type departmentWord struct {
	word string
	code feedback.Department
}

type departmentHint struct {
	code feedback.Department
	re   *regexp.Regexp
}

func newDepartmentRules(rows []lexicon.Department) (departmentRules, error) {
	r := departmentRules{exact: map[string]feedback.Department{}}
	for _, d := range rows {
		names := append([]string{string(d.Code), d.Short, d.Official, d.Code.Name()}, d.Synonyms...)
		for _, n := range names {
			n = squeeze(n)
			if n == "" {
				continue
			}
			if _, taken := r.exact[n]; !taken {
				r.exact[n] = d.Code
			}
			if utf8.RuneCountInString(n) >= 2 && d.Code != feedback.OtherDept && n != string(d.Code) {
				r.words = append(r.words, departmentWord{n, d.Code})
			}
		}
		if len(d.UnitHints) > 0 {
			re, err := regexp.Compile(strings.Join(d.UnitHints, "|"))
			if err != nil {
				return r, fmt.Errorf("table departments.tsv, unit hints of %s: %w", d.Code, err)
			}
			r.hints = append(r.hints, departmentHint{d.Code, re})
		}
	}
	return r, nil
}

// value reads a department cell; false when it says nothing known. 其他 is
// known and means OtherDept.
func (r departmentRules) value(cell string) (feedback.Department, bool) {
	v := strings.Trim(squeeze(cell), "()[]【】:;,、。系统")
	full := squeeze(cell)
	if full == "" {
		return "", false
	}
	for _, s := range []string{full, v, strings.ToUpper(full)} {
		if code, ok := r.exact[s]; ok {
			return code, true
		}
	}
	if code, ok := r.unit(full); ok {
		return code, true
	}
	best, bestLen := feedback.Department(""), 0
	for _, w := range r.words {
		if len(w.word) > bestLen && strings.Contains(full, w.word) {
			best, bestLen = w.code, len(w.word)
		}
	}
	return best, bestLen > 0
}

// unit tells a department from a unit's name. Hints are tried in the
// agreement's order, so a procurator's office inside a prison is 检察机关.
func (r departmentRules) unit(name string) (feedback.Department, bool) {
	name = squeeze(name)
	if name == "" {
		return "", false
	}
	for _, h := range r.hints {
		if h.re.MatchString(name) {
			return h.code, true
		}
	}
	return "", false
}

// kindOf reads a kind cell, e.g. 疑难问题 or 工作建议; empty when the cell names
// none or more than one.
func kindOf(cell string) feedback.Kind {
	v := squeeze(cell)
	found := feedback.Kind("")
	for _, k := range []struct {
		kind  feedback.Kind
		words []string
	}{
		{feedback.Question, []string{"问题", "疑问", "困惑", "疑难", "咨询", "提问", "question"}},
		{feedback.Opinion, []string{"意见", "观点", "看法", "体会", "opinion"}},
		{feedback.Suggestion, []string{"建议", "对策", "希望", "suggestion"}},
	} {
		for _, w := range k.words {
			if strings.Contains(strings.ToLower(v), w) {
				if found != "" && found != k.kind {
					return ""
				}
				found = k.kind
			}
		}
	}
	return found
}

// Segments are the parts a training has, as the agreement names them, each with
// the words that mean it.
var segmentWords = []struct {
	segment string
	words   []string
}{
	{"案例研讨", []string{"案例研讨", "案例研析", "案例讨论", "案例分析", "分组研讨", "专题研讨", "小组讨论", "分组讨论"}},
	{"模拟办案", []string{"模拟办案", "模拟庭审", "模拟听证"}},
	{"现场观摩", []string{"现场观摩", "观摩", "现场教学", "实地参观"}},
	{"多方对话", []string{"多方对话", "对话交流", "五方对话", "圆桌对话"}},
	{"授课", []string{"授课", "专题讲座", "集中授课", "课堂提问"}},
}

// segmentOf finds the part of a training a heading or cell names.
func segmentOf(s string) string {
	s = squeeze(s)
	for _, w := range segmentWords {
		for _, x := range w.words {
			if strings.Contains(s, x) {
				return w.segment
			}
		}
	}
	return ""
}

var (
	chineseDigit = map[rune]int{
		'〇': 0, '零': 0, '○': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
		'壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
	}
	chineseUnit = map[rune]int{'十': 10, '拾': 10, '廿': 20, '百': 100, '佰': 100}
)

// chineseNumber reads 1, １２, 十二, 二十, 一百零三, 二〇二三; -1 when s is no
// number. It reads at most five characters' worth of value, up to 99,999.
func chineseNumber(s string) int {
	if s == "" || utf8.RuneCountInString(s) > 8 {
		return -1
	}
	total, current, seen, units := 0, 0, false, false
	for _, r := range s {
		if r >= '０' && r <= '９' {
			r = r - '０' + '0'
		}
		if r >= '0' && r <= '9' {
			current, seen = current*10+int(r-'0'), true
			continue
		}
		if d, ok := chineseDigit[r]; ok {
			if units {
				current = d
			} else {
				current = current*10 + d
			}
			seen = true
			continue
		}
		u, ok := chineseUnit[r]
		if !ok {
			return -1
		}
		if u == 20 {
			total, current = total+20, 0
		} else {
			if current == 0 {
				current = 1
			}
			total, current = total+current*u, 0
		}
		seen, units = true, true
	}
	if !seen || total+current > 99_999 {
		return -1
	}
	return total + current
}

const numeral = `[0-9一二三四五六七八九十〇零]{1,4}`

var (
	yearTerm     = regexp.MustCompile(`((?:20|二[〇零○0])[0-9一二三四五六七八九〇零○]{2})年?(?:度)?(?:全国|全省)?[^0-9。；;\n]{0,12}?第?(` + numeral + `)(?:期|次|班)`)
	yearDash     = regexp.MustCompile(`(?:^|[^0-9])(20[0-9]{2})[-_—–.](0?[1-9]|1[0-9])(?:期|次)?(?:[^0-9\-./年月]|$)`)
	termOnly     = regexp.MustCompile(`第(` + numeral + `)(?:期|次|班)`)
	yearOnly     = regexp.MustCompile(`((?:20|二[〇零○0])[0-9一二三四五六七八九〇零○]{2})年`)
	trainingWord = regexp.MustCompile(`同堂|培训|研讨班|学员`)
)

// trainingOf finds a training named in text: 2023年第1期, 二〇二三年第一期刑罚执行
// 同堂培训, 2023-1, or 第一期 where the year is known. Empty when it names none.
func trainingOf(text string, year int) string {
	t := squeeze(text)
	if m := yearTerm.FindStringSubmatch(t); m != nil {
		return trainingID(chineseNumber(m[1]), chineseNumber(m[2]))
	}
	if m := yearDash.FindStringSubmatch(t); m != nil {
		return trainingID(chineseNumber(m[1]), chineseNumber(m[2]))
	}
	if m := termOnly.FindStringSubmatch(t); m != nil {
		if y := yearIn(t); y != 0 {
			year = y
		}
		return trainingID(year, chineseNumber(m[1]))
	}
	return ""
}

func trainingID(year, n int) string {
	if year < 2000 || year > 2099 || n < 1 || n > 99 {
		return ""
	}
	return strconv.Itoa(year) + "-" + strconv.Itoa(n)
}

func yearIn(text string) int {
	if m := yearOnly.FindStringSubmatch(squeeze(text)); m != nil {
		return chineseNumber(m[1])
	}
	return 0
}

var (
	dateFull  = regexp.MustCompile(`((?:19|20)[0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})`)
	dateTight = regexp.MustCompile(`^((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})$`)
	dateShort = regexp.MustCompile(`(?:^|[^0-9年])([0-9]{1,2})月([0-9]{1,2})[日号]?`)
	dateUS    = regexp.MustCompile(`^([0-9]{1,2})/([0-9]{1,2})/((?:19|20)?[0-9]{2})(?:[^0-9]|$)`)
	number    = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)?$`)
	dateWords = regexp.MustCompile(`((?:二[〇零○0])[一二三四五六七八九〇零○]{2})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日`)
)

// dateOf reads a date cell as YYYY-MM-DD: 2022/6/15 9:03:21, 2022年6月15日,
// 20220615, an Excel serial number (44727), or 6月15日 in the given year. Empty
// when it is no date.
func dateOf(cell string, year int, date1904 bool) string {
	c := squeeze(cell)
	if c == "" {
		return ""
	}
	if m := dateFull.FindStringSubmatch(c); m != nil {
		return isoDate(m[1], m[2], m[3])
	}
	if m := dateTight.FindStringSubmatch(c); m != nil {
		return isoDate(m[1], m[2], m[3])
	}
	if number.MatchString(c) {
		serial, err := strconv.ParseFloat(c, 64)
		// 2000-01-01 to 2100-12-31; anything else is a number that is no date.
		if err != nil || serial < 35064 || serial > 73415 {
			return ""
		}
		return excelDate(serial, date1904)
	}
	if m := dateUS.FindStringSubmatch(c); m != nil {
		y := m[3]
		if len(y) == 2 {
			y = "20" + y
		}
		return isoDate(y, m[1], m[2])
	}
	if m := dateWords.FindStringSubmatch(c); m != nil {
		return isoDate(strconv.Itoa(chineseNumber(m[1])), strconv.Itoa(chineseNumber(m[2])), strconv.Itoa(chineseNumber(m[3])))
	}
	if m := dateShort.FindStringSubmatch(c); m != nil && year > 0 {
		return isoDate(strconv.Itoa(year), m[1], m[2])
	}
	return ""
}

// excelDate converts a serial day. Excel's day 60 is the 29 February 1900 that
// never was, so its own base is 1899-12-30 for every later day.
func excelDate(serial float64, date1904 bool) string {
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return base.AddDate(0, 0, int(serial)).Format(time.DateOnly)
}

func isoDate(y, m, d string) string {
	yi, _ := strconv.Atoi(y)
	mi, _ := strconv.Atoi(m)
	di, _ := strconv.Atoi(d)
	t := time.Date(yi, time.Month(mi), di, 0, 0, 0, 0, time.UTC)
	if yi < 1990 || yi > 2099 || int(t.Month()) != mi || t.Day() != di {
		return ""
	}
	return t.Format(time.DateOnly)
}

// settingOfName reads what a file's or sheet's name says: the training, the
// province, the unit.
func (r *reading) settingOfName(name string) setting {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	s := setting{year: yearIn(name)}
	if trainingWord.MatchString(name) || yearTerm.MatchString(squeeze(name)) {
		s.training = trainingOf(name, s.year)
	}
	s.segment = segmentOf(name)
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool {
		return strings.ContainsRune("-_—–（）()【】[]+· 　", r)
	}) {
		if s.province == "" {
			s.province = provincePrefix(part)
		}
		if code, ok := r.d.depts.unit(part); ok && s.department == "" && !trainingWord.MatchString(part) {
			s.department = code
		}
	}
	return s
}
