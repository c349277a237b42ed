package analysis

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// said makes a document of words: each word is a feature, and the text is the
// words together.
func said(id, date, words string) Document {
	d := Document{ID: id, Date: date, Text: strings.ReplaceAll(words, " ", "")}
	for w := range strings.FieldsSeq(words) {
		d.Features = append(d.Features, Feature{Kind: Word, Name: w, Label: true})
	}
	return d
}

func corpusOf(docs []Document, workers int) *Corpus {
	return NewCorpus(len(docs), workers, func(i int, d *Document) {
		d.ID, d.Date, d.Text, d.Field = docs[i].ID, docs[i].Date, docs[i].Text, docs[i].Field
		d.Features = append(d.Features, docs[i].Features...)
	})
}

// matters makes n documents about n/5 matters: each matter has words of its
// own, each document most of them and some of everybody's.
func matters(n int, seed uint64) []Document {
	r := rand.New(rand.NewPCG(seed, 1))
	letter := func() string { return string(rune(0x4e00 + r.IntN(2000))) }
	word := func() string { return letter() + letter() }
	var common []string
	for range 60 {
		common = append(common, word())
	}
	own := map[int][]string{}
	docs := make([]Document, n)
	for i := range docs {
		m := r.IntN(max(1, n/5))
		if own[m] == nil {
			for range 7 {
				own[m] = append(own[m], word())
			}
		}
		var words []string
		for _, w := range own[m] {
			if r.IntN(4) > 0 {
				words = append(words, w)
			}
		}
		for range 4 {
			words = append(words, common[r.IntN(len(common))])
		}
		docs[i] = said(fmt.Sprintf("d%05d", i), fmt.Sprintf("2024-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28)), strings.Join(words, " "))
	}
	return docs
}

// report is everything a result says, by ID, so that results of differently
// ordered corpora can be compared byte for byte.
func report(r *Result) string {
	var b strings.Builder
	c := r.corpus
	for i, g := range r.Groups {
		fmt.Fprintf(&b, "%s founder %s decided %v locked %v dormant %v grew %s\n", g.Key, g.FounderID, g.Decided, g.Locked, g.Dormant, g.Grew)
		for _, m := range g.Members {
			fmt.Fprintf(&b, "  %s %v %v %v\n", c.ID(m.Document), m.Strength, m.Borderline, m.Decided)
		}
		fmt.Fprintf(&b, "  near %v\n  words %v\n  why %v\n", g.Near, r.Keywords(i, 5), r.Why(g.Members[0].Document, i).Shared)
	}
	order := make([]int, c.Documents())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(c.ID(a), c.ID(b)) })
	for _, i := range order {
		fmt.Fprintf(&b, "%s:", c.ID(i))
		for _, n := range r.Neighbors(i) {
			fmt.Fprintf(&b, " %s %v", c.ID(n.Document), n.Similarity)
		}
		for _, s := range r.Known(i) {
			fmt.Fprintf(&b, " %s %v", r.Groups[s.Group].Key, s.Strength)
		}
		b.WriteByte('\n')
	}
	for _, p := range r.Proposals {
		fmt.Fprintf(&b, "%s %s %d %v\n", p.Kind, c.ID(p.Document), p.Group, p.Strength)
	}
	fmt.Fprintf(&b, "%v\n%v\n%d\n", r.Merges, r.Events, r.Duplicate)
	return b.String()
}

func TestOrderAndWorkersChangeNothing(t *testing.T) {
	docs := matters(400, 7)
	docs = append(docs, said("twin-a", "", "同 一 句 话"), said("twin-b", "2023-01-01", "同 一 句 话"), said("empty", "", ""))
	d := Decisions{
		Members: []Membership{{"d00001", "X", 1}, {"d00002", "X", 2}, {"d00003", "Y", 3}},
		Barred:  []Membership{{"d00004", "X", 4}}, Locked: []string{"Y"}, Dismissed: []string{"d00009"},
	}
	last := Standing{Groups: []StandingGroup{{Key: "d00005", Founder: "d00005", Members: []string{"d00005", "d00006", "d00007"}, Grew: "2023-01-01"}}}
	want := report(corpusOf(docs, 1).Group(Options{Workers: 1, Night: "2024-12-31"}, d, last))
	for _, workers := range []int{1, 2, 8} {
		shuffled := slices.Clone(docs)
		rand.New(rand.NewPCG(uint64(workers), 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got := report(corpusOf(shuffled, workers).Group(Options{Workers: workers, Night: "2024-12-31"}, d, last))
		if got != want {
			a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
			for i := range a {
				if i >= len(b) || a[i] != b[i] {
					t.Fatalf("%d workers, line %d:\n%s\nwant\n%s", workers, i, b[min(i, len(b)-1)], a[i])
				}
			}
			t.Fatalf("%d workers: reports differ in length", workers)
		}
	}
}

func TestEveryAlgorithmMeetsTheOddCorpora(t *testing.T) {
	same := make([]Document, 3000)
	for i := range same {
		same[i] = said(fmt.Sprintf("s%04d", i), "", "都 说 同 一 句 话")
	}
	huge := matters(30, 3)
	huge = append(huge, said("huge", "", strings.Repeat("长 得 没有 尽头 的 一 条 ", 20000)))
	for _, c := range []struct {
		name   string
		docs   []Document
		groups int // -1: any
	}{
		{"none", nil, 0},
		{"one", []Document{said("a", "", "只 有 一 条")}, 0},
		{"empty texts", []Document{said("a", "", ""), said("b", "", ""), said("c", "", "")}, 0},
		{"all identical", same, 1},
		{"one huge", huge, -1},
		{"one word each", []Document{said("a", "", "一"), said("b", "", "二"), said("c", "", "三")}, 0},
		{"equal IDs", []Document{said("a", "", "说 了 两 遍"), said("a", "", "说 了 两 遍")}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := corpusOf(c.docs, 2).Group(Options{}, Decisions{}, Standing{})
			_ = report(r)
			if c.groups >= 0 && len(r.Groups) != c.groups {
				t.Errorf("%d groups, want %d", len(r.Groups), c.groups)
			}
			for i := range c.docs {
				r.Neighbors(i)
				for g := range r.Groups {
					r.Why(i, g)
				}
			}
		})
	}
}

func TestSameMatterInOneGroup(t *testing.T) {
	docs := matters(600, 11)
	r := corpusOf(docs, 2).Group(Options{}, Decisions{}, Standing{})
	if len(r.Groups) < 60 {
		t.Errorf("%d groups of about 120 matters", len(r.Groups))
	}
	for i, g := range r.Groups {
		if len(g.Members) < 2 {
			t.Errorf("group %d has %d members", i, len(g.Members))
		}
		for _, m := range g.Members {
			if r.GroupOf[m.Document] != int32(i) {
				t.Errorf("member %d of group %d is said to be in %d", m.Document, i, r.GroupOf[m.Document])
			}
			if m.Strength < 0 || m.Strength > 1.0001 {
				t.Errorf("strength %v", m.Strength)
			}
		}
	}
	strict := corpusOf(docs, 2).Group(Options{Strictness: Strict}, Decisions{}, Standing{})
	loose := corpusOf(docs, 2).Group(Options{Strictness: Loose}, Decisions{}, Standing{})
	alone := func(r *Result) (n int) {
		for _, g := range r.GroupOf {
			if g < 0 {
				n++
			}
		}
		return n
	}
	if !(alone(strict) >= alone(r) && alone(r) >= alone(loose)) {
		t.Errorf("alone: strict %d, medium %d, loose %d", alone(strict), alone(r), alone(loose))
	}
}

func TestMeasureOnSmallCases(t *testing.T) {
	for _, c := range []struct {
		gold, found         []int
		cubed, pair, v, ari float64
	}{
		{[]int{0, 0, 1, 1}, []int{5, 5, 7, 7}, 1, 1, 1, 1},
		{[]int{0, 0, 1, 1}, []int{-1, -1, -1, -1}, 2. / 3, 0, 2. / 3, 0},
		{[]int{0, 0, 1, 1}, []int{0, 0, 0, 0}, 2. / 3, 0.5, 0, 0},
		{[]int{0, 0, 0, 1, 1, 1}, []int{0, 0, 1, 1, 2, 2}, 2.0 / 3, 4.0 / 9, 0.51580374, 0.24242424},
	} {
		q := Measure(c.gold, c.found)
		for _, x := range []struct {
			name      string
			got, want float64
		}{{"b3", q.CubedF1, c.cubed}, {"pair", q.PairF1, c.pair}, {"v", q.V, c.v}, {"ari", q.ARI, c.ari}} {
			if d := x.got - x.want; d > 1e-6 || d < -1e-6 {
				t.Errorf("%v against %v: %s %.8f, want %.8f", c.found, c.gold, x.name, x.got, x.want)
			}
		}
	}
	if q := Measure(nil, nil); q.Documents != 0 {
		t.Error("no documents must measure nothing")
	}
}

func TestCommonalityPutsBreadthBeforeVolume(t *testing.T) {
	var voices []Voice
	say := func(group, n int, department string) {
		for i := range n {
			voices = append(voices, Voice{Group: group, Department: department, Province: "江苏", Training: fmt.Sprintf("2024-%d", i%2+1)})
		}
	}
	say(0, 4, "JC")
	say(0, 4, "FY")
	say(0, 4, "JY")
	say(1, 12, "JY")
	for _, d := range []string{"JC", "FY", "JY", "GA", "SJ"} {
		say(-1, 20, d)
	}
	c := Commonalities(voices, 2, 5, ScoreWeights{})
	if c[0].Score <= c[1].Score {
		t.Errorf("three departments with four each score %.1f, one with twelve %.1f", c[0].Score, c[1].Score)
	}
	if c[0].EffectiveDepartments < 2.9 || c[0].EffectiveDepartments > 3 || c[1].EffectiveDepartments != 1 {
		t.Errorf("effective departments %.3f and %.3f", c[0].EffectiveDepartments, c[1].EffectiveDepartments)
	}
	if len(Commonalities(nil, 0, 5, ScoreWeights{})) != 0 || Commonalities(nil, 1, 5, ScoreWeights{})[0].Score != 0 {
		t.Error("nothing said must score nothing")
	}
}
