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
	p, _ := parser(t)
	body, err := os.ReadFile(filepath.Join("testdata", "labelled.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	type figure struct{ lines, gold, found, right int }
	figures := map[bool]*figure{false: {}, true: {}}
	n := 0
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		held := n%3 == 2
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
	total := figure{}
	for _, held := range []bool{false, true} {
		f := figures[held]
		total.gold += f.gold
		name := "tuned on "
		if held {
			name = "held back"
		}
		precision, recall := float64(f.right)/float64(f.found), float64(f.right)/float64(f.gold)
		f1 := 2 * precision * recall / (precision + recall)
		fmt.Fprintf(&out, "%s: %d lines, %d mentions, %d found, %d right: precision %.3f, recall %.3f, F1 %.3f\n",
			name, f.lines, f.gold, f.found, f.right, precision, recall, f1)
		if f1 < 0.95 {
			t.Errorf("%s: F1 %.3f, want 0.95", name, f1)
		}
	}
	if total.gold < 300 {
		t.Errorf("only %d labelled mentions", total.gold)
	}
	golden := filepath.Join("testdata", "figures.golden.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	was, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != out.String() {
		t.Errorf("figures differ from %s (run with -update and look at the difference):\n%s", golden, out.String())
	}
}
