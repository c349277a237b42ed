package queries

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
)

// The way of a candidate (转化建议), in order. A step leads on or back; nothing
// is ever erased.
const (
	StageDraft     = "草拟"
	StageReview    = "待复核"
	StageConsult   = "会商中"
	StageSign      = "会签中"
	StageApproval  = "待审定"
	StageApproved  = "已审定"
	StageHanded    = "已移送"
	StageAnswered  = "已答复"
	StageToldBack  = "已反馈"
	StageWithdrawn = "已撤回"
)

// Stages lists the way in order, without 已撤回.
var Stages = []string{
	StageDraft, StageReview, StageConsult, StageSign, StageApproval, StageApproved, StageHanded, StageAnswered, StageToldBack,
}

// issueStatusOf is the issue's status while a candidate of it stands there.
var issueStatusOf = map[string]string{
	StageDraft: "研判中", StageReview: "待复核", StageConsult: "待会商", StageSign: "待会商", StageApproval: "待会商",
	StageApproved: "已审定", StageHanded: "已移送", StageAnswered: "已移送", StageToldBack: "已反馈",
}

// The two kinds of voice, and what each can be.
const (
	VoiceConsult = "会商"
	VoiceSign    = "会签"
)

// VoiceStances lists what a department may say, by kind of voice.
var VoiceStances = map[string][]string{
	VoiceConsult: {"同意", "修改", "不同意", "无意见"},
	VoiceSign:    {"会签", "不会签"},
}

// RestrictedField tells whether a field of a form may stand in no report.
func RestrictedField(name string) bool { return strings.HasPrefix(name, "案例线索") }

// The fields in which the pre-check of 司法解释 and the reason for a joint
// project below the threshold are kept. They are the words of the form.
const (
	FieldApplies     = "前置校验：属何种工作中具体应用法律"
	FieldArticles    = "前置校验：指向的条文"
	FieldBelowCommon = "共性程度未达标准的理由"
	FieldCaseKind    = "案例类别"
)

// AppliesChoices lists in whose work the law is applied (立法法第一百一十九条).
var AppliesChoices = []string{"审判工作", "检察工作", "审判、检察工作"}

// CaseKinds lists the kinds of guiding case.
var CaseKinds = []string{"法院", "检察"}

// Thresholds say from where on an issue counts as common (共性): any one
// suffices.
type Thresholds struct{ Departments, Provinces, Trainings int }

// DefaultThresholds are those of the domain's proposal.
var DefaultThresholds = Thresholds{Departments: 3, Provinces: 5, Trainings: 2}

// Meets says whether an issue is common, and why or why not, in Chinese.
func (t Thresholds) Meets(l *Listing) (bool, string) {
	have := fmt.Sprintf("%d个部门、%d个省份、%d期培训反映", l.Departments, l.Provinces, l.Trainings)
	need := fmt.Sprintf("标准为%d个以上部门，或%d个以上省份，或%d期以上培训", t.Departments, t.Provinces, t.Trainings)
	if l.Departments >= t.Departments || l.Provinces >= t.Provinces || l.Trainings >= t.Trainings {
		return true, have + "，达到共性标准（" + need + "）"
	}
	return false, have + "，未达共性标准（" + need + "）"
}

// NeedsCommon says whether a direction is reserved for common issues.
func NeedsCommon(direction string) bool {
	return direction == "联合调研" || direction == "联合专项活动"
}

// NeedsNoConsultation says whether a reviewer may send a candidate past
// deliberation: nothing is asked of the other departments.
func NeedsNoConsultation(direction string) bool {
	return direction == "转答复" || direction == "培训选题"
}

// who may take a step.
type stepBy int

const (
	byAnyone   stepBy = iota // who may decide
	byAuthor                 // the author alone
	byReviewer               // a reviewer who wrote none of it
)

// CandidateStep is one allowed step on a candidate's way.
type CandidateStep struct {
	Name        string
	From        []string
	To          string
	Back        bool
	NeedsReason bool
	by          stepBy
	short       bool // only where nothing is asked of the other departments
}

// candidateSteps is the whole way. 登记结果 leads to 草拟 when the result is
// 退回补充.
var candidateSteps = []CandidateStep{
	{Name: "送复核", From: []string{StageDraft}, To: StageReview},
	{Name: "复核同意", From: []string{StageReview}, To: StageConsult, by: byReviewer},
	{Name: "复核同意，不需会商", From: []string{StageReview}, To: StageApproval, by: byReviewer, NeedsReason: true, short: true},
	{Name: "会商结束", From: []string{StageConsult}, To: StageSign, by: byReviewer},
	{Name: "会签完成", From: []string{StageSign}, To: StageApproval, by: byReviewer},
	{Name: "审定", From: []string{StageApproval}, To: StageApproved, by: byReviewer},
	{Name: "移送", From: []string{StageApproved}, To: StageHanded, by: byReviewer},
	{Name: "登记结果", From: []string{StageHanded}, To: StageAnswered},
	{Name: "反馈学员", From: []string{StageAnswered}, To: StageToldBack},
	{Name: "撤回送审", From: []string{StageReview}, To: StageDraft, Back: true, by: byAuthor},
	{Name: "退回修改", From: []string{StageReview, StageConsult, StageSign, StageApproval}, To: StageDraft, Back: true, by: byReviewer, NeedsReason: true},
	{Name: "重新会商", From: []string{StageSign, StageApproval}, To: StageConsult, Back: true, by: byReviewer, NeedsReason: true},
	{Name: "撤销审定", From: []string{StageApproved}, To: StageApproval, Back: true, by: byReviewer, NeedsReason: true},
	{Name: "撤回移送", From: []string{StageHanded}, To: StageApproved, Back: true, by: byReviewer, NeedsReason: true},
	{Name: "更正结果", From: []string{StageAnswered}, To: StageHanded, Back: true, NeedsReason: true},
	{Name: "撤销反馈", From: []string{StageToldBack}, To: StageAnswered, Back: true, by: byReviewer, NeedsReason: true},
	{Name: "撤回", From: []string{StageDraft, StageReview}, To: StageWithdrawn, Back: true, by: byAuthor},
	{Name: "终止", From: []string{StageDraft, StageReview, StageConsult, StageSign, StageApproval, StageApproved, StageHanded}, To: StageWithdrawn, Back: true, by: byReviewer, NeedsReason: true},
	{Name: "恢复", From: []string{StageWithdrawn}, To: StageDraft, NeedsReason: true},
}

// TakenStep is a step a candidate took.
type TakenStep struct {
	No         int       `column:"step_no"`
	Version    int       `column:"version"`
	Step       string    `column:"step"`
	Before     string    `column:"before"`
	After      string    `column:"after"`
	Text       string    `column:"text"`
	AccountID  int       `column:"account_id"`
	Name       string    `column:"name"`
	Department string    `column:"department"`
	TakenAt    time.Time `column:"taken_at"`
}

// FormEdit is one change of one field of a candidate's form.
type FormEdit struct {
	Version   int       `column:"version"`
	Field     string    `column:"field"`
	Before    string    `column:"before"`
	After     string    `column:"after"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	ChangedAt time.Time `column:"changed_at"`
}

// Voice is what a department said in deliberation, or its countersignature.
type Voice struct {
	No         int       `column:"voice_no"`
	Round      int       `column:"round"`
	Kind       string    `column:"kind"`
	Department string    `column:"department"`
	Stance     string    `column:"stance"`
	Text       string    `column:"text"`
	OnBehalf   bool      `column:"on_behalf"`
	AccountID  int       `column:"account_id"`
	Name       string    `column:"name"`
	GivenAt    time.Time `column:"given_at"`
}

// RestrictedEntry is a text kept out of every report.
type RestrictedEntry struct {
	No        int       `column:"entry_no"`
	Field     string    `column:"field"`
	Text      string    `column:"text"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	WrittenAt time.Time `column:"written_at"`
}

// CandidateView is everything the page of a candidate shows.
type CandidateView struct {
	Candidate
	Fields     map[string]string // what people entered, by the form's names
	Steps      []TakenStep
	Edits      []FormEdit
	Voices     []Voice
	Restricted []string // fields with a restricted text; the text needs a reason
	writers    []int
}

// WrittenBy says whether the account wrote any of the candidate: proposed it,
// filled in its form or put it up for review. Such a person never approves it.
func (v *CandidateView) WrittenBy(account int) bool { return slices.Contains(v.writers, account) }

// Latest answers the last voice of each department of the present round,
// beside feedback.Departments; the zero Voice where a department has not spoken.
func (v *CandidateView) Latest(kind string) []Voice {
	out := make([]Voice, len(feedback.Departments))
	for _, x := range v.Voices {
		if i := slices.Index(feedback.Departments, feedback.Department(x.Department)); i >= 0 && x.Kind == kind && x.Round == v.Round {
			out[i] = x
		}
	}
	return out
}

// ReviewedBy is who last agreed with the candidate as it stands, and when; the
// zero step before that.
func (v *CandidateView) ReviewedBy() TakenStep {
	var out TakenStep
	for _, s := range v.Steps {
		switch {
		case s.Step == "复核同意" || s.Step == "复核同意，不需会商":
			out = s
		case s.After == StageDraft || s.After == StageReview:
			out = TakenStep{}
		}
	}
	return out
}

// Candidate reads one candidate.
func (s *Store) Candidate(ctx context.Context, id int) (CandidateView, error) {
	return s.candidateView(ctx, s.db, id)
}

func (s *Store) candidateView(ctx context.Context, q querier, id int) (CandidateView, error) {
	var v CandidateView
	c, ok, err := one[Candidate](ctx, q, "review/candidate_by_id", args{"candidate_id": id})
	if err != nil {
		return v, err
	}
	if !ok {
		return v, refuse(NotFound, "没有这项转化建议。", "There is no such proposal.")
	}
	v.Candidate = c
	if v.Fields, err = c.fields(); err != nil {
		return v, err
	}
	a := args{"candidate_id": id}
	if v.Steps, err = rows[TakenStep](ctx, q, "review/candidate_steps", a); err != nil {
		return v, err
	}
	if v.Voices, err = rows[Voice](ctx, q, "review/candidate_voices", a); err != nil {
		return v, err
	}
	if v.Edits, err = rows[FormEdit](ctx, q, "review/candidate_edits", args{"candidate_id": id, "version": 0}); err != nil {
		return v, err
	}
	kept, err := rows[RestrictedEntry](ctx, q, "review/candidate_restricted", a)
	if err != nil {
		return v, err
	}
	v.writers = []int{c.Author}
	for _, k := range kept {
		v.writers = append(v.writers, k.AccountID)
		if !slices.Contains(v.Restricted, k.Field) {
			v.Restricted = append(v.Restricted, k.Field)
		}
	}
	for _, e := range v.Edits {
		v.writers = append(v.writers, e.AccountID)
	}
	for _, t := range v.Steps {
		if t.Step == "送复核" {
			v.writers = append(v.writers, t.AccountID)
		}
	}
	return v, nil
}

func (c *Candidate) fields() (map[string]string, error) {
	m := map[string]string{}
	if c.FieldsJSON == "" {
		return m, nil
	}
	if err := json.Unmarshal([]byte(c.FieldsJSON), &m); err != nil {
		return nil, fmt.Errorf("fields of candidate %d: %w", c.ID, err)
	}
	return m, nil
}

// StepsFor lists the steps this person may take now.
func (v *CandidateView) StepsFor(by Account) []CandidateStep {
	var out []CandidateStep
	for _, st := range candidateSteps {
		if slices.Contains(st.From, v.Status) && (!st.short || NeedsNoConsultation(v.Direction)) && v.mayTake(st, by) == nil {
			out = append(out, st)
		}
	}
	return out
}

func (v *CandidateView) mayTake(st CandidateStep, by Account) error {
	if by.Role != Analyst && by.Role != Reviewer {
		return refuse(Forbidden, "只有研判和复核人员可以办理转化建议。", "Only analysts and reviewers handle candidates.")
	}
	switch st.by {
	case byAuthor:
		if by.ID != v.Author {
			return refusef(Forbidden, "只有提出人 %s 可以%s。", "Only %s, who proposed it, may take this step (%s).", v.AuthorName, st.Name)
		}
	case byReviewer:
		if by.Role != Reviewer {
			return refusef(Forbidden, "“%s”须由复核人员办理。", "Only a reviewer may take this step (%s).", st.Name)
		}
		if v.WrittenBy(by.ID) {
			return refuse(Forbidden, "提出、填写或送审这项转化建议的人不能复核、审定：请由另一位复核人员办理。", "Whoever proposed, filled in or submitted a candidate may not approve it.")
		}
	}
	return nil
}

// Thresholds reads what the administrator set, the defaults where nothing is.
func (s *Store) Thresholds(ctx context.Context) (Thresholds, error) { return s.thresholds(ctx, s.db) }

func (s *Store) thresholds(ctx context.Context, q querier) (Thresholds, error) {
	type row struct {
		Name  string `column:"name"`
		Value int    `column:"value"`
	}
	t := DefaultThresholds
	list, err := rows[row](ctx, q, "review/outcome_settings", nil)
	for _, r := range list {
		switch r.Name {
		case "departments":
			t.Departments = r.Value
		case "provinces":
			t.Provinces = r.Value
		case "trainings":
			t.Trainings = r.Value
		}
	}
	return t, err
}

// SetThresholds changes from where on an issue counts as common.
func (s *Store) SetThresholds(ctx context.Context, by int, t Thresholds) error {
	if t.Departments < 1 || t.Departments > len(feedback.Departments) || t.Provinces < 1 || t.Provinces > len(Provinces) || t.Trainings < 1 || t.Trainings > 99 {
		return refuse(Invalid, "共性标准须为：部门 1 至 5，省份 1 至 32，期次 1 至 99。", "Thresholds: departments 1 to 5, provinces 1 to 32, trainings 1 to 99.")
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		before, err := s.thresholds(ctx, tx)
		if err != nil {
			return done{}, err
		}
		for _, p := range []struct {
			name  string
			value int
		}{{"departments", t.Departments}, {"provinces", t.Provinces}, {"trainings", t.Trainings}} {
			if err := exec(ctx, tx, "review/outcome_setting_append", args{"name": p.name, "value": p.value, "account_id": by, "now": s.now()}); err != nil {
				return done{}, err
			}
		}
		return done{}, s.record(ctx, tx, by, "outcome.thresholds", "setting:common", map[string]any{"before": before, "after": t})
	})
}

// NewCandidate is what a candidate is made from.
type NewCandidate struct {
	Direction, Reason string
	Fields            map[string]string // what the direction asks for before it may be chosen, and anything known already
	DueOn             time.Time
}

const (
	fieldMost  = 8000 // characters of one field of a form
	fieldsMost = 120
)

// namesArticle finds a specific article: 第…条, or a norm's normal form.
var namesArticle = regexp.MustCompile(`第[零〇一二三四五六七八九十百千0-9０-９]{1,9}条`)

// admissible checks what a direction asks for before it may be chosen. It is
// checked again with every change of the form and before review.
func (s *Store) admissible(ctx context.Context, q querier, no int, direction string, fields map[string]string) error {
	switch {
	case direction == "司法解释":
		if !slices.Contains(AppliesChoices, fields[FieldApplies]) {
			return refuse(Invalid,
				"司法解释须先通过前置校验：请选择属于审判、检察工作中哪一类具体应用法律的问题；纯属监狱、看守所、社区矫正管理的问题请选规范性文件。",
				"A judicial interpretation needs its pre-check: say in whose work the law is applied. Matters of management go to a normative document.")
		}
		if !namesArticle.MatchString(fields[FieldArticles]) {
			return refuse(Invalid,
				"司法解释须先通过前置校验：请写明指向的具体法律条文，如《刑法》第八十一条第一款（立法法第一百一十九条）。",
				"A judicial interpretation needs its pre-check: name the specific articles, e.g. 《刑法》第八十一条.")
		}
	case direction == "指导性案例":
		if k := fields[FieldCaseKind]; k != "" && !slices.Contains(CaseKinds, k) {
			return refuse(Invalid, "案例类别须为法院或检察。", "The kind of guiding case is 法院 or 检察.")
		}
	case NeedsCommon(direction):
		is, err := s.issue(ctx, q, no)
		if err != nil {
			return err
		}
		l, _, err := s.listing(ctx, s.currentKey(is.GroupKey))
		if err != nil {
			return err
		}
		t, err := s.thresholds(ctx, q)
		if err != nil {
			return err
		}
		if ok, why := t.Meets(&l); !ok && fields[FieldBelowCommon] == "" {
			return refusef(Invalid, "%s限于共性问题：本问题%s。确有必要的，请写明理由。", "%s is for common issues (%s): give a written reason to go on.", direction, why)
		}
	}
	return nil
}

// Propose makes an issue a candidate for an output direction, as a draft.
func (s *Store) Propose(ctx context.Context, by Account, no int, p NewCandidate) (id int, err error) {
	if by.Role != Analyst && by.Role != Reviewer {
		return 0, refuse(Forbidden, "只有研判和复核人员可以提出转化建议。", "Only analysts and reviewers propose candidates.")
	}
	if !slices.Contains(feedback.Directions, p.Direction) {
		return 0, refuse(Invalid, "请选择成果转化方向。", "Choose an output direction.")
	}
	reason, err := text(p.Reason, reasonMost, "理由", "reason")
	if err != nil {
		return 0, err
	}
	if reason == "" {
		return 0, refuse(Invalid, "请写明提出理由：为什么适合这一方向。", "Give the reason for this direction.")
	}
	fields, restricted, err := cleanFields(p.Fields)
	if err != nil {
		return 0, err
	}
	err = s.onIssue(ctx, by.ID, no, 0, func(tx *sql.Tx, is *issueRow) ([]change, error) {
		if is.Status == "已撤回" {
			return nil, refusef(Conflict, "第%d号已撤回确认，不能提出转化建议。", "No. %d has been withdrawn.", no)
		}
		list, err := rows[Candidate](ctx, tx, "review/candidates", args{"issues": eachNo{no}})
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if c.Direction == p.Direction && c.Status != StageWithdrawn && c.Status != StageToldBack {
				return nil, refusef(Conflict, "%s 已提出过“%s”候选。", "%s has proposed %s already.", c.AuthorName, p.Direction)
			}
		}
		if err := s.admissible(ctx, tx, no, p.Direction, fields); err != nil {
			return nil, err
		}
		next, _, err := one[countRow](ctx, tx, "review/candidate_next", nil)
		if err != nil {
			return nil, err
		}
		id = next.N
		body, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		if err := exec(ctx, tx, "review/candidate_insert", args{
			"candidate_id": id, "issue_no": no, "direction": p.Direction, "reason": reason, "author": by.ID, "fields": string(body), "now": s.now(),
		}); err != nil {
			return nil, err
		}
		c := Candidate{ID: id, DueOn: p.DueOn}
		if err := s.writeWay(ctx, tx, c); err != nil {
			return nil, err
		}
		if err := s.keepRestricted(ctx, tx, by.ID, id, restricted); err != nil {
			return nil, err
		}
		if err := exec(ctx, tx, "review/candidate_step_append", args{
			"candidate_id": id, "version": 1, "step": "提出", "before": "", "after": StageDraft, "text": reason, "account_id": by.ID, "now": s.now(),
		}); err != nil {
			return nil, err
		}
		if err := s.record(ctx, tx, by.ID, "candidate.提出", fmt.Sprintf("candidate:%d", id), map[string]any{"issue": no, "direction": p.Direction}); err != nil {
			return nil, err
		}
		return []change{{"candidate", "", p.Direction + "：" + clip(reason, 60)}}, nil
	})
	return id, err
}

// cleanFields bounds and trims a form's texts and sets restricted ones apart.
func cleanFields(in map[string]string) (fields, restricted map[string]string, err error) {
	fields, restricted = map[string]string{}, map[string]string{}
	if len(in) > fieldsMost {
		return nil, nil, refuse(Invalid, "表单栏目过多。", "The form has too many fields.")
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		key, err := line(name, 80, "栏目名", "field name")
		if err != nil {
			return nil, nil, err
		}
		v, err := text(in[name], fieldMost, "“"+clip(key, 20)+"”", key)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case key == "":
		case RestrictedField(key):
			if v != "" {
				restricted[key] = v
			}
		default:
			fields[key] = v
		}
	}
	return fields, restricted, nil
}

func (s *Store) keepRestricted(ctx context.Context, tx *sql.Tx, by, id int, texts map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if err := exec(ctx, tx, "review/candidate_restricted_append", args{"candidate_id": id, "field": name, "text": texts[name], "account_id": by, "now": s.now()}); err != nil {
			return err
		}
		// The log tells that it was written, never what.
		if err := s.record(ctx, tx, by, "candidate.restricted", fmt.Sprintf("candidate:%d", id), map[string]any{"field": name}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) writeWay(ctx context.Context, tx *sql.Tx, c Candidate) error {
	return exec(ctx, tx, "review/candidate_way_write", args{
		"candidate_id": c.ID, "round": c.Round, "due_on": dateOrNull(c.DueOn), "recipient": c.Recipient, "result": c.Result,
		"result_reason": c.ResultReason, "result_doc": c.ResultDoc, "result_on": dateOrNull(c.ResultOn), "told": c.Told, "told_on": dateOrNull(c.ToldOn),
	})
}

func dateOrNull(t time.Time) any {
	if t.IsZero() || t.Year() < 1990 {
		return nil
	}
	return t
}

// onCandidate changes one candidate's row inside a transaction. edit may
// change v.Candidate and v.Fields; both are written with a version one higher.
func (s *Store) onCandidate(ctx context.Context, id, version int, edit func(tx *sql.Tx, v *CandidateView) error) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		v, err := s.candidateView(ctx, tx, id)
		if err != nil {
			return done{}, err
		}
		if version != v.Version {
			return done{}, refuse(Conflict, "这项转化建议在您查看之后已有变化，本次操作没有执行：请核对现在的内容后再办理。", "This candidate changed after you opened it; nothing was done. Look at it as it is now.")
		}
		is, err := s.issue(ctx, tx, v.IssueNo)
		if err != nil {
			return done{}, err
		}
		v.Version++
		if err := edit(tx, &v); err != nil {
			return done{}, err
		}
		if err := s.writeCandidate(ctx, tx, &v); err != nil {
			return done{}, err
		}
		return done{groups: []string{is.GroupKey}}, nil
	})
}

func (s *Store) writeCandidate(ctx context.Context, tx *sql.Tx, v *CandidateView) error {
	body, err := json.Marshal(v.Fields)
	if err != nil {
		return err
	}
	if err := exec(ctx, tx, "review/candidate_write", args{
		"candidate_id": v.ID, "status": v.Status, "reason": v.Reason, "fields": string(body), "version": v.Version, "now": s.now(),
	}); err != nil {
		return err
	}
	return s.writeWay(ctx, tx, v.Candidate)
}

// FormConflict says that others changed a candidate's form since it was
// opened. Theirs lists what they changed, oldest first; Base is the form as
// the person had opened it.
type FormConflict struct {
	Seen, Now int
	Base      map[string]string
	Theirs    []FormEdit
}

func (c *FormConflict) Error() string {
	return fmt.Sprintf("这份文书在您填写期间已被修改（第%d版 → 第%d版）", c.Seen, c.Now)
}

// FillIn saves a candidate's form. version is the one the form was opened at;
// if others have saved since, nothing is written and the answer is a
// *FormConflict. Fields that are not sent stay.
func (s *Store) FillIn(ctx context.Context, by Account, id, version int, sent map[string]string) (changed int, err error) {
	if by.Role != Analyst && by.Role != Reviewer {
		return 0, refuse(Forbidden, "只有研判和复核人员可以填写转化文书。", "Only analysts and reviewers fill in candidates.")
	}
	fields, restricted, err := cleanFields(sent)
	if err != nil {
		return 0, err
	}
	now, err := s.Candidate(ctx, id)
	if err != nil {
		return 0, err
	}
	if version != now.Version {
		return 0, now.conflict(version)
	}
	err = s.onCandidate(ctx, id, version, func(tx *sql.Tx, v *CandidateView) error {
		if v.Status != StageDraft {
			return refusef(Conflict, "这项转化建议%s，内容已固定：需要修改的，请先退回修改。", "The candidate is %s and its text is fixed: send it back to change it.", v.Status)
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			before, after := v.Fields[name], fields[name]
			if before == after {
				continue
			}
			if err := exec(ctx, tx, "review/candidate_edit_append", args{
				"candidate_id": id, "version": v.Version, "field": name, "before": before, "after": after, "account_id": by.ID, "now": s.now(),
			}); err != nil {
				return err
			}
			changed++
			if after == "" {
				delete(v.Fields, name)
			} else {
				v.Fields[name] = after
			}
		}
		if err := s.admissible(ctx, tx, v.IssueNo, v.Direction, v.Fields); err != nil {
			return err
		}
		if err := s.keepRestricted(ctx, tx, by.ID, id, restricted); err != nil {
			return err
		}
		return s.record(ctx, tx, by.ID, "candidate.填写", fmt.Sprintf("candidate:%d", id), map[string]any{"fields": changed, "version": v.Version})
	})
	return changed, err
}

// conflict tells what changed since version seen.
func (v *CandidateView) conflict(seen int) *FormConflict {
	c := &FormConflict{Seen: seen, Now: v.Version, Base: maps.Clone(v.Fields)}
	for _, e := range slices.Backward(v.Edits) {
		if e.Version > seen {
			c.Base[e.Field] = e.Before
			c.Theirs = append(c.Theirs, e)
		}
	}
	slices.Reverse(c.Theirs)
	return c
}

// StepInput is what a person says with a step.
type StepInput struct {
	Step      string
	Text      string    // reason, conclusion, what trainees are told
	Recipient string    // 移送: the drafting team
	DueOn     time.Time // 移送: by when an answer is expected; otherwise unchanged when zero
	Result    string    // 登记结果
	ResultDoc string
	ResultOn  time.Time
	// Evidence is the package frozen for the hand-over: nothing is handed over
	// without one.
	Evidence *EvidencePackage
}

// TakeStep moves a candidate one step. version is what the person saw.
func (s *Store) TakeStep(ctx context.Context, by Account, id, version int, in StepInput) (after string, err error) {
	said, err := text(in.Text, reasonMost, "说明", "text")
	if err != nil {
		return "", err
	}
	if in.Recipient, err = line(in.Recipient, 80, "接收单位", "recipient"); err != nil {
		return "", err
	}
	if in.ResultDoc, err = line(in.ResultDoc, 80, "文号", "document number"); err != nil {
		return "", err
	}
	err = s.onCandidate(ctx, id, version, func(tx *sql.Tx, v *CandidateView) error {
		i := slices.IndexFunc(candidateSteps, func(st CandidateStep) bool {
			return st.Name == in.Step && slices.Contains(st.From, v.Status) && (!st.short || NeedsNoConsultation(v.Direction))
		})
		if i < 0 {
			return refusef(Invalid, "转化建议%s，不能办理“%s”。", "The candidate is %s; it cannot take the step %s.", v.Status, in.Step)
		}
		st := candidateSteps[i]
		if err := v.mayTake(st, by); err != nil {
			return err
		}
		if st.NeedsReason && said == "" {
			return refusef(Invalid, "“%s”须写明理由。", "%s needs a written reason.", st.Name)
		}
		before := v.Status
		v.Status = st.To
		said, err := s.stepEffect(ctx, tx, v, st, in, said)
		if err != nil {
			return err
		}
		if !in.DueOn.IsZero() {
			v.DueOn = in.DueOn
		}
		after = v.Status
		if err := exec(ctx, tx, "review/candidate_step_append", args{
			"candidate_id": id, "version": v.Version, "step": st.Name, "before": before, "after": v.Status, "text": said, "account_id": by.ID, "now": s.now(),
		}); err != nil {
			return err
		}
		if st.Name == "移送" {
			if err := s.keepEvidence(ctx, tx, by.ID, v, in.Evidence); err != nil {
				return err
			}
		}
		if err := s.record(ctx, tx, by.ID, "candidate."+st.Name, fmt.Sprintf("candidate:%d", id), map[string]any{"issue": v.IssueNo, "before": before, "after": v.Status, "text": said}); err != nil {
			return err
		}
		// The issue's status is read from its candidates: this one as it stands now.
		if err := s.writeCandidate(ctx, tx, v); err != nil {
			return err
		}
		return s.followCandidates(ctx, tx, by.ID, v.IssueNo, v.Direction+"："+st.Name)
	})
	return after, err
}

// stepEffect checks and notes what belongs to one step alone; it returns the
// text the step is remembered by.
func (s *Store) stepEffect(ctx context.Context, tx *sql.Tx, v *CandidateView, st CandidateStep, in StepInput, said string) (string, error) {
	switch st.Name {
	case "送复核":
		return said, s.admissible(ctx, tx, v.IssueNo, v.Direction, v.Fields)
	case "恢复":
		list, err := rows[Candidate](ctx, tx, "review/candidates", args{"issues": eachNo{v.IssueNo}})
		if err != nil {
			return "", err
		}
		for _, c := range list {
			if c.ID != v.ID && c.Direction == v.Direction && c.Status != StageWithdrawn && c.Status != StageToldBack {
				return "", refusef(Conflict, "%s 已另提出“%s”候选，不能恢复这一项。", "%s has proposed %s anew.", c.AuthorName, v.Direction)
			}
		}
	case "复核同意", "重新会商":
		v.Round++
	case "会商结束":
		dissent := false
		for i, x := range v.Latest(VoiceConsult) {
			if x.No == 0 {
				return "", refusef(Invalid, "%s尚未提出会商意见，不能结束会商。", "%s has not taken a position yet.", feedback.Departments[i].Name())
			}
			dissent = dissent || x.Stance == "不同意" || x.Stance == "修改"
		}
		if dissent && said == "" {
			return "", refuse(Invalid, "有部门不同意或建议修改：请写明会商结论和对不同意见的处理。", "A department disagrees or asks for changes: write down the conclusion and how it was dealt with.")
		}
	case "会签完成":
		for i, x := range v.Latest(VoiceSign) {
			switch {
			case x.No == 0:
				return "", refusef(Invalid, "%s尚未会签。", "%s has not countersigned yet.", feedback.Departments[i].Name())
			case x.Stance != "会签":
				return "", refusef(Invalid, "%s不会签（%s）：请重新会商或退回修改。", "%s does not countersign (%s): deliberate again or send it back.", feedback.Departments[i].Name(), clip(x.Text, 60))
			}
		}
	case "移送":
		if in.Recipient == "" {
			return "", refuse(Invalid, "请写明移送给哪个起草组或承办单位。", "Say which drafting team it is handed to.")
		}
		v.Recipient = in.Recipient
		said = strings.TrimSuffix(in.Recipient+"。"+said, "。")
	case "登记结果":
		switch {
		case !slices.Contains(feedback.Outcomes, in.Result):
			return "", refuse(Invalid, "请选择办理结果：采纳、部分采纳、不予采纳、暂缓研究或退回补充。", "Choose a result.")
		case said == "" && (in.Result == "不予采纳" || in.Result == "退回补充"):
			return "", refusef(Invalid, "%s须附理由。", "Give the reason (%s).", in.Result)
		case in.ResultOn.IsZero():
			return "", refuse(Invalid, "请填写答复日期，如 2026-11-20。", "Give the date of the answer.")
		case in.ResultOn.After(s.now().Add(24 * time.Hour)):
			return "", refuse(Invalid, "答复日期不能晚于今天。", "The answer cannot be dated in the future.")
		}
		v.Result, v.ResultReason, v.ResultDoc, v.ResultOn = in.Result, said, in.ResultDoc, in.ResultOn
		if in.Result == "退回补充" {
			v.Status = StageDraft
		}
		parts := []string{in.Result}
		if in.ResultDoc != "" {
			parts = append(parts, in.ResultDoc)
		}
		parts = append(parts, in.ResultOn.Format(time.DateOnly))
		if said != "" {
			parts = append(parts, said)
		}
		said = strings.Join(parts, "，")
	case "更正结果", "撤回移送":
		v.Result, v.ResultReason, v.ResultDoc, v.ResultOn = "", "", "", time.Time{}
	case "反馈学员":
		if said == "" {
			return "", refuse(Invalid, "请写明向学员反馈的内容。", "Write what trainees are told.")
		}
		v.Told, v.ToldOn = said, s.now()
	case "撤销反馈":
		v.Told, v.ToldOn = "", time.Time{}
	}
	return said, nil
}

// followCandidates brings an issue's status in step with its candidates: the
// furthest of them, and 已反馈 only when none is still on its way.
func (s *Store) followCandidates(ctx context.Context, tx *sql.Tx, by, no int, cause string) error {
	is, err := s.issue(ctx, tx, no)
	for ; err == nil && is.MergedInto != 0; is, err = s.issue(ctx, tx, no) {
		no = is.MergedInto
	}
	if err != nil {
		return err
	}
	list, err := rows[Candidate](ctx, tx, "review/candidates", args{"issues": eachNo{no}})
	if err != nil {
		return err
	}
	status, outcome := issueStanding(list)
	if is.Status == "已撤回" || (status == is.Status && outcome == is.Outcome) {
		return nil
	}
	before, after := is.Status, status
	if outcome != "" {
		after += "：" + outcome
	}
	is.Status, is.Outcome = status, outcome
	if err := s.revise(ctx, tx, by, is, "status", before, after+"（"+cause+"）"); err != nil {
		return err
	}
	return s.record(ctx, tx, by, "issue.status", fmt.Sprintf("issue:%d", no), map[string]any{"before": before, "after": after})
}

// issueStanding is an issue's status and outcome by its candidates. Of several
// results the one that achieved most is the issue's.
func issueStanding(list []Candidate) (status, outcome string) {
	furthest, open, answered := 1, false, false
	for _, c := range list {
		to, ok := issueStatusOf[c.Status]
		if !ok {
			continue
		}
		if c.Status != StageToldBack {
			open = true
			furthest = max(furthest, slices.Index(feedback.Statuses, to))
			continue
		}
		answered = true
		// 采纳 stands first among the outcomes; 退回补充 never ends a candidate.
		if rank := slices.Index(feedback.Outcomes, c.Result); outcome == "" || rank < slices.Index(feedback.Outcomes, outcome) {
			outcome = c.Result
		}
	}
	switch {
	case answered && !open:
		return "已反馈", outcome
	case answered:
		// One answer is out, another is awaited: not behind what has been reached.
		return feedback.Statuses[max(furthest, slices.Index(feedback.Statuses, "已移送"))], ""
	}
	return feedback.Statuses[furthest], ""
}

// FollowsCandidates says whether an issue's status is that of its candidates,
// so that it is not set by hand.
func FollowsCandidates(list []Candidate) bool {
	return slices.ContainsFunc(list, func(c Candidate) bool { return c.Status != StageWithdrawn && c.Status != StageDraft })
}

// SetDue changes by when a candidate is due; zero takes the date away.
func (s *Store) SetDue(ctx context.Context, by Account, id, version int, due time.Time) error {
	if by.Role != Analyst && by.Role != Reviewer {
		return refuse(Forbidden, "只有研判和复核人员可以设定期限。", "Only analysts and reviewers set due dates.")
	}
	return s.onCandidate(ctx, id, version, func(tx *sql.Tx, v *CandidateView) error {
		before := v.DueOn
		v.DueOn = due
		return s.record(ctx, tx, by.ID, "candidate.期限", fmt.Sprintf("candidate:%d", id), map[string]any{"before": dateText(before), "after": dateText(due)})
	})
}

func dateText(t time.Time) string {
	if dateOrNull(t) == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

// Speak enters a department's position (会商) or countersignature (会签). A
// person speaks for their own department; a reviewer may enter what another
// department sent in writing, and says what it rests on.
func (s *Store) Speak(ctx context.Context, by Account, id int, kind, department, stance, words string) error {
	words, err := text(words, reasonMost, "意见", "text")
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(VoiceStances[kind], stance):
		return refuse(Invalid, "请选择意见。", "Choose a position.")
	case !slices.Contains(feedback.Departments, feedback.Department(department)):
		return refuse(Invalid, "会商和会签由五个部门参加，请选择部门。", "Choose one of the five departments.")
	case words == "" && (stance == "修改" || stance == "不同意" || stance == "不会签"):
		return refusef(Invalid, "“%s”须写明具体意见。", "%s needs a text.", stance)
	}
	onBehalf := by.Department != department
	if onBehalf && by.Role != Reviewer {
		return refuse(Forbidden, "只能代表本部门发表意见；其他部门的书面意见由复核人员代录。", "You speak for your own department; a reviewer enters what others sent in writing.")
	}
	if onBehalf && words == "" {
		return refuse(Invalid, "代录其他部门的意见须写明依据（来函、会议纪要等）。", "Say what the entry rests on (letter, minutes).")
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		v, err := s.candidateView(ctx, tx, id)
		if err != nil {
			return done{}, err
		}
		want := map[string]string{VoiceConsult: StageConsult, VoiceSign: StageSign}[kind]
		if v.Status != want {
			return done{}, refusef(Conflict, "这项转化建议现为“%s”，不在%s阶段。", "The candidate is %s, not in this stage (%s).", v.Status, kind)
		}
		if err := exec(ctx, tx, "review/candidate_voice_append", args{
			"candidate_id": id, "round": v.Round, "kind": kind, "department": department, "stance": stance, "text": words, "on_behalf": onBehalf,
			"account_id": by.ID, "now": s.now(),
		}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by.ID, "candidate."+kind, fmt.Sprintf("candidate:%d", id), map[string]any{"department": department, "stance": stance, "on_behalf": onBehalf})
	})
}

// HandOver says whether this person may hand the candidate over now, as TakeStep
// would: what it takes to freeze a package need not be done in vain.
func (v *CandidateView) HandOver(by Account, version int) bool {
	return v.Version == version && slices.ContainsFunc(v.StepsFor(by), func(st CandidateStep) bool { return st.Name == "移送" })
}

// Reveal answers a candidate's restricted texts, the last of each field. Why
// is kept in the log with the person's name.
func (s *Store) Reveal(ctx context.Context, by Account, id int, why string) ([]RestrictedEntry, error) {
	why, err := line(why, 200, "理由", "reason")
	if err != nil {
		return nil, err
	}
	if by.Role != Analyst && by.Role != Reviewer {
		return nil, refuse(Forbidden, "只有研判和复核人员可以查看受限信息。", "Only analysts and reviewers may see restricted texts.")
	}
	if why == "" {
		return nil, refuse(Invalid, "查看受限信息须写明理由，查看将留痕。", "Give a reason; looking is logged.")
	}
	var out []RestrictedEntry
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		all, err := rows[RestrictedEntry](ctx, tx, "review/candidate_restricted", args{"candidate_id": id})
		if err != nil {
			return done{}, err
		}
		last := map[string]RestrictedEntry{}
		for _, e := range all {
			last[e.Field] = e
		}
		for _, name := range slices.Sorted(maps.Keys(last)) {
			out = append(out, last[name])
		}
		if len(out) == 0 {
			return done{}, refuse(NotFound, "没有登记受限信息。", "Nothing restricted is noted here.")
		}
		return done{}, s.record(ctx, tx, by.ID, "candidate.reveal", fmt.Sprintf("candidate:%d", id), map[string]any{"why": why})
	})
	return out, err
}

// Override is a person's score for a part of an issue's scorecard.
type Override struct {
	IssueNo   int       `column:"issue_no"`
	Part      string    `column:"part"`
	Stands    bool      `column:"stands"` // false: given back to the formula
	Score     float64   `column:"score"`
	Reason    string    `column:"reason"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	MadeAt    time.Time `column:"made_at"`
}

// ScoreParts lists the parts of the scorecard.
var ScoreParts = []string{"重大", "疑难", "复杂", "共性"}

// Overrides lists all overrides of some issues, oldest first.
func (s *Store) Overrides(ctx context.Context, issues ...int) ([]Override, error) {
	return rows[Override](ctx, s.db, "review/score_overrides", args{"issues": eachNo(issues)})
}

// SetScore overrides a part of an issue's scorecard with a written reason;
// score nil gives the part back to the formula.
func (s *Store) SetScore(ctx context.Context, by Account, no int, part string, score *float64, reason string) error {
	reason, err := text(reason, reasonMost, "理由", "reason")
	if err != nil {
		return err
	}
	switch {
	case by.Role != Analyst && by.Role != Reviewer:
		return refuse(Forbidden, "只有研判和复核人员可以调整评分。", "Only analysts and reviewers change scores.")
	case !slices.Contains(ScoreParts, part):
		return refuse(Invalid, "请选择评分项：重大、疑难、复杂或共性。", "Choose a part of the scorecard.")
	case score != nil && !(*score >= 0 && *score <= 1):
		return refuse(Invalid, "得分须在 0 至 1 之间。", "A score lies between 0 and 1.")
	case reason == "":
		return refuse(Invalid, "人工调整评分须写明理由。", "Give a written reason for the change.")
	}
	return s.onIssue(ctx, by.ID, no, 0, func(tx *sql.Tx, _ *issueRow) ([]change, error) {
		var value any
		after := part + "：按公式计算（" + clip(reason, 60) + "）"
		if score != nil {
			value = *score
			after = fmt.Sprintf("%s：%.2f（%s）", part, *score, clip(reason, 60))
		}
		if err := exec(ctx, tx, "review/score_override_append", args{"issue_no": no, "part": part, "score": value, "reason": reason, "account_id": by.ID, "now": s.now()}); err != nil {
			return nil, err
		}
		return []change{{"score", "", after}}, nil
	})
}

// BoardCandidate is a candidate as the board shows it.
type BoardCandidate struct {
	Candidate
	Title string    `column:"title"`
	Since time.Time `column:"since"` // the last step
}

// CandidateBoard lists candidates, those due first first. Empty direction or
// status means all.
func (s *Store) CandidateBoard(ctx context.Context, direction, status string) ([]BoardCandidate, error) {
	return rows[BoardCandidate](ctx, s.db, "review/candidate_board", args{"direction": direction, "status": status})
}

// DepartmentTotals is how much each department said in all, endorsements
// among it.
func (s *Store) DepartmentTotals(ctx context.Context) ([]Count, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return rows[Count](ctx, s.db, "corpus/outcome/said_by_department", nil)
}

// TrainingOutcome is what became of what was said at one training, in figures.
type TrainingOutcome struct {
	ID           string    `column:"training_id"`
	Title        string    `column:"title"`
	Host         string    `column:"host"`
	StartsOn     time.Time `column:"starts_on"`
	EndsOn       time.Time `column:"ends_on"`
	Items        int       `column:"items"` // endorsements among them
	Contributors int       `column:"contributors"`
	InIssues     int       `column:"in_issues"`
	Issues       int       `column:"issues"`
	Suggested    int       `column:"suggested"` // items in groups nobody has confirmed yet
	Handed       int       `column:"handed"`    // issues handed over or answered
	Answered     int       `column:"answered"`  // issues answered
}

// TrainingOutcomes lists every training, latest first.
func (s *Store) TrainingOutcomes(ctx context.Context) ([]TrainingOutcome, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return rows[TrainingOutcome](ctx, s.db, "corpus/outcome/trainings", nil)
}

// SaidItem is one item of a training with where it stands now.
type SaidItem struct {
	ID          string    `column:"item_id"`
	TrainingID  string    `column:"training_id"`
	Department  string    `column:"department"`
	Province    string    `column:"province"`
	Kind        string    `column:"kind"`
	Segment     string    `column:"segment"`
	GivenOn     time.Time `column:"given_on"`
	Stem        string    `column:"stem"`
	Text        string    `column:"text"`
	Background  string    `column:"background"`
	Endorses    string    `column:"endorses"`
	Contributor string    `column:"contributor_key"`
	GroupKey    string    `column:"group_key"`
	State       string    `column:"state"`
	IssueNo     int       `column:"issue_no"`
	Title       string    `column:"title"` // of the group
	Status      string    `column:"status"`
	Outcome     string    `column:"outcome"`
	Sources     []Sighting
}

// Told is what was proposed for and answered to one issue.
type Told struct {
	IssueNo      int       `column:"issue_no"`
	CandidateID  int       `column:"candidate_id"`
	Direction    string    `column:"direction"`
	Status       string    `column:"status"`
	Result       string    `column:"result"`
	ResultReason string    `column:"result_reason"`
	ResultDoc    string    `column:"result_doc"`
	ResultOn     time.Time `column:"result_on"`
	Told         string    `column:"told"`
	ToldOn       time.Time `column:"told_on"`
}

// SaidAt lists a training's items by contributor, what was answered to their
// issues, and which rows of its files were not taken in.
func (s *Store) SaidAt(ctx context.Context, training string) (items []SaidItem, told map[int][]Told, rejected []Rejected, err error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	if items, err = rows[SaidItem](ctx, s.db, "corpus/outcome/training_items", args{"training": training}); err != nil {
		return nil, nil, nil, err
	}
	at := make(map[string]int, len(items))
	ids := make([]string, len(items))
	for i := range items {
		at[items[i].ID], ids[i] = i, items[i].ID
	}
	places, err := rowsOfEach[Sighting](ctx, s.db, "corpus/sightings", ids)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, p := range places {
		items[at[p.ItemID]].Sources = append(items[at[p.ItemID]].Sources, p)
	}
	all, err := rows[Told](ctx, s.db, "review/candidate_told", nil)
	if err != nil {
		return nil, nil, nil, err
	}
	told = map[int][]Told{}
	for _, t := range all {
		told[t.IssueNo] = append(told[t.IssueNo], t)
	}
	rejected, err = rows[Rejected](ctx, s.db, "corpus/outcome/rejected", args{"training": training})
	return items, told, rejected, err
}

// Relapse is an answered issue with what was said of it since (反馈后再现).
type Relapse struct {
	IssueNo     int       `column:"issue_no"`
	GroupKey    string    `column:"group_key"`
	Title       string    `column:"title"`
	Outcome     string    `column:"outcome"`
	AnsweredAt  time.Time `column:"answered_at"`
	Items       int
	Departments int
	Trainings   []string
	LastOn      time.Time
}

// Relapses lists every answered issue with how often it came up after its
// answer. Items without a date are not counted.
func (s *Store) Relapses(ctx context.Context) ([]Relapse, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	list, err := rows[Relapse](ctx, s.db, "review/candidate_answered", nil)
	if err != nil {
		return nil, err
	}
	type after struct {
		Items       int       `column:"items"`
		Departments int       `column:"departments"`
		Trainings   []string  `column:"trainings"`
		LastOn      time.Time `column:"last_on"`
	}
	for i := range list {
		r := &list[i]
		a, _, err := one[after](ctx, s.db, "corpus/outcome/after_answer", args{"key": s.currentKey(r.GroupKey), "day": r.AnsweredAt})
		if err != nil {
			return nil, err
		}
		r.Items, r.Departments, r.Trainings, r.LastOn = a.Items, a.Departments, a.Trainings, a.LastOn
	}
	return list, nil
}
