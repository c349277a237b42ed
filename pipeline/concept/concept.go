// Package concept turns a text into an analysis.Document: it reads the words
// that segment found as evidence, with what the field knows on top.
//
// Two sides of a desk say the same matter in other words (监狱: 法院不回函;
// 法院: 来函无案号), so words alone cannot bring them together. Above the words
// stand, all from tables an administrator can change:
//
//	synonyms   variants fold into one term (lexicon: synonyms.tsv)
//	parts      the shorter terms inside a long one also count
//	questions  怎样, 如何, 咋 are one kind of question; so are 是否, 能不能, 吗 ...
//	concepts   an act, subject, document, step or kind of problem by any of its
//	           names (lexicon: concepts.tsv, rows of kind "concept")
//	themes     a recurring matter of the field, recognised by several cues
//	           together (concepts.tsv rows of kind "theme", taxonomy seeds)
//	citations  statutes in normal form, given by the caller
//
// A Describer is safe for concurrent use.
package concept

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"tongtang/analysis"
	"tongtang/pipeline/lexicon"
	"tongtang/pipeline/segment"
)

// Text is what a Document is made from.
type Text struct {
	ID        string
	Date      string // YYYY-MM-DD or empty
	Text      string // masked
	Stem      string // the sentence that introduced a list; its words count half
	Citations []string
}

// Describer knows the field's tables in the form matching needs.
type Describer struct {
	tables    *lexicon.Tables
	words     *segment.Segmenter
	phrases   *trie
	entries   []entry // what a phrase of the trie means
	themes    []theme
	soft      map[string][]themeScore // word of the themes' cues -> themes it hints at
	courtesy  []string                // openings, folded
	greetings []string                // openings as written, longest first
	thanks    []string                // endings as written
}

type entryKind uint8

const (
	questionEntry entryKind = iota
	conceptEntry
	themeEntry
)

type entry struct {
	kind   entryKind
	name   string  // question kind or concept code
	theme  int     // index into themes
	weight float32 // of the cue within its theme
	rest   string  // what must follow within gap characters; empty when the phrase stands alone
}

type theme struct {
	code  string
	name  string
	topic string // code of the taxonomy
}

// New prepares the tables for matching.
func New(tables *lexicon.Tables, words *segment.Segmenter) *Describer {
	d := &Describer{tables: tables, words: words, phrases: newTrie()}
	for _, q := range questions {
		for _, phrase := range strings.Fields(q.phrases) {
			d.add(phrase, entry{kind: questionEntry, name: q.name})
		}
	}
	spread := map[string]int{} // cue -> themes that have it
	for _, c := range tables.Concepts {
		for _, cue := range c.Cues {
			if c.Theme {
				spread[segment.Fold(cue)]++
			}
		}
	}
	for _, c := range tables.Concepts {
		if !c.Theme {
			for _, cue := range c.Cues {
				d.add(segment.Fold(cue), entry{kind: conceptEntry, name: c.Code, weight: notionShare})
			}
			continue
		}
		d.themes = append(d.themes, theme{c.Code, c.Name, c.Topic})
		for _, cue := range c.Cues {
			cue = segment.Fold(cue)
			// A long cue says more than a short one, and one that several
			// themes claim says less.
			weight := math.Log2(float64(utf8.RuneCountInString(strings.ReplaceAll(cue, "..", "")))) / float64(spread[cue])
			d.add(cue, entry{kind: themeEntry, theme: len(d.themes) - 1, weight: float32(weight)})
		}
	}
	d.hints(tables)
	for _, t := range tables.Topics {
		d.themes = append(d.themes, theme{t.Code, t.Name, t.Code})
		for _, seed := range t.Seeds {
			d.add(segment.Fold(seed), entry{kind: themeEntry, theme: len(d.themes) - 1, weight: 0.5})
		}
	}
	for _, p := range tables.StopPhrases {
		switch {
		case p.Start:
			d.courtesy = append(d.courtesy, segment.Fold(p.Text))
			if greeting(p.Text) {
				d.greetings = append(d.greetings, p.Text)
			}
		case p.End && strings.ContainsAny(p.Text, "谢盼"):
			d.thanks = append(d.thanks, p.Text)
		}
	}
	byLength := func(a, b string) int { return len(b) - len(a) }
	slices.SortStableFunc(d.greetings, byLength)
	slices.SortStableFunc(d.courtesy, byLength)
	return d
}

// greeting tells openings that a title can do without from those that carry
// its sense (能否, 关于, 建议).
func greeting(s string) bool {
	for _, mark := range []string{"请问", "好", "领导", "请教", "咨询", "问一下", "一个问题", "个问题", "问题是", "补充", "问题：", "意见：", "建议：", "答：", "问：", "首先", "其次", "再次", "另外", "此外", "还有", "第一", "第二", "第三", "一是", "二是", "三是", "四是", "五是", "问题一", "问题二", "问题三", "认为", "觉得", "我们这边", "我们单位反映"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

// hints collects the words of each theme's name and cues. A text that uses
// several of them is about the theme even when no whole cue occurs in it
// (explicit semantic analysis, Gabrilovich and Markovitch 2007, with the themes
// as the concepts).
func (d *Describer) hints(tables *lexicon.Tables) {
	words := make([]map[string]bool, len(d.themes))
	spread := map[string]int{}
	at := 0
	for _, c := range tables.Concepts {
		if !c.Theme {
			continue
		}
		words[at] = map[string]bool{}
		for _, cue := range append([]string{c.Name}, c.Cues...) {
			for _, half := range strings.Split(segment.Fold(cue), "..") {
				for _, w := range d.words.Words(half) {
					for _, name := range append(d.words.Parts(w.Canonical), w.Canonical) {
						if utf8.RuneCountInString(name) > 1 && !words[at][name] {
							words[at][name] = true
							spread[name]++
						}
					}
				}
			}
		}
		at++
	}
	d.soft = map[string][]themeScore{}
	for theme, set := range words {
		for w := range set {
			weight := float32(math.Log(float64(len(words))/float64(spread[w])) / math.Log(float64(len(words))))
			d.soft[w] = append(d.soft[w], themeScore{theme, weight * weight})
		}
	}
}

func (d *Describer) add(phrase string, e entry) {
	if phrase == "" {
		return
	}
	if head, rest, ok := strings.Cut(phrase, ".."); ok {
		phrase, e.rest = head, rest
	}
	d.entries = append(d.entries, e)
	d.phrases.add(phrase, int32(len(d.entries)-1))
}

// questions fold the ways of asking into kinds. Longer phrases win over the
// shorter ones they contain.
var questions = []struct{ name, phrases string }{
	{"how", "怎么 怎样 如何 咋 咋样 怎么办 怎么弄 怎么做 怎的 怎 何以 如何才能 怎样才能 怎么才能 怎么样才能 how"},
	{"why", "为什么 为何 为啥 为什麽 干嘛 怎么会 怎么回事 咋回事 什么原因 何故 why"},
	{"whether", "是否 能否 可否 吗 么 嘛 能不能 可不可以 是不是 有没有 会不会 要不要 可以吗 行不行 对不对 该不该 有无 能吗 需不需要 whether"},
	{"quantity", "多少 几个 几次 几天 几年 多大 多高 多重 多远 多快 几岁 几斤 几块 多贵 多厚 几层 几 多宽"},
	{"duration", "多久 多长时间 多长 几个月 几小时"},
	{"who", "谁 哪位 何人 哪个人 什么人 哪些人 who"},
	{"when", "什么时候 何时 几点 哪年 哪天 几号 几月 啥时候 什么时间 哪一年 哪一天 什么年代 when"},
	{"where", "哪里 哪儿 在哪 何处 什么地方 哪个地方 啥地方 去哪 哪有 哪个城市 哪个省 where"},
	{"meaning", "什么意思 啥意思 是什么意思 什么含义 何意 意思是什么"},
	{"opinion", "怎么样 好不好 怎么看 如何看待 如何评价 怎样评价 怎么看待 怎么评价 好吗 好用吗 怎样看待"},
	{"which", "哪个 哪些 哪种 哪款 哪家 哪一个 哪一种 哪部 哪本 哪首 哪 哪几 which"},
	{"what", "什么 啥 什麽 有什么 有哪些 是什么 what"},
}

// Describe fills the document. It keeps no reference to the text's strings
// beyond substrings of them.
func (d *Describer) Describe(doc *analysis.Document, t Text) {
	doc.ID, doc.Date, doc.Field = t.ID, t.Date, false
	doc.Features = doc.Features[:0]
	body := strings.TrimSpace(t.Text)
	folded := d.withoutCourtesy(segment.Fold(body))
	doc.Text = letters(folded)
	d.read(doc, folded, 1)
	if t.Stem != "" {
		d.read(doc, segment.Fold(t.Stem), 0.5)
	}
	for _, c := range t.Citations {
		doc.Features = append(doc.Features, analysis.Feature{Kind: analysis.Citation, Name: c})
	}
}

// withoutCourtesy takes greetings and openings off the front of a folded text,
// unless nothing would be left.
func (d *Describer) withoutCourtesy(text string) string {
	for range 3 {
		best := 0
		for _, c := range d.courtesy {
			if len(c) > best && strings.HasPrefix(text, c) {
				best = len(c)
			}
		}
		rest := strings.TrimLeft(text[best:], " ,，。、:：!！?？~～")
		if best == 0 || utf8.RuneCountInString(rest) < 4 {
			return text
		}
		text = rest
	}
	return text
}

// letters keeps what tells texts apart when compared character by character.
func letters(text string) string {
	keep := func(r rune) bool {
		return r >= 0x3400 && r <= 0x9fff || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 0x9fff && r < 0xff00 || r > 0xffff
	}
	for _, r := range text {
		if !keep(r) {
			return strings.Map(func(r rune) rune {
				if keep(r) {
					return r
				}
				return -1
			}, text)
		}
	}
	return text
}

func (d *Describer) read(doc *analysis.Document, text string, weight float32) {
	matches := d.match(text)
	for _, m := range matches {
		e := &d.entries[m.entry]
		switch e.kind {
		case questionEntry:
			doc.Features = append(doc.Features, analysis.Feature{Kind: analysis.Question, Name: e.name, Weight: weight})
		case conceptEntry:
			doc.Features = append(doc.Features, analysis.Feature{Kind: analysis.Concept, Name: e.name, Weight: weight * e.weight})
		case themeEntry:
			doc.Field = true
		}
	}
	words := d.words.Words(text)
	for _, t := range d.themesOf(text, matches, words) {
		doc.Features = append(doc.Features,
			analysis.Feature{Kind: analysis.Theme, Name: d.themes[t.theme].code, Weight: weight * t.weight})
	}
	for _, w := range words {
		switch w.Class {
		case segment.Han, segment.Latin:
			if d.inQuestion(matches, w.StartByte, w.EndByte) {
				continue
			}
			if negations[w.Text] {
				doc.Features = append(doc.Features, analysis.Feature{Kind: analysis.Negation, Name: "不"})
			}
			doc.Features = append(doc.Features, analysis.Feature{Kind: analysis.Word, Name: w.Canonical, Weight: weight * wordWeight(w), Label: telling(w)})
			for _, part := range d.words.Parts(w.Canonical) {
				doc.Features = append(doc.Features, analysis.Feature{Kind: analysis.Part, Name: part, Weight: weight * 0.5})
			}
		case segment.Number:
			doc.Features = append(doc.Features,
				analysis.Feature{Kind: analysis.Quantity, Name: w.Text, Weight: weight},
				analysis.Feature{Kind: analysis.Word, Name: w.Text, Weight: weight})
		}
	}
}

// Weights of the field's evidence. They were set on the shared domain items and
// checked on fixtures/gold; results change little around them.
const (
	hintShare   = 1.0  // a theme's word beside a whole cue
	notionShare = 0.2  // a cross-cutting notion beside a theme
	themesKept  = 8    // per text
	themeFloor  = 0.15 // of the strongest theme's score
	themeMin    = 0.2  // score below which a theme is noise
	fullTheme   = 1.0  // score at which a theme counts whole
)

type themeScore struct {
	theme  int
	weight float32
}

// themesOf are the themes a text is about, strongest first. Each cue counts
// once; a cue inside a longer one of the same theme does not count beside it.
func (d *Describer) themesOf(text string, matches []match, words []segment.Word) []themeScore {
	var list []themeScore
	for i, m := range matches {
		e := &d.entries[m.entry]
		if e.kind != themeEntry || slices.ContainsFunc(matches[:i], func(o match) bool {
			f := &d.entries[o.entry]
			return f.kind == themeEntry && f.theme == e.theme && (o.entry == m.entry || m.end <= o.end && f.rest == "")
		}) {
			continue
		}
		at := slices.IndexFunc(list, func(t themeScore) bool { return t.theme == e.theme })
		if at < 0 {
			at = len(list)
			list = append(list, themeScore{theme: e.theme})
		}
		list[at].weight += e.weight
	}
	hint := func(name string) {
		for _, h := range d.soft[name] {
			at := slices.IndexFunc(list, func(t themeScore) bool { return t.theme == h.theme })
			if at < 0 {
				at = len(list)
				list = append(list, themeScore{theme: h.theme})
			}
			list[at].weight += hintShare * h.weight
		}
	}
	for i, w := range words {
		if slices.ContainsFunc(words[:i], func(o segment.Word) bool { return o.Canonical == w.Canonical }) {
			continue
		}
		hint(w.Canonical)
		for _, part := range d.words.Parts(w.Canonical) {
			hint(part)
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b themeScore) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.theme, b.theme))
	})
	top := list[0].weight
	list = slices.DeleteFunc(list, func(t themeScore) bool { return t.weight < themeFloor*top || t.weight < themeMin })
	list = list[:min(len(list), themesKept)]
	for i := range list {
		list[i].weight = list[i].weight / top * min(1, list[i].weight/fullTheme)
	}
	return list
}

// wordWeight is less for words that only hold a sentence together.
func wordWeight(w segment.Word) float32 {
	if w.POS == "" {
		return 1
	}
	switch w.POS[0] {
	case 'u', 'p', 'c', 'y', 'o', 'e': // particles, prepositions, conjunctions, modal and onomatopoeic words
		return 0.3
	}
	return 1
}

// telling words can stand alone as keywords.
func telling(w segment.Word) bool {
	if w.Term {
		return true
	}
	if w.POS == "" {
		return w.Class == segment.Latin && len(w.Text) > 3
	}
	switch w.POS[0] {
	case 'n', 'N', 'i', 'l', 'j', 'J', 's':
		return true
	case 'v', 'a':
		return len(w.Text) >= 6 && w.POS != "vd"
	}
	return false
}

var negations = map[string]bool{
	"不": true, "没": true, "没有": true, "无": true, "未": true, "别": true, "不能": true, "不会": true, "不是": true,
	"不要": true, "无法": true, "不让": true, "不准": true, "禁止": true, "非": true, "not": true, "no": true, "never": true,
}

// match is one phrase found in a text.
type match struct {
	entry      int32
	start, end int
}

// gap is how many bytes may lie between the two halves of a phrase A..B: about
// eleven characters, within one clause.
const gap = 33

func (d *Describer) match(text string) []match {
	var out []match
	for at := range text {
		d.phrases.walk(text, at, func(end int, entry int32) {
			if e := &d.entries[entry]; e.rest != "" {
				window := text[end:min(len(text), end+gap+len(e.rest))]
				if i := strings.IndexAny(window, "。;；!?！？"); i >= 0 {
					window = window[:i]
				}
				if !strings.Contains(window, e.rest) {
					return
				}
			}
			out = append(out, match{entry, at, end})
		})
	}
	// Of question phrases only the longest at a place counts: 什么时候 asks
	// when, not what.
	kept := out[:0]
	for i, m := range out {
		if d.entries[m.entry].kind == questionEntry {
			covered := false
			for j, o := range out {
				if j != i && d.entries[o.entry].kind == questionEntry && o.start <= m.start && o.end >= m.end && o.end-o.start > m.end-m.start {
					covered = true
					break
				}
			}
			if covered {
				continue
			}
		}
		kept = append(kept, m)
	}
	return kept
}

func (d *Describer) inQuestion(matches []match, start, end int) bool {
	for _, m := range matches {
		if d.entries[m.entry].kind == questionEntry && m.start <= start && m.end >= end {
			return true
		}
	}
	return false
}

// trie finds phrases in a text, rune by rune.
type trie struct {
	first map[rune]int32
	next  []map[rune]int32
	ends  [][]int32
}

func newTrie() *trie { return &trie{first: map[rune]int32{}} }

func (t *trie) add(phrase string, entry int32) {
	level, node := t.first, int32(-1)
	for _, r := range phrase {
		to, ok := level[r]
		if !ok {
			to = int32(len(t.next))
			t.next = append(t.next, map[rune]int32{})
			t.ends = append(t.ends, nil)
			level[r] = to
		}
		level, node = t.next[to], to
	}
	if node >= 0 {
		t.ends[node] = append(t.ends[node], entry)
	}
}

func (t *trie) walk(text string, at int, found func(end int, entry int32)) {
	level := t.first
	for i, r := range text[at:] {
		to, ok := level[r]
		if !ok {
			return
		}
		for _, e := range t.ends[to] {
			found(at+i+utf8.RuneLen(r), e)
		}
		level = t.next[to]
	}
}
