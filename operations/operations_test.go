package operations

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	_ "github.com/duckdb/duckdb-go/v2"

	"tongtang/fixtures"
	"tongtang/pipeline"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

const goodPassword = "大堂同堂-correct-horse-9"

// seed is a data folder with two nights over sample trainings, an account, and
// decisions between the nights; made once, copied by every test.
var seed queries.Folder

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tongtang-operations-")
	if err != nil {
		panic(err)
	}
	seed = queries.Folder(filepath.Join(dir, "data"))
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// worked is a copy of the seed, to be used and damaged.
func worked(t *testing.T) queries.Folder {
	t.Helper()
	if _, err := os.Stat(string(seed)); err != nil {
		makeSeed(t)
	}
	folder := queries.Folder(filepath.Join(t.TempDir(), "data"))
	if out, err := exec.Command("cp", "-a", string(seed), string(folder)).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
	return folder
}

func makeSeed(t *testing.T) {
	t.Helper()
	all := t.TempDir()
	if err := fixtures.Unpack(all); err != nil {
		t.Fatal(err)
	}
	if err := seed.Make(); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(queries.Folder(all).Trainings())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(seed.Trainings(), list, 0o600); err != nil {
		t.Fatal(err)
	}
	for n, training := range []string{"2022-1", "2022-2"} {
		if err := os.CopyFS(filepath.Join(seed.Inbox(), training), os.DirFS(filepath.Join(all, "inbox", training))); err != nil {
			t.Fatal(err)
		}
		if _, err := pipeline.Run(t.Context(), seed, pipeline.Options{Version: "test"}); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			decideSomething(t, seed)
		}
	}
}

// decideSomething confirms three groups and takes one confirmation back.
func decideSomething(t *testing.T, folder queries.Folder) {
	t.Helper()
	store := open(t, folder)
	defer store.Close()
	a, err := store.CreateAccount(t.Context(), 0, queries.NewAccount{Login: "yanpan", Name: "研判甲", Department: feedback.Procuratorate, Role: queries.Analyst, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	_, path, err := folder.Current()
	if err != nil {
		t.Fatal(err)
	}
	c, err := queries.OpenCorpus(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := c.Groups(t.Context())
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	for i, g := range groups[:3] {
		d, err := store.Confirm(t.Context(), a.ID, g.Key, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			if _, err := store.Undo(t.Context(), a.ID, d.Seq); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func open(t *testing.T, folder queries.Folder) *queries.Store {
	t.Helper()
	store, err := queries.OpenStore(t.Context(), string(folder), queries.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// wantSound makes sure that verify finds no trouble; remarks are allowed.
func wantSound(t *testing.T, folder queries.Folder) {
	t.Helper()
	findings, err := Verify(t.Context(), folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Level == Trouble {
			t.Errorf("%s: %s", f.Name, f.Say)
		}
	}
}

// wantTrouble makes sure that verify finds trouble of this name that says this.
func wantTrouble(t *testing.T, folder queries.Folder, name, say string) {
	t.Helper()
	findings, err := Verify(t.Context(), folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(findings, func(f Finding) bool {
		return f.Level == Trouble && f.Name == name && strings.Contains(f.Say, say) && f.Do != ""
	}) {
		t.Errorf("verify does not find %q at %s:\n%+v", say, name, findings)
	}
}

func backupOf(t *testing.T, folder queries.Folder, opts BackupOptions) Backup {
	t.Helper()
	opts.Out = filepath.Join(t.TempDir(), "backup")
	b, err := MakeBackup(t.Context(), folder, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Warnings) > 0 {
		t.Errorf("warnings: %v", b.Warnings)
	}
	return b
}

// contentOf is every file of a data folder with its hash, but for what belongs
// to the running of it.
func contentOf(t *testing.T, folder queries.Folder) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(string(folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, _ := filepath.Rel(string(folder), path)
		f, err := digestOf(path)
		out[rel] = f.SHA256
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBackupRestoresEveryFile(t *testing.T) {
	folder := worked(t)
	wantSound(t, folder)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		opts BackupOptions
		keys Keys
	}{
		{"plain", BackupOptions{}, Keys{}},
		{"to a key", BackupOptions{Recipients: []string{key.Recipient().String()}}, Keys{Identities: key.String()}},
		{"with a passphrase", BackupOptions{Passphrase: "同堂 backup 2026"}, Keys{Passphrase: "同堂 backup 2026"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := backupOf(t, folder, c.opts)
			if c.name != "plain" {
				body, err := os.ReadFile(b.Out)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(body, []byte("review.duckdb")) {
					t.Error("an encrypted backup shows names")
				}
				if _, err := ReadBackup(t.Context(), b.Out, Keys{Passphrase: "wrong"}, nil); err == nil {
					t.Error("opened with the wrong passphrase")
				}
				if _, err := ReadBackup(t.Context(), b.Out, Keys{}, nil); err == nil {
					t.Error("opened without a key")
				}
			}
			again := queries.Folder(filepath.Join(t.TempDir(), "again"))
			if _, err := Restore(t.Context(), b.Out, again, c.keys); err != nil {
				t.Fatal(err)
			}
			wantSound(t, again)
			had, has := contentOf(t, folder), contentOf(t, again)
			for name, sum := range had {
				room, _, _ := strings.Cut(name, "/")
				switch {
				case room == "inbox", name == "runs/.lock", name == "review/last-backup.json":
					// What the corpus has taken in lies in the archive.
				case room == "corpus" && !strings.Contains(name, has["corpus/CURRENT"]) && has[name] == "":
					// Older corpora are not backed up.
				case room == "review":
					// A snapshot holds the same rows, not the same bytes.
				case has[name] != sum:
					t.Errorf("%s is %q, was %q", name, has[name], sum)
				}
			}
			info, err := os.Stat(again.Secret())
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("secret.key: %v %v", info.Mode(), err)
			}
			// People find their work, and the next night goes on from it.
			store := open(t, again)
			defer store.Close()
			if _, err := store.Authenticate(t.Context(), "yanpan", goodPassword, "test"); err != nil {
				t.Error(err)
			}
			if _, err := pipeline.Run(t.Context(), again, pipeline.Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// A file that came in after the last night is in no corpus yet: the backup has
// it, and the first night after a restore takes it in.
func TestBackupKeepsWhatNoNightHasTakenIn(t *testing.T) {
	folder := worked(t)
	late := filepath.Join(folder.Inbox(), "2026-1", "迟交.txt")
	if err := os.MkdirAll(filepath.Dir(late), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(late, []byte("问题：社区矫正对象外出审批层级各地不一，建议统一。\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := backupOf(t, folder, BackupOptions{})
	again := queries.Folder(filepath.Join(t.TempDir(), "again"))
	if _, err := Restore(t.Context(), b.Out, again, Keys{}); err != nil {
		t.Fatal(err)
	}
	r, err := pipeline.Run(t.Context(), again, pipeline.Options{})
	if err != nil || len(r.Inputs) != 1 || r.Inputs[0].File != "迟交.txt" {
		t.Errorf("the night after took in %v, %v", r.Inputs, err)
	}
}

// The archive may be left out of a backup and the corpus too; with the archive
// brought back, rebuild gives every group its key again.
func TestRebuildGivesTheSameKeys(t *testing.T) {
	folder := worked(t)
	_, path, err := folder.Current()
	if err != nil {
		t.Fatal(err)
	}
	want, wantTables, err := groupsOf(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	b := backupOf(t, folder, BackupOptions{NoCorpus: true, NoSources: true})
	again := queries.Folder(filepath.Join(t.TempDir(), "again"))
	if _, err := Restore(t.Context(), b.Out, again, Keys{}); err != nil {
		t.Fatal(err)
	}
	wantTrouble(t, again, "档案", "缺少原件")
	if _, err := Rebuild(t.Context(), again, RebuildOptions{}); err == nil || !strings.Contains(err.Error(), "从备份恢复 archive") {
		t.Errorf("rebuild without the archive: %v", err)
	}
	if err := os.RemoveAll(again.Archive()); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(again.Archive(), os.DirFS(folder.Archive())); err != nil {
		t.Fatal(err)
	}
	r, err := Rebuild(t.Context(), again, RebuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, gotTables, err := groupsOf(t.Context(), again.Corpus(r.RunID))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want, func(a, b queries.GroupMembers) bool { return a.Key == b.Key && slices.Equal(a.Items, b.Items) }) {
		t.Errorf("%d groups, want the %d there were", len(got), len(want))
	}
	for i, table := range gotTables {
		if table.Table != "run" && table != wantTables[i] {
			t.Errorf("%v, want %v", table, wantTables[i])
		}
	}
	wantSound(t, again)
	left, _ := filepath.Glob(filepath.Join(string(again), "corpus", ".rebuild-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	// Decisions that the nights saw and that are gone now would change the answer.
	if err := os.Remove(again.Decisions()); err != nil {
		t.Fatal(err)
	}
	if _, err := Rebuild(t.Context(), again, RebuildOptions{}); err == nil || !strings.Contains(err.Error(), "decisions.parquet") {
		t.Errorf("rebuild without the decisions: %v", err)
	}
}

// A damaged backup is never restored, nor is anything that a backup of ours
// would not hold.
func TestRestoreRefusesDamagedAndHostileBackups(t *testing.T) {
	folder := worked(t)
	b := backupOf(t, folder, BackupOptions{})
	body, err := os.ReadFile(b.Out)
	if err != nil {
		t.Fatal(err)
	}
	evil := func(name string, kind byte, link string) []byte {
		var out bytes.Buffer
		zip := gzip.NewWriter(&out)
		w := tar.NewWriter(zip)
		payload := []byte("* * * * * root true\n")
		head := &tar.Header{Name: name, Typeflag: kind, Linkname: link, Mode: 0o777}
		if kind == tar.TypeReg {
			head.Size = int64(len(payload))
		}
		if err := w.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if kind == tar.TypeReg {
			_, _ = w.Write(payload)
		}
		_ = w.Close()
		_ = zip.Close()
		return out.Bytes()
	}
	flipped := bytes.Clone(body)
	flipped[len(flipped)/2] ^= 0x40
	for name, content := range map[string][]byte{
		"cut short":           body[:len(body)*2/3],
		"one bit changed":     flipped,
		"empty":               {},
		"something else":      []byte("PK\x03\x04 not a backup"),
		"path out of folder":  evil("../../etc/cron.d/evil", tar.TypeReg, ""),
		"absolute path":       evil("/etc/cron.d/evil", tar.TypeReg, ""),
		"path through dots":   evil("review/../../evil", tar.TypeReg, ""),
		"another room":        evil("bin/tongtang", tar.TypeReg, ""),
		"symbolic link":       evil("archive/link", tar.TypeSymlink, "/etc"),
		"hard link":           evil("archive/link", tar.TypeLink, "/etc/passwd"),
		"device":              evil("archive/dev", tar.TypeChar, ""),
		"not in the manifest": evil("archive/ab/abcd", tar.TypeReg, ""),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file, target := filepath.Join(dir, "b"), filepath.Join(dir, "target")
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Restore(t.Context(), file, queries.Folder(target), Keys{}); err == nil {
				t.Error("restored")
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("left behind: %v %v", entries, err)
			}
		})
	}
	t.Run("folder in use", func(t *testing.T) {
		if _, err := Restore(t.Context(), b.Out, folder, Keys{}); err == nil || !strings.Contains(err.Error(), "不是空文件夹") {
			t.Errorf("restored over a folder in use: %v", err)
		}
	})
	t.Run("backup over a file", func(t *testing.T) {
		if _, err := MakeBackup(t.Context(), folder, BackupOptions{Out: b.Out}); err == nil || !strings.Contains(err.Error(), "已存在") {
			t.Errorf("overwrote a backup: %v", err)
		}
	})
}

// tamper changes the review behind the workbench's back.
func tamper(t *testing.T, folder queries.Folder, statement string) {
	t.Helper()
	db, err := sql.Open("duckdb", folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Every way to touch the audit log or the decisions shows.
func TestVerifyFindsWhatWasChanged(t *testing.T) {
	folder := worked(t)
	backupOf(t, folder, BackupOptions{}) // remembers the audit's head
	review, err := os.ReadFile(folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ do, at, say string }{
		"line changed":       {"UPDATE audit SET subject = 'account:nobody' WHERE seq = 2", "操作日志", "第 2 条的内容"},
		"who changed":        {"UPDATE audit SET account_id = 77 WHERE seq = 2", "操作日志", "第 2 条的内容"},
		"time changed":       {"UPDATE audit SET happened_at = happened_at - INTERVAL 1 DAY WHERE seq = 3", "操作日志", "第 3 条的内容"},
		"line removed":       {"DELETE FROM audit WHERE seq = 2", "操作日志", "缺少记录"},
		"first line removed": {"DELETE FROM audit WHERE seq = 1", "操作日志", "缺少记录"},
		"end cut off":        {"DELETE FROM audit WHERE seq > 3", "操作日志", "现已不在或不同"},
		"lines swapped": {
			"UPDATE audit SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END, action = a.action, subject = a.subject FROM (SELECT seq AS other, action, subject FROM audit) a WHERE seq IN (2, 3) AND a.other = 5 - audit.seq",
			"操作日志", "第 ",
		},
		"decision changed": {"UPDATE decision SET group_key = 'gzzz' WHERE seq = 1", "已发布的决定", "第 1 项与研判数据不符"},
		"decision removed": {"DELETE FROM decision WHERE seq = 1", "研判数据", "自相矛盾"},
		"issue removed":    {"DELETE FROM issue WHERE issue_no = 1", "研判数据", "自相矛盾"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(folder.Review(), review, 0o600); err != nil {
				t.Fatal(err)
			}
			wantSound(t, folder)
			tamper(t, folder, c.do)
			wantTrouble(t, folder, c.at, c.say)
		})
	}
	if err := os.WriteFile(folder.Review(), review, 0o600); err != nil {
		t.Fatal(err)
	}
	archived, err := filepath.Glob(filepath.Join(folder.Archive(), "*", "*"))
	if err != nil || len(archived) < 2 {
		t.Fatal(archived, err)
	}
	t.Run("source changed", func(t *testing.T) {
		body, err := os.ReadFile(archived[0])
		if err != nil {
			t.Fatal(err)
		}
		defer os.WriteFile(archived[0], body, 0o600)
		if err := os.WriteFile(archived[0], append(body, ' '), 0o600); err != nil {
			t.Fatal(err)
		}
		wantTrouble(t, folder, "档案", "内容与校验值不符")
	})
	t.Run("source gone", func(t *testing.T) {
		if err := os.Rename(archived[1], filepath.Join(t.TempDir(), "x")); err != nil {
			t.Fatal(err)
		}
		wantTrouble(t, folder, "档案", "缺少原件")
	})
	t.Run("run record damaged", func(t *testing.T) {
		records, _ := filepath.Glob(filepath.Join(folder.Runs(), "*.json"))
		if err := os.WriteFile(records[0], []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantTrouble(t, folder, "运行记录", "无法读取")
	})
}

// Beside a running workbench a backup is one moment of people's work: all
// decisions up to it and none after, while they go on deciding.
func TestBackupWhilePeopleWork(t *testing.T) {
	folder := worked(t)
	store := open(t, folder)
	defer store.Close()
	control, err := OpenControl(store, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	a, err := store.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	wrote := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if _, err := store.AddNote(context.WithoutCancel(ctx), a[0].ID, 1, fmt.Sprintf("第 %d 条意见", n)); err != nil {
				t.Error(err)
				break
			}
		}
		wrote <- n
	}()
	var last Backup
	for range 3 {
		last = backupOf(t, folder, BackupOptions{})
	}
	wantSound(t, folder) // by a snapshot of the running workbench
	stop()
	if n := <-wrote; n == 0 {
		t.Error("nobody worked")
	}
	again := queries.Folder(filepath.Join(t.TempDir(), "again"))
	m, err := Restore(t.Context(), last.Out, again, Keys{})
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, again)
	if m.AuditSeq == 0 || m.Decision == 0 {
		t.Errorf("manifest: %+v", m)
	}
	left, _ := filepath.Glob(filepath.Join(string(folder), "review", ".snapshot-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The command line changes accounts, whether the workbench runs or not, and
// every change stands in the audit log.
func TestUserWithAndWithoutWorkbench(t *testing.T) {
	for _, running := range []bool{false, true} {
		t.Run(fmt.Sprintf("running %v", running), func(t *testing.T) {
			// Long enough that a socket's address does not hold it.
			folder := queries.Folder(filepath.Join(t.TempDir(), strings.Repeat("长", 30), "data"))
			if err := folder.Make(); err != nil {
				t.Fatal(err)
			}
			if running {
				store := open(t, folder)
				defer store.Close()
				control, err := OpenControl(store, "test", nil)
				if err != nil {
					t.Fatal(err)
				}
				defer control.Close()
				info, err := os.Stat(filepath.Join(string(folder), "review", "control.sock"))
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("control.sock: %v %v", info, err)
				}
				if w, ok, err := Running(t.Context(), folder); !ok || err != nil || w.Version != "test" || w.PID != os.Getpid() {
					t.Errorf("Running: %+v %v %v", w, ok, err)
				}
			}
			do := func(req UserRequest) (UserAnswer, error) { return User(t.Context(), folder, req) }
			a, err := do(UserRequest{Verb: "add", Login: "admin", Name: "管理员", Role: queries.Administrator, Department: feedback.OtherDept})
			if err != nil || len(a.Password) != 19 {
				t.Fatalf("add: %+v %v", a, err)
			}
			if _, err := do(UserRequest{Verb: "add", Login: "yan", Name: "研判", Role: queries.Analyst, Department: feedback.Court, Password: goodPassword}); err != nil {
				t.Error(err)
			}
			var refusal *queries.Refusal
			if _, err := do(UserRequest{Verb: "add", Login: "yan", Name: "又一个", Role: queries.Analyst, Department: feedback.Court, Password: goodPassword}); !errors.As(err, &refusal) {
				t.Errorf("the same login twice: %v", err)
			}
			if _, err := do(UserRequest{Verb: "disable", Login: "admin"}); !errors.As(err, &refusal) {
				t.Errorf("the last administrator disabled: %v", err)
			}
			if _, err := do(UserRequest{Verb: "disable", Login: "nobody"}); !errors.As(err, &refusal) || refusal.Kind != queries.NotFound {
				t.Errorf("nobody disabled: %v", err)
			}
			for _, verb := range []string{"disable", "enable", "unlock"} {
				if _, err := do(UserRequest{Verb: verb, Login: "yan"}); err != nil {
					t.Errorf("%s: %v", verb, err)
				}
			}
			if a, err := do(UserRequest{Verb: "reset", Login: "yan"}); err != nil || a.Password == "" {
				t.Errorf("reset: %v", err)
			}
			list, err := do(UserRequest{Verb: "list"})
			if err != nil || len(list.Accounts) != 2 || !list.Accounts[1].MustChange || list.Accounts[1].Hash != "" {
				t.Errorf("list: %+v %v", list.Accounts, err)
			}
			wantSound(t, folder)
		})
	}
}

// A socket left by a killed workbench is replaced, and counts as no workbench.
func TestControlSocketOfAKilledWorkbench(t *testing.T) {
	folder := worked(t)
	path := filepath.Join(string(folder), "review", "control.sock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := Running(t.Context(), folder); ok || err != nil {
		t.Errorf("a dead socket counts as running: %v %v", ok, err)
	}
	if _, err := User(t.Context(), folder, UserRequest{Verb: "list"}); err != nil {
		t.Error(err)
	}
	store := open(t, folder)
	defer store.Close()
	control, err := OpenControl(store, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := control.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket stays after a stop: %v", err)
	}
}

func TestDoctorSaysWhatToDo(t *testing.T) {
	folder := worked(t)
	now := time.Now
	look := func(o DoctorOptions) Findings {
		t.Helper()
		o.Version, o.Now = "test", now
		f, err := Doctor(t.Context(), folder, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range f {
			if one.Level != Good && one.Do == "" {
				t.Errorf("%s: %s: and what to do?", one.Name, one.Say)
			}
		}
		return f
	}
	has := func(f Findings, level Level, name, say string) {
		t.Helper()
		if !slices.ContainsFunc(f, func(one Finding) bool {
			return one.Level == level && one.Name == name && strings.Contains(one.Say, say)
		}) {
			t.Errorf("no %s %s %q in %+v", level, name, say, f)
		}
	}
	f := look(DoctorOptions{})
	has(f, Good, "归并结果", "条目")
	has(f, Good, "夜间归并", "最近一次")
	has(f, Notice, "备份", "从未备份")
	has(f, Notice, "工作台", "没有运行")

	backupOf(t, folder, BackupOptions{})
	has(look(DoctorOptions{}), Notice, "备份", "未加密")
	now = func() time.Time { return time.Now().AddDate(0, 0, 9) }
	f = look(DoctorOptions{})
	has(f, Notice, "夜间归并", "已超过一天")
	has(f, Notice, "备份", "已超过七天")
	now = func() time.Time { return time.Now().AddDate(0, 0, -9) }
	has(look(DoctorOptions{}), Trouble, "时钟", "早于最近一次运行")
	now = time.Now

	if err := os.Chmod(folder.Secret(), 0o644); err != nil {
		t.Fatal(err)
	}
	has(look(DoctorOptions{}), Trouble, "文件夹权限", "secret.key")
	if err := os.WriteFile(folder.Settings(), []byte("strictnes = \"loose\"\n[backup]\nencrypt-to = []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	has(look(DoctorOptions{Settings: []string{"strictness", "backup", "encrypt-to"}}), Notice, "设置", "strictnes")
	if err := os.WriteFile(folder.Settings(), []byte("= nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	has(look(DoctorOptions{}), Trouble, "设置", "toml")
	if err := os.WriteFile(filepath.Join(folder.Quarantine(), "密件.docx"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	has(look(DoctorOptions{}), Notice, "隔离文件", "密件.docx")
	failed := pipeline.Record{RunID: "20991231-000000", Outcome: "失败", Error: "磁盘空间不足", StartedAt: time.Now()}
	body, err := json.Marshal(failed)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder.Runs(), failed.RunID+".json"), body, 0o600); err != nil {
		t.Fatal(err)
	}
	has(look(DoctorOptions{}), Trouble, "夜间归并", "磁盘空间不足")
	tamper(t, folder, "INSERT INTO schema_version (version, is_applied) VALUES (999, true)")
	has(look(DoctorOptions{}), Trouble, "研判数据", "999")
	wantTrouble(t, folder, "研判数据", "999")
}

// Prometheus reads every line, and the figures are those of the folder.
func TestMonitor(t *testing.T) {
	folder := worked(t)
	store := open(t, folder)
	defer store.Close()
	m := NewMonitor(store, `te"st\`)
	counted := m.Count(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
		}
	}))
	for _, path := range []string{"/", "/", "/missing"} {
		counted.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	if w := get("/healthz"); w.Code != http.StatusOK {
		t.Errorf("/healthz: %d", w.Code)
	}
	if w := get("/readyz"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"ready":true`) {
		t.Errorf("/readyz: %d %s", w.Code, w.Body)
	}
	w := get("/metrics")
	body := w.Body.String()
	line := regexp.MustCompile(`^[a-z_]+(\{([a-z]+="(\\.|[^"\\])*",?)+\})? (\+Inf|[-+0-9.e]+)$`)
	named := map[string]bool{}
	for l := range strings.Lines(strings.TrimSpace(body)) {
		l = strings.TrimRight(l, "\n")
		if f := strings.Fields(l); strings.HasPrefix(l, "# TYPE") {
			if named[f[2]] {
				t.Errorf("%s is announced twice", f[2])
			}
			named[f[2]] = true
		} else if !strings.HasPrefix(l, "#") && !line.MatchString(l) {
			t.Errorf("not a line of Prometheus's: %s", l)
		}
	}
	for _, want := range []string{
		"tongtang_stores_up 1\n", "tongtang_night_last_success 1\n", `tongtang_nights_recorded{outcome="published"} 2` + "\n",
		`tongtang_http_requests_total{method="GET",status="2xx"} 2` + "\n", `tongtang_http_requests_total{method="GET",status="4xx"} 1` + "\n",
		`tongtang_http_request_duration_seconds_count{method="GET",status="2xx"} 2` + "\n", `version="te\"st\\"`, `stage="归并"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	// A corpus that cannot be opened is not ready, and says why.
	if err := os.WriteFile(filepath.Join(string(folder), "corpus", "CURRENT"), []byte("corpus-20990101-000000.duckdb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = store.Refresh(t.Context())
	if w := get("/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "20990101") {
		t.Errorf("/readyz with a missing corpus: %d %s", w.Code, w.Body)
	}
}

// A night killed after publishing and before writing its record: the next night
// writes it from the corpus, and a rebuild has every night.
func TestRecordOfAKilledNightIsMended(t *testing.T) {
	folder := worked(t)
	runID, path, err := folder.Current()
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := groupsOf(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder.Runs(), runID+".json")); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Run(t.Context(), folder, pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	runs, _, err := Runs(folder)
	if err != nil || len(runs) != 3 || runs[1].RunID != runID || len(runs[1].Inputs) == 0 {
		t.Fatalf("%d records, %v", len(runs), err)
	}
	r, err := Rebuild(t.Context(), folder, RebuildOptions{})
	if err != nil || r.SameKeys != r.Groups {
		t.Errorf("rebuild: %+v %v", r, err)
	}
	got, _, err := groupsOf(t.Context(), folder.Corpus(r.RunID))
	if err != nil || len(got) != len(want) {
		t.Errorf("%d groups, want %d, %v", len(got), len(want), err)
	}
}

// A damaged review file is told of by doctor and verify, and mended by the next
// start, or by hand; nothing acknowledged is missing.
func TestStandbyTakesADamagedReviewsPlace(t *testing.T) {
	folder := worked(t)
	if err := open(t, folder).Close(); err != nil {
		t.Fatal(err)
	}
	wantSound(t, folder)
	if err := os.WriteFile(folder.Review(), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantTrouble(t, folder, "研判数据", "已损坏")
	store := open(t, folder)
	if _, err := store.Authenticate(t.Context(), "yanpan", goodPassword, "test"); err != nil || store.Recovery() == "" {
		t.Errorf("%v, said %q", err, store.Recovery())
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(folder.Review()); err != nil {
		t.Fatal(err)
	}
	wantTrouble(t, folder, "研判数据", "备用副本")
	if aside, err := RestoreStandby(t.Context(), folder); err != nil || aside == "" {
		t.Errorf("%q %v", aside, err)
	}
	for _, left := range folder.DamagedReviews() {
		if err := os.RemoveAll(left); err != nil {
			t.Fatal(err)
		}
	}
	wantSound(t, folder)
}

// Lines cut off the end of the audit log leave a whole chain; the standby knows
// how long it was.
func TestAuditLogCutShortIsSeenByTheStandby(t *testing.T) {
	folder := worked(t)
	if err := open(t, folder).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Run(t.Context(), folder, pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	wantTrouble(t, folder, "操作日志", "备用副本")
	// With that out of the way too, the record of a night tells.
	if err := errors.Join(os.RemoveAll(folder.Standby()), os.Remove(lastBackupPath(folder))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	wantTrouble(t, folder, "操作日志", "夜间归并 ")
}
