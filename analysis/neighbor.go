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

// keepNeighbors is how many a unit keeps, for pairs and background.
const keepNeighbors = 20

// domainShare weighs the field's evidence beside words and characters, for
// units that have any.
const domainShare = 0.4

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

// neighbors finds each unit's nearest others.
func (c *Corpus) neighbors(workers int) *graph {
	units := c.units()
	workers = workersOr(workers)
	x := c.newIndex(workers, nil)
	found := make([][]near, units)
	searches := make([]search, workers)
	parallel(workers, units, 64, func(w, from, to int) {
		s := &searches[w]
		if s.index == nil {
			*s = c.newSearch(x)
		}
		for u := int32(from); u < int32(to); u++ {
			found[u] = slices.Clone(s.nearest(u, likely, finalists, keepNeighbors))
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
