package workbench_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongtang/fixtures"
	"tongtang/pipeline"
	"tongtang/queries"
	"tongtang/workbench"
)

// An organiser enters a training, hands in its file, a night runs, its page
// shows what it brought, the next agenda is drafted, a department says its
// view, and the minutes leave.
func TestJourneyFromTrainingToMinutes(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no night was run over the sample trainings")
	}
	dir := t.TempDir()
	folder := queries.Folder(dir)
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	if err := fixtures.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	// Two trainings are enough for a night.
	for _, id := range []string{"2022-1", "2022-2", "2023-1", "2023-2", "2024-1", "2024-2", "2025-1", "2025-2"} {
		if err := os.RemoveAll(filepath.Join(folder.Inbox(), id)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pipeline.Run(t.Context(), folder, pipeline.Options{Version: "test"}); err != nil {
		t.Fatal(err)
	}
	d := serveAt(t, dir, workbench.Options{})
	registers(t, d.store)
	b := openBrowser(t, d.URL)
	b.signIn(queries.Organiser)

	b.open("/trainings")
	b.says(".nexthost", "检察机关")
	b.says(".nexthost", "2027-1")
	b.submit(`a[href="/trainings/new"]`)
	b.do(chromedp.SetValue("input[name=theme]", "看守所收押与病犯处置"), chromedp.SetValue("input[name=starts_on]", "2027-05-11"), chromedp.SetValue("input[name=ends_on]", "2027-05-14"),
		chromedp.SetValue("input[name=place]", "江苏苏州"), chromedp.SetValue("input[name=topics]", "0102；0801"),
		chromedp.SetValue("tbody tr:nth-child(1) select", "授课"), chromedp.SetValue("tbody tr:nth-child(1) input[name=part_title]", "收押体检"),
		chromedp.SetValue("tbody tr:nth-child(1) input[name=part_course]", "12 收押体检与拒收的处理"), chromedp.SetValue("tbody tr:nth-child(1) input[name=part_teachers]", "没有这个人"),
		chromedp.SetValue("textarea[name=people]", "监狱机关 江苏 12\n公安 云南 8"))
	b.submit("main button.main")
	b.says(".problem", "师资库中没有“没有这个人”")
	b.do(chromedp.SetValue("tbody tr:nth-child(1) input[name=part_teachers]", "程岳"))
	b.submit("main button.main")
	b.says("h1", "2027年第1期")
	b.says("main", "收押体检与拒收的处理")
	b.says("main", "建议的课程")

	b.submit(`a[href="/import?training=2027-1"]`)
	file := filepath.Join(t.TempDir(), "征集表.csv")
	if err := os.WriteFile(file, []byte("单位,部门,省份,问题,环节\n"+
		"云南省昆明市看守所,公安监所,云南,病犯送监时监狱以体检不合格为由拒收，人只能一直留在看守所，药费和风险都压在我们这里。,案例研讨\n"+
		"江苏省苏州监狱,监狱机关,江苏,看守所送来的罪犯没有入所以来的病历，狱内医院不敢收，收押体检标准两家各说各的。,授课\n"+
		"苏州市人民检察院,检察机关,江苏,监狱拒收病犯没有书面说明，检察机关监督无从下手。,案例研讨\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(`input[type=file]`, []string{file}))
	if got := eval[string](b, `(document.querySelector("[name=training]")||{}).value||""`); got != "2027-1" {
		t.Errorf("the import page proposes training %q", got)
	}
	b.submit(`form[enctype] button`)
	b.open("/trainings/2027-1")
	b.says("main", "征集表.csv")
	b.says("main", "还没有本期的反馈")

	if _, err := pipeline.Run(t.Context(), folder, pipeline.Options{Version: "test"}); err != nil {
		t.Fatal(err)
	}
	if err := d.store.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.open("/trainings/2027-1")
	b.says(".counts", "3")
	b.says("main", "案例研讨")
	b.says("main", "公安监所")

	b.open("/trainings/agenda")
	b.says("main", "2027-2 期议程草稿")
	b.says("main", "由人民法院承办")
	b.submit("main button.main")
	b.says("h1", "2027-2 期同堂培训会商")
	b.do(chromedp.SetValue("#say select[name=stance_1]", "同意"), chromedp.SetValue("#say select[name=stance_2]", "建议修改"), chromedp.SetValue("#say input[name=text_2]", "主题宜加上执行地"))
	b.submit("#say button")
	b.says("#views", "主题宜加上执行地")
	b.do(chromedp.SetValue(`input[name=outcome_1]`, "由人民法院承办，九月在西安举办"), chromedp.SetValue(`select[name=status]`, "已议定"))
	b.submit(`form[action^="/trainings/agenda/"]:not(#say) button.main`)
	b.says("h1", "已议定")

	client := d.as(t, queries.Organiser)
	fetch := func(path string) (int, []byte) {
		status, body, _ := client.get(t, path)
		return status, []byte(body)
	}
	status, body := fetch("/trainings/agenda/1/minutes")
	if status != http.StatusOK {
		t.Fatalf("minutes: %d", status)
	}
	text := docText(t, body)
	for _, want := range []string{"会商纪要", "建议修改。主题宜加上执行地", "由人民法院承办，九月在西安举办"} {
		if !strings.Contains(text, want) {
			t.Errorf("the minutes do not say %q", want)
		}
	}
	if strings.Contains(text, "尚在征求意见") {
		t.Error("settled minutes still call themselves open")
	}
	if status, body = fetch("/trainings/2027-1/report"); status != http.StatusOK || !strings.Contains(docText(t, body), "收到反馈条目 3 条") {
		t.Errorf("the training's docx: %d", status)
	}
	status, body = fetch("/trainings/export")
	if status != http.StatusOK {
		t.Fatalf("export: %d", status)
	}
	if tables, err := workbench.ReadTables(bytes.NewReader(body)); err != nil || len(tables) != 7 {
		t.Errorf("%d tables of the export, %v", len(tables), err)
	}
}

// The trainings' pages as people see them; TONGTANG_SCREENSHOTS names a folder
// to keep them in.
func TestTrainingPagesFitTheScreen(t *testing.T) {
	store := openRegisters(t)
	registers(t, store)
	dir := string(store.Folder())
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	d := serveAt(t, dir, workbench.Options{})
	no, err := d.store.OpenConsultation(t.Context(), 1, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.SayViews(t.Context(), 1, no, "FY", []queries.View{{Point: 1, Stance: "同意"}, {Point: 2, Stance: "建议修改", Text: "主题宜与当年的重点工作相接，建议加上假释适用"}}); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, d.URL)
	b.signIn(queries.Organiser)
	for name, path := range map[string]string{
		"trainings": "/trainings", "training": "/trainings/2026-2", "form": "/trainings/2026-2/edit", "pool": "/trainings/pool?topic=0601", "entry": "/trainings/pool/entry?kind=course&no=4",
		"agenda": "/trainings/agenda", "consultation": "/trainings/agenda/1",
	} {
		for _, width := range []int{1440, 1024} {
			b.do(chromedp.EmulateViewport(int64(width), 900))
			b.open(path)
			if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				widest := eval[string](b, `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth).map(e => e.tagName + "." + e.className).slice(0, 5).join(" ")`)
				t.Errorf("%s at %d is %d pixels too wide: %s", path, width, over, widest)
			}
			if to := os.Getenv("TONGTANG_SCREENSHOTS"); to != "" {
				shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(to, name+"-"+map[int]string{1440: "1440", 1024: "1024"}[width]+".png"), shot, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
