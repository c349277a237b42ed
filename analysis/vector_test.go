package analysis

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// named is a vector that depends on nothing but its name.
func named(dims int, name string) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 3))
	v := make([]float32, dims)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func plus(v ...[]float32) []float32 {
	out := make([]float32, len(v[0]))
	for _, x := range v {
		for i, y := range x {
			out[i] += y
		}
	}
	return out
}

// paraphrases are matters said in words of one kind, and some of them a second
// time in words that the others do not have.
func paraphrases(n int, seed uint64) (docs []Document, matter []string) {
	docs = matters(n, seed)
	matter = make([]string, n)
	for i := range docs {
		// The first feature is the matter's first own word nearly always.
		matter[i] = docs[i].Features[0].Name
	}
	for i := range n / 4 {
		docs = append(docs, said(fmt.Sprintf("p%05d", i), docs[i].Date, fmt.Sprintf("另%d 外%d 的%d 说%d 法%d", i, i, i, i, i)))
		matter = append(matter, matter[i])
	}
	return docs, matter
}

func vectorsOf(t *testing.T, c *Corpus, workers int, vector func(i int) []float32) *Corpus {
	t.Helper()
	if err := c.SetVectors(workers, vector); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVectorsBringParaphrasesTogether(t *testing.T) {
	docs, matter := paraphrases(400, 3)
	know := func(i int) []float32 { return plus(named(64, matter[i]), named(64, docs[i].ID), named(64, "all")) }
	gold := make([]int, len(docs))
	number := map[string]int{}
	for i, m := range matter {
		if _, ok := number[m]; !ok {
			number[m] = len(number)
		}
		gold[i] = number[m]
	}
	quality := func(r *Result) float64 {
		found := make([]int, len(docs))
		for i, g := range r.GroupOf {
			found[i] = int(g)
		}
		return Measure(gold, found).CubedF1
	}
	words := corpusOf(docs, 2).Group(Options{}, Decisions{}, Standing{})
	both := vectorsOf(t, corpusOf(docs, 2), 2, know).Group(Options{}, Decisions{}, Standing{})
	none := vectorsOf(t, corpusOf(docs, 2), 2, func(i int) []float32 { return plus(named(64, docs[i].ID), named(64, "all")) }).Group(Options{}, Decisions{}, Standing{})
	t.Logf("B-cubed F1: words %.4f, with vectors that know %.4f, that know nothing %.4f", quality(words), quality(both), quality(none))
	if quality(both) < quality(words)+0.1 {
		t.Error("vectors that know the matters help less than they should")
	}
	if math.Abs(quality(none)-quality(words)) > 0.01 {
		t.Error("vectors that know nothing change the groups")
	}
	// A paraphrase shares no word with its matter: only the vectors find it,
	// and the decided group is suggested for it.
	var d Decisions
	for i := range 400 {
		d.Members = append(d.Members, Membership{docs[i].ID, matter[i], 1})
	}
	decided := vectorsOf(t, corpusOf(docs, 2), 2, know).Group(Options{}, d, Standing{})
	first := 0
	for i := 400; i < len(docs); i++ {
		if s := decided.Known(i); len(s) > 0 && decided.Groups[s[0].Group].Key == matter[i] {
			first++
		}
	}
	if n := len(docs) - 400; first < n*9/10 {
		t.Errorf("the right group is suggested first for %d of %d paraphrases", first, n)
	}
}

func TestVectorsLeaveNoTraceOfOrderAndWorkers(t *testing.T) {
	docs, matter := paraphrases(300, 5)
	vector := map[string][]float32{}
	for i, d := range docs {
		if i%7 != 0 { // some have none
			vector[d.ID] = plus(named(48, matter[i]), named(48, d.ID))
		}
	}
	var want string
	for _, workers := range []int{1, 2, 8} {
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 1))
			shuffled := slices.Clone(docs)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			c := vectorsOf(t, corpusOf(shuffled, workers), workers, func(i int) []float32 { return vector[shuffled[i].ID] })
			got := report(c.Group(Options{Workers: workers}, Decisions{}, Standing{}))
			if want == "" {
				want = got
			}
			if got != want {
				t.Fatalf("%d workers, order %d: another result", workers, seed)
			}
		}
	}
}

// No vectors at all is the same, byte for byte, as never having asked.
func TestNoVectorsIsWordsAlone(t *testing.T) {
	docs := matters(200, 9)
	want := report(corpusOf(docs, 2).Group(Options{}, Decisions{}, Standing{}))
	c := vectorsOf(t, corpusOf(docs, 2), 2, func(int) []float32 { return nil })
	if got := report(c.Group(Options{}, Decisions{}, Standing{})); got != want {
		t.Error("a corpus whose documents have no vectors is grouped otherwise")
	}
}

func TestStrangeVectors(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5} {
		docs := matters(n, 1)
		for i := range docs { // all identical
			docs[i].Text, docs[i].Features = "同一句话", nil
		}
		vectorsOf(t, corpusOf(docs, 2), 2, func(int) []float32 { return []float32{1, 2, 3} }).Group(Options{}, Decisions{}, Standing{})
		docs = matters(n, 2)
		vectorsOf(t, corpusOf(docs, 2), 2, func(int) []float32 { return []float32{1, 2, 3} }).Group(Options{}, Decisions{}, Standing{})
	}
	docs := matters(40, 1)
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for what, v := range map[string][]float32{"zero": {0, 0}, "infinite": {inf, 1}, "not a number": {1, nan}, "longer": {1, 2, 3}, "empty": {}} {
		c := corpusOf(docs, 1)
		if err := c.SetVectors(1, func(i int) []float32 {
			if i == 30 {
				return v
			}
			return []float32{1, float32(i)}
		}); err == nil {
			t.Errorf("a vector that is %s is taken", what)
		}
	}
}

// More rows than are scanned: lists are used, and what they lose is little.
func TestNearestByVectorAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("compares 20,000 vectors")
	}
	const n = 20000
	m := &meaning{dims: 96, at: make([]int32, n)}
	for i := range int32(n) {
		m.at[i] = i
		m.add(plus(named(96, "all"), named(96, fmt.Sprint("theme", i/10%40)), named(96, fmt.Sprint("matter", i/10)), named(96, fmt.Sprint("text", i))))
	}
	m.sign(2)
	m.neighbors(2)
	found, all := 0, 0
	for u := int32(0); u < n; u += 97 {
		var exact []float32
		for v := range int32(n) {
			if v != u {
				exact = append(exact, m.cosine(u, v))
			}
		}
		slices.Sort(exact)
		for k, v := range m.to.of(u)[:9] {
			if m.cosine(u, v) >= exact[len(exact)-1-k] {
				found++
			}
			all++
		}
	}
	if share := float64(found) / float64(all); share < 0.95 {
		t.Errorf("only %.3f of the nine mates are found", share)
	} else {
		t.Logf("%.3f of nine mates are found by vector among %d", share, n)
	}
}

func TestSoftLabelsAreFitted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x, p := make([][3]float64, 5000), make([]float64, 5000)
	for i := range x {
		x[i] = [3]float64{1, r.Float64()*2 - 1, r.Float64()*2 - 1}
		p[i] = 1 / (1 + math.Exp(-(-2 + 3*x[i][1] + 1*x[i][2])))
	}
	w := fitLogistic(len(x), [3]bool{true, true, true}, -1, func(i int) ([3]float64, float64) { return x[i], p[i] })
	if got := fmt.Sprintf("%.0f", w); got != "[-2 3 1]" {
		t.Errorf("weights %s", strings.TrimSpace(got))
	}
}
