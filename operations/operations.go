// Package operations keeps a data folder alive: backup and restore, verify,
// rebuild, doctor, accounts from the command line, and what a monitor wants to
// know.
//
// The review file has one writer, the workbench, and DuckDB lets no second
// process in, not even to read. So whatever needs the review asks a running
// workbench over a Unix socket in the data folder (see Control), and opens the
// file itself only when no workbench answers. Everything else — corpora, run
// records, the archive — is written once and renamed into place, and is read
// without asking anyone.
//
// Every function is plain: a folder and options in, a report out. Sentences
// for people are Chinese and say what to do.
package operations

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline"
	"tongtang/queries"
)

// Level says how much a finding matters.
type Level string

// The levels, as printed.
const (
	Good    Level = "正常"
	Notice  Level = "提示" // works, but somebody should know
	Trouble Level = "故障" // does not work, or something is lost
)

// Finding is one thing looked at.
type Finding struct {
	Name  string `json:"name"`
	Level Level  `json:"level"`
	Say   string `json:"say"`          // what was found
	Do    string `json:"do,omitempty"` // what to do about it
}

// Findings is what verify and doctor answer, in the order things were looked at.
type Findings []Finding

// Worst is the gravest level among them.
func (f Findings) Worst() Level {
	worst := Good
	for _, one := range f {
		switch {
		case one.Level == Trouble:
			return Trouble
		case one.Level == Notice:
			worst = Notice
		}
	}
	return worst
}

func (f *Findings) good(name, say string, args ...any) {
	*f = append(*f, Finding{name, Good, fmt.Sprintf(say, args...), ""})
}

func (f *Findings) notice(name, do, say string, args ...any) {
	*f = append(*f, Finding{name, Notice, fmt.Sprintf(say, args...), do})
}

func (f *Findings) trouble(name, do, say string, args ...any) {
	*f = append(*f, Finding{name, Trouble, fmt.Sprintf(say, args...), do})
}

// Runs reads the run records, oldest first. A record that cannot be read is
// named in damaged and left out.
func Runs(folder queries.Folder) (runs []pipeline.Record, damaged []string, err error) {
	entries, err := os.ReadDir(folder.Runs())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading run records: %w", err)
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || strings.HasPrefix(id, ".") {
			continue
		}
		var r pipeline.Record
		body, err := os.ReadFile(filepath.Join(folder.Runs(), e.Name()))
		if err == nil {
			err = json.Unmarshal(body, &r)
		}
		if err != nil || r.RunID != id {
			damaged = append(damaged, "runs/"+e.Name())
			continue
		}
		runs = append(runs, r)
	}
	slices.SortFunc(runs, func(a, b pipeline.Record) int { return cmp.Compare(a.RunID, b.RunID) })
	return runs, damaged, nil
}

// lastRun is the newest record; ok is false before the first night.
func lastRun(runs []pipeline.Record) (pipeline.Record, bool) {
	if len(runs) == 0 {
		return pipeline.Record{}, false
	}
	return runs[len(runs)-1], true
}

// failed says that the run ended with an error; it may have published before.
func failed(r pipeline.Record) bool { return r.Outcome == "失败" }

func at(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// size is a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d 字节", n)
}

// firstFew names at most five of a list.
func firstFew(list []string) string {
	if len(list) > 5 {
		return strings.Join(list[:5], "、") + fmt.Sprintf(" 等 %d 项", len(list))
	}
	return strings.Join(list, "、")
}
