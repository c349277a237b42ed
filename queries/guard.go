package queries

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// guardEmpty refuses a review file of no bytes: DuckDB would take it for a new
// one, and what people did would be gone without a word.
func guardEmpty(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() == 0 {
		return refusef(Invalid,
			"研判数据文件 %s 是空的，未作任何改动：请用 tongtang restore 从最近的备份恢复；若从未使用过工作台，删除该空文件即可。",
			"The review file %s is empty; nothing was changed. Restore the latest backup, or delete it if the workbench was never used.", path)
	}
	return err
}

// guardOlder refuses a review that knows fewer decisions than were published
// from it: it is gone, or from an old backup, and publishing it would take the
// later decisions from the next night without a word.
func (s *Store) guardOlder(ctx context.Context) error {
	published, err := ReadDecisions(ctx, s.folder.Decisions())
	if err != nil {
		// What cannot be read holds nothing to lose; it is published anew.
		s.log.Warn("published decisions unreadable, publishing them anew", "error", err)
		return nil
	}
	log, err := rows[decisionRow](ctx, s.db, "review/decision_log", nil)
	if err != nil {
		return err
	}
	if len(published) > len(log) {
		return refusef(Invalid,
			"研判数据只有 %d 项决定，而 %s 中已发布 %d 项：研判数据可能丢失或来自旧备份，未作任何改动。请恢复更新的备份；确要从旧数据继续，先把 decisions.parquet 改名留存，再打开工作台。",
			"The review holds %d decisions, but %s has %d published: it is missing or from an old backup; nothing was changed. Restore a newer backup, or rename decisions.parquet to go on from the old one.",
			len(log), s.folder.Decisions(), len(published))
	}
	return nil
}
