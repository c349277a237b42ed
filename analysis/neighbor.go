package analysis

import (
	"cmp"
	"math"
	"slices"
)

// graph is each unit's nearest others, most similar first; ties go to the
// smaller unit, so that the answer does not depend on input order.
type graph struct {
	at  []int32
	to  []int32
	sim []closeness
	// background is the mean similarity of a unit's 5th to 15th neighbour: what
	// being merely about the same things is worth in its surroundings.
	background []float32
}

// closeness is a similarity with its parts: the cosines in the three spaces.
type closeness struct {
	joint, lexis, grams, domain float32
}

func (g *graph) of(u int32) ([]int32, []closeness) {
	return g.to[g.at[u]:g.at[u+1]], g.sim[g.at[u]:g.at[u+1]]
}

// rankOf is the place of v among u's neighbours from 0, or -1.
func (g *graph) rankOf(u, v int32) int {
	return slices.Index(g.to[g.at[u]:g.at[u+1]], v)
}

const (
	keepNeighbors = 20  // per unit, for pairs and background
	candidates    = 128 // compared exactly per unit
	// budget is how many postings are read per unit, rarest features first,
	// and enough the share of the unit's own weight after which no more are
	// read. They bound the work where words are common to all; what they lose
	// against exact search is measured in neighbor_test.go.
	budget = 24000
	enough = 0.95
	// domainShare weighs the field's evidence beside words and characters, for
	// units that have any.
	domainShare = 0.4
)

// postings is an inverted index of one space.
type postings struct {
	at    []int32
	entry []posting
}

type posting struct {
	unit   int32
	weight float32
}

func (r *rows) invert(features int, in []bool) postings {
	p := postings{at: make([]int32, features+1)}
	units := int32(len(r.at) - 1)
	for u := range units {
		if in == nil || in[u] {
			for _, f := range r.feature[r.at[u]:r.at[u+1]] {
				p.at[f+1]++
			}
		}
	}
	for f := range features {
		p.at[f+1] += p.at[f]
	}
	p.entry = make([]posting, p.at[features])
	fill := slices.Clone(p.at)
	for u := range units {
		if in != nil && !in[u] {
			continue
		}
		fs, ws := r.row(u)
		for i, f := range fs {
			p.entry[fill[f]] = posting{u, ws[i]}
			fill[f]++
		}
	}
	return p
}

// similarity joins the three spaces: words and characters half and half, the
// field's evidence beside them where a unit has any.
func (c *Corpus) similarity(a, b int32) float32 { return c.closeness(a, b).joint }

func (c *Corpus) closeness(a, b int32) closeness {
	return c.join(a, b, c.lexis.cosine(a, b), c.grams.cosine(a, b), c.domain.cosine(a, b))
}

func (c *Corpus) join(a, b int32, lexis, grams, domain float32) closeness {
	s := 0.5*lexis + 0.5*grams
	if c.field > 0 {
		s = (s + domainShare*c.field*domain) / (c.norm(a) * c.norm(b))
	}
	return closeness{s, lexis, grams, domain}
}

func (c *Corpus) norm(u int32) float32 {
	if c.field > 0 && c.domain.at[u] < c.domain.at[u+1] {
		return float32(math.Sqrt(float64(1 + domainShare*c.field)))
	}
	return 1
}

// near is a candidate of a unit.
type near struct {
	unit int32
	closeness
}

func nearer(a, b near) int {
	if a.joint != b.joint {
		return cmp.Compare(b.joint, a.joint)
	}
	return cmp.Compare(a.unit, b.unit)
}

// space is a set of rows with its index and its share in the similarity.
type space struct {
	rows  *rows
	index postings
	share float32
	shift uint32 // tells features of this space from those of others
}

// spaces indexes the units that in says; nil means all.
func (c *Corpus) spaces(in []bool) []space {
	out := []space{
		{&c.lexis, c.lexis.invert(len(c.names), in), 0.5, 0},
		{&c.grams, c.grams.invert(1<<gramBits, in), 0.5, uint32(len(c.names))},
	}
	if c.field > 0 {
		out = append(out, space{&c.domain, c.domain.invert(len(c.names), in), domainShare * c.field, 0})
	}
	return out
}

// neighbors finds each unit's nearest others: candidates by reading the
// inverted index, rarest features first within the budget, then the best of
// them compared exactly.
func (c *Corpus) neighbors(workers int) *graph {
	units := c.units()
	spaces := c.spaces(nil)
	found := make([][]near, units)
	workers = workersOr(workers)
	searches := make([]search, workers)
	parallel(workers, units, 64, func(w, from, to int) {
		s := &searches[w]
		if s.score == nil {
			s.corpus, s.spaces, s.score = c, spaces, make([]float32, units)
		}
		for u := int32(from); u < int32(to); u++ {
			found[u] = slices.Clone(s.nearest(u))
		}
	})
	g := &graph{at: make([]int32, units+1), background: make([]float32, units)}
	total := 0
	for _, list := range found {
		total += len(list)
	}
	g.to, g.sim = make([]int32, 0, total), make([]closeness, 0, total)
	for u, list := range found {
		for _, n := range list {
			g.to = append(g.to, n.unit)
			g.sim = append(g.sim, n.closeness)
		}
		g.at[u+1] = int32(len(g.to))
		sum, n := float32(0), 0
		for i := 4; i < 15 && i < len(list); i++ {
			sum += list[i].joint
			n++
		}
		if n > 0 {
			g.background[u] = sum / float32(n)
		}
	}
	return g
}

// search is one worker's room for finding neighbours.
type search struct {
	corpus  *Corpus
	spaces  []space
	score   []float32 // by unit, zero between searches
	touched []int32
	probes  []probe
	best    []near
	own     table
}

type probe struct {
	space    int32
	from, to int32
	weight   float32
}

func (s *search) nearest(u int32) []near {
	s.gather(u, candidates)
	slices.SortFunc(s.best, nearer)
	return s.best[:min(len(s.best), keepNeighbors)]
}

// gather fills best with at least n candidates for u, where there are so many,
// compared exactly, in no order.
func (s *search) gather(u int32, n int) {
	c := s.corpus
	s.probes, s.touched, s.best = s.probes[:0], s.touched[:0], s.best[:0]
	mass := float32(0)
	for k := range s.spaces {
		sp := &s.spaces[k]
		fs, ws := sp.rows.row(u)
		for i, f := range fs {
			mass += sp.share * ws[i] * ws[i]
			a, b := sp.index.at[f], sp.index.at[f+1]
			if b == a || b == a+1 && sp.index.entry[a].unit == u {
				mass -= sp.share * ws[i] * ws[i] // nobody else has it
				continue
			}
			s.probes = append(s.probes, probe{int32(k), a, b, ws[i] * sp.share})
		}
	}
	slices.SortFunc(s.probes, func(a, b probe) int {
		return cmp.Or(cmp.Compare(a.to-a.from, b.to-b.from), cmp.Compare(a.space, b.space), cmp.Compare(a.from, b.from))
	})
	read, seen := int32(0), float32(0)
	for _, p := range s.probes {
		if read += p.to - p.from; len(s.touched) >= n && (read > budget || seen > enough*mass) {
			break
		}
		sp := &s.spaces[p.space]
		seen += p.weight * p.weight / sp.share
		for _, x := range sp.index.entry[p.from:p.to] {
			v := x.unit
			if s.score[v] == 0 {
				s.touched = append(s.touched, v)
			}
			s.score[v] += p.weight * x.weight
		}
	}
	s.score[u] = 0
	cut := s.cut(n)
	s.own.load(s.spaces, u)
	for _, v := range s.touched {
		score := s.score[v]
		s.score[v] = 0
		if score < cut || v == u {
			continue
		}
		var cosine [3]float32
		for k := range s.spaces {
			cosine[k] = s.own.dot(&s.spaces[k], v)
		}
		s.best = append(s.best, near{v, c.join(u, v, cosine[0], cosine[1], cosine[2])})
	}
}

// cut is the score that about n touched units reach, found by counting scores
// in bins.
func (s *search) cut(n int) float32 {
	if len(s.touched) <= n {
		return 0
	}
	top := float32(0)
	for _, v := range s.touched {
		top = max(top, s.score[v])
	}
	const bins = 256
	var count [bins + 1]int32
	scale := bins / top
	for _, v := range s.touched {
		count[int(s.score[v]*scale)]++
	}
	reached := int32(0)
	for b := bins; b > 0; b-- {
		if reached += count[b]; int(reached) >= n {
			return float32(b) / scale
		}
	}
	return 0
}

// table is a small hash of a unit's own features, so that others are compared
// with it in one pass over theirs.
type table struct {
	key   []uint32 // feature and space, plus one; 0 is free
	value []float32
	used  []uint32
	maybe [64]uint64 // a bit for each hash of 12 bits: most features of another unit are not here
}

func (t *table) slot(key uint32) uint32 {
	mask := uint32(len(t.key) - 1)
	at := (key * 2654435769) >> 7 & mask
	for t.key[at] != 0 && t.key[at] != key {
		at = (at + 1) & mask
	}
	return at
}

func (t *table) load(spaces []space, u int32) {
	n := 0
	for k := range spaces {
		fs, _ := spaces[k].rows.row(u)
		n += len(fs)
	}
	size := 512
	for size < 4*n {
		size *= 2
	}
	if len(t.key) < size {
		t.key, t.value = make([]uint32, size), make([]float32, size)
	} else {
		for _, at := range t.used {
			t.key[at] = 0
		}
	}
	t.used = t.used[:0]
	t.maybe = [64]uint64{}
	for k := range spaces {
		fs, ws := spaces[k].rows.row(u)
		for i, f := range fs {
			at := t.slot(f + spaces[k].shift + 1)
			h := (f + spaces[k].shift + 1) * 2654435769 >> 20
			t.maybe[h>>6] |= 1 << (h & 63)
			t.key[at], t.value[at] = f+spaces[k].shift+1, ws[i]
			t.used = append(t.used, at)
		}
	}
}

func (t *table) dot(sp *space, v int32) float32 {
	fs, ws := sp.rows.row(v)
	sum := float32(0)
	for i, f := range fs {
		key := f + sp.shift + 1
		if h := key * 2654435769 >> 20; t.maybe[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		if at := t.slot(key); t.key[at] != 0 {
			sum += t.value[at] * ws[i]
		}
	}
	return sum
}

// NeighborRecall compares the ten nearest of evenly spread units, at most
// sample of them, with exact search over all pairs, and returns the share of
// the true ten that were found. Ties at the tenth place count as found.
func (c *Corpus) NeighborRecall(workers, sample int) float64 {
	g := c.neighbors(workers)
	units := c.units()
	step := max(1, units/max(1, sample))
	picked := (units + step - 1) / step
	found, all := make([]int, picked), make([]int, picked)
	parallel(workersOr(workers), picked, 1, func(_, from, to int) {
		for i := from; i < to; i++ {
			u := int32(i * step)
			var exact []float32
			for v := range int32(units) {
				if s := c.similarity(u, v); v != u && s > 0 {
					exact = append(exact, s)
				}
			}
			slices.Sort(exact)
			slices.Reverse(exact)
			exact = exact[:min(10, len(exact))]
			_, sim := g.of(u)
			for k, s := range exact {
				// Both lists fall; equal sums in another order differ in the
				// last bits.
				if k < len(sim) && sim[k].joint >= s-1e-5 {
					found[i]++
				}
			}
			all[i] = len(exact)
		}
	})
	f, a := 0, 0
	for i := range found {
		f, a = f+found[i], a+all[i]
	}
	return share(float64(f), float64(a), 1)
}
