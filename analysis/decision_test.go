package analysis

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// played is the review side of a property test: it draws decisions and says
// what must hold after every later night.
type played struct {
	r         *rand.Rand
	decisions Decisions
	seq       int64
	member    map[string]string          // document -> decided group
	barred    map[string]map[string]bool // document -> groups
	dismissed map[string]bool
	locked    map[string][]string // group -> its members when it was locked
	gone      map[string][]string // dismissed group -> its members
	merged    map[string]string
	apart     [][2]string
	splits    int
	proposed  map[ProposalKind]int
	last      map[string]string // document -> group of the last night
}

func newPlayed(seed uint64) *played {
	return &played{
		r: rand.New(rand.NewPCG(seed, 99)), member: map[string]string{}, barred: map[string]map[string]bool{},
		dismissed: map[string]bool{}, locked: map[string][]string{}, gone: map[string][]string{}, merged: map[string]string{}, proposed: map[ProposalKind]int{},
	}
}

func (p *played) alive(k string) string {
	for p.merged[k] != "" {
		k = p.merged[k]
	}
	return k
}

// put is a decision that a document belongs to a group. A decided document is
// moved only by people, and a person who attaches takes back a detachment.
func (p *played) put(id, group string) {
	p.seq++
	p.decisions.Members = append(slices.DeleteFunc(p.decisions.Members, func(m Membership) bool { return m.Document == id }), Membership{id, group, p.seq})
	p.member[id] = group
	delete(p.barred[id], group)
	p.decisions.Dismissed = slices.DeleteFunc(p.decisions.Dismissed, func(d string) bool { return d == id })
	delete(p.dismissed, id)
}

func (p *played) decide(res *Result) {
	if len(res.Groups) == 0 {
		return
	}
	g := &res.Groups[p.r.IntN(len(res.Groups))]
	id := func(m Member) string { return res.corpus.ID(m.Document) }
	closed := func(k string) bool { return p.locked[k] != nil || p.gone[k] != nil }
	// A person who has just merged a group away cannot act on it again.
	if closed(g.Key) || len(g.Members) == 0 || p.alive(g.Key) != g.Key {
		return
	}
	one := id(g.Members[p.r.IntN(len(g.Members))])
	switch p.r.IntN(8) {
	case 0: // confirm
		for _, m := range g.Members {
			p.put(id(m), g.Key)
		}
	case 1: // attach a document from anywhere
		any := p.r.IntN(res.corpus.Documents())
		from := res.GroupOf[any]
		if from < 0 || !closed(res.Groups[from].Key) {
			p.put(res.corpus.ID(any), g.Key)
		}
	case 2: // detach
		p.seq++
		p.decisions.Barred = append(p.decisions.Barred, Membership{one, g.Key, p.seq})
		if p.member[one] == g.Key {
			delete(p.member, one)
		}
		if p.barred[one] == nil {
			p.barred[one] = map[string]bool{}
		}
		p.barred[one][g.Key] = true
	case 3: // merge another group into this one
		o := &res.Groups[p.r.IntN(len(res.Groups))]
		if o.Key == g.Key || closed(o.Key) || p.alive(o.Key) != o.Key || slices.ContainsFunc(p.apart, func(a [2]string) bool {
			return p.alive(a[0]) == o.Key && p.alive(a[1]) == g.Key || p.alive(a[1]) == o.Key && p.alive(a[0]) == g.Key
		}) {
			return
		}
		for _, grp := range []*Group{o, g} {
			for _, m := range grp.Members {
				p.put(id(m), g.Key)
			}
		}
		p.merged[o.Key] = g.Key
		p.decisions.Merged = maps.Clone(p.merged)
	case 4: // split off half
		if len(g.Members) < 4 {
			return
		}
		p.splits++
		key := fmt.Sprintf("split-%d", p.splits)
		for i, m := range g.Members {
			if i%2 == 0 {
				p.put(id(m), key)
			} else {
				p.put(id(m), g.Key)
			}
		}
		p.apart = append(p.apart, [2]string{g.Key, key})
		p.decisions.Apart = p.apart
	case 5: // lock
		for _, m := range g.Members {
			p.locked[g.Key] = append(p.locked[g.Key], id(m))
		}
		p.decisions.Locked = append(p.decisions.Locked, g.Key)
	case 6: // dismiss a document
		if p.member[one] == "" {
			p.dismissed[one] = true
			p.decisions.Dismissed = append(p.decisions.Dismissed, one)
		}
	case 7: // dismiss a group
		if p.r.IntN(4) > 0 {
			return
		}
		for _, m := range g.Members {
			p.gone[g.Key] = append(p.gone[g.Key], id(m))
		}
		p.decisions.DismissedGroups = append(p.decisions.DismissedGroups, g.Key)
	}
}

func (p *played) check(t *testing.T, res *Result, night int) {
	t.Helper()
	group := map[string]string{}
	members := map[string][]string{}
	for i := range res.Groups {
		g := &res.Groups[i]
		if _, twice := members[g.Key]; twice {
			t.Fatalf("night %d: key %s twice", night, g.Key)
		}
		members[g.Key] = []string{}
		for _, m := range g.Members {
			group[res.corpus.ID(m.Document)] = g.Key
			members[g.Key] = append(members[g.Key], res.corpus.ID(m.Document))
		}
	}
	for id, want := range p.member {
		if got := group[id]; got != p.alive(want) {
			t.Fatalf("night %d: %s was decided to be in %s, is in %q", night, id, p.alive(want), got)
		}
	}
	for id, keys := range p.barred {
		for k := range keys {
			if p.alive(k) == k && group[id] == k && p.member[id] == "" {
				t.Fatalf("night %d: %s was detached from %s and is back", night, id, k)
			}
		}
	}
	for id := range p.dismissed {
		if group[id] != "" && p.member[id] == "" {
			t.Fatalf("night %d: dismissed %s is in %s", night, id, group[id])
		}
	}
	for what, closed := range map[string]map[string][]string{"locked": p.locked, "dismissed": p.gone} {
		for k, were := range closed {
			for _, id := range members[k] {
				if !slices.Contains(were, id) && p.member[id] != k {
					t.Fatalf("night %d: %s group %s took in %s", night, what, k, id)
				}
			}
			for _, id := range were {
				if group[id] != k && p.member[id] == "" && !p.barred[id][k] && !p.dismissed[id] {
					t.Fatalf("night %d: %s group %s lost %s", night, what, k, id)
				}
			}
		}
	}
	for from := range p.merged {
		if _, lives := members[from]; lives {
			t.Fatalf("night %d: merged group %s lives", night, from)
		}
	}
	p.checkApart(t, res, night, group)
	p.checkProposals(t, res, night, group)
	p.last = group
}

// checkApart: what was split is two groups for good. Neither takes over what
// stood in the other, decided or not, unless a person put it there, and no
// merge of them is proposed.
func (p *played) checkApart(t *testing.T, res *Result, night int, group map[string]string) {
	t.Helper()
	other := map[string][]string{}
	for _, pair := range p.apart {
		a, b := p.alive(pair[0]), p.alive(pair[1])
		if a == b {
			t.Fatalf("night %d: %s and %s were split and are one", night, pair[0], pair[1])
		}
		other[a], other[b] = append(other[a], b), append(other[b], a)
	}
	for id, was := range p.last {
		if now := group[id]; p.member[id] == "" && slices.Contains(other[p.alive(was)], now) {
			t.Fatalf("night %d: %s went from %s to %s, which were split", night, id, was, now)
		}
	}
	for _, m := range res.Merges {
		for i, a := range m.Groups {
			for _, b := range m.Groups[i+1:] {
				if slices.Contains(other[res.Groups[a].Key], res.Groups[b].Key) {
					t.Fatalf("night %d: a merge of %s and %s is proposed, which were split", night, res.Groups[a].Key, res.Groups[b].Key)
				}
			}
		}
	}
}

// checkProposals: what the data says against a decision is proposed, and what
// is proposed has not been done.
func (p *played) checkProposals(t *testing.T, res *Result, night int, group map[string]string) {
	t.Helper()
	for _, pr := range res.Proposals {
		id, key := res.corpus.ID(pr.Document), res.Groups[pr.Group].Key
		p.proposed[pr.Kind]++
		switch pr.Kind {
		case ProposeAttach:
			if p.locked[key] == nil || group[id] == key {
				t.Fatalf("night %d: attaching %s to %s is proposed; locked %v, in %q", night, id, key, p.locked[key], group[id])
			}
		case ProposeReturn:
			if group[id] == key {
				t.Fatalf("night %d: %s is proposed to return to %s and is in it", night, id, key)
			}
		case ProposeDetach:
			if group[id] != key || p.alive(p.member[id]) != key {
				t.Fatalf("night %d: detaching %s from %s is proposed; decided in %q, in %q", night, id, key, p.member[id], group[id])
			}
		}
	}
}

// standing is what the next night reads.
func (r *Result) standing() Standing {
	var s Standing
	for _, g := range r.Groups {
		sg := StandingGroup{Key: g.Key, Founder: g.FounderID, Grew: g.Grew, Dormant: g.Dormant}
		for _, m := range g.Members {
			sg.Members = append(sg.Members, r.corpus.ID(m.Document))
		}
		s.Groups = append(s.Groups, sg)
	}
	return s
}

func TestDecisionsHoldAfterEveryNight(t *testing.T) {
	lives, nights := 40, 8
	if testing.Short() {
		lives = 8
	}
	decided, apart, proposed := int64(0), 0, map[ProposalKind]int{}
	for life := range lives {
		p := newPlayed(uint64(life))
		docs := matters(140, uint64(life))
		var last Standing
		for night := range nights {
			c := corpusOf(docs[:60+10*night], 2)
			res := c.Group(Options{Workers: 2, Night: fmt.Sprintf("2025-01-%02d", night+1)}, p.decisions, last)
			p.check(t, res, night)
			last = res.standing()
			for range 12 {
				p.decide(res)
			}
		}
		decided += p.seq
		apart += len(p.apart)
		for kind, n := range p.proposed {
			proposed[kind] += n
		}
	}
	t.Logf("%d decisions over %d nights, %d splits, proposals %v", decided, lives*nights, apart, proposed)
	// A check that never had anything to look at has checked nothing.
	if apart == 0 || proposed[ProposeAttach] == 0 || proposed[ProposeReturn] == 0 || proposed[ProposeDetach] == 0 {
		t.Errorf("%d splits, proposals %v: not everything was tried", apart, proposed)
	}
}

func TestEventsTellWhatHappened(t *testing.T) {
	docs := []Document{
		said("a1", "2024-01-01", "病犯 看守所 拒收 体检 血压"), said("a2", "2024-01-02", "病犯 看守所 拒收 体检 艾滋"),
		said("b1", "2024-01-01", "罚金 回函 法院 证明 公函"), said("b2", "2024-01-02", "罚金 回函 法院 证明 案号"),
	}
	docs = append(docs, matters(80, 5)...)
	night := func(n int, d Decisions, last Standing, date string) *Result {
		return corpusOf(docs[:n], 1).Group(Options{Night: date}, d, last)
	}
	members := func(key string, ids ...string) (out []Membership) {
		for i, id := range ids {
			out = append(out, Membership{id, key, int64(i + 1)})
		}
		return out
	}
	d := Decisions{Members: append(members("A", "a1", "a2"), members("B", "b1", "b2")...)}
	first := night(len(docs), d, Standing{}, "2024-02-01")
	kinds := func(r *Result, key string) (out []EventKind) {
		for _, e := range r.Events {
			if e.Key == key {
				out = append(out, e.Kind)
			}
		}
		return out
	}
	if got := kinds(first, "A"); !slices.Equal(got, []EventKind{Born}) {
		t.Errorf("first night: A %v", got)
	}
	quiet := night(len(docs), d, first.standing(), "2024-02-02")
	if len(quiet.Events) != 0 {
		t.Errorf("nothing came, yet %v", quiet.Events)
	}
	d.Merged = map[string]string{"B": "A"}
	merged := night(len(docs), d, quiet.standing(), "2024-02-03")
	if got := kinds(merged, "A"); !slices.Contains(got, Merged) {
		t.Errorf("after the merge: A %v", got)
	}
	if got := kinds(merged, "B"); !slices.Equal(got, []EventKind{Ended}) {
		t.Errorf("after the merge: B %v", got)
	}
	silent := night(len(docs), d, merged.standing(), "2026-02-03")
	if got := kinds(silent, "A"); !slices.Equal(got, []EventKind{Dormant}) {
		t.Errorf("after two years: A %v", got)
	}
	docs = append(docs, said("a3", "2026-02-01", "病犯 看守所 拒收 体检 结核"))
	d.Members = append(d.Members, Membership{"a3", "A", 9})
	awake := night(len(docs), d, silent.standing(), "2026-02-04")
	if got := kinds(awake, "A"); !slices.Contains(got, Revived) || !slices.Contains(got, Grew) {
		t.Errorf("after a new item: A %v", got)
	}
}
