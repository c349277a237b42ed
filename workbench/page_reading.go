package workbench

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/analysis"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// ReadingsPage lists the studies of two readers (双人研读).
type ReadingsPage struct {
	List   []queries.Reading
	Me     int
	MayAct bool
}

func readingsPage(rq *request) error {
	list, err := rq.w.store.Readings(rq.ctx())
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "readings", "双人研读", ReadingsPage{List: list, Me: rq.Me.ID, MayAct: rq.may(decide)})
}

// ReadingNewPage is the form that puts items to two readers.
type ReadingNewPage struct {
	Source   string // where the items come from, in words
	Items    int
	Options  []queries.ReadingGroup // offered for every item; empty when each gets its own
	Draw     url.Values             // how the items are found: the form carries it back
	Sample   bool
	N        int
	Seed     int64
	Border   bool
	Dept     string
	Readers  []queries.Account
	Problem  string
	Title    string
	Question string
	Also     string
	First    int
	Second   int
	AskKind  bool
}

// drawn are the items that a study's address asks for.
type drawn struct {
	items   []string
	options []string
	source  string
	title   string
}

const (
	sampleDefault = 40
	sampleMost    = 500
	nearOptions   = 3 // neighbours offered beside a group
)

// draw finds the items of a study: the members of a group, the result of a
// search, or a random sample of the machine's memberships.
func (rq *request) draw(q url.Values) (drawn, error) {
	var d drawn
	switch {
	case q.Get("group") != "":
		g, err := rq.w.store.Group(rq.ctx(), q.Get("group"))
		if err != nil {
			return d, err
		}
		for _, m := range g.Members {
			d.items = append(d.items, m.ID)
		}
		d.options = []string{g.Key}
		for _, n := range g.Neighbors {
			if len(d.options) <= nearOptions && (n.State == queries.StateIssue || n.State == queries.StateSuggested) {
				d.options = append(d.options, n.Key)
			}
		}
		d.title, d.source = g.Title, "《"+g.Title+"》"
		if g.IssueNo != 0 {
			d.source = fmt.Sprintf("第%d号", g.IssueNo) + d.source
		}
	case q.Get("from") == "search":
		found, err := rq.w.store.Search(rq.ctx(), queries.Query{
			Text: q.Get("q"), Department: q.Get("department"), Province: q.Get("province"), Training: q.Get("training"), Kind: q.Get("kind"), Topic: q.Get("topic"), Limit: sampleMost,
		})
		if err != nil {
			return d, err
		}
		for _, m := range found.Items {
			d.items = append(d.items, m.ID)
		}
		d.title = q.Get("q")
		d.source = "检索"
		for _, name := range []string{"q", "department", "province", "training", "kind", "topic"} {
			if v := q.Get(name); v != "" {
				d.source += " " + v
			}
		}
	default:
		n, seed := sampleSize(q), sampleSeed(q)
		items, err := rq.w.store.SampleMemberships(rq.ctx(), n, seed, q.Get("borderline") == "1", department(q.Get("department")))
		if err != nil {
			return d, err
		}
		d.items = items
		d.source = fmt.Sprintf("机器归属随机抽样 %d 条，种子 %d", len(items), seed)
		if q.Get("borderline") == "1" {
			d.source += "，只抽归属不稳的"
		}
		if dept := department(q.Get("department")); dept != "" {
			d.source += "，" + feedback.Department(dept).Name()
		}
	}
	return d, nil
}

func department(code string) string {
	if slices.Contains(feedback.Departments, feedback.Department(code)) {
		return code
	}
	return ""
}

func sampleSize(q url.Values) int {
	n, err := strconv.Atoi(q.Get("n"))
	if err != nil || n < 1 {
		return sampleDefault
	}
	return min(n, sampleMost)
}

// sampleSeed is the seed asked for; today's date when none is, so that it can
// be read off and typed again.
func sampleSeed(q url.Values) int64 {
	if seed, err := strconv.ParseInt(q.Get("seed"), 10, 64); err == nil {
		return seed
	}
	seed, _ := strconv.ParseInt(time.Now().Format("20060102"), 10, 64)
	return seed
}

// drawNames are the parameters that say how a study's items are found.
var drawNames = []string{"group", "from", "q", "department", "province", "training", "kind", "topic", "n", "seed", "borderline"}

func newReading(rq *request) error {
	return rq.readingForm(http.StatusOK, ReadingNewPage{Draw: rq.c.Request.URL.Query()})
}

func (rq *request) readingForm(status int, p ReadingNewPage) error {
	asked := p.Draw
	p.Draw = url.Values{}
	for _, name := range drawNames {
		if v := asked.Get(name); v != "" {
			p.Draw.Set(name, v)
		}
	}
	d, err := rq.draw(p.Draw)
	if err != nil {
		return err
	}
	p.Source, p.Items = d.source, len(d.items)
	if p.Title == "" && d.title != "" {
		p.Title = clipped(d.title, 40)
	}
	p.Sample = p.Draw.Get("group") == "" && p.Draw.Get("from") == ""
	p.N, p.Seed, p.Border, p.Dept = sampleSize(p.Draw), sampleSeed(p.Draw), p.Draw.Get("borderline") == "1", department(p.Draw.Get("department"))
	p.Draw.Set("seed", strconv.FormatInt(p.Seed, 10))
	if p.Sample && p.Title == "" {
		p.Title = rq.t("随机抽样研读")
	}
	if len(d.options) > 0 {
		groups, err := rq.w.store.ReadingGroups(rq.ctx(), d.options, d.items)
		if err != nil {
			return err
		}
		for _, k := range d.options {
			p.Options = append(p.Options, groups[k])
		}
	}
	accounts, err := rq.w.store.Accounts(rq.ctx())
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Active && (a.Role == queries.Analyst || a.Role == queries.Reviewer) {
			p.Readers = append(p.Readers, a)
		}
	}
	return rq.show(status, "reading_new", "发起双人研读", p)
}

func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

var number = regexp.MustCompile(`[0-9]+`)

func openReading(rq *request) error {
	p := ReadingNewPage{
		Draw: rq.c.Request.PostForm, Title: rq.form("title"), Question: rq.form("question"), Also: rq.form("also"),
		First: rq.number(rq.form("first")), Second: rq.number(rq.form("second")), AskKind: rq.form("ask_kind") == "1",
	}
	d, err := rq.draw(p.Draw)
	if err != nil {
		return err
	}
	n := queries.NewReading{
		Title: p.Title, Question: p.Question, Source: d.source, Items: d.items, Options: d.options, Readers: [2]int{p.First, p.Second}, AskKind: p.AskKind, Seed: sampleSeed(p.Draw),
	}
	for _, no := range number.FindAllString(p.Also, 8) {
		n.Also = append(n.Also, rq.number(no))
	}
	err = rq.mayReadAll(n.Items, n.Readers)
	var id int
	if err == nil {
		id, err = rq.w.store.OpenReading(rq.ctx(), rq.Me.ID, n)
	}
	if isRefusal(err) {
		p.Problem = rq.say(err)
		return rq.readingForm(http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("已交两位研读人员，各自作答，互不可见。"), 0)
	return rq.redirect("/readings/" + strconv.Itoa(id))
}

// mayReadAll refuses a study whose readers may not read all its originals.
func (rq *request) mayReadAll(items []string, readers [2]int) error {
	if !rq.w.opts.OwnDepartmentOnly {
		return nil
	}
	texts, err := rq.w.store.ReadingTexts(rq.ctx(), items)
	if err != nil {
		return err
	}
	for _, id := range readers {
		a, err := rq.w.store.Account(rq.ctx(), id)
		if err != nil {
			return err
		}
		for _, m := range texts {
			if !review.allows(a.Role) && m.Department != a.Department {
				return &queries.Refusal{
					Zh: "本单位设定原文只在提出部门内公开，" + a.Name + " 不能阅读其中其他部门的条目：请改由复核人员研读，或只选该部门的条目。",
					En: "Originals are open to their own department only, and " + a.Name + " may not read some of these items: choose reviewers as readers, or items of that department.",
				}
			}
		}
	}
	return nil
}

// Choice is an answer offered, with the key that gives it.
type Choice struct {
	Value    string
	Label    string
	IssueNo  int
	Examples []string
	Key      string // "1" to "9"
	Given    bool
}

// ReadPage is one item as a reader answers it.
type ReadPage struct {
	queries.Reading
	At      int // from 1
	ItemID  string
	Item    queries.Member
	Gone    bool // the present corpus does not have it
	Choices []Choice
	Kind    string
	Note    string
	Given   bool
	Marks   []ReadMark
	Left    int
	Next    int // 0 at the end
	Prev    int
}

// ReadMark is one item's place in the row of all.
type ReadMark struct {
	N        int
	Answered bool
	Here     bool
}

func readingPage(rq *request) error {
	r, err := rq.w.store.Reading(rq.ctx(), rq.readingID())
	if err != nil {
		return err
	}
	if r.Reads(rq.Me.ID) && !r.Done(rq.Me.ID) {
		return rq.readItem(r)
	}
	return rq.readingResult(r)
}

func (rq *request) readingID() int { return rq.number(rq.c.Param("id")) }

func (rq *request) readItem(r queries.Reading) error {
	items, err := rq.w.store.ReadingItems(rq.ctx(), r.ID)
	if err != nil {
		return err
	}
	given, err := rq.w.store.AnswersOf(rq.ctx(), r.ID, rq.Me.ID)
	if err != nil {
		return err
	}
	by := map[string]queries.ReadingAnswer{}
	for _, a := range given {
		by[a.ItemID] = a
	}
	p := ReadPage{Reading: r, At: rq.number(rq.query("item"))}
	if p.At < 1 || p.At > len(items) {
		// Where the person left off.
		p.At = 1 + max(0, slices.IndexFunc(items, func(it queries.ReadingItem) bool { _, ok := by[it.ItemID]; return !ok }))
	}
	here := items[p.At-1]
	p.ItemID = here.ItemID
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.ItemID
		_, ok := by[it.ItemID]
		if !ok {
			p.Left++
		}
		p.Marks = append(p.Marks, ReadMark{N: i + 1, Answered: ok, Here: i+1 == p.At})
	}
	if p.At > 1 {
		p.Prev = p.At - 1
	}
	if p.At < len(items) {
		p.Next = p.At + 1
	}
	texts, err := rq.w.store.ReadingTexts(rq.ctx(), []string{here.ItemID})
	if err != nil {
		return err
	}
	var ok bool
	if p.Item, ok = texts[here.ItemID]; !ok {
		p.Gone = true
	}
	groups, err := rq.w.store.ReadingGroups(rq.ctx(), here.Offered, ids)
	if err != nil {
		return err
	}
	answer, ok := by[here.ItemID]
	p.Kind, p.Note, p.Given = answer.Kind, answer.Note, ok
	p.Choices = rq.choices(here.Offered, groups, answer.Answer)
	return rq.show(http.StatusOK, "reading", r.Title, p)
}

// choices are the answers to an item, with their keys.
func (rq *request) choices(offered []string, groups map[string]queries.ReadingGroup, given string) []Choice {
	out := make([]Choice, 0, len(offered)+3)
	for _, k := range offered {
		g := groups[k]
		out = append(out, Choice{Value: k, Label: cmp.Or(g.Title, rq.t("（这一组已不存在）")), IssueNo: g.IssueNo, Examples: g.Examples})
	}
	for _, a := range []string{queries.AnswerNone, queries.AnswerNew, queries.AnswerUnsure} {
		out = append(out, Choice{Value: a, Label: rq.t(a)})
	}
	for i := range out {
		if i < 9 {
			out[i].Key = strconv.Itoa(i + 1)
		}
		out[i].Given = out[i].Value == given
	}
	return out
}

func answerReading(rq *request) error {
	id := rq.readingID()
	if err := rq.w.store.Answer(rq.ctx(), rq.Me.ID, id, rq.form("item"), rq.form("answer"), rq.form("kind"), rq.c.PostForm("note")); err != nil {
		return err
	}
	to := "/readings/" + strconv.Itoa(id)
	if n := rq.number(rq.form("next")); n > 0 {
		to += "?item=" + strconv.Itoa(n)
	}
	return rq.redirect(to)
}

func handIn(rq *request) error {
	id := rq.readingID()
	if err := rq.w.store.HandIn(rq.ctx(), rq.Me.ID, id); err != nil {
		return err
	}
	rq.flash(rq.t("已交卷。两位都交卷之后显示一致程度和分歧。"), 0)
	return rq.redirect("/readings/" + strconv.Itoa(id))
}

// ReadingPage is a study's progress and, once both have handed in, its result.
type ReadingPage struct {
	queries.Reading
	Both      analysis.Agreement // over the groups
	Kinds     analysis.Agreement // over 问题, 意见, 建议
	Machine   []MachineRow
	Cross     *CrossTable // nil when there are too many answers to lay out
	Differ    []ReadingRow
	Same      []ReadingRow
	Unsettled int
	Settled   int
	MaySettle bool
	Reads     bool
}

// MachineRow is the machine's grouping against somebody's answers.
type MachineRow struct {
	Who     string
	Looked  int
	Kept    int
	Percent float64
}

// ReadingRow is one item with what both said of it.
type ReadingRow struct {
	queries.ReadingItem
	Member    queries.Member
	First     Said
	Second    Said
	Settled   *Said
	MachineAs string
	Choices   []Choice
}

// Said is one person's answer in words.
type Said struct {
	Answer, Label, Kind, Note, By string
	IssueNo                       int
}

// CrossTable counts the first reader's answers against the second's.
type CrossTable struct {
	Labels []string
	Rows   [][]int
}

const crossMost = 9

func (rq *request) readingResult(r queries.Reading) error {
	p := ReadingPage{Reading: r, Reads: r.Reads(rq.Me.ID), MaySettle: rq.may(decide) && !r.Reads(rq.Me.ID)}
	if !r.Open() {
		return rq.show(http.StatusOK, "reading_result", r.Title, p)
	}
	answers, err := rq.w.store.ReadingAnswers(rq.ctx(), r.ID)
	if err != nil {
		return err
	}
	items, err := rq.w.store.ReadingItems(rq.ctx(), r.ID)
	if err != nil {
		return err
	}
	var ids, keys []string
	for _, it := range items {
		ids = append(ids, it.ItemID)
		keys = append(keys, it.Offered...)
		keys = append(keys, it.Machine)
	}
	slices.Sort(keys)
	keys = slices.DeleteFunc(slices.Compact(keys), func(k string) bool { return k == "" })
	texts, err := rq.w.store.ReadingTexts(rq.ctx(), ids)
	if err != nil {
		return err
	}
	groups, err := rq.w.store.ReadingGroups(rq.ctx(), keys, ids)
	if err != nil {
		return err
	}
	given := map[string]map[int]queries.ReadingAnswer{}
	for _, a := range answers {
		if given[a.ItemID] == nil {
			given[a.ItemID] = map[int]queries.ReadingAnswer{}
		}
		given[a.ItemID][a.AccountID] = a
	}
	said := func(a queries.ReadingAnswer) Said {
		g := groups[a.Answer]
		label := rq.t(a.Answer)
		if a.Answer != queries.AnswerNone && a.Answer != queries.AnswerNew && a.Answer != queries.AnswerUnsure {
			label = cmp.Or(g.Title, rq.t("（这一组已不存在）"))
		}
		return Said{Answer: a.Answer, Label: label, Kind: a.Kind, Note: a.Note, By: a.By, IssueNo: g.IssueNo}
	}
	final := r.Final(answers)
	numbers := map[string]int{queries.AnswerUnsure: -1}
	code := func(answer string) int {
		if n, ok := numbers[answer]; ok {
			return n
		}
		numbers[answer] = len(numbers)
		return numbers[answer]
	}
	var first, second, kindFirst, kindSecond []int
	machine := []MachineRow{{Who: r.FirstName}, {Who: r.SecondName}, {Who: rq.t("研读结果")}}
	for _, it := range items {
		a, b := given[it.ItemID][r.Readers[0]], given[it.ItemID][r.Readers[1]]
		first, second = append(first, code(a.Answer)), append(second, code(b.Answer))
		kindFirst, kindSecond = append(kindFirst, slices.Index(feedback.Kinds, feedback.Kind(a.Kind))), append(kindSecond, slices.Index(feedback.Kinds, feedback.Kind(b.Kind)))
		for i, answer := range []string{a.Answer, b.Answer, final[it.ItemID]} {
			if answer == queries.AnswerUnsure || answer == "" {
				continue
			}
			machine[i].Looked++
			if answer == it.Machine || (it.Machine == "" && (answer == queries.AnswerNone || answer == queries.AnswerNew)) {
				machine[i].Kept++
			}
		}
		row := ReadingRow{ReadingItem: it, Member: texts[it.ItemID], First: said(a), Second: said(b), MachineAs: rq.t("单独一条")}
		if it.Machine != "" {
			row.MachineAs = cmp.Or(groups[it.Machine].Title, rq.t("（这一组已不存在）"))
		}
		settled, ok := given[it.ItemID][0]
		if ok {
			s := said(settled)
			row.Settled = &s
		}
		if a.Answer == b.Answer && a.Kind == b.Kind {
			p.Same = append(p.Same, row)
			continue
		}
		if ok {
			p.Settled++
		} else {
			p.Unsettled++
		}
		row.Choices = rq.choices(it.Offered, groups, settled.Answer)
		p.Differ = append(p.Differ, row)
	}
	hidden := make([]queries.Member, 0, len(p.Differ)+len(p.Same))
	for _, list := range [][]ReadingRow{p.Differ, p.Same} {
		for _, row := range list {
			hidden = append(hidden, row.Member)
		}
	}
	rq.hideOthers(hidden)
	for i := range p.Differ {
		p.Differ[i].Member = hidden[i]
	}
	for i := range p.Same {
		p.Same[i].Member = hidden[len(p.Differ)+i]
	}
	p.Both, p.Kinds = analysis.Agree(first, second), analysis.Agree(kindFirst, kindSecond)
	for i := range machine {
		machine[i].Percent = float64(machine[i].Kept) / float64(max(1, machine[i].Looked))
	}
	p.Machine = machine
	p.Cross = cross(rq, first, second, numbers, func(answer string) string { return said(queries.ReadingAnswer{Answer: answer}).Label })
	return rq.show(http.StatusOK, "reading_result", r.Title, p)
}

// cross lays out the first reader's answers against the second's.
func cross(rq *request, first, second []int, numbers map[string]int, label func(string) string) *CrossTable {
	if len(numbers) > crossMost {
		return nil
	}
	labels := make([]string, len(numbers))
	for answer, n := range numbers {
		// Missing codes stand last.
		if n < 0 {
			n = 0
		}
		labels[n] = label(answer)
	}
	t := &CrossTable{Labels: append(labels[1:], rq.t(queries.AnswerUnsure))}
	t.Rows = make([][]int, len(t.Labels))
	for i := range t.Rows {
		t.Rows[i] = make([]int, len(t.Labels))
	}
	at := func(code int) int {
		if code < 0 {
			return len(t.Labels) - 1
		}
		return code - 1
	}
	for i := range first {
		t.Rows[at(first[i])][at(second[i])]++
	}
	return t
}

// Measure writes a coefficient, or – when it is not defined.
func (p *ReadingPage) Measure(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

func settleReading(rq *request) error {
	id := rq.readingID()
	if err := rq.w.store.Settle(rq.ctx(), rq.Me.ID, id, rq.form("item"), rq.form("answer"), rq.form("kind"), rq.c.PostForm("note")); err != nil {
		return err
	}
	rq.flash(rq.t("已裁定。"), 0)
	return rq.redirect("/readings/" + strconv.Itoa(id) + "#differ")
}

func applyReading(rq *request) error {
	id := rq.readingID()
	done, err := rq.w.store.ApplyReading(rq.ctx(), rq.Me.ID, id)
	if err != nil {
		return err
	}
	text := rq.t("已按研读结果作出 %d 项决定：保留 %d 条，归入 %d 条，移出 %d 条；%d 条保持不动。", done.Decisions, done.Stayed, done.Attached, done.Detached, done.Left)
	if len(done.Refused) > 0 {
		text += " " + strings.Join(done.Refused, " ")
	}
	rq.flash(text, 0)
	return rq.redirect("/readings/" + strconv.Itoa(id))
}

// readingSheet gives a study's answers as csv, for other tools to check the
// figures.
func readingSheet(rq *request) error {
	r, err := rq.w.store.Reading(rq.ctx(), rq.readingID())
	if err != nil {
		return err
	}
	answers, err := rq.w.store.ReadingAnswers(rq.ctx(), r.ID)
	if err != nil {
		return err
	}
	items, err := rq.w.store.ReadingItems(rq.ctx(), r.ID)
	if err != nil {
		return err
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "export.reading", "reading:"+strconv.Itoa(r.ID), map[string]any{"items": len(items)}); err != nil {
		return err
	}
	given := map[string]map[int]queries.ReadingAnswer{}
	for _, a := range answers {
		if given[a.ItemID] == nil {
			given[a.ItemID] = map[int]queries.ReadingAnswer{}
		}
		given[a.ItemID][a.AccountID] = a
	}
	rows := [][]string{{"n", "item", "machine", "first", "second", "settled", "first_kind", "second_kind", "settled_kind", "first_note", "second_note", "settled_note"}}
	for _, it := range items {
		a, b, c := given[it.ItemID][r.Readers[0]], given[it.ItemID][r.Readers[1]], given[it.ItemID][0]
		rows = append(rows, []string{strconv.Itoa(it.Ordinal), it.ItemID, it.Machine, a.Answer, b.Answer, c.Answer, a.Kind, b.Kind, c.Kind, a.Note, b.Note, c.Note})
	}
	return rq.csv("reading-"+strconv.Itoa(r.ID)+".csv", rows)
}
