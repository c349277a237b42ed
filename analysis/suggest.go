package analysis

import (
	"cmp"
	"slices"
	"strings"
)

// mergeShare of the threshold is how near groups must be for a merge to be
// proposed.
const mergeShare = 0.55

// suggest fills in what a person wants to see beside the groups: strengths,
// centres, borders, nearest groups, merges, known groups for undecided
// documents, and what the data says against decisions.
func (r *Result) suggest(n *nodes, m *merger, ru *rules) {
	c := r.corpus
	groupOf := make([]int32, len(n.unit)) // node -> group
	for node := range groupOf {
		groupOf[node] = r.GroupOf[c.pos[n.docs.of(int32(node))[0]]]
	}
	sum, best := make([]float32, len(n.unit)), make([]float32, len(n.unit))
	known := make([]int32, len(n.unit))
	outside, outsideOf := make([]float32, len(n.unit)), make([]int32, len(n.unit))
	nodesIn := make([]int32, len(r.Groups))
	type between struct{ a, b int32 }
	cross := map[between][]float32{}
	for i, g := range groupOf {
		if g >= 0 {
			nodesIn[g]++
		}
		outsideOf[i] = -1
	}
	for _, e := range n.edges(r.scores, false) {
		ga, gb := groupOf[e.a], groupOf[e.b]
		if ga >= 0 && ga == gb {
			for _, x := range [2]int32{e.a, e.b} {
				sum[x] += e.p
				best[x] = max(best[x], e.p)
				known[x]++
			}
			continue
		}
		if gb >= 0 && e.p > outside[e.a] {
			outside[e.a], outsideOf[e.a] = e.p, gb
		}
		if ga >= 0 && e.p > outside[e.b] {
			outside[e.b], outsideOf[e.b] = e.p, ga
		}
		if ga >= 0 && gb >= 0 {
			k := between{min(ga, gb), max(ga, gb)}
			cross[k] = append(cross[k], e.p)
		}
	}
	threshold := r.options.Strictness.threshold()
	for g := range r.Groups {
		group := &r.Groups[g]
		for i := range group.Members {
			mb := &group.Members[i]
			node := n.ofRank[c.rank[mb.Document]]
			switch {
			case nodesIn[g] == 1:
				mb.Strength = 1
			case len(n.docs.of(node)) > 1:
				mb.Strength = float64(linkage(sum[node], 1, int64(nodesIn[g]-1), known[node]))
			default:
				mb.Strength = float64(linkage(sum[node], best[node], int64(nodesIn[g]-1), known[node]))
			}
			mb.Borderline = mb.Strength < float64(threshold)+0.08 || outside[node] > best[node] && nodesIn[g] > 1
			if o := outsideOf[node]; mb.Decided && o >= 0 && outside[node] >= threshold && mb.Strength < float64(minEdge) && len(group.Members) > 1 {
				r.Proposals = append(r.Proposals, Proposal{ProposeDetach, mb.Document, g, float64(outside[node])})
			}
		}
		r.orderMembers(group)
	}
	for k, ps := range cross {
		total, top := float32(0), float32(0)
		for _, p := range ps {
			total += p
			top = max(top, p)
		}
		s := float64(linkage(total, top, int64(nodesIn[k.a])*int64(nodesIn[k.b]), int32(len(ps))))
		r.Groups[k.a].Near = append(r.Groups[k.a].Near, Link{int(k.b), s})
		r.Groups[k.b].Near = append(r.Groups[k.b].Near, Link{int(k.a), s})
	}
	for g := range r.Groups {
		near := r.Groups[g].Near
		slices.SortFunc(near, func(a, b Link) int {
			return cmp.Or(cmp.Compare(b.Strength, a.Strength), cmp.Compare(a.Group, b.Group))
		})
		r.Groups[g].Near = slices.Clip(near[:min(5, len(near))])
	}
	r.proposeMerges(n, m, groupOf)
	r.proposeMembers(ru, groupOf, n, outside, outsideOf)
	r.suggestKnown(ru)
}

// orderMembers puts the member nearest to the group's mean first.
func (r *Result) orderMembers(g *Group) {
	c := r.corpus
	centre := r.centre(g)
	score := make(map[int]float32, len(g.Members))
	for _, m := range g.Members {
		score[m.Document] = c.toCentre(centre, c.unitOf[c.rank[m.Document]])
	}
	slices.SortFunc(g.Members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(score[b.Document], score[a.Document]), cmp.Compare(c.rank[a.Document], c.rank[b.Document]))
	})
}

// centroid is the sum of a group's rows in the three spaces.
type centroid struct {
	lexis, domain, grams map[uint32]float32
}

func (r *Result) centre(g *Group) centroid {
	c := r.corpus
	units := make([]int32, 0, len(g.Members))
	for _, m := range g.Members {
		units = append(units, c.unitOf[c.rank[m.Document]])
	}
	return c.centroid(units)
}

func (c *Corpus) centroid(units []int32) centroid {
	slices.Sort(units)
	out := centroid{map[uint32]float32{}, map[uint32]float32{}, map[uint32]float32{}}
	for _, u := range slices.Compact(units) {
		for _, s := range []struct {
			rows *rows
			sum  map[uint32]float32
		}{{&c.lexis, out.lexis}, {&c.domain, out.domain}, {&c.grams, out.grams}} {
			fs, ws := s.rows.row(u)
			for i, f := range fs {
				s.sum[f] += ws[i]
			}
		}
	}
	return out
}

func (c *Corpus) toCentre(centre centroid, u int32) float32 {
	part := func(r *rows, sum map[uint32]float32) float32 {
		var s float32
		fs, ws := r.row(u)
		for i, f := range fs {
			s += ws[i] * sum[f]
		}
		return s
	}
	return 0.5*part(&c.lexis, centre.lexis) + 0.5*part(&c.grams, centre.grams) + domainShare*c.field*part(&c.domain, centre.domain)
}

// proposeMerges goes on joining below the threshold: what would be joined is
// one proposal, however many groups it takes.
func (r *Result) proposeMerges(n *nodes, m *merger, groupOf []int32) {
	threshold := r.options.Strictness.threshold()
	strength := map[int32]float32{}
	joined := m.joined
	m.joined = func(into, gone int32) {
		// Joins come in falling order of linkage: the last is the weakest.
		strength[into] = m.last
		joined(into, gone)
	}
	m.run(threshold * mergeShare)
	m.joined = joined
	sets := map[int32][]int{}
	for node, g := range groupOf {
		if g < 0 || r.Groups[g].Dismissed {
			continue
		}
		root := m.find(int32(node))
		if !slices.Contains(sets[root], int(g)) {
			sets[root] = append(sets[root], int(g))
		}
	}
	for root, groups := range sets {
		if len(groups) < 2 {
			continue
		}
		slices.SortFunc(groups, func(a, b int) int {
			return cmp.Or(cmp.Compare(len(r.Groups[b].Members), len(r.Groups[a].Members)), cmp.Compare(a, b))
		})
		r.Merges = append(r.Merges, Merge{groups, float64(strength[root])})
	}
	slices.SortFunc(r.Merges, func(a, b Merge) int {
		return cmp.Or(cmp.Compare(b.Strength, a.Strength), slices.Compare(a.Groups, b.Groups))
	})
}

// proposeMembers reports what decisions forbid and the data would do.
func (r *Result) proposeMembers(ru *rules, groupOf []int32, n *nodes, outside []float32, outsideOf []int32) {
	c := r.corpus
	threshold := r.options.Strictness.threshold()
	for rank, node := range n.ofRank {
		if node < 0 || outsideOf[node] < 0 || outside[node] < threshold {
			continue
		}
		g := outsideOf[node]
		group := &r.Groups[g]
		k, named := ru.number[group.Key]
		switch {
		case named && slices.Contains(ru.barred[int32(rank)], k):
			r.Proposals = append(r.Proposals, Proposal{ProposeReturn, int(c.pos[rank]), int(g), float64(outside[node])})
		case group.Locked && groupOf[node] < 0:
			r.Proposals = append(r.Proposals, Proposal{ProposeAttach, int(c.pos[rank]), int(g), float64(outside[node])})
		}
	}
	slices.SortFunc(r.Proposals, func(a, b Proposal) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), cmp.Compare(c.rank[a.Document], c.rank[b.Document]), cmp.Compare(a.Group, b.Group))
	})
}

// Neighbors are the documents nearest to a document, nearest first. Equal texts
// come before all others.
func (r *Result) Neighbors(document int) []Neighbor {
	c := r.corpus
	rank := c.rank[document]
	u := c.unitOf[rank]
	var out []Neighbor
	add := func(unit int32, similarity float64) {
		for _, o := range c.members.of(unit) {
			if o != rank && len(out) < r.options.Neighbors {
				out = append(out, Neighbor{int(c.pos[o]), similarity})
			}
		}
	}
	add(u, 1)
	type scored struct {
		unit int32
		p    float32
	}
	var list []scored
	c.around(r.near, u, func(v int32, near closeness) {
		list = append(list, scored{v, r.probability(u, v, near)})
	})
	slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.unit, b.unit)) })
	for _, s := range list {
		add(s.unit, float64(s.p))
	}
	return out
}

// probability is a pair of neighbours' score as the groups were made with it.
func (r *Result) probability(u, v int32, sim closeness) float32 {
	if p, ok := scoreOf(r.scores, u, v); ok {
		return p
	}
	return min(minEdge, r.corpus.probability(r.near, u, v, sim))
}

// Why explains what a document has to do with a group, whether it is a member
// or not. It is computed when asked for, in time proportional to the group.
func (r *Result) Why(document, group int) Why {
	c := r.corpus
	rank := c.rank[document]
	u := c.unitOf[rank]
	g := &r.Groups[group]
	var w Why
	var others []int32
	type scored struct {
		rank int32
		sim  closeness
	}
	var near []scored
	for _, m := range g.Members {
		o := c.rank[m.Document]
		if o == rank {
			w.Strength = m.Strength
			continue
		}
		others = append(others, c.unitOf[o])
		near = append(near, scored{o, c.closeness(u, c.unitOf[o])})
	}
	slices.SortFunc(near, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.sim.joint, a.sim.joint), cmp.Compare(a.rank, b.rank))
	})
	for _, s := range near[:min(3, len(near))] {
		p := c.probability(r.near, u, c.unitOf[s.rank], s.sim)
		if c.unitOf[s.rank] == u {
			p = 1
		}
		w.Nearest = append(w.Nearest, Neighbor{int(c.pos[s.rank]), float64(p)})
	}
	if len(others) == 0 {
		return w
	}
	centre := c.centroid(others)
	n := float32(len(others))
	for _, s := range []struct {
		rows  *rows
		sum   map[uint32]float32
		share float32
	}{{&c.lexis, centre.lexis, 0.5}, {&c.domain, centre.domain, domainShare * c.field}} {
		fs, ws := s.rows.row(u)
		for i, f := range fs {
			if x := ws[i] * s.sum[f] / n * s.share; x > 0 && c.kinds[f] != Question {
				w.Shared = append(w.Shared, Share{c.kinds[f], c.names[f], float64(x)})
			}
		}
	}
	slices.SortFunc(w.Shared, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	w.Shared = w.Shared[:min(12, len(w.Shared))]
	return w
}
