package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tongtang/pipeline/embedding"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// Stage is one finished step of a run, as it is reported and recorded.
type Stage struct {
	Name    string           `json:"stage"`   // Chinese, as the line shows it
	Seconds float64          `json:"seconds"` // wall time
	Counts  map[string]int64 `json:"counts"`
	Line    string           `json:"line"` // the counts as a sentence
}

// Record is a run's own account of itself: runs/<run id>.json.
type Record struct {
	RunID          string        `json:"run_id"`
	StartedAt      time.Time     `json:"started_at"`
	FinishedAt     time.Time     `json:"finished_at"`
	Outcome        string        `json:"outcome"`   // 完成, 完成(有退回), 失败
	Published      bool          `json:"published"` // its corpus became the current one, even if something failed after
	Error          string        `json:"error,omitempty"`
	Version        string        `json:"version"`
	DictionaryHash string        `json:"dictionary_hash"`
	PreviousRun    string        `json:"previous_run,omitempty"`
	DecisionSeq    int64         `json:"decision_seq"`
	Options        any           `json:"options"`
	Inputs         []RecordInput `json:"inputs"`
	Stages         []Stage       `json:"stages"`
	// Embeddings is nil when no sentence vectors were asked for.
	Embeddings *embedding.Report `json:"embeddings,omitempty"`
	// People is how the machine's memberships fared with people.
	People    People `json:"people"`
	PeakBytes int64  `json:"peak_bytes"` // resident set, of the whole process
	// Audit is where the workbench's audit log ended when the run began.
	Audit queries.AuditMark `json:"audit"`
}

// RecordInput is a file the run took in.
type RecordInput struct {
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	Training string `json:"training_id"`
	Outcome  string `json:"outcome"`
	Items    int    `json:"items"`
	Rejected int    `json:"rejected"`
	// Reasons counts what was not taken in, by reason.
	Reasons map[feedback.RejectReason]int `json:"reasons,omitempty"`
}

// Rejected says whether anything was turned away or waits for a person.
func (r Record) Rejected() bool {
	return slices.ContainsFunc(r.Inputs, func(in RecordInput) bool { return in.Rejected > 0 || in.Outcome != fileAccepted })
}

// WithoutVectors says whether vectors were asked for and not all could be had.
func (r Record) WithoutVectors() bool { return r.Embeddings != nil && r.Embeddings.Problem != "" }

func (r Record) save(folder queries.Folder) error {
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return queries.WriteFile(filepath.Join(folder.Runs(), r.RunID+".json"), append(body, '\n'), 0o600)
}

// sign writes into the corpus which run made it.
func (n *night) sign(ctx context.Context) error {
	r := n.record
	options, err := json.Marshal(r.Options)
	if err != nil {
		return err
	}
	return n.build.Exec(ctx, "corpus/build/put_run",
		queries.Named("run_id", r.RunID), queries.Named("started_at", r.StartedAt.UTC()), queries.Named("finished_at", n.opts.Now().UTC()),
		queries.Named("version", r.Version), queries.Named("dictionary_hash", r.DictionaryHash), queries.Named("options", string(options)),
		queries.Named("previous_run", r.PreviousRun), queries.Named("decision_seq", r.DecisionSeq))
}

const runIDForm = "20060102-150405"

// newRunID names a run by its start, in local time. Names only ever grow, even
// when the clock was set back or two runs start in one second.
func newRunID(folder queries.Folder, now time.Time) (string, error) {
	entries, err := os.ReadDir(folder.Runs())
	if err != nil {
		return "", err
	}
	var last string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			last = max(last, id)
		}
	}
	if current, _, err := folder.Current(); err == nil {
		last = max(last, current)
	}
	id := now.Format(runIDForm)
	if id > last {
		return id, nil
	}
	t, err := time.ParseInLocation(runIDForm, last, now.Location())
	if err != nil {
		return "", fmt.Errorf("runs/%s.json 不是运行记录的名字: %w", last, err)
	}
	return t.Add(time.Second).Format(runIDForm), nil
}

// ErrRunning says that another run holds the data folder.
var ErrRunning = errors.New("另一次夜间归并正在进行，本次未开始")

// lock takes the data folder for one run; the kernel gives it back when the
// process ends, however it ends.
func lock(folder queries.Folder) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(folder.Runs(), ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	return func() { f.Close() }, nil
}

// sweep removes what runs that were killed left half written. The caller holds
// the lock, so nothing of it can be in use; the inbox, where ingest and people
// write, is left alone.
func sweep(folder queries.Folder) error {
	corpora := filepath.Dir(folder.Corpus("x"))
	for _, pattern := range []string{
		filepath.Join(corpora, "corpus-*.building*"), filepath.Join(corpora, ".new-*"), filepath.Join(corpora, ".rebuild-*"),
		filepath.Join(folder.Archive(), "*", ".new-*"), filepath.Join(folder.Runs(), ".new-*"), filepath.Join(folder.Quarantine(), ".new-*"),
	} {
		left, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, path := range left {
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("removing what an interrupted run left: %w", err)
			}
		}
	}
	return nil
}

// peakBytes is the process's largest resident set so far.
func peakBytes() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss * 1024
}
