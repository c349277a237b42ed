package fault

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// server is the real binary serving a data folder.
type server struct {
	cmd     *exec.Cmd
	address string
	log     string // file with what it wrote to stderr
}

// serve starts the workbench and returns once it answers.
func serve(t *testing.T, data string, args ...string) *server {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t), append([]string{"serve", "--data", data, "--addr", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "http://"); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return &server{cmd, "http://" + address, log.Name()}
		}
	}
	_ = cmd.Wait()
	body, _ := os.ReadFile(log.Name())
	t.Fatalf("the workbench did not start: exit %d\n%s", cmd.ProcessState.ExitCode(), body)
	return nil
}

// analyst is a person at a browser who keeps a list of what the workbench
// acknowledged.
type analyst struct {
	name      string
	client    *http.Client
	address   string
	said      int
	confirmed []string // group keys
	noted     []string // texts, each one of its own
	refused   int      // others were faster
	issues    []string // numbers to write notes on
}

const password = "大堂同堂-correct-horse-9"

// staffed makes a data folder with accounts, groups, and analysts who are
// signed in.
func staffed(t *testing.T, n int) (data string, analysts []*analyst) {
	t.Helper()
	data, _, _ = folderWith(t, 3)
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("yanpan%d", i)
		if r := tongtang(t, "user", "add", "--data", data, "--login", name, "--name", "研判员"+name, "--department", "JC", "--password-file", secret); r.code != 0 {
			t.Fatalf("user add: exit %d\n%s%s", r.code, r.out, r.err)
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		analysts = append(analysts, &analyst{name: name, client: &http.Client{
			Jar: jar, Timeout: 20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}})
	}
	return data, analysts
}

// post sends a form; ok says that it was acknowledged: a redirect, as after
// every action that was done.
func (a *analyst) post(path string, form url.Values) (status int, err error) {
	resp, err := a.client.PostForm(a.address+path, form)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, nil
}

func (a *analyst) get(path string) (int, string, error) {
	resp, err := a.client.Get(a.address + path)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

var (
	confirmButton = regexp.MustCompile(`confirm:(g[a-z2-7]+)\|([^"]*)"`)
	pickBox       = regexp.MustCompile(`name="group" value="(g[a-z2-7]+)\|([^"]*)"`)
	issueLink     = regexp.MustCompile(`href="/issues/([0-9]+)`)
)

// work decides and writes until the workbench stops answering.
func (a *analyst) work() {
	type group struct{ key, stamp string }
	var todo []group
	for turn := 0; ; turn++ {
		if len(todo) == 0 {
			for _, page := range []string{"/triage", "/triage?show=single"} {
				_, body, err := a.get(page)
				if err != nil {
					return
				}
				for _, m := range append(confirmButton.FindAllStringSubmatch(body, -1), pickBox.FindAllStringSubmatch(body, -1)...) {
					todo = append(todo, group{m[1], m[2]})
				}
			}
		}
		if len(a.issues) == 0 {
			_, body, err := a.get("/issues")
			if err != nil {
				return
			}
			for _, m := range issueLink.FindAllStringSubmatch(body, -1) {
				a.issues = append(a.issues, m[1])
			}
		}
		if turn%8 == 0 && len(todo) > 0 {
			g := todo[(turn/8*7)%len(todo)]
			status, err := a.post("/groups/"+g.key+"/confirm", url.Values{"stamp": {g.stamp}})
			switch {
			case err != nil:
				return
			case status == http.StatusSeeOther:
				a.confirmed = append(a.confirmed, g.key)
			default:
				a.refused++
			}
			todo = nil
		}
		if len(a.issues) > 0 {
			a.said++
			text := fmt.Sprintf("%s 的第 %d 条意见", a.name, a.said)
			status, err := a.post("/issues/"+a.issues[a.said%len(a.issues)]+"/note", url.Values{"text": {text}})
			switch {
			case err != nil:
				return
			case status == http.StatusSeeOther:
				a.noted = append(a.noted, text)
			default:
				a.refused++
			}
		}
	}
}

// Killed while people work, the workbench loses nothing it acknowledged: every
// decision and every word is there once it is started again, once, and nobody
// has to sign in anew.
func TestFaultWorkbenchKilledUnderLoad(t *testing.T) {
	t.Parallel() // the long ones run side by side, after all others
	kills, recovered := times("TONGTANG_FAULT_WORKBENCH", 3), 0
	r := chance(t)
	data, analysts := staffed(t, 4)
	s := serve(t, data)
	for _, a := range analysts {
		a.address = s.address
		if status, err := a.post("/login", url.Values{"login": {a.name}, "password": {password}}); err != nil || status != http.StatusSeeOther {
			t.Fatalf("signing in: %d %v", status, err)
		}
	}
	for round := range kills {
		var working sync.WaitGroup
		for _, a := range analysts {
			a.address, a.issues = s.address, nil
			working.Go(a.work)
		}
		var night *exec.Cmd
		if round%10 == 9 { // now and then a night runs beside
			night = exec.CommandContext(t.Context(), binary(t), "nightly", "--data", data)
			if err := night.Start(); err != nil {
				t.Fatal(err)
			}
		}
		sleep(t.Context(), 200*time.Millisecond+time.Duration(r.Int64N(int64(2*time.Second))))
		kill(s.cmd)
		working.Wait()
		count(func() { counted.workbench++ })
		if night != nil {
			if err := night.Wait(); err != nil && night.ProcessState.ExitCode() != 3 {
				t.Fatalf("the night beside a killed workbench: %v", err)
			}
		}
		if round%10 == 0 {
			sound(t, data) // reads the file as the kill left it, write-ahead log and all
		}
		// Every third time the disk has its share too: the standby must know all
		// that was acknowledged.
		if round%3 == 2 {
			how := damageReview(t, r, queries.Folder(data).Review())
			count(func() { counted.damaged++ })
			s = serve(t, data)
			if left := queries.Folder(data).DamagedReviews(); len(left) > 0 {
				recovered++
				count(func() { counted.recovered++ })
				if err := os.RemoveAll(left[0]); err != nil {
					t.Fatal(err)
				}
			} else {
				t.Logf("%s: nothing was lost by it", how)
			}
		} else {
			s = serve(t, data)
		}
		for _, a := range analysts {
			a.address = s.address
			if status, _, err := a.get("/desk"); err != nil || status != http.StatusOK {
				t.Fatalf("%s is no longer signed in: %d %v", a.name, status, err)
			}
		}
	}
	// A last stop in good order, then everything is counted.
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("stopping in good order: %v", err)
	}
	sound(t, data)
	review, err := queries.OpenReview(t.Context(), queries.Folder(data).Review())
	if err != nil {
		t.Fatal(err)
	}
	defer review.Close()
	log, err := review.Decisions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	notes, err := review.Notes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	confirms, texts := map[string]int{}, map[string]int{}
	for _, d := range queries.Standing(log) {
		if d.Kind == feedback.DecideConfirm {
			confirms[d.GroupKey]++
		}
	}
	for _, n := range notes {
		texts[n.Text]++
	}
	acknowledged, lost, twice, refused := 0, 0, 0, 0
	stands := func(n int, who, what string) {
		acknowledged++
		switch {
		case n == 0:
			lost++
			t.Errorf("%s: %s is lost", who, what)
		case n > 1:
			twice++
			t.Errorf("%s: %s stands %d times", who, what, n)
		}
	}
	for _, a := range analysts {
		for _, key := range a.confirmed {
			stands(confirms[key], a.name, "confirmed "+key)
		}
		for _, text := range a.noted {
			stands(texts[text], a.name, text)
		}
		refused += a.refused
	}
	// Also what was written and never acknowledged stands once at most.
	for _, all := range []map[string]int{confirms, texts} {
		for what, n := range all {
			if n > 1 {
				twice++
				t.Errorf("%s stands %d times", what, n)
			}
		}
	}
	count(func() {
		counted.acknowledged += acknowledged
		counted.lost += lost
		counted.twice += twice
	})
	if acknowledged < kills {
		t.Errorf("only %d writes in %d rounds: that was no load", acknowledged, kills)
	}
	published, err := queries.ReadDecisions(t.Context(), queries.Folder(data).Decisions())
	if err != nil || len(published) != len(log) {
		t.Errorf("%d of %d decisions are published (%v)", len(published), len(log), err)
	}
	t.Logf("killed %d times under load, %d times recovered from the standby: %d writes acknowledged, %d lost, %d twice; %d refused because others were faster; %d decisions and %d notes in all",
		kills, recovered, acknowledged, lost, twice, refused, len(log), len(notes))
}

// damageReview does to a review file what disks and people do.
func damageReview(t *testing.T, r *rand.Rand, review string) (how string) {
	t.Helper()
	path := review
	if info, err := os.Stat(review + ".wal"); err == nil && info.Size() > 0 && r.IntN(2) == 0 {
		path += ".wal"
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch r.IntN(3) {
	case 0:
		how = "deleted"
		err = os.Remove(path)
	case 1:
		how = "cut"
		err = os.Truncate(path, r.Int64N(int64(len(body))))
	default:
		how = "flipped"
		for range 1 + r.IntN(50) {
			body[r.IntN(len(body))] ^= byte(1 + r.IntN(255))
		}
		err = os.WriteFile(path, body, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return how + " " + filepath.Base(path)
}

// With the disk full the workbench refuses to save, in words, and goes on
// reading; with space again it saves.
func TestFaultDiskFullAtWorkbench(t *testing.T) {
	binary(t)
	disk := small(t, 400)
	seed, analysts := staffed(t, 1)
	data := filepath.Join(disk, "data")
	duplicate(t, seed, data)
	s := serve(t, data)
	defer kill(s.cmd)
	a := analysts[0]
	a.address = s.address
	if status, err := a.post("/login", url.Values{"login": {a.name}, "password": {password}}); err != nil || status != http.StatusSeeOther {
		t.Fatalf("signing in: %d %v", status, err)
	}
	_, body, err := a.get("/triage?show=single")
	if err != nil {
		t.Fatal(err)
	}
	groups := pickBox.FindAllStringSubmatch(body, -1)
	if len(groups) < 2 {
		t.Fatalf("no groups to confirm:\n%.2000s", body)
	}
	free := fill(t, disk, 10)
	status, err := a.post("/groups/"+groups[0][1]+"/confirm", url.Values{"stamp": {groups[0][2]}})
	if err != nil || status == http.StatusSeeOther || status == http.StatusInternalServerError {
		t.Errorf("saving on a full disk: %d %v", status, err)
	}
	t.Logf("saving on a full disk: %d", status)
	if status, _, err := a.get("/triage"); err != nil || status != http.StatusOK {
		t.Errorf("reading on a full disk: %d %v", status, err)
	}
	free()
	if status, err = a.post("/groups/"+groups[0][1]+"/confirm", url.Values{"stamp": {groups[0][2]}}); err != nil || status != http.StatusSeeOther {
		t.Errorf("saving with space again: %d %v", status, err)
	}
	sound(t, data) // asks the running workbench for a snapshot
}

// Everything the command line offers works beside a running workbench: it asks
// the workbench instead of waiting for the file.
func TestFaultCommandsBesideTheWorkbench(t *testing.T) {
	data, _ := staffed(t, 1)
	s := serve(t, data)
	defer kill(s.cmd)
	if r := tongtang(t, "user", "add", "--data", data, "--login", "later", "--name", "后来者", "--department", "SJ"); r.code != 0 {
		t.Errorf("user add: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := tongtang(t, "user", "list", "--data", data); r.code != 0 || !strings.Contains(r.out, "后来者") {
		t.Errorf("user list: exit %d\n%s%s", r.code, r.out, r.err)
	}
	backup := filepath.Join(t.TempDir(), "b.tar.gz")
	if r := tongtang(t, "backup", "--data", data, "--out", backup); r.code != 0 {
		t.Errorf("backup: exit %d\n%s%s", r.code, r.out, r.err)
	}
	sound(t, data)
	tongtang(t, "serve", "--data", data, "--addr", "127.0.0.1:0").wantSentence(t, 1, "工作台正在运行")
	if r := tongtang(t, "doctor", "--data", data); !strings.Contains(r.out, "工作台：正在运行") {
		t.Errorf("doctor: exit %d\n%s%s", r.code, r.out, r.err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if r := tongtang(t, "restore", "--in", backup, "--data", again); r.code != 0 {
		t.Errorf("restore: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := tongtang(t, "user", "list", "--data", again); !strings.Contains(r.out, "后来者") {
		t.Errorf("restored: %s%s", r.out, r.err)
	}
}
