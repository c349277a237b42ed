package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

func TestStrictnessIsSuggestedFromWhatPeopleKept(t *testing.T) {
	for _, c := range []struct {
		now                  string
		looked, kept, missed int
		want                 string
	}{
		{"medium", 29, 1, 0, ""},         // too few to say
		{"medium", 100, 60, 0, "strict"}, // four of ten did not hold
		{"strict", 100, 60, 0, ""},       // there is nothing stricter
		{"loose", 100, 60, 0, "medium"},  // one step at a time
		{"medium", 100, 96, 40, "loose"}, // what is there holds, much had to be added
		{"medium", 100, 96, 5, ""},       // good as it is
		{"medium", 100, 80, 60, ""},      // both kinds of mistake: no strictness mends that
		{"loose", 100, 99, 90, ""},       // there is nothing looser
	} {
		p := People{AllLooked: c.looked, AllKept: c.kept, AllMissed: c.missed}
		if got := p.suggest(c.now); got != c.want {
			t.Errorf("%s, %d of %d kept, %d added: suggests %q, want %q", c.now, c.kept, c.looked, c.missed, got, c.want)
		}
	}
}

func TestFaringCountsSinceTheNightBefore(t *testing.T) {
	log := []feedback.Decision{
		{Seq: 1, Kind: feedback.DecideConfirm, GroupKey: "g", Items: []string{"a", "b", "c"}},
		{Seq: 2, Kind: feedback.DecideDetach, GroupKey: "g", Items: []string{"a"}},
		{Seq: 3, Kind: feedback.DecideAttach, GroupKey: "g", Items: []string{"x", "y"}, Payload: `{"from":{"x":"h"}}`},
		{Seq: 4, Kind: feedback.DecideAttach, GroupKey: "g", Items: []string{"z"}, Payload: `{"stay":true}`},
		{Seq: 5, Kind: feedback.DecideAttach, GroupKey: "g", Items: []string{"q"}},
		{Seq: 6, Kind: feedback.DecideUndo, GroupKey: "g", Undoes: 5},
	}
	for _, c := range []struct {
		after                int64
		looked, kept, missed int
	}{{0, 5, 3, 2}, {1, 3, 1, 2}, {2, 2, 1, 2}, {4, 0, 0, 0}} {
		if l, k, m := faring(log, c.after); l != c.looked || k != c.kept || m != c.missed {
			t.Errorf("after %d: %d looked at, %d kept, %d missed; want %d, %d, %d", c.after, l, k, m, c.looked, c.kept, c.missed)
		}
	}
}

func TestJudgementsCountForTheStrictnessTheyWereMadeUnder(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	record := func(name, body string) {
		if err := os.WriteFile(filepath.Join(folder.Runs(), name+".json"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	since := func(strictness string) int64 {
		seq, err := strictnessSince(folder, strictness)
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	if got := since("medium"); got != 0 {
		t.Errorf("no night yet: since %d", got)
	}
	record("20260101-000000", `{"published":true,"decision_seq":0,"options":{"strictness":"medium"}}`)
	record("20260102-000000", `{"published":true,"decision_seq":10,"options":{"strictness":"medium"}}`)
	record("20260103-000000", `{"published":true,"decision_seq":20,"options":{"strictness":"strict"}}`)
	record("20260104-000000", `{"published":false,"decision_seq":25,"options":{"strictness":"medium"}}`)
	record("20260105-000000", `{"published":true,"decision_seq":30,"options":{"strictness":"strict"}}`)
	record("20260106-000000", `not a record`)
	if got := since("strict"); got != 20 {
		t.Errorf("strict: since %d, want 20: until its first night people judged the groups before", got)
	}
	if got := since("loose"); got != 30 {
		t.Errorf("loose, tonight for the first time: since %d, want 30", got)
	}
}
