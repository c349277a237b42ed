package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/traditionalchinese"

	"tongtang/pipeline"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench"
)

// office is a whole installation: data folder, store, workbench, nights.
type office struct {
	*httptest.Server
	t      *testing.T
	folder queries.Folder
	store  *queries.Store
}

const officePassword = "correct horse battery"

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, folder: queries.Folder(t.TempDir())}
	var err error
	if o.store, err = queries.OpenStore(t.Context(), string(o.folder), queries.StoreOptions{Poll: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for _, a := range []queries.NewAccount{
		{Login: "huiwu", Name: "李会务", Role: queries.Organiser},
		{Login: "yanpan", Name: "张研判", Role: queries.Analyst},
		{Login: "fuhe", Name: "王复核", Role: queries.Reviewer},
		{Login: "admin", Name: "陈管理", Role: queries.Administrator},
	} {
		a.Department, a.Password = feedback.Procuratorate, officePassword
		if _, err := o.store.CreateAccount(t.Context(), 0, a); err != nil {
			t.Fatal(err)
		}
	}
	handler, err := workbench.New(o.store, workbench.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o.Server = httptest.NewServer(handler)
	t.Cleanup(func() {
		o.Server.Close()
		if err := o.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// as signs a person in.
func (o *office) as(login string) *visitor {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	v := &visitor{o: o, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if status, _, _ := v.post("/login", url.Values{"login": {login}, "password": {officePassword}}); status != http.StatusSeeOther {
		o.t.Fatalf("signing %s in: %d", login, status)
	}
	return v
}

// night runs one and lets the workbench take its corpus. Decisions must have
// been published before.
func (o *office) night(decisions int) pipeline.Record {
	o.t.Helper()
	for range 100 {
		log, err := queries.ReadDecisions(o.t.Context(), o.folder.Decisions())
		if err != nil {
			o.t.Fatal(err)
		}
		if len(log) >= decisions {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	record, err := pipeline.Run(o.t.Context(), o.folder, pipeline.Options{Version: "test"})
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.store.Refresh(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	return record
}

type visitor struct {
	o      *office
	client *http.Client
}

func (v *visitor) get(path string) (int, string, http.Header) {
	v.o.t.Helper()
	res, err := v.client.Get(v.o.URL + path)
	return v.read(res, err)
}

func (v *visitor) post(path string, form url.Values) (int, string, http.Header) {
	v.o.t.Helper()
	res, err := v.client.PostForm(v.o.URL+path, form)
	return v.read(res, err)
}

func (v *visitor) read(res *http.Response, err error) (int, string, http.Header) {
	v.o.t.Helper()
	if err != nil {
		v.o.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.o.t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

func (v *visitor) upload(training, name string, body []byte) {
	v.o.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("training", training); err != nil {
		v.o.t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		v.o.t.Fatal(err)
	}
	if _, err := part.Write(body); err != nil {
		v.o.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		v.o.t.Fatal(err)
	}
	res, err := v.client.Post(v.o.URL+"/import", w.FormDataContentType(), &b)
	if status, page, _ := v.read(res, err); status != http.StatusSeeOther {
		v.o.t.Fatalf("handing in %s: %d %s", name, status, page)
	}
}

// file is the address of a file's page, found on the import page by its name.
func (v *visitor) file(name string) string {
	v.o.t.Helper()
	_, page, _ := v.get("/import")
	m := regexp.MustCompile(`<a href="(/import/[0-9a-f]{64})">` + regexp.QuoteMeta(strings.NewReplacer("+", "&#43;").Replace(name)) + `</a>`).FindStringSubmatch(page)
	if m == nil {
		v.o.t.Fatalf("%s is not on the import page:\n%s", name, page)
	}
	return m[1]
}

func (v *visitor) must(want int, wanted string, status int, page string) {
	v.o.t.Helper()
	if status != want || !strings.Contains(page, wanted) {
		v.o.t.Fatalf("%d without %q, want %d:\n%s", status, wanted, want, page)
	}
}

// search finds items by a word and gives their addresses.
func (v *visitor) search(word string) []string {
	v.o.t.Helper()
	_, page, _ := v.get("/search?q=" + url.QueryEscape(word))
	var out []string
	for _, m := range regexp.MustCompile(`href="(/items/[0-9a-z]+)"`).FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

const oddForm = `姓名,您在哪里工作,手机,还想对我们说点什么呀,课程满意吗
王小明,江苏省某某监狱,13812345678,病犯保外就医期满后医院不再出具诊断意见，监狱收监时缺少依据，建议明确由谁组织复查,5
李大力,浙江省某某监狱,13912345678,=社区矫正对象请假外出的审批层级各地不一，跨省就医往返手续繁琐，希望统一,4
`

func TestAnUncertainFormIsCorrectedAndRemembered(t *testing.T) {
	o := openOffice(t)
	organiser := o.as("huiwu")
	organiser.upload("2026-1", "=1+1.csv", []byte(oddForm))
	organiser.upload("", "无期次.csv", []byte("单位,问题\n山东省某某市看守所,留所服刑罪犯的医疗费用由谁承担，结算标准是什么\n"))
	big5, err := traditionalchinese.Big5.NewEncoder().String("unit,text\n福建省某某市司法局,矯正對象臨時外出就醫期間病情突變的，應當向哪一級機關報告並由誰承擔監管責任\n")
	if err != nil {
		t.Fatal(err)
	}
	organiser.upload("2026-1", "繁体.csv", []byte(big5))
	organiser.upload("2026-1", "房间安排.csv", []byte("谁住,房间说明\n甲组,这一列写的是住宿安排，与反馈没有关系，请各位学员按时入住并妥善保管房卡\n"))
	first := o.night(0)
	if !first.Rejected() {
		t.Error("the first night took everything in")
	}

	// The proposal, with masked sample rows.
	form := organiser.file("=1+1.csv")
	status, page, _ := organiser.get(form)
	organiser.must(200, "字段对应待确认", status, page)
	organiser.must(200, "病犯保外就医期满后", status, page)
	for _, secret := range []string{"13812345678", "王小明", "李大力"} {
		if strings.Contains(page, secret) {
			t.Errorf("the proposal shows %s", secret)
		}
	}
	if _, list, _ := organiser.get("/import"); !strings.Contains(list, "1 处待您确认") {
		t.Error("the import page does not say that a file waits")
	}
	fingerprint := regexp.MustCompile(`name="form" value="([0-9a-f]{16})"`).FindStringSubmatch(page)
	if fingerprint == nil {
		t.Fatal("no form on the page")
	}
	answer := url.Values{"form": {fingerprint[1]}, "field0": {"name"}, "field1": {"unit"}, "field2": {"unit"}, "field3": {"content"}, "field4": {"ignore"}}
	status, page, _ = organiser.post(form+"/mapping", answer)
	organiser.must(422, "“单位”只能对应一列，现在 B 列和 C 列都是", status, page)
	answer.Set("field2", "phone")
	answer.Set("field3", "background")
	status, page, _ = organiser.post(form+"/mapping", answer)
	organiser.must(422, "至少要有一列是问题、意见、建议或正文", status, page)
	if !strings.Contains(page, `<option value="background" selected>`) {
		t.Error("the form does not come back filled in")
	}
	answer.Set("field3", "content")
	if status, page, _ = organiser.post(form+"/mapping", answer); status != 303 {
		t.Fatalf("%d %s", status, page)
	}
	status, page, _ = organiser.get(form)
	organiser.must(200, "已全部确认，下一次夜间归并时重新读取", status, page)

	// A table that holds no feedback is answered too.
	rooms := organiser.file("房间安排.csv")
	_, page, _ = organiser.get(rooms)
	form2 := regexp.MustCompile(`name="form" value="([0-9a-f]{16})"`).FindStringSubmatch(page)
	if form2 == nil {
		t.Fatal("no form on the page")
	}
	if status, page, _ = organiser.post(rooms+"/mapping", url.Values{"form": {form2[1]}, "none": {"1"}}); status != 303 {
		t.Fatalf("%d %s", status, page)
	}

	// A file without a training, and one whose encoding cannot be told.
	lost := organiser.file("无期次.csv")
	status, page, _ = organiser.get(lost)
	organiser.must(200, "指定期次", status, page)
	status, page, _ = organiser.post(lost+"/training", url.Values{"training": {"去年那次"}})
	organiser.must(422, "期次须写作 2026-1 的形式", status, page)
	if status, page, _ = organiser.post(lost+"/training", url.Values{"training": {"2026-2"}}); status != 303 {
		t.Fatalf("%d %s", status, page)
	}
	old := organiser.file("繁体.csv")
	status, page, _ = organiser.get(old)
	organiser.must(200, "矯正對象臨時外出就醫", status, page)
	status, page, _ = organiser.post(old+"/encoding", url.Values{"encoding": {"latin-1"}})
	organiser.must(422, "请从列出的编码中选择一种", status, page)
	if status, page, _ = organiser.post(old+"/encoding", url.Values{"encoding": {"big5"}}); status != 303 {
		t.Fatalf("%d %s", status, page)
	}

	second := o.night(4)
	if second.Rejected() {
		t.Errorf("the second night still turns something away: %+v", second.Inputs)
	}
	for _, in := range second.Inputs {
		if in.Outcome != "已接收" || (in.Items == 0) != (in.File == "房间安排.csv") {
			t.Errorf("%s: %s", in.File, in.Outcome)
		}
	}
	analyst := o.as("yanpan")
	for word, file := range map[string]string{"保外就医期满": "=1+1.csv", "医疗费用由谁承担": "无期次.csv", "監管責任": "繁体.csv"} {
		if len(analyst.search(word)) == 0 {
			t.Errorf("no item of %s after the second night", file)
		}
	}
	status, page, _ = organiser.get(form)
	organiser.must(200, "按人工确认的对应读取", status, page)
	// Every answer is a decision that is published and in the audit log.
	log, err := queries.ReadDecisions(t.Context(), o.folder.Decisions())
	if err != nil {
		t.Fatal(err)
	}
	kinds := ""
	for _, d := range log {
		kinds += string(d.Kind) + " "
	}
	if kinds != "mapping mapping training encoding " {
		t.Errorf("published decisions: %s", kinds)
	}
	if list, n, err := o.store.Audit(t.Context(), queries.AuditFilter{Action: "decision.training", Limit: 5}); err != nil || n != 1 || !strings.Contains(list[0].Subject, "2026-2") {
		t.Errorf("audit: %v %v", list, err)
	}

	status, page, _ = analyst.get("/decisions")
	analyst.must(200, "无期次.csv → 2026-2", status, page)

	// The same form again: no question.
	organiser.upload("2026-1", "又一份.csv", []byte(strings.ReplaceAll(oddForm, "医院不再出具", "医院拒绝出具")))
	third := o.night(4)
	for _, in := range third.Inputs {
		if in.File == "又一份.csv" && (in.Outcome != "已接收" || in.Items != 2) {
			t.Errorf("the same form was not recognised: %+v", in)
		}
	}

	// The report as xlsx: four sheets, no formula.
	status, body, head := organiser.get(form + "/report")
	if status != 200 || !strings.Contains(head.Get("Content-Disposition"), "attachment") {
		t.Fatalf("report: %d %v", status, head)
	}
	book, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if got := strings.Join(book.GetSheetList(), " "); got != "概况 字段对应 未收入 提示" {
		t.Errorf("sheets: %s", got)
	}
	if v, err := book.GetCellValue("概况", "B2"); err != nil || v != "'=1+1.csv" {
		t.Errorf("file name in the report: %q %v", v, err)
	}
}

func TestAnOriginalIsShownOnceWithAReasonAndALine(t *testing.T) {
	o := openOffice(t)
	o.as("huiwu").upload("2026-1", "汇总.csv", []byte("姓名,单位,联系电话,问题\n赵铁柱,江苏省某某监狱,13812345678,罪犯赵铁柱保外就医期间下落不明，电话13812345678无法接通，由谁负责查找\n"))
	o.night(0)
	items := o.as("yanpan").search("下落不明")
	if len(items) == 0 {
		t.Fatal("no item")
	}
	page := items[0] + "/original"
	if status, _, _ := o.as("yanpan").get(page); status != 403 {
		t.Errorf("an analyst sees originals: %d", status)
	}
	reviewer := o.as("fuhe")
	status, body, _ := reviewer.get(items[0])
	reviewer.must(200, page, status, body)
	if strings.Contains(body, "13812345678") || strings.Contains(body, "赵铁柱") {
		t.Error("the item page is not masked")
	}
	status, body, _ = reviewer.get(page)
	reviewer.must(200, "查看事由", status, body)
	status, body, _ = reviewer.post(page, url.Values{"place": {"0"}, "reason": {"看看"}})
	reviewer.must(422, "请写明查看事由", status, body)
	if strings.Contains(body, "13812345678") {
		t.Error("shown without a reason")
	}
	status, body, head := reviewer.post(page, url.Values{"place": {"0"}, "reason": {"需联系提出单位核实"}})
	reviewer.must(200, "13812345678", status, body)
	reviewer.must(200, "赵铁柱", status, body)
	if head.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control: %q", head.Get("Cache-Control"))
	}
	lines, n, err := o.store.Audit(t.Context(), queries.AuditFilter{Action: "original.look", Limit: 5})
	if err != nil || n != 1 {
		t.Fatalf("%d lines in the audit log: %v", n, err)
	}
	if l := lines[0]; l.Name != "王复核" || !strings.Contains(l.Detail, "需联系提出单位核实") || !strings.Contains(l.Detail, "汇总.csv") || strings.Contains(l.Detail, "13812345678") {
		t.Errorf("audit line: %+v", l)
	}
	// Without the archive there is a sentence, and the look is on record too.
	if err := os.Rename(o.folder.Archive(), o.folder.Archive()+".away"); err != nil {
		t.Fatal(err)
	}
	status, body, _ = reviewer.post(page, url.Values{"place": {"0"}, "reason": {"核对脱敏是否正确"}})
	reviewer.must(422, "档案中缺少原件", status, body)
	if _, n, _ := o.store.Audit(t.Context(), queries.AuditFilter{Action: "original.look", Limit: 5}); n != 2 {
		t.Errorf("%d lines in the audit log, want 2", n)
	}
}

func TestAnAddedWordIsUsedByTheNextNight(t *testing.T) {
	o := openOffice(t)
	o.as("huiwu").upload("2026-1", "汇总.csv", []byte("单位,问题\n江苏省某某监狱,根据《监狱涉烟案件管理办法》办理的，跨省对账单核查由谁负责，请予明确\n"))
	first := o.night(0)
	admin := o.as("admin")
	status, page, _ := admin.get("/dictionary")
	admin.must(200, "使用的就是现行词典", status, page)
	admin.must(200, "监狱涉烟案件管理办法", status, page)
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"table": {"word"}, "word": {"减刑"}, "kind": {"程序"}}, "词典中已有“减刑”"},
		{url.Values{"table": {"word"}, "word": {"ABC"}, "kind": {"程序"}}, "词只能由汉字组成"},
		{url.Values{"table": {"word"}, "word": {"词\t9\tn\tx"}, "kind": {"程序"}}, "词只能由汉字组成"},
		{url.Values{"table": {"synonym"}, "canonical": {"脱管"}, "variants": {"漏管"}, "relation": {"colloq"}}, "必须分开"},
		{url.Values{"table": {"synonym"}, "canonical": {"失联脱逃"}, "variants": {"脱管、漏管"}, "relation": {"colloq"}}, "必须分开"},
		{url.Values{"table": {"synonym"}, "canonical": {"暂外执行"}, "variants": {"暂予监外执行"}, "relation": {"abbr"}}, "是词典中的标准词"},
		{url.Values{"table": {"synonym"}, "canonical": {"假的标准词"}, "variants": {"暂监"}, "relation": {"abbr"}}, "已是“暂予监外执行”的同义词"},
		{url.Values{"table": {"stop"}, "phrase": {"假释"}, "place": {"any"}}, "专业词"},
		{url.Values{"table": {"nowhere"}}, "没有这个词表"},
	} {
		status, page, _ := admin.post("/dictionary/add", c.form)
		admin.must(422, c.want, status, page)
	}
	if files, _ := filepath.Glob(filepath.Join(o.folder.Lexicon(), "*")); len(files) != 0 {
		t.Errorf("refused words left %v", files)
	}
	for _, form := range []url.Values{
		{"table": {"word"}, "word": {"跨省对账单"}, "kind": {"财产执行"}},
		{"table": {"synonym"}, "canonical": {"跨省对账单"}, "variants": {"异地对账单、外省对账单"}, "relation": {"colloq"}},
		{"table": {"stop"}, "phrase": {"恳请百忙之中"}, "place": {"start"}},
	} {
		if status, page, _ := admin.post("/dictionary/add", form); status != 303 {
			t.Fatalf("%v: %d %s", form, status, page)
		}
	}
	status, page, _ = admin.get("/dictionary")
	admin.must(200, "异地对账单、外省对账单", status, page)
	admin.must(200, "词典已改动", status, page)
	second := o.night(0)
	if first.DictionaryHash == second.DictionaryHash {
		t.Error("the second night's record names the same dictionary")
	}
	status, page, _ = admin.get("/dictionary?q=" + url.QueryEscape("对账单"))
	admin.must(200, "使用的就是现行词典", status, page)
	admin.must(200, "跨省对账单", status, page)
	if status, _, _ := admin.post("/dictionary/remove", url.Values{"table": {"stop"}, "text": {"^恳请百忙之中"}}); status != 303 {
		t.Errorf("removing: %d", status)
	}
	status, page, _ = admin.post("/dictionary/remove", url.Values{"table": {"stop"}, "text": {"^恳请百忙之中"}})
	admin.must(422, "词典中已没有这一行", status, page)
	if list, n, err := o.store.Audit(t.Context(), queries.AuditFilter{Action: "dictionary.add", Limit: 9}); err != nil || n != 3 || !strings.Contains(list[0].Detail, "恳请百忙之中") {
		t.Errorf("audit: %d %v %v", n, list, err)
	}
	// A line somebody broke by hand is named, and nothing is written over it.
	broken := "跨省对账单\t1000\tn\t财产执行\n坏行\t很多\tn\t程序\n"
	if err := os.WriteFile(filepath.Join(o.folder.Lexicon(), "lexicon.add.tsv"), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	status, page, _ = admin.post("/dictionary/add", url.Values{"table": {"word"}, "word": {"新词语"}, "kind": {"程序"}})
	admin.must(422, "lexicon/lexicon.add.tsv 第 2 行无法读取", status, page)
	if body, _ := os.ReadFile(filepath.Join(o.folder.Lexicon(), "lexicon.add.tsv")); string(body) != broken {
		t.Error("the broken table was written over")
	}
}
