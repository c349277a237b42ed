package queries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// EvidencePackage is an evidence package (证据包) frozen on a hand-over, as the
// review knows it; the file itself is reports/<Name>.
type EvidencePackage struct {
	SHA256      string    `column:"sha256"`
	Name        string    `column:"name"`
	Bytes       int64     `column:"bytes"`
	CandidateID int       `column:"candidate_id"`
	StepNo      int       `column:"step_no"`
	IssueNo     int       `column:"issue_no"`
	Direction   string    `column:"direction"`
	Recipient   string    `column:"recipient"`
	RunID       string    `column:"run_id"`
	AccountID   int       `column:"account_id"`
	AccountName string    `column:"account_name"`
	MadeAt      time.Time `column:"made_at"`
	Logged      bool      `column:"logged"` // the audit log tells of it, with the same hash
}

// evidencePrefix begins the name of every evidence package.
const evidencePrefix = "evidence-"

// EvidenceName is what an evidence package is called: by day, issue, candidate
// and the beginning of its hash.
func EvidenceName(at time.Time, issue, candidate int, sha256 string) string {
	return fmt.Sprintf("%s%s-issue%d-candidate%d-%s.zip", evidencePrefix, at.Format("20060102"), issue, candidate, sha256[:12])
}

// IsEvidence says whether a file in reports/ has the name of an evidence
// package. Such a file is never pruned.
func IsEvidence(name string) bool {
	return strings.HasPrefix(name, evidencePrefix) && strings.HasSuffix(name, ".zip")
}

// EvidencePackages lists the packages of a candidate, oldest first; 0 lists all.
func (s *Store) EvidencePackages(ctx context.Context, candidate int) ([]EvidencePackage, error) {
	return rows[EvidencePackage](ctx, s.db, "review/evidence_packages", args{"candidate_id": candidate, "sha256": ""})
}

// EvidencePackage finds a package by its hash; ok is false when the review
// knows none.
func (s *Store) EvidencePackage(ctx context.Context, sha256 string) (p EvidencePackage, ok bool, err error) {
	if sha256 == "" {
		return p, false, nil
	}
	return one[EvidencePackage](ctx, s.db, "review/evidence_packages", args{"candidate_id": 0, "sha256": sha256})
}

// keepEvidence notes the package of a hand-over in the transaction of the step.
func (s *Store) keepEvidence(ctx context.Context, tx *sql.Tx, by int, v *CandidateView, p *EvidencePackage) error {
	if p == nil || p.SHA256 == "" || p.Name == "" {
		return errors.New("hand-over without an evidence package")
	}
	step := 1
	if n := len(v.Steps); n > 0 {
		step = v.Steps[n-1].No + 1
	}
	if err := exec(ctx, tx, "review/evidence_append", args{
		"sha256": p.SHA256, "name": p.Name, "bytes": p.Bytes, "candidate_id": v.ID, "step_no": step, "issue_no": v.IssueNo, "direction": v.Direction,
		"recipient": v.Recipient, "run_id": p.RunID, "account_id": by, "now": s.now(),
	}); err != nil {
		return err
	}
	return s.record(ctx, tx, by, "candidate.evidence", fmt.Sprintf("candidate:%d", v.ID), map[string]any{"sha256": p.SHA256, "name": p.Name, "bytes": p.Bytes, "step": step})
}

// EvidencePackages lists every package the review knows, oldest first. A review
// from before there were any has none.
func (r *Review) EvidencePackages(ctx context.Context) ([]EvidencePackage, error) {
	schema, err := r.Schema(ctx)
	if err != nil || schema < 4 {
		return nil, err
	}
	return rows[EvidencePackage](ctx, r.db, "review/evidence_packages", args{"candidate_id": 0, "sha256": ""})
}
