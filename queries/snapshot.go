package queries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tongtang/pipeline/feedback"
)

// Snapshot writes one consistent copy of the review file to path while people
// work on: what was committed when it began is in it, nothing later. path must
// not exist; after an error nothing stands there.
func (s *Store) Snapshot(ctx context.Context, path string) error {
	if err := s.enoughSpace(); err != nil {
		return err
	}
	return copyReview(ctx, s.db, path)
}

// SnapshotReview is Snapshot for a review file that no workbench has open. It
// changes nothing in it, not even its schema, so that a backup can be made
// before an upgrade.
func SnapshotReview(ctx context.Context, review, path string) error {
	db, err := openAttached(ctx, review, "review")
	if err != nil {
		return err
	}
	defer db.Close()
	return copyReview(ctx, db, path)
}

// copyReview copies the catalog `review` of db to a new file at path.
func copyReview(ctx context.Context, db *sql.DB, path string) (err error) {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer func() {
		if err != nil {
			err = errors.Join(err, Remove(path), Remove(path+".wal"))
		}
	}()
	if _, err := conn.ExecContext(ctx, "ATTACH "+quoteText(path)+" AS snapshot"); err != nil {
		return fmt.Errorf("making a snapshot of the review: %w", err)
	}
	_, err = conn.ExecContext(ctx, "COPY FROM DATABASE review TO snapshot")
	if err == nil {
		_, err = conn.ExecContext(ctx, "CHECKPOINT snapshot")
	}
	// The catalog is let go even when the person has gone.
	if _, detach := conn.ExecContext(context.WithoutCancel(ctx), "DETACH snapshot"); detach != nil {
		err = errors.Join(err, detach)
	}
	if err != nil {
		return fmt.Errorf("making a snapshot of the review: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close(), SyncDir(filepath.Dir(path)))
}

// openAttached opens the file at path read-only as catalog name, and makes it
// the default. A write-ahead log beside it is read too; neither is changed.
func openAttached(ctx context.Context, path, name string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("duckdb", Limits{MemoryMiB: 1024, Threads: 2}.dsn())
	if err != nil {
		return nil, err
	}
	// USE belongs to a connection.
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	defer conn.Close()
	if err := attachReadOnly(ctx, conn, path, name); err != nil {
		if name == "review" {
			err = openError(path, err)
		}
		return nil, errors.Join(err, db.Close())
	}
	if _, err := conn.ExecContext(ctx, "USE "+quoteIdent(name)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Contents is what one table of a store holds.
type Contents struct {
	Table  string `column:"name" json:"table"`
	Rows   int64  `column:"n" json:"rows"`
	Digest string `column:"digest" json:"digest"` // of all rows, in whatever order
}

// contents reads every table of the file opened as db from end to end.
func contents(ctx context.Context, db *sql.DB) ([]Contents, error) {
	type table struct {
		Name string `column:"table_name"`
	}
	tables, err := rows[table](ctx, db, "review/verify/tables", nil)
	if err != nil {
		return nil, err
	}
	var out []Contents
	for _, t := range tables {
		c, _, err := one[Contents](ctx, db, "review/verify/table_contents", args{"name": t.Name})
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// Breach is a rule that a store breaks, and how often.
type Breach struct {
	Rule   string `column:"name"`
	Broken bool   `column:"broken"`
	Count  int64  `column:"n"`
}

func broken(ctx context.Context, db *sql.DB, name string) ([]Breach, error) {
	all, err := rows[Breach](ctx, db, name, nil)
	var out []Breach
	for _, b := range all {
		if b.Broken {
			out = append(out, b)
		}
	}
	return out, err
}

// Review is a review file, or a snapshot of one, opened to be looked at.
type Review struct{ db *sql.DB }

// OpenReview opens a review file read-only. A running workbench refuses it: ask
// the workbench for a snapshot then.
func OpenReview(ctx context.Context, path string) (*Review, error) {
	db, err := openAttached(ctx, path, "review")
	if err != nil {
		return nil, err
	}
	return &Review{db}, nil
}

// Close lets the file go.
func (r *Review) Close() error { return r.db.Close() }

// Schema is the number of the last migration the file has been through.
func (r *Review) Schema(ctx context.Context) (int64, error) {
	return versionStore{}.GetLatestVersion(ctx, r.db)
}

// NewestSchema is the number of the last migration this program knows.
func NewestSchema() int64 {
	var newest int64
	for _, name := range Names("review/migrations") {
		var n int64
		if _, err := fmt.Sscanf(filepath.Base(name), "%d_", &n); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// Contents reads every table from end to end.
func (r *Review) Contents(ctx context.Context) ([]Contents, error) {
	return contents(ctx, r.db)
}

// Breaches lists the rules the issues and decisions break.
func (r *Review) Breaches(ctx context.Context) ([]Breach, error) {
	return broken(ctx, r.db, "review/verify/issues")
}

// Decisions is the log, in order.
func (r *Review) Decisions(ctx context.Context) ([]feedback.Decision, error) {
	list, err := r.db.QueryContext(ctx, SQL("review/verify/decisions"))
	if err != nil {
		return nil, fmt.Errorf("reading decisions: %w", err)
	}
	return scanDecisions(list)
}

// PublishDecisions writes the log as the workbench publishes it.
func (r *Review) PublishDecisions(ctx context.Context, path string) error {
	if err := exec(ctx, r.db, "review/publish_decisions", args{"path": path}); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

// VerifyAudit walks the whole audit log; see Store.VerifyAudit.
func (r *Review) VerifyAudit(ctx context.Context) (problems []string, checked int, err error) {
	return (&Store{db: r.db}).VerifyAudit(ctx)
}

// AuditHead is the last line of the audit log: kept in a backup, it shows later
// that no line before it was cut off. Zero when the log is empty.
func (r *Review) AuditHead(ctx context.Context) (seq int64, hash string, err error) {
	e, _, err := one[AuditEntry](ctx, r.db, "review/audit_tail", nil)
	return e.Seq, e.Hash, err
}

// AuditHash is the hash of line seq; "" when there is no such line.
func (r *Review) AuditHash(ctx context.Context, seq int64) (string, error) {
	e, _, err := one[AuditEntry](ctx, r.db, "review/verify/audit_line", args{"seq": seq})
	return e.Hash, err
}

// Corpus is a corpus file opened to be looked at.
type Corpus struct{ db *sql.DB }

// OpenCorpus opens a corpus file read-only.
func OpenCorpus(ctx context.Context, path string) (*Corpus, error) {
	db, err := openAttached(ctx, path, "corpus")
	if err != nil {
		return nil, err
	}
	return &Corpus{db}, nil
}

// Close lets the file go.
func (c *Corpus) Close() error { return c.db.Close() }

// Run is the run that made the corpus.
func (c *Corpus) Run(ctx context.Context) (Run, bool, error) {
	return one[runRow](ctx, c.db, "corpus/run", nil)
}

// Contents reads every table from end to end.
func (c *Corpus) Contents(ctx context.Context) ([]Contents, error) {
	return contents(ctx, c.db)
}

// Breaches lists the rules the corpus breaks.
func (c *Corpus) Breaches(ctx context.Context) ([]Breach, error) {
	return broken(ctx, c.db, "corpus/verify/problems")
}

// SourceFile is an archived file that a corpus rests on.
type SourceFile struct {
	SHA256   string `column:"sha256"`
	File     string `column:"file"`
	Training string `column:"training_id"`
	FirstRun string `column:"first_run"`
	Outcome  string `column:"outcome"` // 已接收, 待确认, 隔离
}

// Sources lists the files the corpus rests on, in the order of hashes.
func (c *Corpus) Sources(ctx context.Context) ([]SourceFile, error) {
	return rows[SourceFile](ctx, c.db, "corpus/verify/sources", nil)
}

// GroupMembers is a group's key and its items, sorted.
type GroupMembers struct {
	Key   string   `column:"group_key"`
	Items []string `column:"items"`
}

// Groups lists every group with its members, in the order of keys.
func (c *Corpus) Groups(ctx context.Context) ([]GroupMembers, error) {
	return rows[GroupMembers](ctx, c.db, "corpus/verify/groups", nil)
}

// WrittenNote is a note as the review file holds it.
type WrittenNote struct {
	ID        int    `column:"note_id"`
	IssueNo   int    `column:"issue_no"`
	AccountID int    `column:"account_id"`
	Text      string `column:"text"`
}

// Notes lists every note, in the order written.
func (r *Review) Notes(ctx context.Context) ([]WrittenNote, error) {
	return rows[WrittenNote](ctx, r.db, "review/verify/notes", nil)
}
