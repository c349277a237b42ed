package workbench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tongtang/queries"
)

// NightRunPage shows the night going on, whoever started it, or how the last
// one ended; an administrator starts one here.
//
// The night is a process of its own, `tongtang nightly --log json`, in a session
// of its own, writing to a file: it lives on when the workbench stops, and the
// workbench finds it again by the lock it holds, runs/.progress and runs/.asked.
type NightRunPage struct {
	Running bool
	Night   queries.Progress // of the one going on; no RunID in its first moment
	Stages  []NightStage
	Percent int
	Asked   *askedNight // the last one started here
	Ours    bool        // the one going on, or that ended last, is that one
	Ended   string      // how that one ended, a Chinese sentence; "" when it left a record
	Broken  *queries.Progress
	Record  *runRecord
	Took    time.Duration // of the last good one: about as long it will be
	Waiting int           // files in the inbox
	May     map[string]bool
}

// NightStage is one row of the progress.
type NightStage struct {
	Name, Line string
	Seconds    float64
	State      string // 完成, 进行中, 未开始
}

// askedNight is runs/.asked: the last night started from the workbench. Code is
// its exit code, once it is known.
type askedNight struct {
	AccountID int       `json:"account_id"`
	Name      string    `json:"name"`
	At        time.Time `json:"at"`
	PID       int       `json:"pid"`
	Ended     bool      `json:"ended"`
	Code      int       `json:"code"` // -1 when nobody saw it end
	Said      string    `json:"said"` // last line it wrote to stderr, when it failed
}

func (w *Workbench) askedFile() string { return filepath.Join(w.store.Folder().Runs(), ".asked") }

func (w *Workbench) readAsked() *askedNight {
	body, err := os.ReadFile(w.askedFile())
	var a askedNight
	if err != nil || json.Unmarshal(body, &a) != nil {
		return nil
	}
	return &a
}

func (w *Workbench) writeAsked(a askedNight) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return queries.WriteFile(w.askedFile(), body, 0o600)
}

func nightRunPage(rq *request) error {
	p := rq.w.nightRun()
	p.May = rq.rights()
	if rq.query("part") == "1" {
		return rq.part(http.StatusOK, "night_run", p)
	}
	return rq.show(http.StatusOK, "night_run", "夜间归并", p)
}

func (w *Workbench) nightRun() NightRunPage {
	folder := w.store.Folder()
	p := NightRunPage{Running: folder.NightPID() != 0, Asked: w.readAsked(), Waiting: len(inboxFiles(folder)), Record: lastRun(folder)}
	night, left := folder.ReadProgress()
	if p.Asked != nil && !p.Asked.Ended && !p.Running && alive(p.Asked.PID) {
		p.Running = true // it has not taken the folder yet
		left = false
	}
	switch {
	case p.Running && left:
		p.Night = night
		p.Ours = p.Asked != nil && p.Asked.PID == night.PID
	case p.Running:
		p.Ours = p.Asked != nil && !p.Asked.Ended
	case left && (p.Record == nil || night.RunID > p.Record.RunID):
		p.Broken = &night
	}
	if !p.Running && p.Asked != nil {
		p.Ended = p.Asked.ending()
		p.Ours = p.Record != nil && !p.Asked.At.After(p.Record.FinishedAt)
	}
	if p.Record != nil && !p.Record.Failed() {
		p.Took = p.Record.FinishedAt.Sub(p.Record.StartedAt)
	}
	for i, name := range p.Night.Planned {
		s := NightStage{Name: name, State: "未开始"}
		switch {
		case i < len(p.Night.Done):
			s.State, s.Line, s.Seconds = "完成", p.Night.Done[i].Line, p.Night.Done[i].Seconds
		case i == len(p.Night.Done):
			s.State = "进行中"
		}
		p.Stages = append(p.Stages, s)
	}
	if n := len(p.Night.Planned); n > 0 {
		p.Percent = 100 * len(p.Night.Done) / n
	}
	return p
}

// ending is the sentence for how a night that was started here came to its end,
// when no record tells of it.
func (a *askedNight) ending() string {
	switch {
	case !a.Ended, a.Code == 0, a.Code == 3, a.Code == -1:
		return ""
	case a.Code == 4:
		return "当时另一次夜间归并正在进行，所以没有另开一次。"
	}
	return strings.TrimPrefix(a.Said, "tongtang: ")
}

// reloads is how many seconds a browser without script waits before it asks
// again; see frame.Reload.
func (p *NightRunPage) reloads() int {
	if p.Running {
		return 3
	}
	return 0
}

// startNight starts one night. There is one at a time: the night's own lock sees
// to that, whoever starts it; a second one ends with exit code 4.
func startNight(rq *request) error {
	w := rq.w
	w.night.Lock()
	defer w.night.Unlock()
	if w.nightRun().Running {
		rq.flash(rq.t("夜间归并正在进行，没有另开一次。"), 0)
		return rq.redirect("/night/run")
	}
	folder := w.store.Folder()
	// The audit log first: what cannot be noted is not done.
	if err := w.store.Record(rq.ctx(), rq.Me.ID, "night.start", "night", map[string]any{"waiting": len(inboxFiles(folder))}); err != nil {
		return err
	}
	cmd, err := w.nightCommand()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(folder.Runs(), "night.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("starting a night: %w", err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting a night: %w", err)
	}
	yieldTo(cmd.Process.Pid, w.log.Warn)
	asked := askedNight{AccountID: rq.Me.ID, Name: rq.Me.Name, At: time.Now(), PID: cmd.Process.Pid}
	if err := w.writeAsked(asked); err != nil {
		w.log.Error("who started the night is not kept", "error", err)
	}
	go func() {
		err := cmd.Wait()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			w.log.Error("waiting for the night", "error", err)
		}
		w.nightEnded(asked, cmd.ProcessState.ExitCode())
	}()
	rq.flash(rq.t("夜间归并已开始；可以离开本页，它会继续。"), 0)
	return rq.redirect("/night/run")
}

// nightCommand is the child: the settings are those of tongtang.toml, as
// cron's night has them, and of this process's environment it gets the time
// zone, the language and where temporary files go, nothing else.
func (w *Workbench) nightCommand() (*exec.Cmd, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	data, err := filepath.Abs(string(w.store.Folder()))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "nightly", "--data="+data, "--log=json")
	cmd.Env = []string{}
	for _, name := range []string{"TZ", "LANG", "LC_ALL", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	cmd.Dir = data
	// A session of its own: what is typed at the workbench's terminal does not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil
}

// yieldTo makes pages come first: the night gets what processor time is left,
// and is the one to go when memory runs out.
func yieldTo(pid int, warn func(string, ...any)) {
	if err := unix.Setpriority(unix.PRIO_PROCESS, pid, 10); err != nil {
		warn("the night runs at the workbench's own priority", "error", err)
	}
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte("500"), 0)
}

// nightEnded notes the end of a night that was started here.
func (w *Workbench) nightEnded(asked askedNight, code int) {
	asked.Ended, asked.Code = true, code
	if code != 0 && code != 3 {
		asked.Said = lastWords(filepath.Join(w.store.Folder().Runs(), "night.log"))
	}
	detail := map[string]any{"pid": asked.PID, "code": code}
	if r := lastRun(w.store.Folder()); r != nil && !r.StartedAt.Before(asked.At.Add(-time.Minute)) {
		detail["run_id"], detail["outcome"] = r.RunID, r.Outcome
	}
	if err := w.store.Record(context.Background(), asked.AccountID, "night.end", "night", detail); err != nil {
		w.log.Error("end of the night not in the audit log; noted at the next start", "error", err)
		return
	}
	if err := w.writeAsked(asked); err != nil {
		w.log.Error("end of the night not kept", "error", err)
	}
}

// lastWords is the last line of text, not JSON, in a log.
func lastWords(path string) string {
	body, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(body[max(0, len(body)-4096):])), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.HasPrefix(line, "tongtang: ") {
			return line
		}
	}
	return ""
}

// findNight takes up the night that an earlier workbench started, and notes its
// end when it comes.
func (w *Workbench) findNight() {
	asked := w.readAsked()
	if asked == nil || asked.Ended {
		return
	}
	go func() {
		for alive(asked.PID) || w.store.Folder().NightPID() == asked.PID {
			time.Sleep(time.Second)
		}
		w.nightEnded(*asked, -1)
	}()
}

// alive says whether a process of this program runs under pid.
func alive(pid int) bool {
	args, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return err == nil && bytes.Contains(args, []byte("nightly\x00"))
}
