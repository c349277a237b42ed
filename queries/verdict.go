package queries

import (
	"encoding/json"
	"slices"

	"tongtang/pipeline/feedback"
)

// Kept is how the machine's memberships fared with people: of Looked that a
// person judged, Kept stood.
type Kept struct{ Looked, Kept int }

// Share is Kept of Looked, 0 when nobody has judged any.
func (k Kept) Share() float64 {
	if k.Looked == 0 {
		return 0
	}
	return float64(k.Kept) / float64(k.Looked)
}

// Verdicts holds, for each membership of the machine's that a person judged,
// the last judgement: the one definition of machine against people (机器归属
// 与人工判断). A membership is one item in one group where the machine put it.
//
//   - Kept: the item was among those of a group when a person confirmed it, or
//     merged it whole into another, or a person said of it that it stays
//     (an attach to the group it stands in already, see AttachedFrom).
//   - Not kept: it was detached, split off, stood in a group that was dismissed,
//     or was attached to another group than the one the machine had it in.
//   - Not counted: what a person put there (attached, or in the new part of a
//     split), and what nobody decided on: leaving a group alone says nothing.
//
// A later judgement of the same membership takes the place of an earlier one. A
// restored or withdrawn group counts as if it had not been judged. A decision
// taken back counts for nothing: give Take only what Standing leaves.
//
// The figure is one of precision: what the machine failed to put together shows
// in merges and attachments of single items, not here. Members that a night
// adds to an issue count once a person removes them or says that they stay.
type Verdicts struct {
	after    int64 // decisions from here on are counted apart
	judged   map[membership]verdict
	byHand   map[string]string // item -> group a person put it into
	into     map[string]string // merged group -> where it went
	all, new Kept
}

type membership struct{ item, group string }

type verdict struct {
	kept bool
	seq  int64
}

// NewVerdicts begins with none. Decisions after the given one are also counted
// apart: with a corpus's DecisionSeq that is what people said of its night.
func NewVerdicts(after int64) *Verdicts {
	return &Verdicts{after: after, judged: map[membership]verdict{}, byHand: map[string]string{}, into: map[string]string{}}
}

// MachineKept counts over a whole log, in order, what was taken back left out.
func MachineKept(log []feedback.Decision) Kept {
	v := NewVerdicts(0)
	for _, d := range Standing(log) {
		v.Take(d)
	}
	return v.All()
}

// All counts every membership judged so far.
func (v *Verdicts) All() Kept { return v.all }

// New counts those whose last judgement came after the decision given at the
// beginning.
func (v *Verdicts) New() Kept { return v.new }

// AttachedFrom is the payload of an attach or detach: in which groups of two and more the
// items stood before, and which of them stood in the group already and were
// said to stay.
type AttachedFrom struct {
	From map[string]string `json:"from,omitempty"` // item -> group it leaves
	Stay bool              `json:"stay,omitempty"` // the items stood here already
	// Declined is the proposal of a night (建议归入, 建议恢复) that this detach
	// answers with no: the items did not stand in the group.
	Declined string `json:"declined,omitempty"`
	// Reading names the study of two readers that this decision carries out, 0
	// for none.
	Reading int `json:"reading,omitempty"`
}

// Take counts one more decision.
func (v *Verdicts) Take(d feedback.Decision) {
	group, other := v.now(d.GroupKey), v.now(d.OtherKey)
	switch d.Kind {
	case feedback.DecideConfirm:
		for _, it := range d.Items {
			v.judge(it, group, true, d.Seq)
		}
	case feedback.DecideDismiss:
		for _, it := range d.Items {
			v.judge(it, group, false, d.Seq)
		}
	case feedback.DecideRestore, feedback.DecideWithdraw:
		for _, it := range d.Items {
			v.forget(membership{it, group})
		}
	case feedback.DecideDetach:
		var a AttachedFrom
		_ = json.Unmarshal([]byte(d.Payload), &a)
		if a.Declined != "" {
			return // a proposal was declined: the item did not stand here
		}
		for _, it := range d.Items {
			v.judge(it, group, false, d.Seq)
			delete(v.byHand, it)
		}
	case feedback.DecideSplit:
		for _, it := range d.Items {
			v.judge(it, group, false, d.Seq)
			v.byHand[it] = other
		}
	case feedback.DecideMerge:
		for _, it := range d.Items {
			if v.judge(it, group, true, d.Seq) {
				m := v.judged[membership{it, group}]
				v.forget(membership{it, group})
				v.set(membership{it, other}, m)
			}
			if v.byHand[it] == group {
				v.byHand[it] = other
			}
		}
		v.into[group] = other
	case feedback.DecideAttach:
		var a AttachedFrom
		// A payload of another shape names no former place.
		_ = json.Unmarshal([]byte(d.Payload), &a)
		for _, it := range d.Items {
			if a.Stay {
				v.judge(it, group, true, d.Seq)
				continue
			}
			if from := v.now(a.From[it]); from != "" && from != group {
				v.judge(it, from, false, d.Seq)
			}
			v.byHand[it] = group
		}
	}
}

// judge sets a membership's verdict, unless a person had put the item there.
func (v *Verdicts) judge(item, group string, kept bool, seq int64) bool {
	if v.byHand[item] == group {
		return false
	}
	v.set(membership{item, group}, verdict{kept, seq})
	return true
}

func (v *Verdicts) set(m membership, w verdict) {
	v.forget(m)
	v.judged[m] = w
	v.count(w, 1)
}

func (v *Verdicts) forget(m membership) {
	if w, ok := v.judged[m]; ok {
		v.count(w, -1)
		delete(v.judged, m)
	}
}

func (v *Verdicts) count(w verdict, n int) {
	add := func(k *Kept) {
		k.Looked += n
		if w.kept {
			k.Kept += n
		}
	}
	add(&v.all)
	if w.seq > v.after {
		add(&v.new)
	}
}

// now follows merges to the group that holds a key's items.
func (v *Verdicts) now(key string) string {
	var seen []string
	for to := v.into[key]; to != "" && !slices.Contains(seen, to); to = v.into[key] {
		seen = append(seen, to)
		key = to
	}
	return key
}
