package pipeline

import (
	"context"
	"fmt"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/segment"
)

// spoken is what the stages after deduplication need of an item.
type spoken struct {
	id, training, province, contributor string
	department                          feedback.Department
	kind                                feedback.Kind
	givenOn                             string
	stem, text                          string
	language                            string
	endorses                            string
	citations                           []string // normal forms
}

// spokenItems reads every item of the corpus being built, in the order of IDs.
func (n *night) spokenItems(ctx context.Context) ([]spoken, error) {
	rows, err := n.build.Query(ctx, "corpus/build/all_items")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []spoken
	at := map[string]int{}
	for rows.Next() {
		var s spoken
		if err := rows.Scan(&s.id, &s.training, &s.department, &s.province, &s.contributor, &s.kind, &s.givenOn,
			&s.stem, &s.text, &s.language, &s.endorses); err != nil {
			return nil, err
		}
		at[s.id] = len(items)
		items = append(items, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	cited, err := n.build.Query(ctx, "corpus/build/all_citations")
	if err != nil {
		return nil, err
	}
	defer cited.Close()
	for cited.Next() {
		var id, norm string
		if err := cited.Scan(&id, &norm); err != nil {
			return nil, err
		}
		s := &items[at[id]]
		s.citations = append(s.citations, norm)
	}
	return items, cited.Err()
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
// The words go into the corpus's search index on the way.
func (n *night) corpus(items []spoken, describer *concept.Describer) (*analysis.Corpus, error) {
	words := newIndex(len(items))
	c := analysis.NewCorpus(len(items), n.opts.Workers, func(i int, d *analysis.Document) {
		s := items[i]
		describer.Describe(d, concept.Text{ID: s.id, Date: s.givenOn, Text: s.text, Stem: s.stem, Citations: s.citations})
		words.add(i, d)
	})
	list, postings := words.rows()
	if _, err := n.build.Append("word", list); err != nil {
		return nil, err
	}
	if _, err := n.build.Append("posting", postings); err != nil {
		return nil, err
	}
	n.stage("分词", map[string]int64{"items": int64(len(items))}, "%d 条目，%d 个不同的词", len(items), len(words.words))
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
