package queries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tongtang/pipeline/feedback"
)

// Store is the workbench's side of the two stores: it alone writes the review
// file, and it reads the published corpus, attached read-only as `corpus`.
//
// A third catalog, `desk`, lives in memory. It holds what follows from the two:
// the board that lists are read from, and the decisions the corpus has not
// seen yet laid over its members. It is made anew when a corpus arrives and
// kept up with every decision, so a lost process loses nothing. Corpus and desk
// together are a generation; see generation.go.
//
// Locks, always taken in this order: write (one writer at a time), then corpus
// (shared by every read, exclusive for the moment of a swap). An exported
// method takes them once, at its outermost; nothing inside takes them again.
type Store struct {
	folder Folder
	opts   StoreOptions
	log    *slog.Logger
	db     *sql.DB
	now    func() time.Time

	write   sync.Mutex
	corpus  sync.RWMutex
	refresh sync.Mutex // one swap at a time
	current atomic.Pointer[generation]
	version atomic.Int64 // goes up with every change of the desk that counts or lists show

	generations int     // made so far
	meanwhile   *[]done // what changed while the next generation is laid out; guarded by write

	runID     atomic.Value            // string: the attached corpus's run, "" before the first
	kept      atomic.Pointer[[2]Kept] // see MachineKept
	corpusErr atomic.Value            // string: why the published corpus could not be opened, "" if it could

	unread     unreadCounts
	accounts   memo[map[int]Account]
	posts      atomic.Pointer[[]Post] // last asked with
	accountsAt atomic.Int64           // goes up with every account made or changed
	passwords  chan struct{}          // bounds the memory argon2id takes at once
	sessions   sessionCache

	unpublished chan struct{} // a decision was made since the last publication
	standby     standby       // guarded by write
	recovered   string        // what was mended when the file was opened
	lock        *os.File
	marked      int64 // line of the audit log in review/audit.head; guarded by write

	stop       context.CancelFunc
	background sync.WaitGroup
	closeOnce  sync.Once
	closeErr   error
}

// StoreOptions tunes a Store. The zero value is the default.
type StoreOptions struct {
	Limits Limits
	Logger *slog.Logger // nil means slog.Default
	// MinFree is the free space in bytes below which nothing is written. Zero
	// means 64 MiB.
	MinFree uint64
	// Poll is how often CURRENT is looked at. Zero means a second.
	Poll time.Duration
	// Clock is the time of decisions. Nil means time.Now.
	Clock func() time.Time
	// Fatal is called when the review file may no longer be written safely:
	// DuckDB asks for an exit without Close. Nil means os.Exit(1).
	Fatal func(error)
}

// OpenStore opens the data folder's review file, brings its schema up to date
// and attaches the published corpus, if there is one.
func OpenStore(ctx context.Context, dataDir string, opts StoreOptions) (*Store, error) {
	folder := Folder(dataDir)
	if err := os.MkdirAll(filepath.Dir(folder.Review()), 0o700); err != nil {
		return nil, fmt.Errorf("making the review folder: %w", err)
	}
	if opts.MinFree == 0 {
		opts.MinFree = 64 << 20
	}
	if opts.Poll == 0 {
		opts.Poll = time.Second
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Fatal == nil {
		opts.Fatal = func(error) { os.Exit(1) }
	}
	s := &Store{
		folder: folder, opts: opts, log: opts.Logger, now: func() time.Time { return opts.Clock().UTC().Truncate(time.Microsecond) },
		passwords:   make(chan struct{}, 2),
		unpublished: make(chan struct{}, 1),
	}
	s.runID.Store("")
	s.corpusErr.Store("")
	s.sessions.rows = map[string]sessionRow{}
	limits := opts.Limits
	if limits.MemoryMiB == 0 {
		limits.MemoryMiB = 1536
	}
	var err error
	if s.lock, err = lockReview(folder.Review()); err != nil {
		return nil, err
	}
	var equal *kept
	if s.recovered, equal, err = folder.mend(ctx, s.now()); err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	if s.recovered != "" {
		s.log.Error(s.recovered)
	}
	// DuckDB folds its log into the file only when told: see standby.
	connector, err := duckdb.NewConnector(folder.Review()+limits.dsn()+"&checkpoint_threshold=1TB", nil)
	if err != nil {
		return nil, errors.Join(openError(folder.Review(), err), s.lock.Close())
	}
	s.db = sql.OpenDB(conns{connector, &s.current})
	s.db.SetMaxOpenConns(16)
	s.db.SetMaxIdleConns(16)
	if err := s.start(ctx, equal); err != nil {
		return nil, errors.Join(err, s.db.Close(), s.standby.let(), s.lock.Close())
	}
	return s, nil
}

// start brings a store to work. equal is the standby that the review file was
// found equal to, nil if there was none.
func (s *Store) start(ctx context.Context, equal *kept) error {
	s.standby.dir = s.folder.Standby()
	if err := s.standby.hold(s.folder.Review()); err != nil {
		return err
	}
	// The file holds password hashes and people's names.
	if err := os.Chmod(s.folder.Review(), 0o600); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.guardOlder(ctx); err != nil {
		return err
	}
	if !s.standby.goOn(equal, s.folder.Review()) {
		if err := s.fold(ctx); err != nil {
			// The review can be read; writes are refused until there is a standby.
			s.standby.fallBehind(err)
			s.log.Error("no standby of the review", "error", err)
		}
	}
	g, err := s.nextPublished(ctx)
	if err != nil {
		return err
	}
	if err := s.takePlace(ctx, g); err != nil {
		return err
	}
	if s.opts.Limits.Threads == 0 {
		// Laid out with two; from here on one a statement. Statements of many people
		// run beside each other all the same, each takes a fifth less of the
		// processor, and a swap leaves the other one to them.
		if err := s.statement(ctx, "SET threads = 1"); err != nil {
			return err
		}
	}
	// A list that cannot be read is the organiser's to mend; the desk opens all the same.
	if err := s.adoptTrainings(ctx); err != nil {
		s.log.Error("list of trainings not taken in", "error", err)
	}
	if s.recovered != "" {
		if err := s.Record(ctx, 0, "review.recovered", "review", map[string]any{"said": s.recovered}); err != nil {
			s.log.Error("recovery not noted in the audit log", "error", err)
		}
	}
	// A process killed between a decision and its publication left a debt.
	if err := s.publish(ctx); err != nil {
		return err
	}
	// Hours of the interface's use that a stopped workbench did not sum up.
	if err := s.SumUpAPI(ctx); err != nil {
		return err
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.background.Go(func() { s.publishLoop(background) })
	s.background.Go(func() { s.watchLoop(background) })
	return nil
}

// openError turns DuckDB's words about a file that will not open into ones
// that say what to do.
func openError(path string, err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "not set lock"):
		return &Refusal{
			Kind: Busy,
			Zh:   "工作台正在运行，研判数据文件 " + path + " 已被占用：请在工作台页面上操作，或先停止工作台再运行此命令。",
			En:   "The workbench is running and holds " + path + ": use its pages, or stop it first.",
		}
	case damagedFile(err):
		return &Refusal{
			Kind: Invalid,
			Zh:   "研判数据文件 " + path + " 已损坏或版本不符，未作任何改动（" + text + "）：请打开工作台（会由备用副本恢复），或运行 tongtang restore --standby；备用副本也不能用时，用 tongtang restore 从最近的备份恢复。",
			En:   "The review file " + path + " is damaged or of another version; nothing was changed (" + text + "). Start the workbench (it recovers from the standby) or run tongtang restore --standby; restore the latest backup if the standby cannot be used either.",
		}
	}
	return fmt.Errorf("opening %s: %w", path, err)
}

// Close publishes what is not yet published and closes the file.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.stop()
		s.background.Wait()
		s.closeErr = errors.Join(s.publish(context.Background()), s.flushSessions(context.Background()), s.settle(), s.db.Close(), s.standby.let(), s.lock.Close())
	})
	return s.closeErr
}

// settle leaves one review file without a log, and its standby equal to it.
func (s *Store) settle() error {
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.markAudit(context.Background()); err != nil {
		s.log.Warn("end of the audit log not marked", "error", err)
	}
	if s.standby.logged == 0 && s.standby.behind == nil {
		return nil
	}
	if err := s.fold(context.Background()); err != nil {
		// Nothing is lost: file and log are whole, and compared at the next start.
		s.log.Warn("standby not brought up to date at the end", "error", err)
	}
	return nil
}

// Folder is the data folder the store stands in.
func (s *Store) Folder() Folder { return s.folder }

// RunID names the run whose corpus is attached; "" before the first night.
func (s *Store) RunID() string { return s.runID.Load().(string) }

// CorpusProblem says, in Chinese, why the published corpus could not be opened;
// "" when all is well.
func (s *Store) CorpusProblem() string { return s.corpusErr.Load().(string) }

// Ping answers whether both stores can be read.
func (s *Store) Ping(ctx context.Context) error {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	_, _, err := one[countRow](ctx, s.db, "corpus/ping", nil)
	return err
}

type countRow struct {
	N int `column:"n"`
}

// statement runs SQL that takes no parameters and names only catalogs and
// settings: ATTACH, DETACH, USE, SET.
func (s *Store) statement(ctx context.Context, text string) error {
	if _, err := s.db.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// watchLoop swaps to a new corpus when CURRENT names one, and sums up every
// hour what programs read.
func (s *Store) watchLoop(ctx context.Context) {
	tick := time.NewTicker(s.opts.Poll)
	defer tick.Stop()
	var complained string
	hour := s.now().Truncate(time.Hour)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if now := s.now().Truncate(time.Hour); now != hour {
				hour = now
				if err := s.SumUpAPI(ctx); err != nil && ctx.Err() == nil {
					s.log.Error("the interface's use not summed up", "error", err)
				}
			}
			if err := s.Refresh(ctx); err != nil && ctx.Err() == nil && err.Error() != complained {
				complained = err.Error()
				s.log.Error("new corpus not taken", "error", err)
			}
			s.tend(ctx)
		}
	}
}

// tryOpen opens a corpus in a DuckDB of its own and reads its run, so that a
// damaged file is found before the standing corpus is let go.
func (s *Store) tryOpen(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	db, err := sql.Open("duckdb", path+Limits{MemoryMiB: 256, Threads: 1}.dsn()+"&access_mode=READ_ONLY")
	if err != nil {
		return err
	}
	defer db.Close()
	_, _, err = one[runRow](ctx, db, "corpus/run_of_file", nil)
	return err
}

// change runs one write as one transaction and keeps the desk in step. The
// caller holds no lock.
func (s *Store) change(ctx context.Context, do func(tx *sql.Tx) (done, error)) error {
	s.write.Lock()
	defer s.write.Unlock()
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	done, err := s.transact(ctx, do)
	var alone *unseconded
	if err != nil && !errors.As(err, &alone) {
		return err
	}
	// What is committed must show, even if the person has left the page.
	if err := s.show(context.WithoutCancel(ctx), done); err != nil {
		// The decision stands in the file; only its picture is missing.
		s.log.Error("decision committed but not shown; laying out anew", "error", err)
		ctx := context.WithoutCancel(ctx)
		log, err := s.readLog(ctx)
		if err == nil {
			err = s.layOut(ctx, s.current.Load(), log)
		}
		if err != nil {
			return err
		}
	}
	return err
}

// done is what a transaction changed that the desk must show.
type done struct {
	decisions []feedback.Decision
	groups    []string // whose row on the board changes, beside those of the decisions: without decisions, what people wrote of an issue
	anew      bool     // something was taken back: replay the whole log
	remark    bool     // nothing but a remark on an issue: its version and day on the board
}

func (s *Store) show(ctx context.Context, d done) error {
	if len(d.decisions) > 0 {
		select {
		case s.unpublished <- struct{}{}:
		default:
		}
	}
	if len(d.decisions) == 0 && len(d.groups) == 0 {
		return nil
	}
	if s.meanwhile != nil {
		*s.meanwhile = append(*s.meanwhile, d)
	}
	g := s.current.Load()
	if d.remark {
		if err := s.showOn(ctx, g, d); err != nil {
			return err
		}
		return s.stampNight(ctx, g, d.groups)
	}
	defer s.version.Add(1)
	err := s.showOn(ctx, g, d)
	s.sayKept(g)
	return err
}

// showOn brings the desk of g in step with what a transaction changed.
func (s *Store) showOn(ctx context.Context, g *generation, d done) error {
	ctx = g.at(ctx)
	var keys []string
	for _, k := range d.groups {
		keys = append(keys, g.key(k))
	}
	g.desk.log = append(g.desk.log, d.decisions...)
	for _, dec := range d.decisions {
		if d.anew {
			keys = append(keys, g.key(dec.GroupKey), g.key(dec.OtherKey))
			continue
		}
		changed, err := s.apply(ctx, g, dec)
		if err != nil {
			return err
		}
		keys = append(keys, changed...)
	}
	if d.anew {
		changed, err := s.replayOn(ctx, g)
		if err != nil {
			return err
		}
		keys = append(keys, changed...)
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return k == "" })
	if len(keys) == 0 {
		return nil
	}
	if len(d.decisions) == 0 {
		return s.redrawIssues(ctx, g, keys)
	}
	return s.draw(ctx, g, false, keys)
}

// unseconded is the error of a write that was committed but that the standby
// does not hold.
type unseconded struct{ error }

func (u *unseconded) Unwrap() error { return u.error }

func (s *Store) transact(ctx context.Context, do func(tx *sql.Tx) (done, error)) (done, error) {
	if err := s.enoughSpace(); err != nil {
		return done{}, err
	}
	if err := s.keepUp(context.WithoutCancel(ctx)); err != nil {
		return done{}, err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return done{}, fmt.Errorf("beginning: %w", err)
	}
	// Does nothing after Commit; after an error or a panic it frees the connection.
	defer tx.Rollback()
	d, err := do(tx)
	if err != nil {
		return done{}, err
	}
	if err := tx.Commit(); err != nil {
		if strings.Contains(err.Error(), "Failed to create checkpoint") {
			s.log.Error("review file can no longer be written: stopping without closing it", "error", err)
			s.opts.Fatal(err)
		}
		return done{}, fmt.Errorf("committing: %w", err)
	}
	if err := s.follow(context.WithoutCancel(ctx)); err != nil {
		return d, &unseconded{err}
	}
	return d, nil
}

// enoughSpace refuses to write when the disk is nearly full: running out in the
// middle of a checkpoint is the one thing DuckDB cannot go on after.
func (s *Store) enoughSpace() error { return s.spaceFor(s.opts.MinFree) }

func (s *Store) spaceFor(bytes uint64) error {
	var st syscall.Statfs_t
	dir := filepath.Dir(s.folder.Review())
	if err := syscall.Statfs(dir, &st); err != nil {
		return fmt.Errorf("looking at free space of %s: %w", dir, err)
	}
	if free := st.Bavail * uint64(st.Bsize); free < bytes {
		return refusef(Busy,
			"磁盘空间不足（%s 仅余 %d MiB），本次操作没有保存：请联系管理员清理空间后重试。",
			"The disk is nearly full (%s has %d MiB left); nothing was saved. Ask the administrator to make room, then try again.",
			dir, free>>20)
	}
	return nil
}

// publishLoop writes decisions.parquet soon after a decision: at once for the
// first, gathered for those that follow within a fifth of a second. When the
// log has grown so long that writing it takes long, it waits longer between
// two: a twentieth of the time goes into publishing at most.
func (s *Store) publishLoop(ctx context.Context) {
	gather := 200 * time.Millisecond
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.unpublished:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gather):
		}
		began := time.Now()
		if err := s.publish(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("decisions not published; trying again", "error", err)
			select {
			case s.unpublished <- struct{}{}:
			default:
			}
		}
		gather = min(max(200*time.Millisecond, 20*time.Since(began)), 30*time.Second)
	}
}

// publish writes the whole log to decisions.parquet under a temporary name,
// makes it last, and renames it.
func (s *Store) publish(ctx context.Context) error {
	path := s.folder.Decisions()
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := exec(ctx, s.db, "review/publish_decisions", args{"path": tmp}); err != nil {
		return err
	}
	f, err := os.OpenFile(tmp, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", tmp, err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

type runRow struct {
	RunID       string    `column:"run_id"`
	StartedAt   time.Time `column:"started_at"`
	FinishedAt  time.Time `column:"finished_at"`
	Version     string    `column:"version"`
	Dictionary  string    `column:"dictionary_hash"`
	Previous    string    `column:"previous_run"`
	DecisionSeq int64     `column:"decision_seq"`
	Items       int       `column:"items"`
	Groups      int       `column:"issue_groups"`
	DataUntil   time.Time `column:"data_until"`
	Options     string    `column:"options"`
}

// Run is the run that made the attached corpus.
type Run = runRow

// Run tells of the run that made the attached corpus; ok is false before the
// first night.
func (s *Store) Run(ctx context.Context) (run Run, ok bool, err error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return one[runRow](ctx, s.db, "corpus/run", nil)
}
