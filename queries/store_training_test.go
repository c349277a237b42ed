package queries_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/queries/corpustest"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// november is when the sample trainings have all been held.
func november() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// openTrainings makes a data folder with the sample corpus and the organisers'
// list of trainings, and opens it.
func openTrainings(t *testing.T) (*queries.Store, queries.Account) {
	t.Helper()
	dir := t.TempDir()
	if err := corpustest.Publish(t.Context(), dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(corpustest.Root(), "fixtures", "source", "trainings.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(queries.Folder(dir).Trainings(), list, 0o600); err != nil {
		t.Fatal(err)
	}
	return reopen(t, dir)
}

func reopen(t *testing.T, dir string) (*queries.Store, queries.Account) {
	t.Helper()
	s, err := queries.OpenStore(t.Context(), dir, queries.StoreOptions{Poll: time.Hour, Clock: november})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, account(t, s, "hui", "惠会务", queries.Organiser)
}

func published(t *testing.T, s *queries.Store) string {
	t.Helper()
	body, err := os.ReadFile(s.Folder().Trainings())
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestListKeptByHandIsTakenIntoTheRegister(t *testing.T) {
	s, me := openTrainings(t)
	list, err := s.Registered(t.Context())
	if err != nil || len(list) != 10 {
		t.Fatalf("%d trainings registered, %v; want the ten of trainings.tsv", len(list), err)
	}
	first := list[0]
	if first.ID != "2022-1" || first.Host != "JC" || !slices.Equal(first.CoHosts, []string{"FY", "GA", "JY", "SJ"}) || !first.StartsOn.Equal(day("2022-06-14")) || first.Place != "北京" {
		t.Errorf("2022-1 reads %+v", first)
	}
	// Edited while the workbench stood still: the person meant it.
	dir := string(s.Folder())
	before := published(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(before, "福建厦门", "福建泉州", 1) + "2027-1\t2027年第1期\t\tJC\t\t2027-05-11\t2027-05-14\t江苏苏州\n"
	if err := os.WriteFile(filepath.Join(dir, "trainings.tsv"), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ = reopen(t, dir)
	now, err := s.RegisteredTraining(t.Context(), "2026-2")
	if err != nil || now.Place != "福建泉州" || now.Version != 2 {
		t.Errorf("2026-2 is at %s, version %d, %v", now.Place, now.Version, err)
	}
	if _, err := s.RegisteredTraining(t.Context(), "2027-1"); err != nil {
		t.Error(err)
	}
	history, err := s.Changes(t.Context(), "training", "2026-2", 10)
	if err != nil || len(history) != 2 || history[0].Source != "trainings.tsv" {
		t.Fatalf("history %+v, %v", history, err)
	}
	if f := history[0].Fields(); len(f) != 1 || f[0] != (queries.FieldChange{Field: "地点", Before: "福建厦门", After: "福建泉州"}) {
		t.Errorf("the change reads %+v", f)
	}
	_ = me
}

func TestListThatCannotBeReadIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	bad := "id\ttitle\n2026年一期\t培训\n"
	if err := os.WriteFile(filepath.Join(dir, "trainings.tsv"), []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := reopen(t, dir)
	if got := published(t, s); got != bad {
		t.Errorf("the file now reads %q", got)
	}
}

func TestTrainingIsRegisteredAndPublishedForTheNight(t *testing.T) {
	ctx := t.Context()
	s, me := openTrainings(t)
	r := queries.Registered{
		ID: "2027-1", Title: "2027年第1期刑罚执行同堂培训", Theme: "假释适用", Topics: []string{"03"}, Host: "JC", CoHosts: []string{"SJ", "FY", "JC"},
		StartsOn: day("2027-05-11"), EndsOn: day("2027-05-14"), Place: "江苏\t苏州", TakesTurn: true,
		Segments:     []queries.Segment{{Form: "授课", Title: "开班", GivenOn: day("2027-05-11")}, {Form: "多方对话", Title: "收尾"}},
		Participants: []queries.Participation{{Department: "SJ", Province: "江苏", People: 3}, {Department: "JC", Province: "兵团", People: 2}},
	}
	if changed, err := s.SaveTraining(ctx, me.ID, "", r, 0); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if want := "2027-1\t2027年第1期刑罚执行同堂培训\t假释适用\tJC\tFY|SJ\t2027-05-11\t2027-05-14\t江苏 苏州\n"; !strings.HasSuffix(published(t, s), want) {
		t.Errorf("trainings.tsv ends\n%s, want\n%s", published(t, s), want)
	}
	got, err := s.RegisteredTraining(ctx, "2027-1")
	if err != nil || got.Version != 1 || got.People != 5 || len(got.Segments) != 2 || got.Participants[0].Department != "JC" {
		t.Fatalf("%+v %v", got, err)
	}
	if changed, err := s.SaveTraining(ctx, me.ID, "", got, 1); err != nil || changed {
		t.Errorf("saving it unchanged: changed %v, %v", changed, err)
	}
	got.Segments = got.Segments[:1]
	if changed, err := s.SaveTraining(ctx, me.ID, "", got, 1); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if _, err := s.SaveTraining(ctx, me.ID, "", got, 1); !refused(err, queries.Conflict) {
		t.Errorf("a form filled in against version 1 was taken: %v", err)
	}
	if _, err := s.SaveTraining(ctx, me.ID, "", r, 0); !refused(err, queries.Conflict) {
		t.Errorf("registered twice: %v", err)
	}
	audit, _, err := s.Audit(ctx, queries.AuditFilter{Action: "training.change", Limit: 5})
	if err != nil || len(audit) != 1 || audit[0].Subject != "training:2027-1" {
		t.Errorf("audit %+v, %v", audit, err)
	}
}

func TestTrainingsThatCannotBeAreRefusedInWords(t *testing.T) {
	s, me := openTrainings(t)
	good := queries.Registered{ID: "2027-1", Title: "名称", Host: "JC", StartsOn: day("2027-05-11")}
	for name, c := range map[string]struct {
		change func(*queries.Registered)
		want   string
	}{
		"number":    {func(r *queries.Registered) { r.ID = "2027年1期" }, "期次须写作"},
		"title":     {func(r *queries.Registered) { r.Title = " " }, "名称"},
		"host":      {func(r *queries.Registered) { r.Host = "QQ" }, "承办部门"},
		"backwards": {func(r *queries.Registered) { r.EndsOn = day("2027-05-10") }, "不能早于"},
		"year":      {func(r *queries.Registered) { r.StartsOn = day("2026-05-10") }, "应在 2027 年内"},
		"form":      {func(r *queries.Registered) { r.Segments = []queries.Segment{{Form: "联欢"}} }, "第 1 个环节请选择形式"},
		"day": {func(r *queries.Registered) {
			r.Segments = []queries.Segment{{Form: "授课", GivenOn: day("2027-06-01")}}
		}, "不在培训日期之内"},
		"course": {func(r *queries.Registered) { r.Segments = []queries.Segment{{Form: "授课", Course: 99}} }, "没有 99 号课程"},
		"topic":  {func(r *queries.Registered) { r.Topics = []string{"9901"} }, "专题目录中没有"},
		"province": {func(r *queries.Registered) {
			r.Participants = []queries.Participation{{Department: "JC", Province: "江苏省", People: 1}}
		}, "不认识省份"},
		"twice": {func(r *queries.Registered) {
			r.Participants = []queries.Participation{{Department: "JC", People: 1}, {Department: "JC", People: 2}}
		}, "出现了两次"},
		"nobody came": {func(r *queries.Registered) { r.Participants = []queries.Participation{{Department: "JC"}} }, "人数应为"},
	} {
		r := good
		c.change(&r)
		if _, err := s.SaveTraining(t.Context(), me.ID, "", r, 0); !refused(err, queries.Invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a refusal with %q", name, err, c.want)
		}
	}
}

// hosts writes a row of hosts as one string, a star where a turn was exchanged.
func hosts(turns []queries.Turn) string {
	var out []string
	for _, t := range turns {
		h := t.Host
		if t.Exchanged() {
			h += "*"
		}
		out = append(out, h)
	}
	return strings.Join(out, " ")
}

func TestHostsTakeTurns(t *testing.T) {
	held := func(hosts ...string) []queries.Registered {
		var out []queries.Registered
		for i, h := range hosts {
			out = append(out, queries.Registered{ID: "20" + string(rune('1'+i/10)) + string(rune('0'+i%10)) + "-1", Host: h, TakesTurn: true})
		}
		return out
	}
	for name, c := range map[string]struct {
		held   []queries.Registered
		orders []queries.Order
		swaps  []queries.Swap
		held_  string
		coming string
	}{
		"none yet":              {nil, nil, nil, "", "JC FY GA JY SJ"},
		"one round":             {held("JC", "FY", "GA", "JY", "SJ"), nil, nil, "JC FY GA JY SJ", "JC FY GA JY SJ"},
		"mid round":             {held("JC", "FY"), nil, nil, "JC FY", "GA JY SJ JC FY"},
		"exchanged":             {held("GA"), nil, nil, "GA*", "FY JC JY SJ JC"},
		"arranged":              {held("JC"), nil, []queries.Swap{{Turn: 2, Host: "SJ", Reason: "场地"}}, "JC", "SJ* GA JY FY JC"},
		"over rounds":           {held("JC", "FY", "GA", "JY"), nil, []queries.Swap{{Turn: 5, Host: "FY"}}, "JC FY GA JY", "FY* JC SJ GA JY"},
		"new order":             {held("JC", "FY"), []queries.Order{{FromTurn: 3, Departments: []string{"SJ", "JY", "GA", "FY", "JC"}}}, nil, "JC FY", "SJ JY GA FY JC"},
		"cancelled and extra":   {append(held("JC"), queries.Registered{ID: "2015-1", Host: "FY", TakesTurn: true, Cancelled: true}, queries.Registered{ID: "2015-2", Host: "SJ"}), nil, nil, "JC", "FY GA JY SJ JC"},
		"hosted by a stranger":  {held("XX"), nil, nil, "XX*", "FY GA JY SJ JC"},
		"far swap shows as far": {nil, nil, []queries.Swap{{Turn: 7, Host: "JC"}}, "", "JC FY GA JY SJ JC JC*"},
	} {
		h := queries.Rotate(c.held, c.orders, c.swaps, november())
		if got := hosts(h.Held()); got != c.held_ {
			t.Errorf("%s: held by %s, want %s", name, got, c.held_)
		}
		if got := hosts(h.Coming()); got != c.coming {
			t.Errorf("%s: coming %s, want %s", name, got, c.coming)
		}
	}
}

func TestNextTrainingIsNumberedAfterTheLast(t *testing.T) {
	for want, ids := range map[string][]string{
		"2026-1":  nil,
		"2027-1":  {"2025-1", "2025-2", "2026-2", "2026-1"},
		"2026-3":  {"2025-1", "2025-2", "2025-3", "2026-1", "2026-2"},
		"2026-10": {"2025-10", "2026-9"},
	} {
		var list []queries.Registered
		for _, id := range ids {
			list = append(list, queries.Registered{ID: id, Host: "JC", TakesTurn: true})
		}
		if got := queries.Rotate(list, nil, nil, november()).NextID; got != want {
			t.Errorf("after %v comes %s, want %s", ids, got, want)
		}
	}
}

func TestTurnIsExchangedForAReason(t *testing.T) {
	ctx := t.Context()
	s, me := openTrainings(t)
	h, err := s.Hosting(ctx)
	if err != nil || h.Next.Number != 11 || h.Next.Host != "JC" || h.NextID != "2027-1" {
		t.Fatalf("next %+v %s, %v", h.Next, h.NextID, err)
	}
	if _, err := s.SwapTurn(ctx, me.ID, "", 11, feedback.Court, " "); !refused(err, queries.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := s.SwapTurn(ctx, me.ID, "", 11, feedback.Procuratorate, "本来就是"); !refused(err, queries.Invalid) {
		t.Errorf("with itself: %v", err)
	}
	if changed, err := s.SwapTurn(ctx, me.ID, "", 11, feedback.Court, "检察机关年内有换届"); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if changed, err := s.SwapTurn(ctx, me.ID, "", 11, feedback.Court, "检察机关年内有换届"); err != nil || changed {
		t.Errorf("the same again: changed %v, %v", changed, err)
	}
	h, err = s.Hosting(ctx)
	if err != nil || hosts(h.Coming()) != "FY* JC GA JY SJ" || h.Next.Unexplained() {
		t.Errorf("coming %s, %v", hosts(h.Coming()), err)
	}
	if _, err := s.SwapTurn(ctx, me.ID, "", 11, "", "换届延期"); err != nil {
		t.Fatal(err)
	}
	if h, err = s.Hosting(ctx); err != nil || hosts(h.Coming()) != "JC FY GA JY SJ" {
		t.Errorf("taken back: %s, %v", hosts(h.Coming()), err)
	}
	if err := s.SetOrder(ctx, me.ID, "", []feedback.Department{"SJ", "JY", "GA", "FY", "FY"}, "倒序"); !refused(err, queries.Invalid) {
		t.Errorf("an order without all five: %v", err)
	}
	if err := s.SetOrder(ctx, me.ID, "", []feedback.Department{"SJ", "JY", "GA", "FY", "JC"}, "第三轮起倒序"); err != nil {
		t.Fatal(err)
	}
	h, err = s.Hosting(ctx)
	if err != nil || hosts(h.Held()) != "JC FY GA JY SJ JC FY GA JY SJ" || hosts(h.Coming()) != "SJ JY GA FY JC" {
		t.Errorf("%s then %s, %v", hosts(h.Held()), hosts(h.Coming()), err)
	}
	for _, y := range h.Tallies {
		if y.Hosted != 2 || y.CoHosted != 8 {
			t.Errorf("%s hosted %d and helped %d times, want 2 and 8", y.Department, y.Hosted, y.CoHosted)
		}
	}
	history, err := s.Changes(ctx, "hosting", "", 10)
	if err != nil || len(history) != 3 {
		t.Errorf("%d changes, %v; want 3", len(history), err)
	}
}

func TestPoolKeepsTeachersAndCoursesWithTheirHistory(t *testing.T) {
	ctx := t.Context()
	s, me := openTrainings(t)
	no, _, err := s.SaveTeacher(ctx, me.ID, "", queries.Teacher{Name: "沈立言", Department: "JC", Unit: "江苏省人民检察院", Topics: []string{"0201"}, Forms: []string{"案例研讨", "授课"}, Active: true, GivenBefore: 6, Rating: 4.7}, 0)
	if err != nil || no != 1 {
		t.Fatal(no, err)
	}
	if _, _, err := s.SaveTeacher(ctx, me.ID, "", queries.Teacher{Name: "沈立言", Department: "JC", Unit: "江苏省人民检察院", Active: true}, 0); !refused(err, queries.Conflict) {
		t.Errorf("the same person twice: %v", err)
	}
	if _, _, err := s.SaveTeacher(ctx, me.ID, "", queries.Teacher{Name: "某某", Department: "JC", Rating: 6}, 0); !refused(err, queries.Invalid) {
		t.Errorf("a rating of 6: %v", err)
	}
	course, _, err := s.SaveCourse(ctx, me.ID, "", queries.Course{Title: "确有悔改表现的审查要点", Department: "JC", Topics: []string{"0201"}, Statutes: []string{"L01#78"}, Teachers: []int{1}, Active: true}, 0)
	if err != nil || course != 1 {
		t.Fatal(course, err)
	}
	if _, _, err := s.SaveCourse(ctx, me.ID, "", queries.Course{Title: "没有老师", Department: "JC", Teachers: []int{7}, Active: true}, 0); !refused(err, queries.Invalid) {
		t.Errorf("a teacher that is not: %v", err)
	}
	// Given once at a training that is over and once at one to come.
	for _, id := range []string{"2026-2", "2027-1"} {
		r, err := s.RegisteredTraining(ctx, id)
		seen := r.Version
		if err != nil {
			r, seen = queries.Registered{ID: id, Title: id, Host: "JC", StartsOn: day("2027-05-11"), TakesTurn: true}, 0
		}
		r.Segments = []queries.Segment{{Form: "授课", Course: 1, Teachers: []int{1}}}
		if _, err := s.SaveTraining(ctx, me.ID, "", r, seen); err != nil {
			t.Fatal(err)
		}
	}
	teachers, err := s.Teachers(ctx)
	if err != nil || len(teachers) != 1 || teachers[0].Times != 1 || teachers[0].Given() != 7 || !teachers[0].LastOn.Equal(day("2026-09-15")) {
		t.Errorf("%+v, %v", teachers, err)
	}
	courses, err := s.Courses(ctx)
	if err != nil || len(courses) != 1 || courses[0].Times != 1 {
		t.Errorf("%+v, %v", courses, err)
	}
	tt := teachers[0]
	tt.Rating = 4.8
	if _, changed, err := s.SaveTeacher(ctx, me.ID, "", tt, 1); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if _, _, err := s.SaveTeacher(ctx, me.ID, "", tt, 1); !refused(err, queries.Conflict) {
		t.Errorf("against an old version: %v", err)
	}
	history, err := s.Changes(ctx, "teacher", "1", 10)
	if err != nil || len(history) != 2 {
		t.Fatalf("%+v %v", history, err)
	}
	if f := history[0].Fields(); len(f) != 1 || f[0] != (queries.FieldChange{Field: "评价", Before: "4.7", After: "4.8"}) {
		t.Errorf("%+v", f)
	}
}

func TestGapsAreTopicsMuchAskedThatNoCourseTreats(t *testing.T) {
	demand := func(code string, recent int, by ...int) queries.Demand {
		return queries.Demand{Topic: queries.Topic{Code: code, Name: code, Parent: code[:2]}, Items: recent + 5, Recent: recent, ByDepartment: by}
	}
	asked := []queries.Demand{
		demand("0101", 9, 4, 5, 0, 0, 0), demand("0102", 12, 6, 6, 0, 0, 0), demand("0201", 20, 10, 10, 0, 0, 0), demand("0301", 20, 20, 0, 0, 0, 0),
		demand("0401", 5, 3, 2, 0, 0, 0), demand("0501", 8, 4, 4, 0, 0, 0), demand("0601", 6, 3, 3, 0, 0, 0),
	}
	courses := []queries.Course{{No: 1, Topics: []string{"0201"}, Active: true}, {No: 2, Topics: []string{"05"}, Active: true}, {No: 3, Topics: []string{"0102"}}}
	teachers := []queries.Teacher{{No: 1, Name: "甲", Topics: []string{"0102"}, Active: true}, {No: 2, Name: "乙", Topics: []string{"01"}}}
	var got []string
	for _, g := range queries.Gaps(asked, courses, teachers) {
		got = append(got, g.Code)
		if g.Code == "0102" && (len(g.Teachers) != 1 || g.Teachers[0].Name != "甲") {
			t.Errorf("who could teach 0102: %+v", g.Teachers)
		}
	}
	// 0201 has a course, 05 covers 0501, only one department asks about 0301, 0401 is asked about too little.
	if want := []string{"0102", "0101", "0601"}; !slices.Equal(got, want) {
		t.Errorf("gaps %v, want %v", got, want)
	}
	if g := queries.Gaps(nil, nil, nil); len(g) != 0 {
		t.Errorf("gaps of nothing: %v", g)
	}
}

func TestCoursesThatNoLongerFit(t *testing.T) {
	demand := []queries.Demand{{Topic: queries.Topic{Code: "0201"}, Items: 9, Recent: 4}, {Topic: queries.Topic{Code: "0301"}, Items: 7}, {Topic: queries.Topic{Code: "1104"}}}
	norms := []queries.NormUse{{Topic: "0201", Norm: "J05#3", Label: "《财产性判项规定》第三条", Items: 2}, {Topic: "0201", Norm: "J05#3", Label: "《财产性判项规定》第三条", Items: 1}, {Topic: "0201", Norm: "L02", Label: "刑事诉讼法", Items: 1}}
	courses := []queries.Course{
		{No: 1, Title: "合用", Topics: []string{"0201"}, Statutes: []string{"L02#273"}, Active: true, Rating: 4},
		{No: 2, Title: "法条旧了", Topics: []string{"0201"}, Statutes: []string{"L01#78"}, Active: true},
		{No: 3, Title: "近来没人问", Topics: []string{"0301"}, Active: true},
		{No: 4, Title: "从来没人问", Topics: []string{"1104"}, Active: true},
		{No: 5, Title: "评价低", Topics: []string{"02"}, Active: true, Rating: 2.8},
		{No: 6, Title: "已停用", Topics: []string{"1104"}},
		{No: 7, Title: "没写专题", Active: true},
	}
	got := map[string]string{}
	for _, m := range queries.Mismatches(courses, demand, norms) {
		got[m.Course.Title] = strings.Join(m.Reasons, "；")
	}
	want := map[string]string{
		"法条旧了":  "所列法条与该专题的反馈不相合，反馈引用最多的是《财产性判项规定》第三条（3 条）",
		"近来没人问": "所列专题近 4 期没有反馈（历次共 7 条）",
		"从来没人问": "所列专题历次培训没有反馈",
		"评价低":   "评价偏低（2.8 分）",
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %q, want %q", k, got[k], v)
		}
	}
}

func TestSuggestionsSayWhy(t *testing.T) {
	courses := []queries.Course{
		{No: 1, Title: "专题", Topics: []string{"0601"}, Teachers: []int{1}, Active: true},
		{No: 2, Title: "法条", Statutes: []string{"J05#3"}, Active: true},
		{No: 3, Title: "同类", Topics: []string{"0603"}, Active: true},
		{No: 4, Title: "无关", Topics: []string{"0101"}, Statutes: []string{"L04#17"}, Active: true},
		{No: 5, Title: "停用", Topics: []string{"0601"}},
		{No: 6, Title: "整类", Topics: []string{"06"}, Statutes: []string{"J05#3"}, Active: true},
	}
	teachers := []queries.Teacher{{No: 1, Name: "罗国栋", Active: true}, {No: 2, Name: "不相干", Topics: []string{"0101"}, Active: true}}
	norms := []queries.NormUse{{Norm: "J05#3", Label: "《财产性判项规定》第三条", Items: 4}}
	names := map[string]string{"0601": "履行能力认定", "06": "财产性判项"}
	c, who := queries.Recommend([]string{"0601"}, names, norms, courses, teachers, 5)
	var order []string
	for _, r := range c {
		order = append(order, r.Name+"："+strings.Join(r.Reasons, "；"))
	}
	want := []string{
		"整类：专题相同：履行能力认定；讲到所引法条：《财产性判项规定》第三条（4 条引用）", "专题：专题相同：履行能力认定",
		"法条：讲到所引法条：《财产性判项规定》第三条（4 条引用）", "同类：同一类专题：财产性判项",
	}
	if !slices.Equal(order, want) {
		t.Errorf("courses\n%s\nwant\n%s", strings.Join(order, "\n"), strings.Join(want, "\n"))
	}
	if len(who) != 1 || who[0].Reasons[0] != "讲授《专题》" {
		t.Errorf("teachers %+v", who)
	}
	if c, who := queries.Recommend(nil, nil, nil, nil, nil, 5); len(c)+len(who) != 0 {
		t.Error("suggestions out of nothing")
	}
}

func TestThemeSaysItsTopics(t *testing.T) {
	s, _ := open(t, corpustest.Options{})
	choices, err := s.Choices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for theme, want := range map[string]string{
		"计分考核与监管改造": "07", "减刑、假释案件实质化审理": "02 03", "社区矫正衔接配合": "05", "执行地确定与调查评估": "0303 0501 0502", "": "", "谈谈心": "",
	} {
		if got := strings.Join(queries.InferTopics(theme, choices.Topics), " "); got != want {
			t.Errorf("%s is about %q, want %q", theme, got, want)
		}
	}
}

func TestNothingHeardYetMakesAnAgendaOfTheTurnAlone(t *testing.T) {
	s, me := reopen(t, t.TempDir())
	_, h, points, err := s.DraftAgenda(t.Context())
	if err != nil || len(points) != 1 || points[0].Kind != queries.AgendaHost || h.NextID != "2026-1" {
		t.Fatalf("%+v, %v", points, err)
	}
	no, err := s.OpenConsultation(t.Context(), me.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Consultation(t.Context(), no)
	if err != nil || c.Chair != "JC" || c.Training != "2026-1" || len(c.Points) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDepartmentsSettleAnAgendaTogether(t *testing.T) {
	ctx := context.Background()
	s, me := openTrainings(t)
	no, err := s.OpenConsultation(ctx, me.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenConsultation(ctx, me.ID, "2027-1"); !refused(err, queries.Conflict) {
		t.Errorf("a second one on the same training: %v", err)
	}
	c, err := s.Consultation(ctx, no)
	if err != nil || c.Training != "2027-1" || len(c.Points) < 8 || len(c.Silent()) != 5 {
		t.Fatalf("%d points, %v", len(c.Points), err)
	}
	if err := s.SayViews(ctx, me.ID, no, feedback.Court, []queries.View{{Point: 2, Stance: "不同意"}}); !refused(err, queries.Invalid) {
		t.Errorf("disagreeing without a word: %v", err)
	}
	if err := s.SayViews(ctx, me.ID, no, feedback.Court, []queries.View{{Point: 1, Stance: "同意"}, {Point: 2, Stance: "建议修改", Text: "加上假释"}, {Point: 3}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveConsultation(ctx, me.ID, c, 7); !refused(err, queries.Conflict) {
		t.Errorf("against a version that is not: %v", err)
	}
	c.Status = queries.ConsultationSettled
	if err := s.SaveConsultation(ctx, me.ID, c, c.Version); !refused(err, queries.Invalid) {
		t.Errorf("settled without anything agreed: %v", err)
	}
	c.Points[0].Outcome, c.Points[2].Kept = "按轮次由检察机关承办", false
	c.Points = append(c.Points, queries.AgendaPoint{Title: "联络员名单", Kept: true})
	c.HeldOn, c.Place = day("2026-12-03"), "北京"
	if err := s.SaveConsultation(ctx, me.ID, c, c.Version); err != nil {
		t.Fatal(err)
	}
	now, err := s.Consultation(ctx, no)
	if err != nil || now.Version != 2 || now.Points[0].Outcome == "" || now.Points[2].Kept || now.Points[len(now.Points)-1].Kind != queries.AgendaOther || len(now.Kept()) != len(now.Points)-1 {
		t.Fatalf("%+v, %v", now, err)
	}
	if v := now.View(2, "FY"); v.Text != "加上假释" || v.Name != "惠会务" {
		t.Errorf("the court's view reads %+v", v)
	}
	if err := s.SayViews(ctx, me.ID, no, feedback.Prison, []queries.View{{Point: 1, Stance: "同意"}}); !refused(err, queries.Conflict) {
		t.Errorf("a view after settling: %v", err)
	}
	history, err := s.Changes(ctx, "consultation", "", 10)
	if err != nil || len(history) != 3 {
		t.Errorf("%d changes, %v", len(history), err)
	}
}

// What the 2026-2 training brought, counted by hand from fixtures/gold: items
// by kind and department, and the 43 issues it spoke to, none of them new.
func TestTrainingBroughtWhatItsItemsSay(t *testing.T) {
	s, _ := openTrainings(t)
	b, err := s.Brought(t.Context(), "2026-2")
	if err != nil {
		t.Fatal(err)
	}
	if b.Items != 79 || b.Endorsements != 0 || b.Provinces != 27 || b.Departments != 5 {
		t.Errorf("%d items, %d endorsements, %d provinces, %d departments; want 79, 0, 27, 5", b.Items, b.Endorsements, b.Provinces, b.Departments)
	}
	want := map[string][6]int{"问题": {10, 5, 4, 16, 15, 0}, "意见": {0, 2, 6, 1, 7, 0}, "建议": {2, 1, 1, 2, 7, 0}}
	for _, row := range b.ByKind {
		if row.Cells != want[row.Code] {
			t.Errorf("%s by department %v, want %v", row.Code, row.Cells, want[row.Code])
		}
	}
	if len(b.ByKind) != 3 {
		t.Errorf("%d kinds", len(b.ByKind))
	}
	if n, r := len(b.New()), len(b.Recurring()); n != 0 || r != 43 {
		t.Errorf("%d new and %d recurring, want 0 and 43", n, r)
	}
	first, err := s.Brought(t.Context(), "2022-1")
	if err != nil || len(first.Recurring()) != 0 || len(first.New()) != 45 {
		t.Errorf("2022-1: %d new, %d recurring, %v; want 45 and 0", len(first.New()), len(first.Recurring()), err)
	}
	if _, err := s.Brought(t.Context(), "2031-1"); !refused(err, queries.NotFound) {
		t.Errorf("a training that is not: %v", err)
	}
	n, err := s.Needs(t.Context())
	if err != nil || n.Latest != "2026-2" || len(n.Revived) != 9 || len(n.Departments) != 0 {
		t.Errorf("latest %s, %d revived, %d silent departments, %v; want 2026-2, 9, 0", n.Latest, len(n.Revived), len(n.Departments), err)
	}
	if len(n.Provinces) != 1 || n.Provinces[0].Name != "广西" || n.Provinces[0].Trainings != 2 || n.Provinces[0].LastHeard != "2025-2" {
		t.Errorf("silent provinces %+v, want 广西 for two trainings, last heard at 2025-2", n.Provinces)
	}
}
