package pipeline

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongtang/queries"
)

// prune removes what the settings no longer keep: all but the newest corpora,
// old run records that a rebuild does not need, old reports. The published
// corpus stays, and so does whatever a kept report refers to.
func (n *night) prune() error {
	now := n.opts.Now()
	if err := pruneReports(n.folder, n.opts.KeepReports, now); err != nil {
		return fmt.Errorf("pruning old reports: %w", err)
	}
	referred, err := referredRuns(n.folder.Reports())
	if err != nil {
		return fmt.Errorf("looking at what reports refer to: %w", err)
	}
	current, _, err := n.folder.Current()
	if err != nil {
		return err
	}
	referred[current] = true
	if err := pruneCorpora(n.folder, n.opts.Keep, referred); err != nil {
		return fmt.Errorf("pruning old corpora: %w", err)
	}
	if err := pruneRuns(n.folder, n.opts.KeepRuns, now, referred); err != nil {
		return fmt.Errorf("pruning old run records: %w", err)
	}
	return nil
}

func pruneCorpora(folder queries.Folder, keep int, referred map[string]bool) error {
	files, err := filepath.Glob(folder.Corpus("*"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, f := range files[:max(0, len(files)-keep)] {
		id := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "corpus-"), ".duckdb")
		if referred[id] {
			continue
		}
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

// pruneRuns removes records older than so many days of nights that changed
// nothing: failed ones, and those without new files and new decisions. The
// others are never removed: the corpus is rebuilt from them.
func pruneRuns(folder queries.Folder, days int, now time.Time, referred map[string]bool) error {
	if days <= 0 {
		return nil
	}
	entries, err := os.ReadDir(folder.Runs())
	if err != nil {
		return err
	}
	before := int64(0) // the last decision an earlier night has seen
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		path := filepath.Join(folder.Runs(), e.Name())
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var r Record
		if json.Unmarshal(body, &r) != nil || r.RunID != id {
			continue // damaged: verify tells of it, nobody removes it
		}
		changed := r.Published && (len(r.Inputs) > 0 || r.DecisionSeq != before)
		if r.Published {
			before = r.DecisionSeq
		}
		if changed || referred[id] || now.Sub(r.StartedAt) < time.Duration(days)*24*time.Hour {
			continue
		}
		if _, err := os.Stat(folder.Corpus(id)); err == nil {
			continue // its corpus is still kept
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// pruneReports removes what nobody has touched in reports/ for so many days; 0
// keeps it all. Evidence packages always stay: they prove what was handed over.
func pruneReports(folder queries.Folder, days int, now time.Time) error {
	if days <= 0 {
		return nil
	}
	entries, err := os.ReadDir(folder.Reports())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if queries.IsEvidence(e.Name()) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if now.Sub(info.ModTime()) > time.Duration(days)*24*time.Hour {
			if err := os.RemoveAll(filepath.Join(folder.Reports(), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

var runIDs = regexp.MustCompile(`\b[0-9]{8}-[0-9]{6}\b`)

// referredRuns finds the run IDs that reports name: in file names, and in the
// JSON files of folders and evidence packages.
func referredRuns(reports string) (map[string]bool, error) {
	found := map[string]bool{}
	note := func(text string) {
		for _, id := range runIDs.FindAllString(text, -1) {
			found[id] = true
		}
	}
	err := filepath.WalkDir(reports, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		note(d.Name())
		switch filepath.Ext(path) {
		case ".json":
			body, err := os.ReadFile(path)
			note(string(body))
			return err
		case ".zip":
			z, err := zip.OpenReader(path)
			if err != nil {
				return nil //nolint:nilerr // not one of ours: it refers to nothing
			}
			defer z.Close()
			for _, f := range z.File {
				// A package holds what it needs of other runs; the corpus it was made
				// from is the one its manifest names.
				if filepath.Ext(f.Name) != ".json" || (queries.IsEvidence(d.Name()) && f.Name != "manifest.json") {
					continue
				}
				in, err := f.Open()
				if err != nil {
					continue
				}
				body, _ := io.ReadAll(io.LimitReader(in, 8<<20))
				_ = in.Close()
				if queries.IsEvidence(d.Name()) {
					var m struct {
						RunID string `json:"run_id"`
					}
					if json.Unmarshal(body, &m) == nil && m.RunID != "" {
						found[m.RunID] = true
					}
					continue
				}
				note(string(body))
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return found, err
}
