package pipeline

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/queries"
)

// decideAll publishes a log of decisions, as the workbench does.
func decideAll(t *testing.T, folder queries.Folder, log ...feedback.Decision) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE d (seq BIGINT, made_at TIMESTAMP, kind VARCHAR, group_key VARCHAR, other_key VARCHAR, issue_no INTEGER, items VARCHAR[], payload VARCHAR, undoes BIGINT)`); err != nil {
		t.Fatal(err)
	}
	for i, d := range log {
		items, err := json.Marshal(append([]string{}, d.Items...))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`INSERT INTO d VALUES (?, now()::TIMESTAMP, ?, ?, ?, ?, CAST(CAST(? AS JSON) AS VARCHAR[]), ?, ?)`,
			i+1, string(d.Kind), d.GroupKey, d.OtherKey, d.IssueNo, string(items), d.Payload, d.Undoes); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(folder.Decisions()), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf("COPY (FROM d ORDER BY seq) TO '%s' (FORMAT parquet)", folder.Decisions())); err != nil {
		t.Fatal(err)
	}
	if got, err := queries.ReadDecisions(t.Context(), folder.Decisions()); err != nil || len(got) != len(log) {
		t.Fatalf("%d decisions read, %v", len(got), err)
	}
}

// mappingOf reads the mapping by which the last night read a file, corrected.
func mappingOf(t *testing.T, folder queries.Folder, file string, correct func(c *intake.Column)) (sha256 string, decisions []feedback.Decision) {
	t.Helper()
	rows := table(t, folder, "SELECT sha256 || ' ' || CAST(report->'read' AS VARCHAR) FROM source_file WHERE file = '"+file+"'")
	if len(rows) != 1 {
		t.Fatalf("%d files %s", len(rows), file)
	}
	sum, body, _ := strings.Cut(rows[0], " ")
	var r intake.Report
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	m := *r.Sheets[0].Mapping
	for i := range m.Columns {
		m.Columns[i].Certainty = 1
		correct(&m.Columns[i])
	}
	m.Certainty, m.Confirmed = 1, true
	mapping, err := json.Marshal(map[string]any{"fingerprint": m.Fingerprint, "mapping": m})
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(map[string]any{"sha256": sum, "file": file})
	if err != nil {
		t.Fatal(err)
	}
	return sum, []feedback.Decision{
		{Kind: feedback.DecideMapping, Payload: string(mapping)},
		{Kind: feedback.DecideReread, Payload: string(again)},
	}
}

// The third column holds what the clerk wrote about each row, and its header says 意见.
const misread = "单位,姓名,意见,建议\n" +
	"江苏省监狱管理局,王大明,已电话核实本人意见并登记入册,财产性判项履行情况的函件应当规定法院回函的时限\n" +
	"江苏省监狱管理局,李小红,已当面核实并请本人签字确认无误,建议统一计分考核结果折算成表扬的换算标准\n" +
	"江苏省监狱管理局,赵卫东,材料齐全已转交办公室归档保存,老病残罪犯的减刑幅度应当与普通罪犯有所区别\n"

// The same words as the third row's clerk remark, from another unit, in a file read rightly.
const elsewhere = "单位,姓名,意见\n浙江省监狱管理局,孙立人,材料齐全已转交办公室归档保存\n"

func rereadFolder(t *testing.T) queries.Folder {
	t.Helper()
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	put(t, folder, "2026-1/江苏.csv", misread)
	put(t, folder, "2026-1/浙江.csv", elsewhere)
	runNight(t, folder)
	if got := table(t, folder, allItems); len(got) != 7 {
		t.Fatalf("%d items at first, want 7", len(got))
	}
	return folder
}

func put(t *testing.T, folder queries.Folder, name, body string) {
	t.Helper()
	path := filepath.Join(folder.Inbox(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remarks(c *intake.Column) {
	if c.Header == "意见" {
		c.Field = intake.FieldIgnore
	}
}

// itemSaying finds the item of a text.
func itemSaying(t *testing.T, folder queries.Folder, text string) []string {
	t.Helper()
	return table(t, folder, "SELECT item_id FROM item WHERE text LIKE '%"+text+"%' ORDER BY 1")
}

func TestCorrectedReadingWithdrawsWhatWasMisread(t *testing.T) {
	folder := rereadFolder(t)
	kept := table(t, folder, "SELECT item_id FROM item WHERE kind = '建议' ORDER BY 1")
	places := table(t, folder, "SELECT concat_ws(' ', s.item_id, s.ordinal, s.row_no, s.column_name) FROM sighting s JOIN item i USING (item_id) WHERE i.kind = '建议' ORDER BY 1")
	_, decisions := mappingOf(t, folder, "江苏.csv", remarks)
	decideAll(t, folder, decisions...)
	record := runNight(t, folder)

	if got := table(t, folder, "SELECT item_id FROM item WHERE kind = '建议' ORDER BY 1"); !equal(got, kept) {
		t.Errorf("the items that stand in both readings were %v, are %v", kept, got)
	}
	if got := table(t, folder, "SELECT concat_ws(' ', s.item_id, s.ordinal, s.row_no, s.column_name) FROM sighting s JOIN item i USING (item_id) WHERE i.kind = '建议' ORDER BY 1"); !equal(got, places) {
		t.Errorf("their places were %v, are %v", places, got)
	}
	if got := itemSaying(t, folder, "已电话核实本人"); len(got) != 0 {
		t.Errorf("a misread item still stands: %v", got)
	}
	withdrawn := table(t, folder, "SELECT text || ' | ' || reason FROM withdrawn_item ORDER BY row_no")
	if len(withdrawn) != 3 || !strings.Contains(withdrawn[0], "已电话核实本人意见并登记入册 | 改正后重读 江苏.csv，第 2 行“意见”不再读出这一条") {
		t.Errorf("withdrawn: %q", withdrawn)
	}
	// The other unit's item endorsed one of them, or was endorsed by it: now it speaks for itself.
	if got := table(t, folder, "SELECT endorses FROM item WHERE text = '材料齐全已转交办公室归档保存'"); len(got) != 1 || got[0] != "" {
		t.Errorf("after its original was withdrawn, the endorsement reads %q", got)
	}
	if got := table(t, folder, "SELECT count(*)::VARCHAR FROM sighting WHERE item_id NOT IN (SELECT item_id FROM item)"); got[0] != "0" {
		t.Errorf("%s places of no item", got[0])
	}
	for _, tab := range []string{"citation", "member", "item_neighbor"} {
		if got := table(t, folder, "SELECT count(*)::VARCHAR FROM "+tab+" WHERE item_id NOT IN (SELECT item_id FROM item)"); got[0] != "0" {
			t.Errorf("%s: %s rows of no item", tab, got[0])
		}
	}
	// The report shows both readings.
	report := table(t, folder, "SELECT CAST(report AS VARCHAR) FROM source_file WHERE file = '江苏.csv'")[0]
	var r struct {
		Read    intake.Report
		Earlier []earlierReading
		Reread  rereadCount
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Earlier) != 1 || r.Earlier[0].Items != 6 || r.Reread.Same != 3 || r.Reread.Withdrawn != 3 || r.Reread.Fresh != 0 || r.Reread.Held != 0 {
		t.Errorf("earlier %+v, reread %+v", r.Earlier, r.Reread)
	}
	if line := stageLine(record, "去重"); !strings.Contains(line, "改正后重读 1 个文件，撤回 3 条，待人工决定 0 条") {
		t.Errorf("the night says %q", line)
	}
	// Nothing is read a third time, and what is withdrawn stays so.
	record = runNight(t, folder)
	if len(record.Inputs) != 0 {
		t.Errorf("read again without being asked: %+v", record.Inputs)
	}
	if got := table(t, folder, "SELECT text FROM withdrawn_item"); len(got) != 3 {
		t.Errorf("%d withdrawn items after another night", len(got))
	}
	// A corrected mapping taken back, and asked for again: the items come back under the same IDs.
	_, back := mappingOf(t, folder, "江苏.csv", func(c *intake.Column) {
		if c.Header == "意见" {
			c.Field = intake.FieldOpinion
		}
	})
	decideAll(t, folder, append(decisions, back...)...)
	runNight(t, folder)
	if got := itemSaying(t, folder, "已电话核实本人"); len(got) != 1 {
		t.Errorf("%d items came back", len(got))
	}
	if got := table(t, folder, "SELECT text FROM withdrawn_item"); len(got) != 0 {
		t.Errorf("still withdrawn: %v", got)
	}
}

func stageLine(r Record, name string) string {
	for _, s := range r.Stages {
		if s.Name == name {
			return s.Line
		}
	}
	return ""
}

func TestDecidedItemIsNotWithdrawnSilently(t *testing.T) {
	folder := rereadFolder(t)
	wrong := itemSaying(t, folder, "已电话核实本人")[0]
	right := itemSaying(t, folder, "法院回函的时限")[0]
	key := feedback.GroupKey(right, 0)
	confirm := feedback.Decision{Kind: feedback.DecideConfirm, GroupKey: key, IssueNo: 1, Items: []string{right, wrong}}
	_, decisions := mappingOf(t, folder, "江苏.csv", remarks)
	log := append([]feedback.Decision{confirm}, decisions...)
	decideAll(t, folder, log...)
	runNight(t, folder)

	if got := itemSaying(t, folder, "已电话核实本人"); len(got) != 1 || got[0] != wrong {
		t.Fatalf("the decided item is %v", got)
	}
	if got := table(t, folder, "SELECT count(*)::VARCHAR FROM sighting WHERE item_id = '"+wrong+"'"); got[0] != "1" {
		t.Error("the decided item lost its source")
	}
	conflict := table(t, folder, "SELECT concat_ws(' ', group_key, item_id, kind, reason) FROM conflict WHERE kind = '"+conflictReread+"'")
	if len(conflict) != 1 || !strings.HasPrefix(conflict[0], key+" "+wrong) || !strings.Contains(conflict[0], "请移出，或重新归入以保留") {
		t.Fatalf("conflicts: %q", conflict)
	}
	if got := table(t, folder, "SELECT text FROM withdrawn_item"); len(got) != 2 {
		t.Errorf("%d withdrawn, want the two nobody decided on", len(got))
	}
	// It stands as long as nobody settles it.
	runNight(t, folder)
	if got := table(t, folder, "SELECT item_id FROM conflict WHERE kind = '"+conflictReread+"'"); len(got) != 1 {
		t.Fatalf("conflicts after another night: %v", got)
	}

	t.Run("taken out", func(t *testing.T) {
		log := append(log, feedback.Decision{Kind: feedback.DecideDetach, GroupKey: key, Items: []string{wrong}})
		decideAll(t, folder, log...)
		runNight(t, folder)
		if got := itemSaying(t, folder, "已电话核实本人"); len(got) != 0 {
			t.Errorf("taken out by a person, still there: %v", got)
		}
		if got := table(t, folder, "SELECT item_id FROM conflict WHERE kind = '"+conflictReread+"'"); len(got) != 0 {
			t.Errorf("conflicts: %v", got)
		}
		if got := table(t, folder, "SELECT item_id FROM withdrawn_item WHERE item_id = '"+wrong+"'"); len(got) != 1 {
			t.Error("not among the withdrawn")
		}
	})
}

func TestDecidedItemPutInAnewStays(t *testing.T) {
	folder := rereadFolder(t)
	wrong := itemSaying(t, folder, "已电话核实本人")[0]
	right := itemSaying(t, folder, "法院回函的时限")[0]
	key := feedback.GroupKey(right, 0)
	_, decisions := mappingOf(t, folder, "江苏.csv", remarks)
	log := append([]feedback.Decision{{Kind: feedback.DecideConfirm, GroupKey: key, IssueNo: 1, Items: []string{right, wrong}}}, decisions...)
	decideAll(t, folder, log...)
	runNight(t, folder)
	decideAll(t, folder, append(log, feedback.Decision{Kind: feedback.DecideAttach, GroupKey: key, Items: []string{wrong}})...)
	for range 2 {
		runNight(t, folder)
		if got := itemSaying(t, folder, "已电话核实本人"); len(got) != 1 {
			t.Error("the item a person put in anew is gone")
		}
		if got := table(t, folder, "SELECT item_id FROM conflict WHERE kind = '"+conflictReread+"'"); len(got) != 0 {
			t.Errorf("conflicts: %v", got)
		}
	}
}

func TestItemsKeepTheirIDsWhenTheContributorIsCorrected(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	// 单位 was read from the wrong column: who handed the sheet in, not who spoke.
	put(t, folder, "2026-1/汇总.csv", "单位,部门,姓名,问题\n江苏省监狱管理局,某市人民检察院,王大明,财产性判项履行情况的函件法院迟迟不回函怎么办\n江苏省监狱管理局,某市人民检察院,王大明,暂予监外执行罪犯期满后由谁负责收监执行\n")
	runNight(t, folder)
	before := table(t, folder, allItems)
	keys := table(t, folder, "SELECT contributor_key FROM item ORDER BY item_id")
	_, decisions := mappingOf(t, folder, "汇总.csv", func(c *intake.Column) {
		switch c.Header {
		case "单位":
			c.Field = intake.FieldIgnore
		case "部门":
			c.Field = intake.FieldUnit
		}
	})
	decideAll(t, folder, decisions...)
	runNight(t, folder)
	if got := table(t, folder, allItems); !equal(got, before) {
		t.Errorf("IDs changed from %v to %v", before, got)
	}
	if got := table(t, folder, "SELECT contributor_key FROM item ORDER BY item_id"); equal(got, keys) {
		t.Error("the contributor was not corrected")
	}
	if got := table(t, folder, "SELECT text FROM withdrawn_item"); len(got) != 0 {
		t.Errorf("withdrawn: %v", got)
	}
	// A corrected copy of the file, handed in later, adds nothing twice.
	put(t, folder, "2026-1/汇总（更正）.csv", "单位,姓名,问题\n某市人民检察院,王大明,财产性判项履行情况的函件法院迟迟不回函怎么办\n某市人民检察院,王大明,暂予监外执行罪犯期满后由谁负责收监执行\n")
	runNight(t, folder)
	if got := table(t, folder, allItems); !equal(got, before) {
		t.Errorf("the corrected copy made new items: %v, were %v", got, before)
	}
	if got := table(t, folder, "SELECT item_id FROM sighting GROUP BY 1 HAVING count(*) = 2"); len(got) != 2 {
		t.Errorf("%d items have gained a sighting", len(got))
	}
}

func TestNightsWithACorrectedReadingCanBeMadeAgain(t *testing.T) {
	folder := rereadFolder(t)
	first := table(t, folder, "SELECT run_id FROM run")[0]
	_, decisions := mappingOf(t, folder, "江苏.csv", remarks)
	decideAll(t, folder, decisions...)
	second := runNight(t, folder)
	queriesOf := []string{
		allItems, allMembers, allPlaces, "SELECT item_id || reason || withdrawn_run FROM withdrawn_item ORDER BY 1",
		"SELECT CAST(report AS VARCHAR) FROM source_file ORDER BY sha256", "SELECT item_id || endorses FROM item ORDER BY 1",
	}
	var want [][]string
	for _, q := range queriesOf {
		want = append(want, table(t, folder, q))
	}
	// Both nights again, in an empty folder with the same archive, key and decisions.
	again := queries.Folder(t.TempDir())
	if err := again.Make(); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{folder.Secret(): again.Secret(), folder.Decisions(): again.Decisions()} {
		body, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(again.Archive()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(folder.Archive(), again.Archive()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first, second.RunID} {
		body, err := os.ReadFile(filepath.Join(folder.Runs(), id+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var r Record
		if err := json.Unmarshal(body, &r); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(t.Context(), again, Options{
			Version: "test", Now: func() time.Time { return r.StartedAt },
			Replay: &Replay{RunID: r.RunID, DecisionSeq: r.DecisionSeq, Inputs: r.Inputs},
		}); err != nil {
			t.Fatal(err)
		}
	}
	for i, q := range queriesOf {
		if got := table(t, again, q); !equal(got, want[i]) {
			t.Errorf("%s\n made again: %v\n was: %v", q, got, want[i])
		}
	}
}
