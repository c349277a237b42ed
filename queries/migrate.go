package queries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// migrate brings the review file's schema up to date. A file made by a newer
// tongtang is left alone.
func (s *Store) migrate(ctx context.Context) error {
	dir, err := fs.Sub(files, "review/migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectCustom, s.db, dir, goose.WithStore(versionStore{}), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	have, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema version of %s: %w", s.folder.Review(), err)
	}
	sources := provider.ListSources()
	if newest := sources[len(sources)-1].Version; have > newest {
		return refusef(Invalid,
			"研判数据由更新版本的 tongtang 建立（数据版本 %d，本程序支持到 %d），未作任何改动：请使用更新的程序。",
			"The review file was made by a newer tongtang (schema %d, this one knows up to %d); nothing was changed. Use the newer program.",
			have, newest)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating %s: %w", s.folder.Review(), err)
	}
	return nil
}

// versionStore keeps goose's version table in DuckDB, which goose does not know.
type versionStore struct{}

func (versionStore) Tablename() string { return "schema_version" }

func (versionStore) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	return exec(ctx, db, "review/create_schema_version", nil)
}

func (versionStore) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	return exec(ctx, db, "review/insert_schema_version", args{"version": req.Version})
}

func (versionStore) Delete(ctx context.Context, db database.DBTxConn, version int64) error {
	return exec(ctx, db, "review/delete_schema_version", args{"version": version})
}

func (v versionStore) GetMigration(ctx context.Context, db database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	var out database.GetMigrationResult
	row := db.QueryRowContext(ctx, SQL("review/schema_version_applied"), sql.Named("version", version))
	if err := row.Scan(&out.Timestamp, &out.IsApplied); errors.Is(err, sql.ErrNoRows) {
		return nil, database.ErrVersionNotFound
	} else if err != nil {
		return nil, err
	}
	return &out, nil
}

func (v versionStore) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	var n sql.NullInt64
	if err := db.QueryRowContext(ctx, SQL("review/latest_schema_version")).Scan(&n); err != nil {
		return -1, err
	}
	if !n.Valid {
		return -1, database.ErrVersionNotFound
	}
	return n.Int64, nil
}

func (versionStore) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	type row struct {
		Version int64 `column:"version"`
		Applied bool  `column:"is_applied"`
	}
	all, err := rows[row](ctx, db, "review/schema_versions", nil)
	if err != nil {
		return nil, err
	}
	out := make([]*database.ListMigrationsResult, len(all))
	for i, r := range all {
		out[i] = &database.ListMigrationsResult{Version: r.Version, IsApplied: r.Applied}
	}
	return out, nil
}
