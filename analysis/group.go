package analysis

import (
	"cmp"
	"slices"
)

// edge says how probably two nodes say the same.
type edge struct {
	a, b int32 // a < b
	p    float32
}

// minEdge is the probability below which a pair counts as strangers; what a
// pair of strangers still adds to the mean of two clusters is strangerShare.
const (
	minEdge       = 0.08
	strangerShare = 0.02
)

// threshold is the linkage at which two clusters stop being one.
func (s Strictness) threshold() float32 {
	switch s {
	case Strict:
		return 0.6
	case Loose:
		return 0.25
	}
	return 0.4
}

// linkage joins mean and best similarity of two clusters: the mean keeps
// clusters from chaining, the best lets a new wording of a large issue in.
func linkage(sum, best float32, pairs int64, known int32) float32 {
	mean := (sum + strangerShare*float32(pairs-int64(known))) / float32(pairs)
	return 0.7*mean + 0.3*best
}

// link is what a cluster knows of a neighbouring one.
type link struct {
	to   int32
	n    int32 // pairs known
	sum  float32
	best float32
}

// merger agglomerates nodes over a sparse graph, best linkage first.
type merger struct {
	size    []int32 // nodes in the cluster; 0 when it was absorbed
	parent  []int32 // cluster that absorbed this one, or itself
	links   [][]link
	version []int32
	queue   []joining
	last    float32 // linkage of the latest join
	allowed func(a, b int32) bool
	joined  func(into, gone int32)
	// member lists each cluster's nodes, and pair scores two nodes that are
	// not neighbours. Nil pair means such nodes are strangers.
	member [][]int32
	pair   func(a, b int32) float32
	at     []int32 // node -> first of its edges in ends, which are ascending
	ends   []int32
}

// looked is how many unknown pairs of two clusters are scored before they are
// judged; beyond it an evenly spread part of them stands for all.
const looked = 48

type joining struct {
	score  float32
	a, b   int32 // a < b
	va, vb int32
}

func sooner(x, y joining) bool {
	if x.score != y.score {
		return x.score > y.score
	}
	if x.a != y.a {
		return x.a < y.a
	}
	return x.b < y.b
}

// newMerger starts with every node alone. Edges must be ordered by (a, b) and
// free of duplicates.
func newMerger(nodes int, edges []edge) *merger {
	m := &merger{
		size: make([]int32, nodes), parent: make([]int32, nodes), links: make([][]link, nodes), version: make([]int32, nodes),
		allowed: func(int32, int32) bool { return true }, joined: func(int32, int32) {},
		member: make([][]int32, nodes), at: make([]int32, nodes+1), ends: make([]int32, len(edges)),
	}
	single := make([]int32, nodes)
	for i := range single {
		single[i] = int32(i)
		m.member[i] = single[i : i+1 : i+1]
	}
	for i, e := range edges {
		m.at[e.a+1]++
		m.ends[i] = e.b
	}
	for i := range nodes {
		m.at[i+1] += m.at[i]
	}
	degree := make([]int32, nodes)
	for i := range nodes {
		m.size[i], m.parent[i] = 1, int32(i)
	}
	for _, e := range edges {
		degree[e.a]++
		degree[e.b]++
	}
	store := make([]link, 2*len(edges))
	for i, n := range degree {
		m.links[i], store = store[:0:n], store[n:]
	}
	// Ordered edges fill first the lower neighbours of a node, then the
	// higher ones, so that every list comes out ordered.
	for _, e := range edges {
		m.links[e.b] = append(m.links[e.b], link{e.a, 1, e.p, e.p})
	}
	for _, e := range edges {
		m.links[e.a] = append(m.links[e.a], link{e.b, 1, e.p, e.p})
	}
	return m
}

func (m *merger) find(x int32) int32 {
	for m.parent[x] != x {
		m.parent[x] = m.parent[m.parent[x]]
		x = m.parent[x]
	}
	return x
}

func (m *merger) score(a int32, l link) float32 {
	return linkage(l.sum, l.best, int64(m.size[a])*int64(m.size[l.to]), l.n)
}

// look scores the pairs of two clusters that no neighbour list holds, when
// they could decide: in a large issue each node's list is too short for all
// its mates, and a pair that is not on it is no stranger.
func (m *merger) look(a int32, l link, threshold float32) link {
	pairs := int64(m.size[a]) * int64(m.size[l.to])
	missing := pairs - int64(l.n)
	if m.pair == nil || missing <= 0 || 0.7*l.sum/float32(l.n)+0.3*l.best < threshold || m.score(a, l) >= threshold {
		return l
	}
	step := (missing + looked - 1) / looked
	sum, best, seen, at := float32(0), l.best, int64(0), int64(0)
	for _, x := range m.member[a] {
		for _, y := range m.member[l.to] {
			lo, hi := min(x, y), max(x, y)
			if _, known := slices.BinarySearch(m.ends[m.at[lo]:m.at[lo+1]], hi); known {
				continue
			}
			if at++; (at-1)%step == 0 {
				p := m.pair(lo, hi)
				sum += p
				best = max(best, p)
				seen++
			}
		}
	}
	if seen > 0 {
		l.sum += sum / float32(seen) * float32(missing)
		l.n, l.best = int32(min(pairs, 1<<30)), best
	}
	return l
}

// run joins clusters until no linkage reaches the threshold.
func (m *merger) run(threshold float32) {
	m.queue = m.queue[:0]
	for a := range m.links {
		if m.size[a] > 0 {
			for _, l := range m.links[a] {
				if int32(a) < l.to {
					m.push(int32(a), l, threshold)
				}
			}
		}
	}
	for len(m.queue) > 0 {
		j := m.pop()
		if m.version[j.a] != j.va || m.version[j.b] != j.vb || m.size[j.a] == 0 || m.size[j.b] == 0 || !m.allowed(j.a, j.b) {
			continue
		}
		m.last = j.score
		m.join(j.a, j.b, threshold)
	}
}

// join absorbs the cluster with fewer links into the other and queues what
// that makes possible.
func (m *merger) join(a, b int32, threshold float32) {
	if len(m.links[b]) > len(m.links[a]) {
		a, b = b, a
	}
	m.size[a] += m.size[b]
	m.size[b] = 0
	m.parent[b] = a
	m.version[a]++
	merged := make([]link, 0, len(m.links[a])+len(m.links[b]))
	x, y := m.links[a], m.links[b]
	for len(x) > 0 || len(y) > 0 {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0].to < y[0].to:
			if x[0].to != b {
				merged = append(merged, x[0])
			}
			x = x[1:]
		case len(x) == 0 || y[0].to < x[0].to:
			if y[0].to != a {
				merged = append(merged, y[0])
			}
			y = y[1:]
		default:
			merged = append(merged, link{x[0].to, x[0].n + y[0].n, x[0].sum + y[0].sum, max(x[0].best, y[0].best)})
			x, y = x[1:], y[1:]
		}
	}
	for _, l := range m.links[b] {
		if l.to != a {
			m.forget(l.to, b)
		}
	}
	m.member[a], m.member[b] = append(m.member[a], m.member[b]...), nil
	m.joined(a, b)
	for i := range merged {
		l := m.look(a, merged[i], threshold)
		merged[i] = l
		m.learn(l.to, link{a, l.n, l.sum, l.best})
		m.push(a, l, threshold)
	}
	m.links[a], m.links[b] = merged, nil
}

func (m *merger) forget(of, gone int32) {
	if i, ok := m.position(of, gone); ok {
		m.links[of] = slices.Delete(m.links[of], i, i+1)
	}
}

func (m *merger) learn(of int32, l link) {
	i, ok := m.position(of, l.to)
	if ok {
		m.links[of][i] = l
	} else {
		m.links[of] = slices.Insert(m.links[of], i, l)
	}
}

func (m *merger) position(of, to int32) (int, bool) {
	return slices.BinarySearchFunc(m.links[of], to, func(l link, to int32) int { return cmp.Compare(l.to, to) })
}

func (m *merger) push(a int32, l link, threshold float32) {
	s := m.score(a, l)
	if s < threshold {
		return
	}
	b := l.to
	if a > b {
		a, b = b, a
	}
	m.queue = append(m.queue, joining{s, a, b, m.version[a], m.version[b]})
	for i := len(m.queue) - 1; i > 0; {
		p := (i - 1) / 2
		if !sooner(m.queue[i], m.queue[p]) {
			break
		}
		m.queue[i], m.queue[p] = m.queue[p], m.queue[i]
		i = p
	}
}

func (m *merger) pop() joining {
	top := m.queue[0]
	last := len(m.queue) - 1
	m.queue[0] = m.queue[last]
	m.queue = m.queue[:last]
	for i := 0; ; {
		best := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < last && sooner(m.queue[c], m.queue[best]) {
				best = c
			}
		}
		if best == i {
			return top
		}
		m.queue[i], m.queue[best] = m.queue[best], m.queue[i]
		i = best
	}
}
