// Package workbench is the desk: the pages on which organisers hand files in,
// analysts triage, study and decide, and reviewers approve.
//
// A request goes, in order, through: recovery and logging, security headers, a
// bound on body and time, net/http's cross-origin protection, the session, and
// the one list of routes (routes.go), which names for every route who may use
// it. A handler reads its form, asks queries, and renders a page into a buffer;
// it returns errors, which one function turns into pages. Reading routes.go is
// the tour of this package; each page's file holds its handlers and the struct
// that is its template's contract.
//
// Pages are complete without script. Every change is a POST from a form, then
// a redirect to a path built here.
package workbench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"tongtang/queries"
)

//go:embed templates static messages.tsv
var files embed.FS

// Options tunes the workbench. The zero value is the default.
type Options struct {
	Version string
	// Secure marks cookies for https only; set it when the workbench or the
	// proxy before it speaks TLS.
	Secure bool
	// TrustedProxies may name the client in X-Forwarded-For. None by default.
	TrustedProxies []string
	// OwnDepartmentOnly shows originals to their own department alone; counts
	// are always shared. Reviewers see all.
	OwnDepartmentOnly bool
	// UploadMiB bounds one uploaded file. Zero means 50.
	UploadMiB int
	Logger    *slog.Logger   // nil means slog.Default
	Location  *time.Location // of the times on pages; nil means time.Local
}

// Workbench serves the pages over one store.
type Workbench struct {
	store     *queries.Store
	opts      Options
	log       *slog.Logger
	sessions  *scs.SessionManager
	pages     map[string]map[string]*page // language, then name
	static    map[string]staticFile
	limiter   limiter // of the door, by address
	tokens    limiter // of the interface, by token
	choices   choiceCache
	saved     savedCache
	posts     postTable
	night     sync.Mutex // starting one
	handler   http.Handler
	startedAt time.Time
}

// New makes the workbench's handler.
func New(store *queries.Store, opts Options) (http.Handler, error) {
	if opts.UploadMiB == 0 {
		opts.UploadMiB = 50
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Location == nil {
		opts.Location = time.Local
	}
	w := &Workbench{store: store, opts: opts, log: opts.Logger, limiter: limiter{seen: map[string]*bucket{}}, tokens: limiter{seen: map[string]*bucket{}}, startedAt: time.Now()}
	if err := w.loadStatic(); err != nil {
		return nil, err
	}
	if err := w.loadPages(); err != nil {
		return nil, err
	}
	w.sessions = newSessions(store, opts.Secure)
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	if err := engine.SetTrustedProxies(opts.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	for _, r := range routes {
		engine.Handle(r.Method, r.Path, w.handle(r))
	}
	for _, r := range apiRoutes {
		engine.GET(apiRoot+r.Path, w.serveAPI(r))
	}
	engine.GET("/static/:name", w.serveStatic)
	engine.NoRoute(func(c *gin.Context) {
		if isAPI(c.Request.URL.Path) {
			w.apiFail(c, http.StatusNotFound, "接口没有这个地址，见 "+apiRoot+"/openapi.json。", "The interface has no such address; see "+apiRoot+"/openapi.json.", "")
			return
		}
		w.handle(route{Access: open, Handle: notFoundPage})(c)
	})
	engine.NoMethod(func(c *gin.Context) {
		if isAPI(c.Request.URL.Path) {
			c.Header("Allow", http.MethodGet)
			w.apiFail(c, http.StatusMethodNotAllowed, "接口只读，只接受 GET。", "The interface is read-only: GET alone.", "")
			return
		}
		w.handle(route{Access: open, Handle: wrongMethodPage})(c)
	})
	protect := http.NewCrossOriginProtection()
	protect.SetDenyHandler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.WriteHeader(http.StatusForbidden)
		fmt.Fprintln(rw, "请求来自其他网站，已拒绝。This request came from another site and was refused.")
	}))
	w.handler = w.guard(protect.Handler(w.sessions.LoadAndSave(engine)))
	w.findNight()
	return w.handler, nil
}

// requestTime bounds one request's work in the store.
const requestTime = 30 * time.Second

// formBytes bounds a form without files.
const formBytes = 1 << 20

// guard is the outermost layer.
func (w *Workbench) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				id := errorID()
				w.log.Error("panic", "id", id, "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				http.Error(rw, "系统内部错误（编号 "+id+"）", http.StatusInternalServerError)
			}
		}()
		h := rw.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			h.Set("Cache-Control", "no-store")
		}
		if w.opts.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		limit, within := int64(formBytes), requestTime
		if r.Method == http.MethodPost && r.URL.Path == "/import" {
			limit, within = int64(w.opts.UploadMiB)<<20*uploadFiles+formBytes, 10*time.Minute
		}
		if r.Method == http.MethodPost && r.URL.Path == "/templates" {
			limit = templateBytes + formBytes
		}
		r.Body = http.MaxBytesReader(rw, r.Body, limit)
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		next.ServeHTTP(rw, r.WithContext(ctx))
	})
}

// errorID is what a person quotes when something went wrong on our side.
func errorID() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b)
	return strings.ToUpper(hex.EncodeToString(b))
}

type staticFile struct {
	body        []byte
	contentType string
	hash        string
}

func (w *Workbench) loadStatic() error {
	w.static = map[string]staticFile{}
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	return fs.WalkDir(files, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		name := d.Name()
		w.static[name] = staticFile{body, types[name[strings.LastIndexByte(name, '.'):]], hex.EncodeToString(sum[:6])}
		return nil
	})
}

func (w *Workbench) serveStatic(c *gin.Context) {
	f, ok := w.static[c.Param("name")]
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	// The address carries the content's hash, so it may be kept for ever.
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, f.contentType, f.body)
}

// limiter slows one address down at the door: burst tries, then one every
// refill. Accounts have a lock of their own; this is for trying many logins.
type limiter struct {
	sync.Mutex
	seen map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

const (
	limitBurst  = 30
	limitRefill = 2 * time.Second
	limitMost   = 10_000 // addresses remembered
)

func (l *limiter) allow(address string, now time.Time) bool {
	ok, _ := l.take(address, limitBurst, 1/limitRefill.Seconds(), now)
	return ok
}

// take uses one of key's tries, of which there are burst at most and a few
// more each second; else it says how long to wait for the next.
func (l *limiter) take(key string, burst, perSecond float64, now time.Time) (ok bool, wait time.Duration) {
	l.Lock()
	defer l.Unlock()
	if len(l.seen) > limitMost {
		for k, b := range l.seen {
			if now.Sub(b.at) > limitBurst*limitRefill {
				delete(l.seen, k)
			}
		}
	}
	b, known := l.seen[key]
	if !known {
		b = &bucket{left: burst, at: now}
		l.seen[key] = b
	}
	b.left = min(burst, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		return false, time.Duration((1 - b.left) / perSecond * float64(time.Second))
	}
	b.left--
	return true, 0
}

// choiceCache keeps what filters offer; it changes only with the corpus.
type choiceCache struct {
	sync.Mutex
	run     string
	choices queries.Choices
	loaded  bool
}

func (w *Workbench) filterChoices(ctx context.Context) (queries.Choices, error) {
	w.choices.Lock()
	defer w.choices.Unlock()
	if run := w.store.RunID(); !w.choices.loaded || w.choices.run != run {
		c, err := w.store.Choices(ctx)
		if err != nil {
			return c, err
		}
		w.choices.choices, w.choices.run, w.choices.loaded = c, run, true
	}
	return w.choices.choices, nil
}
