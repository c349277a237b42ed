// Package segment cuts text into words with byte offsets.
//
// A text is first folded, rune by rune, with a map back to its own bytes:
// NFKC, lower case, zero-width characters dropped, and traditional characters
// to simplified ones where any occur. Then it is cut into runs. Chinese runs go
// to gse, whose dictionary is enlarged by the lexicon's terms so that
// 暂予监外执行 stays whole; Latin runs go to prose, because gse would take each
// as one unknown word and prose would take each Chinese sentence as one word.
//
// The words of a text tile it: joined by their offsets they give it back, byte
// for byte, spaces and punctuation included.
package segment

import (
	"fmt"
	"io"
	"log"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-ego/gse"
	"github.com/jdkato/prose/v2"
	"golang.org/x/text/unicode/norm"

	"tongtang/pipeline/hanzi"
	"tongtang/pipeline/lexicon"
)

// Class says what a word is made of.
type Class uint8

// The classes of words.
const (
	Other  Class = iota // punctuation, symbols, anything else
	Space               // white space and control characters
	Han                 // Chinese
	Latin               // letters of an alphabet
	Number              // digits
)

// Word is one word of a text.
type Word struct {
	Text      string // folded: NFKC, lower case, simplified
	Canonical string // the term this is a variant of, or Text
	POS       string // gse's (jieba's) tags for Chinese, Penn tags for English, empty for the rest
	Class     Class
	Term      bool // a term of the lexicon or of the synonym table
	StartByte int  // in the text as given
	EndByte   int
}

// Segmenter cuts texts. It is safe for concurrent use; a changed dictionary
// needs a new Segmenter.
type Segmenter struct {
	dict      gse.Segmenter
	terms     map[string]bool
	canonical map[string]string
	english   func() *prose.Model // loaded when the first English sentence comes
}

// termFrequency is what a lexicon term counts for beside gse's own words: high
// enough that the shortest path prefers the whole term to its parts.
const termFrequency = 20000

// New loads gse's simplified dictionary, about 1 s and 130 MB, and adds the
// terms and synonyms of the tables.
func New(tables *lexicon.Tables) (*Segmenter, error) {
	s := &Segmenter{
		terms: map[string]bool{}, canonical: map[string]string{},
		english: sync.OnceValue(func() *prose.Model { return prose.ModelFromData("en") }),
	}
	s.dict.SkipLog, s.dict.NotLoadHMM = true, true // runs are cut by the shortest path alone
	s.dict.Dict = gse.NewDict()
	s.dict.Init()
	add := func(term, pos string) error {
		term = Fold(term)
		n := utf8.RuneCountInString(term)
		if n < 2 || n > 16 || s.terms[term] || !allHan(term) {
			return nil
		}
		s.terms[term] = true
		if err := s.dict.AddToken(term, termFrequency, pos); err != nil {
			return fmt.Errorf("adding the term %s: %w", term, err)
		}
		return nil
	}
	for _, t := range tables.Terms {
		if err := add(t.Word, t.POS); err != nil {
			return nil, err
		}
	}
	never := map[[2]string]bool{}
	for _, p := range tables.NotSynonyms {
		a, b := Fold(bare(p.A)), Fold(bare(p.B))
		never[[2]string{a, b}], never[[2]string{b, a}] = true, true
	}
	for _, set := range tables.Synonyms {
		canon := Fold(set.Canonical)
		if set.Near {
			continue
		}
		if err := add(canon, "n"); err != nil {
			return nil, err
		}
		for _, v := range set.Variants {
			if strings.ContainsAny(v, "(（") { // a variant that holds only in a context it names
				continue
			}
			v = Fold(v)
			if v == canon || never[[2]string{v, canon}] {
				continue
			}
			if err := add(v, "n"); err != nil {
				return nil, err
			}
			if _, taken := s.canonical[v]; !taken {
				s.canonical[v] = canon
			}
		}
	}
	// The lexicon goes first: gse keeps what a trie holds already, so these
	// terms keep our frequency. gse reports on the standard logger whatever it
	// is told.
	out := log.Writer()
	log.SetOutput(io.Discard)
	err := s.dict.LoadDictEmbed("zh_s")
	log.SetOutput(out)
	if err != nil {
		return nil, fmt.Errorf("loading gse's dictionary: %w", err)
	}
	return s, nil
}

// bare is a table's entry without the remark in brackets behind it.
func bare(s string) string {
	if i := strings.IndexAny(s, "(（"); i > 0 {
		return s[:i]
	}
	return s
}

// Canonical is the term a folded word is a variant of, or the word itself.
func (s *Segmenter) Canonical(word string) string {
	if c, ok := s.canonical[word]; ok {
		return c
	}
	return word
}

// Words cuts a text. Words tile the text in order; characters that fold to
// nothing (zero-width) belong to the word before them.
func (s *Segmenter) Words(text string) []Word {
	if text == "" {
		return nil
	}
	f := fold(text)
	words := make([]Word, 0, len(text)/5+1)
	emit := func(from, to int, pos string, class Class) {
		w := Word{Text: f.text[from:to], POS: pos, Class: class, StartByte: f.origin(from), EndByte: f.origin(to)}
		w.Canonical = s.Canonical(w.Text)
		w.Term = s.terms[w.Text]
		// One character of the text can fold to several (㈱, ½): they cannot
		// be told apart by offsets, so they stay in one word.
		if n := len(words); n > 0 && w.StartByte < words[n-1].EndByte {
			words[n-1].Text += w.Text
			words[n-1].Canonical = words[n-1].Text
			words[n-1].EndByte = max(w.EndByte, words[n-1].EndByte)
			return
		}
		words = append(words, w)
	}
	for from := 0; from < len(f.text); {
		r, size := utf8.DecodeRuneInString(f.text[from:])
		class := classOf(r)
		to := from + size
		for to < len(f.text) {
			r, size = utf8.DecodeRuneInString(f.text[to:])
			next := classOf(r)
			if next != class && !(class == Latin && inLatinRun(f.text, to, r)) {
				break
			}
			if class == Other {
				break // each mark is a word of its own
			}
			to += size
		}
		switch class {
		case Han:
			s.han(f.text, from, to, emit)
		case Latin:
			s.latin(f.text, from, to, emit)
		default:
			emit(from, to, "", class)
		}
		from = to
	}
	if n := len(words); n > 0 {
		words[0].StartByte = 0
		words[n-1].EndByte = len(text)
		for i := 1; i < n; i++ {
			words[i-1].EndByte = words[i].StartByte
		}
	} else {
		words = append(words, Word{Class: Space, EndByte: len(text)})
	}
	return words
}

// maxRun bounds one call of gse, whose buffers grow with the run.
const maxRun = 6000

func (s *Segmenter) han(text string, from, to int, emit func(from, to int, pos string, class Class)) {
	for from < to {
		end := min(to, from+maxRun)
		for end < to && !utf8.RuneStart(text[end]) {
			end--
		}
		segments := s.dict.Segment([]byte(text[from:end]))
		for i := range segments {
			g := &segments[i]
			emit(from+g.Start(), from+g.End(), g.Token().Pos(), Han)
		}
		from = end
	}
}

// latin hands a run to prose and finds its tokens again in the run, since
// prose gives no offsets. What lies between tokens becomes words of its own.
func (s *Segmenter) latin(text string, from, to int, emit func(from, to int, pos string, class Class)) {
	run := text[from:to]
	gap := func(a, b int) {
		for a < b {
			r, size := utf8.DecodeRuneInString(text[a:b])
			class := classOf(r)
			end := a + size
			for end < b && class != Other {
				r, size = utf8.DecodeRuneInString(text[end:b])
				if classOf(r) != class {
					break
				}
				end += size
			}
			emit(a, end, "", class)
			a = end
		}
	}
	// A single word needs no tagger, and most Latin runs in Chinese text are
	// one word.
	if !strings.ContainsAny(run, " '.,;:!?-/") || len(run) > maxRun {
		gap(from, to)
		return
	}
	doc, err := prose.NewDocument(run, prose.UsingModel(s.english()), prose.WithExtraction(false), prose.WithSegmentation(false))
	if err != nil {
		gap(from, to)
		return
	}
	at := from
	for _, token := range doc.Tokens() {
		i := strings.Index(text[at:to], token.Text)
		if i < 0 || token.Text == "" {
			continue
		}
		gap(at, at+i)
		start, end := at+i, at+i+len(token.Text)
		class := Other
		for _, r := range token.Text {
			if c := classOf(r); c == Latin || (c == Number && class == Other) {
				class = c
			}
		}
		emit(start, end, token.Tag, class)
		at = end
	}
	gap(at, to)
}

// Parts are the shorter words inside a Chinese word of three characters or
// more: terms of the lexicon and words of gse's dictionary, two characters or
// longer, in order of position. Matching uses them beside the word.
func (s *Segmenter) Parts(word string) []string {
	if utf8.RuneCountInString(word) < 3 || utf8.RuneCountInString(word) > 16 {
		return nil
	}
	var out []string
	r := []rune(word)
	for i := range r {
		for j := i + 2; j <= len(r) && j <= i+8; j++ {
			if j-i == len(r) {
				continue
			}
			part := string(r[i:j])
			if freq, _, _ := s.dict.Find(part); freq > 0 && !slices.Contains(out, part) {
				out = append(out, part)
			}
		}
	}
	return out
}

func classOf(r rune) Class {
	switch {
	case r == ' ' || r == '\n' || r == '\t' || unicode.IsSpace(r) || unicode.IsControl(r):
		return Space
	case unicode.Is(unicode.Han, r) || r == '々' || r == '〇':
		return Han
	case unicode.IsDigit(r) || unicode.IsNumber(r):
		return Number
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return Latin
	}
	return Other
}

// inLatinRun says whether the rune at position at continues a run of English
// text: spaces and marks do when Latin letters follow.
func inLatinRun(text string, at int, r rune) bool {
	if r >= utf8.RuneSelf || r == '\n' {
		return false
	}
	if r >= '0' && r <= '9' {
		return false
	}
	for _, next := range text[at:] {
		switch {
		case classOf(next) == Latin:
			return true
		case next >= utf8.RuneSelf || next == '\n' || (next >= '0' && next <= '9'):
			return false
		}
	}
	return false
}

func allHan(s string) bool {
	for _, r := range s {
		if classOf(r) != Han {
			return false
		}
	}
	return true
}

// folded is a text after folding, with the way back to the original's bytes.
type folded struct {
	text string
	from []int32 // for each byte of text the byte of the original it came from; nil when both are the same
	size int
}

func (f *folded) origin(at int) int {
	if f.from == nil {
		return at
	}
	if at >= len(f.text) {
		return f.size
	}
	return int(f.from[at])
}

// Fold is the form in which texts are compared: NFKC, lower case, simplified
// characters, without zero-width characters.
func Fold(text string) string { return fold(text).text }

func fold(text string) folded {
	change, wide := false, false // does folding change anything; does a character need full NFKC
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			change = change || (r >= 'A' && r <= 'Z')
		case r >= 0x4e00 && r <= 0x9fff:
			change = change || hanzi.Rune(r) != r
		case r >= 0xff01 && r <= 0xff5e:
			change = true
		case r >= 0x3001 && r <= 0x3011, r == '“', r == '”', r == '‘', r == '’', r == '—':
		default:
			change, wide = true, true
		}
	}
	f := folded{text: text, size: len(text)}
	if !change {
		return f
	}
	var b strings.Builder
	b.Grow(len(text))
	f.from = make([]int32, 0, len(text))
	add := func(r rune, start int) {
		if r = unicode.ToLower(r); zeroWidth(r) {
			return
		}
		n := b.Len()
		b.WriteRune(r)
		for ; n < b.Len(); n++ {
			f.from = append(f.from, int32(start))
		}
	}
	if wide {
		var it norm.Iter
		it.InitString(norm.NFKC, text)
		for !it.Done() {
			start := it.Pos()
			for _, r := range string(it.Next()) {
				add(r, start)
			}
		}
	} else {
		for start, r := range text {
			if r >= 0xff01 && r <= 0xff5e {
				r -= 0xfee0
			}
			add(r, start)
		}
	}
	f.text = hanzi.Simplify(b.String())
	return f
}

func zeroWidth(r rune) bool {
	return r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\ufeff' || r == '\u2060' || r == '\u00ad' ||
		(r >= '\ufe00' && r <= '\ufe0f')
}
