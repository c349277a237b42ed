package concept_test

import (
	"flag"
	"path/filepath"
	"testing"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
)

var million = flag.Bool("1m", false, "compare neighbours with exact search among 1,000,000 texts too")

// TestNeighboursAreTheTrueOnes compares the neighbours that the index finds
// within its budget with exact search.
func TestNeighboursAreTheTrueOnes(t *testing.T) {
	if testing.Short() {
		t.Skip("exact search takes long")
	}
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	files := [][]string{
		{"../shared/data/dev/fine_gov.jsonl"},
		{"../shared/data/dev/fine_general.jsonl"},
		{"../shared/data/scale/retitled_100k.jsonl.gz"},
		{"fixtures/gold/items.jsonl"},
	}
	if *million {
		files = append(files, []string{"../shared/data/scale/real_1m_part00.jsonl.gz", "../shared/data/scale/real_1m_part01.jsonl.gz"})
	}
	for _, paths := range files {
		t.Run(filepath.Base(paths[0]), func(t *testing.T) {
			var rows []labelled
			for _, path := range paths {
				rows = append(rows, readLabelled(t, filepath.Join("..", "..", path))...)
			}
			c := analysis.NewCorpus(len(rows), 0, func(i int, doc *analysis.Document) {
				d.Describe(doc, concept.Text{ID: rows[i].ID, Text: rows[i].Text})
			})
			recall := c.NeighborRecall(0, 60)
			t.Logf("%d texts: %.4f of the true ten nearest found", len(rows), recall)
			if recall < 0.98 {
				t.Errorf("recall %.4f", recall)
			}
		})
	}
}
