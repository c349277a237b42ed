package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

const (
	internalMark = "内部资料　注意保存"
	blankOpen    = "〔待填"
	blankClose   = "〕"
	optionalOpen = "〔选填"
)

// embeddedTables are the domain tables as shipped, for callers that give none.
var embeddedTables = sync.OnceValues(func() (*lexicon.Tables, error) { return lexicon.Load("") })

// builder writes a model, block by block.
type builder struct {
	doc      *Document
	opts     Options
	tables   *lexicon.Tables
	words    map[string]bool // terms that a title is not broken in
	m        *model
	out      *[]block
	counters [5]int
	issues   []composed // doc.Issues with their items in order
	loose    []listedItem
	byBasis  map[string]int
	later    []string // annexes that a person has to supply
}

// composed is an issue with its items listed and counted.
type composed struct {
	*Issue
	items  []listedItem
	byID   map[string]*listedItem
	prefix string // of its items' names
	anchor string
}

// name is the issue's name in this document; suggested groups are told apart
// by their place in it.
func (c *composed) name() string {
	if c.Number > 0 {
		return c.Label()
	}
	return strings.Replace(c.prefix, "疑", "疑似同类", 1)
}

// compose makes the model of a document. Its error is for the caller: what
// people must mend comes from Validate.
func compose(d *Document, o Options) (*model, error) {
	m, _, err := build(d, o)
	return m, err
}

// build is compose for writers that also need the items as listed.
func build(d *Document, o Options) (*model, *builder, error) {
	b, err := newBuilder(d, o)
	if err != nil {
		return nil, nil, err
	}
	b.body()
	b.signoff()
	if !o.OmitAnnex {
		b.annexes()
	}
	return b.m, b, nil
}

// newBuilder is ready to lay out a document that can be one.
func newBuilder(d *Document, o Options) (*builder, error) {
	if problems := d.Validate(); len(problems) > 0 {
		return nil, fmt.Errorf("报告内容不完整：%s", strings.Join(problems, ""))
	}
	if !slices.Contains(Forms, d.form()) {
		return nil, fmt.Errorf("没有“%s”这种报告，可选：%s", d.form(), joinForms())
	}
	tables := o.Tables
	if tables == nil {
		var err error
		if tables, err = embeddedTables(); err != nil {
			return nil, fmt.Errorf("loading domain tables: %w", err)
		}
	}
	b := &builder{
		doc: d, opts: o, tables: tables, words: map[string]bool{},
		m: &model{doc: d}, byBasis: map[string]int{},
	}
	for _, t := range tables.Terms {
		b.words[t.Word] = true
	}
	b.out = &b.m.blocks
	b.listItems()
	return b, nil
}

// body lays out the document's form.
func (b *builder) body() {
	switch form := b.doc.form(); form {
	case Study:
		b.study()
	case Digest:
		b.digest()
	case Outcome:
		b.outcome()
	default:
		b.direction(form)
	}
}

// listItems gives every item its name in the document.
func (b *builder) listItems() {
	suggested := 0
	for i := range b.doc.Issues {
		is := &b.doc.Issues[i]
		c := composed{Issue: is, prefix: strconv.Itoa(is.Number), anchor: "i" + strconv.Itoa(is.Number), byID: map[string]*listedItem{}}
		if is.Number == 0 {
			suggested++
			c.prefix, c.anchor = fmt.Sprintf("疑%d", suggested), fmt.Sprintf("g%d", suggested)
		}
		sorted := sortedItems(is.Items)
		if b.doc.form() == Outcome {
			// A training is told of what it said itself, not of what others said.
			sorted = slices.DeleteFunc(sorted, func(it Item) bool { return it.TrainingID != b.doc.TrainingID })
		}
		c.items = make([]listedItem, len(sorted))
		for n, it := range sorted {
			c.items[n] = listedItem{it, itemRef{c.prefix, c.anchor, n + 1}}
			c.byID[it.ID] = &c.items[n]
		}
		b.issues = append(b.issues, c)
	}
	for n, it := range sortedItems(b.doc.Loose) {
		b.loose = append(b.loose, listedItem{it, itemRef{"散", "x", n + 1}})
	}
}

// Blocks.

func (b *builder) add(bl block) { *b.out = append(*b.out, bl) }

// h opens a heading with its number: 一、（一）1.（1） by level.
func (b *builder) h(level int, text string, more ...run) {
	b.counters[level]++
	for l := level + 1; l < len(b.counters); l++ {
		b.counters[l] = 0
	}
	n := b.counters[level]
	var number string
	switch level {
	case 1:
		number = zhNumber(n) + "、"
	case 2:
		number = "（" + zhNumber(n) + "）"
	case 3:
		number = strconv.Itoa(n) + "."
	default:
		number = "（" + strconv.Itoa(n) + "）"
	}
	b.add(block{kind: headingBlock, level: level, number: number, runs: append([]run{{text: text}}, more...)})
}

// plainHeading is a heading that carries its own name, e.g. 第12号.
func (b *builder) plainHeading(level int, anchor, text string) {
	for l := level; l < len(b.counters); l++ {
		b.counters[l] = 0
	}
	b.add(block{kind: headingBlock, level: level, anchor: anchor, runs: []run{{text: text}}})
}

func (b *builder) p(runs ...run) { b.add(block{kind: paraBlock, runs: runs}) }

// text writes a person's text, a paragraph per line.
func (b *builder) text(s string) {
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			b.p(run{text: line})
		}
	}
}

func (b *builder) note(runs ...run) { b.add(block{kind: noteBlock, runs: runs}) }

func (b *builder) table(t *table) { b.add(block{kind: tableBlock, table: t}) }

// Runs.

func txt(s string) run { return run{text: s} }

func strong(s string) run { return run{kind: strongRun, text: s} }

// blank is what a person has still to write, with a hint what.
func blank(hint string) run {
	if hint == "" {
		return run{kind: blankRun, text: blankOpen + blankClose}
	}
	return run{kind: blankRun, text: blankOpen + "：" + hint + blankClose}
}

func (b *builder) orBlank(s, hint string) run {
	if s = strings.TrimSpace(s); s != "" {
		return txt(s)
	}
	return blank(hint)
}

// fig is a figure of a basis, by the basis's own count.
func (b *builder) fig(base *basis, metric string) run {
	v, _ := base.value(metric)
	return run{kind: figureRun, text: strconv.Itoa(v), to: b.target(base.target()), value: v, metric: metric}
}

func (b *builder) target(anchor string) string {
	if b.opts.OmitAnnex {
		return ""
	}
	return anchor
}

// mark is the raised [n] after figures of a basis.
func (b *builder) mark(base *basis) run {
	if b.opts.OmitAnnex {
		return run{}
	}
	return run{kind: markRun, text: "[" + strconv.Itoa(base.number) + "]", to: base.target()}
}

func (b *builder) itemMark(it *listedItem) run {
	if b.opts.OmitAnnex {
		return run{}
	}
	return run{kind: markRun, text: "[" + it.ref.text() + "]", to: it.ref.target()}
}

// Bases.

type grouping int

const (
	byDepartment grouping = iota
	byProvince
	byTraining
	byIssue
)

// basis registers what figures rest on; the same items under the same heading
// are one basis.
func (b *builder) basis(what string, g grouping, items []listedItem) *basis {
	key := fmt.Sprint(what, "|", g)
	for _, it := range items {
		key += "|" + it.ref.target()
	}
	if n, ok := b.byBasis[key]; ok {
		return &b.m.bases[n-1]
	}
	base := basis{number: len(b.m.bases) + 1, what: what}
	seen := map[string]bool{}
	type keyed struct {
		rank  int
		label string
	}
	groups := map[keyed][]itemRef{}
	for _, it := range items {
		base.items = append(base.items, it.Item)
		seen[it.ref.anchor] = true
		var k keyed
		switch g {
		case byDepartment:
			k = keyed{departmentRank(it.Department), it.Department.Name()}
		case byProvince:
			k = keyed{0, cmp.Or(it.Province, "未注明")}
		case byTraining:
			k = keyed{0, trainingLabel(cmp.Or(it.TrainingID, "未注明"))}
		case byIssue:
			k = keyed{b.issueRank(it.ref.anchor), it.ref.prefix}
		}
		groups[k] = append(groups[k], it.ref)
	}
	base.issues = len(seen)
	for k, refs := range groups {
		slices.SortFunc(refs, func(x, y itemRef) int {
			return cmp.Or(strings.Compare(x.anchor, y.anchor), cmp.Compare(x.ordinal, y.ordinal))
		})
		groups[k] = refs
	}
	keys := make([]keyed, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y keyed) int {
		if g == byProvince {
			if c := cmp.Compare(len(groups[y]), len(groups[x])); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(x.rank, y.rank), strings.Compare(x.label, y.label))
	})
	for _, k := range keys {
		base.groups = append(base.groups, refGroup{k.label, groups[k]})
	}
	b.m.bases = append(b.m.bases, base)
	b.byBasis[key] = base.number
	return &b.m.bases[base.number-1]
}

// said registers the basis of a figure that is not a count of items: how it
// came about, and what it rests on.
func (b *builder) said(what, text string, rests []itemRef) *basis {
	key := "said|" + what + "|" + text
	if n, ok := b.byBasis[key]; ok {
		return &b.m.bases[n-1]
	}
	b.m.bases = append(b.m.bases, basis{number: len(b.m.bases) + 1, what: what, text: text, rests: rests})
	b.byBasis[key] = len(b.m.bases)
	return &b.m.bases[len(b.m.bases)-1]
}

func (b *builder) issueRank(anchor string) int {
	return slices.IndexFunc(b.issues, func(c composed) bool { return c.anchor == anchor })
}

func (b *builder) allItems() []listedItem {
	var out []listedItem
	for i := range b.issues {
		out = append(out, b.issues[i].items...)
	}
	return out
}

// where keeps the items for which keep says so.
func where(items []listedItem, keep func(*listedItem) bool) []listedItem {
	var out []listedItem
	for i := range items {
		if keep(&items[i]) {
			out = append(out, items[i])
		}
	}
	return out
}

// departmentsOf lists the departments that speak, in the agreement's order,
// others last.
func departmentsOf(items []listedItem) []feedback.Department {
	var out []feedback.Department
	for _, it := range items {
		d := it.Department
		if !slices.Contains(feedback.Departments, d) {
			d = feedback.OtherDept
		}
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(x, y feedback.Department) int { return cmp.Compare(departmentRank(x), departmentRank(y)) })
	return out
}

func ofDepartment(items []listedItem, d feedback.Department) []listedItem {
	return where(items, func(it *listedItem) bool { return departmentRank(it.Department) == departmentRank(d) })
}

// Parts that several forms share. level is the level of their headings.

// countsSentence tells how often, by whom and since when.
func (b *builder) countsSentence(base *basis, opening string) []run {
	c := CountItems(base.items)
	runs := []run{txt(opening), b.fig(base, "members"), txt("条")}
	if c.Endorsements > 0 {
		runs = append(runs, txt("（另有附议"), b.fig(base, "endorsements"), txt("条）"))
	}
	reach := []struct {
		n            int
		metric, unit string
	}{{c.Departments, "departments", "个部门"}, {c.Provinces, "provinces", "个省份"}, {c.Trainings, "trainings", "期培训"}}
	if b.doc.form() == Outcome {
		reach = reach[:2] // all of it is of one training
	}
	before := "，涉及"
	for _, r := range reach {
		if r.n > 0 {
			runs = append(runs, txt(before), b.fig(base, r.metric), txt(r.unit))
			before = "、"
		}
	}
	if b.doc.form() == Outcome {
		return append(runs, b.mark(base), txt("。"))
	}
	if c.First != "" {
		if c.First == c.Last {
			runs = append(runs, txt("，反映时间为"+zhDate(c.First)))
		} else {
			runs = append(runs, txt("，首次反映于"+zhDate(c.First)+"，最近一次为"+zhDate(c.Last)))
		}
	}
	return append(runs, b.mark(base), txt("。"))
}

func (b *builder) issueBasis(c *composed) *basis {
	return b.basis(c.name()+"问题全部条目", byDepartment, c.items)
}

func (b *builder) statement(c *composed) {
	if s := cmp.Or(c.Statement, b.field("问题表述")); strings.TrimSpace(s) != "" {
		b.text(s)
		return
	}
	b.p(blank("去除个案细节，写成一个可以讨论的法律或执行问题"))
}

// departmentTable shows the counts side by side, a department a row.
func (b *builder) departmentTable(c *composed) {
	t := &table{
		widths: []int{22, 12, 12, 12, 12, 19, 11}, align: []byte("lrrrrcc"),
		header: []string{"部门", "条目", "附议", "省份", "期次", "最近反映", "依据"},
	}
	line := func(name string, base *basis, total bool) {
		t.rows = append(t.rows, tableRow{strong: total, cells: [][]run{
			{txt(name)},
			{b.fig(base, "members")},
			{b.fig(base, "endorsements")},
			{b.fig(base, "provinces")},
			{b.fig(base, "trainings")},
			{txt(cmp.Or(strings.ReplaceAll(CountItems(base.items).Last, "-", "."), "—"))},
			{b.mark(base)},
		}})
	}
	departments := departmentsOf(c.items)
	for _, d := range departments {
		line(d.Name(), b.departmentBasis(c, d), false)
	}
	if len(departments) > 1 {
		line("合计", b.issueBasis(c), true)
	}
	b.table(t)
}

func (b *builder) departmentBasis(c *composed, d feedback.Department) *basis {
	return b.basis(c.name()+"问题"+d.Name()+"条目", byDepartment, ofDepartment(c.items, d))
}

// trend shows the trainings an issue was raised in, as a table and, from three
// on, as a chart.
func (b *builder) trend(c *composed) {
	ids := trainingsOf(c.items)
	if len(ids) == 0 {
		return
	}
	t := &table{
		widths: []int{38, 22, 10, 10, 10, 10}, align: []byte("llrrrc"),
		header: []string{"期次", "承办部门", "条目", "附议", "部门", "依据"},
	}
	ch := &chart{title: c.name() + "问题各期反映情况", series: []series{{name: "条目"}, {name: "附议"}}}
	for _, id := range ids {
		base := b.basis(c.name()+"问题"+trainingLabel(id)+"条目", byDepartment, where(c.items, func(it *listedItem) bool { return it.TrainingID == id }))
		tr := b.doc.training(id)
		host := ""
		if tr.Host != "" {
			host = tr.Host.Name()
		}
		t.rows = append(t.rows, tableRow{cells: [][]run{
			{txt(trainingLabel(id))}, {txt(cmp.Or(host, "—"))}, {b.fig(base, "members")}, {b.fig(base, "endorsements")}, {b.fig(base, "departments")}, {b.mark(base)},
		}})
		counts := CountItems(base.items)
		label := trainingLabel(id)
		if len(ids) > 5 {
			label = id // short enough to stand under a narrow bar
		}
		ch.categories = append(ch.categories, label)
		ch.series[0].values = append(ch.series[0].values, counts.Members)
		ch.series[1].values = append(ch.series[1].values, counts.Endorsements)
	}
	b.table(t)
	if len(ids) >= 3 {
		b.add(block{kind: chartBlock, chart: ch.trimmed()})
	}
}

// trimmed drops series that are zero throughout.
func (c *chart) trimmed() *chart {
	c.series = slices.DeleteFunc(c.series, func(s series) bool {
		return !slices.ContainsFunc(s.values, func(v int) bool { return v != 0 })
	})
	return c
}

func trainingsOf(items []listedItem) []string {
	var ids []string
	for _, it := range items {
		if it.TrainingID != "" && !slices.Contains(ids, it.TrainingID) {
			ids = append(ids, it.TrainingID)
		}
	}
	slices.Sort(ids)
	return ids
}

// provinces is one sentence: where it was raised, most often first.
func (b *builder) provinces(c *composed) {
	known := where(c.items, func(it *listedItem) bool { return it.Province != "" })
	if len(known) == 0 {
		return
	}
	base := b.basis(c.name()+"问题分省份条目（含附议）", byProvince, known)
	runs := []run{txt("按地区（含附议）：")}
	for i, g := range base.groups {
		if i > 0 {
			runs = append(runs, txt("、"))
		}
		runs = append(runs, txt(g.label), b.fig(base, "group:"+g.label), txt("条"))
	}
	b.p(append(runs, b.mark(base), txt("。"))...)
}

// sides sets what each department says side by side: its counts and its
// representative originals.
func (b *builder) sides(c *composed, level, quotes int) {
	for _, d := range departmentsOf(c.items) {
		base := b.departmentBasis(c, d)
		counts := CountItems(base.items)
		more := []run{txt("（"), b.fig(base, "members"), txt("条")}
		if counts.Endorsements > 0 {
			more = append(more, txt("，附议"), b.fig(base, "endorsements"), txt("条"))
		}
		if counts.Provinces > 0 {
			more = append(more, txt("，"), b.fig(base, "provinces"), txt("个省份"))
		}
		b.h(level, d.Name(), append(more, txt("）"), b.mark(base))...)
		for _, it := range c.representatives(d, quotes) {
			b.quote(it)
		}
	}
}

// representatives picks a department's originals: those named by the caller
// first, then members before endorsements by similarity, no text twice.
func (c *composed) representatives(d feedback.Department, n int) []*listedItem {
	var own []*listedItem
	for i := range c.items {
		if departmentRank(c.items[i].Department) == departmentRank(d) {
			own = append(own, &c.items[i])
		}
	}
	rank := func(it *listedItem) int {
		if i := slices.Index(c.Representatives, it.ID); i >= 0 {
			return i
		}
		r := len(c.Representatives)
		if it.Endorses != "" {
			r += 10
		}
		switch it.Similarity {
		case "中":
			r++
		case "低":
			r += 2
		}
		return r
	}
	slices.SortStableFunc(own, func(x, y *listedItem) int { return cmp.Compare(rank(x), rank(y)) })
	var out []*listedItem
	seen := map[string]bool{}
	for _, it := range own {
		key := feedback.Normalize(it.Text)
		if len(out) == n || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, it)
	}
	return out
}

// How much of an original is quoted, in characters; the whole text stands in
// the annex.
const (
	longestQuote       = 240
	longestDigestQuote = 100
)

// quote sets one original apart, with who said it and where it stands.
func (b *builder) quote(it *listedItem) {
	longest := longestQuote
	if b.doc.form() == Digest {
		longest = longestDigestQuote
	}
	text, cut := firstRunes(strings.Join(strings.Fields(it.text()), " "), longest)
	if cut {
		text += "……"
	}
	from := it.who()
	if it.TrainingID != "" {
		from += "，" + trainingLabel(it.TrainingID)
	}
	b.add(block{kind: quoteBlock, runs: []run{txt(text), txt("（" + from + "）"), b.itemMark(it)}})
}

// citations lists the statutes cited, most often first.
func (b *builder) citations(c *composed) {
	if len(c.Citations) == 0 {
		b.p(txt("反馈条目未直接引用法律条文或文件。"))
		return
	}
	t := &table{
		widths: []int{50, 24, 14, 12}, align: []byte("llrc"),
		header: []string{"条文或文件", "版本", "引用条目", "依据"},
	}
	for _, ci := range sortedCitations(c.Citations) {
		base := b.citationBasis(c, &ci)
		t.rows = append(t.rows, tableRow{cells: [][]run{
			{txt(cmp.Or(ci.Label, ci.Norm))}, {txt(cmp.Or(ci.Version, "—"))}, {b.fig(base, "total")}, {b.mark(base)},
		}})
	}
	b.table(t)
	if slices.ContainsFunc(c.Citations, func(ci Citation) bool { return ci.Verified == "" }) {
		b.note(txt("注：条文由系统从原文中识别，引用前须对照现行有效文本核对版本和条号。"))
	}
}

func (b *builder) citationBasis(c *composed, ci *Citation) *basis {
	return b.basis(c.name()+"问题引用"+cmp.Or(ci.Label, ci.Norm)+"的条目", byDepartment,
		where(c.items, func(it *listedItem) bool { return slices.Contains(ci.ItemIDs, it.ID) }))
}

func sortedCitations(in []Citation) []Citation {
	out := slices.Clone(in)
	slices.SortFunc(out, func(x, y Citation) int {
		return cmp.Or(cmp.Compare(len(y.ItemIDs), len(x.ItemIDs)), strings.Compare(x.Norm, y.Norm))
	})
	return out
}

// existingRule is 现行规定检索结论, which a person writes.
func (b *builder) existingRule() {
	b.humanText("现行规定检索结论", "已明确、不明确、冲突或空白；列出检索到的条文、检答网或法答网答复、案例")
}

// facets tells 问题性质 and 影响程度 and on what they rest.
func (b *builder) facets(c *composed) {
	for _, name := range facetNames(c.Facets) {
		runs := []run{strong(name + "：")}
		first := true
		for _, f := range c.Facets {
			if f.Facet != name {
				continue
			}
			if !first {
				runs = append(runs, txt("；"))
			}
			first = false
			runs = append(runs, txt(f.Value))
			how := "系统提示，待研判确认"
			if f.Decided {
				how = "研判确定"
			}
			if f.Cue != "" {
				how += "，依据“" + f.Cue + "”"
			}
			if len(f.ItemIDs) > 0 {
				base := b.basis(c.name()+"问题"+name+"为“"+f.Value+"”的条目", byDepartment,
					where(c.items, func(it *listedItem) bool { return slices.Contains(f.ItemIDs, it.ID) }))
				runs = append(runs, txt("（"+how+"，见于"), b.fig(base, "total"), txt("条"), b.mark(base), txt("）"))
			} else {
				runs = append(runs, txt("（"+how+"）"))
			}
		}
		b.p(append(runs, txt("。"))...)
	}
}

func facetNames(facets []Facet) []string {
	var out []string
	for _, f := range facets {
		if !slices.Contains(out, f.Facet) {
			out = append(out, f.Facet)
		}
	}
	return out
}

// priority is the scorecard with its weights open.
func (b *builder) priority(c *composed) {
	if len(c.Priority) == 0 {
		b.humanText("重大/疑难/复杂", "勾选并写明理由")
		return
	}
	t := &table{
		widths: []int{14, 12, 12, 50, 12}, align: []byte("lrrlc"),
		header: []string{"方面", "得分", "权重", "依据", "出处"},
	}
	for _, p := range c.Priority {
		why := p.Basis
		if p.Override != "" {
			if why != "" {
				why = strings.TrimRight(why, "。；") + "；"
			}
			why += "人工调整：" + p.Override
			if p.By != "" {
				why += "（" + p.By + "）"
			}
		}
		base := b.said(c.name()+"问题"+p.Name+"得分", cmp.Or(why, "系统按评分规则计算")+"；评分所用条目：", refsOf(c.items))
		score := run{kind: figureRun, text: strconv.FormatFloat(p.Score, 'f', 2, 64), to: b.target(base.target()), metric: "score"}
		t.rows = append(t.rows, tableRow{cells: [][]run{
			{txt(p.Name)}, {score}, {txt(strconv.FormatFloat(p.Weight, 'f', 2, 64))}, {txt(cmp.Or(why, "—"))}, {b.mark(base)},
		}})
	}
	b.table(t)
	if s := b.field("重大/疑难/复杂"); s != "" {
		b.text(s)
	}
}

// conflict is 分歧意见: what departments said in deliberation, and what the
// analyst wrote.
func (b *builder) conflict(c *composed, level int) {
	positions := slices.Clone(c.Positions)
	slices.SortStableFunc(positions, func(x, y Position) int {
		return cmp.Or(cmp.Compare(departmentRank(x.Department), departmentRank(y.Department)), strings.Compare(x.On, y.On))
	})
	for _, p := range positions {
		runs := []run{strong(p.Department.Name() + "：")}
		if p.Stance != "" {
			runs = append(runs, txt(p.Stance+"。"))
		}
		runs = append(runs, txt(p.Text))
		if signed := strings.TrimSpace(p.By + " " + zhDate(p.On)); signed != "" {
			runs = append(runs, txt("（"+signed+"）"))
		}
		b.p(runs...)
	}
	if s := b.field("分歧意见"); s != "" || len(positions) == 0 {
		b.humanText("分歧意见", "观点一、观点二及倾向；没有分歧的写明“未见分歧”")
	}
}

// field is what a person entered under any of the names.
func (b *builder) field(names ...string) string {
	for _, n := range names {
		if s := strings.TrimSpace(b.doc.Fields[n]); s != "" {
			return s
		}
	}
	return ""
}

// humanText writes a person's text or the blank for it.
func (b *builder) humanText(name, hint string) {
	if s := b.field(name); s != "" {
		b.text(s)
		return
	}
	b.p(blank(hint))
}

// signoff closes the body.
func (b *builder) signoff() {
	m := b.doc.Meta
	b.m.signoff = []string{
		"研判人：" + cmp.Or(m.Preparer, blankOpen+blankClose) + "　复核人：" + cmp.Or(m.Reviewer, blankOpen+blankClose),
		zhDate(cmp.Or(m.ReviewedOn, dateOf(m))),
	}
	made := "本材料由系统辅助归并，经人工研判复核"
	if m.Reviewer == "" {
		made += "（复核人签注前为征求意见稿）"
	}
	made += "，仅供内部研究参考，不代表各部门正式意见。"
	var parts []string
	if m.CutOff != "" {
		parts = append(parts, "数据截至"+zhDate(m.CutOff))
	}
	if m.RunID != "" {
		run := "归并批次" + m.RunID
		if m.CorpusDate != "" {
			run += "（" + zhDate(m.CorpusDate) + "）"
		}
		parts = append(parts, run)
	}
	if m.DecisionSeq > 0 {
		parts = append(parts, fmt.Sprintf("人工决定至第%d号", m.DecisionSeq))
	}
	if m.Strictness != "" {
		parts = append(parts, "归并尺度"+m.Strictness)
	}
	if m.Version != "" {
		parts = append(parts, "程序版本"+m.Version)
	}
	if m.DictionaryHash != "" {
		hash, _ := firstRunes(m.DictionaryHash, 12)
		parts = append(parts, "词表版本"+hash)
	}
	if !m.GeneratedAt.IsZero() {
		parts = append(parts, "生成于"+m.GeneratedAt.Format("2006年1月2日15:04"))
	}
	if len(parts) > 0 {
		made += strings.Join(parts, "，") + "。"
	}
	b.m.made = made
	if b.m.lead == "" && m.CutOff != "" {
		b.m.lead = "（数据截至" + zhDate(m.CutOff) + "）"
	}
}

func dateOf(m Meta) string {
	if m.GeneratedAt.IsZero() {
		return ""
	}
	return m.GeneratedAt.Format("2006-01-02")
}

// title sets the document's title, broken for the page.
func (b *builder) title(lines ...string) {
	if b.doc.Title != "" {
		lines = []string{b.doc.Title}
	}
	b.m.title = nil
	for _, l := range lines {
		b.m.title = append(b.m.title, breakTitle(l, 19, b.words)...)
	}
}

// about is an issue's title as it stands inside a document's title.
func about(title string) string {
	title = strings.TrimRight(strings.TrimSpace(title), "？?。.！!；;，,")
	return strings.NewReplacer("“", "‘", "”", "’").Replace(title) // it stands between “ and ”
}

// Annexes.

func (b *builder) annexes() {
	b.annex("反馈条目清单", b.itemAnnex)
	b.annex("数据依据表", b.basisAnnex)
	if slices.ContainsFunc(b.issues, func(c composed) bool { return len(c.Citations) > 0 }) {
		b.annex("涉及法条", b.citationAnnex)
	}
	for _, name := range b.later {
		b.annex(name, func() { b.humanText(name, "") })
	}
}

// annex writes an annex's blocks aside; the order of annexes is that of calls.
func (b *builder) annex(title string, write func()) {
	an := annex{title: title}
	body, counters := b.out, b.counters
	b.out, b.counters = &an.blocks, [5]int{}
	write()
	b.out, b.counters = body, counters
	b.m.annexes = append(b.m.annexes, an)
}

// itemAnnex lists every item with its source: where all marks end.
func (b *builder) itemAnnex() {
	b.note(txt("说明：编号“12.3”指第12号问题第3条，出处末行为条目的永久编号。原文均已脱敏；“附议”指不同单位逐字相同的反映，计入共性但不另计条目。"))
	for i := range b.issues {
		c := &b.issues[i]
		title := c.name() + "　" + c.Title
		switch {
		case c.Number == 0:
			title = c.name() + "（未经人工确认）　" + c.Title
		case c.Version > 0:
			title = fmt.Sprintf("%s（第%d版）　%s", c.name(), c.Version, c.Title)
		}
		b.plainHeading(2, c.anchor, title)
		b.table(b.itemTable(c.items, c))
	}
	if len(b.loose) > 0 {
		b.plainHeading(2, "x", "尚未归入问题的反馈")
		b.table(b.itemTable(b.loose, nil))
	}
	if len(b.doc.Rejects) > 0 {
		b.plainHeading(2, "r", "未接收的行")
		t := &table{
			widths: []int{12, 25, 32, 31}, align: []byte("clll"), compact: true,
			header: []string{"编号", "原因", "办法", "原始出处"},
		}
		for i, r := range b.doc.Rejects {
			ref := rejectRef(i)
			t.rows = append(t.rows, tableRow{anchor: ref.target(), cells: [][]run{
				{txt(ref.text())}, {txt(cmp.Or(r.Reason, "—"))}, {txt(cmp.Or(r.Mend, "—"))}, {txt(r.Source.String())},
			}})
		}
		b.table(t)
	}
}

// rejectRef names a row that was turned away.
func rejectRef(i int) itemRef { return itemRef{prefix: "退", anchor: "r", ordinal: i + 1} }

func refsOf(items []listedItem) []itemRef {
	out := make([]itemRef, len(items))
	for i := range items {
		out[i] = items[i].ref
	}
	return out
}

func (b *builder) itemTable(items []listedItem, c *composed) *table {
	t := &table{
		widths: []int{9, 18, 42, 31}, align: []byte("clll"), compact: true,
		header: []string{"编号", "来自", "原文", "原始出处"},
	}
	for i := range items {
		it := &items[i]
		from := it.who()
		if it.TrainingID != "" {
			from += "\n" + trainingLabel(it.TrainingID)
		}
		if it.GivenOn != "" {
			from += "\n" + it.GivenOn
		}
		kind := string(it.Kind)
		if it.Segment != "" {
			kind = strings.Trim(kind+"·"+it.Segment, "·")
		}
		if it.Similarity != "" {
			kind += "\n相近：" + it.Similarity
		}
		if kind = strings.TrimSpace(kind); kind != "" {
			from += "\n" + kind
		}
		text := []run{txt(it.text())}
		if it.Background != "" {
			text = append(text, txt("\n（背景："+strings.TrimSpace(it.Background)+"）"))
		}
		if it.Endorses != "" {
			whom := (*listedItem)(nil)
			if c != nil {
				whom = c.byID[it.Endorses]
			}
			if whom != nil {
				text = append(text, txt("\n附议"), run{kind: figureRun, text: whom.ref.text(), to: whom.ref.target(), metric: "ref"})
			} else {
				text = append(text, txt("\n附议（所附议的条目不在本清单内）"))
			}
		}
		t.rows = append(t.rows, tableRow{anchor: it.ref.target(), cells: [][]run{
			{txt(it.ref.text())}, {txt(from)}, text, {txt(cmp.Or(sourceText(it.Sources), "未记录出处") + "\n" + it.ID)},
		}})
	}
	return t
}

// basisAnnex says for every figure which items were counted.
func (b *builder) basisAnnex() {
	b.note(txt("说明：正文中的数字后以“[依据号]”标注。条目、附议分别计数；部门、省份、期次按去重后的个数计。"))
	t := &table{
		widths: []int{9, 25, 26, 40}, align: []byte("clll"), compact: true,
		header: []string{"依据", "统计对象", "统计结果", "所依据的条目"},
	}
	for i := range b.m.bases {
		base := &b.m.bases[i]
		row := tableRow{anchor: base.target(), cells: [][]run{{txt("[" + strconv.Itoa(base.number) + "]")}, {txt(base.what)}}}
		if base.text != "" {
			row.cells = append(row.cells, []run{txt("—")}, append([]run{txt(base.text)}, rangesOf(base.rests)...))
			t.rows = append(t.rows, row)
			continue
		}
		c := CountItems(base.items)
		result := fmt.Sprintf("条目%d、附议%d、部门%d、省份%d、期次%d", c.Members, c.Endorsements, c.Departments, c.Provinces, c.Trainings)
		if base.issues > 1 {
			result = fmt.Sprintf("问题%d、", base.issues) + result
		}
		var refs []run
		for k, g := range base.groups {
			if k > 0 {
				refs = append(refs, txt("；"))
			}
			if len(base.groups) > 1 && base.issues <= 1 {
				refs = append(refs, txt(g.label+" "))
			}
			refs = append(refs, rangesOf(g.refs)...)
		}
		if len(refs) == 0 {
			refs = []run{txt("无")}
		}
		row.cells = append(row.cells, []run{txt(result)}, refs)
		t.rows = append(t.rows, row)
	}
	b.table(t)
}

// citationAnnex compiles the statutes that items cite.
func (b *builder) citationAnnex() {
	b.note(txt("说明：规范式含所引法律的版本，便于核对修正前后的条号。"))
	t := &table{
		widths: []int{9, 38, 22, 20, 11}, align: []byte("cllcc"), compact: true,
		header: []string{"问题", "条文或文件", "规范式", "版本", "核对"},
	}
	for i := range b.issues {
		c := &b.issues[i]
		for _, ci := range sortedCitations(c.Citations) {
			var refs []itemRef
			for k := range c.items {
				if slices.Contains(ci.ItemIDs, c.items[k].ID) {
					refs = append(refs, c.items[k].ref)
				}
			}
			label := []run{txt(cmp.Or(ci.Label, ci.Norm))}
			if len(refs) > 0 {
				label = append(append(label, txt("\n见")), rangesOf(refs)...)
			}
			t.rows = append(t.rows, tableRow{cells: [][]run{
				{txt(c.prefix)}, label, {txt(ci.Norm)}, {txt(cmp.Or(ci.Version, "—"))}, {txt(cmp.Or(ci.Verified, "待核"))},
			}})
		}
	}
	b.table(t)
}
