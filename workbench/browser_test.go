package workbench_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
)

// tab is a page of a real browser. Its methods end the test on an error.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// openBrowser starts Chromium, or skips: on a machine without it the rest of
// the tests still tell. TONGTANG_BROWSER=must forbids the skipping;
// TONGTANG_BROWSER=later leaves them to a run of their own, as .ci/run does.
func openBrowser(t *testing.T, base string) *tab {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("TONGTANG_BROWSER") == "must" {
			t.Fatal("TONGTANG_BROWSER=must, but there is no Chromium on this machine")
		}
		t.Skip("no Chromium on this machine: the journeys in a real browser were not taken")
	}
	if testing.Short() || os.Getenv("TONGTANG_BROWSER") == "later" {
		t.Skip("-short or TONGTANG_BROWSER=later: the journeys in a real browser were not taken")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WindowSize(1440, 900))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t, ctx, base}
	b.do(chromedp.EmulateViewport(1440, 900))
	// A journey that hangs fails by itself, not with the whole run.
	ctx, cancel = context.WithTimeout(ctx, 6*time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		if file := os.Getenv("TONGTANG_SCREENSHOTS"); file != "" {
			if shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot()); err == nil {
				_ = os.WriteFile(filepath.Join(file, "failed.png"), shot, 0o644)
			}
		}
		b.t.Fatalf("at %s: %v", b.where(), err)
	}
}

func (b *tab) where() string {
	at, _ := chromedp.Run(b.ctx, chromedp.Location())
	return strings.TrimPrefix(at, b.base)
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base+path), chromedp.WaitReady("footer.foot"))
}

// leave does something that leads to another page and waits for it.
func (b *tab) leave(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	eval[bool](b, `(document.documentElement.dataset.old = "1", true)`)
	b.do(step)
	b.fresh()
}

// fresh waits until another page stands than the one marked old.
func (b *tab) fresh() {
	b.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
		fresh, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`!document.documentElement.dataset.old && document.readyState === "complete"`))
		if err == nil && fresh {
			return
		}
	}
	b.t.Fatalf("still at %s", b.where())
}

// submit presses a button and waits for the page that follows. The press is the
// element's own, not one at a point of the screen: a page that is still
// scrolling to its fragment moves the point.
func (b *tab) submit(sel string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(document.documentElement.dataset.old = "1", document.querySelector(%q).click(), true)`, sel))
	b.fresh()
}

func eval[T any](b *tab, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatalf("at %s: %s: %v", b.where(), script, err)
	}
	return v
}

func (b *tab) text(sel string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf(`(document.querySelector(%q)||{innerText:""}).innerText`, sel))
}

func (b *tab) says(sel, want string) {
	b.t.Helper()
	if got := b.text(sel); !strings.Contains(got, want) {
		b.t.Fatalf("at %s: %s says %q, not %q", b.where(), sel, got, want)
	}
}

func (b *tab) key(keys string) { b.t.Helper(); b.do(chromedp.KeyEvent(keys)) }

func (b *tab) signIn(role queries.Role) {
	b.t.Helper()
	b.open("/login")
	b.do(chromedp.SendKeys("#login", people[role].login), chromedp.SendKeys("#password", password))
	b.submit("main button")
	b.says(".who summary", people[role].name)
}

func TestJourneyKeyboardOnly(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := openBrowser(t, d.URL)
	b.open("/login")
	// The first field has the focus: no mouse from the first key on.
	b.key(people[queries.Analyst].login)
	b.key("\t")
	b.key(password)
	b.leave(chromedp.KeyEvent("\r"))
	b.open("/triage")
	first := b.text("tbody tr:nth-child(1) td.title a")
	b.key("j")
	b.key("j")
	b.key("k")
	if at := eval[int](b, `[...document.querySelectorAll("[data-row]")].findIndex(r => r.classList.contains("here"))`); at != 0 {
		t.Fatalf("on row %d", at)
	}
	b.leave(chromedp.KeyEvent("c"))
	b.says(".flash", "已确认为第1号")
	if got := b.text("tbody tr:nth-child(1) td.title a"); got == first {
		t.Fatal("the confirmed group is still in the queue")
	}
	b.leave(chromedp.KeyEvent("u"))
	b.says(".flash", "已撤销决定")
	if got := b.text("tbody tr:nth-child(1) td.title a"); got != first {
		t.Fatalf("after the undo the queue begins with %q", got)
	}
	b.key("j")
	b.leave(chromedp.KeyEvent("\r"))
	b.says("h1", first)
	b.leave(chromedp.KeyEvent("d"))
	b.says(".flash", "已判为不成立")
	if !strings.HasPrefix(b.where(), "/groups/") {
		t.Fatalf("not on to the next group but %s", b.where())
	}
	second := b.text("h1")
	b.leave(chromedp.KeyEvent("s"))
	if b.text("h1") == second {
		t.Fatal("skipping stayed")
	}
	b.leave(chromedp.KeyEvent("c"))
	b.says(".flash", "已确认为第2号")
	b.key("?")
	if !eval[bool](b, `document.getElementById("help").open`) {
		t.Fatal("no help")
	}
	b.key("\x1b")
	b.key("/")
	b.key("罚金")
	b.leave(chromedp.KeyEvent("\r"))
	b.says("main", "罚金")
}

func TestJourneyWithoutScript(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := openBrowser(t, d.URL)
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.signIn(queries.Analyst)
	b.open("/triage")
	b.submit("tbody tr:nth-child(1) button[data-key=c]")
	b.says(".flash", "已确认为第1号")
	b.open("/issues/1")
	b.leave(chromedp.Submit(`form[action="/issues/1/assign"] button`))
	b.says("main", "张研判")
	b.do(chromedp.SendKeys(`form[action="/issues/1/note"] textarea`, "一线同志反映普遍"))
	b.submit(`form[action="/issues/1/note"] button`)
	b.says(".note", "一线同志反映普遍")
	b.submit(`form[action="/issues/1/status"] button.main`)
	b.says(".issue-head", "待复核")
	b.open("/triage")
	b.do(chromedp.Click("tbody tr:nth-child(1) .pick input"), chromedp.Click("tbody tr:nth-child(2) .pick input"))
	b.submit(`.bulk button[value=dismiss]`)
	b.says(".flash", "已处理 2 组")
}

func TestJourneyFiltersStandInTheAddress(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := openBrowser(t, d.URL)
	b.signIn(queries.Viewer)
	b.open("/triage")
	all := b.text("h1")
	b.leave(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { const s = document.querySelector("select[name=department]"); s.value = "JY"; s.dispatchEvent(new Event("change", {bubbles: true})); return true })()`))
		return err
	}))
	if !strings.Contains(b.where(), "department=JY") || b.text("h1") == all {
		t.Fatalf("%s %s", b.where(), b.text("h1"))
	}
	b.says(".chips", "监狱机关")
	b.submit("tbody tr:nth-child(1) td.title a")
	b.submit(".crumb a")
	if !strings.Contains(b.where(), "department=JY") {
		t.Fatalf("the way back lost the filter: %s", b.where())
	}
	b.submit(".chips a")
	if b.text("h1") != all {
		t.Fatal("the filter did not go")
	}
	// By script: a page kept whole for going back fires no load for chromedp to wait for.
	eval[bool](b, `(history.back(), true)`)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(b.where(), "department=JY") && time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
	}
	if !strings.Contains(b.where(), "department=JY") {
		t.Fatalf("the back button leads to %s", b.where())
	}
	// A viewer sees no way to decide.
	if n := eval[int](b, `document.querySelectorAll(".quick button, .bulk button, .pick").length`); n != 0 {
		t.Fatalf("%d buttons for a viewer", n)
	}
}

func TestJourneySplitMergeAndUndo(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := openBrowser(t, d.URL)
	b.signIn(queries.Analyst)
	g := d.suggested(t)
	b.open("/groups/" + g[0].Key)
	b.do(chromedp.Click("#items tbody tr:nth-child(1) .pick input"), chromedp.Click("#items tbody tr:nth-child(2) .pick input"))
	b.says("#items .bulk", "2")
	b.submit(`#items button[value=split]`)
	b.says(".flash", "已拆出 2 条")
	b.says(".counts", fmt.Sprint(g[0].Items-2))
	b.submit(".flash button")
	b.says(".counts", fmt.Sprint(g[0].Items))
	b.leave(chromedp.KeyEvent("m"))
	b.submit(".near a[data-open]")
	b.says("h1", "并入其他问题")
	if n := eval[int](b, `document.querySelectorAll(".compare .card").length`); n != 2 {
		t.Fatalf("%d sides in the preview", n)
	}
	b.submit(`form[action$="/merge"] button.main`)
	b.says(".flash", "已归并")
	b.submit(".flash button")
	b.says(".flash", "已撤销决定")
}

func TestJourneyTwoPeopleOnOneIssue(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	if _, err := d.store.Confirm(t.Context(), d.account(t, queries.Analyst).ID, d.suggested(t)[0].Key, "", ""); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, d.URL)
	b.signIn(queries.Analyst)
	b.open("/issues/1")
	// While this page stands open, somebody else changes the title.
	title := "另一个人改的题目"
	if err := d.store.EditIssue(t.Context(), d.account(t, queries.Reviewer).ID, 1, 1, queries.IssueEdit{Title: &title}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Click(".statement details summary"), chromedp.SendKeys(`textarea[name=statement]`, "我写的表述"))
	b.submit(`form[action="/issues/1/edit"] button`)
	b.says("main", "另一个人改的题目")
	if kept := eval[string](b, `[...document.querySelectorAll("main textarea")].map(a => a.value).join("|")`); !strings.Contains(kept, "我写的表述") {
		t.Fatalf("kept %q", kept)
	}
}

// audit is a check of what tools for the blind and the slow of eye need, run in
// the page: names, labels, order of headings, contrast (WCAG AA), ids, width.
const audit = `(() => {
  const out = [];
  const seen = el => { const r = el.getBoundingClientRect(), s = getComputedStyle(el); return el.checkVisibility() && r.width > 0 && r.height > 0 && s.visibility !== "hidden" && s.clipPath === "none"; };
  const name = el => (el.getAttribute("aria-label") || el.innerText || el.title || "").trim();
  if (!document.documentElement.lang) out.push("no lang");
  if (!document.title) out.push("no title");
  if (document.querySelectorAll("h1").length !== 1) out.push(document.querySelectorAll("h1").length + " h1");
  for (const el of document.querySelectorAll("a[href], button, summary")) if (seen(el) && !name(el)) out.push("nameless " + el.outerHTML.slice(0, 90));
  for (const el of document.querySelectorAll("input:not([type=hidden]), select, textarea")) if (seen(el) && !el.labels?.length && !el.getAttribute("aria-label")) out.push("no label " + el.outerHTML.slice(0, 90));
  for (const el of document.querySelectorAll("svg")) if (!el.getAttribute("aria-label") && el.getAttribute("aria-hidden") !== "true") out.push("nameless svg");
  const ids = {}; for (const el of document.querySelectorAll("[id]")) { if (ids[el.id]) out.push("id twice " + el.id); ids[el.id] = 1; }
  let level = 0; for (const h of document.querySelectorAll("main h1, main h2, main h3, main h4")) { const n = +h.tagName[1]; if (level && n > level + 1) out.push("heading jumps to " + h.innerText); level = n; }
  const lum = c => { const v = c.map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4 }); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
  const ground = el => { for (let e = el; e; e = e.parentElement) { const s = getComputedStyle(e); const g = s.backgroundImage.match(/rgba?\([^)]*\)/); if (g) return rgb(g[0]).slice(0, 3); const c = rgb(s.backgroundColor); if (c.length === 3 || c[3] > .99) return c.slice(0, 3); } return [255, 255, 255]; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const done = new Set();
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || done.has(el) || !seen(el) || el.closest(".nil, [aria-hidden=true], svg, option, .undone, script, title")) continue;
    done.add(el);
    const s = getComputedStyle(el), a = lum(rgb(s.color).slice(0, 3)), b = lum(ground(el));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05), large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.6 && +s.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) out.push("contrast " + ratio.toFixed(2) + " " + walk.currentNode.data.trim().slice(0, 30));
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) out.push("wider than the window by " + (document.documentElement.scrollWidth - innerWidth));
  const nav = document.querySelector(".top nav"); if (nav && nav.scrollWidth > nav.clientWidth + 1) out.push("pages in the head covered by " + (nav.scrollWidth - nav.clientWidth));
  for (const r of performance.getEntriesByType("resource")) if (!r.name.startsWith(location.origin)) out.push("asks " + r.name);
  return [...new Set(out)].slice(0, 12);
})()`

func TestEveryPageIsAccessibleAndFits(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	pages := d.firstPages(t)
	b := openBrowser(t, d.URL)
	shots := os.Getenv("TONGTANG_SCREENSHOTS") // a folder to leave pictures of every page in
	look := func(role queries.Role, pages []string) {
		t.Helper()
		for _, width := range []int64{1440, 1024} {
			b.do(chromedp.EmulateViewport(width, 900))
			for i, p := range pages {
				b.open(p)
				for _, problem := range eval[[]string](b, audit) {
					t.Errorf("%s at %d: %s", p, width, problem)
				}
				if shots != "" {
					shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
					if err != nil {
						t.Fatal(err)
					}
					name := fmt.Sprintf("%s-%02d-%d.png", people[role].login, i, width)
					if err := os.WriteFile(filepath.Join(shots, name), shot, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	look("", []string{"/login"})
	b.signIn(queries.Reviewer)
	look(queries.Reviewer, pages)
	b.do(chromedp.Navigate(b.base + "/"))
	b.leave(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('form[action="/logout"]').submit(), true)`))
		return err
	}))
	b.signIn(queries.Administrator)
	token := d.token(t, queries.NewToken{Team: "刑罚执行司法解释起草组", Scopes: queries.APIScopes, Days: 30, PerMinute: 60})
	token.get(t, "/issues")
	look(queries.Administrator, []string{"/import", "/audit?verify=1", "/accounts", "/accounts/1/sessions", "/accounts/5/sessions", "/templates", "/tokens", "/tokens/1", "/nowhere"})
}
