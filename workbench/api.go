package workbench

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tongtang/queries"
)

// The interface for programs: read-only, under /api/v1, with a bearer token
// (RFC 6750) that the administrator made for one drafting team. It answers
// JSON, errors as problem details (RFC 9457), pages by a cursor with a Link
// header (RFC 8288), and a strong ETag (RFC 9110). What it is stands in
// openapi.json; a test holds that document against these routes and against
// the answers. Texts are masked, units are never told, and what a token reads
// is noted before the answer leaves (see Store.UseToken).

//go:embed openapi.json
var openAPI []byte

const apiRoot = "/api/v1"

// apiRoute is one thing a program may read.
type apiRoute struct {
	Path   string // below apiRoot
	Scope  string // "" for what needs no token
	Params []string
	Handle func(*apiRequest) (any, error)
}

var paging = []string{"cursor", "limit"}

// apiRoutes is the whole interface.
var apiRoutes = []apiRoute{
	{"/issues", "issues", append([]string{"status", "outcome", "topic", "department", "training", "direction", "changed_since"}, paging...), apiIssues},
	{"/issues/:no", "issues", nil, apiIssueOne},
	{"/issues/:no/items", "items", paging, apiItems},
	{"/candidates", "candidates", append([]string{"issue", "direction", "status"}, paging...), apiCandidates},
	{"/candidates/:id", "candidates", nil, apiCandidateOne},
	{"/reports", "reports", append([]string{"issue"}, paging...), apiReports},
	{"/reports/:sha256", "reports", nil, apiReportOne},
	{"/reports/:sha256/package", "reports", nil, apiPackage},
	{"/trainings", "trainings", paging, apiTrainings},
	{"/trainings/:id", "trainings", nil, apiTrainingOne},
	{"/openapi.json", "", nil, apiDocument},
}

// APIRoutes lists the interface's addresses as the document writes them, with
// their scopes and parameters, for the test that holds the two together.
func APIRoutes() (out [][]string) {
	for _, r := range apiRoutes {
		var parts []string
		for _, p := range strings.Split(r.Path, "/") {
			if name, ok := strings.CutPrefix(p, ":"); ok {
				p = "{" + name + "}"
			}
			parts = append(parts, p)
		}
		out = append(out, append([]string{strings.Join(parts, "/"), r.Scope}, r.Params...))
	}
	return out
}

// apiRequest is one request of a program.
type apiRequest struct {
	w     *Workbench
	c     *gin.Context
	token queries.Token
	what  string // is read, for the log: issues, issue:12 ...
	next  string // the next page's cursor
}

func (rq *apiRequest) query(name string) string { return strings.TrimSpace(rq.c.Query(name)) }

// raw is an answer that is no JSON of ours.
type raw struct {
	contentType string
	name        string // of the file, empty for none
	body        []byte
}

// problem is an error as a program reads it.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	DetailEn string `json:"detail_en"`
	Instance string `json:"instance"`
	ID       string `json:"id,omitempty"` // to quote, for errors of ours
}

func (w *Workbench) apiFail(c *gin.Context, status int, zh, en, id string) {
	kind := "about:blank"
	p := problem{kind, http.StatusText(status), status, zh, en, c.Request.URL.Path, id}
	body, _ := json.Marshal(p)
	c.Header("Cache-Control", "no-store")
	c.Data(status, "application/problem+json", body)
}

// apiError turns an error into problem details.
func (w *Workbench) apiError(c *gin.Context, err error) {
	var r *queries.Refusal
	switch {
	case errors.As(err, &r):
		status := statusOf(r.Kind)
		if status == http.StatusUnprocessableEntity {
			status = http.StatusBadRequest
		}
		w.apiFail(c, status, r.Zh, r.En, "")
	case c.Request.Context().Err() != nil:
		w.apiFail(c, http.StatusServiceUnavailable, "系统繁忙，请稍后再试。", "Busy; try again later.", "")
	default:
		id := errorID()
		w.log.Error("interface request failed", "id", id, "path", c.Request.URL.Path, "error", err)
		w.apiFail(c, http.StatusInternalServerError, "系统内部错误，请把编号告诉管理员。", "Internal error; tell the administrator the id.", id)
	}
}

// isAPI says whether an address is the interface's, so that its errors are not
// pages.
func isAPI(path string) bool { return path == apiRoot || strings.HasPrefix(path, apiRoot+"/") }

// apiUnauthorized asks for a token, or for another one.
func (w *Workbench) apiUnauthorized(c *gin.Context, zh, en string, sent bool) {
	challenge := `Bearer realm="tongtang"`
	if sent {
		challenge += `, error="invalid_token"`
	}
	c.Header("WWW-Authenticate", challenge)
	w.apiFail(c, http.StatusUnauthorized, zh, en, "")
}

// serveAPI finds out which token asks and what it may read, answers, and notes
// what was read before the answer leaves.
func (w *Workbench) serveAPI(r apiRoute) gin.HandlerFunc {
	return func(c *gin.Context) {
		rq := &apiRequest{w: w, c: c, what: "none"}
		if r.Scope != "" && !w.admit(rq, r) {
			return
		}
		for name := range c.Request.URL.Query() {
			if !slices.Contains(r.Params, name) {
				w.apiError(c, &queries.Refusal{Zh: "没有参数“" + name + "”。", En: "There is no parameter " + strconv.Quote(name) + "."})
				return
			}
		}
		answer, err := r.Handle(rq)
		if err != nil {
			rq.what = "none"
		}
		if r.Scope != "" {
			if noting := w.store.UseToken(c.Request.Context(), rq.token.ID, rq.what, c.ClientIP()); noting != nil {
				w.apiError(c, noting) // nothing leaves that is not noted
				return
			}
		}
		if err != nil {
			w.apiError(c, err)
			return
		}
		rq.send(answer)
	}
}

// admit checks the token, its rate and its scope; it answers itself when it
// refuses.
func (w *Workbench) admit(rq *apiRequest, r apiRoute) bool {
	c, now := rq.c, time.Now()
	kind, secret, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		w.apiUnauthorized(c, "请在 Authorization 头中给出令牌：Bearer tt_…。令牌由管理员发放。", "Give a token in the Authorization header: Bearer tt_… The administrator makes tokens.", false)
		return false
	}
	token, ok, err := w.store.TokenOf(c.Request.Context(), strings.TrimSpace(secret))
	switch {
	case err != nil:
		w.apiError(c, err)
		return false
	case !ok:
		// Guessing is slow: the door's limit for sign-in counts here too.
		if !w.limiter.allow(c.ClientIP(), now) {
			c.Header("Retry-After", "60")
			w.apiFail(c, http.StatusTooManyRequests, "无效令牌尝试过于频繁，请一分钟后再试。", "Too many tries with tokens that are none; wait a minute.", "")
			return false
		}
		w.log.Warn("interface: no such token", "address", c.ClientIP(), "path", c.Request.URL.Path)
		w.apiUnauthorized(c, "令牌无效。", "There is no such token.", true)
		return false
	}
	rq.token = token
	if allowed, wait := w.tokens.take(strconv.Itoa(token.ID), float64(token.PerMinute), float64(token.PerMinute)/60, now); !allowed {
		c.Header("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		w.apiFail(c, http.StatusTooManyRequests, fmt.Sprintf("该令牌每分钟最多 %d 次请求，请稍后再试。", token.PerMinute), fmt.Sprintf("This token has %d requests a minute; wait.", token.PerMinute), "")
		return false
	}
	refused := ""
	if state := token.State(w.store.Now()); state != "有效" {
		refused = "refused:" + map[string]string{"已作废": "revoked", "已过期": "expired"}[state]
		defer w.apiUnauthorized(c, "令牌"+state+"。", "The token has expired or was revoked.", true)
	} else if !token.May(r.Scope) {
		refused = "refused:scope:" + r.Scope
		defer func() {
			c.Header("WWW-Authenticate", `Bearer realm="tongtang", error="insufficient_scope", scope="`+r.Scope+`"`)
			w.apiFail(c, http.StatusForbidden, "该令牌的读取范围不含 "+r.Scope+"。", "This token's scopes lack "+r.Scope+".", "")
		}()
	}
	if refused == "" {
		return true
	}
	if err := w.store.UseToken(c.Request.Context(), token.ID, refused, c.ClientIP()); err != nil {
		w.log.Error("interface: refusal not noted", "error", err)
	}
	return false
}

// send writes an answer with its strong ETag, or 304 when the program has it.
func (rq *apiRequest) send(answer any) {
	c := rq.c
	out, ok := answer.(raw)
	if !ok {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(answer); err != nil {
			rq.w.apiError(c, err)
			return
		}
		out = raw{contentType: "application/json", body: b.Bytes()}
	}
	sum := sha256.Sum256(out.body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	c.Header("Vary", "Authorization")
	if rq.next != "" {
		u := url.URL{Path: c.Request.URL.Path}
		q := c.Request.URL.Query()
		q.Set("cursor", rq.next)
		u.RawQuery = q.Encode()
		c.Header("Link", "<"+u.String()+`>; rel="next"`)
	}
	if matches(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return
	}
	if out.name != "" {
		c.Header("Content-Disposition", `attachment; filename="`+out.name+`"`)
	}
	c.Data(http.StatusOK, out.contentType, out.body)
}

// matches compares an If-None-Match with our tag, weakly, as RFC 9110 asks.
func matches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for _, t := range strings.Split(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			return true
		}
	}
	return false
}

const (
	apiPage     = 50
	apiPageMost = 200
)

// page reads where a page begins and how long it is. A cursor says after which
// key; it means nothing to anyone but us.
func (rq *apiRequest) page() (after string, limit int, err error) {
	limit = apiPage
	if s := rq.query("limit"); s != "" {
		if limit, err = strconv.Atoi(s); err != nil || limit < 1 || limit > apiPageMost {
			return "", 0, &queries.Refusal{Zh: fmt.Sprintf("limit 须为 1 至 %d。", apiPageMost), En: fmt.Sprintf("limit is 1 to %d.", apiPageMost)}
		}
	}
	if s := rq.query("cursor"); s != "" {
		body, err := base64.RawURLEncoding.DecodeString(s)
		key, ok := strings.CutPrefix(string(body), "1:")
		if err != nil || !ok {
			return "", 0, &queries.Refusal{Zh: "cursor 无效：请用上一页给出的 next。", En: "No such cursor: use the next of the page before."}
		}
		after = key
	}
	return after, limit, nil
}

// number is page for lists that are ordered by number.
func (rq *apiRequest) pageAfter() (after, limit int, err error) {
	key, limit, err := rq.page()
	if err == nil && key != "" {
		if after, err = strconv.Atoi(key); err != nil {
			err = &queries.Refusal{Zh: "cursor 无效：请用上一页给出的 next。", En: "No such cursor: use the next of the page before."}
		}
	}
	return after, limit, err
}

// apiList is one page of a list.
type apiList[T any] struct {
	Data []T     `json:"data"`
	Next *string `json:"next"` // cursor of the next page, null on the last
}

// paged cuts a list that was read one longer than the page, and leads on by
// the key of the page's last.
func paged[T any](rq *apiRequest, list []T, limit int, key func(T) string) apiList[T] {
	out := apiList[T]{Data: list}
	if len(list) > limit {
		out.Data = list[:limit]
		rq.next = base64.RawURLEncoding.EncodeToString([]byte("1:" + key(out.Data[limit-1])))
		out.Next = &rq.next
	}
	if out.Data == nil {
		out.Data = []T{}
	}
	return out
}

func apiDocument(*apiRequest) (any, error) {
	return raw{contentType: "application/json", body: openAPI}, nil
}
