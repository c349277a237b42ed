package queries_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// What pages keep of what they read is what they would read: after many
// decisions and remarks, with pages opened between them, every list, group and
// item is the same as in a store that has read nothing yet.
func TestWhatIsKeptIsWhatWouldBeRead(t *testing.T) {
	dir := t.TempDir()
	if err := corpustest.Publish(t.Context(), dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	s, zhang := openAt(t, dir)
	li := account(t, s, "li", "李复核", queries.Reviewer)
	account(t, s, "admin", "管理员", queries.Administrator)
	const seed = 20261201
	r := rand.New(rand.NewPCG(seed, seed))
	look(t, s) // everything is kept from here on
	var made []int64
	did := map[string]int{}
	for range 200 {
		all, _, err := s.List(t.Context(), queries.Filter{States: []string{queries.StateSuggested, queries.StateIssue}, Limit: 5000})
		if err != nil {
			t.Fatal(err)
		}
		l := all[r.IntN(len(all))]
		if i := slices.IndexFunc(all, func(o queries.Listing) bool { return o.IssueNo != 0 }); i >= 0 && r.IntN(2) == 0 {
			l = all[i]
		}
		g, err := s.GroupPage(t.Context(), l.Key, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Members) == 0 {
			continue // all of it was put elsewhere
		}
		other := all[r.IntN(len(all))]
		item := g.Members[r.IntN(len(g.Members))].ID
		if _, err := s.Item(t.Context(), item); err != nil {
			t.Fatal(err)
		}
		var d queries.Decided
		what := []string{"confirm", "dismiss", "detach", "attach", "merge", "split", "undo", "note", "title", "topic", "assign", "status", "rename"}[r.IntN(13)]
		switch what {
		case "confirm":
			d, err = s.Confirm(t.Context(), zhang.ID, l.Key, "", "")
		case "dismiss":
			d, err = s.Dismiss(t.Context(), zhang.ID, l.Key, "")
		case "detach":
			d, err = s.Detach(t.Context(), zhang.ID, l.Key, "", []string{item})
		case "attach":
			d, err = s.Attach(t.Context(), zhang.ID, other.Key, "", []string{item})
		case "merge":
			d, err = s.Merge(t.Context(), zhang.ID, l.Key, "", other.Key)
		case "split":
			d, err = s.Split(t.Context(), zhang.ID, l.Key, "", []string{item})
		case "undo":
			if len(made) > 0 {
				_, err = s.Undo(t.Context(), zhang.ID, made[len(made)-1])
				made = made[:len(made)-1]
			}
		case "note":
			_, err = s.AddNote(t.Context(), zhang.ID, l.IssueNo, "请 @李复核 看一下")
		case "title":
			title := "改过的题目 " + l.Key
			err = s.EditIssue(t.Context(), zhang.ID, l.IssueNo, 0, queries.IssueEdit{Title: &title})
		case "topic":
			topic := []string{"", other.Topic}[r.IntN(2)]
			err = s.EditIssue(t.Context(), zhang.ID, l.IssueNo, 0, queries.IssueEdit{Topic: &topic})
		case "assign":
			err = s.Assign(t.Context(), zhang.ID, l.IssueNo, []int{0, zhang.ID, li.ID}[r.IntN(3)], time.Date(2026, 12, 1+r.IntN(20), 0, 0, 0, 0, time.UTC))
		case "status":
			if steps := queries.Steps(l.Status); len(steps) > 0 {
				err = s.SetStatus(t.Context(), li, l.IssueNo, l.Version, steps[0].To, "采纳", "理由")
			}
		case "rename":
			err = s.ChangeAccount(t.Context(), 0, li.ID, "李复核"+[]string{"", "一"}[r.IntN(2)], "FY", queries.Reviewer, true)
		}
		if err == nil {
			did[what]++
		} else if !isRefusal(err) {
			t.Fatalf("%s: %v", what, err)
		}
		if d.Seq != 0 {
			made = append(made, d.Seq)
		}
	}
	if len(did) < 13 {
		t.Errorf("not all was done: %v", did)
	}
	kept := look(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := openAt(t, dir)
	anew := look(t, again)
	if len(kept) != len(anew) {
		t.Fatalf("%d pages kept, %d read anew", len(kept), len(anew))
	}
	for i := range kept {
		if kept[i] != anew[i] {
			t.Fatalf("kept\n%s\nread anew\n%s", kept[i], anew[i])
		}
	}
}

func isRefusal(err error) bool {
	for _, k := range []queries.RefusalKind{queries.NotFound, queries.Forbidden, queries.Conflict, queries.Invalid} {
		if refused(err, k) {
			return true
		}
	}
	return false
}

// look reads every list, group and item, each as JSON.
func look(t *testing.T, s *queries.Store) (out []string) {
	t.Helper()
	page := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(body))
	}
	all, _, err := s.List(t.Context(), queries.Filter{Limit: 5000})
	page(all, err)
	for i := range all {
		v, err := s.GroupPage(t.Context(), all[i].Key, 0, 2) // so few that large groups are counted
		slices.SortFunc(v.Voices, func(a, b queries.Voiced) int {
			return strings.Compare(a.Department+a.Kind+a.Province+a.GivenOn.String(), b.Department+b.Kind+b.Province+b.GivenOn.String())
		})
		page(v, err)
		for _, m := range v.Members {
			page(s.Item(t.Context(), m.ID))
		}
	}
	return out
}

// A remark on an issue is seen at once in what the night's page sends back with
// a decision, though the page's figures are not counted again.
func TestNightKnowsOfARemark(t *testing.T) {
	s, zhang := open(t, corpustest.Options{})
	n, err := s.Night(t.Context())
	if err != nil || len(n.Changes) == 0 {
		t.Fatal(len(n.Changes), err)
	}
	d, err := s.Confirm(t.Context(), zhang.ID, n.Changes[0].Key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	stamps := func() (of []string) {
		n, err := s.Night(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range n.Changes {
			if n.Changes[i].Key == d.GroupKey {
				of = append(of, n.Changes[i].Stamp())
			}
		}
		return of
	}
	before := stamps()
	if _, err := s.AddNote(t.Context(), zhang.ID, d.IssueNo, "再看一下"); err != nil {
		t.Fatal(err)
	}
	l, err := s.Listing(t.Context(), d.GroupKey)
	if err != nil {
		t.Fatal(err)
	}
	after := stamps()
	if len(before) == 0 || before[0] == l.Stamp() || after[0] != l.Stamp() {
		t.Errorf("before the remark %q, after it %q, on the board %s", before, after, l.Stamp())
	}
}
