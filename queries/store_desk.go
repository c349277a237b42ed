package queries

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tongtang/pipeline/feedback"
)

// desk is what the decisions amount to over the attached corpus.
//
// Decisions the corpus has seen are in its members already; of those only what
// concerns whole groups is kept here. Later ones are replayed in order: where
// an item stands by them is in moved, "" meaning in no group until the night
// finds it a place.
type desk struct {
	version int   // goes up whenever anything here changes
	seen    int64 // the last decision the corpus knows
	moved   map[string]placement
	state   map[string]groupState
	touched map[string]bool // groups that lost or won a member by moved
	judged  *Verdicts
}

type placement struct {
	group string
	seq   int64
}

type groupState struct {
	state, other string
	seq          int64
}

// The states of whole groups, beside 归并问题, 疑似同类 and 个性问题.
const (
	StateIssue     = "归并问题"
	StateSuggested = "疑似同类"
	StateSingle    = "个性问题"
	StateDismissed = "不成立"
	StateMerged    = "已并入"
)

// Standing is the log without what was taken back: undone decisions and the
// undoings themselves are left out, order kept. An undoing is never undone.
func Standing(log []feedback.Decision) []feedback.Decision {
	void := map[int64]bool{}
	for _, d := range log {
		if d.Undoes != 0 {
			void[d.Undoes] = true
			void[d.Seq] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(log), func(d feedback.Decision) bool { return void[d.Seq] })
}

type decisionRow struct {
	Seq      int64    `column:"seq"`
	Kind     string   `column:"kind"`
	GroupKey string   `column:"group_key"`
	OtherKey string   `column:"other_key"`
	IssueNo  int      `column:"issue_no"`
	Items    []string `column:"items"`
	Payload  string   `column:"payload"`
	Undoes   int64    `column:"undoes"`
}

// layOut makes the desk anew from the log and the attached corpus.
func (s *Store) layOut(ctx context.Context) error {
	run, _, err := one[runRow](ctx, s.db, "corpus/run", nil)
	if err != nil {
		return err
	}
	all, err := rows[decisionRow](ctx, s.db, "review/decision_log", nil)
	if err != nil {
		return err
	}
	log := make([]feedback.Decision, len(all))
	for i, d := range all {
		log[i] = feedback.Decision{Seq: d.Seq, Kind: feedback.DecisionKind(d.Kind), GroupKey: d.GroupKey, OtherKey: d.OtherKey, IssueNo: d.IssueNo, Items: d.Items, Payload: d.Payload, Undoes: d.Undoes}
	}
	s.desk = desk{
		version: s.desk.version + 1, seen: run.DecisionSeq,
		moved: map[string]placement{}, state: map[string]groupState{}, touched: map[string]bool{},
		judged: NewVerdicts(run.DecisionSeq),
	}
	dismissed := map[string][]string{}
	for _, d := range Standing(log) {
		if d.Seq > s.desk.seen {
			if _, err := s.apply(ctx, d); err != nil {
				return err
			}
			delete(dismissed, d.GroupKey)
			continue
		}
		s.desk.judged.Take(d)
		switch d.Kind {
		case feedback.DecideDismiss:
			dismissed[d.GroupKey] = d.Items
			s.desk.state[d.GroupKey] = groupState{StateDismissed, "", d.Seq}
		case feedback.DecideMerge:
			s.desk.state[d.GroupKey] = groupState{StateMerged, d.OtherKey, d.Seq}
		case feedback.DecideRestore, feedback.DecideConfirm:
			delete(dismissed, d.GroupKey)
			delete(s.desk.state, d.GroupKey)
		}
	}
	if err := s.forgetOutgrown(ctx, dismissed); err != nil {
		return err
	}
	s.sayKept()
	return s.drawAll(ctx)
}

// sayKept publishes the figure of machine against people for readers, who do
// not hold the write lock.
func (s *Store) sayKept() {
	s.kept.Store(&[2]Kept{s.desk.judged.All(), s.desk.judged.New()})
}

// MachineKept is how many of the memberships that people looked at they kept:
// in all, and by decisions since the night whose corpus is attached. It keeps
// up with every decision.
func (s *Store) MachineKept() (all, sinceNight Kept) {
	k := s.kept.Load()
	if k == nil {
		return Kept{}, Kept{}
	}
	return k[0], k[1]
}

// forgetOutgrown takes 不成立 off groups that a later night gave members the
// person who dismissed them had not seen: they are proposals again.
func (s *Store) forgetOutgrown(ctx context.Context, dismissed map[string][]string) error {
	keys := slices.Sorted(maps.Keys(dismissed))
	if len(keys) == 0 {
		return nil
	}
	members, err := rows[memberKeyRow](ctx, s.db, "corpus/base_members", args{"keys": keys})
	if err != nil {
		return err
	}
	for _, m := range members {
		if !slices.Contains(dismissed[m.GroupKey], m.ItemID) {
			delete(s.desk.state, m.GroupKey)
		}
	}
	return nil
}

type memberKeyRow struct {
	GroupKey string `column:"group_key"`
	ItemID   string `column:"item_id"`
}

// apply replays one standing decision and returns the groups it changed.
func (s *Store) apply(ctx context.Context, d feedback.Decision) ([]string, error) {
	s.desk.version++
	s.desk.judged.Take(d)
	defer s.sayKept()
	group, err := s.currentKey(ctx, d.GroupKey)
	if err != nil {
		return nil, err
	}
	other, err := s.currentKey(ctx, d.OtherKey)
	if err != nil {
		return nil, err
	}
	switch d.Kind {
	case feedback.DecideConfirm:
		delete(s.desk.state, group)
		return s.move(ctx, d.Items, group, d.Seq, "")
	case feedback.DecideAttach:
		return s.move(ctx, d.Items, group, d.Seq, "")
	case feedback.DecideDetach:
		return s.move(ctx, d.Items, "", d.Seq, group)
	case feedback.DecideSplit:
		return s.move(ctx, d.Items, other, d.Seq, "")
	case feedback.DecideMerge:
		now, err := s.standingIn(ctx, group)
		if err != nil {
			return nil, err
		}
		s.desk.state[group] = groupState{StateMerged, other, d.Seq}
		return s.move(ctx, append(now, d.Items...), other, d.Seq, "")
	case feedback.DecideDismiss:
		s.desk.state[group] = groupState{StateDismissed, "", d.Seq}
	case feedback.DecideRestore:
		delete(s.desk.state, group)
	}
	return slices.DeleteFunc([]string{group, other}, func(k string) bool { return k == "" }), nil
}

// move puts items into group to. With from set, only those that stand there.
func (s *Store) move(ctx context.Context, items []string, to string, seq int64, from string) ([]string, error) {
	base, err := rows[memberKeyRow](ctx, s.db, "corpus/base_groups", args{"items": orEmpty(items)})
	if err != nil {
		return nil, err
	}
	at := make(map[string]string, len(base))
	for _, m := range base {
		at[m.ItemID] = m.GroupKey
	}
	changed := map[string]bool{}
	for _, it := range items {
		here, ok := at[it]
		if !ok {
			// An item this corpus does not have: nothing to show of it.
			continue
		}
		if p, ok := s.desk.moved[it]; ok {
			here = p.group
		}
		if here == to || (from != "" && here != from) {
			continue
		}
		s.desk.moved[it] = placement{to, seq}
		changed[here], changed[to] = true, true
	}
	delete(changed, "")
	for k := range changed {
		s.desk.touched[k] = true
	}
	if to != "" {
		changed[to] = true
	}
	if from != "" {
		changed[from] = true
	}
	return slices.Sorted(maps.Keys(changed)), nil
}

// standingIn lists the items that stand in group under the decisions replayed
// so far.
func (s *Store) standingIn(ctx context.Context, group string) ([]string, error) {
	base, err := rows[memberKeyRow](ctx, s.db, "corpus/base_members", args{"keys": []string{group}})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range base {
		if _, ok := s.desk.moved[m.ItemID]; !ok {
			out = append(out, m.ItemID)
		}
	}
	for it, p := range s.desk.moved {
		if p.group == group {
			out = append(out, it)
		}
	}
	slices.Sort(out)
	return out, nil
}

type keyRow struct {
	Key string `column:"group_key"`
}

// currentKey is the key under which the attached corpus knows a group.
func (s *Store) currentKey(ctx context.Context, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	r, ok, err := one[keyRow](ctx, s.db, "corpus/resolve_key", args{"key": key})
	if err != nil || !ok {
		return key, err
	}
	return r.Key, nil
}

// drawAll writes the whole desk to its tables.
func (s *Store) drawAll(ctx context.Context) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	if err := s.drawMoves(ctx, tx); err != nil {
		return err
	}
	every := args{"every": true, "keys": []string{}}
	if err := exec(ctx, tx, "review/board_forget", every); err != nil {
		return err
	}
	if err := exec(ctx, tx, "review/board_fill", every); err != nil {
		return err
	}
	if keys := slices.Sorted(maps.Keys(s.desk.touched)); len(keys) > 0 {
		if err := exec(ctx, tx, "review/board_recount", args{"keys": keys}); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// drawMoves writes moved and state; both are small.
func (s *Store) drawMoves(ctx context.Context, q querier) error {
	var items, groups, keys, states, others []string
	var seqs, stateSeqs []int64
	for _, it := range slices.Sorted(maps.Keys(s.desk.moved)) {
		p := s.desk.moved[it]
		items, groups, seqs = append(items, it), append(groups, p.group), append(seqs, p.seq)
	}
	for _, k := range slices.Sorted(maps.Keys(s.desk.state)) {
		st := s.desk.state[k]
		keys, states, others, stateSeqs = append(keys, k), append(states, st.state), append(others, st.other), append(stateSeqs, st.seq)
	}
	return errors.Join(
		exec(ctx, q, "review/moved_forget", nil),
		exec(ctx, q, "review/moved_write", args{"items": orEmpty(items), "groups": orEmpty(groups), "seqs": orEmpty(seqs)}),
		exec(ctx, q, "review/group_state_forget", nil),
		exec(ctx, q, "review/group_state_write", args{"keys": orEmpty(keys), "states": orEmpty(states), "others": orEmpty(others), "seqs": orEmpty(stateSeqs)}),
	)
}

// redraw writes the rows of the groups in keys, and all moves.
func (s *Store) redraw(ctx context.Context, keys []string) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	if err := s.drawMoves(ctx, tx); err != nil {
		return err
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	some := args{"every": false, "keys": keys}
	if err := exec(ctx, tx, "review/board_forget", some); err != nil {
		return err
	}
	if err := exec(ctx, tx, "review/board_fill", some); err != nil {
		return err
	}
	touched := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !s.desk.touched[k] })
	if len(touched) > 0 {
		if err := exec(ctx, tx, "review/board_recount", args{"keys": touched}); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("drawing the board: %w", err)
	}
	return nil
}

// orEmpty gives DuckDB an empty list where Go has nil, which would bind as NULL.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
