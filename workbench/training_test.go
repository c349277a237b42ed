package workbench_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongtang/fixtures"
	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
	"tongtang/workbench/report"
)

// november is when the sample trainings have all been held.
func november() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// registers takes the sample trainings' registers in.
func registers(t testing.TB, store *queries.Store) workbench.Taken {
	t.Helper()
	files, err := fixtures.Registers()
	if err != nil {
		t.Fatal(err)
	}
	took, err := workbench.TakeInTables(t.Context(), store, 0, "样例", workbench.SampleTables(files))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range took.Problems {
		t.Errorf("%s 第%d行：%s", p.Table, p.Row, p.Text)
	}
	return took
}

func openRegisters(t testing.TB) *queries.Store {
	t.Helper()
	dir := t.TempDir()
	if err := corpustest.Publish(t.Context(), dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := fixtures.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	store, err := queries.OpenStore(t.Context(), dir, queries.StoreOptions{Poll: time.Hour, Clock: november})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestRegistersGoOutAndComeBackUnchanged(t *testing.T) {
	store := openRegisters(t)
	took := registers(t, store)
	// 16 teachers, 16 courses; topics, parts and participants of ten trainings.
	if took.New != 32 || took.Changed != 30 || took.Same != 0 {
		t.Errorf("took %+v, want 32 new and 30 changed", took)
	}
	teachers, err := store.Teachers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// 秦望舒 stands in six parts of four trainings, counted by hand in segments.tsv.
	if q := teachers[3]; q.Name != "秦望舒" || q.Times != 6 || q.Given() != 11 || q.Trainings != 4 {
		t.Errorf("%s taught %d parts of %d trainings, %d in all", q.Name, q.Times, q.Trainings, q.Given())
	}
	sheets, err := workbench.RegisterSheets(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := report.WriteSheets(b, "培训工作台账", november(), sheets); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same registers give different files")
	}
	tables, err := workbench.ReadTables(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	again, err := workbench.TakeInTables(t.Context(), store, 0, "台账.xlsx", tables)
	if err != nil {
		t.Fatal(err)
	}
	if again.New != 0 || again.Changed != 0 || len(again.Problems) != 0 {
		t.Errorf("taken in again: %+v", again)
		history, _ := store.Changes(t.Context(), "", "", again.Changed)
		for _, c := range history {
			t.Errorf("%s %s: %+v", c.Kind, c.Subject, c.Fields())
		}
	}
	// Into an empty folder the whole of it comes back.
	other := openEmpty(t)
	if _, err := workbench.TakeInTables(t.Context(), other, 0, "台账.xlsx", tables); err != nil {
		t.Fatal(err)
	}
	copied, err := workbench.RegisterSheets(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sheets {
		if got, want := fmt.Sprint(copied[i].Rows), fmt.Sprint(sheets[i].Rows); got != want {
			t.Errorf("%s came back as\n%s\nwant\n%s", sheets[i].Name, got, want)
		}
	}
}

func openEmpty(t testing.TB) *queries.Store {
	t.Helper()
	store, err := queries.OpenStore(t.Context(), t.TempDir(), queries.StoreOptions{Poll: time.Hour, Clock: november})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestRowsThatCannotBeTakenAreToldAndTheOthersGoOn(t *testing.T) {
	store := openRegisters(t)
	registers(t, store)
	took, err := workbench.TakeInTables(t.Context(), store, 0, "表.xlsx", []workbench.Table{
		{Name: "师资库", Rows: [][]string{
			{"师资库登记表"},
			{"编号", "姓名", "部门", "单位", "专题", "法条", "评价"},
			{"1", "别处的人", "监狱", "某监狱", "", "", ""}, // another register counts from 1 too
			{"", "甲", "气象局", "", "", "", ""},
			{"", "乙", "法院", "", "9999", "", ""},
			{"", "丙", "法院", "", "", "胡乱写的", ""},
			{"", "丁", "法院", "", "", "", "很好"},
			{"", "", "", "", "", "", ""},
			{"", "'=cmd", "检察", "", "履行能力认定、07", "刑法第八十一条", "4.5"},
		}},
		{Name: "环节安排", Rows: [][]string{
			{"期次", "形式", "内容", "日期", "课程", "师资"},
			{"2026-1", "授课", "甲课", "2026/4/14", "没有的课", ""},
			{"2026-1", "授课", "乙课", "2026-04-15", "8", "9"},
			{"2026-2", "授课", "丙课", "2026年9月15日", "社区矫正执行地的确定", "魏南星"},
			{"2030-1", "授课", "丁课", "", "", ""},
		}},
		{Name: "课程库", Rows: [][]string{{"没有表头"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"师资库 4 不认识部门“气象局”", "师资库 5 专题目录中没有“9999”", "师资库 6 不认识法条“胡乱写的”", "师资库 7 评价“很好”不是数", "课程库 0 工作表“课程库”没有“课程”一列",
		"环节安排 2 课程库中没有“没有的课”", "环节安排 5 期次“2030-1”没有登记",
	}
	if len(took.Problems) != len(want) {
		t.Errorf("problems %+v", took.Problems)
	}
	for i, p := range took.Problems {
		if got := fmt.Sprintf("%s %d %s", p.Table, p.Row, p.Text); i >= len(want) || !strings.HasPrefix(got, want[i]) {
			t.Errorf("problem %d: %s", i, got)
		}
	}
	if took.New != 2 || took.Changed != 1 {
		t.Errorf("%d new, %d changed; want 2 teachers and the parts of 2026-2", took.New, took.Changed)
	}
	teachers, err := store.Teachers(t.Context())
	if err != nil || len(teachers) != 18 || teachers[0].Name != "沈立言" || teachers[17].Name != "=cmd" {
		t.Fatalf("%d teachers, %v", len(teachers), err)
	}
	if e := teachers[17]; strings.Join(e.Topics, " ") != "0601 07" || strings.Join(e.Statutes, " ") != "L01#81" {
		t.Errorf("%+v", e)
	}
	kept, err := store.RegisteredTraining(t.Context(), "2026-1")
	if err != nil || len(kept.Segments) != 4 {
		t.Errorf("a bad row changed 2026-1: %d parts, %v", len(kept.Segments), err)
	}
	// What could be a formula goes out guarded.
	sheets, err := workbench.RegisterSheets(t.Context(), store, "师资库")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.WriteSheets(&b, "师资库", november(), sheets); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if cell, err := f.GetCellValue("师资库", "B19"); err != nil || cell != "'=cmd" {
		t.Errorf("the cell reads %q, %v", cell, err)
	}
}

func TestWorkbooksThatAreNoneAreRefusedInWords(t *testing.T) {
	if _, err := workbench.ReadTables(strings.NewReader("PK no workbook")); err == nil || !strings.Contains(err.Error(), "xlsx") {
		t.Errorf("%v", err)
	}
	var b bytes.Buffer
	if err := report.WriteSheets(&b, "", november(), []report.Sheet{{Name: "别的", Columns: []report.SheetColumn{{Name: "甲", Width: 9}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := workbench.ReadTables(&b); err == nil || !strings.Contains(err.Error(), "培训期次") {
		t.Errorf("%v", err)
	}
}

func TestIssuePageLeadsToItsCoursesAndTeachers(t *testing.T) {
	store := openRegisters(t)
	registers(t, store)
	dir := string(store.Folder())
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	d := serveAt(t, dir, workbench.Options{})
	b := d.as(t, queries.Viewer)
	list, _, err := d.store.List(t.Context(), queries.Filter{States: []string{queries.StateSuggested}, Topic: "0601", Limit: 1})
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	_, body, _ := b.get(t, "/groups/"+list[0].Key)
	if !strings.Contains(body, "/trainings/pool?group="+list[0].Key) {
		t.Error("the group's page does not lead to its suggestions")
	}
	status, body, _ := b.get(t, "/trainings/pool?group="+list[0].Key)
	for _, want := range []string{"财产性判项履行能力的认定", "专题相同：履行能力认定", "罗国栋", "供选用"} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d: the suggestions do not show %q", status, want)
		}
	}
}
