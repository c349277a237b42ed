package workbench

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// GroupPage is the page of a suggested group or of an issue.
type GroupPage struct {
	queries.GroupView
	Sides     []Side
	Silent    []feedback.Department // of the five: none of their items is here
	Trainings []queries.Training    // latest first
	Trend     []TrendRow
	Topics    []queries.Topic
	Steps     []queries.Step
	Analysts  []queries.Account
	Me        queries.Account
	Timeline  []Moment
	Answered  []queries.Neighbor // near issues that are 已反馈
	Existing  []queries.Neighbor // near issues that have a number already
	Ask       string             // what a search before confirming begins with
	Relapse   int                // members that came after the answer: 反馈后再现
	Pages     pager              // through the members
	Here      string             // this page
	From      string             // the list the person came from
	MayAct    bool
	MayReview bool
	MayExport bool
	MayUnits  bool        // may see units
	Blind     int         // members the person is reading blind, left out
	Missing   []SilentRow // who should be heard here and is not
	Named     bool        // a note names the person and they have not read it
	Hidden    int         // originals of other departments that this person may not read
	Since     int64
}

// Side is what one department says.
type Side struct {
	Department feedback.Department
	Items      int
	Kinds      []SideKind
}

// SideKind is what a department asks, holds or proposes: three kinds kept apart.
type SideKind struct {
	Kind    feedback.Kind
	Members []queries.Member
	More    int // that the table below lists
}

// TrendRow is the trend's table: the same figures as the chart.
type TrendRow struct {
	Training queries.Training
	Items    int
}

// Moment is one step of a group's life, by a night or a person, oldest first.
type Moment struct {
	At     time.Time
	What   string
	Text   string
	By     string
	Seq    int64
	Undone bool
}

// sideMost is how many items of one kind a department's column shows before it
// leads to the table.
const sideMost = 4

func groupPage(rq *request) error {
	v, err := rq.w.store.GroupPage(rq.ctx(), rq.c.Param("key"), rq.memberFrom(), memberRows)
	if err != nil {
		return err
	}
	if v.IssueNo != 0 {
		return rq.redirect(with("/issues/"+strconv.Itoa(v.IssueNo), rq.c.Request.URL.Query(), "page", ""))
	}
	return rq.showGroup(v)
}

func issuePage(rq *request) error {
	no := rq.number(rq.c.Param("no"))
	key, now, err := rq.w.store.IssueKey(rq.ctx(), no)
	if err != nil {
		return err
	}
	if now != no {
		rq.flash(rq.t("第%d号已并入第%d号。", no, now), 0)
		return rq.redirect("/issues/" + strconv.Itoa(now))
	}
	v, err := rq.w.store.GroupPage(rq.ctx(), key, rq.memberFrom(), memberRows)
	if err != nil {
		return err
	}
	return rq.showGroup(v)
}

// memberRows is how many members the page of a group lists at once.
const memberRows = 100

// memberFrom is how many members stand before those of the page asked for.
func (rq *request) memberFrom() int { return max(0, rq.number(rq.query("page"))-1) * memberRows }

func (rq *request) showGroup(v queries.GroupView) error {
	choices, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return err
	}
	p := GroupPage{
		GroupView: v, Trainings: choices.Trainings, Topics: choices.Topics, Me: rq.Me, From: localPath(rq.query("from"), ""), Here: rq.path(),
		MayAct: rq.may(decide), MayReview: rq.may(review), MayExport: rq.may(takeOut), MayUnits: rq.may(review), Since: rq.since().Unix(),
	}
	if p.From == "" {
		p.From = "/triage"
		if v.IssueNo != 0 {
			p.From = "/issues"
		}
	}
	blind, err := rq.blind()
	if err != nil {
		return err
	}
	if len(blind) > 0 {
		p.Members = slices.DeleteFunc(slices.Clone(v.Members), func(m queries.Member) bool { return blind[m.ID] })
		p.Blind = len(v.Members) - len(p.Members)
		p.Suggestions = slices.DeleteFunc(slices.Clone(v.Suggestions), func(m queries.Member) bool { return blind[m.ID] })
	}
	for _, n := range v.Notes {
		if slices.Contains(n.Mentions, rq.Me.ID) && !slices.Contains(n.Readers, rq.Me.ID) {
			p.Named = true
		}
	}
	if len(blind) > 0 {
		p.Norms = nil
		for _, n := range v.Norms {
			if n.Items = slices.DeleteFunc(n.Items, func(id string) bool { return blind[id] }); len(n.Items) > 0 {
				p.Norms = append(p.Norms, n)
			}
		}
	}
	if p.Missing, err = rq.silentOn(v.Key); err != nil {
		return err
	}
	p.Hidden = rq.hideOthers(p.Members)
	p.Sides, p.Silent = sides(&p.GroupView)
	p.Pages = newPager(rq.c.Request.URL.Path, rq.c.Request.URL.Query(), 1+v.From/memberRows, memberRows, v.Total)
	ids, items := byTraining(&p.Listing, choices.Trainings)
	for i, id := range slices.Backward(ids) {
		for _, t := range choices.Trainings {
			if t.ID == id && items[i] > 0 {
				p.Trend = append(p.Trend, TrendRow{t, items[i]})
			}
		}
	}
	for _, n := range v.Neighbors {
		if n.IssueNo != 0 && n.State == queries.StateIssue && len(p.Existing) < 3 {
			p.Existing = append(p.Existing, n)
		}
		if n.Status == "已反馈" {
			p.Answered = append(p.Answered, n)
		}
	}
	p.Ask = strings.Join(v.Keywords[:min(2, len(v.Keywords))], " ")
	if v.IssueNo != 0 {
		if !queries.FollowsCandidates(v.Candidates) {
			p.Steps = rq.mySteps(v.Status)
		}
		if p.Analysts, err = rq.w.store.Colleagues(rq.ctx()); err != nil {
			return err
		}
		p.Relapse = relapse(&v)
	}
	p.Timeline = rq.timeline(&v)
	title := v.Title
	if v.IssueNo != 0 {
		title = rq.t("第%d号", v.IssueNo) + " " + title
	}
	return rq.show(http.StatusOK, "group", title, p)
}

// hideOthers takes the originals of other departments off a page when the
// setting says so. Counts stay.
func (rq *request) hideOthers(members []queries.Member) (hidden int) {
	if !rq.w.opts.OwnDepartmentOnly || rq.may(review) {
		return 0
	}
	for i := range members {
		m := &members[i]
		if m.Department != rq.Me.Department {
			m.Text, m.Stem, m.Background, m.Reply, m.LegalBasis, m.Sources, m.Shared = "", "", "", "", "", nil, nil
			hidden++
		}
	}
	return hidden
}

func (rq *request) mySteps(status string) []queries.Step {
	return slices.DeleteFunc(queries.Steps(status), func(s queries.Step) bool { return s.ByReviewer && !rq.may(review) })
}

// sides sorts members by department and kind, most central first. An item that
// repeats another of its own department word for word is counted but not shown
// again; what a department repeats after another is its own voice too.
func sides(v *queries.GroupView) (out []Side, silent []feedback.Department) {
	for _, d := range append(slices.Clone(feedback.Departments), feedback.OtherDept) {
		side, shown := Side{Department: d}, map[string]bool{}
		for _, k := range feedback.Kinds {
			sk := SideKind{Kind: k}
			for _, t := range v.Voices {
				if t.Department == string(d) && t.Kind == string(k) {
					side.Items += t.Items
					sk.More += t.Items
				}
			}
			for _, m := range v.Members {
				if m.Department != string(d) || m.Kind != string(k) {
					continue
				}
				if m.Endorses != "" && shown[m.Text] {
					sk.More--
					continue
				}
				shown[m.Text] = true
				if len(sk.Members) < sideMost {
					sk.Members = append(sk.Members, m)
					sk.More--
				}
			}
			if len(sk.Members) > 0 || sk.More > 0 {
				side.Kinds = append(side.Kinds, sk)
			}
		}
		switch {
		case side.Items > 0:
			out = append(out, side)
		case d != feedback.OtherDept:
			silent = append(silent, d)
		}
	}
	if v.From > 0 { // said on the first page
		out = nil
	}
	return out, silent
}

// relapse counts members given after the issue was answered: the sign that the
// answer did not help.
func relapse(v *queries.GroupView) (n int) {
	if v.Status != "已反馈" {
		return 0
	}
	var answered time.Time
	for _, r := range v.Revisions {
		if r.Field == "status" && strings.HasPrefix(r.After, "已反馈") {
			answered = r.ChangedAt
		}
	}
	for _, t := range v.Voices {
		if t.GivenOn.After(answered) {
			n += t.Items
		}
	}
	return n
}

// decisionWords names a decision's kind.
var decisionWords = map[string]string{
	"confirm": "确认为归并问题", "dismiss": "判为不成立", "restore": "恢复", "attach": "归入", "detach": "移出", "merge": "并入", "split": "拆分",
	"apart": "判为不同问题", "lock": "锁定", "unlock": "解锁", "withdraw": "撤回确认", "mapping": "确认字段对应", "training": "指定期次", "encoding": "指定编码", "reread": "改正后重读", "undo": "撤销",
}

// fieldWords names what a revision changed.
var fieldWords = map[string]string{
	"title": "改题目", "statement": "改问题表述", "topic": "改专题", "status": "状态", "candidate": "转化方向", "note": "研判意见", "assign": "分办",
	"absorb": "并入了", "score": "调整评分",
}

func (rq *request) timeline(v *queries.GroupView) []Moment {
	var out []Moment
	for _, e := range v.Lineage {
		out = append(out, Moment{At: e.At, What: rq.t(e.Kind), Text: e.Cause, By: rq.t("夜间归并")})
	}
	for _, d := range v.Decisions {
		m := Moment{At: d.MadeAt, What: rq.t(decisionWords[d.Kind]), By: d.Name, Seq: d.Seq, Undone: d.UndoneBy != 0}
		switch {
		case d.Undoes != 0:
			m.Text = rq.t("撤销决定 %d", d.Undoes)
		case len(d.Items) > 0:
			m.Text = rq.t("%d 条", len(d.Items))
		}
		out = append(out, m)
	}
	for _, r := range v.Revisions {
		// Decisions tell of themselves.
		if word, ok := fieldWords[r.Field]; ok && r.Field != "note" {
			text := r.After
			if r.Before != "" && r.Field != "statement" {
				text = r.Before + " → " + r.After
			}
			out = append(out, Moment{At: r.ChangedAt, What: rq.t(word), Text: text, By: r.Name})
		}
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return a.At.Compare(b.At) })
	return out
}

// back is where an action leads: to the group, or on to the next of the queue.
func (rq *request) back(d queries.Decided) string {
	path := "/groups/" + d.GroupKey
	if d.IssueNo != 0 {
		path = "/issues/" + strconv.Itoa(d.IssueNo)
	}
	if from := localPath(rq.form("from"), ""); from != "" {
		return with(path, nil, "from", from)
	}
	return path
}

// onward is the next group of the queue the person came from, found before
// the present one leaves it; the queue itself when there is none.
func (rq *request) onward(key string) string {
	from := localPath(rq.form("from"), "/triage")
	if next := rq.nextKey(key, from); next != "" && rq.form("go") == "next" {
		return with("/groups/"+next, nil, "from", from)
	}
	return from
}

func (rq *request) nextKey(key, from string) string {
	u, err := url.Parse(from)
	if err != nil || (u.Path != "/triage" && u.Path != "/issues") {
		return ""
	}
	f := rq.filter(u.Query())
	f.States = triageStates(u.Query())
	if u.Path == "/issues" {
		f.States = issueStates(u.Query())
		if f.Sort == "" {
			f.Sort = "commonality"
		}
	}
	next, err := rq.w.store.Next(rq.ctx(), f, key)
	if err != nil {
		rq.w.log.Error("finding the next of the queue", "error", err)
		return ""
	}
	return next
}

func nextInQueue(rq *request) error {
	from := localPath(rq.query("from"), "/triage")
	if next := rq.nextKey(rq.c.Param("key"), from); next != "" {
		return rq.redirect(with("/groups/"+next, nil, "from", from))
	}
	rq.flash(rq.t("已到队列末尾。"), 0)
	return rq.redirect(from)
}

func confirm(rq *request) error {
	key := rq.c.Param("key")
	onward := rq.onward(key)
	d, err := rq.w.store.Confirm(rq.ctx(), rq.Me.ID, key, rq.form("stamp"), rq.form("title"))
	if err != nil {
		return err
	}
	rq.flash(rq.t("已确认为第%d号。", d.IssueNo), d.Seq)
	if rq.form("go") == "next" {
		return rq.redirect(onward)
	}
	return rq.redirect(rq.back(d))
}

func dismiss(rq *request) error {
	key := rq.c.Param("key")
	onward := rq.onward(key)
	d, err := rq.w.store.Dismiss(rq.ctx(), rq.Me.ID, key, rq.form("stamp"))
	if err != nil {
		return err
	}
	rq.flash(rq.t("已判为不成立。"), d.Seq)
	return rq.redirect(onward)
}

func restore(rq *request) error {
	d, err := rq.w.store.Restore(rq.ctx(), rq.Me.ID, rq.c.Param("key"))
	if err != nil {
		return err
	}
	rq.flash(rq.t("已恢复为疑似同类。"), d.Seq)
	return rq.redirect(rq.back(d))
}

func attach(rq *request) error {
	d, err := rq.w.store.Attach(rq.ctx(), rq.Me.ID, rq.c.Param("key"), rq.form("stamp"), rq.c.PostFormArray("item"))
	if err != nil {
		return err
	}
	rq.flash(rq.t("已归入 %d 条。", d.Items), d.Seq)
	return rq.redirect(rq.back(d))
}

func detachOrSplit(rq *request) error {
	key, stamp, items := rq.c.Param("key"), rq.form("stamp"), rq.c.PostFormArray("item")
	if rq.form("do") == "split" {
		d, err := rq.w.store.Split(rq.ctx(), rq.Me.ID, key, stamp, items)
		if err != nil {
			return err
		}
		rq.flash(rq.t("已拆出 %d 条，成为新的一组。", d.Items), d.Seq)
		return rq.redirect(rq.back(d))
	}
	if rq.form("do") == "stay" {
		d, err := rq.w.store.Stay(rq.ctx(), rq.Me.ID, key, stamp, items)
		if err != nil {
			return err
		}
		rq.flash(rq.t("已保留 %d 条：夜间归并不再移动它们。", d.Items), d.Seq)
		return rq.redirect(rq.back(d))
	}
	d, err := rq.w.store.Detach(rq.ctx(), rq.Me.ID, key, stamp, items)
	if err != nil {
		return err
	}
	rq.flash(rq.t("已移出 %d 条。", d.Items), d.Seq)
	return rq.redirect(rq.back(d))
}

// MergePage shows two groups side by side before one goes into the other.
type MergePage struct {
	Group  queries.GroupView
	Into   queries.GroupView // zero before one is chosen
	Found  []queries.Listing
	Near   []queries.Neighbor
	Text   string
	From   string
	Chosen bool
}

func mergePreview(rq *request) error {
	g, err := rq.w.store.Group(rq.ctx(), rq.c.Param("key"))
	if err != nil {
		return err
	}
	p := MergePage{Group: g, Near: g.Neighbors, Text: rq.query("q"), From: localPath(rq.query("from"), "")}
	rq.hideOthers(p.Group.Members)
	if into := rq.query("into"); into != "" {
		if p.Into, err = rq.w.store.Group(rq.ctx(), into); err != nil {
			return err
		}
		rq.hideOthers(p.Into.Members)
		p.Chosen = true
	}
	if p.Text != "" {
		list, _, err := rq.w.store.List(rq.ctx(), queries.Filter{States: []string{queries.StateIssue, queries.StateSuggested}, Text: p.Text, Limit: 20})
		if err != nil {
			return err
		}
		p.Found = slices.DeleteFunc(list, func(l queries.Listing) bool { return l.Key == g.Key })
	}
	return rq.show(http.StatusOK, "merge", "并入其他问题", p)
}

func merge(rq *request) error {
	key := rq.c.Param("key")
	d, err := rq.w.store.Merge(rq.ctx(), rq.Me.ID, key, rq.form("stamp"), rq.form("into"))
	if err != nil {
		return err
	}
	if d.IssueNo != 0 {
		rq.flash(rq.t("已并入第%d号，共 %d 条。", d.IssueNo, d.Items), d.Seq)
	} else {
		rq.flash(rq.t("已归并，共 %d 条。", d.Items), d.Seq)
	}
	return rq.redirect(rq.back(d))
}

func apart(rq *request) error {
	d, err := rq.w.store.Apart(rq.ctx(), rq.Me.ID, rq.c.Param("key"), rq.form("other"))
	if err != nil {
		return err
	}
	rq.flash(rq.t("已记下：这是两个问题，夜间归并不再提议。"), d.Seq)
	if from := localPath(rq.form("from"), ""); from == "/night" {
		return rq.redirect(from)
	}
	return rq.redirect(rq.back(d))
}

// answerProposal accepts or declines what a night proposes about one item.
func answerProposal(rq *request) error {
	accept := rq.form("answer") == "accept"
	d, err := rq.w.store.AnswerProposal(rq.ctx(), rq.Me.ID, rq.c.Param("key"), rq.form("item"), rq.form("proposal"), accept)
	if err != nil {
		return err
	}
	text := "已谢绝这项建议，夜间归并不再提出。"
	if accept {
		text = "已采纳这项建议。"
	}
	rq.flash(rq.t(text), d.Seq)
	return rq.redirect(localPath(rq.form("from"), "/night"))
}

func lock(rq *request) error {
	locked := rq.form("locked") == "1"
	d, err := rq.w.store.Lock(rq.ctx(), rq.Me.ID, rq.c.Param("key"), rq.form("stamp"), locked)
	if err != nil {
		return err
	}
	text := "已解锁：夜间归并可再加入条目。"
	if locked {
		text = "已锁定：夜间归并不再加入条目，只作提示。"
	}
	rq.flash(rq.t(text), d.Seq)
	return rq.redirect(rq.back(d))
}

func withdraw(rq *request) error {
	d, err := rq.w.store.Withdraw(rq.ctx(), rq.Me.ID, rq.c.Param("key"), rq.form("stamp"))
	if err != nil {
		return err
	}
	rq.flash(rq.t("已撤回确认，第%d号不再使用。", d.IssueNo), d.Seq)
	return rq.redirect("/groups/" + d.GroupKey)
}

// bulk does one thing to a selection of the triage queue, each a decision of
// its own. Those that can no longer be decided are told and left alone.
func bulk(rq *request) error {
	keys, do := rq.c.PostFormArray("group"), rq.form("do")
	// A row's own button acts on that row alone, whatever is ticked.
	if what, key, ok := strings.Cut(rq.form("one"), ":"); ok {
		return rq.decideOne(what, key)
	}
	if do == "assign" {
		return rq.assignAll(rq.c.PostFormArray("issue"))
	}
	if len(keys) == 0 {
		return &queries.Refusal{Zh: "请先选择疑似同类。", En: "Choose groups first."}
	}
	if len(keys) > 200 {
		return &queries.Refusal{Zh: "一次最多处理 200 组。", En: "At most 200 groups at a time."}
	}
	var done int
	var problems []string
	for _, pair := range keys {
		key, stamp, _ := strings.Cut(pair, "|")
		var err error
		switch do {
		case "confirm":
			_, err = rq.w.store.Confirm(rq.ctx(), rq.Me.ID, key, stamp, "")
		case "dismiss":
			_, err = rq.w.store.Dismiss(rq.ctx(), rq.Me.ID, key, stamp)
		default:
			return &queries.Refusal{Zh: "请选择要做的操作。", En: "Choose what to do."}
		}
		switch {
		case err == nil:
			done++
		case isRefusal(err):
			problems = append(problems, rq.say(err))
		default:
			return err
		}
	}
	text := rq.t("已处理 %d 组。", done)
	if len(problems) > 0 {
		text += rq.t("另有 %d 组未处理：", len(problems)) + problems[0]
	}
	rq.flash(text, 0)
	return rq.redirect(localPath(rq.form("from"), "/triage"))
}

// assignAll gives a selection of issues to one person.
func (rq *request) assignAll(issues []string) error {
	if len(issues) == 0 {
		return &queries.Refusal{Zh: "请先选择要分办的问题。", En: "Choose the issues to assign first."}
	}
	due, err := rq.due()
	if err != nil {
		return err
	}
	who := rq.number(rq.form("account"))
	if who == 0 {
		return &queries.Refusal{Zh: "请选择分办给谁。", En: "Choose whom to assign them to."}
	}
	for _, no := range issues {
		if err := rq.w.store.Assign(rq.ctx(), rq.Me.ID, rq.number(no), who, due); err != nil {
			return err
		}
	}
	rq.flash(rq.t("已分办 %d 个问题。", len(issues)), 0)
	return rq.redirect(localPath(rq.form("from"), "/issues"))
}

// due is the due date of a form; zero when none is given.
func (rq *request) due() (time.Time, error) {
	if rq.form("due") == "" {
		return time.Time{}, nil
	}
	due, err := time.Parse(time.DateOnly, rq.form("due"))
	if err != nil {
		return due, &queries.Refusal{Zh: "办理期限须为日期，如 2026-12-31。", En: "The due date must be a date like 2026-12-31."}
	}
	return due, nil
}

// decideOne confirms or dismisses one row of the queue.
func (rq *request) decideOne(what, pair string) error {
	key, stamp, _ := strings.Cut(pair, "|")
	switch what {
	case "confirm":
		d, err := rq.w.store.Confirm(rq.ctx(), rq.Me.ID, key, stamp, "")
		if err != nil {
			return err
		}
		rq.flash(rq.t("已确认为第%d号。", d.IssueNo), d.Seq)
	case "dismiss":
		d, err := rq.w.store.Dismiss(rq.ctx(), rq.Me.ID, key, stamp)
		if err != nil {
			return err
		}
		rq.flash(rq.t("已判为不成立。"), d.Seq)
	default:
		return &queries.Refusal{Zh: "请选择要做的操作。", En: "Choose what to do."}
	}
	return rq.redirect(localPath(rq.form("from"), "/triage"))
}

func undo(rq *request) error {
	seq, err := strconv.ParseInt(rq.c.Param("seq"), 10, 64)
	if err != nil {
		return notFoundPage(rq)
	}
	d, err := rq.w.store.Undo(rq.ctx(), rq.Me.ID, seq)
	if err != nil {
		return err
	}
	rq.flash(rq.t("已撤销决定 %d。", seq), 0)
	if back := localPath(rq.form("from"), ""); back != "" {
		return rq.redirect(back)
	}
	return rq.redirect("/groups/" + d.GroupKey)
}

func (rq *request) issueNo() int { return rq.number(rq.c.Param("no")) }

func (rq *request) toIssue() error { return rq.redirect("/issues/" + strconv.Itoa(rq.issueNo())) }

func editIssue(rq *request) error {
	var e queries.IssueEdit
	for name, field := range map[string]**string{"title": &e.Title, "statement": &e.Statement, "topic": &e.Topic} {
		if _, sent := rq.c.GetPostForm(name); sent {
			v := rq.form(name)
			*field = &v
		}
	}
	if err := rq.w.store.EditIssue(rq.ctx(), rq.Me.ID, rq.issueNo(), rq.number(rq.form("version")), e); err != nil {
		return err
	}
	rq.flash(rq.t("已保存。"), 0)
	return rq.toIssue()
}

func setStatus(rq *request) error {
	if err := rq.w.store.SetStatus(rq.ctx(), rq.Me, rq.issueNo(), rq.number(rq.form("version")), rq.form("to"), rq.form("outcome"), rq.form("reason")); err != nil {
		return err
	}
	rq.flash(rq.t("状态已改为“%s”。", rq.t(rq.form("to"))), 0)
	return rq.toIssue()
}

func addNote(rq *request) error {
	noted, err := rq.w.store.AddNote(rq.ctx(), rq.Me.ID, rq.issueNo(), rq.c.PostForm("text"))
	if err != nil {
		return err
	}
	text := rq.t("研判意见已保存。")
	if len(noted.Mentioned) > 0 {
		text += rq.t("已提醒：%s。", strings.Join(noted.Mentioned, rq.t("、")))
	}
	if len(noted.Unknown) > 0 {
		text += rq.t("没有找到：%s，请核对姓名后另写一条。", "@"+strings.Join(noted.Unknown, rq.t("、")+"@"))
	}
	rq.flash(text, 0)
	return rq.toIssue()
}

func assign(rq *request) error {
	who := rq.number(rq.form("account"))
	if rq.form("account") == "me" {
		who = rq.Me.ID
	}
	due, err := rq.due()
	if err != nil {
		return err
	}
	if err := rq.w.store.Assign(rq.ctx(), rq.Me.ID, rq.issueNo(), who, due); err != nil {
		return err
	}
	rq.flash(rq.t("分办已保存。"), 0)
	return rq.toIssue()
}
