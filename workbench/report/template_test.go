package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// officeTemplate is a template as an office would make it: a title whose field
// Word has cut into three runs, a form table, a header, fields for paragraphs.
func officeTemplate(t testing.TB, body string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, part := range [][2]string{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="` + wordTypes + `document.main+xml"/><Override PartName="/word/styles.xml" ContentType="` + wordTypes + `styles+xml"/><Override PartName="/word/header1.xml" ContentType="` + wordTypes + `header+xml"/></Types>`},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relNamespace + `/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/_rels/document.xml.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relNamespace + `/styles" Target="styles.xml"/><Relationship Id="rId2" Type="` + relNamespace + `/header" Target="header1.xml"/></Relationships>`},
		{"word/styles.xml", xmlHead + `<w:styles ` + wordNamespace + `><w:style w:type="paragraph" w:default="1" w:styleId="Body"><w:name w:val="Normal"/></w:style></w:styles>`},
		{"word/header1.xml", xmlHead + `<w:hdr ` + wordNamespace + `><w:p><w:r><w:t>某院 {{内部标注}} {{编号}}</w:t></w:r></w:p></w:hdr>`},
		{"word/document.xml", xmlHead + `<w:document ` + wordNamespace + ` xmlns:r="` + relNamespace + `"><w:body>` + body +
			`<w:sectPr><w:headerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1474" w:bottom="1440" w:left="1588" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr></w:body></w:document>`},
	} {
		entry, err := zw.Create(part[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(part[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func para(text string) string { return `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>` }

func TestTemplateIsFilled(t *testing.T) {
	body := `<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:b/><w:sz w:val="36"/></w:rPr><w:t>专报：{{</w:t></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>题</w:t></w:r><w:r><w:t>目}}（{{ 编号 }}）</w:t></w:r></w:p>` +
		`<w:tbl><w:tblPr><w:tblW w:w="8844" w:type="dxa"/></w:tblPr><w:tblGrid><w:gridCol w:w="4422"/><w:gridCol w:w="4422"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="4422" w:type="dxa"/></w:tcPr>` + para("拟用形式：{{拟用形式}}") + `</w:tc><w:tc><w:tcPr><w:tcW w:w="4422" w:type="dxa"/></w:tcPr>` + para("{{部门分布}}") + `</w:tc></w:tr></w:tbl>` +
		para("共{{条目数}}条，{{部门数}}个部门。{{无此项}}{{立项来源}}") + para("{{各部门反映}}") + para("{{附件}}") + para("{{立项必要性}}") + para("结束")
	tmpl := officeTemplate(t, body)
	d := sample(JudicialInterpretation)
	d.Fields = map[string]string{"拟用形式": "批复 <一>{{题目}}"} // what people enter is no template
	var buf bytes.Buffer
	unknown, err := FillTemplate(&buf, tmpl, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(unknown, []string{"无此项"}) {
		t.Errorf("unknown fields: %q", unknown)
	}
	parts := unzip(t, buf.Bytes())
	for name, xml := range parts {
		wellFormed(t, name, xml)
		if strings.Contains(strings.Replace(xml, "批复 &lt;一&gt;{{题目}}", "", 1), "{{") || strings.Contains(xml, "\x00") {
			t.Errorf("%s still has a field", name)
		}
	}
	doc := parts["word/document.xml"]
	for _, want := range []string{
		`<w:r><w:rPr><w:b/><w:sz w:val="36"/></w:rPr><w:t xml:space="preserve">罪犯有没有履行财产性判项的能力，由谁查、怎么认定？</w:t></w:r>`,
		"批复 &lt;一&gt;", "〔待填：无此项〕", "〔待填：立项来源〕", `<w:tblStyle w:val="TTLattice"/>`, "反馈条目清单", "必要性论证", "结束",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("document lacks %s", want)
		}
	}
	if strings.Index(doc, "反馈条目清单") > strings.Index(doc, "结束") {
		t.Error("the annexes do not stand where the template has them")
	}
	if h := parts["word/header1.xml"]; !strings.Contains(h, internalMark) || !strings.Contains(h, "第12号") {
		t.Errorf("header: %s", h)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`<w:bookmarkStart w:id="\d+" w:name="([^"]+)"`).FindAllStringSubmatch(doc, -1) {
		names[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`w:anchor="([^"]+)"`).FindAllStringSubmatch(doc, -1) {
		if !names[m[1]] {
			t.Errorf("link to %s, which is not there", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`<w:(?:pStyle|rStyle|tblStyle) w:val="([^"]+)"`).FindAllStringSubmatch(doc, -1) {
		if !strings.Contains(parts["word/styles.xml"], `w:styleId="`+m[1]+`"`) {
			t.Errorf("style %s is not defined", m[1])
		}
	}
	pages, _ := pdfPages(t, map[string][]byte{"template": buf.Bytes()})
	text := fmt.Sprint(pages["template"])
	for _, want := range []string{"专报：罪犯有没有履行", "数据依据表", "共11"} {
		if !strings.Contains(strings.ReplaceAll(text, " ", ""), want) {
			t.Errorf("pages lack %s", want)
		}
	}
}

// Every field that is offered gives something, alone and in a line, for one
// issue and for two.
func TestTemplateFieldsAllMeanSomething(t *testing.T) {
	for _, f := range TemplateFields {
		for _, d := range []*Document{sample(Study), sample(JointResearch, propertyIssue(), medicalIssue())} {
			var buf bytes.Buffer
			unknown, err := FillTemplate(&buf, officeTemplate(t, para("{{"+f.Name+"}}")+para("见{{"+f.Name+"}}。")), d, Options{})
			if err != nil || len(unknown) > 0 {
				t.Errorf("%s: %v %q", f.Name, err, unknown)
			}
			doc := unzip(t, buf.Bytes())["word/document.xml"]
			wellFormed(t, f.Name, doc)
			if strings.Count(doc, "反馈条目清单") != 1+strings.Count(doc, "附件：1.反馈条目清单") && f.Name != "正文" {
				t.Errorf("%s: the annexes stand %d times", f.Name, strings.Count(doc, "反馈条目清单"))
			}
		}
	}
}

func TestTemplateThatIsNone(t *testing.T) {
	macro := func() []byte {
		var buf bytes.Buffer
		zw := zip.NewWriter(&buf)
		for _, n := range []string{"word/document.xml", "word/styles.xml", "word/vbaProject.bin"} {
			if _, err := zw.Create(n); err != nil {
				t.Fatal(err)
			}
		}
		zw.Close()
		return buf.Bytes()
	}()
	for want, body := range map[string][]byte{"不是 docx 文件": []byte("PK no"), "含有宏": macro} {
		if _, err := FillTemplate(&bytes.Buffer{}, body, sample(Study), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Whatever a template's text is, the result is well-formed and is made in the
// end.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"{{题目}}", "{{题目", "}}{{", "{{{{条目数}}}}", "{{附件}}{{附件}}", "a{{ 正文 }}b", "{{&amp;}}", "{{}}"} {
		f.Add(s, 2)
	}
	d := sample(Study)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		text = xmlText(text)
		// Cut where an entity is not torn, as Word does.
		first, second := text, ""
		if i := strings.IndexAny(text, "{}"); i >= 0 && cut%2 == 0 {
			first, second = text[:i+1], text[i+1:]
		}
		body := `<w:p><w:r><w:t>` + first + `</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>` + second + `</w:t></w:r></w:p>`
		var buf bytes.Buffer
		if _, err := FillTemplate(&buf, officeTemplate(t, body), d, Options{}); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, "document", unzip(t, buf.Bytes())["word/document.xml"])
	})
}
