package pipeline

import (
	"context"
	"errors"

	"tongtang/analysis"
	"tongtang/pipeline/embedding"
)

// vectors gives the corpus sentence vectors, where a model is configured. What
// cannot be had is left out and said in the stage's line and in the record: the
// night goes on by words.
func (n *night) vectors(ctx context.Context, c *analysis.Corpus, items []spoken) (err error) {
	o := n.opts.Embeddings
	if !o.Configured() {
		return nil
	}
	if o.Cache == "" {
		o.Cache = n.folder.Vectors()
	}
	got, report, err := embedding.Get(ctx, o, len(items), func(i int) (id, text string) { return items[i].id, items[i].text })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, got.Close()) }()
	if err := c.SetVectors(n.opts.Workers, got.Of); err != nil {
		report.Problem, report.Dimensions, report.Missing = "向量不能用："+err.Error(), 0, report.Texts
	}
	n.record.Embeddings = &report
	n.setOption("embeddings-model", report.Model)
	n.setOption("vectors-sha256", report.SHA256)
	n.stage("向量", map[string]int64{
		"texts": int64(report.Texts), "cached": int64(report.Cached), "fetched": int64(report.Fetched),
		"missing": int64(report.Missing), "dimensions": int64(report.Dimensions),
	}, "%s", report.Line())
	return nil
}

// setOption adds to the options of the record what only the run could tell.
func (n *night) setOption(name, value string) {
	if m, ok := n.record.Options.(map[string]any); ok && value != "" {
		m[name] = value
	}
}
