package analysis

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// Memory is what a run hands to the next: features, neighbour lists and pair
// scores of every document, so that the next describes and searches only what
// is new. Weights stay those of the run that had no memory: a frequency that
// drifts would move every similarity a little, and with it everything that was
// computed. Grown says when it is time to begin anew.
type Memory struct {
	corpus     *Corpus
	near       *graph
	pairs      []edge
	strength   []float32 // by rank; 0 for a document that stands alone
	borderline []bool
	suggested  *suggested
}

// Memory is what this run hands to the next. It shares its data with the result.
func (r *Result) Memory() *Memory {
	m := &Memory{corpus: r.corpus, near: r.near, pairs: r.pairs, suggested: r.suggested}
	m.strength, m.borderline = r.strengths()
	return m
}

// strengths are the members' by rank.
func (r *Result) strengths() (strength []float32, borderline []bool) {
	strength, borderline = make([]float32, r.corpus.Documents()), make([]bool, r.corpus.Documents())
	for g := range r.Groups {
		for _, m := range r.Groups[g].Members {
			rank := r.corpus.rank[m.Document]
			strength[rank], borderline[rank] = float32(m.Strength), m.Borderline
		}
	}
	return strength, borderline
}

// Holds reports whether memory has the document.
func (m *Memory) Holds(id string) bool {
	if m == nil {
		return false
	}
	_, ok := slices.BinarySearch(m.corpus.ids, id)
	return ok
}

// Grown is how much larger the corpus is than the one its weights were counted
// over: 0.1 for a tenth.
func (m *Memory) Grown() float64 {
	if m == nil || m.corpus.base == 0 {
		return 0
	}
	return float64(m.corpus.units()-m.corpus.base) / float64(m.corpus.base)
}

// past is what the last run knew of a corpus made with its memory.
type past struct {
	memory *Memory
	unit   []int32 // unit of the memory -> unit of this corpus, -1 when it is gone
	from   []int32 // unit of this corpus -> unit of the memory, -1 when it is new
	rank   []int32 // rank here -> rank in the memory, -1 when it is new
}

// NewCorpusWith is NewCorpus for n documents of which memory holds some: id
// gives the ID of each position, and describe is called only for those that
// memory does not hold. A document is taken for unchanged when its ID is.
func NewCorpusWith(m *Memory, n, workers int, id func(position int) string, describe func(position int, d *Document)) *Corpus {
	if m == nil {
		return NewCorpus(n, workers, describe)
	}
	old := m.corpus
	c := &Corpus{ids: make([]string, n), pos: make([]int32, n), rank: make([]int32, n), dates: make([]string, n)}
	ids := make([]string, n)
	for i := range n {
		ids[i], c.pos[i] = id(i), int32(i)
	}
	slices.SortStableFunc(c.pos, func(a, b int32) int { return strings.Compare(ids[a], ids[b]) })
	p := &past{memory: m, rank: make([]int32, n), unit: make([]int32, old.units())}
	var newcomers []int32 // positions
	next := 0
	for r, at := range c.pos {
		c.rank[at] = int32(r)
		for next < len(old.ids) && old.ids[next] < ids[at] {
			next++
		}
		p.rank[r] = -1
		if next < len(old.ids) && old.ids[next] == ids[at] {
			p.rank[r] = int32(next)
			c.ids[r], c.dates[r] = old.ids[next], old.dates[next]
			next++
		} else {
			newcomers = append(newcomers, at)
		}
	}
	fresh := newCorpus(old, len(newcomers), workers, func(i int, d *Document) { describe(int(newcomers[i]), d) })
	c.last = p
	c.adopt(old, fresh, newcomers)
	return c
}

// adopt puts the units of the last run's corpus and of the newcomers together.
func (c *Corpus) adopt(old, fresh *Corpus, newcomers []int32) {
	p := c.last
	// A newcomer that says what was said before is no new unit.
	wanted := make(map[uint64][]int32, fresh.units())
	for u, h := range fresh.hash {
		wanted[h] = append(wanted[h], int32(u))
	}
	known := make([]int32, fresh.units()) // fresh unit -> old unit or -1
	for i := range known {
		known[i] = -1
	}
	for u, h := range old.hash {
		for _, f := range wanted[h] {
			if slices.Equal(old.text(int32(u)), fresh.text(f)) {
				known[f] = int32(u)
			}
		}
	}
	freshRank := make(map[int32]int32, len(newcomers)) // position -> rank in fresh
	for i, at := range newcomers {
		freshRank[at] = fresh.rank[i]
	}
	here := make([]int32, fresh.units()) // fresh unit -> unit here or -1
	for i := range here {
		here[i] = -1
	}
	for i := range p.unit {
		p.unit[i] = -1
	}
	c.unitOf = make([]int32, len(c.ids))
	var source []int32 // unit -> old unit, or ^fresh unit
	for r, at := range c.pos {
		var o int32 // unit of old, -1 when it is new
		f := int32(-1)
		if k := p.rank[r]; k >= 0 {
			o = old.unitOf[k]
		} else {
			k := freshRank[at]
			c.ids[r], c.dates[r] = fresh.ids[k], fresh.dates[k]
			f = fresh.unitOf[k]
			o = known[f]
		}
		switch {
		case o >= 0 && p.unit[o] >= 0:
			c.unitOf[r] = p.unit[o]
		case o >= 0:
			p.unit[o] = int32(len(source))
			c.unitOf[r] = p.unit[o]
			source = append(source, o)
		case here[f] >= 0:
			c.unitOf[r] = here[f]
		default:
			here[f] = int32(len(source))
			c.unitOf[r] = here[f]
			source = append(source, ^f)
		}
	}
	units := len(source)
	c.members = group(c.unitOf, units)
	p.from = make([]int32, units)
	for u, s := range source {
		p.from[u] = max(-1, s)
	}
	c.names, c.kinds, c.idf, c.df, c.keyword = fresh.names, fresh.kinds, fresh.idf, fresh.df, fresh.keyword
	c.base, c.gramDF, c.field = old.base, old.gramDF, old.field
	c.lexis, c.domain, c.grams = chosen(&old.lexis, &fresh.lexis, source), chosen(&old.domain, &fresh.domain, source), chosen(&old.grams, &fresh.grams, source)
	c.hash, c.question, c.negated = make([]uint64, units), make([]uint32, units), make([]bool, units)
	c.runeAt, c.numbers.at = make([]int32, units+1), make([]int32, units+1)
	for u, s := range source {
		from, k := old, s
		if s < 0 {
			from, k = fresh, ^s
		}
		c.hash[u], c.question[u], c.negated[u] = from.hash[k], from.question[k], from.negated[k]
		c.runes = append(c.runes, from.text(k)...)
		c.runeAt[u+1] = int32(len(c.runes))
		c.numbers.item = append(c.numbers.item, from.numbers.of(k)...)
		c.numbers.at[u+1] = int32(len(c.numbers.item))
	}
}

// chosen are the rows that source names: of old, or of fresh where it is ^row.
func chosen(old, fresh *rows, source []int32) rows {
	row := func(s int32) ([]uint32, []float32) {
		if s < 0 {
			return fresh.row(^s)
		}
		return old.row(s)
	}
	total := 0
	for _, s := range source {
		fs, _ := row(s)
		total += len(fs)
	}
	out := newRows(len(source), total)
	for u, s := range source {
		fs, ws := row(s)
		at := out.at[u]
		copy(out.feature[at:], fs)
		copy(out.weight[at:], ws)
		out.at[u+1] = at + int32(len(fs))
	}
	return out
}

// renew finds the neighbours of a corpus made with memory: new units are
// searched for, and offered to those they found; everyone else keeps the list
// of the last run. It also says whose list is another one than then.
func (c *Corpus) renew(workers int) (*graph, []bool) {
	p, units := c.last, c.units()
	was := p.memory.near
	lists, moved := make([][]near, units), make([]bool, units)
	var search []int32
	for u := range int32(units) {
		o := p.from[u]
		if o < 0 {
			moved[u] = true
			search = append(search, u)
			continue
		}
		to, sim := was.of(o)
		list := make([]near, 0, len(to)+1)
		for i, v := range to {
			if v = p.unit[v]; v >= 0 {
				list = append(list, near{v, sim[i]})
			}
		}
		if len(list) < len(to) { // a neighbour was withdrawn: another takes its place
			moved[u] = true
			search = append(search, u)
		}
		if !slices.IsSortedFunc(list, nearer) {
			slices.SortFunc(list, nearer)
		}
		lists[u] = list
	}
	found := c.searchAll(workers, search, offered)
	type offer struct {
		to int32
		near
	}
	var offers []offer
	for i, u := range search {
		for _, n := range found[i] {
			offers = append(offers, offer{n.unit, near{u, n.closeness}})
		}
		lists[u] = slices.Clone(found[i][:min(keepNeighbors, len(found[i]))])
	}
	for _, o := range offers {
		list := lists[o.to]
		if len(list) == keepNeighbors && nearer(o.near, list[len(list)-1]) >= 0 {
			continue
		}
		if slices.ContainsFunc(list, func(n near) bool { return n.unit == o.unit }) {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, o.near, nearer)
		list = slices.Insert(list, at, o.near)
		lists[o.to], moved[o.to] = list[:min(keepNeighbors, len(list))], true
	}
	return newGraph(lists), moved
}

// offered is how many units a newcomer is offered to as a neighbour.
const offered = 64

// kept are the pairs that the last run scored and whose units are still there.
// A score is not changed because a neighbourhood has since become denser.
func (p *past) kept() []edge {
	var out []edge
	for _, e := range p.memory.pairs {
		if a, b := p.unit[e.a], p.unit[e.b]; a >= 0 && b >= 0 {
			out = append(out, edge{min(a, b), max(a, b), e.p})
		}
	}
	return out
}

// scored reports whether the last run scored the pair.
func (p *past) scored(u, v int32) bool {
	if p == nil {
		return false
	}
	a, b := p.from[u], p.from[v]
	return a >= 0 && b >= 0 && (p.memory.near.rankOf(a, b) >= 0 || p.memory.near.rankOf(b, a) >= 0)
}

// Moved reports whether a document is new, or who its neighbours are or how
// strongly it stands in its group is other than in the last run; without
// memory all may be.
func (r *Result) Moved(document int) bool {
	p := r.corpus.last
	if p == nil {
		return true
	}
	r.shownOnce.Do(r.compareWithPast)
	return r.shown[r.corpus.rank[document]]
}

func (r *Result) compareWithPast() {
	c, p := r.corpus, r.corpus.last
	// Equal texts are neighbours too: who came or went among them is seen by
	// all that have the text, and by all that have it as a neighbour.
	changed := slices.Clone(r.moved)
	before := make([]int32, len(p.from))
	for r, k := range p.rank {
		if k >= 0 {
			before[c.unitOf[r]]++
		}
	}
	other := make([]bool, c.units())
	for u := range other {
		o := p.from[u]
		other[u] = o < 0 || before[u] != int32(len(c.members.of(int32(u)))) || before[u] != int32(len(p.memory.corpus.members.of(o)))
	}
	for u := range int32(c.units()) {
		to, _ := r.near.of(u)
		changed[u] = changed[u] || other[u] || slices.ContainsFunc(to, func(v int32) bool { return other[v] })
	}
	strength, borderline := r.strengths()
	r.shown = make([]bool, c.Documents())
	for rank, k := range p.rank {
		r.shown[rank] = k < 0 || changed[c.unitOf[rank]] ||
			strength[rank] != p.memory.strength[k] || borderline[rank] != p.memory.borderline[k]
	}
}

// The form of a memory: a line that names it, then every part as a count and
// its bytes, little end first, and at the end a checksum (XXH3) of all of it.
const memoryForm = "tongtang memory 2\n"

var errMemory = errors.New("memory is damaged or of another version")

// WriteTo writes the memory for ReadMemory.
func (m *Memory) WriteTo(w io.Writer) (int64, error) {
	sum := xxh3.New()
	buffered := bufio.NewWriterSize(w, 1<<20)
	o := &memoryWriter{w: io.MultiWriter(buffered, sum)}
	o.bytes([]byte(memoryForm))
	m.parts(o)
	if o.err == nil {
		o.w = buffered
		o.bytes(binary.LittleEndian.AppendUint64(nil, sum.Sum64()))
	}
	if o.err == nil {
		o.err = buffered.Flush()
	}
	return o.n, o.err
}

// ReadMemory reads what WriteTo wrote. The error says that the memory is
// damaged or of another version; a run without memory computes the same.
func ReadMemory(r io.Reader) (*Memory, error) {
	sum := xxh3.New()
	buffered := bufio.NewReaderSize(r, 1<<20)
	in := &memoryReader{r: io.TeeReader(buffered, sum)}
	form := make([]byte, len(memoryForm))
	in.bytes(form)
	if in.err == nil && string(form) != memoryForm {
		return nil, errMemory
	}
	m := &Memory{corpus: &Corpus{}, near: &graph{}, suggested: &suggested{}}
	m.parts(in)
	if in.err != nil {
		return nil, fmt.Errorf("%w: %w", errMemory, in.err)
	}
	want := sum.Sum64()
	in.r = buffered
	var got [8]byte
	in.bytes(got[:])
	if in.err != nil || binary.LittleEndian.Uint64(got[:]) != want {
		return nil, errMemory
	}
	c := m.corpus
	c.members = group(c.unitOf, len(c.hash))
	c.pos, c.rank = make([]int32, len(c.ids)), make([]int32, len(c.ids))
	for i := range c.pos {
		c.pos[i], c.rank[i] = int32(i), int32(i)
	}
	return m, nil
}

// memoryCodec writes parts or reads them, in the same order.
type memoryCodec interface {
	strings(*[]string)
	part(p any)
}

func (m *Memory) parts(o memoryCodec) {
	c := m.corpus
	base := []int64{int64(c.base)}
	field := []float32{c.field}
	o.part(&base)
	o.part(&field)
	o.strings(&c.ids)
	o.strings(&c.dates)
	o.strings(&c.names)
	for _, p := range []any{
		&c.unitOf, &c.hash, &c.kinds, &c.idf, &c.df, &c.keyword, &c.gramDF, &c.runes, &c.runeAt, &c.question, &c.negated,
		&c.numbers.at, &c.numbers.item,
	} {
		o.part(p)
	}
	for _, r := range []*rows{&c.lexis, &c.domain, &c.grams} {
		o.part(&r.at)
		o.part(&r.feature)
		o.part(&r.weight)
	}
	for _, p := range []any{&m.near.at, &m.near.to, &m.near.sim, &m.near.background, &m.pairs, &m.strength, &m.borderline} {
		o.part(p)
	}
	s := m.suggested
	o.strings(&s.keys)
	for _, p := range []any{&s.label, &s.barred, &s.at, &s.key, &s.strength} {
		o.part(p)
	}
	if len(base) == 1 && len(field) == 1 {
		c.base, c.field = int(base[0]), field[0]
	}
}

// view is a slice's memory, and resize gives it room for size bytes.
func view(p any) (raw []byte, resize func(bytes int) []byte) {
	switch s := p.(type) {
	case *[]int32:
		return viewOf(s)
	case *[]uint32:
		return viewOf(s)
	case *[]int64:
		return viewOf(s)
	case *[]uint64:
		return viewOf(s)
	case *[]float32:
		return viewOf(s)
	case *[]bool:
		return viewOf(s)
	case *[]FeatureKind:
		return viewOf(s)
	case *[]closeness:
		return viewOf(s)
	case *[]edge:
		return viewOf(s)
	}
	panic(fmt.Sprintf("analysis: no form for a %T", p))
}

func viewOf[T any](s *[]T) ([]byte, func(int) []byte) {
	size := int(unsafe.Sizeof(*new(T)))
	bytes := func() []byte {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(*s))), len(*s)*size)
	}
	return bytes(), func(n int) []byte {
		*s = inHugePages(make([]T, n/size))
		return bytes()
	}
}

type memoryWriter struct {
	w   io.Writer
	n   int64
	err error
}

func (o *memoryWriter) bytes(b []byte) {
	if o.err == nil {
		n, err := o.w.Write(b)
		o.n, o.err = o.n+int64(n), err
	}
}

func (o *memoryWriter) part(p any) {
	raw, _ := view(p)
	o.bytes(binary.LittleEndian.AppendUint64(nil, uint64(len(raw))))
	o.bytes(raw)
}

func (o *memoryWriter) strings(list *[]string) {
	lengths := make([]uint32, len(*list))
	total := 0
	for i, s := range *list {
		lengths[i] = uint32(len(s))
		total += len(s)
	}
	o.part(&lengths)
	o.bytes(binary.LittleEndian.AppendUint64(nil, uint64(total)))
	for _, s := range *list {
		o.bytes(unsafe.Slice(unsafe.StringData(s), len(s)))
	}
}

type memoryReader struct {
	r   io.Reader
	err error
}

func (in *memoryReader) bytes(b []byte) {
	if in.err == nil {
		_, in.err = io.ReadFull(in.r, b)
	}
}

// size reads a count of bytes; one that no memory has is damage, and is not
// made room for.
func (in *memoryReader) size() int {
	var b [8]byte
	in.bytes(b[:])
	n := binary.LittleEndian.Uint64(b[:])
	if n > 1<<35 && in.err == nil {
		in.err = errMemory
	}
	if in.err != nil {
		return 0
	}
	return int(n)
}

func (in *memoryReader) part(p any) {
	n := in.size()
	_, resize := view(p)
	in.bytes(resize(n))
}

func (in *memoryReader) strings(list *[]string) {
	var lengths []uint32
	in.part(&lengths)
	all := make([]byte, in.size())
	in.bytes(all)
	if in.err != nil {
		return
	}
	text := unsafe.String(unsafe.SliceData(all), len(all))
	*list = make([]string, len(lengths))
	for i, n := range lengths {
		if int(n) > len(text) {
			in.err = errMemory
			return
		}
		(*list)[i], text = text[:n], text[n:]
	}
}
