package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongtang/pipeline/feedback"
)

// model is a report as pages see it: what stands where, without saying how a
// format shows it. Writers only walk it.
type model struct {
	doc     *Document
	title   []string // lines, broken so that no term of the field is cut
	lead    string   // one line under the title, e.g. the data cut-off
	banner  string   // a warning in a box before the body, or empty
	blocks  []block
	signoff []string // lines at the right end of the body
	made    string   // how, from what and with what the report was made
	annexes []annex
	bases   []basis // figures' bases, in order of number
}

type annex struct {
	title  string
	blocks []block
}

type blockKind int

const (
	headingBlock blockKind = iota
	paraBlock
	quoteBlock // an original text, set apart
	noteBlock  // small remark, e.g. under a table
	tableBlock
	chartBlock
)

// block is a paragraph-level element.
type block struct {
	kind   blockKind
	level  int    // of a heading: 1 to 4
	number string // of a heading, e.g. 一、
	anchor string // what a mark elsewhere leads to; empty for none
	runs   []run
	table  *table
	chart  *chart
}

type runKind int

const (
	plainRun  runKind = iota
	strongRun         // names of fields and departments
	figureRun         // a number that was counted; to leads to its basis
	markRun           // [n] or [12.3], small and raised; to leads to basis or item
	blankRun          // 〔待填〕: visible, for a person to fill
)

// run is a stretch of text of one kind.
type run struct {
	kind runKind
	text string
	to   string // anchor; empty when nothing stands behind it
	// A figure says which number of its basis it shows, so that a test can
	// count again: metric is members, endorsements, total, departments,
	// provinces, trainings, issues, or group:LABEL.
	value  int
	metric string
}

// table has cells of runs. Widths are shares of the text width.
type table struct {
	widths  []int
	align   []byte // per column: l, c or r
	header  []string
	rows    []tableRow
	compact bool // small print, for annexes
	flows   bool // may be cut between any two rows, however short it is
}

type tableRow struct {
	anchor string
	strong bool // a total
	cells  [][]run
}

// chart is a bar chart whose numbers also stand in a table beside it.
type chart struct {
	title      string
	categories []string
	series     []series
	horizontal bool
}

type series struct {
	name   string
	values []int
}

// itemRef names an item in this document: 12.3 is item 3 of issue 12.
type itemRef struct {
	prefix  string // "12", "疑1" for the first suggested group, "散" for loose items
	anchor  string // "i12", "g1", "x"
	ordinal int
}

func (r itemRef) text() string   { return r.prefix + "." + strconv.Itoa(r.ordinal) }
func (r itemRef) target() string { return r.anchor + "_" + strconv.Itoa(r.ordinal) }

// basis is what a figure rests on: the items counted, in groups, or a
// sentence where the figure is not a count of items.
type basis struct {
	number int
	what   string
	text   string    // for figures that are not counted from items
	rests  []itemRef // and what these rest on: items, rows that were turned away
	items  []Item
	issues int // how many issues the items belong to
	groups []refGroup
}

type refGroup struct {
	label string
	refs  []itemRef
}

func (b *basis) target() string { return "b" + strconv.Itoa(b.number) }

// value recounts one of the basis's numbers.
func (b *basis) value(metric string) (int, bool) {
	c := CountItems(b.items)
	switch metric {
	case "members":
		return c.Members, true
	case "endorsements":
		return c.Endorsements, true
	case "total":
		return c.Members + c.Endorsements, true
	case "departments":
		return c.Departments, true
	case "provinces":
		return c.Provinces, true
	case "trainings":
		return c.Trainings, true
	case "issues":
		return b.issues, true
	}
	if label, ok := strings.CutPrefix(metric, "group:"); ok {
		for _, g := range b.groups {
			if g.label == label {
				return len(g.refs), true
			}
		}
		return 0, true
	}
	return 0, false
}

// listedItem is an item with its name in the document.
type listedItem struct {
	Item
	ref itemRef
}

// text for people, with the stem that introduced the list it stood in.
func (it *Item) text() string {
	text := strings.TrimSpace(it.Text)
	if stem := strings.TrimSpace(it.Stem); stem != "" && !strings.HasPrefix(text, stem) {
		if !strings.ContainsRune("：:，,。；;？?！!", lastRune(stem)) {
			stem += "："
		}
		return stem + text
	}
	return text
}

// who says it, e.g. 江苏·监狱机关.
func (it *Item) who() string {
	if it.Province == "" {
		return it.Department.Name()
	}
	return it.Province + "·" + it.Department.Name()
}

func sourceText(sources []feedback.Source) string {
	lines := make([]string, len(sources))
	for i, s := range sources {
		lines[i] = s.String()
	}
	return strings.Join(lines, "\n")
}

// rangesOf writes refs of one list as runs of links, neighbours joined:
// 12.1至12.4、12.7.
func rangesOf(refs []itemRef) []run {
	var out []run
	for i := 0; i < len(refs); {
		j := i
		for j+1 < len(refs) && refs[j+1].prefix == refs[j].prefix && refs[j+1].ordinal == refs[j].ordinal+1 {
			j++
		}
		if len(out) > 0 {
			out = append(out, run{text: "、"})
		}
		out = append(out, run{kind: figureRun, text: refs[i].text(), to: refs[i].target(), metric: "ref"})
		if j > i {
			sep := "至"
			if j == i+1 {
				sep = "、"
			}
			out = append(out, run{text: sep}, run{kind: figureRun, text: refs[j].text(), to: refs[j].target(), metric: "ref"})
		}
		i = j + 1
	}
	return out
}

func lastRune(s string) rune {
	var last rune
	for _, r := range s {
		last = r
	}
	return last
}

func firstRunes(s string, n int) (string, bool) {
	count := 0
	for i := range s {
		if count == n {
			return s[:i], true
		}
		count++
	}
	return s, false
}

// zhDate turns 2022-06-15 into 2022年6月15日, without leading zeros as the
// standard for official documents asks. Anything else is returned as it is.
func zhDate(s string) string {
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return s
	}
	numbers := make([]int, 3)
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return s
		}
		numbers[i] = n
	}
	return fmt.Sprintf("%d年%d月%d日", numbers[0], numbers[1], numbers[2])
}

// zhNumber writes 1 to 9999 in Chinese numerals: 12 is 十二, 105 is 一百零五.
func zhNumber(n int) string {
	if n <= 0 || n > 9999 {
		return strconv.Itoa(n)
	}
	digits := []rune("零一二三四五六七八九")
	var out strings.Builder
	zero := false
	for _, u := range []struct {
		value int
		name  string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / u.value % 10
		if d == 0 {
			zero = out.Len() > 0
			continue
		}
		if zero {
			out.WriteRune('零')
			zero = false
		}
		if d != 1 || u.value != 10 || out.Len() > 0 {
			out.WriteRune(digits[d])
		}
		out.WriteString(u.name)
	}
	return out.String()
}

// trainingLabel is short enough for a table: 2022年第1期.
func trainingLabel(id string) string {
	year, n, ok := strings.Cut(id, "-")
	if !ok || len(year) != 4 {
		return id
	}
	if _, err := strconv.Atoi(n); err != nil {
		return id
	}
	return year + "年第" + n + "期"
}

// breakTitle cuts a title into lines of nearly equal width, at most width
// characters each (two Latin letters count as one), never inside a word of
// words, a number or a Latin word, and never before closing punctuation.
func breakTitle(title string, width int, words map[string]bool) []string {
	runes := []rune(title)
	widths := make([]float64, len(runes)+1)
	for i, r := range runes {
		w := 1.0
		if r < 0x2e80 && !strings.ContainsRune("“”‘’—…", r) {
			w = 0.5
		}
		widths[i+1] = widths[i] + w
	}
	total := widths[len(runes)]
	if total <= float64(width) {
		return []string{title}
	}
	// bad[i]: how bad a break before rune i is; below 0 means good.
	bad := make([]float64, len(runes))
	const never = 1e6
	latin := func(r rune) bool { return r < 0x2e80 && r > ' ' && !strings.ContainsRune("“”‘’—…", r) }
	for i := 1; i < len(runes); i++ {
		before, after := runes[i-1], runes[i]
		switch {
		case strings.ContainsRune("，。、；：？！”’》〉）〕】,.;:?!)", after), strings.ContainsRune("“‘《〈（〔【(", before), latin(before) && latin(after):
			bad[i] = never
		case strings.ContainsRune("，；：？。、”》）", before):
			bad[i] = -6
		case strings.ContainsRune("的了着吗呢", after), strings.ContainsRune("在与和及或对由被把", before):
			bad[i] = 6
		case before == '的', strings.ContainsRune("在与和及或对由被把", after):
			bad[i] = -1
		default:
			bad[i] = 2
		}
	}
	const longest = 12
	for i := range runes {
		for n := min(longest, len(runes)-i); n >= 2; n-- {
			if words[string(runes[i:i+n])] {
				for k := i + 1; k < i+n; k++ {
					bad[k] = max(bad[k], 50)
				}
				break
			}
		}
	}
	lines := int(total)/width + 1
	if float64(int(total)/width*width) == total {
		lines--
	}
	for ; ; lines++ {
		if cut, ok := cutEvenly(widths, bad, lines, float64(width)); ok {
			var out []string
			start := 0
			for _, c := range append(cut, len(runes)) {
				out = append(out, strings.TrimSpace(string(runes[start:c])))
				start = c
			}
			return out
		}
		if lines > len(runes) {
			return []string{title}
		}
	}
}

// cutEvenly finds the breaks of least badness plus squared unevenness, by
// dynamic programming over lines; ok is false when some line must be too wide.
func cutEvenly(widths, bad []float64, lines int, width float64) ([]int, bool) {
	n := len(bad)
	ideal := widths[n] / float64(lines)
	const infinite = 1e9
	cost := make([][]float64, lines+1)
	from := make([][]int, lines+1)
	for l := range cost {
		cost[l] = slices.Repeat([]float64{infinite}, n+1)
		from[l] = make([]int, n+1)
	}
	cost[0][0] = 0
	for l := 1; l <= lines; l++ {
		for end := 1; end <= n; end++ {
			for start := range end {
				w := widths[end] - widths[start]
				if w > width || cost[l-1][start] >= infinite {
					continue
				}
				c := cost[l-1][start] + (w-ideal)*(w-ideal)/6
				if end < n {
					c += bad[end]
				}
				if c < cost[l][end] {
					cost[l][end], from[l][end] = c, start
				}
			}
		}
	}
	if cost[lines][n] >= infinite/1000 {
		return nil, false
	}
	var cut []int
	for l, end := lines, n; l > 1; l-- {
		end = from[l][end]
		cut = append(cut, end)
	}
	slices.Reverse(cut)
	return cut, true
}
