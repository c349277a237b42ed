package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongtang/fixtures"
	"tongtang/queries"
)

// folderWithFixtures is a data folder whose inbox holds the sample trainings.
func folderWithFixtures(t *testing.T) queries.Folder {
	t.Helper()
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	if err := fixtures.Unpack(string(folder)); err != nil {
		t.Fatal(err)
	}
	return folder
}

func runNight(t *testing.T, folder queries.Folder) Record {
	t.Helper()
	record, err := Run(t.Context(), folder, Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// table reads a statement's rows from the published corpus, as text.
func table(t *testing.T, folder queries.Folder, query string) []string {
	t.Helper()
	_, path, err := folder.Current()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", path+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	allItems   = "SELECT item_id FROM item ORDER BY 1"
	allMembers = "SELECT group_key || ' ' || item_id FROM member ORDER BY 1"
	allPlaces  = "SELECT concat_ws(' ', item_id, ordinal, sha256, file, sheet, row_no, column_name, part) FROM sighting ORDER BY 1"
)

func equal(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

func TestSecondNightOverTheSameInboxChangesNothing(t *testing.T) {
	folder := folderWithFixtures(t)
	first := runNight(t, folder)
	items, members, places := table(t, folder, allItems), table(t, folder, allMembers), table(t, folder, allPlaces)
	if len(items) < 700 {
		t.Fatalf("%d items from the sample trainings, want at least 700", len(items))
	}
	second := runNight(t, folder)
	if second.RunID <= first.RunID {
		t.Errorf("second run %s is not named after the first %s", second.RunID, first.RunID)
	}
	if got := table(t, folder, allItems); !equal(got, items) {
		t.Errorf("items changed: %d, were %d", len(got), len(items))
	}
	if got := table(t, folder, allMembers); !equal(got, members) {
		t.Error("members or keys changed")
	}
	if got := table(t, folder, allPlaces); !equal(got, places) {
		t.Error("places changed")
	}
	if got := table(t, folder, "SELECT kind FROM lineage WHERE run_id = '"+second.RunID+"'"); len(got) != 0 {
		t.Errorf("second night reports changes: %v", got)
	}
}

func TestKeysStandWhenAFileIsAdded(t *testing.T) {
	folder := folderWithFixtures(t)
	late := filepath.Join(folder.Inbox(), "2026-2")
	aside := filepath.Join(string(folder), "late")
	if err := os.Rename(late, aside); err != nil {
		t.Fatal(err)
	}
	runNight(t, folder)
	before := table(t, folder, "SELECT group_key || ' ' || item_id FROM member m JOIN issue_group g USING (group_key) WHERE g.items > 1 ORDER BY 1")
	if err := os.Rename(aside, late); err != nil {
		t.Fatal(err)
	}
	runNight(t, folder)
	after := map[string]bool{}
	for _, m := range table(t, folder, allMembers) {
		after[m] = true
	}
	stayed := 0
	for _, m := range before {
		if after[m] {
			stayed++
		}
	}
	if share := float64(stayed) / float64(len(before)); share < 0.95 {
		t.Errorf("%.3f of the items that stood in a group kept its key, want 0.95", share)
	} else {
		t.Logf("%d of %d kept their key", stayed, len(before))
	}
}

func TestBadFilesAreTurnedAwayAndTheNightGoesOn(t *testing.T) {
	folder := folderWithFixtures(t)
	bad := map[string]string{
		"2024-1/空文件.xlsx":   "",
		"2024-1/图片改名.xlsx":  "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 500),
		"2024-1/旧版.xls":     "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 2048),
		"2024-1/机密★材料.docx": "PK\x03\x04",
		"2024-1/没有正文.csv":   "单位,部门,问题\n某监狱,监狱,\n某法院,法院,财产性判项已履行但没有结案通知书，如何认定\n某局,气象,气象部门的人来培训，希望给一份课程表\n",
	}
	for name, body := range bad {
		if err := os.WriteFile(filepath.Join(folder.Inbox(), name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record := runNight(t, folder)
	if !record.Rejected() {
		t.Error("the run does not say that files were turned away")
	}
	for _, name := range []string{"空文件.xlsx", "图片改名.xlsx", "旧版.xls", "机密★材料.docx"} {
		if _, err := os.Stat(filepath.Join(folder.Quarantine(), name)); err != nil {
			t.Errorf("%s is not in quarantine: %v", name, err)
		}
		reason, err := os.ReadFile(filepath.Join(folder.Quarantine(), name+".reason.json"))
		if err != nil || !strings.Contains(string(reason), "mend") {
			t.Errorf("%s: no reason beside it: %v", name, err)
		}
	}
	if got := table(t, folder, "SELECT text FROM item JOIN sighting USING (item_id) WHERE file = '没有正文.csv' ORDER BY 1"); len(got) != 2 {
		t.Errorf("rows with text beside bad ones: %q, want 2", got)
	}
	again := runNight(t, folder)
	if again.Rejected() {
		t.Errorf("a second night turns the same files away again: %+v", again.Inputs)
	}
}

func TestSecondNightWhileOneIsRunningIsRefused(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	unlock, err := lock(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := Run(t.Context(), folder, Options{}); !errors.Is(err, ErrRunning) {
		t.Errorf("error = %v, want ErrRunning", err)
	}
}

func TestEmptyInboxMakesAnEmptyCorpus(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	record := runNight(t, folder)
	if record.Outcome != "完成" || len(table(t, folder, allItems)) != 0 {
		t.Errorf("record = %+v", record)
	}
}

func TestCancelledNightLeavesThePublishedCorpus(t *testing.T) {
	folder := folderWithFixtures(t)
	runNight(t, folder)
	before, _, err := folder.Current()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Run(ctx, folder, Options{Stage: func(s Stage) {
		if s.Name == "读取" {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("a cancelled night did not fail")
	}
	if after, _, err := folder.Current(); err != nil || after != before {
		t.Errorf("current corpus = %s, %v, want %s", after, err, before)
	}
	left, err := filepath.Glob(filepath.Join(string(folder), "corpus", "*.building*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRunIDsOnlyGrow(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)
	first, err := newRunID(folder, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := (Record{RunID: first}).save(folder); err != nil {
		t.Fatal(err)
	}
	second, err := newRunID(folder, now.Add(-time.Hour)) // the clock was set back
	if err != nil || second <= first {
		t.Errorf("run after %s is named %s, %v", first, second, err)
	}
}
