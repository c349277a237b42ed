package fault

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongtang/pipeline"
	"tongtang/queries"
)

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Killed at any moment, a night leaves the published corpus and the inbox as
// they were, and the next night finishes the work: the same groups, keys and
// figures as if nobody had pulled the plug.
//
// A night publishes within the last hundredth of its time, so moments drawn
// evenly over all of it nearly never fall there. Of four kills one is drawn
// over the whole night, one over what follows the last stage before 发布, and
// two over the time from the new corpus's name to the end. Where each really
// fell is read from the folder afterwards.
func TestFaultNightKilledAtRandomMoments(t *testing.T) {
	t.Parallel() // the long ones run side by side, after all others
	kills := times("TONGTANG_FAULT_NIGHTS", 8)
	r := chance(t)
	all, names := batches(t)
	calm, hurt, fresh := filepath.Join(t.TempDir(), "calm"), filepath.Join(t.TempDir(), "hurt"), filepath.Join(t.TempDir(), "fresh")
	nights := min(len(names), max(2, kills/20))
	// The same secret, so that the same people have the same keys.
	for _, data := range []string{calm, hurt} {
		if err := queries.Folder(data).Make(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(queries.Folder(data).Secret(), bytes.Repeat([]byte{7}, 32), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// finished has the next night end the work of a killed one.
	finished := func(killed int) {
		if n := tongtang(t, "nightly", "--data", hurt); !n.done() {
			t.Fatalf("the night after %d kills: exit %d\n%s%s", killed, n.code, n.out, n.err)
		}
		sound(t, hurt)
		wantSame(t, standingOf(t, hurt), standingOf(t, calm))
		wantTidy(t, hurt)
	}
	killed, published, late := 0, 0, 0
	for round, batch := range names[:nights] {
		handIn(t, calm, all, batch)
		whole, describing, naming := undisturbed(t, calm)
		handIn(t, hurt, all, batch)
		duplicate(t, hurt, fresh)
		for killed < kills*(round+1)/nights {
			before := watch(t, hurt)
			cmd := exec.CommandContext(t.Context(), binary(t), "nightly", "--data", hurt)
			within := whole
			switch killed % 4 {
			case 0:
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
			case 1:
				untilLine(t, cmd, "提要")
				within = describing
			default:
				untilLine(t, cmd, "提要")
				untilNamed(t, hurt, before)
				within = naming
			}
			sleep(t.Context(), time.Duration(r.Int64N(int64(within))))
			kill(cmd)
			after, ended := before.unharmed(t, hurt), cmd.ProcessState.Exited()
			if ended {
				if late++; late > 20*kills { // it was faster than the plug: no kill
					t.Fatal("the night is always over before it can be killed")
				}
			} else {
				killed++
				at := before.moment(t, hurt)
				count(func() { counted.nightsAtRandom++; counted.moments[at]++ })
				if after {
					published++
					count(func() { counted.nightsPublished++ })
				}
			}
			// What stood before has the hashes it had; only what is new must be read.
			if !ended && (after || killed%10 == 0) {
				sound(t, hurt)
			}
			// Once published, the training is taken in, and the kills to come would
			// meet a night with nothing to do: they meet the folder as it was.
			if after && killed < kills*(round+1)/nights {
				if !ended {
					finished(killed)
				}
				if err := os.RemoveAll(hurt); err != nil {
					t.Fatal(err)
				}
				duplicate(t, fresh, hurt)
			}
		}
		finished(killed)
		if err := os.RemoveAll(fresh); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("killed %d nights over %d trainings (%d more had ended by themselves), %d of them after publishing: nothing lost, nothing twice, nothing half there", killed, nights, late, published)
}

// undisturbed runs a night to its end and says how long it took until its
// record stood, of this from the end of 提要 on, and from the new corpus's name
// on.
func undisturbed(t *testing.T, data string) (whole, describing, naming time.Duration) {
	t.Helper()
	before := watch(t, data)
	cmd := exec.CommandContext(t.Context(), binary(t), "nightly", "--data", data)
	began := time.Now()
	if !untilLine(t, cmd, "提要") {
		t.Fatal("an undisturbed night did not come to 提要")
	}
	described := time.Now()
	untilNamed(t, data, before)
	named := time.Now()
	for ; before.moment(t, data) != moments[12] && time.Since(named) < 10*time.Second; sleep(t.Context(), 100*time.Microsecond) {
	}
	recorded := time.Now()
	if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("undisturbed night: %v", err)
	}
	return recorded.Sub(began), recorded.Sub(described), recorded.Sub(named)
}

// untilNamed returns when the night has given a new corpus its name, or after
// ten seconds; a night that never comes so far is seen from what it left.
func untilNamed(t *testing.T, data string, before watched) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); sleep(t.Context(), 100*time.Microsecond) {
		if before.named(t, data) {
			return
		}
	}
}

// moments are the parts of a night a kill can fall into, in order: before the
// first line of progress, the stages up to 提要, and 发布 in five parts.
var moments = slices.Concat([]string{"starting"}, pipeline.Options{}.Stages()[:7], []string{
	"发布, corpus being written", "发布, corpus named, CURRENT still the old", "发布, CURRENT swapped, clearing up",
	"发布 done, run record not written", "run record written",
})

// moment reads from the folder what the killed night was doing.
func (w watched) moment(t *testing.T, data string) string {
	t.Helper()
	folder := queries.Folder(data)
	current, _, _ := folder.Current()
	p, ok := folder.ReadProgress()
	_, err := os.Stat(filepath.Join(folder.Runs(), current+".json"))
	switch {
	case current != w.runID && err == nil:
		return moments[12]
	case current != w.runID && len(p.Done) == 8:
		return moments[11]
	case current != w.runID:
		return moments[10]
	case w.named(t, data):
		return moments[9]
	case !ok || p.RunID == w.progress:
		return moments[0]
	}
	return moments[1+len(p.Done)]
}

// TestFaultNightKilledAtEverySystemCall has strace kill the night at its first
// rename, its second, ... (of one thread) and the same for fsync and unlink: the moments
// when something gets its name.
func TestFaultNightKilledAtEverySystemCall(t *testing.T) {
	t.Parallel() // the long ones run side by side, after all others
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: nights are killed at random moments only")
	}
	most := times("TONGTANG_FAULT_NIGHTS", 4)
	data, all, names := folderWith(t, 1)
	calm := filepath.Join(t.TempDir(), "calm")
	duplicate(t, data, calm)
	handIn(t, calm, all, names[1])
	if n := tongtang(t, "nightly", "--data", calm); !n.done() {
		t.Fatalf("exit %d\n%s", n.code, n.err)
	}
	want := standingOf(t, calm)
	killed := 0
	for _, call := range []string{"rename,renameat,renameat2", "fsync,fdatasync", "unlink,unlinkat"} {
		// strace counts a call thread by thread, and which thread makes it is
		// chance: that there is no nth is believed after three misses. (Its
		// --seccomp-bpf would be quicker, but then it finds the first call only.)
		for nth, misses := 1, 0; nth <= (most+2)/3 && misses < 3; nth++ {
			hurt := filepath.Join(t.TempDir(), "hurt")
			duplicate(t, data, hurt)
			handIn(t, hurt, all, names[1])
			before := watch(t, hurt)
			n := ended(t, exec.CommandContext(t.Context(), strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace="+call,
				"-e", "inject="+call+":signal=SIGKILL:when="+strconv.Itoa(nth), binary(t), "nightly", "--data", hurt))
			if n.done() {
				misses++
				if err := os.RemoveAll(hurt); err != nil {
					t.Fatal(err)
				}
				continue
			}
			misses = 0
			if strings.Contains(n.err, "ptrace") || strings.Contains(n.err, "invalid") {
				t.Skipf("strace cannot be used here: %s", n.err)
			}
			killed++
			at := before.moment(t, hurt)
			count(func() { counted.nightsAtCalls++; counted.moments[at]++ })
			if before.unharmed(t, hurt) {
				count(func() { counted.nightsPublished++ })
				sound(t, hurt)
			}
			if n := tongtang(t, "nightly", "--data", hurt); !n.done() {
				t.Fatalf("the night after a kill at %s %d: exit %d\n%s%s", call, nth, n.code, n.out, n.err)
			}
			sound(t, hurt)
			wantSame(t, standingOf(t, hurt), want)
			wantTidy(t, hurt)
			if err := os.RemoveAll(hurt); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("killed at %d renames, fsyncs and unlinks, one after the other: nothing lost, nothing twice, nothing half there", killed)
}

// watched is what a killed night must leave as it was.
type watched struct {
	inbox   map[string]string
	archive map[string]string
	corpora map[string]string
	runID   string
	// progress is the run the progress file told of.
	progress string
}

func watch(t *testing.T, data string) watched {
	t.Helper()
	if err := queries.Folder(data).Make(); err != nil {
		t.Fatal(err)
	}
	w := watched{inbox: files(t, filepath.Join(data, "inbox")), archive: files(t, filepath.Join(data, "archive")), corpora: map[string]string{}}
	// A copy that was being made when the plug was pulled is no source yet; the
	// next night clears it away.
	maps.DeleteFunc(w.archive, func(name, _ string) bool { return strings.HasPrefix(filepath.Base(name), ".new-") })
	w.runID, _, _ = queries.Folder(data).Current()
	if p, ok := queries.Folder(data).ReadProgress(); ok {
		w.progress = p.RunID
	}
	for name, sum := range files(t, filepath.Join(data, "corpus")) {
		if strings.HasSuffix(name, ".duckdb") {
			w.corpora[name] = sum
		}
	}
	return w
}

// named says whether there is a corpus that was not there before.
func (w watched) named(t *testing.T, data string) bool {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(data, "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		_, old := w.corpora[e.Name()]
		return strings.HasSuffix(e.Name(), ".duckdb") && !old
	})
}

// unharmed compares after a kill and answers whether the killed night had
// published already.
func (w watched) unharmed(t *testing.T, data string) (published bool) {
	t.Helper()
	now := watch(t, data)
	if !maps.Equal(w.inbox, now.inbox) && len(files(t, filepath.Join(data, "quarantine"))) == 0 {
		t.Error("the inbox changed")
	}
	for name, sum := range w.archive {
		if now.archive[name] != sum {
			t.Errorf("archive/%s changed or went", name)
		}
	}
	for name, sum := range w.corpora {
		switch is, there := now.corpora[name]; {
		case there && is != sum:
			t.Errorf("corpus/%s changed", name)
		case !there && (len(now.corpora) < 14 || name == "corpus-"+w.runID+".duckdb"):
			t.Errorf("corpus/%s went, and not because it was old", name)
		}
	}
	if now.runID == w.runID {
		return false
	}
	if now.runID < w.runID || now.corpora["corpus-"+now.runID+".duckdb"] == "" {
		t.Errorf("CURRENT went from %q to %q", w.runID, now.runID)
	}
	return true
}

// wantTidy makes sure that nothing half written is left once a night has ended
// well.
func wantTidy(t *testing.T, data string) {
	t.Helper()
	for name := range files(t, data) {
		base := filepath.Base(name)
		if strings.Contains(base, ".building") || (strings.HasPrefix(base, ".new-") && !strings.HasPrefix(name, "inbox")) {
			t.Errorf("%s is still there", name)
		}
	}
}
