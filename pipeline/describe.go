package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// described is a group as the corpus stores it. An item that stands alone is
// one too, so that every page can show it and a person can make an issue of it.
type described struct {
	key      string
	founder  string
	group    int // index into Result.Groups, -1 for an item that stands alone
	members  []int32
	title    string
	titleOf  int32 // the member it is a sentence of
	topic    string
	reason   string
	nature   string // 问题性质
	impact   string // 影响程度
	common   analysis.Commonality
	keywords []string
	dormant  bool
	grew     string
}

// describe says of every group what a reader needs to know, and writes it to
// the corpus: title, keywords, topic, facets, commonality, neighbours, lineage.
func (n *night) describe(ctx context.Context, items []spoken, describer *concept.Describer, r *analysis.Result) error {
	groups := n.gather(items, r)
	n.measure(items, groups)
	n.parallel(len(groups), func(i int) {
		g := &groups[i]
		texts := make([]string, len(g.members))
		for k, m := range g.members {
			texts[k] = items[m].text
		}
		var words []analysis.Keyword
		if g.group >= 0 {
			words = r.Keywords(g.group, 8)
		}
		for _, w := range words {
			g.keywords = append(g.keywords, w.Name)
		}
		g.title = describer.Title(texts, words)
		g.titleOf = g.members[saidBy(g.title, texts)]
		if topics := describer.Topics(texts); len(topics) > 0 {
			g.topic, g.reason = topics[0].Code, strings.Join(topics[0].Reason, "、")
		}
		for _, f := range describer.Facets(texts) {
			switch {
			case f.Facet == "问题性质" && g.nature == "":
				g.nature = f.Value
			case f.Facet == "影响程度" && g.impact == "":
				g.impact = f.Value
			}
		}
	})
	// Keys are final here: everything written from now on is in their order.
	slices.SortFunc(groups, func(a, b described) int { return cmp.Compare(a.key, b.key) })
	runs, err := n.groupRuns(ctx)
	if err != nil {
		return err
	}
	changed := map[string]bool{}
	for _, e := range r.Events {
		changed[e.Key] = true
	}
	key := make([]string, len(r.Groups)) // of a group of the result
	for _, g := range groups {
		if g.group >= 0 {
			key[g.group] = g.key
		}
	}
	for _, table := range []struct {
		name string
		rows iter.Seq[queries.Row]
	}{
		{"issue_group", n.groupRows(items, groups, runs, changed)},
		{"member", n.memberRows(items, groups, r)},
		{"group_count", groupCounts(items, groups)},
		{"group_neighbor", groupNeighbors(r)},
		{"item_neighbor", itemNeighbors(items, r)},
		{"suggestion", suggestions(items, r, key)},
		{"conflict", n.conflicts(items, r)},
	} {
		if _, err := n.build.Append(table.name, table.rows); err != nil {
			return err
		}
	}
	if err := n.lineage(ctx, r); err != nil {
		return err
	}
	titled := 0
	for _, g := range groups {
		if g.group >= 0 && g.title != "" {
			titled++
		}
	}
	n.stage("提要", map[string]int64{"titles": int64(titled)}, "%d 个题目，多部门共同反映 %d 组", titled, shared(groups))
	return nil
}

// saidBy is the index of the text that a title is a sentence of: the first
// that holds its opening, else the first of all.
func saidBy(title string, texts []string) int {
	words := []rune(feedback.Normalize(title))
	head := string(words[:min(8, len(words))])
	return max(0, slices.IndexFunc(texts, func(t string) bool { return strings.Contains(feedback.Normalize(t), head) }))
}

// gather lists the groups of the result and the items that stand alone.
func (n *night) gather(items []spoken, r *analysis.Result) []described {
	var out []described
	used := map[string]bool{}
	for i, g := range r.Groups {
		d := described{key: g.Key, founder: g.FounderID, group: i, dormant: g.Dormant, grew: g.Grew}
		for _, m := range g.Members {
			d.members = append(d.members, int32(m.Document))
		}
		used[g.Key] = true
		if len(d.members) > 0 {
			out = append(out, d)
		}
	}
	for i, g := range r.GroupOf {
		if g >= 0 {
			continue
		}
		k := feedback.GroupKey(items[i].id, 0)
		if used[k] { // it founded a group and was taken out of it since
			k = feedback.GroupKey(items[i].id, -1)
		}
		out = append(out, described{key: k, founder: items[i].id, group: -1, members: []int32{int32(i)}})
	}
	return out
}

// measure computes commonality for all groups at once, because it is relative
// to how much each department spoke.
func (n *night) measure(items []spoken, groups []described) {
	groupOf := make([]int, len(items))
	for i := range groupOf {
		groupOf[i] = -1
	}
	for g := range groups {
		for _, m := range groups[g].members {
			groupOf[m] = g
		}
	}
	voices := make([]analysis.Voice, len(items))
	for i, s := range items {
		dep := string(s.department)
		if s.department == feedback.OtherDept {
			dep = ""
		}
		voices[i] = analysis.Voice{
			Group: groupOf[i], Department: dep, Province: s.province, Training: s.training,
			Contributor: s.contributor, Endorses: s.endorses != "",
		}
	}
	for g, c := range analysis.Commonalities(voices, len(groups), len(feedback.Departments), analysis.ScoreWeights{}) {
		groups[g].common = c
	}
}

func shared(groups []described) int {
	count := 0
	for _, g := range groups {
		if g.group >= 0 && g.common.Departments > 1 {
			count++
		}
	}
	return count
}

// lives are the runs that first saw and last changed a group.
type lives struct{ born, changed string }

func (n *night) groupRuns(ctx context.Context) (map[string]lives, error) {
	rows, err := n.build.Query(ctx, "corpus/build/group_runs")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]lives{}
	for rows.Next() {
		var key string
		var l lives
		if err := rows.Scan(&key, &l.born, &l.changed); err != nil {
			return nil, err
		}
		out[key] = l
	}
	return out, rows.Err()
}

func (n *night) groupRows(items []spoken, groups []described, runs map[string]lives, changed map[string]bool) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, g := range groups {
			first, last, lastTraining := span(items, g.members)
			var kinds [3]int32
			byDepartment := make([]int32, len(feedback.Departments)+1)
			for _, m := range g.members {
				s := items[m]
				if k := slices.Index(feedback.Kinds, s.kind); k >= 0 {
					kinds[k]++
				}
				d := slices.Index(feedback.Departments, s.department)
				if d < 0 {
					d = len(feedback.Departments)
				}
				byDepartment[d]++
			}
			life, ok := runs[g.key]
			if !ok {
				life = lives{n.record.RunID, n.record.RunID}
			} else if changed[g.key] {
				life.changed = n.record.RunID
			}
			c := g.common
			keywords := g.keywords
			if keywords == nil {
				keywords = []string{}
			}
			if !yield(queries.Row{
				g.key, g.founder, g.title, items[g.titleOf].id, g.topic, g.reason, g.nature, g.impact,
				int32(len(g.members)), int32(c.Endorsements), int32(c.Contributors), int32(c.Departments), int32(c.Provinces), int32(c.Trainings),
				kinds[0], kinds[1], kinds[2], c.Score / 100, c.Growth, c.Score, day(first), day(last), lastTraining,
				g.dormant, g.group >= 0, day(g.grew), life.born, life.changed, keywords, byDepartment,
			}) {
				return
			}
		}
	}
}

// span is the first and last day anything was said, and the last training.
func span(items []spoken, members []int32) (first, last, training string) {
	for _, m := range members {
		s := items[m]
		if s.givenOn != "" {
			if first == "" || s.givenOn < first {
				first = s.givenOn
			}
			last = max(last, s.givenOn)
		}
		training = max(training, s.training)
	}
	return first, last, training
}

// level shows similarity as a word (高, 中, 低): people judge by words, and a
// figure to two decimals would claim more than it knows.
func level(strength float64) string {
	switch {
	case strength >= 0.66:
		return "高"
	case strength >= 0.4:
		return "中"
	}
	return "低"
}

func (n *night) memberRows(items []spoken, groups []described, r *analysis.Result) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, g := range groups {
			if g.group < 0 {
				if !yield(queries.Row{g.key, items[g.members[0]].id, int32(1), 1.0, "高", false, false, "[]"}) {
					return
				}
				continue
			}
			for rank, m := range r.Groups[g.group].Members {
				why := r.Why(m.Document, g.group)
				if !yield(queries.Row{
					g.key, items[m.Document].id, int32(rank + 1), m.Strength, level(m.Strength), m.Borderline, m.Decided, sharedWords(why),
				}) {
					return
				}
			}
		}
	}
}

// sharedWords is what an item shares with its group, as JSON: [[kind, name, weight], ...].
func sharedWords(w analysis.Why) string {
	list := make([][3]any, 0, 6)
	for _, s := range w.Shared[:min(6, len(w.Shared))] {
		list = append(list, [3]any{featureName(s.Kind), s.Name, float64(int(s.Weight*1000)) / 1000})
	}
	return asJSON(list)
}

func featureName(k analysis.FeatureKind) string {
	switch k {
	case analysis.Word, analysis.Part:
		return "词"
	case analysis.Citation:
		return "法条"
	case analysis.Quantity:
		return "数"
	}
	return "概念"
}

func groupCounts(items []spoken, groups []described) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, g := range groups {
			for _, dim := range []struct {
				name  string
				value func(spoken) string
			}{
				{"department", func(s spoken) string { return string(s.department) }},
				{"province", func(s spoken) string { return s.province }},
				{"training", func(s spoken) string { return s.training }},
			} {
				counts := map[string]int32{}
				for _, m := range g.members {
					counts[dim.value(items[m])]++
				}
				for _, v := range slices.Sorted(maps.Keys(counts)) {
					if !yield(queries.Row{g.key, dim.name, v, counts[v]}) {
						return
					}
				}
			}
		}
	}
}

func groupNeighbors(r *analysis.Result) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		proposed := map[[2]int]bool{}
		for _, m := range r.Merges {
			for _, a := range m.Groups {
				for _, b := range m.Groups {
					proposed[[2]int{a, b}] = true
				}
			}
		}
		for i, g := range r.Groups {
			for rank, l := range g.Near {
				if !yield(queries.Row{g.Key, r.Groups[l.Group].Key, int32(rank + 1), l.Strength, proposed[[2]int{i, l.Group}]}) {
					return
				}
			}
		}
	}
}

func itemNeighbors(items []spoken, r *analysis.Result) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range items {
			for rank, near := range r.Neighbors(i) {
				if !yield(queries.Row{items[i].id, items[near.Document].id, int32(rank + 1), near.Similarity}) {
					return
				}
			}
		}
	}
}

func suggestions(items []spoken, r *analysis.Result, key []string) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i := range items {
			for rank, s := range r.Known(i) {
				if !yield(queries.Row{items[i].id, key[s.Group], int32(rank + 1), s.Strength}) {
					return
				}
			}
		}
	}
}

func (n *night) conflicts(items []spoken, r *analysis.Result) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for i, it := range items {
			h, ok := n.again.held(it.id)
			if !ok {
				continue
			}
			group := feedback.GroupKey(it.id, 0)
			if g := r.GroupOf[i]; g >= 0 {
				group = r.Groups[g].Key
			}
			if !yield(queries.Row{group, "", it.id, conflictReread, h.reason, h.seq}) {
				return
			}
		}
		for _, p := range r.Proposals {
			kind, reason := "建议归入", "问题已锁定，但该条目与其内容相近"
			switch p.Kind {
			case analysis.ProposeDetach:
				kind, reason = "建议移出", "该条目由人工归入，但与组内其他条目均不相近"
			case analysis.ProposeReturn:
				kind, reason = "建议恢复", "该条目曾被移出，新材料表明它与本组最为相近"
			}
			if !yield(queries.Row{r.Groups[p.Group].Key, "", items[p.Document].id, kind, reason, int64(0)}) {
				return
			}
		}
	}
}

// lineage writes what happened to groups tonight, after what happened before,
// and the keys that ended in others.
func (n *night) lineage(ctx context.Context, r *analysis.Result) error {
	var number int64
	if err := n.scanOne(ctx, "corpus/build/last_event_no", &number); err != nil {
		return err
	}
	if err := n.build.Exec(ctx, "corpus/build/carry_lineage"); err != nil {
		return err
	}
	alias := map[string]string{}
	for _, e := range r.Events {
		switch {
		case e.Kind == analysis.Merged:
			for _, o := range e.Others {
				alias[o] = e.Key
			}
		case e.Kind == analysis.Ended && len(e.Others) > 0:
			alias[e.Key] = e.Others[0]
		}
	}
	_, err := n.build.Append("lineage", func(yield func(queries.Row) bool) {
		for _, e := range r.Events {
			others := e.Others
			if len(others) == 0 {
				others = []string{""}
			}
			for _, o := range others {
				number++
				kind, cause := eventSentence(e)
				if !yield(queries.Row{
					number, n.record.RunID, n.record.StartedAt.UTC(), kind, e.Key, o, int32(len(e.Added) + len(e.Removed)), cause, e.Seq,
				}) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	fresh := slices.Sorted(maps.Keys(alias))
	if fresh == nil {
		fresh = []string{}
	}
	if err := n.build.Exec(ctx, "corpus/build/carry_group_alias", queries.Named("fresh", fresh)); err != nil {
		return err
	}
	_, err = n.build.Append("group_alias", func(yield func(queries.Row) bool) {
		for _, k := range fresh {
			if !yield(queries.Row{k, alias[k]}) {
				return
			}
		}
	})
	return err
}

// eventSentence is an event's kind and cause as people read them.
func eventSentence(e analysis.Event) (kind, cause string) {
	kind = map[analysis.EventKind]string{
		analysis.Born: "形成", analysis.Grew: "增长", analysis.Shrank: "减少", analysis.Merged: "并入", analysis.Split: "拆出",
		analysis.Ended: "终止", analysis.Dormant: "休眠", analysis.Revived: "再现",
	}[e.Kind]
	var parts []string
	if len(e.Added) > 0 {
		parts = append(parts, fmt.Sprintf("增加 %d 条目", len(e.Added)))
	}
	if len(e.Removed) > 0 {
		parts = append(parts, fmt.Sprintf("减少 %d 条目", len(e.Removed)))
	}
	switch e.Cause {
	case analysis.CauseDecision:
		parts = append(parts, fmt.Sprintf("依据人工决定（第 %d 项）", e.Seq))
	case analysis.CauseSilence:
		parts = append(parts, "长期没有新条目")
	default:
		parts = append(parts, "依据新的材料")
	}
	return kind, strings.Join(parts, "，")
}
