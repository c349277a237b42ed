package workbench

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// CandidateFormPage is a candidate's form under a person's hands.
type CandidateFormPage struct {
	queries.CandidateView
	Group   queries.GroupView
	Lines   []FormLine
	Norms   []VerifiedNorm
	Version int // to save against
	Problem string
	Theirs  []queries.FormEdit // what others saved meanwhile
}

// What a form's field may be chosen from; people may write something else.
var fieldOptions = map[string][]string{
	"立项来源":                {"审判委员会或检察委员会决定", "院（检察）长批示", "业务部门建议", "高级人民法院或省级人民检察院请示、建议", "人大代表、政协委员议案、提案、建议", "有关国家机关、社会组织、公民建议"},
	"拟用形式":                {"解释", "规定", "规则", "批复", "决定"},
	"单独或联合":               {"最高人民法院", "最高人民检察院", "最高人民法院、最高人民检察院联合"},
	"文种":                  {"意见", "规定", "办法", "通知", "会议纪要", "指引"},
	"调研方式":                {"实地调研", "书面调研", "座谈", "问卷", "个案剖析", "数据比对"},
	"答复平台":                {"检答网", "法答网", "检答网、法答网"},
	"建议环节":                queries.Forms,
	queries.FieldApplies:  queries.AppliesChoices,
	queries.FieldCaseKind: queries.CaseKinds,
}

// Conditions that are ticked one by one.
var fieldChecks = map[string][]string{
	"联合主体":       {"最高人民法院", "最高人民检察院", "公安部", "司法部", "国家安全部", "国家卫生健康委员会"},
	"符合条件勾选（法院）": courtConditions,
	"符合条件勾选（检察）": procuracyConditions,
}

var (
	courtConditions     = []string{"裁判已经生效", "事实清楚、适用法律正确", "裁判说理充分", "法律效果和社会效果良好", "具有普遍指导意义"}
	procuracyConditions = []string{"处理结果已经生效", "办案程序合法", "对类案有指导意义", "体现检察职能", "政治效果、法律效果和社会效果良好"}
)

// Sections that reports write from the data; a person may add to them.
var writtenFromData = []string{"实践做法与分歧", "主要问题及各部门意见", "背景与基本情况", "主要问题", "咨询问题", "反映情况", "选题缘由", "各部门关注点"}

// attachedAnyway are annexes that every report has.
var attachedAnyway = []string{"反馈条目清单", "相关规定汇编", "数据"}

// formLines lays out a candidate's form: what the direction asks first, what
// every direction has, then its own fields and sections in the table's order.
func formLines(c *queries.CandidateView, g *queries.GroupView) ([]FormLine, error) {
	var out []FormLine
	add := func(f report.FormField, key string) {
		l := FormLine{FormField: f, Key: key, Value: c.Fields[key], Options: fieldOptions[f.Name], Long: f.Section, Secret: queries.RestrictedField(f.Name)}
		l.Kept = l.Secret && slices.Contains(c.Restricted, key)
		checks := fieldChecks[f.Name]
		if f.Name == "符合条件勾选" {
			checks = courtConditions
			if c.Fields[queries.FieldCaseKind] == "检察" {
				checks = procuracyConditions
			}
		}
		for _, t := range checks {
			l.Checks = append(l.Checks, Check{t, slices.Contains(strings.Split(l.Value, "；"), t)})
		}
		l.Draft = draft(c, g, &f)
		out = append(out, l)
	}
	asked := func(name, hint string, long bool) {
		add(report.FormField{Name: name, Heading: name, Required: true, Hint: hint}, name)
		out[len(out)-1].Asked, out[len(out)-1].Long = true, long
	}
	switch {
	case c.Direction == string(report.JudicialInterpretation):
		asked(queries.FieldApplies, "立法法第一百一十九条：司法解释限于审判、检察工作中具体应用法律的问题", false)
		asked(queries.FieldArticles, "写明具体条、款、项，如《刑法》第八十一条第一款", true)
	case c.Direction == string(report.GuidingCase):
		asked(queries.FieldCaseKind, "法院与检察机关的体例和报送路径不同", false)
	case queries.NeedsCommon(c.Direction) && c.Fields[queries.FieldBelowCommon] != "":
		asked(queries.FieldBelowCommon, "", true)
	}
	common, err := report.CommonFields(nil)
	if err != nil {
		return nil, err
	}
	for _, f := range common {
		if slices.Contains([]string{"现行规定检索结论", "分歧意见", "重大/疑难/复杂", "建议主办部门、会商部门"}, f.Name) {
			if queries.NeedsNoConsultation(c.Direction) && (f.Name == "重大/疑难/复杂" || (f.Name == "现行规定检索结论" && c.Direction == string(report.TrainingTheme))) {
				f.Required = false
			}
			if f.Name == "重大/疑难/复杂" {
				f.Hint = "写明属于哪几项和理由，如：疑难、复杂。理由：……"
			}
			add(f, f.Name)
			out[len(out)-1].Long = f.Name != "建议主办部门、会商部门"
		}
	}
	fields, err := report.FieldsOf(formOf(c), nil)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		switch {
		case f.Name == "前置校验":
		case f.Section && strings.HasPrefix(f.Name, "附"):
			// Each annex is a text of its own, under its own name.
			for name := range strings.FieldsFuncSeq(strings.TrimLeft(f.Heading, ":：件"), func(r rune) bool { return r == '、' }) {
				if !slices.Contains(attachedAnyway, name) {
					add(report.FormField{Name: "附件：" + name, Heading: "附件：" + name, Section: true, Hint: "正文之后另页；可不填"}, name)
				}
			}
		case f.Section && slices.Contains(writtenFromData, f.Heading):
			f.Required, f.Hint = false, "由数据生成，可在此补充"
			add(f, f.Name)
		default:
			add(f, f.Name)
		}
	}
	return out, nil
}

// draft is what the data can say for a field nobody has filled in.
func draft(c *queries.CandidateView, g *queries.GroupView, f *report.FormField) string {
	title := strings.TrimRight(g.Title, "？?。.！! ")
	var names, most []string
	lead, best := "", 0
	for i, d := range feedback.Departments {
		if i < len(g.ByDepartment) && g.ByDepartment[i] > 0 {
			names = append(names, d.Name())
			if g.ByDepartment[i] > best {
				lead, best = d.Name(), g.ByDepartment[i]
			}
		}
	}
	for _, p := range g.Provinces[:min(5, len(g.Provinces))] {
		most = append(most, p.Value)
	}
	var labels []string
	for _, n := range queries.CitedNorms(g.Members) {
		labels = append(labels, n.Label)
	}
	others := func() string {
		var out []string
		for _, d := range feedback.Departments {
			if d.Name() != lead {
				out = append(out, d.Name())
			}
		}
		return strings.Join(out, "、")
	}
	switch name := f.Name; {
	case name == queries.FieldArticles:
		return strings.Join(labels, "、")
	case name == "建议主办部门、会商部门" && lead != "":
		return "主办：" + lead + "；会商：" + others()
	case (name == "牵头与参加部门" || name == "牵头与参加") && lead != "":
		return "牵头：" + lead + "；参加：" + others()
	case name == "题目":
		return "关于“" + title + "”问题的联合调研"
	case name == "活动名称":
		return "“" + title + "”问题联合专项活动"
	case name == "地点" && len(most) > 0, name == "范围对象" && len(most) > 0:
		return strings.Join(most, "、") + "等地（反映较集中）"
	case name == "样本" && len(names) > 0:
		return fmt.Sprintf("同堂培训反馈%d条（%s）", g.Items+g.Endorsements, strings.Join(names, "、"))
	case name == "标题":
		return title
	case name == "关键词":
		return strings.Join(g.Keywords[:min(7, len(g.Keywords))], "　")
	case name == "相关法条", name == "相关规定":
		return strings.Join(labels, "、")
	case name == "二、拟解释的法律条文和主要事项" && len(labels) > 0:
		return strings.Join(labels, "：\n") + "："
	case name == "咨询类别", name == "主题":
		return g.TopicName
	case name == "答复平台":
		return "检答网、法答网"
	}
	return ""
}

func candidateForm(rq *request) error {
	c, err := rq.w.store.Candidate(rq.ctx(), rq.candidateID())
	if err != nil {
		return err
	}
	if c.Status != queries.StageDraft {
		return &queries.Refusal{Kind: queries.Conflict, Zh: "这项转化建议" + c.Status + "，内容已固定：需要修改的，请先退回修改。", En: "The text is fixed; send it back to change it."}
	}
	return rq.showForm(http.StatusOK, CandidateFormPage{CandidateView: c, Version: c.Version}, nil)
}

// showForm renders the form. sent, when not nil, is what the person had
// written: it stays, whatever others saved meanwhile.
func (rq *request) showForm(status int, p CandidateFormPage, sent map[string]string) error {
	key, _, err := rq.w.store.IssueKey(rq.ctx(), p.IssueNo)
	if err != nil {
		return err
	}
	if p.Group, err = rq.w.store.Group(rq.ctx(), key); err != nil {
		return err
	}
	rq.hideOthers(p.Group.Members)
	if p.Group.Members, err = rq.notBlind(p.Group.Members); err != nil {
		return err
	}
	if p.Lines, err = formLines(&p.CandidateView, &p.Group); err != nil {
		return err
	}
	theirs := map[string]queries.FormEdit{}
	for _, e := range p.Theirs {
		theirs[e.Field] = e
	}
	for i := range p.Lines {
		l := &p.Lines[i]
		mine, written := sent[l.Key]
		if e, ok := theirs[l.Key]; ok {
			l.Theirs, l.TheirBy, l.Conflict = e.After, e.Name, true
		}
		if written {
			l.Value, l.Draft = mine, ""
			for j := range l.Checks {
				l.Checks[j].On = slices.Contains(strings.Split(mine, "；"), l.Checks[j].Text)
			}
		}
	}
	for _, n := range queries.CitedNorms(p.Group.Members) {
		v := VerifiedNorm{n, p.Fields[verifiedKey(n.Norm)]}
		if mine, written := sent[verifiedKey(n.Norm)]; written {
			v.By = mine
		}
		p.Norms = append(p.Norms, v)
	}
	return rq.show(status, "candidate_form", rq.t("填写文书")+" "+rq.t("第%d号", p.IssueNo)+" "+rq.t(p.Direction), p)
}

func fillIn(rq *request) error {
	id, version := rq.candidateID(), rq.number(rq.form("version"))
	c, err := rq.w.store.Candidate(rq.ctx(), id)
	if err != nil {
		return err
	}
	sent := rq.sentFields(&c)
	changed, err := rq.w.store.FillIn(rq.ctx(), rq.Me, id, version, sent)
	var conflict *queries.FormConflict
	var refusal *queries.Refusal
	switch {
	case errors.As(err, &conflict):
		if c, err = rq.w.store.Candidate(rq.ctx(), id); err != nil {
			return err
		}
		// Only what this person wrote is kept; what they left alone is as the others left it.
		for k, v := range sent {
			if v == conflict.Base[k] {
				delete(sent, k)
			}
		}
		return rq.showForm(http.StatusConflict, CandidateFormPage{
			CandidateView: c, Version: c.Version, Theirs: conflict.Theirs,
			Problem: rq.t("您填写期间他人已保存过这份文书。您写的内容都还在下面，他人改动之处已标出；核对后再保存。"),
		}, sent)
	case errors.As(err, &refusal) && refusal.Kind == queries.Invalid:
		return rq.showForm(http.StatusUnprocessableEntity, CandidateFormPage{CandidateView: c, Version: version, Problem: rq.say(err)}, sent)
	case err != nil:
		return err
	}
	rq.flash(rq.t("已保存，改动 %d 项。", changed), 0)
	if rq.form("then") == "stay" {
		return rq.redirect(fmt.Sprintf("/candidates/%d/form", id))
	}
	return rq.toCandidate()
}

// sentFields reads the form: f:NAME is a field, several values of one name
// are ticked conditions; v:NORM is a citation that was checked, of those named
// in norm.
func (rq *request) sentFields(c *queries.CandidateView) map[string]string {
	out := map[string]string{}
	for name, values := range rq.c.Request.PostForm {
		key, ok := strings.CutPrefix(name, "f:")
		if !ok {
			continue
		}
		var kept []string
		for _, v := range values {
			if v = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n")); v != "" {
				kept = append(kept, v)
			}
		}
		out[key] = strings.Join(kept, "；")
	}
	for _, norm := range rq.c.Request.PostForm["norm"] {
		key := verifiedKey(norm)
		switch {
		case rq.form("v:"+norm) == "":
			out[key] = ""
		case c.Fields[key] != "":
			out[key] = c.Fields[key]
		default:
			out[key] = rq.Me.Name
		}
	}
	return out
}
