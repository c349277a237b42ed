package operations

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"tongtang/queries"
)

// BackupOptions says where a backup goes and what is in it.
type BackupOptions struct {
	Out        string   // must not exist
	Recipients []string // age public keys (age1...), any of which opens it
	Passphrase string   // or one passphrase; with neither the backup is plain
	NoSources  bool     // leave out archive, inbox and quarantine: only their hashes are kept
	NoCorpus   bool     // leave out the published corpus: rebuild makes it again
	Version    string   // of tongtang
	Now        func() time.Time
}

// Manifest is the last entry of a backup, MANIFEST.json: what must be in it.
type Manifest struct {
	Format   string         `json:"format"` // always backupFormat
	MadeAt   time.Time      `json:"made_at"`
	Version  string         `json:"version"`
	Schema   int64          `json:"schema"`    // of the review file
	RunID    string         `json:"run_id"`    // published when the backup was made, "" before the first night
	Decision int64          `json:"decision"`  // last decision in the review
	AuditSeq int64          `json:"audit_seq"` // last line of the audit log
	AuditSum string         `json:"audit_hash"`
	Files    []ManifestFile `json:"files"`
	Archive  []ManifestFile `json:"archive"` // every archived source, also when left out of the backup
}

// ManifestFile is one file of the data folder.
type ManifestFile struct {
	Path   string `json:"path"` // below the data folder, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Backup is what a backup came to.
type Backup struct {
	Manifest  Manifest
	Out       string
	Bytes     int64
	SHA256    string // of the file as written
	Encrypted bool
	Warnings  []string
}

const (
	backupFormat = "tongtang-backup-1"
	manifestName = "MANIFEST.json"
)

// LastBackup is kept in the data folder, for doctor and the monitor.
type LastBackup struct {
	MadeAt    time.Time `json:"made_at"`
	Out       string    `json:"out"`
	Bytes     int64     `json:"bytes"`
	SHA256    string    `json:"sha256"`
	Encrypted bool      `json:"encrypted"`
	AuditSeq  int64     `json:"audit_seq"`
	AuditSum  string    `json:"audit_hash"`
}

func lastBackupPath(folder queries.Folder) string {
	return filepath.Join(filepath.Dir(folder.Review()), "last-backup.json")
}

// readLastBackup tells of the last backup; ok is false when none is known.
func readLastBackup(folder queries.Folder) (b LastBackup, ok bool) {
	body, err := os.ReadFile(lastBackupPath(folder))
	return b, err == nil && json.Unmarshal(body, &b) == nil
}

// MakeBackup writes one consistent archive of the data folder while people work
// and nights run. It is a gzipped tar (inside age, if encrypted) whose entries
// are the data folder's own paths, so it can be unpacked without this program.
//
// Consistent means: the review is one snapshot; the published corpus is one
// file that never changes; every archived source the corpus rests on is there;
// and a file of the inbox that this corpus does not know yet is there too, so
// that the first night after a restore takes it in.
func MakeBackup(ctx context.Context, folder queries.Folder, opts BackupOptions) (b Backup, err error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if _, err := os.Stat(folder.Review()); err != nil {
		return b, fmt.Errorf("%s 中没有研判数据（review/review.duckdb），不是数据文件夹或尚未启用工作台: %w", folder, err)
	}
	if _, err := os.Lstat(opts.Out); err == nil {
		return b, fmt.Errorf("%s 已存在，未作备份：请换一个文件名（备份从不覆盖已有文件）", opts.Out)
	}
	recipients, err := recipients(opts)
	if err != nil {
		return b, err
	}
	snapshot, remove, err := snapshotReview(ctx, folder, filepath.Dir(opts.Out))
	if err != nil {
		return b, err
	}
	defer remove()

	tmp, err := os.CreateTemp(filepath.Dir(opts.Out), ".backup-*.part")
	if err != nil {
		return b, fmt.Errorf("creating backup: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	whole := sha256.New()
	w := &backupWriter{folder: folder, manifest: Manifest{Format: backupFormat, MadeAt: opts.Now().UTC(), Version: opts.Version}, taken: map[string]bool{}}
	if err := w.write(ctx, io.MultiWriter(tmp, whole), recipients, snapshot, opts); err != nil {
		return b, err
	}
	if err := tmp.Sync(); err != nil {
		return b, err
	}
	info, err := tmp.Stat()
	if err != nil {
		return b, err
	}
	if err := nameOnce(tmp.Name(), opts.Out); err != nil {
		return b, fmt.Errorf("naming the backup: %w", err)
	}
	if err := queries.SyncDir(filepath.Dir(opts.Out)); err != nil {
		return b, err
	}
	b = Backup{
		Manifest: w.manifest, Out: opts.Out, Bytes: info.Size(), SHA256: hex.EncodeToString(whole.Sum(nil)),
		Encrypted: len(recipients) > 0, Warnings: w.warnings,
	}
	last := LastBackup{b.Manifest.MadeAt, opts.Out, b.Bytes, b.SHA256, b.Encrypted, b.Manifest.AuditSeq, b.Manifest.AuditSum}
	if out, err := filepath.Abs(opts.Out); err == nil {
		last.Out = out
	}
	body, err := json.MarshalIndent(last, "", "  ")
	if err != nil {
		return b, err
	}
	if err := queries.WriteFile(lastBackupPath(folder), append(body, '\n'), 0o600); err != nil {
		b.Warnings = append(b.Warnings, fmt.Sprintf("备份已完成，但未能在数据文件夹记下本次备份: %v", err))
	}
	return b, nil
}

// nameOnce gives a finished file its name without taking another file's place.
func nameOnce(tmp, path string) error {
	err := os.Link(tmp, path)
	if errors.Is(err, fs.ErrExist) || err == nil {
		return err
	}
	// A memory stick's file system has no links.
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(tmp, path)
}

// recipients turns the options into age's; none means a plain backup.
func recipients(opts BackupOptions) ([]age.Recipient, error) {
	if len(opts.Recipients) > 0 && opts.Passphrase != "" {
		return nil, errors.New("接收人公钥与口令只能选一种")
	}
	if opts.Passphrase != "" {
		r, err := age.NewScryptRecipient(opts.Passphrase)
		if err != nil {
			return nil, fmt.Errorf("加密口令无效: %w", err)
		}
		return []age.Recipient{r}, nil
	}
	var out []age.Recipient
	for _, key := range opts.Recipients {
		r, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil {
			return nil, fmt.Errorf("接收人公钥 %q 无效（应形如 age1…，由 age-keygen 生成）: %w", key, err)
		}
		out = append(out, r...)
	}
	return out, nil
}

// backupWriter writes entries and keeps the manifest.
type backupWriter struct {
	folder   queries.Folder
	tar      *tar.Writer
	manifest Manifest
	taken    map[string]bool
	warnings []string
}

func (w *backupWriter) warn(say string, args ...any) {
	w.warnings = append(w.warnings, fmt.Sprintf(say, args...))
}

func (w *backupWriter) write(ctx context.Context, out io.Writer, to []age.Recipient, snapshot string, opts BackupOptions) error {
	closers := []io.Closer{}
	if len(to) > 0 {
		sealed, err := age.Encrypt(out, to...)
		if err != nil {
			return fmt.Errorf("encrypting the backup: %w", err)
		}
		closers, out = append(closers, sealed), sealed
	}
	zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	w.tar = tar.NewWriter(zip)
	closers = append(closers, zip, w.tar)

	if err := w.review(ctx, snapshot); err != nil {
		return err
	}
	if err := w.rooms(ctx, opts); err != nil {
		return err
	}
	w.manifest.Files = slices.Clip(w.manifest.Files)
	body, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return err
	}
	if err := w.entry(manifestName, int64(len(body)), 0o600, bytesReader(body), nil); err != nil {
		return err
	}
	for _, c := range slices.Backward(closers) {
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

// review puts in the snapshot, and the decisions as published from this very
// snapshot.
func (w *backupWriter) review(ctx context.Context, snapshot string) error {
	r, err := queries.OpenReview(ctx, snapshot)
	if err != nil {
		return err
	}
	defer r.Close()
	m := &w.manifest
	if m.Schema, err = r.Schema(ctx); err != nil {
		return fmt.Errorf("reading the review's schema: %w", err)
	}
	decisions, err := r.Decisions(ctx)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		m.Decision = max(m.Decision, d.Seq)
	}
	if m.AuditSeq, m.AuditSum, err = r.AuditHead(ctx); err != nil {
		return err
	}
	problems, _, err := r.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	for _, p := range problems {
		w.warn("操作日志: %s", p)
	}
	published := snapshot + ".decisions"
	defer os.Remove(published)
	if err := r.PublishDecisions(ctx, published); err != nil {
		return err
	}
	return errors.Join(
		w.file(ctx, snapshot, "review/review.duckdb"),
		w.file(ctx, published, "review/decisions.parquet"))
}

// rooms puts in everything else, in the order MakeBackup's promise needs: first
// the corpus is chosen, then what it rests on and what it does not know.
func (w *backupWriter) rooms(ctx context.Context, opts BackupOptions) error {
	known, err := w.corpus(ctx, opts.NoCorpus)
	if err != nil {
		return err
	}
	f := w.folder
	for _, one := range []string{f.Settings(), f.Secret(), f.Trainings()} {
		if err := w.file(ctx, one, ""); err != nil {
			return err
		}
	}
	for _, dir := range []string{f.Lexicon(), f.Templates(), f.Reports()} {
		if err := w.tree(ctx, dir, nil); err != nil {
			return err
		}
	}
	if err := w.sources(ctx, known, opts.NoSources); err != nil {
		return err
	}
	return w.tree(ctx, f.Runs(), func(name, _ string) (bool, error) { return strings.HasSuffix(name, ".json"), nil })
}

// corpus puts in the published corpus and returns the hashes of the files it
// knows.
func (w *backupWriter) corpus(ctx context.Context, leaveOut bool) (known map[string]bool, err error) {
	known = map[string]bool{}
	runID, file, err := w.folder.Current()
	if errors.Is(err, queries.ErrNoCorpus) {
		return known, nil
	}
	if err != nil {
		w.warn("%v；备份中没有归并结果，恢复后请运行 tongtang rebuild", err)
		return known, nil
	}
	c, err := queries.OpenCorpus(ctx, file)
	if err != nil {
		w.warn("归并结果 %s 无法打开，未放入备份（%v）：恢复后请运行 tongtang rebuild", file, err)
		return known, nil
	}
	defer c.Close()
	sources, err := c.Sources(ctx)
	if err != nil {
		w.warn("归并结果 %s 无法读取，未放入备份（%v）：恢复后请运行 tongtang rebuild", file, err)
		return known, nil
	}
	for _, s := range sources {
		if s.Outcome != "隔离" {
			known[s.SHA256] = true
		}
	}
	w.manifest.RunID = runID
	if leaveOut {
		return known, nil
	}
	if err := w.file(ctx, file, ""); err != nil {
		return known, err
	}
	name := []byte(filepath.Base(file) + "\n")
	return known, w.entry("corpus/CURRENT", int64(len(name)), 0o600, bytesReader(name), &w.manifest.Files)
}

// sources puts in the archive, what of the inbox the corpus does not know, and
// the quarantine.
func (w *backupWriter) sources(ctx context.Context, known map[string]bool, leaveOut bool) error {
	err := w.tree(ctx, w.folder.Archive(), func(name, full string) (bool, error) {
		if strings.HasPrefix(name, ".") {
			return false, nil
		}
		f, err := digestOf(full)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		f.Path = w.below(full)
		w.manifest.Archive = append(w.manifest.Archive, f)
		if !strings.HasPrefix(name, f.SHA256) {
			w.warn("档案原件 %s 的内容与其校验值不符，已照原样放入备份：请从更早的备份恢复该文件", f.Path)
		}
		return !leaveOut, nil
	})
	if err != nil || leaveOut {
		return err
	}
	err = w.tree(ctx, w.folder.Inbox(), func(_, full string) (bool, error) {
		f, err := digestOf(full)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return !known[f.SHA256], err
	})
	if err != nil {
		return err
	}
	return w.tree(ctx, w.folder.Quarantine(), nil)
}

// tree puts in every regular file below dir that want wants, in name order.
// Files that vanish meanwhile are left out: a night may move them.
func (w *backupWriter) tree(ctx context.Context, dir string, want func(name, full string) (bool, error)) error {
	return filepath.WalkDir(dir, func(full string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return ctx.Err()
		}
		if want != nil {
			yes, err := want(d.Name(), full)
			if err != nil || !yes {
				return err
			}
		}
		return w.file(ctx, full, "")
	})
}

// below is a path of the data folder as the backup names it.
func (w *backupWriter) below(full string) string {
	rel, err := filepath.Rel(string(w.folder), full)
	if err != nil {
		return filepath.Base(full)
	}
	return filepath.ToSlash(rel)
}

// file puts in one file under name, or under its own path below the folder. A
// file that is not there is no error.
func (w *backupWriter) file(ctx context.Context, full, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := os.Open(full)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.entry(cmp.Or(name, w.below(full)), info.Size(), info.Mode().Perm(), f, &w.manifest.Files)
}

// entry writes one entry and notes it in list.
func (w *backupWriter) entry(name string, bytes int64, mode fs.FileMode, body io.Reader, list *[]ManifestFile) error {
	if w.taken[name] {
		return nil
	}
	w.taken[name] = true
	head := &tar.Header{Name: name, Size: bytes, Mode: int64(mode), ModTime: w.manifest.MadeAt, Typeflag: tar.TypeReg, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(head); err != nil {
		return fmt.Errorf("backing up %s: %w", name, err)
	}
	sum := sha256.New()
	// Exactly as many bytes as announced: a file that grows meanwhile is taken as it was.
	if _, err := io.CopyN(io.MultiWriter(w.tar, sum), body, bytes); err != nil {
		return fmt.Errorf("backing up %s: %w", name, err)
	}
	if list != nil {
		*list = append(*list, ManifestFile{Path: path.Clean(name), Bytes: bytes, SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	return nil
}

func bytesReader(body []byte) io.Reader { return strings.NewReader(string(body)) }

// digestOf hashes the file at path; its Path is left empty.
func digestOf(path string) (ManifestFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return ManifestFile{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return ManifestFile{Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}
