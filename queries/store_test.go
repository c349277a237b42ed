package queries_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// open makes a data folder with the fixtures' corpus and one analyst.
func open(t *testing.T, o corpustest.Options) (*queries.Store, queries.Account) {
	t.Helper()
	dir := t.TempDir()
	if err := corpustest.Publish(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	return openAt(t, dir)
}

func openAt(t *testing.T, dir string) (*queries.Store, queries.Account) {
	t.Helper()
	s, err := queries.OpenStore(t.Context(), dir, queries.StoreOptions{Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, account(t, s, "zhang", "张研判", queries.Analyst)
}

func account(t *testing.T, s *queries.Store, login, name string, role queries.Role) queries.Account {
	t.Helper()
	a, err := s.CreateAccount(t.Context(), 0, queries.NewAccount{Login: login, Name: name, Department: feedback.Procuratorate, Role: role, Password: "correct horse battery"})
	var r *queries.Refusal
	if errors.As(err, &r) && r.Kind == queries.Conflict {
		a, err = s.Authenticate(t.Context(), login, "correct horse battery", "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func suggested(t *testing.T, s *queries.Store, n int) []queries.Listing {
	t.Helper()
	list, _, err := s.List(t.Context(), queries.Filter{States: []string{queries.StateSuggested}, Limit: n})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < n {
		t.Fatalf("%d suggested groups, want %d", len(list), n)
	}
	return list
}

// Every statement is prepared against the schemas, so that a wrong column or
// table name fails here. Statements of a night's building run in a corpus
// file of their own and are prepared there.
func TestEveryStatementPrepares(t *testing.T) {
	ctx := t.Context()
	s, _ := open(t, corpustest.Options{})
	for _, dir := range []string{"corpus", "review"} {
		for _, name := range queries.Names(dir) {
			switch {
			case strings.HasPrefix(name, "corpus/schema/"), strings.HasPrefix(name, "review/migrations/"), strings.HasPrefix(name, "review/desk/"), name == "review/create_schema_version":
				continue // run by opening the store
			case strings.HasPrefix(name, "corpus/build/"), strings.HasPrefix(name, "corpus/index/"), name == "corpus/run_of_file":
				continue // below
			}
			if err := queries.Prepare(ctx, s, name); err != nil && !strings.Contains(err.Error(), "read_parquet") && !strings.Contains(err.Error(), "No files found") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range append(queries.Names("corpus"), queries.Names("review")...) {
		first, _, _ := strings.Cut(queries.SQL(name), "\n")
		if !strings.HasPrefix(first, "-- ") {
			t.Errorf("%s does not open with the question it answers: %q", name, first)
		}
	}
}

func TestBuildStatementsPrepare(t *testing.T) {
	ctx := t.Context()
	b, err := queries.NewBuild(ctx, filepath.Join(t.TempDir(), "corpus-x.duckdb"), "", queries.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Discard()
	for _, name := range queries.Names("corpus/build") {
		if strings.HasPrefix(name, "corpus/build/stage_") {
			if err := b.Exec(ctx, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range append(append(queries.Names("corpus/build"), queries.Names("corpus/index")...), "corpus/run_of_file") {
		if strings.HasPrefix(name, "corpus/build/stage_") {
			continue
		}
		if err := b.Prepare(ctx, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStoreOpensWithoutACorpus(t *testing.T) {
	s, _ := openAt(t, t.TempDir())
	if _, ok, err := s.Run(t.Context()); ok || err != nil {
		t.Fatalf("run %v %v", ok, err)
	}
	list, n, err := s.List(t.Context(), queries.Filter{Limit: 10})
	if err != nil || n != 0 || len(list) != 0 {
		t.Fatalf("%d rows, %v", n, err)
	}
}

func TestConfirmGivesANumberOnce(t *testing.T) {
	s, me := open(t, corpustest.Options{})
	g := suggested(t, s, 2)
	d, err := s.Confirm(t.Context(), me.ID, g[0].Key, g[0].Stamp(), "")
	if err != nil {
		t.Fatal(err)
	}
	if d.IssueNo != 1 {
		t.Fatalf("number %d, want 1", d.IssueNo)
	}
	if _, err := s.Confirm(t.Context(), me.ID, g[0].Key, "", ""); !refused(err, queries.Conflict) {
		t.Fatalf("second confirmation: %v", err)
	}
	if _, err := s.Withdraw(t.Context(), me.ID, g[0].Key, ""); err != nil {
		t.Fatal(err)
	}
	again, err := s.Confirm(t.Context(), me.ID, g[1].Key, "", "另一个题目")
	if err != nil {
		t.Fatal(err)
	}
	if again.IssueNo != 2 {
		t.Fatalf("a withdrawn number was given again: %d", again.IssueNo)
	}
	v, err := s.Group(t.Context(), g[1].Key)
	if err != nil {
		t.Fatal(err)
	}
	if v.Title != "另一个题目" || v.Status != "研判中" || v.State != queries.StateIssue || len(v.Members) != v.Items {
		t.Fatalf("%q %s %s %d/%d", v.Title, v.Status, v.State, len(v.Members), v.Items)
	}
}

func refused(err error, kind queries.RefusalKind) bool {
	var r *queries.Refusal
	return errors.As(err, &r) && r.Kind == kind
}

func TestMovesShowAtOnceAndUndoPutsThemBack(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	g := suggested(t, s, 3)
	a, b := g[0], g[1]
	before, err := s.Group(ctx, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Group(ctx, b.Key)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what, key string, want int) {
		t.Helper()
		v, err := s.Group(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		if v.Items != want || len(v.Members) != want {
			t.Fatalf("%s: %d items on the board, %d members, want %d", what, v.Items, len(v.Members), want)
		}
	}
	item := before.Members[0].ID
	out, err := s.Detach(ctx, me.ID, a.Key, before.Stamp(), []string{item})
	if err != nil {
		t.Fatal(err)
	}
	check("detached", a.Key, a.Items-1)
	if v, err := s.Item(ctx, item); err != nil || v.GroupKey != "" {
		t.Fatalf("detached item stands in %q, %v", v.GroupKey, err)
	}
	if _, err := s.Undo(ctx, me.ID, out.Seq); err != nil {
		t.Fatal(err)
	}
	check("undone", a.Key, a.Items)
	if _, err := s.Attach(ctx, me.ID, a.Key, "", []string{other.Members[0].ID}); err != nil {
		t.Fatal(err)
	}
	check("attached to", a.Key, a.Items+1)
	check("attached from", b.Key, b.Items-1)
	split, err := s.Split(ctx, me.ID, a.Key, "", []string{before.Members[0].ID, before.Members[1].ID})
	if err != nil {
		t.Fatal(err)
	}
	log, _, err := s.Decisions(ctx, queries.DecisionFilter{Limit: 1})
	if err != nil || log[0].Seq != split.Seq {
		t.Fatalf("%v %v", log, err)
	}
	check("split off", log[0].OtherKey, 2)
	check("split from", a.Key, a.Items-1)
	merged, err := s.Merge(ctx, me.ID, a.Key, "", g[2].Key)
	if err != nil {
		t.Fatal(err)
	}
	check("merged", g[2].Key, g[2].Items+a.Items-1)
	v, err := s.Group(ctx, a.Key)
	if err != nil || v.State != queries.StateMerged || v.MergedInto != g[2].Key {
		t.Fatalf("%s into %s, %v", v.State, v.MergedInto, err)
	}
	if _, err := s.Undo(ctx, me.ID, split.Seq); !refused(err, queries.Conflict) {
		t.Fatalf("undo of what a later decision rests on: %v", err)
	}
	if _, err := s.Undo(ctx, me.ID, merged.Seq); err != nil {
		t.Fatal(err)
	}
	check("merge undone", g[2].Key, g[2].Items)
	if _, err := s.Undo(ctx, me.ID, split.Seq); err != nil {
		t.Fatal(err)
	}
	check("split undone", a.Key, a.Items+1)
}

func TestDecisionsArePublishedAndSurviveReopening(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	if err := corpustest.Publish(ctx, dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	s, err := queries.OpenStore(ctx, dir, queries.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	me := account(t, s, "zhang", "张研判", queries.Analyst)
	g := suggested(t, s, 2)
	if _, err := s.Confirm(ctx, me.ID, g[0].Key, "", ""); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Second)
	for {
		log, err := queries.ReadDecisions(ctx, s.Folder().Decisions())
		if err != nil {
			t.Fatal(err)
		}
		if len(log) == 1 {
			if log[0].Kind != feedback.DecideConfirm || log[0].IssueNo != 1 || len(log[0].Items) != g[0].Items {
				t.Fatalf("%+v", log[0])
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("not published within a second")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if _, err := s.Dismiss(ctx, me.ID, g[1].Key, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if log, err := queries.ReadDecisions(ctx, queries.Folder(dir).Decisions()); err != nil || len(log) != 2 {
		t.Fatalf("closing did not publish: %d, %v", len(log), err)
	}
	s, _ = openAt(t, dir)
	v, err := s.Group(ctx, g[1].Key)
	if err != nil || v.State != queries.StateDismissed {
		t.Fatalf("%s %v", v.State, err)
	}
	if st, err := os.Stat(queries.Folder(dir).Review()); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("review file mode %v %v", st.Mode(), err)
	}
}

func TestCorpusSwapsUnderReaders(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	if err := corpustest.Publish(ctx, dir, corpustest.Options{RunID: "r1", Skip: 5}); err != nil {
		t.Fatal(err)
	}
	s, me := openAt(t, dir)
	g := suggested(t, s, 1)[0]
	if _, err := s.Confirm(ctx, me.ID, g.Key, "", ""); err != nil {
		t.Fatal(err)
	}
	stop, failed := make(chan struct{}), make(chan error, 4)
	for range 4 {
		go func() {
			for {
				select {
				case <-stop:
					failed <- nil
					return
				default:
				}
				if _, err := s.Group(ctx, g.Key); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	if err := corpustest.Publish(ctx, dir, corpustest.Options{RunID: "r2", Previous: "r1"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if s.RunID() != "r2" {
		t.Fatalf("run %s", s.RunID())
	}
	close(stop)
	for range 4 {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	v, err := s.Group(ctx, g.Key)
	if err != nil || v.IssueNo != 1 || v.Items <= g.Items {
		t.Fatalf("No. %d with %d items (had %d), %v", v.IssueNo, v.Items, g.Items, err)
	}
	// A damaged corpus leaves the standing one in place and says so.
	if err := os.WriteFile(s.Folder().Corpus("r3"), []byte("no corpus at all, but long enough to be read"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Folder().Publish("r3"); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(ctx); err == nil || s.RunID() != "r2" || s.CorpusProblem() == "" {
		t.Fatalf("%v %s %q", err, s.RunID(), s.CorpusProblem())
	}
	if _, err := s.Group(ctx, g.Key); err != nil {
		t.Fatal(err)
	}
}

func TestSecondWriterSeesWhatTheFirstChanged(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	other := account(t, s, "li", "李研判", queries.Analyst)
	d, err := s.Confirm(ctx, me.ID, suggested(t, s, 1)[0].Key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	title, statement := "第一个人的题目", "第二个人的表述"
	if err := s.EditIssue(ctx, me.ID, d.IssueNo, 1, queries.IssueEdit{Title: &title}); err != nil {
		t.Fatal(err)
	}
	err = s.EditIssue(ctx, other.ID, d.IssueNo, 1, queries.IssueEdit{Statement: &statement})
	var conflict *queries.VersionConflict
	if !errors.As(err, &conflict) || len(conflict.Changes) != 1 || conflict.Changes[0].After != title || conflict.Changes[0].Name != "张研判" {
		t.Fatalf("%v %+v", err, conflict)
	}
	if err := s.EditIssue(ctx, other.ID, d.IssueNo, conflict.Now, queries.IssueEdit{Statement: &statement}); err != nil {
		t.Fatal(err)
	}
}

func TestAuthorNeverApproves(t *testing.T) {
	ctx := t.Context()
	s, me := open(t, corpustest.Options{})
	boss := account(t, s, "wang", "王复核", queries.Reviewer)
	d, err := s.Confirm(ctx, boss.ID, suggested(t, s, 1)[0].Key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetStatus(ctx, boss, d.IssueNo, 0, "待复核", "", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.SetStatus(ctx, boss, d.IssueNo, 0, "已审定", "", ""); !refused(err, queries.Forbidden) {
		t.Fatalf("the submitter approved: %v", err)
	}
	if err := s.SetStatus(ctx, me, d.IssueNo, 0, "已审定", "", ""); !refused(err, queries.Forbidden) {
		t.Fatalf("an analyst approved: %v", err)
	}
}

func TestAuditChainShowsTampering(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	if err := corpustest.Publish(ctx, dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	s, err := queries.OpenStore(ctx, dir, queries.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	me := account(t, s, "zhang", "张研判", queries.Analyst)
	for _, g := range suggested(t, s, 3) {
		if _, err := s.Confirm(ctx, me.ID, g.Key, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	problems, n, err := s.VerifyAudit(ctx)
	if err != nil || len(problems) != 0 || n < 4 {
		t.Fatalf("%v %d %v", problems, n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, harm := range []string{
		"UPDATE audit SET account_id = 99 WHERE seq = 2",
		"DELETE FROM audit WHERE seq = 3",
	} {
		tamper(t, queries.Folder(dir).Review(), harm)
		if _, err := queries.OpenStore(ctx, dir, queries.StoreOptions{}); !refused(err, queries.Invalid) {
			t.Errorf("%s: opened beside a standby that says otherwise: %v", harm, err)
		}
		// With the standby out of the way the chain alone must show it.
		if err := os.RemoveAll(queries.Folder(dir).Standby()); err != nil {
			t.Fatal(err)
		}
		s, err := queries.OpenStore(ctx, dir, queries.StoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		problems, _, err := s.VerifyAudit(ctx)
		if err != nil || len(problems) == 0 {
			t.Errorf("%s went unseen: %v", harm, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func tamper(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWrongPasswordsLockTheAccount(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s, err := queries.OpenStore(ctx, t.TempDir(), queries.StoreOptions{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	account(t, s, "zhang", "张研判", queries.Analyst)
	for range 5 {
		if _, err := s.Authenticate(ctx, "zhang", "wrong", "::1"); !refused(err, queries.Forbidden) {
			t.Fatal(err)
		}
	}
	if _, err := s.Authenticate(ctx, "zhang", "correct horse battery", "::1"); !refused(err, queries.Busy) {
		t.Fatalf("not locked: %v", err)
	}
	now = now.Add(2 * time.Minute)
	if _, err := s.Authenticate(ctx, "zhang", "correct horse battery", "::1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(ctx, "nobody", "correct horse battery", "::1"); !refused(err, queries.Forbidden) {
		t.Fatal(err)
	}
}

func TestNoSpaceRefusesAndKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	s, err := queries.OpenStore(t.Context(), dir, queries.StoreOptions{MinFree: 1 << 62})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.CreateAccount(t.Context(), 0, queries.NewAccount{Login: "zhang", Name: "张", Department: "JC", Role: queries.Analyst, Password: "correct horse battery"})
	if !refused(err, queries.Busy) || !strings.Contains(err.Error(), "磁盘空间不足") {
		t.Fatal(err)
	}
}

// A corpus that an older program made has no indexes, tells of no withdrawn
// items and knows neighbours by other columns: its pages show without them.
func TestCorpusOfAnOlderProgramOpens(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	if err := corpustest.Publish(ctx, dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	_, path, err := queries.Folder(dir).Current()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, stmt := range []string{
		"DROP INDEX member_of_item", "DROP TABLE withdrawn_item", "DROP TABLE item_neighbor",
		"CREATE TABLE item_neighbor (item_id VARCHAR, other_id VARCHAR, rank INTEGER, similarity DOUBLE)",
	} {
		if _, err := db.Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, _ := openAt(t, dir)
	g, err := s.Group(ctx, suggested(t, s, 1)[0].Key)
	if err != nil || len(g.Members) == 0 {
		t.Fatalf("%d members, %v", len(g.Members), err)
	}
	v, err := s.Item(ctx, g.Members[0].ID)
	if err != nil || v.Text == "" || len(v.Neighbors) != 0 {
		t.Fatalf("%q with %d neighbours, %v", v.Text, len(v.Neighbors), err)
	}
	var refusal *queries.Refusal
	if _, err := s.Withdrawn(ctx, "i2222"); !errors.As(err, &refusal) || refusal.Kind != queries.NotFound {
		t.Fatalf("a withdrawn item: %v", err)
	}
}
