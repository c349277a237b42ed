package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
)

func (b *builder) quotes() int { return cmp.Or(b.opts.Quotes, 2) }

// study is the 研判报告 on one issue, or on several, a chapter each.
func (b *builder) study() {
	if len(b.issues) == 1 {
		c := &b.issues[0]
		b.title("关于“"+about(c.Title)+"”问题的", "研判报告")
		b.p(b.opening(c)...)
		b.issueChapters(c, 1)
		return
	}
	b.title("同堂培训反馈问题研判报告")
	all := b.basis("本报告全部问题", byIssue, b.allItems())
	runs := []run{txt("本报告收录问题"), b.fig(all, "issues"), txt("个。")}
	b.p(append(runs, b.countsSentence(all, "合计收到反馈条目")...)...)
	for i := range b.issues {
		c := &b.issues[i]
		b.h(1, c.name()+"　"+c.Title)
		b.issueChapters(c, 2)
	}
}

// opening says what the issue is and how it came to be one.
func (b *builder) opening(c *composed) []run {
	name := "该问题编为" + c.name()
	if c.Number == 0 {
		name = "该问题为系统提示的疑似同类，尚未经人工确认编号"
	}
	if len(c.Aliases) > 0 {
		names := make([]string, len(c.Aliases))
		for i, a := range c.Aliases {
			names[i] = fmt.Sprintf("第%d号", a)
		}
		name += "，" + strings.Join(names, "、") + "已并入"
	}
	if c.Version > 0 {
		name += fmt.Sprintf("，现为第%d版", c.Version)
	}
	if c.Topic != "" {
		name += "，主题归入“" + c.Topic + "”"
	}
	if c.Status != "" {
		name += "，目前状态为" + c.Status
	}
	return append(b.countsSentence(b.issueBasis(c), "同堂培训学员研讨中就本问题反映的情况，收到反馈条目"), txt(name+"。"))
}

// issueChapters is the body of a study of one issue; its chapters are headings
// of the given level.
func (b *builder) issueChapters(c *composed, level int) {
	b.h(level, "问题表述")
	b.statement(c)
	if len(c.Keywords) > 0 {
		b.p(strong("关键词："), txt(strings.Join(c.Keywords, "、")+"。"))
	}

	b.h(level, "反映情况")
	b.h(level+1, "部门分布")
	b.departmentTable(c)
	b.h(level+1, "期次和地区分布")
	b.trend(c)
	b.provinces(c)
	b.h(level+1, "各部门反映的主要内容")
	b.sides(c, level+2, b.quotes())

	b.h(level, "涉及法条和现行规定")
	b.h(level+1, "反馈中引用的条文和文件")
	b.citations(c)
	b.h(level+1, "现行规定检索结论")
	b.existingRule()

	b.h(level, "研判情况")
	if len(c.Facets) > 0 {
		b.h(level+1, "问题性质和影响程度")
		b.facets(c)
	}
	b.h(level+1, "重大、疑难、复杂与共性")
	b.priority(c)
	b.h(level+1, "分歧意见")
	b.conflict(c, level+2)
	if len(c.Notes) > 0 {
		b.h(level+1, "研判记录")
		b.notes(c)
	}

	b.h(level, "转化建议")
	b.candidates(c)

	if len(c.Lineage) > 0 {
		b.h(level, "来源追溯")
		b.lineage(c)
	}
}

func (b *builder) notes(c *composed) {
	for _, n := range c.Notes {
		b.p(strong(strings.TrimSpace(zhDate(n.On)+" "+n.By)+"："), txt(n.Text))
	}
}

func (b *builder) candidates(c *composed) {
	if len(c.Candidates) == 0 {
		b.p(blank("尚未提出转化方向"))
		return
	}
	for _, k := range c.Candidates {
		runs := []run{strong(string(k.Direction) + "候选。")}
		if k.Reason != "" {
			runs = append(runs, txt("理由："+ended(k.Reason)))
		}
		if who := strings.TrimSpace(k.By + " " + zhDate(k.On)); who != "" {
			runs = append(runs, txt("提出："+ended(who)))
		}
		if k.Status != "" {
			runs = append(runs, txt("办理状态："+ended(k.Status)))
		}
		if k.DueOn != "" {
			runs = append(runs, txt("办理期限："+ended(zhDate(k.DueOn))))
		}
		if r := resultText(k); r != "" {
			runs = append(runs, txt("办理结果："+ended(r)))
		}
		b.p(runs...)
	}
}

func resultText(k Candidate) string {
	if k.Result == "" {
		return ""
	}
	out := k.Result
	if k.ResultDoc != "" {
		out += "，见" + k.ResultDoc
	}
	if k.ResultOn != "" {
		out += "，" + zhDate(k.ResultOn)
	}
	if k.ResultReason != "" {
		out += "，理由：" + k.ResultReason
	}
	return out
}

// ended closes a sentence that is not closed.
func ended(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsRune("。？！?!；", lastRune(s)) {
		return s
	}
	return s + "。"
}

func (b *builder) lineage(c *composed) {
	t := &table{widths: []int{20, 55, 25}, align: []byte("cll"), header: []string{"日期", "变化", "依据"}}
	for _, e := range c.Lineage {
		t.rows = append(t.rows, tableRow{cells: [][]run{{txt(e.On)}, {txt(e.What)}, {txt(cmp.Or(e.Cause, "—"))}}})
	}
	b.table(t)
}

// digest is the 问题清单: a table of all issues, then each in short.
func (b *builder) digest() {
	b.title("同堂培训反馈问题清单")
	all := b.basis("本清单全部问题", byIssue, b.allItems())
	runs := []run{txt("本清单收录问题"), b.fig(all, "issues"), txt("个。")}
	b.p(append(runs, b.countsSentence(all, "合计收到反馈条目")...)...)

	b.h(1, "总体情况")
	b.digestDepartments()

	b.h(1, "问题一览")
	t := &table{
		widths: []int{9, 42, 8, 8, 8, 8, 8, 9}, align: []byte("clrrrrrc"),
		header: []string{"编号", "问题", "条目", "附议", "部门", "省份", "期次", "依据"},
	}
	for i := range b.issues {
		c := &b.issues[i]
		base := b.issueBasis(c)
		name := []run{{kind: plainRun, text: c.Title}}
		var facts []string
		if c.Status != "" {
			facts = append(facts, c.Status)
		}
		for _, k := range c.Candidates {
			facts = append(facts, string(k.Direction))
		}
		if len(facts) > 0 {
			name = append(name, txt("\n（"+strings.Join(facts, "、")+"）"))
		}
		t.rows = append(t.rows, tableRow{cells: [][]run{
			{txt(c.prefix)},
			name,
			{b.fig(base, "members")},
			{b.fig(base, "endorsements")},
			{b.fig(base, "departments")},
			{b.fig(base, "provinces")},
			{b.fig(base, "trainings")},
			{b.mark(base)},
		}})
	}
	b.table(t)

	b.h(1, "分项说明")
	for i := range b.issues {
		c := &b.issues[i]
		b.plainHeading(2, "", c.name()+"　"+c.Title)
		b.text(c.Statement)
		base := b.issueBasis(c)
		b.p(b.countsSentence(base, "收到反馈条目")...)
		// One voice per department, three at most: a digest is read in passing.
		shown := 0
		for _, d := range departmentsOf(c.items) {
			for _, it := range c.representatives(d, 1) {
				if shown < 3 {
					b.quote(it)
					shown++
				}
			}
		}
		if len(c.Citations) > 0 {
			var names []string
			for _, ci := range sortedCitations(c.Citations) {
				names = append(names, cmp.Or(ci.Label, ci.Norm))
			}
			more := ""
			if len(names) > 5 {
				names, more = names[:5], "等"
			}
			b.p(strong("涉及法条："), txt(strings.Join(names, "、")+more+"。"))
		}
		var directions []string
		for _, k := range c.Candidates {
			how := cmp.Or(resultText(k), k.Status)
			if how != "" {
				how = "（" + how + "）"
			}
			directions = append(directions, string(k.Direction)+"候选"+how)
		}
		if len(directions) > 0 {
			b.p(strong("转化建议："), txt(strings.Join(directions, "；")+"。"))
		}
	}
}

// digestDepartments shows how much each department said over all issues, and
// in how many issues.
func (b *builder) digestDepartments() {
	items := b.allItems()
	t := &table{
		widths: []int{28, 14, 16, 16, 14, 12}, align: []byte("lrrrrc"),
		header: []string{"部门", "问题", "条目", "附议", "省份", "依据"},
	}
	ch := &chart{title: "各部门反映情况（条目和附议）", horizontal: true, series: []series{{name: "条目"}, {name: "附议"}}}
	for _, d := range departmentsOf(items) {
		base := b.basis("本清单"+d.Name()+"条目", byIssue, ofDepartment(items, d))
		t.rows = append(t.rows, tableRow{cells: [][]run{
			{txt(d.Name())}, {b.fig(base, "issues")}, {b.fig(base, "members")}, {b.fig(base, "endorsements")}, {b.fig(base, "provinces")}, {b.mark(base)},
		}})
		c := CountItems(base.items)
		ch.categories = append(ch.categories, d.Name())
		ch.series[0].values = append(ch.series[0].values, c.Members)
		ch.series[1].values = append(ch.series[1].values, c.Endorsements)
	}
	b.table(t)
	if len(ch.categories) >= 2 {
		b.add(block{kind: chartBlock, chart: ch.trimmed()})
	}
}

// outcome is a training's 反馈办理情况: what became of what was said there.
func (b *builder) outcome() {
	tr := b.doc.training(b.doc.TrainingID)
	name := cmp.Or(tr.Title, trainingLabel(b.doc.TrainingID)+"同堂培训")
	b.title(name, "反馈办理情况")
	own := func(it *listedItem) bool { return it.TrainingID == b.doc.TrainingID }
	inIssues := where(b.allItems(), own)
	loose := where(b.loose, own)
	all := b.basis("本期全部反馈", byIssue, append(slices.Clone(inIssues), loose...))
	grouped := b.basis("本期归入问题的反馈", byIssue, inIssues)

	var facts []run
	if tr.Host != "" {
		facts = append(facts, txt("本期由"+tr.Host.Name()+"承办"))
		if tr.StartsOn != "" {
			facts = append(facts, txt("，"+zhDate(tr.StartsOn)+"至"+zhDate(cmp.Or(tr.EndsOn, tr.StartsOn))+"举办"))
		}
		facts = append(facts, txt("。"))
	}
	b.p(append(facts, b.countsSentence(all, "收到学员反馈条目")...)...)
	runs := []run{
		txt("其中条目和附议共"), b.fig(grouped, "total"), txt("条归入"), b.fig(grouped, "issues"), txt("个问题"), b.mark(grouped),
	}
	rest := b.basis("本期尚未归入问题的反馈", byIssue, loose)
	runs = append(runs, txt("，"), b.fig(rest, "total"), txt("条尚未归入问题"), b.mark(rest))
	if n := len(b.doc.Rejects); n > 0 {
		refs := make([]itemRef, n)
		for i := range refs {
			refs[i] = rejectRef(i)
		}
		base := b.said("本期未接收的行", fmt.Sprintf("%d行因空白、无法识别等原因未接收：", n), refs)
		runs = append(runs, txt("，另有"), run{kind: figureRun, text: fmt.Sprint(n), to: b.target(base.target()), metric: "said"},
			txt("行未接收"), b.mark(base))
	}
	b.p(append(runs, txt("。"))...)

	b.standings(own, loose)
	b.h(1, "归入问题的情况")
	t := &table{
		widths: []int{9, 45, 10, 10, 16, 10}, align: []byte("clrrlc"),
		header: []string{"编号", "问题", "条目", "附议", "状态", "依据"},
	}
	for i := range b.issues {
		c := &b.issues[i]
		mine := where(c.items, own)
		if len(mine) == 0 {
			continue
		}
		base := b.basis(c.name()+"问题本期条目", byDepartment, mine)
		t.rows = append(t.rows, tableRow{cells: [][]run{
			{txt(c.prefix)},
			{txt(c.Title)},
			{b.fig(base, "members")},
			{b.fig(base, "endorsements")},
			{txt(cmp.Or(c.Status, "疑似同类"))},
			{b.mark(base)},
		}})
	}
	if len(t.rows) == 0 {
		b.p(txt("本期反馈尚未归入任何问题。"))
	} else {
		b.table(t)
	}

	b.h(1, "办理进展和结果")
	b.results(own)

	b.h(1, "尚未归入问题的反馈")
	if len(loose) == 0 {
		b.p(txt("本期反馈均已归入问题。"))
		return
	}
	b.p(txt("下列反馈仅反映一次或内容较为个别，继续保留，后续培训再有反映时一并研究。"))
	const shown = 10
	for i := range loose[:min(shown, len(loose))] {
		b.quote(&loose[i])
	}
	if len(loose) > shown {
		b.p(txt("其余见附件1。"))
	}
}

// standings shows how far what was said has come: by the stage its issue has
// reached, and what stands in none.
func (b *builder) standings(own func(*listedItem) bool, loose []listedItem) {
	const suggested, alone = "疑似同类（待初筛）", "尚未归入问题"
	at := map[string][]listedItem{alone: loose}
	for i := range b.issues {
		stage := cmp.Or(b.issues[i].Status, suggested)
		at[stage] = append(at[stage], where(b.issues[i].items, own)...)
	}
	stages := slices.Clone(feedback.Statuses)
	slices.Reverse(stages)
	stages = append(stages, suggested, alone)
	for _, s := range slices.Sorted(maps.Keys(at)) {
		if !slices.Contains(stages, s) {
			stages = append(stages, s)
		}
	}
	t := &table{
		widths: []int{34, 16, 18, 18, 14}, align: []byte("lrrrc"),
		header: []string{"办理阶段", "问题", "条目", "附议", "依据"},
	}
	ch := &chart{title: "本期反馈办理到哪一步（条目和附议）", horizontal: true, series: []series{{name: "条目"}, {name: "附议"}}}
	for _, stage := range stages {
		items := at[stage]
		if len(items) == 0 {
			continue
		}
		base := b.basis("本期"+stage+"的反馈", byIssue, items)
		issues := []run{b.fig(base, "issues")}
		if stage == alone {
			issues = []run{txt("—")}
		}
		t.rows = append(t.rows, tableRow{cells: [][]run{{txt(stage)}, issues, {b.fig(base, "members")}, {b.fig(base, "endorsements")}, {b.mark(base)}}})
		c := CountItems(base.items)
		ch.categories = append(ch.categories, stage)
		ch.series[0].values = append(ch.series[0].values, c.Members)
		ch.series[1].values = append(ch.series[1].values, c.Endorsements)
	}
	if len(t.rows) == 0 {
		return
	}
	b.table(t)
	if len(ch.categories) >= 2 {
		b.add(block{kind: chartBlock, chart: ch.trimmed()})
	}
}

// results lists what has been proposed for and answered to the issues a
// training contributed to.
func (b *builder) results(own func(*listedItem) bool) {
	none := true
	for i := range b.issues {
		c := &b.issues[i]
		if len(where(c.items, own)) == 0 || len(c.Candidates) == 0 {
			continue
		}
		none = false
		b.plainHeading(2, "", c.name()+"　"+c.Title)
		for _, k := range c.Candidates {
			runs := []run{txt("列为" + string(k.Direction) + "候选")}
			if k.On != "" {
				runs[0].text = zhDate(k.On) + runs[0].text
			}
			if r := resultText(k); r != "" {
				runs = append(runs, txt("。办理结果："+r))
			} else if k.Status != "" {
				runs = append(runs, txt("，目前"+k.Status))
			}
			b.p(append(runs, txt("。"))...)
		}
	}
	if none {
		b.p(txt("所涉问题正在研判，尚未形成转化建议。"))
	}
}

// kindsOf keeps items of one kind.
func kindsOf(items []listedItem, k feedback.Kind) []listedItem {
	return where(items, func(it *listedItem) bool { return it.Kind == k })
}
