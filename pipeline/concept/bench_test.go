package concept_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
)

// BenchmarkNeighbors finds the neighbours of real titles: the stage that grows
// fastest with the number of items.
func BenchmarkNeighbors(b *testing.B) {
	d, err := describer()
	if err != nil {
		b.Fatal(err)
	}
	rows := readLabelled(b, filepath.Join("..", "..", "..", "shared", "data", "scale", "retitled_100k.jsonl.gz"))
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("items=%d", n), func(b *testing.B) {
			c := analysis.NewCorpus(n, 0, func(i int, doc *analysis.Document) {
				d.Describe(doc, concept.Text{ID: rows[i].ID, Text: rows[i].Text})
			})
			for b.Loop() {
				c.Group(analysis.Options{}, analysis.Decisions{}, analysis.Standing{})
			}
		})
	}
}
