package workbench

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// pageRows is how many rows a list shows at once.
const pageRows = 50

// ListPage is the triage queue or the list of issues.
type ListPage struct {
	Kind     string // triage, issues
	Path     string
	Rows     []queries.Listing
	Total    int
	Filter   queries.Filter
	Choices  queries.Choices
	Provs    []string
	Chapters []queries.Topic // one for each two-digit chapter
	Sorts    []Option
	Pages    pager
	Asked    url.Values // what the address says
	Since    int64
	MayAct   bool
	Single   bool
	Dismiss  bool
	Here     string // this very list, for links that lead back
	Active   []Chip
	Loads    []queries.Load // to whom issues can be given, with what they have in hand
}

// Option is one choice of a select.
type Option struct{ Value, Label string }

// Chip is a filter in force, with the address without it.
type Chip struct{ Name, Value, Without string }

// With is the list's address with one parameter changed; an empty value takes
// it away. The page number falls away, for it belongs to the old answer.
func (p *ListPage) With(name, value string) string { return with(p.Path, p.Asked, name, value) }

func with(path string, asked url.Values, name, value string) string {
	q := url.Values{}
	for k, v := range asked {
		if k != "page" && len(v) > 0 && v[0] != "" {
			q.Set(k, v[0])
		}
	}
	if value == "" {
		q.Del(name)
	} else {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// pager is the way through the pages of a list.
type pager struct {
	Page, Pages    int
	First, Last    int // numbers of the rows shown, from 1
	Total          int
	Previous, Next string
}

func newPager(path string, asked url.Values, page, rows, total int) pager {
	p := pager{Page: page, Pages: max(1, (total+rows-1)/rows), Total: total}
	p.First, p.Last = min(total, (page-1)*rows+1), min(total, page*rows)
	if page > 1 {
		p.Previous = with(path, asked, "page", strconv.Itoa(page-1))
	}
	if page < p.Pages {
		p.Next = with(path, asked, "page", strconv.Itoa(page+1))
	}
	return p
}

// filterNames are a list's parameters, in the order chips show them.
var filterNames = []struct{ name, label string }{
	{"q", "文字"},
	{"department", "部门"},
	{"silent", "缺少"},
	{"province", "省份"},
	{"training", "期次"},
	{"topic", "专题"},
	{"status", "状态"},
	{"outcome", "办理结果"},
	{"direction", "转化方向"},
	{"kind", "类别"},
	{"nature", "问题性质"},
	{"who", "承办"},
	{"new", "变化"},
}

// filter reads a list's parameters from the address. Unknown values choose
// nothing, as they would in SQL.
func (rq *request) filter(q url.Values) queries.Filter {
	f := queries.Filter{
		Department: q.Get("department"), Province: q.Get("province"), Training: q.Get("training"), Topic: q.Get("topic"), Status: q.Get("status"),
		Outcome: q.Get("outcome"), Direction: q.Get("direction"), Kind: q.Get("kind"), Nature: q.Get("nature"), Text: q.Get("q"), Silent: q.Get("silent"),
		Sort: q.Get("sort"),
	}
	if !slices.Contains(queries.Sorts, f.Sort) {
		f.Sort = ""
	}
	for _, d := range []*string{&f.Department, &f.Silent} {
		if *d != "" && !slices.Contains(feedback.Departments, feedback.Department(*d)) && *d != string(feedback.OtherDept) {
			*d = ""
		}
	}
	if q.Get("who") == "me" {
		f.Assignee = rq.Me.ID
	}
	if q.Get("new") == "1" {
		f.Since = rq.since()
	}
	return f
}

func triageList(rq *request) error { return rq.list("triage", "/triage", "初筛", triageStates) }

func issueList(rq *request) error { return rq.list("issues", "/issues", "归并问题", issueStates) }

func triageStates(q url.Values) []string {
	switch q.Get("show") {
	case "single":
		return []string{queries.StateSingle}
	case "dismissed":
		return []string{queries.StateDismissed}
	}
	return []string{queries.StateSuggested}
}

func issueStates(url.Values) []string { return []string{queries.StateIssue} }

func (rq *request) list(kind, path, title string, states func(url.Values) []string) error {
	asked := rq.c.Request.URL.Query()
	f := rq.filter(asked)
	f.States = states(asked)
	if f.Sort == "" && kind == "issues" {
		f.Sort = "commonality"
	}
	page := max(1, rq.number(asked.Get("page")))
	f.Limit, f.Offset = pageRows, (page-1)*pageRows
	rows, total, err := rq.w.store.List(rq.ctx(), f)
	if err != nil {
		return err
	}
	choices, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return err
	}
	p := ListPage{
		Kind: kind, Path: path, Rows: rows, Total: total, Filter: f, Choices: choices, Pages: newPager(path, asked, page, pageRows, total),
		Asked: asked, Since: rq.since().Unix(), MayAct: rq.may(decide), Here: rq.path(),
	}
	for _, t := range choices.Topics {
		if n := len(p.Chapters); n == 0 || p.Chapters[n-1].Parent != t.Parent {
			p.Chapters = append(p.Chapters, t)
		}
	}
	p.Sorts = []Option{{"priority", "优先"}, {"commonality", "共性"}, {"size", "条目数"}, {"growth", "增长"}, {"newest", "最近"}}
	if kind == "issues" {
		p.Sorts = append(p.Sorts, Option{"number", "编号"}, Option{"due", "办理期限"})
	}
	p.Active = rq.chips(&p)
	if kind == "issues" && p.MayAct {
		if p.Loads, err = rq.w.store.Loads(rq.ctx(), rq.today()); err != nil {
			return err
		}
	}
	return rq.show(http.StatusOK, "list", title, p)
}

func (rq *request) chips(p *ListPage) []Chip {
	var out []Chip
	for _, n := range filterNames {
		v := p.Asked.Get(n.name)
		if v == "" {
			continue
		}
		label := rq.t(v)
		switch n.name {
		case "department", "silent":
			label = feedback.Department(v).Name()
			if rq.Lang == "en" {
				label = feedback.Department(v).English()
			}
		case "topic":
			for _, t := range p.Choices.Topics {
				if t.Code == v {
					label = t.Name
				} else if t.Parent == v {
					label = t.ParentName
				}
			}
		case "who":
			label = rq.t("我")
		case "new":
			label = rq.t("上次访问以来")
		case "q":
			label = v
		}
		out = append(out, Chip{rq.t(n.label), label, p.With(n.name, "")})
	}
	return out
}

// New says whether a row changed since the person's last visit.
func (p *ListPage) New(l *queries.Listing) bool {
	return p.Since > 0 && l.ChangedAt.Unix() > p.Since
}
