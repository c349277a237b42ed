package analysis

import (
	"math"
	"math/bits"
	"slices"
)

// evidence is what speaks for and against two units saying the same. All of it
// is symmetric, and none of it is a length: length made results worse.
type evidence [evidences]float32

// The parts of evidence, in the order of the model's weights.
const (
	evWords       = iota // cosine of words
	evGrams              // cosine of characters and pairs of characters
	evContrastMin        // similarity above the denser of the two surroundings
	evContrastMax        // similarity above the thinner
	evBackground         // mean of the two backgrounds
	evCoverMin           // share of the words' rarity that the other has too, lesser side
	evCoverMax           // and greater side
	evRareMin            // rarest word the other has not, 0..1, lesser side
	evRareMax
	evRankMin // rank among the other's neighbours, 0 first .. 1 not among them
	evRankMax
	evCommon       // neighbours in common, of the first ten
	evOrder        // longest common subsequence, share of the longer text
	evOrderShort   // and of the shorter
	evQuestionSame // both ask, and in the same kinds
	evQuestionOff  // both ask, but share no kind
	evQuestionOne  // only one asks
	evNumberSame   // same numbers
	evNumberOff    // both have numbers, but other ones
	evNumberOne    // only one has numbers
	evNegation     // one denies
	evDomain       // cosine of concepts, themes and citations
	evDomainBoth   // both have such features
	evidences
)

func (c *Corpus) evidence(g *graph, a, b int32, near closeness) evidence {
	var e evidence
	e[evWords], e[evGrams] = near.lexis, near.grams
	sim := near.joint
	lo, hi := min(g.background[a], g.background[b]), max(g.background[a], g.background[b])
	e[evContrastMin], e[evContrastMax], e[evBackground] = sim-hi, sim-lo, (lo+hi)/2
	coverA, coverB, rareA, rareB := c.cover(a, b)
	e[evCoverMin], e[evCoverMax] = min(coverA, coverB), max(coverA, coverB)
	e[evRareMin], e[evRareMax] = min(rareA, rareB), max(rareA, rareB)
	rankA, rankB := rankShare(g.rankOf(a, b)), rankShare(g.rankOf(b, a))
	e[evRankMin], e[evRankMax] = min(rankA, rankB), max(rankA, rankB)
	e[evCommon] = g.common(a, b)
	ra, rb := c.text(a), c.text(b)
	if len(ra) > 0 && len(rb) > 0 {
		n := float32(commonSubsequence(ra, rb))
		short, long := min(len(ra), len(rb), 64), min(max(len(ra), len(rb)), 64)
		e[evOrder], e[evOrderShort] = min(1, n/float32(long)), min(1, n/float32(short))
	}
	switch qa, qb := c.question[a], c.question[b]; {
	case qa != 0 && qa == qb:
		e[evQuestionSame] = 1
	case qa != 0 && qb != 0 && qa&qb == 0:
		e[evQuestionOff] = 1
	case qa != qb && (qa == 0 || qb == 0):
		e[evQuestionOne] = 1
	}
	switch na, nb := c.numbers.of(a), c.numbers.of(b); {
	case len(na) == 0 && len(nb) == 0:
	case slices.Equal(na, nb):
		e[evNumberSame] = 1
	case len(na) > 0 && len(nb) > 0:
		e[evNumberOff] = 1
	default:
		e[evNumberOne] = 1
	}
	if c.negated[a] != c.negated[b] {
		e[evNegation] = 1
	}
	if c.field > 0 && c.domain.at[a] < c.domain.at[a+1] && c.domain.at[b] < c.domain.at[b+1] {
		e[evDomainBoth] = 1
		e[evDomain] = near.domain
	}
	return e
}

func (c *Corpus) text(u int32) []rune { return c.runes[c.runeAt[u]:c.runeAt[u+1]] }

func rankShare(rank int) float32 {
	if rank < 0 {
		return 1
	}
	return float32(math.Log(float64(rank+1)) / math.Log(keepNeighbors+1))
}

// common is the share of a's first ten neighbours that are b's too.
func (g *graph) common(a, b int32) float32 {
	na, _ := g.of(a)
	nb, _ := g.of(b)
	na, nb = na[:min(10, len(na))], nb[:min(10, len(nb))]
	n := 0
	for _, x := range na {
		if slices.Contains(nb, x) {
			n++
		}
	}
	return float32(n) / 10
}

// cover tells for each side which share of its words' rarity the other side
// has too, and how rare the rarest word is that it has not (0..1 of the
// rarest possible).
func (c *Corpus) cover(a, b int32) (coverA, coverB, rareA, rareB float32) {
	fa, _ := c.lexis.row(a)
	fb, _ := c.lexis.row(b)
	top := idf(1, c.base)
	var sumA, sumB, both float32
	i, j := 0, 0
	for i < len(fa) || j < len(fb) {
		switch {
		case j == len(fb) || i < len(fa) && fa[i] < fb[j]:
			if c.kinds[fa[i]] == Word {
				w := c.idf[fa[i]]
				sumA += w
				rareA = max(rareA, w)
			}
			i++
		case i == len(fa) || fb[j] < fa[i]:
			if c.kinds[fb[j]] == Word {
				w := c.idf[fb[j]]
				sumB += w
				rareB = max(rareB, w)
			}
			j++
		default:
			if c.kinds[fa[i]] == Word {
				w := c.idf[fa[i]]
				sumA, sumB, both = sumA+w, sumB+w, both+w
			}
			i++
			j++
		}
	}
	if sumA > 0 {
		coverA = both / sumA
	}
	if sumB > 0 {
		coverB = both / sumB
	}
	return coverA, coverB, min(1, rareA/top), min(1, rareB/top)
}

// commonSubsequence is the length of the longest common subsequence of the
// first 64 characters of each, by the bit-parallel method of Crochemore,
// Iliopoulos, Pinzon and Reid (2001).
func commonSubsequence(a, b []rune) int {
	a, b = a[:min(64, len(a))], b[:min(64, len(b))]
	var keys [128]rune // open hash: character -> places in a, as bits
	var masks [128]uint64
	slot := func(r rune) uint32 {
		at := uint32(r) * 2654435769 >> 25
		for keys[at] != 0 && keys[at] != r {
			at = (at + 1) & 127
		}
		return at
	}
	for i, r := range a {
		at := slot(r)
		keys[at] = r
		masks[at] |= 1 << i
	}
	v := ^uint64(0)
	for _, r := range b {
		m := masks[slot(r)]
		u := v & m
		v = (v + u) | (v - u)
	}
	return bits.OnesCount64(^v & (^uint64(0) >> (64 - len(a))))
}
