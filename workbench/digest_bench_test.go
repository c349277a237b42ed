package workbench_test

import (
	"io"
	"testing"
	"time"

	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
	"tongtang/workbench/report"
)

// A digest over 200 confirmed issues, from the store to the docx: what the
// button and `tongtang export` do.
func BenchmarkDigestFromTheStore(b *testing.B) {
	d := serve(b, workbench.Options{}, corpustest.Options{Items: 4000})
	me := d.account(b, queries.Analyst)
	list, _, err := d.store.List(b.Context(), queries.Filter{States: []string{queries.StateSuggested}, Limit: 200})
	if err != nil || len(list) < 200 {
		b.Fatal(len(list), err)
	}
	var r workbench.ReportRequest
	items := 0
	for _, l := range list {
		c, err := d.store.Confirm(b.Context(), me.ID, l.Key, "", "")
		if err != nil {
			b.Fatal(err)
		}
		r.Issues = append(r.Issues, c.IssueNo)
		items += l.Items
	}
	r.Form, r.At = report.Digest, time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for b.Loop() {
		doc, err := workbench.BuildReport(b.Context(), d.store, r)
		if err != nil {
			b.Fatal(err)
		}
		if err := workbench.WriteReport(io.Discard, doc, "docx"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(items), "items")
}
