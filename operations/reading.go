package operations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"tongtang/queries"
)

// OpenReading opens a store that nobody works in: the review as it is now, the
// published corpus as it is. It waits for no lock and holds none, so an export
// may run while people work. What is done to it is lost when it is closed.
func OpenReading(ctx context.Context, folder queries.Folder) (store *queries.Store, closeIt func() error, err error) {
	scratch, err := os.MkdirTemp("", "tongtang-reading-")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(scratch))
		}
	}()
	own := queries.Folder(scratch)
	if err := os.MkdirAll(filepath.Dir(own.Review()), 0o700); err != nil {
		return nil, nil, err
	}
	if err := copyNow(ctx, folder, own.Review()); err != nil {
		return nil, nil, err
	}
	corpus, err := filepath.Abs(filepath.Join(string(folder), "corpus"))
	if err != nil {
		return nil, nil, err
	}
	if err := os.Symlink(corpus, filepath.Join(scratch, "corpus")); err != nil {
		return nil, nil, err
	}
	store, err = queries.OpenStore(ctx, scratch, queries.StoreOptions{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	return store, func() error { return errors.Join(store.Close(), os.RemoveAll(scratch)) }, nil
}

// copyNow puts a copy of the review at path: a running workbench's snapshot, or
// one made here when none runs. A folder nobody ever opened has none to copy.
func copyNow(ctx context.Context, folder queries.Folder, path string) error {
	var a snapshotAnswer
	err := ask(ctx, folder, http.MethodPost, "/snapshot", map[string]string{"for": "export"}, &a)
	if errors.Is(err, errAlone) {
		if _, err := os.Stat(folder.Review()); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s 中还没有研判数据：请先运行 tongtang serve 并确认问题", folder)
		}
		return queries.SnapshotReview(ctx, folder.Review(), path)
	}
	if err != nil {
		return err
	}
	defer os.Remove(a.Path)
	body, err := os.ReadFile(a.Path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}
