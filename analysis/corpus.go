package analysis

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Corpus is documents made ready: features interned, equal texts collapsed, TF-IDF
// rows in two spaces. It is read-only once made.
//
// Inside the package a document is its rank by ID, and a unit is a distinct
// text: equal texts cost one row and one place in the graph, however often
// they were said.
type Corpus struct {
	ids   []string // by rank
	dates []string
	pos   []int32 // rank -> position in the caller's order
	rank  []int32 // position -> rank

	unitOf  []int32  // rank -> unit, in order of the unit's first rank
	members csr      // unit -> ranks
	hash    []uint64 // unit -> hash of text and features

	names   []string      // feature -> name, ordered by (kind, name)
	kinds   []FeatureKind // feature -> kind
	idf     []float32
	df      []int32 // feature -> units that have it
	keyword []bool  // feature -> fit to be a keyword
	lexis   rows    // words, parts, questions; unit rows of length 1
	domain  rows    // concepts, themes, citations; unit rows of length 1
	grams   rows    // characters and pairs of neighbouring characters, hashed; unit rows of length 1
	runes   []rune
	runeAt  []int32 // unit -> start in runes; one longer than units

	question []uint32 // unit -> set of kinds of question
	negated  []bool   // unit
	numbers  csr      // unit -> quantity features, ordered

	// field says how far this is a corpus of the field (0 no .. 1 yes): only
	// then do concepts and themes count, because in other texts their cues
	// are accidents.
	field float32

	meaning *meaning // sentence vectors; nil without any
	// base is how many units the frequencies were counted over, and gramDF
	// how many of them have each pair of characters: what weights come from.
	// Documents that join later (NewCorpusWith) are weighed by the same.
	base    int
	gramDF  []int32
	indexed *index // made when first asked for, dropped when the groups are found
	last    *past  // what the last run knew of these units; nil when it is not known
}

// rows is a sparse matrix by row: features ascending within a row.
type rows struct {
	at      []int32
	feature []uint32
	weight  []float32
}

func newRows(units, entries int) rows {
	return rows{at: make([]int32, units+1), feature: inHugePages(make([]uint32, entries)), weight: inHugePages(make([]float32, entries))}
}

func (r *rows) row(i int32) ([]uint32, []float32) {
	a, b := r.at[i], r.at[i+1]
	return r.feature[a:b], r.weight[a:b]
}

// csr is a list of lists.
type csr struct {
	at   []int32
	item []int32
}

func (c *csr) of(i int32) []int32 { return c.item[c.at[i]:c.at[i+1]] }

// Documents is the number of documents.
func (c *Corpus) Documents() int { return len(c.ids) }

// ID is the ID of the document at a position of the caller's order.
func (c *Corpus) ID(position int) string { return c.ids[c.rank[position]] }

func (c *Corpus) units() int { return len(c.members.at) - 1 }

func workersOr(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// parallel calls f for blocks that cover 0..n-1, from several goroutines. What
// f does must not depend on which worker does it.
func parallel(workers, n, block int, f func(worker, from, to int)) {
	if n <= 0 {
		return
	}
	if block <= 0 {
		block = max(1, min(1024, (n+workers*4-1)/(workers*4)))
	}
	var mu sync.Mutex
	next := 0
	var wg sync.WaitGroup
	for w := range min(workers, (n+block-1)/block) {
		wg.Go(func() {
			for {
				mu.Lock()
				from := next
				next += block
				mu.Unlock()
				if from >= n {
					return
				}
				f(w, from, min(n, from+block))
			}
		})
	}
	wg.Wait()
}

const gramBits = 22 // hashed character grams: 4M buckets, so that a collision is rare beside 2M pairs in use

// NewCorpus makes n documents ready. It calls describe(position, d) once for
// each position, from several goroutines; d is empty and reused, and strings
// in it may be substrings of larger texts: what is kept is copied. IDs must be
// unique; with equal IDs the order of positions decides.
func NewCorpus(n, workers int, describe func(position int, d *Document)) *Corpus {
	return newCorpus(nil, n, workers, describe)
}

// newCorpus is NewCorpus with features numbered and weighed as in base, where
// it has them.
func newCorpus(base *Corpus, n, workers int, describe func(position int, d *Document)) *Corpus {
	workers = workersOr(workers)
	c := &Corpus{ids: make([]string, n), dates: make([]string, n), pos: make([]int32, n), rank: make([]int32, n)}
	raw := readAll(n, workers, describe)

	for i := range n {
		c.pos[i] = int32(i)
	}
	slices.SortStableFunc(c.pos, func(a, b int32) int { return strings.Compare(raw.docs[a].id, raw.docs[b].id) })
	for r, p := range c.pos {
		c.rank[p] = int32(r)
		c.ids[r], c.dates[r] = raw.docs[p].id, raw.docs[p].date
	}
	feature := raw.intern(c, base)
	c.collapse(raw)
	c.build(raw, feature, workers, base)
	return c
}

// rawDocument is a document as described: features by local number.
type rawDocument struct {
	id, date string
	text     []rune
	features []rawFeature
	worker   int32
	hash     uint64 // of text and features: equal documents have equal hashes
	field    bool
}

type rawFeature struct {
	local  uint32
	weight float32
}

type rawCorpus struct {
	docs  []rawDocument
	local []localNames // by worker
}

type localNames struct {
	id    map[string]uint32 // kind byte + name
	names []string
	label []bool
}

func readAll(n, workers int, describe func(int, *Document)) *rawCorpus {
	raw := &rawCorpus{docs: make([]rawDocument, n), local: make([]localNames, workers)}
	docs := make([]Document, workers)
	keys := make([][]byte, workers)
	for w := range workers {
		raw.local[w].id = map[string]uint32{}
	}
	parallel(workers, n, 0, func(w, from, to int) {
		d, names := &docs[w], &raw.local[w]
		for i := from; i < to; i++ {
			*d = Document{Features: d.Features[:0]}
			describe(i, d)
			r := &raw.docs[i]
			r.id, r.date, r.worker, r.field = strings.Clone(d.ID), strings.Clone(d.Date), int32(w), d.Field
			r.text = []rune(d.Text)
			r.features = make([]rawFeature, len(d.Features))
			h := hashString(14695981039346656037, d.Text)
			for j, f := range d.Features {
				keys[w] = append(append(keys[w][:0], byte(f.Kind)), f.Name...)
				local, ok := names.id[string(keys[w])]
				if !ok {
					local = uint32(len(names.names))
					key := string(keys[w])
					names.names = append(names.names, key)
					names.label = append(names.label, f.Label)
					names.id[key] = local
				}
				names.label[local] = names.label[local] || f.Label
				weight := f.Weight
				if weight == 0 {
					weight = 1
				}
				r.features[j] = rawFeature{local, weight}
				h = hashString(h, string(keys[w])) ^ uint64(math.Float32bits(weight))
			}
			r.hash = h
		}
	})
	return raw
}

func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return (h ^ 0xff) * 1099511628211
}

// intern numbers the features of all workers by (kind, name), so that numbers
// do not depend on who met a name first; those that base has keep its numbers,
// and the others follow. It returns the way from local numbers.
func (raw *rawCorpus) intern(c, base *Corpus) [][]uint32 {
	total := 0
	for _, l := range raw.local {
		total += len(l.names)
	}
	all := make([]string, 0, total)
	for _, l := range raw.local {
		all = append(all, l.names...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	number := make(map[string]uint32, len(all))
	if base != nil {
		c.names, c.kinds, c.keyword = slices.Clone(base.names), slices.Clone(base.kinds), slices.Clone(base.keyword)
		c.idf, c.df = slices.Clone(base.idf), slices.Clone(base.df)
		wanted := make(map[string]bool, len(all))
		for _, key := range all {
			wanted[key] = true
		}
		var key []byte
		for f, name := range base.names {
			key = append(append(key[:0], byte(base.kinds[f])), name...)
			if wanted[string(key)] {
				number[string(key)] = uint32(f)
			}
		}
	}
	for _, key := range all {
		if _, ok := number[key]; !ok {
			number[key] = uint32(len(c.names))
			c.kinds, c.names = append(c.kinds, FeatureKind(key[0])), append(c.names, key[1:])
			c.keyword = append(c.keyword, false)
		}
	}
	feature := make([][]uint32, len(raw.local))
	for w, l := range raw.local {
		feature[w] = make([]uint32, len(l.names))
		for i, key := range l.names {
			feature[w][i] = number[key]
			c.keyword[number[key]] = c.keyword[number[key]] || l.label[i]
		}
	}
	return feature
}

// collapse finds the units. Two documents are one unit when text and features
// agree; the hash is 64 bits of both, and texts are compared besides.
func (c *Corpus) collapse(raw *rawCorpus) {
	n := len(c.ids)
	c.unitOf = make([]int32, n)
	byHash := make(map[uint64][]int32, n) // hash -> units
	var first []int32                     // unit -> position of its first document
	for r := range n {
		d := &raw.docs[c.pos[r]]
		unit := int32(-1)
		for _, u := range byHash[d.hash] {
			if o := &raw.docs[first[u]]; slices.Equal(o.text, d.text) && len(o.features) == len(d.features) {
				unit = u
				break
			}
		}
		if unit < 0 {
			unit = int32(len(first))
			first = append(first, c.pos[r])
			c.hash = append(c.hash, d.hash)
			byHash[d.hash] = append(byHash[d.hash], unit)
		}
		c.unitOf[r] = unit
	}
	c.members = group(c.unitOf, len(first))
}

// group lists for each of n keys the indices that carry it, ascending.
func group(key []int32, n int) csr {
	out := csr{at: make([]int32, n+1), item: make([]int32, 0, len(key))}
	for _, k := range key {
		if k >= 0 {
			out.at[k+1]++
		}
	}
	for i := range n {
		out.at[i+1] += out.at[i]
	}
	out.item = make([]int32, out.at[n])
	fill := slices.Clone(out.at)
	for i, k := range key {
		if k >= 0 {
			out.item[fill[k]] = int32(i)
			fill[k]++
		}
	}
	return out
}

// spaceOf says in which space a kind is compared; -1 for kinds that are
// compared by rules of their own.
func spaceOf(k FeatureKind) int {
	switch k {
	case Word, Part, Question:
		return 0
	case Concept, Theme, Citation:
		return 1
	}
	return -1
}

func (c *Corpus) build(raw *rawCorpus, feature [][]uint32, workers int, base *Corpus) {
	units := c.units()
	c.question, c.negated = make([]uint32, units), make([]bool, units)
	c.runeAt = make([]int32, units+1)
	spaces := [3][][]counted{make([][]counted, units), make([][]counted, units), make([][]counted, units)}
	quantities := make([][]int32, units)
	questionBit := map[uint32]uint{}
	for f, k := range c.kinds {
		if k == Question {
			questionBit[uint32(f)] = uint(len(questionBit)) % 32
		}
	}
	c.base = units
	if base != nil {
		c.base = base.base
	}
	parallel(workers, units, 0, func(_, from, to int) {
		var seen []counted
		flush := func() []counted {
			slices.SortFunc(seen, func(a, b counted) int { return cmp.Compare(a.feature, b.feature) })
			out := seen[:0]
			for _, s := range seen {
				if n := len(out); n > 0 && out[n-1].feature == s.feature {
					out[n-1].tf += s.tf
				} else {
					out = append(out, s)
				}
			}
			kept := slices.Clone(out)
			seen = seen[:0]
			return kept
		}
		for u := from; u < to; u++ {
			d := &raw.docs[c.pos[c.members.of(int32(u))[0]]]
			c.runeAt[u+1] = int32(len(d.text))
			for space := range 2 {
				for _, f := range d.features {
					id := feature[d.worker][f.local]
					if spaceOf(c.kinds[id]) == space {
						seen = append(seen, counted{id, f.weight})
					}
				}
				spaces[space][u] = flush()
			}
			for _, f := range d.features {
				id := feature[d.worker][f.local]
				switch c.kinds[id] {
				case Question:
					c.question[u] |= 1 << questionBit[id]
				case Negation:
					c.negated[u] = !c.negated[u]
				case Quantity:
					quantities[u] = append(quantities[u], int32(id))
				}
			}
			slices.Sort(quantities[u])
			for i, r := range d.text {
				seen = append(seen, counted{gram(0, r), 1})
				if i > 0 {
					seen = append(seen, counted{gram(d.text[i-1], r), 1})
				}
			}
			spaces[2][u] = flush()
		}
	})
	c.numbers.at = make([]int32, units+1)
	for u := range units {
		c.numbers.item = append(c.numbers.item, quantities[u]...)
		c.numbers.at[u+1] = int32(len(c.numbers.item))
		c.runeAt[u+1] += c.runeAt[u]
	}
	c.runes = make([]rune, c.runeAt[units])
	for u := range units {
		copy(c.runes[c.runeAt[u]:], raw.docs[c.pos[c.members.of(int32(u))[0]]].text)
	}
	df := c.frequencies(spaces[:], base)
	for s, space := range spaces {
		total := 0
		for _, row := range space {
			total += len(row)
		}
		out := newRows(units, total)
		for u, row := range space {
			out.at[u+1] = out.at[u] + int32(len(row))
		}
		parallel(workers, units, 0, func(_, from, to int) {
			for u := from; u < to; u++ {
				at, sum := out.at[u], 0.0
				for i, f := range space[u] {
					w := tfWeight(f.tf) * idf(df[s][f.feature], c.base)
					out.feature[at+int32(i)], out.weight[at+int32(i)] = f.feature, w
					sum += float64(w) * float64(w)
				}
				if sum > 0 {
					scale := float32(1 / math.Sqrt(sum))
					for i := at; i < out.at[u+1]; i++ {
						out.weight[i] *= scale
					}
				}
			}
		})
		switch s {
		case 0:
			c.lexis = out
		case 1:
			c.domain = out
		default:
			c.grams = out
		}
		spaces[s] = nil
	}
	if base != nil {
		c.field = base.field
		return
	}
	c.field = c.fieldShare(raw)
}

// counted is how often a unit has a feature.
type counted struct {
	feature uint32
	tf      float32
}

// frequencies says for each space how many units have each feature: counted,
// or as base says; what base does not have is as rare as can be.
func (c *Corpus) frequencies(spaces [][][]counted, base *Corpus) (df [3][]int32) {
	if base != nil {
		for f := len(c.df); f < len(c.names); f++ {
			c.df, c.idf = append(c.df, 1), append(c.idf, idf(1, c.base))
		}
		c.gramDF = base.gramDF
		return [3][]int32{c.df, c.df, c.gramDF}
	}
	c.idf, c.df, c.gramDF = make([]float32, len(c.names)), make([]int32, len(c.names)), make([]int32, 1<<gramBits)
	for s, space := range spaces {
		count := c.df // words and concepts share no number
		if s == 2 {
			count = c.gramDF
		}
		for _, row := range space {
			for _, f := range row {
				count[f.feature]++
			}
		}
	}
	for f, n := range c.df {
		if n > 0 {
			c.idf[f] = idf(n, c.base)
		}
	}
	return [3][]int32{c.df, c.df, c.gramDF}
}

// fieldShare is 0 where under 35% of the texts show a matter of the field, 1
// from 60%. Of general, bank, news and citizens' texts 3 to 29% do by accident,
// of the field's 80 to 100%.
func (c *Corpus) fieldShare(raw *rawCorpus) float32 {
	shown := 0
	for u := range int32(c.units()) {
		if raw.docs[c.pos[c.members.of(u)[0]]].field {
			shown++
		}
	}
	share := float32(shown) / float32(max(1, c.units()))
	return max(0, min(1, (share-0.35)/0.25))
}

// tfWeight dampens repetition: 1 + ln(tf) above one, as usual for TF-IDF
// (Salton and Buckley 1988); below one the weight itself.
func tfWeight(tf float32) float32 {
	if tf <= 1 {
		return tf
	}
	return 1 + float32(math.Log(float64(tf)))
}

// idf is the smoothed inverse document frequency ln((n+1)/(df+1)) + 1. A
// frequency of 0, of what was not counted, is taken for 1.
func idf(df int32, n int) float32 {
	df = max(1, df)
	return float32(math.Log(float64(n+1)/float64(df+1))) + 1
}

// gram hashes one character (a == 0) or two into gramBits bits.
func gram(a, b rune) uint32 {
	h := uint64(uint32(a))<<32 | uint64(uint32(b))
	h *= 0x9e3779b97f4a7c15
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return uint32(h >> (64 - gramBits))
}

// dot is the product of two sparse rows.
func dot(fa []uint32, wa []float32, fb []uint32, wb []float32) float32 {
	var s float32
	i, j := 0, 0
	for i < len(fa) && j < len(fb) {
		switch {
		case fa[i] == fb[j]:
			s += wa[i] * wb[j]
			i++
			j++
		case fa[i] < fb[j]:
			i++
		default:
			j++
		}
	}
	return s
}

func (r *rows) cosine(a, b int32) float32 {
	fa, wa := r.row(a)
	fb, wb := r.row(b)
	return dot(fa, wa, fb, wb)
}
