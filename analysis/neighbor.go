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

// closeness compares two units in the three spaces and joins them: words and
// characters half and half, the field's evidence beside them where a unit has
// any.
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
	all := make([]int32, c.units())
	for u := range all {
		all[u] = int32(u)
	}
	return newGraph(c.searchAll(workers, all, keepNeighbors))
}

// searchAll finds the nearest of each of the units, at most keep.
func (c *Corpus) searchAll(workers int, units []int32, keep int) [][]near {
	found := make([][]near, len(units))
	if len(units) == 0 {
		return found
	}
	workers = workersOr(workers)
	x := c.index(workers)
	searches := make([]search, workers)
	parallel(workers, len(units), 64, func(w, from, to int) {
		s := &searches[w]
		if s.index == nil {
			*s = c.newSearch(x)
		}
		for i := from; i < to; i++ {
			found[i] = slices.Clone(s.nearest(units[i], max(finalists, keep), keep))
		}
	})
	return found
}

// newGraph makes a graph of the units' neighbours.
func newGraph(lists [][]near) *graph {
	g := &graph{at: make([]int32, len(lists)+1), background: make([]float32, len(lists))}
	total := 0
	for _, list := range lists {
		total += len(list)
	}
	g.to, g.sim = make([]int32, 0, total), make([]closeness, 0, total)
	for u, list := range lists {
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

// NeighborRecall searches the ten nearest of evenly spread units, at most
// sample of them, compares with exact search over all units, and returns the
// share of the true ten that were found. Ties at the tenth place count as found.
func (c *Corpus) NeighborRecall(workers, sample int) float64 {
	const ten = 10
	units := c.units()
	step := max(1, units/max(1, sample))
	picked := (units + step - 1) / step
	workers = workersOr(workers)
	x := c.index(workers)
	searches := make([]search, workers)
	found, all := make([]int, picked), make([]int, picked)
	parallel(workers, picked, 1, func(w, from, to int) {
		s := &searches[w]
		if s.index == nil {
			*s = c.newSearch(x)
		}
		for i := from; i < to; i++ {
			u := int32(i * step)
			near := s.nearest(u, finalists, keepNeighbors)
			var exact []float32
			for v := range int32(units) {
				if sim := s.table.closeness(v).joint; v != u && sim > 0 {
					exact = append(exact, sim)
				}
			}
			slices.Sort(exact)
			slices.Reverse(exact)
			exact = exact[:min(ten, len(exact))]
			for k, sim := range exact {
				if k < len(near) && near[k].joint >= sim {
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
