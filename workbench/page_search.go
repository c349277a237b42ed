package workbench

import (
	"net/http"

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
}

// searchRows is how many items one page of results shows.
const searchRows = 30

func searchPage(rq *request) error {
	asked := rq.c.Request.URL.Query()
	page := max(1, rq.number(asked.Get("page")))
	q := queries.Query{
		Text: rq.query("q"), Department: rq.query("department"), Province: rq.query("province"), Training: rq.query("training"),
		Kind: rq.query("kind"), Topic: rq.query("topic"), Limit: searchRows, Offset: (page - 1) * searchRows,
	}
	p := SearchPage{Text: q.Text, Query: q, Into: rq.query("into")}
	var err error
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

// ItemPage is one item with all its places and its neighbours.
type ItemPage struct {
	queries.ItemView
	MayUnits    bool
	MayAct      bool
	MayOriginal bool // may ask for the unmasked row
	Hidden      bool
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
