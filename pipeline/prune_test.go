package pipeline

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tongtang/queries"
)

// Pruning takes what is old and nobody needs: never the published corpus, a
// night that changed something, or what a report refers to.
func TestPruneKeepsWhatIsNeeded(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.Local)
	var ids []string
	for i := range 8 {
		at := now.AddDate(0, 0, -100*(8-i))
		r := Record{RunID: at.Format(runIDForm), StartedAt: at, Published: true, Outcome: "完成"}
		switch i {
		case 1: // took in a file
			r.Inputs = []RecordInput{{SHA256: "x"}}
		case 2: // saw a decision
			r.DecisionSeq = 5
		case 4: // failed
			r.Published, r.Outcome = false, "失败"
		}
		if i > 2 {
			r.DecisionSeq = 5
		}
		ids = append(ids, r.RunID)
		if err := r.save(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(folder.Corpus(r.RunID), nil, 0o440); err != nil {
			t.Fatal(err)
		}
	}
	if err := folder.Publish(ids[3]); err != nil { // an administrator went back
		t.Fatal(err)
	}
	write := func(name, body string) {
		if err := os.WriteFile(filepath.Join(folder.Reports(), name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("issue-12.json", `{"run_id": "`+ids[0]+`"}`)
	const evidence = "evidence-20240101-issue1-candidate1-0123456789ab.zip"
	f, err := os.Create(filepath.Join(folder.Reports(), evidence))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(`{"run_id": "` + ids[1] + `", "missing_runs": ["` + ids[2] + `"]}`))
	// A run record in the package names the night before: nothing rests on that.
	if w, err = z.Create("runs/" + ids[1] + ".json"); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(`{"previous_run": "` + ids[2] + `"}`))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	write("not really a package.zip", "x")
	write("old.docx", "x")
	old := now.AddDate(0, 0, -400)
	for _, name := range []string{"old.docx", evidence} {
		if err := os.Chtimes(filepath.Join(folder.Reports(), name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	n := &night{folder: folder, opts: Options{Keep: 2, KeepRuns: 365, KeepReports: 365, Now: func() time.Time { return now }}}
	if err := n.prune(); err != nil {
		t.Fatal(err)
	}
	has := func(path string) bool { _, err := os.Stat(path); return err == nil }
	var corpora, records []int
	for i, id := range ids {
		if has(folder.Corpus(id)) {
			corpora = append(corpora, i)
		}
		if has(filepath.Join(folder.Runs(), id+".json")) {
			records = append(records, i)
		}
	}
	// 6 and 7 are the newest, 3 is published, 0 and 1 are in reports.
	if want := []int{0, 1, 3, 6, 7}; !slices.Equal(corpora, want) {
		t.Errorf("corpora kept: %v, want %v", corpora, want)
	}
	// 4 failed long ago; 5 is younger than a year; 2 changed something.
	if want := []int{0, 1, 2, 3, 5, 6, 7}; !slices.Equal(records, want) {
		t.Errorf("records kept: %v, want %v", records, want)
	}
	if has(filepath.Join(folder.Reports(), "old.docx")) {
		t.Error("an old report stays")
	}
	if !has(filepath.Join(folder.Reports(), evidence)) {
		t.Error("an evidence package was pruned")
	}
	// With nothing set, nothing but corpora goes.
	n.opts = Options{Keep: 14, Now: n.opts.Now}
	if err := n.prune(); err != nil || !has(filepath.Join(folder.Runs(), ids[5]+".json")) {
		t.Errorf("pruned without being told to: %v", err)
	}
}
