package analysis

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// remembering makes a corpus of docs with what memory holds of them, and says
// which were described.
func remembering(m *Memory, docs []Document, workers int) (*Corpus, []string) {
	described := make([]string, len(docs))
	c := NewCorpusWith(m, len(docs), workers, func(i int) string { return docs[i].ID }, func(i int, d *Document) {
		described[i] = docs[i].ID
		d.ID, d.Date, d.Text, d.Field = docs[i].ID, docs[i].Date, docs[i].Text, docs[i].Field
		d.Features = append(d.Features, docs[i].Features...)
	})
	return c, slices.DeleteFunc(described, func(s string) bool { return s == "" })
}

func roundTrip(t *testing.T, m *Memory) *Memory {
	t.Helper()
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("writing: %d of %d bytes, %v", n, b.Len(), err)
	}
	back, err := ReadMemory(&b)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func standingOf(r *Result) Standing {
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

func TestMemoryOfTheSameDocumentsChangesNothing(t *testing.T) {
	docs := matters(400, 7)
	docs = append(docs, said("e1", "", ""), said("e2", "", ""), docs[3])
	docs[len(docs)-1].ID = "twin"
	first := corpusOf(docs, 2).Group(Options{}, Decisions{}, Standing{})
	c, described := remembering(roundTrip(t, first.Memory()), docs, 2)
	if len(described) > 0 {
		t.Errorf("described %v though memory holds all", described)
	}
	again := c.Group(Options{}, Decisions{}, Standing{})
	if report(first) != report(again) {
		t.Error("the second run says something else")
	}
	for i := range docs {
		if again.Moved(i) {
			t.Errorf("%s moved", docs[i].ID)
		}
	}
	// Nor does it with yesterday's groups, which only pull.
	c, _ = remembering(first.Memory(), docs, 2)
	third := c.Group(Options{}, Decisions{}, standingOf(first))
	for i := range docs {
		if third.Moved(i) {
			t.Errorf("%s moved because of yesterday's groups", docs[i].ID)
		}
	}
}

func TestNewcomersMoveOnlyWhatTheyAreNear(t *testing.T) {
	docs := matters(1500, 11)
	r := rand.New(rand.NewPCG(3, 3))
	r.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	before, after := docs[:1490], docs
	first := corpusOf(before, 2).Group(Options{}, Decisions{}, Standing{})
	c, described := remembering(first.Memory(), after, 2)
	if len(described) != 10 {
		t.Errorf("described %d documents, 10 are new", len(described))
	}
	second := c.Group(Options{}, Decisions{}, standingOf(first))

	// What did not move has the neighbours and strengths it had.
	moved := 0
	for i := range before {
		if second.Moved(i) {
			moved++
			continue
		}
		// A neighbourhood that became denser may order strangers otherwise.
		mates := func(list []Neighbor) []Neighbor {
			list = slices.DeleteFunc(list, func(n Neighbor) bool { return n.Similarity <= float64(minEdge) })
			slices.SortFunc(list, func(x, y Neighbor) int { return x.Document - y.Document })
			return list
		}
		a, b := mates(first.Neighbors(i)), mates(second.Neighbors(i))
		same := func(x, y Neighbor) bool { return x == y } // positions of before are those of after
		if !slices.EqualFunc(a, b, same) {
			t.Fatalf("%s did not move, but its neighbours were %v and are %v", docs[i].ID, a, b)
		}
	}
	if moved == 0 || moved == len(before) {
		t.Errorf("%d of %d documents moved", moved, len(before))
	}
	for _, g := range second.Groups {
		still := !slices.ContainsFunc(g.Members, func(m Member) bool { return second.Moved(m.Document) })
		old := slices.IndexFunc(first.Groups, func(o Group) bool { return o.Key == g.Key })
		if !still || old < 0 || len(first.Groups[old].Members) != len(g.Members) {
			continue
		}
		if !slices.Equal(first.Groups[old].Members, g.Members) {
			t.Errorf("%s: members were %v and are %v", g.Key, first.Groups[old].Members, g.Members)
		}
	}

	// The lists are nearly those of a search for all.
	true10, found := 0, 0
	full := corpusOf(after, 2)
	full.base, full.gramDF = c.base, c.gramDF // not used again; the weights differ a little
	whole := full.neighbors(2)
	for u := range int32(c.units()) {
		fu := full.unitOf[full.rank[c.pos[c.members.of(u)[0]]]]
		want, _ := whole.of(fu)
		have, _ := second.near.of(u)
		ids := func(k *Corpus, list []int32) (out []string) {
			for _, v := range list[:min(10, len(list))] {
				out = append(out, k.ids[k.members.of(v)[0]])
			}
			return out
		}
		h := ids(c, have)
		for _, id := range ids(full, want) {
			true10++
			if slices.Contains(h, id) {
				found++
			}
		}
	}
	if share := float64(found) / float64(true10); share < 0.9 {
		t.Errorf("only %.3f of the ten nearest are those of a run without memory", share)
	}
}

func TestMemoryIsIndifferentToOrderAndWorkers(t *testing.T) {
	docs := matters(600, 5)
	m := corpusOf(docs[:500], 2).Group(Options{}, Decisions{}, Standing{}).Memory()
	var want string
	for i, workers := range []int{1, 2, 8} {
		shuffled := slices.Clone(docs)
		rand.New(rand.NewPCG(uint64(i), 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		c, _ := remembering(m, shuffled, workers)
		got := c.Group(Options{Workers: workers}, Decisions{}, Standing{})
		if r := report(got); want == "" {
			want = r
		} else if r != want {
			t.Errorf("with %d workers and another order the result is another", workers)
		}
		var b bytes.Buffer
		if _, err := got.Memory().WriteTo(&b); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithdrawnDocumentsLeaveNoTrace(t *testing.T) {
	docs := matters(500, 9)
	m := corpusOf(docs, 2).Group(Options{}, Decisions{}, Standing{}).Memory()
	left := slices.DeleteFunc(slices.Clone(docs), func(d Document) bool { return strings.HasSuffix(d.ID, "3") })
	c, _ := remembering(m, left, 2)
	r := c.Group(Options{}, Decisions{}, Standing{})
	for i := range left {
		if len(r.Neighbors(i)) < 10 {
			t.Errorf("%s has only %d neighbours: those withdrawn were not replaced", left[i].ID, len(r.Neighbors(i)))
		}
	}
	none, _ := remembering(m, nil, 2)
	if r := none.Group(Options{}, Decisions{}, Standing{}); len(r.Groups) != 0 {
		t.Errorf("groups of nothing: %v", r.Groups)
	}
	// And the other way: memory of nothing.
	empty := corpusOf(nil, 2).Group(Options{}, Decisions{}, Standing{}).Memory()
	c, described := remembering(roundTrip(t, empty), docs[:50], 2)
	if c.Group(Options{}, Decisions{}, Standing{}); len(described) != 50 {
		t.Errorf("described %d of 50", len(described))
	}
}

func TestDamagedMemoryIsRefused(t *testing.T) {
	m := corpusOf(matters(60, 1), 2).Group(Options{}, Decisions{}, Standing{}).Memory()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		bad := slices.Clone(whole)
		if r.IntN(3) == 0 {
			bad = bad[:r.IntN(len(bad))]
		} else {
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
		}
		if _, err := ReadMemory(bytes.NewReader(bad)); !errors.Is(err, errMemory) {
			t.Fatalf("a damaged memory was read: %v", err)
		}
	}
}

// What was suggested stays until a decision has to do with it: nothing that a run
// without memory of suggestions finds near is missing, and nothing stands that a
// decision forbids.
func TestSuggestionsStayUntilADecisionHasToDoWithThem(t *testing.T) {
	docs := matters(1500, 21)
	rand.New(rand.NewPCG(2, 1)).Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	first := corpusOf(docs[:1480], 2).Group(Options{}, Decisions{}, Standing{})
	if len(first.Groups) < 60 {
		t.Fatalf("only %d groups", len(first.Groups))
	}
	var d Decisions
	confirm := func(g Group) {
		for _, m := range g.Members[:max(1, len(g.Members)/2)] { // the others stay open
			d.Members = append(d.Members, Membership{Document: first.corpus.ID(m.Document), Group: g.Key, Seq: int64(len(d.Members) + 1)})
		}
	}
	for _, g := range first.Groups[:40] {
		confirm(g)
	}
	c, _ := remembering(roundTrip(t, first.Memory()), docs[:1480], 2)
	second := c.Group(Options{}, d, standingOf(first)) // the first decisions ever: all is suggested anew
	for _, g := range first.Groups[40:44] {
		confirm(g)
	}
	d.Barred = append(d.Barred, Membership{Document: d.Members[0].Document, Group: d.Members[0].Group, Seq: 9000})
	d.DismissedGroups = append(d.DismissedGroups, first.Groups[7].Key)
	gone := first.Groups[7].Key

	run := func(m *Memory) *Result {
		c, _ := remembering(m, docs, 2)
		return c.Group(Options{}, d, standingOf(second))
	}
	carried := run(roundTrip(t, second.Memory()))
	bare := roundTrip(t, second.Memory())
	bare.suggested = nil
	full := run(bare)
	as := func(r *Result, i int) (keys []string) {
		for _, s := range r.Known(i) {
			keys = append(keys, r.Groups[s.Group].Key)
		}
		return keys
	}
	offered, same, stayed := 0, 0, 0
	for i := range docs {
		have, want := as(carried, i), as(full, i)
		if len(want) == 0 && len(have) == 0 {
			continue
		}
		offered++
		if slices.Equal(have, want) {
			same++
		}
		for k, s := range full.Known(i) {
			if s.Strength > 0.25 && !slices.Contains(have, want[k]) {
				t.Errorf("%s: %s is not suggested, with %.2f it would be number %d", docs[i].ID, want[k], s.Strength, k+1)
			}
		}
		if i < 1480 && slices.Equal(have, as(second, i)) {
			stayed++
		}
		if slices.Contains(have, gone) {
			t.Errorf("%s: %s was dismissed and is suggested", docs[i].ID, gone)
		}
		if docs[i].ID == d.Barred[0].Document && slices.Contains(have, d.Barred[0].Group) {
			t.Errorf("%s is suggested for the group people took it out of", docs[i].ID)
		}
	}
	if offered < 500 || stayed < offered/2 || same < offered*3/4 {
		t.Errorf("of %d documents %d have the suggestions of a full run, and %d what they had", offered, same, stayed)
	}
}
