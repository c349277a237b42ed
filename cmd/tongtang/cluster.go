package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tongtang/analysis"
	"tongtang/pipeline/citation"
	"tongtang/pipeline/concept"
	"tongtang/pipeline/embedding"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/pipeline/masking"
	"tongtang/pipeline/segment"
)

// clusterCmd groups any JSONL of {id, text} without a data folder.
type clusterCmd struct {
	In         []string `required:"" help:"输入 JSONL，每行 {id, text}；可为 .gz；可重复给出多个文件" placeholder:"FILE"`
	Out        string   `required:"" help:"输出 JSONL，按输入顺序每行 {id, cluster}；独立成条的 cluster 为空；- 为标准输出" placeholder:"FILE"`
	Strictness string   `default:"medium" enum:"strict,medium,loose" help:"归并严格程度：strict、medium、loose"`
	Stats      string   `help:"把各阶段用时（秒）和内存峰值（字节）写入此 JSON 文件" placeholder:"FILE"`
	Known      string   `help:"已定归属 JSONL，每行 {id, cluster}；归并结果必须与之一致" placeholder:"FILE"`
	Suggest    string   `help:"为每条写出 {id, neighbors}：最相近的 10 条；给出 --known 时另有 groups：最可能归入的 5 个组" placeholder:"FILE"`
	Tables     string   `help:"自备词表文件夹，覆盖内置词表" type:"existingdir" placeholder:"DIR"`
	Workers    int      `help:"并行数，默认与处理器数相同；不影响结果" placeholder:"N"`
	vectorFlags
}

// Run groups the input. Exit 3: done, but without all the vectors asked for.
func (c *clusterCmd) Run(ctx context.Context) error {
	vectors, err := c.embeddings()
	if err != nil {
		return err
	}
	clock := newStopwatch()
	items, err := readItems(c.In...)
	if err != nil {
		return exitError{exitUsage, err}
	}
	var decisions analysis.Decisions
	if c.Known != "" {
		if decisions.Members, err = readKnown(c.Known, items); err != nil {
			return exitError{exitUsage, err}
		}
	}
	clock.lap("read")
	found, meaning, err := groupItems(ctx, items, decisions, c.Tables, analysis.Options{
		Strictness: analysis.Strictness(c.Strictness), Workers: c.Workers,
	}, vectors, clock)
	if err != nil {
		return err
	}
	err = writeFile(c.Out, func(w *bufio.Writer) error {
		for i := range items {
			name := ""
			if g := found.GroupOf[i]; g >= 0 {
				name = found.Groups[g].Key
			}
			fmt.Fprintf(w, `{"id":%s,"cluster":%s}`+"\n", items[i].rawID, quote(name))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.Suggest != "" {
		if err := writeFile(c.Suggest, func(w *bufio.Writer) error { return writeSuggestions(w, items, found, c.Known != "") }); err != nil {
			return err
		}
	}
	clock.lap("write")
	grouped := 0
	for _, g := range found.GroupOf {
		if g >= 0 {
			grouped++
		}
	}
	fmt.Fprintf(os.Stderr, "共 %d 条：%d 条归入 %d 组，%d 条独立成条，用时 %.1f 秒\n",
		len(items), grouped, len(found.Groups), len(items)-grouped, clock.total().Seconds())
	if c.Stats != "" {
		err = writeFile(c.Stats, func(w *bufio.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			return enc.Encode(clock.report(len(items), len(found.Groups), meaning))
		})
	}
	if err == nil && meaning != nil {
		fmt.Fprintf(os.Stderr, "向量：%s\n", meaning.Line())
		if meaning.Problem != "" {
			return exitError{exitRejects, nil}
		}
	}
	return err
}

// groupItems describes and groups items; clock learns the stages. The report is
// nil when no vectors were asked for.
func groupItems(ctx context.Context, items []clusterItem, decisions analysis.Decisions, tablesDir string, o analysis.Options,
	vectors embedding.Options, clock *stopwatch,
) (*analysis.Result, *embedding.Report, error) {
	tables, err := lexicon.Load(tablesDir)
	if err != nil {
		return nil, nil, fmt.Errorf("读取词表: %w", err)
	}
	words, err := segment.New(tables)
	if err != nil {
		return nil, nil, err
	}
	describer := concept.New(tables, words)
	clock.lap("dictionary")
	corpus := analysis.NewCorpus(len(items), o.Workers, func(i int, d *analysis.Document) {
		describer.Describe(d, concept.Text{ID: items[i].ID, Date: items[i].Date, Text: items[i].Text, Stem: items[i].Stem})
	})
	clock.lap("features")
	var meaning *embedding.Report
	if vectors.Configured() {
		masker := masking.New(tables, citation.New(tables))
		got, report, err := embedding.Get(ctx, vectors, len(items), func(i int) (id, text string) {
			if vectors.URL == "" { // a file goes by ids
				return items[i].ID, ""
			}
			doc := masker.Document()
			doc.Learn(items[i].Text)
			text, _ = doc.Mask(items[i].Text)
			return items[i].ID, text
		})
		if err != nil {
			return nil, nil, err
		}
		meaning = &report
		err = corpus.SetVectors(o.Workers, got.Of)
		if err := cmp.Or(err, got.Close()); err != nil {
			return nil, nil, err
		}
		clock.lap("vectors")
	}
	o.Key = func(founder string) string { return feedback.GroupKey(founder, 0) }
	o.Stage = func(name string, _ time.Duration) { clock.lap(name) }
	return corpus.Group(o, decisions, analysis.Standing{}), meaning, nil
}

func writeSuggestions(w *bufio.Writer, items []clusterItem, found *analysis.Result, known bool) error {
	for i := range items {
		fmt.Fprintf(w, `{"id":%s,"neighbors":[`, items[i].rawID)
		for k, n := range found.Neighbors(i) {
			if k > 0 {
				w.WriteByte(',')
			}
			w.Write(items[n.Document].rawID)
		}
		w.WriteByte(']')
		if known {
			w.WriteString(`,"groups":[`)
			for k, s := range found.Known(i) {
				if k > 0 {
					w.WriteByte(',')
				}
				w.WriteString(quote(found.Groups[s.Group].Key))
			}
			w.WriteByte(']')
		}
		w.WriteString("}\n")
	}
	return nil
}

// clusterItem is a line of the input.
type clusterItem struct {
	ID    string
	Text  string
	Stem  string
	Date  string
	rawID json.RawMessage // as given: a string or a number
	label string          // gold label of evaluate; empty stands alone
	skip  bool
}

// jsonLine is what lines of all our JSONL files may carry.
type jsonLine struct {
	ID      json.RawMessage `json:"id"`
	Text    *string         `json:"text"`
	Stem    string          `json:"stem"`
	Date    string          `json:"date"`
	Cluster json.RawMessage `json:"cluster"`
	Label   json.RawMessage `json:"label"`
	Skip    bool            `json:"skip"`
}

func readItems(paths ...string) ([]clusterItem, error) {
	var all []clusterItem
	for _, path := range paths {
		items, err := readLines(path, func(l *jsonLine, it *clusterItem) error {
			if l.Text == nil {
				return errors.New("缺少 text")
			}
			it.Text, it.Stem, it.Date, it.skip = *l.Text, l.Stem, l.Date, l.Skip
			var err error
			it.label, err = plainValue(l.Label)
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
	}
	if err := uniqueIDs(all, strings.Join(paths, "、")); err != nil {
		return nil, err
	}
	return all, nil
}

// readKnown reads decided memberships; those of unknown items are an error,
// because a misspelt id would be a decision silently lost.
func readKnown(path string, items []clusterItem) ([]analysis.Membership, error) {
	known := make(map[string]bool, len(items))
	for _, it := range items {
		known[it.ID] = true
	}
	lines, err := readLines(path, func(l *jsonLine, it *clusterItem) error {
		var err error
		it.label, err = plainValue(l.Cluster)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := uniqueIDs(lines, path); err != nil {
		return nil, err
	}
	var out []analysis.Membership
	for i, l := range lines {
		if l.label == "" {
			continue
		}
		if !known[l.ID] {
			return nil, fmt.Errorf("%s：第 %d 条的 id %q 不在输入中，请核对", path, i+1, l.ID)
		}
		out = append(out, analysis.Membership{Document: l.ID, Group: l.label})
	}
	return out, nil
}

// plainValue is a JSON string or number as text; empty for null and for
// nothing.
func plainValue(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return "", nil
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	}
	if raw[0] == '{' || raw[0] == '[' {
		return "", errors.New("应为文字或数字")
	}
	return string(raw), nil
}

// readLines decodes a JSONL file, packed with gzip or not, in parallel. An
// error names the file and the line.
func readLines(path string, fill func(*jsonLine, *clusterItem) error) ([]clusterItem, error) {
	body, err := readPacked(path)
	if err != nil {
		return nil, err
	}
	var starts []int
	var numbers []int
	number := 0
	for at := 0; at < len(body); {
		number++
		end := bytes.IndexByte(body[at:], '\n')
		if end < 0 {
			end = len(body) - at
		}
		if len(bytes.TrimSpace(body[at:at+end])) > 0 {
			starts, numbers = append(starts, at), append(numbers, number)
		}
		at += end + 1
	}
	items := make([]clusterItem, len(starts))
	const block = 4096
	errs := make([]error, (len(starts)+block-1)/block)
	var wg sync.WaitGroup
	gate := make(chan struct{}, 4)
	for b := range errs {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			for i := b * block; i < min(len(starts), (b+1)*block); i++ {
				line := body[starts[i]:]
				if end := bytes.IndexByte(line, '\n'); end >= 0 {
					line = line[:end]
				}
				if err := readLine(line, &items[i], fill); err != nil {
					errs[b] = fmt.Errorf("%s：第 %d 行：%w", path, numbers[i], err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readLine(line []byte, it *clusterItem, fill func(*jsonLine, *clusterItem) error) error {
	var l jsonLine
	if !utf8.Valid(line) {
		return errors.New("不是 UTF-8 编码，请另存为 UTF-8")
	}
	if err := json.Unmarshal(line, &l); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return fmt.Errorf("%s 的类型不对，应为文字", wrong.Field)
		}
		return fmt.Errorf("不是一个 JSON 对象（%w）", err)
	}
	id, err := plainValue(l.ID)
	if err != nil || id == "" {
		return errors.New("缺少 id，或 id 不是文字或数字")
	}
	it.ID, it.rawID = id, bytes.Clone(l.ID)
	return fill(&l, it)
}

func readPacked(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("打不开文件 %s：%w", path, err)
	}
	defer f.Close()
	var r io.Reader = bufio.NewReaderSize(f, 1<<20)
	if head, err := r.(*bufio.Reader).Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("%s 不是完好的 gzip 文件：%w", path, err)
		}
		defer z.Close()
		r = z
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("读取 %s：%w", path, err)
	}
	return bytes.TrimPrefix(body, []byte("\ufeff")), nil
}

func uniqueIDs(items []clusterItem, where string) error {
	seen := make(map[string]int, len(items))
	for i, it := range items {
		if first, ok := seen[it.ID]; ok {
			return fmt.Errorf("%s：第 %d 条与第 %d 条的 id 相同（%s），请使每条 id 唯一", where, i+1, first+1, it.ID)
		}
		seen[it.ID] = i
	}
	return nil
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return strconv.Quote(s)
	}
	return string(b)
}

// writeFile writes beside the target and renames, so that a reader never sees
// half a file.
func writeFile(path string, write func(*bufio.Writer) error) error {
	if path == "-" {
		w := bufio.NewWriter(os.Stdout)
		return cmp.Or(write(w), w.Flush())
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("无法写入 %s：%w", path, err)
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<20)
	if err := cmp.Or(write(w), w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("写入 %s：%w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("写入 %s：%w", path, err)
	}
	return nil
}

// stopwatch times stages and the memory each needed.
type stopwatch struct {
	began, last time.Time
	stages      []stageTime
}

type stageTime struct {
	Name    string  `json:"stage"`
	Seconds float64 `json:"seconds"`
	Peak    int64   `json:"peak_bytes"` // resident memory of the process at its highest during the stage; 0 where the system does not tell
}

func newStopwatch() *stopwatch {
	now := time.Now()
	resetPeak()
	return &stopwatch{began: now, last: now}
}

func (s *stopwatch) lap(name string) {
	now := time.Now()
	s.stages = append(s.stages, stageTime{name, now.Sub(s.last).Seconds(), peakMemory()})
	resetPeak()
	s.last = now
}

func (s *stopwatch) total() time.Duration { return time.Since(s.began) }

func (s *stopwatch) report(items, groups int, vectors *embedding.Report) any {
	peak := int64(0)
	for _, st := range s.stages {
		peak = max(peak, st.Peak)
	}
	return struct {
		Items   int         `json:"items"`
		Groups  int         `json:"groups"`
		Seconds float64     `json:"seconds"`
		Peak    int64       `json:"peak_bytes"`
		Stages  []stageTime `json:"stages"`

		Vectors *embedding.Report `json:"vectors,omitempty"`
	}{items, groups, s.total().Seconds(), peak, slices.Clone(s.stages), vectors}
}

// peakMemory reads the process's highest resident size since resetPeak from
// Linux's /proc; 0 elsewhere.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				return kb * 1024
			}
		}
	}
	return 0
}

func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }
