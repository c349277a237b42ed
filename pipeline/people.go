package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// People is how the machine's memberships fared with people (queries.Verdicts
// is the definition): since the night before, and under the strictness in force.
type People struct {
	Looked int `json:"looked"` // memberships judged since the night before
	Kept   int `json:"kept"`   // of them those that held
	Missed int `json:"missed"` // items that people put in by hand since
	// The same since the strictness was last changed.
	AllLooked int `json:"all_looked"`
	AllKept   int `json:"all_kept"`
	AllMissed int `json:"all_missed"`
	// Suggest is the strictness that the figures speak for; empty when they
	// speak for none, or for the one in force. It is a suggestion: nothing
	// changes by itself.
	Suggest string `json:"suggest,omitempty"`
}

// Bars of the suggestion: of fewer judgements nothing follows; below tooWide the
// groups take in too much; above sure they hold, and where people add by hand a
// quarter of what they judged, the groups leave out too much.
const (
	enoughJudged = 30
	tooWide      = 0.75
	sure         = 0.92
	tooNarrow    = 0.25
)

// suggest says which strictness the figures speak for.
func (p People) suggest(now string) string {
	steps := []string{"loose", "medium", "strict"}
	at := slices.Index(steps, now)
	if at < 0 || p.AllLooked < enoughJudged {
		return ""
	}
	share := float64(p.AllKept) / float64(p.AllLooked)
	switch {
	case share < tooWide && at < 2:
		return steps[at+1]
	case share >= sure && float64(p.AllMissed) >= tooNarrow*float64(p.AllLooked) && at > 0:
		return steps[at-1]
	}
	return ""
}

// people measures what people said of the machine's memberships, for the record
// and the corpus. log is what this night may see.
func (n *night) people(ctx context.Context, log []feedback.Decision, previousRun string) error {
	var since int64
	if previousRun != "" {
		var p Record
		var options string
		if err := n.scanRow(ctx, "corpus/build/previous_run", &p.StartedAt, &p.FinishedAt, &p.Version, &p.DictionaryHash, &p.PreviousRun, &since, &options); err != nil {
			return err
		}
	}
	strictness, _ := n.record.Options.(map[string]any)["strictness"].(string)
	changed, err := strictnessSince(n.folder, strictness)
	if err != nil {
		return err
	}
	if previousRun == "" {
		changed = 0
	}
	var p People
	p.Looked, p.Kept, p.Missed = faring(log, since)
	p.AllLooked, p.AllKept, p.AllMissed = faring(log, changed)
	p.Suggest = p.suggest(strictness)
	n.record.People = p
	n.record.Options.(map[string]any)["people"] = p
	return nil
}

// faring counts the judgements made after a decision.
func faring(log []feedback.Decision, after int64) (looked, kept, missed int) {
	v := queries.NewVerdicts(after)
	for _, d := range queries.Standing(log) {
		v.Take(d)
		var a queries.AttachedFrom
		if d.Kind == feedback.DecideAttach && d.Seq > after && (json.Unmarshal([]byte(d.Payload), &a) != nil || !a.Stay) {
			missed += len(d.Items)
		}
	}
	k := v.New()
	return k.Looked, k.Kept, missed
}

// strictnessSince is the last decision seen before nights began to run with the
// strictness in force: what was judged before, was judged of other groups.
func strictnessSince(folder queries.Folder, strictness string) (seq int64, err error) {
	entries, err := os.ReadDir(folder.Runs())
	if err != nil {
		return 0, err
	}
	slices.Reverse(entries) // newest first
	first := int64(-1)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder.Runs(), e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		var r struct {
			Published bool  `json:"published"`
			Seq       int64 `json:"decision_seq"`
			Options   struct {
				Strictness string `json:"strictness"`
			} `json:"options"`
		}
		if json.Unmarshal(body, &r) != nil || !r.Published {
			continue // one that cannot be read counts for nothing here
		}
		if r.Options.Strictness != strictness {
			// The first night of this strictness judged nothing yet: what
			// people said until it ran was said of the groups before.
			if first < 0 {
				first = r.Seq
			}
			return first, nil
		}
		first = r.Seq
	}
	return 0, nil
}
