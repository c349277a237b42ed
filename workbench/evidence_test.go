package workbench_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongtang/operations"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
	"tongtang/workbench/report"
)

// toApproved takes a new candidate of issue 1 up to 已审定, all by requests.
func (d *desk) toApproved(t testing.TB, direction string) (id int) {
	t.Helper()
	analyst, reviewer := d.as(t, queries.Analyst), d.as(t, queries.Reviewer)
	_, _, head := analyst.post(t, "/issues/1/tag", preChecked(direction))
	if _, err := fmt.Sscanf(head.Get("Location"), "/candidates/%d", &id); err != nil {
		t.Fatalf("%s was not proposed: %q", direction, head.Get("Location"))
	}
	if status, _, _ := analyst.post(t, fmt.Sprintf("/candidates/%d/form", id), fill(t, analyst, id)); status != http.StatusSeeOther {
		t.Fatalf("form of %s: %d", direction, status)
	}
	d.mustStep(t, analyst, id, "送复核")
	if queries.NeedsNoConsultation(direction) {
		d.mustStep(t, reviewer, id, "复核同意，不需会商", "text", "有明文规定")
	} else {
		d.mustStep(t, reviewer, id, "复核同意")
		for _, kind := range [][2]string{{"会商", "同意"}, {"会签", "会签"}} {
			for _, dept := range feedback.Departments {
				form := url.Values{"kind": {kind[0]}, "department": {string(dept)}, "stance": {kind[1]}, "text": {"来函"}}
				if status, _, _ := reviewer.post(t, fmt.Sprintf("/candidates/%d/voice", id), form); status != http.StatusSeeOther {
					t.Fatalf("%s of %s: %d", kind[0], dept, status)
				}
			}
			d.mustStep(t, reviewer, id, map[string]string{"会商": "会商结束", "会签": "会签完成"}[kind[0]])
		}
	}
	d.mustStep(t, reviewer, id, "审定")
	return id
}

func (d *desk) step(t testing.TB, b *browser, id int, name string, kv ...string) (int, string) {
	t.Helper()
	form := url.Values{"step": {name}, "version": {d.version(t, id)}}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	status, body, _ := b.post(t, fmt.Sprintf("/candidates/%d/step", id), form)
	return status, body
}

func (d *desk) mustStep(t testing.TB, b *browser, id int, name string, kv ...string) {
	t.Helper()
	if status, body := d.step(t, b, id, name, kv...); status != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", name, status, strings.Join(strings.Fields(tags.ReplaceAllString(between(body, "<main", "</main>"), " ")), " "))
	}
}

func (d *desk) reports(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.dir, "reports", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestHandingOverFreezesAnEvidencePackage(t *testing.T) {
	d := serve(t, workbench.Options{Version: "1.2.3"}, corpustest.Options{})
	d.issueOne(t)
	run := []byte(`{"run_id": "20260101T000000"}` + "\n")
	if err := os.WriteFile(filepath.Join(d.dir, "runs", "20260101T000000.json"), run, 0o600); err != nil {
		t.Fatal(err)
	}
	id := d.toApproved(t, "典型案例")
	reviewer := d.as(t, queries.Reviewer)
	// What does not come about leaves nothing behind.
	for _, form := range []url.Values{
		{"step": {"移送"}, "version": {d.version(t, id)}},
		{"step": {"移送"}, "version": {"1"}, "recipient": {"起草组"}},
	} {
		if status, _, _ := reviewer.post(t, fmt.Sprintf("/candidates/%d/step", id), form); status < 400 || status >= 500 {
			t.Errorf("%v: %d", form, status)
		}
	}
	if status, _ := d.step(t, d.as(t, queries.Analyst), id, "移送", "recipient", "起草组"); status != http.StatusForbidden {
		t.Errorf("who wrote it handed it over: %d", status)
	}
	if left := d.reports(t); len(left) != 0 {
		t.Fatalf("packages without a hand-over: %v", left)
	}
	d.mustStep(t, reviewer, id, "移送", "recipient", "刑罚执行起草组")

	files := d.reports(t)
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	body, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	p, problems, err := report.OpenEvidence(body)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	m := p.Manifest
	if m.Issue != 1 || m.Candidate != id || m.HandedTo != "刑罚执行起草组" || m.HandedBy != people[queries.Reviewer].name || m.RunID != "20260101T000000" ||
		m.Code.Version != "1.2.3" || m.Code.Tables == "" || len(m.Dictionary) != 64 || len(m.MissingRuns) > 0 {
		t.Errorf("%+v", m)
	}
	if !bytes.Equal(p.Member("runs/20260101T000000.json"), run) {
		t.Error("the run record is not in the package as it lies in runs/")
	}
	for name, want := range map[string][]string{
		"candidate.json": {`"step": "审定"`, `"stance": "同意"`, "已填〔"}, "decisions.json": {`"kind": "confirm"`, `"field": "statement"`},
		"report.md": {"典型案例"}, "document.json": {"财产"},
	} {
		for _, w := range want {
			if !strings.Contains(string(p.Member(name)), w) {
				t.Errorf("%s lacks %s", name, w)
			}
		}
	}
	if different, err := p.Remake(); err != nil || len(different) > 0 {
		t.Errorf("made again: %v %v", different, err)
	}
	// Masked text alone, and no unit, name or key of who said it.
	g, err := d.store.Group(t.Context(), d.issueKey(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range g.Members {
		for _, secret := range []string{member.Contributor, member.Unit} {
			if secret != "" && !strings.Contains(member.Text, secret) && bytes.Contains(p.Member("document.json"), []byte(secret)) {
				t.Errorf("the package tells %q", secret)
			}
		}
	}

	// The page shows the hash and leads to the very bytes; the log tells of the look.
	path := fmt.Sprintf("/candidates/%d/evidence/%s", id, hash)
	for _, role := range []queries.Role{queries.Analyst, queries.Reviewer} {
		b := d.as(t, role)
		if _, page, _ := b.get(t, fmt.Sprintf("/candidates/%d", id)); !strings.Contains(page, hash) || !strings.Contains(page, path) {
			t.Errorf("%s does not see the package", role)
		}
		status, got, head := b.get(t, path)
		if status != http.StatusOK || got != string(body) || !strings.Contains(head.Get("Content-Disposition"), filepath.Base(files[0])) {
			t.Errorf("download as %s: %d", role, status)
		}
	}
	if status, _, _ := d.as(t, queries.Viewer).get(t, path); status != http.StatusForbidden {
		t.Errorf("a viewer took the package: %d", status)
	}
	for _, none := range []string{"/candidates/99/evidence/" + hash, fmt.Sprintf("/candidates/%d/evidence/%s", id, strings.Repeat("0", 64)), fmt.Sprintf("/candidates/%d/evidence/..", id)} {
		if status, _, _ := reviewer.get(t, none); status != http.StatusNotFound && status != http.StatusMovedPermanently {
			t.Errorf("%s: %d", none, status)
		}
	}
	if _, n, err := d.store.Audit(t.Context(), queries.AuditFilter{Action: "export.evidence", Limit: 10}); err != nil || n != 2 {
		t.Errorf("%d looks in the log, %v", n, err)
	}
	log, n, err := d.store.Audit(t.Context(), queries.AuditFilter{Action: "candidate.evidence", Limit: 10})
	if err != nil || n != 1 || !strings.Contains(log[0].Detail, hash) {
		t.Errorf("the log does not know the package: %v %v", log, err)
	}

	// Taken back and handed over anew: the first stays.
	d.mustStep(t, reviewer, id, "撤回移送", "text", "接收单位有误")
	d.mustStep(t, reviewer, id, "移送", "recipient", "另一起草组")
	if files := d.reports(t); len(files) != 2 {
		t.Errorf("%v", files)
	}
	d.verifySees(t)
}

// verifySees damages packages in every way and looks what verify says.
func (d *desk) verifySees(t *testing.T) {
	t.Helper()
	control, err := operations.OpenControl(d.store, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	look := func() (say string, worst operations.Level) {
		t.Helper()
		all, err := operations.Verify(t.Context(), queries.Folder(d.dir), nil)
		if err != nil {
			t.Fatal(err)
		}
		var own operations.Findings
		for _, f := range all {
			if f.Name == "证据包" {
				own = append(own, f)
				say += f.Say + "\n"
			}
		}
		return say, own.Worst()
	}
	if say, worst := look(); worst != operations.Good || !strings.Contains(say, "2 个，与移送时逐字节相同") {
		t.Fatal(say)
	}
	files := d.reports(t)
	first, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	put := func(path string, body []byte) {
		t.Helper()
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one := bytes.Clone(first)
	one[bytes.Index(one, []byte("财产"))] ^= 1
	for what, damage := range map[string]struct {
		do   func()
		want string
	}{
		"one byte":          {func() { put(files[0], one) }, "已被改动"},
		"gone":              {func() { _ = os.Remove(files[0]) }, "不在了"},
		"another's":         {func() { put(files[0], second) }, "不是移送时的那一份"},
		"no zip":            {func() { put(files[0], []byte("x")) }, "不是证据包"},
		"a byte at the end": {func() { put(files[0], append(bytes.Clone(first), 0)) }, "字节被改动"},
	} {
		damage.do()
		if say, worst := look(); worst != operations.Trouble || !strings.Contains(say, damage.want) {
			t.Errorf("%s: %s %s", what, worst, say)
		}
		put(files[0], first)
	}
	stray := filepath.Join(d.dir, "reports", "evidence-20260101-issue9-candidate9-0123456789ab.zip")
	put(stray, first)
	if say, worst := look(); worst != operations.Notice || !strings.Contains(say, "研判数据中没有 evidence-20260101") {
		t.Errorf("a package nobody handed over: %s %s", worst, say)
	}
	if err := os.Remove(stray); err != nil {
		t.Fatal(err)
	}

	code := workbench.BuiltFrom()
	code.Version = "1.2.3"
	known, ok, err := operations.Packages(t.Context(), queries.Folder(d.dir))
	if err != nil || !ok || len(known) != 2 {
		t.Fatal(known, ok, err)
	}
	check := func(path string, code report.Code) operations.Findings {
		t.Helper()
		f, p, err := operations.VerifyPackage(path, code)
		if err != nil {
			t.Fatal(err)
		}
		if p != nil {
			f.KnownPackage(known, p)
		}
		return f
	}
	if f := check(files[0], code); f.Worst() != operations.Good || len(f) != 3 {
		t.Errorf("%+v", f)
	}
	put(files[0], one)
	if f := check(files[0], code); f.Worst() != operations.Trouble {
		t.Errorf("%+v", f)
	}
	put(files[0], first)
	// The workbench does not hand out what is no longer what was handed over.
	put(files[1], one)
	sum := sha256.Sum256(second)
	if status, page, _ := d.as(t, queries.Reviewer).get(t, fmt.Sprintf("/candidates/1/evidence/%s", hex.EncodeToString(sum[:]))); status != http.StatusConflict || !strings.Contains(page, "tongtang verify") {
		t.Errorf("a changed package went out: %d", status)
	}
	put(files[1], second)
}

func TestPackagesKeepToOriginalsOfTheOwnDepartment(t *testing.T) {
	d := serve(t, workbench.Options{OwnDepartmentOnly: true}, corpustest.Options{})
	d.issueOne(t)
	id := d.toApproved(t, "转答复")
	d.mustStep(t, d.as(t, queries.Reviewer), id, "移送", "recipient", "检答网专家组")
	list, err := d.store.EvidencePackages(t.Context(), id)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	path := fmt.Sprintf("/candidates/%d/evidence/%s", id, list[0].SHA256)
	for role, want := range map[queries.Role]int{queries.Analyst: 403, queries.Administrator: 403, queries.Reviewer: 200} {
		b := d.as(t, role)
		if status, _, _ := b.get(t, path); status != want {
			t.Errorf("%s: %d, want %d", role, status, want)
		}
		if _, page, _ := b.get(t, fmt.Sprintf("/candidates/%d", id)); strings.Contains(page, `href="`+path) != (want == 200) {
			t.Errorf("%s: the page offers what is refused, or hides what is not", role)
		}
	}
}
