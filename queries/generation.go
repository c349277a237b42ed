package queries

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/duckdb/duckdb-go/v2"
)

// generation is a corpus as it is attached, with the desk laid out over it. Two
// stand side by side while one takes the other's place: statements say `corpus`
// and `desk`, and each connection reads that as the catalogs of the generation
// in force, or of the one their context names.
type generation struct {
	n      int
	run    Run
	names  *strings.Replacer
	layout corpusLayout
	topics map[string]Topic
	alias  map[string]string // earlier keys of groups; a few thousand after years
	desk   desk              // guarded by Store.write
	index  *lazyIndex
	held   sync.RWMutex // by readers that take long, so that a swap need not wait for them
	// Few: read with the corpus.
	endorsers  map[string][]string // of an item: those that repeat it word for word
	inConflict map[string]bool     // groups in the table of conflicts
	// As they were read; see store_base.go.
	rows   recent[*Listing]
	items  recent[*Member]
	home   recent[place]
	groups recent[*groupBase]
	near   recent[*groupNear]
	moves  moves
	// What is the same for everybody.
	silent   silentVoices
	choices  memo[Choices]
	fixed    memo[Totals]
	overview memo[Overview]
	night    memo[Night]
}

// endorsersMost is how many of those who repeat an item its page names.
const endorsersMost = 200

// corpusLayout is which parts of a corpus of today the attached one has: pages
// leave out what one made by an older program lacks, until the next night.
type corpusLayout struct {
	Withdrawn bool `column:"withdrawn"` // items taken back
	Neighbors bool `column:"neighbors"` // nearest items, by number
}

func newGeneration(n int) *generation {
	g := &generation{n: n, names: strings.NewReplacer("corpus.", "corpus_"+strconv.Itoa(n)+".", "desk.", "desk_"+strconv.Itoa(n)+"."), index: &lazyIndex{}}
	g.rows.most, g.items.most, g.home.most, g.groups.most, g.near.most = keepsRows, keepsItems, keepsItems/8, keepsGroups, keepsGroups/2
	return g
}

func (g *generation) corpusCatalog() string { return "corpus_" + strconv.Itoa(g.n) }
func (g *generation) deskCatalog() string   { return "desk_" + strconv.Itoa(g.n) }

// hold keeps the generation in force attached while something reads it that
// takes long: a swap does not wait for that, as it does for a page. What is
// asked under the context asks of it.
func (s *Store) hold(ctx context.Context) (_ context.Context, g *generation, release func()) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	g = s.current.Load()
	g.held.RLock()
	return g.at(ctx), g, g.held.RUnlock
}

// at makes everything asked under the context ask of g.
func (g *generation) at(ctx context.Context) context.Context {
	return context.WithValue(ctx, generationKey{}, g)
}

type generationKey struct{}

// conns gives connections that know the generation in force.
type conns struct {
	*duckdb.Connector
	now *atomic.Pointer[generation]
}

func (c conns) Connect(ctx context.Context) (driver.Conn, error) {
	dc, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := dc.(*duckdb.Conn)
	if !ok {
		return nil, fmt.Errorf("connection is a %T", dc)
	}
	return &conn{own, c.now}, nil
}

type conn struct {
	*duckdb.Conn
	now *atomic.Pointer[generation]
}

func (c *conn) text(ctx context.Context, query string) string {
	g, ok := ctx.Value(generationKey{}).(*generation)
	if !ok {
		g = c.now.Load()
	}
	if g == nil {
		return query
	}
	return g.names.Replace(query)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, c.text(ctx, query), args)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, c.text(ctx, query), args)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, c.text(ctx, query))
}

// next attaches the published corpus, or an empty one of the same schema so
// that every statement reads the same before the first night, and makes an
// empty desk beside it. Nobody sees it yet.
func (s *Store) next(ctx context.Context, path string) (_ *generation, err error) {
	s.generations++
	g := newGeneration(s.generations) // no result: one that fails must still be let go
	ctx = g.at(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.letGo(ctx, g))
		}
	}()
	if path == "" {
		err = s.attachEmpty(ctx, g)
	} else {
		err = s.attachFile(ctx, g, path)
	}
	if err != nil {
		return nil, err
	}
	if err := s.statement(ctx, "ATTACH ':memory:' AS "+g.deskCatalog()); err != nil {
		return nil, err
	}
	for _, name := range Names("review/desk") {
		if err := exec(ctx, s.db, name, nil); err != nil {
			return nil, err
		}
	}
	if g.run, _, err = one[runRow](ctx, s.db, "corpus/run", nil); err != nil {
		return nil, err
	}
	if g.layout, _, err = one[corpusLayout](ctx, s.db, "corpus/layout", args{"catalog": g.corpusCatalog()}); err != nil {
		return nil, err
	}
	type alias struct {
		Earlier string `column:"alias_key"`
		Key     string `column:"group_key"`
	}
	list, err := rows[alias](ctx, s.db, "corpus/aliases", nil)
	if err != nil {
		return nil, err
	}
	topics, err := rows[Topic](ctx, s.db, "corpus/topics", nil)
	if err != nil {
		return nil, err
	}
	type endorser struct {
		Endorses string `column:"endorses"`
		ItemID   string `column:"item_id"`
	}
	endorsers, err := rows[endorser](ctx, s.db, "corpus/endorsers", nil)
	if err != nil {
		return nil, err
	}
	conflicts, err := rows[keyRow](ctx, s.db, "corpus/in_conflict", nil)
	if err != nil {
		return nil, err
	}
	g.endorsers, g.inConflict = map[string][]string{}, map[string]bool{}
	for _, e := range endorsers {
		if len(g.endorsers[e.Endorses]) < endorsersMost {
			g.endorsers[e.Endorses] = append(g.endorsers[e.Endorses], e.ItemID)
		}
	}
	for _, c := range conflicts {
		g.inConflict[c.Key] = true
	}
	g.topics = make(map[string]Topic, len(topics))
	for _, t := range topics {
		g.topics[t.Code] = t
	}
	g.alias = make(map[string]string, len(list))
	for _, a := range list {
		g.alias[a.Earlier] = a.Key
	}
	return g, nil
}

// attachFile attaches a corpus and makes sure it is one this binary can read.
func (s *Store) attachFile(ctx context.Context, g *generation, path string) error {
	// ATTACH would create a file that is not there.
	if _, err := os.Stat(path); err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := attachReadOnly(ctx, conn, path, g.corpusCatalog()); err != nil {
		return err
	}
	_, _, err = one[runRow](ctx, conn, "corpus/run", nil)
	return err
}

func (s *Store) attachEmpty(ctx context.Context, g *generation) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, text := range []string{"ATTACH ':memory:' AS " + g.corpusCatalog(), "USE " + g.corpusCatalog()} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	for _, name := range Names("corpus/schema") {
		if err := exec(ctx, conn, name, nil); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, "USE review")
	return err
}

// letGo detaches what of a generation is attached.
func (s *Store) letGo(ctx context.Context, g *generation) error {
	ctx = context.WithoutCancel(ctx)
	return errors.Join(
		s.statement(ctx, "DETACH DATABASE IF EXISTS "+g.corpusCatalog()),
		s.statement(ctx, "DETACH DATABASE IF EXISTS "+g.deskCatalog()),
	)
}

// nextPublished is next for what CURRENT names. A corpus that will not open is
// reported on the pages, not fatal: the people's own data can still be read.
func (s *Store) nextPublished(ctx context.Context) (*generation, error) {
	runID, path, err := s.folder.Current()
	if err == nil {
		var g *generation
		if g, err = s.next(ctx, path); err == nil {
			g.run.RunID = runID
			s.corpusErr.Store("")
			return g, nil
		}
		err = fmt.Errorf("无法打开归并结果 %s（%w）：可把 corpus/CURRENT 改为 corpus/ 下上一个文件名，或运行 tongtang rebuild 重建", path, err)
	}
	if !errors.Is(err, ErrNoCorpus) {
		s.log.Error("corpus not attached", "error", err)
		s.corpusErr.Store(err.Error())
	}
	return s.next(ctx, "")
}

// Refresh attaches the corpus that CURRENT names if it is another than the
// attached one. The new one is read and its desk laid out beside the old, while
// people go on reading and deciding; then what they decided meanwhile is laid
// over the new one too, and it takes the old one's place between two requests.
// A corpus that will not open leaves the old one in place.
func (s *Store) Refresh(ctx context.Context) error {
	runID, path, err := s.folder.Current()
	if errors.Is(err, ErrNoCorpus) || (err == nil && runID == s.RunID()) {
		return nil
	}
	if err != nil {
		s.corpusErr.Store(err.Error())
		return err
	}
	s.refresh.Lock()
	defer s.refresh.Unlock()
	if runID == s.RunID() {
		return nil
	}
	refuse := func(err error) error {
		problem := fmt.Errorf("无法打开新的归并结果 %s（%w）：仍在使用上一次的结果", path, err)
		s.corpusErr.Store(problem.Error())
		return problem
	}
	if err := s.tryOpen(ctx, path); err != nil {
		return refuse(err)
	}
	g, err := s.next(ctx, path)
	if err != nil {
		return refuse(err)
	}
	g.run.RunID = runID
	old := s.current.Load()
	if err := giveWay(func() error { return s.takePlace(ctx, g) }); err != nil {
		return errors.Join(fmt.Errorf("laying out corpus %s: %w", runID, err), s.letGo(ctx, g))
	}
	old.held.Lock() // long readers are done
	defer old.held.Unlock()
	if err := s.letGo(ctx, old); err != nil {
		return err
	}
	debug.FreeOSMemory() // the old one's index
	s.corpusErr.Store("")
	s.log.Info("corpus swapped", "run", runID)
	return nil
}

// giveWay does what takes long on a thread of its own that gives way to the
// people's pages: with one thread a statement, DuckDB works on the thread that
// asks. The thread ends with it, for its priority cannot be raised again.
func giveWay(do func() error) error {
	ended := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked
		if syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), 5) != nil {
			runtime.UnlockOSThread() // as everybody else, then
		}
		ended <- do()
	}()
	return <-ended
}

// takePlace lays out the desk of g, catches up with what was decided meanwhile,
// and puts g in force.
func (s *Store) takePlace(ctx context.Context, g *generation) error {
	ctx = g.at(ctx)
	s.write.Lock()
	s.meanwhile = &[]done{}
	log, err := s.readLog(ctx)
	s.write.Unlock()
	if err == nil {
		err = s.layOut(ctx, g, log)
	}
	old := s.current.Load()
	if err == nil && old != nil && old.index.loaded() {
		err = s.warm(ctx, g)
		if posts := s.posts.Load(); posts != nil {
			s.countSilent(ctx, g, *posts)
		}
	}
	s.write.Lock()
	defer s.write.Unlock()
	late := *s.meanwhile
	s.meanwhile = nil
	if err != nil {
		return err
	}
	for _, d := range late {
		if err := s.showOn(ctx, g, d); err != nil {
			return err
		}
	}
	s.corpus.Lock() // readers of the old one are done, the next find the new one
	s.current.Store(g)
	s.runID.Store(g.run.RunID)
	s.sayKept(g)
	s.corpus.Unlock()
	return nil
}
