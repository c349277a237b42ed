package queries

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A statement takes a millisecond or two however little it answers, and what
// people read has neighbours: the same groups at the head of a list, the same
// items in search, group and item page. So what the corpus says of a group or
// an item is kept as it was read, in the bytes below, and where decisions put
// items since is laid over it here.
const (
	keepsRows   = 48 << 20 // of the board
	keepsItems  = 64 << 20
	keepsGroups = 48 << 20
)

// place is how an item stands in a group by the corpus itself.
type place struct {
	ItemID     string  `column:"item_id"`
	GroupKey   string  `column:"group_key"`
	Rank       int     `column:"rank"`
	Strength   float64 `column:"strength"`
	Level      string  `column:"level"`
	Borderline bool    `column:"borderline"`
	Decided    bool    `column:"decided"`
	Moved      bool    // by a decision the corpus has not seen
	Shared     string  `column:"shared"`
}

func (p *place) member() Member {
	return Member{ID: p.ItemID, GroupKey: p.GroupKey, Rank: p.Rank, Strength: p.Strength, Level: p.Level, Borderline: p.Borderline, Decided: p.Decided, Moved: p.Moved, SharedJSON: p.Shared}
}

// movedPlace is how an item stands that a decision put into a group, or with ""
// into none, and no night has weighed there yet.
func movedPlace(item, group string) place {
	return place{ItemID: item, GroupKey: group, Rank: 1_000_000, Decided: true, Moved: true, Shared: "[]"}
}

// groupBase is what a corpus says of a group.
type groupBase struct {
	groupRow
	places  []place // most central first
	lineage []Event
	counted *groupCounts // of a group larger than a page, once somebody has opened it
}

// groupCounts is what is counted over all the members of a group.
type groupCounts struct {
	voices []Voiced
	cited  []Citation
}

// groupNear is what a corpus says of what lies beside a group.
type groupNear struct {
	groups []Neighbor
	items  []Member // that might belong to it
}

// base reads what the corpus of g says of a group; empty of one that only a
// decision knows.
func (s *Store) base(ctx context.Context, g *generation, key string) (*groupBase, error) {
	found, _, since := g.groups.find([]string{key})
	if b, ok := found[key]; ok {
		return b, nil
	}
	b := &groupBase{}
	var err error
	if b.groupRow, _, err = one[groupRow](ctx, s.db, "corpus/group", args{"key": key}); err != nil {
		return nil, err
	}
	if b.places, err = rows[place](ctx, s.db, "corpus/group_places", args{"key": key}); err != nil {
		return nil, err
	}
	if b.lineage, err = rows[Event](ctx, s.db, "corpus/group_lineage", args{"key": key}); err != nil {
		return nil, err
	}
	bytes := 500 + 300*len(b.lineage)
	for i := range b.places {
		bytes += 200 + len(b.places[i].Shared)
	}
	g.groups.keep(since, key, b, bytes)
	return b, nil
}

// beside reads what the corpus of g says of what lies beside a group.
func (s *Store) beside(ctx context.Context, g *generation, key string) (*groupNear, error) {
	found, _, since := g.near.find([]string{key})
	if n, ok := found[key]; ok {
		return n, nil
	}
	n := &groupNear{}
	var err error
	if n.groups, err = rows[Neighbor](ctx, s.db, "corpus/group_neighbors", args{"key": key}); err != nil {
		return nil, err
	}
	if n.items, err = rows[Member](ctx, s.db, "corpus/group_suggestions", args{"key": key}); err != nil {
		return nil, err
	}
	g.near.keep(since, key, n, 200+200*len(n.groups)+600*len(n.items))
	return n, nil
}

// counts counts over all the members of a group, b by the corpus and now as
// moves have it. What the corpus has is counted once; what moved is taken off
// and put to it.
func (s *Store) counts(ctx context.Context, g *generation, key string, b *groupBase, now []place) (*groupCounts, error) {
	stayed := map[string]bool{}
	var moved []string
	for i := range now {
		if now[i].Moved {
			moved = append(moved, now[i].ItemID)
		} else {
			stayed[now[i].ItemID] = true
		}
	}
	gone := map[string]bool{}
	for i := range b.places {
		if it := b.places[i].ItemID; !stayed[it] {
			gone[it] = true
		}
	}
	if len(moved)+len(gone) > eachMost {
		return s.count(ctx, now)
	}
	c := b.counted
	if c == nil {
		_, _, since := g.groups.find(nil)
		var err error
		if c, err = s.count(ctx, b.places); err != nil {
			return nil, err
		}
		with := *b
		with.counted = c
		g.groups.keep(since, key, &with, 500+300*len(b.places)+100*len(c.voices)+200*len(c.cited))
	}
	if len(moved)+len(gone) == 0 {
		return c, nil
	}
	said, err := s.said(ctx, slices.Concat(moved, slices.Collect(maps.Keys(gone))))
	if err != nil {
		return nil, err
	}
	n := map[Voiced]int{}
	for _, v := range c.voices {
		items := v.Items
		v.Items = 0
		n[v] = items
	}
	out := &groupCounts{cited: slices.DeleteFunc(slices.Clone(c.cited), func(c Citation) bool { return gone[c.ItemID] })}
	voiced := func(m *Member) Voiced { return Voiced{m.Department, m.Kind, m.Province, m.GivenOn, 0} }
	for it := range gone {
		if m, ok := said[it]; ok {
			n[voiced(m)]--
		}
	}
	for _, it := range moved {
		if m, ok := said[it]; ok {
			n[voiced(m)]++
			out.cited = append(out.cited, m.Citations...)
		}
	}
	slices.SortStableFunc(out.cited, func(a, b Citation) int { return strings.Compare(a.ItemID, b.ItemID) })
	for v, items := range n {
		if v.Items = items; items > 0 {
			out.voices = append(out.voices, v)
		}
	}
	return out, nil
}

func (s *Store) count(ctx context.Context, places []place) (*groupCounts, error) {
	ids := make(each, len(places))
	for i := range places {
		ids[i] = places[i].ItemID
	}
	c := &groupCounts{}
	var err error
	if c.voices, err = rows[Voiced](ctx, s.db, "corpus/group_voices", args{"items": ids}); err != nil {
		return nil, err
	}
	c.cited, err = rows[Citation](ctx, s.db, "corpus/citations", args{"items": ids})
	return c, err
}

// homes finds in which groups the corpus of g has the items.
func (s *Store) homes(ctx context.Context, g *generation, ids []string) (map[string]place, error) {
	found, missing, since := g.home.find(ids)
	read, err := rowsOfEach[place](ctx, s.db, "corpus/item_places", missing)
	if err != nil {
		return nil, err
	}
	for _, p := range read {
		found[p.ItemID] = p
		if len(missing) <= eachMost {
			g.home.keep(since, p.ItemID, p, 250+len(p.Shared))
		}
	}
	return found, nil
}

// placesOf finds where the items stand now; those in no group are left out.
func (s *Store) placesOf(ctx context.Context, ids []string) (map[string]place, error) {
	g := s.current.Load()
	at, err := s.homes(ctx, g, ids)
	if err != nil {
		return nil, err
	}
	g.moves.RLock()
	defer g.moves.RUnlock()
	for _, id := range ids {
		if to, ok := g.moves.to[id]; ok {
			at[id] = movedPlace(id, to)
		}
	}
	maps.DeleteFunc(at, func(_ string, p place) bool { return p.GroupKey == "" })
	return at, nil
}

// moves is what readers need of the desk, which is its writer's: which
// decisions name a group, and where those that the corpus has not seen put
// items, as the table desk.moved has it.
type moves struct {
	sync.RWMutex
	to    map[string]string   // group of an item; '' for none
	into  map[string][]string // items of a group, sorted
	named map[string][]int64  // decisions on a group, or on another and it, oldest first
	log   int                 // so many decisions are in named
}

// take brings moves in step with what changed of the desk, or with every with
// all of it.
func (m *moves) take(d *desk, every bool) {
	m.Lock()
	defer m.Unlock()
	if every {
		m.to, m.into, m.named, m.log = map[string]string{}, map[string][]string{}, map[string][]int64{}, 0
	}
	for _, dec := range d.log[m.log:] {
		m.named[dec.GroupKey] = append(m.named[dec.GroupKey], dec.Seq)
		if dec.OtherKey != "" && dec.OtherKey != dec.GroupKey {
			m.named[dec.OtherKey] = append(m.named[dec.OtherKey], dec.Seq)
		}
	}
	m.log = len(d.log)
	for it := range d.movedNow {
		if from := m.to[it]; from != "" {
			m.into[from] = slices.DeleteFunc(m.into[from], func(other string) bool { return other == it })
		}
		delete(m.to, it)
		if p, ok := d.moved[it]; ok {
			m.to[it] = p.group
			if p.group != "" {
				at, _ := slices.BinarySearch(m.into[p.group], it)
				m.into[p.group] = slices.Insert(m.into[p.group], at, it)
			}
		}
	}
}

// decisions are the numbers of those on a group.
func (m *moves) decisions(key string) []int64 {
	m.RLock()
	defer m.RUnlock()
	return slices.Clone(m.named[key])
}

// over lays the moves over the places that a corpus gives in a group.
func (m *moves) over(places []place, key string) []place {
	m.RLock()
	defer m.RUnlock()
	if len(m.to) == 0 {
		return places
	}
	out := make([]place, 0, len(places)+len(m.into[key]))
	for i := range places {
		if _, ok := m.to[places[i].ItemID]; !ok {
			out = append(out, places[i])
		}
	}
	for _, it := range m.into[key] {
		out = append(out, movedPlace(it, key))
	}
	return out
}

// weight is about how many bytes a member takes as it is kept.
func (m *Member) weight() int {
	n := 700 + len(m.Text) + len(m.Stem) + len(m.Background) + len(m.LegalBasis) + len(m.Reply) + len(m.Unit)
	return n + 250*len(m.Sources) + 200*len(m.Citations)
}

// weight is about how many bytes a row of the board takes as it is kept.
func (r *Listing) weight() int {
	return 600 + len(r.Title) + 20*len(r.Keywords) + 24*(len(r.ProvinceList)+len(r.TrainingList)+len(r.Directions)) + len(strings.Join(r.Keywords, ""))
}
