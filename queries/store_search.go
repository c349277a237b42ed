package queries

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Query is a search over items; zero fields do not narrow it.
type Query struct {
	Text          string // words and phrases between spaces: all must stand in the item; a statute as 刑法第81条
	Department    string
	Province      string
	Training      string
	Kind          string
	Topic         string
	Limit, Offset int
}

// Found is what a search came to.
type Found struct {
	Items  []Member
	Total  int
	Groups []Listing // groups whose title or keywords have the words
	Terms  []string  // what to highlight
	Scan   bool      // the words stand in no index: every text was looked at
}

type wordRow struct {
	ID    int32  `column:"word_id"`
	Word  string `column:"word"`
	Items int    `column:"items"`
}

// The longest search, in characters, and the longest word looked up of it.
const (
	queryMost = 60
	wordMost  = 12
)

// Search finds items. A phrase is cut into words that the corpus knows, items
// that have all of them are found by the index, and then the phrase itself is
// looked for in their texts.
func (s *Store) Search(ctx context.Context, q Query) (Found, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	var f Found
	q.Text = strings.ToLower(clipRunes(strings.Join(strings.Fields(q.Text), " "), queryMost))
	f.Terms = strings.Fields(q.Text)
	slices.Sort(f.Terms)
	f.Terms = slices.Compact(f.Terms)
	cites := statutes(q.Text)
	a := args{
		"terms": orEmpty(f.Terms), "words": []int32{}, "n": 0, "cites": orEmpty(cites), "department": q.Department, "province": q.Province, "training": q.Training,
		"kind": q.Kind, "topic": q.Topic, "limit": q.Limit, "offset": q.Offset,
	}
	name := "corpus/search_scan"
	if len(f.Terms) > 0 {
		words, err := s.wordsOf(ctx, f.Terms)
		if err != nil {
			return f, err
		}
		if len(words) > 0 {
			name, a["words"], a["n"] = "corpus/search", words, len(words)
		}
	}
	items, total, err := s.search(ctx, name, a)
	if err == nil && total == 0 && name == "corpus/search" {
		// The night may have cut the text in other words than this phrase was.
		name = "corpus/search_scan"
		items, total, err = s.search(ctx, name, a)
	}
	if err != nil {
		return f, err
	}
	f.Items, f.Total, f.Scan = items, total, name == "corpus/search_scan"
	if q.Text != "" {
		f.Groups, _, err = s.list(ctx, Filter{States: []string{StateIssue, StateSuggested}, Text: q.Text, Department: q.Department, Province: q.Province, Training: q.Training, Kind: q.Kind, Topic: q.Topic, Sort: "commonality", Limit: 8})
	}
	return f, err
}

type foundRow struct {
	ItemID string `column:"item_id"`
	Total  int    `column:"total"`
}

func (s *Store) search(ctx context.Context, name string, a args) ([]Member, int, error) {
	hits, err := rows[foundRow](ctx, s.db, name, without(a, name))
	if err != nil || len(hits) == 0 {
		return nil, 0, err
	}
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ItemID
	}
	list, err := s.members(ctx, "corpus/items", args{"items": ids})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(list, func(a, b Member) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return list, hits[0].Total, nil
}

// without leaves out the parameters that only the indexed search has.
func without(a args, name string) args {
	if name == "corpus/search" {
		return a
	}
	out := args{}
	for k, v := range a {
		if k != "words" && k != "n" {
			out[k] = v
		}
	}
	return out
}

// wordsOf cuts the terms into words of the corpus: those that cover most
// characters with the fewest words. Terms of which nothing is known are left
// to the look at the text; nil means that no term has a word.
func (s *Store) wordsOf(ctx context.Context, terms []string) ([]int32, error) {
	var parts []string
	for _, t := range terms {
		r := []rune(t)
		for i := range r {
			for n := 1; n <= wordMost && i+n <= len(r); n++ {
				parts = append(parts, string(r[i:i+n]))
			}
		}
	}
	slices.Sort(parts)
	known, err := rows[wordRow](ctx, s.db, "corpus/words", args{"words": slices.Compact(parts)})
	if err != nil {
		return nil, err
	}
	byWord := make(map[string]wordRow, len(known))
	for _, w := range known {
		byWord[w.Word] = w
	}
	var out []int32
	for _, t := range terms {
		for _, w := range cover([]rune(t), byWord) {
			out = append(out, w.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// cover chooses words that do not overlap and cover most of the term, fewest
// first among equals.
func cover(term []rune, known map[string]wordRow) []wordRow {
	type best struct {
		covered, words int
		from           int
		word           wordRow
	}
	at := make([]best, len(term)+1)
	for end := 1; end <= len(term); end++ {
		at[end] = best{covered: at[end-1].covered, words: at[end-1].words, from: end - 1}
		for n := 1; n <= wordMost && n <= end; n++ {
			w, ok := known[string(term[end-n:end])]
			if !ok {
				continue
			}
			c := best{covered: at[end-n].covered + n, words: at[end-n].words + 1, from: end - n, word: w}
			if c.covered > at[end].covered || (c.covered == at[end].covered && c.words < at[end].words) {
				at[end] = c
			}
		}
	}
	var out []wordRow
	for end := len(term); end > 0; end = at[end].from {
		if at[end].word.Word != "" {
			out = append(out, at[end].word)
		}
	}
	slices.Reverse(out)
	return out
}

var article = regexp.MustCompile(`第?([0-9]{1,3})条`)

// statutes are the spellings under which a citation in the search may be
// labelled: the number in digits and in Chinese.
func statutes(text string) []string {
	if !strings.Contains(text, "条") && !strings.Contains(text, "〔") && !strings.Contains(text, "《") {
		return nil
	}
	plain := strings.NewReplacer(" ", "", "《", "", "》", "").Replace(text)
	chinese := article.ReplaceAllStringFunc(plain, func(m string) string {
		n, err := strconv.Atoi(article.FindStringSubmatch(m)[1])
		if err != nil {
			return m
		}
		return "第" + numeral(n) + "条"
	})
	out := []string{plain, chinese}
	// A label has the law's full name between brackets: 刑法 … 第八十一条.
	slices.Sort(out)
	return slices.Compact(out)
}

// numeral writes 0 to 999 as statutes do: 八十一, 一百零五, 十二.
func numeral(n int) string {
	digits := []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	var b strings.Builder
	if h := n / 100; h > 0 {
		b.WriteString(digits[h] + "百")
		if n%100 > 0 && n%100 < 10 {
			b.WriteString("零")
		}
	}
	if t := n / 10 % 10; t > 0 {
		if t > 1 || n >= 100 {
			b.WriteString(digits[t])
		}
		b.WriteString("十")
	}
	if u := n % 10; u > 0 || n == 0 {
		b.WriteString(digits[u])
	}
	return b.String()
}

func clipRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
