package analysis

import (
	"math"
	"slices"
)

// Voice is one document as somebody's: who said it, from where, when.
type Voice struct {
	Group       int // -1 outside all groups
	Department  string
	Province    string
	Training    string // ordered by name: 2022-1 before 2022-2
	Contributor string
	Endorses    bool // repeats another's words (附议)
}

// Commonality is how widely a matter is shared, with its parts.
type Commonality struct {
	Documents    int
	Endorsements int
	Departments  int
	Provinces    int
	Trainings    int
	Contributors int
	// EffectiveDepartments is the number of departments that would give the
	// same diversity if each spoke of the matter equally often, measured by
	// each department's rate: its documents here by all it said. It is Hill's
	// number of order 1 (Hill 1973; Jost 2006), the exponential of Shannon's
	// entropy, so 3 departments with 4 documents each count 3 and one with 12
	// counts 1, however much the loudest department speaks.
	EffectiveDepartments float64
	EffectiveProvinces   float64
	// Consensus is Polis's group-aware consensus carried over to departments:
	// the geometric mean over departments of (documents here + 1) / (all it
	// said + 2). Unlike Hill's number it grows with each voice.
	Consensus float64
	// Growth is log2 of the matter's share of the latest training in which
	// anybody spoke to its mean share before, smoothed by one document; 0 with
	// a single training.
	Growth float64
	// Score joins the parts to 0..100 (see Weights).
	Score float64
}

// ScoreWeights say what each part adds to Score. They sum to 100.
type ScoreWeights struct {
	Departments, Provinces, Trainings, Volume, Growth float64
}

// DefaultScoreWeights put breadth before volume.
var DefaultScoreWeights = ScoreWeights{Departments: 35, Provinces: 20, Trainings: 20, Volume: 15, Growth: 10}

// Commonalities measures every group. departments is how many departments
// there are; groups the number of groups.
func Commonalities(voices []Voice, groups, departments int, w ScoreWeights) []Commonality {
	if w == (ScoreWeights{}) {
		w = DefaultScoreWeights
	}
	type tally struct{ department, province, training, contributor map[string]int }
	newTally := func() tally {
		return tally{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
	}
	all := newTally()
	in := make([]tally, groups)
	out := make([]Commonality, groups)
	for g := range in {
		in[g] = newTally()
	}
	count := func(m map[string]int, key string) {
		if key != "" {
			m[key]++
		}
	}
	for _, v := range voices {
		tallies := []tally{all}
		if v.Group >= 0 {
			tallies = append(tallies, in[v.Group])
			out[v.Group].Documents++
			if v.Endorses {
				out[v.Group].Endorsements++
			}
		}
		for _, t := range tallies {
			count(t.department, v.Department)
			count(t.province, v.Province)
			count(t.training, v.Training)
			count(t.contributor, v.Contributor)
		}
	}
	trainings := keys(all.training)
	for g := range out {
		c, t := &out[g], in[g]
		c.Departments, c.Provinces = len(t.department), len(t.province)
		c.Trainings, c.Contributors = len(t.training), len(t.contributor)
		c.EffectiveDepartments = effective(t.department, all.department)
		c.EffectiveProvinces = effective(t.province, all.province)
		logs := 0.0
		for _, d := range keys(all.department) {
			logs += math.Log(float64(t.department[d]+1) / float64(all.department[d]+2))
		}
		if n := len(all.department); n > 0 {
			c.Consensus = math.Exp(logs / float64(n))
		}
		c.Growth = growth(t.training, all.training, trainings)
		c.Score = w.Departments*min(1, c.EffectiveDepartments/float64(max(1, departments))) +
			w.Provinces*min(1, c.EffectiveProvinces/10) +
			w.Trainings*min(1, float64(c.Trainings)/float64(max(1, min(4, len(trainings))))) +
			w.Volume*min(1, math.Log2(1+float64(c.Documents))/6) +
			w.Growth*min(1, max(0, c.Growth)/2)
	}
	return out
}

// EffectiveNumber is Hill's number of order 1 over rates: how many equally
// frequent parts would give the diversity of here, each part measured by its
// count here over its count in all. Parts that all lacks, or has fewer of than
// here, are the caller's mistake. Nothing here counts 0.
func EffectiveNumber(here, all map[string]int) float64 { return effective(here, all) }

// effective is Hill's number of order 1 over rates.
func effective(here, all map[string]int) float64 {
	sum := 0.0
	names := keys(here)
	for _, k := range names {
		sum += float64(here[k]) / float64(all[k])
	}
	h := 0.0
	for _, k := range names {
		p := float64(here[k]) / float64(all[k]) / sum
		h -= p * math.Log(p)
	}
	if len(names) == 0 {
		return 0
	}
	return math.Exp(h)
}

func growth(here, all map[string]int, trainings []string) float64 {
	if len(trainings) < 2 {
		return 0
	}
	last := trainings[len(trainings)-1]
	before, said := 0, 0
	for _, t := range trainings[:len(trainings)-1] {
		before += here[t]
		said += all[t]
	}
	now := float64(here[last]+1) / float64(all[last]+1)
	then := float64(before+1) / float64(said+1)
	return math.Log2(now / then)
}

func keys(m map[string]int) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
