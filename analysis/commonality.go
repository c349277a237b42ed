package analysis

import (
	"math"
	"slices"
	"strings"
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
	all := [dimensions]census{}
	for d := range all {
		all[d].number = map[string]int32{}
	}
	// Voices by group, and of each its numbers in the four dimensions.
	of, values := make([]int32, len(voices)), make([][dimensions]int32, len(voices))
	for i, v := range voices {
		of[i] = int32(v.Group)
		for d, name := range [dimensions]string{v.Department, v.Province, v.Training, v.Contributor} {
			values[i][d] = all[d].count(name)
		}
	}
	for d := range all {
		all[d].inOrder()
	}
	in := group(of, groups)
	out := make([]Commonality, groups)
	var here [dimensions]tally
	for d := range here {
		here[d].count = make([]int, len(all[d].names))
	}
	trainings := all[training].names
	for g := range out {
		c := &out[g]
		for d := range here {
			here[d].clear()
		}
		for _, i := range in.of(int32(g)) {
			c.Documents++
			if voices[i].Endorses {
				c.Endorsements++
			}
			for d, v := range values[i] {
				if v >= 0 {
					here[d].add(all[d].rank[v])
				}
			}
		}
		for d := range here {
			slices.Sort(here[d].seen)
		}
		c.Departments, c.Provinces = len(here[department].seen), len(here[province].seen)
		c.Trainings, c.Contributors = len(here[training].seen), len(here[contributor].seen)
		c.EffectiveDepartments = here[department].effective(&all[department])
		c.EffectiveProvinces = here[province].effective(&all[province])
		logs := 0.0
		for d, said := range all[department].total {
			logs += math.Log(float64(here[department].count[d]+1) / float64(said+2))
		}
		if n := len(all[department].total); n > 0 {
			c.Consensus = math.Exp(logs / float64(n))
		}
		c.Growth = growth(here[training].count, all[training].total)
		c.Score = w.Departments*min(1, c.EffectiveDepartments/float64(max(1, departments))) +
			w.Provinces*min(1, c.EffectiveProvinces/10) +
			w.Trainings*min(1, float64(c.Trainings)/float64(max(1, min(4, len(trainings))))) +
			w.Volume*min(1, math.Log2(1+float64(c.Documents))/6) +
			w.Growth*min(1, max(0, c.Growth)/2)
	}
	return out
}

// The dimensions in which voices are counted.
const (
	department = iota
	province
	training
	contributor
	dimensions
)

// census counts all that was said in one dimension. Values are numbered as they
// are met, and ranked by name once all are known.
type census struct {
	number map[string]int32
	names  []string
	rank   []int32 // number -> rank
	total  []int   // by number until inOrder, by rank after
}

// count counts a value and gives its number; -1 for the empty one, which is
// nobody's.
func (c *census) count(name string) int32 {
	if name == "" {
		return -1
	}
	n, ok := c.number[name]
	if !ok {
		n = int32(len(c.names))
		c.number[name] = n
		c.names, c.total = append(c.names, name), append(c.total, 0)
	}
	c.total[n]++
	return n
}

func (c *census) inOrder() {
	order := make([]int32, len(c.names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(c.names[a], c.names[b]) })
	c.rank = make([]int32, len(order))
	names, total := make([]string, len(order)), make([]int, len(order))
	for r, n := range order {
		c.rank[n], names[r], total[r] = int32(r), c.names[n], c.total[n]
	}
	c.names, c.total = names, total
}

// tally counts one group's values in one dimension, by rank.
type tally struct {
	count []int
	seen  []int32 // ranks counted
}

func (t *tally) add(rank int32) {
	if t.count[rank] == 0 {
		t.seen = append(t.seen, rank)
	}
	t.count[rank]++
}

func (t *tally) clear() {
	for _, r := range t.seen {
		t.count[r] = 0
	}
	t.seen = t.seen[:0]
}

func (t *tally) effective(all *census) float64 {
	rates := make([]float64, 0, 16)
	for _, r := range t.seen {
		rates = append(rates, float64(t.count[r])/float64(all.total[r]))
	}
	return hill(rates)
}

// EffectiveNumber is Hill's number of order 1 over rates: how many equally
// frequent parts would give the diversity of here, each part measured by its
// count here over its count in all. Parts that all lacks, or has fewer of than
// here, are the caller's mistake. Nothing here counts 0.
func EffectiveNumber(here, all map[string]int) float64 { return effective(here, all) }

func effective(here, all map[string]int) float64 {
	names := keys(here)
	rates := make([]float64, len(names))
	for i, k := range names {
		rates[i] = float64(here[k]) / float64(all[k])
	}
	return hill(rates)
}

// hill is Hill's number of order 1 over rates; 0 for none.
func hill(rates []float64) float64 {
	if len(rates) == 0 {
		return 0
	}
	sum, h := 0.0, 0.0
	for _, r := range rates {
		sum += r
	}
	for _, r := range rates {
		p := r / sum
		h -= p * math.Log(p)
	}
	return math.Exp(h)
}

// growth compares the last of the trainings with those before.
func growth(here, all []int) float64 {
	last := len(all) - 1
	if last < 1 {
		return 0
	}
	before, said := 0, 0
	for t := range last {
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
