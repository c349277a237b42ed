package fault

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/pipeline/segment"
	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// large makes a data folder with n items, a fiftieth as many issues, and
// users accounts. TONGTANG_FAULT_FOLDER keeps it for the next run.
func large(t *testing.T, n, users int) (data string, people []*analyst) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	if kept := os.Getenv("TONGTANG_FAULT_FOLDER"); kept != "" {
		data = filepath.Join(kept, fmt.Sprintf("items%d-users%d", n, users))
	}
	if _, err := os.Stat(filepath.Join(data, "corpus", "CURRENT")); err == nil {
		return data, strangers(t, users)
	}
	began := time.Now()
	if err := queries.Folder(data).Make(); err != nil {
		t.Fatal(err)
	}
	people = crowd(t, data, users)
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	words, err := segment.New(tables)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int, users)
	for i := range ids {
		ids[i] = i + 1
	}
	if err := corpustest.PublishLarge(t.Context(), data, corpustest.Large{Items: n, Words: func(text string) (out []string) {
		for _, w := range words.Words(text) {
			if w.Class == segment.Han {
				out = append(out, w.Canonical)
				out = append(out, words.Parts(w.Canonical)...)
			}
		}
		return out
	}}, ids); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d items, %d issues made in %s", n, n/50, time.Since(began).Round(time.Second))
	return data, people
}

var _ = feedback.Departments

func TestFaultBuildLarge(t *testing.T) {
	large(t, times("TONGTANG_FAULT_ITEMS", 1000), 50)
}
