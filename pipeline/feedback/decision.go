package feedback

import "time"

// DecisionKind names what a person decided. The values are stored and
// published; they are never renamed.
type DecisionKind string

// The decisions that bind the next night. Items always lists the items the
// person saw, so that a decision means the same whatever corpus it is read with.
const (
	DecideConfirm  DecisionKind = "confirm"  // the group GroupKey with Items is issue IssueNo
	DecideDismiss  DecisionKind = "dismiss"  // GroupKey is no group: its Items are not to stand together because of it
	DecideRestore  DecisionKind = "restore"  // a dismissal taken back
	DecideAttach   DecisionKind = "attach"   // Items belong to GroupKey
	DecideDetach   DecisionKind = "detach"   // Items do not belong to GroupKey and never return by themselves
	DecideMerge    DecisionKind = "merge"    // GroupKey, with Items, goes into OtherKey
	DecideSplit    DecisionKind = "split"    // Items leave GroupKey for the new group OtherKey
	DecideApart    DecisionKind = "apart"    // GroupKey and OtherKey are two issues: a proposal to merge them was declined
	DecideLock     DecisionKind = "lock"     // GroupKey takes no member by machine
	DecideUnlock   DecisionKind = "unlock"   //
	DecideWithdraw DecisionKind = "withdraw" // a confirmation taken back; the number is not reused
	DecideUndo     DecisionKind = "undo"     // Undoes no longer counts; an undo is never itself undone
	DecideMapping  DecisionKind = "mapping"  // Payload: how the columns of a form are read
	DecideTraining DecisionKind = "training" // Payload: which training a file belongs to
	DecideEncoding DecisionKind = "encoding" // Payload: how the characters of a file are encoded
	DecideReread   DecisionKind = "reread"   // Payload: which accepted file the next night reads again
)

// Decision is one entry of the log the workbench keeps and publishes. A later
// decision overrides an earlier one about the same thing; Undoes says that an
// earlier one no longer counts.
type Decision struct {
	Seq      int64
	MadeAt   time.Time
	Kind     DecisionKind
	GroupKey string
	OtherKey string
	IssueNo  int
	Items    []string
	Payload  string // JSON
	Undoes   int64
}

// Statuses is the way of an issue, in order (状态).
var Statuses = []string{"待初筛", "研判中", "待复核", "待会商", "已审定", "已移送", "已反馈"}

// Directions lists the outputs an issue can be a candidate for (转化方向), in
// the order pages show them.
var Directions = []string{"司法解释", "规范性文件", "指导性案例", "典型案例", "联合调研", "联合专项活动", "转答复", "培训选题"}

// Outcomes lists what a drafting team may answer (办理结果).
var Outcomes = []string{"采纳", "部分采纳", "不予采纳", "暂缓研究", "退回补充"}
