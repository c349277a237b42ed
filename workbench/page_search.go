package workbench

import (
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongtang/queries"
)

// SearchPage is a search over items and groups.
type SearchPage struct {
	queries.Found
	Text    string
	Query   queries.Query
	Choices queries.Choices
	Pages   pager
	Into    string // a group that results can be put into
	IntoRow queries.Listing
	Asked   bool
	Shared  []queries.Shared // the terms, for highlighting
	Saved   []Saved
	After   string // run the person last saw of a saved search: later items are new
	Here    string
	MayAct  bool
}

// searchRows is how many items one page of results shows.
const searchRows = 30

func searchPage(rq *request) error {
	asked := rq.c.Request.URL.Query()
	page := max(1, rq.number(asked.Get("page")))
	q := searchQuery(asked)
	q.Limit, q.Offset = searchRows, (page-1)*searchRows
	p := SearchPage{Text: q.Text, Query: q, Into: rq.query("into"), After: rq.query("after"), Here: rq.path(), MayAct: rq.may(decide)}
	var err error
	if p.Saved, err = rq.saved(); err != nil {
		return err
	}
	if p.Choices, err = rq.w.filterChoices(rq.ctx()); err != nil {
		return err
	}
	if p.Into != "" && rq.may(decide) {
		g, err := rq.w.store.Listing(rq.ctx(), p.Into)
		if err != nil {
			return err
		}
		p.IntoRow = g
	} else {
		p.Into = ""
	}
	p.Asked = q.Text != "" || q.Department != "" || q.Province != "" || q.Training != "" || q.Kind != "" || q.Topic != ""
	if p.Asked {
		if p.Found, err = rq.w.store.Search(rq.ctx(), q); err != nil {
			return err
		}
		rq.hideOthers(p.Items)
	}
	for _, t := range p.Terms {
		p.Shared = append(p.Shared, queries.Shared{Name: t})
	}
	p.Pages = newPager("/search", asked, page, searchRows, p.Total)
	return rq.show(http.StatusOK, "search", "检索", p)
}

// searchQuery reads a search from an address.
func searchQuery(asked url.Values) queries.Query {
	one := func(name string) string { return strings.TrimSpace(asked.Get(name)) }
	return queries.Query{
		Text: one("q"), Department: one("department"), Province: one("province"), Training: one("training"), Kind: one("kind"), Topic: one("topic"), Limit: 1,
	}
}

// New says that an item came since the person last opened this saved search.
func (p *SearchPage) New(m *queries.Member) bool { return p.After != "" && m.AddedRun > p.After }

// Draw is the address that puts these results to two readers.
func (p *SearchPage) Draw() string {
	q := url.Values{"from": {"search"}}
	for name, v := range map[string]string{"q": p.Query.Text, "department": p.Query.Department, "province": p.Query.Province, "training": p.Query.Training, "kind": p.Query.Kind, "topic": p.Query.Topic} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "/readings/new?" + q.Encode()
}

// ItemPage is one item with all its places and its neighbours.
type ItemPage struct {
	queries.ItemView
	MayUnits    bool
	MayAct      bool
	MayOriginal bool // may ask for the unmasked row
	Hidden      bool
	Blind       bool // the person is reading it blind: where it stands is not shown
}

// blind are the items the person is reading blind for a study.
func (rq *request) blind() (map[string]bool, error) {
	if !rq.may(decide) {
		return nil, nil
	}
	return rq.w.store.BlindItems(rq.ctx(), rq.Me.ID)
}

// notBlind leaves out what the person is reading blind.
func (rq *request) notBlind(members []queries.Member) ([]queries.Member, error) {
	blind, err := rq.blind()
	if err != nil || len(blind) == 0 {
		return members, err
	}
	return slices.DeleteFunc(slices.Clone(members), func(m queries.Member) bool { return blind[m.ID] }), nil
}

// refuseBlind refuses a file that says where the machine put what the person is
// reading blind.
func (rq *request) refuseBlind(items iter.Seq[string]) error {
	blind, err := rq.blind()
	if err != nil {
		return err
	}
	n := 0
	for id := range items {
		if blind[id] {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return &queries.Refusal{
		Kind: queries.Forbidden,
		Zh:   fmt.Sprintf("其中 %d 条在您的双人研读中，两位都交卷之前不能导出：请先交卷，或请其他人员导出。", n),
		En:   fmt.Sprintf("%d of these items are in your study of two readers and cannot be exported until both have handed in: hand in first, or ask someone else.", n),
	}
}

func itemPage(rq *request) error {
	v, err := rq.w.store.Item(rq.ctx(), rq.c.Param("id"))
	if isRefusal(err) {
		return withdrawnPage(rq)
	}
	if err != nil {
		return err
	}
	p := ItemPage{ItemView: v, MayUnits: rq.may(review), MayAct: rq.may(decide), MayOriginal: rq.may(unmask)}
	own := []queries.Member{p.Member}
	p.Hidden = rq.hideOthers(own) > 0
	p.Member = own[0]
	rq.hideOthers(p.Neighbors)
	rq.hideOthers(p.Endorsers)
	blind, err := rq.blind()
	if err != nil {
		return err
	}
	if p.Blind = blind[p.ID]; p.Blind {
		p.GroupKey, p.Group, p.Neighbors, p.Shared = "", queries.Listing{}, nil, nil
	}
	return rq.show(http.StatusOK, "item", "反馈条目", p)
}

// WithdrawnPage is an item that was taken back; reports may still lead to it.
type WithdrawnPage struct {
	queries.Withdrawn
	Hidden bool
}

func withdrawnPage(rq *request) error {
	v, err := rq.w.store.Withdrawn(rq.ctx(), rq.c.Param("id"))
	if err != nil {
		return err
	}
	p := WithdrawnPage{Withdrawn: v}
	own := []queries.Member{{Department: v.Department}}
	p.Hidden = rq.hideOthers(own) > 0
	return rq.show(http.StatusOK, "withdrawn", "反馈条目", p)
}
