package concept_test

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
	"tongtang/pipeline/lexicon"
	"tongtang/pipeline/segment"
)

var (
	fit  = flag.Bool("fit", false, "fit the pair model anew and write analysis/pairmodel.tsv")
	held = flag.Bool("held", false, "with -fit: only fit on half of the labels and measure on the other half")
)

var describer = sync.OnceValues(func() (*concept.Describer, error) {
	tables, err := lexicon.Load("")
	if err != nil {
		return nil, err
	}
	words, err := segment.New(tables)
	if err != nil {
		return nil, err
	}
	return concept.New(tables, words), nil
})

type labelled struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Label string `json:"label"`
	Empty bool   `json:"empty"` // says nothing: intake turns it away
}

func readLabelled(t testing.TB, path string) []labelled {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("labelled texts of ../shared are not on this machine: %v", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var out []labelled
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<22)
	for sc.Scan() {
		var l struct {
			labelled
			ID json.RawMessage `json:"id"` // a number in the unlabelled files
		}
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		l.labelled.ID = strings.Trim(string(l.ID), `"`)
		out = append(out, l.labelled)
	}
	return out
}

// samples are labelled pairs, column by column in bins.
type samples struct {
	bins   [][]uint8 // by feature
	cuts   [][]float32
	rows   [][]float32
	same   []bool
	weight []float64
	half   []uint8 // 0 and 1: both documents in that half of the labels; 2: across
}

// addPairs takes the evidence of a part of a file's labels: the model must
// hold for small corpora as for large ones.
func (s *samples) addPairs(t *testing.T, all []labelled, keep func(label string) bool) {
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	var rows []labelled
	for _, r := range all {
		if keep(r.Label) {
			rows = append(rows, r)
		}
	}
	c := analysis.NewCorpus(len(rows), 0, func(i int, doc *analysis.Document) {
		d.Describe(doc, concept.Text{ID: rows[i].ID, Text: rows[i].Text})
	})
	first, positives := len(s.same), 0
	c.Evidence(0, func(a, b int, e []float32) {
		same := rows[a].Label == rows[b].Label && rows[a].Label != ""
		if same {
			positives++
		}
		weight := 1.0
		if far := !same && e[0]+e[1] < 0.4; far && crc32.ChecksumIEEE([]byte(rows[a].ID+rows[b].ID))%8 != 0 {
			return // far apart, and there are millions: an eighth of them tells as much
		} else if far {
			weight = 8
		}
		s.weight = append(s.weight, weight)
		s.rows = append(s.rows, slices.Clone(e))
		s.same = append(s.same, same)
		ha, hb := half(rows[a].Label), half(rows[b].Label)
		if ha != hb {
			ha = 2
		}
		s.half = append(s.half, ha)
	})
	for i := first; i < len(s.same); i++ {
		s.weight[i] *= 50 / math.Sqrt(float64(positives))
	}
}

func half(label string) uint8 { return uint8(crc32.ChecksumIEEE([]byte(label)) & 1) }

func part(label string, of, which uint32) bool {
	return crc32.ChecksumIEEE([]byte("part"+label))%of == which
}

const maxBins = 64

func (s *samples) bin() {
	s.bins, s.cuts = nil, nil
	for f := range s.rows[0] {
		values := make([]float32, 0, 40000)
		for i := 0; i < len(s.rows); i += max(1, len(s.rows)/40000) {
			values = append(values, s.rows[i][f])
		}
		for i := range s.rows { // positives are few and matter most
			if s.same[i] {
				values = append(values, s.rows[i][f])
			}
		}
		slices.Sort(values)
		var cuts []float32
		for b := 1; b < maxBins; b++ {
			v := values[b*(len(values)-1)/maxBins]
			if n := len(cuts); (n == 0 || v > cuts[n-1]) && v < values[len(values)-1] {
				cuts = append(cuts, v)
			}
		}
		col := make([]uint8, len(s.rows))
		for i, r := range s.rows {
			at, _ := slices.BinarySearchFunc(cuts, r[f], func(c, v float32) int {
				if c < v {
					return -1
				}
				return 1
			})
			col[i] = uint8(at)
		}
		s.bins, s.cuts = append(s.bins, col), append(s.cuts, cuts)
	}
}

type fitted struct {
	start float64
	trees []fittedTree
}

type fittedTree struct {
	feature, bin []int
	leaf         []float64
}

// boost fits oblivious trees by Newton steps on logistic loss.
func (s *samples) boost(use func(i int) bool, trees, depth int, rate, lambda float64) fitted {
	var idx []int
	for i := range s.same {
		if use(i) {
			idx = append(idx, i)
		}
	}
	m := fitted{start: -3}
	odds := make([]float64, len(s.same))
	for _, i := range idx {
		odds[i] = m.start
	}
	g, h := make([]float64, len(s.same)), make([]float64, len(s.same))
	leaf := make([]uint8, len(s.same))
	for range trees {
		for _, i := range idx {
			p := 1 / (1 + math.Exp(-odds[i]))
			y := 0.0
			if s.same[i] {
				y = 1
			}
			g[i], h[i] = s.weight[i]*(y-p), s.weight[i]*p*(1-p)
			leaf[i] = 0
		}
		var t fittedTree
		for level := range depth {
			leaves := 1 << level
			type choice struct {
				gain float64
				f, b int
			}
			best := make([]choice, len(s.bins))
			var wg sync.WaitGroup
			gate := make(chan struct{}, 2)
			for f := range s.bins {
				gate <- struct{}{}
				wg.Go(func() {
					defer func() { <-gate }()
					hist := make([][2]float64, leaves*maxBins)
					col := s.bins[f]
					for _, i := range idx {
						at := int(leaf[i])*maxBins + int(col[i])
						hist[at][0] += g[i]
						hist[at][1] += h[i]
					}
					gains := make([]float64, len(s.cuts[f]))
					for l := range leaves {
						var tg, th float64
						for b := range maxBins {
							tg += hist[l*maxBins+b][0]
							th += hist[l*maxBins+b][1]
						}
						var lg, lh float64
						for b := range s.cuts[f] {
							lg += hist[l*maxBins+b][0]
							lh += hist[l*maxBins+b][1]
							gains[b] += lg*lg/(lh+lambda) + (tg-lg)*(tg-lg)/(th-lh+lambda)
						}
					}
					for b, gain := range gains {
						if gain > best[f].gain {
							best[f] = choice{gain, f, b}
						}
					}
				})
			}
			wg.Wait()
			b := slices.MaxFunc(best, func(a, b choice) int { return cmp.Compare(a.gain, b.gain) })
			t.feature, t.bin = append(t.feature, b.f), append(t.bin, b.b)
			for _, i := range idx {
				if int(s.bins[b.f][i]) > b.b {
					leaf[i] |= 1 << level
				}
			}
		}
		lg, lh := make([]float64, 1<<depth), make([]float64, 1<<depth)
		for _, i := range idx {
			lg[leaf[i]] += g[i]
			lh[leaf[i]] += h[i]
		}
		t.leaf = make([]float64, 1<<depth)
		for l := range t.leaf {
			t.leaf[l] = rate * lg[l] / (lh[l] + lambda)
		}
		for _, i := range idx {
			odds[i] += t.leaf[leaf[i]]
		}
		m.trees = append(m.trees, t)
	}
	return m
}

func (m *fitted) odds(s *samples, i int) float64 {
	o := m.start
	for _, t := range m.trees {
		at := 0
		for l, f := range t.feature {
			if int(s.bins[f][i]) > t.bin[l] {
				at |= 1 << l
			}
		}
		o += t.leaf[at]
	}
	return o
}

// precision is the average precision of the model on the samples used.
func (m *fitted) precision(s *samples, use func(int) bool) float64 {
	type scored struct {
		odds float64
		same bool
	}
	var list []scored
	for i := range s.same {
		if use(i) {
			list = append(list, scored{m.odds(s, i), s.same[i]})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.odds, a.odds) })
	sum, hits := 0.0, 0
	for i, x := range list {
		if x.same {
			hits++
			sum += float64(hits) / float64(i+1)
		}
	}
	return sum / float64(max(1, hits))
}

func (m *fitted) write(s *samples, note string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n%.4g\n", note, m.start)
	for _, t := range m.trees {
		for l, f := range t.feature {
			fmt.Fprintf(&b, "%d %.4g ", f, s.cuts[f][t.bin[l]])
		}
		b.WriteString("|")
		for _, v := range t.leaf {
			fmt.Fprintf(&b, " %.3g", v)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// TestFitPairModel makes analysis/pairmodel.tsv when run with -fit; with -held
// too it fits on one half of the labels and reports the average precision on
// the other, and writes nothing.
func TestFitPairModel(t *testing.T) {
	if !*fit {
		t.Skip("run with -fit to fit the pair model anew")
	}
	root := filepath.Join("..", "..", "..", "shared", "data", "dev")
	var s samples
	var from []int
	names := []string{"fine_general", "fine_gov", "fine_retitled"}
	for f, name := range names {
		all := readLabelled(t, filepath.Join(root, name+".jsonl"))
		add := func(keep func(string) bool) {
			s.addPairs(t, all, keep)
			for len(from) < len(s.same) {
				from = append(from, f)
			}
		}
		add(func(string) bool { return true })
		add(func(l string) bool { return part(l, 2, 0) })
		add(func(l string) bool { return part(l, 5, 3) })
	}
	// The same kind among ten times as many others: what is near enough there
	// must be nearer.
	for _, name := range []string{"retitled_20k.jsonl.gz", "retitled_100k.jsonl.gz"} {
		s.addPairs(t, readLabelled(t, filepath.Join(root, "..", "scale", name)), func(string) bool { return true })
		for len(from) < len(s.same) {
			from = append(from, 2)
		}
	}
	// Each kind of text weighs the same, however many files of it there are.
	total := make([]float64, len(names))
	for i, f := range from {
		if s.same[i] {
			total[f] += s.weight[i]
		}
	}
	for i, f := range from {
		s.weight[i] *= 8000 / total[f]
	}
	s.bin()
	t.Logf("%d pairs", len(s.same))
	const trees, depth, rate, lambda = 200, 4, 0.12, 10.0
	if *held {
		a := s.boost(func(i int) bool { return s.half[i] == 0 }, trees, depth, rate, lambda)
		for f, name := range names {
			t.Logf("%s: average precision fitted %.4f, held back %.4f", name,
				a.precision(&s, func(i int) bool { return s.half[i] == 0 && from[i] == f }),
				a.precision(&s, func(i int) bool { return s.half[i] == 1 && from[i] == f }))
		}
		return
	}
	m := s.boost(func(int) bool { return true }, trees, depth, rate, lambda)
	path := filepath.Join("..", "..", "analysis", "pairmodel.tsv")
	note := "pair model: made by go test ./pipeline/concept -run TestFitPairModel -fit; see analysis/model.go"
	if err := os.WriteFile(path, m.write(&s, note), 0o644); err != nil {
		t.Fatal(err)
	}
}
