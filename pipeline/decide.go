package pipeline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tongtang/analysis"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
)

// settled is what the log of decisions amounts to, for one night.
type settled struct {
	analysis analysis.Decisions
	seq      int64 // the last decision seen

	issueNo  map[string]int             // group key -> 第N号
	mappings map[string]json.RawMessage // form fingerprint -> remembered column mapping
	training map[string]string          // sha256 of a file -> training it was assigned to
	encoding map[string]string          // sha256 of a file -> its encoding, where that could not be told
	reread   map[string]int64           // sha256 of an accepted file -> the decision that asked last to read it again
}

// settle folds the log, in its order, into what holds now. A decision that a
// later one undoes counts for nothing, except that it happened.
func settle(log []feedback.Decision) (settled, error) {
	s := settled{issueNo: map[string]int{}, mappings: map[string]json.RawMessage{}, training: map[string]string{}, encoding: map[string]string{}, reread: map[string]int64{}}
	s.analysis.Merged = map[string]string{}
	undone := map[int64]bool{}
	for _, d := range log {
		s.seq = max(s.seq, d.Seq)
		undone[d.Undoes] = true
	}
	type place struct {
		group string
		seq   int64
	}
	member := map[string]place{}                              // item -> the group people put it in
	barred := map[[2]string]int64{}                           // item, group -> decision
	dismissed, locked := map[string]bool{}, map[string]bool{} // group keys
	apart := map[[2]string]bool{}
	for _, d := range log {
		if undone[d.Seq] {
			continue
		}
		switch d.Kind {
		case feedback.DecideConfirm, feedback.DecideAttach:
			for _, it := range d.Items {
				member[it] = place{d.GroupKey, d.Seq}
				delete(barred, [2]string{it, d.GroupKey})
			}
			delete(dismissed, d.GroupKey)
			if d.IssueNo != 0 {
				s.issueNo[d.GroupKey] = d.IssueNo
			}
		case feedback.DecideWithdraw:
			for it, p := range member {
				if p.group == d.GroupKey {
					delete(member, it)
				}
			}
			delete(s.issueNo, d.GroupKey)
		case feedback.DecideDismiss:
			dismissed[d.GroupKey] = true
		case feedback.DecideRestore:
			delete(dismissed, d.GroupKey)
		case feedback.DecideDetach:
			for _, it := range d.Items {
				barred[[2]string{it, d.GroupKey}] = d.Seq
				if member[it].group == d.GroupKey {
					delete(member, it)
				}
			}
		case feedback.DecideMerge:
			s.analysis.Merged[d.GroupKey] = d.OtherKey
			for _, it := range d.Items {
				member[it] = place{d.OtherKey, d.Seq}
				delete(barred, [2]string{it, d.OtherKey})
			}
			for it, p := range member {
				if p.group == d.GroupKey {
					member[it] = place{d.OtherKey, d.Seq}
				}
			}
		case feedback.DecideSplit:
			for _, it := range d.Items {
				member[it] = place{d.OtherKey, d.Seq}
			}
			apart[[2]string{d.GroupKey, d.OtherKey}] = true
		case feedback.DecideLock:
			locked[d.GroupKey] = true
		case feedback.DecideUnlock:
			delete(locked, d.GroupKey)
		case feedback.DecideApart:
			apart[[2]string{d.GroupKey, d.OtherKey}] = true
		case feedback.DecideMapping:
			var m struct {
				Fingerprint string          `json:"fingerprint"`
				Mapping     json.RawMessage `json:"mapping"`
			}
			if err := json.Unmarshal([]byte(d.Payload), &m); err != nil {
				return s, fmt.Errorf("decision %d: %w", d.Seq, err)
			}
			s.mappings[m.Fingerprint] = m.Mapping
		case feedback.DecideTraining:
			var m struct {
				SHA256   string `json:"sha256"`
				Training string `json:"training_id"`
			}
			if err := json.Unmarshal([]byte(d.Payload), &m); err != nil {
				return s, fmt.Errorf("decision %d: %w", d.Seq, err)
			}
			s.training[m.SHA256] = m.Training
		case feedback.DecideEncoding:
			var m struct {
				SHA256   string `json:"sha256"`
				Encoding string `json:"encoding"`
			}
			if err := json.Unmarshal([]byte(d.Payload), &m); err != nil {
				return s, fmt.Errorf("decision %d: %w", d.Seq, err)
			}
			s.encoding[m.SHA256] = m.Encoding
		case feedback.DecideReread:
			var m struct {
				SHA256 string `json:"sha256"`
			}
			if err := json.Unmarshal([]byte(d.Payload), &m); err != nil {
				return s, fmt.Errorf("decision %d: %w", d.Seq, err)
			}
			s.reread[m.SHA256] = d.Seq
		}
	}
	for _, it := range slices.Sorted(maps.Keys(member)) {
		s.analysis.Members = append(s.analysis.Members, analysis.Membership{Document: it, Group: member[it].group, Seq: member[it].seq})
	}
	for k, seq := range barred {
		s.analysis.Barred = append(s.analysis.Barred, analysis.Membership{Document: k[0], Group: k[1], Seq: seq})
	}
	slices.SortFunc(s.analysis.Barred, func(a, b analysis.Membership) int {
		return cmp.Or(cmp.Compare(a.Document, b.Document), cmp.Compare(a.Group, b.Group))
	})
	s.analysis.DismissedGroups = slices.Sorted(maps.Keys(dismissed))
	s.analysis.Locked = slices.Sorted(maps.Keys(locked))
	s.analysis.Apart = slices.SortedFunc(maps.Keys(apart), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return s, nil
}

// forms are the column mappings that people confirmed, by fingerprint.
func (s *settled) forms() (map[string]intake.Mapping, error) {
	out := map[string]intake.Mapping{}
	for form, raw := range s.mappings {
		var m intake.Mapping
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("字段对应 %s 无法读取: %w", form, err)
		}
		out[form] = m
	}
	return out, nil
}
