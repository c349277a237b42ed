package workbench_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tongtang/queries"
	"tongtang/workbench"
)

// An administrator presses 立即运行 and watches the stages end one by one on the
// page, which is never loaded again; at the end it leads to what changed.
func TestJourneyNightByHand(t *testing.T) {
	dir := seminar(t)
	slow := filepath.Join(dir, "slow")
	if err := os.WriteFile(slow, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := serveAt(t, dir, workbench.Options{})
	b := openBrowser(t, d.URL)
	b.signIn(queries.Administrator)
	look := func(name string) {
		t.Helper()
		for _, width := range []int64{1440, 1024} {
			b.do(chromedp.EmulateViewport(width, 900))
			for _, problem := range eval[[]string](b, audit) {
				t.Errorf("%s at %d: %s", name, width, problem)
			}
			if shots := os.Getenv("TONGTANG_SCREENSHOTS"); shots != "" {
				shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(shots, fmt.Sprintf("night-%s-%d.png", name, width)), shot, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b.open("/night/run")
	look("before")
	b.submit(`form[action="/night/run"] button`)
	wait := func(script string) {
		t.Helper()
		for deadline := time.Now().Add(90 * time.Second); !eval[bool](b, script); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("never: %s\n%s", script, b.text("main"))
			}
		}
	}
	eval[bool](b, `(document.documentElement.dataset.same = "1", true)`)
	wait(`document.querySelector("main").innerText.includes("✓")`)
	look("during")
	_ = os.Remove(slow)
	wait(`!!document.querySelector("[data-over]")`)
	if !eval[bool](b, `document.documentElement.dataset.same === "1"`) {
		t.Error("the page was loaded again")
	}
	look("after")
	if text := b.text("main"); !strings.Contains(text, "由 陈管理 启动") || !strings.Contains(text, "发布") {
		t.Errorf("at the end: %s", text)
	}
	d.nightOver(t)
	b.submit(`a[href="/night"]:not(nav a)`)
	b.says("h1", "夜间变化")
}
