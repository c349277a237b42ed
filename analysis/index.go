package analysis

import (
	"math"
	"slices"
)

// index finds the units that are probably nearest to a unit. It sees the three
// spaces as one: the joint similarity is the product of two rows in which each
// feature's weight carries the share of its space, so one list of postings a
// feature and one row a unit serve all spaces. Weights are kept as bytes on a
// scale of logarithms: what the index finds is compared exactly afterwards.
//
// Features are numbered by falling frequency, so that most of what a search
// looks up lies close together. Those of one unit alone are left out: they
// make nobody similar.
//
// Postings are read in the order of what each can add to a score, not feature
// by feature: score-at-a-time as in JASS (Lin and Trotman 2015), with the
// length of a run taken into account. How many are read depends on the number
// of the unit's features and, in large corpora, on the corpus; what this loses
// against exact search is measured in pipeline/concept/recall_test.go.
type index struct {
	rows csr32 // unit -> its features as feature<<8 | weight, ascending

	features int

	perFeature uint32 // how many postings a search reads for each feature of the unit
	likely     int    // how many of the units met are compared over all their features

	// Each feature's postings as unit<<8 | weight, in runs of like weight,
	// heaviest first, units ascending within a run.
	post  []uint32
	runAt []uint32 // run -> start in post; one longer than runs
	runs  []uint32 // feature -> its first run; one longer than features
	worth []uint16 // run -> what reading it is worth to a unit that has the feature with weight 1, in steps of a 16th octave
}

// csr32 is a list of lists of packed values.
type csr32 struct {
	at   []uint32
	item []uint32
}

func (c *csr32) of(i int32) []uint32 { return c.item[c.at[i]:c.at[i+1]] }

const (
	// A search reads minReadings postings at least, and for each feature of
	// the unit 100, or where a posting stands for more than 2,500 units one
	// for each 2,500.
	minReadings   = 6000
	minPerFeature = 100
	perUnits      = 2500
	// So many of the units met are compared over all their features, in
	// corpora of more than large units more of them.
	fewLikely, manyLikely = 160, 256
	large                 = 250_000
	// finalists is how many of those are compared exactly.
	finalists = keepNeighbors + 4
	// runStep is the width of a run on the scale of bytes, about a third of
	// an octave.
	runStep = 10
	// worthBase keeps the worth of runs positive: a run of all units there can
	// be loses 4 steps for each doubling.
	worthBase = 4 * 24
	worths    = worthBase + 128 // of runs; those of probes are below twice 128 more
	// byteSteps is the number of steps an octave has there.
	byteSteps = 32
	// one is a similarity of 1 in the scores of a search, and full in the
	// products of two weights.
	one       = 1 << 14
	full      = 1 << 24
	maxUnits  = 1 << 24 // what a posting has room for
	maxInRows = 1 << 24 // features beyond it, the rarest, are left to the exact comparison
)

// toByte and fromByte turn a weight of 0..1 into a byte and back, the latter
// as 1/4096.
func toByte(w float32) uint32 {
	b := 255 + byteSteps*math.Log2(float64(w))
	return uint32(max(0, min(255, math.Round(b))))
}

var fromByte = func() (out [256]uint16) {
	for b := range out {
		out[b] = uint16(math.Round(4096 * math.Exp2(float64(b-255)/byteSteps)))
	}
	return out
}()

// index is that of all units, made once and kept until it is dropped.
func (c *Corpus) index(workers int) *index {
	if c.indexed == nil {
		c.indexed = c.newIndex(workers)
	}
	return c.indexed
}

// newIndex indexes all units.
func (c *Corpus) newIndex(workers int) *index {
	if c.units() > maxUnits {
		panic("analysis: more distinct texts than an index has room for") // days of work before it would be reached
	}
	units := int32(c.units())
	type space struct {
		rows  *rows
		first uint32 // of its features, when those of all spaces stand in one line
		share float32
	}
	names := uint32(len(c.names))
	spaces := []space{{&c.lexis, 0, 0.5}, {&c.grams, 2 * names, 0.5}}
	if c.field > 0 {
		spaces = append(spaces, space{&c.domain, names, domainShare * c.field})
	}
	df := make([]uint32, 2*names+1<<gramBits)
	for _, s := range spaces {
		for _, f := range s.rows.feature {
			df[s.first+f]++
		}
	}
	// By falling frequency; of equal ones the first.
	var order []uint64
	for f, n := range df {
		if n > 1 {
			order = append(order, uint64(math.MaxUint32-n)<<32|uint64(f))
		}
	}
	slices.Sort(order)
	order = order[:min(len(order), maxInRows)]
	features := len(order)
	const none = math.MaxUint32
	number := df // what was a frequency becomes a number
	for f := range number {
		number[f] = none
	}
	for i, o := range order {
		number[uint32(o)] = uint32(i)
	}

	x := &index{rows: csr32{at: make([]uint32, units+1)}, features: features}
	workers = workersOr(workers)
	parallel(workers, int(units), 1024, func(_, from, to int) {
		for u := int32(from); u < int32(to); u++ {
			n := uint32(0)
			for _, s := range spaces {
				fs, _ := s.rows.row(u)
				for _, f := range fs {
					if number[s.first+f] != none {
						n++
					}
				}
			}
			x.rows.at[u+1] = n
		}
	})
	for u := range units {
		x.rows.at[u+1] += x.rows.at[u]
	}
	x.rows.item = inHugePages(make([]uint32, x.rows.at[units]))
	parallel(workers, int(units), 256, func(_, from, to int) {
		for u := int32(from); u < int32(to); u++ {
			row, n := x.rows.of(u), 0
			for _, s := range spaces {
				scale := float32(math.Sqrt(float64(s.share))) / c.norm(u)
				fs, ws := s.rows.row(u)
				for i, f := range fs {
					if id := number[s.first+f]; id != none {
						row[n] = id<<8 | toByte(ws[i]*scale)
						n++
					}
				}
			}
			slices.Sort(row)
		}
	})
	x.perFeature, x.likely = max(minPerFeature, uint32(units)/perUnits), fewLikely
	if units > large {
		x.likely = manyLikely
	}
	x.invert(workers, nil)
	return x
}

// only is an index that finds only the units that in says, to suggest from
// them. It shares the rows of x.
func (x *index) only(workers int, in []bool) *index {
	units := uint32(0)
	for _, ok := range in {
		if ok {
			units++
		}
	}
	y := &index{rows: x.rows, features: x.features, perFeature: max(minPerFeature, units/perUnits), likely: knownCandidates}
	y.invert(workers, in)
	return y
}

// invert makes the postings of the rows of the units that in says, nil for all.
func (x *index) invert(workers int, in []bool) {
	units, features := int32(len(x.rows.at)-1), x.features
	at := make([]uint32, features+1)
	for u := range units {
		if in == nil || in[u] {
			for _, f := range x.rows.of(u) {
				at[f>>8+1]++
			}
		}
	}
	for f := range features {
		at[f+1] += at[f]
	}
	x.post = inHugePages(make([]uint32, at[features]))
	fill := slices.Clone(at)
	for u := range units {
		if in != nil && !in[u] {
			continue
		}
		for _, f := range x.rows.of(u) {
			x.post[fill[f>>8]] = uint32(u)<<8 | f&255
			fill[f>>8]++
		}
	}
	// Lists are put in runs; how many each has decides where its runs stand.
	x.runs = fill
	const classes = 255/runStep + 1
	class := func(p uint32) uint32 { return (255 - p&255) / runStep }
	parallel(workers, features, 256, func(_, from, to int) {
		var room []uint32
		for f := from; f < to; f++ {
			list := x.post[at[f]:at[f+1]]
			var start [classes + 1]uint32
			for _, p := range list {
				start[class(p)+1]++
			}
			runs := uint32(0)
			for k := range classes {
				if start[k+1] > 0 {
					runs++
				}
				start[k+1] += start[k]
			}
			x.runs[f] = runs
			if runs > 1 {
				room = append(room[:0], list...)
				for _, p := range room {
					list[start[class(p)]] = p
					start[class(p)]++
				}
			}
		}
	})
	total := uint32(0)
	for f, n := range x.runs {
		if f == features {
			n = 0
		}
		x.runs[f], total = total, total+n
	}
	x.runAt, x.worth = make([]uint32, total+1), make([]uint16, total)
	x.runAt[total] = at[features]
	parallel(workers, features, 1024, func(_, from, to int) {
		for f := from; f < to; f++ {
			run := x.runs[f]
			for i := at[f]; i < at[f+1]; i++ {
				if i == at[f] || class(x.post[i]) != class(x.post[i-1]) {
					x.runAt[run] = i
					run++
				}
			}
		}
	})
	parallel(workers, int(total), 4096, func(_, from, to int) {
		for run := from; run < to; run++ {
			// What a posting adds to a score, the less worth the longer the
			// run: a short one tells more about the unit.
			a, b := x.runAt[run], x.runAt[run+1]
			middle := max(runStep/2, 255-class(x.post[a])*runStep) - runStep/2
			x.worth[run] = uint16(max(0, int(middle)/2-int(math.Round(4*math.Log2(float64(b-a))))+worthBase))
		}
	})
}

// search is one worker's room for finding units in an index.
type search struct {
	corpus  *Corpus
	index   *index
	score   []uint16 // by unit, zero between searches
	own     []uint16 // by feature: the weight of the unit searched for, zero between searches
	table   table
	ahead   uint32 // what was read only to have it near; never looked at
	touched []uint32
	probes  []probe // as they come
	sorted  []probe // worthiest first
	order   []uint64
	best    []near
}

// probe is a run of postings that could be read.
type probe struct {
	worth    uint32
	weight   uint32
	from, to uint32
}

func (c *Corpus) newSearch(x *index) search {
	return search{corpus: c, index: x, score: make([]uint16, c.units()), own: make([]uint16, len(x.runs)-1)}
}

// nearest finds u's nearest units, at most keep of them, closest first: those
// met by reading postings, of them the likely ones by score compared over all
// features, of them the finalists compared exactly. The answer is valid until
// the next call.
func (s *search) nearest(u int32, finalists, keep int) []near {
	s.read(u, max(s.index.likely, finalists))
	s.compare(u, finalists)
	slices.SortFunc(s.best, nearer)
	return s.best[:min(len(s.best), keep)]
}

// read fills order with the likely units by what they share with u in the
// postings read, highest score first, as score<<32 | unit.
func (s *search) read(u int32, likely int) {
	x := s.index
	s.probes, s.touched, s.order = s.probes[:0], s.touched[:0], s.order[:0]
	const bins = worths + 128
	var count [bins + 1]int32
	for _, f := range x.rows.of(u) {
		w := f & 255
		for run := x.runs[f>>8]; run < x.runs[f>>8+1]; run++ {
			worth := uint32(x.worth[run]) + w/2
			s.probes = append(s.probes, probe{worth, uint32(fromByte[w]), x.runAt[run], x.runAt[run+1]})
			count[bins-worth]++
		}
	}
	at := int32(0)
	for b := range count {
		count[b], at = at, at+count[b]
	}
	s.sorted = slices.Grow(s.sorted[:0], len(s.probes))[:len(s.probes)]
	for _, p := range s.probes {
		s.sorted[count[bins-p.worth]] = p
		count[bins-p.worth]++
	}
	readings := max(minReadings, x.perFeature*uint32(len(x.rows.of(u))))
	score, read, met, ahead := s.score, uint32(0), 0, uint32(0)
	for i, p := range s.sorted {
		if read > readings && met > likely {
			break
		}
		read += p.to - p.from
		if next := i + 2; next < len(s.sorted) {
			ahead ^= x.post[s.sorted[next].from] // asks for the run after the next before it is needed
		}
		run := x.post[p.from:p.to]
		s.touched = slices.Grow(s.touched[:met], len(run))[:met+len(run)]
		for _, e := range run {
			v := e >> 8
			was := uint32(score[v])
			s.touched[met] = v
			if more := met + 1; was == 0 {
				met = more
			}
			score[v] = uint16(min(math.MaxUint16, was+max(1, p.weight*uint32(fromByte[e&255])/(full/one))))
		}
	}
	s.touched, s.ahead = s.touched[:met], s.ahead^ahead
	score[u] = 0 // a unit is not its own neighbour

	// Scores are counted in bins: the likely units are those of the upper
	// bins, and end ordered by bin.
	const scoreBins, width = 512, one / 256
	var scored [scoreBins]int32
	bin := func(score uint16) int { return scoreBins - 1 - min(scoreBins-1, int(score)/width) }
	for _, v := range s.touched {
		if sc := score[v]; sc > 0 {
			scored[bin(sc)]++
		}
	}
	last, n := scoreBins-1, int32(0)
	for b := range scored {
		scored[b], n = n, n+scored[b]
		if int(n) >= likely {
			last = b
			break
		}
	}
	s.order = slices.Grow(s.order, int(n))[:n]
	for _, v := range s.touched {
		sc := score[v]
		score[v] = 0
		if sc == 0 {
			continue
		}
		if b := bin(sc); b <= last {
			s.order[scored[b]] = uint64(sc)<<32 | uint64(v)
			scored[b]++
		}
	}
}

// weigh puts order in the order of what its units share with u over all
// features, most first.
func (s *search) weigh(u int32) {
	x := s.index
	row := x.rows.of(u)
	for _, f := range row {
		s.own[f>>8] = fromByte[f&255]
	}
	own, ahead := s.own, uint32(0)
	for i, o := range s.order {
		if i+1 < len(s.order) {
			next := x.rows.of(int32(uint32(s.order[i+1])))
			for k := 0; k < len(next); k += 16 { // a line of the cache each
				ahead ^= next[k]
			}
		}
		sum := uint32(0)
		for _, f := range x.rows.of(int32(uint32(o))) {
			sum += uint32(own[f>>8]) * uint32(fromByte[f&255])
		}
		s.order[i] = uint64(math.MaxUint32-sum)<<32 | uint64(uint32(o))
	}
	s.ahead ^= ahead
	for _, f := range row {
		own[f>>8] = 0
	}
	slices.Sort(s.order)
}

// compare fills best with the finalists among order: those nearest over all
// features, compared exactly, in no order.
func (s *search) compare(u int32, finalists int) {
	s.weigh(u)
	s.order = s.order[:min(len(s.order), finalists)]
	s.best = s.best[:0]
	s.table.load(s.corpus, u)
	for _, o := range s.order {
		v := int32(uint32(o))
		s.best = append(s.best, near{v, s.table.closeness(v)})
	}
}

// table is a small hash of a unit's own features, so that others are compared
// with it in one pass over theirs.
type table struct {
	corpus *Corpus
	unit   int32
	spaces []tableSpace
	key    []uint32 // feature, by the space's number beside it; 0 is free
	value  []float32
	used   []uint32
	maybe  [64]uint64 // a bit for each hash of 12 bits: most features of another unit are not here
}

type tableSpace struct {
	rows  *rows
	first uint32 // of its features, when those of all spaces stand in one line
}

func (t *table) slot(key uint32) uint32 {
	mask := uint32(len(t.key) - 1)
	at := (key * 2654435769) >> 7 & mask
	for t.key[at] != 0 && t.key[at] != key {
		at = (at + 1) & mask
	}
	return at
}

func (t *table) load(c *Corpus, u int32) {
	if t.corpus != c {
		names := uint32(len(c.names))
		t.corpus, t.spaces = c, []tableSpace{{&c.lexis, 1}, {&c.grams, 2*names + 1}}
		if c.field > 0 {
			t.spaces = append(t.spaces, tableSpace{&c.domain, names + 1})
		}
	}
	t.unit = u
	n := 0
	for _, s := range t.spaces {
		fs, _ := s.rows.row(u)
		n += len(fs)
	}
	size := 512
	for size < 4*n {
		size *= 2
	}
	if len(t.key) < size {
		t.key, t.value = make([]uint32, size), make([]float32, size)
	} else {
		for _, at := range t.used {
			t.key[at] = 0
		}
	}
	t.used = t.used[:0]
	t.maybe = [64]uint64{}
	for _, s := range t.spaces {
		fs, ws := s.rows.row(u)
		for i, f := range fs {
			at := t.slot(f + s.first)
			h := (f + s.first) * 2654435769 >> 20
			t.maybe[h>>6] |= 1 << (h & 63)
			t.key[at], t.value[at] = f+s.first, ws[i]
			t.used = append(t.used, at)
		}
	}
}

// closeness is that of the unit loaded and v, the same to the last bit as the
// corpus gives: products are added in the order of features.
func (t *table) closeness(v int32) closeness {
	var cosine [3]float32
	for k, s := range t.spaces {
		cosine[k] = t.product(s.rows, s.first, v)
	}
	return t.corpus.join(t.unit, v, cosine[0], cosine[1], cosine[2])
}

// product is that of the loaded unit's row and the row i of a space whose
// features begin at first.
func (t *table) product(r *rows, first uint32, i int32) float32 {
	fs, ws := r.row(i)
	sum := float32(0)
	for i, f := range fs {
		key := f + first
		if h := key * 2654435769 >> 20; t.maybe[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		if at := t.slot(key); t.key[at] != 0 {
			sum += t.value[at] * ws[i]
		}
	}
	return sum
}

// toCentre is the joint product of the loaded unit and a group's centre.
func (t *table) toCentre(ce *centres, group int32) float32 {
	sum := 0.5 * (t.product(&ce.lexis, t.spaces[0].first, group) + t.product(&ce.grams, t.spaces[1].first, group))
	if len(t.spaces) > 2 {
		sum += domainShare * t.corpus.field * t.product(&ce.domain, t.spaces[2].first, group)
	}
	return sum
}
