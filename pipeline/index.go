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
	items  []int32 // per word: how many items have it
	from   int     // number of the first item
	of     [][]int32
}

// newIndex is for items numbered from .. until-1.
func newIndex(from, until int) *index {
	return &index{number: map[string]int32{}, from: from, of: make([][]int32, until-from)}
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
			x.words, x.items = append(x.words, name), append(x.items, 0)
			x.number[name] = n
		}
		own = append(own, n)
	}
	slices.Sort(own)
	own = slices.Clip(slices.Compact(own))
	for _, n := range own {
		x.items[n]++
	}
	x.of[item-x.from] = own
}

// wordRows and postingRows number words in the order they were met; the corpus
// gives them numbers of its own.
func (x *index) wordRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for n, w := range x.words {
			if !yield(queries.Row{int32(n), w, x.items[n]}) {
				return
			}
		}
	}
}

func (x *index) postingRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i, own := range x.of {
			for _, n := range own {
				if !yield(queries.Row{n, int32(x.from + i)}) {
					return
				}
			}
		}
	}
}
