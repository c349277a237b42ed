package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Schema names the shape of WriteJSON. Fields are only ever added under one
// number.
const Schema = "tongtang.report/1"

type jsonReport struct {
	Schema   string            `json:"schema"`
	Form     Form              `json:"form"`
	Title    string            `json:"title"`
	Meta     jsonMeta          `json:"meta"`
	Training string            `json:"training,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Counts   jsonCounts        `json:"counts"`
	Rejected int               `json:"rejected,omitempty"`
	Issues   []jsonIssue       `json:"issues"`
	Loose    []jsonItem        `json:"loose_items,omitempty"`
	Train    []jsonTraining    `json:"trainings"`
}

type jsonMeta struct {
	CutOff         string `json:"cut_off"`
	RunID          string `json:"run_id"`
	CorpusDate     string `json:"corpus_date"`
	DecisionSeq    int64  `json:"decision_seq"`
	GeneratedAt    string `json:"generated_at"`
	Version        string `json:"version"`
	DictionaryHash string `json:"dictionary_hash"`
	Preparer       string `json:"preparer"`
	Reviewer       string `json:"reviewer"`
	ReviewedOn     string `json:"reviewed_on"`
	Strictness     string `json:"strictness"`
}

type jsonCounts struct {
	Issues       int    `json:"issues,omitempty"`
	Items        int    `json:"items"`
	Endorsements int    `json:"endorsements"`
	Departments  int    `json:"departments"`
	Provinces    int    `json:"provinces"`
	Trainings    int    `json:"trainings"`
	First        string `json:"first"`
	Last         string `json:"last"`
}

type jsonIssue struct {
	Number      int              `json:"number"`
	Label       string           `json:"label"`
	Aliases     []int            `json:"aliases"`
	Key         string           `json:"key"`
	Version     int              `json:"version"`
	Title       string           `json:"title"`
	Statement   string           `json:"statement"`
	Status      string           `json:"status"`
	TopicCode   string           `json:"topic_code"`
	Topic       string           `json:"topic"`
	Keywords    []string         `json:"keywords"`
	Lead        string           `json:"lead"`
	DueOn       string           `json:"due_on"`
	Counts      jsonCounts       `json:"counts"`
	Departments []jsonDepartment `json:"departments"`
	Citations   []jsonCitation   `json:"citations"`
	Facets      []jsonFacet      `json:"facets"`
	Priority    []jsonPart       `json:"priority"`
	Candidates  []jsonCandidate  `json:"candidates"`
	Positions   []jsonPosition   `json:"positions"`
	Lineage     []jsonEvent      `json:"lineage"`
	Notes       []jsonNote       `json:"notes"`
	Items       []jsonItem       `json:"items"`
}

type jsonDepartment struct {
	Code            string     `json:"code"`
	Name            string     `json:"name"`
	Counts          jsonCounts `json:"counts"`
	Representatives []string   `json:"representatives"`
}

type jsonItem struct {
	ID             string       `json:"id"`
	Ref            string       `json:"ref"`
	Training       string       `json:"training"`
	Segment        string       `json:"segment"`
	GivenOn        string       `json:"given_on"`
	Department     string       `json:"department"`
	DepartmentName string       `json:"department_name"`
	Province       string       `json:"province"`
	Kind           string       `json:"kind"`
	Stem           string       `json:"stem"`
	Text           string       `json:"text"`
	Background     string       `json:"background"`
	Similarity     string       `json:"similarity"`
	Decided        bool         `json:"decided"`
	Endorses       string       `json:"endorses"`
	Sources        []jsonSource `json:"sources"`
}

type jsonSource struct {
	SHA256 string `json:"sha256"`
	File   string `json:"file"`
	Sheet  string `json:"sheet"`
	Row    int    `json:"row"`
	Column string `json:"column"`
	Part   int    `json:"part"`
}

type jsonCitation struct {
	Norm     string   `json:"norm"`
	Label    string   `json:"label"`
	Version  string   `json:"version"`
	Items    []string `json:"items"`
	Verified string   `json:"verified"`
}

type jsonFacet struct {
	Facet   string   `json:"facet"`
	Value   string   `json:"value"`
	Cue     string   `json:"cue"`
	Items   []string `json:"items"`
	Decided bool     `json:"decided"`
}

type jsonPart struct {
	Name     string  `json:"name"`
	Score    float64 `json:"score"`
	Weight   float64 `json:"weight"`
	Basis    string  `json:"basis"`
	Override string  `json:"override"`
	By       string  `json:"by"`
}

type jsonCandidate struct {
	Direction    Form   `json:"direction"`
	Reason       string `json:"reason"`
	Status       string `json:"status"`
	By           string `json:"by"`
	On           string `json:"on"`
	ReviewBy     string `json:"review_by"`
	DueOn        string `json:"due_on"`
	Result       string `json:"result"`
	ResultReason string `json:"result_reason"`
	ResultDoc    string `json:"result_doc"`
	ResultOn     string `json:"result_on"`
}

type jsonPosition struct {
	Department string `json:"department"`
	Stance     string `json:"stance"`
	Text       string `json:"text"`
	By         string `json:"by"`
	On         string `json:"on"`
}

type jsonEvent struct {
	On    string `json:"on"`
	What  string `json:"what"`
	Cause string `json:"cause"`
}

type jsonNote struct {
	On   string `json:"on"`
	By   string `json:"by"`
	Text string `json:"text"`
}

type jsonTraining struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Theme    string `json:"theme"`
	Host     string `json:"host"`
	StartsOn string `json:"starts_on"`
	EndsOn   string `json:"ends_on"`
}

// WriteJSON writes everything the report knows as one indented JSON object of
// Schema, items in the order of the annex, lists never null.
func WriteJSON(w io.Writer, d *Document, o Options) error {
	m, b, err := build(d, o)
	if err != nil {
		return err
	}
	out := jsonReport{
		Schema: Schema, Form: d.form(), Training: d.TrainingID, Fields: d.Fields, Rejected: len(d.Rejects),
		Issues: []jsonIssue{}, Train: []jsonTraining{}, Counts: countsJSON(append(plain(b.allItems()), plain(b.loose)...)),
	}
	for _, line := range m.title {
		out.Title += line
	}
	out.Counts.Issues = len(b.issues)
	meta := d.Meta
	out.Meta = jsonMeta{
		CutOff: meta.CutOff, RunID: meta.RunID, CorpusDate: meta.CorpusDate, DecisionSeq: meta.DecisionSeq, Version: meta.Version,
		DictionaryHash: meta.DictionaryHash, Preparer: meta.Preparer, Reviewer: meta.Reviewer, ReviewedOn: meta.ReviewedOn, Strictness: meta.Strictness,
	}
	if !meta.GeneratedAt.IsZero() {
		out.Meta.GeneratedAt = meta.GeneratedAt.Format(time.RFC3339)
	}
	for i := range b.issues {
		out.Issues = append(out.Issues, issueJSON(&b.issues[i]))
	}
	for i := range b.loose {
		out.Loose = append(out.Loose, itemJSON(&b.loose[i]))
	}
	for _, t := range d.Trainings {
		out.Train = append(out.Train, jsonTraining{t.ID, t.Title, t.Theme, string(t.Host), t.StartsOn, t.EndsOn})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("writing json: %w", err)
	}
	return nil
}

func issueJSON(c *composed) jsonIssue {
	out := jsonIssue{
		Number: c.Number, Label: c.Label(), Aliases: orEmpty(c.Aliases), Key: c.Key, Version: c.Version, Title: c.Title,
		Statement: c.Statement, Status: c.Status, TopicCode: c.TopicCode, Topic: c.Topic, Keywords: orEmpty(c.Keywords), Lead: c.Lead,
		DueOn: c.DueOn, Counts: countsJSON(plain(c.items)),
		Departments: []jsonDepartment{}, Citations: []jsonCitation{}, Facets: []jsonFacet{}, Priority: []jsonPart{}, Candidates: []jsonCandidate{},
		Positions: []jsonPosition{}, Lineage: []jsonEvent{}, Notes: []jsonNote{}, Items: []jsonItem{},
	}
	for _, d := range departmentsOf(c.items) {
		jd := jsonDepartment{Code: string(d), Name: d.Name(), Counts: countsJSON(plain(ofDepartment(c.items, d))), Representatives: []string{}}
		for _, it := range c.representatives(d, 3) {
			jd.Representatives = append(jd.Representatives, it.ID)
		}
		out.Departments = append(out.Departments, jd)
	}
	for _, ci := range sortedCitations(c.Citations) {
		out.Citations = append(out.Citations, jsonCitation{ci.Norm, ci.Label, ci.Version, orEmpty(ci.ItemIDs), ci.Verified})
	}
	for _, f := range c.Facets {
		out.Facets = append(out.Facets, jsonFacet{f.Facet, f.Value, f.Cue, orEmpty(f.ItemIDs), f.Decided})
	}
	for _, p := range c.Priority {
		out.Priority = append(out.Priority, jsonPart(p))
	}
	for _, k := range c.Candidates {
		out.Candidates = append(out.Candidates, jsonCandidate(k))
	}
	for _, p := range c.Positions {
		out.Positions = append(out.Positions, jsonPosition{string(p.Department), p.Stance, p.Text, p.By, p.On})
	}
	for _, e := range c.Lineage {
		out.Lineage = append(out.Lineage, jsonEvent(e))
	}
	for _, n := range c.Notes {
		out.Notes = append(out.Notes, jsonNote(n))
	}
	for i := range c.items {
		out.Items = append(out.Items, itemJSON(&c.items[i]))
	}
	return out
}

func itemJSON(it *listedItem) jsonItem {
	out := jsonItem{
		ID: it.ID, Ref: it.ref.text(), Training: it.TrainingID, Segment: it.Segment, GivenOn: it.GivenOn, Department: string(it.Department),
		DepartmentName: it.Department.Name(), Province: it.Province, Kind: string(it.Kind), Stem: it.Stem, Text: it.Text, Background: it.Background,
		Similarity: it.Similarity, Decided: it.Decided, Endorses: it.Endorses, Sources: []jsonSource{},
	}
	for _, s := range it.Sources {
		out.Sources = append(out.Sources, jsonSource(s))
	}
	return out
}

func countsJSON(items []Item) jsonCounts {
	c := CountItems(items)
	return jsonCounts{
		Items: c.Members, Endorsements: c.Endorsements, Departments: c.Departments, Provinces: c.Provinces, Trainings: c.Trainings,
		First: c.First, Last: c.Last,
	}
}

func plain(items []listedItem) []Item {
	out := make([]Item, len(items))
	for i := range items {
		out[i] = items[i].Item
	}
	return out
}

func orEmpty[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}
