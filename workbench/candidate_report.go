package workbench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// directionsOwn is the stored direction of a form; empty for forms that are
// none's.
func directionsOwn(f report.Form) string {
	name, _, _ := strings.Cut(strings.NewReplacer("（", "(", "）", ")").Replace(string(f)), "(")
	if slices.Contains(feedback.Directions, name) {
		return name
	}
	return ""
}

// fillCandidate gives a document of one issue what its candidate holds: the
// form's fields, the departments' positions, who wrote and who reviewed it.
// chosen names the candidate; 0 takes the issue's of the document's direction.
func fillCandidate(ctx context.Context, store *queries.Store, d *report.Document, v *queries.GroupView, chosen int) error {
	if chosen == 0 {
		direction := directionsOwn(d.Form)
		for _, c := range v.Candidates {
			if direction != "" && c.Direction == direction && c.Status != queries.StageWithdrawn {
				chosen = c.ID
			}
		}
		if chosen == 0 {
			return nil
		}
	}
	c, err := store.Candidate(ctx, chosen)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(v.Candidates, func(o queries.Candidate) bool { return o.ID == c.ID }) {
		return &queries.Refusal{Kind: queries.NotFound, Zh: "这项转化建议不属于所选问题。", En: "This candidate is not of that issue."}
	}
	d.Fields = reportFields(&c)
	is := &d.Issues[0]
	for i := range is.Citations {
		is.Citations[i].Verified = c.Fields[verifiedKey(is.Citations[i].Norm)]
	}
	is.Positions = positions(&c)
	d.Meta.Preparer = c.AuthorName
	reviewed := c.ReviewedBy()
	if reviewed.No != 0 {
		d.Meta.Reviewer, d.Meta.ReviewedOn = reviewed.Name, day(reviewed.TakenAt)
	}
	for i := range is.Candidates {
		if k := &is.Candidates[i]; directionsOwn(k.Direction) == c.Direction {
			k.ReviewBy = reviewed.Name
		}
	}
	return nil
}

// reportFields is a candidate's form in the report's names.
func reportFields(c *queries.CandidateView) map[string]string {
	out := map[string]string{}
	for k, v := range c.Fields {
		if !strings.HasPrefix(k, "核对 ") && !queries.RestrictedField(k) {
			out[k] = v
		}
	}
	if a := c.Fields[queries.FieldApplies]; a != "" {
		out["前置校验"] = "属" + a + "中具体应用法律的问题，指向：" + strings.TrimRight(c.Fields[queries.FieldArticles], "。；") + "。"
	}
	if why := c.Fields[queries.FieldBelowCommon]; why != "" {
		out["重大/疑难/复杂"] = strings.TrimSpace(out["重大/疑难/复杂"] + "\n共性程度未达标准，仍建议开展的理由：" + why)
	}
	// What the deliberation came to belongs with the positions.
	for _, s := range slices.Backward(c.Steps) {
		if s.After == queries.StageDraft {
			break
		}
		if s.Step == "会商结束" && s.Text != "" {
			out["分歧意见"] = strings.TrimSpace(out["分歧意见"] + "\n会商结论：" + s.Text)
			break
		}
	}
	return out
}

// positions are what the departments said in the present round.
func positions(c *queries.CandidateView) []report.Position {
	var out []report.Position
	for i, v := range c.Latest(queries.VoiceConsult) {
		if v.No == 0 {
			continue
		}
		stance := v.Stance
		if stance == "修改" {
			stance = "建议修改"
		}
		by := v.Name
		if v.OnBehalf {
			by += "代录"
		}
		out = append(out, report.Position{Department: feedback.Departments[i], Stance: stance, Text: v.Text, By: by, On: day(v.GivenAt)})
	}
	return out
}

// reportCandidate is a candidate as any report of its issue shows it.
func reportCandidate(c *queries.Candidate) report.Candidate {
	return report.Candidate{
		Direction: report.Form(c.Direction), Reason: c.Reason, Status: c.Status, By: c.AuthorName, On: day(c.CreatedAt), DueOn: day(c.DueOn),
		Result: c.Result, ResultReason: c.ResultReason, ResultDoc: c.ResultDoc, ResultOn: day(c.ResultOn),
	}
}

// BuildOutcome fills the 反馈办理情况 of one training: its items by the issue or
// suggested group they stand in, those that stand alone, and how many rows of
// its files were not taken in. Of an issue only this training's items are in it.
func BuildOutcome(ctx context.Context, store *queries.Store, training string, r ReportRequest) (*report.Document, error) {
	items, _, rejected, err := store.SaidAt(ctx, training)
	if err != nil {
		return nil, err
	}
	r.Form, r.Issues, r.Groups, r.Candidate = report.Outcome, nil, nil, 0
	var loose []report.Item
	for _, it := range items {
		switch {
		case it.IssueNo != 0:
			if !slices.Contains(r.Issues, it.IssueNo) {
				r.Issues = append(r.Issues, it.IssueNo)
			}
		case it.State == queries.StateSuggested:
			if !slices.Contains(r.Groups, it.GroupKey) {
				r.Groups = append(r.Groups, it.GroupKey)
			}
		default:
			loose = append(loose, looseItem(&it))
		}
	}
	slices.Sort(r.Issues)
	slices.Sort(r.Groups)
	d, err := BuildReport(ctx, store, r)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 && !slices.ContainsFunc(d.Trainings, func(t feedback.Training) bool { return t.ID == training }) {
		return nil, &queries.Refusal{Kind: queries.NotFound, Zh: "没有这一期培训。", En: "There is no such training."}
	}
	d.TrainingID, d.Loose = training, loose
	for _, r := range rejected {
		d.Rejects = append(d.Rejects, report.Reject{
			Source: feedback.Source{SHA256: r.SHA256, File: r.File, Sheet: r.Sheet, Row: r.Row, Column: r.Column, Part: r.Part}, Reason: r.Reason, Mend: r.Mend,
		})
	}
	for i := range d.Issues {
		is := &d.Issues[i]
		is.Items = slices.DeleteFunc(is.Items, func(it report.Item) bool { return it.TrainingID != training })
		here := map[string]bool{}
		for _, it := range is.Items {
			here[it.ID] = true
		}
		gone := func(id string) bool { return !here[id] }
		is.Representatives = slices.DeleteFunc(is.Representatives, gone)
		for j := range is.Citations {
			is.Citations[j].ItemIDs = slices.DeleteFunc(is.Citations[j].ItemIDs, gone)
		}
		is.Citations = slices.DeleteFunc(is.Citations, func(c report.Citation) bool { return len(c.ItemIDs) == 0 })
	}
	if problems := d.Validate(); len(problems) > 0 {
		return nil, fmt.Errorf("outcome of %s: %s", training, strings.Join(problems, ""))
	}
	return d, nil
}

func looseItem(it *queries.SaidItem) report.Item {
	out := report.Item{
		ID: it.ID, TrainingID: it.TrainingID, Segment: it.Segment, GivenOn: day(it.GivenOn), Department: feedback.Department(it.Department), Province: it.Province,
		Kind: feedback.Kind(it.Kind), Stem: it.Stem, Text: it.Text, Background: it.Background, Endorses: it.Endorses,
	}
	for i := range it.Sources {
		out.Sources = append(out.Sources, it.Sources[i].Source())
	}
	return out
}

// templateBytes bounds an administrator's own docx template.
const templateBytes = 5 << 20

func templatePath(folder queries.Folder, f report.Form) string {
	return filepath.Join(folder.Templates(), string(f)+".docx")
}

func templateExists(folder queries.Folder, f report.Form) bool {
	info, err := os.Stat(templatePath(folder, f))
	return err == nil && info.Mode().IsRegular()
}

// ownTemplate reads the administrator's template of a form; nil when there is
// none.
func ownTemplate(folder queries.Folder, f report.Form) ([]byte, error) {
	if f == "" || !slices.Contains(report.Forms, f) {
		return nil, nil
	}
	body, err := os.ReadFile(templatePath(folder, f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return body, err
}

// writeOwn writes a docx by the administrator's template, if the form has one.
func writeOwn(b *bytes.Buffer, folder queries.Folder, d *report.Document, format string) (bool, error) {
	form := d.Form
	if form == "" {
		form = report.Study
		if len(d.Issues) > 1 {
			form = report.Digest
		}
	}
	if format != "docx" {
		return false, nil
	}
	template, err := ownTemplate(folder, form)
	if err != nil || template == nil {
		return false, err
	}
	_, err = report.FillTemplate(b, template, d, report.Options{})
	return true, err
}

// checkTemplate fills a template with a document of one bare issue: it is
// sound if that works. unknown are the fields it names that mean nothing.
func checkTemplate(f report.Form, template []byte) (unknown []string, err error) {
	d := &report.Document{Form: f, Meta: report.Meta{CutOff: "2026-01-01", GeneratedAt: time.Unix(0, 0).UTC()}}
	if f != report.Outcome {
		d.Issues = []report.Issue{{Number: 1, Title: "样例", Items: []report.Item{{ID: "a", Department: feedback.Prison, Kind: feedback.Question, Text: "样例"}}}}
	}
	var b bytes.Buffer
	return report.FillTemplate(&b, template, d, report.Options{})
}
