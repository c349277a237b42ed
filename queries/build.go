package queries

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/duckdb/duckdb-go/v2"
)

// Build writes one new corpus. Rows go in through DuckDB's Appender; what the previous corpus already knows is copied over by SQL,
// without passing through memory. Until Finish renames it the file has another
// name, so a run that is killed leaves nothing behind that could be taken for
// a corpus.
type Build struct {
	db   *sql.DB
	conn *sql.Conn
	tmp  string
	path string
	prev bool
}

// Limits bound what DuckDB may take of the machine while a corpus is built.
type Limits struct {
	MemoryMiB int // zero means 4096
	Threads   int // zero means 2
}

func (l Limits) dsn() string {
	mem, threads := l.MemoryMiB, l.Threads
	if mem == 0 {
		mem = 4096
	}
	if threads == 0 {
		threads = 2
	}
	return fmt.Sprintf("?memory_limit=%dMiB&threads=%d&autoinstall_known_extensions=false&autoload_known_extensions=false", mem, threads)
}

// Row is one row for Append, columns in the schema's order. Types are those
// DuckDB's Appender takes: int32 for INTEGER, int64 for BIGINT, time.Time for
// DATE and TIMESTAMP, nil for null, slices for lists.
type Row = []driver.Value

// Named gives a statement's parameter its value.
func Named(name string, value any) any { return sql.Named(name, value) }

// NewBuild starts the corpus that will stand at path. If previous names a
// corpus file it is attached read-only as `previous`; otherwise `previous` is
// an empty corpus, so that every statement reads the same.
func NewBuild(ctx context.Context, path, previous string, limits Limits) (*Build, error) {
	tmp := path + ".building"
	for _, old := range []string{tmp, tmp + ".wal"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("removing an unfinished corpus: %w", err)
		}
	}
	db, err := sql.Open("duckdb", tmp+limits.dsn())
	if err != nil {
		return nil, fmt.Errorf("creating corpus: %w", err)
	}
	b := &Build{db: db, tmp: tmp, path: path, prev: previous != ""}
	b.conn, err = db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("creating corpus: %w", err), db.Close())
	}
	if err := b.begin(ctx, previous); err != nil {
		return nil, errors.Join(err, b.Discard())
	}
	return b, nil
}

func (b *Build) begin(ctx context.Context, previous string) error {
	if _, err := b.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	for _, name := range Names("corpus/schema") {
		if err := b.Exec(ctx, name); err != nil {
			return err
		}
	}
	if _, err := b.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	if previous == "" {
		if _, err := b.conn.ExecContext(ctx, "ATTACH ':memory:' AS previous"); err != nil {
			return err
		}
		if _, err := b.conn.ExecContext(ctx, "USE previous"); err != nil {
			return err
		}
		for _, name := range Names("corpus/schema") {
			if err := b.Exec(ctx, name); err != nil {
				return err
			}
		}
		if err := b.useMain(ctx); err != nil {
			return err
		}
	} else {
		if err := attachReadOnly(ctx, b.conn, previous, "previous"); err != nil {
			return corpusError(previous, err)
		}
		if err := b.sameSchema(ctx, previous); err != nil {
			return err
		}
	}
	if _, err := b.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	return nil
}

// sameSchema refuses to go on from a corpus whose tables another version of the
// program made.
func (b *Build) sameSchema(ctx context.Context, previous string) error {
	rows, err := b.Query(ctx, "corpus/build/schema_differs")
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return rows.Err()
	}
	var table string
	if err := rows.Scan(&table); err != nil {
		return err
	}
	return &explained{
		"上一次的归并结果 " + previous + " 是另一版本的程序生成的，未作任何改动：请运行 tongtang rebuild 由档案重建",
		fmt.Errorf("table %s has other columns", table),
	}
}

// useMain makes the corpus being built the default catalog again.
func (b *Build) useMain(ctx context.Context) error {
	var name string
	row := b.conn.QueryRowContext(ctx, SQL("corpus/build/main_catalog"), sql.Named("path", b.tmp))
	if err := row.Scan(&name); err != nil {
		return fmt.Errorf("finding the corpus's catalog: %w", err)
	}
	_, err := b.conn.ExecContext(ctx, "USE "+quoteIdent(name))
	return err
}

// Append loads rows into table, columns in the schema's order.
func (b *Build) Append(table string, rows iter.Seq[Row]) (n int64, err error) {
	err = b.conn.Raw(func(dc any) error {
		app, err := duckdb.NewAppenderFromConn(dc.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		for row := range rows {
			if err := app.AppendRow(row...); err != nil {
				return errors.Join(err, app.Close())
			}
			n++
		}
		return app.Close()
	})
	if err != nil {
		return n, fmt.Errorf("loading table %s: %w", table, err)
	}
	return n, nil
}

// Exec runs the statement queries/<name>.sql.
func (b *Build) Exec(ctx context.Context, name string, args ...any) error {
	if _, err := b.conn.ExecContext(ctx, SQL(name), args...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Query runs the statement queries/<name>.sql; the caller closes the rows.
func (b *Build) Query(ctx context.Context, name string, args ...any) (*sql.Rows, error) {
	rows, err := b.conn.QueryContext(ctx, SQL(name), args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}

// Settle commits what was written so far: rows that a transaction has not
// committed have no number yet.
func (b *Build) Settle(ctx context.Context) error {
	for _, stmt := range []string{"COMMIT", "BEGIN"} {
		if _, err := b.conn.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("writing corpus: %s: %w", stmt, err)
		}
	}
	return nil
}

// Finish commits, writes everything to the file, and gives it its name. After
// an error nothing stands at the path.
func (b *Build) Finish(ctx context.Context) error {
	for _, stmt := range []string{"COMMIT", "DETACH previous"} {
		if _, err := b.conn.ExecContext(ctx, stmt); err != nil {
			return errors.Join(fmt.Errorf("finishing corpus: %s: %w", stmt, err), b.Discard())
		}
	}
	// Indexes last: loading into one row by row takes ten times as long.
	for _, name := range Names("corpus/index") {
		if err := b.Exec(ctx, name); err != nil {
			return errors.Join(fmt.Errorf("finishing corpus: %w", err), b.Discard())
		}
	}
	if _, err := b.conn.ExecContext(ctx, "CHECKPOINT"); err != nil {
		return errors.Join(fmt.Errorf("finishing corpus: %w", err), b.Discard())
	}
	if err := errors.Join(b.conn.Close(), b.db.Close()); err != nil {
		return fmt.Errorf("closing corpus: %w", err)
	}
	f, err := os.Open(b.tmp)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing corpus: %w", err)
	}
	// Read-only: a corpus never changes once it is published.
	if err := os.Chmod(b.tmp, 0o440); err != nil {
		return err
	}
	if err := os.Rename(b.tmp, b.path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(b.path))
}

// Discard gives up and removes what was written.
func (b *Build) Discard() error {
	_ = b.conn.Close()
	_ = b.db.Close()
	return errors.Join(Remove(b.tmp), Remove(b.tmp+".wal"))
}

// Remove removes a file; one that is not there is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// attachReadOnly attaches the DuckDB file at path as name. ATTACH takes no
// parameters, so the path is quoted here.
func attachReadOnly(ctx context.Context, conn *sql.Conn, path, name string) error {
	_, err := conn.ExecContext(ctx, "ATTACH "+quoteText(path)+" AS "+quoteIdent(name)+" (READ_ONLY)")
	return err
}

func quoteText(s string) string  { return "'" + doubled(s, '\'') + "'" }
func quoteIdent(s string) string { return `"` + doubled(s, '"') + `"` }

func doubled(s string, q byte) string {
	out := make([]byte, 0, len(s)+2)
	for i := range len(s) {
		if s[i] == q {
			out = append(out, q)
		}
		out = append(out, s[i])
	}
	return string(out)
}
