package queries_test

import (
	"testing"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

func TestMachineAgainstPeopleCountsTheLastWord(t *testing.T) {
	type d = feedback.Decision
	items := func(names ...string) []string { return names }
	for _, c := range []struct {
		name string
		log  []d
		want queries.Kept
	}{
		{"nothing decided", nil, queries.Kept{}},
		{"confirmed members are kept", []d{{Kind: feedback.DecideConfirm, GroupKey: "g", Items: items("a", "b", "c")}}, queries.Kept{Looked: 3, Kept: 3}},
		{"one taken out afterwards is not", []d{
			{Kind: feedback.DecideConfirm, GroupKey: "g", Items: items("a", "b", "c")},
			{Kind: feedback.DecideDetach, GroupKey: "g", Items: items("a")},
		}, queries.Kept{Looked: 3, Kept: 2}},
		{"split off before confirming, the new part is people's own", []d{
			{Kind: feedback.DecideSplit, GroupKey: "g", OtherKey: "h", Items: items("a", "b")},
			{Kind: feedback.DecideConfirm, GroupKey: "g", Items: items("c", "d")},
			{Kind: feedback.DecideConfirm, GroupKey: "h", Items: items("a", "b")},
		}, queries.Kept{Looked: 4, Kept: 2}},
		{"what a person attached is not the machine's", []d{
			{Kind: feedback.DecideAttach, GroupKey: "g", Items: items("x")},
			{Kind: feedback.DecideConfirm, GroupKey: "g", Items: items("a", "x")},
			{Kind: feedback.DecideDetach, GroupKey: "g", Items: items("x")},
		}, queries.Kept{Looked: 1, Kept: 1}},
		{"attached away from another group", []d{
			{Kind: feedback.DecideAttach, GroupKey: "g", Items: items("x"), Payload: `{"from":{"x":"h"}}`},
		}, queries.Kept{Looked: 1}},
		{"a proposal declined is no membership", []d{
			{Kind: feedback.DecideDetach, GroupKey: "g", Items: items("x"), Payload: `{"declined":"建议归入"}`},
		}, queries.Kept{}},
		{"said to stay", []d{
			{Kind: feedback.DecideAttach, GroupKey: "g", Items: items("x", "y"), Payload: `{"stay":true}`},
		}, queries.Kept{Looked: 2, Kept: 2}},
		{"dismissed, then restored", []d{
			{Kind: feedback.DecideDismiss, GroupKey: "g", Items: items("a", "b")},
			{Kind: feedback.DecideRestore, GroupKey: "g", Items: items("a", "b")},
		}, queries.Kept{}},
		{"dismissed", []d{{Kind: feedback.DecideDismiss, GroupKey: "g", Items: items("a", "b")}}, queries.Kept{Looked: 2}},
		{"withdrawn", []d{
			{Kind: feedback.DecideConfirm, GroupKey: "g", Items: items("a", "b")},
			{Kind: feedback.DecideWithdraw, GroupKey: "g", Items: items("a", "b")},
		}, queries.Kept{}},
		{"merged whole, then one removed from where it went", []d{
			{Kind: feedback.DecideConfirm, GroupKey: "h", Items: items("c")},
			{Kind: feedback.DecideMerge, GroupKey: "g", OtherKey: "h", Items: items("a", "b")},
			{Kind: feedback.DecideDetach, GroupKey: "h", Items: items("a")},
		}, queries.Kept{Looked: 3, Kept: 2}},
		{"taken back", []d{
			{Seq: 1, Kind: feedback.DecideConfirm, GroupKey: "g", Items: items("a", "b")},
			{Seq: 2, Kind: feedback.DecideDetach, GroupKey: "g", Items: items("a")},
			{Seq: 3, Kind: feedback.DecideUndo, GroupKey: "g", Undoes: 2},
		}, queries.Kept{Looked: 2, Kept: 2}},
	} {
		for i := range c.log {
			c.log[i].Seq = int64(i + 1)
		}
		if got := queries.MachineKept(c.log); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestVerdictsAfterANightAreCountedApart(t *testing.T) {
	v := queries.NewVerdicts(1)
	v.Take(feedback.Decision{Seq: 1, Kind: feedback.DecideConfirm, GroupKey: "g", Items: []string{"a", "b", "c"}})
	v.Take(feedback.Decision{Seq: 2, Kind: feedback.DecideDetach, GroupKey: "g", Items: []string{"a"}})
	v.Take(feedback.Decision{Seq: 3, Kind: feedback.DecideConfirm, GroupKey: "h", Items: []string{"d"}})
	if got, want := v.New(), (queries.Kept{Looked: 2, Kept: 1}); got != want {
		t.Errorf("new %+v, want %+v", got, want)
	}
	if got, want := v.All(), (queries.Kept{Looked: 4, Kept: 3}); got != want {
		t.Errorf("all %+v, want %+v", got, want)
	}
}
