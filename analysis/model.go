package analysis

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// The pair model is a sum of oblivious decision trees (as CatBoost has them;
// Prokhorenkova et al. 2018) over the evidence, fitted by Newton boosting with
// logistic loss. pairmodel.tsv holds it, one tree a line:
//
//	feature threshold ... (one pair per level) | leaf values
//
// A document pair goes to the leaf whose bit l is set when its evidence for
// level l exceeds the threshold; the sum of its leaves is the log odds. The
// first line is the start value alone. TestFitPairModel of pipeline/concept
// makes the file from labelled pairs and says how it does on those held back.
//
//go:embed pairmodel.tsv
var pairModelFile string

type tree struct {
	feature   []int
	threshold []float32
	leaf      []float32
}

type pairModel struct {
	start float32
	trees []tree
}

var pairs = sync.OnceValue(func() *pairModel {
	m, err := parsePairModel(pairModelFile)
	if err != nil {
		panic("analysis: pairmodel.tsv: " + err.Error()) // embedded: wrong for everybody or for nobody
	}
	return m
})

func parsePairModel(file string) (*pairModel, error) {
	m := &pairModel{}
	first := true
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		splits, leaves, _ := strings.Cut(line, "|")
		numbers := func(s string) ([]float32, error) {
			var out []float32
			for f := range strings.FieldsSeq(s) {
				v, err := strconv.ParseFloat(f, 32)
				if err != nil {
					return nil, err
				}
				out = append(out, float32(v))
			}
			return out, nil
		}
		a, err := numbers(splits)
		if err != nil {
			return nil, err
		}
		if first {
			m.start, first = a[0], false
			continue
		}
		t := tree{}
		for i := 0; i+1 < len(a); i += 2 {
			t.feature, t.threshold = append(t.feature, int(a[i])), append(t.threshold, a[i+1])
		}
		if t.leaf, err = numbers(leaves); err != nil {
			return nil, err
		}
		if len(t.leaf) != 1<<len(t.feature) {
			return nil, fmt.Errorf("a tree of %d levels has %d leaves", len(t.feature), len(t.leaf))
		}
		m.trees = append(m.trees, t)
	}
	return m, nil
}

// After the first trees most pairs are strangers past doubt; the others could
// not bring them back to minEdge.
const (
	settled  = 32
	hopeless = -6
)

// logOdds that a pair says the same.
func (m *pairModel) logOdds(e []float32) float32 {
	s := m.start
	for i := range m.trees {
		if i == settled && s < hopeless {
			break
		}
		t := &m.trees[i]
		at, bit := 0, 1
		for l, f := range t.feature {
			with := at | bit // a choice, no branch: which way a pair goes cannot be foreseen
			if e[f] > t.threshold[l] {
				at = with
			}
			bit <<= 1
		}
		s += t.leaf[at]
	}
	return s
}

// fieldModel takes the place of the trees in a corpus of the field: few and
// plain weights, because only some thousand labelled pairs of it exist. Fitted
// by logistic regression on ../shared/domain/items.jsonl and fixtures/gold
// together, each half of the weight, and rounded by hand. Fitted on one half of
// the gold issues its average precision was 0.73 there and 0.62 on the other.
var fieldModel = struct{ start, odds, words, grams, domain, common float32 }{-4.4, 0.2, 6, 6, 6, 1.5}

// same is the probability that two units say the same.
func (c *Corpus) same(e *evidence) float32 {
	odds := pairs().logOdds(e[:])
	if c.field > 0 {
		m := &fieldModel
		f := m.start + m.odds*odds + m.words*e[evWords] + m.grams*e[evGrams] + m.domain*e[evDomain] + m.common*e[evCommon]
		odds += c.field * (f - odds)
	}
	return float32(1 / (1 + math.Exp(-float64(odds))))
}

// EvidenceNames are the columns Evidence gives, in order.
var EvidenceNames = [evidences]string{
	"words", "grams", "contrastMin", "contrastMax", "background", "coverMin", "coverMax", "rareMin", "rareMax",
	"rankMin", "rankMax", "common", "order", "orderShort", "questionSame", "questionOff", "questionOne",
	"numberSame", "numberOff", "numberOne", "negation", "domain", "domainBoth",
}

// Evidence calls f for every pair of neighbouring distinct texts, named by the
// positions of their first documents: what the pair model is fitted on.
func (c *Corpus) Evidence(workers int, f func(a, b int, evidence []float32)) {
	g := c.neighbors(workers)
	for u := range int32(c.units()) {
		to, sim := g.of(u)
		for i, v := range to {
			if v < u && g.rankOf(v, u) >= 0 {
				continue
			}
			e := c.evidence(g, u, v, sim[i])
			f(int(c.pos[c.members.of(u)[0]]), int(c.pos[c.members.of(v)[0]]), e[:])
		}
	}
}
