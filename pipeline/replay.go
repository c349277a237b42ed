package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// Replay makes a past night again: under its own ID, from the archived files it
// took in, under the decisions it saw. A run of replays, oldest first, gives
// the same items, groups and keys as the nights themselves gave. With Options.Now
// answering the night's own time, so do dates and lineage.
type Replay struct {
	RunID       string
	DecisionSeq int64 // later decisions are not seen
	Carried     bool  // it took over what had not changed
	Inputs      []RecordInput
}

// decisions are those that the night may see; a new night sees all.
func (r *Replay) decisions(log []feedback.Decision) []feedback.Decision {
	if r == nil {
		return log
	}
	return slices.DeleteFunc(log, func(d feedback.Decision) bool { return d.Seq > r.DecisionSeq })
}

// receive finds the night's new files: in the inbox, or in the archive for a
// night made again.
func (n *night) receive(ctx context.Context, known map[string]bool) (fresh []received, seen int, err error) {
	if n.opts.Replay == nil {
		return receive(ctx, n.folder, known)
	}
	for _, in := range n.opts.Replay.Inputs {
		seen++
		if known[in.SHA256] {
			continue // one that waited is taken up again by itself
		}
		path, err := archivedAs(n.folder, in.SHA256)
		if err != nil && in.Outcome == fileQuarantined {
			continue // what is refused is not kept
		}
		if err != nil {
			return nil, seen, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, seen, err
		}
		fresh = append(fresh, received{Path: path, Archived: path, Name: in.File, SHA256: in.SHA256, Bytes: info.Size(), TrainingID: in.Training})
	}
	return fresh, seen, nil
}

// mendRecord writes the record of the published run if it is not there: a night
// killed after publishing left none, and a rebuild needs every night's. All it
// needs stands in the corpus.
func (n *night) mendRecord(ctx context.Context, runID string) error {
	if runID == "" || n.opts.Replay != nil {
		return nil
	}
	path := filepath.Join(n.folder.Runs(), runID+".json")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r := Record{RunID: runID, Outcome: "完成", Published: true, Error: "运行在发布之后被中断，本记录由其归并结果补写"}
	var options string
	err := n.scanRow(ctx, "corpus/build/previous_run", &r.StartedAt, &r.FinishedAt, &r.Version, &r.DictionaryHash, &r.PreviousRun, &r.DecisionSeq, &options, &r.Carried)
	if err != nil {
		return fmt.Errorf("补写运行记录 %s: %w", runID, err)
	}
	r.StartedAt, r.FinishedAt = r.StartedAt.Local(), r.FinishedAt.Local() // a night's date is the local one
	r.Options = json.RawMessage(options)
	rows, err := n.build.Query(ctx, "corpus/build/previous_inputs", queries.Named("run_id", runID))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var in RecordInput
		if err := rows.Scan(&in.File, &in.SHA256, &in.Training, &in.Outcome, &in.Items, &in.Rejected); err != nil {
			return err
		}
		if in.Training == "*" { // its rows name theirs
			in.Training = ""
		}
		r.Inputs = append(r.Inputs, in)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return r.save(n.folder)
}

// scanRow reads the one row a statement gives.
func (n *night) scanRow(ctx context.Context, name string, into ...any) error {
	rows, err := n.build.Query(ctx, name)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(fmt.Errorf("%s: no row", name), rows.Err())
	}
	return errors.Join(rows.Scan(into...), rows.Err())
}
