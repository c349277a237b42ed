package concept_test

import (
	"path/filepath"
	"testing"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
)

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
	for _, path := range []string{
		"../shared/data/dev/fine_gov.jsonl", "../shared/data/dev/fine_general.jsonl",
		"../shared/data/scale/retitled_100k.jsonl.gz", "fixtures/gold/items.jsonl",
	} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			rows := readLabelled(t, filepath.Join("..", "..", path))
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
