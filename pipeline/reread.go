package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/queries"
)

// conflictReread is the kind of the conflict that an item makes which a person
// decided on and which a corrected reading of its file no longer gives.
const conflictReread = queries.NoLongerRead

// rereading is what reading known files again comes to tonight.
//
// Of such a file only the new reading counts. Items it gives as before keep
// everything. An item at the same place with the same words whose contributor
// or training the correction changed keeps its ID too: what its content would
// make it now becomes an alias, so that another copy of the file adds nothing
// twice. Items that no file gives any more are withdrawn with a reason, unless
// a person put them into an issue: those stay, and stand as a conflict until
// the person takes them out or puts them in anew.
type rereading struct {
	files   []string        // all known files read again tonight: those that waited, and those asked for
	asked   map[string]bool // accepted ones that a person asked for since the last night
	earlier map[string][]earlierReading
	same    map[string]rereadCount
	aliases map[string]string // what an item's content makes it -> the ID it lives under
	fresh   map[string]string // of these, tonight's
	leaving map[string]leavingItem
}

// leavingItem is one that no file gives any more.
type leavingItem struct {
	reason string
	kept   bool  // by a decision
	seq    int64 // the last decision seen when it first stood against the reading
}

// earlierReading is how a file was read before somebody corrected it.
type earlierReading struct {
	RunID    string          `json:"run_id"`
	Rows     int64           `json:"rows"`
	Items    int64           `json:"items"`
	Repeated int64           `json:"repeated"`
	Rejected int64           `json:"rejected"`
	Masked   json.RawMessage `json:"masked"`
	Read     intake.Report   `json:"read"`
}

// rereadCount says what a corrected reading did to the items of a file.
type rereadCount struct {
	RunID     string `json:"run_id"`
	Decision  int64  `json:"decision"`  // that asked for it
	Same      int    `json:"same"`      // items as before
	Fresh     int    `json:"fresh"`     // items the file did not give before
	Withdrawn int    `json:"withdrawn"` // items no file gives any more
	Held      int    `json:"held"`      // of the same kind, kept for a person to settle
}

func (r *rereading) withdraws(item string) bool {
	l, ok := r.leaving[item]
	return ok && !l.kept
}

func (r *rereading) held(item string) (leavingItem, bool) {
	l, ok := r.leaving[item]
	return l, ok && l.kept
}

func (r *rereading) counts() (withdrawn, held int64) {
	for _, l := range r.leaving {
		if l.kept {
			held++
		} else {
			withdrawn++
		}
	}
	return withdrawn, held
}

func (r *rereading) leavingRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, id := range slices.Sorted(maps.Keys(r.leaving)) {
			if l := r.leaving[id]; !yield(queries.Row{id, l.reason, l.kept}) {
				return
			}
		}
	}
}

// report is what the corpus keeps of a file's reading, and of those before it.
func (r *rereading) report(d decoded) map[string]any {
	out := map[string]any{"read": d.report, "notes": d.notes}
	if earlier := r.earlier[d.file.SHA256]; len(earlier) > 0 {
		out["earlier"] = earlier
	}
	if c, ok := r.same[d.file.SHA256]; ok {
		out["reread"] = c
	}
	return out
}

// askedAgain finds the files that a person asked to read again since the last
// night.
func (n *night) askedAgain(ctx context.Context) error {
	var last int64
	if err := n.scanOne(ctx, "corpus/build/last_decision", &last); err != nil {
		return err
	}
	n.again.asked = map[string]bool{}
	for sum, seq := range n.settled.reread {
		if seq > last {
			n.again.asked[sum] = true
		}
	}
	return nil
}

// place is where an item stands in a file. The column is left out: correcting
// which column holds the text is what a new reading is for.
type place struct {
	sha256, file, sheet string
	row                 int
	said                string
}

// compareReadings compares tonight's reading of known files with the one
// before. It gives items that live on their own IDs and finds those that no
// file gives any more.
func (n *night) compareReadings(ctx context.Context, files []decoded) error {
	r := &n.again
	r.leaving, r.fresh, r.same, r.earlier = map[string]leavingItem{}, map[string]string{}, map[string]rereadCount{}, map[string][]earlierReading{}
	if err := n.loadAliases(ctx); err != nil {
		return err
	}
	for _, d := range files {
		for i := range d.items {
			d.items[i].ID = cmp.Or(r.aliases[d.items[i].ID], d.items[i].ID)
			d.items[i].Endorses = cmp.Or(r.aliases[d.items[i].Endorses], d.items[i].Endorses)
		}
	}
	member := map[string]int64{} // item -> the decision that put it where it is
	for _, m := range n.settled.analysis.Members {
		member[m.Document] = m.Seq
	}
	if err := n.settleHeld(ctx, member); err != nil || len(r.files) == 0 {
		return err
	}
	if err := n.earlierReadings(ctx); err != nil {
		return err
	}
	return n.compareItems(ctx, files, member)
}

func (n *night) loadAliases(ctx context.Context) error {
	n.again.aliases = map[string]string{}
	if has, err := n.previousHas(ctx, "item_alias"); !has {
		return err
	}
	rows, err := n.build.Query(ctx, "corpus/build/known_aliases")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var alias, id string
		if err := rows.Scan(&alias, &id); err != nil {
			return err
		}
		n.again.aliases[alias] = id
	}
	return rows.Err()
}

// previousHas says whether the last night's corpus has a table: one made by an
// older program may not.
func (n *night) previousHas(ctx context.Context, table string) (bool, error) {
	rows, err := n.build.Query(ctx, "corpus/build/has_table", queries.Named("name", table))
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var count int
	for rows.Next() {
		if err := rows.Scan(&count); err != nil {
			return false, err
		}
	}
	return count > 0, rows.Err()
}

// settleHeld looks again at the items that earlier readings no longer gave but
// a person had decided on: taken out of their issue, they are withdrawn; put
// in anew, they stay for good.
func (n *night) settleHeld(ctx context.Context, member map[string]int64) error {
	rows, err := n.build.Query(ctx, "corpus/build/held_items", queries.Named("kind", conflictReread))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var l leavingItem
		if err := rows.Scan(&id, &l.reason, &l.seq); err != nil {
			return err
		}
		seq, decided := member[id]
		if decided && seq > l.seq {
			continue
		}
		l.kept = decided
		n.again.leaving[id] = l
	}
	return rows.Err()
}

func (n *night) earlierReadings(ctx context.Context) error {
	asked := slices.Sorted(maps.Keys(n.again.asked))
	if len(asked) == 0 {
		return nil
	}
	rows, err := n.build.Query(ctx, "corpus/build/earlier_readings", queries.Named("again", asked))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var sum, masked, report string
		var e earlierReading
		if err := rows.Scan(&sum, &e.RunID, &e.Rows, &e.Items, &e.Repeated, &e.Rejected, &masked, &report); err != nil {
			return err
		}
		var kept struct {
			Read    intake.Report    `json:"read"`
			Earlier []earlierReading `json:"earlier"`
		}
		if err := json.Unmarshal([]byte(report), &kept); err != nil {
			return fmt.Errorf("report of %s: %w", sum, err)
		}
		e.Masked, e.Read = json.RawMessage(masked), kept.Read
		n.again.earlier[sum] = append(kept.Earlier, e)
	}
	return rows.Err()
}

// compareItems finds which items of the readings before live on, and which do
// not.
func (n *night) compareItems(ctx context.Context, files []decoded, member map[string]int64) error {
	r := &n.again
	gives := map[string]bool{} // items that tonight's readings give
	for _, d := range files {
		for _, it := range d.items {
			gives[it.ID] = true
		}
	}
	rows, err := n.build.Query(ctx, "corpus/build/read_before", queries.Named("again", r.files))
	if err != nil {
		return err
	}
	defer rows.Close()
	before := map[string]map[string]bool{} // file -> items it gave
	stood := map[place][]string{}          // place and words -> items that tonight's reading does not give
	lost := map[string]feedback.Source{}   // items that no other file gives -> first place
	for rows.Next() {
		var id, text string
		var s feedback.Source
		var elsewhere bool
		if err := rows.Scan(&id, &s.SHA256, &s.File, &s.Sheet, &s.Row, &s.Column, &s.Part, &text, &elsewhere); err != nil {
			return err
		}
		if before[s.SHA256] == nil {
			before[s.SHA256] = map[string]bool{}
		}
		before[s.SHA256][id] = true
		if gives[id] {
			delete(r.leaving, id) // a reading gives it again
			continue
		}
		if elsewhere {
			continue
		}
		at := placeOf(s, text)
		stood[at] = append(stood[at], id)
		if _, ok := lost[id]; !ok {
			lost[id] = s
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, d := range slices.SortedFunc(slices.Values(files), func(a, b decoded) int { return cmp.Compare(a.file.SHA256, b.file.SHA256) }) {
		was := before[d.file.SHA256]
		c := rereadCount{RunID: n.record.RunID, Decision: n.settled.reread[d.file.SHA256]}
		renamed := map[string]string{}
		for i := range d.items {
			it := &d.items[i]
			it.Endorses = cmp.Or(renamed[it.Endorses], it.Endorses)
			if old, ok := renamed[it.ID]; ok {
				it.ID = old
			}
			if was[it.ID] {
				c.Same++
				continue
			}
			at := placeOf(it.Sources[0], it.Text)
			if ids := stood[at]; len(ids) > 0 {
				old := ids[0]
				stood[at] = ids[1:]
				if _, gone := lost[old]; gone {
					delete(lost, old)
					delete(r.leaving, old)
					renamed[it.ID], r.fresh[it.ID] = old, old
					it.ID = old
					c.Same++
					continue
				}
			}
			c.Fresh++
		}
		if r.asked[d.file.SHA256] {
			r.same[d.file.SHA256] = c
		}
	}
	for id, s := range lost {
		seq, decided := member[id]
		if l, ok := r.leaving[id]; ok && decided && seq <= l.seq {
			continue // stands as a conflict already
		}
		l := leavingItem{kept: decided, seq: n.settled.seq, reason: fmt.Sprintf("改正后重读 %s，%s不再读出这一条", s.File, sourcePlace(s))}
		if decided {
			l.reason += "；它已由人工归入，未自动撤回：请移出，或重新归入以保留"
		}
		r.leaving[id] = l
		if c, ok := r.same[s.SHA256]; ok {
			if decided {
				c.Held++
			} else {
				c.Withdrawn++
			}
			r.same[s.SHA256] = c
		}
	}
	return nil
}

func placeOf(s feedback.Source, text string) place {
	return place{s.SHA256, s.File, s.Sheet, s.Row, sameWords(text)}
}

func sourcePlace(s feedback.Source) string {
	out := fmt.Sprintf("第 %d 行", s.Row)
	if s.Sheet != "" {
		out = s.Sheet + " " + out
	}
	if s.Column != "" {
		out += "“" + s.Column + "”"
	}
	return out
}

// putWithdrawn writes which items are withdrawn and which live under an older
// ID, and mends what referred to withdrawn ones.
func (n *night) putWithdrawn(ctx context.Context) error {
	carried := map[string]string{"withdrawn_item": "corpus/build/carry_withdrawn", "item_alias": "corpus/build/carry_aliases"}
	for table, name := range carried {
		has, err := n.previousHas(ctx, table)
		if err == nil && has {
			err = n.build.Exec(ctx, name)
		}
		if err != nil {
			return err
		}
	}
	if _, err := n.build.Append("item_alias", func(yield func(queries.Row) bool) {
		for _, alias := range slices.Sorted(maps.Keys(n.again.fresh)) {
			if !yield(queries.Row{alias, n.again.fresh[alias]}) {
				return
			}
		}
	}); err != nil {
		return err
	}
	if err := n.build.Exec(ctx, "corpus/build/put_withdrawn", queries.Named("run_id", n.record.RunID)); err != nil {
		return err
	}
	for _, name := range []string{"corpus/build/mend_endorsements", "corpus/build/mend_near"} {
		if err := n.build.Exec(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
