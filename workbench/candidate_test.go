package workbench_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
	"tongtang/workbench/report"
)

// issueOne confirms the first suggested group as No. 1, with a statement.
func (d *desk) issueOne(t testing.TB) {
	t.Helper()
	me := d.account(t, queries.Analyst)
	if _, err := d.store.Confirm(t.Context(), me.ID, d.suggested(t)[0].Key, "", ""); err != nil {
		t.Fatal(err)
	}
	statement := "罪犯未全部履行财产性判项的，可否认定确有悔改表现？"
	if err := d.store.EditIssue(t.Context(), me.ID, 1, 1, queries.IssueEdit{Statement: &statement}); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) version(t testing.TB, id int) string {
	t.Helper()
	c, err := d.store.Candidate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(c.Version)
}

// preChecked is a sound proposal of each direction.
func preChecked(direction string) url.Values {
	return url.Values{
		"direction": {direction}, "reason": {"各部门均有反映，做法不一。"}, queries.FieldApplies: {"审判工作"}, queries.FieldArticles: {"《刑法》第七十八条第一款"},
		queries.FieldBelowCommon: {"涉及在押人员死亡。"}, queries.FieldCaseKind: {"检察"},
	}
}

// fill answers a form in which every field is filled in.
func fill(t testing.TB, b *browser, id int) url.Values {
	t.Helper()
	_, body, _ := b.get(t, fmt.Sprintf("/candidates/%d/form", id))
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<(?:textarea|input)[^>]*name="(f:[^"]+|version)"[^>]*>`).FindAllStringSubmatch(body, -1) {
		name := strings.NewReplacer("&#34;", `"`, "&#43;", "+").Replace(m[1])
		switch {
		case name == "version":
			out.Set(name, regexp.MustCompile(`value="(\d+)"`).FindStringSubmatch(m[0])[1])
		case strings.Contains(m[0], `type="hidden"`):
		case strings.Contains(m[0], `type="checkbox"`):
			out.Add(name, regexp.MustCompile(`value="([^"]+)"`).FindStringSubmatch(m[0])[1])
		case name == "f:"+queries.FieldApplies:
			out.Set(name, "审判工作")
		case name == "f:"+queries.FieldArticles:
			out.Set(name, "《刑法》第七十八条第一款")
		case name == "f:"+queries.FieldCaseKind:
			out.Set(name, "检察")
		case strings.HasPrefix(name, "f:重大"):
			out.Set(name, "疑难、复杂。理由：涉及多部门。")
		default:
			out.Set(name, "已填〔"+strings.TrimPrefix(name, "f:")+"〕")
		}
	}
	return out
}

// Every direction: refused for review while something required is empty, let
// through when it is filled in, and its paper then holds what was written.
func TestEveryDirectionFromProposalToPaper(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	d.issueOne(t)
	b, reviewer := d.as(t, queries.Analyst), d.as(t, queries.Reviewer)
	for i, direction := range feedback.Directions {
		id := i + 1
		status, body, head := b.post(t, "/issues/1/tag", preChecked(direction))
		if want := fmt.Sprintf("/candidates/%d", id); status != http.StatusSeeOther || head.Get("Location") != want {
			t.Fatalf("%s: %d %s", direction, status, tags.ReplaceAllString(between(body, "<main", "</main>"), " "))
		}
		step := func(b *browser, name string) (int, string) {
			status, body, _ := b.post(t, fmt.Sprintf("/candidates/%d/step", id), url.Values{"step": {name}, "version": {d.version(t, id)}})
			return status, body
		}
		if status, body := step(b, "送复核"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "必填") || !strings.Contains(body, "尚未填写") {
			t.Errorf("%s went to review empty: %d", direction, status)
		}
		form := fill(t, b, id)
		if len(form) < 6 {
			t.Fatalf("%s has a form of %d fields", direction, len(form))
		}
		if status, body, _ := b.post(t, fmt.Sprintf("/candidates/%d/form", id), form); status != http.StatusSeeOther {
			t.Fatalf("%s: saving: %d %s", direction, status, between(body, `class="problem"`, "</div>"))
		}
		if status, body := step(b, "送复核"); status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", direction, status, tags.ReplaceAllString(between(body, "<main", "</main>"), " "))
		}
		if status, _ := step(b, "复核同意"); status != http.StatusForbidden {
			t.Errorf("%s: an analyst approved: %d", direction, status)
		}
		if status, _ := step(reviewer, "复核同意"); status != http.StatusSeeOther {
			t.Errorf("%s: review: %d", direction, status)
		}
		if status, _, _ := reviewer.post(t, fmt.Sprintf("/candidates/%d/voice", id), url.Values{"kind": {"会商"}, "department": {"FY"}, "stance": {"修改"}, "text": {"以执行法院查明为主"}}); status != http.StatusSeeOther {
			t.Errorf("%s: voice: %d", direction, status)
		}
		forms := []string{direction}
		if direction == "指导性案例" {
			forms = []string{"指导性案例(检察)"}
		}
		for _, f := range forms {
			status, paper, _ := b.get(t, "/export?issue=1&format=md&form="+url.QueryEscape(f))
			if status != http.StatusOK {
				t.Fatalf("%s: %d", f, status)
			}
			for name, v := range form {
				name = strings.TrimPrefix(name, "f:")
				common := name == "分歧意见" || name == "现行规定检索结论" || strings.HasPrefix(name, "重大")
				if strings.HasPrefix(v[0], "已填") && !common && !queries.RestrictedField(name) && name != queries.FieldBelowCommon && !strings.Contains(paper, v[0]) {
					t.Errorf("%s: the paper lacks %s", f, name)
				}
				if queries.RestrictedField(name) && strings.Contains(paper, v[0]) {
					t.Errorf("%s: the paper tells the restricted %s", f, name)
				}
			}
			for _, want := range []string{people[queries.Reviewer].name, people[queries.Analyst].name} {
				if !strings.Contains(paper, want) {
					t.Errorf("%s: the paper is not signed by %s", f, want)
				}
			}
			if direction == "司法解释" || direction == "规范性文件" || direction == "联合调研" {
				if !strings.Contains(paper, "以执行法院查明为主") || !strings.Contains(paper, "建议修改") {
					t.Errorf("%s: the position is not in the paper", f)
				}
			}
			if status, body, _ := b.get(t, "/export?issue=1&format=docx&form="+url.QueryEscape(f)); status != http.StatusOK || !strings.HasPrefix(body, "PK") {
				t.Errorf("%s: docx %d", f, status)
			}
		}
	}
	_, board, _ := b.get(t, "/board")
	if n := strings.Count(board, "data-row"); n != len(feedback.Directions) {
		t.Errorf("%d candidates on the board, want %d", n, len(feedback.Directions))
	}
}

func TestRulesHoldAgainstDirectRequests(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	d.issueOne(t)
	analyst, reviewer, viewer := d.as(t, queries.Analyst), d.as(t, queries.Reviewer), d.as(t, queries.Viewer)
	if err := d.store.SetThresholds(t.Context(), 1, queries.Thresholds{Departments: 5, Provinces: 32, Trainings: 99}); err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, b *browser, path string, form url.Values, want int, sentence string) {
		t.Helper()
		status, body, _ := b.post(t, path, form)
		if status != want || !strings.Contains(body, sentence) {
			t.Errorf("%s: %d, want %d and %q\n%s", what, status, want, sentence, strings.Join(strings.Fields(tags.ReplaceAllString(between(body, "<main", "</main>"), " ")), " "))
		}
	}
	refuse("司法解释 without pre-check", analyst, "/issues/1/tag", url.Values{"direction": {"司法解释"}, "reason": {"有分歧"}}, 422, "前置校验")
	refuse("司法解释 without an article", analyst, "/issues/1/tag", url.Values{"direction": {"司法解释"}, "reason": {"有分歧"}, queries.FieldApplies: {"审判工作"}}, 422, "具体法律条文")
	refuse("a reason that is blank", analyst, "/issues/1/tag", url.Values{"direction": {"典型案例"}, "reason": {"  "}}, 422, "理由")
	refuse("a direction of one's own", analyst, "/issues/1/tag", url.Values{"direction": {"立法建议"}, "reason": {"有分歧"}}, 422, "方向")
	refuse("a joint project that is not common", analyst, "/issues/1/tag", url.Values{"direction": {"联合专项活动"}, "reason": {"集中清理"}}, 422, "未达共性标准")
	if status, _, _ := reviewer.post(t, "/issues/1/tag", preChecked("司法解释")); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	form := fill(t, reviewer, 1)
	reviewer.post(t, "/candidates/1/form", form)
	do := func(name string) url.Values { return url.Values{"step": {name}, "version": {d.version(t, 1)}} }
	for _, name := range []string{"审定", "移送", "登记结果", "反馈学员", "会签完成", "没有这一步"} {
		refuse("a leap to "+name, reviewer, "/candidates/1/step", do(name), 422, "不能办理")
	}
	if status, _, _ := reviewer.post(t, "/candidates/1/step", do("送复核")); status != http.StatusSeeOther {
		t.Fatal("not submitted")
	}
	refuse("the author's own approval", reviewer, "/candidates/1/step", do("复核同意"), 403, "另一位复核人员")
	refuse("an analyst's approval", analyst, "/candidates/1/step", do("复核同意"), 403, "须由复核人员")
	refuse("a viewer's step", viewer, "/candidates/1/step", do("复核同意"), 403, "")
	refuse("an answer to what was not seen", reviewer, "/candidates/1/step", url.Values{"step": {"撤回送审"}, "version": {"1"}}, 409, "已有变化")
	refuse("a text changed under review", analyst, "/candidates/1/form", url.Values{"version": {d.version(t, 1)}, "f:立项来源": {"改"}}, 409, "已固定")
	refuse("a voice before deliberation", viewer, "/candidates/1/voice", url.Values{"kind": {"会商"}, "department": {"GA"}, "stance": {"同意"}}, 409, "会商")
	refuse("a voice for another department", viewer, "/candidates/1/voice", url.Values{"kind": {"会商"}, "department": {"JY"}, "stance": {"同意"}}, 403, "本部门")
	refuse("a score without a reason", analyst, "/issues/1/score", url.Values{"part": {"重大"}, "score": {"1"}}, 422, "理由")
	refuse("the issue set by hand", reviewer, "/issues/1/status", url.Values{"to": {"已审定"}}, 409, "转化建议")
	if status, _, _ := analyst.get(t, "/export?issue=1&candidate=99&form=司法解释"); status != http.StatusNotFound {
		t.Errorf("a candidate that is not: %d", status)
	}
}

func TestTheSecondPersonSeesWhatTheFirstWroteAndKeepsTheirOwn(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	d.issueOne(t)
	one, two := d.as(t, queries.Analyst), d.as(t, queries.Reviewer)
	one.post(t, "/issues/1/tag", preChecked("规范性文件"))
	save := func(b *browser, version string, kv ...string) (int, string) {
		f := url.Values{"version": {version}}
		for i := 0; i < len(kv); i += 2 {
			f.Set("f:"+kv[i], kv[i+1])
		}
		status, body, _ := b.post(t, "/candidates/1/form", f)
		return status, body
	}
	if status, _ := save(one, "1", "文种", "意见", "牵头起草单位", "司法部"); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	status, body := save(two, "1", "文种", "规定", "牵头起草单位", "", "四、需协调事项", "我写的一段话")
	if status != http.StatusConflict {
		t.Fatalf("the second save: %d", status)
	}
	for _, want := range []string{"张研判", "我写的一段话", `value="规定"`, "张研判 改为：", `value="司法部"`, `name="version" value="2"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the second person does not see %q", want)
		}
	}
	c, err := d.store.Candidate(t.Context(), 1)
	if err != nil || c.Fields["文种"] != "意见" {
		t.Fatalf("lost update: %v %v", c.Fields, err)
	}
	if status, _ := save(two, "2", "文种", "规定", "牵头起草单位", "司法部", "四、需协调事项", "我写的一段话"); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if c, err = d.store.Candidate(t.Context(), 1); err != nil || c.Fields["文种"] != "规定" || c.Fields["牵头起草单位"] != "司法部" || c.Fields["四、需协调事项"] != "我写的一段话" {
		t.Fatalf("%v %v", c.Fields, err)
	}
}

func TestWhatBecameOfATrainingIsTold(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	d.issueOne(t)
	b, organiser := d.as(t, queries.Reviewer), d.as(t, queries.Organiser)
	v, err := d.store.Group(t.Context(), d.issueKey(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	training := v.TrainingList[0]
	doc, err := workbench.BuildOutcome(t.Context(), d.store, training, workbench.ReportRequest{At: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	items, _, _, err := d.store.SaidAt(t.Context(), training)
	if err != nil {
		t.Fatal(err)
	}
	n := len(doc.Loose)
	for i := range doc.Issues {
		n += len(doc.Issues[i].Items)
		for _, it := range doc.Issues[i].Items {
			if it.TrainingID != training {
				t.Fatalf("an item of %s in the outcome of %s", it.TrainingID, training)
			}
		}
	}
	if n != len(items) {
		t.Errorf("%d items in the report, %d said", n, len(items))
	}
	for _, format := range workbench.Formats {
		if status, body, _ := b.get(t, "/outcomes/"+training+"/report?format="+format); status != http.StatusOK || len(body) < 200 {
			t.Errorf("%s: %d", format, status)
		}
	}
	if status, body, _ := b.get(t, "/outcomes/"+training); status != http.StatusOK || !strings.Contains(body, "第1号") {
		t.Errorf("page: %d", status)
	}
	status, page, _ := organiser.get(t, "/outcomes/"+training+"/receipts")
	if status != http.StatusOK || !strings.Contains(page, "第1号") {
		t.Errorf("receipts: %d", status)
	}
	status, sheet, _ := organiser.get(t, "/outcomes/"+training+"/receipts.xlsx")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	f, err := excelize.OpenReader(strings.NewReader(sheet))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("反馈回执")
	if err != nil || len(rows) != len(items)+1 {
		t.Fatalf("%d rows for %d items, %v", len(rows), len(items), err)
	}
	if status, _, _ := d.as(t, queries.Analyst).get(t, "/outcomes/"+training+"/receipts.xlsx"); status != http.StatusForbidden {
		t.Errorf("an analyst took the receipts: %d", status)
	}
	if status, _, _ := b.get(t, "/outcomes/1999-9"); status != http.StatusNotFound {
		t.Errorf("a training that was not: %d", status)
	}
}

func (d *desk) issueKey(t testing.TB, no int) string {
	t.Helper()
	key, _, err := d.store.IssueKey(t.Context(), no)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ownDocx is an office's template with one field in its title.
func ownDocx(t testing.TB, text string) []byte {
	t.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range [][2]string{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>`},
		{"_rels/.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/styles.xml", head + `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"></w:styles>`},
		{"word/document.xml", head + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p><w:sectPr/></w:body></w:document>`},
	} {
		w, err := z.Create(p[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, p[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnOfficesOwnTemplateIsUsed(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	d.issueOne(t)
	admin, analyst := d.as(t, queries.Administrator), d.as(t, queries.Analyst)
	put := func(b *browser, form string, body []byte) (int, string) {
		t.Helper()
		var buf bytes.Buffer
		m := multipart.NewWriter(&buf)
		_ = m.WriteField("form", form)
		w, err := m.CreateFormFile("file", "../../模板.docx")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(body)
		_ = m.Close()
		res, err := b.Post(b.base+"/templates", m.FormDataContentType(), &buf)
		if err != nil {
			t.Fatal(err)
		}
		status, page, _ := answer(t, res)
		return status, page
	}
	good := ownDocx(t, "某某厅专用版式 {{编号}} {{题目}}")
	for _, bad := range []struct {
		what, form string
		body       []byte
		want       int
	}{
		{"no docx", "典型案例", []byte("这不是 docx"), 422},
		{"no such form", "../../etc/passwd", good, 422},
		{"nothing", "典型案例", nil, 422},
		{"too large", "典型案例", bytes.Repeat([]byte("x"), 5<<20+1), 413},
	} {
		if status, _ := put(admin, bad.form, bad.body); status != bad.want {
			t.Errorf("%s: %d, want %d", bad.what, status, bad.want)
		}
	}
	if status, _ := put(analyst, "典型案例", good); status != http.StatusForbidden {
		t.Errorf("an analyst's template: %d", status)
	}
	if left, _ := filepath.Glob(filepath.Join(d.dir, "templates", "*")); len(left) != 0 {
		t.Errorf("refused templates were kept: %v", left)
	}
	if status, page := put(admin, "典型案例", good); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, tags.ReplaceAllString(page, " "))
	}
	info, err := os.Stat(filepath.Join(d.dir, "templates", "典型案例.docx"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	text := func(form string) string {
		t.Helper()
		status, body, _ := analyst.get(t, "/export?issue=1&format=docx&form="+url.QueryEscape(form))
		if status != http.StatusOK {
			t.Fatal(status)
		}
		z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open("word/document.xml")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		xml, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return tags.ReplaceAllString(string(xml), "")
	}
	if got := text("典型案例"); !strings.Contains(got, "某某厅专用版式") || !strings.Contains(got, "第1号") || strings.Contains(got, "{{") {
		t.Errorf("the template is not filled in: %.200s", got)
	}
	if got := text(string(report.JointResearch)); strings.Contains(got, "某某厅") {
		t.Error("one form's template was used for another")
	}
	if status, body, _ := admin.get(t, "/templates/file?form="+url.QueryEscape("典型案例")); status != http.StatusOK || !strings.HasPrefix(body, "PK") {
		t.Errorf("taking the template back: %d", status)
	}
	if status, _, _ := admin.get(t, "/templates/file?form="+url.QueryEscape("../secret")); status != http.StatusNotFound {
		t.Errorf("a way out of the folder: %d", status)
	}
	admin.post(t, "/templates/remove", url.Values{"form": {"典型案例"}})
	if got := text("典型案例"); strings.Contains(got, "某某厅") {
		t.Error("a removed template is still used")
	}
}
