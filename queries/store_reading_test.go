package queries_test

import (
	"slices"
	"testing"

	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// A study of two readers from the draw to decisions.
func TestTwoReadersFromDrawToDecisions(t *testing.T) {
	s, one := open(t, corpustest.Options{})
	two := account(t, s, "li", "李研判", queries.Analyst)
	third := account(t, s, "wang", "王复核", queries.Reviewer)
	g := suggested(t, s, 3)
	v, err := s.Group(t.Context(), g[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	items := []string{v.Members[0].ID, v.Members[1].ID, v.Members[2].ID}
	ask := queries.NewReading{Title: "归属研读", Items: items, Options: []string{g[0].Key, g[1].Key}, Readers: [2]int{one.ID, two.ID}, Seed: 7}
	for name, bad := range map[string]queries.NewReading{
		"no title": {Items: items, Readers: ask.Readers}, "one person twice": {Title: "x", Items: items, Readers: [2]int{one.ID, one.ID}},
		"no items": {Title: "x", Readers: ask.Readers}, "no readers": {Title: "x", Items: items},
		"a group that is not there": {Title: "x", Items: items, Readers: ask.Readers, Options: []string{"gnone"}},
	} {
		if _, err := s.OpenReading(t.Context(), one.ID, bad); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	id, err := s.OpenReading(t.Context(), third.ID, ask)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := s.ReadingItems(t.Context(), id)
	if err != nil || len(asked) != 3 {
		t.Fatalf("%d items, %v", len(asked), err)
	}
	for _, it := range asked {
		if it.Machine != g[0].Key || !slices.Equal(it.Offered, ask.Options) {
			t.Errorf("%+v", it)
		}
	}
	answer := func(who queries.Account, item, what string) {
		t.Helper()
		if err := s.Answer(t.Context(), who.ID, id, item, what, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Answer(t.Context(), third.ID, id, items[0], g[0].Key, "", ""); err == nil {
		t.Error("somebody else answered")
	}
	if err := s.Answer(t.Context(), one.ID, id, items[0], g[2].Key, "", ""); err == nil {
		t.Error("an answer that was not offered")
	}
	answer(one, items[0], g[0].Key)
	answer(one, items[1], queries.AnswerUnsure)
	answer(one, items[1], g[0].Key) // changed one's mind
	if err := s.HandIn(t.Context(), one.ID, id); err == nil {
		t.Error("handed in with an item unanswered")
	}
	answer(one, items[2], queries.AnswerNone)
	if err := s.HandIn(t.Context(), one.ID, id); err != nil {
		t.Fatal(err)
	}
	if err := s.Answer(t.Context(), one.ID, id, items[0], g[1].Key, "", ""); err == nil {
		t.Error("an answer changed after handing in")
	}
	// Until both have handed in nobody sees anything, and the items are blind for the one and the other.
	if _, err := s.ReadingAnswers(t.Context(), id); err == nil {
		t.Error("answers shown too early")
	}
	for _, who := range []queries.Account{one, two} {
		if blind, err := s.BlindItems(t.Context(), who.ID); err != nil || len(blind) != 3 {
			t.Errorf("%s is blind to %d items, %v", who.Name, len(blind), err)
		}
	}
	answer(two, items[0], g[0].Key)
	answer(two, items[1], g[1].Key)
	answer(two, items[2], queries.AnswerNone)
	if err := s.HandIn(t.Context(), two.ID, id); err != nil {
		t.Fatal(err)
	}
	if blind, err := s.BlindItems(t.Context(), one.ID); err != nil || len(blind) != 0 {
		t.Errorf("still blind to %d items, %v", len(blind), err)
	}
	if err := s.Settle(t.Context(), one.ID, id, items[1], g[0].Key, "", ""); err == nil {
		t.Error("a reader settled")
	}
	if err := s.Settle(t.Context(), third.ID, id, items[1], g[1].Key, "", "另一机关的问题"); err != nil {
		t.Fatal(err)
	}
	done, err := s.ApplyReading(t.Context(), third.ID, id)
	if err != nil || done.Decisions != 3 || done.Stayed != 1 || done.Attached != 1 || done.Detached != 1 || len(done.Refused) != 0 {
		t.Fatalf("%+v %v", done, err)
	}
	if _, err := s.ApplyReading(t.Context(), third.ID, id); err == nil {
		t.Error("carried out twice")
	}
	for i, want := range []string{g[0].Key, g[1].Key, ""} {
		it, err := s.Item(t.Context(), items[i])
		if err != nil || it.GroupKey != want {
			t.Errorf("item %d stands in %q, want %q, %v", i, it.GroupKey, want, err)
		}
	}
	// Two of the machine's three memberships fell, one stood.
	if all, _ := s.MachineKept(); all != (queries.Kept{Looked: 3, Kept: 1}) {
		t.Errorf("machine against people %+v", all)
	}
	if log, n, err := s.Decisions(t.Context(), queries.DecisionFilter{Limit: 10}); err != nil || n != 3 || log[0].AccountID != third.ID {
		t.Errorf("%d decisions, %v", n, err)
	}
}

func TestSampleIsDrawnAgainByItsSeed(t *testing.T) {
	s, one := open(t, corpustest.Options{})
	two := account(t, s, "li", "李研判", queries.Analyst)
	draw := func(seed int64) []string {
		t.Helper()
		items, err := s.SampleMemberships(t.Context(), 20, seed, false, "")
		if err != nil || len(items) != 20 {
			t.Fatalf("%d items, %v", len(items), err)
		}
		return items
	}
	first := draw(1)
	if !slices.Equal(first, draw(1)) {
		t.Error("the same seed draws another sample")
	}
	if slices.Equal(first, draw(2)) {
		t.Error("another seed draws the same sample")
	}
	id, err := s.OpenReading(t.Context(), one.ID, queries.NewReading{Title: "抽样", Items: first, Readers: [2]int{one.ID, two.ID}, Seed: 1, AskKind: true})
	if err != nil {
		t.Fatal(err)
	}
	items, err := s.ReadingItems(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	atFirst := 0
	for _, it := range items {
		at := slices.Index(it.Offered, it.Machine)
		if it.Machine == "" || at < 0 || len(it.Offered) > 4 {
			t.Errorf("offered %v for %q", it.Offered, it.Machine)
		}
		if at == 0 {
			atFirst++
		}
	}
	if atFirst == len(items) {
		t.Error("the machine's group always stands first: its place tells")
	}
	if err := s.Answer(t.Context(), one.ID, id, items[0].ItemID, queries.AnswerNew, "", ""); err == nil {
		t.Error("the kind was asked and not given")
	}
	if err := s.Answer(t.Context(), one.ID, id, items[0].ItemID, queries.AnswerNew, "建议", ""); err != nil {
		t.Error(err)
	}
}
