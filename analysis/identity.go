package analysis

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// assemble makes groups of the merged clusters, gives each its key and writes
// the events. A key lives on in the cluster that holds most of its last
// members; decided keys are fixed before that.
func (r *Result) assemble(n *nodes, m *merger, ru *rules, last Standing) {
	c := r.corpus
	type cluster struct {
		label int32
		ranks []int32
		key   string
	}
	byRoot := map[int32]int{}
	byLabel := map[int32]int{}
	var clusters []cluster
	for rank, node := range n.ofRank {
		if node < 0 {
			continue
		}
		root := m.find(node)
		label := n.label[root]
		// Members of a decided group stay together even when nothing else
		// holds them together.
		at, ok := byRoot[root]
		if label >= 0 {
			at, ok = byLabel[label]
		}
		if !ok {
			at = len(clusters)
			clusters = append(clusters, cluster{label: label})
			byRoot[root] = at
			if label >= 0 {
				byLabel[label] = at
			}
		}
		clusters[at].ranks = append(clusters[at].ranks, int32(rank))
	}
	clusters = slices.DeleteFunc(clusters, func(cl cluster) bool { return len(cl.ranks) < 2 && cl.label < 0 })

	standing := make(map[string]*StandingGroup, len(last.Groups))
	for i := range last.Groups {
		standing[last.Groups[i].Key] = &last.Groups[i]
	}
	used := map[string]bool{}
	for i := range clusters {
		if l := clusters[i].label; l >= 0 {
			clusters[i].key = ru.keys[l]
		}
	}
	for _, k := range ru.keys {
		used[k] = true
	}
	for from := range ru.merged {
		used[from] = true // an alias for good
	}
	type claim struct {
		cluster, group, overlap int
		founder                 bool
	}
	var claims []claim
	for i, cl := range clusters {
		count := map[int32]int{}
		for _, rank := range cl.ranks {
			if g := ru.prior[rank]; g >= 0 {
				count[g]++
			}
		}
		for g, overlap := range count {
			if ru.priorKey[g] >= 0 && cl.label >= 0 || cl.key != "" {
				continue
			}
			f, ok := slices.BinarySearch(c.ids, last.Groups[g].Founder)
			_, in := slices.BinarySearch(cl.ranks, int32(f))
			claims = append(claims, claim{i, int(g), overlap, ok && in})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		if d := cmp.Compare(b.overlap, a.overlap); d != 0 {
			return d
		}
		if a.founder != b.founder {
			if a.founder {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(last.Groups[a.group].Key, last.Groups[b.group].Key), cmp.Compare(a.cluster, b.cluster))
	})
	lives := map[string]bool{}
	for i := range clusters {
		if clusters[i].key != "" {
			lives[clusters[i].key] = true
		}
	}
	for _, cm := range claims {
		key := ru.alive(last.Groups[cm.group].Key)
		if clusters[cm.cluster].key == "" && !lives[key] && !r.bars(ru, key, clusters[cm.cluster].ranks) {
			clusters[cm.cluster].key, lives[key] = key, true
		}
	}
	for k := range standing {
		used[k] = true
	}
	founders := make([]int32, len(clusters))
	for i := range clusters {
		cl := &clusters[i]
		byAge := slices.Clone(cl.ranks)
		slices.SortFunc(byAge, func(a, b int32) int { return c.older(a, b) })
		founders[i] = byAge[0]
		if cl.key != "" {
			continue
		}
		// A founder that left an older group which still carries its key
		// cannot found a second one.
		for _, f := range byAge {
			if key := r.options.Key(c.ids[f]); !used[key] {
				cl.key, used[key], founders[i] = key, true, f
				break
			}
		}
		if cl.key == "" {
			cl.key = r.options.Key(c.ids[byAge[0]]) + "+"
			for used[cl.key] {
				cl.key += "+"
			}
			used[cl.key] = true
		}
	}
	order := make([]int, len(clusters))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(clusters[a].key, clusters[b].key) })

	r.Groups = make([]Group, len(clusters))
	r.GroupOf = make([]int32, c.Documents())
	for i := range r.GroupOf {
		r.GroupOf[i] = -1
	}
	for at, i := range order {
		cl, g := clusters[i], &r.Groups[at]
		g.Key, g.Founder, g.FounderID = cl.key, int(c.pos[founders[i]]), c.ids[founders[i]]
		if s := standing[cl.key]; s != nil {
			g.FounderID, g.Grew, g.Founder = s.Founder, s.Grew, -1
			if f, ok := slices.BinarySearch(c.ids, s.Founder); ok {
				g.Founder = int(c.pos[f])
			}
		}
		g.Members = make([]Member, len(cl.ranks))
		for j, rank := range cl.ranks {
			g.Members[j] = Member{Document: int(c.pos[rank]), Decided: ru.decided[rank]}
			g.Decided = g.Decided || ru.decided[rank]
			r.GroupOf[c.pos[rank]] = int32(at)
		}
		if cl.label >= 0 {
			g.Locked, g.Dismissed = ru.closed[cl.label] && !ru.gone[cl.label], ru.gone[cl.label]
		}
	}
	r.events(standing, last, ru)
}

func (r *Result) bars(ru *rules, key string, ranks []int32) bool {
	k, ok := ru.number[key]
	if !ok {
		return false
	}
	for _, rank := range ranks {
		if slices.Contains(ru.barred[rank], k) {
			return true
		}
	}
	return false
}

// older orders documents by date, then ID; a document without a date is younger
// than any with one.
func (c *Corpus) older(a, b int32) int {
	da, db := c.dates[a], c.dates[b]
	if da != db {
		if da == "" {
			return 1
		}
		if db == "" {
			return -1
		}
		return strings.Compare(da, db)
	}
	return cmp.Compare(a, b)
}

// events compares tonight's groups with the standing ones.
func (r *Result) events(standing map[string]*StandingGroup, last Standing, ru *rules) {
	c := r.corpus
	byKey := map[string]int{}
	for i := range r.Groups {
		byKey[r.Groups[i].Key] = i
	}
	// Where did the members of standing groups go, and where do tonight's
	// members come from?
	left, came := map[string]map[string]bool{}, map[string]map[string]bool{}
	note := func(m map[string]map[string]bool, a, b string) {
		if m[a] == nil {
			m[a] = map[string]bool{}
		}
		m[a][b] = true
	}
	present := func(id string) (int32, bool) {
		rank, ok := slices.BinarySearch(c.ids, id)
		return int32(rank), ok
	}
	removed := map[string][]string{}
	for i := range last.Groups {
		s := &last.Groups[i]
		for _, id := range s.Members {
			rank, ok := present(id)
			now := ""
			if ok {
				if g := r.GroupOf[c.pos[rank]]; g >= 0 {
					now = r.Groups[g].Key
				}
			}
			if now == s.Key {
				continue
			}
			removed[s.Key] = append(removed[s.Key], id)
			if now != "" {
				note(left, s.Key, now)
				note(came, now, s.Key)
			}
		}
	}
	cause := func(key string, others map[string]bool) (Cause, int64) {
		seq := ru.seqOf[key]
		for o := range others {
			seq = max(seq, ru.seqOf[o])
		}
		if _, named := ru.number[ru.alive(key)]; named && seq > 0 {
			return CauseDecision, seq
		}
		return CauseDocuments, 0
	}
	add := func(e Event) {
		slices.Sort(e.Added)
		slices.Sort(e.Removed)
		r.Events = append(r.Events, e)
	}
	for i := range r.Groups {
		g := &r.Groups[i]
		s := standing[g.Key]
		var added []string
		latest := ""
		for _, m := range g.Members {
			rank := c.rank[m.Document]
			latest = max(latest, c.dates[rank])
			if s == nil || ru.prior[rank] < 0 || last.Groups[ru.prior[rank]].Key != g.Key {
				added = append(added, c.ids[rank])
			}
		}
		if latest == "" {
			latest = r.options.Night
		}
		if s == nil {
			g.Grew = latest
			e := Event{Kind: Born, Key: g.Key, Added: added, Others: sorted(came[g.Key])}
			if len(e.Others) > 0 {
				e.Kind = Split
				// The event stands with the group that was left.
				for _, from := range e.Others {
					why, seq := cause(g.Key, came[g.Key])
					add(Event{Kind: Split, Key: from, Others: []string{g.Key}, Cause: why, Seq: seq})
				}
				e.Kind = Born
			}
			e.Cause, e.Seq = cause(g.Key, came[g.Key])
			add(e)
		} else {
			g.Dormant = s.Dormant
			var swallowed []string
			for from := range came[g.Key] {
				if _, lives := byKey[from]; !lives {
					swallowed = append(swallowed, from)
				}
			}
			slices.Sort(swallowed)
			why, seq := cause(g.Key, came[g.Key])
			if len(swallowed) > 0 {
				add(Event{Kind: Merged, Key: g.Key, Others: swallowed, Cause: why, Seq: seq})
			}
			if len(added) > 0 {
				g.Grew = max(g.Grew, latest)
				if g.Dormant {
					g.Dormant = false
					add(Event{Kind: Revived, Key: g.Key, Added: added, Cause: CauseDocuments})
				}
				add(Event{Kind: Grew, Key: g.Key, Added: added, Others: sorted(came[g.Key]), Cause: why, Seq: seq})
			}
			if gone := removed[g.Key]; len(gone) > 0 {
				why, seq := cause(g.Key, left[g.Key])
				add(Event{Kind: Shrank, Key: g.Key, Removed: gone, Others: sorted(left[g.Key]), Cause: why, Seq: seq})
			}
		}
		if !g.Dormant && days(g.Grew, r.options.Night) > r.options.DormantDays {
			g.Dormant = true
			add(Event{Kind: Dormant, Key: g.Key, Cause: CauseSilence})
		}
	}
	for i := range last.Groups {
		s := &last.Groups[i]
		if _, lives := byKey[s.Key]; !lives {
			why, seq := cause(s.Key, left[s.Key])
			add(Event{Kind: Ended, Key: s.Key, Removed: removed[s.Key], Others: sorted(left[s.Key]), Cause: why, Seq: seq})
		}
	}
	slices.SortStableFunc(r.Events, func(a, b Event) int { return strings.Compare(a.Key, b.Key) })
}

func sorted(set map[string]bool) []string {
	var out []string
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// days counts from one date to another; 0 when either is missing or malformed.
func days(from, to string) int {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}
