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
	key     string
	founder string
	group   int // index into Result.Groups, -1 for an item that stands alone
	members []int32
	common  analysis.Commonality
	dormant bool
	grew    string
	told    *told // nil when it is what the last night told
}

// told is what a reader is told of a group.
type told struct {
	title    string
	titleOf  int32 // the member it is a sentence of
	topic    string
	reason   string
	nature   string // 问题性质
	impact   string // 影响程度
	keywords []string
	shared   []string // by member: what it shares with the group, as JSON
}

// describe says of every group what a reader needs to know, and writes it to
// the corpus: title, keywords, topic, facets, commonality, neighbours, lineage.
// Groups that have the members they had are told as they were.
func (n *night) describe(ctx context.Context, items []spoken, describer *concept.Describer, r *analysis.Result, last analysis.Standing, prior []int32) error {
	groups := n.gather(items, r)
	n.measure(items, groups)
	changed := map[string]bool{}
	for _, e := range r.Events {
		changed[e.Key] = true
	}
	fresh, err := n.fresh(ctx, groups, r, last, prior, changed)
	if err != nil {
		return err
	}
	if err := n.tell(ctx, groups, fresh, describer, r); err != nil {
		return err
	}
	key := make([]string, len(r.Groups)) // of a group of the result
	for _, g := range groups {
		if g.group >= 0 {
			key[g.group] = g.key
		}
	}
	moved := movedItems(items, r)
	for _, step := range []struct {
		stage, table string
		rows         iter.Seq[queries.Row]
		put          string
		args         []any
	}{
		{"corpus/build/stage_group", "new_group", n.groupRows(items, groups, fresh, changed), "corpus/build/put_groups", []any{queries.Named("run_id", n.record.RunID)}},
		{"corpus/build/stage_kept_member", "kept_member", keptMembers(groups, r), "", nil},
		{"corpus/build/stage_member", "new_member", n.memberRows(items, groups, fresh, r), "corpus/build/put_members", nil},
		{"", "", nil, "corpus/build/carry_group_count", nil},
		{"", "group_count", groupCounts(items, groups, fresh), "", nil},
		{"", "group_neighbor", groupNeighbors(r), "", nil},
		{"corpus/build/stage_moved_item", "moved_item", itemNumbers(moved), "", nil},
		{"corpus/build/stage_neighbor", "new_neighbor", n.itemNeighbors(moved, r), "corpus/build/put_neighbors", []any{queries.Named("carried", n.full == "")}},
		{"", "suggestion", suggestions(items, r, key), "", nil},
		{"", "conflict", n.conflicts(items, r), "", nil},
	} {
		if step.stage != "" {
			if err := n.build.Exec(ctx, step.stage); err != nil {
				return err
			}
		}
		if step.rows != nil {
			if _, err := n.build.Append(step.table, step.rows); err != nil {
				return err
			}
		}
		if step.put != "" {
			if err := n.build.Exec(ctx, step.put, step.args...); err != nil {
				return err
			}
		}
	}
	if err := n.lineage(ctx, r); err != nil {
		return err
	}
	standing := 0
	for _, g := range groups {
		if g.group >= 0 {
			standing++
		}
	}
	line := fmt.Sprintf("%d 个题目，多部门共同反映 %d 组", standing, shared(groups))
	if kept := len(groups) - len(fresh); kept > 0 {
		line += fmt.Sprintf("；沿用 %d 组和单独条目", kept)
	}
	n.stage("提要", map[string]int64{"titles": int64(standing), "described": int64(len(fresh)), "kept": int64(len(groups) - len(fresh))}, "%s", line)
	return nil
}

// fresh lists the groups that must be told anew, by key, and hands the others' figures
// to the corpus: what is told of a group comes from its members' words, which
// do not change.
func (n *night) fresh(ctx context.Context, groups []described, r *analysis.Result, last analysis.Standing, prior []int32, changed map[string]bool) ([]int, error) {
	at := make(map[string]int32, len(last.Groups))
	for i := range last.Groups {
		at[last.Groups[i].Key] = int32(i)
	}
	kept := make([]bool, len(groups))
	n.parallel(len(groups), func(i int) {
		g := &groups[i]
		if n.full != "" {
			return
		}
		if g.group < 0 {
			m := g.members[0]
			kept[i] = int(m) < n.known && prior[m] < 0
			return
		}
		s, ok := at[g.key]
		kept[i] = ok && len(last.Groups[s].Members) == len(g.members) && !slices.ContainsFunc(g.members, func(m int32) bool {
			return prior[m] != s
		})
	})
	if err := n.build.Exec(ctx, "corpus/build/stage_kept_group"); err != nil {
		return nil, err
	}
	_, err := n.build.Append("kept_group", func(yield func(queries.Row) bool) {
		for i, g := range groups {
			if kept[i] && !yield(queries.Row{
				g.key, g.group >= 0, int32(len(g.members)), g.common.Score / 100, g.common.Growth, g.common.Score, g.dormant, day(g.grew), changed[g.key],
			}) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	// The same item alone may have had another key.
	lost, err := n.lostGroups(ctx)
	if err != nil {
		return nil, err
	}
	var fresh []int
	for i := range groups {
		if !kept[i] || lost[groups[i].key] {
			fresh = append(fresh, i)
		}
	}
	// What is told tonight is written in the order of keys.
	slices.SortFunc(fresh, func(a, b int) int { return cmp.Compare(groups[a].key, groups[b].key) })
	if len(lost) > 0 {
		return fresh, n.build.Exec(ctx, "corpus/build/forget_groups", queries.Named("lost", slices.Sorted(maps.Keys(lost))))
	}
	return fresh, nil
}

func (n *night) lostGroups(ctx context.Context) (map[string]bool, error) {
	rows, err := n.build.Query(ctx, "corpus/build/lost_groups")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	lost := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		lost[key] = true
	}
	return lost, rows.Err()
}

// tell finds title, keywords, topic, facets and shared words of the groups that
// are fresh.
func (n *night) tell(ctx context.Context, groups []described, fresh []int, describer *concept.Describer, r *analysis.Result) error {
	texts, err := n.textsOf(ctx, groups, fresh)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, c := range n.tables.Concepts {
		names[c.Code] = c.Name
	}
	n.parallel(len(fresh), func(i int) {
		g := &groups[fresh[i]]
		g.told = &told{}
		said := make([]string, len(g.members))
		for k, m := range g.members {
			said[k] = texts[m]
		}
		var words []analysis.Keyword
		if g.group >= 0 {
			words = r.Keywords(g.group, 8)
			for _, m := range g.members {
				g.told.shared = append(g.told.shared, sharedWords(r.Why(int(m), g.group), names))
			}
		}
		for _, w := range words {
			g.told.keywords = append(g.told.keywords, w.Name)
		}
		g.told.title = describer.Title(said, words)
		g.told.titleOf = g.members[saidBy(g.told.title, said)]
		if topics := describer.Topics(said); len(topics) > 0 {
			g.told.topic, g.told.reason = topics[0].Code, strings.Join(topics[0].Reason, "、")
		}
		for _, f := range describer.Facets(said) {
			switch {
			case f.Facet == "问题性质" && g.told.nature == "":
				g.told.nature = f.Value
			case f.Facet == "影响程度" && g.told.impact == "":
				g.told.impact = f.Value
			}
		}
	})
	return nil
}

// textsOf reads what the members of the fresh groups said, by number.
func (n *night) textsOf(ctx context.Context, groups []described, fresh []int) (map[int32]string, error) {
	if err := n.build.Exec(ctx, "corpus/build/stage_wanted_item"); err != nil {
		return nil, err
	}
	count, err := n.build.Append("wanted_item", func(yield func(queries.Row) bool) {
		for _, i := range fresh {
			for _, m := range groups[i].members {
				if !yield(queries.Row{m}) {
					return
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	rows, err := n.build.Query(ctx, "corpus/build/wanted_texts")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	texts := make(map[int32]string, count)
	for rows.Next() {
		var at int32
		var text string
		if err := rows.Scan(&at, &text); err != nil {
			return nil, err
		}
		texts[at] = text
	}
	return texts, rows.Err()
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
	alone := len(items)
	for _, g := range r.Groups {
		alone -= len(g.Members)
	}
	out := make([]described, 0, len(r.Groups)+alone)
	number := make([]int32, len(items)) // an item that stands alone is a part of it
	for i := range number {
		number[i] = int32(i)
	}
	used := make(map[string]bool, len(r.Groups))
	for i, g := range r.Groups {
		d := described{key: g.Key, founder: g.FounderID, group: i, dormant: g.Dormant, grew: g.Grew}
		d.members = make([]int32, len(g.Members))
		for k, m := range g.Members {
			d.members[k] = int32(m.Document)
		}
		used[g.Key] = true
		if len(d.members) > 0 {
			out = append(out, d)
		}
	}
	first := len(out)
	for i, g := range r.GroupOf {
		if g < 0 {
			out = append(out, described{founder: items[i].id, group: -1, members: number[i : i+1]})
		}
	}
	n.parallel(len(out)-first, func(i int) {
		d := &out[first+i]
		if d.key = feedback.GroupKey(d.founder, 0); used[d.key] { // it founded a group and was taken out of it since
			d.key = feedback.GroupKey(d.founder, -1)
		}
	})
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
			Contributor: s.contributor, Endorses: s.endorses,
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

// groupRows are the groups told tonight. Which run first saw and last changed
// each, the corpus fills in.
func (n *night) groupRows(items []spoken, groups []described, fresh []int, changed map[string]bool) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, i := range fresh {
			g := &groups[i]
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
			changedRun := ""
			if changed[g.key] {
				changedRun = n.record.RunID
			}
			c, t := g.common, g.told
			keywords := t.keywords
			if keywords == nil {
				keywords = []string{}
			}
			if !yield(queries.Row{
				g.key, g.founder, t.title, items[t.titleOf].id, t.topic, t.reason, t.nature, t.impact,
				int32(len(g.members)), int32(c.Endorsements), int32(c.Contributors), int32(c.Departments), int32(c.Provinces), int32(c.Trainings),
				kinds[0], kinds[1], kinds[2], c.Score / 100, c.Growth, c.Score, day(first), day(last), lastTraining,
				g.dormant, g.group >= 0, day(g.grew), "", changedRun, keywords, byDepartment,
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

// keptMembers are the members of groups told before: how firmly they stand is
// what tonight found.
func keptMembers(groups []described, r *analysis.Result) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, g := range groups {
			if g.told != nil || g.group < 0 {
				continue
			}
			for rank, m := range r.Groups[g.group].Members {
				if !yield(queries.Row{int32(m.Document), int32(rank + 1), m.Strength, level(m.Strength), m.Borderline, m.Decided}) {
					return
				}
			}
		}
	}
}

func (n *night) memberRows(items []spoken, groups []described, fresh []int, r *analysis.Result) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, i := range fresh {
			g := &groups[i]
			if g.group < 0 {
				if !yield(queries.Row{g.key, items[g.members[0]].id, int32(1), 1.0, "高", false, false, "[]"}) {
					return
				}
				continue
			}
			for rank, m := range r.Groups[g.group].Members {
				if !yield(queries.Row{
					g.key, items[m.Document].id, int32(rank + 1), m.Strength, level(m.Strength), m.Borderline, m.Decided, g.told.shared[rank],
				}) {
					return
				}
			}
		}
	}
}

// sharedWords is what an item shares with its group, as JSON: [[kind, name, weight], ...].
// A concept or theme stands there by its name; names has it by its code.
func sharedWords(w analysis.Why, names map[string]string) string {
	list := make([][3]any, 0, 6)
	for _, s := range w.Shared[:min(6, len(w.Shared))] {
		list = append(list, [3]any{featureName(s.Kind), cmp.Or(names[s.Name], s.Name), float64(int(s.Weight*1000)) / 1000})
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

func groupCounts(items []spoken, groups []described, fresh []int) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, i := range fresh {
			g := &groups[i]
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

// movedItems are those whose neighbours are not the last night's.
func movedItems(items []spoken, r *analysis.Result) []int {
	var out []int
	for i := range items {
		if r.Moved(i) {
			out = append(out, i)
		}
	}
	return out
}

func itemNumbers(items []int) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		for _, i := range items {
			if !yield(queries.Row{int32(i)}) {
				return
			}
		}
	}
}

// itemNeighbors are the neighbours of the given items, scored several items at a time.
func (n *night) itemNeighbors(items []int, r *analysis.Result) iter.Seq[queries.Row] {
	return func(yield func(queries.Row) bool) {
		const page = 1 << 14
		near := make([][]analysis.Neighbor, page)
		for part := range slices.Chunk(items, page) {
			n.parallel(len(part), func(i int) { near[i] = r.Neighbors(part[i]) })
			for i, item := range part {
				for rank, o := range near[i] {
					if !yield(queries.Row{int32(item), int32(o.Document), int32(rank + 1), float32(o.Similarity)}) {
						return
					}
				}
			}
		}
	}
}

// suggestedMost is how many undecided items a page is offered for a group
// (corpus/group_suggestions).
const suggestedMost = 60

// suggestions are the undecided items that most likely belong to each decided
// group, by key, likeliest first.
func suggestions(items []spoken, r *analysis.Result, key []string) iter.Seq[queries.Row] {
	type offer struct {
		item, rank int32
		strength   float64
	}
	of := make([][]offer, len(key))
	likeliest := func(g int) []offer {
		slices.SortFunc(of[g], func(a, b offer) int {
			return cmp.Or(cmp.Compare(b.strength, a.strength), cmp.Compare(items[a.item].id, items[b.item].id))
		})
		return of[g][:min(len(of[g]), suggestedMost)]
	}
	for i := range items {
		for rank, s := range r.Known(i) {
			if of[s.Group] = append(of[s.Group], offer{int32(i), int32(rank + 1), s.Strength}); len(of[s.Group]) == 4*suggestedMost {
				of[s.Group] = likeliest(s.Group)
			}
		}
	}
	return func(yield func(queries.Row) bool) {
		byKey := indices(len(key))
		slices.SortFunc(byKey, func(a, b int) int { return cmp.Compare(key[a], key[b]) })
		for _, g := range byKey {
			for _, o := range likeliest(g) {
				if !yield(queries.Row{items[o.item].id, key[g], o.rank, o.strength}) {
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
