package analysis

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Keyword is a word that tells a group from the others.
type Keyword struct {
	Name   string
	Weight float64
}

// Keywords are the k words that tell a group from all others, by class-based
// TF-IDF (Grootendorst 2022, BERTopic): the frequency of the word in the group
// times ln(1 + A/f), with A the mean number of words per group and f the word's
// frequency in all documents. A document counts a word once.
func (r *Result) Keywords(group, k int) []Keyword {
	c := r.corpus
	r.wordsOnce.Do(func() {
		words := 0
		for _, g := range r.Groups {
			for _, m := range g.Members {
				fs, _ := c.lexis.row(c.unitOf[c.rank[m.Document]])
				words += len(fs)
			}
		}
		r.wordsPerGroup = float64(words) / float64(max(1, len(r.Groups)))
	})
	count := map[uint32]int{}
	for _, m := range r.Groups[group].Members {
		fs, _ := c.lexis.row(c.unitOf[c.rank[m.Document]])
		for _, f := range fs {
			if c.kinds[f] == Word && c.keyword[f] && utf8.RuneCountInString(c.names[f]) > 1 {
				count[f]++
			}
		}
	}
	out := make([]Keyword, 0, len(count))
	for f, n := range count {
		out = append(out, Keyword{c.names[f], float64(n) * math.Log(1+r.wordsPerGroup/float64(c.df[f]))})
	}
	slices.SortFunc(out, func(a, b Keyword) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Name, b.Name))
	})
	return out[:min(k, len(out))]
}
