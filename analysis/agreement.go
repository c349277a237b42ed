package analysis

import "math"

// Agreement is how far two readers agree on codes given to the same units.
type Agreement struct {
	Units    int     // coded by both
	Same     int     // coded alike
	Observed float64 // Same of Units; NaN when there are none
	Expected float64 // what their habits alone would give: agreement of two who draw by these marginals
	Kappa    float64 // Cohen 1960; NaN when undefined: no units, or both use one and the same code only
	Alpha    float64 // Krippendorff 2004, nominal; NaN when undefined
}

// Agree compares two readers. Codes are numbers of categories; a negative one
// says that the reader gave none, and the unit then counts for neither.
//
// Kappa is that of Cohen, A coefficient of agreement for nominal scales,
// Educational and Psychological Measurement 20 (1960): (po - pc) / (1 - pc),
// with pc from each reader's own marginals.
func Agree(a, b []int) Agreement {
	var out Agreement
	ofA, ofB := map[int]int{}, map[int]int{}
	units := make([][]int, 0, len(a))
	for i := range min(len(a), len(b)) {
		units = append(units, []int{a[i], b[i]})
		if a[i] < 0 || b[i] < 0 {
			continue
		}
		out.Units++
		if a[i] == b[i] {
			out.Same++
		}
		ofA[a[i]]++
		ofB[b[i]]++
	}
	out.Alpha = KrippendorffAlpha(units)
	n := float64(out.Units)
	together := 0
	for code, k := range ofA {
		together += k * ofB[code]
	}
	out.Observed, out.Expected = float64(out.Same)/n, float64(together)/(n*n)
	if out.Expected == 1 {
		out.Kappa = math.NaN()
		return out
	}
	out.Kappa = (out.Observed - out.Expected) / (1 - out.Expected)
	return out
}

// KrippendorffAlpha is Krippendorff's α for nominal codes, any number of
// readers and missing codes: one row a unit, one column a reader, a negative
// code for none. A unit with fewer than two codes says nothing and is left out.
// The answer is NaN when no pair of codes is left or all codes are the same:
// then nothing varied that readers could have disagreed on.
//
// After Krippendorff, Content Analysis (2004), ch. 11, and Computing
// Krippendorff's Alpha-Reliability (2011): with the coincidences o(c,k), each
// unit's pairs weighted by 1/(m-1),
//
//	α = ((n-1) Σ o(c,c) - Σ n(c)(n(c)-1)) / (n(n-1) - Σ n(c)(n(c)-1))
func KrippendorffAlpha(units [][]int) float64 {
	var n, same float64
	of := map[int]float64{}
	for _, unit := range units {
		codes, m := map[int]int{}, 0
		for _, c := range unit {
			if c >= 0 {
				codes[c]++
				m++
			}
		}
		if m < 2 {
			continue
		}
		n += float64(m)
		for c, k := range codes {
			of[c] += float64(k)
			same += float64(k*(k-1)) / float64(m-1)
		}
	}
	chance := 0.0
	for _, k := range of {
		chance += k * (k - 1)
	}
	if n*(n-1) == chance {
		return math.NaN()
	}
	return ((n-1)*same - chance) / (n*(n-1) - chance)
}
