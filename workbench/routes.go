package workbench

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"tongtang/queries"
)

// access names who may use a route.
type access struct {
	name   string
	public bool
	roles  []queries.Role
}

func (a access) allows(role queries.Role) bool { return a.public || slices.Contains(a.roles, role) }

// The accesses. A role's rights are the routes whose access names it.
var (
	open     = access{name: "open", public: true}
	read     = access{name: "read", roles: queries.Roles}
	decide   = access{name: "decide", roles: []queries.Role{queries.Analyst, queries.Reviewer}}
	review   = access{name: "review", roles: []queries.Role{queries.Reviewer}}
	takeOut  = access{name: "export", roles: []queries.Role{queries.Analyst, queries.Reviewer, queries.Administrator}}
	organise = access{name: "organise", roles: []queries.Role{queries.Organiser, queries.Administrator}}
	see      = access{name: "log", roles: []queries.Role{queries.Analyst, queries.Reviewer, queries.Administrator}}
	unmask   = access{name: "original", roles: []queries.Role{queries.Reviewer, queries.Administrator}}
	speak    = access{name: "speak", roles: queries.Roles} // for one's own department
	receipt  = access{name: "receipt", roles: []queries.Role{queries.Organiser, queries.Reviewer, queries.Administrator}}
	settle   = access{name: "settle", roles: []queries.Role{queries.Organiser, queries.Analyst, queries.Reviewer, queries.Administrator}}
	manage   = access{name: "administer", roles: []queries.Role{queries.Administrator}}
)

var accesses = []access{open, read, decide, review, takeOut, organise, see, unmask, speak, receipt, settle, manage}

type route struct {
	Method string
	Path   string
	Access access
	Handle func(*request) error
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is every page and every action, with who may use it.
var routes = []route{
	{get, "/login", open, loginForm},
	{post, "/login", open, login},
	{post, "/logout", open, logout},
	{post, "/lang", open, setLanguage},
	{get, "/healthz", open, health},
	{get, "/password", read, passwordForm},
	{post, "/password", read, changePassword},

	{get, "/", read, overview},
	{get, "/desk", read, myDesk},
	{get, "/triage", read, triageList},
	{get, "/issues", read, issueList},
	{get, "/issues/:no", read, issuePage},
	{get, "/groups/:key", read, groupPage},
	{get, "/groups/:key/next", read, nextInQueue},
	{get, "/groups/:key/merge", decide, mergePreview},
	{get, "/items/:id", read, itemPage},
	{get, "/search", read, searchPage},
	{get, "/voices", read, voicesPage},
	{get, "/night", read, nightPage},
	{get, "/night/run", read, nightRunPage},
	{post, "/night/run", manage, startNight},

	{post, "/groups/:key/confirm", decide, confirm},
	{post, "/groups/:key/dismiss", decide, dismiss},
	{post, "/groups/:key/restore", decide, restore},
	{post, "/groups/:key/attach", decide, attach},
	{post, "/groups/:key/items", decide, detachOrSplit},
	{post, "/groups/:key/merge", decide, merge},
	{post, "/groups/:key/apart", decide, apart},
	{post, "/groups/:key/proposal", decide, answerProposal},
	{post, "/groups/:key/lock", decide, lock},
	{post, "/groups/:key/withdraw", decide, withdraw},
	{post, "/bulk", decide, bulk},
	{post, "/decisions/:seq/undo", decide, undo},

	{post, "/issues/:no/edit", decide, editIssue},
	{post, "/issues/:no/status", decide, setStatus},
	{get, "/issues/:no/candidates/new", decide, newCandidate},
	{post, "/issues/:no/tag", decide, propose},
	{post, "/issues/:no/score", decide, setScore},
	{post, "/issues/:no/note", decide, addNote},
	{post, "/issues/:no/assign", decide, assign},

	{get, "/readings", decide, readingsPage},
	{get, "/readings/new", decide, newReading},
	{post, "/readings", decide, openReading},
	{get, "/readings/:id", decide, readingPage},
	{post, "/readings/:id", decide, answerReading},
	{post, "/readings/:id/done", decide, handIn},
	{post, "/readings/:id/settle", decide, settleReading},
	{post, "/readings/:id/apply", decide, applyReading},
	{get, "/readings/:id/answers.csv", decide, readingSheet},

	{get, "/searches/:id", read, openSaved},
	{post, "/searches", read, saveSearch},
	{post, "/searches/:id/forget", read, forgetSearch},
	{post, "/mentions/read", read, readMentions},

	{get, "/board", read, boardPage},
	{get, "/candidates/:id", read, candidatePage},
	{get, "/candidates/:id/form", decide, candidateForm},
	{post, "/candidates/:id/form", decide, fillIn},
	{post, "/candidates/:id/step", decide, takeStep},
	{post, "/candidates/:id/due", decide, setDue},
	{post, "/candidates/:id/voice", speak, giveVoice},
	{post, "/candidates/:id/reveal", decide, reveal},
	{get, "/candidates/:id/evidence/:sha256", takeOut, evidenceFile},

	{get, "/outcomes", read, outcomesPage},
	{get, "/outcomes/:training", read, outcomePage},
	{get, "/outcomes/:training/report", takeOut, outcomeReport},
	{get, "/outcomes/:training/receipts", receipt, receiptsPage},
	{get, "/outcomes/:training/receipts.xlsx", receipt, receiptsSheet},

	{get, "/templates", manage, templatesPage},
	{post, "/templates", manage, putTemplate},
	{post, "/templates/thresholds", manage, setThresholds},
	{post, "/templates/remove", manage, removeTemplate},
	{get, "/templates/file", manage, templateFile},

	{get, "/export", takeOut, exportReport},

	{get, "/import", organise, importPage},
	{post, "/import", organise, upload},
	{get, "/import/:sha256", organise, importFile},
	{get, "/import/:sha256/report", organise, importReport},
	{post, "/import/:sha256/mapping", organise, chooseMapping},
	{post, "/import/:sha256/training", organise, chooseTraining},
	{post, "/import/:sha256/encoding", organise, chooseEncoding},
	{post, "/import/:sha256/reread", organise, rereadFile},

	{get, "/items/:id/original", unmask, originalForm},
	{post, "/items/:id/original", unmask, showOriginal},

	{get, "/trainings", read, trainingsPage},
	{post, "/trainings", organise, saveTraining},
	{get, "/trainings/new", organise, trainingForm},
	{get, "/trainings/:id", read, trainingPage},
	{get, "/trainings/:id/edit", organise, trainingForm},
	{get, "/trainings/:id/report", settle, trainingReport},
	{post, "/trainings/swap", organise, swapTurn},
	{post, "/trainings/order", organise, setOrder},
	{get, "/trainings/pool", read, poolPage},
	{get, "/trainings/pool/entry", organise, poolForm},
	{post, "/trainings/pool/entry", organise, savePool},
	{get, "/trainings/agenda", read, agendaPage},
	{post, "/trainings/agenda", organise, openConsultation},
	{get, "/trainings/agenda/:no", read, consultationPage},
	{post, "/trainings/agenda/:no", organise, saveConsultation},
	{post, "/trainings/agenda/:no/views", settle, sayViews},
	{get, "/trainings/agenda/:no/minutes", settle, minutes},
	{get, "/trainings/export", settle, exportRegisters},
	{post, "/trainings/import", organise, importRegisters},

	{get, "/interface", read, interfaceDocs},
	{get, "/tokens", manage, tokensPage},
	{post, "/tokens", manage, createToken},
	{get, "/tokens/:id", manage, tokenPage},
	{post, "/tokens/:id/revoke", manage, revokeToken},

	{get, "/decisions", see, decisionLog},
	{get, "/dictionary", manage, dictionaryPage},
	{post, "/dictionary/add", manage, addWord},
	{post, "/dictionary/remove", manage, removeWord},
	{get, "/audit", manage, auditPage},
	{get, "/accounts", manage, accountsPage},
	{post, "/accounts", manage, createAccount},
	{post, "/accounts/:id/change", manage, changeAccount},
	{post, "/accounts/:id/reset", manage, resetAccount},
	{post, "/accounts/:id/unlock", manage, unlockAccount},
	{post, "/accounts/:id/signout", manage, signOutAccount},
	{get, "/accounts/:id/sessions", manage, sessionsPage},
	{post, "/accounts/:id/sessions", manage, endSession},
}

// rights tells templates what the person may do, by access name.
func (rq *request) rights() map[string]bool {
	m := map[string]bool{}
	for _, a := range accesses {
		m[a.name] = rq.may(a)
	}
	return maps.Clone(m)
}

// handle finds out who asks, refuses those who may not, and runs the handler.
func (w *Workbench) handle(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		rq := &request{w: w, c: c, Lang: "zh"}
		if cookie, err := c.Request.Cookie("lang"); err == nil && cookie.Value == "en" {
			rq.Lang = "en"
		}
		if err := w.identify(rq); err != nil {
			w.fail(rq, err)
			return
		}
		if !r.Access.public && rq.Me.ID == 0 {
			to := "/login"
			if c.Request.Method == http.MethodGet && rq.path() != "/" {
				to += "?" + url.Values{"next": {rq.path()}}.Encode()
			}
			c.Redirect(http.StatusSeeOther, to)
			return
		}
		if rq.Me.MustChange && !r.Access.public && r.Path != "/password" {
			c.Redirect(http.StatusSeeOther, "/password")
			return
		}
		if !rq.may(r.Access) {
			w.fail(rq, &queries.Refusal{Kind: queries.Forbidden, Zh: "您的角色（" + string(rq.Me.Role) + "）不能使用此功能。", En: "Your role may not do this."})
			return
		}
		if c.Request.Method == http.MethodPost {
			// A form too large or malformed must not look like an empty one.
			if err := parseForm(c.Request); err != nil {
				w.fail(rq, err)
				return
			}
		}
		if err := r.Handle(rq); err != nil {
			w.fail(rq, err)
		}
	}
}

func parseForm(r *http.Request) error {
	if r.URL.Path == "/import" || r.URL.Path == "/templates" {
		return nil // streamed by its handler
	}
	return r.ParseForm()
}

// identify reads the account of the session, as it is now: a role taken away
// or an account closed counts from the next request.
func (w *Workbench) identify(rq *request) error {
	id := w.sessions.GetInt(rq.ctx(), keyAccount)
	if id == 0 {
		return nil
	}
	a, err := w.store.Account(rq.ctx(), id)
	if isRefusal(err) || (err == nil && !a.Active) {
		return w.sessions.Destroy(rq.ctx())
	}
	if err == nil {
		rq.Me = a
	}
	return err
}
