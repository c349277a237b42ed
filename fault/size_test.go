package fault

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tongtang/pipeline/lexicon"
	"tongtang/pipeline/segment"
	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// large makes a data folder with n items, a fiftieth as many issues, and
// users accounts. TONGTANG_FAULT_FOLDER keeps it as it was made, for the next
// run; each run works on a copy.
func large(t *testing.T, n, users int) (data string, people []*analyst) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	made := data
	if kept := os.Getenv("TONGTANG_FAULT_FOLDER"); kept != "" {
		made = filepath.Join(kept, fmt.Sprintf("items%d-users%d", n, users))
	}
	if _, err := os.Stat(filepath.Join(made, "corpus", "CURRENT")); err != nil {
		makeLarge(t, made, n, users)
	}
	if made != data {
		duplicate(t, made, data)
	}
	return data, strangers(t, users)
}

func makeLarge(t *testing.T, data string, n, users int) {
	t.Helper()
	began := time.Now()
	if err := queries.Folder(data).Make(); err != nil {
		t.Fatal(err)
	}
	crowd(t, data, users)
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	words, err := segment.New(tables)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int, users)
	for i := range ids {
		ids[i] = i + 1
	}
	if err := corpustest.PublishLarge(t.Context(), data, corpustest.Large{Items: n, Words: func(text string) (out []string) {
		for _, w := range words.Words(text) {
			if w.Class == segment.Han {
				out = append(append(out, w.Canonical), words.Parts(w.Canonical)...)
			}
		}
		return out
	}}, ids); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d items, %d issues made in %s", n, n/50, time.Since(began).Round(time.Second))
}

// People work on a corpus of many items: each opens one page after the other,
// reads, and now and then decides. No request fails and no page is larger than
// 300 KB; how long each kind of page takes is printed. The long form is
// TONGTANG_FAULT_ITEMS=1000000 TONGTANG_FAULT_USERS=50 TONGTANG_FAULT_LOAD=5m.
// Midway the corpus is published once more under another name and swapped in.
func TestFaultPeopleAtSize(t *testing.T) {
	binary(t)
	users := times("TONGTANG_FAULT_USERS", 4)
	lasts, err := time.ParseDuration(os.Getenv("TONGTANG_FAULT_LOAD"))
	if err != nil {
		lasts = 8 * time.Second
	}
	r := chance(t)
	data, people := large(t, times("TONGTANG_FAULT_ITEMS", 3000), users)
	began := time.Now()
	s := serve(t, data)
	defer kill(s.cmd)
	t.Logf("the workbench answered after %s", time.Since(began).Round(time.Millisecond))
	signIn(t, s, people)
	// The index of a large corpus is read once, in the background; the load
	// begins when the first search has its answer.
	for {
		status, _, err := people[0].get("/search?q=" + url.QueryEscape(searchWords[0]))
		if err == nil && status == http.StatusOK {
			break
		}
		if time.Since(began) > 10*time.Minute {
			t.Fatalf("no search is answered: %d %v", status, err)
		}
	}
	t.Logf("the first search is answered %s after the start", time.Since(began).Round(time.Second))
	idle := processor(s.cmd.Process.Pid)
	until := time.Now().Add(lasts)
	var mu sync.Mutex
	var seen []visit
	var working sync.WaitGroup
	for _, a := range people {
		c := &clicker{analyst: a, r: rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))}
		working.Go(func() {
			mine := c.work(until)
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, mine...)
		})
	}
	sleep(t.Context(), lasts/2)
	again(t, data)
	working.Wait()
	tally(t, seen)
	spent := processor(s.cmd.Process.Pid) - idle
	t.Logf("the workbench: memory %s; processor %s, %s a request; %d people for %s", memory(s.cmd.Process.Pid), spent.Round(time.Second),
		(spent / time.Duration(max(1, len(seen)))).Round(100*time.Microsecond), users, lasts)
}

// signIn lets everybody in, as fast as the door does.
func signIn(t *testing.T, s *server, people []*analyst) {
	t.Helper()
	for _, a := range people {
		a.address = s.address
		for {
			status, err := a.post("/login", url.Values{"login": {a.name}, "password": {password}})
			if err == nil && status == http.StatusSeeOther {
				break
			}
			if status != http.StatusTooManyRequests {
				t.Fatalf("signing in %s: %d %v", a.name, status, err)
			}
			sleep(t.Context(), 2*time.Second)
		}
	}
}

// again publishes the folder's corpus under another run's name: a swap without
// a night's work.
func again(t *testing.T, data string) {
	t.Helper()
	folder := queries.Folder(data)
	_, path, err := folder.Current()
	if err != nil {
		t.Fatal(err)
	}
	const next = "20260102T000000"
	if err := os.Link(path, folder.Corpus(next)); err != nil {
		t.Fatal(err)
	}
	if err := folder.Publish(next); err != nil {
		t.Fatal(err)
	}
}

// processor is the time the process has spent on it: what a busy machine does
// not change.
func processor(pid int) time.Duration {
	body, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// After the name in brackets: utime and stime are fields 14 and 15, in hundredths.
	fields := strings.Fields(string(body[strings.LastIndexByte(string(body), ')')+1:]))
	var sum time.Duration
	for _, f := range fields[11:13] {
		n, _ := strconv.Atoi(f)
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

var resident = regexp.MustCompile(`Vm(RSS|HWM):\s+([0-9]+) kB`)

// memory is what the kernel says the process has, and had at most.
func memory(pid int) string {
	body, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, m := range resident.FindAllStringSubmatch(string(body), -1) {
		out = append(out, m[1]+" "+m[2]+" kB")
	}
	return strings.Join(out, ", ")
}

// pageMost is how large a page may be.
const pageMost = 300_000

// clicker is an analyst who goes where links lead, and remembers them.
type clicker struct {
	*analyst
	r             *rand.Rand
	groups, items []string // keys, IDs
	issueNos      []string
}

// clicks are what people do in a hundred clicks.
var clicks = []struct {
	kind  string
	share int
}{
	{"overview", 6},
	{"desk", 5},
	{"night", 3},
	{"triage", 14},
	{"issues", 12},
	{"group", 13},
	{"issue", 16},
	{"next", 4},
	{"item", 6},
	{"search word", 5},
	{"search phrase", 4},
	{"search statute", 3},
	{"search filter", 3},
	{"note", 3},
	{"confirm", 1},
	{"attach", 1},
	{"merge", 1},
}

var (
	searchWords   = []string{"社区矫正", "减刑", "保外就医", "财产刑", "监狱", "罪犯", "看守所", "脱管", "假释", "帮教"}
	searchPhrases = []string{"减刑假释案件", "暂予监外执行期间", "财产性判项履行情况", "社区矫正对象脱管", "罪犯家属", "监外执行罪犯", "刑满释放人员", "病情鉴定"}
	searchNorms   = []string{"刑法第81条", "刑法第78条", "监狱法第26条", "社区矫正法第28条", "刑事诉讼法第265条"}
	provinces     = []string{"江苏", "山东", "云南", "四川", "浙江", "湖南"}
	stampField    = regexp.MustCompile(`name="stamp" value="([^"]+)"`)
	nearLink      = regexp.MustCompile(`/merge\?into=(g[a-z2-7]+)`)
)

// work clicks until the time is up, two to eight seconds between clicks.
func (c *clicker) work(until time.Time) (out []visit) {
	think := 2 * time.Second
	if os.Getenv("TONGTANG_FAULT_LOAD") == "" {
		think /= 10 // the short form is over before anybody has read anything
	}
	time.Sleep(time.Duration(c.r.Int64N(int64(2 * think)))) // not all in step
	for time.Now().Before(until) {
		kind, at := "", c.r.IntN(100)
		for _, k := range clicks {
			if at -= k.share; at < 0 {
				kind = k.kind
				break
			}
		}
		began := time.Now()
		status, err := c.click(&kind)
		out = append(out, visit{kind, time.Since(began), status, err})
		time.Sleep(think + time.Duration(c.r.Int64N(int64(3*think))))
	}
	return out
}

func (c *clicker) one(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[c.r.IntN(len(list))]
}

// click does one thing; kind becomes what it came to when there was nothing
// to do it on.
func (c *clicker) click(kind *string) (int, error) {
	group, issue, item := c.one(c.groups), c.one(c.issueNos), c.one(c.items)
	switch *kind {
	case "group", "next", "confirm", "attach", "merge":
		if group == "" {
			*kind = "triage"
		}
	case "issue", "note":
		if issue == "" {
			*kind = "issues"
		}
	case "item":
		if item == "" {
			*kind = "search word"
		}
	}
	find := func(q string) string { return "/search?q=" + url.QueryEscape(q) }
	switch *kind {
	case "overview":
		return c.look("/")
	case "desk":
		return c.look("/desk")
	case "night":
		return c.look("/night")
	case "triage", "issues":
		q := url.Values{}
		if c.r.IntN(3) == 0 {
			q.Set("department", []string{"JC", "FY", "GA", "JY", "SJ"}[c.r.IntN(5)])
		}
		if c.r.IntN(4) == 0 {
			q.Set("province", c.one(provinces))
		}
		if c.r.IntN(4) == 0 {
			q.Set("sort", []string{"size", "newest", "growth"}[c.r.IntN(3)])
		}
		if c.r.IntN(6) == 0 {
			q.Set("q", c.one(searchWords))
		} else if c.r.IntN(4) == 0 {
			q.Set("page", fmt.Sprint(1+c.r.IntN(20)))
		}
		return c.look("/" + *kind + "?" + q.Encode())
	case "group":
		return c.look("/groups/" + group + "?from=%2Ftriage")
	case "issue":
		return c.look("/issues/" + issue)
	case "next":
		return c.look("/groups/" + group + "/next?from=%2Ftriage")
	case "item":
		return c.look("/items/" + item)
	case "search word":
		return c.look(find(c.one(searchWords)))
	case "search phrase":
		return c.look(find(c.one(searchPhrases)))
	case "search statute":
		return c.look(find(c.one(searchNorms)))
	case "search filter":
		return c.look(find(c.one(searchWords)) + "&department=JY&province=" + url.QueryEscape(c.one(provinces)))
	case "note":
		c.said++
		return c.post("/issues/"+issue+"/note", url.Values{"text": {fmt.Sprintf("%s 的第 %d 条意见", c.name, c.said)}})
	}
	// A decision needs the page it is made on; only the decision is timed by
	// the caller's clock as a whole, so the page is part of it.
	_, body, err := c.get("/groups/" + group)
	if err != nil {
		return 0, err
	}
	stamp := ""
	if m := stampField.FindStringSubmatch(body); m != nil {
		stamp = m[1]
	}
	c.groups = slices.DeleteFunc(c.groups, func(g string) bool { return g == group })
	switch into := nearLink.FindStringSubmatch(body); {
	case *kind == "attach" && item != "":
		return c.post("/groups/"+group+"/attach", url.Values{"stamp": {stamp}, "item": {item}})
	case *kind == "merge" && into != nil:
		return c.post("/groups/"+group+"/merge", url.Values{"stamp": {stamp}, "into": {into[1]}})
	}
	*kind = "confirm"
	return c.post("/groups/"+group+"/confirm", url.Values{"stamp": {stamp}})
}

// look opens a page, remembers its links, and makes sure it is not too large.
func (c *clicker) look(path string) (int, error) {
	resp, err := c.client.Get(c.address + path)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err
	}
	if len(page) > pageMost {
		return resp.StatusCode, fmt.Errorf("%s has %d bytes", path, len(page))
	}
	body := string(page)
	for into, link := range map[*[]string]*regexp.Regexp{&c.groups: groupLink, &c.items: itemLink, &c.issueNos: issueLink} {
		for _, m := range link.FindAllStringSubmatch(body, 50) {
			*into = append(*into, m[1][strings.LastIndexByte(m[1], '/')+1:])
		}
		*into = (*into)[max(0, len(*into)-200):]
	}
	return resp.StatusCode, nil
}
