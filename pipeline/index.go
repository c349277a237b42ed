package pipeline

import (
	"iter"
	"slices"
	"strings"
	"sync"

	"tongtang/analysis"
	"tongtang/queries"
)

// index says in which items each word stands, for the workbench's search. Words
// are those the analysis sees: folded to their canonical terms, the shorter
// terms inside longer ones too, and citations in normal form.
type index struct {
	mu     sync.Mutex
	number map[string]int32
	words  []string
	of     [][]int32 // per item: its words' numbers, each once
}

func newIndex(items int) *index {
	return &index{number: map[string]int32{}, of: make([][]int32, items)}
}

// add notes the words of one item; it may be called from several goroutines,
// for different items.
func (x *index) add(item int, d *analysis.Document) {
	x.mu.Lock()
	defer x.mu.Unlock()
	own := make([]int32, 0, len(d.Features))
	for _, f := range d.Features {
		if f.Kind != analysis.Word && f.Kind != analysis.Part && f.Kind != analysis.Citation {
			continue
		}
		n, ok := x.number[f.Name]
		if !ok {
			name := strings.Clone(f.Name)
			n = int32(len(x.words))
			x.words = append(x.words, name)
			x.number[name] = n
		}
		own = append(own, n)
	}
	slices.Sort(own)
	x.of[item] = slices.Clip(slices.Compact(own))
}

// rows gives the word table, in the order of words, and the postings, in the
// order of words and within a word of items, so that a search reads a few
// neighbouring row groups.
func (x *index) rows() (words, postings iter.Seq[queries.Row]) {
	order := make([]int32, len(x.words)) // rank -> number
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(x.words[a], x.words[b]) })
	rank := make([]int32, len(x.words))
	for r, n := range order {
		rank[n] = int32(r)
	}
	at := make([]int64, len(x.words)+1)
	for _, own := range x.of {
		for _, n := range own {
			at[rank[n]+1]++
		}
	}
	for r := range x.words {
		at[r+1] += at[r]
	}
	list := make([]int32, at[len(x.words)])
	next := slices.Clone(at)
	for item, own := range x.of {
		for _, n := range own {
			list[next[rank[n]]] = int32(item)
			next[rank[n]]++
		}
	}
	words = func(yield func(queries.Row) bool) {
		for r, n := range order {
			if !yield(queries.Row{int32(r), x.words[n], int32(at[r+1] - at[r])}) {
				return
			}
		}
	}
	postings = func(yield func(queries.Row) bool) {
		for r := range order {
			for _, item := range list[at[r]:at[r+1]] {
				if !yield(queries.Row{int32(r), item}) {
					return
				}
			}
		}
	}
	return words, postings
}
