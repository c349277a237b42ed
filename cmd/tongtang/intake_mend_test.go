package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongtang/queries"
)

// An organiser corrects how a file was read that is in already.
func TestAnAcceptedFileIsReadAgainAsCorrected(t *testing.T) {
	o := openOffice(t)
	organiser := o.as("huiwu")
	organiser.upload("2026-1", "汇总.csv", []byte("单位,姓名,意见,建议\n"+
		"江苏省监狱管理局,王大明,已电话核实本人情况并登记入册,财产性判项履行情况的函件应当规定法院回函的时限\n"+
		"江苏省监狱管理局,李小红,已当面核实并请本人签字确认无误,建议统一计分考核结果折算成表扬的换算标准\n"))
	o.night(0)
	wrong, right := organiser.search("登记入册"), organiser.search("回函的时限")
	if len(wrong) != 1 || len(right) != 1 {
		t.Fatalf("items: %v %v", wrong, right)
	}
	page := organiser.file("汇总.csv")
	status, body, _ := organiser.get(page)
	organiser.must(200, "改正后重读本文件", status, body)
	form := regexp.MustCompile(`name="form" value="([0-9a-f]{16})"`).FindStringSubmatch(body)
	if form == nil {
		t.Fatal("no form on the page")
	}
	answer := url.Values{"form": {form[1]}, "field0": {"unit"}, "field1": {"name"}, "field2": {"ignore"}, "field3": {"suggestion"}, "reread": {"1"}}
	if status, body, _ = organiser.post(page+"/mapping", answer); status != 303 {
		t.Fatalf("%d %s", status, body)
	}
	status, body, _ = organiser.get(page)
	organiser.must(200, "已要求重读，下一次夜间归并按现在的字段对应读取", status, body)
	status, body, _ = o.as("admin").get("/decisions")
	organiser.must(200, "改正后重读", status, body)

	record := o.night(2)
	if len(record.Inputs) != 1 {
		t.Errorf("inputs: %+v", record.Inputs)
	}
	status, body, _ = organiser.get(page)
	organiser.must(200, "改正后重读：2 条与原来相同，新读出 0 条，撤回 2 条，另有 0 条已由人工归入，待决定。", status, body)
	organiser.must(200, "意见 → 意见", status, body)
	organiser.must(200, "意见 → 丢弃（评分、IP 等，不入库）", status, body)
	if strings.Contains(body, "已要求重读") {
		t.Error("the page still waits for the night")
	}
	// The item that stands in both readings is where it was; a link to the withdrawn one, as reports have it, tells what became of it.
	if again := organiser.search("回函的时限"); len(again) != 1 || again[0] != right[0] {
		t.Errorf("the same item was at %v, is at %v", right, again)
	}
	if gone := organiser.search("登记入册"); len(gone) != 0 {
		t.Errorf("still found: %v", gone)
	}
	status, body, _ = organiser.get(wrong[0])
	organiser.must(200, "已撤回的反馈条目", status, body)
	organiser.must(200, "第 2 行“意见”不再读出这一条", status, body)
	status, body, _ = organiser.get("/items/inosuchitem")
	organiser.must(404, "没有这条反馈", status, body)
	// The workbook to give back shows both readings.
	_, book, _ := organiser.get(page + "/report")
	if rows := sheetRows(t, book, "各次读取"); len(rows) != 4 || rows[1][1] != "改正前" || rows[2][1] != "现行" || !strings.Contains(rows[3][1], "撤回 2 条") {
		t.Errorf("%v", rows)
	}
	// A file that waits, or does not exist, is not read again on demand.
	organiser.upload("", "无期次.csv", []byte("单位,问题\n江苏省某某监狱,病犯保外就医期满后由谁负责复查鉴定\n"))
	o.night(2)
	status, body, _ = organiser.post(organiser.file("无期次.csv")+"/reread", nil)
	organiser.must(422, "只有已接收的文件需要重读", status, body)
}

// What a person had placed is not withdrawn behind his back: he keeps it or
// takes it out.
func TestAPlacedItemWaitsForAPersonAfterTheCorrectedReading(t *testing.T) {
	o := openOffice(t)
	organiser, analyst := o.as("huiwu"), o.as("yanpan")
	organiser.upload("2026-1", "汇总.csv", []byte("单位,姓名,意见,建议\n江苏省监狱管理局,王大明,已电话核实本人情况并登记入册,财产性判项履行情况的函件应当规定法院回函的时限\n"))
	o.night(0)
	wrong := analyst.search("登记入册")
	if len(wrong) != 1 {
		t.Fatalf("items: %v", wrong)
	}
	_, body, _ := analyst.get(wrong[0])
	group := regexp.MustCompile(`/groups/g[0-9a-z]+`).FindString(body)
	stamp := func() string {
		_, page, _ := analyst.get(group)
		m := regexp.MustCompile(`name="stamp" value="([^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no stamp on %s:\n%s", group, page)
		}
		return m[1]
	}
	if status, page, _ := analyst.post(group+"/confirm", url.Values{"stamp": {stamp()}, "title": {"核实本人情况"}}); status != 303 {
		t.Fatalf("%d %s", status, page)
	}
	page := organiser.file("汇总.csv")
	_, body, _ = organiser.get(page)
	form := regexp.MustCompile(`name="form" value="([0-9a-f]{16})"`).FindStringSubmatch(body)
	answer := url.Values{"form": {form[1]}, "field0": {"unit"}, "field1": {"name"}, "field2": {"ignore"}, "field3": {"suggestion"}, "reread": {"1"}}
	if status, body, _ := organiser.post(page+"/mapping", answer); status != 303 {
		t.Fatalf("%d %s", status, body)
	}
	o.night(3)
	status, body, _ := analyst.get("/night")
	analyst.must(200, "它已由人工归入，未自动撤回", status, body)
	issue := "/issues/1"
	status, body, _ = analyst.get(issue)
	analyst.must(200, ">保留</button>", status, body)
	analyst.must(200, "移出，由夜间撤回", status, body)
	keep := url.Values{"item": {strings.TrimPrefix(wrong[0], "/items/")}}
	if m := regexp.MustCompile(`name="stamp" value="([^"]*)"`).FindStringSubmatch(body); m != nil {
		keep.Set("stamp", m[1])
	}
	if status, body, _ := analyst.post(group+"/attach", keep); status != 303 {
		t.Fatalf("%d %s", status, body)
	}
	o.night(4)
	_, body, _ = analyst.get(issue)
	if strings.Contains(body, "重读后不再有") {
		t.Error("still asked after it was kept")
	}
	if again := analyst.search("登记入册"); len(again) != 1 || again[0] != wrong[0] {
		t.Errorf("kept as %v, was %v", again, wrong)
	}
}

func TestAnAddedStatuteIsUsedByTheNextNight(t *testing.T) {
	o := openOffice(t)
	o.as("huiwu").upload("2026-1", "汇总.csv", []byte("单位,问题\n江苏省某某监狱,根据《监狱涉烟案件管理办法》第五条办理的，和涉烟办法第六条冲突，由谁负责解释\n"))
	first := o.night(0)
	admin := o.as("admin")
	_, page, _ := admin.get("/dictionary")
	link := regexp.MustCompile(`href="(/dictionary\?cited=[^"#]*)#statute">补入`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no link from the unlisted document to the form:\n%s", page)
	}
	status, page, _ := admin.get(strings.ReplaceAll(link[1], "&amp;", "&"))
	admin.must(200, `name="title" required minlength="2" maxlength="80" value="监狱涉烟案件管理办法"`, status, page)

	form := func(change ...string) url.Values {
		f := url.Values{"table": {"statute"}, "title": {"监狱涉烟案件管理办法"}, "aliases": {"涉烟办法"}, "kind": {"部门规章"}, "issuer": {"司法部"}, "version": {"2021"}, "effective": {"2021-03-01"}, "articles": {"20"}}
		for i := 0; i < len(change); i += 2 {
			f.Set(change[i], change[i+1])
		}
		return f
	}
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{form("title", "办法"), "不是完整的名称"},
		{form("title", "中华人民共和国监狱法"), "已是《中华人民共和国监狱法》（L03）的名称或简称"},
		{form("aliases", "刑诉法"), "已是《中华人民共和国刑事诉讼法》（L02）的名称或简称"},
		{form("aliases", "办法"), "不能作简称"},
		{form("doc_no", "2021年5号文"), "文号须写作"},
		{form("doc_no", "法释[2016]23号"), "文号 法释〔2016〕23号 已是"},
		{form("version", "去年"), "版本须以公布或修改的年份写明"},
		{form("version", "1848"), "版本"},
		{form("effective", "2021-02-30"), "施行日期须写作"},
		{form("effective", "2020-01-01"), "早于版本年份"},
		{form("articles", "很多"), "条数须为"},
		{form("kind", "随便"), "请选择文件的种类"},
		{form("id", "Z99"), "已不在表中"},
	} {
		status, page, _ := admin.post("/dictionary/add", c.form)
		admin.must(422, c.want, status, page)
		admin.must(422, c.form.Get("version"), status, page) // the form comes back filled in
	}
	if status, page, _ := admin.post("/dictionary/add", form()); status != 303 {
		t.Fatalf("%d %s", status, page)
	}
	second := o.night(0)
	if first.DictionaryHash == second.DictionaryHash {
		t.Error("the second night's record names the same dictionary")
	}
	status, page, _ = admin.get("/dictionary")
	admin.must(200, `<td>X01</td>`, status, page)
	if strings.Contains(page, "cited=") {
		t.Error("the document is still listed as unknown")
	}
	if cited, err := o.store.UnlistedCitations(t.Context()); err != nil || len(cited) != 0 {
		t.Errorf("not known to the table: %v %v", cited, err)
	}
	item := admin.search("由谁负责解释")
	if len(item) != 1 {
		t.Fatalf("items: %v", item)
	}
	status, page, _ = admin.get(item[0])
	for _, want := range []string{"《监狱涉烟案件管理办法》第五条</a>", "《监狱涉烟案件管理办法》第六条</a>"} {
		admin.must(200, want, status, page)
	}
	// A built-in row is corrected in place, and comes back when the correction is removed.
	status, page, _ = admin.get("/dictionary?statute=L03")
	admin.must(200, `value="中华人民共和国监狱法"`, status, page)
	correct := url.Values{"table": {"statute"}, "id": {"L03"}, "title": {"中华人民共和国监狱法"}, "aliases": {"监狱法、狱法"}, "kind": {"法律"}, "version": {"2026修订(1994制定)"}, "effective": {"2026-11-01"}, "articles": {"118"}, "moved": {"1"}}
	for range 2 { // saved twice, it stands once
		if status, page, _ := admin.post("/dictionary/add", correct); status != 303 {
			t.Fatalf("%d %s", status, page)
		}
	}
	status, page, _ = admin.get("/dictionary?q=" + url.QueryEscape("狱法"))
	admin.must(200, "2026修订(1994制定)", status, page)
	lines := regexp.MustCompile(`name="text" value="(L03[^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(lines) != 1 {
		t.Fatalf("%d corrections of one row", len(lines))
	}
	if status, _, _ := admin.post("/dictionary/remove", url.Values{"table": {"statute"}, "text": {lines[0][1]}}); status != 303 {
		t.Errorf("removing: %d", status)
	}
	_, page, _ = admin.get("/dictionary?statute=L03")
	admin.must(200, `value="2012修正(1994制定)"`, 200, page)
	if list, n, err := o.store.Audit(t.Context(), queries.AuditFilter{Action: "dictionary.add", Limit: 9}); err != nil || n != 3 {
		t.Errorf("audit: %d %s %v", n, fmt.Sprint(list), err)
	}
}

func sheetRows(t *testing.T, body, sheet string) [][]string {
	t.Helper()
	book, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
