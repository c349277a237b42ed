package workbench_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
)

// signOut leaves by the form in the person's menu.
func (b *tab) signOut() {
	b.t.Helper()
	b.submit(`form[action="/logout"] button`)
}

// fill writes into a field what stands there or not.
func (b *tab) fill(sel, text string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(document.querySelector(%q).value = %q, true)`, sel, text))
}

// From the first sign-in to the drafting team's desk, by two people.
func TestJourneyFromSignInToHandOver(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := openBrowser(t, d.URL)
	b.signIn(queries.Analyst)
	b.says("main", "部门与专题")
	b.open("/triage")
	b.submit("tbody tr:nth-child(1) td.title a")
	// An analyst sees what exists already before giving a number.
	b.says(".before", "没有相近的已编号问题")
	b.fill("#confirm-title", "财产性判项未履行能否假释")
	b.submit(".confirm button.main")
	b.says(".flash", "已确认为第1号")
	b.fill("textarea[name=statement]", "罪犯未全部履行财产性判项的，可否认定确有悔改表现？")
	b.submit(`form[action="/issues/1/edit"] button`)
	b.says(".statement", "可否认定确有悔改表现")
	b.submit(`form[action="/issues/1/assign"] button`)
	b.fill(`form[action="/issues/1/note"] textarea`, "请 @王复核 看看三家的口径，也请 @赵无名 看")
	b.submit(`form[action="/issues/1/note"] button`)
	b.says(".flash", "已提醒：王复核")
	b.says(".flash", "没有找到：@赵无名")
	b.says("#notes", "@王复核 未读")
	b.submit(`form[action="/issues/1/status"] button.main`)
	b.says(".issue-head", "待复核")
	b.signOut()

	b.signIn(queries.Reviewer)
	b.says("nav .badge", "1")
	b.open("/desk")
	b.says("#mentions", "1 条未读")
	b.submit(`#mentions button[name=to]`)
	if !strings.HasPrefix(b.where(), "/issues/1") {
		t.Fatalf("the mention leads to %s", b.where())
	}
	b.says("#notes", "@王复核 已读")
	if b.text("nav .badge") != "" {
		t.Error("the badge stays after reading")
	}
	press := func(want string) {
		t.Helper()
		eval[bool](b, fmt.Sprintf(`(document.documentElement.dataset.old = "1", [...document.querySelectorAll('form[action="/issues/1/status"]')].find(f => f.elements.to.value === %q).querySelector("button").click(), true)`, want))
		b.fresh()
		b.says(".issue-head", want)
	}
	press("已审定")
	press("已移送")
	b.says(".timeline", "已审定 → 已移送")
}

// Two analysts read blind, a third person settles, the result becomes
// decisions.
func TestJourneyTwoReaders(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	other, err := d.store.CreateAccount(t.Context(), 0, queries.NewAccount{Login: "zhou", Name: "周研判", Department: feedback.Prison, Role: queries.Analyst, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	g := d.suggested(t)[30] // a small one
	b := openBrowser(t, d.URL)
	b.signIn(queries.Reviewer)
	b.open("/groups/" + g.Key)
	b.submit(`#items a[href^="/readings/new"]`)
	b.says(".notice", g.Title)
	b.fill("select[name=first]", fmt.Sprint(d.account(t, queries.Analyst).ID))
	b.fill("select[name=second]", fmt.Sprint(other.ID))
	b.submit("form.form button.main")
	b.says("main", "谁也看不到对方的答案")
	if at := b.where(); at != "/readings/1" {
		t.Fatalf("at %s", at)
	}
	b.signOut()

	read := func(login string, first string) {
		t.Helper()
		b.open("/login")
		b.do(chromedp.SendKeys("#login", login), chromedp.SendKeys("#password", password))
		b.submit("main button")
		b.open("/desk")
		b.says("main", "待研读、待裁定")
		b.open("/readings/1")
		// Neither the machine's grouping nor the other's answers stand on the page, and the item's own page keeps its place to itself.
		item := eval[string](b, `document.querySelector("input[name=item]").value`)
		b.open("/items/" + item)
		b.says(".notice", "双人研读")
		if strings.Contains(b.text("main"), "所在问题") {
			t.Error("the item's page tells where it stands")
		}
		b.open("/readings/1")
		n := eval[int](b, `document.querySelectorAll(".places-row a").length`)
		for i := range n {
			key := "1"
			if i == 0 {
				key = first
			}
			b.leave(chromedp.KeyEvent(key))
		}
		b.submit(`form[action="/readings/1/done"] button`)
		b.says(".flash", "已交卷")
		b.signOut()
	}
	offered := len(choicesOf(t, d, 1))
	read("yanpan", "1")
	read("zhou", fmt.Sprint(offered+1)) // 不属于其中

	b.signIn(queries.Reviewer)
	b.open("/readings/1")
	b.says("main", "Cohen κ")
	if n := eval[int](b, `document.querySelectorAll(".differ").length`); n != 1 {
		t.Fatalf("%d differences", n)
	}
	if !eval[bool](b, `document.querySelector('form[action="/readings/1/apply"] button').disabled`) {
		t.Error("can be carried out with a difference open")
	}
	b.fill(".differ select[name=answer]", queries.AnswerNone)
	b.submit(`.differ form button`)
	b.says(".flash", "已裁定")
	b.submit(`form[action="/readings/1/apply"] button`)
	b.says(".flash", "已按研读结果作出")
	b.open("/decisions")
	b.says("main", "移出")
	b.open("/")
	b.says("main", "机器归属与人工判断")
}

func choicesOf(t *testing.T, d *desk, id int) []string {
	t.Helper()
	items, err := d.store.ReadingItems(t.Context(), id)
	if err != nil || len(items) == 0 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	return items[0].Offered
}

// A search is saved and shared; after a night the colleague sees what is new.
func TestJourneySavedSearchShowsWhatIsNew(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{RunID: "20260101T000000", Skip: 3})
	mate, err := d.store.CreateAccount(t.Context(), 0, queries.NewAccount{Login: "zhou", Name: "周研判", Department: people[queries.Analyst].department, Role: queries.Viewer, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, d.URL)
	b.signIn(queries.Analyst)
	b.open("/search?q=罚金")
	b.do(chromedp.Click(".save summary"))
	b.fill(".save input[name=name]", "罚金履行")
	b.do(chromedp.Click(".save input[name=shared]"))
	b.submit(".save button")
	b.says(".flash", "与本部门共享")
	before, err := d.store.SavedSearches(t.Context(), mate)
	if err != nil || len(before) != 1 {
		t.Fatalf("shared: %d, %v", len(before), err)
	}
	if err := corpustest.Publish(t.Context(), d.dir, corpustest.Options{RunID: "20260102T000000", Previous: "20260101T000000"}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); d.store.RunID() != "20260102T000000" && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
	}
	b.open("/desk")
	b.says(".saved", "罚金履行")
	b.says(".saved .new", "新 ")
	b.submit(".saved a")
	if !strings.Contains(b.where(), "after=20260101T000000") {
		t.Fatalf("at %s", b.where())
	}
	if n := eval[int](b, `document.querySelectorAll("td.text .new").length`); n == 0 {
		t.Error("no item is marked new")
	}
	b.open("/desk")
	if b.text(".saved .new") != "" {
		t.Error("still new after the visit")
	}
	b.open("/search")
	b.submit(".saved form button")
	b.says(".flash", "已删除")
}

// The administrator invites; the new person changes the password; a session is
// ended and the browser is out.
func TestJourneyInviteFirstSignInAndEndSession(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := openBrowser(t, d.URL)
	b.signIn(queries.Administrator)
	b.open("/accounts")
	b.fill(".card input[name=login]", "xinren")
	b.fill(".card input[name=name]", "钱新人")
	b.fill(".card select[name=role]", "研判")
	b.submit(".card button.main")
	first := strings.TrimSpace(b.text(".secret code"))
	if len(first) < 10 {
		t.Fatalf("first password %q", first)
	}
	b.signOut()
	b.do(chromedp.SendKeys("#login", "xinren"), chromedp.SendKeys("#password", first))
	b.submit("main button")
	if b.where() != "/password" {
		t.Fatalf("at %s", b.where())
	}
	b.do(chromedp.SendKeys("input[name=old]", first), chromedp.SendKeys("input[name=new]", "a wholly new phrase"), chromedp.SendKeys("input[name=again]", "a wholly new phrase"))
	b.submit("main button")
	b.open("/triage")
	b.says(".who summary", "钱新人")
	// Elsewhere the administrator ends this very session, and no other.
	var who queries.Account
	list, err := d.store.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Login == "xinren" {
			who = a
		}
	}
	admin := d.as(t, queries.Administrator)
	sessions, err := d.store.Sessions(t.Context(), who.ID)
	if err != nil || len(sessions) != 1 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	if _, body, _ := admin.get(t, fmt.Sprintf("/accounts/%d/sessions", who.ID)); !strings.Contains(body, sessions[0].ID) {
		t.Error("the session is not listed")
	}
	admin.post(t, fmt.Sprintf("/accounts/%d/sessions", who.ID), map[string][]string{"session": {sessions[0].ID}})
	b.do(chromedp.Navigate(b.base+"/triage"), chromedp.WaitReady("#login"))
	if status, _, _ := admin.get(t, "/accounts"); status != 200 {
		t.Errorf("the administrator was signed out too: %d", status)
	}
}

// What a night proposes is accepted or declined; several issues are given to
// one person at once.
func TestJourneyNightProposalsAndAssignment(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := openBrowser(t, d.URL)
	b.signIn(queries.Analyst)
	b.open("/night")
	n := eval[int](b, `document.querySelectorAll(".proposals li").length`)
	if n == 0 {
		t.Fatal("the fixtures' corpus proposes no merge")
	}
	b.submit(`.proposals form[action$="/apart"] button`)
	b.says(".flash", "夜间归并不再提议")
	if b.where() != "/night" {
		t.Fatalf("at %s", b.where())
	}
	if got := eval[int](b, `document.querySelectorAll(".proposals li").length`); got != n-1 {
		t.Errorf("%d proposals, had %d", got, n)
	}
	b.submit(".flash button")
	if got := eval[int](b, `document.querySelectorAll(".proposals li").length`); got != n {
		t.Errorf("%d proposals after the undo, had %d", got, n)
	}
	b.open("/triage")
	b.do(chromedp.Click("tbody tr:nth-child(1) .pick input"), chromedp.Click("tbody tr:nth-child(2) .pick input"))
	b.submit(`.bulk button[value=confirm]`)
	b.open("/issues")
	b.do(chromedp.Click("tbody tr:nth-child(1) .pick input"), chromedp.Click("tbody tr:nth-child(2) .pick input"))
	b.fill(".assign select", fmt.Sprint(d.account(t, queries.Analyst).ID))
	b.fill(".assign input[name=due]", "2020-01-02")
	b.submit(`.assign button`)
	b.says(".flash", "已分办 2 个问题")
	b.open("/desk")
	b.says(".counts.desk .late", "2")
	b.says("main", "逾期")
}
