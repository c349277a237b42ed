package queries

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"tongtang/pipeline/feedback"
)

// SavedSearch is a search or a list kept under a name, by its owner alone or
// with the owner's department.
type SavedSearch struct {
	ID         int       `column:"search_id"`
	AccountID  int       `column:"account_id"`
	Owner      string    `column:"name_of_owner"`
	Name       string    `column:"name"`
	Path       string    `column:"path"` // of the page, with its query
	SavedAt    time.Time `column:"saved_at"`
	SharedWith string    `column:"shared_with"` // department; '' when its owner's alone
	VisitedAt  time.Time `column:"visited_at"`  // by the person who asks; zero before the first time
	RunID      string    `column:"run_id"`      // the corpus then
	Hits       int       `column:"hits"`        // and how many hits there were
}

// Visited says whether the person has opened it before.
func (s *SavedSearch) Visited() bool { return s.VisitedAt.Year() > 1970 }

const (
	savedMost     = 50 // searches of one person
	savedNameMost = 40
	savedPathMost = 1000
)

// SavedSearches lists the person's own, then those shared with their
// department.
func (s *Store) SavedSearches(ctx context.Context, me Account) ([]SavedSearch, error) {
	return rows[SavedSearch](ctx, s.db, "review/saved_searches", args{"account_id": me.ID, "department": me.Department, "search_id": 0})
}

// SavedSearch finds one that the person may see.
func (s *Store) SavedSearch(ctx context.Context, me Account, id int) (SavedSearch, error) {
	if id <= 0 {
		return SavedSearch{}, noSavedSearch()
	}
	out, ok, err := one[SavedSearch](ctx, s.db, "review/saved_searches", args{"account_id": me.ID, "department": me.Department, "search_id": id})
	if err == nil && !ok {
		err = noSavedSearch()
	}
	return out, err
}

func noSavedSearch() error {
	return refuse(NotFound, "没有这项已存检索：可能已被保存它的人删除。", "There is no such saved search; its owner may have removed it.")
}

// SaveSearch keeps a page's address under a name. hits is how many there are
// now: what is beyond them later is new.
func (s *Store) SaveSearch(ctx context.Context, me Account, name, path string, shared bool, hits int) (id int, err error) {
	if name, err = line(name, savedNameMost, "名称", "name"); err != nil {
		return 0, err
	}
	switch {
	case name == "":
		return 0, refuse(Invalid, "请给这次检索起个名称。", "Give the search a name.")
	case path == "" || len(path) > savedPathMost:
		return 0, refuse(Invalid, "这个检索条件太长，不能保存。", "This search is too long to save.")
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		have, _, err := one[countRow](ctx, tx, "review/saved_search_count", args{"account_id": me.ID})
		if err != nil {
			return done{}, err
		}
		if have.N >= savedMost {
			return done{}, refusef(Invalid, "最多保存 %d 项检索，请先删除不用的。", "At most %d searches can be saved; remove some first.", savedMost)
		}
		next, _, err := one[countRow](ctx, tx, "review/saved_search_next", nil)
		if err != nil {
			return done{}, err
		}
		id = next.N
		if err := exec(ctx, tx, "review/saved_search_insert", args{"search_id": id, "account_id": me.ID, "name": name, "path": path, "now": s.now()}); err != nil {
			return done{}, err
		}
		if shared && me.Department != string(feedback.OtherDept) {
			if err := exec(ctx, tx, "review/saved_search_share", args{"search_id": id, "department": me.Department}); err != nil {
				return done{}, err
			}
		}
		return done{}, s.visit(ctx, tx, me.ID, id, hits)
	})
	return id, err
}

// VisitSearch notes that the person opened a saved search and found so many
// hits.
func (s *Store) VisitSearch(ctx context.Context, me Account, id, hits int) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) { return done{}, s.visit(ctx, tx, me.ID, id, hits) })
}

func (s *Store) visit(ctx context.Context, tx *sql.Tx, account, id, hits int) error {
	return exec(ctx, tx, "review/saved_search_visit", args{"search_id": id, "account_id": account, "run_id": s.RunID(), "hits": hits, "now": s.now()})
}

// ForgetSearch removes a saved search of the person's own.
func (s *Store) ForgetSearch(ctx context.Context, me Account, id int) error {
	have, err := s.SavedSearch(ctx, me, id)
	if err != nil {
		return err
	}
	if have.AccountID != me.ID {
		return refusef(Forbidden, "这项检索由 %s 保存，只能由本人删除。", "This search is %s's; only they can remove it.", have.Owner)
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/saved_search_forget", args{"search_id": id, "account_id": me.ID}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, me.ID, "search.forget", "search:"+strconv.Itoa(id), map[string]any{"name": have.Name})
	})
}
