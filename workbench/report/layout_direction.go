package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// FormField is one field or section of a direction's form, one name each: rows
// of output_forms.tsv that list several names with | are split.
type FormField struct {
	Name     string // as in the table, e.g. 一、立项必要性; the key in Document.Fields
	Heading  string // without its number, e.g. 立项必要性
	Section  bool
	Required bool
	Auto     bool   // filled from the data
	Hint     string // what belongs there
	Basis    string
}

// blank is what stands in a report where nobody has filled the field.
func (f *FormField) blank() run {
	r := blank(f.Hint)
	if !f.Required {
		r.text = strings.Replace(r.text, blankOpen, optionalOpen, 1)
	}
	return r
}

// commonForm is the table's name for fields that every direction has.
const commonForm = "*通用"

// ownForms are the two directions output_forms.tsv leaves to us. Rows of the
// same name in the table take their place.
var ownForms = []lexicon.FormField{
	{Output: string(RouteToAnswer), Name: "答复平台", Required: true, Content: "检答网、法答网"},
	{Output: string(RouteToAnswer), Name: "咨询类别", Required: true, Content: "按平台分类填写"},
	{Output: string(RouteToAnswer), Name: "一、咨询问题", Section: true, Required: true},
	{Output: string(RouteToAnswer), Name: "二、反映情况", Section: true, Required: true, Auto: true},
	{Output: string(RouteToAnswer), Name: "三、现行规定检索结论", Section: true, Required: true},
	{Output: string(RouteToAnswer), Name: "四、答疑意见", Section: true, Required: true, Content: "结论在前，依据在后，注明条文版本"},
	{Output: string(RouteToAnswer), Name: "五、答疑专家和复核人", Section: true, Required: true, Content: "姓名、单位、日期"},
	{Output: string(TrainingTheme), Name: "建议期次和承办部门", Required: true, Content: "如2027年第1期，人民法院承办"},
	{Output: string(TrainingTheme), Name: "建议环节", Required: true, Content: "案例研讨、模拟办案、现场观摩、多方对话、授课"},
	{Output: string(TrainingTheme), Name: "一、选题缘由", Section: true, Required: true, Auto: true},
	{Output: string(TrainingTheme), Name: "二、各部门关注点", Section: true, Required: true, Auto: true},
	{Output: string(TrainingTheme), Name: "三、研讨要点", Section: true, Required: true, Content: "拟请学员讨论的具体问题，各方材料准备"},
	{Output: string(TrainingTheme), Name: "四、师资和课程建议", Section: true, Content: "师资库、课程库中可用的师资、课程和案例"},
}

var (
	headingNumber = regexp.MustCompile(`^(?:[一二三四五六七八九十]+、|附[:：件]*)`)
	headingParens = regexp.MustCompile(`[（(]([^（()）]*)[)）]$`)
)

// FieldsOf lists a direction's own fields and sections in the table's order.
// Nil tables mean the embedded ones. An unknown direction has none.
func FieldsOf(f Form, tables *lexicon.Tables) ([]FormField, error) {
	return fieldsOf(string(f), tables)
}

// CommonFields lists the fields every direction has (通用).
func CommonFields(tables *lexicon.Tables) ([]FormField, error) { return fieldsOf(commonForm, tables) }

func fieldsOf(output string, tables *lexicon.Tables) ([]FormField, error) {
	if output == string(GuidingCase) {
		court, err := fieldsOf(string(GuidingCaseCourt), tables)
		if err != nil {
			return nil, err
		}
		procuracy, err := fieldsOf(string(GuidingCaseProcuracy), tables)
		if err != nil {
			return nil, err
		}
		return eitherKind(court, procuracy), nil
	}
	if tables == nil {
		var err error
		if tables, err = embeddedTables(); err != nil {
			return nil, err
		}
	}
	rows := slices.DeleteFunc(slices.Clone(tables.Forms), func(f lexicon.FormField) bool { return f.Output != output })
	if len(rows) == 0 {
		rows = slices.DeleteFunc(slices.Clone(ownForms), func(f lexicon.FormField) bool { return f.Output != output })
	}
	var out []FormField
	for _, r := range rows {
		for name := range strings.SplitSeq(r.Name, "|") {
			name = strings.TrimSpace(name)
			out = append(out, FormField{
				Name: name, Heading: headingNumber.ReplaceAllString(name, ""), Section: r.Section,
				Required: r.Required, Auto: r.Auto, Hint: hintText(r.Content), Basis: r.Basis,
			})
		}
	}
	return out, nil
}

// eitherKind joins the forms of two kinds of case. A section both have is
// filled once; a field both have is asked for each.
func eitherKind(court, procuracy []FormField) []FormField {
	has := func(in []FormField, name string) bool {
		return slices.ContainsFunc(in, func(f FormField) bool { return f.Name == name })
	}
	var out []FormField
	for _, f := range court {
		if !f.Section && has(procuracy, f.Name) {
			f.Name, f.Heading = f.Name+"（法院）", f.Heading+"（法院）"
		}
		out = append(out, f)
	}
	for _, f := range procuracy {
		switch {
		case f.Section && has(court, f.Name):
			continue
		case !f.Section && has(court, f.Name):
			f.Name, f.Heading = f.Name+"（检察）", f.Heading+"（检察）"
		}
		out = append(out, f)
	}
	return out
}

// hintText is a table's hint as running text: full-width punctuation, and no
// remark on where the row itself comes from.
func hintText(s string) string {
	if s == "设计" {
		return ""
	}
	return strings.NewReplacer(";", "；", ",", "，", "(", "（", ")", "）", ":", "：").Replace(s)
}

// Missing lists the required fields of the document's direction that nobody
// has filled and the data cannot fill, as sentences for the person.
func Missing(d *Document, o Options) ([]string, error) {
	m, err := compose(d, o)
	if err != nil {
		return nil, err
	}
	var out []string
	heading := ""
	look := func(where string, runs []run) {
		for _, r := range runs {
			if r.kind == blankRun && !strings.HasPrefix(r.text, optionalOpen) {
				hint := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(r.text, blankOpen), "："), blankClose)
				s := "“" + where + "”尚未填写"
				if hint != "" {
					s += "：" + hint
				}
				out = append(out, s+"。")
			}
		}
	}
	for _, bl := range m.blocks {
		if bl.kind == headingBlock {
			heading = ""
			for _, r := range bl.runs {
				heading += r.text
			}
			continue
		}
		if bl.table == nil {
			look(heading, bl.runs)
			continue
		}
		for _, row := range bl.table.rows {
			for _, cell := range row.cells {
				look(row.cells[0][0].text, cell)
			}
		}
	}
	return out, nil
}

// directionTitles are the last lines of titles: what the paper is, never more
// than a proposal.
var directionTitles = map[Form]string{
	JudicialInterpretation: "司法解释立项建议参考材料",
	NormativeDocument:      "规范性文件制定建议参考材料",
	GuidingCase:            "指导性案例线索需求",
	GuidingCaseCourt:       "指导性案例线索需求（人民法院）",
	GuidingCaseProcuracy:   "指导性案例线索需求（检察机关）",
	TypicalCase:            "典型案例选编参考材料",
	JointResearch:          "联合调研方案（建议稿）",
	JointCampaign:          "联合专项活动方案（建议稿）",
	RouteToAnswer:          "转答复建议",
	TrainingTheme:          "同堂培训选题建议",
}

// direction lays out the paper of one 转化方向: opening, fields, then the
// sections of its form in their order, filled from the data where the data
// can, with blanks where only a person can.
func (b *builder) direction(f Form) {
	names := make([]string, len(b.issues))
	for i := range b.issues {
		names[i] = b.issues[i].name()
	}
	if len(b.issues) == 1 {
		b.title("关于“"+about(b.issues[0].Title)+"”问题的", directionTitles[f])
	} else {
		b.title("关于"+strings.Join(names, "、")+"问题的", directionTitles[f])
	}
	switch f {
	case JudicialInterpretation:
		b.m.banner = "本材料供业务部门提出立项建议时参考，不是立项申请表；是否立项由有权机关依程序决定。"
	case GuidingCase, GuidingCaseCourt, GuidingCaseProcuracy:
		b.m.banner = "学员反馈不是案例。本材料提出需要什么样的案例，供有关部门查找、推荐。"
	case RouteToAnswer:
		b.m.banner = "现行规定已有明确答案的，转检答网、法答网答复。答疑意见仅供参考，不作为办案依据。"
	case JointResearch, JointCampaign:
		b.m.banner = "联合调研、联合专项活动限于共性且属重大、疑难、复杂的问题，须写明理由。"
	}
	opening := "本材料依据同堂培训学员研讨反馈整理，来源于" + strings.Join(names, "、") + "问题，收到反馈条目"
	var all *basis
	if len(b.issues) == 1 {
		all = b.issueBasis(&b.issues[0])
	} else {
		all = b.basis(strings.Join(names, "、")+"问题全部条目", byIssue, b.allItems())
	}
	b.p(b.countsSentence(all, opening)...)
	for i := range b.issues {
		for _, k := range b.issues[i].Candidates {
			if directionOf(k.Direction) == directionOf(f) && k.Reason != "" {
				b.p(strong("提出理由："), txt(ended(k.Reason)))
			}
		}
	}

	fields := b.form(f)
	b.fieldTable(f, fields)
	if directionOf(f) == string(GuidingCase) || f == TypicalCase {
		b.h(1, "需要案例的问题")
		b.eachIssue(2, func(c *composed, level int) {
			b.h(level, "问题表述")
			b.statement(c)
			b.departmentTable(c)
			b.h(level, "各部门反映的情况")
			b.sides(c, level+1, 1)
		})
		b.h(1, "现行规定检索结论")
		b.existingRule()
		if f == GuidingCase {
			b.h(1, "案例文本（人民法院体例）")
			b.caseSections(b.form(GuidingCaseCourt))
			b.h(1, "案例文本（检察机关体例）")
			b.caseSections(b.form(GuidingCaseProcuracy))
			return
		}
		b.h(1, "案例文本")
		b.caseSections(fields)
		return
	}
	for _, fl := range fields {
		if fl.Section && !strings.HasPrefix(fl.Name, "附") {
			b.h(1, headingParens.ReplaceAllString(fl.Heading, ""))
			b.section(f, fl)
		}
	}
	b.attachments(fields)
}

// form lists a direction's fields as the caller's tables have them.
func (b *builder) form(f Form) []FormField {
	fields, err := fieldsOf(string(f), b.tables)
	if err != nil { // only without tables, and the builder has them
		return nil
	}
	return fields
}

// directionOf folds the two forms of guiding case into one, as candidates
// know only one.
func directionOf(f Form) string {
	name, _, _ := strings.Cut(string(f), "(")
	return name
}

// eachIssue calls write for every issue; with several, each under a heading of
// its own, so that write's headings go one level down.
func (b *builder) eachIssue(level int, write func(c *composed, level int)) {
	for i := range b.issues {
		c := &b.issues[i]
		if len(b.issues) > 1 {
			b.h(level, c.name()+"　"+c.Title)
			write(c, level+1)
			continue
		}
		write(c, level)
	}
}

// fieldTable shows the form's fields, filled or blank.
func (b *builder) fieldTable(f Form, fields []FormField) {
	t := &table{widths: []int{28, 72}, align: []byte("ll"), header: []string{"项目", "内容"}, flows: true}
	row := func(name string, cell ...run) {
		t.rows = append(t.rows, tableRow{cells: [][]run{{strong(name)}, cell}})
	}
	for _, fl := range fields {
		if fl.Section {
			continue
		}
		if s := b.field(fl.Name); s != "" {
			row(fl.Name, txt(s))
			continue
		}
		cell := b.suggestion(f, fl.Name)
		if cell == nil {
			cell = []run{fl.blank()}
		}
		row(fl.Name, cell...)
	}
	row("建议主办部门、会商部门", b.orBlank(b.field("建议主办部门、会商部门"), "五部门之一主办，其余会商"))
	if f == JointResearch || f == JointCampaign {
		row("重大/疑难/复杂", b.orBlank(b.field("重大/疑难/复杂"), "勾选并写明理由"))
	}
	b.table(t)
}

// suggestion is what the data can say for a field. It never decides what is a
// person's to decide.
func (b *builder) suggestion(f Form, name string) []run {
	switch {
	case strings.HasPrefix(name, "案例线索"):
		return []run{txt("受限信息，不在本材料中列出；经批准后另作受控附件。")}
	case f == JudicialInterpretation && name == "前置校验":
		labels := b.citationLabels()
		if len(labels) == 0 {
			return []run{txt("反馈未指向具体条文。"), blank("确认属审判、检察工作中具体应用法律，并写明指向的条文；不符合的不得选用本方向")}
		}
		return []run{txt("反馈指向：" + strings.Join(labels, "、") + "。"), blank("确认属审判、检察工作中具体应用法律")}
	case f == JointResearch && name == "题目":
		return []run{txt("关于“" + about(b.issues[0].Title) + "”问题的联合调研")}
	case (f == JointResearch || f == JointCampaign) && strings.Contains(name, "参加"):
		var names []string
		for _, d := range departmentsOf(b.allItems()) {
			names = append(names, d.Name())
		}
		base := b.basis("参加部门建议所依据的条目", byDepartment, b.allItems())
		return []run{txt("反馈涉及" + strings.Join(names, "、")), b.mark(base), txt("。"), blank("确定牵头部门")}
	case f == JointResearch && name == "地点", f == JointCampaign && name == "范围对象":
		known := where(b.allItems(), func(it *listedItem) bool { return it.Province != "" })
		if len(known) == 0 {
			return nil
		}
		base := b.basis("反映所及的省份", byProvince, known)
		often := slices.DeleteFunc(slices.Clone(base.groups), func(g refGroup) bool { return len(g.refs) < 2 })
		runs := []run{txt("反映较集中（含附议）：")}
		if len(often) == 0 {
			often, runs = base.groups, []run{txt("反映来自")}
		}
		for i, g := range often[:min(5, len(often))] {
			if i > 0 {
				runs = append(runs, txt("、"))
			}
			runs = append(runs, txt(g.label), b.fig(base, "group:"+g.label), txt("条"))
		}
		if len(often) > 5 {
			runs = append(runs, txt("等"))
		}
		return append(runs, b.mark(base), txt("。"), blank(""))
	case f == RouteToAnswer && name == "咨询类别":
		if t := b.issues[0].Topic; t != "" {
			return []run{txt(t)}
		}
	}
	return nil
}

func (b *builder) citationLabels() []string {
	var out []string
	for i := range b.issues {
		for _, ci := range sortedCitations(b.issues[i].Citations) {
			if l := cmp.Or(ci.Label, ci.Norm); !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// section fills one section of a form: first what the data says, then what a
// person wrote, or the blank for it.
func (b *builder) section(f Form, fl FormField) {
	level := 2
	fromData := func(write func(c *composed, level int)) { b.eachIssue(level, write) }
	parts := "" // names of parts a person fills, from the heading's brackets or the hint
	person := true
	switch f {
	case JudicialInterpretation:
		switch fl.Heading {
		case "立项必要性":
			fromData(func(c *composed, level int) {
				b.h(level, "问题表现")
				b.statement(c)
				b.departmentTable(c)
				b.trend(c)
				b.h(level, "法律依据情况")
				b.existingRule()
				b.h(level, "司法与社会影响")
				b.facets(c)
				b.priority(c)
			})
			b.h(level, "必要性论证")
		case "拟解释的法律条文和主要事项":
			fromData(func(c *composed, level int) {
				b.h(level, "反馈所指条文")
				b.citations(c)
			})
			b.h(level, "拟解释的主要事项")
		case "实践做法与分歧":
			fromData(b.practice)
			person = false
		}
	case NormativeDocument:
		switch fl.Heading {
		case "制定背景和必要性":
			fromData(func(c *composed, level int) {
				b.h(level, "问题表现")
				b.statement(c)
				b.departmentTable(c)
				b.trend(c)
				b.h(level, "现行规定检索结论")
				b.existingRule()
				b.h(level, "问题性质和影响程度")
				b.facets(c)
				b.priority(c)
			})
			b.h(level, "必要性论证")
		case "主要问题及各部门意见":
			fromData(b.practice)
			person = false
		case "拟规范的主要内容":
			parts = fl.Hint
		case "需协调事项":
			fromData(func(c *composed, level int) { b.openPositions(c) })
		}
	case JointResearch, JointCampaign:
		switch fl.Heading {
		case "背景与基本情况":
			person = false
			fromData(func(c *composed, level int) {
				b.h(level, "问题表现")
				b.statement(c)
				b.departmentTable(c)
				b.trend(c)
				b.provinces(c)
				b.h(level, "共性及重大、疑难、复杂程度")
				b.facets(c)
				b.priority(c)
				b.h(level, "现行规定检索结论")
				b.existingRule()
			})
		case "指导思想和目标":
			fromData(func(c *composed, level int) {
				b.h(level, "拟解决的问题")
				b.statement(c)
				b.departmentTable(c)
				b.trend(c)
				b.h(level, "共性及重大、疑难、复杂程度")
				b.facets(c)
				b.priority(c)
			})
			b.h(level, "活动目标")
		case "主要问题":
			fromData(b.practice)
			person = false
		case "重点内容":
			fromData(func(c *composed, level int) {
				b.h(level, "各部门反映的突出问题")
				b.sides(c, level+1, 1)
			})
			b.h(level, "拟开展的重点工作")
		case "对策建议":
			fromData(func(c *composed, level int) { b.suggestions(c, level) })
		}
		if strings.HasPrefix(fl.Heading, "方法步骤") || strings.HasPrefix(fl.Heading, "职责分工") {
			if m := headingParens.FindStringSubmatch(fl.Heading); m != nil {
				parts = m[1]
			} else {
				parts = "检察机关、人民法院、公安监所、监狱机关、社区矫正机构"
			}
		}
	case RouteToAnswer:
		switch fl.Heading {
		case "咨询问题":
			fromData(func(c *composed, level int) { b.statement(c) })
			person = false
		case "反映情况":
			fromData(func(c *composed, level int) { b.departmentTable(c); b.sides(c, level, 2) })
			person = false
		case "现行规定检索结论":
			fromData(func(c *composed, level int) { b.citations(c) })
		}
	case TrainingTheme:
		switch fl.Heading {
		case "选题缘由":
			fromData(func(c *composed, level int) {
				b.statement(c)
				b.departmentTable(c)
				b.trend(c)
				b.facets(c)
			})
			person = false
		case "各部门关注点":
			fromData(func(c *composed, level int) { b.sides(c, level, 2) })
			person = false
		case "研讨要点":
			fromData(func(c *composed, level int) {
				if len(c.Positions) > 0 {
					b.conflict(c, level)
				}
			})
		}
	}
	b.person(fl, parts, person)
}

// person writes what people entered for a section, part by part where it has
// parts. needed says whether a blank is shown when nothing was entered.
func (b *builder) person(fl FormField, parts string, needed bool) {
	s := b.field(fl.Name, fl.Heading)
	switch {
	case s != "":
		b.text(s)
	case parts != "":
		for part := range strings.FieldsFuncSeq(parts, func(r rune) bool { return strings.ContainsRune("、/|", r) }) {
			b.h(2, part)
			b.humanText(part, "")
		}
	case needed:
		b.p(fl.blank())
	}
}

// practice is what each department does and says, then where they differ.
func (b *builder) practice(c *composed, level int) {
	b.h(level, "各部门反映的情况")
	b.sides(c, level+1, b.quotes())
	b.h(level, "分歧意见")
	b.conflict(c, level+1)
}

// openPositions lists the departments that have not agreed.
func (b *builder) openPositions(c *composed) {
	for _, p := range c.Positions {
		if p.Stance != "同意" {
			b.p(strong(p.Department.Name()+"（"+cmp.Or(p.Stance, "未表态")+"）："), txt(p.Text))
		}
	}
}

// suggestions shows what trainees themselves proposed, then leaves room for
// what the study proposes.
func (b *builder) suggestions(c *composed, level int) {
	own := kindsOf(c.items, feedback.Suggestion)
	if len(own) == 0 {
		return
	}
	base := b.basis(c.name()+"问题中的建议", byDepartment, own)
	b.h(level, "学员提出的建议", txt("（"), b.fig(base, "total"), txt("条，含附议）"), b.mark(base))
	b.suggested(c)
	b.h(level, "研究提出的对策")
}

// suggested quotes the suggestions among an issue's items, six at most.
func (b *builder) suggested(c *composed) {
	shown := 0
	for _, it := range c.items {
		if it.Kind == feedback.Suggestion && it.Endorses == "" && shown < 6 {
			b.quote(&it)
			shown++
		}
	}
}

// caseSections are the parts of a case's text, in the order its rules give.
func (b *builder) caseSections(fields []FormField) {
	for _, fl := range fields {
		if !fl.Section {
			continue
		}
		b.h(2, fl.Heading)
		if s := b.field(fl.Name, fl.Heading); s != "" {
			b.text(s)
			continue
		}
		switch fl.Heading {
		case "关键词":
			// The rule allows seven, from wide to narrow.
			if k := b.issues[0].Keywords; len(k) > 0 {
				b.p(txt("可参考："+strings.Join(k[:min(7, len(k))], "　")+"。"), blank("不超过7个，由大到小"))
				continue
			}
		case "相关法条", "相关规定":
			if labels := b.citationLabels(); len(labels) > 0 {
				b.p(txt("反馈引用："+strings.Join(labels, "、")+"。"), blank("按案例核对"))
				continue
			}
		}
		hint := ""
		if fl.Heading == "报送材料" {
			hint = fl.Hint
		}
		b.p(blank(hint))
	}
}

// attachments names what a form asks to be attached beside the annexes that
// every report has.
func (b *builder) attachments(fields []FormField) {
	for _, fl := range fields {
		if !fl.Section || !strings.HasPrefix(fl.Name, "附") {
			continue
		}
		names := strings.FieldsFunc(strings.TrimLeft(fl.Heading, ":：件"), func(r rune) bool { return r == '、' })
		for _, name := range names {
			switch name {
			case "反馈条目清单", "相关规定汇编", "数据":
				continue // annexes of every report
			}
			b.later = append(b.later, name)
		}
	}
}
