package workbench_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
	"tongtang/workbench/report"
)

// A digest gathers all its issues with a few questions to the store; asked one
// by one, they say the same, byte for byte.
func TestADigestIsWhatItsIssuesSayOneByOne(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	analyst, reviewer := d.as(t, queries.Analyst), d.as(t, queries.Reviewer)
	done := func(b *browser, path string, form url.Values) {
		t.Helper()
		if status, body, _ := b.post(t, path, form); status != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", path, status, tags.ReplaceAllString(body, ""))
		}
	}
	groups := d.suggested(t)
	for _, g := range groups[:5] {
		done(analyst, "/groups/"+g.Key+"/confirm", url.Values{})
	}
	done(analyst, "/issues/1/edit", url.Values{"title": {"第一号改了题目"}, "statement": {"三个部门说的是一件事。"}, "version": {"1"}})
	for _, no := range []string{"1", "2", "4"} {
		done(analyst, "/issues/"+no+"/note", url.Values{"text": {"请 @王复核 看第" + no + "号"}})
		done(analyst, "/issues/"+no+"/tag", url.Values{"direction": {"典型案例"}, "reason": {"第" + no + "号的理由"}})
	}
	done(reviewer, "/issues/2/score", url.Values{"part": {"重大"}, "score": {"0.9"}, "reason": {"影响全省减刑案件办理"}})
	// The fourth goes into the second, with its candidate.
	done(analyst, "/groups/"+groups[3].Key+"/merge", url.Values{"into": {groups[1].Key}, "other": {groups[1].Key}, "title": {groups[1].Title}})

	r := workbench.ReportRequest{Form: report.Digest, Issues: []int{5, 4, 2, 1, 3, 2}, At: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)}
	for _, g := range groups[5:] {
		r.Groups = append(r.Groups, g.Key)
	}
	whole, err := workbench.BuildReport(t.Context(), d.store, r)
	if err != nil {
		t.Fatal(err)
	}
	one := *whole
	one.Issues = nil
	again := map[string]bool{}
	add := func(r workbench.ReportRequest) {
		alone, err := workbench.BuildReport(t.Context(), d.store, r)
		if err != nil {
			t.Fatal(err)
		}
		if is := alone.Issues[0]; !again[is.Key] {
			again[is.Key] = true
			one.Issues = append(one.Issues, is)
		}
	}
	for _, no := range r.Issues {
		add(workbench.ReportRequest{Form: r.Form, At: r.At, Issues: []int{no}})
	}
	for _, key := range r.Groups {
		add(workbench.ReportRequest{Form: r.Form, At: r.At, Groups: []string{key}})
	}
	if n := len(whole.Issues); n != 4+len(r.Groups) || n < 10 {
		t.Fatalf("%d issues in the digest of %d groups", n, len(r.Groups))
	}
	if a := whole.Issues[1]; a.Number != 2 || len(a.Aliases) != 1 || len(a.Candidates) != 2 || len(a.Notes) != 1 || len(a.Lineage) < 2 {
		t.Errorf("No. 2 with what was merged into it: aliases %v, %d candidates, %d notes, %d events", a.Aliases, len(a.Candidates), len(a.Notes), len(a.Lineage))
	}
	for _, format := range workbench.Formats {
		var together, apart bytes.Buffer
		if err := workbench.WriteReport(&together, whole, format); err != nil {
			t.Fatal(err)
		}
		if err := workbench.WriteReport(&apart, &one, format); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(together.Bytes(), apart.Bytes()) {
			t.Errorf("%s: %s bytes, asked one by one %s", format, strconv.Itoa(together.Len()), strconv.Itoa(apart.Len()))
		}
	}
}
