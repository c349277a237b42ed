package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someItems = `{"id": 3, "text": "看守所以血压高为由拒收病犯，法院送押三次都被退回"}
{"id": "b", "text": "送押的病犯体检血压高，看守所拒收，三次被退回"}
{"id": "c", "text": "罚金缴纳情况向原审法院发函核实，一直没有回函"}

{"id": "d", "text": "罚金缴纳情况发函给原审法院核实，法院一直不回函"}
{"id": "e", "text": "课程库里社区矫正的课太少"}
`

func write(t *testing.T, name, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClusterKeepsInputOrderAndIDsAsGiven(t *testing.T) {
	packed := filepath.Join(t.TempDir(), "in.jsonl.gz")
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte("\ufeff" + someItems)); err != nil {
		t.Fatal(err)
	}
	z.Close()
	f.Close()
	dir := t.TempDir()
	out, stats, suggest := filepath.Join(dir, "out"), filepath.Join(dir, "stats"), filepath.Join(dir, "suggest")
	known := write(t, "known.jsonl", `{"id":"e","cluster":"课程"}`+"\n"+`{"id":3,"cluster":"拒收"}`)
	cmd := clusterCmd{In: []string{packed}, Out: out, Stats: stats, Suggest: suggest, Known: known, Strictness: "medium"}
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := readJSON(t, out)
	if len(lines) != 5 || lines[0]["id"] != 3.0 || lines[1]["id"] != "b" {
		t.Fatalf("lines %v", lines)
	}
	if lines[0]["cluster"] != "拒收" || lines[4]["cluster"] != "课程" {
		t.Errorf("decided memberships do not hold: %v", lines)
	}
	if lines[2]["cluster"] == "" || lines[2]["cluster"] != lines[3]["cluster"] {
		t.Errorf("c and d say the same: %v", lines)
	}
	suggested := readJSON(t, suggest)
	if g := suggested[1]["groups"].([]any); len(g) == 0 || g[0] != "拒收" {
		t.Errorf("groups suggested for b: %v", suggested[1])
	}
	if n := suggested[2]["neighbors"].([]any); len(n) == 0 || n[0] != "d" {
		t.Errorf("neighbours of c: %v", suggested[2])
	}
	var s struct {
		Stages []struct {
			Stage   string
			Seconds float64
		}
	}
	body, err := os.ReadFile(stats)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &s); err != nil || len(s.Stages) < 5 {
		t.Errorf("stats %s: %v", body, err)
	}
	eval := evaluateCmd{Gold: write(t, "gold.jsonl", `{"id":3,"label":"x"}`+"\n"+`{"id":"c","label":"y"}`+"\n"+`{"id":"d","label":"y"}`), Predicted: out}
	q, missing, err := eval.measure(t.Context())
	if err != nil || missing != 0 || q.CubedF1 != 1 {
		t.Errorf("evaluate: %+v, %d missing, %v", q, missing, err)
	}
}

func readJSON(t *testing.T, path string) (out []map[string]any) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func TestBadLinesAreNamed(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`{"id":"a","text":"x"}` + "\n{oops}\n", "第 2 行"},
		{`{"id":"a"}`, "缺少 text"},
		{`{"text":"x"}`, "缺少 id"},
		{`{"id":"a","text":5}`, "text 的类型不对"},
		{`{"id":"a","text":"x"}` + "\n" + `{"id":"a","text":"y"}`, "id 相同"},
		{"{\"id\":\"a\",\"text\":\"\xff\"}", "UTF-8"},
	} {
		_, err := readItems(write(t, "in.jsonl", c.body))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.body, err, c.want)
		}
	}
	if _, err := readItems(filepath.Join(t.TempDir(), "nowhere.jsonl")); err == nil {
		t.Error("a missing file must be an error")
	}
	items, err := readItems(write(t, "in.jsonl", ""))
	if err != nil || len(items) != 0 {
		t.Errorf("an empty file holds no items: %v, %v", items, err)
	}
	if _, err := readKnown(write(t, "known.jsonl", `{"id":"z","cluster":"g"}`), items); err == nil || !strings.Contains(err.Error(), "不在输入中") {
		t.Errorf("a decision on an unknown item: %v", err)
	}
}

// Without its server a run with vectors gives what one without vectors gives,
// and says so by its exit code; an address outside is a usage error.
func TestClusterWithoutItsVectors(t *testing.T) {
	t.Setenv("TONGTANG_DATA", t.TempDir())
	in, plain, tried := filepath.Join(t.TempDir(), "in.jsonl"), filepath.Join(t.TempDir(), "plain.jsonl"), filepath.Join(t.TempDir(), "tried.jsonl")
	var lines strings.Builder
	for i, text := range []string{"病犯入监看守所拒收怎么办", "看守所拒收病犯如何处理", "罚金缴纳证明法院不回函", "法院对罚金缴纳情况不回函", "社区矫正对象外出请假"} {
		fmt.Fprintf(&lines, "{\"id\":%d,\"text\":%q}\n", i, text)
	}
	if err := os.WriteFile(in, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, c := range []struct {
		want int
		args []string
	}{
		{0, []string{"cluster", "--in", in, "--out", plain}},
		{exitRejects, []string{"cluster", "--in", in, "--out", tried, "--embeddings-url", gone.URL, "--embeddings-model", "m"}},
		{exitUsage, []string{"cluster", "--in", in, "--out", "/dev/null", "--embeddings-url", "http://8.8.8.8", "--embeddings-model", "m"}},
		{exitUsage, []string{"nightly", "--embeddings-url", "http://127.0.0.1:1"}},
	} {
		if got := run(c.args); got != c.want {
			t.Errorf("tongtang %s: exit %d, want %d", strings.Join(c.args, " "), got, c.want)
		}
	}
	a, errA := os.ReadFile(plain)
	b, errB := os.ReadFile(tried)
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("with the server gone:\n%s\nby words:\n%s (%v, %v)", b, a, errA, errB)
	}
}
