package analysis

import (
	"math"
	"slices"
)

// Quality compares a grouping with the true one. All figures are 0..1 except
// ARI, which can be below 0, and the counts.
type Quality struct {
	Documents           int     `json:"n"`
	ARI                 float64 `json:"ari"` // Hubert and Arabie 1985
	Homogeneity         float64 `json:"homogeneity"`
	Completeness        float64 `json:"completeness"`
	V                   float64 `json:"v"`    // Rosenberg and Hirschberg 2007
	CubedP              float64 `json:"b3_p"` // Bagga and Baldwin 1998
	CubedR              float64 `json:"b3_r"`
	CubedF1             float64 `json:"b3_f1"`
	PairP               float64 `json:"pair_p"`
	PairR               float64 `json:"pair_r"`
	PairF1              float64 `json:"pair_f1"`
	GoldGroups          int     `json:"gold_clusters_ge2"`
	FoundGroups         int     `json:"pred_clusters_ge2"`
	LargestFound        int     `json:"largest_pred"`
	CubedF1Singletons   float64 `json:"b3_f1_all_singletons"` // what putting nothing together would score
	CubedF1Grouped      float64 `json:"b3_f1_grouped"`        // over documents of true groups of two and more only
	IssuesOfThree       int     `json:"issues_ge3"`
	IssuesOfThreeFound  float64 `json:"issues_ge3_found"` // some found group meets it at Jaccard 0.5
	SingletonsLeftAlone float64 `json:"noise_left_alone"`
	JudgedPairs         int     `json:"judged_pairs,omitempty"`
	JudgedP             float64 `json:"judged_p,omitempty"`
	JudgedR             float64 `json:"judged_r,omitempty"`
	JudgedF1            float64 `json:"judged_f1,omitempty"`
	JudgedAccuracy      float64 `json:"judged_acc,omitempty"`
}

// Measure compares found groups with true ones. Both name a group per document
// by a number; a negative number stands for a group of its own.
func Measure(gold, found []int) Quality {
	n := len(gold)
	q := Quality{Documents: n}
	if n == 0 {
		return q
	}
	g, gs := dense(gold)
	p, ps := dense(found)
	cells := map[[2]int]int{}
	for i := range g {
		cells[[2]int{g[i], p[i]}]++
	}
	keys := make([][2]int, 0, len(cells))
	for k := range cells {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	total := float64(n)
	var truePairs, goldPairs, foundPairs, mutual, gp, gr float64
	grouped := 0
	hit := map[int]bool{}
	alone, single := 0, 0
	for _, k := range keys {
		v, a, b := float64(cells[k]), float64(gs[k[0]]), float64(ps[k[1]])
		truePairs += v * (v - 1) / 2
		mutual += v / total * math.Log(v*total/(a*b))
		q.CubedP += v * v / b / total
		q.CubedR += v * v / a / total
		if a > 1 {
			gp += v * v / b
			gr += v * v / a
		} else if b == 1 {
			alone++
		}
		if a >= 3 && v/(a+b-v) >= 0.5 {
			hit[k[0]] = true
		}
	}
	entropy := func(sizes []int, pairs *float64) float64 {
		h := 0.0
		for _, s := range sizes {
			x := float64(s)
			*pairs += x * (x - 1) / 2
			h -= x / total * math.Log(x/total)
		}
		return h
	}
	hg, hp := entropy(gs, &goldPairs), entropy(ps, &foundPairs)
	mutual = max(mutual, 0)
	q.Homogeneity, q.Completeness = share(mutual, hg, 1), share(mutual, hp, 1)
	q.V = harmonic(q.Homogeneity, q.Completeness)
	all := total * (total - 1) / 2
	expected := share(goldPairs*foundPairs, all, 0)
	q.ARI = 1
	if top := (goldPairs + foundPairs) / 2; top != expected {
		q.ARI = (truePairs - expected) / (top - expected)
	}
	q.CubedF1 = harmonic(q.CubedP, q.CubedR)
	q.PairP, q.PairR = share(truePairs, foundPairs, 1), share(truePairs, goldPairs, 1)
	q.PairF1 = harmonic(q.PairP, q.PairR)
	for _, s := range gs {
		if s > 1 {
			q.GoldGroups++
			grouped += s
		} else {
			single++
		}
		if s >= 3 {
			q.IssuesOfThree++
		}
	}
	for _, s := range ps {
		if s > 1 {
			q.FoundGroups++
		}
		q.LargestFound = max(q.LargestFound, s)
	}
	q.CubedF1Singletons = harmonic(1, float64(len(gs))/total)
	q.CubedF1Grouped = harmonic(share(gp, float64(grouped), 0), share(gr, float64(grouped), 0))
	q.IssuesOfThreeFound = share(float64(len(hit)), float64(q.IssuesOfThree), 0)
	q.SingletonsLeftAlone = share(float64(alone), float64(single), 0)
	return q
}

// Judge adds single human judgements to the figures: pairs of documents and
// whether they say the same.
func (q *Quality) Judge(found []int, pairs [][2]int, same []bool) {
	var tp, fn, fp, tn float64
	for i, p := range pairs {
		together := p[0] == p[1] || found[p[0]] >= 0 && found[p[0]] == found[p[1]]
		switch {
		case same[i] && together:
			tp++
		case same[i]:
			fn++
		case together:
			fp++
		default:
			tn++
		}
	}
	q.JudgedPairs = len(pairs)
	q.JudgedP, q.JudgedR = share(tp, tp+fp, 0), share(tp, tp+fn, 0)
	q.JudgedF1 = harmonic(q.JudgedP, q.JudgedR)
	q.JudgedAccuracy = share(tp+tn, tp+fn+fp+tn, 0)
}

// dense renumbers groups from 0 in order of appearance, each negative number
// as a group of its own, and counts their sizes.
func dense(groups []int) (numbered, sizes []int) {
	numbered = make([]int, len(groups))
	number := map[int]int{}
	for i, g := range groups {
		at, ok := number[g]
		if !ok || g < 0 {
			at = len(sizes)
			sizes = append(sizes, 0)
			if g >= 0 {
				number[g] = at
			}
		}
		numbered[i] = at
		sizes[at]++
	}
	return numbered, sizes
}

func share(a, b, empty float64) float64 {
	if b == 0 {
		return empty
	}
	return a / b
}

func harmonic(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}
