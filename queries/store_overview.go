package queries

import (
	"context"
	"slices"
	"time"
)

// Cell is one cell of the heat table: a department's items on a chapter of the
// taxonomy, and how many groups they stand in.
type Cell struct {
	Department string `column:"department"`
	Parent     string `column:"parent"`
	ParentName string `column:"parent_name"`
	Items      int    `column:"items"`
	Groups     int    `column:"groups"`
}

// StatusCount is how many issues stand at a status.
type StatusCount struct {
	State  string `column:"state"`
	Status string `column:"status"`
	Groups int    `column:"groups"`
	Items  int    `column:"items"`
}

// Totals are the figures at the head of the overview.
type Totals struct {
	Items       int `column:"items"`
	Endorsed    int `column:"endorsements"`
	Trainings   int `column:"trainings"`
	Provinces   int `column:"provinces"`
	Issues      int `column:"issues"`
	Suggested   int `column:"suggested"`
	Singles     int `column:"singles"`
	Common      int `column:"common"` // three departments, five provinces or two trainings and more
	NewGroups   int `column:"new_groups"`
	GrownGroups int `column:"grown_groups"`
	Since       int `column:"since_last"`
	Rejects     int `column:"rejects"`
	Waiting     int `column:"waiting"` // files not taken in
	Proposed    int `column:"proposed"`
	Conflicts   int `column:"conflicts"`
}

// Overview is the first page's figures.
type Overview struct {
	Totals    Totals
	Statuses  []StatusCount
	Heat      []Cell
	Recurring []Listing
	Silent    []Listing // common issues that one department has not spoken to
	Kept      Kept      // machine against people, see Verdicts
	KeptNow   Kept      // of it by decisions since the last night
	Trainings []Training
}

// Overview reads the overview; since is the person's last visit. All but what
// is new since then is the same for everybody and read once for each state of
// the desk.
func (s *Store) Overview(ctx context.Context, since time.Time) (Overview, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	g := s.current.Load()
	o, err := g.overview.get(ctx, s.version.Load(), s.readOverview)
	if err != nil {
		return o, err
	}
	// A remark on an issue changes its row and none of the figures.
	for _, list := range []*[]Listing{&o.Recurring, &o.Silent} {
		keys := make([]string, len(*list))
		for i := range *list {
			keys[i] = (*list)[i].Key
		}
		if *list, err = s.listings(ctx, keys); err != nil {
			return o, err
		}
	}
	n, _, err := one[countRow](ctx, s.db, "corpus/changed_since", args{"since": since.UTC()})
	o.Totals.Since = n.N
	o.Kept, o.KeptNow = s.MachineKept()
	return o, err
}

func (s *Store) readOverview(ctx context.Context) (Overview, error) {
	g := s.current.Load()
	var o Overview
	var err error
	if o.Totals, err = g.fixed.get(ctx, 0, s.readFixed); err != nil {
		return o, err
	}
	moving, _, err := one[Totals](ctx, s.db, "corpus/totals", args{"run": g.run.RunID})
	if err != nil {
		return o, err
	}
	fixed := o.Totals
	o.Totals = moving
	o.Totals.Items, o.Totals.Endorsed, o.Totals.Trainings, o.Totals.Provinces = fixed.Items, fixed.Endorsed, fixed.Trainings, fixed.Provinces
	o.Totals.Rejects, o.Totals.Waiting, o.Totals.Proposed, o.Totals.Conflicts = fixed.Rejects, fixed.Waiting, fixed.Proposed, fixed.Conflicts
	if o.Statuses, err = rows[StatusCount](ctx, s.db, "corpus/status_counts", nil); err != nil {
		return o, err
	}
	if o.Heat, err = rows[Cell](ctx, s.db, "corpus/heat", nil); err != nil {
		return o, err
	}
	if o.Recurring, err = s.listingsOf(ctx, "corpus/recurring", nil); err != nil {
		return o, err
	}
	if o.Silent, err = s.listingsOf(ctx, "corpus/missing_voices", nil); err != nil {
		return o, err
	}
	c, err := g.choices.get(ctx, 0, s.readChoices)
	o.Trainings = c.Trainings
	return o, err
}

// readFixed counts what changes only with the corpus.
func (s *Store) readFixed(ctx context.Context) (Totals, error) {
	t, _, err := one[Totals](ctx, s.db, "corpus/totals_of_corpus", nil)
	return t, err
}

// Change is what the last night did to a group.
type Change struct {
	Key       string    `column:"group_key"`
	Other     string    `column:"other_key"`
	Kind      string    `column:"kind"`
	Items     int       `column:"items"`
	Cause     string    `column:"cause"`
	At        time.Time `column:"happened_at"`
	Title     string    `column:"title"`
	State     string    `column:"state"`
	IssueNo   int       `column:"issue_no"`
	Status    string    `column:"status"`
	Size      int       `column:"size"`
	OtherText string    `column:"other_title"`
	OtherNo   int       `column:"other_no"`
	Version   int       `column:"issue_version"`
	Endorsed  int       `column:"endorsements"`
	Changed   string    `column:"changed_run"`
}

// Stamp names what a person saw of the group; a form carries it back.
func (c *Change) Stamp() string {
	b := boardStamp{Version: c.Version, Items: c.Size, Endorsements: c.Endorsed, ChangedRun: c.Changed}
	return b.stamp()
}

// MergeProposal is a merge the machine proposes and leaves to people.
type MergeProposal struct {
	Key        string  `column:"group_key"`
	Title      string  `column:"title"`
	IssueNo    int     `column:"issue_no"`
	Items      int     `column:"items"`
	OtherKey   string  `column:"other_key"`
	OtherTitle string  `column:"other_title"`
	OtherNo    int     `column:"other_no"`
	OtherItems int     `column:"other_items"`
	Similarity float64 `column:"similarity"`
}

// Night is what the last run changed.
type Night struct {
	Run       Run
	Changes   []Change
	Proposals []MergeProposal
	Conflicts []Objection
}

// nightMost is how many changes of one kind the page lists.
const nightMost = 120

// Night reads what the run of the attached corpus changed, once for each state
// of the desk.
func (s *Store) Night(ctx context.Context) (Night, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	n, err := s.current.Load().night.get(ctx, s.version.Load(), s.readNight)
	n.Conflicts = slices.Clone(n.Conflicts) // a page blanks what its reader may not see
	return n, err
}

// stampNight puts the present version of the groups' issues into the night that
// is kept: forms carry it back.
func (s *Store) stampNight(ctx context.Context, g *generation, keys []string) error {
	for _, k := range keys {
		l, _, err := s.listing(ctx, g.key(k))
		if err != nil {
			return err
		}
		g.night.amend(func(n Night) Night {
			n.Changes = slices.Clone(n.Changes)
			for i := range n.Changes {
				if n.Changes[i].Key == l.Key {
					n.Changes[i].Version = l.Version
				}
			}
			return n
		})
	}
	return nil
}

func (s *Store) readNight(ctx context.Context) (Night, error) {
	var n Night
	var err error
	if n.Run, _, err = one[runRow](ctx, s.db, "corpus/run", nil); err != nil {
		return n, err
	}
	if n.Changes, err = rows[Change](ctx, s.db, "corpus/night_changes", args{"run": n.Run.RunID, "limit": nightMost}); err != nil {
		return n, err
	}
	if n.Proposals, err = rows[MergeProposal](ctx, s.db, "corpus/night_proposals", nil); err != nil {
		return n, err
	}
	n.Conflicts, err = s.objections(ctx, "corpus/night_conflicts", nil)
	return n, err
}

// File is a source file and what became of it.
type File struct {
	SHA256   string `column:"sha256"`
	Name     string `column:"file"`
	Training string `column:"training_id"`
	Format   string `column:"format"`
	Encoding string `column:"encoding"`
	Bytes    int64  `column:"bytes"`
	Run      string `column:"first_run"`
	Outcome  string `column:"outcome"`
	Rows     int    `column:"rows_in"`
	Items    int    `column:"items_out"`
	Repeated int    `column:"repeated"`
	Rejected int    `column:"rejected"`
	Masked   string `column:"masked"`
	Report   string `column:"report"`
	Rejects  []Rejected
}

// Rejected is a row that was read but not taken in.
type Rejected struct {
	SHA256  string `column:"sha256"`
	File    string `column:"file"`
	Sheet   string `column:"sheet"`
	Row     int    `column:"row_no"`
	Column  string `column:"column_name"`
	Part    int    `column:"part"`
	Reason  string `column:"reason"`
	Mend    string `column:"mend"`
	Excerpt string `column:"excerpt"`
}

// Files lists the source files, latest run first, with the rows turned away.
func (s *Store) Files(ctx context.Context) ([]File, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	list, err := rows[File](ctx, s.db, "corpus/files", nil)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, f := range list {
		at[f.SHA256] = i
	}
	rejects, err := rows[Rejected](ctx, s.db, "corpus/rejects", nil)
	for _, r := range rejects {
		i, ok := at[r.SHA256]
		if !ok {
			// A file turned away whole has no row among the files.
			i = len(list)
			at[r.SHA256] = i
			list = append(list, File{SHA256: r.SHA256, Name: r.File, Outcome: "隔离"})
		}
		list[i].Rejects = append(list[i].Rejects, r)
	}
	return list, err
}

// Load is how much an analyst has in hand.
type Load struct {
	AccountID int    `column:"account_id"`
	Name      string `column:"name"`
	Dept      string `column:"department"`
	Open      int    `column:"open"`
	Overdue   int    `column:"overdue"`
}

// Desk is a person's own page.
type Desk struct {
	Mine      []Listing
	Review    []Listing // waiting for a reviewer
	Proposals []PendingCandidate
	Mentions  []Mention
	Loads     []Load
	Recent    []DecisionEntry
	Readings  []WaitingReading
}

// PendingCandidate is a proposal that waits for a reviewer.
type PendingCandidate struct {
	Candidate
	Title string `column:"title"`
}

// Loads tells how much each analyst has in hand; today is the local day.
func (s *Store) Loads(ctx context.Context, today time.Time) ([]Load, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return rows[Load](ctx, s.db, "review/loads", args{"today": today})
}

// Desk reads a person's own page. today is the local day, for what is overdue.
func (s *Store) Desk(ctx context.Context, me Account, today time.Time) (Desk, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	var d Desk
	var err error
	if d.Mine, err = s.listRows(ctx, Filter{States: []string{StateIssue}, Assignee: me.ID, Sort: "due", Limit: 100}); err != nil {
		return d, err
	}
	if me.Role == Reviewer {
		if d.Review, err = s.listRows(ctx, Filter{States: []string{StateIssue}, Status: "待复核", Limit: 50}); err != nil {
			return d, err
		}
		if d.Proposals, err = rows[PendingCandidate](ctx, s.db, "review/candidates_waiting", args{"account_id": me.ID}); err != nil {
			return d, err
		}
	}
	if d.Mentions, err = rows[Mention](ctx, s.db, "review/mentions", args{"account_id": me.ID}); err != nil {
		return d, err
	}
	if d.Readings, err = rows[WaitingReading](ctx, s.db, "review/reading/waiting", args{"account_id": me.ID, "settles": me.Role == Reviewer || me.Role == Analyst}); err != nil {
		return d, err
	}
	if d.Loads, err = rows[Load](ctx, s.db, "review/loads", args{"today": today}); err != nil {
		return d, err
	}
	d.Recent, err = rows[DecisionEntry](ctx, s.db, "review/decisions", args{"account_id": me.ID, "kind": "", "limit": 10, "offset": 0})
	return d, err
}
