package queries

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tongtang/pipeline/feedback"
)

// Member is one item of a group with all that its page shows of it.
type Member struct {
	ID          string     `column:"item_id"`
	TrainingID  string     `column:"training_id"`
	Department  string     `column:"department"`
	Province    string     `column:"province"`
	Unit        string     `column:"unit"` // shown to reviewers only
	Kind        string     `column:"kind"`
	Segment     string     `column:"segment"`
	GivenOn     time.Time  `column:"given_on"`
	Stem        string     `column:"stem"`
	Text        string     `column:"text"`
	Background  string     `column:"background"`
	LegalBasis  string     `column:"legal_basis"`
	Reply       string     `column:"reply"`
	Language    string     `column:"language"`
	Endorses    string     `column:"endorses"`
	NearOf      string     `column:"near_of"`
	AddedRun    string     `column:"added_run"`
	Contributor string     `column:"contributor_key"`
	GroupKey    string     `column:"group_key"`
	Rank        int        `column:"rank"`
	Strength    float64    `column:"strength"`
	Level       string     `column:"level"` // 高, 中, 低; '' when a person put it here
	Borderline  bool       `column:"borderline"`
	Decided     bool       `column:"decided"`
	Moved       bool       `column:"moved"`
	SharedJSON  string     `column:"shared"`
	Shared      []Shared   // what it shares with the group, strongest first
	Sources     []Sighting // every place it was seen, first first
	Citations   []Citation
}

// Shared is something an item shares with its group: a word, a concept, a norm.
type Shared struct {
	Kind   string
	Name   string
	Weight float64
}

// Sighting is one place where an item was seen.
type Sighting struct {
	ItemID string `column:"item_id"`
	SHA256 string `column:"sha256"`
	File   string `column:"file"`
	Sheet  string `column:"sheet"`
	Row    int    `column:"row_no"`
	Column string `column:"column_name"`
	Part   int    `column:"part"`
}

// Source is the place in feedback's terms.
func (p *Sighting) Source() feedback.Source {
	return feedback.Source{SHA256: p.SHA256, File: p.File, Sheet: p.Sheet, Row: p.Row, Column: p.Column, Part: p.Part}
}

// Citation is one mention of a norm by an item.
type Citation struct {
	ItemID  string `column:"item_id"`
	Norm    string `column:"norm"`
	Label   string `column:"label"`
	Version string `column:"version"`
	Raw     string `column:"raw"`
}

// Neighbor is a group near another.
type Neighbor struct {
	Key        string  `column:"group_key"`
	Title      string  `column:"title"`
	State      string  `column:"state"`
	IssueNo    int     `column:"issue_no"`
	Status     string  `column:"status"`
	Outcome    string  `column:"outcome"`
	Items      int     `column:"items"`
	Similarity float64 `column:"similarity"`
	Proposed   bool    `column:"proposed"`
}

// Voiced is how many members a department of a province said on a day, of a kind.
type Voiced struct {
	Department string    `column:"department"`
	Kind       string    `column:"kind"`
	Province   string    `column:"province"`
	GivenOn    time.Time `column:"given_on"`
	Items      int       `column:"items"`
}

// Event is a step in a group's life, by a night or by a person.
type Event struct {
	At    time.Time `column:"happened_at"`
	Kind  string    `column:"kind"`
	Other string    `column:"other_key"`
	Items int       `column:"items"`
	Cause string    `column:"cause"`
	Run   string    `column:"run_id"`
	Seq   int64     `column:"decision_seq"`
	By    string    `column:"name"`
}

// Candidate is an issue proposed for an output direction.
type Candidate struct {
	ID           int       `column:"candidate_id"`
	IssueNo      int       `column:"issue_no"`
	Direction    string    `column:"direction"`
	Reason       string    `column:"reason"`
	Status       string    `column:"status"` // one of Stages, or 已撤回
	Author       int       `column:"author"`
	AuthorName   string    `column:"author_name"`
	CreatedAt    time.Time `column:"created_at"`
	UpdatedAt    time.Time `column:"updated_at"`
	Version      int       `column:"version"`
	FieldsJSON   string    `column:"fields"`
	Round        int       `column:"round"` // of deliberation; 0 before the first
	DueOn        time.Time `column:"due_on"`
	Recipient    string    `column:"recipient"`
	Result       string    `column:"result"`
	ResultReason string    `column:"result_reason"`
	ResultDoc    string    `column:"result_doc"`
	ResultOn     time.Time `column:"result_on"`
	Told         string    `column:"told"`
	ToldOn       time.Time `column:"told_on"`
}

// Count is a value with how many items have it.
type Count struct {
	Value string `column:"value"`
	Items int    `column:"items"`
}

// GroupView is everything the page of a group or issue shows.
type GroupView struct {
	Listing
	FoundingItem string
	TitleItem    string
	MachineTitle string
	TopicReason  string
	Statement    string
	ConfirmedBy  string
	ConfirmedAt  time.Time
	Aliases      []int // numbers of issues merged into it
	MergedInto   string
	MergedNo     int
	Members      []Member // most central first; on a page of a large group those of the page
	From         int      // how many more central ones stand before Members
	Total        int      // members in all
	Borderline   int      // of them, those that might stand elsewhere
	Voices       []Voiced // all of them, counted
	Norms        []NormCount
	Provinces    []Count
	Neighbors    []Neighbor
	Suggestions  []Member // undecided items that might belong here
	Lineage      []Event
	Revisions    []Revision
	Decisions    []DecisionEntry
	Candidates   []Candidate
	Notes        []Note
	Conflicts    []Objection
}

// Objection is new material that speaks against a decision.
type Objection struct {
	GroupKey string `column:"group_key"`
	OtherKey string `column:"other_key"`
	ItemID   string `column:"item_id"`
	Kind     string `column:"kind"`
	Reason   string `column:"reason"`
	Seq      int64  `column:"decision_seq"`
	Title    string `column:"title"`
	IssueNo  int    `column:"issue_no"`
	// Of the item it is about.
	Text       string `column:"text"`
	Department string `column:"department"`
}

// IssueKey finds the group of an issue's number, following merges.
func (s *Store) IssueKey(ctx context.Context, no int) (key string, now int, err error) {
	for range 20 {
		is, err := s.issue(ctx, s.db, no)
		if err != nil {
			return "", 0, err
		}
		if is.MergedInto == 0 {
			return is.GroupKey, no, nil
		}
		no = is.MergedInto
	}
	return "", 0, fmt.Errorf("issue %d: merged in a circle", no)
}

type groupRow struct {
	FoundingItem string `column:"founding_item"`
	TitleItem    string `column:"title_item"`
	Title        string `column:"title"`
	TopicReason  string `column:"topic_reason"`
}

// Group reads a group or issue by its key, an earlier key, or the key of a
// group merged into another (then MergedInto leads on).
func (s *Store) Group(ctx context.Context, key string) (GroupView, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return s.group(ctx, key, 0, math.MaxInt, true)
}

// GroupPage is Group with at most most of its members, those after the first
// from; what is counted is counted over all.
func (s *Store) GroupPage(ctx context.Context, key string, from, most int) (GroupView, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return s.group(ctx, key, max(0, from), most, true)
}

// GroupOfReport is Group without what only its page shows: what is near it,
// what might belong to it, what speaks against it. A report over hundreds of
// issues need not ask for that.
func (s *Store) GroupOfReport(ctx context.Context, key string) (GroupView, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return s.group(ctx, key, 0, math.MaxInt, false)
}

func (s *Store) group(ctx context.Context, key string, from, most int, page bool) (GroupView, error) {
	var v GroupView
	key = s.currentKey(key)
	row, ok, err := s.listing(ctx, key)
	if err != nil {
		return v, err
	}
	if !ok {
		return v, refuse(NotFound, "没有这一组：可能已在夜间归并中并入其他组，请从列表重新查找。", "There is no such group; a night may have merged it into another.")
	}
	v.Listing = row
	g := s.current.Load()
	// Three strands that need nothing of each other and fill fields of their own.
	strands, ctx := errgroup.WithContext(ctx)
	strands.Go(func() error {
		b, err := s.base(ctx, g, key)
		if err != nil {
			return err
		}
		v.FoundingItem, v.TitleItem, v.MachineTitle, v.TopicReason = b.FoundingItem, b.TitleItem, b.Title, b.TopicReason
		v.Lineage = slices.Clone(b.lineage)
		return s.fillMembers(ctx, g, &v, b, from, most)
	})
	if page {
		strands.Go(func() error { return s.besideGroup(ctx, g, key, &v) })
	}
	strands.Go(func() (err error) {
		if v.Decisions, err = s.decisionsOf(ctx, key); err != nil {
			return err
		}
		if row.State == StateMerged {
			if err := s.whereMerged(ctx, key, &v); err != nil {
				return err
			}
		}
		if row.IssueNo == 0 {
			return nil
		}
		return s.issueParts(ctx, &v)
	})
	err = strands.Wait()
	return v, err
}

// whereMerged reads into which group another was merged.
func (s *Store) whereMerged(ctx context.Context, key string, v *GroupView) error {
	type merged struct {
		Other string `column:"other_key"`
		No    int    `column:"issue_no"`
	}
	m, _, err := one[merged](ctx, s.db, "review/merged_into", args{"key": key})
	v.MergedInto, v.MergedNo = m.Other, m.No
	return err
}

// besideGroup reads what its page shows beside a group.
func (s *Store) besideGroup(ctx context.Context, g *generation, key string, v *GroupView) error {
	near, err := s.beside(ctx, g, key)
	if err != nil {
		return err
	}
	if v.Neighbors, err = s.neighbors(ctx, near.groups); err != nil {
		return err
	}
	if v.Suggestions, err = s.suggestions(ctx, key, near.items); err != nil {
		return err
	}
	if g.inConflict[key] {
		v.Conflicts, err = s.objections(ctx, "corpus/group_conflicts", args{"key": key})
	}
	return err
}

// decisionsOf lists what people decided about a group, oldest first.
func (s *Store) decisionsOf(ctx context.Context, key string) ([]DecisionEntry, error) {
	seqs := s.current.Load().moves.decisions(key)
	if len(seqs) == 0 {
		return nil, nil
	}
	list, err := rows[DecisionEntry](ctx, s.db, "review/decisions_numbered", args{"seqs": seqs})
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx)
	for i := range list {
		d := &list[i]
		d.Name = people[d.AccountID].Name
		// Who takes a decision back names its groups.
		for _, u := range list[i:] {
			if u.Undoes == d.Seq {
				d.UndoneBy = u.Seq
			}
		}
	}
	return list, err
}

func (s *Store) issueParts(ctx context.Context, v *GroupView) error {
	is, err := s.issue(ctx, s.db, v.IssueNo)
	if err != nil {
		return err
	}
	people, err := s.people(ctx)
	if err != nil {
		return err
	}
	v.Statement, v.ConfirmedBy, v.ConfirmedAt = is.Statement, people[is.ConfirmedBy].Name, is.ConfirmedAt
	no := args{"issue_no": v.IssueNo}
	aliases, err := rows[countRow](ctx, s.db, "review/issue_aliases", no)
	if err != nil {
		return err
	}
	numbers := []int32{int32(v.IssueNo)}
	for _, a := range aliases {
		v.Aliases = append(v.Aliases, a.N)
		numbers = append(numbers, int32(a.N))
	}
	any, _, err := one[countRow](ctx, s.db, "review/candidates_count", args{"numbers": numbers})
	if err != nil {
		return err
	}
	if any.N > 0 {
		if v.Candidates, err = rows[Candidate](ctx, s.db, "review/candidates", no); err != nil {
			return err
		}
	}
	if v.Notes, err = s.notes(ctx, v.IssueNo); err != nil {
		return err
	}
	v.Revisions, err = s.revisions(ctx, s.db, v.IssueNo, 0)
	return err
}

// revisions lists what changed in an issue since a version, oldest first.
func (s *Store) revisions(ctx context.Context, q querier, no, version int) ([]Revision, error) {
	list, err := rows[Revision](ctx, q, "review/revisions_since", args{"issue_no": no, "version": version})
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx)
	for i := range list {
		list[i].Name = people[list[i].AccountID].Name
	}
	return list, err
}

// fillMembers reads the members of one page and counts all.
func (s *Store) fillMembers(ctx context.Context, g *generation, v *GroupView, b *groupBase, from, most int) (err error) {
	placed := g.moves.over(b.places, v.Key)
	v.Total, v.From = len(placed), min(from, len(placed))
	for i := range placed {
		if placed[i].Borderline {
			v.Borderline++
		}
	}
	page := placed[v.From:]
	page = page[:min(most, len(page))]
	members := make([]Member, len(page))
	for i := range page {
		members[i] = page[i].member()
		members[i].GroupKey = v.Key
	}
	if v.Members, err = s.members(ctx, members); err != nil {
		return err
	}
	if len(page) == len(placed) {
		at := map[Voiced]int{}
		for i := range v.Members {
			m := &v.Members[i]
			at[Voiced{m.Department, m.Kind, m.Province, m.GivenOn, 0}]++
		}
		for t, n := range at {
			t.Items = n
			v.Voices = append(v.Voices, t)
		}
		v.Norms = CitedNorms(v.Members)
	} else {
		c, err := s.counts(ctx, g, v.Key, b, placed)
		if err != nil {
			return err
		}
		v.Voices, v.Norms = slices.Clone(c.voices), countNorms(c.cited)
	}
	n := map[string]int{}
	for _, t := range v.Voices {
		if t.Province != "" {
			n[t.Province] += t.Items
		}
	}
	for p, items := range n {
		v.Provinces = append(v.Provinces, Count{p, items})
	}
	slices.SortFunc(v.Provinces, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Value, b.Value)) })
	return nil
}

// objections reads what speaks against decisions, with the items it is about.
func (s *Store) objections(ctx context.Context, name string, a args) ([]Objection, error) {
	list, err := rows[Objection](ctx, s.db, name, a)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var ids []string
	for i := range list {
		ids = append(ids, list[i].ItemID)
	}
	at, err := s.said(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if m, ok := at[list[i].ItemID]; ok {
			list[i].Text, list[i].Department = m.Text, m.Department
		}
	}
	return list, nil
}

// neighborsMost is how many groups nearby a group's page names.
const neighborsMost = 12

// neighbors lists of the groups near another those that still stand.
func (s *Store) neighbors(ctx context.Context, near []Neighbor) ([]Neighbor, error) {
	keys := make([]string, len(near))
	for i := range near {
		keys[i] = near[i].Key
	}
	board, err := s.listings(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := make([]Neighbor, 0, neighborsMost)
	for i := range board {
		l := &board[i]
		if l.State == StateMerged || len(out) == neighborsMost {
			continue
		}
		n := near[slices.IndexFunc(near, func(n Neighbor) bool { return n.Key == l.Key })]
		n.Title, n.State, n.IssueNo, n.Status, n.Outcome, n.Items = l.Title, l.State, l.IssueNo, l.Status, l.Outcome, l.Items
		out = append(out, n)
	}
	return out, nil
}

// suggestionsMost is how many undecided items a group's page offers.
const suggestionsMost = 20

// suggestions lists of undecided items that might belong to the group, likeliest
// first, those that stand elsewhere, with where that is.
func (s *Store) suggestions(ctx context.Context, key string, near []Member) ([]Member, error) {
	near = slices.Clone(near)
	if err := s.place(ctx, near); err != nil {
		return nil, err
	}
	near = slices.DeleteFunc(near, func(m Member) bool { return m.GroupKey == key })
	return s.members(ctx, near[:min(suggestionsMost, len(near))])
}

// place notes in which group each item stands.
func (s *Store) place(ctx context.Context, list []Member) error {
	at, err := s.placesOf(ctx, idsOf(list))
	for i := range list {
		list[i].GroupKey = at[list[i].ID].GroupKey
	}
	return err
}

func idsOf(list []Member) []string {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// members reads what the listed items say, with their sources and citations.
// What the list tells of their places stays, as does its order; items the
// corpus does not have fall out.
func (s *Store) members(ctx context.Context, placed []Member) ([]Member, error) {
	at, err := s.said(ctx, idsOf(placed))
	if err != nil || len(at) == 0 {
		return nil, err
	}
	out := make([]Member, 0, len(placed))
	for _, p := range placed {
		found, ok := at[p.ID]
		if !ok {
			continue
		}
		m := *found
		m.Sources, m.Citations = slices.Clone(found.Sources), slices.Clone(found.Citations)
		m.GroupKey, m.Rank, m.Strength, m.Level = p.GroupKey, p.Rank, p.Strength, p.Level
		m.Borderline, m.Decided, m.Moved = p.Borderline, p.Decided, p.Moved
		if p.SharedJSON != "" && p.SharedJSON != "[]" {
			var shared [][3]any
			if err := json.Unmarshal([]byte(p.SharedJSON), &shared); err != nil {
				return nil, fmt.Errorf("shared words of item %s: %w", p.ID, err)
			}
			for _, sh := range shared {
				kind, _ := sh[0].(string)
				name, _ := sh[1].(string)
				weight, _ := sh[2].(float64)
				m.Shared = append(m.Shared, Shared{kind, name, weight})
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// said reads what the corpus says of the items, wherever they stand. The
// answer is kept and shared: nobody changes it.
func (s *Store) said(ctx context.Context, ids []string) (map[string]*Member, error) {
	g := s.current.Load()
	at, missing, since := g.items.find(ids)
	if len(missing) == 0 {
		return at, nil
	}
	items, err := rowsOfEach[Member](ctx, s.db, "corpus/items", missing)
	if err != nil || len(items) == 0 {
		return at, err
	}
	for i := range items {
		at[items[i].ID] = &items[i]
	}
	places, err := rowsOfEach[Sighting](ctx, s.db, "corpus/sightings", missing)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		if m, ok := at[p.ItemID]; ok {
			m.Sources = append(m.Sources, p)
		}
	}
	cited, err := rowsOfEach[Citation](ctx, s.db, "corpus/citations", missing)
	if err != nil {
		return nil, err
	}
	for _, c := range cited {
		if m, ok := at[c.ItemID]; ok {
			m.Citations = append(m.Citations, c)
		}
	}
	if len(missing) > eachMost {
		return at, nil // a report of thousands is not what the next page shows
	}
	for i := range items {
		g.items.keep(since, items[i].ID, &items[i], items[i].weight())
	}
	return at, nil
}

// ItemView is everything the page of an item shows.
type ItemView struct {
	Member
	Group     Listing // zero when it stands in none
	Endorsers []Member
	Neighbors []Member // nearest items, nearest first; Strength holds the similarity
}

// Item reads one item.
func (s *Store) Item(ctx context.Context, id string) (ItemView, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	var v ItemView
	at, err := s.placesOf(ctx, []string{id})
	if err != nil {
		return v, err
	}
	own := []Member{{ID: id}}
	if p, ok := at[id]; ok {
		own[0] = p.member()
	}
	list, err := s.members(ctx, own)
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, refuse(NotFound, "没有这条反馈：可能编号有误，或当前归并结果尚未收入。", "There is no such item in the present corpus.")
	}
	v.Member = list[0]
	if v.GroupKey != "" {
		if v.Group, _, err = s.listing(ctx, v.GroupKey); err != nil {
			return v, err
		}
	}
	g := s.current.Load()
	var endorsers, near []Member
	for _, e := range g.endorsers[id] {
		endorsers = append(endorsers, Member{ID: e})
	}
	if g.layout.Neighbors {
		if near, err = rows[Member](ctx, s.db, "corpus/item_neighbors", args{"item_id": id}); err != nil {
			return v, err
		}
	}
	all := slices.Concat(endorsers, near)
	if err := s.place(ctx, all); err != nil {
		return v, err
	}
	if v.Endorsers, err = s.members(ctx, all[:len(endorsers)]); err != nil {
		return v, err
	}
	v.Neighbors, err = s.members(ctx, all[len(endorsers):])
	return v, err
}

// CitedNorms counts the norms that members cite, most cited first.
func CitedNorms(members []Member) []NormCount {
	var all []Citation
	for i := range members {
		all = append(all, members[i].Citations...)
	}
	return countNorms(all)
}

func countNorms(cited []Citation) []NormCount {
	at, seen := map[string]int{}, map[[2]string]bool{}
	var out []NormCount
	for _, c := range cited {
		if seen[[2]string{c.ItemID, c.Norm}] {
			continue
		}
		seen[[2]string{c.ItemID, c.Norm}] = true
		i, ok := at[c.Norm]
		if !ok {
			i = len(out)
			at[c.Norm] = i
			out = append(out, NormCount{Norm: c.Norm, Label: c.Label, Version: c.Version})
		}
		out[i].Items = append(out[i].Items, c.ItemID)
	}
	slices.SortStableFunc(out, func(a, b NormCount) int {
		return cmp.Or(cmp.Compare(len(b.Items), len(a.Items)), strings.Compare(a.Norm, b.Norm))
	})
	return out
}

// NormCount is a norm with the items that cite it.
type NormCount struct {
	Norm, Label, Version string
	Items                []string
}

// DecisionEntry is one entry of the decision log as pages show it.
type DecisionEntry struct {
	Seq       int64     `column:"seq"`
	MadeAt    time.Time `column:"made_at"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	Kind      string    `column:"kind"`
	GroupKey  string    `column:"group_key"`
	OtherKey  string    `column:"other_key"`
	IssueNo   int       `column:"issue_no"`
	Items     []string  `column:"items"`
	Payload   string    `column:"payload"`
	Undoes    int64     `column:"undoes"`
	UndoneBy  int64     `column:"undone_by"`
	Title     string    `column:"title"` // of the group, as the board has it
}

// DecisionFilter narrows the decision log; zero fields do not.
type DecisionFilter struct {
	AccountID     int
	Kind          string
	Limit, Offset int
}

// Decisions lists the log, newest first, and counts what meets the filter.
func (s *Store) Decisions(ctx context.Context, f DecisionFilter) ([]DecisionEntry, int, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	a := args{"account_id": f.AccountID, "kind": f.Kind}
	n, _, err := one[countRow](ctx, s.db, "review/decisions_count", a)
	if err != nil {
		return nil, 0, err
	}
	a["limit"], a["offset"] = f.Limit, f.Offset
	list, err := rows[DecisionEntry](ctx, s.db, "review/decisions", a)
	return list, n.N, err
}

// Listing is one group as lists show it.
func (s *Store) Listing(ctx context.Context, key string) (Listing, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	key = s.currentKey(key)
	l, ok, err := s.listing(ctx, key)
	if err == nil && !ok {
		err = refuse(NotFound, "没有这一组。", "There is no such group.")
	}
	return l, err
}
