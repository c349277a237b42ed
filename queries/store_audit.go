package queries

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// AuditEntry is one line of the audit log (操作日志). Each line's hash covers the
// line before it, so that a line changed, removed or moved breaks the chain.
type AuditEntry struct {
	Seq        int64     `column:"seq"`
	HappenedAt time.Time `column:"happened_at"`
	AccountID  int       `column:"account_id"`
	Name       string    `column:"name"`
	Action     string    `column:"action"`
	Subject    string    `column:"subject"`
	Detail     string    `column:"detail"`
	Previous   string    `column:"previous"`
	Hash       string    `column:"hash"`
}

func (e *AuditEntry) sum() string {
	h := sha256.New()
	for _, f := range []string{
		e.Previous, strconv.FormatInt(e.Seq, 10), e.HappenedAt.UTC().Format(time.RFC3339Nano),
		strconv.Itoa(e.AccountID), e.Action, e.Subject, e.Detail,
	} {
		// Lengths keep two lists of fields from giving the same bytes.
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// record appends to the audit log inside the transaction of what it tells of.
func (s *Store) record(ctx context.Context, tx *sql.Tx, by int, action, subject string, detail any) error {
	body, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	last, _, err := one[AuditEntry](ctx, tx, "review/audit_tail", nil)
	if err != nil {
		return err
	}
	e := AuditEntry{
		Seq: last.Seq + 1, HappenedAt: s.now(), AccountID: by, Action: action, Subject: subject,
		Detail: string(body), Previous: last.Hash,
	}
	return exec(ctx, tx, "review/audit_append", args{
		"seq": e.Seq, "happened_at": e.HappenedAt, "account_id": e.AccountID, "action": e.Action,
		"subject": e.Subject, "detail": e.Detail, "previous": e.Previous, "hash": e.sum(),
	})
}

// Record notes something that changes nothing but must be known: a look at a
// restricted text, an export, a sign-in refused.
func (s *Store) Record(ctx context.Context, by int, action, subject string, detail any) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		return done{}, s.record(ctx, tx, by, action, subject, detail)
	})
}

// AuditFilter narrows the audit log; zero fields do not.
type AuditFilter struct {
	AccountID int
	Action    string
	Subject   string
	Since     time.Time // not before
	Until     time.Time // before
	Limit     int
	Offset    int
}

// Audit lists the log, newest first, and counts all that meet the filter.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]AuditEntry, int, error) {
	a := args{"account_id": f.AccountID, "action": f.Action, "subject": f.Subject, "since": orNull(f.Since), "until": orNull(f.Until)}
	n, _, err := one[countRow](ctx, s.db, "review/audit_count", a)
	if err != nil {
		return nil, 0, err
	}
	a["limit"], a["offset"] = f.Limit, f.Offset
	list, err := rows[AuditEntry](ctx, s.db, "review/audit_list", a)
	return list, n.N, err
}

// orNull is t for a parameter that a zero time leaves out.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

// AuditActions lists the actions that occur, for the page's filter.
func (s *Store) AuditActions(ctx context.Context) ([]string, error) {
	type row struct {
		Action string `column:"action"`
	}
	list, err := rows[row](ctx, s.db, "review/audit_actions", nil)
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.Action
	}
	return out, err
}

// VerifyAudit walks the whole chain and says, in Chinese sentences, where it
// breaks. No sentence means that no line was changed, removed or reordered.
func (s *Store) VerifyAudit(ctx context.Context) (problems []string, checked int, err error) {
	const page = 5000
	var before AuditEntry
	for offset := 0; ; offset += page {
		list, err := rows[AuditEntry](ctx, s.db, "review/audit_chain", args{"limit": page, "offset": offset})
		if err != nil {
			return nil, checked, err
		}
		for _, e := range list {
			checked++
			switch {
			case e.Seq != before.Seq+1:
				problems = append(problems, fmt.Sprintf("第 %d 条之后缺少记录：下一条是第 %d 条。", before.Seq, e.Seq))
			case e.Previous != before.Hash:
				problems = append(problems, fmt.Sprintf("第 %d 条与前一条不相接：前一条被改动、替换或调换过。", e.Seq))
			}
			if e.sum() != e.Hash {
				problems = append(problems, fmt.Sprintf("第 %d 条的内容与其校验值不符：该条被改动过。", e.Seq))
			}
			before = e
		}
		if len(list) < page {
			return problems, checked, nil
		}
	}
}
