package workbench

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// The interface's resources, as openapi.json describes them. What is not known
// is null, lists are never null.
type (
	apiIssue struct {
		Number      int            `json:"number"`
		Key         string         `json:"key"`
		Version     int            `json:"version"`
		Title       string         `json:"title"`
		Status      string         `json:"status"`
		Outcome     *string        `json:"outcome"`
		TopicCode   *string        `json:"topic_code"`
		Topic       *string        `json:"topic"`
		Keywords    []string       `json:"keywords"`
		Directions  []string       `json:"directions"`
		Counts      apiCounts      `json:"counts"`
		Departments map[string]int `json:"departments"` // items by department
		Provinces   []string       `json:"provinces"`
		Trainings   []string       `json:"trainings"`
		FirstOn     *string        `json:"first_on"`
		LastOn      *string        `json:"last_on"`
		DueOn       *string        `json:"due_on"`
		ChangedAt   *string        `json:"changed_at"`
		Links       apiIssueLinks  `json:"links"`
	}
	apiCounts struct {
		Items        int `json:"items"` // endorsements among them
		Endorsements int `json:"endorsements"`
		Contributors int `json:"contributors"`
		Departments  int `json:"departments"`
		Provinces    int `json:"provinces"`
		Trainings    int `json:"trainings"`
	}
	apiIssueLinks struct {
		Self       string `json:"self"`
		Items      string `json:"items"`
		Candidates string `json:"candidates"`
	}
	apiIssueDetail struct {
		apiIssue
		Statement *string       `json:"statement"`
		Aliases   []int         `json:"aliases"` // numbers of issues merged into it
		Nature    *string       `json:"nature"`
		Impact    *string       `json:"impact"`
		Citations []apiCitation `json:"citations"`
	}
	apiCitation struct {
		Norm    string   `json:"norm"`
		Label   string   `json:"label"`
		Version *string  `json:"version"`
		Items   []string `json:"items"`
	}
	apiItem struct {
		ID         string      `json:"id"`
		Issue      int         `json:"issue"`
		Training   string      `json:"training"`
		Segment    *string     `json:"segment"`
		GivenOn    *string     `json:"given_on"`
		Department string      `json:"department"`
		Province   *string     `json:"province"`
		Kind       string      `json:"kind"`
		Withheld   bool        `json:"withheld"` // the original is its own department's
		Stem       *string     `json:"stem"`
		Text       *string     `json:"text"`
		Background *string     `json:"background"`
		Endorses   *string     `json:"endorses"`
		Similarity *string     `json:"similarity"`
		Decided    bool        `json:"decided"`
		Sources    []apiSource `json:"sources"`
	}
	// apiSource has no file name: organisers write their unit into it.
	apiSource struct {
		SHA256 string  `json:"sha256"`
		Sheet  *string `json:"sheet"`
		Row    int     `json:"row"`
		Column *string `json:"column"`
		Part   int     `json:"part"`
	}
	apiCandidate struct {
		ID           int     `json:"id"`
		Issue        int     `json:"issue"`
		Title        string  `json:"title"`
		Direction    string  `json:"direction"`
		Status       string  `json:"status"`
		Version      int     `json:"version"`
		Recipient    *string `json:"recipient"`
		DueOn        *string `json:"due_on"`
		Result       *string `json:"result"`
		ResultReason *string `json:"result_reason"`
		ResultDoc    *string `json:"result_doc"`
		ResultOn     *string `json:"result_on"`
		Told         *string `json:"told"` // to the trainees
		ToldOn       *string `json:"told_on"`
		CreatedAt    string  `json:"created_at"`
		UpdatedAt    string  `json:"updated_at"`
	}
	apiCandidateDetail struct {
		apiCandidate
		Reason    string            `json:"reason"`
		Fields    map[string]string `json:"fields"`
		Positions []apiPosition     `json:"positions"` // of the present round
		Steps     []apiStep         `json:"steps"`
	}
	apiPosition struct {
		Department string  `json:"department"`
		Kind       string  `json:"kind"`
		Stance     string  `json:"stance"`
		Text       *string `json:"text"`
		GivenAt    string  `json:"given_at"`
	}
	apiStep struct {
		Step    string  `json:"step"`
		Before  *string `json:"before"`
		After   string  `json:"after"`
		Text    *string `json:"text"`
		TakenAt string  `json:"taken_at"`
	}
	apiReport struct {
		SHA256    string         `json:"sha256"`
		Name      string         `json:"name"`
		Bytes     int64          `json:"bytes"`
		Issue     int            `json:"issue"`
		Candidate int            `json:"candidate"`
		Direction string         `json:"direction"`
		Recipient string         `json:"recipient"`
		Run       *string        `json:"run"`
		MadeAt    string         `json:"made_at"`
		Links     apiReportLinks `json:"links"`
	}
	apiReportLinks struct {
		Self    string `json:"self"`
		Package string `json:"package"`
	}
	apiTraining struct {
		ID       string  `json:"id"`
		Title    string  `json:"title"`
		Theme    *string `json:"theme"`
		Host     *string `json:"host"`
		StartsOn *string `json:"starts_on"`
		EndsOn   *string `json:"ends_on"`
		Items    int     `json:"items"`     // endorsements among them
		InIssues int     `json:"in_issues"` // items in confirmed issues
		Issues   int     `json:"issues"`
		Handed   int     `json:"handed"`   // issues handed over or answered
		Answered int     `json:"answered"` // issues answered
	}
)

func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func knownDay(t time.Time) *string { return known(day(t)) }

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func knownInstant(t time.Time) *string {
	if day(t) == "" {
		return nil
	}
	s := instant(t)
	return &s
}

func listOf[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

// handed lists the issues that were handed over to the token's team, those
// merged into others by their present number.
func (rq *apiRequest) handed() ([]int, error) {
	all, err := rq.w.store.CandidateBoard(rq.c.Request.Context(), "", "")
	if err != nil {
		return nil, err
	}
	var out []int
	for _, c := range all {
		if rq.mine(&c.Candidate) {
			_, now, err := rq.w.store.IssueKey(rq.c.Request.Context(), c.IssueNo)
			if err != nil {
				return nil, err
			}
			out = append(out, now)
		}
	}
	return out, nil
}

// mine says whether the token may see a candidate: all, or those handed over
// to its team.
func (rq *apiRequest) mine(c *queries.Candidate) bool {
	return !rq.token.HandedOnly || (c.Recipient == rq.token.Team && slices.Contains([]string{queries.StageHanded, queries.StageAnswered, queries.StageToldBack}, c.Status))
}

var noIssue = &queries.Refusal{Kind: queries.NotFound, Zh: "没有这个问题，或未移送给该起草组。", En: "There is no such issue, or it was not handed over to this team."}

// issue reads the issue of the address, if the token may see it.
func (rq *apiRequest) issue() (v queries.GroupView, err error) {
	ctx := rq.c.Request.Context()
	no, err := strconv.Atoi(rq.c.Param("no"))
	if err != nil || no < 1 || no > 1<<30 {
		return v, noIssue
	}
	key, now, err := rq.w.store.IssueKey(ctx, no)
	if err != nil {
		return v, err
	}
	if rq.token.HandedOnly {
		may, err := rq.handed()
		if err != nil {
			return v, err
		}
		if !slices.Contains(may, now) {
			return v, noIssue
		}
	}
	if v, err = rq.w.store.Group(ctx, key); err == nil && v.IssueNo == 0 {
		err = noIssue
	}
	return v, err
}

func apiIssues(rq *apiRequest) (any, error) {
	rq.what = "issues"
	after, limit, err := rq.pageAfter()
	if err != nil {
		return nil, err
	}
	f := queries.IssueFilter{
		Status: rq.query("status"), Outcome: rq.query("outcome"), Direction: rq.query("direction"), Department: rq.query("department"), Training: rq.query("training"),
		Topic: rq.query("topic"), Limited: rq.token.HandedOnly,
	}
	if f.Department != "" && !slices.Contains(append(slices.Clone(feedback.Departments), feedback.OtherDept), feedback.Department(f.Department)) {
		return nil, &queries.Refusal{Zh: "department 须为 JC、FY、GA、JY、SJ 或 XX。", En: "department is JC, FY, GA, JY, SJ or XX."}
	}
	if s := rq.query("changed_since"); s != "" {
		if f.Since, err = time.Parse(time.RFC3339, s); err != nil {
			return nil, &queries.Refusal{Zh: "changed_since 须为 RFC 3339 时间，如 2026-11-01T00:00:00Z。", En: "changed_since is a time like 2026-11-01T00:00:00Z."}
		}
	}
	if f.Limited {
		if f.Numbers, err = rq.handed(); err != nil {
			return nil, err
		}
	}
	list, err := rq.w.store.IssuesAfter(rq.c.Request.Context(), f, after, limit+1)
	if err != nil {
		return nil, err
	}
	out := make([]apiIssue, len(list))
	for i := range list {
		out[i] = issueOf(&list[i])
	}
	return paged(rq, out, limit, func(is apiIssue) string { return strconv.Itoa(is.Number) }), nil
}

func issueOf(l *queries.Listing) apiIssue {
	out := apiIssue{
		Number: l.IssueNo, Key: l.Key, Version: l.Version, Title: l.Title, Status: l.Status, Outcome: known(l.Outcome), TopicCode: known(l.Topic), Topic: known(l.TopicName),
		Keywords: listOf(l.Keywords), Directions: listOf(l.Directions), Departments: map[string]int{}, Provinces: listOf(l.ProvinceList), Trainings: listOf(l.TrainingList),
		Counts:  apiCounts{l.Items, l.Endorsements, l.Contributors, l.Departments, l.Provinces, l.Trainings},
		FirstOn: knownDay(l.FirstOn), LastOn: knownDay(l.LastOn), DueOn: knownDay(l.DueOn), ChangedAt: knownInstant(l.ChangedAt),
	}
	for i, d := range append(slices.Clone(feedback.Departments), feedback.OtherDept) {
		if i < len(l.ByDepartment) && l.ByDepartment[i] > 0 {
			out.Departments[string(d)] = l.ByDepartment[i]
		}
	}
	no := strconv.Itoa(l.IssueNo)
	out.Links = apiIssueLinks{apiRoot + "/issues/" + no, apiRoot + "/issues/" + no + "/items", apiRoot + "/candidates?issue=" + no}
	return out
}

func apiIssueOne(rq *apiRequest) (any, error) {
	v, err := rq.issue()
	if err != nil {
		return nil, err
	}
	rq.what = "issue:" + strconv.Itoa(v.IssueNo)
	out := apiIssueDetail{
		apiIssue: issueOf(&v.Listing), Statement: known(v.Statement), Aliases: listOf(v.Aliases), Nature: known(v.Nature), Impact: known(v.Impact), Citations: []apiCitation{},
	}
	for _, n := range queries.CitedNorms(v.Members) {
		out.Citations = append(out.Citations, apiCitation{n.Norm, n.Label, known(n.Version), listOf(n.Items)})
	}
	return out, nil
}

func apiItems(rq *apiRequest) (any, error) {
	after, limit, err := rq.page()
	if err != nil {
		return nil, err
	}
	v, err := rq.issue()
	if err != nil {
		return nil, err
	}
	rq.what = "items:" + strconv.Itoa(v.IssueNo)
	slices.SortFunc(v.Members, func(a, b queries.Member) int { return cmp.Compare(a.ID, b.ID) })
	var out []apiItem
	for i := range v.Members {
		if m := &v.Members[i]; m.ID > after && len(out) <= limit {
			out = append(out, rq.itemOf(m, v.IssueNo))
		}
	}
	return paged(rq, out, limit, func(it apiItem) string { return it.ID }), nil
}

func (rq *apiRequest) itemOf(m *queries.Member, no int) apiItem {
	out := apiItem{
		ID: m.ID, Issue: no, Training: m.TrainingID, Segment: known(m.Segment), GivenOn: knownDay(m.GivenOn), Department: m.Department, Province: known(m.Province), Kind: m.Kind,
		Endorses: known(m.Endorses), Similarity: known(m.Level), Decided: m.Decided, Sources: []apiSource{},
	}
	// The setting that keeps originals to their own department holds for
	// programs as for people.
	if rq.w.opts.OwnDepartmentOnly && m.Department != rq.token.Department {
		out.Withheld = true
		return out
	}
	out.Stem, out.Text, out.Background = known(m.Stem), known(m.Text), known(m.Background)
	for _, s := range m.Sources {
		out.Sources = append(out.Sources, apiSource{s.SHA256, known(s.Sheet), s.Row, known(s.Column), s.Part})
	}
	return out
}

func apiCandidates(rq *apiRequest) (any, error) {
	rq.what = "candidates"
	after, limit, err := rq.pageAfter()
	if err != nil {
		return nil, err
	}
	only := 0
	if s := rq.query("issue"); s != "" {
		if only, err = strconv.Atoi(s); err != nil || only < 1 {
			return nil, &queries.Refusal{Zh: "issue 须为问题编号。", En: "issue is the number of an issue."}
		}
	}
	all, err := rq.w.store.CandidateBoard(rq.c.Request.Context(), rq.query("direction"), rq.query("status"))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b queries.BoardCandidate) int { return cmp.Compare(a.ID, b.ID) })
	var out []apiCandidate
	for i := range all {
		if c := &all[i]; c.ID > after && (only == 0 || c.IssueNo == only) && rq.mine(&c.Candidate) && len(out) <= limit {
			out = append(out, candidateOf(&c.Candidate, c.Title))
		}
	}
	return paged(rq, out, limit, func(c apiCandidate) string { return strconv.Itoa(c.ID) }), nil
}

func candidateOf(c *queries.Candidate, title string) apiCandidate {
	return apiCandidate{
		ID: c.ID, Issue: c.IssueNo, Title: title, Direction: c.Direction, Status: c.Status, Version: c.Version, Recipient: known(c.Recipient), DueOn: knownDay(c.DueOn),
		Result: known(c.Result), ResultReason: known(c.ResultReason), ResultDoc: known(c.ResultDoc), ResultOn: knownDay(c.ResultOn), Told: known(c.Told), ToldOn: knownDay(c.ToldOn),
		CreatedAt: instant(c.CreatedAt), UpdatedAt: instant(c.UpdatedAt),
	}
}

func apiCandidateOne(rq *apiRequest) (any, error) {
	ctx := rq.c.Request.Context()
	id, _ := strconv.Atoi(rq.c.Param("id"))
	c, err := rq.w.store.Candidate(ctx, min(max(id, 0), 1<<30))
	if err != nil {
		return nil, err
	}
	if !rq.mine(&c.Candidate) {
		return nil, &queries.Refusal{Kind: queries.NotFound, Zh: "没有这项转化建议，或未移送给该起草组。", En: "There is no such candidate, or it was not handed over to this team."}
	}
	key, _, err := rq.w.store.IssueKey(ctx, c.IssueNo)
	if err != nil {
		return nil, err
	}
	l, err := rq.w.store.Listing(ctx, key)
	if err != nil {
		return nil, err
	}
	rq.what = "candidate:" + strconv.Itoa(c.ID)
	out := apiCandidateDetail{apiCandidate: candidateOf(&c.Candidate, l.Title), Reason: c.Reason, Fields: map[string]string{}, Positions: []apiPosition{}, Steps: []apiStep{}}
	for k, v := range c.Fields {
		if !queries.RestrictedField(k) && !strings.HasPrefix(k, verifiedKey("")) {
			out.Fields[k] = v
		}
	}
	for _, kind := range []string{queries.VoiceConsult, queries.VoiceSign} {
		for _, v := range c.Latest(kind) {
			if v.No != 0 {
				out.Positions = append(out.Positions, apiPosition{v.Department, v.Kind, v.Stance, known(v.Text), instant(v.GivenAt)})
			}
		}
	}
	for _, s := range c.Steps {
		out.Steps = append(out.Steps, apiStep{s.Step, known(s.Before), s.After, known(s.Text), instant(s.TakenAt)})
	}
	return out, nil
}

// packages lists the evidence packages the token may see.
func (rq *apiRequest) packages() ([]queries.EvidencePackage, error) {
	all, err := rq.w.store.EvidencePackages(rq.c.Request.Context(), 0)
	return slices.DeleteFunc(all, func(p queries.EvidencePackage) bool { return rq.token.HandedOnly && p.Recipient != rq.token.Team }), err
}

func apiReports(rq *apiRequest) (any, error) {
	rq.what = "reports"
	after, limit, err := rq.page()
	if err != nil {
		return nil, err
	}
	only := rq.query("issue")
	if only != "" {
		if n, err := strconv.Atoi(only); err != nil || n < 1 {
			return nil, &queries.Refusal{Zh: "issue 须为问题编号。", En: "issue is the number of an issue."}
		}
	}
	all, err := rq.packages()
	if err != nil {
		return nil, err
	}
	var out []apiReport
	begun := after == ""
	for _, p := range all {
		if begun && len(out) <= limit && (only == "" || strconv.Itoa(p.IssueNo) == only) {
			out = append(out, packageOf(&p))
		}
		begun = begun || p.SHA256 == after
	}
	return paged(rq, out, limit, func(r apiReport) string { return r.SHA256 }), nil
}

func packageOf(p *queries.EvidencePackage) apiReport {
	return apiReport{
		SHA256: p.SHA256, Name: p.Name, Bytes: p.Bytes, Issue: p.IssueNo, Candidate: p.CandidateID, Direction: p.Direction, Recipient: p.Recipient, Run: known(p.RunID),
		MadeAt: instant(p.MadeAt), Links: apiReportLinks{apiRoot + "/reports/" + p.SHA256, apiRoot + "/reports/" + p.SHA256 + "/package"},
	}
}

func (rq *apiRequest) onePackage() (queries.EvidencePackage, error) {
	all, err := rq.packages()
	if err != nil {
		return queries.EvidencePackage{}, err
	}
	for _, p := range all {
		if p.SHA256 == rq.c.Param("sha256") {
			return p, nil
		}
	}
	return queries.EvidencePackage{}, &queries.Refusal{Kind: queries.NotFound, Zh: "没有这个证据包，或未移送给该起草组。", En: "There is no such package, or it was not handed over to this team."}
}

func apiReportOne(rq *apiRequest) (any, error) {
	p, err := rq.onePackage()
	if err != nil {
		return nil, err
	}
	rq.what = "report:" + p.SHA256[:12]
	return packageOf(&p), nil
}

func apiPackage(rq *apiRequest) (any, error) {
	p, err := rq.onePackage()
	if err != nil {
		return nil, err
	}
	if rq.w.opts.OwnDepartmentOnly {
		return nil, &queries.Refusal{
			Kind: queries.Forbidden, Zh: "证据包含有各部门的原始条目，现设定为只对本部门开放，不能由接口下载：请向移送单位索取。",
			En: "The package holds other departments' originals; under the present setting it is not given out by the interface.",
		}
	}
	body, err := readEvidence(rq.w.store.Folder(), p)
	if err != nil {
		return nil, err
	}
	rq.what = "package:" + p.SHA256[:12]
	return raw{"application/zip", p.Name, body}, nil
}

func apiTrainings(rq *apiRequest) (any, error) {
	rq.what = "trainings"
	after, limit, err := rq.page()
	if err != nil {
		return nil, err
	}
	all, err := rq.trainings()
	if err != nil {
		return nil, err
	}
	var out []apiTraining
	for _, t := range all {
		if t.ID > after && len(out) <= limit {
			out = append(out, t)
		}
	}
	return paged(rq, out, limit, func(t apiTraining) string { return t.ID }), nil
}

// trainings lists every training, in the order of their numbers.
func (rq *apiRequest) trainings() ([]apiTraining, error) {
	outcomes, err := rq.w.store.TrainingOutcomes(rq.c.Request.Context())
	if err != nil {
		return nil, err
	}
	choices, err := rq.w.filterChoices(rq.c.Request.Context())
	if err != nil {
		return nil, err
	}
	themes := map[string]string{}
	for _, t := range choices.Trainings {
		themes[t.ID] = t.Theme
	}
	out := make([]apiTraining, len(outcomes))
	for i, t := range outcomes {
		out[i] = apiTraining{
			t.ID, t.Title, known(themes[t.ID]), known(t.Host), knownDay(t.StartsOn), knownDay(t.EndsOn), t.Items, t.InIssues, t.Issues, t.Handed, t.Answered,
		}
	}
	slices.SortFunc(out, func(a, b apiTraining) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func apiTrainingOne(rq *apiRequest) (any, error) {
	all, err := rq.trainings()
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.ID == rq.c.Param("id") {
			rq.what = "training:" + t.ID
			return t, nil
		}
	}
	return nil, &queries.Refusal{Kind: queries.NotFound, Zh: "没有这一期培训。", En: "There is no such training."}
}
