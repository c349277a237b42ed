package workbench

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// OverviewPage is the first page: how much there is, who says what about what,
// what the last night did, and what is new.
type OverviewPage struct {
	queries.Overview
	Run      queries.Run
	HasRun   bool
	Record   *runRecord // of the last run, published or not
	Stale    bool       // the last good night is long ago
	Night    NightRunPage
	Recovery string // what was mended when the review file was opened
	Funnel   []FunnelRow
	Chapters []HeatRow
	Since    time.Time
	Absent   []SilentRow // provinces and posts that are silent where they should be heard
	Absents  int
}

// FunnelRow is one status with its number of issues.
type FunnelRow struct {
	Status string
	Groups int
	Share  int // of the fullest, in percent
	Link   string
}

// HeatRow is one chapter of the taxonomy over the five departments.
type HeatRow struct {
	Code, Name string
	Cells      []HeatCell
	Items      int
}

// HeatCell is a figure with its place among five shades.
type HeatCell struct {
	Department feedback.Department
	Items      int
	Groups     int
	Shade      int
}

// runRecord is what the overview needs of runs/<run id>.json.
type runRecord struct {
	People peopleRecord `json:"people"`

	RunID      string    `json:"run_id"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	Outcome    string    `json:"outcome"`
	Error      string    `json:"error"`
	Stages     []struct {
		Name    string  `json:"stage"`
		Seconds float64 `json:"seconds"`
		Line    string  `json:"line"`
	} `json:"stages"`
	Inputs []struct {
		File     string `json:"file"`
		Outcome  string `json:"outcome"`
		Items    int    `json:"items"`
		Rejected int    `json:"rejected"`
	} `json:"inputs"`
	PeakBytes int64 `json:"peak_bytes"`
}

// peopleRecord is how the machine's memberships fared with people, since the
// night before and since the strictness was last changed.
type peopleRecord struct {
	Looked    int    `json:"looked"`
	Kept      int    `json:"kept"`
	Missed    int    `json:"missed"`
	AllLooked int    `json:"all_looked"`
	AllKept   int    `json:"all_kept"`
	AllMissed int    `json:"all_missed"`
	Suggest   string `json:"suggest"`
}

// Seconds is how long the run took.
func (r *runRecord) Seconds() float64 { return r.FinishedAt.Sub(r.StartedAt).Seconds() }

// Failed says whether it came to a bad end.
func (r *runRecord) Failed() bool { return r.Error != "" || strings.HasPrefix(r.Outcome, "失败") }

// lastRun reads the newest run record. A folder without one has not had a
// night yet; one that cannot be read is as good as none here.
func lastRun(folder queries.Folder) *runRecord {
	entries, err := os.ReadDir(folder.Runs())
	if err != nil {
		return nil
	}
	var newest string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && !strings.HasPrefix(e.Name(), ".") {
			newest = max(newest, e.Name())
		}
	}
	body, err := os.ReadFile(filepath.Join(folder.Runs(), newest))
	if newest == "" || err != nil {
		return nil
	}
	var r runRecord
	if json.Unmarshal(body, &r) != nil {
		return nil
	}
	return &r
}

// staleAfter is how old the last good night may be before the overview warns.
const staleAfter = 36 * time.Hour

// absentRows is how many provinces, and how many posts, the overview names.
const absentRows = 4

func overview(rq *request) error {
	p := OverviewPage{Since: rq.since(), Record: lastRun(rq.w.store.Folder()), Night: rq.w.nightRun()}
	if rq.may(manage) {
		p.Recovery = rq.w.store.Recovery()
	}
	var err error
	if p.Overview, err = rq.w.store.Overview(rq.ctx(), cmpTime(p.Since)); err != nil {
		return err
	}
	if p.Run, p.HasRun, err = rq.w.store.Run(rq.ctx()); err != nil {
		return err
	}
	p.Stale = p.HasRun && time.Since(p.Run.FinishedAt) > staleAfter
	p.Funnel = funnel(p.Statuses)
	p.Chapters = heatRows(p.Heat)
	posts, err := rq.posts()
	if err != nil {
		return err
	}
	absent, err := rq.w.store.SilentSoon(rq.ctx(), posts)
	if err != nil {
		return err
	}
	for _, kind := range []string{queries.VoicePost, queries.VoiceProvince} {
		n := 0
		for i := range absent {
			if v := &absent[i]; v.Kind == kind {
				p.Absents++
				if n++; n <= absentRows {
					p.Absent = append(p.Absent, SilentRow{*v, rq.voiceLabel(v)})
				}
			}
		}
	}
	return rq.show(http.StatusOK, "overview", "总览", p)
}

// cmpTime is t, or a time nothing is later than for a first visit: then
// nothing is marked new, rather than everything.
func cmpTime(t time.Time) time.Time {
	if t.IsZero() || t.Unix() <= 0 {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

func funnel(counts []queries.StatusCount) []FunnelRow {
	n := map[string]int{}
	for _, c := range counts {
		if c.State == queries.StateSuggested {
			n["待初筛"] += c.Groups
		} else {
			n[c.Status] += c.Groups
		}
	}
	most := 1
	for _, v := range n {
		most = max(most, v)
	}
	out := make([]FunnelRow, 0, len(feedback.Statuses))
	for _, st := range feedback.Statuses {
		link := with("/issues", nil, "status", st)
		if st == "待初筛" {
			link = "/triage"
		}
		out = append(out, FunnelRow{Status: st, Groups: n[st], Share: (n[st]*100 + most - 1) / most, Link: link})
	}
	return out
}

func heatRows(cells []queries.Cell) []HeatRow {
	var out []HeatRow
	most := 1
	for _, c := range cells {
		i := slices.IndexFunc(out, func(r HeatRow) bool { return r.Code == c.Parent })
		if i < 0 {
			i = len(out)
			row := HeatRow{Code: c.Parent, Name: c.ParentName}
			for _, d := range feedback.Departments {
				row.Cells = append(row.Cells, HeatCell{Department: d})
			}
			out = append(out, row)
		}
		if j := slices.Index(feedback.Departments, feedback.Department(c.Department)); j >= 0 {
			out[i].Cells[j].Items, out[i].Cells[j].Groups = c.Items, c.Groups
			out[i].Items += c.Items
			most = max(most, c.Items)
		}
	}
	for i := range out {
		for j := range out[i].Cells {
			if n := out[i].Cells[j].Items; n > 0 {
				out[i].Cells[j].Shade = 1 + n*4/(most+1)
			}
		}
	}
	return out
}

// NightPage is what the last run changed.
type NightPage struct {
	queries.Night
	HasRun bool
	Kinds  []NightKind
	Record *runRecord
	Path   string
	MayAct bool
	Trend  []runRecord // nights after which people judged something, newest first
}

// Share is how much of what people looked at held, in per cent.
func (p peopleRecord) Share() int { return percent(p.Kept, p.Looked) }

// AllShare is the same since the strictness was last changed.
func (p peopleRecord) AllShare() int { return percent(p.AllKept, p.AllLooked) }

func percent(part, of int) int {
	if of == 0 {
		return 0
	}
	return (100*part + of/2) / of
}

// SuggestName is the suggested degree in words.
func (p peopleRecord) SuggestName() string {
	return map[string]string{"strict": "严", "medium": "中", "loose": "宽"}[p.Suggest]
}

// Stricter says whether the suggestion is a stricter degree.
func (p peopleRecord) Stricter() bool { return 100*p.AllKept < 85*p.AllLooked }

// trendNights is how many nights the trend shows, trendRecords how many records
// are looked through for them.
const (
	trendNights  = 12
	trendRecords = 60
)

// trend reads the nights after which people had judged something.
func trend(folder queries.Folder) []runRecord {
	entries, err := os.ReadDir(folder.Runs())
	if err != nil {
		return nil
	}
	slices.Reverse(entries) // newest first: names grow
	var out []runRecord
	for _, e := range entries[:min(trendRecords, len(entries))] {
		if !strings.HasSuffix(e.Name(), ".json") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder.Runs(), e.Name()))
		var r runRecord
		if err != nil || json.Unmarshal(body, &r) != nil || r.People.Looked+r.People.Missed == 0 {
			continue
		}
		if out = append(out, r); len(out) == trendNights {
			break
		}
	}
	return out
}

// NightKind gathers changes of one kind.
type NightKind struct {
	Kind    string
	Changes []queries.Change
}

// nightKinds is the order in which the page tells of a night.
var nightKinds = []string{"再现", "并入", "拆出", "增长", "形成", "休眠"}

// hideOthers takes texts of other departments off the page when the setting
// says so.
func (p *NightPage) hideOthers(rq *request) {
	if !rq.w.opts.OwnDepartmentOnly || rq.may(review) {
		return
	}
	for i := range p.Conflicts {
		if p.Conflicts[i].Department != rq.Me.Department {
			p.Conflicts[i].Text = ""
		}
	}
}

func nightPage(rq *request) error {
	n, err := rq.w.store.Night(rq.ctx())
	if err != nil {
		return err
	}
	p := NightPage{Night: n, HasRun: n.Run.RunID != "", Record: lastRun(rq.w.store.Folder()), Path: rq.path(), MayAct: rq.may(decide), Trend: trend(rq.w.store.Folder())}
	p.hideOthers(rq)
	for _, k := range nightKinds {
		g := NightKind{Kind: k}
		for _, c := range n.Changes {
			if c.Kind == k {
				g.Changes = append(g.Changes, c)
			}
		}
		if len(g.Changes) > 0 {
			p.Kinds = append(p.Kinds, g)
		}
	}
	return rq.show(http.StatusOK, "night", "夜间变化", p)
}

// DeskPage is a person's own page.
type DeskPage struct {
	queries.Desk
	Today  time.Time
	Since  int64
	Path   string
	Saved  []Saved
	Sums   DeskSums
	Open   int // mentions not read
	MayAct bool
}

// today is the local day.
func (rq *request) today() time.Time {
	now := time.Now().In(rq.w.opts.Location)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
}

func myDesk(rq *request) error {
	today := rq.today()
	d, err := rq.w.store.Desk(rq.ctx(), rq.Me, today)
	if err != nil {
		return err
	}
	p := DeskPage{Desk: d, Today: today, Since: rq.since().Unix(), Path: rq.path(), MayAct: rq.may(decide)}
	if p.Saved, err = rq.saved(); err != nil {
		return err
	}
	for i := range d.Mine {
		l := &d.Mine[i]
		if l.Status != "已移送" && l.Status != "已反馈" {
			p.Sums.Open++
		}
		if p.Overdue(l) {
			p.Sums.Overdue++
		} else if p.DueSoon(l) {
			p.Sums.Due++
		}
		if p.Changed(l) {
			p.Sums.Changed++
		}
	}
	p.Sums.Review = len(d.Review) + len(d.Proposals) + len(d.Readings)
	for i := range d.Mentions {
		if d.Mentions[i].Unread() {
			p.Open++
		}
	}
	return rq.show(http.StatusOK, "desk", "我的工作", p)
}

// DeskSums are the figures at the head of a person's own page.
type DeskSums struct{ Open, Due, Overdue, Changed, Review int }

// dueSoon is how near a date must be to count as due.
const dueSoon = 7 * 24 * time.Hour

// DueSoon says whether an issue is due within a week.
func (p *DeskPage) DueSoon(l *queries.Listing) bool {
	return l.DueOn.Year() > 1990 && !p.Overdue(l) && l.DueOn.Sub(p.Today) <= dueSoon
}

// Changed says whether an issue changed since the person's last visit.
func (p *DeskPage) Changed(l *queries.Listing) bool {
	return p.Since > 0 && l.ChangedAt.Unix() > p.Since
}

// Overdue says whether an issue is past its date.
func (p *DeskPage) Overdue(l *queries.Listing) bool {
	return !l.DueOn.IsZero() && l.DueOn.Year() > 1990 && l.DueOn.Before(p.Today)
}

func health(rq *request) error {
	if err := rq.w.store.Ping(rq.ctx()); err != nil {
		rq.w.log.Error("health", "error", err)
		rq.c.String(http.StatusServiceUnavailable, "unhealthy\n")
		return nil
	}
	rq.c.String(http.StatusOK, "ok\n")
	return nil
}
