package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// store writes what was read tonight beside what earlier nights knew.
func (n *night) store(ctx context.Context, files []decoded, m merged, trainings map[string]feedback.Training) error {
	b := n.build
	again := make([]string, 0, len(files))
	for _, d := range files {
		again = append(again, d.file.SHA256)
	}
	for _, step := range []struct {
		name string
		args []any
	}{
		{"corpus/build/carry_source_file", []any{queries.Named("again", again)}},
		{"corpus/build/carry_reject", []any{queries.Named("again", again)}},
		{"corpus/build/stage_item", nil},
		{"corpus/build/stage_sighting", nil},
		{"corpus/build/stage_leaving", nil},
	} {
		if err := b.Exec(ctx, step.name, step.args...); err != nil {
			return err
		}
	}
	files = slices.SortedFunc(slices.Values(files), func(a, b decoded) int { return cmp.Compare(a.file.SHA256, b.file.SHA256) })
	for table, rows := range map[string]iter.Seq[queries.Row]{
		"source_file":  n.fileRows(files, m),
		"reject":       n.rejectRows(files),
		"new_item":     n.itemRows(slices.Concat(m.items, m.reread)),
		"new_sighting": sightingRows(m.sightings),
		"leaving_item": n.again.leavingRows(),
		"department":   n.departmentRows(),
		"topic":        n.topicRows(),
	} {
		if _, err := b.Append(table, rows); err != nil {
			return err
		}
	}
	if err := b.Exec(ctx, "corpus/build/put_items"); err != nil {
		return err
	}
	if err := b.Exec(ctx, "corpus/build/put_sightings", queries.Named("again", again)); err != nil {
		return err
	}
	if err := n.putWithdrawn(ctx); err != nil {
		return err
	}
	seen, err := n.trainingIDs(ctx)
	if err != nil {
		return err
	}
	if _, err := b.Append("training", trainingRows(trainingsOf(trainings, seen))); err != nil {
		return err
	}
	return n.cite(ctx, slices.Concat(m.items, m.reread))
}

// cite writes the citations of tonight's items, and carries over those of
// earlier ones unless the tables changed: then all are found anew.
func (n *night) cite(ctx context.Context, fresh []feedback.Item) error {
	var lastHash string
	err := n.scanOne(ctx, "corpus/build/last_dictionary", &lastHash)
	if err != nil {
		return err
	}
	items := fresh
	if lastHash == n.tables.Hash() {
		if err := n.build.Exec(ctx, "corpus/build/carry_citations"); err != nil {
			return err
		}
	} else if items, err = n.citable(ctx); err != nil {
		return err
	}
	found := make([][]feedback.Citation, len(items))
	n.parallel(len(items), func(i int) { found[i] = cite(n.cites, items[i]) })
	total, err := n.build.Append("citation", func(yield func(queries.Row) bool) {
		for i, it := range items {
			for ord, c := range found[i] {
				if !yield(queries.Row{
					it.ID, int32(ord), c.Norm, citation.Label(n.tables, c), c.StatuteID, c.Version,
					int32(c.Article), c.Raw, int32(c.StartByte), int32(c.EndByte),
				}) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	n.stage("引文", map[string]int64{"citations": total}, "%d 条目中引用 %d 处", len(items), total)
	return nil
}

// citable reads every item's text and 法律依据.
func (n *night) citable(ctx context.Context) ([]feedback.Item, error) {
	rows, err := n.build.Query(ctx, "corpus/build/citable_items")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []feedback.Item
	for rows.Next() {
		var it feedback.Item
		if err := rows.Scan(&it.ID, &it.Text, &it.LegalBasis); err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, rows.Err()
}

func (n *night) trainingIDs(ctx context.Context) (map[string]bool, error) {
	rows, err := n.build.Query(ctx, "corpus/build/training_ids")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	seen := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		seen[id] = true
	}
	return seen, rows.Err()
}

// scanOne reads the one value a statement gives; no row leaves it as it was.
func (n *night) scanOne(ctx context.Context, name string, into any) error {
	rows, err := n.build.Query(ctx, name)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.Scan(into); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (n *night) fileRows(files []decoded, m merged) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, d := range files {
			training := cmp.Or(n.settled.training[d.file.SHA256], d.file.TrainingID)
			if training == "" && len(d.report.Trainings) > 0 {
				training = d.report.Trainings[0]
				if len(d.report.Trainings) > 1 {
					training = "*"
				}
			}
			sum := d.file.SHA256
			if !yield(queries.Row{
				sum, d.file.Name, training, string(d.report.Format), d.report.Encoding, d.file.Bytes,
				n.record.RunID, d.outcome, int64(d.report.RowsIn), int64(m.fresh[sum]), int64(m.repeated[sum]),
				int64(len(d.rejects)), d.masked,
				n.again.report(d), // the Appender writes JSON itself
			}) {
				return
			}
		}
	}
}

func (n *night) rejectRows(files []decoded) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, d := range files {
			for _, j := range d.rejects {
				s := j.Source
				if !yield(queries.Row{
					d.file.SHA256, cmp.Or(s.File, d.file.Name), s.Sheet, int32(s.Row), s.Column, int32(s.Part),
					string(j.Reason), j.Mend, j.Text, n.record.RunID,
				}) {
					return
				}
			}
		}
	}
}

func (n *night) itemRows(items []feedback.Item) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, it := range items {
			if !yield(queries.Row{
				it.ID, it.TrainingID, string(it.Department), it.Province, it.Unit, it.ContributorKey, string(it.Kind), it.Segment,
				day(it.GivenOn), it.Stem, it.Text, it.Background, it.LegalBasis, it.Reply, it.Language, it.Endorses, it.NearOf, n.record.RunID,
			}) {
				return
			}
		}
	}
}

func sightingRows(sightings map[string][]feedback.Source) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, id := range slices.Sorted(maps.Keys(sightings)) {
			for i, s := range sightings[id] {
				if !yield(queries.Row{id, int32(i), s.SHA256, s.File, s.Sheet, int32(s.Row), s.Column, int32(s.Part)}) {
					return
				}
			}
		}
	}
}

func trainingRows(list []feedback.Training) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, t := range list {
			if !yield(queries.Row{t.ID, t.Title, t.Theme, string(t.Host), day(t.StartsOn), day(t.EndsOn), t.Place}) {
				return
			}
		}
	}
}

func (n *night) departmentRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i, d := range append(slices.Clone(feedback.Departments), feedback.OtherDept) {
			official := ""
			for _, row := range n.tables.Departments {
				if row.Code == d {
					official = row.Official
				}
			}
			if !yield(queries.Row{string(d), int32(i), d.Name(), d.English(), official}) {
				return
			}
		}
	}
}

func (n *night) topicRows() iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, t := range n.tables.Topics {
			if !yield(queries.Row{t.Code, t.Name, t.L1Code, t.L1}) {
				return
			}
		}
	}
}

// day is a DATE for the Appender, null when unknown.
func day(s string) any {
	t, err := parseDay(s)
	if err != nil {
		return nil
	}
	return t
}

func asJSON(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		return strconv.Quote(err.Error())
	}
	return string(body)
}
