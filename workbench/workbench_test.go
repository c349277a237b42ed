package workbench_test

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
)

const password = "correct horse battery"

// desk is a workbench over the fixtures' corpus, with an account of every role.
type desk struct {
	*httptest.Server
	store *queries.Store
	dir   string
}

var people = map[queries.Role]struct {
	login, name string
	department  feedback.Department
}{
	queries.Viewer:        {"chayue", "赵查阅", feedback.PoliceCustody},
	queries.Organiser:     {"huiwu", "李会务", feedback.Correction},
	queries.Analyst:       {"yanpan", "张研判", feedback.Procuratorate},
	queries.Reviewer:      {"fuhe", "王复核", feedback.Court},
	queries.Administrator: {"admin", "陈管理", feedback.Procuratorate},
}

func serve(t testing.TB, o workbench.Options, c corpustest.Options) *desk {
	t.Helper()
	dir := t.TempDir()
	if err := corpustest.Publish(t.Context(), dir, c); err != nil {
		t.Fatal(err)
	}
	return serveAt(t, dir, o)
}

func serveAt(t testing.TB, dir string, o workbench.Options) *desk {
	t.Helper()
	store, err := queries.OpenStore(t.Context(), dir, queries.StoreOptions{Poll: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range queries.Roles {
		p := people[role]
		if _, err := store.CreateAccount(t.Context(), 0, queries.NewAccount{Login: p.login, Name: p.name, Department: p.department, Role: role, Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	handler, err := workbench.New(store, o)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Server: httptest.NewServer(handler), store: store, dir: dir}
	t.Cleanup(func() {
		d.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// browser is a signed-in client that does not follow redirects.
type browser struct {
	*http.Client
	base string
}

func (d *desk) stranger(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, d.URL}
}

func (d *desk) as(t testing.TB, role queries.Role) *browser {
	t.Helper()
	b := d.stranger(t)
	status, _, head := b.post(t, "/login", url.Values{"login": {people[role].login}, "password": {password}})
	if status != http.StatusSeeOther || head.Get("Location") != "/" {
		t.Fatalf("sign-in of %s: %d", role, status)
	}
	return b
}

func (b *browser) get(t testing.TB, path string) (int, string, http.Header) {
	t.Helper()
	res, err := b.Get(b.base + path)
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, res)
}

func (b *browser) post(t testing.TB, path string, form url.Values) (int, string, http.Header) {
	t.Helper()
	res, err := b.PostForm(b.base+path, form)
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, res)
}

func answer(t testing.TB, res *http.Response) (int, string, http.Header) {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

func (d *desk) suggested(t testing.TB) []queries.Listing {
	t.Helper()
	list, _, err := d.store.List(t.Context(), queries.Filter{States: []string{queries.StateSuggested}, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (d *desk) account(t testing.TB, role queries.Role) queries.Account {
	t.Helper()
	list, err := d.store.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Role == role {
			return a
		}
	}
	t.Fatalf("no %s", role)
	return queries.Account{}
}

// access is the promise: who may use which route. A route without a row here
// fails the test.
var access = map[string]string{
	"GET /login": "*", "POST /login": "*", "POST /logout": "*", "POST /lang": "*", "GET /healthz": "*", "GET /readyz": "*",
	"GET /password": "查阅 会务 研判 复核 管理员", "POST /password": "查阅 会务 研判 复核 管理员",
	"GET /": "查阅 会务 研判 复核 管理员", "GET /desk": "查阅 会务 研判 复核 管理员", "GET /triage": "查阅 会务 研判 复核 管理员",
	"GET /issues": "查阅 会务 研判 复核 管理员", "GET /issues/:no": "查阅 会务 研判 复核 管理员", "GET /groups/:key": "查阅 会务 研判 复核 管理员",
	"GET /groups/:key/next": "查阅 会务 研判 复核 管理员", "GET /items/:id": "查阅 会务 研判 复核 管理员", "GET /search": "查阅 会务 研判 复核 管理员",
	"GET /night": "查阅 会务 研判 复核 管理员", "GET /night/run": "查阅 会务 研判 复核 管理员", "POST /night/run": "管理员", "GET /groups/:key/merge": "研判 复核",
	"POST /groups/:key/confirm": "研判 复核", "POST /groups/:key/dismiss": "研判 复核", "POST /groups/:key/restore": "研判 复核",
	"POST /groups/:key/attach": "研判 复核", "POST /groups/:key/items": "研判 复核", "POST /groups/:key/merge": "研判 复核",
	"POST /groups/:key/apart": "研判 复核", "POST /groups/:key/lock": "研判 复核", "POST /groups/:key/withdraw": "研判 复核",
	"POST /bulk": "研判 复核", "POST /decisions/:seq/undo": "研判 复核",
	"POST /issues/:no/edit": "研判 复核", "POST /issues/:no/status": "研判 复核", "POST /issues/:no/tag": "研判 复核",
	"POST /issues/:no/note": "研判 复核", "POST /issues/:no/assign": "研判 复核",
	"GET /issues/:no/candidates/new": "研判 复核", "POST /issues/:no/score": "研判 复核", "GET /board": "查阅 会务 研判 复核 管理员",
	"GET /candidates/:id": "查阅 会务 研判 复核 管理员", "GET /candidates/:id/form": "研判 复核", "POST /candidates/:id/form": "研判 复核",
	"POST /candidates/:id/step": "研判 复核", "POST /candidates/:id/due": "研判 复核", "POST /candidates/:id/reveal": "研判 复核",
	"GET /candidates/:id/evidence/:sha256": "研判 复核 管理员",
	"POST /candidates/:id/voice":           "查阅 会务 研判 复核 管理员",
	"GET /outcomes":                        "查阅 会务 研判 复核 管理员", "GET /outcomes/:training": "查阅 会务 研判 复核 管理员", "GET /outcomes/:training/report": "研判 复核 管理员",
	"GET /outcomes/:training/receipts": "会务 复核 管理员", "GET /outcomes/:training/receipts.xlsx": "会务 复核 管理员",
	"GET /templates": "管理员", "POST /templates": "管理员", "POST /templates/thresholds": "管理员", "POST /templates/remove": "管理员", "GET /templates/file": "管理员",
	"GET /export": "研判 复核 管理员", "GET /import": "会务 管理员", "POST /import": "会务 管理员",
	"GET /import/:sha256": "会务 管理员", "GET /import/:sha256/report": "会务 管理员", "POST /import/:sha256/mapping": "会务 管理员",
	"POST /import/:sha256/training": "会务 管理员", "POST /import/:sha256/encoding": "会务 管理员", "POST /import/:sha256/reread": "会务 管理员",
	"GET /items/:id/original": "复核 管理员", "POST /items/:id/original": "复核 管理员",
	"GET /dictionary": "管理员", "POST /dictionary/add": "管理员", "POST /dictionary/remove": "管理员",
	"GET /trainings": "查阅 会务 研判 复核 管理员", "POST /trainings": "会务 管理员", "GET /trainings/new": "会务 管理员",
	"GET /trainings/:id": "查阅 会务 研判 复核 管理员", "GET /trainings/:id/edit": "会务 管理员", "GET /trainings/:id/report": "会务 研判 复核 管理员",
	"POST /trainings/swap": "会务 管理员", "POST /trainings/order": "会务 管理员", "GET /trainings/pool": "查阅 会务 研判 复核 管理员",
	"GET /trainings/pool/entry": "会务 管理员", "POST /trainings/pool/entry": "会务 管理员", "GET /trainings/agenda": "查阅 会务 研判 复核 管理员",
	"POST /trainings/agenda": "会务 管理员", "GET /trainings/agenda/:no": "查阅 会务 研判 复核 管理员", "POST /trainings/agenda/:no": "会务 管理员",
	"POST /trainings/agenda/:no/views": "会务 研判 复核 管理员", "GET /trainings/agenda/:no/minutes": "会务 研判 复核 管理员", "GET /trainings/export": "会务 研判 复核 管理员",
	"POST /trainings/import": "会务 管理员",
	"GET /decisions":         "研判 复核 管理员", "GET /audit": "管理员", "GET /accounts": "管理员", "POST /accounts": "管理员",
	"POST /accounts/:id/change": "管理员", "POST /accounts/:id/reset": "管理员", "POST /accounts/:id/unlock": "管理员", "POST /accounts/:id/signout": "管理员",
	"GET /interface": "查阅 会务 研判 复核 管理员", "GET /tokens": "管理员", "POST /tokens": "管理员", "GET /tokens/:id": "管理员", "POST /tokens/:id/revoke": "管理员",
	"GET /readings": "研判 复核", "GET /readings/new": "研判 复核", "POST /readings": "研判 复核", "GET /readings/:id": "研判 复核", "POST /readings/:id": "研判 复核",
	"POST /readings/:id/done": "研判 复核", "POST /readings/:id/settle": "研判 复核", "POST /readings/:id/apply": "研判 复核", "GET /readings/:id/answers.csv": "研判 复核",
	"GET /accounts/:id/sessions": "管理员", "POST /accounts/:id/sessions": "管理员", "POST /groups/:key/proposal": "研判 复核", "GET /voices": "查阅 会务 研判 复核 管理员",
	"GET /searches/:id": "查阅 会务 研判 复核 管理员", "POST /searches": "查阅 会务 研判 复核 管理员", "POST /searches/:id/forget": "查阅 会务 研判 复核 管理员",
	"POST /mentions/read": "查阅 会务 研判 复核 管理员",
}

func TestEveryRouteTimesEveryRole(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	stranger := d.stranger(t)
	clients := map[queries.Role]*browser{}
	for _, role := range queries.Roles {
		clients[role] = d.as(t, role)
	}
	for _, r := range workbench.Routes() {
		name := r[0] + " " + r[1]
		want, ok := access[name]
		if !ok {
			t.Errorf("%s has no row in the access table", name)
			continue
		}
		// Keys that lead nowhere: who may not must be turned away before anything is looked up.
		path := strings.NewReplacer(":key", "gnone", ":no", "999999", ":id", "999999", ":seq", "999999").Replace(r[1])
		try := func(b *browser) (int, http.Header) {
			if r[0] == http.MethodGet {
				status, _, head := b.get(t, path)
				return status, head
			}
			status, _, head := b.post(t, path, url.Values{})
			return status, head
		}
		if r[1] == "/logout" || r[1] == "/login" {
			continue // would end the sessions of this test; see TestSignInAndOut
		}
		status, head := try(stranger)
		if door := status == http.StatusSeeOther && strings.HasPrefix(head.Get("Location"), "/login"); door == (want == "*") {
			t.Errorf("%s without sign-in: %d %s", name, status, head.Get("Location"))
		}
		for _, role := range queries.Roles {
			status, _ := try(clients[role])
			may := want == "*" || strings.Contains(" "+want+" ", " "+string(role)+" ")
			if may == (status == http.StatusForbidden) || status >= 500 {
				t.Errorf("%s as %s: %d, allowed %v", name, role, status, may)
			}
		}
	}
	d.nightOver(t) // an administrator started one
}

func TestSignInAndOut(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.stranger(t)
	status, _, head := b.get(t, "/triage?topic=06")
	if status != http.StatusSeeOther || head.Get("Location") != "/login?next=%2Ftriage%3Ftopic%3D06" {
		t.Fatalf("%d %s", status, head.Get("Location"))
	}
	status, body, _ := b.post(t, "/login", url.Values{"login": {"yanpan"}, "password": {"wrong"}})
	if status != http.StatusUnauthorized || !strings.Contains(body, "登录名或密码不正确") || !strings.Contains(body, `value="yanpan"`) {
		t.Fatalf("%d %s", status, body)
	}
	status, _, head = b.post(t, "/login", url.Values{"login": {"yanpan"}, "password": {password}, "next": {"/triage?topic=06"}})
	if status != http.StatusSeeOther || head.Get("Location") != "/triage?topic=06" {
		t.Fatalf("%d %s", status, head.Get("Location"))
	}
	if status, _, _ = b.get(t, "/triage"); status != http.StatusOK {
		t.Fatal(status)
	}
	cookie := sessionCookie(b)
	if status, _, _ = b.post(t, "/logout", nil); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	// The old token is dead on the server, not only forgotten by the browser.
	req, _ := http.NewRequest(http.MethodGet, d.URL+"/triage", nil)
	req.AddCookie(cookie)
	res, err := d.stranger(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := answer(t, res); status != http.StatusSeeOther {
		t.Fatalf("a signed-out token still opens: %d", status)
	}
}

func sessionCookie(b *browser) *http.Cookie {
	u, _ := url.Parse(b.base)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == "tongtang" {
			return c
		}
	}
	return nil
}

// firstPages are addresses that show every page with something on it.
func (d *desk) firstPages(t testing.TB) []string {
	t.Helper()
	me := d.account(t, queries.Analyst)
	g := d.suggested(t)
	dec, err := d.store.Confirm(t.Context(), me.ID, g[0].Key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.Propose(t.Context(), me, dec.IssueNo, queries.NewCandidate{Direction: "指导性案例", Reason: "各地尺度不一"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.AddNote(t.Context(), me.ID, dec.IssueNo, "请 @王复核 看第二条"); err != nil {
		t.Fatal(err)
	}
	if err := d.store.Assign(t.Context(), me.ID, dec.IssueNo, me.ID, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	v, err := d.store.Group(t.Context(), g[1].Key)
	if err != nil {
		t.Fatal(err)
	}
	d.study(t, g[2])
	if _, err := d.store.SaveSearch(t.Context(), d.account(t, queries.Reviewer), "罚金履行", "/search?q=罚金", true, 1); err != nil {
		t.Fatal(err)
	}
	return []string{
		"/voices", "/voices?kind=省份", "/voices?kind=岗位&least=2", "/readings", "/readings/new", "/readings/new?group=" + g[2].Key, "/readings/1", "/readings/1?item=2", "/readings/2", "/search?q=罚金&after=20250101T000000&saved=1",
		"/", "/desk", "/triage", "/triage?show=single", "/triage?show=dismissed", "/triage?department=JY&sort=size&province=江苏&kind=建议&q=罚", "/issues", "/issues?status=研判中",
		"/issues/1", "/groups/" + g[1].Key, "/groups/" + g[1].Key + "/merge", "/groups/" + g[1].Key + "/merge?into=" + g[2].Key, "/groups/" + g[1].Key + "/merge?q=罚金",
		"/items/" + v.Members[0].ID, "/search", "/search?q=罚金", "/search?q=刑诉法265条", "/search?into=" + g[1].Key + "&q=假释", "/search?q=没有这样的话",
		"/night", "/night/run", "/password", "/decisions", "/decisions?kind=confirm&who=me",
		"/board", "/board?direction=指导性案例&status=草拟", "/candidates/1", "/candidates/1/form", "/issues/1/candidates/new", "/issues/1/candidates/new?direction=联合调研",
		"/interface", "/outcomes", "/outcomes/" + v.Members[0].TrainingID, "/outcomes/" + v.Members[0].TrainingID + "/receipts",
	}
}

// study makes two studies of two readers over a group: the first half read, by
// the analyst and the reviewer; the second read by the analyst and another, who
// differ.
func (d *desk) study(t testing.TB, g queries.Listing) {
	t.Helper()
	one, two := d.account(t, queries.Analyst), d.account(t, queries.Reviewer)
	other, err := d.store.CreateAccount(t.Context(), 0, queries.NewAccount{Login: "zhou", Name: "周研判", Department: feedback.Prison, Role: queries.Analyst, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.store.Group(t.Context(), g.Key)
	if err != nil {
		t.Fatal(err)
	}
	ask := queries.NewReading{Title: "财产性判项归属", Question: "只凭原文判断。", Source: "《" + g.Title + "》", Options: []string{g.Key}, Readers: [2]int{one.ID, two.ID}, Seed: 1, AskKind: true}
	for _, m := range v.Members {
		ask.Items = append(ask.Items, m.ID)
	}
	id, err := d.store.OpenReading(t.Context(), one.ID, ask)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.Answer(t.Context(), two.ID, id, ask.Items[0], queries.AnswerNew, "问题", "另一件事"); err != nil {
		t.Fatal(err)
	}
	ask.Readers = [2]int{one.ID, other.ID}
	if id, err = d.store.OpenReading(t.Context(), two.ID, ask); err != nil {
		t.Fatal(err)
	}
	for _, who := range ask.Readers {
		for i, it := range ask.Items {
			answer := g.Key
			switch {
			case i == 0 && who == other.ID:
				answer = queries.AnswerNone
			case i == 1:
				answer = queries.AnswerUnsure
			}
			if err := d.store.Answer(t.Context(), who, id, it, answer, "问题", ""); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.store.HandIn(t.Context(), who, id); err != nil {
			t.Fatal(err)
		}
	}
}

var han = regexp.MustCompile(`\p{Han}`)

func TestEveryPageShowsInBothLanguages(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	pages := d.firstPages(t)
	for _, role := range []queries.Role{queries.Analyst, queries.Reviewer, queries.Viewer} {
		b := d.as(t, role)
		for _, lang := range []string{"zh", "en"} {
			if status, _, _ := b.post(t, "/lang", url.Values{"lang": {lang}, "back": {"/"}}); status != http.StatusSeeOther {
				t.Fatal(status)
			}
			for _, p := range pages {
				status, body, head := b.get(t, strings.ReplaceAll(p, " ", "%20"))
				if status == http.StatusForbidden && (role == queries.Viewer || strings.HasSuffix(p, "/receipts")) {
					continue
				}
				if status != http.StatusOK {
					t.Errorf("%s as %s in %s: %d", p, role, lang, status)
					continue
				}
				for _, never := range []string{"style=\"", "<no value>", "%!", "onclick=", "javascript:"} {
					if strings.Contains(body, never) {
						t.Errorf("%s in %s contains %q", p, lang, never)
					}
				}
				if len(body) > 300<<10 {
					t.Errorf("%s is %d KB", p, len(body)>>10)
				}
				if head.Get("Content-Security-Policy") == "" {
					t.Errorf("%s has no CSP", p)
				}
				if lang == "en" {
					nav := between(body, "<header class=\"top\">", "</header>")
					if text := tags.ReplaceAllString(nav, ""); han.MatchString(strings.ReplaceAll(strings.ReplaceAll(text, people[role].name, ""), "中文", "")) {
						t.Errorf("%s: Chinese in the English frame: %s", p, strings.Join(strings.Fields(text), " "))
					}
				}
			}
		}
	}
	admin := d.as(t, queries.Administrator)
	for _, p := range []string{"/import", "/audit", "/audit?verify=1", "/audit?format=csv", "/accounts", "/accounts/5/sessions", "/tokens", "/templates", "/dictionary", "/dictionary?q=%E5%87%8F%E5%88%91"} {
		if status, _, _ := admin.get(t, p); status != http.StatusOK {
			t.Errorf("%s: %d", p, status)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

var templateText = regexp.MustCompile(`\bt "((?:[^"\\]|\\.)*)"`)

func TestEveryTemplateSentenceHasEnglish(t *testing.T) {
	table, err := os.ReadFile("messages.tsv")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		body, err := os.ReadFile("templates/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range templateText.FindAllStringSubmatch(string(body), -1) {
			if han.MatchString(m[1]) && !strings.Contains(string(table), "\n"+m[1]+"\t") {
				t.Errorf("%s: %q has no English in messages.tsv", e.Name(), m[1])
			}
		}
	}
}

// Words the glossary says to avoid do not stand on pages.
func TestPagesSayTheFieldsWords(t *testing.T) {
	table, err := os.ReadFile("messages.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"工单", "簇", "聚类", "噪声", "离群点", "派单", "标注", "审批", "驳回", "打回", "跑批", "阈值", "血缘", "打码", "线索", "挂起"} {
		if strings.Contains(string(table), word) {
			t.Errorf("messages.tsv says %q", word)
		}
	}
}

func TestTriageToHandOver(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	analyst, reviewer := d.as(t, queries.Analyst), d.as(t, queries.Reviewer)
	g := d.suggested(t)[0]
	do := func(b *browser, path string, form url.Values, to string) {
		t.Helper()
		status, body, head := b.post(t, path, form)
		if status != http.StatusSeeOther || (to != "" && head.Get("Location") != to) {
			t.Fatalf("%s: %d %s\n%s", path, status, head.Get("Location"), tags.ReplaceAllString(between(body, "<main", "</main>"), " "))
		}
	}
	do(analyst, "/groups/"+g.Key+"/confirm", url.Values{"title": {"罚金未缴清能否假释"}, "stamp": {g.Stamp()}}, "/issues/1")
	_, body, _ := analyst.get(t, "/issues/1")
	for _, want := range []string{"第1号", "罚金未缴清能否假释", "研判中", "各方表述", "来源追溯"} {
		if !strings.Contains(body, want) {
			t.Errorf("the issue page does not say %s", want)
		}
	}
	do(analyst, "/issues/1/edit", url.Values{"version": {"1"}, "title": {"罚金未缴清能否假释"}, "statement": {"罪犯未全部履行财产性判项的，可否认定确有悔改表现并予假释？"}}, "/issues/1")
	do(analyst, "/issues/1/tag", url.Values{
		"direction": {"司法解释"}, "reason": {"条文理解分歧大"}, queries.FieldApplies: {"审判工作"}, queries.FieldArticles: {"《刑法》第八十一条"},
	}, "/candidates/1")
	do(analyst, "/issues/1/note", url.Values{"text": {"@王复核 请看"}}, "/issues/1")
	do(analyst, "/issues/1/assign", url.Values{"account": {"me"}, "due": {"2026-12-31"}}, "/issues/1")
	do(analyst, "/issues/1/status", url.Values{"to": {"待复核"}}, "/issues/1")
	if status, _, _ := analyst.post(t, "/issues/1/status", url.Values{"to": {"已审定"}}); status != http.StatusForbidden {
		t.Errorf("an analyst approved: %d", status)
	}
	do(reviewer, "/issues/1/status", url.Values{"to": {"已审定"}}, "/issues/1")
	do(reviewer, "/issues/1/status", url.Values{"to": {"已移送"}}, "/issues/1")
	do(reviewer, "/issues/1/status", url.Values{"to": {"已反馈"}, "outcome": {"采纳"}}, "/issues/1")
	if _, body, _ := reviewer.get(t, "/desk"); !strings.Contains(body, "请看") {
		t.Error("the mention is not on the reviewer's desk")
	}
	for _, format := range workbench.Formats {
		status, body, head := analyst.get(t, "/export?issue=1&format="+format)
		if status != http.StatusOK || len(body) < 200 || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") {
			t.Errorf("export %s: %d, %d bytes", format, status, len(body))
		}
	}
	if status, body, _ := analyst.get(t, "/export?issue=1&form=司法解释&format=md"); status != http.StatusOK || !strings.Contains(body, "司法解释") {
		t.Errorf("direction's form: %d", status)
	}
}

func TestSecondPersonKeepsTheirText(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	one, two := d.as(t, queries.Analyst), d.as(t, queries.Reviewer)
	g := d.suggested(t)[0]
	one.post(t, "/groups/"+g.Key+"/confirm", url.Values{})
	one.post(t, "/issues/1/edit", url.Values{"version": {"1"}, "title": {"第一人的题目"}})
	status, body, _ := two.post(t, "/issues/1/edit", url.Values{"version": {"1"}, "title": {"第二人的题目"}, "statement": {"第二人写了很久的表述"}})
	if status != http.StatusConflict || !strings.Contains(body, "第二人写了很久的表述") || !strings.Contains(body, "第一人的题目") {
		t.Fatalf("%d %s", status, tags.ReplaceAllString(body, " "))
	}
}

func TestUploadArrivesWholeAndSafe(t *testing.T) {
	d := serve(t, workbench.Options{UploadMiB: 1}, corpustest.Options{})
	b := d.as(t, queries.Organiser)
	send := func(training, name string, body []byte) (int, string) {
		t.Helper()
		pr, pw := io.Pipe()
		w := multipart.NewWriter(pw)
		go func() {
			_ = w.WriteField("training", training)
			f, _ := w.CreateFormFile("file", name)
			_, _ = f.Write(body)
			_ = w.Close()
			_ = pw.Close()
		}()
		res, err := b.Post(d.URL+"/import", w.FormDataContentType(), pr)
		if err != nil {
			t.Fatal(err)
		}
		status, text, _ := answer(t, res)
		return status, text
	}
	if status, _ := send("2026-1", "意见 汇总.csv", []byte("部门,问题\n监狱,拒收\n")); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if status, _ := send("2026-1", "意见 汇总.csv", []byte("部门,问题\n法院,回函\n")); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	for name, status := range map[string]int{
		"../../../etc/passwd.csv": http.StatusSeeOther, // taken as passwd.csv, in its place
		`..\..\windows.xlsx`:      http.StatusSeeOther,
		".hidden":                 http.StatusUnprocessableEntity,
		"run.exe":                 http.StatusUnprocessableEntity,
		"empty.csv":               http.StatusUnprocessableEntity,
	} {
		body := []byte("a,b\n1,2\n")
		if name == "empty.csv" {
			body = nil
		}
		if got, text := send("2026-1", name, body); got != status {
			t.Errorf("%s: %d, want %d %s", name, got, status, tags.ReplaceAllString(between(text, "problem", "</p>"), ""))
		}
	}
	for _, training := range []string{"../2026-1", "2026-1/../..", "今年"} {
		if got, _ := send(training, "a.csv", []byte("a")); got != http.StatusUnprocessableEntity {
			t.Errorf("training %q: %d", training, got)
		}
	}
	if got, _ := send("2026-1", "big.csv", make([]byte, 1<<20+1)); got != http.StatusUnprocessableEntity {
		t.Errorf("over the limit: %d", got)
	}
	var found []string
	entries, err := os.ReadDir(d.store.Folder().Inbox() + "/2026-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	if got := fmt.Sprint(found); got != "[passwd.csv windows.xlsx 意见 汇总 (2).csv 意见 汇总.csv]" {
		t.Fatal(got)
	}
}

func TestOriginalsStayInTheirDepartmentWhenSet(t *testing.T) {
	d := serve(t, workbench.Options{OwnDepartmentOnly: true}, corpustest.Options{})
	g := d.suggested(t)[0]
	v, err := d.store.Group(t.Context(), g.Key)
	if err != nil {
		t.Fatal(err)
	}
	for role, all := range map[queries.Role]bool{queries.Analyst: false, queries.Reviewer: true} {
		b := d.as(t, role)
		_, body, _ := b.get(t, "/groups/"+g.Key)
		_, export, _ := d.as(t, queries.Analyst).get(t, "/export?format=json&group="+g.Key)
		for _, m := range v.Members {
			own := m.Department == string(people[role].department)
			if shown := strings.Contains(body, `href="/items/`+m.ID+`"`) && !strings.Contains(tags.ReplaceAllString(body, ""), m.Text); shown && (own || all) {
				t.Errorf("%s does not see %s item", role, m.Department)
			}
			if !own && !all && strings.Contains(tags.ReplaceAllString(body, ""), m.Text) && m.Text != g.Title {
				t.Errorf("%s sees %s: %s", role, m.Department, m.Text)
			}
			if !own && role == queries.Analyst && strings.Contains(export, m.Text) && m.Text != g.Title {
				t.Errorf("the export shows %s", m.Text)
			}
		}
	}
}
