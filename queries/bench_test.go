package queries_test

import (
	"os"
	"strconv"
	"testing"

	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// BenchmarkPages asks what the busiest pages ask. TONGTANG_BENCH_ITEMS sets the
// corpus's size; 100,000 items are about 13,000 groups of two and more.
func BenchmarkPages(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("TONGTANG_BENCH_ITEMS"))
	if err != nil {
		n = 10_000
	}
	dir := b.TempDir()
	if err := corpustest.Publish(b.Context(), dir, corpustest.Options{Items: n}); err != nil {
		b.Fatal(err)
	}
	s, err := queries.OpenStore(b.Context(), dir, queries.StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	list, _, err := s.List(b.Context(), queries.Filter{States: []string{queries.StateSuggested}, Limit: 50})
	if err != nil {
		b.Fatal(err)
	}
	size := "/items=" + strconv.Itoa(n)
	run := func(name string, ask func() error) {
		b.Run(name+size, func(b *testing.B) {
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("List", func() error {
		_, _, err := s.List(b.Context(), queries.Filter{States: []string{queries.StateSuggested}, Department: "JY", Sort: "size", Limit: 50, Offset: 500})
		return err
	})
	run("Group", func() error { _, err := s.Group(b.Context(), list[0].Key); return err })
	run("Search", func() error {
		_, err := s.Search(b.Context(), queries.Query{Text: "罚金 假释", Limit: 30})
		return err
	})
	run("Overview", func() error { _, err := s.Overview(b.Context(), list[0].LastOn); return err })
}
