package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"tongtang/queries"
)

// Control is a running workbench's ear for the command line: a Unix socket,
// review/control.sock, that only the folder's owner can open. It speaks HTTP
// and JSON and has three verbs: who are you, give me a snapshot of the review,
// do this to an account.
type Control struct {
	store   *queries.Store
	version string
	since   time.Time
	log     *slog.Logger
	server  *http.Server
	folder  *os.File // held open when the socket is reached through it
	done    sync.WaitGroup
	copying sync.Mutex
}

// Workbench is what a running workbench says of itself.
type Workbench struct {
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	RunID   string    `json:"run_id"`  // of the attached corpus, "" before the first night
	Problem string    `json:"problem"` // why the published corpus could not be opened
}

// OpenControl listens on the data folder's control socket. The store's lock on
// the review file makes sure that there is only one; a socket left by a killed
// process is replaced.
func OpenControl(store *queries.Store, version string, log *slog.Logger) (*Control, error) {
	if log == nil {
		log = slog.Default()
	}
	c := &Control{store: store, version: version, since: time.Now(), log: log}
	dir := filepath.Dir(store.Folder().Review())
	sweepSnapshots(dir, 0)
	path, folder, err := socketPath(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the control socket: %w", err)
	}
	c.folder = folder
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, c.letGo())
	}
	listener, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the control socket: %w", err), c.letGo())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", c.status)
	mux.HandleFunc("POST /snapshot", c.snapshot)
	mux.HandleFunc("POST /user", c.user)
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	c.done.Go(func() {
		if err := c.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("control socket closed", "error", err)
		}
	})
	return c, nil
}

// Close stops listening and waits for what is under way.
func (c *Control) Close() error {
	ctx, enough := context.WithTimeout(context.Background(), time.Minute)
	defer enough()
	err := c.server.Shutdown(ctx)
	c.done.Wait()
	return errors.Join(err, c.letGo())
}

func (c *Control) letGo() error {
	if c.folder == nil {
		return nil
	}
	return c.folder.Close()
}

// socketPath is the path of the control socket in dir. A socket's address
// holds about a hundred bytes, so a long one is reached through the open
// folder.
func socketPath(dir string) (path string, folder *os.File, err error) {
	path = filepath.Join(dir, "control.sock")
	if len(path) <= 100 {
		return path, nil, nil
	}
	folder, err = os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/" + strconv.Itoa(int(folder.Fd())) + "/control.sock", folder, nil
}

// sweepSnapshots removes snapshots that nobody fetched.
func sweepSnapshots(dir string, older time.Duration) {
	left, _ := filepath.Glob(filepath.Join(dir, ".snapshot-*"))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) >= older {
			_ = os.Remove(path)
		}
	}
}

func (c *Control) status(w http.ResponseWriter, _ *http.Request) {
	answer(w, Workbench{c.version, os.Getpid(), c.since, c.store.RunID(), c.store.CorpusProblem()}, nil)
}

type snapshotAnswer struct {
	Path string `json:"path"`
}

// snapshot notes a backup or an export in the audit log, then copies: the copy
// holds the line that tells of it.
func (c *Control) snapshot(w http.ResponseWriter, r *http.Request) {
	c.copying.Lock()
	defer c.copying.Unlock()
	var ask struct {
		For string `json:"for"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&ask); err != nil {
		answer(w, nil, err)
		return
	}
	dir := filepath.Dir(c.store.Folder().Review())
	sweepSnapshots(dir, time.Hour)
	// Looking whether everything is whole takes nothing away; the others do.
	if ask.For == "backup" || ask.For == "export" {
		if err := c.store.Record(r.Context(), 0, ask.For, "review", map[string]any{"by": "command line"}); err != nil {
			answer(w, nil, err)
			return
		}
	}
	path := filepath.Join(dir, ".snapshot-"+time.Now().UTC().Format("20060102T150405.000000")+".duckdb")
	err := c.store.Snapshot(r.Context(), path)
	answer(w, snapshotAnswer{path}, err)
}

func (c *Control) user(w http.ResponseWriter, r *http.Request) {
	var ask UserRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&ask); err != nil {
		answer(w, nil, err)
		return
	}
	a, err := changeUser(r.Context(), c.store, ask)
	answer(w, a, err)
}

// wireError carries an error over the socket; a refusal stays one.
type wireError struct {
	Error   string           `json:"error"`
	Refusal *queries.Refusal `json:"refusal,omitempty"`
}

func answer(w http.ResponseWriter, body any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		e := wireError{Error: err.Error()}
		errors.As(err, &e.Refusal)
		w.WriteHeader(http.StatusUnprocessableEntity)
		body = e
	}
	_ = json.NewEncoder(w).Encode(body)
}

// errAlone says that no workbench is running on the data folder.
var errAlone = errors.New("工作台没有运行")

// ask puts a question to the running workbench and reads its answer. It is
// errAlone when there is none.
func ask(ctx context.Context, folder queries.Folder, method, verb string, question, into any) error {
	path, dir, err := socketPath(filepath.Dir(folder.Review()))
	if errors.Is(err, fs.ErrNotExist) {
		return errAlone
	}
	if err != nil {
		return err
	}
	if dir != nil {
		defer dir.Close()
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://workbench"+verb, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return errAlone
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("无权连接正在运行的工作台（%s）：请用运行工作台的帐号执行，如 sudo -u tongtang tongtang …", filepath.Join(filepath.Dir(folder.Review()), "control.sock"))
	case err != nil:
		return fmt.Errorf("asking the workbench: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var e wireError
		if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
			return fmt.Errorf("asking the workbench %s: status %d", verb, resp.StatusCode)
		}
		if e.Refusal != nil {
			return e.Refusal
		}
		return errors.New(strings.TrimSpace(e.Error))
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// Running tells of the workbench that runs on the data folder; ok is false
// when none does.
func Running(ctx context.Context, folder queries.Folder) (w Workbench, ok bool, err error) {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	err = ask(ctx, folder, http.MethodGet, "/status", nil, &w)
	if errors.Is(err, errAlone) {
		return w, false, nil
	}
	return w, err == nil, err
}

// snapshotReview gives a copy of the review that nobody else writes, and what
// removes it: made by a running workbench, which notes the backup in its audit
// log, or in scratch when none runs.
func snapshotReview(ctx context.Context, folder queries.Folder, scratch string) (path string, remove func(), err error) {
	var a snapshotAnswer
	err = ask(ctx, folder, http.MethodPost, "/snapshot", map[string]string{"for": "backup"}, &a)
	if err == nil {
		return a.Path, func() { _ = os.Remove(a.Path) }, nil
	}
	if !errors.Is(err, errAlone) {
		return "", nil, err
	}
	dir, err := os.MkdirTemp(scratch, ".snapshot-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, "review.duckdb")
	if err := queries.SnapshotReview(ctx, folder.Review(), path); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

// openReview opens the review to be looked at: a running workbench's snapshot,
// or the file itself.
func openReview(ctx context.Context, folder queries.Folder) (review *queries.Review, closeIt func(), err error) {
	path, remove := folder.Review(), func() {}
	var a snapshotAnswer
	err = ask(ctx, folder, http.MethodPost, "/snapshot", map[string]string{"for": "verify"}, &a)
	switch {
	case err == nil:
		path, remove = a.Path, func() { _ = os.Remove(a.Path) }
	case !errors.Is(err, errAlone):
		return nil, nil, err
	}
	review, err = queries.OpenReview(ctx, path)
	if err != nil {
		remove()
		return nil, nil, err
	}
	return review, func() { _ = review.Close(); remove() }, nil
}
