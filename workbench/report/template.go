package report

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// templatePrefix keeps our styles apart from those a template has.
const templatePrefix = "TT"

// annexPlace holds the annexes' place until they are written. XML cannot hold
// its first character, so no template can hold it.
const annexPlace = "\x00附件\x00"

// mostTemplate is how many bytes a template may hold when unpacked.
const mostTemplate = 64 << 20

// TemplateField is a field that a template may name.
type TemplateField struct {
	Name  string
	Means string
	Whole bool // stands for paragraphs or tables; alone in its paragraph
}

// TemplateFields lists the fields that any template may name, as {{名称}},
// beside those of the form (FieldsOf, CommonFields): a form's sections give
// what the report itself would say there, its fields what was entered.
var TemplateFields = []TemplateField{
	{"标题", "报告标题", false},
	{"编号", "问题编号，如第12号", false},
	{"题目", "问题题目", false},
	{"状态", "办理状态", false},
	{"主题", "主题分类", false},
	{"关键词", "关键词，顿号分隔", false},
	{"条目数", "反馈条目数，带出处标记", false},
	{"附议数", "附议数，带出处标记", false},
	{"部门数", "涉及部门数，带出处标记", false},
	{"省份数", "涉及省份数，带出处标记", false},
	{"期次数", "涉及培训期数，带出处标记", false},
	{"首次反映", "首次反映日期", false},
	{"最近反映", "最近反映日期", false},
	{"研判人", "研判人姓名", false},
	{"复核人", "复核人姓名", false},
	{"日期", "成文日期", false},
	{"数据截至", "数据截至日期", false},
	{"制作说明", "系统辅助归并、人工研判复核的说明和版本信息", false},
	{"内部标注", internalMark, false},
	{"反映情况", "一句话概括条目、部门、省份、期次，带出处标记", true},
	{"问题表述", "问题表述", true},
	{"部门分布", "分部门统计表", true},
	{"期次分布", "分期次统计表", true},
	{"地区分布", "分省份统计", true},
	{"各部门反映", "分部门的代表性原文，带出处标记", true},
	{"学员建议", "学员提出的建议原文", true},
	{"涉及法条", "引用条文统计表", true},
	{"现行规定检索结论", "研判人填写的检索结论", true},
	{"问题性质", "问题性质和影响程度", true},
	{"重大疑难复杂", "重大、疑难、复杂与共性评分表", true},
	{"分歧意见", "会商意见和分歧", true},
	{"转化建议", "转化方向、理由和办理结果", true},
	{"研判记录", "研判记录", true},
	{"来源追溯", "问题形成和变化的过程", true},
	{"正文", "本方向报告的全部正文", true},
	{"附件", "全部附件；模板中没有这一项的，附件排在最后", true},
}

// FillTemplate writes the user's own docx with the document in the places of
// its fields. template is the whole file. A field is {{名称}} in body, header,
// footer or table; one that stands for paragraphs is alone in its paragraph.
// Figures and quotations keep their marks, and the annexes they lead to come
// last unless the template has {{附件}}. unknown lists, in order, the names that
// mean nothing; each is left as a visible blank.
func FillTemplate(w io.Writer, template []byte, d *Document, o Options) (unknown []string, err error) {
	o.OmitAnnex = false
	b, err := newBuilder(d, o)
	if err != nil {
		return nil, err
	}
	b.signoff()
	parts, err := readTemplate(template)
	if err != nil {
		return nil, err
	}
	f := filler{b: b, inline: b.inlineFields()}
	// The body first: figures are numbered in the order a reader meets them.
	slices.SortFunc(parts, func(x, y templatePart) int {
		rank := func(p templatePart) int {
			switch {
			case p.name == "word/document.xml":
				return 0
			case strings.HasPrefix(p.name, "word/header"), strings.HasPrefix(p.name, "word/foot"):
				return 1
			}
			return 2
		}
		return cmp.Or(cmp.Compare(rank(x), rank(y)), strings.Compare(x.name, y.name))
	})
	for i := range parts {
		p := &parts[i]
		switch {
		case p.name == "word/document.xml":
			p.body = f.body(p.body)
		case strings.HasPrefix(p.name, "word/header"), strings.HasPrefix(p.name, "word/foot"):
			p.body = f.paragraphs(p.body, false)
		case p.name == "word/styles.xml":
			p.body = strings.Replace(p.body, "</w:styles>", templateStyles+"</w:styles>", 1)
		}
	}
	slices.SortFunc(parts, func(x, y templatePart) int { return strings.Compare(x.name, y.name) })
	zw := zip.NewWriter(w)
	for _, p := range parts {
		entry, err := zw.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: epoch})
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", p.name, err)
		}
		if _, err := io.WriteString(entry, p.body); err != nil {
			return nil, fmt.Errorf("writing %s: %w", p.name, err)
		}
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("closing docx: %w", err)
	}
	return f.unknown, nil
}

type templatePart struct{ name, body string }

func readTemplate(template []byte) ([]templatePart, error) {
	zr, err := zip.NewReader(bytes.NewReader(template), int64(len(template)))
	if err != nil {
		return nil, errors.New("模板不是 docx 文件：请在 Word 或 WPS 中另存为 .docx 后再用")
	}
	var parts []templatePart
	left := int64(mostTemplate)
	has := map[string]bool{}
	for _, f := range zr.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if strings.Contains(strings.ToLower(f.Name), "vbaproject") {
			return nil, errors.New("模板含有宏：请另存为不含宏的 .docx 后再用")
		}
		if has[f.Name] {
			return nil, fmt.Errorf("模板已损坏：%s 出现两次", f.Name)
		}
		has[f.Name] = true
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("模板已损坏，无法读取 %s：%w", f.Name, err)
		}
		body, err := io.ReadAll(io.LimitReader(r, left+1))
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, fmt.Errorf("模板已损坏，无法读取 %s：%w", f.Name, err)
		}
		if left -= int64(len(body)); left < 0 {
			return nil, fmt.Errorf("模板过大：解压后超过 %d MB", mostTemplate>>20)
		}
		parts = append(parts, templatePart{f.Name, string(body)})
	}
	if !has["word/document.xml"] || !has["word/styles.xml"] {
		return nil, errors.New("模板不是 docx 文件：缺少正文或样式；请在 Word 或 WPS 中另存为 .docx 后再用")
	}
	return parts, nil
}

// filler replaces the fields of one template.
type filler struct {
	b         *builder
	inline    map[string][]run
	unknown   []string
	bookmarks int
	annexed   bool
}

// body fills word/document.xml and sees that the annexes are in it.
func (f *filler) body(xml string) string {
	f.bookmarks = 1 << 20 // above what Word counts itself
	xml = f.paragraphs(xml, true)
	// The annexes come last of all, when every figure has its number, even
	// where the template puts them in the middle.
	if !f.annexed {
		at := strings.LastIndex(xml, "</w:body>")
		if s := strings.LastIndex(xml, "<w:sectPr"); s > strings.LastIndex(xml, "</w:p>") {
			at = s
		}
		if at < 0 {
			return xml
		}
		xml = xml[:at] + annexPlace + xml[at:]
	}
	f.b.annexes()
	return strings.Replace(xml, annexPlace, f.render(func(d *docxWriter) { d.annexes() }), 1)
}

// paragraphs fills every paragraph; an inner one, of a text box, before the
// one around it.
func (f *filler) paragraphs(xml string, blocks bool) string {
	var out strings.Builder
	for {
		end := strings.Index(xml, "</w:p>")
		if end < 0 {
			out.WriteString(xml)
			return out.String()
		}
		end += len("</w:p>")
		start := max(strings.LastIndex(xml[:end], "<w:p>"), strings.LastIndex(xml[:end], "<w:p "))
		if start < 0 { // the end of a paragraph around a text box
			out.WriteString(xml[:end])
			xml = xml[end:]
			continue
		}
		out.WriteString(xml[:start])
		out.WriteString(f.paragraph(xml[start:end], blocks))
		xml = xml[end:]
	}
}

var (
	textTag  = regexp.MustCompile(`<w:t(?: [^>]*)?>([^<]*)</w:t>`)
	fieldTag = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)
	runStart = regexp.MustCompile(`(?s)<w:r(?: [^>]*)?>(<w:rPr>.*?</w:rPr>|<w:rPr/>)?`)
)

// paragraph fills one paragraph. Word cuts a paragraph's text into runs as it
// likes, so a field is looked for in the text of all of them together. What is
// filled in is never looked through for fields.
func (f *filler) paragraph(xml string, blocks bool) string {
	if !strings.Contains(xml, "{") {
		return xml
	}
	all := paragraphText(xml)
	fields := fieldTag.FindAllStringSubmatchIndex(all, -1)
	name := func(m []int) string { return xmlUnescaper.Replace(all[m[2]:m[3]]) }
	if len(fields) == 1 && blocks && !strings.Contains(xml, "<w:sectPr") {
		m := fields[0]
		if strings.TrimSpace(all[:m[0]]+all[m[1]:]) == "" {
			if name(m) == "附件" && !f.annexed {
				f.annexed = true
				return annexPlace
			}
			if bl, ok := f.whole(name(m)); ok {
				return f.render(func(d *docxWriter) { d.blocks(bl) })
			}
		}
	}
	// Values from first to last, so that figures are numbered as they are read;
	// into the text from last to first, so that what is before keeps its place.
	values := make([][]run, len(fields))
	for i, m := range fields {
		values[i] = f.runs(name(m))
	}
	for i, m := range slices.Backward(fields) {
		xml = f.replace(xml, m[0], m[1], values[i])
	}
	return xml
}

func paragraphText(xml string) string {
	var text strings.Builder
	for _, m := range textTag.FindAllStringSubmatch(xml, -1) {
		text.WriteString(m[1])
	}
	return text.String()
}

// replace puts runs in the place of text[from:to] of a paragraph's text
// elements. The runs take the look of the one the field began in.
func (f *filler) replace(xml string, from, to int, runs []run) string {
	spans := textTag.FindAllStringSubmatchIndex(xml, -1)
	var out strings.Builder
	at, done := 0, 0 // position in xml, in the text
	placed := false
	for _, s := range spans {
		text := xml[s[2]:s[3]]
		start, end := max(from-done, 0), min(to-done, len(text))
		done += len(text)
		if start >= end {
			continue
		}
		out.WriteString(xml[at:s[0]] + `<w:t xml:space="preserve">` + text[:start])
		if !placed {
			placed = true
			look := ""
			if all := runStart.FindAllStringSubmatch(xml[:s[0]], -1); len(all) > 0 {
				look = all[len(all)-1][1]
			}
			out.WriteString(`</w:t></w:r>` + f.look(runs, look) + `<w:r>` + look + `<w:t xml:space="preserve">`)
		}
		out.WriteString(text[end:] + `</w:t>`)
		at = s[1]
	}
	return out.String() + xml[at:]
}

// look writes runs in the look of the template's own; marks and blanks keep
// theirs.
func (f *filler) look(runs []run, look string) string {
	return f.render(func(d *docxWriter) {
		for _, r := range runs {
			if r.kind == markRun || r.kind == blankRun {
				d.runs([]run{r})
				continue
			}
			if r.to != "" {
				d.raw(`<w:hyperlink w:anchor="` + r.to + `" w:history="1">`)
			}
			for i, line := range strings.Split(r.text, "\n") {
				if i > 0 {
					d.raw(`<w:r><w:br/></w:r>`)
				}
				d.raw(`<w:r>` + look + `<w:t xml:space="preserve">` + xmlText(line) + `</w:t></w:r>`)
			}
			if r.to != "" {
				d.raw(`</w:hyperlink>`)
			}
		}
	})
}

func (f *filler) render(write func(*docxWriter)) string {
	var buf bytes.Buffer
	w := bufio.NewWriter(&buf)
	d := &docxWriter{w: w, model: f.b.m, prefix: templatePrefix, bookmarks: f.bookmarks}
	write(d)
	f.bookmarks = d.bookmarks
	_ = w.Flush() // a bytes.Buffer takes everything
	return buf.String()
}

// runs is a field inside a line. A field that stands for paragraphs gives
// their text.
func (f *filler) runs(name string) []run {
	if r, ok := f.inline[name]; ok {
		return r
	}
	if s := f.b.field(name); s != "" {
		return []run{txt(s)}
	}
	if bl, ok := f.whole(name); ok {
		var out []run
		for _, one := range bl {
			if one.kind == paraBlock || one.kind == quoteBlock {
				out = append(out, one.runs...)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	if !f.isField(name) {
		f.unknown = append(f.unknown, name)
	}
	return []run{blank(name)}
}

func (f *filler) isField(name string) bool {
	is := func(fields []FormField) bool {
		return slices.ContainsFunc(fields, func(fl FormField) bool { return fl.Name == name || fl.Heading == name })
	}
	common, _ := fieldsOf(commonForm, f.b.tables)
	return is(f.b.form(f.b.doc.form())) || is(common) || slices.ContainsFunc(TemplateFields, func(t TemplateField) bool { return t.Name == name })
}

// inlineFields are the fields that are one line of text.
func (b *builder) inlineFields() map[string][]run {
	m := b.doc.Meta
	join := func(sep string, of func(*composed) string) []run {
		var out []string
		for i := range b.issues {
			if s := of(&b.issues[i]); s != "" {
				out = append(out, s)
			}
		}
		return []run{b.orBlank(strings.Join(out, sep), "")}
	}
	all := b.allItems()
	var base *basis
	if len(b.issues) == 1 {
		base = b.issueBasis(&b.issues[0])
	} else {
		base = b.basis("本材料全部问题", byIssue, all)
	}
	c := CountItems(base.items)
	title := b.doc.Title
	if title == "" && len(b.issues) == 1 {
		title = "关于“" + about(b.issues[0].Title) + "”问题的" + cmp.Or(directionTitles[b.doc.form()], string(b.doc.form()))
	}
	return map[string][]run{
		"标题":   {txt(cmp.Or(title, "同堂培训反馈"+string(b.doc.form())))},
		"编号":   join("、", func(c *composed) string { return c.name() }),
		"题目":   join("；", func(c *composed) string { return c.Title }),
		"状态":   join("、", func(c *composed) string { return c.Status }),
		"主题":   join("、", func(c *composed) string { return c.Topic }),
		"关键词":  join("、", func(c *composed) string { return strings.Join(c.Keywords, "、") }),
		"条目数":  {b.fig(base, "members"), b.mark(base)},
		"附议数":  {b.fig(base, "endorsements"), b.mark(base)},
		"部门数":  {b.fig(base, "departments"), b.mark(base)},
		"省份数":  {b.fig(base, "provinces"), b.mark(base)},
		"期次数":  {b.fig(base, "trainings"), b.mark(base)},
		"首次反映": {b.orBlank(zhDate(c.First), "")},
		"最近反映": {b.orBlank(zhDate(c.Last), "")},
		"研判人":  {b.orBlank(m.Preparer, "")},
		"复核人":  {b.orBlank(m.Reviewer, "")},
		"日期":   {b.orBlank(zhDate(cmp.Or(m.ReviewedOn, dateOf(m))), "")},
		"数据截至": {b.orBlank(zhDate(m.CutOff), "")},
		"制作说明": {txt(b.m.made)},
		"内部标注": {txt(internalMark)},
	}
}

// whole is what a field that stands for paragraphs gives.
func (f *filler) whole(name string) ([]block, bool) {
	b := f.b
	each := func(write func(c *composed)) func() {
		return func() { b.eachIssue(3, func(c *composed, _ int) { write(c) }) }
	}
	parts := map[string]func(){
		"反映情况": each(func(c *composed) { b.p(b.countsSentence(b.issueBasis(c), "收到反馈条目")...) }),
		"问题表述": each(b.statement),
		"部门分布": each(b.departmentTable),
		"期次分布": each(b.trend),
		"地区分布": each(b.provinces),
		"各部门反映": func() {
			b.eachIssue(3, func(c *composed, level int) { b.sides(c, level, b.quotes()) })
		},
		"学员建议":     each(func(c *composed) { b.suggested(c) }),
		"涉及法条":     each(b.citations),
		"现行规定检索结论": b.existingRule,
		"问题性质":     each(b.facets),
		"重大疑难复杂":   each(b.priority),
		"分歧意见":     each(func(c *composed) { b.conflict(c, 4) }),
		"转化建议":     each(b.candidates),
		"研判记录":     each(b.notes),
		"来源追溯":     each(b.lineage),
		"正文":       b.body,
	}
	write, ok := parts[name]
	if !ok {
		for _, fl := range b.form(b.doc.form()) {
			if fl.Section && (fl.Name == name || fl.Heading == name) {
				write, ok = func() { b.section(b.doc.form(), fl) }, true
			}
		}
	}
	if !ok {
		return nil, false
	}
	var blocks []block
	out, counters := b.out, b.counters
	b.out, b.counters = &blocks, [5]int{}
	write()
	b.out, b.counters = out, counters
	// A chart would need parts that the template does not have; its numbers
	// stand in the table before it.
	return slices.DeleteFunc(blocks, func(bl block) bool { return bl.kind == chartBlock }), true
}

// templateStyles are our styles under names that no template has.
var templateStyles = func() string {
	from := strings.Index(styles, `<w:style `)
	to := strings.LastIndex(styles, `</w:styles>`)
	s := strings.ReplaceAll(styles[from:to], ` w:default="1"`, "")
	s = regexp.MustCompile(`(w:styleId="|<w:basedOn w:val="|<w:next w:val=")`).ReplaceAllString(s, "${1}"+templatePrefix)
	return regexp.MustCompile(`<w:name w:val="`).ReplaceAllString(s, `${0}同堂 `)
}()

var xmlUnescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")
