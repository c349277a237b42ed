package analysis

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// meaning is sentence vectors made ready: what a language model says of the
// texts, beside their words. It exists only where vectors were set; without it
// nothing in this file runs.
//
// How much vectors of an unknown model are worth is not known beforehand: some
// models give 0.8 to strangers, some 0.2. So every corpus measures it: the pair
// model's own probabilities, on pairs of near texts, are the soft labels of a
// logistic regression on the vectors' similarity (co-training; Blum and
// Mitchell 1998). What the regression says beyond the average is added to the
// pair's log odds. Vectors that know nothing get slopes of nothing and change
// nothing.
type meaning struct {
	dims  int
	at    []int32   // unit -> row, -1 without a vector
	row   []int8    // vectors, each scaled to its own largest component
	scale []float32 // row -> factor that makes the vector's length 1
	bits  []uint64  // row -> signature of signatureWords words

	to         csr       // unit -> nearest by vector, nearest first
	background []float32 // unit -> mean cosine of its 5th to 15th nearest
	everywhere float32   // mean cosine of texts at large
	weights    [3]float64
	usual      float64 // log odds of the pairs the weights were measured on
}

const (
	signatureWords = 8    // 512 signs of a random rotation
	scanned        = 8192 // signatures compared per unit
	rescored       = 64   // of them compared exactly
	// meaningLimit is how far vectors alone move a pair's log odds.
	meaningLimit = 4
	// calibrationPairs is how many pairs the weights are measured on.
	calibrationPairs = 60000
)

// SetVectors gives documents sentence vectors, asked for by position; nil means
// that a document has none. Equal texts share the vector of the first that has
// one. All vectors have one length, every component is finite. It must be called
// before Group, and then Group is not called from two goroutines; a corpus
// without vectors is grouped by words alone.
func (c *Corpus) SetVectors(workers int, vector func(position int) []float32) error {
	m := &meaning{at: make([]int32, c.units())}
	n := int32(0)
	for u := range int32(c.units()) {
		m.at[u] = -1
		for _, r := range c.members.of(u) {
			v := vector(int(c.pos[r]))
			if v == nil {
				continue
			}
			if m.dims == 0 {
				m.dims = len(v)
			}
			if len(v) != m.dims || len(v) == 0 {
				return fmt.Errorf("vectors of %d and of %d dimensions", m.dims, len(v))
			}
			if !m.add(v) {
				return fmt.Errorf("the vector of %s is zero or not finite", c.ids[r])
			}
			m.at[u], n = n, n+1
			break
		}
	}
	if n < 2 {
		c.meaning = nil
		return nil
	}
	workers = workersOr(workers)
	m.sign(workers)
	m.neighbors(workers)
	c.meaning = m
	return nil
}

// add keeps a vector in a byte a component: the error of a cosine is below
// 0.001, and a million texts of 1,024 dimensions fit in 1 GiB.
func (m *meaning) add(v []float32) bool {
	top := float32(0)
	for _, x := range v {
		top = max(top, float32(math.Abs(float64(x))))
	}
	if !(top > 0) || math.IsInf(float64(top), 0) {
		return false
	}
	sum := int64(0)
	for _, x := range v {
		if x != x {
			return false
		}
		b := int8(math.Round(float64(x) / float64(top) * 127))
		m.row = append(m.row, b)
		sum += int64(b) * int64(b)
	}
	m.scale = append(m.scale, float32(1/math.Sqrt(float64(sum))))
	return true
}

func (m *meaning) vector(row int32) []int8 { return m.row[int(row)*m.dims : (int(row)+1)*m.dims] }

// cosine of two rows; whole numbers are summed, so their order is no matter.
func (m *meaning) cosine(a, b int32) float32 {
	va, vb := m.vector(a), m.vector(b)
	sum := int32(0)
	for i, x := range va {
		sum += int32(x) * int32(vb[i])
	}
	return float32(sum) * m.scale[a] * m.scale[b]
}

// sign gives every row a signature: the signs of a random rotation, made by two
// rounds of random sign flips and Walsh-Hadamard transforms (Ailon and Chazelle
// 2009), after the mean of all is taken off. The share of differing signs grows
// with the angle (Charikar 2002).
func (m *meaning) sign(workers int) {
	rows, width := len(m.scale), 64*signatureWords
	for width < m.dims {
		width *= 2
	}
	mean := make([]float32, m.dims)
	sums := make([]float64, m.dims)
	for r := range int32(rows) {
		for i, x := range m.vector(r) {
			sums[i] += float64(float32(x) * m.scale[r])
		}
	}
	square := 0.0
	for i, s := range sums {
		mean[i] = float32(s / float64(rows))
		square += float64(mean[i]) * float64(mean[i])
	}
	// The mean of all cosines of two different rows, from the length of the sum.
	m.everywhere = float32(max(0, (square*float64(rows)-1)/float64(max(1, rows-1))))
	random := rand.New(rand.NewPCG(20250101, uint64(width)))
	flip := make([]float32, 2*width)
	for i := range flip {
		flip[i] = float32(random.IntN(2)*2 - 1)
	}
	m.bits = make([]uint64, rows*signatureWords)
	room := make([][]float32, workers)
	parallel(workers, rows, 256, func(w, from, to int) {
		if room[w] == nil {
			room[w] = make([]float32, width)
		}
		x := room[w]
		for r := from; r < to; r++ {
			clear(x)
			for i, b := range m.vector(int32(r)) {
				x[i] = float32(b)*m.scale[r] - mean[i]
			}
			for round := range 2 {
				for i := range x {
					x[i] *= flip[round*width+i]
				}
				hadamard(x)
			}
			for i, v := range x[:64*signatureWords] {
				if v > 0 {
					m.bits[r*signatureWords+i/64] |= 1 << (i % 64)
				}
			}
		}
	})
}

func hadamard(x []float32) {
	for h := 1; h < len(x); h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			for j := i; j < i+h; j++ {
				x[j], x[j+h] = x[j]+x[j+h], x[j]-x[j+h]
			}
		}
	}
}

// apart is the number of differing signs.
func (m *meaning) apart(a, b int32) int {
	x, y := m.bits[int(a)*signatureWords:][:signatureWords], m.bits[int(b)*signatureWords:][:signatureWords]
	n := 0
	for i, v := range x {
		n += bits.OnesCount64(v ^ y[i])
	}
	return n
}

// lists divides rows among leaders, one of every so many rows: a row is looked
// for in the lists of the leaders nearest to it. Up to scanned rows all are one
// list.
func (m *meaning) lists(workers int) (leaders []int32, list csr) {
	rows := len(m.scale)
	count := 1
	if rows > scanned {
		count = int(math.Sqrt(float64(rows)))
	}
	for i := range count {
		leaders = append(leaders, int32(i*rows/count))
	}
	belongs := make([]int32, rows)
	parallel(workers, rows, 256, func(_, from, to int) {
		for r := from; r < to; r++ {
			best, least := 0, math.MaxInt
			for i, l := range leaders {
				if d := m.apart(int32(r), l); d < least {
					best, least = i, d
				}
			}
			belongs[r] = int32(best)
		}
	})
	return leaders, group(belongs, count)
}

// neighbors finds each row's nearest: by signature first, then exactly.
func (m *meaning) neighbors(workers int) {
	rows := len(m.scale)
	leaders, list := m.lists(workers)
	unitOf := make([]int32, rows)
	for u, r := range m.at {
		if r >= 0 {
			unitOf[r] = int32(u)
		}
	}
	found := make([][]int32, rows)
	background := make([]float32, rows)
	type candidate struct {
		row    int32
		apart  int32
		cosine float32
	}
	type room struct {
		order []candidate // leaders
		seen  []candidate
	}
	rooms := make([]room, workers)
	parallel(workers, rows, 64, func(w, from, to int) {
		s := &rooms[w]
		for r := int32(from); r < int32(to); r++ {
			s.order, s.seen = s.order[:0], s.seen[:0]
			for i, l := range leaders {
				s.order = append(s.order, candidate{row: int32(i), apart: int32(m.apart(r, l))})
			}
			byApart := func(a, b candidate) int { return cmp.Or(cmp.Compare(a.apart, b.apart), cmp.Compare(a.row, b.row)) }
			slices.SortFunc(s.order, byApart)
			var count [64*signatureWords + 1]int32
			for _, o := range s.order {
				if len(s.seen) >= scanned {
					break
				}
				for _, x := range list.of(o.row) {
					if x != r {
						d := m.apart(r, x)
						count[d]++
						s.seen = append(s.seen, candidate{row: x, apart: int32(d)})
					}
				}
			}
			limit, reached := int32(0), int32(0)
			for d, n := range count {
				limit = int32(d)
				if reached += n; reached >= rescored {
					break
				}
			}
			s.seen = slices.DeleteFunc(s.seen, func(x candidate) bool { return x.apart > limit })
			for i := range s.seen {
				s.seen[i].cosine = m.cosine(r, s.seen[i].row)
			}
			slices.SortFunc(s.seen, func(a, b candidate) int {
				return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.row, b.row))
			})
			near := s.seen[:min(keepNeighbors, len(s.seen))]
			for _, x := range near {
				found[r] = append(found[r], unitOf[x.row])
			}
			sum := float32(0)
			around := near[max(0, min(4, len(near)-1)):min(15, len(near))]
			for _, x := range around {
				sum += x.cosine
			}
			background[r] = sum / float32(max(1, len(around)))
		}
	})
	m.to.at = make([]int32, len(m.at)+1)
	m.background = make([]float32, len(m.at))
	for u, r := range m.at {
		if r >= 0 {
			m.to.item = append(m.to.item, found[r]...)
			m.background[u] = background[r]
		}
		m.to.at[u+1] = int32(len(m.to.item))
	}
}

// traits are what the vectors say of two units: a constant, how far their
// cosine stands above that of texts at large, and above that of their
// surroundings; both 1 for equal vectors.
func (m *meaning) traits(a, b int32) (x [3]float64, ok bool) {
	if m.at[a] < 0 || m.at[b] < 0 {
		return x, false
	}
	cosine := m.cosine(m.at[a], m.at[b])
	above := func(ground float32) float64 {
		return float64(max(-1, (cosine-ground)/max(0.02, 1-ground)))
	}
	return [3]float64{1, above(m.everywhere), above((m.background[a] + m.background[b]) / 2)}, true
}

// says is what the vectors add to the log odds of two units, 0 when they have
// none.
func (m *meaning) says(a, b int32) float64 {
	x, ok := m.traits(a, b)
	if !ok {
		return 0
	}
	s := -m.usual
	for i, w := range m.weights {
		s += w * x[i]
	}
	return max(-meaningLimit, min(meaningLimit, s))
}

// blend moves a pair's probability by what the vectors say.
func (m *meaning) blend(p float32, a, b int32) float32 {
	s := m.says(a, b)
	if s == 0 || p <= 0 || p >= 1 {
		return p
	}
	return float32(1 / (1 + math.Exp(-math.Log(float64(p)/(1-float64(p)))-s)))
}

// calibrate measures the weights on the pairs of near texts, in two rounds: the
// second learns from the first's blend, because words alone give many a true
// pair a label far too low.
func (c *Corpus) calibrate(g *graph, workers int) {
	if c.meaning == nil {
		return
	}
	c.meaning.weights, c.meaning.usual = [3]float64{}, 0
	for range 2 {
		c.learn(g, workers)
	}
}

func (c *Corpus) learn(g *graph, workers int) {
	m := c.meaning
	units := c.units()
	pairs := len(g.to) + len(m.to.item)
	step := max(1, pairs/calibrationPairs)
	type labelled struct {
		x [3]float64
		p float64
	}
	picked := (units + step - 1) / step
	found := make([][]labelled, picked)
	parallel(workersOr(workers), picked, 16, func(_, from, to int) {
		for i := from; i < to; i++ {
			u := int32(i * step)
			c.around(g, u, func(v int32, near closeness) {
				if x, ok := m.traits(u, v); ok {
					found[i] = append(found[i], labelled{x, float64(c.probability(g, u, v, near))})
				}
			})
		}
	})
	sample := slices.Concat(found...)
	if len(sample) == 0 {
		return
	}
	total := 0.0
	for _, s := range sample {
		total += s.p
	}
	mean := max(1e-4, min(1-1e-4, total/float64(len(sample))))
	m.usual = math.Log(mean / (1 - mean))
	use := [3]bool{true, true, true}
	for {
		m.weights = fitLogistic(len(sample), use, m.usual, func(i int) ([3]float64, float64) { return sample[i].x, sample[i].p })
		again := false
		for k := 1; k < 3; k++ {
			if m.weights[k] < 0 { // near vectors never speak against a pair
				use[k], again = false, true
			}
		}
		if !again {
			return
		}
	}
}

// fitLogistic fits log odds = w·x to soft labels by Newton's method, with a
// ridge worth a few pairs that holds slopes at 0 and the constant at usual.
func fitLogistic(n int, use [3]bool, usual float64, at func(int) ([3]float64, float64)) [3]float64 {
	const ridge = 2
	w := [3]float64{usual}
	for range 60 {
		var grad [3]float64
		var h [3][3]float64
		for k := range w {
			centre := 0.0
			if k == 0 {
				centre = usual
			}
			grad[k], h[k][k] = ridge*(centre-w[k]), ridge
		}
		for i := range n {
			x, y := at(i)
			z := w[0]*x[0] + w[1]*x[1] + w[2]*x[2]
			p := 1 / (1 + math.Exp(-z))
			for k := range w {
				grad[k] += (y - p) * x[k]
				for l := range w {
					h[k][l] += p * (1 - p) * x[k] * x[l]
				}
			}
		}
		for k := range w {
			if !use[k] {
				grad[k] = 0
				for l := range w {
					h[k][l], h[l][k] = 0, 0
				}
				h[k][k] = 1
				w[k] = 0
			}
		}
		d := solve(h, grad)
		moved := 0.0
		for k := range w {
			moved = max(moved, math.Abs(d[k]))
		}
		for k := range w { // far from the answer a whole step would leap past it
			w[k] += d[k] * min(1, 2/max(moved, 1e-9))
		}
		if moved < 1e-6 {
			break
		}
	}
	return w
}

// solve is Cramer's rule for three unknowns; h is positive definite.
func solve(h [3][3]float64, g [3]float64) (d [3]float64) {
	det := func(m [3][3]float64) float64 {
		return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	}
	all := det(h)
	for k := range d {
		m := h
		for r := range m {
			m[r][k] = g[r]
		}
		d[k] = det(m) / all
	}
	return d
}

// around calls f for every near text of u: near by words, then near by vector
// alone.
func (c *Corpus) around(g *graph, u int32, f func(v int32, near closeness)) {
	to, sim := g.of(u)
	for i, v := range to {
		f(v, sim[i])
	}
	if c.meaning == nil {
		return
	}
	for _, v := range c.meaning.to.of(u) {
		if !slices.Contains(to, v) {
			f(v, c.closeness(u, v))
		}
	}
}

// blend gives every pair of near texts what words and vectors say of it
// together. Without vectors these are the pairs as they are.
func (r *Result) blend(workers int) []edge {
	c, g := r.corpus, r.near
	if c.meaning == nil {
		return r.pairs
	}
	c.calibrate(g, workers)
	units := c.units()
	found := make([][]edge, units+1)
	parallel(workersOr(workers), units, 256, func(_, from, to int) {
		for u := int32(from); u < int32(to); u++ {
			c.around(g, u, func(v int32, near closeness) {
				if v < u && c.isNear(g, v, u) {
					return // v lists the pair
				}
				p, ok := scoreOf(r.pairs, u, v)
				if !ok {
					e := c.evidence(g, u, v, near)
					p = c.same(&e)
				}
				if p = c.meaning.blend(p, u, v); p >= minEdge {
					found[u] = append(found[u], edge{min(u, v), max(u, v), p})
				}
			})
		}
	})
	for _, e := range r.pairs { // pairs of the last run whose neighbourhood has moved on
		if !c.isNear(g, e.a, e.b) && !c.isNear(g, e.b, e.a) {
			if p := c.meaning.blend(e.p, e.a, e.b); p >= minEdge {
				found[units] = append(found[units], edge{e.a, e.b, p})
			}
		}
	}
	scores := slices.Concat(found...)
	slices.SortFunc(scores, byEnds)
	return scores
}

func byEnds(x, y edge) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) }

// scoreOf finds a pair among ordered edges.
func scoreOf(edges []edge, u, v int32) (float32, bool) {
	at, ok := slices.BinarySearchFunc(edges, edge{a: min(u, v), b: max(u, v)}, byEnds)
	if !ok {
		return 0, false
	}
	return edges[at].p, true
}

// isNear says whether v is among the near texts of u.
func (c *Corpus) isNear(g *graph, u, v int32) bool {
	return g.rankOf(u, v) >= 0 || c.meaning != nil && slices.Contains(c.meaning.to.of(u), v)
}

// probability that two units say the same: the pair model's, moved by the
// vectors where there are any.
func (c *Corpus) probability(g *graph, a, b int32, near closeness) float32 {
	e := c.evidence(g, a, b, near)
	p := c.same(&e)
	if c.meaning != nil {
		p = c.meaning.blend(p, a, b)
	}
	return p
}

// knownShare is what vectors add at most to a suggestion's strength.
const knownShare = 0.25

// suggest offers the decided units that a unit is near to by vector alone.
func (m *meaning) suggest(c *Corpus, u int32, best []near, in []bool, offer func(b near, most int)) {
	for _, v := range m.to.of(u) {
		if in[v] && !slices.ContainsFunc(best, func(b near) bool { return b.unit == v }) {
			offer(near{v, c.closeness(u, v)}, 2*knownGroups)
		}
	}
}

// strengthen adds to the strength of each suggested group what the vectors say
// of the unit and the nearest of the group's decided members.
func (m *meaning) strengthen(u int32, best []near, in []bool, belongs [][]int32, list []Suggestion) {
	most := map[int32]float64{}
	note := func(v int32) {
		s := m.says(u, v)
		for _, g := range belongs[v] {
			if old, ok := most[g]; !ok || s > old {
				most[g] = s
			}
		}
	}
	for _, b := range best {
		note(b.unit)
	}
	for _, v := range m.to.of(u) {
		if in[v] {
			note(v)
		}
	}
	for i := range list {
		list[i].Strength = max(0, min(1, list[i].Strength+knownShare*most[int32(list[i].Group)]/meaningLimit))
	}
}
