package queries_test

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// BenchmarkPages asks what the busiest pages ask. TONGTANG_BENCH_ITEMS sets the
// corpus's size; TONGTANG_BENCH_FOLDER names a data folder that stands already
// (fault's load tests leave one behind). Beside the clock it reports the
// processor's time, which a busy machine does not change.
func BenchmarkPages(b *testing.B) {
	dir := os.Getenv("TONGTANG_BENCH_FOLDER")
	size := ""
	if dir == "" {
		n, err := strconv.Atoi(os.Getenv("TONGTANG_BENCH_ITEMS"))
		if err != nil {
			n = 10_000
		}
		dir, size = b.TempDir(), "/items="+strconv.Itoa(n)
		if err := corpustest.PublishLarge(b.Context(), dir, corpustest.Large{Items: n}, []int{1}); err != nil {
			b.Fatal(err)
		}
	}
	began, cpu := time.Now(), spent()
	s, err := queries.OpenStore(b.Context(), dir, queries.StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.Logf("opened in %s, %s of CPU", time.Since(began).Round(time.Millisecond), (spent() - cpu).Round(time.Millisecond))
	// As serve does before people come.
	if err := s.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	run := func(name string, ask func(i int) error) {
		b.Run(name+size, func(b *testing.B) {
			cpu, i := spent(), 0
			for b.Loop() {
				if err := ask(i); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(float64((spent()-cpu).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
	list, _, err := s.List(b.Context(), queries.Filter{States: []string{queries.StateSuggested}, Limit: 50})
	if err != nil {
		b.Fatal(err)
	}
	issues, total, err := s.List(b.Context(), queries.Filter{States: []string{queries.StateIssue}, Sort: "commonality", Limit: 50})
	if err != nil {
		b.Fatal(err)
	}
	search := func(text string) func(int) error {
		return func(int) error {
			_, err := s.Search(b.Context(), queries.Query{Text: text, Limit: 30})
			return err
		}
	}
	run("List", func(int) error {
		_, _, err := s.List(b.Context(), queries.Filter{States: []string{queries.StateSuggested}, Department: "JY", Sort: "size", Limit: 50, Offset: 500})
		return err
	})
	run("ListText", func(int) error {
		_, _, err := s.List(b.Context(), queries.Filter{States: []string{queries.StateSuggested}, Text: "减刑", Limit: 50})
		return err
	})
	run("Next", func(i int) error {
		_, err := s.Next(b.Context(), queries.Filter{States: []string{queries.StateSuggested}}, list[i%len(list)].Key)
		return err
	})
	run("Listing", func(i int) error { _, err := s.Listing(b.Context(), list[i%len(list)].Key); return err })
	// As a page asks: a hundred members at once.
	page := func(key string) error { _, err := s.GroupPage(b.Context(), key, 0, 100); return err }
	run("Group", func(i int) error { return page(list[i%len(list)].Key) })
	run("Issue", func(i int) error {
		key, _, err := s.IssueKey(b.Context(), 20+i*37%(total-20))
		if err == nil {
			err = page(key)
		}
		return err
	})
	run("IssueHuge", func(i int) error {
		key, _, err := s.IssueKey(b.Context(), 1+i%10)
		if err == nil {
			err = page(key)
		}
		return err
	})
	g, err := s.Group(b.Context(), issues[0].Key)
	if err != nil {
		b.Fatal(err)
	}
	run("Item", func(i int) error { _, err := s.Item(b.Context(), g.Members[i%len(g.Members)].ID); return err })
	run("SearchWord", search("社区矫正"))
	run("SearchWords", search("罪犯 减刑"))
	run("SearchPhrase", search("减刑假释案件"))
	run("SearchStatute", search("刑法第81条"))
	run("SearchUnknown", search("鱻鱻"))
	run("SearchFilter", func(int) error {
		_, err := s.Search(b.Context(), queries.Query{Text: "监狱", Department: "JY", Kind: "建议", Limit: 30})
		return err
	})
	run("SearchFilterOnly", func(int) error {
		_, err := s.Search(b.Context(), queries.Query{Province: "江苏", Limit: 30})
		return err
	})
	run("Overview", func(int) error { _, err := s.Overview(b.Context(), list[0].LastOn); return err })
	run("Night", func(int) error { _, err := s.Night(b.Context()); return err })
	run("Desk", func(int) error {
		_, err := s.Desk(b.Context(), queries.Account{ID: 3, Role: queries.Reviewer}, time.Now())
		return err
	})
	run("Choices", func(int) error { _, err := s.Choices(b.Context()); return err })
	no := issues[0].IssueNo
	run("Note", func(int) error { _, err := s.AddNote(b.Context(), 1, no, "再补充一点意见"); return err })
	todo, _, err := s.List(b.Context(), queries.Filter{States: []string{queries.StateSuggested}, Sort: "size", Limit: 2000})
	if err != nil {
		b.Fatal(err)
	}
	next := 0
	take := func() queries.Listing { next++; return todo[next%len(todo)] }
	run("Confirm", func(int) error { _, err := s.Confirm(b.Context(), 1, take().Key, "", ""); return err })
	run("Merge", func(int) error { _, err := s.Merge(b.Context(), 1, take().Key, "", issues[0].Key); return err })
	run("Dismiss", func(int) error { _, err := s.Dismiss(b.Context(), 1, take().Key, ""); return err })
}

// spent is the processor's time this process has taken.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
