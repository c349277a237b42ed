package queries

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"tongtang/pipeline/feedback"
)

// What a reader may answer beside one of the groups offered.
const (
	AnswerNone   = "不属于其中" // it belongs to none of the groups offered
	AnswerNew    = "新问题"   // it raises an issue of its own
	AnswerUnsure = "无法判断"  // no code: counts as missing in every figure
)

const (
	readingMost  = 500 // items of one study
	offeredMost  = 4   // groups offered for an item of a mixed study
	optionsMost  = 12  // groups offered for all items
	questionMost = 500
)

// Reading is a study of two readers (双人研读): items put to two analysts, who
// each answer without seeing the other's answers or the machine's grouping
// until both have handed in.
type Reading struct {
	ID             int       `column:"reading_id"`
	Title          string    `column:"title"`
	Question       string    `column:"question"` // what the readers are told
	Source         string    `column:"source"`   // where the items come from, in words
	Options        []string  `column:"options"`  // groups offered for every item; empty when each has its own
	OptionTitles   []string  `column:"option_titles"`
	AskKind        bool      `column:"ask_kind"`
	Seed           int64     `column:"seed"`
	RunID          string    `column:"run_id"`
	Readers        []int     `column:"readers"` // two
	MadeBy         int       `column:"made_by"`
	MadeByName     string    `column:"made_by_name"`
	MadeAt         time.Time `column:"made_at"`
	AppliedAt      time.Time `column:"applied_at"` // zero before its result became decisions
	Items          int       `column:"item_count"`
	AnsweredFirst  int       `column:"answered_first"`
	AnsweredSecond int       `column:"answered_second"`
	DoneFirst      bool      `column:"done_first"`
	DoneSecond     bool      `column:"done_second"`
	FirstName      string    `column:"first_name"`
	SecondName     string    `column:"second_name"`
}

// Open says that the answers may be looked at: both readers have handed in.
func (r *Reading) Open() bool { return r.DoneFirst && r.DoneSecond }

// Reads says whether the account is one of the two readers.
func (r *Reading) Reads(account int) bool { return slices.Contains(r.Readers, account) }

// Done says whether this reader has handed in.
func (r *Reading) Done(account int) bool {
	return len(r.Readers) == 2 && (r.Readers[0] == account && r.DoneFirst || r.Readers[1] == account && r.DoneSecond)
}

// Applied says whether the result has become decisions.
func (r *Reading) Applied() bool { return r.AppliedAt.Year() > 1970 }

// ReadingItem is one item of a study.
type ReadingItem struct {
	ReadingID int      `column:"reading_id"`
	Ordinal   int      `column:"ordinal"` // from 1
	ItemID    string   `column:"item_id"`
	Machine   string   `column:"machine"` // the group the machine had it in when the study began, '' for none
	Offered   []string `column:"offered"`
}

// ReadingAnswer is one reader's answer to one item; of account 0, what was
// settled.
type ReadingAnswer struct {
	ItemID    string    `column:"item_id"`
	AccountID int       `column:"account_id"`
	Answer    string    `column:"answer"` // group key, or one of the Answer constants
	Kind      string    `column:"kind"`
	Note      string    `column:"note"`
	GivenAt   time.Time `column:"given_at"`
	GivenBy   int       `column:"given_by"`
	By        string    `column:"given_by_name"`
}

// ReadingGroup is a group offered as an answer.
type ReadingGroup struct {
	Key      string   `column:"group_key"`
	Title    string   `column:"title"`
	IssueNo  int      `column:"issue_no"`
	Items    int      `column:"items"`
	Examples []string `column:"examples"` // members that are not in the study, most central first
}

// NewReading is a study to be put to two readers.
type NewReading struct {
	Title    string
	Question string
	Source   string
	Items    []string // in any order: readers see them shuffled by Seed
	Options  []string // keys of groups offered for every item; empty offers each item the groups nearest to it
	Also     []int    // numbers of issues offered beside
	Readers  [2]int
	AskKind  bool
	Seed     int64
}

type offerRow struct {
	ItemID string `column:"item_id"`
	Key    string `column:"group_key"`
	Rank   int    `column:"rank"`
}

// SampleMemberships draws n memberships of the machine's that nobody has
// decided on, for a study; the same seed over the same corpus and decisions
// draws the same. With borderline set only unsteady ones (归属不稳) are drawn.
func (s *Store) SampleMemberships(ctx context.Context, n int, seed int64, borderline bool, department string) ([]string, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	drawn, err := rows[memberKeyRow](ctx, s.db, "corpus/reading_sample", args{"n": min(n, readingMost), "seed": seed, "borderline": borderline, "department": department})
	items := make([]string, len(drawn))
	for i, m := range drawn {
		items[i] = m.ItemID
	}
	return items, err
}

// OpenReading begins a study and tells its number.
func (s *Store) OpenReading(ctx context.Context, by int, n NewReading) (id int, err error) {
	if n.Title, err = line(n.Title, titleMost, "名称", "title"); err != nil {
		return 0, err
	}
	if n.Question, err = text(n.Question, questionMost, "研读要求", "question"); err != nil {
		return 0, err
	}
	switch {
	case n.Title == "":
		return 0, refuse(Invalid, "请填写研读的名称。", "Give the study a name.")
	case n.Readers[0] == 0 || n.Readers[1] == 0:
		return 0, refuse(Invalid, "请选择两位研读人员。", "Choose two readers.")
	case n.Readers[0] == n.Readers[1]:
		return 0, refuse(Invalid, "两位研读人员须是不同的人。", "The two readers must be different people.")
	case len(n.Items) > readingMost:
		return 0, refusef(Invalid, "一次研读最多 %d 条（现有 %d 条），请缩小范围。", "A study has at most %d items (now %d).", readingMost, len(n.Items))
	}
	for _, r := range n.Readers {
		a, err := s.Account(ctx, r)
		if err != nil {
			return 0, err
		}
		if !a.Active || (a.Role != Analyst && a.Role != Reviewer) {
			return 0, refuse(Invalid, "研读人员须是在用的研判或复核账号。", "Readers must be active analysts or reviewers.")
		}
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		items, err := s.known(ctx, n.Items)
		if err != nil {
			return done{}, err
		}
		if !s.current.Load().layout.Neighbors {
			return done{}, refuse(Busy, "当前归并结果由较早版本的程序生成：下一次夜间归并之后才能建立双人研读。", "The present corpus was made by an earlier version: readings can be set up after the next night.")
		}
		offers, err := rows[offerRow](ctx, s.db, "corpus/reading_offers", args{"items": items})
		if err != nil {
			return done{}, err
		}
		near := map[string][]string{} // nearest first
		machine := map[string]string{}
		for _, o := range offers {
			near[o.ItemID] = append(near[o.ItemID], o.Key)
			if o.Rank == 0 {
				machine[o.ItemID] = o.Key
			}
		}
		var also []string
		for _, no := range n.Also {
			is, err := s.issue(ctx, tx, no)
			if err != nil {
				return done{}, err
			}
			also = append(also, is.GroupKey)
		}
		options := union(nil, n.Options)
		if len(options) > 0 {
			options = union(options, also)
			if len(options) > optionsMost {
				return done{}, refusef(Invalid, "供选的问题最多 %d 个。", "At most %d groups can be offered.", optionsMost)
			}
		}
		// Both readers see the items in one order that nobody chose.
		slices.SortFunc(items, func(a, b string) int { return cmp.Compare(shuffled(n.Seed, a), shuffled(n.Seed, b)) })
		next, _, err := one[countRow](ctx, tx, "review/reading/next", nil)
		if err != nil {
			return done{}, err
		}
		id = next.N
		for i, it := range items {
			offered := options
			if len(options) == 0 {
				offered = near[it]
				offered = union(offered[:min(len(offered), offeredMost)], also)
				// The order must not tell which one is the machine's.
				slices.SortFunc(offered, func(a, b string) int { return cmp.Compare(shuffled(n.Seed, it+a), shuffled(n.Seed, it+b)) })
			}
			if err := exec(ctx, tx, "review/reading/item_insert", args{"reading_id": id, "ordinal": i + 1, "item_id": it, "machine": machine[it], "offered": orEmpty(offered)}); err != nil {
				return done{}, err
			}
		}
		groups, err := rows[ReadingGroup](ctx, s.db, "corpus/reading_groups", args{"keys": orEmpty(options), "items": items})
		if err != nil {
			return done{}, err
		}
		titles := make([]string, len(options))
		for _, g := range groups {
			titles[slices.Index(options, g.Key)] = g.Title
		}
		if i := slices.Index(titles, ""); i >= 0 {
			return done{}, refuse(NotFound, "供选的问题中有一组已不存在，请重新选择。", "One of the groups offered no longer exists; choose again.")
		}
		if err := exec(ctx, tx, "review/reading/insert", args{
			"reading_id": id, "title": n.Title, "question": n.Question, "options": orEmpty(options), "items": items, "readers": []int32{int32(n.Readers[0]), int32(n.Readers[1])},
			"made_by": by, "now": s.now(),
		}); err != nil {
			return done{}, err
		}
		if err := exec(ctx, tx, "review/reading/brief_insert", args{
			"reading_id": id, "source": clip(n.Source, 200), "option_titles": orEmpty(titles), "ask_kind": n.AskKind, "seed": n.Seed, "run_id": s.RunID(),
		}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "reading.open", "reading:"+strconv.Itoa(id), map[string]any{"items": len(items), "readers": n.Readers, "seed": n.Seed})
	})
	return id, err
}

// shuffled is a number that orders a study's items and answers by chance, the
// same for the same seed.
func shuffled(seed int64, what string) string {
	sum := sha256.Sum256([]byte(strconv.FormatInt(seed, 10) + ":" + what))
	return string(sum[:])
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Readings lists the studies, latest first.
func (s *Store) Readings(ctx context.Context) ([]Reading, error) {
	return rows[Reading](ctx, s.db, "review/reading/list", args{"reading_id": 0})
}

// Reading finds one study.
func (s *Store) Reading(ctx context.Context, id int) (Reading, error) {
	return s.reading(ctx, s.db, id)
}

func (s *Store) reading(ctx context.Context, q querier, id int) (Reading, error) {
	if id <= 0 {
		return Reading{}, refuse(NotFound, "没有这项研读。", "There is no such study.")
	}
	r, ok, err := one[Reading](ctx, q, "review/reading/list", args{"reading_id": id})
	if err == nil && !ok {
		err = refuse(NotFound, "没有这项研读。", "There is no such study.")
	}
	return r, err
}

// ReadingItems lists a study's items in the order readers see them.
func (s *Store) ReadingItems(ctx context.Context, id int) ([]ReadingItem, error) {
	return rows[ReadingItem](ctx, s.db, "review/reading/items", args{"reading_id": id})
}

// ReadingTexts are the items themselves, by ID; one the present corpus does not
// have is missing.
func (s *Store) ReadingTexts(ctx context.Context, items []string) (map[string]Member, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	asked := make([]Member, len(items))
	for i, id := range items {
		asked[i].ID = id
	}
	list, err := s.members(ctx, asked)
	out := make(map[string]Member, len(list))
	for _, m := range list {
		out[m.ID] = m
	}
	return out, err
}

// ReadingGroups describes the groups offered, by key, with examples that are
// not among items. A group that is gone is missing.
func (s *Store) ReadingGroups(ctx context.Context, keys, items []string) (map[string]ReadingGroup, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	out := make(map[string]ReadingGroup, len(keys))
	// A night may have put another key in the place of the one offered.
	at := map[string][]string{}
	for _, k := range keys {
		now := s.currentKey(k)
		at[now] = append(at[now], k)
	}
	var present []string
	for k := range at {
		present = append(present, k)
	}
	slices.Sort(present)
	list, err := rows[ReadingGroup](ctx, s.db, "corpus/reading_groups", args{"keys": orEmpty(present), "items": orEmpty(items)})
	for _, g := range list {
		for _, k := range at[g.Key] {
			out[k] = g
		}
	}
	return out, err
}

// AnswersOf are one reader's answers.
func (s *Store) AnswersOf(ctx context.Context, id, account int) ([]ReadingAnswer, error) {
	return rows[ReadingAnswer](ctx, s.db, "review/reading/answers", args{"reading_id": id, "account_id": account})
}

// ReadingAnswers are all answers of a study, and are refused until both readers
// have handed in.
func (s *Store) ReadingAnswers(ctx context.Context, id int) ([]ReadingAnswer, error) {
	r, err := s.Reading(ctx, id)
	if err != nil {
		return nil, err
	}
	if !r.Open() {
		return nil, refuse(Forbidden, "两位研读人员都交卷之后才能查看答案。", "Answers can be seen once both readers have handed in.")
	}
	return rows[ReadingAnswer](ctx, s.db, "review/reading/answers", args{"reading_id": id, "account_id": -1})
}

// Answer records a reader's answer to one item, until that reader hands in.
func (s *Store) Answer(ctx context.Context, by, id int, item, answer, kind, note string) error {
	note, err := text(note, questionMost, "备注", "note")
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		r, err := s.reading(ctx, tx, id)
		if err != nil {
			return done{}, err
		}
		switch {
		case !r.Reads(by):
			return done{}, refuse(Forbidden, "您不是这项研读的研读人员。", "You are not a reader of this study.")
		case r.Done(by):
			return done{}, refuse(Conflict, "您已交卷，答案不能再改。", "You have handed in; answers can no longer change.")
		}
		if err := s.mayAnswer(ctx, tx, &r, item, answer, kind); err != nil {
			return done{}, err
		}
		return done{}, s.putAnswer(ctx, tx, by, by, id, item, answer, kind, note)
	})
}

// putAnswer writes an answer for account; 0 stands for what is settled.
func (s *Store) putAnswer(ctx context.Context, tx *sql.Tx, by, account, id int, item, answer, kind, note string) error {
	if err := exec(ctx, tx, "review/reading/answer_set", args{"reading_id": id, "item_id": item, "account_id": account, "answer": answer, "given_by": by, "now": s.now()}); err != nil {
		return err
	}
	return exec(ctx, tx, "review/reading/remark_set", args{"reading_id": id, "item_id": item, "account_id": account, "kind": kind, "note": note})
}

func (s *Store) mayAnswer(ctx context.Context, q querier, r *Reading, item, answer, kind string) error {
	items, err := rows[ReadingItem](ctx, q, "review/reading/items", args{"reading_id": r.ID})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(it ReadingItem) bool { return it.ItemID == item })
	switch {
	case i < 0:
		return refuse(NotFound, "这一条不在这项研读之中。", "This item is not in the study.")
	case answer != AnswerNone && answer != AnswerNew && answer != AnswerUnsure && !slices.Contains(items[i].Offered, answer):
		return refuse(Invalid, "请从所列的答案中选择一个。", "Choose one of the answers offered.")
	case r.AskKind && !slices.Contains(feedback.Kinds, feedback.Kind(kind)), !r.AskKind && kind != "":
		return refuse(Invalid, "请选择类别：问题、意见或建议。", "Choose the kind: question, opinion or suggestion.")
	}
	return nil
}

// HandIn ends a reader's part; every item must have an answer, 无法判断 if
// nothing else.
func (s *Store) HandIn(ctx context.Context, by, id int) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		r, err := s.reading(ctx, tx, id)
		if err != nil {
			return done{}, err
		}
		switch {
		case !r.Reads(by):
			return done{}, refuse(Forbidden, "您不是这项研读的研读人员。", "You are not a reader of this study.")
		case r.Done(by):
			return done{}, refuse(Conflict, "您已交卷。", "You have handed in already.")
		}
		given, err := rows[ReadingAnswer](ctx, tx, "review/reading/answers", args{"reading_id": id, "account_id": by})
		if err != nil {
			return done{}, err
		}
		if left := r.Items - len(given); left > 0 {
			return done{}, refusef(Invalid, "还有 %d 条没有作答：不能确定的请选“无法判断”。", "%d items have no answer yet; choose “cannot tell” where you cannot.", left)
		}
		if err := exec(ctx, tx, "review/reading/done_insert", args{"reading_id": id, "account_id": by, "now": s.now()}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "reading.done", "reading:"+strconv.Itoa(id), map[string]any{"items": r.Items})
	})
}

// Settle decides an item over which the readers differ. Whoever settles is
// neither of the two.
func (s *Store) Settle(ctx context.Context, by, id int, item, answer, kind, note string) error {
	note, err := text(note, questionMost, "理由", "reason")
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		r, err := s.reading(ctx, tx, id)
		if err != nil {
			return done{}, err
		}
		switch {
		case !r.Open():
			return done{}, refuse(Conflict, "两位研读人员都交卷之后才能裁定。", "The study can be settled once both readers have handed in.")
		case r.Reads(by):
			return done{}, refuse(Forbidden, "研读人员不能裁定自己的分歧：请由第三人裁定。", "A reader may not settle; a third person does.")
		case r.Applied():
			return done{}, refuse(Conflict, "结果已办理，不能再改裁定。", "The result has been carried out; it can no longer change.")
		}
		if err := s.mayAnswer(ctx, tx, &r, item, answer, kind); err != nil {
			return done{}, err
		}
		if err := s.putAnswer(ctx, tx, by, 0, id, item, answer, kind, note); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "reading.settle", "reading:"+strconv.Itoa(id), map[string]any{"item": item, "answer": answer})
	})
}

// Final is what a study says of each item: what was settled, or what both
// readers said; an item over which they differ, or that neither could judge, is
// missing.
func (r *Reading) Final(answers []ReadingAnswer) map[string]string {
	given := map[string]map[int]string{}
	for _, a := range answers {
		if given[a.ItemID] == nil {
			given[a.ItemID] = map[int]string{}
		}
		given[a.ItemID][a.AccountID] = a.Answer
	}
	out := map[string]string{}
	for it, by := range given {
		final, settled := by[0]
		if !settled && by[r.Readers[0]] == by[r.Readers[1]] {
			final = by[r.Readers[0]]
		}
		if final != "" && final != AnswerUnsure {
			out[it] = final
		}
	}
	return out
}

// Unsettled counts the items over which the two readers differ and that nobody
// has settled.
func (r *Reading) Unsettled(answers []ReadingAnswer) int {
	given := map[string]map[int]string{}
	for _, a := range answers {
		if given[a.ItemID] == nil {
			given[a.ItemID] = map[int]string{}
		}
		given[a.ItemID][a.AccountID] = a.Answer
	}
	n := 0
	for _, by := range given {
		if _, settled := by[0]; !settled && by[r.Readers[0]] != by[r.Readers[1]] {
			n++
		}
	}
	return n
}

// Applied tells what carrying out a study came to.
type Applied struct {
	Decisions int
	Stayed    int // items that stay where the machine put them
	Attached  int
	Detached  int
	Left      int      // items without a final answer, left alone
	Refused   []string // groups in which something could not be done, and why, in Chinese
}

// ApplyReading carries out a study's result as ordinary decisions, one a group
// and kind, each in the log under the name of whoever does it: items in their
// group stay, others are attached to the group they belong to, and those that
// belong to none of the groups offered, or raise an issue of their own, leave
// the group they stand in if it was one of those offered. Of the machine's
// groups that changed since, only what still fits is done.
func (s *Store) ApplyReading(ctx context.Context, by, id int) (Applied, error) {
	var out Applied
	r, err := s.Reading(ctx, id)
	if err != nil {
		return out, err
	}
	switch {
	case !r.Open():
		return out, refuse(Conflict, "两位研读人员都交卷之后才能办理。", "The result can be carried out once both readers have handed in.")
	case r.Applied():
		return out, refuse(Conflict, "这项研读的结果已经办理。", "The result has been carried out already.")
	case r.Reads(by):
		return out, refuse(Forbidden, "研读人员不能办理自己的研读：请由第三人办理。", "A reader may not carry out the study; a third person does.")
	}
	answers, err := s.ReadingAnswers(ctx, id)
	if err != nil {
		return out, err
	}
	items, err := s.ReadingItems(ctx, id)
	if err != nil {
		return out, err
	}
	if n := r.Unsettled(answers); n > 0 {
		return out, refusef(Conflict, "还有 %d 条分歧没有裁定：不能裁定的请选“无法判断”，该条保持不动。", "%d differences are not settled; choose “cannot tell” to leave an item as it is.", n)
	}
	final := r.Final(answers)
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.ItemID
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		stands, err := rowsOfEach[memberKeyRow](ctx, s.db, "corpus/items_in_company", ids)
		if err != nil {
			return done{}, err
		}
		at := map[string]string{}
		for _, m := range stands {
			at[m.ItemID] = m.GroupKey
		}
		stay, attach, detach := map[string][]string{}, map[string][]string{}, map[string][]string{}
		for _, it := range items {
			offered := make([]string, len(it.Offered))
			for i, k := range it.Offered {
				offered[i] = s.currentKey(k)
			}
			switch answer, ok := final[it.ItemID]; {
			case !ok:
				out.Left++
			case answer == AnswerNone || answer == AnswerNew:
				if here := at[it.ItemID]; here != "" && slices.Contains(offered, here) {
					detach[here] = append(detach[here], it.ItemID)
				}
			default:
				to := s.currentKey(answer)
				if at[it.ItemID] == to {
					stay[to] = append(stay[to], it.ItemID)
				} else {
					attach[to] = append(attach[to], it.ItemID)
				}
			}
		}
		var d done
		do := func(kind feedback.DecisionKind, key string, items []string, payload AttachedFrom) error {
			g, err := s.look(ctx, tx, key)
			if err != nil {
				return err
			}
			if kind == feedback.DecideDetach && len(items) == len(g.items) {
				out.Refused = append(out.Refused, fmt.Sprintf("《%s》的条目都被判为不属于它：请到该组页面判为不成立。", clip(g.title, 30)))
				return nil
			}
			if g.state == StateMerged || g.state == StateDismissed {
				out.Refused = append(out.Refused, fmt.Sprintf("《%s》已并入其他问题或判为不成立。", clip(g.title, 30)))
				return nil
			}
			payload.Reading = id
			body, err := json.Marshal(payload)
			if err != nil {
				return err
			}
			dec, err := s.append(ctx, tx, by, feedback.Decision{Kind: kind, GroupKey: g.key, IssueNo: g.issue.No, Items: items, Payload: string(body)})
			if err != nil {
				return err
			}
			if g.issue.No != 0 {
				if err := s.revise(ctx, tx, by, g.issue, string(kind), "", fmt.Sprintf("%d条", len(items))); err != nil {
					return err
				}
			}
			d.decisions, d.groups = append(d.decisions, dec), append(d.groups, g.key)
			out.Decisions++
			switch {
			case kind == feedback.DecideDetach:
				out.Detached += len(items)
			case payload.Stay:
				out.Stayed += len(items)
			default:
				out.Attached += len(items)
			}
			return nil
		}
		for _, key := range slices.Sorted(maps.Keys(stay)) {
			if err := do(feedback.DecideAttach, key, stay[key], AttachedFrom{Stay: true}); err != nil {
				return done{}, err
			}
		}
		for _, key := range slices.Sorted(maps.Keys(detach)) {
			if err := do(feedback.DecideDetach, key, detach[key], AttachedFrom{}); err != nil {
				return done{}, err
			}
		}
		for _, key := range slices.Sorted(maps.Keys(attach)) {
			from := map[string]string{}
			for _, it := range attach[key] {
				if at[it] != "" {
					from[it] = at[it]
				}
			}
			if err := do(feedback.DecideAttach, key, attach[key], AttachedFrom{From: from}); err != nil {
				return done{}, err
			}
		}
		if err := exec(ctx, tx, "review/reading/applied", args{"reading_id": id, "account_id": by, "now": s.now()}); err != nil {
			return done{}, err
		}
		return d, s.record(ctx, tx, by, "reading.apply", "reading:"+strconv.Itoa(id), map[string]any{"decisions": out.Decisions})
	})
	return out, err
}

// BlindItems are those a person is reading blind: pages keep from them where
// the machine put these until both readers have handed in.
func (s *Store) BlindItems(ctx context.Context, account int) (map[string]bool, error) {
	type row struct {
		ItemID string `column:"item_id"`
	}
	list, err := rows[row](ctx, s.db, "review/reading/blind_items", args{"account_id": account})
	out := make(map[string]bool, len(list))
	for _, r := range list {
		out[r.ItemID] = true
	}
	return out, err
}

// WaitingReading is a study that waits for a person.
type WaitingReading struct {
	ID         int       `column:"reading_id"`
	Title      string    `column:"title"`
	Items      int       `column:"item_count"`
	Answered   int       `column:"answered"`
	MadeAt     time.Time `column:"made_at"`
	MadeByName string    `column:"made_by_name"`
	Mine       bool      `column:"mine"` // to read; otherwise to settle
}
