package fault

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"tongtang/operations"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// visits are what people do, and how often: mostly they look.
var visits = []struct {
	kind  string
	share int
}{{"overview", 10}, {"triage", 20}, {"issues", 20}, {"group", 25}, {"search", 10}, {"item", 5}, {"note", 10}}

type visit struct {
	kind   string
	took   time.Duration
	status int
	err    error
}

// Many people at once, a night beside them and its corpus swapped in: no
// request fails, and the slowest in a hundred is still quick. The long form is
// TONGTANG_FAULT_USERS=100 TONGTANG_FAULT_LOAD=10m.
func TestFaultManyPeopleDuringANight(t *testing.T) {
	users := times("TONGTANG_FAULT_USERS", 8)
	lasts, err := time.ParseDuration(os.Getenv("TONGTANG_FAULT_LOAD"))
	if err != nil {
		lasts = 8 * time.Second
	}
	r := chance(t)
	data, all, names := folderWith(t, 3)
	first, _, err := queries.Folder(data).Current()
	if err != nil {
		t.Fatal(err)
	}
	people := crowd(t, data, users)
	s := serve(t, data)
	defer kill(s.cmd)
	signIn(t, s, people)
	// Something to write notes on.
	_, body, err := people[0].get("/triage?show=single")
	if err != nil {
		t.Fatal(err)
	}
	groups := pickBox.FindAllStringSubmatch(body, -1)
	for _, g := range groups[:min(10, len(groups))] {
		if status, err := people[0].post("/groups/"+g[1]+"/confirm", url.Values{"stamp": {g[2]}}); err != nil || status != http.StatusSeeOther {
			t.Fatalf("confirming: %d %v", status, err)
		}
	}

	until := time.Now().Add(lasts)
	var mu sync.Mutex
	var seen []visit
	var working sync.WaitGroup
	for _, a := range people {
		random := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		working.Go(func() {
			mine := a.browse(random, until)
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, mine...)
		})
	}
	sleep(t.Context(), lasts/4)
	handIn(t, data, all, names[3])
	night := exec.CommandContext(t.Context(), binary(t), "nightly", "--data", data)
	began := time.Now()
	if err := night.Run(); err != nil && night.ProcessState.ExitCode() != 3 {
		t.Errorf("the night beside them: %v", err)
	}
	took := time.Since(began)
	working.Wait()
	now, _, err := queries.Folder(data).Current()
	if err != nil || now == first {
		t.Errorf("no new corpus: %q %v", now, err)
	}
	attached := ""
	for range 50 {
		w, _, err := operations.Running(t.Context(), queries.Folder(data))
		if attached = w.RunID; err != nil || attached == now {
			break
		}
		sleep(t.Context(), 100*time.Millisecond)
	}
	if attached != now {
		t.Errorf("the workbench still shows corpus %q, not %q", attached, now)
	}
	tally(t, seen)
	t.Logf("%d people for %s, a night of %s beside them (corpus %s -> %s swapped in)", users, lasts, took.Round(time.Second), first, now)
}

// crowd makes accounts and people to use them.
func crowd(t *testing.T, data string, n int) (people []*analyst) {
	t.Helper()
	store, err := queries.OpenStore(t.Context(), data, queries.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("person%03d", i)
		if _, err := store.CreateAccount(t.Context(), 0, queries.NewAccount{
			Login: name, Name: "人员" + name, Department: feedback.Departments[i%5], Role: queries.Analyst, Password: password,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return strangers(t, n)
}

// strangers are browsers of the people that crowd made accounts for; none has
// signed in.
func strangers(t *testing.T, n int) (people []*analyst) {
	t.Helper()
	for i := range n {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, &analyst{name: fmt.Sprintf("person%03d", i), client: &http.Client{
			Jar: jar, Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}})
	}
	return people
}

var (
	groupLink = regexp.MustCompile(`href="(/groups/g[a-z2-7]+)[?"]`)
	itemLink  = regexp.MustCompile(`href="(/items/i[a-z2-7]+)"`)
)

// browse clicks around, two to eight seconds between clicks: nobody reads an
// issue faster.
func (a *analyst) browse(r *rand.Rand, until time.Time) (out []visit) {
	think := 2 * time.Second
	if os.Getenv("TONGTANG_FAULT_LOAD") == "" {
		think /= 10 // the short form is over before anybody has read anything
	}
	var groups, items, issues []string
	pick := func(list []string, otherwise string) string {
		if len(list) == 0 {
			return otherwise
		}
		return list[r.IntN(len(list))]
	}
	for time.Now().Before(until) {
		kind, at := "", r.IntN(100)
		for _, v := range visits {
			if at -= v.share; at < 0 {
				kind = v.kind
				break
			}
		}
		path := map[string]string{
			"overview": "/", "triage": "/triage", "issues": "/issues", "search": "/search?q=" + url.QueryEscape([]string{"暂予监外执行", "减刑", "社区矫正", "保外就医"}[r.IntN(4)]),
			"group": pick(groups, "/triage"), "item": pick(items, "/issues"),
		}[kind]
		began := time.Now()
		var v visit
		if issue := pick(issues, ""); kind == "note" && issue != "" {
			a.said++
			status, err := a.post(issue+"/note", url.Values{"text": {fmt.Sprintf("%s 的第 %d 条意见", a.name, a.said)}})
			v = visit{kind, time.Since(began), status, err}
		} else if kind == "note" {
			continue
		} else {
			status, body, err := a.get(path)
			v = visit{kind, time.Since(began), status, err}
			for _, m := range groupLink.FindAllStringSubmatch(body, 50) {
				groups = append(groups, m[1])
			}
			for _, m := range itemLink.FindAllStringSubmatch(body, 50) {
				items = append(items, m[1])
			}
			for _, m := range issueLink.FindAllStringSubmatch(body, 50) {
				issues = append(issues, "/issues/"+m[1])
			}
			groups, items, issues = groups[max(0, len(groups)-200):], items[max(0, len(items)-200):], issues[max(0, len(issues)-200):]
		}
		out = append(out, v)
		time.Sleep(think + time.Duration(r.Int64N(int64(3*think))))
	}
	return out
}

// tally reports every kind of visit and fails on any error.
func tally(t *testing.T, all []visit) {
	t.Helper()
	times, failed := map[string][]time.Duration{}, 0
	for _, v := range all {
		// 404 for a group that the night merged away is an answer, not an error,
		// and so is 409 or 422 for one that another person has just decided on.
		answer := v.status < 400 || v.status == http.StatusNotFound || v.status == http.StatusConflict || v.status == http.StatusUnprocessableEntity
		if v.err != nil || !answer {
			failed++
			if failed <= 10 {
				t.Errorf("%s: %d %v after %s", v.kind, v.status, v.err, v.took.Round(time.Millisecond))
			}
		}
		times[v.kind] = append(times[v.kind], v.took)
		times["all"] = append(times["all"], v.took)
	}
	for _, kind := range slices.Sorted(maps.Keys(times)) {
		list := times[kind]
		slices.Sort(list)
		at := func(q float64) time.Duration {
			return list[min(len(list)-1, int(q*float64(len(list))))].Round(time.Millisecond)
		}
		t.Logf("%-14s %6d requests  p50 %6s  p95 %6s  p99 %6s  max %6s", kind, len(list), at(0.50), at(0.95), at(0.99), at(1))
	}
	t.Logf("%d requests, %d errors", len(all), failed)
}
