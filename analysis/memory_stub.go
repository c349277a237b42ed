package analysis

import (
	"encoding/gob"
	"io"
	"slices"
)

// Stub: keeps whole documents. To be replaced.
type Memory struct {
	Docs map[string]Document
	Near map[string][]string
}

func ReadMemory(r io.Reader) (*Memory, error) {
	var m Memory
	return &m, gob.NewDecoder(r).Decode(&m)
}

func (m *Memory) WriteTo(w io.Writer) (int64, error) { return 0, gob.NewEncoder(w).Encode(m) }

func (m *Memory) Holds(id string) bool { _, ok := m.Docs[id]; return ok }

var (
	stubDocs = map[*Corpus]map[string]Document{}
	stubLast = map[*Corpus]*Memory{}
)

func NewCorpusWith(m *Memory, n, workers int, id func(int) string, describe func(int, *Document)) *Corpus {
	docs := map[string]Document{}
	c := NewCorpus(n, 1, func(i int, d *Document) {
		if m != nil && m.Holds(id(i)) {
			*d = m.Docs[id(i)]
		} else {
			describe(i, d)
		}
		k := *d
		k.Features = slices.Clone(d.Features)
		docs[d.ID] = k
	})
	stubDocs[c] = docs
	stubLast[c] = m
	return c
}

func (r *Result) near10(i int) []string {
	var out []string
	for _, n := range r.Neighbors(i) {
		out = append(out, r.corpus.ID(n.Document))
	}
	return out
}

func (r *Result) Memory() *Memory {
	m := &Memory{Docs: stubDocs[r.corpus], Near: map[string][]string{}}
	for i := range r.corpus.Documents() {
		m.Near[r.corpus.ID(i)] = r.near10(i)
	}
	return m
}

func (r *Result) Moved(d int) bool {
	last := stubLast[r.corpus]
	return last == nil || !slices.Equal(last.Near[r.corpus.ID(d)], r.near10(d))
}
