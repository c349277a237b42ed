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
	Loose  bool      // nothing has the phrase: these items have all its words, apart
	Cited  bool      // these items cite what was asked for
}

type wordRow struct {
	ID    int32  `column:"word_id"`
	Word  string `column:"word"`
	Items int    `column:"items"`
}

const (
	queryMost = 60 // characters of a search
	termsMost = 3  // terms looked for as they were typed; more are only looked up as words
	wordMost  = 12 // characters of a word looked up
)

// Search finds items. What names an article finds those that cite it. A phrase
// is cut into words that the corpus knows; items that have all of them come
// from the index, and then the phrase itself is looked for in their texts.
// When no text has the phrase, the items with all its words are the answer.
// Only a search of which the corpus knows no word looks at every text.
func (s *Store) Search(ctx context.Context, q Query) (Found, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	var f Found
	q.Text = strings.ToLower(clipRunes(strings.Join(strings.Fields(q.Text), " "), queryMost))
	f.Terms = strings.Fields(q.Text)
	slices.Sort(f.Terms)
	f.Terms = slices.Compact(f.Terms)
	if q.Text != "" {
		var err error
		if f.Groups, err = s.listRows(ctx, Filter{States: []string{StateIssue, StateSuggested}, Text: q.Text, Department: q.Department, Province: q.Province, Training: q.Training, Kind: q.Kind, Topic: q.Topic, Sort: "commonality", Limit: 8}); err != nil {
			return f, err
		}
	}
	x, err := s.current.Load().index.get(ctx, s)
	if err != nil {
		return f, err
	}
	hits, err := s.hits(ctx, x, &q, &f)
	if err != nil {
		return f, err
	}
	f.Total = len(hits)
	var page []Member
	for _, id := range x.page(hits, q.Limit, q.Offset) {
		page = append(page, Member{ID: id})
	}
	f.Items, err = s.members(ctx, page)
	return f, err
}

// hits lists the items a search finds, the latest first, and notes in f how
// they were found.
func (s *Store) hits(ctx context.Context, x *itemIndex, q *Query, f *Found) ([]int32, error) {
	exact := f.Terms[:min(termsMost, len(f.Terms))]
	if q.Topic != "" {
		type row struct {
			ID string `column:"item_id"`
		}
		list, err := rows[row](ctx, s.db, "corpus/search_topic", args{"topic": q.Topic})
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(list))
		for i, r := range list {
			ids[i] = r.ID
		}
		return x.saying(x.narrow(x.numbers(ids), q), exact), nil
	}
	if len(f.Terms) == 0 {
		return x.narrow(x.every(), q), nil
	}
	if cites := statutes(q.Text); len(cites) > 0 {
		if hits := x.narrow(x.citing(cites), q); len(hits) > 0 {
			f.Cited = true
			return hits, nil
		}
	}
	words, whole := x.wordsOf(f.Terms)
	if len(words) == 0 {
		return x.narrow(x.scan(exact), q), nil
	}
	hits := x.narrow(x.with(words), q)
	if !whole {
		if said := x.saying(hits, exact); len(said) > 0 {
			return said, nil
		}
		f.Loose = true
	}
	return hits, nil
}

// wordsOf cuts the terms into words of the corpus: those that cover most
// characters with the fewest words. whole says that every term is a word
// itself, so that the index alone answers. No words means that the corpus
// knows none of them.
func (x *itemIndex) wordsOf(terms []string) (ids []int32, whole bool) {
	whole = true
	for _, t := range terms {
		r, known := []rune(t), map[string]wordRow{}
		for i := range r {
			for n := 1; n <= wordMost && i+n <= len(r); n++ {
				part := string(r[i : i+n])
				if id, ok := x.word[part]; ok {
					known[part] = wordRow{ID: id, Word: part}
				}
			}
		}
		words := cover(r, known)
		whole = whole && len(words) == 1 && words[0].Word == t
		for _, w := range words {
			ids = append(ids, w.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), whole
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
