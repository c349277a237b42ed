package workbench

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"tongtang/pipeline/lexicon"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// BuiltFrom names the program's code, as evidence packages remember it.
var BuiltFrom = sync.OnceValue(func() report.Code {
	var c report.Code
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				c.Revision = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				c.Revision += "+"
			}
		}
	}
	if t, err := lexicon.Load(""); err == nil {
		c.Tables = t.Hash()
	}
	return c
})

// What stands in a package's candidate.json and decisions.json. Case numbers
// and whatever else is restricted are kept elsewhere and never come here.
type (
	frozenCandidate struct {
		ID        int               `json:"candidate"`
		Issue     int               `json:"issue"`
		Direction string            `json:"direction"`
		Reason    string            `json:"reason"`
		Version   int               `json:"version"`
		Fields    map[string]string `json:"fields"`
		Steps     []frozenStep      `json:"steps"`
		Voices    []frozenVoice     `json:"voices"`
		Edits     []frozenEdit      `json:"edits"`
	}
	frozenStep struct {
		No     int       `json:"no"`
		Step   string    `json:"step"`
		Before string    `json:"before"`
		After  string    `json:"after"`
		Text   string    `json:"text"`
		By     string    `json:"by"`
		At     time.Time `json:"at"`
	}
	frozenVoice struct {
		Round      int       `json:"round"`
		Kind       string    `json:"kind"`
		Department string    `json:"department"`
		Stance     string    `json:"stance"`
		Text       string    `json:"text"`
		OnBehalf   bool      `json:"on_behalf"`
		By         string    `json:"by"`
		At         time.Time `json:"at"`
	}
	frozenEdit struct {
		Version int       `json:"version"`
		Field   string    `json:"field"`
		Before  string    `json:"before"`
		After   string    `json:"after"`
		By      string    `json:"by"`
		At      time.Time `json:"at"`
	}
	frozenDecisions struct {
		Decisions []frozenDecision `json:"decisions"`
		Revisions []frozenRevision `json:"revisions"` // of the issue's title, statement, status ...
		Scores    []frozenScore    `json:"scores"`    // set by a person
	}
	frozenDecision struct {
		Seq      int64     `json:"seq"`
		At       time.Time `json:"at"`
		By       string    `json:"by"`
		Kind     string    `json:"kind"`
		Group    string    `json:"group"`
		Other    string    `json:"other,omitempty"`
		Issue    int       `json:"issue,omitempty"`
		Items    []string  `json:"items,omitempty"`
		Undoes   int64     `json:"undoes,omitempty"`
		UndoneBy int64     `json:"undone_by,omitempty"`
	}
	frozenRevision struct {
		Version int       `json:"version"`
		Field   string    `json:"field"`
		Before  string    `json:"before"`
		After   string    `json:"after"`
		By      string    `json:"by"`
		At      time.Time `json:"at"`
	}
	frozenScore struct {
		Part   string    `json:"part"`
		Stands bool      `json:"stands"`
		Score  float64   `json:"score"`
		Reason string    `json:"reason"`
		By     string    `json:"by"`
		At     time.Time `json:"at"`
	}
)

// freeze makes the evidence package of a hand-over and puts it into reports/,
// whole or not at all. The step notes it; if the step does not come about the
// caller takes the file away again.
func (rq *request) freeze(c *queries.CandidateView, recipient string) (*queries.EvidencePackage, error) {
	ctx, store := rq.ctx(), rq.w.store
	now := time.Now().In(rq.w.opts.Location)
	form := formOf(c)
	d, err := BuildReport(ctx, store, ReportRequest{Issues: []int{c.IssueNo}, Form: form, Candidate: c.ID, Version: rq.w.opts.Version, At: now})
	if err != nil {
		return nil, err
	}
	e := report.Evidence{Document: d, Records: map[string][]byte{}}
	if e.Template, err = ownTemplate(store.Folder(), form); err != nil {
		return nil, err
	}
	key, no, err := store.IssueKey(ctx, c.IssueNo)
	if err != nil {
		return nil, err
	}
	g, err := store.Group(ctx, key)
	if err != nil {
		return nil, err
	}
	scores, err := store.Overrides(ctx, no)
	if err != nil {
		return nil, err
	}
	if e.Records["candidate.json"], err = frozenJSON(freezeCandidate(c)); err != nil {
		return nil, err
	}
	if e.Records["decisions.json"], err = frozenJSON(freezeDecisions(&g, scores)); err != nil {
		return nil, err
	}
	code := BuiltFrom()
	code.Version = rq.w.opts.Version
	e.Manifest = report.Manifest{
		Issue: no, IssueVersion: g.Version, Candidate: c.ID, Direction: c.Direction, Form: form, Title: g.Title, HandedTo: recipient, HandedBy: rq.Me.Name,
		HandedAt: now.Format(time.RFC3339), RunID: d.Meta.RunID, CutOff: d.Meta.CutOff, DecisionSeq: d.Meta.DecisionSeq, Dictionary: d.Meta.DictionaryHash, Code: code,
	}
	for _, run := range runsOf(&g, d.Meta.RunID) {
		body, err := os.ReadFile(filepath.Join(store.Folder().Runs(), run+".json"))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			e.Manifest.MissingRuns = append(e.Manifest.MissingRuns, run)
		case err != nil:
			return nil, err
		default:
			e.Records["runs/"+run+".json"] = body
		}
	}
	body, err := e.Pack()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	p := &queries.EvidencePackage{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(body)), RunID: d.Meta.RunID}
	p.Name = queries.EvidenceName(now, no, c.ID, p.SHA256)
	if err := os.MkdirAll(store.Folder().Reports(), 0o700); err != nil {
		return nil, err
	}
	return p, queries.WriteFile(filepath.Join(store.Folder().Reports(), p.Name), body, 0o600)
}

// unfreeze takes away a package whose hand-over did not come about.
func (rq *request) unfreeze(p *queries.EvidencePackage) error {
	if _, known, err := rq.w.store.EvidencePackage(rq.ctx(), p.SHA256); err != nil || known {
		return err
	}
	return os.Remove(filepath.Join(rq.w.store.Folder().Reports(), p.Name))
}

func frozenJSON(v any) ([]byte, error) {
	body, err := json.MarshalIndent(v, "", " ")
	return append(body, '\n'), err
}

// runsOf are the runs an issue rests on: the one that made the corpus, and
// those that brought its items or changed it.
func runsOf(g *queries.GroupView, corpus string) []string {
	runs := []string{corpus}
	for _, m := range g.Members {
		runs = append(runs, m.AddedRun)
	}
	for _, e := range g.Lineage {
		runs = append(runs, e.Run)
	}
	slices.Sort(runs)
	return slices.DeleteFunc(slices.Compact(runs), func(r string) bool { return r == "" })
}

func freezeCandidate(c *queries.CandidateView) frozenCandidate {
	out := frozenCandidate{
		ID: c.ID, Issue: c.IssueNo, Direction: c.Direction, Reason: c.Reason, Version: c.Version, Fields: map[string]string{},
		Steps: []frozenStep{}, Voices: []frozenVoice{}, Edits: []frozenEdit{},
	}
	for k, v := range c.Fields {
		if !queries.RestrictedField(k) {
			out.Fields[k] = v
		}
	}
	for _, s := range c.Steps {
		out.Steps = append(out.Steps, frozenStep{s.No, s.Step, s.Before, s.After, s.Text, s.Name, s.TakenAt})
	}
	for _, v := range c.Voices {
		out.Voices = append(out.Voices, frozenVoice{v.Round, v.Kind, v.Department, v.Stance, v.Text, v.OnBehalf, v.Name, v.GivenAt})
	}
	for _, e := range c.Edits {
		if !queries.RestrictedField(e.Field) {
			out.Edits = append(out.Edits, frozenEdit{e.Version, e.Field, e.Before, e.After, e.Name, e.ChangedAt})
		}
	}
	return out
}

func freezeDecisions(g *queries.GroupView, scores []queries.Override) frozenDecisions {
	out := frozenDecisions{Decisions: []frozenDecision{}, Revisions: []frozenRevision{}, Scores: []frozenScore{}}
	for _, d := range g.Decisions {
		out.Decisions = append(out.Decisions, frozenDecision{d.Seq, d.MadeAt, d.Name, d.Kind, d.GroupKey, d.OtherKey, d.IssueNo, d.Items, d.Undoes, d.UndoneBy})
	}
	for _, r := range g.Revisions {
		out.Revisions = append(out.Revisions, frozenRevision{r.Version, r.Field, r.Before, r.After, r.Name, r.ChangedAt})
	}
	for _, s := range scores {
		out.Scores = append(out.Scores, frozenScore{s.Part, s.Stands, s.Score, s.Reason, s.Name, s.MadeAt})
	}
	return out
}

// evidenceFile sends a package as it lies in reports/, if it is still the one
// that was frozen. It holds every department's originals.
func evidenceFile(rq *request) error {
	p, ok, err := rq.w.store.EvidencePackage(rq.ctx(), rq.c.Param("sha256"))
	if err != nil {
		return err
	}
	if !ok || p.CandidateID != rq.candidateID() {
		return &queries.Refusal{Kind: queries.NotFound, Zh: "没有这个证据包。", En: "There is no such evidence package."}
	}
	if rq.w.opts.OwnDepartmentOnly && !rq.may(review) {
		return &queries.Refusal{Kind: queries.Forbidden, Zh: "证据包含有各部门的原始条目，现设定为只对本部门开放：请复核人员下载。", En: "The package holds other departments' originals; ask a reviewer."}
	}
	// What is frozen in it may have been read into the issue or out of it since;
	// what stands there now is what a study could ask about.
	key, _, err := rq.w.store.IssueKey(rq.ctx(), p.IssueNo)
	if err != nil {
		return err
	}
	g, err := rq.w.store.Group(rq.ctx(), key)
	if err != nil {
		return err
	}
	if err := rq.refuseBlind(func(yield func(string) bool) {
		for i := range g.Members {
			if !yield(g.Members[i].ID) {
				return
			}
		}
	}); err != nil {
		return err
	}
	body, err := readEvidence(rq.w.store.Folder(), p)
	if err != nil {
		return err
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "export.evidence", "candidate:"+rq.c.Param("id"), map[string]any{"sha256": p.SHA256, "name": p.Name}); err != nil {
		return err
	}
	rq.c.Header("Content-Disposition", `attachment; filename="`+p.Name+`"`)
	rq.c.Data(http.StatusOK, "application/zip", body)
	return nil
}

// readEvidence reads a package and refuses one that is no longer what was
// frozen: a changed package must not go out as evidence.
func readEvidence(folder queries.Folder, p queries.EvidencePackage) ([]byte, error) {
	body, err := os.ReadFile(filepath.Join(folder.Reports(), p.Name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if sum := sha256.Sum256(body); err != nil || hex.EncodeToString(sum[:]) != p.SHA256 {
		return nil, &queries.Refusal{
			Kind: queries.Conflict,
			Zh:   "证据包 " + p.Name + " 已不在 reports 文件夹中，或与移送时不同，没有下载：请管理员运行 tongtang verify，并从备份恢复。",
			En:   "The package " + p.Name + " is gone or no longer as it was handed over; ask the administrator to run tongtang verify and to restore it.",
		}
	}
	return body, nil
}
