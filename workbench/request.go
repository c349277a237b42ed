package workbench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tongtang/queries"
)

// request is one request on its way to a page.
type request struct {
	w    *Workbench
	c    *gin.Context
	Me   queries.Account // zero before sign-in
	Lang string          // zh, en
}

func (rq *request) ctx() context.Context { return rq.c.Request.Context() }

// form is a trimmed field of the posted form.
func (rq *request) form(name string) string { return strings.TrimSpace(rq.c.PostForm(name)) }

// query is a trimmed parameter of the address.
func (rq *request) query(name string) string { return strings.TrimSpace(rq.c.Query(name)) }

func (rq *request) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// path is the address of this page, for forms that lead back to it.
func (rq *request) path() string {
	u := url.URL{Path: rq.c.Request.URL.Path, RawQuery: rq.c.Request.URL.RawQuery}
	return u.String()
}

func (rq *request) redirect(path string) error {
	rq.c.Redirect(http.StatusSeeOther, path)
	return nil
}

// localPath is path if it leads to a page of ours, else fallback. It guards
// every redirect whose target came with the request.
func localPath(path, fallback string) string {
	if len(path) > 2000 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return fallback
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return fallback
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery, Fragment: u.Fragment}).String()
}

// since is the person's visit before this one; what is later is marked new.
func (rq *request) since() time.Time {
	s := rq.w.sessions.GetInt64(rq.ctx(), keySince)
	if s <= 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// Flash is a sentence shown once after a redirect.
type Flash struct {
	Text string `json:"t"`
	Undo int64  `json:"u"` // decision that a button beside it takes back, 0 for none
}

func (rq *request) flash(text string, undo int64) {
	body, _ := json.Marshal(Flash{Text: text, Undo: undo})
	http.SetCookie(rq.c.Writer, &http.Cookie{
		Name: "flash", Value: base64.RawURLEncoding.EncodeToString(body), Path: "/", MaxAge: 60, HttpOnly: true,
		Secure: rq.w.opts.Secure, SameSite: http.SameSiteStrictMode,
	})
}

func (rq *request) takeFlash() *Flash {
	cookie, err := rq.c.Request.Cookie("flash")
	if err != nil {
		return nil
	}
	http.SetCookie(rq.c.Writer, &http.Cookie{Name: "flash", Path: "/", MaxAge: -1, HttpOnly: true, Secure: rq.w.opts.Secure, SameSite: http.SameSiteStrictMode})
	body, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil
	}
	var f Flash
	if json.Unmarshal(body, &f) != nil {
		return nil
	}
	return &f
}

// may says whether the person's role is in access.
func (rq *request) may(a access) bool { return a.allows(rq.Me.Role) }

// say is an error's sentence in the person's language.
func (rq *request) say(err error) string {
	var r *queries.Refusal
	if errors.As(err, &r) {
		if rq.Lang == "en" {
			return r.En
		}
		return r.Zh
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func isRefusal(err error) bool {
	var r *queries.Refusal
	return errors.As(err, &r)
}

// statusOf is the one place where kinds of refusal meet status codes.
func statusOf(kind queries.RefusalKind) int {
	switch kind {
	case queries.NotFound:
		return http.StatusNotFound
	case queries.Forbidden:
		return http.StatusForbidden
	case queries.Conflict:
		return http.StatusConflict
	case queries.Busy:
		return http.StatusServiceUnavailable
	default:
		return http.StatusUnprocessableEntity
	}
}

// ErrorPage is any error as a person sees it.
type ErrorPage struct {
	Heading string
	Text    string
	ID      string // to quote, for errors of ours
	Back    string
	Changes []queries.Revision // what others changed, for a version conflict
	Kept    []KeptField        // what the person had written
	Again   string             // where it can be sent again, against the version now
	Version int
}

// KeptField is a text of the person's that could not be saved.
type KeptField struct{ Name, Text string }

// fail turns an error into a page.
func (w *Workbench) fail(rq *request, err error) {
	var refusal *queries.Refusal
	var conflict *queries.VersionConflict
	var tooBig *http.MaxBytesError
	p := ErrorPage{Back: localPath(refererPath(rq.c.Request), "/")}
	status := http.StatusInternalServerError
	switch {
	case errors.As(err, &refusal):
		status = statusOf(refusal.Kind)
		p.Heading, p.Text = map[queries.RefusalKind]string{
			queries.NotFound: "没有找到", queries.Forbidden: "没有权限", queries.Conflict: "已有变化", queries.Busy: "暂时不能办理",
		}[refusal.Kind], rq.say(refusal)
		if p.Heading == "" {
			p.Heading = "不能这样办理"
		}
	case errors.As(err, &conflict):
		status = http.StatusConflict
		p.Heading, p.Text, p.Changes = "已有他人修改", rq.t("您填写期间，第%d号已被他人修改。您写的内容保留在下面，请核对后重新提交。", conflict.IssueNo), conflict.Changes
		for _, name := range []string{"title", "statement", "reason", "text"} {
			if v := rq.form(name); v != "" {
				p.Kept = append(p.Kept, KeptField{name, v})
			}
		}
		if strings.HasSuffix(rq.c.Request.URL.Path, "/edit") && len(p.Kept) > 0 {
			p.Again, p.Version = rq.c.Request.URL.Path, conflict.Now
		}
	case errors.As(err, &tooBig):
		status = http.StatusRequestEntityTooLarge
		p.Heading, p.Text = "内容过大", rq.t("提交的内容超过允许的大小，没有保存。")
	case errors.Is(err, context.Canceled) && rq.c.Request.Context().Err() != nil:
		return // the person has gone
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
		p.Heading, p.Text = "办理超时", rq.t("系统繁忙，请稍后再试。")
	default:
		p.ID = errorID()
		w.log.Error("request failed", "id", p.ID, "method", rq.c.Request.Method, "path", rq.c.Request.URL.Path, "account", rq.Me.Login, "error", err)
		p.Heading, p.Text = "系统内部错误", rq.t("请把编号告诉管理员。您刚才的操作可能没有保存，请核对。")
	}
	if err := rq.show(status, "error", p.Heading, p); err != nil {
		w.log.Error("error page", "error", err)
		rq.c.String(status, p.Heading)
	}
}

// refererPath is the path of the page a request came from, if it was ours.
func refererPath(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return ""
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

func notFoundPage(rq *request) error {
	return &queries.Refusal{Kind: queries.NotFound, Zh: "没有这个页面。", En: "There is no such page."}
}

func wrongMethodPage(rq *request) error {
	return &queries.Refusal{Kind: queries.NotFound, Zh: "这个地址不接受这样的请求。", En: "This address does not take such a request."}
}

// frame is what the layout needs around every page.
type frame struct {
	Title   string
	Me      queries.Account
	Lang    string
	Path    string
	Section string
	Flash   *Flash
	Problem string // of the corpus, shown on every page
	Unread  int    // notes that name the person
	NoRun   bool
	May     map[string]bool // what the person may do, by the names of routes.go
	Version string
	Reload  int // seconds after which a browser without script asks again; 0 for never
	Page    any
}

// show renders a page into memory, then writes it: there are no half pages.
func (rq *request) show(status int, name, title string, data any) error {
	f := frame{
		Title: title, Me: rq.Me, Lang: rq.Lang, Path: rq.path(), Section: section(rq.c.Request.URL.Path), Flash: rq.takeFlash(),
		Problem: cmp.Or(rq.w.store.CorpusProblem(), rq.w.store.StandbyProblem()), NoRun: rq.w.store.RunID() == "", May: rq.rights(), Version: rq.w.opts.Version, Page: data,
	}
	if rq.c.Request.Method != http.MethodGet {
		f.Path = "/"
	}
	if rq.Me.ID != 0 {
		n, err := rq.w.store.UnreadMentions(rq.ctx(), rq.Me.ID)
		if err != nil {
			rq.w.log.Error("counting mentions", "error", err)
		}
		f.Unread = n
	}
	// By address, so that templates may call the page's own methods.
	at := reflect.New(reflect.TypeOf(data))
	at.Elem().Set(reflect.ValueOf(data))
	f.Page = at.Interface()
	if p, ok := f.Page.(interface{ reloads() int }); ok {
		f.Reload = p.reloads()
	}
	var buf bytes.Buffer
	if err := rq.w.pages[rq.Lang][name].ExecuteTemplate(&buf, "layout", f); err != nil {
		return err
	}
	rq.c.Header("Vary", "Cookie")
	rq.c.Data(status, "text/html; charset=utf-8", buf.Bytes())
	return nil
}

// part renders a page's part alone, for a script that puts it in place.
func (rq *request) part(status int, name string, data any) error {
	at := reflect.New(reflect.TypeOf(data))
	at.Elem().Set(reflect.ValueOf(data))
	var buf bytes.Buffer
	if err := rq.w.pages[rq.Lang][name].ExecuteTemplate(&buf, "part", at.Interface()); err != nil {
		return err
	}
	rq.c.Header("Vary", "Cookie")
	rq.c.Data(status, "text/html; charset=utf-8", buf.Bytes())
	return nil
}

// section is the part of the workbench a path belongs to, for the navigation.
func section(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}
