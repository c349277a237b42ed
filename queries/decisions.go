package queries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/duckdb/duckdb-go/v2"

	"tongtang/pipeline/feedback"
)

// ReadDecisions reads the log that the workbench published, in the order the
// decisions were made. A folder without one has no decisions yet.
func ReadDecisions(ctx context.Context, path string) ([]feedback.Decision, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	db, err := sql.Open("duckdb", Limits{MemoryMiB: 512, Threads: 1}.dsn())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, SQL("review/read_published_decisions"), sql.Named("path", path))
	if err != nil {
		return nil, fmt.Errorf("读取 %s（工作台发布的决定）: %w；请在工作台运行时重试，工作台会重新发布该文件", path, err)
	}
	return scanDecisions(rows)
}

// scanDecisions reads a statement's rows as decisions and closes them.
func scanDecisions(rows *sql.Rows) ([]feedback.Decision, error) {
	defer rows.Close()
	var out []feedback.Decision
	for rows.Next() {
		var d feedback.Decision
		var kind string
		var items duckdb.Composite[[]string]
		if err := rows.Scan(&d.Seq, &d.MadeAt, &kind, &d.GroupKey, &d.OtherKey, &d.IssueNo, &items, &d.Payload, &d.Undoes); err != nil {
			return nil, fmt.Errorf("reading decisions: %w", err)
		}
		d.Kind, d.Items = feedback.DecisionKind(kind), items.Get()
		out = append(out, d)
	}
	return out, rows.Err()
}
