package workbench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// CandidatePage is one candidate: where it stands on its way, what its paper
// holds and lacks, what the departments say.
type CandidatePage struct {
	queries.CandidateView
	Group    queries.GroupView
	Track    []Mark
	Lines    []FormLine
	Missing  []string // to be filled in before review
	Later    []string // blanks that may be filled in afterwards
	Moves    []Move
	Consult  []VoiceRow
	Sign     []VoiceRow
	Earlier  []queries.Voice // of earlier rounds, or corrected
	Score    Scorecard
	Norms    []VerifiedNorm
	Related  []queries.Candidate // the issue's other candidates
	Revealed []queries.RestrictedEntry
	Me       queries.Account
	MayEdit  bool
	MaySpeak bool // for their own department
	MayEnter bool // for any department, from a letter
	Overdue  bool
	Form     report.Form
	Own      bool // the administrator's own template is used
	Parts    []string
	Evidence []queries.EvidencePackage // frozen on hand-over, newest first
	MayTake  bool                      // the packages
}

// Mark is one stage of the way.
type Mark struct {
	Stage     string
	Done, Now bool
	At        time.Time
	By        string
}

// Move is a step this person may take now, with what its form asks.
type Move struct {
	queries.CandidateStep
	Ask      string // what the text is for
	Required bool
	Blocked  bool // something must be filled in first
}

// VoiceRow is a department's place in deliberation or countersigning.
type VoiceRow struct {
	Department feedback.Department
	Voice      queries.Voice
	Mine       bool
}

// VerifiedNorm is a norm that items cite and whether a person checked it.
type VerifiedNorm struct {
	queries.NormCount
	By string
}

// FormLine is one field or section of a candidate's form.
type FormLine struct {
	report.FormField
	Key      string // in the form's fields
	Value    string
	Draft    string // what the data suggest, not yet anybody's
	Options  []string
	Checks   []Check
	Long     bool
	Secret   bool   // restricted: never in a report
	Kept     bool   // a restricted text is noted
	Asked    bool   // the direction may not be chosen without it
	Theirs   string // what others have written meanwhile
	TheirBy  string
	Conflict bool
}

// Check is one box of a list of conditions.
type Check struct {
	Text string
	On   bool
}

var facetTables = sync.OnceValues(func() (*lexicon.Tables, error) { return lexicon.Load("") })

// facetLeans reads which outputs each facet's value leans to.
func facetLeans() (map[[2]string]string, error) {
	t, err := facetTables()
	if err != nil {
		return nil, err
	}
	out := map[[2]string]string{}
	for _, f := range t.Facets {
		out[[2]string{f.Facet, f.Value}] = f.LeanOutput
	}
	return out, nil
}

// formOf is the paper a candidate becomes.
func formOf(v *queries.CandidateView) report.Form {
	if v.Direction == string(report.GuidingCase) {
		switch v.Fields[queries.FieldCaseKind] {
		case "法院":
			return report.GuidingCaseCourt
		case "检察":
			return report.GuidingCaseProcuracy
		}
	}
	return report.Form(v.Direction)
}

// NewCandidatePage proposes an issue for a direction: what the data speak for,
// and what the chosen direction asks before it may be chosen.
type NewCandidatePage struct {
	Group     queries.GroupView
	Hints     []DirectionHint
	Common    bool
	CommonWhy string
	Direction string
	Reason    string
	Fields    map[string]string
	Articles  []string // that the items cite
	Due       string
	Score     Scorecard
	Problem   string
	Applies   []string
	Kinds     []string
	Taken     []string // directions already proposed
}

func newCandidate(rq *request) error {
	return rq.proposePage(http.StatusOK, "")
}

func (rq *request) proposePage(status int, problem string) error {
	key, now, err := rq.w.store.IssueKey(rq.ctx(), rq.issueNo())
	if err != nil {
		return err
	}
	v, err := rq.w.store.Group(rq.ctx(), key)
	if err != nil {
		return err
	}
	rq.hideOthers(v.Members)
	p := NewCandidatePage{
		Group: v, Problem: problem, Direction: rq.query("direction"), Applies: queries.AppliesChoices, Kinds: queries.CaseKinds,
		Fields: map[string]string{}, Reason: rq.form("reason"), Due: rq.form("due"),
	}
	if d := rq.form("direction"); d != "" {
		p.Direction = d
	}
	for _, name := range []string{queries.FieldApplies, queries.FieldArticles, queries.FieldBelowCommon, queries.FieldCaseKind} {
		p.Fields[name] = rq.form(name)
	}
	leans, err := facetLeans()
	if err != nil {
		return err
	}
	t, err := rq.w.store.Thresholds(rq.ctx())
	if err != nil {
		return err
	}
	p.Hints = hints(&v, leans, t)
	p.Common, p.CommonWhy = t.Meets(&v.Listing)
	for _, n := range queries.CitedNorms(v.Members) {
		p.Articles = append(p.Articles, n.Label)
	}
	for _, c := range v.Candidates {
		if c.Status != queries.StageWithdrawn && c.Status != queries.StageToldBack {
			p.Taken = append(p.Taken, c.Direction)
		}
	}
	if p.Score, err = scorecard(rq.ctx(), rq.w.store, &v); err != nil {
		return err
	}
	return rq.show(status, "candidate_new", rq.t("第%d号", now)+" "+rq.t("提出转化建议（候选）"), p)
}

func propose(rq *request) error {
	n := queries.NewCandidate{Direction: rq.form("direction"), Reason: rq.form("reason"), Fields: map[string]string{}}
	for _, name := range []string{queries.FieldApplies, queries.FieldArticles, queries.FieldBelowCommon, queries.FieldCaseKind} {
		if v := rq.form(name); v != "" {
			n.Fields[name] = v
		}
	}
	var err error
	if n.DueOn, err = rq.day("due", "办理期限"); err != nil {
		return rq.proposePage(http.StatusUnprocessableEntity, rq.say(err))
	}
	id, err := rq.w.store.Propose(rq.ctx(), rq.Me, rq.issueNo(), n)
	if err != nil {
		var r *queries.Refusal
		if errors.As(err, &r) && r.Kind != queries.Forbidden && r.Kind != queries.NotFound {
			return rq.proposePage(statusOf(r.Kind), rq.say(err))
		}
		return err
	}
	rq.flash(rq.t("已提出转化建议（候选），现为草拟：请填写文书后送复核。"), 0)
	return rq.redirect("/candidates/" + strconv.Itoa(id))
}

// day reads a date field of the form; empty is the zero time.
func (rq *request) day(name, zh string) (time.Time, error) {
	s := rq.form(name)
	if s == "" {
		return time.Time{}, nil
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil || d.Year() < 2000 || d.Year() > 2100 {
		return time.Time{}, &queries.Refusal{Zh: zh + "须为日期，如 2026-12-31。", En: "A date like 2026-12-31 is needed."}
	}
	return d, nil
}

func (rq *request) candidateID() int { return rq.number(rq.c.Param("id")) }

func (rq *request) toCandidate() error {
	return rq.redirect("/candidates/" + strconv.Itoa(rq.candidateID()))
}

func candidatePage(rq *request) error { return rq.showCandidate(http.StatusOK, nil) }

func (rq *request) showCandidate(status int, revealed []queries.RestrictedEntry) error {
	c, err := rq.w.store.Candidate(rq.ctx(), rq.candidateID())
	if err != nil {
		return err
	}
	key, _, err := rq.w.store.IssueKey(rq.ctx(), c.IssueNo)
	if err != nil {
		return err
	}
	g, err := rq.w.store.Group(rq.ctx(), key)
	if err != nil {
		return err
	}
	rq.hideOthers(g.Members)
	p := CandidatePage{
		CandidateView: c, Group: g, Me: rq.Me, MayEdit: rq.may(decide) && c.Status == queries.StageDraft, Form: formOf(&c), Revealed: revealed,
		MaySpeak: slices.Contains(feedback.Departments, feedback.Department(rq.Me.Department)), MayEnter: rq.may(review), Parts: queries.ScoreParts,
	}
	p.Overdue = rq.overdue(&c.Candidate)
	if p.Evidence, err = rq.w.store.EvidencePackages(rq.ctx(), c.ID); err != nil {
		return err
	}
	slices.Reverse(p.Evidence)
	p.MayTake = rq.may(takeOut) && (!rq.w.opts.OwnDepartmentOnly || rq.may(review))
	p.Own = templateExists(rq.w.store.Folder(), p.Form)
	if p.Lines, err = formLines(&c, &g); err != nil {
		return err
	}
	if p.Missing, p.Later, err = missing(rq.ctx(), rq.w.store, &c); err != nil {
		return err
	}
	p.Track = track(&c)
	for _, st := range c.StepsFor(rq.Me) {
		p.Moves = append(p.Moves, Move{CandidateStep: st, Ask: asks[st.Name], Required: st.NeedsReason || st.Name == "反馈学员", Blocked: st.Name == "送复核" && len(p.Missing) > 0})
	}
	p.Consult, p.Sign = rq.voiceRows(&c, queries.VoiceConsult), rq.voiceRows(&c, queries.VoiceSign)
	counts := map[int]bool{}
	for _, r := range append(slices.Clone(p.Consult), p.Sign...) {
		counts[r.Voice.No] = true
	}
	for _, v := range c.Voices {
		if !counts[v.No] {
			p.Earlier = append(p.Earlier, v)
		}
	}
	if p.Score, err = scorecard(rq.ctx(), rq.w.store, &g); err != nil {
		return err
	}
	for _, n := range queries.CitedNorms(g.Members) {
		p.Norms = append(p.Norms, VerifiedNorm{n, c.Fields[verifiedKey(n.Norm)]})
	}
	for _, o := range g.Candidates {
		if o.ID != c.ID {
			p.Related = append(p.Related, o)
		}
	}
	return rq.show(status, "candidate", rq.t("第%d号", c.IssueNo)+" "+rq.t(c.Direction), p)
}

func (rq *request) overdue(c *queries.Candidate) bool {
	return overdue(c, time.Now().In(rq.w.opts.Location))
}

// overdue says whether a candidate's day has passed while its answer is still
// awaited.
func overdue(c *queries.Candidate, now time.Time) bool {
	return c.DueOn.Year() > 1990 && c.Status != queries.StageAnswered && c.Status != queries.StageToldBack && c.Status != queries.StageWithdrawn && c.DueOn.Format(time.DateOnly) < now.Format(time.DateOnly)
}

func verifiedKey(norm string) string { return "核对 " + norm }

// asks names what the text of a step is for.
var asks = map[string]string{
	"送复核": "说明（可不填）", "复核同意": "复核意见", "复核同意，不需会商": "不需会商的理由", "会商结束": "会商结论和对不同意见的处理", "会签完成": "说明", "审定": "审定意见",
	"移送": "说明", "登记结果": "理由或主要内容", "反馈学员": "向学员反馈的内容",
}

func track(c *queries.CandidateView) []Mark {
	at := slices.Index(queries.Stages, c.Status)
	out := make([]Mark, len(queries.Stages))
	for i, s := range queries.Stages {
		out[i] = Mark{Stage: s, Now: i == at, Done: i < at}
		for _, st := range c.Steps {
			if st.After == s && i <= at {
				out[i].At, out[i].By = st.TakenAt, st.Name
			}
		}
	}
	return out
}

func (rq *request) voiceRows(c *queries.CandidateView, kind string) []VoiceRow {
	var out []VoiceRow
	for i, v := range c.Latest(kind) {
		d := feedback.Departments[i]
		out = append(out, VoiceRow{Department: d, Voice: v, Mine: string(d) == rq.Me.Department})
	}
	return out
}

func takeStep(rq *request) error {
	in := queries.StepInput{Step: rq.form("step"), Text: rq.form("text"), Recipient: rq.form("recipient"), Result: rq.form("result"), ResultDoc: rq.form("doc")}
	var err error
	if in.DueOn, err = rq.day("due", "办理期限"); err != nil {
		return err
	}
	if in.ResultOn, err = rq.day("on", "答复日期"); err != nil {
		return err
	}
	version := rq.number(rq.form("version"))
	if in.Step == "送复核" {
		// What is looked at here is what goes to review: the version sees to it.
		c, err := rq.w.store.Candidate(rq.ctx(), rq.candidateID())
		if err != nil {
			return err
		}
		lacking, _, err := missing(rq.ctx(), rq.w.store, &c)
		if err != nil {
			return err
		}
		if c.Version == version && len(lacking) > 0 {
			return &queries.Refusal{
				Zh: fmt.Sprintf("还有%d项必填内容：%s", len(lacking), strings.Join(lacking[:min(6, len(lacking))], "")),
				En: fmt.Sprintf("%d required fields are empty.", len(lacking)),
			}
		}
	}
	if in.Step == "移送" && in.Recipient != "" {
		c, err := rq.w.store.Candidate(rq.ctx(), rq.candidateID())
		if err != nil {
			return err
		}
		if c.HandOver(rq.Me, version) {
			if in.Evidence, err = rq.freeze(&c, in.Recipient); err != nil {
				return err
			}
		}
	}
	after, err := rq.w.store.TakeStep(rq.ctx(), rq.Me, rq.candidateID(), version, in)
	if err != nil {
		if in.Evidence != nil {
			if err := rq.unfreeze(in.Evidence); err != nil {
				rq.w.log.Error("package of a hand-over that did not come about", "error", err)
			}
		}
		return rq.keepText(err)
	}
	rq.flash(rq.t("已办理“%s”，现为“%s”。", rq.t(in.Step), rq.t(after)), 0)
	return rq.toCandidate()
}

// keepText shows a refusal with what the person had written, so that nothing
// need be written twice.
func (rq *request) keepText(err error) error {
	var r *queries.Refusal
	said := rq.form("text")
	if said == "" || !errors.As(err, &r) || (r.Kind != queries.Invalid && r.Kind != queries.Conflict) {
		return err
	}
	heading := "不能这样办理"
	if r.Kind == queries.Conflict {
		heading = "已有变化"
	}
	return rq.show(statusOf(r.Kind), "error", heading, ErrorPage{
		Heading: heading, Text: rq.say(err), Back: "/candidates/" + strconv.Itoa(rq.candidateID()), Kept: []KeptField{{"text", said}},
	})
}

func setDue(rq *request) error {
	due, err := rq.day("due", "办理期限")
	if err != nil {
		return err
	}
	if err := rq.w.store.SetDue(rq.ctx(), rq.Me, rq.candidateID(), rq.number(rq.form("version")), due); err != nil {
		return err
	}
	rq.flash(rq.t("已保存。"), 0)
	return rq.toCandidate()
}

func giveVoice(rq *request) error {
	if err := rq.w.store.Speak(rq.ctx(), rq.Me, rq.candidateID(), rq.form("kind"), rq.form("department"), rq.form("stance"), rq.form("text")); err != nil {
		return rq.keepText(err)
	}
	rq.flash(rq.t("意见已记录。"), 0)
	return rq.toCandidate()
}

func reveal(rq *request) error {
	texts, err := rq.w.store.Reveal(rq.ctx(), rq.Me, rq.candidateID(), rq.form("why"))
	if err != nil {
		return err
	}
	return rq.showCandidate(http.StatusOK, texts)
}

func setScore(rq *request) error {
	var value *float64
	if s := rq.form("score"); s != "" {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return &queries.Refusal{Zh: "得分须为 0 至 1 之间的数，如 0.8。", En: "A score is a number between 0 and 1."}
		}
		value = &f
	}
	if err := rq.w.store.SetScore(rq.ctx(), rq.Me, rq.issueNo(), rq.form("part"), value, rq.form("reason")); err != nil {
		return err
	}
	rq.flash(rq.t("评分调整已记录。"), 0)
	return rq.redirect(localPath(rq.form("from"), "/issues/"+strconv.Itoa(rq.issueNo())))
}

// missing lists what a candidate's paper lacks: what must stand there before
// review, and what may follow.
func missing(ctx context.Context, store *queries.Store, c *queries.CandidateView) (before, later []string, err error) {
	d, err := BuildReport(ctx, store, ReportRequest{Issues: []int{c.IssueNo}, Form: formOf(c), Candidate: c.ID})
	if err != nil {
		return nil, nil, err
	}
	all, err := report.Missing(d, report.Options{})
	if err != nil {
		return nil, nil, err
	}
	if c.Direction == string(report.GuidingCase) && c.Fields[queries.FieldCaseKind] == "" {
		before = append(before, "“案例类别”尚未填写：法院或检察。")
	}
	for _, s := range all {
		s = sectionOf.Replace(s)
		if afterReview(c, s) {
			later = append(later, s)
		} else if !slices.Contains(before, s) {
			before = append(before, s)
		}
	}
	const grade = "“重大/疑难/复杂”"
	switch w := c.Fields["重大/疑难/复杂"]; {
	case queries.NeedsNoConsultation(c.Direction):
	case w == "" && !slices.ContainsFunc(before, func(s string) bool { return strings.HasPrefix(s, grade) }):
		before = append(before, grade+"尚未填写：写明属于哪几项和理由；均不属的也写明。")
	case w != "" && !gradeWords.MatchString(w):
		before = append(before, grade+"须写明属于哪几项及理由。")
	}
	return before, later, nil
}

var gradeWords = regexp.MustCompile(`重大|疑难|复杂|均不属`)

// sectionOf names the form's section where a report's heading inside it lacks
// its text.
var sectionOf = strings.NewReplacer(
	"“必要性论证”", "“必要性（论证部分）”", "“活动目标”", "“指导思想和目标（活动目标）”", "“拟开展的重点工作”", "“重点内容（拟开展的重点工作）”", "“研究提出的对策”", "“对策建议（研究提出的对策）”",
)

// afterReview says whether a blank may wait: positions come in deliberation,
// research reports after research, the text of a case when a case is found,
// an expert's answer from the platform.
func afterReview(c *queries.CandidateView, sentence string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(sentence, "“"), "”")
	if name == "分歧意见" {
		return true
	}
	switch report.Form(c.Direction) {
	case report.JointResearch:
		return name == "原因分析" || strings.HasPrefix(name, "对策建议")
	case report.GuidingCase, report.TypicalCase:
		fields, err := report.FieldsOf(formOf(c), nil)
		return err == nil && slices.ContainsFunc(fields, func(f report.FormField) bool { return f.Section && f.Heading == name })
	case report.RouteToAnswer:
		return name == "答疑意见" || name == "答疑专家和复核人"
	}
	return false
}
