package queries

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// The standby is a second review file that is never behind an acknowledged
// write. It stands in review/standby as
//
//	base-N.duckdb   the review file as it was when DuckDB last folded its
//	                write-ahead log into it
//	journal-N       a line of JSON that names base-N and its SHA-256, then every
//	                byte DuckDB has added to the log since, one record a commit:
//	                length, SHA-256 of the record before and these bytes, bytes
//
// Each write appends its record and makes it last before anybody is told that
// the write is done. DuckDB folds the log only when told (checkpoint_threshold),
// so base and journal are at any moment the review file bit by bit; folding
// makes the next N, and N counts once journal-N has its name. review/standby may
// be a symbolic link to a folder on another disk.

// foldAt is the size of the log at which it is folded into the review file.
const foldAt = 8 << 20

// journalLimit bounds what is read of a journal: folding may have to wait, but
// not for that long.
const journalLimit = 1 << 30

// errFolded says that the log is shorter than what is in the journal.
var errFolded = errors.New("the write-ahead log was folded by somebody else")

// standby is the writing side. It belongs to the store's one writer.
type standby struct {
	dir     string
	file    *os.File // the review file; see hold
	journal *os.File // nil before the first fold
	gen     int
	chain   [sha256.Size]byte // of the last record
	logged  int64             // bytes of the log that are in the journal
	behind  error             // why the journal does not hold the last write
	late    atomic.Bool       // behind != nil, for those who do not hold the lock
}

// fallBehind notes why the journal does not hold the last write; nil when it
// does again.
func (b *standby) fallBehind(err error) {
	b.behind = err
	b.late.Store(err != nil)
}

// journalHead is a journal's first line.
type journalHead struct {
	Format     int    `json:"format"`
	Generation int    `json:"generation"`
	Base       string `json:"base_sha256"`
	Bytes      int64  `json:"base_bytes"`
}

// kept is the reading side: a standby whose sums are right.
type kept struct {
	head  journalHead
	base  string // path of the base file
	log   []byte
	chain [sha256.Size]byte
}

// lockReview makes sure that one process works on the review file. DuckDB's own
// lock comes too late: the file is compared with its standby before it is
// opened, which would go wrong beside a running workbench.
func lockReview(review string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(filepath.Dir(review), ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the review's lock: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = openError(review, errors.New("could not set lock on file"))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// standbyNames are the generations whose journal has its name, newest first.
func standbyNames(dir string) []int {
	names, _ := filepath.Glob(filepath.Join(dir, "journal-*"))
	var gens []int
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), "journal-%d", &n); err == nil {
			gens = append(gens, n)
		}
	}
	slices.SortFunc(gens, func(a, b int) int { return cmp.Compare(b, a) })
	return gens
}

func baseName(dir string, gen int) string {
	return filepath.Join(dir, fmt.Sprintf("base-%d.duckdb", gen))
}

func journalName(dir string, gen int) string {
	return filepath.Join(dir, fmt.Sprintf("journal-%d", gen))
}

// readStandby reads and checks the newest standby in dir. It is nil when there
// is none; an error when there is one and it is damaged.
func readStandby(dir string) (*kept, error) {
	gens := standbyNames(dir)
	if len(gens) == 0 {
		return nil, nil
	}
	k := &kept{base: baseName(dir, gens[0])}
	f, err := os.Open(journalName(dir, gens[0]))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, journalLimit))
	if err != nil {
		return nil, err
	}
	line, rest, ok := bytes.Cut(body, []byte("\n"))
	if err := json.Unmarshal(line, &k.head); !ok || err != nil || k.head.Format != 1 || k.head.Generation != gens[0] {
		return nil, fmt.Errorf("%s 的首行无效", f.Name())
	}
	k.chain = sha256.Sum256(line)
	for n := 1; len(rest) >= 4+sha256.Size; n++ {
		size := int64(binary.BigEndian.Uint32(rest))
		if size > int64(len(rest)-4-sha256.Size) {
			break // a write that was never acknowledged
		}
		record := rest[4+sha256.Size : 4+sha256.Size+size]
		sum := link(k.chain, record)
		after := rest[4+sha256.Size+size:]
		if !bytes.Equal(sum[:], rest[4:4+sha256.Size]) {
			if len(after) == 0 {
				break // the same
			}
			return nil, fmt.Errorf("%s 的第 %d 条与校验值不符", f.Name(), n)
		}
		k.log = append(k.log, record...)
		k.chain = sum
		rest = after
	}
	sum, err := sumOf(k.base)
	if err != nil {
		return nil, err
	}
	if sum != k.head.Base {
		return nil, fmt.Errorf("%s 与校验值不符", k.base)
	}
	return k, nil
}

func link(before [sha256.Size]byte, record []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(before[:])
	h.Write(record)
	return [sha256.Size]byte(h.Sum(nil))
}

// sumOf is a file's SHA-256.
func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// lay writes the review file that the standby stands for to path.
func (k *kept) lay(path string) error {
	in, err := os.Open(k.base)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, h), in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copying the standby: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != k.head.Base {
		return fmt.Errorf("%s 与校验值不符", k.base)
	}
	if len(k.log) == 0 {
		return nil
	}
	return WriteFile(path+".wal", k.log, 0o600)
}

// harm says what is wrong with a review file.
type harm struct {
	what string // a Chinese clause
	sure bool   // the standby may take its place unasked
	same bool   // it says the same, in other bytes
}

// inspect compares the review file with its standby before anybody opens it;
// nil means that nothing acknowledged is missing from it. Bit by bit is the
// rule. A process killed while it folded the log leaves another file with the
// same contents, so what differs is read from end to end; its indexes are not
// read by that, so the standby, whose sums are right, takes its place all the
// same.
func (k *kept) inspect(ctx context.Context, review string) (*harm, error) {
	sum, err := sumOf(review)
	if errors.Is(err, fs.ErrNotExist) {
		return &harm{what: "不见了", sure: true}, nil
	}
	if err != nil {
		return nil, err
	}
	log, err := os.ReadFile(review + ".wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if sum == k.head.Base {
		if bytes.HasPrefix(log, k.log) {
			return nil, nil
		}
		return &harm{what: "的预写日志（review.duckdb.wal）缺失、不全或被改动", sure: true}, nil
	}
	mine, err := readReview(ctx, review)
	if err != nil {
		if !errors.Is(err, Explain(err)) || ctx.Err() != nil {
			return nil, err // the disk's fault, not the file's
		}
		return &harm{what: "已损坏，无法读取", sure: true}, nil
	}
	scratch, err := os.MkdirTemp(filepath.Dir(review), ".comparing-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	path := filepath.Join(scratch, "review.duckdb")
	if err := k.lay(path); err != nil {
		return nil, err
	}
	theirs, err := readReview(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("reading the standby: %w", err)
	}
	if slices.Equal(mine.contents, theirs.contents) {
		return &harm{sure: true, same: true}, nil
	}
	if mine.follows(ctx, review, theirs) {
		return nil, nil
	}
	return &harm{what: fmt.Sprintf("不含备用副本里的全部内容（操作日志 %d 条，副本 %d 条），可能来自旧备份", mine.seq, theirs.seq)}, nil
}

// reading is what a review file says from end to end.
type reading struct {
	contents []Contents
	seq      int64 // last line of the audit log
	hash     string
}

func readReview(ctx context.Context, path string) (reading, error) {
	var out reading
	r, err := OpenReview(ctx, path)
	if err != nil {
		return out, err
	}
	defer r.Close()
	if out.contents, err = r.Contents(ctx); err != nil {
		return out, err
	}
	out.seq, out.hash, err = r.AuditHead(ctx)
	return out, err
}

// follows says whether the review file at path is what b became: its audit log
// is whole and goes on from where b's ends. A tongtang without a standby may
// have worked on it.
func (r reading) follows(ctx context.Context, path string, b reading) bool {
	if r.seq < b.seq {
		return false
	}
	file, err := OpenReview(ctx, path)
	if err != nil {
		return false
	}
	defer file.Close()
	if problems, _, err := file.VerifyAudit(ctx); err != nil || len(problems) > 0 {
		return false
	}
	if b.seq == 0 {
		return r.seq > 0
	}
	hash, err := file.AuditHash(ctx, b.seq)
	return err == nil && hash == b.hash
}

// takePlace puts the standby in the review file's place; the damaged file is
// kept in a folder beside it, whose name is the answer.
func (k *kept) takePlace(ctx context.Context, review string, now time.Time) (aside string, err error) {
	dir := filepath.Dir(review)
	scratch := filepath.Join(dir, ".recovering")
	if err := os.RemoveAll(scratch); err != nil {
		return "", err
	}
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	fresh := filepath.Join(scratch, "review.duckdb")
	if err := k.lay(fresh); err != nil {
		return "", err
	}
	if _, err := readReview(ctx, fresh); err != nil {
		return "", fmt.Errorf("reading the standby: %w", err)
	}
	aside = filepath.Join(dir, "damaged-"+now.UTC().Format("20060102-150405.000"))
	if err := os.Mkdir(aside, 0o700); err != nil {
		return "", err
	}
	// The log first: a review file without a log beside it would pass for whole.
	for _, move := range [][2]string{
		{review, filepath.Join(aside, "review.duckdb")},
		{review + ".wal", filepath.Join(aside, "review.duckdb.wal")},
		{fresh + ".wal", review + ".wal"},
		{fresh, review},
	} {
		if err := os.Rename(move[0], move[1]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, errors.Join(SyncDir(aside), SyncDir(dir))
}

// mend compares the review file with its standby and puts the standby in its
// place if it is damaged. said is the sentence about it, "" when all is well.
// The caller holds the review's lock, and nobody has the file open.
func (f Folder) mend(ctx context.Context, now time.Time) (said string, k *kept, err error) {
	review := f.Review()
	k, damaged := readStandby(f.Standby())
	if damaged != nil {
		// One of the two must be whole.
		if _, err := readReview(ctx, review); err != nil {
			return "", nil, refusef(Invalid,
				"研判数据文件 %s 和它的备用副本都不能用，未作任何改动（%v；%v）：请用 tongtang restore 从最近的备份恢复。",
				"Neither the review file %s nor its standby can be used; nothing was changed (%v; %v). Restore the latest backup with tongtang restore.",
				review, err, damaged)
		}
		return "备用副本已损坏（" + damaged.Error() + "），研判数据完好，已重新留副本。", nil, nil
	}
	if k == nil {
		return "", nil, readBeforeCopy(ctx, review)
	}
	h, err := k.inspect(ctx, review)
	if h == nil || err != nil {
		return "", k, err
	}
	if !h.sure {
		return "", nil, refusef(Invalid,
			"研判数据文件 %s %s，未作任何改动。要以备用副本为准，运行 tongtang restore --standby；确要用现在的文件，先把 review/standby 文件夹改名留存，再打开工作台。",
			"The review file %s does not hold all that its standby holds (%s); nothing was changed. Run tongtang restore --standby to go on from the standby, or rename review/standby to go on from the file.",
			review, h.what)
	}
	aside, err := k.takePlace(ctx, review, now)
	if err != nil {
		return "", nil, refusef(Invalid,
			"研判数据文件 %s %s，备用副本未能替换它（%v）：请处理后再打开工作台，或用 tongtang restore 从最近的备份恢复。",
			"The review file %s is damaged (%s) and its standby could not take its place (%v). See to that and start again, or restore the latest backup.",
			review, h.what, err)
	}
	if h.same {
		return "", k, os.RemoveAll(aside)
	}
	said = fmt.Sprintf("研判数据文件%s，已由备用副本恢复，已确认的操作没有丢失；原文件留在 review/%s，查明原因后可以删除。", h.what, filepath.Base(aside))
	return said, k, nil
}

// readBeforeCopy reads a review file that has no standby yet from end to end: a
// copy of a damaged file would be worth nothing.
func readBeforeCopy(ctx context.Context, review string) error {
	if err := guardEmpty(review); err != nil {
		return err
	}
	_, err := readReview(ctx, review)
	var refusal *Refusal
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.As(err, &refusal) && refusal.Kind == Busy, !errors.Is(err, Explain(err)), ctx.Err() != nil:
		return err
	}
	return refusef(Invalid,
		"研判数据文件 %s 已损坏，也没有备用副本，未作任何改动（%v）：请用 tongtang restore 从最近的备份恢复。",
		"The review file %s is damaged and has no standby; nothing was changed (%v). Restore the latest backup with tongtang restore.", review, err)
}

// RestoreStandby puts the standby in the review file's place, whatever state
// that is in. The file that stood there is kept in the folder aside.
func RestoreStandby(ctx context.Context, folder Folder) (aside string, err error) {
	lock, err := lockReview(folder.Review())
	if err != nil {
		return "", err
	}
	defer lock.Close()
	k, err := readStandby(folder.Standby())
	if err != nil {
		return "", fmt.Errorf("备用副本已损坏（%w）：请用 tongtang restore 从备份恢复", err)
	}
	if k == nil {
		return "", fmt.Errorf("没有备用副本 %s：请用 tongtang restore 从备份恢复", folder.Standby())
	}
	return k.takePlace(ctx, folder.Review(), time.Now())
}

// StandbyState is what verify and doctor say of a standby.
type StandbyState struct {
	Generation int
	Bytes      int64
	Records    int64 // bytes of the journal
	Rows       map[string]int64
	AuditSeq   int64
	AuditHash  string
}

// ReadStandby checks the standby's sums and reads it from end to end; ok is
// false when there is none. A running workbench may fold under way: then it is
// read again.
func ReadStandby(ctx context.Context, folder Folder) (state StandbyState, ok bool, err error) {
	for range 3 {
		if state, ok, err = readStandbyOnce(ctx, folder); err == nil {
			break
		}
	}
	return state, ok, err
}

func readStandbyOnce(ctx context.Context, folder Folder) (state StandbyState, ok bool, err error) {
	k, err := readStandby(folder.Standby())
	if k == nil || err != nil {
		return state, false, err
	}
	scratch, err := os.MkdirTemp("", "tongtang-standby-")
	if err != nil {
		return state, false, err
	}
	defer os.RemoveAll(scratch)
	path := filepath.Join(scratch, "review.duckdb")
	if err := k.lay(path); err != nil {
		return state, false, err
	}
	r, err := readReview(ctx, path)
	if err != nil {
		return state, false, err
	}
	state = StandbyState{
		Generation: k.head.Generation, Bytes: k.head.Bytes, Records: int64(len(k.log)),
		Rows: map[string]int64{}, AuditSeq: r.seq, AuditHash: r.hash,
	}
	for _, c := range r.contents {
		state.Rows[c.Table] = c.Rows
	}
	return state, true, nil
}

// StandbyFiles are the journals of the standby; none when there is no standby.
func (f Folder) StandbyFiles() []string {
	names, _ := filepath.Glob(filepath.Join(f.Standby(), "journal-*"))
	return names
}

// DamagedReviews are the files that a standby has taken the place of.
func (f Folder) DamagedReviews() []string {
	names, _ := filepath.Glob(filepath.Join(filepath.Dir(f.Review()), "damaged-*"))
	slices.Sort(names)
	return names
}

// hold opens the review file and keeps it open: POSIX drops all of a process's
// locks on a file as soon as one descriptor of it is closed, DuckDB's too.
func (b *standby) hold(review string) (err error) {
	b.file, err = os.Open(review)
	return err
}

// let closes what is open.
func (b *standby) let() error {
	var err error
	for _, f := range []*os.File{b.journal, b.file} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// goOn continues the standby that the review file was found equal to, if the
// log is empty on both sides.
func (b *standby) goOn(k *kept, review string) bool {
	if k == nil || len(k.log) > 0 || b.unlogged(review) > 0 {
		return false
	}
	path := journalName(b.dir, k.head.Generation)
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	line, _ := json.Marshal(k.head)
	if info.Size() != int64(len(line))+1 { // an unacknowledged rest
		return false
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return false
	}
	b.journal, b.gen, b.chain, b.logged = f, k.head.Generation, k.chain, 0
	return true
}

// unlogged is how many bytes of the log the journal does not hold; less than
// zero when the log was folded.
func (b *standby) unlogged(review string) int64 {
	info, err := os.Stat(review + ".wal")
	if err != nil {
		return -b.logged
	}
	return info.Size() - b.logged
}

// follow appends to the journal what the last commit added to the log and makes
// it last.
func (b *standby) follow(review string) error {
	f, err := os.Open(review + ".wal")
	if errors.Is(err, fs.ErrNotExist) && b.logged == 0 {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errFolded
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size() - b.logged
	switch {
	case size < 0:
		return errFolded
	case size == 0:
		return nil
	case b.journal == nil:
		return errors.New("no journal")
	}
	record := make([]byte, 4+sha256.Size+size)
	if _, err := f.ReadAt(record[4+sha256.Size:], b.logged); err != nil {
		return err
	}
	sum := link(b.chain, record[4+sha256.Size:])
	binary.BigEndian.PutUint32(record, uint32(size))
	copy(record[4:], sum[:])
	if _, err := b.journal.Write(record); err != nil {
		return err
	}
	if err := unix.Fdatasync(int(b.journal.Fd())); err != nil {
		return err
	}
	b.chain = sum
	b.logged += size
	return nil
}

// turn begins the next generation with a copy of the review file, whose log is
// empty.
func (b *standby) turn() error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	gen := b.gen + 1
	if gens := standbyNames(b.dir); len(gens) > 0 {
		gen = max(gen, gens[0]+1)
	}
	tmp := filepath.Join(b.dir, ".new-base")
	out, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, h), io.NewSectionReader(b.file, 0, info.Size()))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	if err := os.Rename(tmp, baseName(b.dir, gen)); err != nil {
		return err
	}
	line, err := json.Marshal(journalHead{Format: 1, Generation: gen, Base: hex.EncodeToString(h.Sum(nil)), Bytes: info.Size()})
	if err != nil {
		return err
	}
	if err := WriteFile(journalName(b.dir, gen), append(slices.Clone(line), '\n'), 0o600); err != nil {
		return err
	}
	journal, err := os.OpenFile(journalName(b.dir, gen), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	if b.journal != nil {
		_ = b.journal.Close()
	}
	b.journal, b.gen, b.chain, b.logged = journal, gen, sha256.Sum256(line), 0
	b.fallBehind(nil)
	b.sweep()
	return nil
}

// sweep removes every generation but the one in use.
func (b *standby) sweep() {
	entries, _ := os.ReadDir(b.dir)
	keep := []string{filepath.Base(baseName(b.dir, b.gen)), filepath.Base(journalName(b.dir, b.gen))}
	for _, e := range entries {
		ours := strings.HasPrefix(e.Name(), "base-") || strings.HasPrefix(e.Name(), "journal-") || strings.HasPrefix(e.Name(), ".new-")
		if ours && !slices.Contains(keep, e.Name()) {
			_ = os.Remove(filepath.Join(b.dir, e.Name()))
		}
	}
}

// fold folds the log into the review file and begins the next generation of the
// standby. The caller is the one writer.
func (s *Store) fold(ctx context.Context) error {
	b := &s.standby
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	// A journal that goes on is better than a fold that stops halfway.
	if err := s.spaceFor(uint64(info.Size()) + foldAt); err != nil {
		return err
	}
	if err := s.statement(ctx, "CHECKPOINT review"); err != nil {
		if strings.Contains(err.Error(), "Failed to create checkpoint") {
			s.log.Error("review file can no longer be written: stopping without closing it", "error", err)
			s.opts.Fatal(err)
		}
		return err
	}
	// From here on the old journal no longer belongs to the log.
	b.fallBehind(errFolded)
	if err := b.turn(); err != nil {
		b.fallBehind(err)
		return fmt.Errorf("copying the review to its standby: %w", err)
	}
	return nil
}

// follow keeps the standby up with a commit. A journal that cannot be written
// is begun anew; failing that too, the write stands in the review file alone,
// and the person is told so.
func (s *Store) follow(ctx context.Context) error {
	b := &s.standby
	err := b.follow(s.folder.Review())
	if err == nil {
		return nil
	}
	b.fallBehind(err)
	s.log.Error("standby not written; beginning it anew", "error", err)
	if err = s.fold(ctx); err == nil {
		return nil
	}
	s.log.Error("standby not written", "error", err)
	return refusef(Busy,
		"操作已经保存，但备用副本未能写入（review/standby）：请刷新页面核对，并请管理员检查磁盘；在此之前不再接受新的操作。",
		"This was saved, but the standby (review/standby) could not be written. Reload to check, and ask the administrator to look at the disk; nothing more is accepted until then.")
}

// keepUp refuses to write while the standby is behind, after trying once more.
func (s *Store) keepUp(ctx context.Context) error {
	if s.standby.behind == nil {
		return nil
	}
	if err := s.fold(ctx); err != nil {
		s.log.Error("standby still behind", "error", err)
		return refusef(Busy,
			"备用副本（review/standby）无法写入，本次操作没有保存：请管理员检查磁盘空间和权限后重试。",
			"The standby (review/standby) cannot be written; nothing was saved. Ask the administrator to look at disk space and rights, then try again.")
	}
	return nil
}

// tend marks the end of the audit log, folds the log when it has grown, and makes a standby that somebody took
// away anew.
func (s *Store) tend(ctx context.Context) {
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.markAudit(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("end of the audit log not marked", "error", err)
	}
	if s.standby.logged < foldAt && s.standby.stands() {
		return
	}
	if err := s.fold(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("standby not begun anew; trying again", "error", err)
	}
}

// AuditMark is where the audit log ended at a moment: review/audit.head. Nights
// put it on record, so that lines cut off later are missed.
type AuditMark struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// AuditMark reads it; zero when there is none.
func (f Folder) AuditMark() (m AuditMark) {
	if body, err := os.ReadFile(f.auditMarkFile()); err != nil || json.Unmarshal(body, &m) != nil {
		return AuditMark{}
	}
	return m
}

func (f Folder) auditMarkFile() string { return filepath.Join(filepath.Dir(f.Review()), "audit.head") }

// markAudit renews it. It follows the log by a second or so and need not outlast
// a power cut.
func (s *Store) markAudit(ctx context.Context) error {
	e, ok, err := one[AuditEntry](ctx, s.db, "review/audit_tail", nil)
	if err != nil || !ok || e.Seq == s.marked {
		return err
	}
	body, err := json.Marshal(AuditMark{e.Seq, e.Hash})
	if err != nil {
		return err
	}
	tmp := s.folder.auditMarkFile() + ".new"
	if err := os.WriteFile(tmp, body, 0o600); err != nil {
		return err
	}
	s.marked = e.Seq
	return os.Rename(tmp, s.folder.auditMarkFile())
}

// stands says whether the journal's name still leads to the file written to.
func (b *standby) stands() bool {
	if b.journal == nil {
		return false
	}
	open, err := b.journal.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(journalName(b.dir, b.gen))
	return err == nil && os.SameFile(open, named)
}

// Recovery says, in Chinese, what had to be mended when the review file was
// opened; "" when all was well.
func (s *Store) Recovery() string { return s.recovered }

// StandbyProblem says, in Chinese, that writes are refused because the standby
// cannot be written; "" when all is well.
func (s *Store) StandbyProblem() string {
	if !s.standby.late.Load() {
		return ""
	}
	return "备用副本（review/standby）无法写入，暂不能保存新的操作：请检查磁盘空间和权限"
}
