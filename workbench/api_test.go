package workbench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
)

// program is a client with a token.
type program struct {
	base, token string
	id          int
	more        http.Header
}

func (d *desk) token(t testing.TB, n queries.NewToken) *program {
	t.Helper()
	made, secret, err := d.store.CreateToken(t.Context(), d.account(t, queries.Administrator), n)
	if err != nil {
		t.Fatal(err)
	}
	return &program{base: d.URL, token: secret, id: made.ID}
}

// wide is a token that may read everything.
var wide = queries.NewToken{Team: "刑罚执行起草组", Scopes: queries.APIScopes, Days: 30, PerMinute: 600}

func (p *program) get(t testing.TB, path string) (int, []byte, http.Header) {
	t.Helper()
	if !strings.HasPrefix(path, "/api/v1") {
		path = "/api/v1" + path
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range p.more {
		req.Header[k] = v
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	status, body, head := answer(t, res)
	return status, []byte(body), head
}

// document is openapi.json, taken apart, with a validator for its schemas.
type document struct {
	all      map[string]any
	compiler *jsonschema.Compiler
}

func openDocument(t testing.TB, body []byte) document {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("https://tongtang.invalid/openapi.json", parsed); err != nil {
		t.Fatal(err)
	}
	return document{parsed.(map[string]any), c}
}

func (d *document) at(path ...string) any {
	var v any = d.all
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
		if ref, ok := v.(map[string]any)["$ref"].(string); ok {
			v = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return v
}

// holds says whether an answer keeps what the document says of it.
func (d *document) holds(t testing.TB, path string, status int, contentType string, body []byte) {
	t.Helper()
	contentType, _, _ = strings.Cut(contentType, ";")
	responses, _ := d.at("paths", path, "get", "responses").(map[string]any)
	if responses[fmt.Sprint(status)] == nil {
		t.Errorf("%s answers %d, which the document does not know", path, status)
		return
	}
	response := d.at("paths", path, "get", "responses", fmt.Sprint(status)).(map[string]any)
	content, _ := response["content"].(map[string]any)
	if content[contentType] == nil {
		t.Errorf("%s answers %d as %q, which the document does not know", path, status, contentType)
		return
	}
	if contentType == "application/zip" {
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	pointer := "#/paths/" + escape.Replace(path) + "/get/responses/" + fmt.Sprint(status) + "/content/" + escape.Replace(contentType) + "/schema"
	if ref, ok := responses[fmt.Sprint(status)].(map[string]any)["$ref"].(string); ok {
		pointer = ref + "/content/" + escape.Replace(contentType) + "/schema"
	}
	schema, err := d.compiler.Compile("https://tongtang.invalid/openapi.json" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s %d: %v\n%.600s", path, status, err, body)
	}
}

func TestTheInterfacesDocumentAndItsRoutesAreOne(t *testing.T) {
	body, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := openDocument(t, body)
	if doc.all["openapi"] != "3.1.0" {
		t.Errorf("openapi %v", doc.all["openapi"])
	}
	paths := doc.at("paths").(map[string]any)
	left := map[string]bool{}
	for path, item := range paths {
		left[path] = true
		for method := range item.(map[string]any) {
			if method != "get" {
				t.Errorf("%s: the interface is read-only, the document has %s", path, method)
			}
		}
	}
	for _, r := range workbench.APIRoutes() {
		path, scope := r[0], r[1]
		if !left[path] {
			t.Errorf("%s is no path of the document", path)
			continue
		}
		delete(left, path)
		get := doc.at("paths", path, "get").(map[string]any)
		want := slices.Clone(r[2:])
		for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
			want = append(want, m[1])
		}
		var have []string
		for _, p := range get["parameters"].([]any) {
			param := p.(map[string]any)
			if ref, ok := param["$ref"].(string); ok {
				param = doc.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
			}
			if param["in"] != "header" {
				have = append(have, param["name"].(string))
			}
		}
		slices.Sort(want)
		slices.Sort(have)
		if !slices.Equal(want, have) {
			t.Errorf("%s takes %v, the document says %v", path, want, have)
		}
		security := fmt.Sprint(get["security"])
		if want := map[bool]string{true: "[]", false: "[map[token:[" + scope + "]]]"}[scope == ""]; security != want {
			t.Errorf("%s: security %s, want %s", path, security, want)
		}
	}
	for path := range left {
		t.Errorf("the document's %s is no route", path)
	}
	// Every schema is one by the standard's own measure.
	for name := range doc.at("components", "schemas").(map[string]any) {
		if _, err := doc.compiler.Compile("https://tongtang.invalid/openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// withOutcomes is a desk whose candidates stand everywhere on their way.
func withOutcomes(t testing.TB, o workbench.Options) *desk {
	d := serve(t, o, corpustest.Options{})
	d.issueOne(t)
	reviewer, analyst := d.as(t, queries.Reviewer), d.as(t, queries.Analyst)
	if _, err := d.store.Confirm(t.Context(), d.account(t, queries.Analyst).ID, d.suggested(t)[0].Key, "", ""); err != nil {
		t.Fatal(err)
	}
	id := d.toApproved(t, "典型案例")
	d.mustStep(t, reviewer, id, "移送", "recipient", "刑罚执行起草组", "due", "2026-12-31")
	d.mustStep(t, analyst, id, "登记结果", "result", "部分采纳", "doc", "法研〔2026〕7号", "on", "2026-11-20", "text", "先以批复答复")
	d.mustStep(t, analyst, id, "反馈学员", "text", "已以批复明确。")
	other := d.toApproved(t, "转答复")
	d.mustStep(t, reviewer, other, "移送", "recipient", "检答网专家组")
	if status, _, _ := analyst.post(t, "/issues/2/tag", preChecked("规范性文件")); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	return d
}

func TestEveryAnswerOfTheInterfaceKeepsTheDocument(t *testing.T) {
	d := withOutcomes(t, workbench.Options{})
	p := d.token(t, wide)
	stranger := &program{base: d.URL}
	status, body, _ := stranger.get(t, "/openapi.json")
	if status != http.StatusOK {
		t.Fatalf("the document: %d", status)
	}
	doc := openDocument(t, body)
	packages, err := d.store.EvidencePackages(t.Context(), 0)
	if err != nil || len(packages) != 2 {
		t.Fatal(packages, err)
	}
	sha := packages[0].SHA256
	seen := map[string]bool{}
	for _, c := range []struct {
		path, ask string
		want      int
	}{
		{"/issues", "/issues", 200},
		{"/issues", "/issues?limit=1", 200},
		{"/issues", "/issues?status=已反馈&department=JY&topic=06&training=2024-1&direction=典型案例&outcome=部分采纳&changed_since=2026-01-01T00:00:00Z", 200},
		{"/issues", "/issues?limit=0", 400},
		{"/issues", "/issues?limit=x", 400},
		{"/issues", "/issues?cursor=x", 400},
		{"/issues", "/issues?cursor=MTp4", 400},
		{"/issues", "/issues?department=QQ", 400},
		{"/issues", "/issues?changed_since=yesterday", 400},
		{"/issues", "/issues?q=x", 400},
		{"/issues/{no}", "/issues/1", 200},
		{"/issues/{no}", "/issues/2", 200},
		{"/issues/{no}", "/issues/99", 404},
		{"/issues/{no}", "/issues/x", 404},
		{"/issues/{no}", "/issues/-1", 404},
		{"/issues/{no}/items", "/issues/1/items", 200},
		{"/issues/{no}/items", "/issues/1/items?limit=2", 200},
		{"/issues/{no}/items", "/issues/99/items", 404},
		{"/candidates", "/candidates", 200},
		{"/candidates", "/candidates?issue=1&direction=典型案例&status=已反馈", 200},
		{"/candidates", "/candidates?issue=x", 400},
		{"/candidates/{id}", "/candidates/1", 200},
		{"/candidates/{id}", "/candidates/3", 200},
		{"/candidates/{id}", "/candidates/99", 404},
		{"/candidates/{id}", "/candidates/99999999999999", 404},
		{"/reports", "/reports", 200},
		{"/reports", "/reports?issue=1&limit=1", 200},
		{"/reports", "/reports?issue=x", 400},
		{"/reports/{sha256}", "/reports/" + sha, 200},
		{"/reports/{sha256}", "/reports/x", 404},
		{"/reports/{sha256}/package", "/reports/" + sha + "/package", 200},
		{"/reports/{sha256}/package", "/reports/x/package", 404},
		{"/trainings", "/trainings", 200},
		{"/trainings", "/trainings?limit=3", 200},
		{"/trainings/{id}", "/trainings/2024-1", 200},
		{"/trainings/{id}", "/trainings/1999-1", 404},
		{"/openapi.json", "/openapi.json", 200},
	} {
		u, err := url.Parse(c.ask)
		if err != nil {
			t.Fatal(err)
		}
		u.RawQuery = u.Query().Encode()
		status, body, head := p.get(t, u.String())
		if status != c.want {
			t.Errorf("%s: %d, want %d: %.300s", c.ask, status, c.want, body)
			continue
		}
		doc.holds(t, c.path, status, head.Get("Content-Type"), body)
		if status != http.StatusOK {
			continue
		}
		seen[c.path] = true
		tag := head.Get("ETag")
		if !regexp.MustCompile(`^"[0-9a-f]{32}"$`).MatchString(tag) {
			t.Errorf("%s has no strong ETag: %q", c.ask, tag)
		}
		for _, known := range []string{tag, `"other", ` + tag, "W/" + tag, "*"} {
			again := *p
			again.more = http.Header{"If-None-Match": {known}}
			if status, body, head := again.get(t, u.String()); status != http.StatusNotModified || len(body) > 0 || head.Get("ETag") != tag {
				t.Errorf("%s with If-None-Match %s: %d", c.ask, known, status)
			}
		}
		other := *p
		other.more = http.Header{"If-None-Match": {`"00000000000000000000000000000000"`}}
		if status, again, _ := other.get(t, u.String()); status != http.StatusOK || !bytes.Equal(again, body) {
			t.Errorf("%s asked anew: %d", c.ask, status)
		}
	}
	for path := range doc.at("paths").(map[string]any) {
		if !seen[path] {
			t.Errorf("no answer of %s was held against the document", path)
		}
	}
	// The package is the very file.
	file, err := os.ReadFile(filepath.Join(d.dir, "reports", packages[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	if _, body, head := p.get(t, "/reports/"+sha+"/package"); !bytes.Equal(body, file) || !strings.Contains(head.Get("Content-Disposition"), packages[0].Name) {
		t.Error("the package is not the file")
	}
	if err := os.Remove(filepath.Join(d.dir, "reports", packages[0].Name)); err != nil {
		t.Fatal(err)
	}
	status, body, head := p.get(t, "/reports/"+sha+"/package")
	if status != http.StatusConflict {
		t.Errorf("a package that is gone: %d", status)
	}
	doc.holds(t, "/reports/{sha256}/package", status, head.Get("Content-Type"), body)
	// Nothing but GET, nothing but the addresses; a change of data changes the tag.
	for _, c := range []struct {
		method, path string
		want         int
	}{{"POST", "/api/v1/issues", 405}, {"DELETE", "/api/v1/issues/1", 405}, {"GET", "/api/v1/nothing", 404}, {"GET", "/api/v1", 404}} {
		req, _ := http.NewRequestWithContext(t.Context(), c.method, d.URL+c.path, nil)
		req.Header.Set("Authorization", "Bearer "+p.token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		status, _, head := answer(t, res)
		if status != c.want || head.Get("Content-Type") != "application/problem+json" || (c.want == 405) != (head.Get("Allow") == "GET") {
			t.Errorf("%s %s: %d %v", c.method, c.path, status, head)
		}
	}
	_, _, before := p.get(t, "/issues/2")
	title := "另一个题目"
	if err := d.store.EditIssue(t.Context(), d.account(t, queries.Analyst).ID, 2, 0, queries.IssueEdit{Title: &title}); err != nil {
		t.Fatal(err)
	}
	if _, _, after := p.get(t, "/issues/2"); after.Get("ETag") == before.Get("ETag") {
		t.Error("the tag outlived a change")
	}
}

func TestScopesTimesRoutes(t *testing.T) {
	d := withOutcomes(t, workbench.Options{})
	for _, scope := range queries.APIScopes {
		n := wide
		n.Scopes = []string{scope}
		p := d.token(t, n)
		for _, r := range workbench.APIRoutes() {
			path := strings.NewReplacer("{no}", "1", "{id}", "1", "{sha256}", "x").Replace(r[0])
			status, body, head := p.get(t, path)
			if refused := status == http.StatusForbidden; refused != (r[1] != "" && r[1] != scope) {
				t.Errorf("%s with the scope %s: %d", path, scope, status)
			} else if refused && (!strings.Contains(head.Get("WWW-Authenticate"), `scope="`+r[1]+`"`) || !bytes.Contains(body, []byte("读取范围"))) {
				t.Errorf("%s: %s %s", path, head.Get("WWW-Authenticate"), body)
			}
		}
	}
}

func TestOnlyATokenOpensTheInterface(t *testing.T) {
	d := withOutcomes(t, workbench.Options{})
	p := d.token(t, wide)
	admin := d.as(t, queries.Administrator)
	// A person's session is no token, whatever their role.
	status, body, head := admin.get(t, "/api/v1/issues")
	if status != http.StatusUnauthorized || !strings.Contains(body, "Bearer") || head.Get("WWW-Authenticate") != `Bearer realm="tongtang"` {
		t.Errorf("a session read: %d %s", status, body)
	}
	if status, _, _ := d.stranger(t).get(t, "/tokens"); status != http.StatusSeeOther {
		t.Errorf("tokens shown to a stranger: %d", status)
	}
	for _, bad := range []string{"tt_" + strings.Repeat("0", 64), p.token[:len(p.token)-1], p.token + "0", "", "x"} {
		q := &program{base: d.URL, token: bad}
		if bad == "" {
			q.more = http.Header{"Authorization": {"Basic " + p.token}}
		}
		if status, _, _ := q.get(t, "/issues"); status != http.StatusUnauthorized {
			t.Errorf("%q opened: %d", bad, status)
		}
	}
	if status, _, _ := p.get(t, "/issues"); status != http.StatusOK {
		t.Fatal(status)
	}
	// What is kept is a hash.
	if _, _, err := d.store.TokenOf(t.Context(), p.token); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"review.duckdb", "review.duckdb.wal"} {
		if file, err := os.ReadFile(filepath.Join(d.dir, "review", f)); err == nil && bytes.Contains(file, []byte(p.token)) {
			t.Errorf("the token stands in %s", f)
		}
	}
	if status, _, _ := admin.post(t, fmt.Sprintf("/tokens/%d/revoke", p.id), nil); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if status, body, _ := p.get(t, "/issues"); status != http.StatusUnauthorized || !bytes.Contains(body, []byte("已作废")) {
		t.Errorf("a revoked token: %d %s", status, body)
	}
	if status, _, _ := admin.post(t, fmt.Sprintf("/tokens/%d/revoke", p.id), nil); status != http.StatusConflict {
		t.Errorf("revoked twice: %d", status)
	}
	if status, _, _ := admin.get(t, "/tokens/99"); status != http.StatusNotFound {
		t.Errorf("no such token: %d", status)
	}
	for what, n := range map[string]queries.NewToken{
		"no team": {Scopes: queries.APIScopes, Days: 1, PerMinute: 1}, "no scope": {Team: "组", Days: 1, PerMinute: 1}, "a scope of one's own": {Team: "组", Scopes: []string{"issues", "accounts"}, Days: 1, PerMinute: 1},
		"for ever": {Team: "组", Scopes: queries.APIScopes, Days: 10000, PerMinute: 1}, "no rate": {Team: "组", Scopes: queries.APIScopes, Days: 1},
		"no such department": {Team: "组", Scopes: queries.APIScopes, Days: 1, PerMinute: 1, Department: "QQ"},
	} {
		if _, _, err := d.store.CreateToken(t.Context(), d.account(t, queries.Administrator), n); err == nil {
			t.Errorf("%s: made", what)
		}
	}
	if _, _, err := d.store.CreateToken(t.Context(), d.account(t, queries.Reviewer), wide); err == nil {
		t.Error("a reviewer made a token")
	}
}

func TestATokenEnds(t *testing.T) {
	now := time.Date(2026, 11, 1, 9, 20, 0, 0, time.UTC)
	dir := t.TempDir()
	if err := corpustest.Publish(t.Context(), dir, corpustest.Options{}); err != nil {
		t.Fatal(err)
	}
	store, err := queries.OpenStore(t.Context(), dir, queries.StoreOptions{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	admin, err := store.CreateAccount(t.Context(), 0, queries.NewAccount{Login: "admin", Name: "陈管理", Department: "JC", Role: queries.Administrator, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := workbench.New(store, workbench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	n := wide
	n.Days = 1
	made, secret, err := store.CreateToken(t.Context(), admin, n)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{base: server.URL, token: secret, id: made.ID}
	lines := func() (open, read []queries.AuditEntry) {
		t.Helper()
		for action, into := range map[string]*[]queries.AuditEntry{"api.open": &open, "api.read": &read} {
			list, _, err := store.Audit(t.Context(), queries.AuditFilter{Action: action, Limit: 50})
			if err != nil {
				t.Fatal(err)
			}
			*into = list
		}
		return open, read
	}
	for range 3 {
		if status, _, _ := p.get(t, "/trainings"); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	p.get(t, "/issues/5")
	// One line for the hour's beginning; what was read stands beside it.
	open, read := lines()
	if len(open) != 1 || len(read) != 0 || open[0].Subject != fmt.Sprintf("token:%d", p.id) {
		t.Fatalf("%v %v", open, read)
	}
	uses, err := store.APIUses(t.Context(), p.id, 10)
	if err != nil || len(uses) != 2 || uses[1].What != "trainings" || uses[1].Requests != 3 || uses[0].What != "none" {
		t.Fatalf("%+v %v", uses, err)
	}
	// The next hour sums the last one up.
	now = now.Add(time.Hour)
	p.get(t, "/trainings/2024-1")
	open, read = lines()
	if len(open) != 2 || len(read) != 1 || !strings.Contains(read[0].Detail, `"requests":4`) || !strings.Contains(read[0].Detail, `"trainings":3`) {
		t.Fatalf("%v %v", open, read)
	}
	now = now.Add(2 * time.Hour)
	if err := store.SumUpAPI(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, read = lines(); len(read) != 2 || !strings.Contains(read[0].Detail, "training:2024-1") {
		t.Fatalf("%v", read)
	}
	if problems, _, err := store.VerifyAudit(t.Context()); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	now = now.Add(24 * time.Hour)
	if status, body, _ := p.get(t, "/trainings"); status != http.StatusUnauthorized || !bytes.Contains(body, []byte("已过期")) {
		t.Errorf("an expired token: %d %s", status, body)
	}
	if uses, _ := store.APIUses(t.Context(), p.id, 1); len(uses) != 1 || uses[0].What != "refused:expired" {
		t.Errorf("the refusal is not noted: %v", uses)
	}
}

func TestATokenHasItsRate(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	n := wide
	n.PerMinute = 5
	p, other := d.token(t, n), d.token(t, n)
	got := map[int]int{}
	for range 9 {
		status, _, head := p.get(t, "/trainings")
		got[status]++
		if status == http.StatusTooManyRequests && head.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if got[200] < 5 || got[200] > 7 || got[429] == 0 {
		t.Errorf("%v", got)
	}
	if status, _, _ := other.get(t, "/trainings"); status != http.StatusOK {
		t.Errorf("one token's haste held up another: %d", status)
	}
	guess := &program{base: d.URL, token: "tt_" + strings.Repeat("1", 64)}
	slowed := false
	for range 40 {
		status, _, _ := guess.get(t, "/trainings")
		slowed = slowed || status == http.StatusTooManyRequests
	}
	if !slowed {
		t.Error("tokens may be guessed at any speed")
	}
}

// page is any list.
type anyList struct {
	Data []struct {
		ID     any    `json:"id"`
		Number int    `json:"number"`
		SHA256 string `json:"sha256"`
	} `json:"data"`
	Next *string `json:"next"`
}

func TestPagesLeadOnToEverything(t *testing.T) {
	d := withOutcomes(t, workbench.Options{})
	me := d.account(t, queries.Analyst)
	for _, g := range d.suggested(t)[:7] {
		if _, err := d.store.Confirm(t.Context(), me.ID, g.Key, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	p := d.token(t, wide)
	walk := func(path string) (keys []string) {
		t.Helper()
		for range 100 {
			status, body, head := p.get(t, path)
			var list anyList
			if err := json.Unmarshal(body, &list); err != nil || status != http.StatusOK {
				t.Fatalf("%s: %d %v", path, status, err)
			}
			for _, x := range list.Data {
				keys = append(keys, fmt.Sprint(x.ID, x.Number, x.SHA256))
			}
			link := regexp.MustCompile(`^<([^>]+)>; rel="next"$`).FindStringSubmatch(head.Get("Link"))
			if (link == nil) != (list.Next == nil) {
				t.Fatalf("%s: Link %q, next %v", path, head.Get("Link"), list.Next)
			}
			if link == nil {
				return keys
			}
			path = link[1]
		}
		t.Fatalf("%s has no end", path)
		return nil
	}
	for path, want := range map[string]int{"/issues": 9, "/issues/1/items": 0, "/candidates": 3, "/reports": 2, "/trainings": 10} {
		whole := walk(path + "?limit=200")
		if want > 0 && len(whole) != want {
			t.Errorf("%s: %d, want %d", path, len(whole), want)
		}
		for _, limit := range []string{"1", "2", "3"} {
			if got := walk(path + "?limit=" + limit); !slices.Equal(got, whole) {
				t.Errorf("%s by %s: %v, want %v", path, limit, got, whole)
			}
		}
	}
	v, err := d.store.Group(t.Context(), d.issueKey(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if got := walk("/issues/1/items?limit=2"); len(got) != len(v.Members) {
		t.Errorf("%d items by pages, %d in the issue", len(got), len(v.Members))
	}
	if got := walk("/candidates?limit=1&issue=1"); len(got) != 2 {
		t.Errorf("a filter is lost on the way: %v", got)
	}
}

func TestATeamSeesWhatWasHandedToIt(t *testing.T) {
	d := withOutcomes(t, workbench.Options{})
	n := wide
	n.HandedOnly = true
	first := d.token(t, n)
	n.Team = "检答网专家组"
	second := d.token(t, n)
	n.Team = "没有移送过的组"
	none := d.token(t, n)
	count := func(p *program, path string) int {
		t.Helper()
		status, body, _ := p.get(t, path)
		var list anyList
		if err := json.Unmarshal(body, &list); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		return len(list.Data)
	}
	for path, want := range map[string][3]int{"/issues": {1, 1, 0}, "/candidates": {1, 1, 0}, "/reports": {1, 1, 0}, "/trainings": {10, 10, 10}} {
		for i, p := range []*program{first, second, none} {
			if got := count(p, path); got != want[i] {
				t.Errorf("%s of token %d: %d, want %d", path, i, got, want[i])
			}
		}
	}
	packages, err := d.store.EvidencePackages(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][3]int{
		"/issues/1": {200, 200, 404}, "/issues/1/items": {200, 200, 404}, "/issues/2": {404, 404, 404}, "/candidates/1": {200, 404, 404}, "/candidates/2": {404, 200, 404},
		"/candidates/3": {404, 404, 404}, "/reports/" + packages[0].SHA256: {200, 404, 404}, "/reports/" + packages[0].SHA256 + "/package": {200, 404, 404},
		"/reports/" + packages[1].SHA256 + "/package": {404, 200, 404},
	} {
		for i, p := range []*program{first, second, none} {
			if status, _, _ := p.get(t, path); status != want[i] {
				t.Errorf("%s of token %d: %d, want %d", path, i, status, want[i])
			}
		}
	}
}

func TestProgramsReadMaskedTextsAndNoUnits(t *testing.T) {
	for _, own := range []bool{false, true} {
		d := withOutcomes(t, workbench.Options{OwnDepartmentOnly: own})
		v, err := d.store.Group(t.Context(), d.issueKey(t, 1))
		if err != nil {
			t.Fatal(err)
		}
		n := wide
		n.Department = v.Members[0].Department
		p := d.token(t, n)
		n.Department = ""
		nobody := d.token(t, n)
		_, body, _ := p.get(t, "/issues/1/items?limit=200")
		_, bare, _ := nobody.get(t, "/issues/1/items?limit=200")
		for _, m := range v.Members {
			mine := m.Department == v.Members[0].Department
			text, _ := json.Marshal(m.Text)
			text = bytes.Trim(text, `"`)
			if got := bytes.Contains(body, text); got != (!own || mine) {
				t.Errorf("own %v: the text of %s shows: %v", own, m.Department, got)
			}
			if got := bytes.Contains(bare, text); got != !own {
				t.Errorf("own %v: a token without a department reads %s: %v", own, m.Department, got)
			}
		}
		packages, err := d.store.EvidencePackages(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, _ := p.get(t, "/reports/"+packages[0].SHA256+"/package"); (status == http.StatusForbidden) != own {
			t.Errorf("own %v: the package: %d", own, status)
		}
		for _, path := range []string{"/issues", "/issues/1", "/issues/1/items?limit=200", "/candidates", "/candidates/1", "/reports", "/trainings"} {
			_, body, _ := p.get(t, path)
			for _, m := range v.Members {
				for _, secret := range []string{m.Unit, m.Contributor, m.Sources[0].File} {
					if secret != "" && !strings.Contains(m.Text, secret) && bytes.Contains(body, []byte(secret)) {
						t.Errorf("%s tells %q", path, secret)
					}
				}
			}
		}
		c, err := d.store.Candidate(t.Context(), 1)
		if err != nil || len(c.Fields) == 0 {
			t.Fatal(c.Fields, err)
		}
		if _, body, _ := p.get(t, "/candidates/1"); bytes.Contains(body, []byte("案例线索")) {
			t.Error("a restricted field is told")
		}
	}
}

func TestTokensAreMadeOnAPage(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	admin := d.as(t, queries.Administrator)
	status, page, _ := admin.post(t, "/tokens", url.Values{"team": {"规范性文件起草组"}, "scope": {"issues", "trainings"}, "days": {"30"}, "rate": {"60"}, "department": {"FY"}})
	secret := regexp.MustCompile(`tt_[0-9a-f]{64}`).FindString(page)
	if status != http.StatusOK || secret == "" {
		t.Fatalf("%d %s", status, between(page, "<main", "</main>"))
	}
	p := &program{base: d.URL, token: secret}
	if status, _, _ := p.get(t, "/issues"); status != http.StatusOK {
		t.Errorf("the token on the page: %d", status)
	}
	if status, _, _ := p.get(t, "/candidates"); status != http.StatusForbidden {
		t.Errorf("a scope that was not ticked: %d", status)
	}
	_, page, _ = admin.get(t, "/tokens")
	if strings.Contains(page, secret) || !strings.Contains(page, secret[:9]) || !strings.Contains(page, "规范性文件起草组") {
		t.Error("the list shows the token, or not which it is")
	}
	if _, page, _ = admin.get(t, "/tokens/1"); !strings.Contains(page, "<code>issues</code>") || !strings.Contains(page, "refused:scope:candidates") {
		t.Errorf("what it read: %s", between(page, "<main", "</main>"))
	}
	status, page, _ = admin.post(t, "/tokens", url.Values{"team": {"组"}, "days": {"30"}, "rate": {"60"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "读取范围") || !strings.Contains(page, `value="组"`) {
		t.Errorf("no scope: %d", status)
	}
	if log, n, _ := d.store.Audit(t.Context(), queries.AuditFilter{Action: "token.create", Limit: 5}); n != 1 || strings.Contains(log[0].Detail, secret) {
		t.Errorf("%d lines; %v", n, log)
	}
}
