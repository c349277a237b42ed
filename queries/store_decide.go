package queries

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// decideUndo is the kind of an entry that takes an earlier one back and does
// nothing else.
const decideUndo feedback.DecisionKind = "undo"

// Decided tells what a decision came to.
type Decided struct {
	Seq      int64
	IssueNo  int    // the issue concerned, 0 for a group without a number
	GroupKey string // where the person finds the result
	Items    int
}

// Revision is one change of an issue (修改记录).
type Revision struct {
	IssueNo   int       `column:"issue_no"`
	Version   int       `column:"version"`
	ChangedAt time.Time `column:"changed_at"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	Field     string    `column:"field"`
	Before    string    `column:"before"`
	After     string    `column:"after"`
}

// issueRow is an issue as the review file keeps it.
type issueRow struct {
	No          int       `column:"issue_no"`
	GroupKey    string    `column:"group_key"`
	Title       string    `column:"title"`
	Statement   string    `column:"statement"`
	Status      string    `column:"status"`
	Outcome     string    `column:"outcome"`
	Topic       string    `column:"topic"`
	Locked      bool      `column:"locked"`
	MergedInto  int       `column:"merged_into"`
	Version     int       `column:"version"`
	ConfirmedBy int       `column:"confirmed_by"`
	ConfirmedAt time.Time `column:"confirmed_at"`
	UpdatedAt   time.Time `column:"updated_at"`
}

// groupNow is a group as it stands at the moment of a decision.
type groupNow struct {
	key   string
	items []string
	title string
	issue issueRow // zero when nobody has confirmed it
	state string
	topic string
	stamp string
}

const (
	titleMost     = 80   // characters
	statementMost = 2000 // characters
	reasonMost    = 2000
	noteMost      = 4000
)

// The longest list of items one decision may carry.
const itemsMost = 5000

type boardStamp struct {
	Key          string `column:"group_key"`
	State        string `column:"state"`
	IssueNo      int    `column:"issue_no"`
	Title        string `column:"title"`
	Topic        string `column:"topic"`
	Version      int    `column:"issue_version"`
	Items        int    `column:"items"`
	Endorsements int    `column:"endorsements"`
	ChangedRun   string `column:"changed_run"`
}

// stamp names what a person saw of a group: a form carries it, and a decision
// is refused when it no longer fits.
func (b *boardStamp) stamp() string {
	return fmt.Sprintf("%d.%d.%d.%s", b.Version, b.Items, b.Endorsements, b.ChangedRun)
}

// look reads a group under the write lock.
func (s *Store) look(ctx context.Context, q querier, key string) (groupNow, error) {
	key = s.currentKey(key)
	b, ok, err := one[boardStamp](ctx, s.db, "review/board_stamp", args{"key": key})
	if err != nil {
		return groupNow{}, err
	}
	if !ok {
		return groupNow{}, refuse(NotFound, "没有这一组：可能已在夜间归并中并入其他组，请从列表重新打开。", "There is no such group; a night may have merged it. Open it again from the list.")
	}
	g := groupNow{key: key, title: b.Title, state: b.State, topic: b.Topic, stamp: b.stamp()}
	g.items, err = s.standingIn(ctx, s.current.Load(), key)
	if err != nil {
		return groupNow{}, err
	}
	if b.IssueNo != 0 {
		g.issue, err = s.issue(ctx, q, b.IssueNo)
	}
	return g, err
}

func (s *Store) issue(ctx context.Context, q querier, no int) (issueRow, error) {
	is, ok, err := one[issueRow](ctx, q, "review/issue_by_no", args{"issue_no": no})
	if err == nil && !ok {
		err = refusef(NotFound, "没有第%d号问题。", "There is no issue No. %d.", no)
	}
	return is, err
}

// fresh refuses a decision on a group that is no longer what the person saw.
func (g *groupNow) fresh(stamp string) error {
	if stamp == "" || stamp == g.stamp {
		return nil
	}
	return refuse(Conflict,
		"这一组在您查看之后已有变化（他人操作或夜间归并），本次操作没有执行：请核对现在的内容后再决定。",
		"This group changed after you opened it; nothing was done. Look at it as it is now, then decide.")
}

// append writes one entry of the decision log and returns it.
func (s *Store) append(ctx context.Context, tx *sql.Tx, by int, d feedback.Decision) (feedback.Decision, error) {
	next, _, err := one[countRow](ctx, tx, "review/decision_next", nil)
	if err != nil {
		return d, err
	}
	d.Seq, d.MadeAt, d.Items = int64(next.N), s.now(), orEmpty(d.Items)
	if d.Payload == "" {
		d.Payload = "{}"
	}
	if len(d.Items) > itemsMost {
		return d, refusef(Invalid, "一次最多处理 %d 条，请分批操作。", "At most %d items at a time.", itemsMost)
	}
	slices.Sort(d.Items)
	d.Items = slices.Compact(d.Items)
	if err := exec(ctx, tx, "review/decision_append", args{
		"seq": d.Seq, "made_at": d.MadeAt, "account_id": by, "kind": string(d.Kind), "group_key": d.GroupKey, "other_key": d.OtherKey,
		"issue_no": d.IssueNo, "items": d.Items, "payload": d.Payload, "undoes": d.Undoes,
	}); err != nil {
		return d, err
	}
	subject := "group:" + d.GroupKey
	if d.IssueNo != 0 {
		subject = fmt.Sprintf("issue:%d", d.IssueNo)
	}
	if of := intakeSubject(d); of != "" {
		subject = of
	}
	return d, s.record(ctx, tx, by, "decision."+string(d.Kind), subject, map[string]any{
		"seq": d.Seq, "group": d.GroupKey, "other": d.OtherKey, "items": len(d.Items), "undoes": d.Undoes,
	})
}

// revise writes an issue's changed row and the revision that tells of it.
func (s *Store) revise(ctx context.Context, tx *sql.Tx, by int, is issueRow, field, before, after string) error {
	is.Version++
	is.UpdatedAt = s.now()
	if err := exec(ctx, tx, "review/issue_update", args{
		"issue_no": is.No, "group_key": is.GroupKey, "title": is.Title, "statement": is.Statement, "status": is.Status, "outcome": is.Outcome,
		"topic": is.Topic, "locked": is.Locked, "merged_into": is.MergedInto, "version": is.Version, "updated_at": is.UpdatedAt,
	}); err != nil {
		return err
	}
	return exec(ctx, tx, "review/revision_append", args{
		"issue_no": is.No, "version": is.Version, "changed_at": is.UpdatedAt, "account_id": by, "field": field, "before": before, "after": after,
	})
}

// Confirm makes a suggested group an issue and gives it its number. An empty
// title leaves the machine's.
func (s *Store) Confirm(ctx context.Context, by int, key, stamp, title string) (out Decided, err error) {
	title, err = line(title, titleMost, "题目", "title")
	if err != nil {
		return out, err
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		g, err := s.look(ctx, tx, key)
		if err != nil {
			return done{}, err
		}
		if g.issue.No != 0 {
			who, err := s.Account(ctx, g.issue.ConfirmedBy)
			if err != nil {
				return done{}, err
			}
			return done{}, refusef(Conflict, "这一组已由 %s 确认为第%d号。", "%s has already confirmed this group as No. %d.", who.Name, g.issue.No)
		}
		if g.state == StateMerged {
			return done{}, refuse(Conflict, "这一组已并入其他问题，不能单独确认。", "This group has been merged into another.")
		}
		if err := g.fresh(stamp); err != nil {
			return done{}, err
		}
		if len(g.items) == 0 {
			return done{}, refuse(Invalid, "这一组已没有条目，不能确认。", "This group has no items left.")
		}
		next, _, err := one[countRow](ctx, tx, "review/issue_next", nil)
		if err != nil {
			return done{}, err
		}
		if title == "" {
			title = clip(g.title, titleMost)
		}
		now := s.now()
		is := issueRow{No: next.N, GroupKey: g.key, Title: title, Status: "研判中", Version: 1, ConfirmedBy: by, ConfirmedAt: now, UpdatedAt: now}
		if err := exec(ctx, tx, "review/issue_insert", args{
			"issue_no": is.No, "group_key": is.GroupKey, "title": is.Title, "status": is.Status, "confirmed_by": by, "confirmed_at": now,
		}); err != nil {
			return done{}, err
		}
		if err := exec(ctx, tx, "review/revision_append", args{
			"issue_no": is.No, "version": 1, "changed_at": now, "account_id": by, "field": "confirm", "before": "", "after": title,
		}); err != nil {
			return done{}, err
		}
		d, err := s.append(ctx, tx, by, feedback.Decision{Kind: feedback.DecideConfirm, GroupKey: g.key, IssueNo: is.No, Items: g.items})
		out = Decided{Seq: d.Seq, IssueNo: is.No, GroupKey: g.key, Items: len(g.items)}
		return done{decisions: []feedback.Decision{d}}, err
	})
	return out, err
}

// Dismiss says that a suggested group is none.
func (s *Store) Dismiss(ctx context.Context, by int, key, stamp string) (Decided, error) {
	return s.onGroup(ctx, by, key, stamp, func(g *groupNow) (feedback.Decision, error) {
		if g.issue.No != 0 {
			return feedback.Decision{}, refusef(Conflict, "这一组已确认为第%d号，不能直接判为不成立：可先撤回确认。", "This group is issue No. %d; withdraw the confirmation first.", g.issue.No)
		}
		if g.state == StateDismissed {
			return feedback.Decision{}, refuse(Conflict, "这一组已判为不成立。", "This group has already been dismissed.")
		}
		return feedback.Decision{Kind: feedback.DecideDismiss, GroupKey: g.key, Items: g.items}, nil
	})
}

// Restore takes a dismissal back, whoever made it.
func (s *Store) Restore(ctx context.Context, by int, key string) (Decided, error) {
	return s.onGroup(ctx, by, key, "", func(g *groupNow) (feedback.Decision, error) {
		if g.state != StateDismissed {
			return feedback.Decision{}, refuse(Conflict, "这一组并未判为不成立。", "This group is not dismissed.")
		}
		return feedback.Decision{Kind: feedback.DecideRestore, GroupKey: g.key, Items: g.items}, nil
	})
}

// Attach puts items into a group, from wherever they stand. One that a
// corrected reading of its file no longer gives is put in anew, and so kept.
func (s *Store) Attach(ctx context.Context, by int, key, stamp string, items []string) (Decided, error) {
	return s.onGroup(ctx, by, key, stamp, func(g *groupNow) (feedback.Decision, error) {
		if g.state == StateMerged {
			return feedback.Decision{}, refuse(Conflict, "这一组已并入其他问题。", "This group has been merged into another.")
		}
		items, err := s.known(ctx, items)
		if err != nil {
			return feedback.Decision{}, err
		}
		unread, err := s.noLongerRead(ctx, g.key)
		if err != nil {
			return feedback.Decision{}, err
		}
		items = slices.DeleteFunc(items, func(it string) bool { return slices.Contains(g.items, it) && !slices.Contains(unread, it) })
		if len(items) == 0 {
			return feedback.Decision{}, refuse(Invalid, "所选条目都已在这一组中。", "All chosen items are in this group already.")
		}
		from, err := rowsOfEach[memberKeyRow](ctx, s.db, "corpus/items_in_company", items)
		if err != nil {
			return feedback.Decision{}, err
		}
		left := map[string]string{}
		for _, m := range from {
			left[m.ItemID] = m.GroupKey
		}
		payload, err := json.Marshal(AttachedFrom{From: left})
		return feedback.Decision{Kind: feedback.DecideAttach, GroupKey: g.key, IssueNo: g.issue.No, Items: items, Payload: string(payload)}, err
	})
}

// The proposals a night makes against decisions (与决定不一致).
const (
	ProposeAttach = "建议归入" // an item resembles a locked issue
	ProposeReturn = "建议恢复" // an item that was removed resembles the group most
	ProposeDetach = "建议移出" // an item that a person added resembles nothing else there
)

// AnswerProposal accepts or declines what a night proposes about one item and
// one group. Declining is a decision too: the proposal is not made again.
func (s *Store) AnswerProposal(ctx context.Context, by int, key, item, proposal string, accept bool) (Decided, error) {
	switch {
	case proposal == ProposeDetach && accept:
		return s.Detach(ctx, by, key, "", []string{item})
	case proposal == ProposeDetach:
		return s.Stay(ctx, by, key, "", []string{item})
	case (proposal == ProposeAttach || proposal == ProposeReturn) && accept:
		return s.Attach(ctx, by, key, "", []string{item})
	case proposal == ProposeAttach || proposal == ProposeReturn:
		return s.onGroup(ctx, by, key, "", func(g *groupNow) (feedback.Decision, error) {
			if slices.Contains(g.items, item) {
				return feedback.Decision{}, refuse(Conflict, "这一条已在这一组中，请刷新后再操作。", "This item is in the group already; reload the page.")
			}
			items, err := s.known(ctx, []string{item})
			if err != nil {
				return feedback.Decision{}, err
			}
			payload, err := json.Marshal(AttachedFrom{Declined: proposal})
			return feedback.Decision{Kind: feedback.DecideDetach, GroupKey: g.key, IssueNo: g.issue.No, Items: items, Payload: string(payload)}, err
		})
	}
	return Decided{}, refuse(Invalid, "没有这样的建议。", "There is no such proposal.")
}

// Stay says of items that the machine put into a group that they belong there
// (保留): no night takes them out again, and they count as kept.
func (s *Store) Stay(ctx context.Context, by int, key, stamp string, items []string) (Decided, error) {
	return s.onGroup(ctx, by, key, stamp, func(g *groupNow) (feedback.Decision, error) {
		items, err := g.chosen(items)
		if err != nil {
			return feedback.Decision{}, err
		}
		payload, err := json.Marshal(AttachedFrom{Stay: true})
		return feedback.Decision{Kind: feedback.DecideAttach, GroupKey: g.key, IssueNo: g.issue.No, Items: items, Payload: string(payload)}, err
	})
}

// NoLongerRead is the kind of a conflict: a person put the item into the group,
// and a corrected reading of its file no longer gives it.
const NoLongerRead = "重读后不再有"

// noLongerRead lists the items of a group that stand in such a conflict.
func (s *Store) noLongerRead(ctx context.Context, key string) ([]string, error) {
	list, err := rows[Objection](ctx, s.db, "corpus/group_conflicts", args{"key": key})
	var items []string
	for _, c := range list {
		if c.Kind == NoLongerRead {
			items = append(items, c.ItemID)
		}
	}
	return items, err
}

// Detach takes items out of a group; they never return to it by themselves.
func (s *Store) Detach(ctx context.Context, by int, key, stamp string, items []string) (Decided, error) {
	return s.onGroup(ctx, by, key, stamp, func(g *groupNow) (feedback.Decision, error) {
		items, err := g.chosen(items)
		if err != nil {
			return feedback.Decision{}, err
		}
		if len(items) == len(g.items) {
			return feedback.Decision{}, refuse(Invalid, "不能移出全部条目：可判为不成立，或并入其他问题。", "Not all items can be removed: dismiss the group or merge it.")
		}
		return feedback.Decision{Kind: feedback.DecideDetach, GroupKey: g.key, IssueNo: g.issue.No, Items: items}, nil
	})
}

// Split makes a group of its own of the chosen items.
func (s *Store) Split(ctx context.Context, by int, key, stamp string, items []string) (Decided, error) {
	return s.onGroup(ctx, by, key, stamp, func(g *groupNow) (feedback.Decision, error) {
		items, err := g.chosen(items)
		if err != nil {
			return feedback.Decision{}, err
		}
		if len(items) == len(g.items) {
			return feedback.Decision{}, refuse(Invalid, "拆分须留下至少一条。", "A split leaves at least one item behind.")
		}
		return feedback.Decision{Kind: feedback.DecideSplit, GroupKey: g.key, IssueNo: g.issue.No, Items: items}, nil
	})
}

func (g *groupNow) chosen(items []string) ([]string, error) {
	items = slices.Compact(slices.Sorted(slices.Values(items)))
	if len(items) == 0 {
		return nil, refuse(Invalid, "请先选择条目。", "Choose items first.")
	}
	for _, it := range items {
		if !slices.Contains(g.items, it) {
			return nil, refuse(Conflict, "所选条目已不在这一组中，请刷新后再操作。", "A chosen item is no longer in this group; reload the page.")
		}
	}
	return items, nil
}

// Merge puts a group and all its items into another. If both are issues the
// first one's number stays as an alias.
func (s *Store) Merge(ctx context.Context, by int, key, stamp, into string) (out Decided, err error) {
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		g, err := s.look(ctx, tx, key)
		if err != nil {
			return done{}, err
		}
		target, err := s.look(ctx, tx, into)
		if err != nil {
			return done{}, err
		}
		switch {
		case g.key == target.key:
			return done{}, refuse(Invalid, "不能并入自身。", "A group cannot be merged into itself.")
		case g.state == StateMerged || target.state == StateMerged:
			return done{}, refuse(Conflict, "其中一组已并入其他问题，请刷新后再操作。", "One of the two has been merged already; reload the page.")
		case g.issue.No != 0 && target.issue.No == 0:
			return done{}, refusef(Invalid, "第%d号已有编号，不能并入未确认的疑似同类：请反向归并。", "No. %d cannot go into an unconfirmed group; merge the other way round.", g.issue.No)
		}
		if err := g.fresh(stamp); err != nil {
			return done{}, err
		}
		payload, err := json.Marshal(map[string]any{"issue": g.issue.No, "into": target.issue.No})
		if err != nil {
			return done{}, err
		}
		d, err := s.append(ctx, tx, by, feedback.Decision{Kind: feedback.DecideMerge, GroupKey: g.key, OtherKey: target.key, IssueNo: target.issue.No, Items: g.items, Payload: string(payload)})
		if err != nil {
			return done{}, err
		}
		if g.issue.No != 0 {
			g.issue.MergedInto = target.issue.No
			if err := s.revise(ctx, tx, by, g.issue, "merge", "", fmt.Sprintf("第%d号", target.issue.No)); err != nil {
				return done{}, err
			}
		}
		if target.issue.No != 0 {
			from := "疑似同类"
			if g.issue.No != 0 {
				from = fmt.Sprintf("第%d号", g.issue.No)
			}
			if err := s.revise(ctx, tx, by, target.issue, "absorb", "", fmt.Sprintf("%s《%s》%d条", from, clip(g.title, 40), len(g.items))); err != nil {
				return done{}, err
			}
		}
		out = Decided{Seq: d.Seq, IssueNo: target.issue.No, GroupKey: target.key, Items: len(g.items)}
		return done{decisions: []feedback.Decision{d}}, nil
	})
	return out, err
}

// Apart declines a proposal to merge two groups: the night will not repeat it.
func (s *Store) Apart(ctx context.Context, by int, key, other string) (Decided, error) {
	return s.onGroup(ctx, by, key, "", func(g *groupNow) (feedback.Decision, error) {
		o := s.currentKey(other)
		if o == g.key {
			return feedback.Decision{}, refuse(Invalid, "两组相同。", "These are the same group.")
		}
		return feedback.Decision{Kind: feedback.DecideApart, GroupKey: g.key, OtherKey: o, IssueNo: g.issue.No}, nil
	})
}

// Lock closes an issue to the machine, or opens it again.
func (s *Store) Lock(ctx context.Context, by int, key, stamp string, locked bool) (Decided, error) {
	return s.onGroup(ctx, by, key, stamp, func(g *groupNow) (feedback.Decision, error) {
		if g.issue.No == 0 {
			return feedback.Decision{}, refuse(Invalid, "只有已确认的问题可以锁定。", "Only a confirmed issue can be locked.")
		}
		if g.issue.Locked == locked {
			return feedback.Decision{}, refuse(Conflict, "锁定状态已经如此。", "It is so already.")
		}
		kind := feedback.DecideUnlock
		if locked {
			kind = feedback.DecideLock
		}
		g.issue.Locked = locked
		return feedback.Decision{Kind: kind, GroupKey: g.key, IssueNo: g.issue.No, Items: g.items}, nil
	})
}

// Withdraw takes a confirmation back; the number is not given again.
func (s *Store) Withdraw(ctx context.Context, by int, key, stamp string) (Decided, error) {
	return s.onGroup(ctx, by, key, stamp, func(g *groupNow) (feedback.Decision, error) {
		switch {
		case g.issue.No == 0:
			return feedback.Decision{}, refuse(Conflict, "这一组没有编号。", "This group has no number.")
		case g.issue.Status != "研判中":
			return feedback.Decision{}, refuse(Invalid, "已进入复核之后的问题不能撤回确认。", "An issue past analysis cannot be withdrawn.")
		}
		g.issue.Status = "已撤回"
		return feedback.Decision{Kind: feedback.DecideWithdraw, GroupKey: g.key, IssueNo: g.issue.No, Items: g.items}, nil
	})
}

// onGroup makes one decision about one group; decide may change g.issue, which
// is then written with a revision.
func (s *Store) onGroup(ctx context.Context, by int, key, stamp string, decide func(g *groupNow) (feedback.Decision, error)) (out Decided, err error) {
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		g, err := s.look(ctx, tx, key)
		if err != nil {
			return done{}, err
		}
		if err := g.fresh(stamp); err != nil {
			return done{}, err
		}
		d, err := decide(&g)
		if err != nil {
			return done{}, err
		}
		if d.Kind == feedback.DecideSplit {
			next, _, err := one[countRow](ctx, tx, "review/decision_next", nil)
			if err != nil {
				return done{}, err
			}
			d.OtherKey = feedback.GroupKey(d.Items[0], int64(next.N))
		}
		d, err = s.append(ctx, tx, by, d)
		if err != nil {
			return done{}, err
		}
		if g.issue.No != 0 {
			if err := s.revise(ctx, tx, by, g.issue, string(d.Kind), "", fmt.Sprintf("%d条", len(d.Items))); err != nil {
				return done{}, err
			}
		}
		out = Decided{Seq: d.Seq, IssueNo: g.issue.No, GroupKey: g.key, Items: len(d.Items)}
		return done{decisions: []feedback.Decision{d}, groups: []string{g.key}}, nil
	})
	return out, err
}

// Undo takes back a decision of the same person, as a decision of its own. It
// is refused when something later rests on it.
func (s *Store) Undo(ctx context.Context, by int, seq int64) (out Decided, err error) {
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		d, ok, err := one[DecisionEntry](ctx, tx, "review/decision_by_seq", args{"seq": seq})
		if err != nil {
			return done{}, err
		}
		switch {
		case !ok:
			return done{}, refuse(NotFound, "没有这项决定。", "There is no such decision.")
		case d.AccountID != by:
			return done{}, refusef(Forbidden, "只能撤销自己作出的决定（此项由 %s 作出）。", "You can take back only your own decisions; this one is %s's.", d.Name)
		case d.Undoes != 0:
			return done{}, refuse(Invalid, "撤销不能再撤销：请重新作出原来的决定。", "An undo cannot be undone; make the decision again.")
		case d.UndoneBy != 0:
			return done{}, refuse(Conflict, "这项决定已经撤销。", "This decision has been taken back already.")
		}
		later, ok, err := one[DecisionEntry](ctx, tx, "review/decision_after", args{"seq": seq, "group_key": d.GroupKey, "other_key": d.OtherKey})
		if err != nil {
			return done{}, err
		}
		if ok {
			return done{}, refusef(Conflict, "此后 %s 又对同一组作了决定（第 %d 项），请先撤销那一项，或另作决定。", "%s has since decided on the same group (decision %d): take that back first.", later.Name, later.Seq)
		}
		if err := s.takeBack(ctx, tx, by, d); err != nil {
			return done{}, err
		}
		undo, err := s.append(ctx, tx, by, feedback.Decision{Kind: decideUndo, GroupKey: d.GroupKey, OtherKey: d.OtherKey, IssueNo: d.IssueNo, Undoes: seq})
		out = Decided{Seq: undo.Seq, IssueNo: d.IssueNo, GroupKey: d.GroupKey, Items: len(d.Items)}
		return done{decisions: []feedback.Decision{undo}, anew: true}, err
	})
	return out, err
}

// takeBack restores the issue rows that decision d had changed.
func (s *Store) takeBack(ctx context.Context, tx *sql.Tx, by int, d DecisionEntry) error {
	if d.IssueNo != 0 {
		is, err := s.issue(ctx, tx, d.IssueNo)
		if err != nil {
			return err
		}
		switch feedback.DecisionKind(d.Kind) {
		case feedback.DecideConfirm:
			if is.Version > 1 {
				return refusef(Conflict, "第%d号确认之后已有修改，不能直接撤销：可使用“撤回确认”。", "No. %d has changed since; use withdraw instead.", is.No)
			}
			is.Status = "已撤回"
		case feedback.DecideWithdraw:
			is.Status = "研判中"
		case feedback.DecideLock:
			is.Locked = false
		case feedback.DecideUnlock:
			is.Locked = true
		}
		if err := s.revise(ctx, tx, by, is, "undo", d.Kind, fmt.Sprintf("决定 %d", d.Seq)); err != nil {
			return err
		}
	}
	if d.Kind != string(feedback.DecideMerge) {
		return nil
	}
	var merged struct {
		Issue int `json:"issue"`
	}
	if err := json.Unmarshal([]byte(d.Payload), &merged); err != nil {
		return fmt.Errorf("decision %d: %w", d.Seq, err)
	}
	if merged.Issue == 0 {
		return nil
	}
	is, err := s.issue(ctx, tx, merged.Issue)
	if err != nil {
		return err
	}
	is.MergedInto = 0
	return s.revise(ctx, tx, by, is, "undo", d.Kind, fmt.Sprintf("决定 %d", d.Seq))
}

// IssueEdit is what may be changed in an issue's text; nil leaves a field.
type IssueEdit struct {
	Title, Statement, Topic *string
}

// EditIssue changes an issue's text. version is the one the form was filled in
// against; if the issue has moved on the answer is a *VersionConflict.
func (s *Store) EditIssue(ctx context.Context, by, no, version int, edit IssueEdit) error {
	return s.onIssue(ctx, by, no, version, func(tx *sql.Tx, is *issueRow) ([]change, error) {
		var out []change
		if edit.Title != nil {
			v, err := line(*edit.Title, titleMost, "题目", "title")
			if err != nil {
				return nil, err
			}
			if v == "" {
				return nil, refuse(Invalid, "题目不能为空。", "The title must not be empty.")
			}
			out = append(out, change{"title", is.Title, v})
			is.Title = v
		}
		if edit.Statement != nil {
			v, err := text(*edit.Statement, statementMost, "问题表述", "statement")
			if err != nil {
				return nil, err
			}
			out = append(out, change{"statement", is.Statement, v})
			is.Statement = v
		}
		if edit.Topic != nil {
			if *edit.Topic != "" {
				if _, ok, err := one[Topic](ctx, s.db, "corpus/topic_by_code", args{"topic": *edit.Topic}); err != nil {
					return nil, err
				} else if !ok {
					return nil, refuse(Invalid, "没有这个专题。", "There is no such topic.")
				}
			}
			out = append(out, change{"topic", is.Topic, *edit.Topic})
			is.Topic = *edit.Topic
		}
		return out, nil
	})
}

type change struct{ field, before, after string }

// onIssue changes one issue's row, one revision a changed field.
func (s *Store) onIssue(ctx context.Context, by, no, version int, edit func(tx *sql.Tx, is *issueRow) ([]change, error)) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		is, err := s.issue(ctx, tx, no)
		if err != nil {
			return done{}, err
		}
		if version != 0 && version != is.Version {
			changes, err := s.revisions(ctx, tx, no, version)
			if err != nil {
				return done{}, err
			}
			return done{}, &VersionConflict{IssueNo: no, Seen: version, Now: is.Version, Changes: changes}
		}
		if is.MergedInto != 0 {
			return done{}, refusef(Conflict, "第%d号已并入第%d号，请在第%d号上操作。", "No. %d has been merged into No. %d: work on No. %d.", no, is.MergedInto, is.MergedInto)
		}
		changes, err := edit(tx, &is)
		if err != nil {
			return done{}, err
		}
		changes = slices.DeleteFunc(changes, func(c change) bool { return c.before == c.after })
		for _, c := range changes {
			if err := s.revise(ctx, tx, by, is, c.field, c.before, c.after); err != nil {
				return done{}, err
			}
			is.Version++
			if err := s.record(ctx, tx, by, "issue."+c.field, fmt.Sprintf("issue:%d", no), map[string]any{"before": c.before, "after": c.after}); err != nil {
				return done{}, err
			}
		}
		remark := len(changes) > 0 && !slices.ContainsFunc(changes, func(c change) bool { return c.field != "note" })
		return done{groups: []string{is.GroupKey}, remark: remark}, nil
	})
}

// Step is one allowed move of an issue's status.
type Step struct {
	To           string
	Back         bool
	ByReviewer   bool // only a reviewer who did not submit it
	NeedsOutcome bool
}

// Steps lists where an issue may go from status.
func Steps(status string) []Step {
	i := slices.Index(feedback.Statuses, status)
	if i < 1 {
		return nil
	}
	var out []Step
	if i+1 < len(feedback.Statuses) {
		to := feedback.Statuses[i+1]
		out = append(out, Step{To: to, ByReviewer: to == "待会商" || to == "已审定" || to == "已移送", NeedsOutcome: to == "已反馈"})
		// What needs no deliberation is approved straight from review.
		if status == "待复核" {
			out = append(out, Step{To: "已审定", ByReviewer: true})
		}
	}
	if i > 1 {
		out = append(out, Step{To: feedback.Statuses[i-1], Back: true, ByReviewer: i > 2})
	}
	return out
}

// SetStatus moves an issue one step. The person who submitted it for review is
// never the one who approves it.
func (s *Store) SetStatus(ctx context.Context, by Account, no, version int, to, outcome, reason string) error {
	reason, err := text(reason, reasonMost, "理由", "reason")
	if err != nil {
		return err
	}
	return s.onIssue(ctx, by.ID, no, version, func(tx *sql.Tx, is *issueRow) ([]change, error) {
		steps := Steps(is.Status)
		i := slices.IndexFunc(steps, func(st Step) bool { return st.To == to })
		if i < 0 {
			return nil, refusef(Invalid, "不能从“%s”直接到“%s”。", "There is no step from %s to %s.", is.Status, to)
		}
		step := steps[i]
		candidates, err := rows[Candidate](ctx, tx, "review/candidates", args{"issue_no": no})
		if err != nil {
			return nil, err
		}
		if FollowsCandidates(candidates) {
			return nil, refuse(Conflict, "这一问题的转化建议正在办理，问题状态随转化建议变化：请在转化建议页面办理。", "This issue's status follows its candidates: take the step there.")
		}
		if step.ByReviewer && by.Role != Reviewer {
			return nil, refuse(Forbidden, "这一步须由复核人员办理。", "Only a reviewer may take this step.")
		}
		if step.ByReviewer && !step.Back {
			last, ok, err := one[Revision](ctx, tx, "review/submitted_by", args{"issue_no": no})
			if err != nil {
				return nil, err
			}
			if ok && last.AccountID == by.ID {
				return nil, refuse(Forbidden, "送复核的人不能自己审定：请由另一位复核人员办理。", "Whoever submitted an issue may not approve it.")
			}
		}
		if step.Back && reason == "" {
			return nil, refuse(Invalid, "退回须说明理由。", "Give a reason for sending it back.")
		}
		after := to
		if step.NeedsOutcome {
			if !slices.Contains(feedback.Outcomes, outcome) {
				return nil, refuse(Invalid, "请选择办理结果。", "Choose an outcome.")
			}
			if outcome == "不予采纳" && reason == "" {
				return nil, refuse(Invalid, "不予采纳须附理由。", "Give a reason for not adopting it.")
			}
			is.Outcome = outcome
			after += "：" + outcome
		} else {
			is.Outcome = ""
		}
		if reason != "" {
			after += "（" + reason + "）"
		}
		before := is.Status
		is.Status = to
		return []change{{"status", before, after}}, nil
	})
}

// Assign gives an issue to an analyst with a due date (分办), or takes it back
// with assignee 0. A person who assigns it to themselves claims it (认领).
func (s *Store) Assign(ctx context.Context, by, no, assignee int, due time.Time) error {
	return s.onIssue(ctx, by, no, 0, func(tx *sql.Tx, _ *issueRow) ([]change, error) {
		after := "取消分办"
		if assignee != 0 {
			a, err := s.Account(ctx, assignee)
			if err != nil {
				return nil, err
			}
			if !a.Active || (a.Role != Analyst && a.Role != Reviewer) {
				return nil, refuse(Invalid, "只能分办给研判或复核人员。", "Only analysts and reviewers can be assigned.")
			}
			after = a.Name
			if !due.IsZero() {
				after += "，" + due.Format(time.DateOnly) + " 前"
			}
		}
		var dueOn any
		if !due.IsZero() {
			dueOn = due
		}
		return []change{{"assign", "", after}}, exec(ctx, tx, "review/assignment_set", args{"issue_no": no, "account_id": assignee, "assigned_by": by, "due_on": dueOn, "now": s.now()})
	})
}

// known keeps of items those the attached corpus has.
func (s *Store) known(ctx context.Context, items []string) ([]string, error) {
	list, err := rowsOfEach[memberKeyRow](ctx, s.db, "corpus/base_groups", items)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = m.ItemID
	}
	if len(out) == 0 {
		return nil, refuse(Invalid, "请先选择条目。", "Choose items first.")
	}
	return out, nil
}

// line is a text of one line, trimmed and bounded.
func line(s string, most int, zh, en string) (string, error) {
	return text(strings.Join(strings.Fields(s), " "), most, zh, en)
}

// text is trimmed and bounded, its line ends made plain, without control
// characters.
func text(s string, most int, zh, en string) (string, error) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n > most {
		return "", refuse(Invalid, fmt.Sprintf("%s不能超过 %d 字（现有 %d 字）。", zh, most, n), fmt.Sprintf("The %s has at most %d characters (now %d).", en, most, n))
	}
	return s, nil
}

// clip is the first n characters of s, with … if that is not all.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
