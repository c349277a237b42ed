package report

import (
	"fmt"
	"strings"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

const (
	wordNamespace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	relNamespace  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	wordTypes     = `application/vnd.openxmlformats-officedocument.wordprocessingml.`
	firstChartRel = 6
)

func contentTypes(charts int) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>`)
	over := func(part, kind string) {
		b.WriteString(`<Override PartName="` + part + `" ContentType="` + kind + `"/>`)
	}
	over("/word/document.xml", wordTypes+"document.main+xml")
	over("/word/styles.xml", wordTypes+"styles+xml")
	over("/word/settings.xml", wordTypes+"settings+xml")
	over("/word/fontTable.xml", wordTypes+"fontTable+xml")
	over("/word/footer1.xml", wordTypes+"footer+xml")
	over("/word/footer2.xml", wordTypes+"footer+xml")
	over("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml")
	over("/docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml")
	for i := range charts {
		over(fmt.Sprintf("/word/charts/chart%d.xml", i+1), "application/vnd.openxmlformats-officedocument.drawingml.chart+xml")
	}
	b.WriteString(`</Types>`)
	return b.String()
}

const packageRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
	`<Relationship Id="rId1" Type="` + relNamespace + `/officeDocument" Target="word/document.xml"/>` +
	`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>` +
	`<Relationship Id="rId3" Type="` + relNamespace + `/extended-properties" Target="docProps/app.xml"/></Relationships>`

const appProperties = xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>tongtang</Application></Properties>`

func documentRels(charts int) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	rel := func(n int, kind, target string) {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>`, n, relNamespace, kind, target)
	}
	rel(1, "styles", "styles.xml")
	rel(2, "settings", "settings.xml")
	rel(3, "fontTable", "fontTable.xml")
	rel(4, "footer", "footer1.xml")
	rel(5, "footer", "footer2.xml")
	for i := range charts {
		rel(firstChartRel+i, "chart", fmt.Sprintf("charts/chart%d.xml", i+1))
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}

// fontTable names what to take where a font is missing.
var fontTable = func() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:fonts ` + wordNamespace + `>`)
	for _, f := range [][3]string{
		{fontTitle, "SimSun", "auto"},
		{fontBody, "FangSong", "modern"},
		{fontKai, "KaiTi", "modern"},
		{fontHei, "SimHei", "modern"},
		{fontSong, "SimSun", "auto"},
		{fontRare, "宋体-方正超大字符集", "modern"},
	} {
		fmt.Fprintf(&b, `<w:font w:name="%s"><w:altName w:val="%s"/><w:charset w:val="86"/><w:family w:val="%s"/><w:pitch w:val="default"/></w:font>`, f[0], f[1], f[2])
	}
	b.WriteString(`</w:fonts>`)
	return b.String()
}()

const settings = xmlHead + `<w:settings ` + wordNamespace + `><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>` +
	`<w:drawingGridVerticalSpacing w:val="579"/><w:characterSpacingControl w:val="compressPunctuation"/>` +
	`<w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/><w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>` +
	`<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` +
	`<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>`

// footer is the page number — 1 — in 4号宋体, one character in from the side.
func footer(side string) string {
	field := func(kind string) string { return `<w:r><w:fldChar w:fldCharType="` + kind + `"/></w:r>` }
	return xmlHead + `<w:ftr ` + wordNamespace + `><w:p><w:pPr><w:pStyle w:val="Footer"/><w:ind w:` + side + `="280"/><w:jc w:val="` + side + `"/></w:pPr>` +
		`<w:r><w:t xml:space="preserve">— </w:t></w:r>` + field("begin") + `<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` + field("separate") +
		`<w:r><w:t>1</w:t></w:r>` + field("end") + `<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
}

// styles names every kind of paragraph once, so that a user may restyle a
// report in Word by its styles.
var styles = func() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:styles ` + wordNamespace + `><w:docDefaults><w:rPrDefault><w:rPr>` + rFonts(fontBody) +
		fmt.Sprintf(`<w:kern w:val="2"/><w:sz w:val="%d"/><w:szCs w:val="%d"/>`, bodySize, bodySize) +
		`<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>`)
	para := func(id, name, based, next, pPr, rPr string) {
		b.WriteString(`<w:style w:type="paragraph"`)
		if id == "Normal" {
			b.WriteString(` w:default="1"`)
		}
		b.WriteString(` w:styleId="` + id + `"><w:name w:val="` + name + `"/>`)
		if based != "" {
			b.WriteString(`<w:basedOn w:val="` + based + `"/>`)
		}
		if next != "" {
			b.WriteString(`<w:next w:val="` + next + `"/>`)
		}
		b.WriteString(`<w:qFormat/>`)
		if pPr != "" {
			b.WriteString(`<w:pPr>` + pPr + `</w:pPr>`)
		}
		if rPr != "" {
			b.WriteString(`<w:rPr>` + rPr + `</w:rPr>`)
		}
		b.WriteString(`</w:style>`)
	}
	size := func(n int) string { return fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%d"/>`, n, n) }
	exact := func(n int) string {
		return fmt.Sprintf(`<w:spacing w:before="0" w:after="0" w:line="%d" w:lineRule="exact"/>`, n)
	}
	indent := fmt.Sprintf(`<w:ind w:firstLineChars="200" w:firstLine="%d"/>`, 2*oneChar)
	outline := func(n int) string { return fmt.Sprintf(`<w:outlineLvl w:val="%d"/>`, n) }
	solid := `<w:spacing w:val="0"/>`
	none := `<w:ind w:firstLineChars="0" w:firstLine="0"/>`

	// The section declares the grid, but paragraphs are set off it, by lines of
	// exact height and characters tighter by a quarter point: the same 28 by 22,
	// whatever font stands in for a missing one. On the grid itself LibreOffice
	// gives each character wider than its cell two cells, 14 to a line.
	para("Normal", "Normal", "", "", `<w:widowControl w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:snapToGrid w:val="0"/>`+exact(linePitch)+`<w:jc w:val="both"/>`,
		rFonts(fontBody)+fmt.Sprintf(`<w:spacing w:val="%d"/>`, tighter)+size(bodySize))
	para("Body", "Body Text", "Normal", "", indent, "")
	para("Title", "Title", "Normal", "Body", exact(linePitch+61)+none+`<w:jc w:val="center"/>`, rFonts(fontTitle)+solid+size(titleSize))
	para("Lead", "Subtitle", "Normal", "Body", none+`<w:jc w:val="center"/>`, rFonts(fontKai))
	para("InternalMark", "内部资料标注", "Normal", "Body", none, rFonts(fontHei))
	para("Heading1", "heading 1", "Body", "Body", `<w:keepNext/>`+outline(0), rFonts(fontHei))
	para("Heading2", "heading 2", "Body", "Body", `<w:keepNext/>`+outline(1), rFonts(fontKai))
	para("Heading3", "heading 3", "Body", "Body", `<w:keepNext/>`+outline(2), "")
	para("Heading4", "heading 4", "Body", "Body", `<w:keepNext/>`+outline(3), "")
	para("Quote", "Quote", "Body", "Body", fmt.Sprintf(`<w:ind w:leftChars="200" w:left="%d" w:firstLineChars="0" w:firstLine="0"/>`, 2*oneChar), rFonts(fontKai))
	para("Banner", "提示", "Normal", "Body", `<w:pBdr><w:top w:val="single" w:sz="4" w:space="6" w:color="7F7F7F"/><w:bottom w:val="single" w:sz="4" w:space="6" w:color="7F7F7F"/></w:pBdr>`+
		exact(440)+none, rFonts(fontKai)+solid+size(28))
	para("Note", "注", "Normal", "Body", `<w:spacing w:before="80" w:after="80" w:line="360" w:lineRule="exact"/>`+none, rFonts(fontKai)+solid+size(24))
	para("Made", "制作说明", "Note", "", `<w:pBdr><w:top w:val="single" w:sz="4" w:space="6" w:color="7F7F7F"/></w:pBdr>`, size(21))
	para("Sign", "署名", "Normal", "", fmt.Sprintf(`<w:ind w:rightChars="200" w:right="%d"/><w:jc w:val="right"/>`, 2*oneChar), "")
	para("AnnexLabel", "附件标注", "Normal", "Body", `<w:pageBreakBefore/>`+none+outline(0), rFonts(fontHei))
	para("TableText", "表文", "Normal", "", exact(400)+none+`<w:jc w:val="left"/>`, solid+size(24))
	para("TableHead", "表头", "TableText", "", `<w:keepNext/><w:jc w:val="center"/>`, rFonts(fontHei)+size(24))
	para("SmallText", "小表文", "Normal", "", exact(310)+none+`<w:jc w:val="left"/>`, solid+size(21))
	para("SmallHead", "小表头", "SmallText", "", `<w:keepNext/><w:jc w:val="center"/>`, rFonts(fontHei)+size(21))
	para("Figure", "图", "Normal", "Caption", `<w:keepNext/><w:spacing w:before="120" w:after="0" w:line="240" w:lineRule="auto"/>`+none+`<w:jc w:val="center"/>`, "")
	para("Caption", "caption", "Normal", "Body", `<w:spacing w:before="0" w:after="120" w:line="400" w:lineRule="exact"/>`+none+`<w:jc w:val="center"/>`, rFonts(fontHei)+solid+size(24))
	para("Gap", "间隔", "Normal", "", exact(200)+none, size(10))
	para("Footer", "footer", "Normal", "", exact(280)+none, rFonts(fontSong)+solid+size(28))

	char := func(id, name, rPr string) {
		b.WriteString(`<w:style w:type="character" w:styleId="` + id + `"><w:name w:val="` + name + `"/><w:qFormat/><w:rPr>` + rPr + `</w:rPr></w:style>`)
	}
	char("Strong", "Strong", `<w:b/><w:bCs/>`)
	latin := `<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="` + fontBody + `" w:cs="Times New Roman"/>`
	char("Mark", "出处标记", latin+`<w:color w:val="1F4E79"/><w:vertAlign w:val="superscript"/>`)
	char("MarkFlat", "表内出处标记", latin+`<w:color w:val="1F4E79"/>`)
	char("Blank", "待填", rFonts(fontKai)+`<w:shd w:val="clear" w:color="auto" w:fill="E4E4E4"/>`)

	line := func(side string) string {
		return `<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="595959"/>`
	}
	b.WriteString(`<w:style w:type="table" w:styleId="Lattice"><w:name w:val="表格"/><w:tblPr><w:tblBorders>` +
		line("top") + line("left") + line("bottom") + line("right") + line("insideH") + line("insideV") +
		`</w:tblBorders><w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="85" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`)
	b.WriteString(`</w:styles>`)
	return b.String()
}()
