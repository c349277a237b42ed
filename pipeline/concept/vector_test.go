package concept_test

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
)

// drawn is a vector of about unit length that depends on nothing but its name.
func drawn(name string) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 7))
	v := make([]float32, 256)
	for i := range v {
		v[i] = float32(r.NormFloat64() / 16)
	}
	return v
}

// TestVectorsHelpAsFarAsTheyKnow blends vectors of models we make up, from one
// that knows nothing to one that knows all, with the lexical similarity on the
// field's statements. Like real ones they share a direction, so that strangers
// have a cosine of 0.3 to 0.8.
func TestVectorsHelpAsFarAsTheyKnow(t *testing.T) {
	if testing.Short() {
		t.Skip("measuring takes long")
	}
	rows := readGold(t, filepath.Join("..", "..", "fixtures", "gold", "items.jsonl"))
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	measure := func(vector func(r labelled) []float32) map[string]float64 {
		c := analysis.NewCorpus(len(rows), 0, func(i int, doc *analysis.Document) {
			d.Describe(doc, concept.Text{ID: rows[i].ID, Text: rows[i].Text})
		})
		if vector != nil {
			if err := c.SetVectors(0, func(i int) []float32 { return vector(rows[i]) }); err != nil {
				t.Fatal(err)
			}
		}
		out := map[string]float64{}
		for _, f := range figuresOf(c, rows) {
			out[f.name] = f.value
		}
		return out
	}
	// mates is the cosine of two texts of one issue above that of strangers.
	model := func(mates float64) func(labelled) []float32 {
		return func(r labelled) []float32 {
			issue := r.Label
			if issue == "" {
				issue = "alone " + r.ID
			}
			v, common, own := drawn("issue "+issue), drawn("everything"), drawn("text "+r.ID)
			for i := range v {
				v[i] = float32(math.Sqrt(mates))*v[i] + 0.7*common[i] + float32(math.Sqrt(1-mates))*own[i]
			}
			return v
		}
	}
	plain := measure(nil)
	for _, m := range []struct {
		name           string
		vector         func(labelled) []float32
		b3, mate, best float64 // at least so much beyond words alone
	}{
		{"knows nothing", model(0), -0.002, -0.002, -0.002},
		{"knows little", model(0.3), 0.05, 0.03, 0.04},
		{"knows much", model(0.6), 0.12, 0.05, 0.08},
	} {
		got := measure(m.vector)
		t.Logf("%s: B-cubed F1 %.4f (%.4f by words alone), mate among five %.4f (%.4f), known issue first %.4f (%.4f)", m.name,
			got["b3 f1"], plain["b3 f1"], got["mate among five"], plain["mate among five"], got["known group first"], plain["known group first"])
		for figure, least := range map[string]float64{"b3 f1": m.b3, "mate among five": m.mate, "known group first": m.best} {
			if got[figure] < plain[figure]+least {
				t.Errorf("%s: %s is %.4f, by words alone %.4f: wanted %.3f more", m.name, figure, got[figure], plain[figure], least)
			}
		}
	}
}
