package workbench

import (
	"context"
	"encoding/gob"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"tongtang/queries"
)

// sessionLife is how long a person stays signed in at most; the store ends a
// silent session earlier.
const sessionLife = 12 * time.Hour

// What a session holds.
const (
	keyAccount = "account"
	keySince   = "since" // the last visit before this one, unix seconds
)

func newSessions(store *queries.Store, secure bool) *scs.SessionManager {
	gob.Register(int64(0))
	m := scs.New()
	m.Lifetime = sessionLife
	m.HashTokenInStore = true
	m.Store = sessionStore{store: store, codec: m.Codec}
	m.Cookie.Name = "tongtang"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	m.Cookie.Persist = false
	return m
}

// sessionStore keeps sessions in the review file, by account, so that an
// administrator can end them.
type sessionStore struct {
	store *queries.Store
	codec scs.Codec
}

// The plain methods are never called: scs prefers those with a context.
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.store.DropSession(ctx, token)
}

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.store.FindSession(ctx, token)
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	_, values, err := s.codec.Decode(b)
	if err != nil {
		return err
	}
	id, _ := values[keyAccount].(int)
	return s.store.SaveSession(ctx, token, b, expiry, id)
}

// LoginPage is the sign-in form.
type LoginPage struct {
	Login   string
	Next    string // where the person wanted to go
	Problem string
}

func loginForm(rq *request) error {
	if rq.Me.ID != 0 {
		return rq.redirect("/")
	}
	return rq.show(http.StatusOK, "login", "登录", LoginPage{Next: localPath(rq.query("next"), "/")})
}

func login(rq *request) error {
	name, password := rq.form("login"), rq.c.PostForm("password")
	next := localPath(rq.form("next"), "/")
	w := rq.w
	fail := func(status int, problem error) error {
		return rq.show(status, "login", "登录", LoginPage{Login: name, Next: next, Problem: rq.say(problem)})
	}
	if !w.limiter.allow(rq.c.ClientIP(), time.Now()) {
		return fail(http.StatusTooManyRequests, &queries.Refusal{Zh: "登录尝试过于频繁，请一分钟后再试。", En: "Too many tries; wait a minute."})
	}
	a, err := w.store.Authenticate(rq.ctx(), name, password, rq.c.ClientIP())
	if isRefusal(err) {
		return fail(http.StatusUnauthorized, err)
	}
	if err != nil {
		return err
	}
	// A new token at every change of rights, so that one planted before cannot be used after.
	if err := w.sessions.RenewToken(rq.ctx()); err != nil {
		return err
	}
	w.sessions.Put(rq.ctx(), keyAccount, a.ID)
	w.sessions.Put(rq.ctx(), keySince, a.LastSeen.Unix())
	if a.MustChange {
		return rq.redirect("/password")
	}
	return rq.redirect(next)
}

func logout(rq *request) error {
	if rq.Me.ID != 0 {
		if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "session.close", "account:"+rq.Me.Login, map[string]any{}); err != nil {
			return err
		}
	}
	if err := rq.w.sessions.Destroy(rq.ctx()); err != nil {
		return err
	}
	return rq.redirect("/login")
}

// PasswordPage is the form that changes one's own password.
type PasswordPage struct {
	Forced  bool
	Problem string
}

func passwordForm(rq *request) error {
	return rq.show(http.StatusOK, "password", "修改密码", PasswordPage{Forced: rq.Me.MustChange})
}

func changePassword(rq *request) error {
	old, first, second := rq.c.PostForm("old"), rq.c.PostForm("new"), rq.c.PostForm("again")
	var err error
	if first != second {
		err = &queries.Refusal{Zh: "两次输入的新密码不一致。", En: "The two new passwords differ."}
	} else {
		err = rq.w.store.ChangePassword(rq.ctx(), rq.Me.ID, old, first)
	}
	if isRefusal(err) {
		return rq.show(http.StatusUnprocessableEntity, "password", "修改密码", PasswordPage{Forced: rq.Me.MustChange, Problem: rq.say(err)})
	}
	if err != nil {
		return err
	}
	if err := rq.w.sessions.RenewToken(rq.ctx()); err != nil {
		return err
	}
	rq.flash("密码已修改。", 0)
	return rq.redirect("/")
}

// setLanguage keeps the language in a cookie of its own, so that it holds
// before sign-in and after.
func setLanguage(rq *request) error {
	lang := "zh"
	if rq.form("lang") == "en" {
		lang = "en"
	}
	http.SetCookie(rq.c.Writer, &http.Cookie{Name: "lang", Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: rq.w.opts.Secure, SameSite: http.SameSiteLaxMode})
	return rq.redirect(localPath(rq.form("back"), "/"))
}
