package intake

import (
	"io"
	"testing"
)

// TestWorkbooksOfOtherPrograms: parts named absolutely or oddly, a namespace
// prefix on every element, cells without references, several sheets whose files
// are not in their order.
func TestWorkbooksOfOtherPrograms(t *testing.T) {
	types := text(`<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>`)
	rels := text(`<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="/xl/workbook.xml"/></Relationships>`)
	d := newDecoder(t, Options{})

	t.Run("prefixed, absolute targets, files out of order", func(t *testing.T) {
		path := zipParts(t, "a.xlsx", map[string]func(io.Writer){
			"[Content_Types].xml":        types,
			"_rels/.rels":                rels,
			"xl/workbook.xml":            text(`<?xml version="1.0"?><x:workbook xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><x:sheets><x:sheet name="江苏" sheetId="7" r:id="rB"/><x:sheet name="浙江" sheetId="3" r:id="rA"/></x:sheets></x:workbook>`),
			"xl/_rels/workbook.xml.rels": text(`<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rA" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="rB" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="/xl/worksheets/sheet2.xml"/></Relationships>`),
			// 浙江 is in sheet1.xml, 江苏 in sheet2.xml with a merged department.
			"xl/worksheets/sheet1.xml": text(`<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>部门</x:t></x:is></x:c><x:c r="B1" t="inlineStr"><x:is><x:t>问题</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:t>法院</x:t></x:is></x:c><x:c r="B2" t="inlineStr"><x:is><x:t>浙江的问题怎么解决？</x:t></x:is></x:c></x:row><x:row r="3"><x:c r="B3" t="inlineStr"><x:is><x:t>没有部门的一行怎么办？</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`),
			"xl/worksheets/sheet2.xml": text(`<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>部门</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>问题</x:t></x:is></x:c></x:row><x:row><x:c t="inlineStr"><x:is><x:t>监狱</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>江苏的第一个问题？</x:t></x:is></x:c></x:row><x:row><x:c/><x:c t="inlineStr"><x:is><x:t>江苏的第二个问题？</x:t></x:is></x:c></x:row></x:sheetData><x:mergeCells count="1"><x:mergeCell ref="A2:A3"/></x:mergeCells></x:worksheet>`),
		}, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml")
		g := decodeFile(t, d, path)
		if len(g.subs) != 4 {
			t.Fatalf("%d texts, %+v %+v", len(g.subs), g.rejects, g.report.Sheets)
		}
		for i, want := range []struct {
			sheet, province, dept string
			row                   int
		}{{"江苏", "江苏", "JY", 2}, {"江苏", "江苏", "JY", 3}, {"浙江", "浙江", "FY", 2}, {"浙江", "浙江", "XX", 3}} {
			s := g.subs[i]
			if s.Source.Sheet != want.sheet || s.Province != want.province || string(s.Department) != want.dept || s.Source.Row != want.row {
				t.Errorf("%d: %+v, want %+v", i, s, want)
			}
		}
	})
}
