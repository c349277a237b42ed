package corpustest

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// Large is a data folder of the size the workbench is measured at: a corpus
// whose sentences are those of fixtures/source, put together anew with the
// skew such material has, and a review file in which people have confirmed
// many of its groups.
//
// Sizes of groups are lognormal (median 13 for issues, with ten giants),
// provinces, offences, statutes and subjects follow Zipf's law, later
// trainings bring more than early ones, and half of the items stand alone.
type Large struct {
	Items     int // zero means 1,000,000
	Issues    int // confirmed; zero means a fiftieth of the items
	Suggested int // groups nobody has confirmed; zero means one and a half times the issues
	RunID     string
	Seed      uint64
	// Words cuts a text into words as the night does; it is asked once for
	// each different clause.
	Words func(text string) []string
}

const day = 24 * time.Hour

// clause is a piece of text of which items are made.
type clause struct {
	text   string
	words  []int32
	shared string // JSON, as member.shared has it
	cites  *cite
}

type cite struct{ norm, label, id, version string }

// said is an item before it is written.
type said struct {
	id          string
	training    int16
	province    int16
	department  int8
	kind        int8
	on          int32 // days since the first training
	contributor int32
	group       int32
	endorses    int32 // the item repeated, by its number before sorting; -1 for none
	serial      int32
	clauses     [5]int32
}

type bunch struct {
	key      string
	subject  int
	members  []int32
	issue    int // its number, 0 when not confirmed
	standing bool
}

type large struct {
	Large
	tables    *lexicon.Tables
	r         *rand.Rand
	now       time.Time
	trainings []string
	starts    []time.Time
	provinces []string
	clauses   []clause
	places    []int32 // clauses that say where and in what case
	norms     []int32 // clauses that cite
	subjects  [][]int32
	words     []string
	wordAt    map[string]int32
	items     []said
	groups    []bunch
}

// PublishLarge builds the folder's corpus and review file. analysts are the
// accounts issues are confirmed by and assigned to; they exist already.
func PublishLarge(ctx context.Context, dataDir string, o Large, analysts []int) error {
	o.Items = cmp.Or(o.Items, 1_000_000)
	o.Issues = cmp.Or(o.Issues, o.Items/50)
	o.Suggested = cmp.Or(o.Suggested, o.Issues*3/2)
	o.RunID = cmp.Or(o.RunID, "20260101T000000")
	folder := queries.Folder(dataDir)
	if err := folder.Make(); err != nil {
		return err
	}
	entries, _, err := read(filepath.Join(Root(), "fixtures", "source"))
	if err != nil {
		return err
	}
	tables, err := lexicon.Load("")
	if err != nil {
		return err
	}
	l := &large{
		Large: o, tables: tables, r: rand.New(rand.NewPCG(o.Seed, 11)), now: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC), wordAt: map[string]int32{},
	}
	l.speak(entries)
	l.gather()
	b, err := queries.NewBuild(ctx, folder.Corpus(o.RunID), "", queries.Limits{})
	if err != nil {
		return err
	}
	if err := l.append(b); err != nil {
		return errors.Join(err, b.Discard())
	}
	if err := b.Finish(ctx); err != nil {
		return err
	}
	if err := l.review(ctx, folder.Review(), analysts); err != nil {
		return err
	}
	return folder.Publish(o.RunID)
}

// zipf draws 0..n-1, the first far more often than the last.
func (l *large) zipf(n int) int {
	// Inverse of the integral of 1/(x+2): close to Zipf, and cheap.
	x := math.Exp(l.r.Float64()*math.Log(float64(n+2)/2)) * 2
	return min(n-1, int(x)-2)
}

func (l *large) clause(text string, words []string, c *cite) int32 {
	var own []int32
	var shared [][]any
	for _, w := range words {
		id, ok := l.wordAt[w]
		if !ok {
			id = int32(len(l.words))
			l.wordAt[w] = id
			l.words = append(l.words, w)
		}
		own = append(own, id)
		if len([]rune(w)) > 1 && len(shared) < 6 {
			shared = append(shared, []any{"词", w, math.Round(l.r.Float64()*3000) / 1000})
		}
	}
	slices.Sort(own)
	body := []byte("[]")
	if shared != nil {
		body, _ = json.Marshal(shared)
	}
	l.clauses = append(l.clauses, clause{text, slices.Compact(own), string(body), c})
	return int32(len(l.clauses) - 1)
}

// speak cuts the fixtures into clauses and makes those that say where, in
// which case, and under which article.
func (l *large) speak(entries []entry) {
	cut := l.Words
	if cut == nil {
		c := &corpus{known: map[string][]string{}, tables: l.tables}
		cut = c.terms
	}
	at := map[string]int{}
	for _, e := range entries {
		if e.Province != "" && !slices.Contains(l.provinces, e.Province) {
			l.provinces = append(l.provinces, e.Province)
		}
		subject := cmp.Or(e.Issue, e.ID)
		i, ok := at[subject]
		if !ok {
			i = len(l.subjects)
			at[subject] = i
			l.subjects = append(l.subjects, nil)
		}
		for _, s := range strings.FieldsFunc(e.Text, func(r rune) bool { return r == '。' || r == '？' || r == '；' }) {
			if s = strings.TrimSpace(s); len(s) > 12 {
				s += "。"
				l.subjects[i] = append(l.subjects[i], l.clause(s, cut(s), nil))
			}
		}
	}
	l.subjects = slices.DeleteFunc(l.subjects, func(s []int32) bool { return len(s) == 0 })
	// Subjects with much to say first: Zipf makes them common.
	slices.SortStableFunc(l.subjects, func(a, b []int32) int { return len(b) - len(a) })
	slices.Sort(l.provinces)
	for _, p := range l.provinces {
		for _, offence := range []string{
			"盗窃", "危险驾驶", "诈骗", "故意伤害", "贩卖毒品", "受贿", "寻衅滋事", "交通肇事", "抢劫", "强奸", "贪污", "非法吸收公众存款", "开设赌场", "帮助信息网络犯罪活动", "故意杀人",
		} {
			s := "在" + p + "办理的" + offence + "案中，"
			l.places = append(l.places, l.clause(s, cut(s), nil))
		}
	}
	for _, s := range l.tables.Statutes {
		if s.Articles == 0 || len(l.norms) > 600 {
			continue
		}
		name := s.Title
		if len(s.Aliases) > 0 {
			name = s.Aliases[0]
		}
		for _, article := range l.r.Perm(s.Articles)[:min(40, s.Articles)] {
			label := name + "第" + han(article+1) + "条"
			version := s.Year[:min(4, len(s.Year))]
			text := "按照《" + name + "》第" + han(article+1) + "条，"
			l.norms = append(l.norms, l.clause(text, append(cut(text), label), &cite{fmt.Sprintf("%s@%s#%d", s.ID, version, article+1), label, s.ID, version}))
		}
	}
	for year := 2007; year <= 2026; year++ {
		for half := 1; half <= 2; half++ {
			l.trainings = append(l.trainings, fmt.Sprintf("%d-%d", year, half))
			l.starts = append(l.starts, time.Date(year, time.Month(half*5-1), 12, 0, 0, 0, 0, time.UTC))
		}
	}
}

// han writes 1 to 999 as statutes do.
func han(n int) string {
	digits := []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	out := ""
	if n >= 100 {
		out = digits[n/100] + "百"
		if n%100 != 0 && n%100 < 10 {
			out += "零"
		}
	}
	if t := n / 10 % 10; t > 1 || (t == 1 && n > 100) {
		out += digits[t] + "十"
	} else if t == 1 {
		out += "十"
	}
	if n%10 > 0 {
		out += digits[n%10]
	}
	return out
}

// gather makes the groups and what is said in each.
func (l *large) gather() {
	l.items = make([]said, 0, l.Items)
	size := func(mean, spread float64, least, most int) int {
		return min(most, max(least, int(math.Exp(mean+spread*l.r.NormFloat64()))))
	}
	for i := range l.Issues {
		n := size(2.6, 0.85, 3, 800)
		if i < 10 && l.Items > 100_000 {
			n = 1000 + l.r.IntN(1000)
		}
		if !l.group(n, i+1) {
			break
		}
	}
	for range l.Suggested {
		if !l.group(size(1.2, 0.6, 2, 60), 0) {
			break
		}
	}
	for len(l.items) < l.Items {
		l.group(1, 0)
	}
	// Items stand in the order of their IDs; groups in that of their keys.
	order := make([]int32, len(l.items))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(l.items[a].id, l.items[b].id) })
	to := make([]int32, len(order))
	sorted := make([]said, len(order))
	for now, was := range order {
		to[was] = int32(now)
		sorted[now] = l.items[was]
	}
	l.items = sorted
	for i := range l.items {
		if e := &l.items[i]; e.endorses >= 0 {
			e.endorses = to[e.endorses]
		}
	}
	for g := range l.groups {
		b := &l.groups[g]
		for i, m := range b.members {
			b.members[i] = to[m]
		}
		b.key = feedback.GroupKey(l.items[b.members[0]].id, 0)
	}
	slices.SortFunc(l.groups, func(a, b bunch) int { return strings.Compare(a.key, b.key) })
	for g := range l.groups {
		for _, m := range l.groups[g].members {
			l.items[m].group = int32(g)
		}
	}
}

func (l *large) group(n, issue int) bool {
	if len(l.items)+n > l.Items {
		return false
	}
	b := bunch{subject: l.zipf(len(l.subjects)), issue: issue, standing: n > 1}
	pool := l.subjects[b.subject]
	// A group has a matter of its own: one clause of its subject in most of its
	// items, the departments that meet it, and a training in which it began.
	matter := pool[l.r.IntN(len(pool))]
	speakers := l.r.Perm(5)[:1+l.r.IntN(5)]
	began := l.r.IntN(len(l.trainings))
	if n == 1 {
		began = len(l.trainings) - 1 - l.zipf(len(l.trainings))
	}
	for i := range n {
		s := said{
			province: int16(l.zipf(len(l.provinces))), department: int8(speakers[l.zipf(len(speakers))]), kind: int8(l.zipf(3)), contributor: int32(l.zipf(200_000)),
			endorses: -1, serial: int32(len(l.items)), clauses: [5]int32{-1, -1, -1, -1, -1},
		}
		s.training = int16(began + l.r.IntN(len(l.trainings)-began))
		s.on = int32(l.starts[s.training].Sub(l.starts[0])/day) + int32(l.r.IntN(4))
		if i > 0 && l.r.IntN(25) == 0 {
			first := b.members[l.r.IntN(len(b.members))]
			s.endorses, s.clauses = first, l.items[first].clauses
		} else {
			at := 0
			add := func(c int32) { s.clauses[at] = c; at++ }
			add(l.places[l.zipf(len(l.places))])
			if l.r.IntN(6) == 0 {
				add(l.norms[l.zipf(len(l.norms))])
			}
			if l.r.IntN(5) > 0 {
				add(matter)
			}
			add(pool[l.r.IntN(len(pool))])
			if l.r.IntN(3) == 0 {
				other := l.subjects[l.zipf(len(l.subjects))]
				add(other[l.r.IntN(len(other))])
			}
		}
		s.id = feedback.ItemID(l.trainings[s.training], "", fmt.Sprint(s.serial), 0)
		b.members = append(b.members, s.serial)
		l.items = append(l.items, s)
	}
	l.groups = append(l.groups, b)
	return true
}

func (l *large) text(s *said) string {
	var b strings.Builder
	for _, c := range s.clauses {
		if c >= 0 {
			b.WriteString(l.clauses[c].text)
		}
	}
	if s.endorses < 0 {
		fmt.Fprintf(&b, "（涉及%d人）", 1+s.serial%97)
	}
	return b.String()
}

func (l *large) day(n int32) time.Time { return l.starts[0].Add(time.Duration(n) * day) }

func (l *large) department(s *said) string { return string(feedback.Departments[s.department]) }

func (l *large) kind(s *said) string { return string(feedback.Kinds[s.kind]) }

func (l *large) file(s *said) (sha, name string) {
	n := int(s.training)*100 + int(s.serial)%100
	return fmt.Sprintf("%064x", n+1), fmt.Sprintf("%s 意见征集表%02d.xlsx", l.trainings[s.training], n%100)
}

func (l *large) append(b *queries.Build) error {
	small := &corpus{o: Options{RunID: l.RunID}, tables: l.tables, now: l.now}
	for _, t := range []struct {
		table string
		rows  iter.Seq[queries.Row]
	}{
		{"run", l.run()},
		{"training", l.trainingRows()},
		{"department", small.departments()},
		{"topic", small.topics()},
		{"source_file", l.files()},
		{"item", l.itemRows()},
		{"sighting", l.sightings()},
		{"reject", l.rejects()},
		{"citation", l.citations()},
		{"issue_group", l.groupRows()},
		{"member", l.members()},
		{"group_count", l.counts()},
		{"group_neighbor", l.groupNeighbors()},
		{"item_neighbor", l.itemNeighbors()},
		{"suggestion", l.suggestions()},
		{"lineage", l.lineage()},
		{"conflict", l.conflicts()},
	} {
		if _, err := b.Append(t.table, t.rows); err != nil {
			return err
		}
	}
	return l.index(b)
}

func (l *large) run() iter.Seq[queries.Row] {
	return list(queries.Row{
		l.RunID, l.now.Add(-time.Hour), l.now, "test", l.tables.Hash(), "{}", "20251231T000000", int64(l.Issues),
		int64(len(l.items)), int64(len(l.groups)), l.starts[len(l.starts)-1].Add(3 * day),
	})
}

func (l *large) trainingRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i, id := range l.trainings {
			if !yield(queries.Row{id, id + " 刑罚执行同堂培训", "刑罚执行", string(feedback.Departments[i%5]), l.starts[i], l.starts[i].Add(4 * day), l.provinces[i%len(l.provinces)]}) {
				return
			}
		}
	}
}

func (l *large) files() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for n := range len(l.trainings) * 100 {
			s := said{training: int16(n / 100), serial: int32(n % 100)}
			sha, name := l.file(&s)
			if !yield(queries.Row{sha, name, l.trainings[s.training], "xlsx", "utf-8", int64(90_000), l.RunID, "已接收", int64(260), int64(250), int64(5), int64(5), `{"姓名":3}`, "{}"}) {
				return
			}
		}
	}
}

func (l *large) rejects() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for n := range len(l.items) / 50 {
			s := said{training: int16(n % len(l.trainings)), serial: int32(n)}
			sha, name := l.file(&s)
			if !yield(queries.Row{sha, name, "Sheet1", int32(n%250 + 2), "问题", int32(1), string(feedback.RejectEmpty), "本行无需处理；如确有内容，请补充后重新提交。", "无", l.RunID}) {
				return
			}
		}
	}
}

func (l *large) itemRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range l.items {
			s := &l.items[i]
			endorses := ""
			if s.endorses >= 0 {
				endorses = l.items[s.endorses].id
			}
			if !yield(queries.Row{
				s.id, l.trainings[s.training], l.department(s), l.provinces[s.province], l.provinces[s.province] + "某单位", fmt.Sprintf("c%07d", s.contributor), l.kind(s),
				"案例研讨", l.day(s.on), "", l.text(s), "", "", "", "zh", endorses, "", l.RunID,
			}) {
				return
			}
		}
	}
}

func (l *large) sightings() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range l.items {
			s := &l.items[i]
			sha, name := l.file(s)
			for n := range 1 + min(1, s.serial%11/10) {
				if !yield(queries.Row{s.id, n + 1, sha, name, "Sheet1", s.serial%250 + 2 + n, l.kind(s), int32(1)}) {
					return
				}
			}
		}
	}
}

func (l *large) citations() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range l.items {
			n := int32(0)
			for _, c := range l.items[i].clauses {
				if c < 0 || l.clauses[c].cites == nil {
					continue
				}
				to := l.clauses[c].cites
				n++
				if !yield(queries.Row{l.items[i].id, n, to.norm, to.label, to.id, to.version, int32(0), to.label, int32(0), int32(len(to.label))}) {
					return
				}
			}
		}
	}
}

// voices counts what a group's members are.
type voices struct {
	by                              [6]int32
	kinds                           [3]int32
	provinces, trainings            map[int16]int32
	contributors                    map[int32]bool
	departments, endorsed, recently int32
	first, last                     int32
}

func (l *large) voices(b *bunch) voices {
	v := voices{provinces: map[int16]int32{}, trainings: map[int16]int32{}, contributors: map[int32]bool{}, first: math.MaxInt32}
	for _, m := range b.members {
		s := &l.items[m]
		v.by[s.department]++
		v.kinds[s.kind]++
		v.provinces[s.province]++
		v.trainings[s.training]++
		v.contributors[s.contributor] = true
		if s.endorses >= 0 {
			v.endorsed++
		}
		if int(s.training) >= len(l.trainings)-2 {
			v.recently++
		}
		v.first, v.last = min(v.first, s.on), max(v.last, s.on)
	}
	for _, n := range v.by[:5] {
		if n > 0 {
			v.departments++
		}
	}
	return v
}

func (l *large) groupRows() iter.Seq[queries.Row] {
	small := &corpus{tables: l.tables}
	topics := map[int]string{}
	return func(yield func(queries.Row) bool) {
		for g := range l.groups {
			b := &l.groups[g]
			v := l.voices(b)
			founder := &l.items[b.members[0]]
			topic, ok := topics[b.subject]
			if !ok {
				var all strings.Builder
				for _, c := range l.subjects[b.subject] {
					all.WriteString(l.clauses[c].text)
				}
				topic = small.topic(all.String())
				topics[b.subject] = topic
			}
			reason, keywords := "", []string{}
			if topic != "" {
				reason = "含专题词"
			}
			said := l.clauses[founder.clauses[max(0, slices.Index(founder.clauses[:], -1)-1)%5]]
			if b.standing {
				for _, w := range said.words {
					if word := l.words[w]; len([]rune(word)) > 1 && len(keywords) < 8 {
						keywords = append(keywords, word)
					}
				}
			}
			common := min(1, float64(v.departments)/5*0.5+min(1, float64(len(v.provinces))/10)*0.3+min(1, float64(len(v.trainings))/4)*0.2)
			born := l.RunID
			if g%5 > 0 {
				born = "20251231T000000"
			}
			changed := born
			if g%3 == 0 {
				changed = l.RunID
			}
			if !yield(queries.Row{
				b.key, founder.id, title(l.provinces[founder.province] + "等地：" + said.text), founder.id, topic, reason, "程序衔接不畅", "一般",
				int32(len(b.members)), v.endorsed, int32(len(v.contributors)), v.departments, int32(len(v.provinces)), int32(len(v.trainings)), v.kinds[0], v.kinds[1], v.kinds[2],
				common, float64(v.recently) / float64(len(b.members)), common * 100 * math.Log2(1+float64(len(b.members))), l.day(v.first), l.day(v.last), l.trainings[len(l.trainings)-1],
				g%50 == 0, b.standing, l.day(v.last), born, changed, keywords, v.by[:],
			}) {
				return
			}
		}
	}
}

func (l *large) members() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for g := range l.groups {
			b := &l.groups[g]
			for rank, m := range b.members {
				strength, level := 1-float64(rank)/float64(len(b.members))*0.8, "高"
				if strength < 0.5 {
					level = "中"
				}
				if strength < 0.3 {
					level = "低"
				}
				shared := "[]"
				if c := l.items[m].clauses[1]; b.standing && c >= 0 {
					shared = l.clauses[c].shared
				}
				if !yield(queries.Row{b.key, l.items[m].id, int32(rank + 1), strength, level, level == "低", b.issue > 0, shared}) {
					return
				}
			}
		}
	}
}

func (l *large) counts() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for g := range l.groups {
			b := &l.groups[g]
			v := l.voices(b)
			for i, n := range v.by[:5] {
				if n > 0 && !yield(queries.Row{b.key, "department", string(feedback.Departments[i]), n}) {
					return
				}
			}
			for _, p := range slices.Sorted(maps.Keys(v.provinces)) {
				if !yield(queries.Row{b.key, "province", l.provinces[p], v.provinces[p]}) {
					return
				}
			}
			for _, t := range slices.Sorted(maps.Keys(v.trainings)) {
				if !yield(queries.Row{b.key, "training", l.trainings[t], v.trainings[t]}) {
					return
				}
			}
		}
	}
}

// standing lists the groups that are no single items.
func (l *large) standing() []int {
	var out []int
	for g := range l.groups {
		if l.groups[g].standing {
			out = append(out, g)
		}
	}
	return out
}

func (l *large) groupNeighbors() iter.Seq[queries.Row] {
	all := l.standing()
	return func(yield func(queries.Row) bool) {
		for i, g := range all {
			for rank := 1; rank <= 8 && rank < len(all); rank++ {
				other := all[(i+rank*rank*7)%len(all)]
				if other != g && !yield(queries.Row{l.groups[g].key, l.groups[other].key, int32(rank), 0.8 - float64(rank)/12, rank == 1 && i%40 == 0}) {
					return
				}
			}
		}
	}
}

func (l *large) itemNeighbors() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range l.items {
			group := l.groups[l.items[i].group].members
			for rank := 1; rank <= 5; rank++ {
				other := (i + rank*rank*31) % len(l.items)
				if len(group) > 5 {
					other = int(group[(slices.Index(group[:min(len(group), 50)], int32(i))+1+rank)%len(group)])
				}
				if other != i && !yield(queries.Row{int32(i), int32(other), int32(rank), 0.9 - float32(rank)/10}) {
					return
				}
			}
		}
	}
}

func (l *large) suggestions() iter.Seq[queries.Row] {
	var issues []int
	for g := range l.groups {
		if l.groups[g].issue > 0 {
			issues = append(issues, g)
		}
	}
	return func(yield func(queries.Row) bool) {
		for i := range l.items {
			if l.groups[l.items[i].group].standing || i%4 > 0 || len(issues) == 0 {
				continue
			}
			if !yield(queries.Row{l.items[i].id, l.groups[issues[i%len(issues)]].key, int32(1), 0.3 + float64(i%50)/100}) {
				return
			}
		}
	}
}

func (l *large) lineage() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		n := int64(0)
		for _, g := range l.standing() {
			b := &l.groups[g]
			n++
			run, at := "20251231T000000", l.now.AddDate(-1, 0, 0)
			if g%5 == 0 {
				run, at = l.RunID, l.now
			}
			if !yield(queries.Row{n, run, at, "形成", b.key, "", int32(len(b.members)), fmt.Sprintf("由%d条反馈形成", len(b.members)), int64(0)}) {
				return
			}
			for k := range min(5, len(b.members)/8) {
				n++
				run, at := fmt.Sprintf("2026%02d01T000000", k+1), l.now.AddDate(0, k-8, 0)
				if k == 0 && g%3 == 0 {
					run, at = l.RunID, l.now
				}
				if !yield(queries.Row{n, run, at, "增长", b.key, "", int32(3), "新增3条", int64(0)}) {
					return
				}
			}
		}
	}
}

func (l *large) conflicts() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i, g := range l.standing() {
			if b := &l.groups[g]; i%200 == 0 && b.issue > 0 && !yield(queries.Row{b.key, "", l.items[b.members[0]].id, "成员存疑", "新材料与既有归入不一致", int64(b.issue)}) {
				return
			}
		}
	}
}

func (l *large) index(b *queries.Build) error {
	of := func(s *said) []int32 {
		var own []int32
		for _, c := range s.clauses {
			if c >= 0 {
				own = append(own, l.clauses[c].words...)
			}
		}
		slices.Sort(own)
		return slices.Compact(own)
	}
	at := make([]int64, len(l.words)+1)
	for i := range l.items {
		for _, w := range of(&l.items[i]) {
			at[w+1]++
		}
	}
	if _, err := b.Append("word", func(yield func(queries.Row) bool) {
		for i, w := range l.words {
			if !yield(queries.Row{int32(i), w, int32(at[i+1])}) {
				return
			}
		}
	}); err != nil {
		return err
	}
	for i := range l.words {
		at[i+1] += at[i]
	}
	hits, next := make([]int32, at[len(l.words)]), slices.Clone(at)
	for i := range l.items {
		for _, w := range of(&l.items[i]) {
			hits[next[w]] = int32(i)
			next[w]++
		}
	}
	_, err := b.Append("posting", func(yield func(queries.Row) bool) {
		for w := range l.words {
			for _, i := range hits[at[w]:at[w+1]] {
				if !yield(queries.Row{int32(w), i}) {
					return
				}
			}
		}
	})
	return err
}

// review writes what people decided: the confirmations, in the order of the
// issues' numbers, and what was added to each since.
func (l *large) review(ctx context.Context, path string, analysts []int) error {
	db, err := sql.Open("duckdb", path)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	byNo := make([]*bunch, l.Issues+1)
	for g := range l.groups {
		byNo[l.groups[g].issue] = &l.groups[g]
	}
	numbered := byNo[1:]
	if i := slices.Index(numbered, nil); i >= 0 {
		numbered = numbered[:i]
	}
	who := func(n int) int32 { return int32(analysts[n%len(analysts)]) }
	when := func(n int) time.Time { return l.now.AddDate(0, -10, 0).Add(time.Duration(n) * 15 * time.Minute) }
	status := func(no int) string { return feedback.Statuses[1+no*7%10*(len(feedback.Statuses)-1)/10] }
	tables := []struct {
		name string
		rows func(no int, b *bunch) []queries.Row
	}{
		{"issue", func(no int, b *bunch) []queries.Row {
			founder := &l.items[b.members[0]]
			outcome := ""
			if status(no) == "已反馈" {
				outcome = "采纳"
			}
			return []queries.Row{{
				int32(no), b.key, title(l.provinces[founder.province] + "等地：" + l.clauses[max(founder.clauses[1], 0)].text), "各部门反映，" + l.text(founder), status(no), outcome, "",
				no%60 == 0, int32(0), int32(3), who(no), when(no), when(no + 40),
			}}
		}},
		{"decision", func(no int, b *bunch) []queries.Row {
			ids := make([]string, len(b.members))
			for i, m := range b.members {
				ids[i] = l.items[m].id
			}
			slices.Sort(ids)
			return []queries.Row{{int64(no), when(no), who(no), string(feedback.DecideConfirm), b.key, "", int32(no), ids, map[string]any{}, int64(0)}}
		}},
		{"revision", func(no int, b *bunch) []queries.Row {
			return []queries.Row{
				{int32(no), int32(1), when(no), who(no), "confirm", "", "确认"},
				{int32(no), int32(2), when(no + 20), who(no + 1), "statement", "", "各部门反映"},
				{int32(no), int32(3), when(no + 40), who(no + 1), "status", "研判中", status(no)},
			}
		}},
		{"assignment", func(no int, b *bunch) []queries.Row {
			if no%4 == 0 {
				return nil
			}
			return []queries.Row{{int32(no), who(no), who(no + 3), l.now.AddDate(0, 0, no%120-40), when(no)}}
		}},
		{"note", func(no int, b *bunch) []queries.Row {
			var out []queries.Row
			for k := range no % 4 {
				out = append(out, queries.Row{int32(no*4 + k), int32(no), who(no + k), fmt.Sprintf("第%d条研判意见：建议与相邻问题一并研究。", k+1), []int32{}, when(no + k)})
			}
			return out
		}},
		{"candidate", func(no int, b *bunch) []queries.Row {
			if no%10 > 0 {
				return nil
			}
			return []queries.Row{{int32(no), int32(no), feedback.Directions[no/10%len(feedback.Directions)], "多地反映，影响面较大", "待复核", who(no), map[string]any{}, int32(1), when(no), when(no)}}
		}},
	}
	for _, t := range tables {
		if err := conn.Raw(func(dc any) error {
			app, err := duckdb.NewAppenderFromConn(dc.(driver.Conn), "", t.name)
			if err != nil {
				return err
			}
			for i, b := range numbered {
				for _, row := range t.rows(i+1, b) {
					if err := app.AppendRow(row...); err != nil {
						return errors.Join(err, app.Close())
					}
				}
			}
			return app.Close()
		}); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return nil
}
