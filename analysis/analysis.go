// Package analysis is the mathematics of tongtang: which documents say the same
// thing, which group of tonight is which group of yesterday, and what can be
// said about a group in numbers. It knows documents, not items; it reads no
// files and runs no SQL.
//
// The way of a run:
//
//	NewCorpus    documents -> interned features, TF-IDF rows, distinct texts
//	neighbours   each text's nearest others, over an inverted index; with the
//	             last run's Memory, only those of texts that are new
//	pairs        a probability for each pair of neighbours that both say the same
//	groups       agglomeration over the sparse graph, under people's decisions
//	identity     tonight's groups get yesterday's keys; every change is an Event
//	suggestions  for undecided documents: known groups; for groups: merges
//
// Everything is a pure function of documents, options, decisions and the last
// run's standing. Documents are put in the order of their IDs before anything
// is computed and every tie is broken by ID, so input order and the number of
// workers change nothing.
package analysis

import (
	"sync"
	"time"
)

// FeatureKind says what a feature is evidence of. Kinds live in separate
// spaces: a shared concept and a shared word are different evidence.
type FeatureKind uint8

// The kinds of features.
const (
	Word     FeatureKind = iota // a word of the text, folded to its canonical term
	Part                        // a shorter word inside a longer one
	Concept                     // what the field calls by many names: acts, subjects, documents, steps, kinds of problem
	Theme                       // a recurring matter of the field, recognised by several cues together
	Citation                    // a statute, article or document number in normal form
	Question                    // the kind of question asked: how, why, whether, how much ...
	Quantity                    // a number as written
	Negation                    // a negation
	featureKinds
)

// Feature is one piece of evidence in a document.
type Feature struct {
	Kind   FeatureKind
	Name   string
	Weight float32 // multiplies term frequency; 0 means 1
	Label  bool    // fit to be a keyword: a word with a meaning of its own
}

// Document is what the mathematics sees of an item.
type Document struct {
	ID       string // unique
	Date     string // YYYY-MM-DD or empty; the earliest document founds a group
	Text     string // folded text without courtesy: compared character by character
	Features []Feature
	Field    bool // shows a matter of the field beyond doubt; where most do, concepts and themes count
}

// Options tune a run. The zero value is the default for every file.
type Options struct {
	Strictness Strictness
	Workers    int // 0 means one per processor; changes no result
	Neighbors  int // nearest documents kept per document for Neighbors; 0 means 10
	Suggest    int // groups suggested per undecided document; 0 means 5
	// Night is the date of this run, YYYY-MM-DD: what growth and dormancy are
	// counted from. Empty means no group goes dormant.
	Night string
	// DormantDays is how long a group may stand without a new member before
	// it is dormant. 0 means 400: a training that skips a year is not silence.
	DormantDays int
	// Key derives the key of a group from its founding document's ID. Nil
	// means the ID itself.
	Key func(founder string) string
	// Stage is told when a stage ends; nil is allowed.
	Stage func(name string, took time.Duration)
}

// Strictness is how sure the machine must be before it puts two documents
// together.
type Strictness string

// The three degrees; empty means Medium.
const (
	Strict Strictness = "strict"
	Medium Strictness = "medium"
	Loose  Strictness = "loose"
)

// Membership says that a document belongs (or must not belong) to a group.
// Seq is the decision's sequence number, 0 when it comes from no decision.
type Membership struct {
	Document string
	Group    string
	Seq      int64
}

// Decisions are what people settled. A run holds every one of them; what the
// data says against them becomes a Proposal, never a change. Decisions about
// documents that are not in the corpus are ignored.
type Decisions struct {
	// Members belong to the group whatever the machine thinks (confirmed,
	// attached, split off). The last one wins when a document has several.
	Members []Membership
	// Barred documents never return to the group by themselves (detached). A
	// group that is not decided is known by its members in Standing: the
	// document is kept from all of them.
	Barred []Membership
	// Dismissed documents take part in no group.
	Dismissed []string
	// DismissedGroups keep their last members, take no new ones and are marked.
	DismissedGroups []string
	// Locked groups take no new member; they still appear in suggestions.
	Locked []string
	// Merged maps a group's key to the key it was merged into. Chains are followed.
	Merged map[string]string
	// Apart are pairs of groups that must not be merged (a split, or a
	// declined proposal to merge).
	Apart [][2]string
}

// Standing is what the last run published: what identity lives on.
type Standing struct {
	Groups []StandingGroup
}

// StandingGroup is a group as the last run left it.
type StandingGroup struct {
	Key     string
	Founder string // document ID; may have left the group since
	Members []string
	Grew    string // YYYY-MM-DD of the last night that added a member
	Dormant bool
}

// Result is what a run found. Documents are named by their position in the
// caller's order.
type Result struct {
	Groups    []Group // two documents or more, or decided; ordered by Key
	GroupOf   []int32 // per document: index into Groups, -1 when it stands alone
	Events    []Event // what changed since Standing, ordered by Key
	Merges    []Merge // groups that probably say the same, strongest first
	Proposals []Proposal
	Duplicate int // documents whose text another one has too

	corpus    *Corpus
	options   Options
	near      *graph
	pairs     []edge         // by words
	scores    []edge         // with what the vectors say; the same without any
	known     [][]Suggestion // by rank
	suggested *suggested
	moved     []bool // by unit: neighbours are others than in the last run; nil without memory

	shownOnce sync.Once
	shown     []bool // by rank, see Moved

	wordsOnce     sync.Once
	wordsPerGroup float64
}

// Group is documents that say the same thing.
type Group struct {
	Key       string
	Founder   int      // document that founded it, -1 when it is no longer in the corpus
	FounderID string   // recorded at birth, never changed
	Members   []Member // most central first
	Decided   bool     // at least one member is decided
	Locked    bool
	Dismissed bool
	Dormant   bool
	Grew      string
	Near      []Link // nearest other groups, nearest first, at most 5
}

// Member is a document in a group.
type Member struct {
	Document   int
	Strength   float64 // 0..1: how surely it says what the others say
	Borderline bool    // little is missing and it would stand elsewhere or alone
	Decided    bool
}

// Link is a similarity between groups.
type Link struct {
	Group    int // index into Result.Groups
	Strength float64
}

// Neighbor is a near document.
type Neighbor struct {
	Document   int
	Similarity float64 // 0..1, the probability that both say the same
}

// Suggestion is a known group for a document.
type Suggestion struct {
	Group    int // index into Result.Groups
	Strength float64
}

// Merge proposes that groups be merged in one step.
type Merge struct {
	Groups   []int // indices into Result.Groups, largest first
	Strength float64
}

// ProposalKind is a kind of conflict between data and decision.
type ProposalKind string

// The kinds of proposals.
const (
	ProposeAttach ProposalKind = "attach" // a document would belong to a locked group
	ProposeDetach ProposalKind = "detach" // a decided member that nothing else in its group resembles
	ProposeReturn ProposalKind = "return" // a barred document still resembles the group most
)

// Proposal is a change that the data suggests and a decision forbids.
type Proposal struct {
	Kind     ProposalKind
	Document int
	Group    int
	Strength float64
}

// EventKind is a kind of change in a group's life.
type EventKind string

// The kinds of events.
const (
	Born    EventKind = "born"
	Grew    EventKind = "grew"
	Shrank  EventKind = "shrank"
	Merged  EventKind = "merged" // Others are the keys that ended in this one
	Split   EventKind = "split"  // Others are the keys that left this one
	Ended   EventKind = "ended"  // no group carries the key any longer; Others names where its members are
	Dormant EventKind = "dormant"
	Revived EventKind = "revived"
)

// Cause says why an event happened.
type Cause string

// The causes of events.
const (
	CauseDocuments Cause = "documents" // new or withdrawn documents
	CauseDecision  Cause = "decision"  // a person's decision; Seq names it
	CauseSilence   Cause = "silence"   // no new member for DormantDays
)

// Event is one change in a group's life, never inferred later.
type Event struct {
	Kind    EventKind
	Key     string
	Others  []string
	Added   []string // document IDs that came, ordered
	Removed []string // document IDs that left, ordered
	Cause   Cause
	Seq     int64 // decision, when Cause is CauseDecision
}

// Why explains a membership.
type Why struct {
	Strength float64
	Shared   []Share    // features shared with the group's other members, heaviest first, at most 12
	Nearest  []Neighbor // nearest members, nearest first, at most 3
}

// Share is a shared feature.
type Share struct {
	Kind   FeatureKind
	Name   string
	Weight float64 // part of the lexical similarity this feature carries, 0..1
}
