package workbench_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
)

// Each test here tries what a stranger or a careless colleague might.

func TestScriptInEveryTextFieldStaysText(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b, admin := d.as(t, queries.Analyst), d.as(t, queries.Administrator)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	g := d.suggested(t)[0]
	b.post(t, "/groups/"+g.Key+"/confirm", url.Values{"title": {evil}})
	b.post(t, "/issues/1/edit", url.Values{"statement": {evil}})
	b.post(t, "/issues/1/note", url.Values{"text": {evil}})
	b.post(t, "/issues/1/tag", url.Values{"direction": {"典型案例"}, "reason": {evil}})
	admin.post(t, "/accounts", url.Values{"login": {"evil"}, "name": {evil[:40]}, "department": {"JC"}, "role": {"查阅"}})
	q := url.QueryEscape(evil)
	for _, p := range []string{"/issues/1", "/issues", "/desk", "/decisions", "/", "/search?q=" + q, "/triage?q=" + q + "&province=" + q + "&sort=" + q + "&training=" + q, "/issues/1?from=" + q, "/groups/" + d.suggested(t)[0].Key + "/merge?q=" + q} {
		_, body, _ := b.get(t, p)
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
			t.Errorf("%s lets markup through", p)
		}
	}
	for _, p := range []string{"/accounts", "/audit", "/import?training=" + q} {
		if _, body, _ := admin.get(t, p); strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
			t.Errorf("%s lets markup through", p)
		}
	}
	// The door is open to strangers: what they type comes back as text too.
	if _, body, _ := d.stranger(t).post(t, "/login", url.Values{"login": {evil}, "password": {"x"}}); strings.Contains(body, "<script>alert") {
		t.Error("the sign-in form lets markup through")
	}
}

func TestAnotherSiteCannotPost(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.as(t, queries.Analyst)
	key := d.suggested(t)[0].Key
	for _, head := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"},
		{"Origin": "https://evil.example"},
		{"Sec-Fetch-Site": "same-site"},
	} {
		req, err := http.NewRequest(http.MethodPost, d.URL+"/groups/"+key+"/confirm", strings.NewReader("title=x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for k, v := range head {
			req.Header.Set(k, v)
		}
		res, err := b.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, _ := answer(t, res); status != http.StatusForbidden {
			t.Errorf("%v: %d", head, status)
		}
	}
	if c := sessionCookie(b); c == nil {
		t.Fatal("no session")
	}
}

func TestRedirectsLeadNowhereElse(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.stranger(t)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/%0d%0aSet-Cookie:x=1", "javascript:alert(1)", "/\t/evil.example", "http:/evil.example", strings.Repeat("/a", 3000)} {
		for path, form := range map[string]url.Values{
			"/lang":  {"lang": {"en"}, "back": {to}},
			"/login": {"login": {"yanpan"}, "password": {password}, "next": {to}},
		} {
			_, _, head := b.post(t, path, form)
			u, err := url.Parse(head.Get("Location"))
			if err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") || strings.Contains(head.Get("Location"), `\`) || head.Get("X") != "" {
				t.Errorf("%s with %q leads to %q", path, to, head.Get("Location"))
			}
		}
	}
}

func TestAPlantedSessionIsNotUsedAfterSignIn(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.stranger(t)
	u, _ := url.Parse(d.URL)
	planted := strings.Repeat("A", 43)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: "tongtang", Value: planted, Path: "/"}})
	b.post(t, "/login", url.Values{"login": {"yanpan"}, "password": {password}})
	c := sessionCookie(b)
	if c == nil || c.Value == planted {
		t.Fatalf("session %v", c)
	}
	// Changing the password rotates the token again.
	if status, _, _ := b.post(t, "/password", url.Values{"old": {password}, "new": {"another good sentence"}, "again": {"another good sentence"}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if after := sessionCookie(b); after == nil || after.Value == c.Value {
		t.Fatal("the token did not change with the password")
	}
}

func TestCookiesAreKeptFromScriptsAndOtherSites(t *testing.T) {
	d := serve(t, workbench.Options{Secure: true}, corpustest.Options{})
	_, _, head := d.stranger(t).post(t, "/login", url.Values{"login": {"yanpan"}, "password": {password}})
	for _, c := range head.Values("Set-Cookie") {
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "Secure") || !strings.Contains(c, "SameSite") {
			t.Errorf("cookie %s", c)
		}
	}
	if head.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over TLS")
	}
	csp := head.Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("CSP %s", csp)
	}
}

func TestHugeAndBrokenRequestsAreRefused(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.as(t, queries.Analyst)
	key := d.suggested(t)[0].Key
	if status, _, _ := b.post(t, "/groups/"+key+"/confirm", url.Values{"title": {strings.Repeat("长", 1<<20)}}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 3 MB: %d", status)
	}
	if status, _, _ := b.post(t, "/groups/"+key+"/confirm", url.Values{"title": {strings.Repeat("长", 100)}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a title of 100 characters: %d", status)
	}
	for _, p := range []string{
		"/groups/" + strings.Repeat("g", 4000), "/groups/..%2f..%2fetc", "/issues/-1", "/issues/99999999999999999999", "/issues/abc", "/items/' OR 1=1 --", "/items/%00", "/static/../workbench.go",
		"/static/..%2fmessages.tsv", "/decisions/1/undo", "/nowhere", "/export?issue=1&format=exe", "/export?group=none", "/export",
	} {
		status, body, _ := b.get(t, strings.ReplaceAll(p, " ", "%20"))
		if status < 300 || status >= 500 || strings.Contains(body, "goroutine") {
			t.Errorf("%s: %d", p, status)
		}
	}
	for _, p := range []string{"/triage?page=99999999", "/triage?page=-5", "/triage?sort='; DROP TABLE issue; --", "/search?q=" + url.QueryEscape(strings.Repeat("减", 5000)), "/search?q=%25%27%22%5C%00", "/triage?department=%27&q=%27%3B"} {
		if status, _, _ := b.get(t, strings.ReplaceAll(p, " ", "%20")); status != http.StatusOK {
			t.Errorf("%s: %d", p, status)
		}
	}
}

func TestFormulasInExportedTablesStayText(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	admin := d.as(t, queries.Administrator)
	d.stranger(t).post(t, "/login", url.Values{"login": {"=cmd|'/c calc'!A1"}, "password": {"x"}})
	if err := d.store.Record(t.Context(), 0, "test", "=HYPERLINK(1)", map[string]any{}); err != nil {
		t.Fatal(err)
	}
	_, body, _ := admin.get(t, "/audit?format=csv")
	for line := range strings.Lines(body) {
		for _, cell := range strings.Split(strings.TrimPrefix(line, "\ufeff"), ",") {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "@") {
				t.Errorf("cell %q begins a formula", cell)
			}
		}
	}
}

func TestManyTriesFromOneAddressAreSlowedDown(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.stranger(t)
	var last int
	for range 40 {
		// No such login: only the address can be counted.
		last, _, _ = b.post(t, "/login", url.Values{"login": {"nobody"}, "password": {"x"}})
	}
	if last != http.StatusTooManyRequests {
		t.Fatalf("the fortieth try: %d", last)
	}
}

func TestAClosedAccountIsOutAtOnce(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b, admin := d.as(t, queries.Viewer), d.account(t, queries.Administrator)
	a := d.account(t, queries.Viewer)
	if status, _, _ := b.get(t, "/triage"); status != http.StatusOK {
		t.Fatal(status)
	}
	if err := d.store.ChangeAccount(t.Context(), admin.ID, a.ID, a.Name, "GA", a.Role, false); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := b.get(t, "/triage"); status != http.StatusSeeOther {
		t.Fatalf("still in: %d", status)
	}
}

func TestACorpusSwapDropsNoRequest(t *testing.T) {
	dir := t.TempDir()
	if err := corpustest.Publish(t.Context(), dir, corpustest.Options{RunID: "r1", Skip: 4}); err != nil {
		t.Fatal(err)
	}
	d := serveAt(t, dir, workbench.Options{})
	b := d.as(t, queries.Analyst)
	stop, bad := make(chan struct{}), make(chan string, 100)
	for range 3 {
		go func() {
			for {
				select {
				case <-stop:
					bad <- ""
					return
				default:
				}
				for _, p := range []string{"/triage", "/", "/search?q=罚金"} {
					res, err := b.Get(d.URL + p)
					if err != nil {
						bad <- err.Error()
						return
					}
					res.Body.Close()
					if res.StatusCode != http.StatusOK {
						bad <- p + " " + res.Status
						return
					}
				}
			}
		}()
	}
	if err := corpustest.Publish(t.Context(), dir, corpustest.Options{RunID: "r2", Previous: "r1"}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); d.store.RunID() != "r2"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the new corpus was not taken")
		}
	}
	time.Sleep(200 * time.Millisecond)
	close(stop)
	for range 3 {
		if problem := <-bad; problem != "" {
			t.Error(problem)
		}
	}
}
