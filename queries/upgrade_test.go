package queries

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
)

// reviewAt makes a review file of an earlier schema with a row in every table,
// as if a tongtang of that time had written it.
func reviewAt(t *testing.T, folder Folder, version int64) {
	t.Helper()
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	dir, err := fs.Sub(files, "review/migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db, dir, goose.WithStore(versionStore{}), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	columns, err := db.Query("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal AND table_name <> 'schema_version' ORDER BY table_name, column_index")
	if err != nil {
		t.Fatal(err)
	}
	defer columns.Close()
	values := map[string][]string{}
	for columns.Next() {
		var table, column, kind string
		if err := columns.Scan(&table, &column, &kind); err != nil {
			t.Fatal(err)
		}
		values[table] = append(values[table], sampleValue(column, kind))
	}
	if err := columns.Err(); err != nil {
		t.Fatal(err)
	}
	for table, row := range values {
		if _, err := db.Exec("INSERT INTO " + table + " VALUES (" + strings.Join(row, ", ") + ")"); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	// The audit log is a chain, so its one line must be a true one.
	if _, ok := values["audit"]; ok {
		if _, err := db.Exec("DELETE FROM audit"); err != nil {
			t.Fatal(err)
		}
		s := &Store{now: nowForTest}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.record(t.Context(), tx, 1, "account.create", "account:x", map[string]any{"name": "旧帐号"}), tx.Commit()); err != nil {
			t.Fatal(err)
		}
	}
}

// sampleValue is a value that fits a column, and that the program can make
// sense of where it must.
func sampleValue(column, kind string) string {
	switch column {
	case "training_id":
		return "'2024-1'"
	case "department", "host":
		return "'JC'"
	case "role":
		return "'研判'"
	case "status":
		return "'研判中'"
	case "kind":
		return "'confirm'"
	}
	switch {
	case strings.HasSuffix(kind, "[]"):
		return "[]"
	case kind == "JSON":
		return "'{}'"
	case kind == "BOOLEAN":
		return "true"
	case kind == "DATE":
		return "DATE '2024-06-18'"
	case strings.HasPrefix(kind, "TIMESTAMP"):
		return "TIMESTAMP '2024-06-18 09:30:00'"
	case kind == "BLOB":
		return "'x'::BLOB"
	case kind == "VARCHAR":
		return "'旧'"
	}
	return "1"
}

// Every earlier schema is brought up to date with all its data, once, and opens
// like any other; opening it again changes nothing.
func TestEveryEarlierReviewIsUpgradedWithItsData(t *testing.T) {
	for version := int64(1); version <= NewestSchema(); version++ {
		t.Run(fmt.Sprintf("schema %d", version), func(t *testing.T) {
			folder := Folder(filepath.Join(t.TempDir(), "data"))
			reviewAt(t, folder, version)
			before := rowsOf(t, folder)
			for range 2 {
				s, err := OpenStore(t.Context(), string(folder), StoreOptions{})
				if err != nil {
					t.Fatal(err)
				}
				accounts, err := s.Accounts(t.Context())
				if err != nil || len(accounts) != 1 || accounts[0].Login != "旧" {
					t.Errorf("accounts: %+v %v", accounts, err)
				}
				problems, lines, err := s.VerifyAudit(t.Context())
				if err != nil || len(problems) > 0 || lines == 0 {
					t.Errorf("audit: %v, %d lines, %v", problems, lines, err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			after := rowsOf(t, folder)
			for table, n := range before {
				if after[table] < n && table != "http_session" {
					t.Errorf("%s has %d rows, had %d", table, after[table], n)
				}
			}
			r, err := OpenReview(t.Context(), folder.Review())
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if have, err := r.Schema(t.Context()); err != nil || have != NewestSchema() {
				t.Errorf("schema %d, want %d, %v", have, NewestSchema(), err)
			}
		})
	}
}

func rowsOf(t *testing.T, folder Folder) map[string]int64 {
	t.Helper()
	r, err := OpenReview(t.Context(), folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tables, err := r.Contents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int64{}
	for _, table := range tables {
		n[table.Table] = table.Rows
	}
	return n
}

// A review of a newer tongtang is refused in a sentence and left as it is.
func TestNewerReviewIsRefusedAndLeftAlone(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "data"))
	reviewAt(t, folder, NewestSchema())
	db, err := sql.Open("duckdb", folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("INSERT INTO schema_version (version, is_applied) VALUES (999, true)")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenStore(t.Context(), string(folder), StoreOptions{})
	var refusal *Refusal
	if !errors.As(err, &refusal) || !strings.Contains(refusal.Zh, "999") || !strings.Contains(refusal.Zh, "更新") {
		t.Errorf("opened: %v", err)
	}
	after, err := os.ReadFile(folder.Review())
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed (%v)", err)
	}
}

// An empty review file, and one that knows less than was published, are not
// taken for a beginning.
func TestLostReviewIsNotTakenForANewOne(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "data"))
	reviewAt(t, folder, NewestSchema())
	s, err := OpenStore(t.Context(), string(folder), StoreOptions{}) // publishes its one decision
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	published, err := os.ReadFile(folder.Decisions())
	if err != nil {
		t.Fatal(err)
	}
	wantRefused := func(what, say string) {
		t.Helper()
		_, err := OpenStore(t.Context(), string(folder), StoreOptions{})
		var refusal *Refusal
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Zh, say) {
			t.Errorf("%s: %v", what, err)
		}
		if now, err := os.ReadFile(folder.Decisions()); err != nil || !bytes.Equal(now, published) {
			t.Errorf("%s: the published decisions changed (%v)", what, err)
		}
	}
	// With a standby both are mended: see TestStandby.
	if err := errors.Join(os.RemoveAll(folder.Standby()), os.Truncate(folder.Review(), 0)); err != nil {
		t.Fatal(err)
	}
	wantRefused("empty", "是空的")
	if err := errors.Join(os.RemoveAll(folder.Standby()), os.Remove(folder.Review())); err != nil {
		t.Fatal(err)
	}
	wantRefused("gone", "已发布 1 项")
}

func nowForTest() time.Time { return time.Date(2024, 6, 18, 9, 30, 0, 0, time.UTC) }
