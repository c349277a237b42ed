package queries_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// people are one of each role that a candidate's way needs, and a person of
// every department.
type people struct {
	analyst, analyst2, reviewer, reviewer2 queries.Account
	of                                     map[feedback.Department]queries.Account
}

func candidatePeople(t *testing.T, s *queries.Store, me queries.Account) people {
	t.Helper()
	p := people{analyst: me, of: map[feedback.Department]queries.Account{}}
	p.analyst2 = account(t, s, "li", "李研判", queries.Analyst)
	p.reviewer = account(t, s, "wang", "王复核", queries.Reviewer)
	p.reviewer2 = account(t, s, "wu", "吴复核", queries.Reviewer)
	for i, d := range feedback.Departments {
		a, err := s.CreateAccount(t.Context(), 0, queries.NewAccount{
			Login: fmt.Sprintf("of%d", i), Name: d.Name() + "联络员", Department: d, Role: queries.Viewer, Password: "correct horse battery",
		})
		if err != nil {
			t.Fatal(err)
		}
		p.of[d] = a
	}
	return p
}

// step takes a step at the candidate's present version.
func step(t *testing.T, s *queries.Store, by queries.Account, id int, in queries.StepInput) error {
	t.Helper()
	v, err := s.Candidate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if in.Step == "移送" {
		// The workbench freezes it; here a name stands for it.
		in.Evidence = &queries.EvidencePackage{SHA256: fmt.Sprintf("%064d", 1000*id+v.Version), Name: fmt.Sprintf("evidence-%d-%d.zip", id, v.Version), Bytes: 1, RunID: s.RunID()}
	}
	_, err = s.TakeStep(t.Context(), by, id, v.Version, in)
	return err
}

func mustStep(t *testing.T, s *queries.Store, by queries.Account, id int, in queries.StepInput) {
	t.Helper()
	if err := step(t, s, by, id, in); err != nil {
		t.Fatalf("%s: %v", in.Step, err)
	}
}

func standing(t *testing.T, s *queries.Store, id int, candidate, issue string) {
	t.Helper()
	v, err := s.Candidate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := s.IssueKey(t.Context(), v.IssueNo)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listing(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if v.Status != candidate || l.Status != issue {
		t.Fatalf("candidate %s and issue %s, want %s and %s", v.Status, l.Status, candidate, issue)
	}
}

func confirmed(t *testing.T, s *queries.Store, by queries.Account, n int) []queries.Decided {
	t.Helper()
	var out []queries.Decided
	for _, g := range suggested(t, s, n) {
		d, err := s.Confirm(t.Context(), by.ID, g.Key, "", "")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

var interpretation = queries.NewCandidate{
	Direction: "司法解释", Reason: "条文理解分歧大",
	Fields: map[string]string{queries.FieldApplies: "审判工作", queries.FieldArticles: "《刑法》第八十一条第一款"},
}

func TestCandidateGoesItsWholeWay(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	p := candidatePeople(t, s, me)
	no := confirmed(t, s, p.analyst, 1)[0].IssueNo
	id, err := s.Propose(ctx, p.analyst, no, interpretation)
	if err != nil {
		t.Fatal(err)
	}
	standing(t, s, id, "草拟", "研判中")
	mustStep(t, s, p.analyst, id, queries.StepInput{Step: "送复核"})
	standing(t, s, id, "待复核", "待复核")
	if err := step(t, s, p.analyst2, id, queries.StepInput{Step: "复核同意"}); !refused(err, queries.Forbidden) {
		t.Fatalf("an analyst approved: %v", err)
	}
	if err := step(t, s, p.reviewer, id, queries.StepInput{Step: "复核同意，不需会商", Text: "简单"}); !refused(err, queries.Invalid) {
		t.Fatalf("司法解释 went past deliberation: %v", err)
	}
	mustStep(t, s, p.reviewer, id, queries.StepInput{Step: "复核同意"})
	standing(t, s, id, "会商中", "待会商")
	if err := s.SetStatus(ctx, p.reviewer2, no, 0, "已审定", "", ""); !refused(err, queries.Conflict) {
		t.Fatalf("the issue ran ahead of its candidate: %v", err)
	}

	// Deliberation ends only with five positions, and with a conclusion where they differ.
	for i, d := range feedback.Departments {
		if err := step(t, s, p.reviewer, id, queries.StepInput{Step: "会商结束"}); !refused(err, queries.Invalid) || !strings.Contains(err.Error(), d.Name()) {
			t.Fatalf("ended without %s: %v", d.Name(), err)
		}
		if err := s.Speak(ctx, p.of[d], id, "会商", string(feedback.Departments[(i+1)%5]), "同意", ""); !refused(err, queries.Forbidden) {
			t.Fatalf("%s spoke for another: %v", d.Name(), err)
		}
		stance, words := "同意", ""
		if d == feedback.Prison {
			stance = "不同意"
			if err := s.Speak(ctx, p.of[d], id, "会商", string(d), stance, ""); !refused(err, queries.Invalid) {
				t.Fatalf("disagreed without a word: %v", err)
			}
			words = "监狱没有财产查询权。"
		}
		if err := s.Speak(ctx, p.of[d], id, "会商", string(d), stance, words); err != nil {
			t.Fatal(err)
		}
	}
	if err := step(t, s, p.reviewer, id, queries.StepInput{Step: "会商结束"}); !refused(err, queries.Invalid) {
		t.Fatalf("dissent passed over in silence: %v", err)
	}
	mustStep(t, s, p.reviewer, id, queries.StepInput{Step: "会商结束", Text: "由法院执行部门协助查询。"})

	for _, d := range feedback.Departments[1:] {
		if err := s.Speak(ctx, p.of[d], id, "会签", string(d), "会签", ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := step(t, s, p.reviewer, id, queries.StepInput{Step: "会签完成"}); !refused(err, queries.Invalid) {
		t.Fatalf("four signatures sufficed: %v", err)
	}
	// The fifth comes by letter; who enters it says so.
	if err := s.Speak(ctx, p.analyst2, id, "会签", "FY", "会签", "来函"); !refused(err, queries.Forbidden) {
		t.Fatalf("an analyst signed for another department: %v", err)
	}
	if err := s.Speak(ctx, p.reviewer, id, "会签", "FY", "会签", ""); err == nil {
		if v, _ := s.Candidate(ctx, id); v.Latest("会签")[1].OnBehalf {
			t.Fatal("entered on behalf without saying on what it rests")
		}
	}
	if err := s.Speak(ctx, p.reviewer, id, "会签", "JC", "会签", "依据10月9日会签单"); err != nil {
		t.Fatal(err)
	}
	mustStep(t, s, p.reviewer, id, queries.StepInput{Step: "会签完成"})
	if err := step(t, s, p.analyst, id, queries.StepInput{Step: "审定"}); !refused(err, queries.Forbidden) {
		t.Fatalf("the author approved: %v", err)
	}
	mustStep(t, s, p.reviewer2, id, queries.StepInput{Step: "审定"})
	standing(t, s, id, "已审定", "已审定")
	if err := step(t, s, p.reviewer, id, queries.StepInput{Step: "移送"}); !refused(err, queries.Invalid) {
		t.Fatalf("handed to nobody: %v", err)
	}
	due := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	mustStep(t, s, p.reviewer, id, queries.StepInput{Step: "移送", Recipient: "刑罚执行司法解释起草组", DueOn: due})
	standing(t, s, id, "已移送", "已移送")

	on := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, in := range []queries.StepInput{
		{Step: "登记结果"},
		{Step: "登记结果", Result: "不予采纳", ResultOn: on},
		{Step: "登记结果", Result: "采纳"},
		{Step: "登记结果", Result: "通过", ResultOn: on},
		{Step: "登记结果", Result: "采纳", ResultOn: time.Now().AddDate(1, 0, 0)},
	} {
		if err := step(t, s, p.analyst, id, in); !refused(err, queries.Invalid) {
			t.Fatalf("%+v: %v", in, err)
		}
	}
	mustStep(t, s, p.analyst, id, queries.StepInput{Step: "登记结果", Result: "部分采纳", ResultOn: on, ResultDoc: "法研〔2026〕7号", Text: "先以批复答复"})
	standing(t, s, id, "已答复", "已移送")
	if err := step(t, s, p.analyst, id, queries.StepInput{Step: "反馈学员"}); !refused(err, queries.Invalid) {
		t.Fatalf("told nothing: %v", err)
	}
	mustStep(t, s, p.analyst, id, queries.StepInput{Step: "反馈学员", Text: "已以批复明确。"})
	standing(t, s, id, "已反馈", "已反馈")
	v, err := s.Candidate(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if v.Result != "部分采纳" || v.ResultDoc != "法研〔2026〕7号" || v.Told == "" || !v.DueOn.Equal(due) || v.ReviewedBy().Name != "王复核" {
		t.Fatalf("%+v", v.Candidate)
	}
	for i, st := range v.Steps {
		if st.No != i+1 || st.TakenAt.IsZero() || st.Name == "" {
			t.Fatalf("step %d is not dated and signed: %+v", i, st)
		}
	}
	l, err := s.Listing(ctx, mustKey(t, s, no))
	if err != nil || l.Outcome != "部分采纳" {
		t.Fatalf("issue's outcome %q, %v", l.Outcome, err)
	}
	// Back only by a new step, which leaves the old ones where they are.
	n := len(v.Steps)
	mustStep(t, s, p.reviewer, id, queries.StepInput{Step: "撤销反馈", Text: "文号有误"})
	mustStep(t, s, p.analyst, id, queries.StepInput{Step: "更正结果", Text: "文号有误"})
	standing(t, s, id, "已移送", "已移送")
	if v, err = s.Candidate(ctx, id); err != nil || len(v.Steps) != n+2 || v.Result != "" {
		t.Fatalf("%d steps, result %q, %v", len(v.Steps), v.Result, err)
	}
	mustStep(t, s, p.analyst, id, queries.StepInput{Step: "登记结果", Result: "退回补充", ResultOn: on, Text: "缺少数据"})
	standing(t, s, id, "草拟", "研判中")
	if problems, checked, err := s.VerifyAudit(ctx); err != nil || len(problems) > 0 || checked == 0 {
		t.Fatalf("%v %d %v", problems, checked, err)
	}
}

func mustKey(t *testing.T, s *queries.Store, no int) string {
	t.Helper()
	key, _, err := s.IssueKey(t.Context(), no)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestWhoeverWroteACandidateNeverApprovesIt(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	p := candidatePeople(t, s, me)
	no := confirmed(t, s, p.analyst, 1)[0].IssueNo
	id, err := s.Propose(ctx, p.reviewer, no, interpretation)
	if err != nil {
		t.Fatal(err)
	}
	// A second reviewer fills in a field: from then on neither approves.
	if _, err := s.FillIn(ctx, p.reviewer2, id, 1, map[string]string{"立项来源": "业务部门建议"}); err != nil {
		t.Fatal(err)
	}
	mustStep(t, s, p.analyst, id, queries.StepInput{Step: "送复核"})
	for _, by := range []queries.Account{p.reviewer, p.reviewer2} {
		if err := step(t, s, by, id, queries.StepInput{Step: "复核同意"}); !refused(err, queries.Forbidden) {
			t.Fatalf("%s approved their own text: %v", by.Name, err)
		}
	}
	third := account(t, s, "zheng", "郑复核", queries.Reviewer)
	mustStep(t, s, third, id, queries.StepInput{Step: "复核同意"})
	if _, err := s.FillIn(ctx, p.analyst, id, 4, map[string]string{"立项来源": "改"}); !refused(err, queries.Conflict) {
		t.Fatalf("the text changed in deliberation: %v", err)
	}
}

func TestPreCheckOfJudicialInterpretation(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	no := confirmed(t, s, me, 1)[0].IssueNo
	for _, fields := range []map[string]string{
		nil,
		{queries.FieldApplies: "审判工作"},
		{queries.FieldArticles: "《刑法》第八十一条"},
		{queries.FieldApplies: "监狱管理", queries.FieldArticles: "《刑法》第八十一条"},
		{queries.FieldApplies: "检察工作", queries.FieldArticles: "刑法的有关规定"},
	} {
		if _, err := s.Propose(ctx, me, no, queries.NewCandidate{Direction: "司法解释", Reason: "有分歧", Fields: fields}); !refused(err, queries.Invalid) {
			t.Errorf("%v was admitted: %v", fields, err)
		}
	}
	id, err := s.Propose(ctx, me, no, interpretation)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.FillIn(ctx, me, id, 1, map[string]string{queries.FieldArticles: "待定"}); !refused(err, queries.Invalid) {
		t.Fatalf("the pre-check was emptied afterwards: %v", err)
	}
	if _, err := s.Propose(ctx, me, no, interpretation); !refused(err, queries.Conflict) {
		t.Fatalf("proposed twice: %v", err)
	}
}

func TestJointProjectsNeedCommonalityOrAReason(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	no := confirmed(t, s, me, 1)[0].IssueNo
	if err := s.SetThresholds(ctx, me.ID, queries.Thresholds{Departments: 5, Provinces: 32, Trainings: 99}); err != nil {
		t.Fatal(err)
	}
	l, err := s.Listing(ctx, mustKey(t, s, no))
	if err != nil {
		t.Fatal(err)
	}
	strict, err := s.Thresholds(ctx)
	if err != nil || strict.Departments != 5 {
		t.Fatalf("%+v %v", strict, err)
	}
	if ok, why := strict.Meets(&l); ok {
		t.Skip("the first group is said by all: " + why)
	}
	n := queries.NewCandidate{Direction: "联合调研", Reason: "情况不明"}
	if _, err := s.Propose(ctx, me, no, n); !refused(err, queries.Invalid) || !strings.Contains(err.Error(), "未达共性标准") {
		t.Fatalf("below the threshold without a reason: %v", err)
	}
	n.Fields = map[string]string{queries.FieldBelowCommon: "涉及在押人员死亡，影响重大。"}
	if _, err := s.Propose(ctx, me, no, n); err != nil {
		t.Fatal(err)
	}
	if err := s.SetThresholds(ctx, me.ID, queries.Thresholds{Departments: 1, Provinces: 1, Trainings: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Propose(ctx, me, no, queries.NewCandidate{Direction: "联合专项活动", Reason: "集中清理"}); err != nil {
		t.Fatalf("above the threshold: %v", err)
	}
	if err := s.SetThresholds(ctx, me.ID, queries.Thresholds{Departments: 6, Provinces: 1, Trainings: 1}); !refused(err, queries.Invalid) {
		t.Fatalf("six departments: %v", err)
	}
}

func TestTwoPeopleFillInOneForm(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	p := candidatePeople(t, s, me)
	no := confirmed(t, s, me, 1)[0].IssueNo
	id, err := s.Propose(ctx, me, no, interpretation)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.FillIn(ctx, p.analyst2, id, 1, map[string]string{"立项来源": "业务部门建议", "拟用形式": "批复"}); err != nil {
		t.Fatal(err)
	}
	_, err = s.FillIn(ctx, me, id, 1, map[string]string{"立项来源": "高院请示"})
	var c *queries.FormConflict
	if !errors.As(err, &c) {
		t.Fatalf("the second save: %v", err)
	}
	if len(c.Theirs) != 2 || c.Now != 2 || c.Base["立项来源"] != "" || c.Theirs[0].Name != "李研判" {
		t.Fatalf("%+v", c)
	}
	v, err := s.Candidate(ctx, id)
	if err != nil || v.Fields["立项来源"] != "业务部门建议" {
		t.Fatalf("lost update: %v %v", v.Fields, err)
	}
	if n, err := s.FillIn(ctx, me, id, c.Now, map[string]string{"立项来源": "高院请示"}); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	if v, err = s.Candidate(ctx, id); err != nil || v.Fields["拟用形式"] != "批复" || v.Fields["立项来源"] != "高院请示" || len(v.Edits) != 3 {
		t.Fatalf("%v %d %v", v.Fields, len(v.Edits), err)
	}
}

func TestRestrictedTextsStayOutOfFormsAndLogs(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	viewer := account(t, s, "cha", "查阅", queries.Viewer)
	no := confirmed(t, s, me, 1)[0].IssueNo
	const secret = "（2021）京01刑更123号"
	id, err := s.Propose(ctx, me, no, queries.NewCandidate{
		Direction: "指导性案例", Reason: "类案多发", Fields: map[string]string{"案例线索(案号、审理法院、生效日期)": secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Candidate(ctx, id)
	if err != nil || len(v.Fields) != 0 || len(v.Restricted) != 1 {
		t.Fatalf("%v %v %v", v.Fields, v.Restricted, err)
	}
	if _, err := s.Reveal(ctx, me, id, ""); !refused(err, queries.Invalid) {
		t.Fatalf("revealed without a reason: %v", err)
	}
	if _, err := s.Reveal(ctx, viewer, id, "想看"); !refused(err, queries.Forbidden) {
		t.Fatalf("revealed to a viewer: %v", err)
	}
	got, err := s.Reveal(ctx, me, id, "核对案例线索")
	if err != nil || len(got) != 1 || got[0].Text != secret {
		t.Fatalf("%v %v", got, err)
	}
	log, _, err := s.Audit(ctx, queries.AuditFilter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(log, func(e queries.AuditEntry) bool { return e.Action == "candidate.reveal" }) {
		t.Fatal("the look is not in the log")
	}
	for _, e := range log {
		if strings.Contains(e.Detail, "京01") {
			t.Fatalf("the log tells what is restricted: %s", e.Detail)
		}
	}
}

func TestScoreIsOverriddenOnlyWithAReason(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	no := confirmed(t, s, me, 1)[0].IssueNo
	high, wrong := 0.9, 1.2
	if err := s.SetScore(ctx, me, no, "重大", &high, " "); !refused(err, queries.Invalid) {
		t.Fatal(err)
	}
	if err := s.SetScore(ctx, me, no, "重大", &wrong, "高"); !refused(err, queries.Invalid) {
		t.Fatal(err)
	}
	if err := s.SetScore(ctx, me, no, "重大", &high, "发生过死亡事件"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetScore(ctx, me, no, "重大", nil, "事件已排除"); err != nil {
		t.Fatal(err)
	}
	list, err := s.Overrides(ctx, no)
	if err != nil || len(list) != 2 || !list[0].Stands || list[1].Stands {
		t.Fatalf("%+v %v", list, err)
	}
}

func TestIssueStandsWhereItsFurthestCandidateStands(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	p := candidatePeople(t, s, me)
	no := confirmed(t, s, me, 1)[0].IssueNo
	quick, err := s.Propose(ctx, me, no, queries.NewCandidate{Direction: "转答复", Reason: "现行规定已有答案"})
	if err != nil {
		t.Fatal(err)
	}
	slow, err := s.Propose(ctx, me, no, interpretation)
	if err != nil {
		t.Fatal(err)
	}
	mustStep(t, s, me, quick, queries.StepInput{Step: "送复核"})
	mustStep(t, s, p.reviewer, quick, queries.StepInput{Step: "复核同意，不需会商", Text: "有明文规定"})
	mustStep(t, s, p.reviewer, quick, queries.StepInput{Step: "审定"})
	standing(t, s, slow, "草拟", "已审定")
	mustStep(t, s, p.reviewer, quick, queries.StepInput{Step: "移送", Recipient: "检答网"})
	mustStep(t, s, me, quick, queries.StepInput{Step: "登记结果", Result: "采纳", ResultOn: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)})
	mustStep(t, s, me, quick, queries.StepInput{Step: "反馈学员", Text: "见检答网答复"})
	standing(t, s, slow, "草拟", "已移送") // one answer is out, another awaited
	mustStep(t, s, me, slow, queries.StepInput{Step: "撤回"})
	standing(t, s, quick, "已反馈", "已反馈")
	if err := step(t, s, p.reviewer, slow, queries.StepInput{Step: "送复核"}); !refused(err, queries.Invalid) {
		t.Fatalf("a withdrawn candidate went on: %v", err)
	}
	list, err := s.Relapses(ctx)
	if err != nil || len(list) != 1 || list[0].IssueNo != no {
		t.Fatalf("%+v %v", list, err)
	}
}

func TestWhatBecameOfATraining(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	d := confirmed(t, s, me, 1)[0]
	all, err := s.TrainingOutcomes(ctx)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d %v", len(all), err)
	}
	total, in := 0, 0
	for _, o := range all {
		items, _, _, err := s.SaidAt(ctx, o.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(items) != o.Items {
			t.Errorf("%s: %d items listed, %d counted", o.ID, len(items), o.Items)
		}
		mine := 0
		for _, it := range items {
			if it.IssueNo == d.IssueNo {
				mine++
			}
			if it.Text == "" || len(it.Sources) == 0 {
				t.Errorf("item %s has no text or source", it.ID)
			}
		}
		if mine != o.InIssues {
			t.Errorf("%s: %d in issues, %d counted", o.ID, mine, o.InIssues)
		}
		total, in = total+o.Items, in+o.InIssues
	}
	if in == 0 || in > total {
		t.Fatalf("%d of %d in issues", in, total)
	}
	if items, told, n, err := s.SaidAt(ctx, "1999-1"); err != nil || len(items)+len(n)+len(told) != 0 {
		t.Fatalf("an unknown training: %d items, %d rejected, %v", len(items), len(n), err)
	}
}

// An issue answered in 2023 came up again: what was said of it since counts,
// what was said before does not.
func TestAnIssueComesUpAgainAfterItsAnswer(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	if err := corpustest.Publish(ctx, dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2023, 7, 1, 9, 0, 0, 0, time.UTC)
	s, err := queries.OpenStore(ctx, dir, queries.StoreOptions{Poll: time.Hour, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	me, boss := account(t, s, "zhang", "张研判", queries.Analyst), account(t, s, "wang", "王复核", queries.Reviewer)
	var no int
	var before, since []string
	for _, g := range suggested(t, s, 20) {
		v, err := s.Group(ctx, g.Key)
		if err != nil {
			t.Fatal(err)
		}
		before, since = nil, nil
		for _, m := range v.Members {
			switch {
			case m.GivenOn.After(now):
				since = append(since, m.ID)
			default:
				before = append(before, m.ID)
			}
		}
		if len(before) > 0 && len(since) > 0 {
			d, err := s.Confirm(ctx, me.ID, g.Key, "", "")
			if err != nil {
				t.Fatal(err)
			}
			no = d.IssueNo
			break
		}
	}
	if no == 0 {
		t.Fatal("no group was spoken of both before and after")
	}
	id, err := s.Propose(ctx, me, no, queries.NewCandidate{Direction: "转答复", Reason: "有明文规定"})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.Relapses(ctx); err != nil || len(list) != 0 {
		t.Fatalf("not answered yet: %+v %v", list, err)
	}
	mustStep(t, s, me, id, queries.StepInput{Step: "送复核"})
	mustStep(t, s, boss, id, queries.StepInput{Step: "复核同意，不需会商", Text: "有明文规定"})
	mustStep(t, s, boss, id, queries.StepInput{Step: "审定"})
	mustStep(t, s, boss, id, queries.StepInput{Step: "移送", Recipient: "检答网"})
	mustStep(t, s, me, id, queries.StepInput{Step: "登记结果", Result: "采纳", ResultOn: now})
	mustStep(t, s, me, id, queries.StepInput{Step: "反馈学员", Text: "见检答网答复"})
	list, err := s.Relapses(ctx)
	if err != nil || len(list) != 1 || list[0].Items != len(since) || len(list[0].Trainings) == 0 || !list[0].LastOn.After(now) {
		t.Fatalf("%+v, want %d items since, %v", list, len(since), err)
	}
}
