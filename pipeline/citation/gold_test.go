package citation

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	update  = flag.Bool("update", false, "rewrite the golden files of figures")
	details = flag.Bool("details", false, "print every difference of the lines that are not held back")
)

type mention struct{ norm, raw string }

// TestLabelledMentions measures Find on our own sentences. A mention counts as
// found when both its normal form and its stretch of text are right.
func TestLabelledMentions(t *testing.T) {
	out, total := measure(t, "labelled.tsv", true)
	if total < 300 {
		t.Errorf("only %d labelled mentions", total)
	}
	compareGolden(t, "figures.golden.txt", out)
}

// TestLaterMentions measures a set that somebody else wrote before he had read
// a rule; its head says what it gave as first read.
func TestLaterMentions(t *testing.T) {
	out, total := measure(t, "later.tsv", false)
	if total < 80 {
		t.Errorf("only %d labelled mentions", total)
	}
	compareGolden(t, "later.golden.txt", out)
}

type figure struct{ lines, gold, found, right int }

// measure counts how Find reads a labelled file; every third line may be held
// back and counted apart.
func measure(t *testing.T, file string, holdBack bool) (figuresText string, mentions int) {
	p, _ := parser(t)
	body, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	figures := map[bool]*figure{false: {}, true: {}}
	n := 0
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		held := holdBack && n%3 == 2
		n++
		cells := strings.Split(line, "\t")
		var want []mention
		for _, cell := range cells[1:] {
			norm, raw, ok := strings.Cut(cell, "=")
			if !ok || !strings.Contains(cells[0], raw) {
				t.Fatalf("bad mention %q in %q", cell, cells[0])
			}
			want = append(want, mention{norm, raw})
		}
		var got []mention
		for _, c := range p.Find(cells[0]) {
			got = append(got, mention{c.Norm, c.Raw})
		}
		f := figures[held]
		f.lines++
		f.gold += len(want)
		f.found += len(got)
		rest := slices.Clone(got)
		for _, w := range want {
			if k := slices.Index(rest, w); k >= 0 {
				f.right++
				rest = slices.Delete(rest, k, k+1)
			}
		}
		if *details && !held && !slices.Equal(want, got) {
			t.Logf("%s\n   want %v\n   got  %v", cells[0], want, got)
		}
	}
	var out strings.Builder
	for _, held := range []bool{false, true} {
		f := figures[held]
		if f.lines == 0 {
			continue
		}
		mentions += f.gold
		name := "tuned on "
		if held {
			name = "held back"
		} else if !holdBack {
			name = "all"
		}
		precision, recall := float64(f.right)/float64(f.found), float64(f.right)/float64(f.gold)
		f1 := 2 * precision * recall / (precision + recall)
		fmt.Fprintf(&out, "%s: %d lines, %d mentions, %d found, %d right: precision %.3f, recall %.3f, F1 %.3f\n",
			name, f.lines, f.gold, f.found, f.right, precision, recall, f1)
		if f1 < 0.95 {
			t.Errorf("%s: F1 %.3f, want 0.95", name, f1)
		}
	}
	return out.String(), mentions
}

func compareGolden(t *testing.T, file, figures string) {
	golden := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(golden, []byte(figures), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	was, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != figures {
		t.Errorf("figures differ from %s (run with -update and look at the difference):\n%s", golden, figures)
	}
}
