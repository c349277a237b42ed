package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// Receipt is what an organiser gets back for a file handed in by hand.
type Receipt struct {
	File     string
	Outcome  string // 已接收, 待确认, 隔离
	Inbox    string // where it now waits for the night; empty when refused
	Rows     int
	Items    int
	Masked   map[string]int
	Rejects  []feedback.Reject
	Notes    []intake.Note
	Mappings []intake.Mapping
	Trial    intake.Report
}

// Ingest reads files as a night would and puts what can be read into the inbox
// of the training (or into the inbox itself when training is empty), where the
// next night takes it. Nothing is published. A file that is refused stays where
// it is.
func Ingest(ctx context.Context, folder queries.Folder, training string, paths []string, opts Options) ([]Receipt, error) {
	opts.Workers = cmp.Or(opts.Workers, runtime.GOMAXPROCS(0))
	if training != "" && !trainingFolder.MatchString(training) {
		return nil, fmt.Errorf("期次编号 %q 应形如 2024-1（年份-当年第几期）", training)
	}
	if err := folder.Make(); err != nil {
		return nil, err
	}
	n := &night{folder: folder, opts: opts}
	var err error
	if n.tables, err = lexicon.Load(folder.Lexicon()); err != nil {
		return nil, err
	}
	n.cites = citation.New(n.tables)
	log, err := queries.ReadDecisions(ctx, folder.Decisions())
	if err != nil {
		return nil, err
	}
	if n.settled, err = settle(log); err != nil {
		return nil, err
	}
	trainings, err := readTrainings(folder.Trainings())
	if err != nil {
		return nil, err
	}
	r, err := n.reader(trainings)
	if err != nil {
		return nil, err
	}
	var out []Receipt
	for _, path := range paths {
		sum, size, err := hashFile(path)
		if err != nil {
			return out, fmt.Errorf("读取 %s: %w", path, err)
		}
		f := received{Path: path, Archived: path, Name: filepath.Base(path), SHA256: sum, Bytes: size, TrainingID: training}
		d, err := r.read(ctx, f, n.settled.training[sum])
		if err != nil {
			return out, err
		}
		receipt := Receipt{
			File: f.Name, Outcome: d.outcome, Rows: d.report.RowsIn, Items: len(d.items),
			Masked: d.masked, Rejects: d.rejects, Notes: d.notes, Trial: d.report,
		}
		for _, s := range d.report.Sheets {
			if s.Mapping != nil {
				receipt.Mappings = append(receipt.Mappings, *s.Mapping)
			}
		}
		if d.outcome != fileQuarantined {
			if receipt.Inbox, err = deliver(folder, f); err != nil {
				return out, err
			}
		}
		out = append(out, receipt)
	}
	return out, nil
}

// deliver copies a file into the inbox. A file of the same name and other
// content is kept beside it, never overwritten.
func deliver(folder queries.Folder, f received) (string, error) {
	dir := filepath.Join(folder.Inbox(), f.TrainingID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	target := filepath.Join(dir, f.Name)
	switch sum, _, err := hashFile(target); {
	case err == nil && sum == f.SHA256:
		return target, nil
	case err == nil:
		target = filepath.Join(dir, f.SHA256[:8]+"-"+f.Name)
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	in, err := os.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	return target, archive(in, target)
}

// hashFile is a file's SHA-256 in lower-case hex, and its size.
func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	return hash(f)
}

// Kinds lists what was masked, by kind, for a line of print.
func (r Receipt) Kinds() []string {
	var out []string
	for kind, n := range r.Masked {
		out = append(out, fmt.Sprintf("%s %d", kind, n))
	}
	slices.Sort(out)
	return out
}
