package analysis

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Of the decided units that share most with an undecided one, so many are
// looked at, until so many of the groups they belong to are found: those are
// compared as a whole.
const (
	knownCandidates = 300
	knownGroups     = 24
)

// decided is what people have decided so far: groups, and the units in them.
type decided struct {
	label   []int32   // rank -> group of the result that people put it in, -1
	units   [][]int32 // group -> its decided units, ascending
	belongs [][]int32 // unit -> groups it is decided to be in
	in      []bool    // unit -> belongs to any
}

func (r *Result) decided(ru *rules) (d decided, any bool) {
	c := r.corpus
	groupOfKey := make(map[string]int32, len(r.Groups))
	for i := range r.Groups {
		groupOfKey[r.Groups[i].Key] = int32(i)
	}
	d = decided{
		label: make([]int32, c.Documents()), units: make([][]int32, len(r.Groups)),
		belongs: make([][]int32, c.units()), in: make([]bool, c.units()),
	}
	for rank, l := range ru.label {
		d.label[rank] = -1
		if l < 0 || ru.gone[l] {
			continue
		}
		g, u := groupOfKey[ru.keys[l]], c.unitOf[rank]
		d.label[rank], d.in[u], any = g, true, true
		if !slices.Contains(d.belongs[u], g) {
			d.belongs[u] = append(d.belongs[u], g)
			d.units[g] = append(d.units[g], u)
		}
	}
	return d, any
}

// centres are the sums of groups' rows: one row a group in each space.
type centres struct {
	lexis, domain, grams rows
	length               []float32
}

func (c *Corpus) centres(workers int, units [][]int32) *centres {
	out := &centres{length: make([]float32, len(units))}
	for _, s := range []struct {
		of, sum *rows
		share   float32
	}{{&c.lexis, &out.lexis, 0.5}, {&c.grams, &out.grams, 0.5}, {&c.domain, &out.domain, domainShare * c.field}} {
		type sum struct {
			feature []uint32
			weight  []float32
		}
		sums := make([]sum, len(units))
		parallel(workers, len(units), 64, func(_, from, to int) {
			for g := from; g < to; g++ {
				total := map[uint32]float32{}
				for _, u := range units[g] {
					fs, ws := s.of.row(u)
					for i, f := range fs {
						total[f] += ws[i]
					}
				}
				row := sum{make([]uint32, 0, len(total)), make([]float32, 0, len(total))}
				for f := range total {
					row.feature = append(row.feature, f)
				}
				slices.Sort(row.feature)
				for _, f := range row.feature {
					row.weight = append(row.weight, total[f])
				}
				sums[g] = row
			}
		})
		entries := 0
		for _, row := range sums {
			entries += len(row.feature)
		}
		*s.sum = newRows(len(units), entries)
		for g, row := range sums {
			at := s.sum.at[g]
			copy(s.sum.feature[at:], row.feature)
			copy(s.sum.weight[at:], row.weight)
			s.sum.at[g+1] = at + int32(len(row.feature))
			for _, w := range row.weight {
				out.length[g] += s.share * w * w
			}
		}
	}
	for g, l := range out.length {
		out.length[g] = float32(math.Sqrt(float64(l)))
	}
	return out
}

// suggestKnown ranks the decided groups for every document that nobody has
// decided on. A group is known by its decided members: how near the nearest of
// them is to the document, and how near they are together. Where the last run
// suggested and no decision since has to do with a document, its suggestions
// stay.
func (r *Result) suggestKnown(ru *rules) {
	c := r.corpus
	workers := workersOr(r.options.Workers)
	d, any := r.decided(ru)
	r.known = make([][]Suggestion, c.Documents())
	defer func() { r.suggested = r.keepSuggested(d, ru) }()
	again := r.carrySuggested(d, ru, workers)
	if !any {
		return
	}
	whole := c.centres(workers, d.units)
	x := c.index(workers).only(workers, d.in)
	finders := make([]finder, workers)
	parallel(workers, c.Documents(), 16, func(w, from, to int) {
		f := &finders[w]
		if f.search.index == nil {
			*f = finder{search: c.newSearch(x), decided: &d, centres: whole}
		}
		for rank := int32(from); rank < int32(to); rank++ {
			if d.label[rank] < 0 && (again == nil || again[rank]) && ru.label[rank] < 0 {
				list := f.find(r, ru, rank)
				r.known[rank] = slices.Clone(list[:min(len(list), r.options.Suggest)])
			}
		}
	})
}

// finder is one worker's room for suggestions.
type finder struct {
	search  search
	decided *decided
	centres *centres
	list    []Suggestion
	nearest []float32 // by place in list: the joint similarity of the nearest decided unit
	best    []near    // the decided units compared
}

// find ranks decided groups for a document, best first. The answer is valid
// until the next call.
func (f *finder) find(r *Result, ru *rules, rank int32) []Suggestion {
	c, s, d := r.corpus, &f.search, f.decided
	u := c.unitOf[rank]
	f.list, f.nearest, f.best = f.list[:0], f.nearest[:0], f.best[:0]
	offer := func(b near, most int) {
		f.best = append(f.best, b)
		for _, g := range d.belongs[b.unit] {
			at := slices.IndexFunc(f.list, func(l Suggestion) bool { return l.Group == int(g) })
			switch {
			case at >= 0:
				f.nearest[at] = max(f.nearest[at], b.joint)
			case len(f.list) < most && !slices.Contains(ru.barred[rank], ru.number[r.Groups[g].Key]):
				f.list, f.nearest = append(f.list, Suggestion{Group: int(g)}), append(f.nearest, b.joint)
			}
		}
	}
	s.read(u, s.index.likely)
	s.weigh(u)
	s.table.load(c, u)
	if d.in[u] { // an equal text is decided
		offer(near{u, closeness{joint: 1}}, knownGroups)
	}
	for _, o := range s.order {
		if len(f.list) == knownGroups && c.meaning == nil {
			break
		}
		v := int32(uint32(o))
		offer(near{v, s.table.closeness(v)}, knownGroups)
	}
	if c.meaning != nil {
		c.meaning.suggest(c, u, f.best, d.in, offer)
	}
	for i := range f.list {
		g := int32(f.list[i].Group)
		together := s.table.toCentre(f.centres, g) / (f.centres.length[g] * c.norm(u))
		f.list[i].Strength = float64(0.5*f.nearest[i] + 0.5*together)
	}
	if c.meaning != nil {
		c.meaning.strengthen(u, f.best, d.in, d.belongs, f.list)
	}
	slices.SortFunc(f.list, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Strength, a.Strength), cmp.Compare(a.Group, b.Group))
	})
	return f.list
}

// suggested is what a run suggested to the documents nobody had decided on,
// and the decisions it followed from, for the next run to go on from.
type suggested struct {
	keys   []string // of decided groups, ascending
	label  []int32  // rank -> key of the group people put it in, -1
	barred []bool   // rank -> people keep it out of some group
	// What was suggested to a document stands from its rank's place on, best first.
	at       []int32
	key      []int32
	strength []float32
}

func (r *Result) keepSuggested(d decided, ru *rules) *suggested {
	c := r.corpus
	s := &suggested{label: make([]int32, c.Documents()), barred: make([]bool, c.Documents()), at: make([]int32, c.Documents()+1)}
	number := make([]int32, len(r.Groups))
	for g, units := range d.units { // groups stand in the order of their keys
		number[g] = int32(len(s.keys))
		if len(units) > 0 {
			s.keys = append(s.keys, r.Groups[g].Key)
		}
	}
	for rank := range s.label {
		s.label[rank], s.barred[rank] = -1, len(ru.barred[int32(rank)]) > 0
		if g := d.label[rank]; g >= 0 {
			s.label[rank] = number[g]
		}
		for _, k := range r.known[rank] {
			s.key, s.strength = append(s.key, number[k.Group]), append(s.strength, float32(k.Strength))
		}
		s.at[rank+1] = int32(len(s.key))
	}
	return s
}

// carrySuggested takes over what the last run suggested and marks, by rank, the
// documents that need new suggestions: those that are new or were decided, that
// people now or then keep out of a group, to which fewer groups were suggested
// than could be, or one whose decided members are others now, and those that
// lie nearest to a unit decided since. A group confirmed today may so be missing
// where it would be the best of strangers. Nil means all.
func (r *Result) carrySuggested(d decided, ru *rules, workers int) (again []bool) {
	c, p := r.corpus, r.corpus.last
	if p == nil || p.memory.suggested == nil || c.meaning != nil {
		return nil
	}
	was := p.memory.suggested
	now := make([]int32, len(was.keys)) // key then -> group now, -1
	byKey := make(map[string]int32, len(r.Groups))
	for g := range r.Groups {
		byKey[r.Groups[g].Key] = int32(g)
	}
	for k, key := range was.keys {
		now[k] = -1
		if g, ok := byKey[key]; ok && len(d.units[g]) > 0 {
			now[k] = g
		}
	}
	changed := make([]bool, len(was.keys)) // then
	for k, g := range now {
		changed[k] = g < 0
	}
	thenOf := make(map[int32]int32, len(was.keys)) // group now -> key then
	for k, g := range now {
		if g >= 0 {
			thenOf[g] = int32(k)
		}
	}
	again = make([]bool, c.Documents())
	newly := map[int32]bool{}
	still := make([]bool, len(was.label))
	for rank, k := range p.rank {
		then := int32(-1)
		if k >= 0 {
			still[k] = true
			then = was.label[k]
		}
		g := d.label[rank]
		again[rank] = k < 0 || then >= 0 || was.barred[k] || len(ru.barred[int32(rank)]) > 0
		if then >= 0 && now[then] == g {
			continue
		}
		if then >= 0 {
			changed[then] = true
		}
		if g >= 0 {
			newly[c.unitOf[rank]] = true
			if t, ok := thenOf[g]; ok {
				changed[t] = true
			}
		}
	}
	for k, here := range still {
		if then := was.label[k]; !here && then >= 0 {
			changed[then] = true
		}
	}
	for u := range newly {
		for _, rank := range c.members.of(u) {
			again[rank] = true
		}
	}
	near := c.searchAll(workers, slices.Sorted(maps.Keys(newly)), offered)
	for _, list := range near {
		for _, n := range list {
			for _, rank := range c.members.of(n.unit) {
				again[rank] = true
			}
		}
	}
	for rank, k := range p.rank {
		if k < 0 || ru.label[rank] >= 0 || again[rank] {
			continue
		}
		from, to := was.at[k], was.at[k+1]
		if int(to-from) < r.options.Suggest || slices.ContainsFunc(was.key[from:to], func(key int32) bool { return changed[key] }) {
			again[rank] = true
			continue
		}
		list := make([]Suggestion, 0, to-from)
		for i := from; i < to; i++ {
			list = append(list, Suggestion{int(now[was.key[i]]), float64(was.strength[i])})
		}
		r.known[rank] = list
	}
	return again
}

// Known suggests decided groups for a document, best first; nil for decided
// documents and when nothing is decided.
func (r *Result) Known(document int) []Suggestion {
	if r.known == nil {
		return nil
	}
	return r.known[r.corpus.rank[document]]
}
