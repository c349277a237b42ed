package workbench_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tongtang/fixtures"
	"tongtang/pipeline"
	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
)

// The workbench starts its own binary for a night, which here is the test's: as
// `nightly` it runs a real one, slowly if the folder asks for it, and leaves
// word of how it was started.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "nightly" {
		os.Exit(nightly(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func nightly(args []string) int {
	data := queries.Folder(strings.TrimPrefix(args[0], "--data="))
	nice, _ := unix.Getpriority(unix.PRIO_PROCESS, 0)
	_ = os.WriteFile(filepath.Join(string(data), "started.txt"), fmt.Appendf(nil, "%s\n%d\n%s", strings.Join(args, " "), 20-nice, strings.Join(os.Environ(), "\n")), 0o600)
	_, slow := os.Stat(filepath.Join(string(data), "slow"))
	record, err := pipeline.Run(context.Background(), data, pipeline.Options{Stage: func(pipeline.Stage) {
		if slow == nil {
			time.Sleep(400 * time.Millisecond)
		}
	}})
	switch {
	case errors.Is(err, pipeline.ErrRunning):
		return 4
	case err != nil:
		fmt.Fprintln(os.Stderr, "tongtang:", err)
		return 1
	case record.Rejected():
		return 3
	}
	return 0
}

// seminar is a data folder with one training's files in its inbox.
func seminar(t *testing.T) string {
	t.Helper()
	dir, all := t.TempDir(), t.TempDir()
	if err := fixtures.Unpack(all); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(all, "inbox"))
	if err != nil {
		t.Fatal(err)
	}
	if err := queries.Folder(dir).Make(); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := os.CopyFS(filepath.Join(dir, "inbox", e.Name()), os.DirFS(filepath.Join(all, "inbox", e.Name()))); err != nil {
				t.Fatal(err)
			}
			return dir
		}
	}
	t.Fatal("no training")
	return ""
}

// until asks for a page until it says so.
func (b *browser) until(t *testing.T, path string, says ...string) string {
	t.Helper()
	var body string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		_, body, _ = b.get(t, path)
		found := true
		for _, s := range says {
			found = found && strings.Contains(body, s)
		}
		if found {
			return body
		}
	}
	t.Fatalf("%s never says %q:\n%s", path, says, body)
	return ""
}

// nightOver waits until the end of a night started here is on record.
func (d *desk) nightOver(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, n, err := d.store.Audit(t.Context(), queries.AuditFilter{Action: "night.end", Limit: 1}); err == nil && n > 0 {
			time.Sleep(50 * time.Millisecond) // .asked is written after it
			return
		}
	}
	t.Fatal("the night has no end in the audit log")
}

// An administrator starts a night and sees it stage by stage; a second one is
// not started; the workbench is started anew meanwhile and the night goes on,
// in sight.
func TestNightIsStartedAndSeenFromTheWorkbench(t *testing.T) {
	t.Setenv("TONGTANG_PASSPHRASE", "geheim")
	t.Setenv("TZ", "Asia/Shanghai")
	dir := seminar(t)
	slow := filepath.Join(dir, "slow")
	if err := os.WriteFile(slow, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := serveAt(t, dir, workbench.Options{})
	admin, viewer := d.as(t, queries.Administrator), d.as(t, queries.Viewer)
	if _, body, _ := viewer.get(t, "/night/run"); strings.Contains(body, `action="/night/run"`) {
		t.Error("a viewer is offered to start a night")
	}
	if status, _, head := admin.post(t, "/night/run", nil); status != http.StatusSeeOther || head.Get("Location") != "/night/run" {
		t.Fatalf("%d %s", status, head.Get("Location"))
	}
	page := viewer.until(t, "/night/run", "由 陈管理 启动", "✓ 完成", "▸ 进行中", "未开始")
	for _, want := range []string{`data-live="/night/run?part=1"`, `<noscript><meta http-equiv="refresh"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if _, part, _ := viewer.get(t, "/night/run?part=1"); strings.Contains(part, "<html") || !strings.Contains(part, "<progress") {
		t.Errorf("no part: %.300s", part)
	}
	if _, _, head := admin.post(t, "/night/run", nil); head.Get("Location") != "/night/run" {
		t.Error("a second start went elsewhere")
	}
	if page := admin.until(t, "/night/run", "没有另开一次"); strings.Contains(page, "正在启动") {
		t.Error("a second night was started")
	}

	// The workbench stops and starts again; its sessions and the night are still there.
	d.CloseClientConnections()
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := queries.OpenStore(t.Context(), dir, queries.StoreOptions{Poll: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := workbench.New(store, workbench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again := &desk{Server: httptest.NewServer(handler), store: store, dir: dir}
	defer func() {
		again.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	later := again.as(t, queries.Viewer)
	later.until(t, "/night/run", "由 陈管理 启动", "进行中")
	_ = os.Remove(slow)
	page = later.until(t, "/night/run", "最近一次", `href="/night"`)
	if !strings.Contains(page, "由 陈管理 启动") || strings.Contains(page, "被中断") || strings.Contains(page, `http-equiv="refresh"`) {
		t.Errorf("the end: %s", page)
	}
	again.nightOver(t)
	for action, want := range map[string]int{"night.start": 1, "night.end": 1} {
		if _, n, err := store.Audit(t.Context(), queries.AuditFilter{Action: action, Limit: 10}); err != nil || n != want {
			t.Errorf("%s: %d lines, want %d, %v", action, n, want, err)
		}
	}
	later.until(t, "/night", "夜间变化", "本次运行")
	started, err := os.ReadFile(filepath.Join(dir, "started.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(started), "\n")
	if lines[0] != "--data="+dir+" --log=json" || lines[1] != "10" || len(lines) < 3 {
		t.Errorf("started as %q", lines)
	}
	for _, v := range lines[2:] {
		name, _, _ := strings.Cut(v, "=")
		if name != "TZ" && name != "LANG" && name != "LC_ALL" && name != "TMPDIR" {
			t.Errorf("in its environment: %s", name)
		}
	}
}

// A night that cron started is seen too, and nobody starts another.
func TestNightOfTheTimerIsSeen(t *testing.T) {
	dir := seminar(t)
	slow := filepath.Join(dir, "slow")
	if err := os.WriteFile(slow, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := serveAt(t, dir, workbench.Options{})
	cron := exec.Command(os.Args[0], "nightly", "--data="+dir)
	if err := cron.Start(); err != nil {
		t.Fatal(err)
	}
	admin := d.as(t, queries.Administrator)
	admin.until(t, "/night/run", "由定时任务或命令行启动", "进行中")
	admin.until(t, "/", "夜间归并正在进行")
	admin.post(t, "/night/run", nil)
	admin.until(t, "/night/run", "没有另开一次")
	// Killed in the middle, it is said to be interrupted, on the overview too.
	if err := cron.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cron.Wait()
	admin.until(t, "/night/run", "被中断", "立即运行")
	admin.until(t, "/", "被中断")
	_ = os.Remove(slow)
	admin.post(t, "/night/run", nil)
	d.nightOver(t)
	if page := admin.until(t, "/night/run", "最近一次"); strings.Contains(page, "被中断") {
		t.Error("still said to be interrupted")
	}
}

// What has no record is said all the same: exit code 4, and a night that could
// not begin.
func TestNightThatLeftNoRecordIsExplained(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	admin := d.as(t, queries.Administrator)
	for code, want := range map[int]string{4: "另一次夜间归并正在进行，所以没有另开一次", 1: "词典无法读取"} {
		body := `{"account_id":1,"name":"陈管理","at":"2026-11-30T01:00:00Z","pid":1,"ended":true,"code":` + strconv.Itoa(code) + `,"said":"tongtang: 词典无法读取"}`
		if err := errors.Join(os.MkdirAll(filepath.Join(d.dir, "runs"), 0o700), os.WriteFile(filepath.Join(d.dir, "runs", ".asked"), []byte(body), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, page, _ := admin.get(t, "/night/run"); !strings.Contains(page, want) {
			t.Errorf("code %d: %s", code, page)
		}
	}
}
