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

	"tongtang/queries"
)

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Killed at any moment, a night leaves the published corpus and the inbox as
// they were, and the next night finishes the work: the same groups, keys and
// figures as if nobody had pulled the plug.
func TestFaultNightKilledAtRandomMoments(t *testing.T) {
	t.Parallel() // the long ones run side by side, after all others
	kills := times("TONGTANG_FAULT_NIGHTS", 6)
	r := chance(t)
	all, names := batches(t)
	calm, hurt := filepath.Join(t.TempDir(), "calm"), filepath.Join(t.TempDir(), "hurt")
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
	killed, published, late := 0, 0, 0
	for round, batch := range names[:nights] {
		handIn(t, calm, all, batch)
		began := time.Now()
		if n := tongtang(t, "nightly", "--data", calm); !n.done() {
			t.Fatalf("undisturbed night: exit %d\n%s%s", n.code, n.out, n.err)
		}
		whole := time.Since(began)

		handIn(t, hurt, all, batch)
		for killed < kills*(round+1)/nights {
			before := watch(t, hurt)
			cmd := exec.CommandContext(t.Context(), binary(t), "nightly", "--data", hurt)
			if killed%2 == 0 {
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				sleep(t.Context(), time.Duration(r.Int64N(int64(whole))))
			} else {
				// Every other one near the end, where files get their names.
				untilLine(t, cmd, "提要")
				sleep(t.Context(), time.Duration(r.Int64N(int64(200*time.Millisecond))))
			}
			kill(cmd)
			after := before.unharmed(t, hurt)
			if cmd.ProcessState.Exited() {
				late++ // it was faster than the plug: no kill
				if late > 10*kills {
					t.Fatal("the night is always over before it can be killed")
				}
			} else {
				killed++
				count(func() { counted.nightsAtRandom++ })
				if after {
					published++
					count(func() { counted.nightsPublished++ })
				}
			}
			// What stood before has the hashes it had; only what is new must be read.
			if after || killed%10 == 0 {
				sound(t, hurt)
			}
		}
		if n := tongtang(t, "nightly", "--data", hurt); !n.done() {
			t.Fatalf("the night after %d kills: exit %d\n%s%s", killed, n.code, n.out, n.err)
		}
		sound(t, hurt)
		wantSame(t, standingOf(t, hurt), standingOf(t, calm))
		wantTidy(t, hurt)
	}
	t.Logf("killed %d nights over %d trainings (%d more had ended by themselves), %d of them after publishing: nothing lost, nothing twice, nothing half there", killed, nights, late, published)
}

// TestFaultNightKilledAtEverySystemCall has strace kill the night at its first
// rename, its second, ... and the same for fsync and unlink: the moments when
// something gets its name.
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
	// Where the kernel lets it, strace stops the night at these calls only.
	quick := []string{}
	if exec.CommandContext(t.Context(), strace, "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=rename", "true").Run() == nil {
		quick = []string{"--seccomp-bpf"}
	}
	for _, call := range []string{"rename,renameat,renameat2", "fsync,fdatasync", "unlink,unlinkat"} {
		for nth := 1; nth <= (most+2)/3; nth++ {
			hurt := filepath.Join(t.TempDir(), "hurt")
			duplicate(t, data, hurt)
			handIn(t, hurt, all, names[1])
			before := watch(t, hurt)
			n := ended(t, exec.CommandContext(t.Context(), strace, append(slices.Clone(quick), "-f", "-qq", "-o", "/dev/null", "-e", "trace="+call,
				"-e", "inject="+call+":signal=SIGKILL:when="+strconv.Itoa(nth), binary(t), "nightly", "--data", hurt)...))
			if n.done() {
				break // there was no nth call
			}
			if strings.Contains(n.err, "ptrace") || strings.Contains(n.err, "invalid") {
				t.Skipf("strace cannot be used here: %s", n.err)
			}
			killed++
			count(func() { counted.nightsAtCalls++ })
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
	for name, sum := range files(t, filepath.Join(data, "corpus")) {
		if strings.HasSuffix(name, ".duckdb") {
			w.corpora[name] = sum
		}
	}
	return w
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
