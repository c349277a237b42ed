package queries

import "fmt"

// RefusalKind says what sort of mistake a Refusal answers; the workbench maps
// it to a status code in one place.
type RefusalKind int

// The kinds of refusal.
const (
	Invalid   RefusalKind = iota // what was sent cannot be done as it stands
	NotFound                     // there is no such thing
	Forbidden                    // this person may not
	Conflict                     // somebody was faster
	Busy                         // try again later
)

// Refusal is a request that cannot be done, in a sentence for the person who
// asked. Every other error is the program's own and is shown as 系统内部错误.
type Refusal struct {
	Kind   RefusalKind
	Zh, En string
}

func (r *Refusal) Error() string { return r.Zh }

func refuse(kind RefusalKind, zh, en string) *Refusal { return &Refusal{Kind: kind, Zh: zh, En: en} }

func refusef(kind RefusalKind, zh, en string, a ...any) *Refusal {
	return &Refusal{Kind: kind, Zh: fmt.Sprintf(zh, a...), En: fmt.Sprintf(en, a...)}
}

// VersionConflict says that an issue changed since the form was filled in.
// Changes lists what the others did, oldest first.
type VersionConflict struct {
	IssueNo   int
	Seen, Now int
	Changes   []Revision
}

func (c *VersionConflict) Error() string {
	return fmt.Sprintf("第%d号在您填写期间已被修改（第%d版 → 第%d版）", c.IssueNo, c.Seen, c.Now)
}
