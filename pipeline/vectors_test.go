package pipeline

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tongtang/analysis"
	"tongtang/pipeline/embedding"
	"tongtang/queries"
)

// drawn is a vector of about unit length that depends on nothing but its name.
func drawn(name string) []float64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 7))
	v := make([]float64, 64)
	for i := range v {
		v[i] = r.NormFloat64() / 8
	}
	return v
}

// issueModel is a server whose vectors place texts of one gold issue near each
// other. It counts the texts it was asked for.
func issueModel(t *testing.T, asked *atomic.Int64) *httptest.Server {
	issue := map[string]string{}
	for _, g := range readGold(t) {
		if g.Label != "" && g.Label != "JUNK" {
			issue[sameWords(g.Text)] = g.Label
		}
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		type one struct {
			Index     int       `json:"index"`
			Embedding []float64 `json:"embedding"`
		}
		var out struct {
			Data []one `json:"data"`
		}
		for i, text := range in.Input {
			asked.Add(1)
			about, ok := issue[sameWords(text)]
			if !ok {
				about = text
			}
			v, common, own := drawn("issue "+about), drawn("everything"), drawn("text "+text)
			for k := range v {
				v[k] = math.Sqrt(0.6)*v[k] + 0.7*common[k] + math.Sqrt(0.4)*own[k]
			}
			out.Data = append(out.Data, one{i, v})
		}
		if err := json.NewEncoder(w).Encode(out); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// goldQuality compares the published groups with the issues of fixtures/gold.
func goldQuality(t *testing.T, folder queries.Folder) analysis.Quality {
	t.Helper()
	label := map[string]string{}
	for _, g := range readGold(t) {
		if g.Label != "JUNK" {
			label[sameWords(g.Text)] = g.Label
		}
	}
	number := map[string]int{}
	numberOf := func(name string) int {
		if _, ok := number[name]; !ok {
			number[name] = len(number)
		}
		return number[name]
	}
	var gold, found []int
	for _, line := range table(t, folder, "SELECT group_key || chr(9) || text FROM member JOIN item USING (item_id) ORDER BY item_id") {
		key, text, _ := strings.Cut(line, "\t")
		l, ok := label[sameWords(text)]
		if !ok {
			continue
		}
		found = append(found, numberOf("group "+key))
		if l == "" {
			gold = append(gold, -1)
		} else {
			gold = append(gold, numberOf("issue "+l))
		}
	}
	return analysis.Measure(gold, found)
}

func TestNightWithVectors(t *testing.T) {
	if testing.Short() {
		t.Skip("runs four nights")
	}
	plain := folderWithFixtures(t)
	runNight(t, plain)
	members := table(t, plain, allMembers)

	var asked atomic.Int64
	server := issueModel(t, &asked)
	folder := folderWithFixtures(t)
	opts := Options{Version: "test", Embeddings: embedding.Options{URL: server.URL, Model: "bge-test", Timeout: 20 * time.Second, Pause: time.Millisecond}}
	var stages []string
	opts.Stage = func(s Stage) { stages = append(stages, s.Name) }
	first, err := Run(t.Context(), folder, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) != len(opts.Stages()) || !slices.Contains(stages, "向量") {
		t.Errorf("announced %v, reported %v", opts.Stages(), stages)
	}
	r := first.Embeddings
	if r == nil || r.Model != "bge-test" || r.Dimensions != 64 || r.Missing != 0 || r.Fetched < 700 || first.WithoutVectors() {
		t.Fatalf("%+v", r)
	}
	words, both := goldQuality(t, plain), goldQuality(t, folder)
	t.Logf("B-cubed F1 of the night on fixtures/gold: %.4f by words, %.4f with vectors", words.CubedF1, both.CubedF1)
	if both.CubedF1 < words.CubedF1+0.06 {
		t.Error("vectors that know the issues help less than they should")
	}

	// The next night asks for nothing and changes nothing, with another number
	// of workers and with the server gone.
	with, before := table(t, folder, allMembers), asked.Load()
	server.Close()
	opts.Workers = 1
	second, err := Run(t.Context(), folder, opts)
	if err != nil {
		t.Fatal(err)
	}
	if asked.Load() != before || second.Embeddings.Cached != r.Texts || second.WithoutVectors() {
		t.Errorf("second night: %+v", second.Embeddings)
	}
	if got := table(t, folder, allMembers); !equal(got, with) {
		t.Error("members or keys changed")
	}

	// A server that is not there changes nothing, and the night says so.
	alone := folderWithFixtures(t)
	secret, err := os.ReadFile(plain.Secret())
	if err == nil {
		err = os.WriteFile(alone.Secret(), secret, 0o600) // the same contributors, so the same items
	}
	if err != nil {
		t.Fatal(err)
	}
	third, err := Run(t.Context(), alone, opts)
	if err != nil {
		t.Fatal(err)
	}
	if !third.WithoutVectors() || third.Outcome != "完成（向量不全）" || !third.Published {
		t.Errorf("outcome %q, %+v", third.Outcome, third.Embeddings)
	}
	if i := slices.IndexFunc(third.Stages, func(s Stage) bool { return s.Name == "向量" }); i < 0 || !strings.Contains(third.Stages[i].Line, "没有运行") {
		t.Errorf("the stage's line does not say what is missing: %+v", third.Stages)
	}
	if got := table(t, alone, allMembers); !equal(got, members) {
		t.Error("a night without its vectors differs from one by words alone")
	}
}
