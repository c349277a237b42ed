package concept_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
)

// TestKeysLiveOnOverThirtyNights plays labelled texts as thirty nights: from
// night to night the items that sat in a group with others keep their key, and
// the last night groups as well as all at once would. As in the pipeline a
// night goes on from the memory of the one before, and computes everything anew
// when the corpus has grown by a tenth since that was last done.
// TONGTANG_STREAM=100k plays 100,000 texts in place of 20,000.
func TestKeysLiveOnOverThirtyNights(t *testing.T) {
	if testing.Short() {
		t.Skip("thirty nights take long")
	}
	file, nights := "retitled_20k.jsonl.gz", 30
	if os.Getenv("TONGTANG_STREAM") == "100k" {
		file = "retitled_100k.jsonl.gz"
	}
	rows := readLabelled(t, filepath.Join("..", "..", "..", "shared", "data", "scale", file))
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	docs := make([]analysis.Document, len(rows))
	for i := range rows {
		d.Describe(&docs[i], concept.Text{ID: rows[i].ID, Text: rows[i].Text, Date: fmt.Sprintf("2025-01-%02d", 1+i*nights/len(rows))})
		docs[i].Features = slices.Clone(docs[i].Features)
	}
	group := func(n int, night string, memory *analysis.Memory, last analysis.Standing) *analysis.Result {
		c := analysis.NewCorpusWith(memory, n, 0, func(i int) string { return docs[i].ID }, func(i int, doc *analysis.Document) {
			features := append(doc.Features, docs[i].Features...)
			*doc = docs[i]
			doc.Features = features
		})
		return c.Group(analysis.Options{Night: night}, analysis.Decisions{}, last)
	}
	var last analysis.Standing
	keyOf := map[string]string{}
	kept, sat, worst, full := 0, 0, 1.0, 0
	var res *analysis.Result
	var memory *analysis.Memory
	for night := 1; night <= nights; night++ {
		n := len(rows) * night / nights
		anew := memory == nil || float64(n) > 1.1*float64(full)
		if anew {
			memory, full = nil, n
		}
		res = group(n, fmt.Sprintf("2025-01-%02d", night), memory, last)
		memory = res.Memory()
		now := map[string]string{}
		last = analysis.Standing{}
		for _, g := range res.Groups {
			s := analysis.StandingGroup{Key: g.Key, Founder: g.FounderID, Grew: g.Grew}
			for _, m := range g.Members {
				s.Members = append(s.Members, rows[m.Document].ID)
				now[rows[m.Document].ID] = g.Key
			}
			last.Groups = append(last.Groups, s)
		}
		k, s := 0, 0
		for id, key := range keyOf {
			s++
			if now[id] == key {
				k++
			}
		}
		if s > 0 {
			worst = min(worst, float64(k)/float64(s))
		}
		t.Logf("night %d: %d texts, %d of %d grouped kept their key, computed anew: %t", night, n, k, s, anew)
		kept, sat, keyOf = kept+k, sat+s, now
	}
	share := float64(kept) / float64(sat)
	quality := func(r *analysis.Result) float64 {
		labels := map[string]int{}
		gold, found := make([]int, len(rows)), make([]int, len(rows))
		for i, row := range rows {
			if _, ok := labels[row.Label]; !ok {
				labels[row.Label] = len(labels)
			}
			gold[i], found[i] = labels[row.Label], int(r.GroupOf[i])
			if strings.TrimSpace(row.Label) == "" {
				gold[i] = -1
			}
		}
		return analysis.Measure(gold, found).CubedF1
	}
	streamed, once := quality(res), quality(group(len(rows), "2025-01-30", nil, analysis.Standing{}))
	t.Logf("%s: %.4f of grouped items kept their key from night to night (worst night %.4f); B-cubed F1 %.4f streamed, %.4f at once",
		file, share, worst, streamed, once)
	if share < 0.99 {
		t.Errorf("only %.4f of items kept their key", share)
	}
	if streamed < once-0.005 {
		t.Errorf("streamed %.4f, at once %.4f", streamed, once)
	}
}
