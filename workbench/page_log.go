package workbench

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

const logRows = 100

// DecisionsPage is the decision log.
type DecisionsPage struct {
	List  []queries.DecisionEntry
	Pages pager
	Kinds []string
	Kind  string
	Mine  bool
	Me    int
	Path  string
}

// Word names a decision's kind.
func (p *DecisionsPage) Word(kind string) string { return decisionWords[kind] }

func decisionLog(rq *request) error {
	asked := rq.c.Request.URL.Query()
	page := max(1, rq.number(asked.Get("page")))
	f := queries.DecisionFilter{Kind: rq.query("kind"), Limit: logRows, Offset: (page - 1) * logRows}
	if rq.query("who") == "me" {
		f.AccountID = rq.Me.ID
	}
	list, n, err := rq.w.store.Decisions(rq.ctx(), f)
	if err != nil {
		return err
	}
	p := DecisionsPage{List: list, Pages: newPager("/decisions", asked, page, logRows, n), Kind: f.Kind, Mine: f.AccountID != 0, Me: rq.Me.ID, Path: rq.path()}
	for k := range decisionWords {
		p.Kinds = append(p.Kinds, k)
	}
	slices.Sort(p.Kinds)
	return rq.show(http.StatusOK, "decisions", "决定记录", p)
}

// AuditPage is the audit log.
type AuditPage struct {
	List     []queries.AuditEntry
	Pages    pager
	Actions  []string
	Accounts []queries.Account
	Filter   queries.AuditFilter
	From, To string // days, as typed
	Export   string // address of the csv with the same filter
	Checked  bool
	Problems []string
	Lines    int
}

func auditPage(rq *request) error {
	asked := rq.c.Request.URL.Query()
	page := max(1, rq.number(asked.Get("page")))
	f := queries.AuditFilter{AccountID: rq.number(rq.query("account")), Action: rq.query("action"), Subject: rq.query("subject"), Limit: logRows, Offset: (page - 1) * logRows}
	from, to := rq.dayAsked("from"), rq.dayAsked("to")
	f.Since = from
	if !to.IsZero() {
		f.Until = to.AddDate(0, 0, 1)
	}
	if rq.query("format") == "csv" {
		return rq.auditCSV(f)
	}
	p := AuditPage{Filter: f, From: day(from), To: day(to), Export: with("/audit", asked, "format", "csv")}
	var n int
	var err error
	if p.List, n, err = rq.w.store.Audit(rq.ctx(), f); err != nil {
		return err
	}
	if p.Actions, err = rq.w.store.AuditActions(rq.ctx()); err != nil {
		return err
	}
	if p.Accounts, err = rq.w.store.Accounts(rq.ctx()); err != nil {
		return err
	}
	if rq.query("verify") == "1" {
		p.Checked = true
		if p.Problems, p.Lines, err = rq.w.store.VerifyAudit(rq.ctx()); err != nil {
			return err
		}
	}
	p.Pages = newPager("/audit", asked, page, logRows, n)
	return rq.show(http.StatusOK, "audit", "操作日志", p)
}

// dayAsked is a parameter of the address that names a day, as its first moment here;
// zero when it names none.
func (rq *request) dayAsked(name string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, rq.query(name), rq.w.opts.Location)
	if err != nil {
		return time.Time{}
	}
	return t
}

// actionWords names what the audit log records, by its code or the code's
// first part. Codes are stored and exported; words are for the page.
var actionWords = map[string]string{
	"session.open": "登录", "session.close": "退出登录", "session.refused": "登录被拒", "session.end": "结束其登录",
	"account.create": "新建账号", "account.change": "修改账号", "account.password": "修改密码", "account.reset": "重设密码", "account.unlock": "解锁",
	"night.start": "启动夜间归并", "night.end": "夜间归并结束", "review.recovered": "研判数据由副本恢复", "original.look": "查看原文",
	"import": "导入", "export": "导出", "decision": "决定", "issue": "修改问题", "candidate": "转化建议", "template": "文书模板", "backup": "备份",
	"candidate.evidence": "固定证据包", "export.evidence": "下载证据包", "token.create": "发放接口令牌", "token.revoke": "撤销接口令牌",
	"training.create": "登记培训", "training.change": "修改培训", "teacher.create": "登记师资", "teacher.change": "修改师资",
	"course.create": "登记课程", "course.change": "修改课程", "consultation": "会商", "reading": "双人研读", "outcome": "共性标准", "search": "检索",
	"api.open": "接口开始读取", "api.read": "接口读取汇总",
}

// actionWord names an audited action in Chinese; a code without a word stands
// for itself.
func actionWord(action string) string {
	if w, ok := actionWords[action]; ok {
		return w
	}
	part, rest, _ := strings.Cut(action, ".")
	switch {
	case part == "decision" && decisionWords[rest] != "":
		return decisionWords[rest]
	case part == "issue" && fieldWords[rest] != "":
		return fieldWords[rest]
	case part == "export":
		return actionWords[part] + " " + rest
	}
	if w, ok := actionWords[part]; ok {
		return w
	}
	return action
}

// AccountsPage is the list of accounts and the form for a new one.
type AccountsPage struct {
	Accounts []queries.Account
	Roles    []queries.Role
	Depts    []feedback.Department
	New      queries.NewAccount
	Problem  string
	Shown    string // a new password, shown once
	ShownFor string
	Me       int
}

func accountsPage(rq *request) error { return rq.accounts(http.StatusOK, AccountsPage{}) }

func (rq *request) accounts(status int, p AccountsPage) error {
	list, err := rq.w.store.Accounts(rq.ctx())
	if err != nil {
		return err
	}
	p.Accounts, p.Roles, p.Depts, p.Me = list, queries.Roles, append(slices.Clone(feedback.Departments), feedback.OtherDept), rq.Me.ID
	return rq.show(status, "accounts", "账号", p)
}

func createAccount(rq *request) error {
	n := queries.NewAccount{
		Login: rq.form("login"), Name: rq.form("name"), Department: feedback.Department(rq.form("department")), Role: queries.Role(rq.form("role")),
		Password: queries.RandomPassword(), MustChange: true,
	}
	a, err := rq.w.store.CreateAccount(rq.ctx(), rq.Me.ID, n)
	if isRefusal(err) {
		return rq.accounts(http.StatusUnprocessableEntity, AccountsPage{New: n, Problem: rq.say(err)})
	}
	if err != nil {
		return err
	}
	// Shown in answer to the POST, not after a redirect: a password never
	// stands in an address, a cookie or a store.
	return rq.accounts(http.StatusOK, AccountsPage{Shown: n.Password, ShownFor: a.Login})
}

func (rq *request) accountID() int { return rq.number(rq.c.Param("id")) }

func changeAccount(rq *request) error {
	err := rq.w.store.ChangeAccount(rq.ctx(), rq.Me.ID, rq.accountID(), rq.form("name"), feedback.Department(rq.form("department")), queries.Role(rq.form("role")), rq.form("active") == "1")
	if err != nil {
		return err
	}
	rq.flash(rq.t("账号已保存。"), 0)
	return rq.redirect("/accounts")
}

func resetAccount(rq *request) error {
	a, err := rq.w.store.Account(rq.ctx(), rq.accountID())
	if err != nil {
		return err
	}
	password, err := rq.w.store.ResetPassword(rq.ctx(), rq.Me.ID, a.Login)
	if err != nil {
		return err
	}
	return rq.accounts(http.StatusOK, AccountsPage{Shown: password, ShownFor: a.Login})
}

func unlockAccount(rq *request) error {
	if err := rq.w.store.Unlock(rq.ctx(), rq.Me.ID, rq.accountID()); err != nil {
		return err
	}
	rq.flash(rq.t("已解锁。"), 0)
	return rq.redirect("/accounts")
}

func signOutAccount(rq *request) error {
	if err := rq.w.store.EndSessions(rq.ctx(), rq.Me.ID, rq.accountID()); err != nil {
		return err
	}
	rq.flash(rq.t("已退出该账号的全部登录。"), 0)
	return rq.redirect("/accounts")
}

// SessionsPage lists where one account is signed in.
type SessionsPage struct {
	Account  queries.Account
	Sessions []queries.Session
}

func sessionsPage(rq *request) error {
	a, err := rq.w.store.Account(rq.ctx(), rq.accountID())
	if err != nil {
		return err
	}
	p := SessionsPage{Account: a}
	if p.Sessions, err = rq.w.store.Sessions(rq.ctx(), a.ID); err != nil {
		return err
	}
	return rq.show(http.StatusOK, "sessions", "登录情况", p)
}

func endSession(rq *request) error {
	if err := rq.w.store.EndSession(rq.ctx(), rq.Me.ID, rq.accountID(), rq.form("session")); err != nil {
		return err
	}
	rq.flash(rq.t("已结束这次登录。"), 0)
	return rq.redirect("/accounts/" + strconv.Itoa(rq.accountID()) + "/sessions")
}

func (rq *request) auditCSV(f queries.AuditFilter) error {
	f.Limit, f.Offset = 100_000, 0
	list, _, err := rq.w.store.Audit(rq.ctx(), f)
	if err != nil {
		return err
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "export.audit", "audit", map[string]any{"lines": len(list)}); err != nil {
		return err
	}
	rows := [][]string{{"seq", "time", "account", "name", "action", "subject", "detail", "previous", "hash"}}
	for _, e := range list {
		rows = append(rows, []string{
			strconv.FormatInt(e.Seq, 10), e.HappenedAt.Format("2006-01-02T15:04:05.000000Z"), strconv.Itoa(e.AccountID), e.Name,
			e.Action, e.Subject, e.Detail, e.Previous, e.Hash,
		})
	}
	return rq.csv("audit.csv", rows)
}
