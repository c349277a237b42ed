package fault

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongtang/pipeline"
	"tongtang/queries"
)

// Two nights at once: one does the work, the other says so and changes nothing.
func TestFaultTwoNightsAtOnce(t *testing.T) {
	data, all, names := folderWith(t, 1)
	handIn(t, data, all, names[1])
	first := exec.CommandContext(t.Context(), binary(t), "nightly", "--data", data)
	if !untilLine(t, first, "接收") {
		t.Fatal("the first night never began")
	}
	tongtang(t, "nightly", "--data", data).wantSentence(t, 4, "另一次夜间归并正在进行")
	tongtang(t, "rebuild", "--data", data).wantSentence(t, 4, "另一次夜间归并正在进行")
	if err := first.Wait(); err != nil && first.ProcessState.ExitCode() != 3 {
		t.Fatal(err)
	}
	sound(t, data)
}

// small mounts a disk of its own, of so many MiB, in a new folder.
func small(t *testing.T, mib int) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+strconv.Itoa(mib)+"m", "tongtang-fault", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	return dir
}

// fill takes all space of a disk but so many MiB; free gives it back.
func fill(t *testing.T, disk string, leaveMiB int64) (free func()) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(disk, &st); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(disk, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	left := int64(st.Bavail)*st.Bsize - leaveMiB<<20
	block := bytes.Repeat([]byte{1}, 1<<20)
	for left > 0 {
		n, err := f.Write(block[:min(left, int64(len(block)))])
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		left -= int64(n)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// A full disk: the night does not start, or ends with a sentence when space
// runs out under way; what was published stands, and with space again the next
// night does the work.
func TestFaultDiskFullAtNight(t *testing.T) {
	binary(t)
	disk := small(t, 400)
	data := filepath.Join(disk, "data")
	seed, all, names := folderWith(t, 1)
	duplicate(t, seed, data)
	handIn(t, data, all, names[1])
	before := watch(t, data)

	free := fill(t, disk, 20)
	tongtang(t, "nightly", "--data", data).wantSentence(t, 1, "磁盘剩余空间")
	if r := tongtang(t, "doctor", "--data", data); r.code != 1 || !strings.Contains(r.out, "磁盘空间") {
		t.Errorf("doctor does not see the full disk: exit %d\n%s", r.code, r.out)
	}
	free()
	if before.unharmed(t, data) {
		t.Error("a night that did not start published")
	}
	for _, stage := range few([]string{"分词", "接收", "归并", "提要"}) {
		cmd := exec.CommandContext(t.Context(), binary(t), "nightly", "--data", data)
		var says bytes.Buffer
		cmd.Stderr = &says
		if !untilLine(t, cmd, stage) {
			break // an earlier round had room enough to end
		}
		free = fill(t, disk, 0)
		_ = cmd.Wait()
		free()
		t.Logf("full after %s: exit %d %s", stage, cmd.ProcessState.ExitCode(), lastLine(says.String()))
		if before.unharmed(t, data) {
			before = watch(t, data)
		} else if cmd.ProcessState.ExitCode() != 1 || strings.Contains(says.String(), "goroutine ") {
			t.Errorf("full after %s: exit %d, said %s", stage, cmd.ProcessState.ExitCode(), says.String())
		}
		sound(t, data)
	}
	if r := tongtang(t, "nightly", "--data", data); !r.done() {
		t.Fatalf("with space again: exit %d\n%s%s", r.code, r.out, r.err)
	}
	sound(t, data)
	wantTidy(t, data)
}

// A backup that runs out of space leaves nothing that could be taken for one.
func TestFaultDiskFullAtBackup(t *testing.T) {
	binary(t)
	disk := small(t, 2)
	data, _, _ := folderWith(t, 1)
	addUser(t, data)
	fill(t, disk, 0)
	out := filepath.Join(disk, "b.tar.gz")
	tongtang(t, "backup", "--data", data, "--out", out).wantSentence(t, 1)
	entries, err := os.ReadDir(disk)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "filler" {
			t.Errorf("left behind: %s", e.Name())
		}
	}
	sound(t, data)
}

func addUser(t *testing.T, data string) {
	t.Helper()
	if r := tongtang(t, "user", "add", "--data", data, "--login", "admin", "--name", "管理员", "--role", "管理员"); r.code != 0 {
		t.Fatalf("user add: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

// A folder that became read-only: everything that would write says so; nothing
// changes; with the right to write again all is as before.
func TestFaultReadOnlyFolder(t *testing.T) {
	binary(t)
	disk := small(t, 400)
	data := filepath.Join(disk, "data")
	seed, all, names := folderWith(t, 1)
	addUser(t, seed)
	duplicate(t, seed, data)
	handIn(t, data, all, names[1])
	before := watch(t, data)
	remount := func(how string) {
		if out, err := exec.Command("mount", "-o", "remount,"+how, disk).CombinedOutput(); err != nil {
			t.Skipf("cannot remount: %s", out)
		}
	}
	remount("ro")
	t.Cleanup(func() { remount("rw") })
	tongtang(t, "nightly", "--data", data).wantSentence(t, 1)
	tongtang(t, "user", "reset", "--data", data, "--login", "admin").wantSentence(t, 1)
	tongtang(t, "serve", "--data", data, "--addr", "127.0.0.1:0").wantSentence(t, 1)
	if r := tongtang(t, "doctor", "--data", data); r.code != 1 || !strings.Contains(r.out, "只读") {
		t.Errorf("doctor does not see the read-only disk: exit %d\n%s", r.code, r.out)
	}
	// A backup reads only, so it still works: the best moment to make one.
	if r := tongtang(t, "backup", "--data", data, "--out", filepath.Join(t.TempDir(), "b.tar.gz")); r.code != 0 && r.code != 3 {
		t.Errorf("backup of a read-only folder: exit %d\n%s%s", r.code, r.out, r.err)
	}
	remount("rw")
	before.unharmed(t, data)
	if r := tongtang(t, "nightly", "--data", data); !r.done() {
		t.Fatalf("writable again: exit %d\n%s%s", r.code, r.out, r.err)
	}
	sound(t, data)
}

// With too few file handles a night says so and harms nothing.
func TestFaultHandlesExhausted(t *testing.T) {
	data, all, names := folderWith(t, 1)
	handIn(t, data, all, names[1])
	before := watch(t, data)
	ended := 0
	for _, limit := range few([]int{12, 8, 10, 14, 16, 20, 24}) {
		r := limited(t, limit, "nightly", "--data", data)
		t.Logf("%d handles: exit %d %s", limit, r.code, lastLine(r.err))
		if strings.Contains(r.err, "panic:") {
			t.Errorf("%d handles: %s", limit, r.err)
		}
		if r.done() {
			ended++
			continue
		}
		if before.unharmed(t, data) {
			t.Errorf("%d handles: published, yet exit %d", limit, r.code)
		}
		sound(t, data)
	}
	if r := tongtang(t, "nightly", "--data", data); !r.done() {
		t.Fatalf("with handles again: exit %d\n%s%s", r.code, r.out, r.err)
	}
	sound(t, data)
	t.Logf("%d of the limits were enough", ended)
}

// limited runs the binary with so many file handles at most.
func limited(t *testing.T, handles int, args ...string) ran {
	t.Helper()
	script := "ulimit -n " + strconv.Itoa(handles) + "; exec \"$0\" \"$@\""
	return ended(t, exec.CommandContext(t.Context(), "sh", append([]string{"-c", script, binary(t)}, args...)...))
}

// The clock was a year ahead for one night and was set right: the next night is
// the newer one all the same, and doctor says what happened.
func TestFaultClockSetBack(t *testing.T) {
	data, all, names := folderWith(t, 1)
	handIn(t, data, all, names[1])
	ahead := func() time.Time { return time.Now().AddDate(1, 0, 0) }
	future, err := pipeline.Run(t.Context(), queries.Folder(data), pipeline.Options{Now: ahead})
	if err != nil {
		t.Fatal(err)
	}
	if r := tongtang(t, "doctor", "--data", data); r.code != 1 || !strings.Contains(r.out, "时钟被调回过") {
		t.Errorf("doctor does not see it: exit %d\n%s", r.code, r.out)
	}
	handIn(t, data, all, names[2])
	if r := tongtang(t, "nightly", "--data", data); !r.done() {
		t.Fatalf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	now, _, err := queries.Folder(data).Current()
	if err != nil || now <= future.RunID {
		t.Errorf("after a night at %s the published one is %q, %v", future.RunID, now, err)
	}
	sound(t, data)
	want := standingOf(t, data)
	if r := tongtang(t, "rebuild", "--data", data); r.code != 0 {
		t.Errorf("rebuild: exit %d\n%s%s", r.code, r.out, r.err)
	}
	wantSame(t, standingOf(t, data), want)
}

// damages are what a bad disk does to a file.
var damages = []struct {
	what string
	do   func([]byte) []byte
}{
	{"cut in half", func(b []byte) []byte { return b[:len(b)/2] }},
	{"every block overwritten", func(b []byte) []byte {
		for i := 12288; i < len(b); i += 4096 {
			copy(b[i:], "damaged")
		}
		return b
	}},
	{"head overwritten", func(b []byte) []byte { copy(b, make([]byte, 12288)); return b }},
}

// A corpus file damaged on disk: verify finds it, the night says so and leaves
// it, and rebuild makes the same corpus again from the archive.
func TestFaultCorruptCorpus(t *testing.T) {
	data, all, names := folderWith(t, 2)
	want := standingOf(t, data)
	_, path, err := queries.Folder(data).Current()
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	empty := damages[0]
	empty.what, empty.do = "empty", func([]byte) []byte { return nil }
	for _, d := range few(append(slices.Clone(damages), empty)) {
		t.Run(d.what, func(t *testing.T) {
			overwrite(t, path, d.do(bytes.Clone(body)))
			if len(troubles(t, data)) == 0 {
				t.Error("verify finds nothing")
			}
			tongtang(t, "nightly", "--data", data).wantSentence(t, 1)
			if r := tongtang(t, "rebuild", "--data", data); r.code != 0 {
				t.Fatalf("rebuild: exit %d\n%s%s", r.code, r.out, r.err)
			}
			sound(t, data)
			wantSame(t, standingOf(t, data), want)
		})
	}
	handIn(t, data, all, names[2])
	if r := tongtang(t, "nightly", "--data", data); !r.done() {
		t.Fatalf("the next night: exit %d\n%s%s", r.code, r.out, r.err)
	}
	sound(t, data)
}

// overwrite changes a file in place, read-only or not, as a bad disk would.
func overwrite(t *testing.T, path string, body []byte) {
	t.Helper()
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

// CURRENT damaged or gone: a sentence, and two ways back.
func TestFaultCorruptCurrent(t *testing.T) {
	data, _, _ := folderWith(t, 2)
	want := standingOf(t, data)
	current := filepath.Join(data, "corpus", "CURRENT")
	right, err := os.ReadFile(current)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range few([]string{"corpus-20200101-000000.duckdb\n", "\x00\x01\x02", "../../etc/passwd\n", ""}) {
		t.Run(strconv.Quote(wrong), func(t *testing.T) {
			overwrite(t, current, []byte(wrong))
			tongtang(t, "nightly", "--data", data).wantSentence(t, 1)
			if len(troubles(t, data)) == 0 {
				t.Error("verify finds nothing")
			}
			if r := tongtang(t, "rebuild", "--data", data); r.code != 0 {
				t.Fatalf("rebuild: exit %d\n%s%s", r.code, r.out, r.err)
			}
			sound(t, data)
			wantSame(t, standingOf(t, data), want)
			// The other way back: write the newest file's name.
			overwrite(t, current, right)
			sound(t, data)
		})
	}
}

// A damaged review file is replaced by its standby, in words, and nothing is
// missing; the night does not care. With the standby gone too the file is not
// opened and not changed, and a backup brings the people's work back.
func TestFaultDamagedReview(t *testing.T) {
	data, _, _ := folderWith(t, 1)
	addUser(t, data)
	backup := filepath.Join(t.TempDir(), "b.tar.gz")
	if r := tongtang(t, "backup", "--data", data, "--out", backup); r.code != 0 {
		t.Fatalf("backup: exit %d\n%s%s", r.code, r.out, r.err)
	}
	folder := queries.Folder(data)
	path := folder.Review()
	for _, d := range few(damages) {
		t.Run(d.what, func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := d.do(body)
			overwrite(t, path, damaged)
			if len(troubles(t, data)) == 0 {
				t.Error("verify finds nothing")
			}
			// A night needs only the published decisions.
			if r := tongtang(t, "nightly", "--data", data); !r.done() {
				t.Errorf("nightly: exit %d\n%s%s", r.code, r.out, r.err)
			}
			s := serve(t, data)
			kill(s.cmd)
			if said, err := os.ReadFile(s.log); err != nil || !strings.Contains(string(said), "已由备用副本恢复") {
				t.Errorf("said: %s %v", said, err)
			}
			if r := tongtang(t, "doctor", "--data", data); !strings.Contains(r.out, "曾经损坏") {
				t.Errorf("doctor says nothing: %s", r.out)
			}
			for _, left := range folder.DamagedReviews() {
				if kept, err := os.ReadFile(filepath.Join(left, "review.duckdb")); err != nil || !bytes.Equal(kept, damaged) {
					t.Errorf("the damaged file was not kept: %v", err)
				}
				if err := os.RemoveAll(left); err != nil {
					t.Fatal(err)
				}
			}
			sound(t, data)
			if r := tongtang(t, "user", "list", "--data", data); !strings.Contains(r.out, "管理员") {
				t.Errorf("the account is gone: %s%s", r.out, r.err)
			}

			// By hand, for a file that is gone.
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if r := tongtang(t, "restore", "--standby", "--data", data); r.code != 0 && r.code != 3 {
				t.Errorf("restore --standby: exit %d\n%s%s", r.code, r.out, r.err)
			}
			sound(t, data)
			// What was kept aside this time holds no review: it was gone.
			for _, left := range folder.DamagedReviews() {
				if err := os.RemoveAll(left); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if err := os.RemoveAll(folder.Standby()); err != nil {
		t.Fatal(err)
	}
	for _, d := range few(damages) {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damaged := d.do(bytes.Clone(body))
		overwrite(t, path, damaged)
		tongtang(t, "serve", "--data", data, "--addr", "127.0.0.1:0").wantSentence(t, 1, "恢复")
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, damaged) {
			t.Errorf("%s: the damaged file was changed (%v)", d.what, err)
		}
		overwrite(t, path, body)
	}
	again := filepath.Join(t.TempDir(), "again")
	if r := tongtang(t, "restore", "--in", backup, "--data", again); r.code != 0 {
		t.Fatalf("restore: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := tongtang(t, "user", "list", "--data", again); !strings.Contains(r.out, "管理员") {
		t.Errorf("the account is gone: %s%s", r.out, r.err)
	}
}
