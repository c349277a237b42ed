package workbench

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// AgendaPage shows what the data says the next training should settle, and
// the consultations there were.
type AgendaPage struct {
	Hosting       queries.Hosting
	Points        []queries.AgendaPoint
	Needs         queries.Needs
	Consultations []queries.Consultation
	Open          *queries.Consultation // on the next training, if there is one
	MayOpen       bool
	MayExport     bool
}

func agendaPage(rq *request) error {
	n, h, points, err := rq.w.store.DraftAgenda(rq.ctx())
	if err != nil {
		return err
	}
	p := AgendaPage{Hosting: h, Points: points, Needs: n, MayOpen: rq.may(organise), MayExport: rq.may(settle)}
	if p.Consultations, err = rq.w.store.Consultations(rq.ctx()); err != nil {
		return err
	}
	for i, c := range p.Consultations {
		if c.Training == h.NextID && c.Status == queries.ConsultationOpen {
			p.Open = &p.Consultations[i]
		}
	}
	return rq.show(http.StatusOK, "training_agenda", "会商议程", p)
}

func openConsultation(rq *request) error {
	no, err := rq.w.store.OpenConsultation(rq.ctx(), rq.Me.ID, rq.form("training"))
	if err != nil {
		return err
	}
	rq.flash(rq.t("议程已按现有数据起草，可调整后请各部门发表意见。"), 0)
	return rq.redirect("/trainings/agenda/" + strconv.Itoa(no))
}

// ConsultationPage is one consultation: its points, what each department says,
// what was agreed.
type ConsultationPage struct {
	queries.Consultation
	Departments []feedback.Department
	Stances     []string
	Mine        feedback.Department // the department the reader speaks for
	MayEdit     bool
	MaySay      bool
	MaySayAll   bool
	Problem     string
	Asked       url.Values // a form that failed
	History     []queries.RegistryChange
}

// IsSettled says whether views are closed.
func (p *ConsultationPage) IsSettled() bool { return p.Status == queries.ConsultationSettled }

// Said is a department's view on a point, as typed when the form failed.
func (p *ConsultationPage) Said(point int) queries.View {
	v := p.View(point, string(p.Mine))
	if p.Asked != nil {
		v.Stance, v.Text = p.Asked.Get(fmt.Sprintf("stance_%d", point)), p.Asked.Get(fmt.Sprintf("text_%d", point))
	}
	return v
}

// ViewOf is what a department said to a point.
func (p *ConsultationPage) ViewOf(point int, d feedback.Department) queries.View {
	return p.View(point, string(d))
}

func consultationPage(rq *request) error { return rq.consultation(http.StatusOK, "", nil) }

func (rq *request) consultation(status int, problem string, asked url.Values) error {
	no := rq.number(rq.c.Param("no"))
	c, err := rq.w.store.Consultation(rq.ctx(), no)
	if err != nil {
		return err
	}
	p := ConsultationPage{
		Consultation: c, Departments: feedback.Departments, Stances: queries.AgendaStances, Mine: feedback.Department(rq.Me.Department),
		MayEdit: rq.may(organise), MaySay: rq.may(settle), MaySayAll: rq.may(organise), Problem: problem, Asked: asked,
	}
	if p.MaySayAll {
		if as := feedback.Department(rq.query("as")); slices.Contains(feedback.Departments, as) {
			p.Mine = as
		}
		if as := feedback.Department(rq.form("department")); asked != nil && slices.Contains(feedback.Departments, as) {
			p.Mine = as
		}
	}
	if !slices.Contains(feedback.Departments, p.Mine) {
		p.MaySay = false
	}
	if p.History, err = rq.w.store.Changes(rq.ctx(), "consultation", strconv.Itoa(no), 20); err != nil {
		return err
	}
	return rq.show(status, "training_consult", "会商", p)
}

func saveConsultation(rq *request) error {
	no := rq.number(rq.c.Param("no"))
	c, err := rq.w.store.Consultation(rq.ctx(), no)
	if err != nil {
		return err
	}
	c.Title, c.Place, c.Chair, c.Status, c.Settled = rq.form("title"), rq.form("place"), rq.form("chair"), rq.form("status"), rq.form("settled")
	c.HeldOn, err = readDay(rq.form("held_on"))
	for i := range c.Points {
		pt := &c.Points[i]
		if title := rq.form(fmt.Sprintf("title_%d", pt.No)); title != "" {
			pt.Title = title
		}
		pt.Kept, pt.Outcome = rq.form(fmt.Sprintf("kept_%d", pt.No)) == "1", rq.form(fmt.Sprintf("outcome_%d", pt.No))
	}
	if title := rq.form("new_title"); title != "" {
		c.Points = append(c.Points, queries.AgendaPoint{Title: title, Basis: rq.form("new_basis"), Kept: true})
	}
	if err == nil {
		err = rq.w.store.SaveConsultation(rq.ctx(), rq.Me.ID, c, rq.number(rq.form("seen")))
	}
	if isRefusal(err) {
		return rq.consultation(http.StatusUnprocessableEntity, rq.say(err), nil)
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("会商已保存。"), 0)
	return rq.redirect("/trainings/agenda/" + strconv.Itoa(no))
}

func sayViews(rq *request) error {
	no := rq.number(rq.c.Param("no"))
	c, err := rq.w.store.Consultation(rq.ctx(), no)
	if err != nil {
		return err
	}
	department := feedback.Department(rq.Me.Department)
	// Only the organiser writes down what another department said.
	if as := feedback.Department(rq.form("department")); as != "" && as != department {
		if !rq.may(organise) {
			return &queries.Refusal{Kind: queries.Forbidden, Zh: "只能代表本部门发表意见。", En: "You may speak for your own department only."}
		}
		department = as
	}
	views := []queries.View{{Point: 0, Stance: rq.form("stance_0"), Text: rq.form("text_0")}}
	for _, pt := range c.Kept() {
		views = append(views, queries.View{Point: pt.No, Stance: rq.form(fmt.Sprintf("stance_%d", pt.No)), Text: rq.form(fmt.Sprintf("text_%d", pt.No))})
	}
	err = rq.w.store.SayViews(rq.ctx(), rq.Me.ID, no, department, views)
	if isRefusal(err) {
		return rq.consultation(http.StatusUnprocessableEntity, rq.say(err), rq.c.Request.PostForm)
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("%s的意见已记入。", department.Name()), 0)
	return rq.redirect("/trainings/agenda/" + strconv.Itoa(no) + "#views")
}

// minutes gives the minutes of a consultation out (会商纪要).
func minutes(rq *request) error {
	c, err := rq.w.store.Consultation(rq.ctx(), rq.number(rq.c.Param("no")))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := WriteMinutes(&b, &c, rq.w.opts.Version, time.Now().In(rq.w.opts.Location)); err != nil {
		return err
	}
	return rq.download(&b, c.Title+"纪要", "docx", "consultation:"+strconv.Itoa(c.No))
}

// WriteMinutes writes the minutes of a consultation as docx: head, points with
// their basis, each department's view, what was agreed. What is still open is
// a visible blank.
func WriteMinutes(w *bytes.Buffer, c *queries.Consultation, version string, at time.Time) error {
	p := report.Paper{
		Title: c.Title + "纪要", Meta: report.Meta{GeneratedAt: at, Version: version, RunID: c.Run, CutOff: day(c.DataUntil)},
		Made: fmt.Sprintf("本纪要由同堂培训问题研判工作台整理。议程依据截至%s的反馈起草（归并 %s）；系统辅助归并，须经人工研判复核。%s制作。", orText(zhDay(c.DataUntil), "〔未知〕"), orText(c.Run, "〔无〕"), at.Format("2006年1月2日")),
	}
	if c.Status != queries.ConsultationSettled {
		p.Banner = "尚在征求意见，未经议定。"
	}
	add := func(b ...report.PaperBlock) { p.Blocks = append(p.Blocks, b...) }
	add(
		report.PaperBlock{Label: "培训期次：", Text: c.Training},
		report.PaperBlock{Label: "会商时间：", Text: zhDay(c.HeldOn), Blank: "会商日期"},
		report.PaperBlock{Label: "会商地点：", Text: c.Place, Blank: "地点或形式"},
		report.PaperBlock{Label: "召集部门：", Text: feedback.Department(c.Chair).Name()},
		report.PaperBlock{Label: "发表意见的部门：", Text: strings.Join(heardFrom(c), "、"), Blank: "尚无部门发表意见"},
	)
	add(report.PaperBlock{Heading: "会商议题", Level: 1})
	kept := c.Kept()
	if len(kept) == 0 {
		add(report.PaperBlock{Blank: "没有列入议题"})
	}
	var kind queries.AgendaKind
	for _, pt := range kept {
		if pt.Kind != kind {
			kind = pt.Kind
			add(report.PaperBlock{Heading: string(kind), Level: 2})
		}
		add(report.PaperBlock{Label: fmt.Sprintf("议题%d　%s。", pt.No, strings.TrimRight(pt.Title, "。")), Text: pt.Basis})
	}
	add(report.PaperBlock{Heading: "各部门意见", Level: 1})
	for _, d := range feedback.Departments {
		add(report.PaperBlock{Heading: d.Name(), Level: 2})
		said := false
		if v := c.View(0, string(d)); v.Department != "" {
			said = true
			add(report.PaperBlock{Label: "总体：", Text: strings.TrimLeft(v.Stance+"。"+v.Text, "。")})
		}
		var agreed []string
		for _, pt := range kept {
			v := c.View(pt.No, string(d))
			switch {
			case v.Department == "":
				continue
			case v.Text == "":
				agreed = append(agreed, fmt.Sprintf("议题%d（%s）", pt.No, v.Stance))
			default:
				add(report.PaperBlock{Label: fmt.Sprintf("议题%d：", pt.No), Text: strings.TrimLeft(v.Stance+"。"+v.Text, "。")})
			}
			said = true
		}
		if len(agreed) > 0 {
			add(report.PaperBlock{Text: strings.Join(agreed, "、") + "。"})
		}
		if !said {
			add(report.PaperBlock{Text: "未发表意见。"})
		}
	}
	add(report.PaperBlock{Heading: "议定事项", Level: 1})
	settled := false
	for _, pt := range kept {
		if pt.Outcome != "" {
			settled = true
			add(report.PaperBlock{Label: fmt.Sprintf("议题%d：", pt.No), Text: pt.Outcome})
		}
	}
	if c.Settled != "" {
		settled = true
		add(report.PaperBlock{Text: c.Settled})
	}
	if !settled {
		add(report.PaperBlock{Blank: "会商后填写议定事项、责任部门和时限"})
	}
	return report.WritePaperDOCX(w, &p)
}

func heardFrom(c *queries.Consultation) []string {
	silent := c.Silent()
	var out []string
	for _, d := range feedback.Departments {
		if !slices.Contains(silent, d) {
			out = append(out, d.Name())
		}
	}
	return out
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func zhDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006年1月2日")
}

// trainingReport gives a training's page out as docx (培训成效).
func trainingReport(rq *request) error {
	p, err := rq.trainingPageOf(rq.c.Param("id"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := WriteBrought(&b, &p, rq.w.opts.Version, time.Now().In(rq.w.opts.Location)); err != nil {
		return err
	}
	return rq.download(&b, p.Brought.Training.ID+"期培训成效", "docx", "training:"+p.Brought.Training.ID)
}

// WriteBrought writes what a training brought as docx.
func WriteBrought(w *bytes.Buffer, p *TrainingPage, version string, at time.Time) error {
	r := &p.Brought.Training
	title := r.Title
	if title == "" {
		title = trainingTitle(r.ID)
	}
	doc := report.Paper{
		Title: title + "成效", Meta: report.Meta{GeneratedAt: at, Version: version, RunID: p.Run.RunID, CutOff: day(p.Run.DataUntil)},
		Made: fmt.Sprintf("本材料由同堂培训问题研判工作台制作，数据截至%s（归并 %s）；系统辅助归并，须经人工研判复核。%s制作。", orText(zhDay(p.Run.DataUntil), "〔未知〕"), orText(p.Run.RunID, "〔无〕"), at.Format("2006年1月2日")),
	}
	add := func(b ...report.PaperBlock) { doc.Blocks = append(doc.Blocks, b...) }
	var facts []string
	if r.Host != "" {
		facts = append(facts, feedback.Department(r.Host).Name()+"承办")
	}
	if len(r.CoHosts) > 0 {
		facts = append(facts, departmentNames(r.CoHosts)+"协办")
	}
	if !r.StartsOn.IsZero() {
		facts = append(facts, zhDay(r.StartsOn)+"至"+zhDay(r.EndsOn)+heldAt(r.Place))
	}
	if r.Theme != "" {
		facts = append(facts, "主题为“"+r.Theme+"”")
	}
	if len(facts) > 0 {
		add(report.PaperBlock{Text: strings.Join(facts, "，") + "。"})
	}
	if r.People > 0 {
		add(report.PaperBlock{Text: fmt.Sprintf("参训 %d 人，其中 %d 人提出反馈。", r.People, p.Brought.People)})
	}
	add(report.PaperBlock{Text: fmt.Sprintf("收到反馈条目 %d 条%s，涉及 %d 个部门、%d 个省份；归入 %d 个问题或疑似同类，其中本期首次提出 %d 个，以前各期已有反映 %d 个。",
		p.Items, endorsed(p.Endorsements), p.Departments, p.Provinces, len(p.Issues), len(p.New()), len(p.Recurring()))})

	if len(r.Segments) > 0 {
		add(report.PaperBlock{Heading: "环节安排", Level: 1})
		t := report.PaperTable{Widths: []int{12, 12, 34, 26, 16}, Align: "lllll", Header: []string{"日期", "形式", "内容", "课程", "师资"}}
		for _, g := range r.Segments {
			t.Rows = append(t.Rows, []string{strings.ReplaceAll(day(g.GivenOn), "-", "."), g.Form, g.Title, p.Course(g.Course), p.Who(g.Teachers)})
		}
		add(report.PaperBlock{Table: &t})
	}
	add(report.PaperBlock{Heading: "反馈构成", Level: 1})
	for _, part := range []struct {
		name, none string
		rows       []queries.Tallied
	}{{"类别", "", p.ByKind}, {"环节", "未注明环节", p.BySegment}, {"专题", "未归专题", p.ByChapter}} {
		if len(part.rows) == 0 || (part.name == "环节" && len(part.rows) == 1 && part.rows[0].Code == "") {
			continue
		}
		add(report.PaperBlock{Table: tallyTable(part.name, part.none, part.rows)})
	}
	add(report.PaperBlock{Note: "条目含附议，按提出部门计。"})

	add(report.PaperBlock{Heading: "问题及其去向", Level: 1})
	if became := p.Became(); len(became) > 0 {
		var parts []string
		for _, c := range became {
			parts = append(parts, fmt.Sprintf("%s %d 个", c.Value, c.Items))
		}
		add(report.PaperBlock{Text: "目前" + strings.Join(parts, "、") + "。"})
	}
	for _, part := range []struct {
		name string
		list []queries.BroughtIssue
	}{{"本期首次提出", p.New()}, {"以前各期已有反映", p.Recurring()}} {
		add(report.PaperBlock{Heading: part.name, Level: 2})
		if len(part.list) == 0 {
			add(report.PaperBlock{Text: "无。"})
			continue
		}
		t := report.PaperTable{Widths: []int{10, 44, 9, 9, 28}, Align: "clrrl", Header: []string{"编号", "问题", "本期", "历次", "去向"}, Compact: true}
		for _, i := range part.list {
			t.Rows = append(t.Rows, []string{issueLabel(&i), i.Title, strconv.Itoa(i.Here), strconv.Itoa(i.Items), fate(&i)})
		}
		add(report.PaperBlock{Table: &t})
	}
	add(report.PaperBlock{Heading: "与以往同主题培训比较", Level: 1})
	if len(p.Compared) == 0 {
		add(report.PaperBlock{Text: "以往没有同主题的培训。"})
	} else {
		t := report.PaperTable{Widths: []int{12, 30, 12, 10, 12, 12, 12}, Align: "llrrrrr", Header: []string{"期次", "共同专题", "条目", "问题", "本期再现", "此后未再", "已反馈"}}
		for _, c := range p.Compared {
			t.Rows = append(t.Rows, []string{c.Training.ID, p.TopicNames(c.Topics), strconv.Itoa(c.Items), strconv.Itoa(c.Issues), strconv.Itoa(c.Again), strconv.Itoa(c.Gone), strconv.Itoa(c.Answered)})
		}
		add(report.PaperBlock{Table: &t}, report.PaperBlock{Note: "只计共同专题下的归并问题和疑似同类。"})
	}
	return report.WritePaperDOCX(w, &doc)
}

func heldAt(place string) string {
	if place == "" {
		return "举办"
	}
	return "在" + place + "举办"
}

func endorsed(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("（另有附议 %d 条）", n)
}

func issueLabel(i *queries.BroughtIssue) string {
	if i.IssueNo > 0 {
		return fmt.Sprintf("第%d号", i.IssueNo)
	}
	return "疑似同类"
}

// fate is what became of an issue: where it stands, its outcome, its outputs.
func fate(i *queries.BroughtIssue) string {
	if i.IssueNo == 0 {
		return "待初筛"
	}
	out := i.Status
	if i.Outcome != "" {
		out += "（" + i.Outcome + "）"
	}
	for _, o := range i.Outputs {
		out += "；" + o.Direction + "：" + o.Status
	}
	return out
}

func tallyTable(name, none string, rows []queries.Tallied) *report.PaperTable {
	t := &report.PaperTable{Widths: []int{22, 11, 11, 11, 11, 11, 11, 12}, Align: "lrrrrrrr", Header: []string{name}}
	for _, d := range feedback.Departments {
		t.Header = append(t.Header, []string{"检察", "法院", "公安", "监狱", "社矫"}[slices.Index(feedback.Departments, d)])
	}
	t.Header = append(t.Header, "其他", "合计")
	var sum [6]int
	all := 0
	for _, r := range rows {
		label := r.Name
		if label == "" {
			label = none
		}
		line := []string{label}
		for k, n := range r.Cells {
			line = append(line, strconv.Itoa(n))
			sum[k] += n
		}
		all += r.Items
		t.Rows = append(t.Rows, append(line, strconv.Itoa(r.Items)))
	}
	line := []string{"合计"}
	for _, n := range sum {
		line = append(line, strconv.Itoa(n))
	}
	t.Rows = append(t.Rows, append(line, strconv.Itoa(all)))
	return t
}
