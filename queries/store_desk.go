package queries

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tongtang/pipeline/feedback"
)

// desk is what the decisions amount to over an attached corpus.
//
// Decisions the corpus has seen are in its members already; of those only what
// concerns whole groups is kept here. Later ones are replayed in order: where
// an item stands by them is in moved, "" meaning in no group until the night
// finds it a place.
type desk struct {
	log     []feedback.Decision // all of it
	moved   map[string]placement
	state   map[string]groupState
	touched map[string]bool   // groups that lost or won a member by moved
	base    map[string]string // where the corpus has the items that decisions name
	judged  *Verdicts
	// What changed since the tables were written.
	movedNow, stateNow map[string]bool
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

// readLog reads the decision log.
func (s *Store) readLog(ctx context.Context) ([]feedback.Decision, error) {
	all, err := rows[decisionRow](ctx, s.db, "review/decision_log", nil)
	if err != nil {
		return nil, err
	}
	log := make([]feedback.Decision, len(all))
	for i, d := range all {
		log[i] = feedback.Decision{Seq: d.Seq, Kind: feedback.DecisionKind(d.Kind), GroupKey: d.GroupKey, OtherKey: d.OtherKey, IssueNo: d.IssueNo, Items: d.Items, Payload: d.Payload, Undoes: d.Undoes}
	}
	return log, nil
}

// layOut makes the desk of g anew from the log and its corpus.
func (s *Store) layOut(ctx context.Context, g *generation, log []feedback.Decision) error {
	g.desk = desk{log: log, base: map[string]string{}}
	if err := s.replay(ctx, g); err != nil {
		return err
	}
	return s.drawAll(ctx, g)
}

// replay finds out what the log of g's desk amounts to.
func (s *Store) replay(ctx context.Context, g *generation) error {
	d := &g.desk
	d.moved, d.state, d.touched = map[string]placement{}, map[string]groupState{}, map[string]bool{}
	d.movedNow, d.stateNow, d.judged = map[string]bool{}, map[string]bool{}, NewVerdicts(g.run.DecisionSeq)
	standing := Standing(d.log)
	var named []string
	for _, dec := range standing {
		if dec.Seq > g.run.DecisionSeq {
			named = append(named, dec.Items...)
		}
	}
	if err := s.learn(ctx, g, named); err != nil {
		return err
	}
	dismissed := map[string][]string{}
	for _, dec := range standing {
		if dec.Seq > g.run.DecisionSeq {
			if _, err := s.apply(ctx, g, dec); err != nil {
				return err
			}
			delete(dismissed, dec.GroupKey)
			continue
		}
		d.judged.Take(dec)
		switch dec.Kind {
		case feedback.DecideDismiss:
			dismissed[dec.GroupKey] = dec.Items
			d.state[dec.GroupKey] = groupState{StateDismissed, "", dec.Seq}
		case feedback.DecideMerge:
			d.state[dec.GroupKey] = groupState{StateMerged, dec.OtherKey, dec.Seq}
		case feedback.DecideRestore, feedback.DecideConfirm:
			delete(dismissed, dec.GroupKey)
			delete(d.state, dec.GroupKey)
		}
	}
	return s.forgetOutgrown(ctx, g, dismissed)
}

// learn makes sure that base knows where the corpus has the items.
func (s *Store) learn(ctx context.Context, g *generation, items []string) error {
	items = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(items))), func(it string) bool { _, ok := g.desk.base[it]; return ok })
	known, err := rowsOfEach[memberKeyRow](ctx, s.db, "corpus/base_groups", items)
	for _, m := range known {
		g.desk.base[m.ItemID] = m.GroupKey
	}
	return err
}

// sayKept publishes the figure of machine against people for readers, who do
// not hold the write lock.
func (s *Store) sayKept(g *generation) {
	s.kept.Store(&[2]Kept{g.desk.judged.All(), g.desk.judged.New()})
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
func (s *Store) forgetOutgrown(ctx context.Context, g *generation, dismissed map[string][]string) error {
	members, err := rowsOfEach[memberKeyRow](ctx, s.db, "corpus/base_members", slices.Sorted(maps.Keys(dismissed)))
	if err != nil {
		return err
	}
	for _, m := range members {
		if !slices.Contains(dismissed[m.GroupKey], m.ItemID) {
			delete(g.desk.state, m.GroupKey)
		}
	}
	return nil
}

type memberKeyRow struct {
	GroupKey string `column:"group_key"`
	ItemID   string `column:"item_id"`
}

// apply replays one standing decision and returns the groups it changed.
func (s *Store) apply(ctx context.Context, g *generation, d feedback.Decision) ([]string, error) {
	group, other := g.key(d.GroupKey), g.key(d.OtherKey)
	g.desk.stateNow[group] = true
	g.desk.judged.Take(d)
	switch d.Kind {
	case feedback.DecideConfirm:
		delete(g.desk.state, group)
		return s.move(ctx, g, d.Items, group, d.Seq, "")
	case feedback.DecideAttach:
		return s.move(ctx, g, d.Items, group, d.Seq, "")
	case feedback.DecideDetach:
		return s.move(ctx, g, d.Items, "", d.Seq, group)
	case feedback.DecideSplit:
		return s.move(ctx, g, d.Items, other, d.Seq, "")
	case feedback.DecideMerge:
		now, err := s.standingIn(ctx, g, group)
		if err != nil {
			return nil, err
		}
		g.desk.state[group] = groupState{StateMerged, other, d.Seq}
		return s.move(ctx, g, append(now, d.Items...), other, d.Seq, "")
	case feedback.DecideDismiss:
		g.desk.state[group] = groupState{StateDismissed, "", d.Seq}
	case feedback.DecideRestore:
		delete(g.desk.state, group)
	}
	return slices.DeleteFunc([]string{group, other}, func(k string) bool { return k == "" }), nil
}

// move puts items into group to. With from set, only those that stand there.
func (s *Store) move(ctx context.Context, g *generation, items []string, to string, seq int64, from string) ([]string, error) {
	if err := s.learn(ctx, g, items); err != nil {
		return nil, err
	}
	d, changed := &g.desk, map[string]bool{}
	for _, it := range items {
		here, ok := d.base[it]
		if !ok {
			// An item this corpus does not have: nothing to show of it.
			continue
		}
		if p, ok := d.moved[it]; ok {
			here = p.group
		}
		if here == to || (from != "" && here != from) {
			continue
		}
		d.moved[it] = placement{to, seq}
		d.movedNow[it] = true
		changed[here], changed[to] = true, true
	}
	delete(changed, "")
	for k := range changed {
		d.touched[k] = true
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
func (s *Store) standingIn(ctx context.Context, g *generation, group string) ([]string, error) {
	base, err := rows[memberKeyRow](ctx, s.db, "corpus/base_members", args{"items": each{group}})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range base {
		if _, ok := g.desk.moved[m.ItemID]; !ok {
			out = append(out, m.ItemID)
		}
	}
	for it, p := range g.desk.moved {
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

// key is the key under which the generation's corpus knows a group.
func (g *generation) key(earlier string) string {
	if now, ok := g.alias[earlier]; ok {
		return now
	}
	return earlier
}

// currentKey is the key under which the attached corpus knows a group.
func (s *Store) currentKey(key string) string { return s.current.Load().key(key) }

// replayOn replays the log of g without what was undone and returns the
// groups and items that stand otherwise now.
func (s *Store) replayOn(ctx context.Context, g *generation) (keys []string, err error) {
	before := g.desk
	if err := s.replay(ctx, g); err != nil {
		return nil, err
	}
	now, groups := &g.desk, map[string]bool{}
	for it, p := range before.moved {
		if now.moved[it] != p {
			now.movedNow[it], groups[p.group], groups[now.moved[it].group], groups[now.base[it]] = true, true, true, true
		}
	}
	for it, p := range now.moved {
		if before.moved[it] != p {
			now.movedNow[it], groups[p.group], groups[now.base[it]] = true, true, true
		}
	}
	for k, st := range before.state {
		if now.state[k] != st {
			now.stateNow[k], groups[k] = true, true
		}
	}
	for k, st := range now.state {
		if before.state[k] != st {
			now.stateNow[k], groups[k] = true, true
		}
	}
	delete(groups, "")
	return slices.Collect(maps.Keys(groups)), nil
}

// drawAll writes the whole desk of g to its tables.
func (s *Store) drawAll(ctx context.Context, g *generation) error {
	return s.draw(ctx, g, true, nil)
}

// redrawIssues brings the board's rows of the groups in step with their issues:
// what people wrote, not who stands there.
func (s *Store) redrawIssues(ctx context.Context, g *generation, keys []string) error {
	if err := exec(ctx, s.db, "review/board_issue", args{"keys": each(keys)}); err != nil {
		return err
	}
	g.rows.forget(false, keys)
	return nil
}

// draw writes the rows of the groups in keys, or of all, and what moved.
func (s *Store) draw(ctx context.Context, g *generation, every bool, keys []string) (err error) {
	ctx = g.at(ctx)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	d := &g.desk
	if every {
		d.movedNow, d.stateNow, keys = map[string]bool{}, map[string]bool{}, nil
		for it := range d.moved {
			d.movedNow[it] = true
		}
		for k := range d.state {
			d.stateNow[k] = true
		}
	}
	if err := s.drawMoves(ctx, tx, d, every); err != nil {
		return err
	}
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	own := slices.Clone(keys) // and the keys they had earlier
	if !every {
		for earlier, now := range g.alias {
			if _, ok := slices.BinarySearch(keys, now); ok {
				own = append(own, earlier)
			}
		}
	}
	if err := exec(ctx, tx, "review/board_forget", args{"every": every, "keys": each(keys)}); err != nil {
		return err
	}
	if err := exec(ctx, tx, "review/board_fill", args{"every": every, "keys": each(keys), "own": each(own)}); err != nil {
		return err
	}
	touched := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !d.touched[k] })
	if every {
		touched = slices.Sorted(maps.Keys(d.touched))
	}
	// One group at a time: each is looked up, and giants keep to themselves.
	for _, k := range touched {
		items, err := s.standingIn(ctx, g, k)
		if err != nil {
			return err
		}
		if err := exec(ctx, tx, "review/board_recount", args{"key": k, "items": each(items), "first": append(items, "")[0]}); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("drawing the board: %w", err)
	}
	g.moves.take(d, every)
	g.rows.forget(every, keys)
	clear(d.movedNow)
	clear(d.stateNow)
	return nil
}

// drawMoves writes what changed of moved and state.
func (s *Store) drawMoves(ctx context.Context, q querier, d *desk, every bool) error {
	var items, groups, keys, states, others []string
	var seqs, stateSeqs []int64
	for _, it := range slices.Sorted(maps.Keys(d.movedNow)) {
		if p, ok := d.moved[it]; ok {
			items, groups, seqs = append(items, it), append(groups, p.group), append(seqs, p.seq)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(d.stateNow)) {
		if st, ok := d.state[k]; ok {
			keys, states, others, stateSeqs = append(keys, k), append(states, st.state), append(others, st.other), append(stateSeqs, st.seq)
		}
	}
	var errs []error
	if every || len(d.movedNow) > 0 {
		errs = append(errs, exec(ctx, q, "review/moved_forget", args{"every": every, "items": orEmpty(slices.Collect(maps.Keys(d.movedNow)))}))
	}
	if len(items) > 0 {
		errs = append(errs, exec(ctx, q, "review/moved_write", args{"items": items, "groups": groups, "seqs": seqs}))
	}
	if every || len(d.stateNow) > 0 {
		errs = append(errs, exec(ctx, q, "review/group_state_forget", args{"every": every, "keys": orEmpty(slices.Collect(maps.Keys(d.stateNow)))}))
	}
	if len(keys) > 0 {
		errs = append(errs, exec(ctx, q, "review/group_state_write", args{"keys": keys, "states": states, "others": others, "seqs": stateSeqs}))
	}
	return errors.Join(errs...)
}

// orEmpty gives DuckDB an empty list where Go has nil, which would bind as NULL.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
