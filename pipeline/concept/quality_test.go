package concept_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
)

var update = flag.Bool("update", false, "rewrite quality.golden.txt")

// qualityFiles are what grouping is measured on, with one setting for all.
var qualityFiles = []struct{ name, path string }{
	{"fine_general", "../shared/data/dev/fine_general.jsonl"},
	{"fine_gov", "../shared/data/dev/fine_gov.jsonl"},
	{"fine_retitled", "../shared/data/dev/fine_retitled.jsonl"},
	{"fine_bank", "../shared/data/dev/fine_bank.jsonl"},
	{"shared domain items", "../shared/domain/items.jsonl"},
	{"fixtures/gold", "fixtures/gold/items.jsonl"},
}

// tolerance is how far a figure may fall before the test fails: a new word in
// a table moves the last digit, a broken stage moves the first.
const tolerance = 0.01

// TestQualityHolds measures grouping and suggestions on every labelled file that
// is at hand and compares with quality.golden.txt.
func TestQualityHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("measuring takes long")
	}
	golden := map[string]map[string]float64{}
	if f, err := os.Open("quality.golden.txt"); err == nil {
		sc := bufio.NewScanner(f)
		for sc.Scan() {
			name, figures, ok := strings.Cut(sc.Text(), ": ")
			if !ok {
				continue
			}
			golden[name] = map[string]float64{}
			for figure := range strings.SplitSeq(figures, ", ") {
				var v float64
				at := strings.LastIndexByte(figure, ' ')
				if _, err := fmt.Sscan(figure[at+1:], &v); err != nil {
					t.Fatalf("quality.golden.txt: %q: %v", figure, err)
				}
				golden[name][figure[:at]] = v
			}
		}
		f.Close()
	}
	var out strings.Builder
	out.WriteString("Quality of grouping with the default setting. go test ./pipeline/concept -run TestQualityHolds -update rewrites this file\n\n")
	for _, file := range qualityFiles {
		rows := readGold(t, filepath.Join("..", "..", file.path))
		if rows == nil {
			t.Logf("%s is not on this machine: not measured", file.path)
			continue
		}
		var line []string
		for _, f := range figures(t, rows) {
			line = append(line, fmt.Sprintf("%s %.4f", f.name, f.value))
			if want, ok := golden[file.name][f.name]; ok && !*update && f.value < want-tolerance {
				t.Errorf("%s: %s is %.4f, was %.4f", file.name, f.name, f.value, want)
			}
		}
		fmt.Fprintf(&out, "%s: %s\n", file.name, strings.Join(line, ", "))
	}
	t.Log("\n" + out.String())
	if *update {
		if err := os.WriteFile("quality.golden.txt", []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// readGold reads {id, text, label or issue_key}; empty answers are left out,
// as intake rejects them.
func readGold(t *testing.T, path string) []labelled {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []labelled
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<22)
	for sc.Scan() {
		var l struct {
			labelled
			Issue string `json:"issue_key"`
		}
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if l.Label == "" {
			l.Label = l.Issue
		}
		if l.Label != "JUNK" {
			out = append(out, l.labelled)
		}
	}
	return out
}

type figure struct {
	name  string
	value float64
}

func figures(t *testing.T, rows []labelled) []figure {
	t.Helper()
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	c := analysis.NewCorpus(len(rows), 0, func(i int, doc *analysis.Document) {
		d.Describe(doc, concept.Text{ID: rows[i].ID, Text: rows[i].Text})
	})
	return figuresOf(c, rows)
}

// figuresOf measures a corpus of labelled texts.
func figuresOf(c *analysis.Corpus, rows []labelled) []figure {
	res := c.Group(analysis.Options{}, analysis.Decisions{}, analysis.Standing{})
	labels, count := map[string]int{}, map[string]int{}
	gold, found := make([]int, len(rows)), make([]int, len(rows))
	for i, r := range rows {
		gold[i], found[i] = -1, int(res.GroupOf[i])
		if r.Label != "" {
			if _, ok := labels[r.Label]; !ok {
				labels[r.Label] = len(labels)
			}
			gold[i] = labels[r.Label]
			count[r.Label]++
		}
	}
	q := analysis.Measure(gold, found)
	var first, five, mates float64
	for i, r := range rows {
		if count[r.Label] < 2 {
			continue
		}
		mates++
		for k, n := range res.Neighbors(i)[:min(5, len(res.Neighbors(i)))] {
			if rows[n.Document].Label == r.Label {
				five++
				if k == 0 {
					first++
				}
				break
			}
		}
	}
	out := []figure{
		{"b3 f1", q.CubedF1},
		{"pair f1", q.PairF1},
		{"b3 f1 of true groups", q.CubedF1Grouped},
		{"v", q.V},
		{"ari", q.ARI},
		{"mate first", first / mates},
		{"mate among five", five / mates},
	}
	if len(rows) > 2000 {
		return out
	}
	// Half of each issue decided: how often is the right issue suggested for
	// the rest?
	var decided analysis.Decisions
	rest := map[int]bool{}
	byLabel := map[string][]int{}
	for i, r := range rows {
		if count[r.Label] >= 2 {
			byLabel[r.Label] = append(byLabel[r.Label], i)
		}
	}
	for label, members := range byLabel {
		slices.SortFunc(members, func(a, b int) int {
			return int(crc32.ChecksumIEEE([]byte(rows[a].ID))&0xffff) - int(crc32.ChecksumIEEE([]byte(rows[b].ID))&0xffff)
		})
		for k, i := range members {
			if k < (len(members)+1)/2 {
				decided.Members = append(decided.Members, analysis.Membership{Document: rows[i].ID, Group: label})
			} else {
				rest[i] = true
			}
		}
	}
	known := c.Group(analysis.Options{}, decided, analysis.Standing{})
	var best, three float64
	for i := range rest {
		for k, s := range known.Known(i) {
			if known.Groups[s.Group].Key == rows[i].Label {
				if k == 0 {
					best++
				}
				if k < 3 {
					three++
				}
			}
		}
	}
	return append(out, figure{"known group first", best / float64(len(rest))}, figure{"known group among three", three / float64(len(rest))})
}
