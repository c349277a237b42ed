package workbench

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// ReportRequest says what a report is to be about.
type ReportRequest struct {
	Issues   []int    // numbers, in the order they shall stand
	Groups   []string // keys of groups without a number, after them
	Form     report.Form
	Preparer string    // 研判人, empty leaves a blank
	Version  string    // of tongtang
	At       time.Time // shown as the time of making
	// Candidate is the 转化建议 whose form fills the report; 0 takes the issue's
	// own of the form's direction, if there is one.
	Candidate int
}

// Formats are the endings an export may have, in the order menus show them.
var Formats = []string{"docx", "xlsx", "md", "html", "json", "parquet", "arrow", "qdc", "qdpx"}

// BuildReport fills a report's document from the store: issues as they stand
// now, decisions of today included. An unknown number is a *queries.Refusal.
func BuildReport(ctx context.Context, store *queries.Store, r ReportRequest) (*report.Document, error) {
	d := &report.Document{Form: r.Form}
	run, _, err := store.Run(ctx)
	if err != nil {
		return nil, err
	}
	d.Meta = report.Meta{
		CutOff: day(run.DataUntil), RunID: run.RunID, CorpusDate: day(run.FinishedAt), GeneratedAt: r.At, Version: r.Version,
		DictionaryHash: run.Dictionary, Preparer: r.Preparer,
	}
	latest, _, err := store.Decisions(ctx, queries.DecisionFilter{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(latest) > 0 {
		d.Meta.DecisionSeq = latest[0].Seq
	}
	choices, err := store.Choices(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range choices.Trainings {
		d.Trainings = append(d.Trainings, feedback.Training{
			ID: t.ID, Title: t.Title, Theme: t.Theme, Host: feedback.Department(t.Host), StartsOn: day(t.StartsOn), EndsOn: day(t.EndsOn), Place: t.Place,
		})
	}
	// An alias stands for the issue it was merged into.
	keys, _, err := store.IssueKeys(ctx, r.Issues)
	if err != nil {
		return nil, err
	}
	groups, err := store.GroupsOfReport(ctx, append(keys, r.Groups...))
	if err != nil {
		return nil, err
	}
	cards, err := scorecards(ctx, store, groups)
	if err != nil {
		return nil, err
	}
	for i := range groups {
		v := &groups[i]
		is := reportIssue(v, choices)
		is.Priority = cards[i].reportParts()
		d.Issues = append(d.Issues, is)
		if len(groups) == 1 {
			if err := fillCandidate(ctx, store, d, v, r.Candidate); err != nil {
				return nil, err
			}
		}
		if d.Meta.Preparer == "" {
			d.Meta.Preparer = v.AssigneeName
		}
	}
	if problems := d.Validate(); len(problems) > 0 {
		return nil, &queries.Refusal{Zh: strings.Join(problems, ""), En: "Nothing to export: choose at least one issue."}
	}
	return d, nil
}

func day(t time.Time) string {
	if t.IsZero() || t.Year() < 1990 {
		return ""
	}
	return t.Format(time.DateOnly)
}

func reportIssue(v *queries.GroupView, choices queries.Choices) report.Issue {
	is := report.Issue{
		Number: v.IssueNo, Aliases: v.Aliases, Key: v.Key, Version: v.Version, Title: v.Title, Statement: v.Statement, TopicCode: v.Topic,
		Keywords: v.Keywords, Lead: v.AssigneeName, DueOn: day(v.DueOn),
	}
	if v.IssueNo != 0 {
		is.Status = v.Status
	}
	for _, t := range choices.Topics {
		if t.Code == v.Topic {
			is.Topic = t.ParentName + " · " + t.Name
		}
	}
	for i := range v.Members {
		m := &v.Members[i]
		it := report.Item{
			ID: m.ID, TrainingID: m.TrainingID, Segment: m.Segment, GivenOn: day(m.GivenOn), Department: feedback.Department(m.Department), Province: m.Province,
			Kind: feedback.Kind(m.Kind), Stem: m.Stem, Text: m.Text, Background: m.Background, Similarity: m.Level, Decided: m.Decided, Endorses: m.Endorses,
		}
		if m.Decided && m.Moved {
			it.Similarity = ""
		}
		for j := range m.Sources {
			it.Sources = append(it.Sources, m.Sources[j].Source())
		}
		is.Items = append(is.Items, it)
	}
	is.Representatives = representatives(v.Members)
	for _, n := range queries.CitedNorms(v.Members) {
		is.Citations = append(is.Citations, report.Citation{Norm: n.Norm, Label: n.Label, Version: n.Version, ItemIDs: n.Items})
	}
	if v.Nature != "" {
		is.Facets = append(is.Facets, report.Facet{Facet: "问题性质", Value: v.Nature})
	}
	if v.Impact != "" {
		is.Facets = append(is.Facets, report.Facet{Facet: "影响程度", Value: v.Impact})
	}
	for _, c := range v.Candidates {
		if c.Status == "已撤回" {
			continue
		}
		is.Candidates = append(is.Candidates, reportCandidate(&c))
	}
	for _, m := range zhTimeline(v) {
		is.Lineage = append(is.Lineage, report.Event{On: day(m.At), What: strings.TrimSpace(m.What + " " + m.Text), Cause: m.By})
	}
	for _, n := range v.Notes {
		is.Notes = append(is.Notes, report.Note{On: day(n.WrittenAt), By: n.Name, Text: n.Text})
	}
	return is
}

// zhTimeline is a group's life in Chinese, whatever the reader's language:
// reports are Chinese documents.
func zhTimeline(v *queries.GroupView) []Moment {
	return (&request{Lang: "zh"}).timeline(v)
}

// representatives are the most central item of each department, in the order
// of centrality, then the next central ones up to eight.
func representatives(members []queries.Member) []string {
	const most = 8
	var out []string
	seen := map[string]bool{}
	for _, m := range members {
		if m.Endorses == "" && !seen[m.Department] {
			seen[m.Department] = true
			out = append(out, m.ID)
		}
	}
	for _, m := range members {
		if len(out) >= most {
			break
		}
		if m.Endorses == "" && !slices.Contains(out, m.ID) {
			out = append(out, m.ID)
		}
	}
	return out
}

var contentTypes = map[string]string{
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"md":   "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8", "json": "application/json",
	"parquet": "application/zip", "arrow": "application/zip", "qdc": "application/xml", "qdpx": "application/zip",
}

// WriteReport writes a document in one of Formats. The columnar formats are a
// zip of two tables, issues and items.
func WriteReport(w io.Writer, d *report.Document, format string) error {
	o := report.Options{}
	switch format {
	case "docx":
		return report.WriteDOCX(w, d, o)
	case "xlsx":
		return report.WriteXLSX(w, d, o)
	case "md":
		return report.WriteMarkdown(w, d, o)
	case "html":
		return report.WriteHTML(w, d, o)
	case "json":
		return report.WriteJSON(w, d, o)
	case "parquet":
		return zipped(w, d, format, report.WriteIssuesParquet, report.WriteItemsParquet)
	case "arrow":
		return zipped(w, d, format, report.WriteIssuesArrow, report.WriteItemsArrow)
	case "qdc":
		return report.WriteQDC(w, d, o)
	case "qdpx":
		return report.WriteQDPX(w, d, o)
	}
	return &queries.Refusal{Zh: "没有“" + format + "”格式：可选 " + strings.Join(Formats, "、") + "。", En: "No such format; choose " + strings.Join(Formats, ", ") + "."}
}

func zipped(w io.Writer, d *report.Document, ext string, issues, items func(io.Writer, *report.Document, report.Options) error) error {
	z := zip.NewWriter(w)
	for i, write := range []func(io.Writer, *report.Document, report.Options) error{issues, items} {
		var b bytes.Buffer
		if err := write(&b, d, report.Options{}); err != nil {
			return err
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: []string{"issues.", "items."}[i] + ext, Method: zip.Store, Modified: d.Meta.GeneratedAt})
		if err != nil {
			return err
		}
		if _, err := f.Write(b.Bytes()); err != nil {
			return err
		}
	}
	return z.Close()
}

// exportMost is how many issues one export may hold.
const exportMost = 200

func exportReport(rq *request) error {
	q := rq.c.Request.URL.Query()
	r := ReportRequest{Groups: q["group"], Form: report.Form(rq.query("form")), Version: rq.w.opts.Version, At: time.Now().In(rq.w.opts.Location), Preparer: rq.query("preparer"), Candidate: rq.number(rq.query("candidate"))}
	for _, s := range q["issue"] {
		r.Issues = append(r.Issues, rq.number(s))
	}
	if len(r.Issues)+len(r.Groups) > exportMost {
		return &queries.Refusal{Zh: fmt.Sprintf("一次最多导出 %d 个问题。", exportMost), En: fmt.Sprintf("At most %d issues at a time.", exportMost)}
	}
	if r.Form != "" && !slices.Contains(report.Forms, r.Form) {
		return &queries.Refusal{Zh: "没有这种文书。", En: "There is no such form."}
	}
	format := rq.query("format")
	if format == "" {
		format = "docx"
	}
	d, err := BuildReport(rq.ctx(), rq.w.store, r)
	if err != nil {
		return err
	}
	rq.hideReport(d)
	return rq.sendReport(d, format, map[string]any{"form": r.Form, "issues": r.Issues, "groups": r.Groups, "candidate": r.Candidate})
}

// hideReport takes other departments' originals out of a document when the
// setting says so.
func (rq *request) hideReport(d *report.Document) {
	if !rq.w.opts.OwnDepartmentOnly || rq.may(review) {
		return
	}
	hide := func(items []report.Item) {
		for i := range items {
			if it := &items[i]; string(it.Department) != rq.Me.Department {
				it.Text, it.Stem, it.Background = "（仅本部门可见）", "", ""
			}
		}
	}
	for i := range d.Issues {
		hide(d.Issues[i].Items)
	}
	hide(d.Loose)
}

// sendReport writes a document, notes it in the log and sends it.
func (rq *request) sendReport(d *report.Document, format string, about map[string]any) error {
	if err := rq.refuseBlind(itemsOf(d)); err != nil {
		return err
	}
	var b bytes.Buffer
	own, err := writeOwn(&b, rq.w.store.Folder(), d, format)
	if err == nil && !own {
		err = WriteReport(&b, d, format)
	}
	if err != nil {
		return err
	}
	about["bytes"], about["own_template"] = b.Len(), own
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "export."+format, exportSubject(d), about); err != nil {
		return err
	}
	ext := format
	if format == "parquet" || format == "arrow" {
		ext = format + ".zip"
	}
	name := exportName(d) + "." + ext
	// RFC 6266: the plain name for old programs, the real one in UTF-8.
	rq.c.Header("Content-Disposition", `attachment; filename="tongtang.`+ext+`"; filename*=UTF-8''`+url.PathEscape(name))
	rq.c.Data(http.StatusOK, contentTypes[format], b.Bytes())
	return nil
}

// itemsOf are the items a document shows.
func itemsOf(d *report.Document) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range d.Issues {
			for j := range d.Issues[i].Items {
				if !yield(d.Issues[i].Items[j].ID) {
					return
				}
			}
		}
		for i := range d.Loose {
			if !yield(d.Loose[i].ID) {
				return
			}
		}
	}
}

func exportSubject(d *report.Document) string {
	if len(d.Issues) == 1 && d.Issues[0].Number != 0 {
		return "issue:" + strconv.Itoa(d.Issues[0].Number)
	}
	return fmt.Sprintf("issues:%d", len(d.Issues))
}

func exportName(d *report.Document) string {
	form := string(d.Form)
	if form == "" {
		form = string(report.Study)
		if len(d.Issues) > 1 {
			form = string(report.Digest)
		}
	}
	if len(d.Issues) == 1 {
		return form + " " + d.Issues[0].Label()
	}
	return fmt.Sprintf("%s %d个问题", form, len(d.Issues))
}
