package pipeline

import (
	"context"
	"fmt"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/segment"
	"tongtang/queries"
)

// spoken is what the later stages need of every item, whether it was described
// tonight or not. An item is known by its number in the corpus, which it keeps.
type spoken struct {
	id, training, province, contributor string
	department                          feedback.Department
	kind                                feedback.Kind
	givenOn                             string
	endorses                            bool
}

// spokenItems reads every item of the corpus being built, by number. Values
// that repeat are kept once.
func (n *night) spokenItems(ctx context.Context) ([]spoken, error) {
	var count int
	if err := n.scanOne(ctx, "corpus/build/items", &count); err != nil {
		return nil, err
	}
	rows, err := n.build.Query(ctx, "corpus/build/all_items")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := make([]spoken, count)
	once := map[string]string{}
	for rows.Next() {
		var at int32
		var s spoken
		if err := rows.Scan(&at, &s.id, &s.training, &s.department, &s.province, &s.contributor, &s.kind, &s.givenOn, &s.endorses); err != nil {
			return nil, err
		}
		s.training, s.province, s.contributor = intern(once, s.training), intern(once, s.province), intern(once, s.contributor)
		s.department, s.kind = feedback.Department(intern(once, string(s.department))), feedback.Kind(intern(once, string(s.kind)))
		s.givenOn = intern(once, s.givenOn)
		items[at] = s
	}
	return items, rows.Err()
}

func intern(once map[string]string, s string) string {
	if o, ok := once[s]; ok {
		return o
	}
	once[s] = s
	return s
}

// words are what an item says, as far as a stage has asked for it.
type words struct {
	stem, text string
	citations  []string // normal forms
}

// saidFrom reads what the items from number from on say and cite.
func (n *night) saidFrom(ctx context.Context, from, until int) ([]words, error) {
	said := make([]words, until-from)
	rows, err := n.build.Query(ctx, "corpus/build/item_texts", queries.Named("from", from))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var at int
		var w words
		if err := rows.Scan(&at, &w.stem, &w.text); err != nil {
			return nil, err
		}
		said[at-from] = w
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	cited, err := n.build.Query(ctx, "corpus/build/item_citations", queries.Named("from", from))
	if err != nil {
		return nil, err
	}
	defer cited.Close()
	for cited.Next() {
		var at int
		var norm string
		if err := cited.Scan(&at, &norm); err != nil {
			return nil, err
		}
		said[at-from].citations = append(said[at-from].citations, norm)
	}
	return said, cited.Err()
}

// describer knows the field's words and what they stand for.
func (n *night) describer() (*concept.Describer, error) {
	words, err := segment.New(n.tables)
	if err != nil {
		return nil, fmt.Errorf("loading the dictionary: %w", err)
	}
	return concept.New(n.tables, words), nil
}

// corpus makes the mathematics' view of all items: words, concepts, citations.
// Items that the memory holds are not described again; their words stand in
// the last night's search index, those of the others are added to it.
func (n *night) corpus(ctx context.Context, items []spoken, describer *concept.Describer, memory *analysis.Memory) (*analysis.Corpus, error) {
	from := 0
	if memory != nil {
		from = n.known
	}
	said, err := n.saidFrom(ctx, from, len(items))
	if err != nil {
		return nil, err
	}
	words := newIndex(from, len(items))
	c := analysis.NewCorpusWith(memory, len(items), n.opts.Workers, func(i int) string { return items[i].id }, func(i int, d *analysis.Document) {
		w := said[i-from]
		describer.Describe(d, concept.Text{ID: items[i].id, Date: items[i].givenOn, Text: w.text, Stem: w.stem, Citations: w.citations})
		words.add(i, d)
	})
	for _, table := range []struct {
		stage, name string
	}{{"corpus/build/stage_word", "new_word"}, {"corpus/build/stage_posting", "new_posting"}} {
		if err := n.build.Exec(ctx, table.stage); err != nil {
			return nil, err
		}
	}
	if _, err := n.build.Append("new_word", words.wordRows()); err != nil {
		return nil, err
	}
	if _, err := n.build.Append("new_posting", words.postingRows()); err != nil {
		return nil, err
	}
	for _, put := range []string{"corpus/build/put_words", "corpus/build/put_postings"} {
		if err := n.build.Exec(ctx, put, queries.Named("carried", memory != nil)); err != nil {
			return nil, err
		}
	}
	line := fmt.Sprintf("%d 条目，%d 个不同的词", len(items)-from, len(words.words))
	switch {
	case memory != nil:
		line += fmt.Sprintf("；沿用上次计算 %d 条目", from)
	case n.record.PreviousRun != "":
		line += "；全部重新计算：" + n.full
	}
	n.stage("分词", map[string]int64{"items": int64(len(items)), "described": int64(len(items) - from), "words": int64(len(words.words))}, "%s", line)
	return c, nil
}

// group finds the groups under people's decisions and gives them yesterday's
// keys where they live on.
func (n *night) group(c *analysis.Corpus, last analysis.Standing) *analysis.Result {
	r := c.Group(analysis.Options{
		Strictness: analysis.Strictness(n.opts.Strictness), Workers: n.opts.Workers,
		Night: n.record.StartedAt.Format("2006-01-02"),
		Key:   func(founder string) string { return feedback.GroupKey(founder, 0) },
	}, n.settled.analysis, last)
	members := 0
	for _, g := range r.Groups {
		members += len(g.Members)
	}
	n.stage("归并", map[string]int64{
		"groups": int64(len(r.Groups)), "members": int64(members), "alone": int64(c.Documents() - members),
		"events": int64(len(r.Events)), "merges": int64(len(r.Merges)), "proposals": int64(len(r.Proposals)),
	}, "%d 组含 %d 条目，单独 %d；变化 %d，建议合并 %d", len(r.Groups), members, c.Documents()-members, len(r.Events), len(r.Merges))
	return r
}
