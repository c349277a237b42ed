package citation

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
)

// Unlisted is a document that was cited and that the statutes table does not
// know: what an administrator may want to add.
type Unlisted struct {
	Title    string // as written most often, in 《》, or a document number
	Items    int    // items that cite it
	Mentions int
}

// ListUnlisted gathers the documents without a row in the table from the
// citations of each item. Spellings of one title are one entry, so that
// 《民法典》 and 《中华人民共和国民法典》 count together. Guiding cases are no entries,
// and neither is a bare 《规定》, which no table could explain. The most cited come
// first; ties go by title.
func ListUnlisted(items iter.Seq[[]feedback.Citation]) []Unlisted {
	type entry struct {
		items, mentions int
		lastItem        int
		spellings       map[string]int
	}
	entries := map[string]*entry{}
	n := 0
	for citations := range items {
		n++
		for _, c := range citations {
			title, _, _ := strings.Cut(c.Norm, "#")
			key := fullKey(FoldString(title))
			if c.StatuteID != "" || key == "" || generic(key) || !strings.HasPrefix(title, "《") && !strings.ContainsRune(title, '〔') && !strings.Contains(title, "令第") {
				continue
			}
			e := entries[key]
			if e == nil {
				e = &entry{spellings: map[string]int{}}
				entries[key] = e
			}
			e.mentions++
			e.spellings[title]++
			if e.lastItem != n {
				e.lastItem = n
				e.items++
			}
		}
	}
	out := make([]Unlisted, 0, len(entries))
	for _, e := range entries {
		best := ""
		for title, count := range e.spellings {
			if best == "" || count > e.spellings[best] || count == e.spellings[best] && title < best {
				best = title
			}
		}
		out = append(out, Unlisted{best, e.items, e.mentions})
	}
	slices.SortFunc(out, func(a, b Unlisted) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), cmp.Compare(b.Mentions, a.Mentions), cmp.Compare(a.Title, b.Title))
	})
	return out
}
