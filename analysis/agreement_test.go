package analysis

import (
	"math"
	"strings"
	"testing"
)

// codes reads one reader's codes: a letter or digit a unit, . for none.
func codes(s string) []int {
	var out []int
	for _, c := range strings.Fields(s) {
		if c == "." {
			out = append(out, -1)
			continue
		}
		out = append(out, int(c[0]))
	}
	return out
}

func about(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > by {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// The examples A and B of Krippendorff, Computing Krippendorff's
// Alpha-Reliability (2011): two readers, no code missing.
func TestAlphaOfTwoReaders(t *testing.T) {
	a := Agree(codes("0 1 0 0 0 0 0 0 1 0"), codes("1 1 1 0 0 1 0 0 0 0"))
	about(t, "alpha of example A", a.Alpha, 0.095, 0.0005)
	about(t, "observed of example A", a.Observed, 0.6, 1e-9)
	b := Agree(codes("a a b b d c c c e d d a"), codes("b a b b b c c c e d d d"))
	about(t, "alpha of example B", b.Alpha, 0.692, 0.0005)
}

// Example C of the same paper: four readers, twelve units, codes missing.
func TestAlphaWithMissingCodes(t *testing.T) {
	readers := [][]int{
		codes("1 2 3 3 2 1 4 1 2 . . ."),
		codes("1 2 3 3 2 2 4 1 2 5 . 3"),
		codes(". 3 3 3 2 3 4 2 2 5 1 ."),
		codes("1 2 3 3 2 4 4 1 2 5 1 ."),
	}
	units := make([][]int, 12)
	for i := range units {
		for _, r := range readers {
			units[i] = append(units[i], r[i])
		}
	}
	about(t, "alpha of example C", KrippendorffAlpha(units), 0.743, 0.0005)
	// Readers trading places change nothing.
	for i := range units {
		units[i][0], units[i][3] = units[i][3], units[i][0]
	}
	about(t, "alpha of example C, readers exchanged", KrippendorffAlpha(units), 0.743, 0.0005)
}

// The table of Cohen 1960 with po = .70, pc = .41, kappa = .49, as counts of 200.
func TestKappaOfCohensTable(t *testing.T) {
	var a, b []int
	for i, row := range [][]int{{88, 14, 18}, {10, 40, 10}, {2, 6, 12}} {
		for j, n := range row {
			for range n {
				a, b = append(a, i), append(b, j)
			}
		}
	}
	g := Agree(a, b)
	about(t, "observed", g.Observed, 0.70, 1e-9)
	about(t, "expected", g.Expected, 0.41, 1e-9)
	about(t, "kappa", g.Kappa, 0.492, 0.0005)
}

func TestAgreementAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		name         string
		a, b         string
		units        int
		kappa, alpha float64
	}{
		{"nothing", "", "", 0, math.NaN(), math.NaN()},
		{"all missing", ". .", "1 2", 0, math.NaN(), math.NaN()},
		{"one code only", "1 1 1", "1 1 1", 3, math.NaN(), math.NaN()},
		{"all alike", "1 2 1 2", "1 2 1 2", 4, 1, 1},
		{"all opposed", "1 1 2 2", "2 2 1 1", 4, -1, -0.75},
		{"a missing code leaves its unit out", "1 2 1 2 .", "1 2 1 2 3", 4, 1, 1},
	} {
		g := Agree(codes(c.a), codes(c.b))
		if g.Units != c.units {
			t.Errorf("%s: %d units, want %d", c.name, g.Units, c.units)
		}
		about(t, c.name+": kappa", g.Kappa, c.kappa, 1e-9)
		about(t, c.name+": alpha", g.Alpha, c.alpha, 1e-9)
	}
}
