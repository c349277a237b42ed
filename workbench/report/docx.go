package report

import (
	"archive/zip"
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The page of GB/T 9704-2012, in twips (1/1440 inch) unless said otherwise.
// 天头 37 mm, 订口 28 mm, 版心 156 by 225 mm leave 35 mm below and 26 mm on the
// right.
const (
	pageWidth    = 11906
	pageHeight   = 16838
	marginTop    = 2098
	marginBottom = 1984
	marginLeft   = 1588
	marginRight  = 1474
	textWidth    = pageWidth - marginLeft - marginRight
	// 22 lines in 225 mm: 28.95 pt each.
	linePitch = 579
	// 28 characters of 16 pt in 156 mm: each is 0.207 pt narrower than it would
	// be set solid. The grid counts in 1/4096 pt.
	charSpace = -849
	// The same set off the grid: 28 characters of 15.7 pt are 440 pt of 442. At
	// 15.75 pt LibreOffice already sets 27.
	tighter = -6 // twips
	// The footer's bottom edge above the page's: puts the dash of — 1 — 7 mm
	// below the text, with the number's 14 pt line around it.
	footerDistance = 1447
	oneChar        = 316 // one grid character
	bodySize       = 32  // 3号, in half points
	titleSize      = 44  // 2号
	twipEMU        = 635
)

// Fonts by the names the standard's readers have installed.
const (
	fontTitle = "方正小标宋简体"
	fontBody  = "仿宋_GB2312"
	fontKai   = "楷体_GB2312"
	fontHei   = "黑体"
	fontSong  = "宋体"
	fontRare  = "SimSun-ExtB" // characters beyond the basic plane
)

// epoch is the date of every zip entry: the format cannot say earlier.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// WriteDOCX writes the report as a Word file in the manner of GB/T 9704-2012:
// page, type, grid, heading levels, page numbers and annexes, but no red head,
// document number, seal or issuer's signature. Figures and quotations are
// links to the annex; a printed page shows their marks.
func WriteDOCX(w io.Writer, d *Document, o Options) error {
	m, err := compose(d, o)
	if err != nil {
		return err
	}
	return m.writeDOCX(w)
}

// writeDOCX writes a page model as a Word file.
func (m *model) writeDOCX(w io.Writer) error {
	zw := zip.NewWriter(w)
	part := func(name string, write func(*bufio.Writer)) error {
		entry, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch})
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		buf := bufio.NewWriterSize(entry, 1<<16)
		write(buf)
		if err := buf.Flush(); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		return nil
	}
	text := func(s string) func(*bufio.Writer) {
		return func(b *bufio.Writer) { b.WriteString(s) }
	}
	charts := m.charts()
	steps := []struct {
		name  string
		write func(*bufio.Writer)
	}{
		{"[Content_Types].xml", text(contentTypes(len(charts)))},
		{"_rels/.rels", text(packageRels)},
		{"docProps/app.xml", text(appProperties)},
		{"docProps/core.xml", text(coreProperties(m))},
		{"word/_rels/document.xml.rels", text(documentRels(len(charts)))},
		{"word/document.xml", func(b *bufio.Writer) { (&docxWriter{w: b, model: m}).document() }},
		{"word/fontTable.xml", text(fontTable)},
		{"word/footer1.xml", text(footer("right"))},
		{"word/footer2.xml", text(footer("left"))},
		{"word/settings.xml", text(settings)},
		{"word/styles.xml", text(styles)},
	}
	for i, c := range charts {
		steps = append(steps, struct {
			name  string
			write func(*bufio.Writer)
		}{fmt.Sprintf("word/charts/chart%d.xml", i+1), text(chartPart(c))})
	}
	for _, s := range steps {
		if err := part(s.name, s.write); err != nil {
			return err
		}
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("closing docx: %w", err)
	}
	return nil
}

func (m *model) charts() []*chart {
	var out []*chart
	for _, bl := range m.blocks {
		if bl.chart != nil {
			out = append(out, bl.chart)
		}
	}
	return out
}

// docxWriter writes word/document.xml. bufio keeps the first error for Flush.
type docxWriter struct {
	w         *bufio.Writer
	model     *model
	bookmarks int
	charts    int
	prefix    string // of style names, so that a template's own keep their meaning
	flat      bool   // marks stand on the line, not above it
}

func (d *docxWriter) document() {
	d.raw(xmlHead + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"` +
		` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"` +
		` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><w:body>`)
	m := d.model
	d.para("InternalMark", "", "", txt(internalMark))
	d.para("Body", "", "")
	for _, line := range m.title {
		d.para("Title", "", "", txt(line))
	}
	if m.lead != "" {
		d.para("Lead", "", "", txt(m.lead))
	}
	d.para("Body", "", "")
	if m.banner != "" {
		d.para("Banner", "", "", txt(m.banner))
		d.gap()
	}
	d.blocks(m.blocks)
	d.para("Body", "", "")
	for i, an := range m.annexes {
		// 附件说明: the second and later names stand under the first.
		label, indent := "附件：", 2*oneChar
		if len(m.annexes) == 1 {
			d.para("Body", `<w:keepNext/>`, "", txt(label+an.title))
			continue
		}
		if i > 0 {
			label, indent = "", 5*oneChar
		}
		d.para("Body", fmt.Sprintf(`<w:keepNext/><w:ind w:firstLineChars="0" w:firstLine="%d"/>`, indent), "", txt(fmt.Sprintf("%s%d.%s", label, i+1, an.title)))
	}
	// The names never stand alone on a page: what is before comes with them.
	d.para("Body", `<w:keepNext/>`, "")
	for _, line := range m.signoff {
		if line != "" {
			d.para("Sign", `<w:keepNext/>`, "", txt(line))
		}
	}
	d.para("Gap", `<w:keepNext/>`, "")
	d.para("Made", "", "", txt(m.made))
	d.annexes()
	fmt.Fprintf(d.w, `<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>`+
		`<w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="%d" w:gutter="0"/>`+
		`<w:pgNumType w:start="1"/><w:docGrid w:type="linesAndChars" w:linePitch="%d" w:charSpace="%d"/></w:sectPr></w:body></w:document>`,
		pageWidth, pageHeight, marginTop, marginRight, marginBottom, marginLeft, footerDistance, linePitch, charSpace)
}

// annexes writes each annex on a new page.
func (d *docxWriter) annexes() {
	for i, an := range d.model.annexes {
		name := "附件"
		if len(d.model.annexes) > 1 {
			name += strconv.Itoa(i + 1)
		}
		d.para("AnnexLabel", "", "", txt(name))
		d.para("Body", "", "")
		d.para("Title", "", "", txt(an.title))
		d.para("Body", "", "")
		d.blocks(an.blocks)
	}
}

func (d *docxWriter) raw(s string) { d.w.WriteString(s) }

func (d *docxWriter) blocks(blocks []block) {
	for i, bl := range blocks {
		switch bl.kind {
		case headingBlock:
			d.para("Heading"+strconv.Itoa(bl.level), "", bl.anchor, append([]run{txt(bl.number)}, bl.runs...)...)
		case paraBlock:
			d.para("Body", "", bl.anchor, bl.runs...)
		case quoteBlock:
			d.para("Quote", "", bl.anchor, bl.runs...)
		case noteBlock:
			d.para("Note", "", bl.anchor, bl.runs...)
		case tableBlock:
			d.table(bl.table)
			// Two tables without a paragraph between them would become one.
			if i+1 == len(blocks) || blocks[i+1].kind != noteBlock {
				d.gap()
			}
		case chartBlock:
			d.chart(bl.chart)
		}
	}
}

// gap is a thin empty line.
func (d *docxWriter) gap() { d.para("Gap", "", "") }

// para writes a paragraph. extra is XML that belongs in its properties after
// the style.
func (d *docxWriter) para(style, extra, anchor string, runs ...run) {
	d.raw(`<w:p><w:pPr><w:pStyle w:val="` + d.prefix + style + `"/>` + extra + `</w:pPr>`)
	d.bookmark(anchor)
	d.runs(runs)
	d.raw(`</w:p>`)
}

func (d *docxWriter) bookmark(anchor string) {
	if anchor == "" {
		return
	}
	fmt.Fprintf(d.w, `<w:bookmarkStart w:id="%d" w:name="%s"/><w:bookmarkEnd w:id="%d"/>`, d.bookmarks, anchor, d.bookmarks)
	d.bookmarks++
}

func (d *docxWriter) runs(runs []run) {
	for _, r := range runs {
		if r.text == "" {
			continue
		}
		style := ""
		switch r.kind {
		case strongRun:
			style = "Strong"
		case markRun:
			style = "Mark"
			if d.flat {
				style = "MarkFlat"
			}
		case blankRun:
			style = "Blank"
		}
		if r.to != "" {
			d.raw(`<w:hyperlink w:anchor="` + r.to + `" w:history="1">`)
		}
		d.text(r.text, style)
		if r.to != "" {
			d.raw(`</w:hyperlink>`)
		}
	}
}

// text writes runs of one style. Characters beyond the basic plane get a font
// that has them; the standard's fonts end at GB 2312.
func (d *docxWriter) text(s, style string) {
	for len(s) > 0 {
		rare := isRare(s)
		n := strings.IndexFunc(s, func(r rune) bool { return (r > 0xFFFF) != rare })
		if n < 0 {
			n = len(s)
		}
		d.raw(`<w:r>`)
		if style != "" || rare {
			d.raw(`<w:rPr>`)
			if style != "" {
				d.raw(`<w:rStyle w:val="` + d.prefix + style + `"/>`)
			}
			if rare {
				d.raw(rFonts(fontRare))
			}
			d.raw(`</w:rPr>`)
		}
		for i, line := range strings.Split(s[:n], "\n") {
			if i > 0 {
				d.raw(`<w:br/>`)
			}
			if line != "" {
				d.raw(`<w:t xml:space="preserve">`)
				d.raw(xmlText(line))
				d.raw(`</w:t>`)
			}
		}
		d.raw(`</w:r>`)
		s = s[n:]
	}
}

func isRare(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r > 0xFFFF
}

func (d *docxWriter) table(t *table) {
	fmt.Fprintf(d.w, `<w:tbl><w:tblPr><w:tblStyle w:val="%sLattice"/><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`, d.prefix, textWidth)
	widths := columnWidths(t.widths)
	for _, w := range widths {
		fmt.Fprintf(d.w, `<w:gridCol w:w="%d"/>`, w)
	}
	d.raw(`</w:tblGrid>`)
	style, head := "TableText", "TableHead"
	if t.compact {
		style, head = "SmallText", "SmallHead"
	}
	d.raw(`<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	for i, h := range t.header {
		fmt.Fprintf(d.w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/><w:vAlign w:val="center"/></w:tcPr>`, widths[i])
		d.para(head, "", "", txt(h))
		d.raw(`</w:tc>`)
	}
	d.raw(`</w:tr>`)
	// A short table stays on one page with its head.
	together := !t.compact && !t.flows && len(t.rows) <= 9 && !slices.ContainsFunc(t.rows, func(r tableRow) bool { return rowLength(r) > 60 })
	for n, row := range t.rows {
		d.raw(`<w:tr>`)
		if rowLength(row) < 400 {
			d.raw(`<w:trPr><w:cantSplit/></w:trPr>`)
		}
		for i, cell := range row.cells {
			fmt.Fprintf(d.w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>`, widths[i])
			if !t.compact {
				d.raw(`<w:vAlign w:val="center"/>`)
			}
			d.raw(`</w:tcPr>`)
			anchor := ""
			if i == 0 {
				anchor = row.anchor
			}
			extra := ""
			if together && n+1 < len(t.rows) {
				extra = `<w:keepNext/>`
			}
			if a := t.align[i]; a != 'l' {
				extra += `<w:jc w:val="` + map[byte]string{'c': "center", 'r': "right"}[a] + `"/>`
			}
			if row.strong {
				cell = slices.Clone(cell)
				for k := range cell {
					if cell[k].kind == plainRun {
						cell[k].kind = strongRun
					}
				}
			}
			d.flat = len(cell) == 1 && cell[0].kind == markRun
			d.para(style, extra, anchor, cell...)
			d.flat = false
			d.raw(`</w:tc>`)
		}
		d.raw(`</w:tr>`)
	}
	d.raw(`</w:tbl>`)
}

func rowLength(row tableRow) int {
	longest := 0
	for _, cell := range row.cells {
		n := 0
		for _, r := range cell {
			n += utf8.RuneCountInString(r.text)
		}
		longest = max(longest, n)
	}
	return longest
}

// columnWidths shares the text width out; the last column takes the rounding.
func columnWidths(shares []int) []int {
	total := 0
	for _, s := range shares {
		total += s
	}
	out := make([]int, len(shares))
	left := textWidth
	for i, s := range shares {
		out[i] = textWidth * s / max(total, 1)
		left -= out[i]
	}
	if len(out) > 0 {
		out[len(out)-1] += left
	}
	return out
}

func (d *docxWriter) chart(c *chart) {
	d.charts++
	height := 3400
	if c.horizontal {
		height = 900 + 420*len(c.categories)
	}
	fmt.Fprintf(d.w, `<w:p><w:pPr><w:pStyle w:val="Figure"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">`+
		`<wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="图%d" descr="%s"/><wp:cNvGraphicFramePr/>`+
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">`+
		`<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="rId%d"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
		(textWidth-200)*twipEMU, height*twipEMU, d.charts, d.charts, xmlText(c.title), firstChartRel+d.charts-1)
	d.para("Caption", "", "", txt(fmt.Sprintf("图%d　%s", d.charts, c.title)))
}

// chartPart is a native chart: sharp in print, its numbers can be read by
// Word and LibreOffice. Its values carry no axis, each bar shows its number.
func chartPart(c *chart) string {
	var b strings.Builder
	direction, orientation := "col", "minMax"
	if c.horizontal {
		direction, orientation = "bar", "maxMin"
	}
	b.WriteString(xmlHead + `<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"` +
		` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
		` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<c:date1904 val="0"/><c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>` +
		`<c:barChart><c:barDir val="` + direction + `"/><c:grouping val="stacked"/><c:varyColors val="0"/>`)
	colours := [][2]string{{"1F4E79", "FFFFFF"}, {"A9C1DA", "1A1A1A"}}
	for i, s := range c.series {
		colour := colours[i%len(colours)]
		fmt.Fprintf(&b, `<c:ser><c:idx val="%d"/><c:order val="%d"/><c:tx><c:strRef><c:f>Sheet1!$%c$1</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>%s</c:v></c:pt></c:strCache></c:strRef></c:tx>`+
			`<c:spPr><a:solidFill><a:srgbClr val="%s"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>`+
			`<c:dLbls><c:numFmt formatCode="0;;;" sourceLinked="0"/><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>%s`+
			`<c:dLblPos val="ctr"/><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>`,
			i, i, 'B'+i, xmlText(s.name), colour[0], chartText(1000, colour[1]))
		n := len(c.categories)
		fmt.Fprintf(&b, `<c:cat><c:strRef><c:f>Sheet1!$A$2:$A$%d</c:f><c:strCache><c:ptCount val="%d"/>`, n+1, n)
		for k, name := range c.categories {
			fmt.Fprintf(&b, `<c:pt idx="%d"><c:v>%s</c:v></c:pt>`, k, xmlText(name))
		}
		fmt.Fprintf(&b, `</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>Sheet1!$%c$2:$%c$%d</c:f><c:numCache><c:formatCode>0</c:formatCode><c:ptCount val="%d"/>`, 'B'+i, 'B'+i, n+1, n)
		for k, v := range s.values {
			fmt.Fprintf(&b, `<c:pt idx="%d"><c:v>%d</c:v></c:pt>`, k, v)
		}
		b.WriteString(`</c:numCache></c:numRef></c:val></c:ser>`)
	}
	categoryAt, valueAt := "b", "l"
	if c.horizontal {
		categoryAt, valueAt = "l", "b"
	}
	line := `<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="7F7F7F"/></a:solidFill></a:ln></c:spPr>`
	fmt.Fprintf(&b, `<c:gapWidth val="60"/><c:overlap val="100"/><c:axId val="111"/><c:axId val="112"/></c:barChart>`+
		`<c:catAx><c:axId val="111"/><c:scaling><c:orientation val="%s"/></c:scaling><c:delete val="0"/><c:axPos val="%s"/>`+
		`<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>%s%s`+
		`<c:crossAx val="112"/><c:crosses val="autoZero"/><c:auto val="1"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="0"/></c:catAx>`+
		`<c:valAx><c:axId val="112"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling><c:delete val="1"/><c:axPos val="%s"/>`+
		`<c:numFmt formatCode="0" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="none"/>`+
		`<c:crossAx val="111"/><c:crosses val="autoZero"/><c:crossBetween val="between"/></c:valAx>`+
		`<c:spPr><a:noFill/></c:spPr></c:plotArea>`, orientation, categoryAt, line, chartText(1000, "1A1A1A"), valueAt)
	if len(c.series) > 1 {
		b.WriteString(`<c:legend><c:legendPos val="t"/><c:overlay val="0"/>` + chartText(1000, "1A1A1A") + `</c:legend>`)
	}
	b.WriteString(`<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr></c:chartSpace>`)
	return b.String()
}

// chartText is a chart's type: size in hundredths of a point.
func chartText(size int, colour string) string {
	return fmt.Sprintf(`<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="%d" b="0"><a:solidFill><a:srgbClr val="%s"/></a:solidFill>`+
		`<a:latin typeface="%s"/><a:ea typeface="%s"/></a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>`, size, colour, fontBody, fontBody)
}

// xmlText escapes text and drops what XML 1.0 cannot hold.
func xmlText(s string) string {
	clean := func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < 0x20, r == 0xFFFE, r == 0xFFFF, r == utf8.RuneError:
			return -1
		}
		return r
	}
	s = strings.Map(clean, s)
	return xmlEscaper.Replace(s)
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func rFonts(name string) string {
	return `<w:rFonts w:ascii="` + name + `" w:hAnsi="` + name + `" w:eastAsia="` + name + `" w:cs="` + name + `"/>`
}

func coreProperties(m *model) string {
	stamp := epoch
	if !m.doc.Meta.GeneratedAt.IsZero() {
		stamp = m.doc.Meta.GeneratedAt.UTC()
	}
	when := stamp.Format("2006-01-02T15:04:05Z")
	return xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + xmlText(strings.Join(m.title, "")) + `</dc:title><dc:creator>` + xmlText(cmp.Or(m.doc.Meta.Preparer, "同堂培训问题研判工作台")) + `</dc:creator>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + when + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + when + `</dcterms:modified>` +
		`<dc:language>zh-CN</dc:language></cp:coreProperties>`
}
