package embedding

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

// model is a server of our own that gives every text a vector of its own.
type model struct {
	*httptest.Server
	mu       sync.Mutex
	asked    []string // every text ever sent
	requests int
	heads    []http.Header
	paths    []string
	dims     int
	seed     string
	// answer may take the place of the usual answer; false means it did not.
	answer func(w http.ResponseWriter, r *http.Request, n int, texts []string) bool
}

func newModel(t *testing.T, dims int) *model {
	m := &model{dims: dims}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *model) vector(text string) []float32 {
	v := make([]float32, m.dims)
	for i := range v {
		h := fnv.New32a()
		fmt.Fprint(h, m.seed, text, i)
		v[i] = float32(h.Sum32()%2000)/1000 - 1
	}
	return v
}

func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model string   `json:"model"`
		Input []string `json:"input"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Model != "bge-test" {
		http.Error(w, "what?", http.StatusNotFound)
		return
	}
	m.mu.Lock()
	m.requests++
	n := m.requests
	m.asked = append(m.asked, in.Input...)
	m.heads, m.paths = append(m.heads, r.Header.Clone()), append(m.paths, r.URL.Path)
	m.mu.Unlock()
	if m.answer != nil && m.answer(w, r, n, in.Input) {
		return
	}
	data := make([]map[string]any, len(in.Input))
	for i, text := range in.Input { // in falling order: index says whose each is
		data[len(data)-1-i] = map[string]any{"object": "embedding", "index": i, "embedding": m.vector(text)}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "model": in.Model, "data": data})
}

func (m *model) options(dir string) Options {
	return Options{URL: m.URL, Model: "bge-test", Cache: dir, Batch: 4, Timeout: 300 * time.Millisecond, Pause: time.Millisecond}
}

func texts(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("第%d条：看守所拒收病犯怎么办", i)
	}
	return out
}

func get(t *testing.T, o Options, texts []string) ([][]float32, Report) {
	t.Helper()
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	v, report, err := Get(t.Context(), o, len(texts), func(i int) (string, string) { return fmt.Sprint(i), texts[i] })
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float32, len(texts))
	for i := range texts {
		out[i] = v.Of(i)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return out, report
}

func TestEveryTextIsAskedOnceAndKept(t *testing.T) {
	m, dir := newModel(t, 6), t.TempDir()
	said := append(texts(10), texts(3)...) // three are said twice
	got, report := get(t, m.options(dir), said)
	for i, v := range got {
		if !slices.Equal(v, m.vector(said[i])) {
			t.Fatalf("text %d has the vector %v", i, v)
		}
	}
	if report.Texts != 10 || report.Fetched != 10 || report.Cached+report.Missing != 0 || report.Dimensions != 6 || report.Problem != "" {
		t.Errorf("first: %+v", report)
	}
	if len(m.asked) != 10 || m.requests != 3 || m.paths[0] != "/v1/embeddings" {
		t.Errorf("%d texts in %d requests to %s", len(m.asked), m.requests, m.paths[0])
	}
	// Nothing new: nobody is asked, running or not.
	m.Close()
	again, report := get(t, m.options(dir), said)
	if report.Cached != 10 || report.Fetched != 0 || report.Problem != "" || !slices.EqualFunc(got, again, slices.Equal) {
		t.Errorf("second: %+v", report)
	}
}

func TestOnlyNewTextsAreAsked(t *testing.T) {
	m, dir := newModel(t, 6), t.TempDir()
	get(t, m.options(dir), texts(8))
	m.asked = nil
	_, report := get(t, m.options(dir), texts(11))
	// Three new ones, and one old one to see whether the model is still the same.
	if len(m.asked) != 4 || report.Cached != 8 || report.Fetched != 3 {
		t.Errorf("asked for %q: %+v", m.asked, report)
	}
}

func TestAnotherModelBehindTheNameIsNoticed(t *testing.T) {
	for what, change := range map[string]func(*model){
		"other dimensions": func(m *model) { m.dims = 9 },
		"other weights":    func(m *model) { m.seed = "fine-tuned" },
	} {
		m, dir := newModel(t, 6), t.TempDir()
		get(t, m.options(dir), texts(8))
		change(m)
		got, report := get(t, m.options(dir), texts(9))
		if !report.Renewed || report.Fetched != 9 || report.Cached != 0 || report.Dimensions != m.dims || report.Problem != "" {
			t.Errorf("%s: %+v", what, report)
		}
		for i, v := range got {
			if !slices.Equal(v, m.vector(texts(9)[i])) {
				t.Fatalf("%s: text %d has an old vector", what, i)
			}
		}
	}
}

func TestAFailingServerLeavesWhatThereIs(t *testing.T) {
	for name, c := range map[string]struct {
		answer   func(m *model) func(w http.ResponseWriter, r *http.Request, n int, texts []string) bool
		says     string
		fetched  int
		requests int
	}{
		"down for good": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, _ int, _ []string) bool {
				http.Error(w, "overloaded", http.StatusServiceUnavailable)
				return true
			}
		}, "HTTP 503", 0, 3},
		"down for a moment": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, n int, _ []string) bool {
				if n == 2 {
					http.Error(w, "loading", http.StatusServiceUnavailable)
				}
				return n == 2
			}
		}, "", 10, 4},
		"dies half way": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, n int, _ []string) bool {
				if n > 1 {
					http.Error(w, "out of memory", http.StatusInternalServerError)
				}
				return n > 1
			}
		}, "HTTP 500", 4, 4},
		"slow": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, r *http.Request, _ int, _ []string) bool {
				select {
				case <-r.Context().Done():
				case <-time.After(2 * time.Second):
				}
				return true
			}
		}, "没有按时回答", 0, 3},
		"nonsense": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, _ int, _ []string) bool {
				fmt.Fprint(w, "<html>login</html>")
				return true
			}
		}, "不是预期的 JSON", 0, 3},
		"too few": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, _ int, _ []string) bool {
				fmt.Fprint(w, `{"data":[{"index":0,"embedding":[1,2]}]}`)
				return true
			}
		}, "4 条文本得到 1 个向量", 0, 3},
		"zeros": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, _ int, texts []string) bool {
				fmt.Fprint(w, `{"data":[`)
				for i := range texts {
					fmt.Fprintf(w, `%s{"index":%d,"embedding":[0,0]}`, strings.Repeat(",", min(i, 1)), i)
				}
				fmt.Fprint(w, `]}`)
				return true
			}
		}, "无效的向量", 0, 3},
		"one twice": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, _ int, texts []string) bool {
				fmt.Fprint(w, `{"data":[{"index":1,"embedding":[1]},{"index":1,"embedding":[1]},{"index":2,"embedding":[1]},{"index":3,"embedding":[1]}]}`)
				return true
			}
		}, "序号不对", 0, 3},
		"dimensions drift": {func(m *model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(_ http.ResponseWriter, _ *http.Request, n int, _ []string) bool {
				m.dims = 5 + n
				return false
			}
		}, "先后给出 6 维和 7 维", 4, 2},
		"no such model": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, _ int, _ []string) bool {
				http.Error(w, "model not found", http.StatusNotFound)
				return true
			}
		}, "请核对地址和模型名称", 0, 1},
		"wrong key": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, _ *http.Request, _ int, _ []string) bool {
				http.Error(w, "no", http.StatusUnauthorized)
				return true
			}
		}, "不接受密钥", 0, 1},
		"redirects": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, r *http.Request, _ int, _ []string) bool {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
				return true
			}
		}, "未跟随", 0, 1},
		"refuses everything": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, r *http.Request, _ int, _ []string) bool {
				http.Error(w, "bad model", http.StatusBadRequest)
				return true
			}
		}, "拒绝了所有请求", 0, 7},
		"refuses one": {func(*model) func(http.ResponseWriter, *http.Request, int, []string) bool {
			return func(w http.ResponseWriter, r *http.Request, _ int, texts []string) bool {
				bad := slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, "第5条") })
				if bad {
					http.Error(w, "too long", http.StatusRequestEntityTooLarge)
				}
				return bad
			}
		}, "不接受其中 1 条文本", 9, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel(t, 6)
			m.answer = c.answer(m)
			got, report := get(t, m.options(t.TempDir()), texts(10))
			if report.Fetched != c.fetched || report.Missing != 10-c.fetched || !strings.Contains(report.Problem, c.says) || (c.says == "") != (report.Problem == "") {
				t.Errorf("%+v", report)
			}
			if m.requests != c.requests {
				t.Errorf("%d requests, want %d", m.requests, c.requests)
			}
			with := 0
			for _, v := range got {
				if v != nil {
					with++
				}
			}
			if with != c.fetched {
				t.Errorf("%d texts have vectors, the report says %d", with, c.fetched)
			}
		})
	}
	t.Run("not running", func(t *testing.T) {
		m := newModel(t, 6)
		m.Close()
		if _, report := get(t, m.options(t.TempDir()), texts(3)); report.Missing != 3 || !strings.Contains(report.Problem, "没有运行") {
			t.Errorf("%+v", report)
		}
	})
	t.Run("patience ends", func(t *testing.T) {
		m := newModel(t, 6)
		m.answer = func(http.ResponseWriter, *http.Request, int, []string) bool {
			time.Sleep(60 * time.Millisecond)
			return false
		}
		o := m.options(t.TempDir())
		o.Patience = 150 * time.Millisecond
		_, report := get(t, o, texts(40))
		if report.Fetched == 0 || report.Missing == 0 || !strings.Contains(report.Problem, "其余下一夜再取") {
			t.Errorf("%+v", report)
		}
		m.answer = nil
		if _, report = get(t, m.options(o.Cache), texts(40)); report.Missing != 0 || report.Cached == 0 {
			t.Errorf("the next night: %+v", report)
		}
	})
	t.Run("night ends", func(t *testing.T) {
		m := newModel(t, 6)
		ctx, cancel := context.WithCancel(t.Context())
		m.answer = func(http.ResponseWriter, *http.Request, int, []string) bool { cancel(); return false }
		if _, _, err := Get(ctx, m.options(t.TempDir()), 10, func(i int) (string, string) { return "", texts(10)[i] }); err == nil {
			t.Error("an interrupted night goes on")
		}
	})
}

func TestTextsStayHere(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://127.0.0.1:11434": true, "http://10.2.3.4:8000/v1": true, "http://192.168.1.9:80/v1/embeddings": true, "https://[fd00::1]:443": true,
		"http://[::1]:9": true, "http://models.intranet:8080": true, // a name is looked at when it is called
		"http://8.8.8.8": false, "https://1.2.3.4/v1": false, "http://[2001:4860::1]": false,
		"ftp://127.0.0.1": false, "127.0.0.1:8080": false, "http://user:secret@127.0.0.1": false, "": true,
	} {
		o := Options{URL: address, Model: "m"}
		if address == "" {
			o.Model = ""
		}
		if err := o.Check(); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		} else if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", address, err)
		}
	}
	if err := (Options{URL: "http://8.8.8.8", Model: "m", Outside: true}).Check(); err != nil {
		t.Errorf("the administrator said otherwise: %v", err)
	}
	for _, o := range []Options{{URL: "http://127.0.0.1"}, {Model: "m"}, {URL: "http://127.0.0.1", Model: "m", File: "x"}, {URL: "http://127.0.0.1", Model: "m", KeyFile: "/nowhere"}} {
		if err := o.Check(); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	// A name that leads outside is found when it is called, before a byte is
	// sent; the documentation's own network answers to nobody.
	c, err := newClient(Options{URL: "http://203.0.113.7:9/v1", Model: "m", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.vectors(t.Context(), []string{"文本"}); err == nil || !strings.Contains(err.Error(), "不在本机或内网") {
		t.Errorf("%v", err)
	}
}

func TestKeyAndLongTexts(t *testing.T) {
	m := newModel(t, 3)
	o := m.options(t.TempDir())
	o.KeyFile = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(o.KeyFile, []byte("sk-abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	get(t, o, []string{strings.Repeat("长", 2000), " "})
	if got := m.heads[0].Get("Authorization"); got != "Bearer sk-abc" {
		t.Errorf("key sent as %q", got)
	}
	if n := len([]rune(m.asked[0])); n != longest || len(m.asked) != 1 {
		t.Errorf("%d texts sent, the first of %d characters", len(m.asked), n)
	}
}

func TestStoreLivesThroughAccidents(t *testing.T) {
	dir := t.TempDir()
	fill := func() (path string) {
		s, err := OpenStore(dir, "m")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			if err := s.Put(KeyOf("m", fmt.Sprint(i)), []float32{float32(i) + 1, 2, 3}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return s.f.Name()
	}
	kept := func() (n int) {
		s, err := OpenStore(dir, "m")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i := range 5 {
			if v := s.Get(KeyOf("m", fmt.Sprint(i))); v != nil {
				if v[0] != float32(i)+1 {
					t.Errorf("vector %d is %v", i, v)
				}
				n++
			}
		}
		return n
	}
	path := fill()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		body []byte
		want int
	}{
		"as written":      {whole, 5},
		"torn at the end": {whole[:len(whole)-7], 4},
		"a bit flipped":   {append(append(slices.Clone(whole[:60]), whole[60]^4), whole[61:]...), 4},
		"empty":           {nil, 0},
		"something else":  {[]byte("PAR1 and so on, for quite some bytes"), 0},
	} {
		if err := os.WriteFile(path, c.body, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := kept(); got != c.want {
			t.Errorf("%s: %d of 5 kept, want %d", what, got, c.want)
		}
		fill()
		if got := kept(); got != 5 {
			t.Errorf("%s: after filling again %d of 5", what, got)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// parquetOf writes {id, vector}; a nil vector is null.
func parquetOf(t *testing.T, ids []string, vectors [][]float64) string {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.BinaryTypes.String}, {Name: "vector", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64), Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.NewGoAllocator(), schema)
	for i, id := range ids {
		b.Field(0).(*array.StringBuilder).Append(id)
		list := b.Field(1).(*array.ListBuilder)
		if vectors[i] == nil {
			list.AppendNull()
			continue
		}
		list.Append(true)
		list.ValueBuilder().(*array.Float64Builder).AppendValues(vectors[i], nil)
	}
	path := filepath.Join(t.TempDir(), "vectors.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(schema, f, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b.NewRecord()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVectorsFromAFile(t *testing.T) {
	path := parquetOf(t, []string{"0", "2", "unknown", "3"}, [][]float64{{1, 2}, {3, 4}, {9, 9}, nil})
	got, report := get(t, Options{File: path}, texts(4))
	if want := "[[1 2] [] [3 4] []]"; fmt.Sprint(got) != want || report.Fetched != 2 || report.Missing != 2 || report.Problem != "" || report.SHA256 == "" {
		t.Errorf("%v, %+v", got, report)
	}
	broken := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(broken, []byte("id,vector\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, path := range map[string]string{
		"没有一个 id": parquetOf(t, []string{"a"}, [][]float64{{1}}),
		"出现两次":    parquetOf(t, []string{"1", "1"}, [][]float64{{1}, {2}}),
		"长短不一":    parquetOf(t, []string{"1", "2"}, [][]float64{{1}, {2, 3}}),
		"无效":      parquetOf(t, []string{"1"}, [][]float64{{0, 0}}),
		"不是完好的":   broken,
		"打不开":     filepath.Join(t.TempDir(), "missing.parquet"),
	} {
		got, report := get(t, Options{File: path}, texts(3))
		if !strings.Contains(report.Problem, what) && what != "打不开" || report.Problem == "" || report.Missing != 3 {
			t.Errorf("%s: %+v", what, report)
		}
		for _, v := range got {
			if v != nil {
				t.Errorf("%s: %v", what, got)
			}
		}
	}
}
