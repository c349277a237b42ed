package operations

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tongtang/pipeline"
	"tongtang/queries"
)

// Monitor answers what a monitoring system asks: /metrics in Prometheus's text
// format, /healthz (the process answers) and /readyz (both stores can be read).
// It belongs on an address of its own, on the loopback interface: it asks for
// no password.
type Monitor struct {
	store   *queries.Store
	version string
	since   time.Time
	now     func() time.Time

	mu       sync.Mutex
	requests map[requestKey]int64
	seconds  map[requestKey]*histogram // by method and class
	going    int64

	runs struct {
		at  time.Time // modification time of runs/ when last read
		all []pipeline.Record
	}
}

type requestKey struct{ method, class string }

// buckets are the upper bounds of the histogram of request times, in seconds.
var buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

type histogram struct {
	counts [12]int64 // per bucket, the last for longer ones
	sum    float64
	n      int64
}

// NewMonitor watches a running workbench's store and data folder.
func NewMonitor(store *queries.Store, version string) *Monitor {
	return &Monitor{
		store: store, version: version, since: time.Now(), now: time.Now,
		requests: map[requestKey]int64{}, seconds: map[requestKey]*histogram{},
	}
}

// Handler serves /metrics, /healthz and /readyz.
func (m *Monitor) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", m.ready)
	mux.HandleFunc("GET /metrics", m.metrics)
	return mux
}

// Count wraps the workbench's handler and counts its requests by method and
// class of status, never by path: paths name issues and people.
func (m *Monitor) Count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		m.mu.Lock()
		m.going++
		m.mu.Unlock()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			method := r.Method
			if method != http.MethodGet && method != http.MethodHead && method != http.MethodPost {
				method = "other"
			}
			key := requestKey{method, strconv.Itoa(seen.status/100) + "xx"}
			took := time.Since(began).Seconds()
			m.mu.Lock()
			defer m.mu.Unlock()
			m.going--
			m.requests[key]++
			h := m.seconds[key]
			if h == nil {
				h = &histogram{}
				m.seconds[key] = h
			}
			i, _ := slices.BinarySearch(buckets, took)
			h.counts[i]++
			h.sum += took
			h.n++
		}()
		next.ServeHTTP(seen, r)
	})
}

// statusWriter remembers the status; Unwrap lets ResponseController through to
// flushing and deadlines.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush serves live progress, which asks for an http.Flusher.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Hijack is asked for by handlers that take the connection over.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// ready is 200 when both stores can be read, 503 with the reasons otherwise.
func (m *Monitor) ready(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), 5*time.Second)
	defer stop()
	var problems []string
	if err := m.store.Ping(ctx); err != nil {
		problems = append(problems, "stores cannot be read: "+err.Error())
	}
	if p := m.store.CorpusProblem(); p != "" {
		problems = append(problems, p)
	}
	if p := m.store.StandbyProblem(); p != "" {
		problems = append(problems, p)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if len(problems) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": len(problems) == 0, "problems": problems, "run_id": m.store.RunID(), "version": m.version})
}

// sample is one line of the answer; labels are sorted pairs.
type sample struct {
	labels string
	value  float64
}

func (m *Monitor) metrics(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), 10*time.Second)
	defer stop()
	var b strings.Builder
	put := func(name, kind, help string, samples ...sample) {
		if len(samples) == 0 {
			return
		}
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
		for _, s := range samples {
			fmt.Fprintf(&b, "%s%s %s\n", name, s.labels, strconv.FormatFloat(s.value, 'g', -1, 64))
		}
	}
	one := func(v float64) sample { return sample{"", v} }
	put("tongtang_build_info", "gauge", "Version of the running program.", sample{labels("version", m.version, "go", runtime.Version()), 1})
	put("tongtang_start_time_seconds", "gauge", "When the workbench started.", one(unix64(m.since)))
	m.storeMetrics(ctx, put)
	m.nightMetrics(put)
	m.folderMetrics(put)
	m.requestMetrics(&b, put)
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	put("go_goroutines", "gauge", "Number of goroutines.", one(float64(runtime.NumGoroutine())))
	put("go_memstats_heap_inuse_bytes", "gauge", "Heap in use, DuckDB's own memory not counted.", one(float64(mem.HeapInuse)))
	put("process_resident_memory_bytes", "gauge", "Resident memory, DuckDB's included.", one(residentBytes()))
	put("process_open_fds", "gauge", "Open files.", one(openFiles()))
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(b.String()))
}

func (m *Monitor) storeMetrics(ctx context.Context, put func(name, kind, help string, samples ...sample)) {
	up := 1.0
	if err := m.store.Ping(ctx); err != nil {
		up = 0
	}
	put("tongtang_stores_up", "gauge", "1 if review and corpus can be read.", sample{"", up})
	problem := 0.0
	if m.store.CorpusProblem() != "" {
		problem = 1
	}
	put("tongtang_corpus_problem", "gauge", "1 if the published corpus could not be opened.", sample{"", problem})
	standby, recovered := 1.0, 0.0
	if m.store.StandbyProblem() != "" {
		standby = 0
	}
	if len(m.store.Folder().DamagedReviews()) > 0 {
		recovered = 1
	}
	put("tongtang_review_standby_up", "gauge", "1 if the standby holds every write; 0 while writes are refused because it cannot.", sample{"", standby})
	put("tongtang_review_recovered", "gauge", "1 while a damaged review file lies beside the one recovered from the standby.", sample{"", recovered})
	if run, ok, err := m.store.Run(ctx); err == nil && ok {
		put("tongtang_corpus_items", "gauge", "Items in the attached corpus.", sample{"", float64(run.Items)})
		put("tongtang_corpus_groups", "gauge", "Groups in the attached corpus, single items included.", sample{"", float64(run.Groups)})
		put("tongtang_corpus_decision_seq", "gauge", "Last decision the attached corpus has seen.", sample{"", float64(run.DecisionSeq)})
		put("tongtang_corpus_time_seconds", "gauge", "When the run that made the attached corpus began.", sample{"", unix64(run.StartedAt)})
	}
}

func (m *Monitor) nightMetrics(put func(name, kind, help string, samples ...sample)) {
	running := 0.0
	if nightRuns(m.store.Folder()) {
		running = 1
	}
	put("tongtang_night_running", "gauge", "1 while a night or a rebuild holds the data folder.", sample{"", running})
	runs := m.records()
	last, ok := lastRun(runs)
	if !ok {
		return
	}
	good := 1.0
	if failed(last) {
		good = 0
	}
	put("tongtang_night_last_success", "gauge", "1 if the last night published a corpus.", sample{"", good})
	put("tongtang_night_last_start_time_seconds", "gauge", "When the last night began.", sample{"", unix64(last.StartedAt)})
	put("tongtang_night_last_duration_seconds", "gauge", "How long the last night took.", sample{"", last.FinishedAt.Sub(last.StartedAt).Seconds()})
	put("tongtang_night_last_peak_bytes", "gauge", "Largest resident memory of the last night.", sample{"", float64(last.PeakBytes)})
	for _, r := range slices.Backward(runs) {
		if !failed(r) {
			put("tongtang_night_last_good_time_seconds", "gauge", "When the last night that published began.", sample{"", unix64(r.StartedAt)})
			break
		}
	}
	outcome := map[string]float64{}
	for _, r := range runs {
		outcome[map[bool]string{true: "failed", false: "published"}[failed(r)]]++
	}
	var nights []sample
	for _, o := range slices.Sorted(maps.Keys(outcome)) {
		nights = append(nights, sample{labels("outcome", o), outcome[o]})
	}
	put("tongtang_nights_recorded", "gauge", "Run records kept, by outcome.", nights...)
	var stages, counts []sample
	for _, s := range last.Stages {
		stages = append(stages, sample{labels("stage", s.Name), s.Seconds})
		for _, k := range slices.Sorted(maps.Keys(s.Counts)) {
			counts = append(counts, sample{labels("stage", s.Name, "what", k), float64(s.Counts[k])})
		}
	}
	put("tongtang_night_stage_seconds", "gauge", "Time of each stage of the last night.", stages...)
	put("tongtang_night_stage_count", "gauge", "What each stage of the last night counted.", counts...)
}

// records reads runs/ again only when something in it changed.
func (m *Monitor) records() []pipeline.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	info, err := os.Stat(m.store.Folder().Runs())
	if err != nil {
		return nil
	}
	if !info.ModTime().Equal(m.runs.at) {
		if all, _, err := Runs(m.store.Folder()); err == nil {
			m.runs.at, m.runs.all = info.ModTime(), all
		}
	}
	return m.runs.all
}

func (m *Monitor) folderMetrics(put func(name, kind, help string, samples ...sample)) {
	f := m.store.Folder()
	var st unix.Statfs_t
	if unix.Statfs(string(f), &st) == nil {
		put("tongtang_disk_free_bytes", "gauge", "Free space for the data folder.", sample{"", float64(st.Bavail) * float64(st.Bsize)})
		put("tongtang_disk_size_bytes", "gauge", "Size of the data folder's disk.", sample{"", float64(st.Blocks) * float64(st.Bsize)})
	}
	if info, err := os.Stat(f.Review()); err == nil {
		put("tongtang_review_bytes", "gauge", "Size of the review file.", sample{"", float64(info.Size())})
	}
	if _, path, err := f.Current(); err == nil {
		if info, err := os.Stat(path); err == nil {
			put("tongtang_corpus_bytes", "gauge", "Size of the published corpus.", sample{"", float64(info.Size())})
		}
	}
	put("tongtang_quarantined_files", "gauge", "Files in quarantine.", sample{"", float64(filesIn(f.Quarantine()))})
	if b, ok := readLastBackup(f); ok {
		put("tongtang_backup_last_time_seconds", "gauge", "When the last backup was made.", sample{"", unix64(b.MadeAt)})
		put("tongtang_backup_last_bytes", "gauge", "Size of the last backup.", sample{"", float64(b.Bytes)})
	}
}

func filesIn(dir string) (n int) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(d.Name(), ".reason.json") {
			n++
		}
		return nil
	})
	return n
}

func (m *Monitor) requestMetrics(b *strings.Builder, put func(name, kind, help string, samples ...sample)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	put("tongtang_http_requests_in_flight", "gauge", "Requests being answered.", sample{"", float64(m.going)})
	keys := slices.SortedFunc(maps.Keys(m.requests), func(a, b requestKey) int {
		return strings.Compare(a.method+a.class, b.method+b.class)
	})
	var totals []sample
	for _, k := range keys {
		totals = append(totals, sample{labels("method", k.method, "status", k.class), float64(m.requests[k])})
	}
	put("tongtang_http_requests_total", "counter", "Requests answered, by method and class of status.", totals...)
	if len(keys) == 0 {
		return
	}
	const name = "tongtang_http_request_duration_seconds"
	fmt.Fprintf(b, "# HELP %s Time to answer a request.\n# TYPE %s histogram\n", name, name)
	for _, k := range keys {
		h, sum := m.seconds[k], int64(0)
		for i, n := range h.counts {
			sum += n
			le := "+Inf"
			if i < len(buckets) {
				le = strconv.FormatFloat(buckets[i], 'g', -1, 64)
			}
			fmt.Fprintf(b, "%s_bucket%s %d\n", name, labels("method", k.method, "status", k.class, "le", le), sum)
		}
		fmt.Fprintf(b, "%s_sum%s %g\n%s_count%s %d\n", name, labels("method", k.method, "status", k.class), h.sum, name, labels("method", k.method, "status", k.class), h.n)
	}
}

// labels writes pairs of name and value as Prometheus wants them escaped.
func labels(pairs ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var parts []string
	for p := range slices.Chunk(pairs, 2) {
		parts = append(parts, p[0]+`="`+escape.Replace(p[1])+`"`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func unix64(t time.Time) float64 { return math.Round(float64(t.UnixMilli())) / 1000 }

func residentBytes() float64 {
	body, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(body))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseFloat(f[1], 64)
	return pages * float64(os.Getpagesize())
}

func openFiles() float64 {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return float64(len(entries))
}
