// Package corpustest builds corpus files for tests of the store and the
// workbench without running a night: the hand-written items of
// fixtures/source, grouped by their gold labels, and for measuring speed any
// number of copies of them.
package corpustest

import (
	"bufio"
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// Options says what to build. The zero value is the fixtures as they are.
type Options struct {
	RunID       string // zero means "20260101T000000"
	Previous    string
	DecisionSeq int64
	// Items is how many items there shall be in all; copies of the fixtures
	// fill up. Zero means just the fixtures.
	Items int
	// Leave out the items whose position is a multiple of Skip, so that a later
	// corpus can bring them. Zero leaves none out.
	Skip int
	Seed uint64
}

type entry struct {
	ID         string `json:"id"`
	Training   string `json:"training"`
	File       string `json:"file"`
	Row        int    `json:"row"`
	Part       int    `json:"part"`
	Department string `json:"department"`
	Province   string `json:"province"`
	Unit       string `json:"unit"`
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	Issue      string `json:"issue"`
	Text       string `json:"text"`
	item       string
	group      string
	endorses   string
	on         time.Time
}

// Root is the repository's root.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Publish builds a corpus in the data folder and makes it the current one.
func Publish(ctx context.Context, dataDir string, o Options) error {
	o.RunID = cmp.Or(o.RunID, "20260101T000000")
	folder := queries.Folder(dataDir)
	if err := folder.Make(); err != nil {
		return err
	}
	built.Lock()
	defer built.Unlock()
	body, ok := built.files[o]
	if !ok {
		path := folder.Corpus(o.RunID)
		if err := Write(ctx, path, o); err != nil {
			return err
		}
		if o.Items == 0 {
			var err error
			if body, err = os.ReadFile(path); err != nil {
				return err
			}
			built.files[o] = body
		}
	} else if err := os.WriteFile(folder.Corpus(o.RunID), body, 0o440); err != nil {
		return err
	}
	return folder.Publish(o.RunID)
}

// built keeps the small corpora a test binary has built already.
var built = struct {
	sync.Mutex
	files map[Options][]byte
}{files: map[Options][]byte{}}

// Write builds a corpus file at path.
func Write(ctx context.Context, path string, o Options) error {
	entries, trainings, err := read(filepath.Join(Root(), "fixtures", "source"))
	if err != nil {
		return err
	}
	tables, err := lexicon.Load("")
	if err != nil {
		return err
	}
	o.RunID = cmp.Or(o.RunID, "20260101T000000")
	c := &corpus{known: map[string][]string{}, o: o, tables: tables, trainings: trainings, now: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)}
	c.items = c.grow(entries)
	c.group()
	b, err := queries.NewBuild(ctx, path, "", queries.Limits{})
	if err != nil {
		return err
	}
	if err := c.append(b); err != nil {
		return errors.Join(err, b.Discard())
	}
	return b.Finish(ctx)
}

func read(dir string) (entries []entry, trainings [][]string, err error) {
	body, err := os.ReadFile(filepath.Join(dir, "trainings.tsv"))
	if err != nil {
		return nil, nil, err
	}
	for i, line := range strings.Split(strings.TrimSpace(string(body)), "\n") {
		if i > 0 {
			trainings = append(trainings, strings.Split(line, "\t"))
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(paths)
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		scan := bufio.NewScanner(f)
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			var e entry
			if err := json.Unmarshal(scan.Bytes(), &e); err != nil {
				return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
			}
			if e.Issue != "JUNK" {
				entries = append(entries, e)
			}
		}
		if err := errors.Join(scan.Err(), f.Close()); err != nil {
			return nil, nil, err
		}
	}
	return entries, trainings, nil
}

type corpus struct {
	o         Options
	tables    *lexicon.Tables
	trainings [][]string
	now       time.Time
	items     []entry
	groups    map[string][]*entry
	keys      []string
	known     map[string][]string // terms by text
}

// grow copies the fixtures until there are enough items. A copy has another
// person, province and training, and stands in a copy of its group, so that
// groups stay as big as they are.
func (c *corpus) grow(entries []entry) []entry {
	n := max(c.o.Items, len(entries))
	r := rand.New(rand.NewPCG(c.o.Seed, 7))
	out := make([]entry, 0, n)
	var provinces []string
	for _, e := range entries {
		if e.Province != "" && !slices.Contains(provinces, e.Province) {
			provinces = append(provinces, e.Province)
		}
	}
	starts := map[string]time.Time{}
	for _, t := range c.trainings {
		on, _ := time.Parse(time.DateOnly, t[5])
		starts[t[0]] = on
	}
	for i := range n {
		e := entries[i%len(entries)]
		if copyNo := i / len(entries); copyNo > 0 {
			e.ID = fmt.Sprintf("%s-%d", e.ID, copyNo)
			e.Province = provinces[r.IntN(len(provinces))]
			e.Training = c.trainings[r.IntN(len(c.trainings))][0]
			e.Name = fmt.Sprintf("%s%d", e.Name, copyNo)
			e.Text = fmt.Sprintf("%s（第%d批）", e.Text, copyNo)
			if e.Issue != "" {
				e.Issue = fmt.Sprintf("%s-%d", e.Issue, copyNo)
			}
		}
		if c.o.Skip > 0 && i%c.o.Skip == 0 {
			continue
		}
		e.on = starts[e.Training].AddDate(0, 0, i%3)
		e.item = feedback.ItemID(e.Training, e.Unit+e.Name, e.Text, 0)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.item, b.item) })
	return slices.CompactFunc(out, func(a, b entry) bool { return a.item == b.item })
}

func (c *corpus) group() {
	c.groups = map[string][]*entry{}
	byIssue := map[string]string{}
	// The founder is the first in the fixtures' order, so that a corpus with
	// fewer items has the same keys.
	order := make([]*entry, len(c.items))
	for i := range c.items {
		order[i] = &c.items[i]
	}
	slices.SortFunc(order, func(a, b *entry) int { return strings.Compare(a.ID, b.ID) })
	for _, e := range order {
		key, ok := byIssue[e.Issue]
		if !ok || e.Issue == "" {
			key = feedback.GroupKey(e.item, 0)
			byIssue[e.Issue] = key
		}
		e.group = key
		c.groups[key] = append(c.groups[key], e)
	}
	c.keys = slices.Sorted(maps.Keys(c.groups))
}

func (c *corpus) append(b *queries.Build) error {
	type load struct {
		table string
		rows  iter.Seq[queries.Row]
	}
	for _, l := range []load{
		{"run", c.run()},
		{"training", c.trainingRows()},
		{"department", c.departments()},
		{"topic", c.topics()},
		{"source_file", c.files()},
		{"item", c.itemRows()},
		{"sighting", c.sightings()},
		{"reject", c.rejects()},
		{"citation", c.citations()},
		{"issue_group", c.groupRows()},
		{"member", c.members()},
		{"group_count", c.counts()},
		{"group_neighbor", c.groupNeighbors()},
		{"item_neighbor", c.itemNeighbors()},
		{"lineage", c.lineage()},
	} {
		if _, err := b.Append(l.table, l.rows); err != nil {
			return err
		}
	}
	return c.index(b)
}

func list(rows ...queries.Row) iter.Seq[queries.Row] { return slices.Values(rows) }

func (c *corpus) run() iter.Seq[queries.Row] {
	var previous driver.Value
	if c.o.Previous != "" {
		previous = c.o.Previous
	}
	return list(queries.Row{
		c.o.RunID, c.now.Add(-40 * time.Second), c.now, "test", c.tables.Hash(), "{}", previous, c.o.DecisionSeq,
		int64(len(c.items)), int64(len(c.groups)), time.Date(2026, 9, 18, 0, 0, 0, 0, time.UTC),
	})
}

func (c *corpus) trainingRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, t := range c.trainings {
			start, _ := time.Parse(time.DateOnly, t[5])
			end, _ := time.Parse(time.DateOnly, t[6])
			if !yield(queries.Row{t[0], t[1], t[2], t[3], start, end, t[7]}) {
				return
			}
		}
	}
}

func (c *corpus) departments() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i, d := range append(slices.Clone(feedback.Departments), feedback.OtherDept) {
			if !yield(queries.Row{string(d), int32(i), d.Name(), d.English(), d.Name()}) {
				return
			}
		}
	}
}

func (c *corpus) topics() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, t := range c.tables.Topics {
			if !yield(queries.Row{t.Code, t.Name, t.L1Code, t.L1}) {
				return
			}
		}
	}
}

var extensions = map[string]string{"wjx": ".xlsx", "form": ".xlsx", "minutes": ".docx", "csv": ".csv", "chat": ".txt", "jsonl": ".jsonl"}

func (e *entry) file() string { return e.Training + " " + e.File + extensions[e.File] }

func (e *entry) sha() string { return strings.Repeat(fmt.Sprintf("%x", len(e.file())%16), 64) }

func (c *corpus) files() iter.Seq[queries.Row] {
	n := map[string]int64{}
	first := map[string]*entry{}
	for i := range c.items {
		f := c.items[i].file()
		n[f]++
		first[f] = &c.items[i]
	}
	return func(yield func(queries.Row) bool) {
		for i, f := range slices.Sorted(maps.Keys(n)) {
			if !yield(queries.Row{
				fmt.Sprintf("%064x", i+1), f, first[f].Training, strings.TrimPrefix(filepath.Ext(f), "."), "utf-8", n[f] * 300, c.o.RunID,
				"已接收", n[f] + 2, n[f], int64(0), int64(1), `{"姓名":3}`, "{}",
			}) {
				return
			}
		}
	}
}

func (c *corpus) rejects() iter.Seq[queries.Row] {
	return list(
		queries.Row{fmt.Sprintf("%064x", 1), "2022-1 wjx.xlsx", "Sheet1", int32(14), "问题", int32(1), string(feedback.RejectEmpty), "本行无需处理；如确有内容，请补充后重新提交。", "无", c.o.RunID},
		queries.Row{fmt.Sprintf("%064x", 2), "2023-1 form.xlsx", "江苏", int32(9), "", int32(1), string(feedback.RejectUnknownDepartment), "请在“部门”列填写检察、法院、公安监所、监狱或社区矫正后重新提交。", "建议统一送押体检标准", c.o.RunID},
	)
}

func (c *corpus) itemRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range c.items {
			e := &c.items[i]
			language := "zh"
			if e.Text != "" && e.Text[0] < 0x80 && len(e.Text) > 40 {
				language = "en"
			}
			if !yield(queries.Row{
				e.item, e.Training, e.Department, e.Province, e.Unit, "c" + e.Unit + e.Name, e.Kind, "案例研讨", e.on, "", e.Text, "", "", "",
				language, e.endorses, "", c.o.RunID,
			}) {
				return
			}
		}
	}
}

func (c *corpus) sightings() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range c.items {
			e := &c.items[i]
			sheet := ""
			if strings.HasSuffix(e.file(), ".xlsx") {
				sheet = "Sheet1"
			}
			if !yield(queries.Row{e.item, int32(1), e.sha(), e.file(), sheet, int32(e.Row + 1), e.Kind, int32(max(e.Part, 1))}) {
				return
			}
		}
	}
}

var cited = regexp.MustCompile(`《[^》]{2,30}》(?:第[一二三四五六七八九十百零]+条)?|(?:刑法|刑诉法|社区矫正法|监狱法)第?[0-9一二三四五六七八九十百]+条|(?:法释|法发|司发通|高检发|司规)〔[0-9]{4}〕[0-9]+号`)

func (c *corpus) citations() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range c.items {
			e := &c.items[i]
			for n, at := range cited.FindAllStringIndex(e.Text, -1) {
				raw := e.Text[at[0]:at[1]]
				if !yield(queries.Row{e.item, int32(n + 1), raw, raw, "", "", int32(0), raw, int32(at[0]), int32(at[1])}) {
					return
				}
			}
		}
	}
}

// terms are the lexicon's words that stand in the text, longest first.
func (c *corpus) terms(text string) []string {
	// Copies differ in a suffix alone.
	text, _, _ = strings.Cut(text, "（第")
	if out, ok := c.known[text]; ok {
		return out
	}
	var out []string
	for _, t := range c.tables.Terms {
		if strings.Contains(text, t.Word) {
			out = append(out, t.Word)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	out = slices.Compact(out)
	c.known[text] = out
	return out
}

func (c *corpus) topic(text string) string {
	best, score := "", 0
	for _, t := range c.tables.Topics {
		n := 0
		for _, seed := range t.Seeds {
			if strings.Contains(text, seed) {
				n++
			}
		}
		if n > score {
			best, score = t.Code, n
		}
	}
	return best
}

func (c *corpus) groupRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, key := range c.keys {
			g := c.groups[key]
			departments, provinces, trainings, people := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
			kinds := map[string]int32{}
			by := make([]int32, 6)
			first, last := g[0].on, g[0].on
			lastTraining := ""
			var all strings.Builder
			for _, e := range g {
				i := slices.Index(feedback.Departments, feedback.Department(e.Department))
				if i < 0 {
					i = 5
				} else {
					departments[e.Department] = true
				}
				by[i]++
				if e.Province != "" {
					provinces[e.Province] = true
				}
				trainings[e.Training], people[e.Unit+e.Name] = true, true
				kinds[e.Kind]++
				if e.on.Before(first) {
					first = e.on
				}
				if e.on.After(last) {
					last = e.on
				}
				lastTraining = max(lastTraining, e.Training)
				all.WriteString(e.Text)
			}
			keywords := c.terms(all.String())
			keywords = keywords[:min(6, len(keywords))]
			if keywords == nil {
				keywords = []string{}
			}
			commonality := min(1, float64(len(departments))/5*0.5+min(1, float64(len(provinces))/10)*0.3+min(1, float64(len(trainings))/4)*0.2)
			topic := c.topic(all.String())
			reason := ""
			if topic != "" {
				reason = "含专题词"
			}
			if !yield(queries.Row{
				key, g[0].item, title(g[0].Text), g[0].item, topic, reason, "程序衔接不畅", "一般", int32(len(g)), int32(0), int32(len(people)),
				int32(len(departments)), int32(len(provinces)), int32(len(trainings)), kinds["问题"], kinds["意见"], kinds["建议"],
				commonality, float64(by[0]) / float64(len(g)), commonality * float64(min(len(g), 20)), first, last, lastTraining, false, len(g) > 1, last, c.o.RunID, c.o.RunID, keywords, by,
			}) {
				return
			}
		}
	}
}

// title is the first sentence, at most 40 characters.
func title(text string) string {
	if i := strings.IndexAny(text, "。？！；"); i > 0 {
		text = text[:i]
	}
	if r := []rune(text); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return text
}

func (c *corpus) members() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, key := range c.keys {
			g := c.groups[key]
			n := map[string]int{}
			for _, e := range g[:min(len(g), 40)] {
				for _, w := range c.terms(e.Text) {
					n[w]++
				}
			}
			for i, e := range g {
				strength := 1 - float64(i)/float64(len(g))*0.8
				level := "高"
				if strength < 0.5 {
					level = "中"
				}
				if strength < 0.3 {
					level = "低"
				}
				var shared [][]any
				for _, w := range c.terms(e.Text) {
					if n[w] > 1 && len(shared) < 6 {
						shared = append(shared, []any{"word", w, float64(n[w])})
					}
				}
				body, _ := json.Marshal(shared)
				if shared == nil {
					body = []byte("[]")
				}
				if !yield(queries.Row{key, e.item, int32(i + 1), strength, level, level == "低", false, string(body)}) {
					return
				}
			}
		}
	}
}

func (c *corpus) counts() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, key := range c.keys {
			n := map[[2]string]int32{}
			for _, e := range c.groups[key] {
				n[[2]string{"department", e.Department}]++
				n[[2]string{"province", e.Province}]++
				n[[2]string{"training", e.Training}]++
			}
			for _, k := range slices.SortedFunc(maps.Keys(n), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
				if !yield(queries.Row{key, k[0], k[1], n[k]}) {
					return
				}
			}
		}
	}
}

func (c *corpus) groupNeighbors() iter.Seq[queries.Row] {
	var big []string
	for _, k := range c.keys {
		if len(c.groups[k]) > 1 {
			big = append(big, k)
		}
	}
	return func(yield func(queries.Row) bool) {
		for i, key := range big {
			for rank := 1; rank <= 3 && rank < len(big); rank++ {
				if !yield(queries.Row{key, big[(i+rank)%len(big)], int32(rank), 0.6 - float64(rank)/10, rank == 1 && i%9 == 0}) {
					return
				}
			}
		}
	}
}

func (c *corpus) itemNeighbors() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		number := make(map[string]int32, len(c.items))
		for i := range c.items {
			number[c.items[i].ID] = int32(i)
		}
		for _, key := range c.keys {
			g := c.groups[key]
			for i, e := range g {
				for rank := 1; rank <= 5 && rank < len(g); rank++ {
					if !yield(queries.Row{number[e.item], number[g[(i+rank)%len(g)].item], int32(rank), 0.9 - float32(rank)/10}) {
						return
					}
				}
			}
		}
	}
}

func (c *corpus) lineage() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i, key := range c.keys {
			if !yield(queries.Row{int64(i + 1), c.o.RunID, c.now, "形成", key, "", int32(len(c.groups[key])), fmt.Sprintf("由%d条反馈形成", len(c.groups[key])), int64(0)}) {
				return
			}
		}
	}
}

func (c *corpus) index(b *queries.Build) error {
	type hit struct{ word, item int32 }
	at := map[string]int32{}
	var words []string
	var count []int32
	var hits []hit
	for i := range c.items {
		for _, w := range c.terms(c.items[i].Text) {
			id, ok := at[w]
			if !ok {
				id = int32(len(words))
				at[w] = id
				words, count = append(words, w), append(count, 0)
			}
			count[id]++
			hits = append(hits, hit{id, int32(i)})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.word, b.word), cmp.Compare(a.item, b.item)) })
	if _, err := b.Append("word", func(yield func(queries.Row) bool) {
		for i, w := range words {
			if !yield(queries.Row{int32(i), w, count[i]}) {
				return
			}
		}
	}); err != nil {
		return err
	}
	_, err := b.Append("posting", func(yield func(queries.Row) bool) {
		for _, h := range hits {
			if !yield(queries.Row{h.word, h.item}) {
				return
			}
		}
	})
	return err
}
