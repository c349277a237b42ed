package analysis

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Group finds the groups of a corpus under people's decisions and gives them
// the keys of the last run's groups where they live on. Zero Options,
// Decisions and Standing are valid.
func (c *Corpus) Group(o Options, d Decisions, last Standing) *Result {
	if o.Neighbors == 0 {
		o.Neighbors = 10
	}
	if o.Suggest == 0 {
		o.Suggest = 5
	}
	if o.DormantDays == 0 {
		o.DormantDays = 400
	}
	if o.Key == nil {
		o.Key = func(founder string) string { return founder }
	}
	began := time.Now()
	stage := func(name string) {
		if o.Stage != nil {
			o.Stage(name, time.Since(began))
		}
		began = time.Now()
	}
	r := &Result{corpus: c, options: o, Duplicate: c.Documents() - c.units()}
	if c.last != nil {
		r.near, r.moved = c.renew(o.Workers)
	} else {
		r.near = c.neighbors(o.Workers)
	}
	if len(d.Members) == 0 {
		c.indexed = nil // suggestions will not need it
	}
	stage("neighbours")
	r.pairs = c.pairs(r.near, o.Workers)
	r.scores = r.blend(o.Workers)
	stage("pairs")
	ru := newRules(c, d, last)
	n := newNodes(c, ru)
	m := newMerger(len(n.docs.at)-1, n.edges(r.scores, true))
	m.allowed, m.joined = n.allowed, n.joined
	m.pair = func(a, b int32) float32 {
		x, y := n.unit[a], n.unit[b]
		return c.probability(r.near, x, y, c.closeness(x, y))
	}
	m.run(o.Strictness.threshold())
	r.assemble(n, m, ru, last)
	stage("groups")
	r.suggest(n, m, ru)
	c.indexed = nil
	stage("suggestions")
	return r
}

// pairs scores every pair of neighbours once; probabilities below minEdge are
// dropped. Edges are ordered by (a, b). Pairs that the last run scored keep
// their score.
func (c *Corpus) pairs(g *graph, workers int) []edge {
	units := c.units()
	found := make([][]edge, units)
	parallel(workersOr(workers), units, 256, func(_, from, to int) {
		for u := int32(from); u < int32(to); u++ {
			near, sim := g.of(u)
			for i, v := range near {
				if v < u && g.rankOf(v, u) >= 0 {
					continue // v lists the pair
				}
				if c.last.scored(u, v) {
					continue
				}
				e := c.evidence(g, u, v, sim[i])
				if p := c.same(&e); p >= minEdge {
					found[u] = append(found[u], edge{min(u, v), max(u, v), p})
				}
			}
		}
	})
	if c.last != nil {
		found = append(found, c.last.kept())
	}
	edges := slices.Concat(found...)
	slices.SortFunc(edges, func(x, y edge) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return edges
}

// rules are decisions and standing, by rank and by number of the key.
type rules struct {
	keys      []string         // keys that some rule names, ascending
	number    map[string]int32 // key -> index in keys
	label     []int32          // rank -> decided key, -1
	decided   []bool           // rank: by a person, not only held by a locked or merged group
	barred    map[int32][]int32
	dismissed []bool  // rank
	closed    []bool  // key: locked or dismissed
	gone      []bool  // key: group dismissed
	prior     []int32 // rank -> index into standing's groups, -1
	priorKey  []int32 // standing group -> key number after merges, -1 when no rule names it
	apart     map[int32][]int32
	merged    map[string]string
	seqOf     map[string]int64 // key -> latest decision that touched its members
}

func newRules(c *Corpus, d Decisions, last Standing) *rules {
	n := c.Documents()
	ru := &rules{
		number: map[string]int32{}, label: make([]int32, n), decided: make([]bool, n), barred: map[int32][]int32{},
		dismissed: make([]bool, n), prior: make([]int32, n), apart: map[int32][]int32{}, merged: d.Merged, seqOf: map[string]int64{},
	}
	rank := make(map[string]int32, len(d.Members)+len(d.Barred))
	lookup := func(id string) (int32, bool) {
		if r, ok := rank[id]; ok {
			return r, r >= 0
		}
		r, ok := slices.BinarySearch(c.ids, id)
		if !ok {
			r = -1
		}
		rank[id] = int32(r)
		return int32(r), ok
	}
	named := map[string]bool{}
	name := func(key string) { named[ru.alive(key)] = true }
	for _, m := range d.Members {
		name(m.Group)
	}
	for _, m := range d.Barred {
		name(m.Group)
	}
	for _, k := range d.Locked {
		name(k)
	}
	for _, k := range d.DismissedGroups {
		name(k)
	}
	for from := range d.Merged {
		name(from)
	}
	for _, p := range d.Apart {
		name(p[0])
		name(p[1])
	}
	ru.keys = slices.Sorted(maps.Keys(named))
	for i, k := range ru.keys {
		ru.number[k] = int32(i)
	}
	ru.closed, ru.gone = make([]bool, len(ru.keys)), make([]bool, len(ru.keys))
	hold := make([]bool, len(ru.keys)) // groups whose last members stay without a decision on each
	for _, k := range d.Locked {
		ru.closed[ru.of(k)], hold[ru.of(k)] = true, true
	}
	for _, k := range d.DismissedGroups {
		ru.closed[ru.of(k)], hold[ru.of(k)], ru.gone[ru.of(k)] = true, true, true
	}
	for from := range d.Merged {
		hold[ru.of(from)] = true
	}
	for _, p := range d.Apart {
		a, b := ru.of(p[0]), ru.of(p[1])
		if a != b {
			ru.apart[a], ru.apart[b] = append(ru.apart[a], b), append(ru.apart[b], a)
		}
	}
	for i := range n {
		ru.label[i], ru.prior[i] = -1, -1
	}
	ru.priorKey = make([]int32, len(last.Groups))
	for g, s := range last.Groups {
		ru.priorKey[g] = -1
		if k, ok := ru.number[ru.alive(s.Key)]; ok {
			ru.priorKey[g] = k
		}
		for _, id := range s.Members {
			if r, ok := slices.BinarySearch(c.ids, id); ok {
				ru.prior[r] = int32(g)
			}
		}
	}
	for _, id := range d.Dismissed {
		if r, ok := lookup(id); ok {
			ru.dismissed[r] = true
		}
	}
	since := map[int32]int64{}
	for _, m := range d.Members {
		if r, ok := lookup(m.Document); ok {
			ru.label[r], ru.decided[r], since[r] = ru.of(m.Group), true, m.Seq
			ru.seqOf[ru.alive(m.Group)] = max(ru.seqOf[ru.alive(m.Group)], m.Seq)
		}
	}
	for _, m := range d.Barred {
		r, ok := lookup(m.Document)
		if !ok {
			continue
		}
		k := ru.of(m.Group)
		ru.seqOf[ru.alive(m.Group)] = max(ru.seqOf[ru.alive(m.Group)], m.Seq)
		if ru.label[r] == k {
			if since[r] >= m.Seq {
				continue // attached again after it was detached
			}
			ru.label[r], ru.decided[r] = -1, false
		}
		if !slices.Contains(ru.barred[r], k) {
			ru.barred[r] = append(ru.barred[r], k)
		}
	}
	for r, g := range ru.prior {
		if g < 0 || ru.label[r] >= 0 || ru.dismissed[r] {
			continue
		}
		if k := ru.priorKey[g]; k >= 0 && hold[k] && !slices.Contains(ru.barred[int32(r)], k) {
			ru.label[r] = k
		}
	}
	return ru
}

// alive follows merges to the key that lives.
func (ru *rules) alive(key string) string {
	for range len(ru.merged) + 1 { // a circle of merges ends somewhere, the same for every run
		to, ok := ru.merged[key]
		if !ok {
			return key
		}
		key = to
	}
	return key
}

func (ru *rules) of(key string) int32 { return ru.number[ru.alive(key)] }

// nodes are units, divided where decisions tell equal texts apart.
type nodes struct {
	docs   csr     // node -> ranks
	unit   []int32 // node -> unit
	ofUnit csr     // unit -> nodes
	ofRank []int32 // rank -> node, -1 when it takes no part
	prior  []int32 // node -> standing group of its documents, -1
	// What decisions say of the cluster a node leads; moved along as clusters join.
	label   []int32
	barred  [][]int32 // keys the cluster may not meet
	present [][]int32 // keys the cluster stands for
	closed  []bool    // by key
}

func newNodes(c *Corpus, ru *rules) *nodes {
	n := &nodes{ofRank: make([]int32, c.Documents()), closed: ru.closed}
	type signature struct {
		label, presence int32
		barred          string
	}
	for u := range int32(c.units()) {
		empty := c.runeAt[u] == c.runeAt[u+1] && c.lexis.at[u] == c.lexis.at[u+1] && c.domain.at[u] == c.domain.at[u+1]
		var known map[signature]int32
		plain := int32(-1)
		for _, r := range c.members.of(u) {
			if ru.dismissed[r] && ru.label[r] < 0 || empty && ru.label[r] < 0 {
				n.ofRank[r] = -1
				continue
			}
			s := signature{label: ru.label[r], presence: -1}
			if g := ru.prior[r]; g >= 0 && ru.label[r] < 0 {
				s.presence = ru.priorKey[g]
			}
			barred := ru.barred[r]
			for _, k := range []int32{s.label, s.presence} {
				if k >= 0 {
					barred = append(slices.Clip(barred), ru.apart[k]...)
				}
			}
			slices.Sort(barred)
			barred = slices.Compact(barred)
			if s.label < 0 && s.presence < 0 && len(barred) == 0 && plain >= 0 {
				n.ofRank[r] = plain
				continue
			}
			for _, k := range barred {
				s.barred += string(k) // a set as a key of a map
			}
			node, ok := known[s]
			if !ok {
				node = int32(len(n.unit))
				if known == nil {
					known = map[signature]int32{}
				}
				known[s] = node
				n.unit = append(n.unit, u)
				n.label = append(n.label, s.label)
				n.barred = append(n.barred, barred)
				var present []int32
				for _, k := range []int32{s.label, s.presence} {
					if k >= 0 {
						present = append(present, k)
					}
				}
				n.present = append(n.present, present)
				if s.label < 0 && s.presence < 0 && len(barred) == 0 {
					plain = node
				}
			}
			n.ofRank[r] = node
		}
	}
	n.docs = group(n.ofRank, len(n.unit))
	n.ofUnit = group(n.unit, c.units())
	n.prior = make([]int32, len(n.unit))
	for i := range n.prior {
		n.prior[i] = ru.prior[n.docs.of(int32(i))[0]]
	}
	return n
}

// priorPull is how far a pair's probability moves up because the last run had
// both in one group, and priorPush how far down because it had them in two:
// enough that a drifting weight does not shake groups, too little to hold
// strangers together. What they cost in quality and spare in lost keys is
// measured over thirty nights (pipeline/concept/stream_test.go).
const (
	priorPull = 0.4
	priorPush = 0.125
)

// edges carries the pairs of units over to nodes, and joins nodes of one unit.
// With pull, the last run's groups count.
func (n *nodes) edges(pairs []edge, pull bool) []edge {
	out := make([]edge, 0, len(pairs))
	for u := range int32(len(n.ofUnit.at) - 1) {
		same := n.ofUnit.of(u)
		for i, a := range same {
			for _, b := range same[i+1:] {
				out = append(out, edge{a, b, 1})
			}
		}
	}
	for _, e := range pairs {
		for _, a := range n.ofUnit.of(e.a) {
			for _, b := range n.ofUnit.of(e.b) {
				p := e.p
				if pa, pb := n.prior[a], n.prior[b]; !pull {
				} else if pa >= 0 && pa == pb {
					p = 1 - (1-p)*(1-priorPull)
				} else if pa >= 0 && pb >= 0 {
					p *= 1 - priorPush
				}
				out = append(out, edge{min(a, b), max(a, b), p})
			}
		}
	}
	slices.SortFunc(out, func(x, y edge) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return out
}

// allowed says whether decisions let two clusters become one.
func (n *nodes) allowed(a, b int32) bool {
	la, lb := n.label[a], n.label[b]
	if la >= 0 && lb >= 0 && la != lb {
		return false
	}
	if la != lb && (la >= 0 && n.closed[la] || lb >= 0 && n.closed[lb]) {
		return false
	}
	return !meet(n.barred[a], n.present[b]) && !meet(n.barred[b], n.present[a])
}

func (n *nodes) joined(into, gone int32) {
	n.label[into] = max(n.label[into], n.label[gone])
	n.barred[into] = union(n.barred[into], n.barred[gone])
	n.present[into] = union(n.present[into], n.present[gone])
}

func meet(a, b []int32) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}

func union(a, b []int32) []int32 {
	if len(b) == 0 {
		return a
	}
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
