package workbench

import (
	"net/url"
	"strconv"
	"strings"
	"sync"

	"tongtang/queries"
)

// Saved is a saved search as pages show it.
type Saved struct {
	queries.SavedSearch
	Where string // 检索, 初筛, 归并问题
	Now   int    // hits now
	New   int    // of them since the person's last visit
	Mine  bool
}

// savedPages are the pages whose address can be saved.
var savedPages = map[string]string{"/search": "检索", "/triage": "初筛", "/issues": "归并问题"}

// savedCache keeps how many hits a search has: item searches change with the
// corpus only, and a desk full of them must not be searched at every visit.
type savedCache struct {
	sync.Mutex
	run  string
	hits map[string]int
}

// hits counts what a saved address leads to.
func (rq *request) hits(path string) (int, error) {
	u, err := url.Parse(path)
	if err != nil {
		return 0, nil
	}
	q := u.Query()
	if u.Path != "/search" {
		f := rq.filter(q)
		f.States, f.Limit = triageStates(q), 1
		if u.Path == "/issues" {
			f.States = issueStates(q)
		}
		_, n, err := rq.w.store.List(rq.ctx(), f)
		return n, err
	}
	c := &rq.w.saved
	run := rq.w.store.RunID()
	c.Lock()
	if c.run != run {
		c.run, c.hits = run, map[string]int{}
	}
	n, ok := c.hits[path]
	c.Unlock()
	if ok {
		return n, nil
	}
	found, err := rq.w.store.Search(rq.ctx(), searchQuery(q))
	if err != nil {
		return 0, err
	}
	c.Lock()
	defer c.Unlock()
	if c.run == run && len(c.hits) < 10_000 {
		c.hits[path] = found.Total
	}
	return found.Total, nil
}

// fresh counts what of a saved address is new since the person's last visit:
// items that came, or groups that changed.
func (rq *request) fresh(s *queries.SavedSearch, now int) (int, error) {
	if !s.Visited() {
		return 0, nil
	}
	u, err := url.Parse(s.Path)
	if err != nil {
		return 0, nil
	}
	if u.Path == "/search" {
		return max(0, now-s.Hits), nil
	}
	q := u.Query()
	f := rq.filter(q)
	f.States, f.Limit, f.Since = triageStates(q), 1, s.VisitedAt
	if u.Path == "/issues" {
		f.States = issueStates(q)
	}
	_, n, err := rq.w.store.List(rq.ctx(), f)
	return n, err
}

// saved lists the person's searches, with what is new in each.
func (rq *request) saved() ([]Saved, error) {
	list, err := rq.w.store.SavedSearches(rq.ctx(), rq.Me)
	if err != nil {
		return nil, err
	}
	out := make([]Saved, 0, len(list))
	for _, s := range list {
		v := Saved{SavedSearch: s, Mine: s.AccountID == rq.Me.ID}
		path, _, _ := strings.Cut(s.Path, "?")
		v.Where = savedPages[path]
		if v.Now, err = rq.hits(s.Path); err != nil {
			return nil, err
		}
		if v.New, err = rq.fresh(&s, v.Now); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// savable is an address without what belongs to one visit: the page number, the
// group that results go into, the mark of what is new.
func savable(path string) (string, bool) {
	u, err := url.Parse(localPath(path, ""))
	if err != nil || savedPages[u.Path] == "" {
		return "", false
	}
	q := u.Query()
	for _, name := range []string{"page", "into", "after", "saved", "new"} {
		q.Del(name)
	}
	for name, v := range q {
		if len(v) == 0 || v[0] == "" {
			q.Del(name)
		}
	}
	if len(q) == 0 {
		return u.Path, true
	}
	return u.Path + "?" + q.Encode(), true
}

func saveSearch(rq *request) error {
	path, ok := savable(rq.form("path"))
	if !ok {
		return &queries.Refusal{Zh: "只能保存检索页、初筛和归并问题列表的条件。", En: "Only searches and the lists of groups and issues can be saved."}
	}
	n, err := rq.hits(path)
	if err != nil {
		return err
	}
	shared := rq.form("shared") == "1"
	if _, err := rq.w.store.SaveSearch(rq.ctx(), rq.Me, rq.form("name"), path, shared, n); err != nil {
		return err
	}
	text := "已保存，可在检索页和“我的工作”打开。"
	if shared {
		text = "已保存，并与本部门共享。"
	}
	rq.flash(rq.t(text), 0)
	return rq.redirect(path)
}

// openSaved leads to a saved search, marks what is new since the last visit,
// and notes this one.
func openSaved(rq *request) error {
	s, err := rq.w.store.SavedSearch(rq.ctx(), rq.Me, rq.number(rq.c.Param("id")))
	if err != nil {
		return err
	}
	n, err := rq.hits(s.Path)
	if err != nil {
		return err
	}
	if err := rq.w.store.VisitSearch(rq.ctx(), rq.Me, s.ID, n); err != nil {
		return err
	}
	u, err := url.Parse(s.Path)
	if err != nil {
		return notFoundPage(rq)
	}
	q := u.Query()
	q.Set("saved", strconv.Itoa(s.ID))
	if u.Path == "/search" && s.Visited() && s.RunID != rq.w.store.RunID() {
		q.Set("after", s.RunID)
	}
	return rq.redirect(localPath(u.Path+"?"+q.Encode(), "/search"))
}

func forgetSearch(rq *request) error {
	if err := rq.w.store.ForgetSearch(rq.ctx(), rq.Me, rq.number(rq.c.Param("id"))); err != nil {
		return err
	}
	rq.flash(rq.t("已删除这项已存检索。"), 0)
	return rq.redirect(localPath(rq.form("from"), "/search"))
}

// readMentions marks notes that name the person as read: one, or all.
func readMentions(rq *request) error {
	note := rq.number(rq.form("note"))
	issue := rq.number(rq.form("issue"))
	if note == 0 && issue == 0 && rq.form("all") != "1" {
		return &queries.Refusal{Zh: "请选择要标为已读的意见。", En: "Choose which notes to mark as read."}
	}
	if err := rq.w.store.ReadMentions(rq.ctx(), rq.Me.ID, note, issue); err != nil {
		return err
	}
	return rq.redirect(localPath(rq.form("to"), "/desk"))
}
