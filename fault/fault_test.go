package fault

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"tongtang/fixtures"
	"tongtang/operations"
	"tongtang/queries"
)

// build makes the binary once for all tests.
var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TONGTANG_BINARY"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "tongtang-fault-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "tongtang")
	out, err := exec.Command("go", "build", "-o", path, "tongtang/cmd/tongtang").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return path, nil
})

// counted is what the whole run did to the binary and what came of it. Every
// figure is counted where it is seen, also those that must stay 0.
var counted struct {
	sync.Mutex
	nightsAtRandom, nightsAtCalls, nightsPublished int
	workbench, damaged, recovered                  int
	acknowledged, lost, twice                      int
	duplicated, corrupt                            int64
	verified                                       int
	moments                                        map[string]int // of the nights killed
}

func init() { counted.moments = map[string]int{} }

func count(f func()) {
	counted.Lock()
	defer counted.Unlock()
	f()
}

// summary is the one line for those who do not read logs.
func summary() string {
	c := &counted
	var nights strings.Builder
	for _, m := range moments {
		fmt.Fprintf(&nights, "    %4d  %s\n", c.moments[m], m)
	}
	return fmt.Sprintf(`fault summary
  nights killed                          %d (%d at random moments, %d at a rename, fsync or unlink), %d of them after publishing; what each was doing:
%s  workbench killed under write load      %d
  review files damaged after such a kill %d, %d of them replaced by the standby
  writes acknowledged                    %d, lost: %d, written twice: %d
  folders verified from end to end       %d, corrupt or contradictory files: %d
  duplicated items                       %d
`, c.nightsAtRandom+c.nightsAtCalls, c.nightsAtRandom, c.nightsAtCalls, c.nightsPublished, nights.String(), c.workbench, c.damaged, c.recovered,
		c.acknowledged, c.lost, c.twice, c.verified, c.corrupt, c.duplicated)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if counted.verified > 0 {
		fmt.Print(summary())
	}
	if path, err := build(); err == nil && os.Getenv("TONGTANG_BINARY") == "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("fault injection runs the real binary for a minute; left out with -short")
	}
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// times is how often a test hurts the binary: the environment's number, or a
// few.
func times(name string, few int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return few
}

// chance is the test's source of random moments; its seed is printed.
func chance(t *testing.T) *rand.Rand {
	seed, err := strconv.ParseUint(os.Getenv("TONGTANG_FAULT_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("TONGTANG_FAULT_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// ran is how a command ended.
type ran struct {
	code     int
	out, err string
}

// tongtang runs the binary to its end.
func tongtang(t *testing.T, args ...string) ran {
	t.Helper()
	return ended(t, exec.CommandContext(t.Context(), binary(t), args...))
}

func ended(t *testing.T, cmd *exec.Cmd) ran {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// wantSentence makes sure that a refusal is one a person can act on: it has the
// code, is Chinese, names what matters, and is no stack of Go's.
func (r ran) wantSentence(t *testing.T, code int, words ...string) {
	t.Helper()
	say := r.out + r.err
	han := strings.ContainsFunc(say, func(c rune) bool { return unicode.Is(unicode.Han, c) })
	if r.code != code || !han || strings.Contains(say, "goroutine ") {
		t.Errorf("exit %d, want %d with a Chinese sentence; said:\n%s", r.code, code, say)
	}
	for _, w := range words {
		if !strings.Contains(say, w) {
			t.Errorf("does not say %q:\n%s", w, say)
		}
	}
	t.Logf("exit %d: %s", r.code, strings.TrimSpace(lastLine(say)))
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// done says that a night published: with or without rejects.
func (r ran) done() bool { return r.code == 0 || r.code == 3 }

// batches are the fixtures' trainings, to be handed in one after the other.
func batches(t *testing.T) (all string, names []string) {
	t.Helper()
	all = t.TempDir()
	if err := fixtures.Unpack(all); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(all, "inbox"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return all, names
}

// handIn puts one training's files into a folder's inbox.
func handIn(t *testing.T, data, all, batch string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(data, "inbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(data, "inbox", batch), os.DirFS(filepath.Join(all, "inbox", batch))); err != nil {
		t.Fatal(err)
	}
}

// seeds are data folders with one, two, ... trainings taken in, made once.
var (
	seeds   = map[int]string{}
	seeding sync.Mutex
)

// folderWith makes a data folder with the given trainings taken in, one a
// night.
func folderWith(t *testing.T, nights int) (data, all string, names []string) {
	t.Helper()
	seeding.Lock()
	defer seeding.Unlock()
	all, names = batches(t)
	data = filepath.Join(t.TempDir(), "data")
	if seed, ok := seeds[nights]; ok {
		duplicate(t, seed, data)
		return data, all, names
	}
	for _, batch := range names[:nights] {
		handIn(t, data, all, batch)
		if r := tongtang(t, "nightly", "--data", data); !r.done() {
			t.Fatalf("the first night: exit %d\n%s%s", r.code, r.out, r.err)
		}
	}
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("TONGTANG_BINARY") == "" { // then the folder of the binary is ours
		seeds[nights] = filepath.Join(filepath.Dir(path), "seed"+strconv.Itoa(nights))
		duplicate(t, data, seeds[nights])
	}
	return data, all, names
}

// duplicate copies a data folder, its modes too.
func duplicate(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
}

// few is the first of a list, all of it in the long form.
func few[T any](list []T) []T {
	if os.Getenv("TONGTANG_FAULT_NIGHTS") != "" {
		return list
	}
	return list[:1]
}

// sound makes sure that verify finds nothing damaged, missing, twice there or
// contradicting itself.
func sound(t *testing.T, data string) {
	t.Helper()
	r := tongtang(t, "verify", "--json", "--data", data)
	count(func() {
		counted.verified++
		counted.corrupt += int64(strings.Count(r.out, `"level":"`+string(operations.Trouble)+`"`))
	})
	if r.code != 0 && r.code != 3 {
		t.Fatalf("verify: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

// troubles lists what verify finds wrong.
func troubles(t *testing.T, data string) (out []operations.Finding) {
	t.Helper()
	r := tongtang(t, "verify", "--json", "--data", data)
	for line := range strings.Lines(r.out) {
		var f operations.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("verify --json: %v\n%s%s", err, r.out, r.err)
		}
		if f.Level == operations.Trouble {
			out = append(out, f)
		}
	}
	return out
}

// standing is what a published corpus says, without what names the run.
type standing struct {
	groups []queries.GroupMembers
	rows   map[string]int64
}

func standingOf(t *testing.T, data string) standing {
	t.Helper()
	_, path, err := queries.Folder(data).Current()
	if err != nil {
		t.Fatal(err)
	}
	c, err := queries.OpenCorpus(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var s standing
	if s.groups, err = c.Groups(t.Context()); err != nil {
		t.Fatal(err)
	}
	tables, err := c.Contents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.rows = map[string]int64{}
	for _, table := range tables {
		s.rows[table.Table] = table.Rows
	}
	return s
}

// wantSame makes sure that two folders tell of the same groups, with the same
// keys and members, and as many rows in every table.
func wantSame(t *testing.T, got, want standing) {
	t.Helper()
	same := func(a, b queries.GroupMembers) bool { return a.Key == b.Key && slices.Equal(a.Items, b.Items) }
	if !slices.EqualFunc(got.groups, want.groups, same) {
		t.Errorf("%d groups, want %d with the same keys and members", len(got.groups), len(want.groups))
	}
	if extra := got.rows["item"] - want.rows["item"]; extra > 0 {
		count(func() { counted.duplicated += extra })
	}
	for table, n := range want.rows {
		if got.rows[table] != n {
			t.Errorf("table %s has %d rows, want %d", table, got.rows[table], n)
		}
	}
}

// files maps every regular file below dir to its content's hash.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		out[rel] = hash(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// untilLine starts cmd and returns when a line of its output contains mark; the
// rest of the output is read and thrown away.
func untilLine(t *testing.T, cmd *exec.Cmd, mark string) (seen bool) {
	t.Helper()
	cmd.Stdout = nil
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), mark) {
			seen = true
			break
		}
	}
	go func() {
		for lines.Scan() {
		}
	}()
	return seen
}

// kill ends the process as a power cut would, as far as a process can tell.
func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait()
}

// sleep waits d, or less if the test ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
