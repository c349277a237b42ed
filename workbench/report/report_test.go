package report

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/xuri/excelize/v2"

	"tongtang/pipeline/feedback"
)

var update = flag.Bool("update", false, "rewrite golden files")

// everyReport is each form over one issue and over two, one of them a
// suggested group.
func everyReport() map[string]*Document {
	out := map[string]*Document{}
	for _, f := range Forms {
		suggested := medicalIssue()
		suggested.Number, suggested.Status = 0, ""
		out[string(f)+"/one"] = sample(f)
		out[string(f)+"/two"] = sample(f, propertyIssue(), suggested)
	}
	return out
}

var writers = map[string]func(io.Writer, *Document, Options) error{
	"docx": WriteDOCX, "xlsx": WriteXLSX, "md": WriteMarkdown, "html": WriteHTML, "json": WriteJSON,
	"items.parquet": WriteItemsParquet, "issues.parquet": WriteIssuesParquet, "items.arrow": WriteItemsArrow, "issues.arrow": WriteIssuesArrow,
}

func render(t *testing.T, format string, d *Document) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := writers[format](&buf, d, Options{}); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return buf.Bytes()
}

// The reader's test: from any figure of any report to the source row in two
// steps, from any quotation in one.
func TestEveryFigureLeadsToItsSourceRow(t *testing.T) {
	figures, quotations := 0, 0
	for name, d := range everyReport() {
		m, err := compose(d, Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows := map[string]tableRow{} // what stands at an anchor in the annexes
		for _, an := range m.annexes {
			for _, bl := range an.blocks {
				if bl.table == nil {
					continue
				}
				for _, r := range bl.table.rows {
					if r.anchor != "" {
						rows[r.anchor] = r
					}
				}
			}
		}
		sourceRow := func(anchor string) {
			t.Helper()
			r, ok := rows[anchor]
			if !ok {
				t.Errorf("%s: nothing stands at %s", name, anchor)
				return
			}
			source := r.cells[len(r.cells)-1][0].text
			if !regexp.MustCompile(`\S+ · .*第\d+行`).MatchString(source) {
				t.Errorf("%s: item %s has no source row: %q", name, anchor, source)
			}
		}
		bases := map[string]*basis{}
		for i := range m.bases {
			bases[m.bases[i].target()] = &m.bases[i]
		}
		check := func(r run) {
			switch {
			case r.kind == figureRun && r.metric == "ref", r.kind == markRun && bases[r.to] == nil:
				sourceRow(r.to)
				quotations++
			case r.kind == markRun:
				if _, ok := rows[r.to]; !ok {
					t.Errorf("%s: mark %s leads to no row", name, r.text)
				}
			case r.kind == figureRun:
				figures++
				base := bases[r.to]
				if _, listed := rows[r.to]; base == nil || !listed {
					t.Errorf("%s: figure %s leads nowhere", name, r.text)
					return
				}
				if base.text != "" {
					// A score, or rows turned away: its row says how it came about, and
					// leads to what it rests on.
					if len(base.rests) == 0 {
						t.Errorf("%s: %q rests on nothing", name, base.what)
					}
					for _, ref := range base.rests {
						sourceRow(ref.target())
					}
					return
				}
				if v, ok := base.value(r.metric); !ok || v != r.value || fmt.Sprint(v) != r.text {
					t.Errorf("%s: %q says %s=%s, its items say %d", name, base.what, r.metric, r.text, v)
				}
				listed := 0
				for _, g := range base.groups {
					for _, ref := range g.refs {
						listed++
						sourceRow(ref.target())
					}
				}
				if listed != len(base.items) {
					t.Errorf("%s: %q lists %d of %d items", name, base.what, listed, len(base.items))
				}
			}
		}
		all := slices.Clone(m.blocks)
		for _, an := range m.annexes {
			all = append(all, an.blocks...)
		}
		for _, bl := range all {
			for _, r := range bl.runs {
				check(r)
			}
			if bl.table != nil {
				for _, row := range bl.table.rows {
					for _, c := range row.cells {
						for _, r := range c {
							check(r)
						}
					}
				}
			}
		}
	}
	if figures < 1000 || quotations < 500 {
		t.Errorf("only %d figures and %d marks were checked", figures, quotations)
	}
	t.Logf("%d figures, %d marks to items", figures, quotations)
}

// A number of items, departments, provinces or trainings never stands in
// running text of ours without a way to what was counted.
func TestNoCountWithoutBasis(t *testing.T) {
	loose := regexp.MustCompile(`\d+(条[^号]|条$|个部门|个省份|期培训|个问题|行未)`)
	for name, d := range everyReport() {
		for i := range d.Issues {
			d.Issues[i].Lineage, d.Issues[i].Statement, d.Issues[i].Positions = nil, "问题。", nil
		}
		m, err := compose(d, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, bl := range m.blocks {
			if bl.kind == quoteBlock {
				continue
			}
			for _, r := range bl.runs {
				if r.kind == plainRun && loose.MatchString(r.text) {
					t.Errorf("%s: count in plain text: %s", name, r.text)
				}
			}
		}
	}
}

func TestSameDocumentSameBytes(t *testing.T) {
	for name, d := range everyReport() {
		shuffled := *d
		shuffled.Issues = slices.Clone(d.Issues)
		for i := range shuffled.Issues {
			items := slices.Clone(shuffled.Issues[i].Items)
			slices.Reverse(items)
			shuffled.Issues[i].Items = items
		}
		for format := range writers {
			// Tables do not depend on the form.
			if strings.ContainsAny(format, ".x") && format != "docx" && d.form() != Digest {
				continue
			}
			if !bytes.Equal(render(t, format, d), render(t, format, &shuffled)) {
				t.Errorf("%s as %s depends on the order of items", name, format)
			}
		}
	}
}

func TestGoldenMarkdown(t *testing.T) {
	for name, f := range map[string]Form{"study": Study, "interpretation": JudicialInterpretation, "outcome": Outcome} {
		d := sample(f)
		got := render(t, "md", d)
		path := filepath.Join("testdata", name+".golden.md")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s; run with -update and read the diff", f, path)
		}
	}
}

func unzip(t testing.TB, body []byte) map[string]string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range zr.File {
		if f.Modified.Unix() != epoch.Unix() {
			t.Errorf("%s carries a time: %v", f.Name, f.Modified)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

func wellFormed(t testing.TB, name, body string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(body))
	for {
		if _, err := dec.Token(); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", name, err)
			}
			return
		}
	}
}

func TestDOCXFollowsTheStandard(t *testing.T) {
	for name, d := range everyReport() {
		parts := unzip(t, render(t, "docx", d))
		for part, body := range parts {
			wellFormed(t, name+" "+part, body)
		}
		doc := parts["word/document.xml"]
		for _, want := range []string{
			`<w:pgSz w:w="11906" w:h="16838"/>`,
			`w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"`,
			`<w:docGrid w:type="linesAndChars" w:linePitch="579" w:charSpace="-849"/>`,
			`内部资料　注意保存`, `系统辅助归并，经人工研判复核`, `数据截至2026年11月20日`,
			`<w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>`,
		} {
			if !strings.Contains(doc, want) {
				t.Errorf("%s: document.xml lacks %s", name, want)
			}
		}
		for _, never := range []string{"印章", "发文字号", "红头", "〔2026〕"} {
			if strings.Contains(doc, never) {
				t.Errorf("%s: document.xml has %s", name, never)
			}
		}
		// Every link has its bookmark, and no bookmark is there twice.
		marks := map[string]int{}
		for _, m := range regexp.MustCompile(`<w:bookmarkStart w:id="\d+" w:name="([^"]+)"`).FindAllStringSubmatch(doc, -1) {
			marks[m[1]]++
			if marks[m[1]] > 1 || len(m[1]) > 40 {
				t.Errorf("%s: bookmark %s", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`w:anchor="([^"]+)"`).FindAllStringSubmatch(doc, -1) {
			if marks[m[1]] == 0 {
				t.Errorf("%s: link to %s, which is not there", name, m[1])
			}
		}
		// Every style that is used is defined; every relation has its part.
		for _, m := range regexp.MustCompile(`<w:(?:pStyle|rStyle|tblStyle) w:val="([^"]+)"`).FindAllStringSubmatch(doc, -1) {
			if !strings.Contains(parts["word/styles.xml"], `w:styleId="`+m[1]+`"`) {
				t.Errorf("%s: style %s is not defined", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`Target="([^"]+)"`).FindAllStringSubmatch(parts["word/_rels/document.xml.rels"], -1) {
			if parts["word/"+m[1]] == "" {
				t.Errorf("%s: relation to %s, which is not there", name, m[1])
			}
		}
	}
	parts := unzip(t, render(t, "docx", sample(Study)))
	for _, f := range []string{fontTitle, fontBody, fontKai, fontHei} {
		if !strings.Contains(parts["word/styles.xml"], `w:eastAsia="`+f+`"`) || !strings.Contains(parts["word/fontTable.xml"], f) {
			t.Errorf("font %s is not named", f)
		}
	}
	if !strings.Contains(parts["word/settings.xml"], "<w:evenAndOddHeaders/>") {
		t.Error("odd and even pages are the same")
	}
	if !strings.Contains(parts["word/footer1.xml"], `<w:jc w:val="right"/>`) || !strings.Contains(parts["word/footer2.xml"], `<w:jc w:val="left"/>`) {
		t.Error("page numbers do not stand outside")
	}
	if doc := parts["word/document.xml"]; !strings.Contains(doc, `w:eastAsia="SimSun-ExtB"`) {
		t.Error("a rare character has no font of its own")
	}
}

// Whatever stands in a text, the file opens.
func TestHostileText(t *testing.T) {
	is := propertyIssue()
	is.Title = `=cmd|' /C calc'!A0 <b>&"` + "\x00\x0b\ufffe"
	is.Items[0].Text = "=HYPERLINK(\"http://x\")\x01]]></w:t><script>alert(1)</script>\n\n+1\t@ | * _ ` \xff\xfe"
	is.Items[1].Text = strings.Repeat("很长的一段话，", 20000)
	is.Items[2].Text = ""
	d := sample(Study, is)
	for part, body := range unzip(t, render(t, "docx", d)) {
		wellFormed(t, part, body)
		if strings.ContainsAny(body, "\x00\x01\x0b") {
			t.Errorf("%s has a control character", part)
		}
	}
	page := string(render(t, "html", d))
	if strings.Contains(page, "<script") || strings.Contains(page, "<b>&") {
		t.Error("html: text became markup")
	}
	f, err := excelize.OpenReader(bytes.NewReader(render(t, "xlsx", d)))
	if err != nil {
		t.Fatal(err)
	}
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, v := range row {
				if v != "" && strings.ContainsRune("=+-@", rune(v[0])) {
					t.Errorf("%s row %d column %d begins a formula: %.20s", sheet, r+1, c+1, v)
				}
			}
		}
	}
	for _, format := range []string{"json", "md", "items.parquet", "issues.arrow"} {
		render(t, format, d)
	}
}

func TestNothingOneAndBlank(t *testing.T) {
	for format, write := range writers {
		if err := write(io.Discard, &Document{}, Options{}); err == nil || !strings.Contains(err.Error(), "至少选择一个问题") {
			t.Errorf("%s of nothing: %v", format, err)
		}
		for _, f := range Forms {
			blank := &Document{Form: f, Issues: []Issue{{Title: "空"}}}
			if err := write(io.Discard, blank, Options{}); err != nil {
				t.Errorf("%s of an issue without items as %s: %v", format, f, err)
			}
			one := &Document{Form: f, Issues: []Issue{{Number: 1, Title: "一条", Items: []Item{{ID: "i1", Text: "一条"}}}}}
			if err := write(io.Discard, one, Options{OmitAnnex: true}); err != nil {
				t.Errorf("%s of one item as %s: %v", format, f, err)
			}
		}
	}
	if err := WriteDOCX(io.Discard, &Document{Form: Outcome, TrainingID: "2024-1"}, Options{}); err != nil {
		t.Errorf("a training without feedback: %v", err)
	}
	if err := WriteDOCX(io.Discard, &Document{Form: "通知", Issues: []Issue{propertyIssue()}}, Options{}); err == nil {
		t.Error("an unknown form was written")
	}
}

func TestValidateNamesWhatIsWrong(t *testing.T) {
	is := propertyIssue()
	is.Items = append(is.Items, is.Items[0])
	is.Citations[0].ItemIDs = []string{"ixx"}
	got := strings.Join((&Document{Issues: []Issue{is}}).Validate(), "")
	for _, want := range []string{"第12号的条目 ia01 出现了两次", "涉及法条引用了不在本问题中的条目 ixx"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestPeoplesFieldsStandInTheirPlaces(t *testing.T) {
	d := sample(JudicialInterpretation)
	before, err := Missing(d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(before, func(s string) bool { return strings.HasPrefix(s, "“拟用形式”尚未填写") }) {
		t.Errorf("拟用形式 is not asked for: %q", before)
	}
	d.Fields = map[string]string{
		"前置校验": "属于审判工作中具体应用法律，指向减刑假释规定第二条。", "立项来源": "业务部门建议", "拟用形式": "批复", "单独或联合": "两高联合",
		"建议主办部门、会商部门": "人民法院主办，其余会商", "现行规定检索结论": "不明确。\n检索到减刑假释规定第二条。", "一、立项必要性": "实践分歧影响裁判统一。",
		"二、拟解释的法律条文和主要事项": "履行能力的认定标准。", "四、可行性与初步条文设想": "可行。", "五、起草计划、承办部门、征求意见范围": "两年内完成。",
		"分歧意见": "观点一；观点二。", "案例": "无。",
	}
	md := string(render(t, "md", d))
	for name, v := range d.Fields {
		if !strings.Contains(md, strings.Split(v, "\n")[0]) {
			t.Errorf("%s is not shown", name)
		}
	}
	if after, _ := Missing(d, Options{}); len(after) != 0 || strings.Contains(md, "待填：") {
		t.Errorf("still asked for: %q", after)
	}
}

// Every field and section of every direction's form has its place in the
// report.
func TestFormsAreWhole(t *testing.T) {
	for _, f := range Forms[3:] {
		fields, err := FieldsOf(f, nil)
		if err != nil || len(fields) == 0 {
			t.Fatalf("%s has no form: %v", f, err)
		}
		d := sample(f)
		d.Fields = map[string]string{}
		for i, fl := range fields {
			if !strings.HasPrefix(fl.Name, "附") && !strings.HasPrefix(fl.Name, "案例线索") {
				d.Fields[fl.Name] = fmt.Sprintf("答%d。", i)
			}
		}
		md := string(render(t, "md", d))
		for name, v := range d.Fields {
			if !strings.Contains(md, v) {
				t.Errorf("%s: what was entered for %s is not shown", f, name)
			}
		}
	}
}

func TestXLSXSheets(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(render(t, "xlsx", sample(Outcome, propertyIssue(), medicalIssue()))))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.GetSheetList(); !slices.Equal(got, []string{"问题清单", "各方表述", "反馈条目", "涉及法条", "说明"}) {
		t.Fatalf("sheets %q", got)
	}
	f, err = excelize.OpenReader(bytes.NewReader(render(t, "xlsx", sample(Digest, propertyIssue(), medicalIssue()))))
	if err != nil {
		t.Fatal(err)
	}
	items, err := f.GetRows("反馈条目")
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 1+12+6 || items[1][0] != "12.1" || !strings.Contains(items[1][13], "2022年第1期学员意见征集表.xlsx · 汇总 · 第14行") {
		t.Errorf("%d rows; %q", len(items), items[1])
	}
	issues, _ := f.GetRows("问题清单")
	if issues[1][5] != "11" || issues[1][6] != "1" || issues[1][7] != "5" || issues[1][20] != "12.1至12.12" {
		t.Errorf("issue 12: %q", issues[1])
	}
	panes, err := f.GetPanes("反馈条目")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header does not stand: %+v %v", panes, err)
	}
}

func TestTablesReadBack(t *testing.T) {
	d := sample(Digest, propertyIssue(), medicalIssue())
	r, err := file.NewParquetReader(bytes.NewReader(render(t, "items.parquet", d)))
	if err != nil {
		t.Fatal(err)
	}
	fr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	tbl, err := fr.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tbl.Release()
	if tbl.NumRows() != 18 || int(tbl.NumCols()) != len(itemColumns) {
		t.Fatalf("%d rows, %d columns", tbl.NumRows(), tbl.NumCols())
	}
	if at := r.MetaData().KeyValueMetadata().FindValue("tongtang.run_id"); at == nil || *at != "20261122T0200" {
		t.Error("the file does not name its run")
	}

	ar, err := ipc.NewFileReader(bytes.NewReader(render(t, "items.arrow", d)))
	if err != nil {
		t.Fatal(err)
	}
	defer ar.Close()
	rec, err := ar.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return rec.Schema().FieldIndices(name)[0] }
	if id, text := rec.Column(column("ref")).(*array.String).Value(0), rec.Column(column("text")).(*array.String).Value(0); id != "12.1" || !strings.HasPrefix(text, "各地法院") {
		t.Errorf("first item %s %s", id, text)
	}
	if got := rec.Column(column("given_on")).(*array.Date32).Value(0).FormattedString(); got != "2022-06-15" {
		t.Errorf("given on %s", got)
	}
	sources := rec.Column(column("sources")).(*array.List)
	from, to := sources.ValueOffsets(5) // ia05, seen in two files
	if to-from != 2 {
		t.Errorf("item 12.6 has %d sources", to-from)
	}

	issues, err := ipc.NewFileReader(bytes.NewReader(render(t, "issues.arrow", d)))
	if err != nil {
		t.Fatal(err)
	}
	defer issues.Close()
	rec, err = issues.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	if n := rec.Column(column("items")).(*array.Int32).Value(0); n != 11 {
		t.Errorf("issue 12 has %d items", n)
	}
}

func TestJSONHasNoNullLists(t *testing.T) {
	body := render(t, "json", &Document{Issues: []Issue{{Number: 1, Title: "一"}}})
	if bytes.Contains(body, []byte("null")) {
		t.Errorf("%s", body)
	}
	var out jsonReport
	if err := json.Unmarshal(render(t, "json", sample(Study)), &out); err != nil {
		t.Fatal(err)
	}
	if out.Schema != Schema || out.Issues[0].Counts.Items != 11 || out.Issues[0].Departments[0].Code != string(feedback.Procuratorate) {
		t.Errorf("%+v", out.Issues[0].Counts)
	}
}

func TestChineseNumerals(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 12: "十二", 20: "二十", 99: "九十九", 100: "一百", 105: "一百零五", 110: "一百一十", 200: "二百", 1001: "一千零一", 0: "0"} {
		if got := zhNumber(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestTitlesBreakBetweenWords(t *testing.T) {
	words := map[string]bool{"暂予监外执行": true, "社区矫正": true, "财产性判项": true}
	for title, want := range map[string]string{
		"同堂培训反馈问题清单": "同堂培训反馈问题清单",
		"关于“暂予监外执行罪犯在社区矫正期间再犯新罪，原决定机关未及时收监怎么办”问题的": "关于“暂予监外执行罪犯|在社区矫正期间再犯新罪，|原决定机关未及时收监怎么办”问题的",
		"": "",
	} {
		if got := strings.Join(breakTitle(title, 19, words), "|"); got != want {
			t.Errorf("%s: %s", title, got)
		}
	}
	for _, line := range breakTitle(strings.Repeat("财产性判项的履行能力，", 9), 19, words) {
		if strings.HasPrefix(line, "，") || len([]rune(line)) > 19 {
			t.Errorf("line %q", line)
		}
	}
}

// Two hundred issues as one digest: what the page asks for at most.
func BenchmarkDigest(b *testing.B) {
	d := sample(Digest, manyIssues(200)...)
	for _, format := range []string{"docx", "html", "xlsx", "items.parquet"} {
		b.Run("issues=200/"+format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := writers[format](io.Discard, d, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
