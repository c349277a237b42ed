package analysis

import (
	"cmp"
	"math"
	"slices"
)

// Graph is a run's neighbours in a form that can be kept for the next night.
type Graph struct {
	IDs        []string // document that stands for the unit, ascending
	At         []int32  // per unit: start in To and Similarity; one longer
	To         []int32
	Similarity []float32
}

// graph is each unit's nearest others, most similar first; ties go to the
// smaller unit, so that the answer does not depend on input order.
type graph struct {
	at  []int32
	to  []int32
	sim []float32
	// background is the mean similarity of a unit's 5th to 15th neighbour: what
	// being merely about the same things is worth in its surroundings.
	background []float32
}

func (g *graph) of(u int32) ([]int32, []float32) {
	return g.to[g.at[u]:g.at[u+1]], g.sim[g.at[u]:g.at[u+1]]
}

// rankOf is the place of v among u's neighbours from 0, or -1.
func (g *graph) rankOf(u, v int32) int {
	to, _ := g.of(u)
	return slices.Index(to, v)
}

const (
	keepNeighbors = 24 // per unit, for pairs and background
	candidates    = 64 // compared exactly per unit
	// budget is how many postings are read per unit, rarest features first.
	// It bounds the work where words are common to all; recall against exact
	// search is measured in neighbor_test.go.
	budget = 24000
	// domainShare weighs the field's evidence beside words and characters, for
	// units that have any.
	domainShare = 0.4
)

// postings is an inverted index of one space.
type postings struct {
	at     []int32
	unit   []int32
	weight []float32
}

func (r *rows) invert(features int) postings {
	p := postings{at: make([]int32, features+1), unit: make([]int32, len(r.feature)), weight: make([]float32, len(r.feature))}
	for _, f := range r.feature {
		p.at[f+1]++
	}
	for f := range features {
		p.at[f+1] += p.at[f]
	}
	fill := slices.Clone(p.at)
	for u := range int32(len(r.at) - 1) {
		fs, ws := r.row(u)
		for i, f := range fs {
			p.unit[fill[f]], p.weight[fill[f]] = u, ws[i]
			fill[f]++
		}
	}
	return p
}

// similarity joins the three spaces: words and characters half and half, the
// field's evidence beside them where a unit has any.
func (c *Corpus) similarity(a, b int32) float32 {
	s := 0.5*c.lexis.cosine(a, b) + 0.5*c.grams.cosine(a, b)
	if c.field > 0 {
		s = (s + domainShare*c.field*c.domain.cosine(a, b)) / (c.norm(a) * c.norm(b))
	}
	return s
}

func (c *Corpus) norm(u int32) float32 {
	if c.field > 0 && c.domain.at[u] < c.domain.at[u+1] {
		return float32(math.Sqrt(float64(1 + domainShare*c.field)))
	}
	return 1
}

// neighbors finds each unit's nearest others by reading the inverted index,
// rarest features first within the budget, and comparing the best candidates
// exactly.
func (c *Corpus) neighbors(workers int) *graph {
	units := c.units()
	spaces := []struct {
		rows  *rows
		index postings
		share float32
	}{
		{&c.lexis, c.lexis.invert(len(c.names)), 0.5},
		{&c.domain, c.domain.invert(len(c.names)), domainShare * c.field},
		{&c.grams, c.grams.invert(1 << gramBits), 0.5},
	}
	type near struct {
		unit int32
		sim  float32
	}
	better := func(a, b near) int {
		if a.sim != b.sim {
			return cmp.Compare(b.sim, a.sim)
		}
		return cmp.Compare(a.unit, b.unit)
	}
	found := make([][]near, units)
	type probe struct {
		space  int
		from   int32
		to     int32
		weight float32
	}
	type scratch struct {
		score   []float32
		touched []int32
		probes  []probe
		best    []near
	}
	workers = workersOr(workers)
	scratches := make([]scratch, workers)
	parallel(workers, units, 64, func(w, from, to int) {
		s := &scratches[w]
		if s.score == nil {
			s.score = make([]float32, units)
		}
		for u := int32(from); u < int32(to); u++ {
			s.probes, s.touched, s.best = s.probes[:0], s.touched[:0], s.best[:0]
			for k := range spaces {
				if spaces[k].share == 0 {
					continue
				}
				fs, ws := spaces[k].rows.row(u)
				for i, f := range fs {
					a, b := spaces[k].index.at[f], spaces[k].index.at[f+1]
					if b-a > 1 {
						s.probes = append(s.probes, probe{k, a, b, ws[i] * spaces[k].share})
					}
				}
			}
			slices.SortFunc(s.probes, func(a, b probe) int {
				return cmp.Or(cmp.Compare(a.to-a.from, b.to-b.from), cmp.Compare(a.space, b.space), cmp.Compare(a.from, b.from))
			})
			read := int32(0)
			for _, p := range s.probes {
				if read += p.to - p.from; read > budget && len(s.touched) >= candidates {
					break
				}
				index := &spaces[p.space].index
				units, weights := index.unit[p.from:p.to], index.weight[p.from:p.to]
				for i, v := range units {
					if s.score[v] == 0 {
						s.touched = append(s.touched, v)
					}
					s.score[v] += p.weight * weights[i]
				}
			}
			for _, v := range s.touched {
				score := s.score[v] / c.norm(v)
				s.score[v] = 0
				if v == u {
					continue
				}
				s.best = pushTop(s.best, near{v, score}, candidates, better)
			}
			for i := range s.best {
				s.best[i].sim = c.similarity(u, s.best[i].unit)
			}
			slices.SortFunc(s.best, better)
			found[u] = slices.Clone(s.best[:min(len(s.best), keepNeighbors)])
		}
	})
	g := &graph{at: make([]int32, units+1), background: make([]float32, units)}
	for u, list := range found {
		for _, n := range list {
			g.to = append(g.to, n.unit)
			g.sim = append(g.sim, n.sim)
		}
		g.at[u+1] = int32(len(g.to))
		sum, n := float32(0), 0
		for i := 4; i < 15 && i < len(list); i++ {
			sum += list[i].sim
			n++
		}
		if n > 0 {
			g.background[u] = sum / float32(n)
		}
	}
	return g
}

// pushTop keeps the k best of what it is given in a heap whose root is the
// worst of them.
func pushTop[T any](heap []T, x T, k int, better func(a, b T) int) []T {
	if len(heap) < k {
		heap = append(heap, x)
		for i := len(heap) - 1; i > 0; {
			p := (i - 1) / 2
			if better(heap[p], heap[i]) >= 0 {
				break
			}
			heap[p], heap[i] = heap[i], heap[p]
			i = p
		}
		return heap
	}
	if better(x, heap[0]) >= 0 {
		return heap
	}
	heap[0] = x
	for i := 0; ; {
		worst := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(heap) && better(heap[child], heap[worst]) > 0 {
				worst = child
			}
		}
		if worst == i {
			return heap
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}
