package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongtang/queries"
)

// nightsOf runs a night without the late file and one with it, and gives the
// folder before the second.
func beforeTheLateFile(t *testing.T) (folder queries.Folder, addLate func()) {
	t.Helper()
	folder = folderWithFixtures(t)
	const late = "2026-2" // the latest training hands in after the first night
	files, err := filepath.Glob(filepath.Join(folder.Inbox(), late, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", late, err)
	}
	// Of the smallest files, so that the corpus grows by less than a tenth.
	slices.SortFunc(files, func(a, b string) int { return int(fileSize(t, a) - fileSize(t, b)) })
	for _, f := range files[:2] {
		if err := os.Rename(f, filepath.Join(string(folder), filepath.Base(f))); err != nil {
			t.Fatal(err)
		}
	}
	if first := runNight(t, folder); first.Carried {
		t.Fatal("the first night took over from none")
	}
	return folder, func() {
		for _, f := range files[:2] {
			if err := os.Rename(filepath.Join(string(folder), filepath.Base(f)), f); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// copied is the data folder once more.
func copied(t *testing.T, folder queries.Folder) queries.Folder {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(string(folder))); err != nil {
		t.Fatal(err)
	}
	return queries.Folder(to)
}

// everything is what a corpus holds, by table, as text without the numbers
// that items and words have inside the file.
var everything = map[string]string{
	"item":           "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM item",
	"sighting":       "SELECT * FROM sighting",
	"source_file":    "SELECT * EXCLUDE (report, masked) FROM source_file",
	"reject":         "SELECT * EXCLUDE (run_id) FROM reject",
	"citation":       "SELECT * FROM citation",
	"issue_group":    "SELECT * FROM issue_group",
	"member":         "SELECT * FROM member",
	"group_count":    "SELECT * FROM group_count",
	"group_neighbor": "SELECT * FROM group_neighbor",
	"item_neighbor": `SELECT a.item_id, b.item_id AS other, rank, similarity
		FROM item_neighbor n JOIN item a ON a.rowid = n.item_no JOIN item b ON b.rowid = n.other_no`,
	"suggestion":  "SELECT * FROM suggestion",
	"lineage":     "SELECT * EXCLUDE (run_id, happened_at) FROM lineage",
	"group_alias": "SELECT * FROM group_alias",
	"word":        "SELECT word, items FROM word",
	"posting":     "SELECT word, item_id FROM posting p JOIN word USING (word_id) JOIN item i ON i.rowid = p.item_no",
	"conflict":    "SELECT * FROM conflict",
	"training":    "SELECT * FROM training",
}

func contents(t *testing.T, folder queries.Folder, name string) []string {
	t.Helper()
	return table(t, folder, "SELECT CAST(t AS VARCHAR) FROM ("+everything[name]+") t ORDER BY 1")
}

// forget removes what the last night left for the next.
func forget(t *testing.T, folder queries.Folder) {
	t.Helper()
	run, _, err := folder.Current()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(folder.Memory(run)); err != nil {
		t.Fatal(err)
	}
}

func TestANightThatTakesOverFindsWhatAFullOneFinds(t *testing.T) {
	folder, addLate := beforeTheLateFile(t)
	// Nothing new: word weights are the same, so all must be, row by row.
	taken, full := folder, copied(t, folder)
	forget(t, full)
	if r := runNight(t, taken); !r.Carried {
		t.Fatalf("the second night took nothing over: %v", lines(r))
	}
	if r := runNight(t, full); r.Carried || !strings.Contains(strings.Join(lines(r), "\n"), "上次的计算结果不在") {
		t.Fatalf("a night without memory: %v", lines(r))
	}
	for name := range everything {
		want, got := contents(t, full, name), contents(t, taken, name)
		if !slices.Equal(cut(want), cut(got)) {
			t.Errorf("%s: %d rows taken over, %d computed%s", name, len(got), len(want), firstDifference(want, got))
		}
	}
	// New items: what is read and counted is the same; what the machine judges
	// may differ as far as the weights of words have drifted.
	addLate()
	taken, full = folder, copied(t, folder)
	forget(t, full)
	r := runNight(t, taken)
	if !r.Carried {
		t.Fatalf("the third night took nothing over: %v", lines(r))
	}
	runNight(t, full)
	for _, name := range []string{"item", "sighting", "source_file", "reject", "citation", "word", "posting", "training"} {
		want, got := contents(t, full, name), contents(t, taken, name)
		if !slices.Equal(cut(want), cut(got)) {
			t.Errorf("with new items, %s: %d rows taken over, %d computed%s", name, len(got), len(want), firstDifference(want, got))
		}
	}
	const together = `SELECT DISTINCT a.item_id || ' ' || b.item_id FROM member a JOIN member b USING (group_key) WHERE a.item_id < b.item_id ORDER BY 1`
	want, got := table(t, full, together), table(t, taken, together)
	both := 0
	for _, p := range got {
		if _, ok := slices.BinarySearch(want, p); ok {
			both++
		}
	}
	if agreed := float64(2*both) / float64(len(want)+len(got)); agreed < 0.97 {
		t.Errorf("of %d and %d pairs in one group, %d are the same: F1 %.3f, want 0.97", len(got), len(want), both, agreed)
	}
	for _, rule := range []string{
		"SELECT group_key FROM issue_group g WHERE items <> (SELECT count(*) FROM member m WHERE m.group_key = g.group_key)",
		"SELECT item_id FROM item i WHERE 1 <> (SELECT count(*) FROM member m WHERE m.item_id = i.item_id)",
		"SELECT group_key FROM issue_group g WHERE 3 * items <> (SELECT sum(items) FROM group_count c WHERE c.group_key = g.group_key)",
		"SELECT word FROM word w WHERE items <> (SELECT count(*) FROM posting p WHERE p.word_id = w.word_id)",
		"SELECT CAST(item_no AS VARCHAR) FROM item_neighbor GROUP BY item_no HAVING count(*) <> count(DISTINCT rank) OR max(rank) <> count(*)",
	} {
		if broken := table(t, taken, rule); len(broken) > 0 {
			t.Errorf("%s: %v", rule, broken[:min(3, len(broken))])
		}
	}
}

// cut leaves out the run that a night names itself by.
func cut(rows []string) []string {
	out := slices.Clone(rows)
	for i := range out {
		out[i] = runIDs.ReplaceAllString(out[i], "RUN")
	}
	slices.Sort(out)
	return out
}

func firstDifference(want, got []string) string {
	want, got = cut(want), cut(got)
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return "\n computed " + want[i] + "\n taken    " + got[i]
		}
	}
	return ""
}

func lines(r Record) (out []string) {
	for _, s := range r.Stages {
		out = append(out, s.Line)
	}
	return out
}

func TestANightComputesAnewWhenItMust(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	places := []rune("监狱看守所法院检察院社区矫正机构公安局律师家属医院民政")
	said := 0
	say := func(rows int) {
		t.Helper()
		dir := filepath.Join(folder.Inbox(), "2025-1")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		var body strings.Builder
		body.WriteString("序号,省份,系统,单位,姓名,类型,内容\n")
		for range rows {
			fmt.Fprintf(&body, "%d,四川,监狱机关,四川省女子监狱,谢娜,问题,%s第%d次来函要求暂予监外执行，各地做法不一\n", said+1, string(places[said%24:said%24+3]), said+1)
			said++
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.csv", said)), []byte(body.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	memory := func() string {
		run, _, err := folder.Current()
		if err != nil {
			t.Fatal(err)
		}
		return folder.Memory(run)
	}
	opts := Options{Version: "test"}
	night := func(carried bool, why string) {
		t.Helper()
		r, err := Run(t.Context(), folder, opts)
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(lines(r), "\n"); r.Carried != carried || !strings.Contains(said, why) {
			t.Errorf("carried %v, %q; want %v, %q", r.Carried, said, carried, why)
		}
		left, err := filepath.Glob(folder.Memory("*"))
		if err != nil || len(left) != 1 || left[0] != memory() {
			t.Errorf("memories %v, want that of the published corpus alone (%v)", left, err)
		}
	}
	say(20)
	night(false, "20 条目")
	night(true, "沿用上次计算 20 条目")
	body, err := os.ReadFile(memory())
	if err != nil {
		t.Fatal(err)
	}
	body[len(body)/2] ^= 0x40
	damaged := memory()
	if err := errors.Join(os.Remove(damaged), os.WriteFile(damaged, body, 0o440)); err != nil {
		t.Fatal(err)
	}
	night(false, "上次的计算结果已损坏")
	if err := os.Remove(memory()); err != nil {
		t.Fatal(err)
	}
	night(false, "上次的计算结果不在")
	say(1)
	night(true, "沿用上次计算 20 条目")
	say(4)
	night(false, "比上次全部计算时多出一成")
	opts.Strictness = "loose"
	night(false, "严格程度已变")
	opts.Version = "other"
	night(false, "程序版本已变")
	if err := os.WriteFile(filepath.Join(folder.Lexicon(), "stopphrases.add.txt"), []byte("特此请示为盼\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	night(false, "词典已变")
}
