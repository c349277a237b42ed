// Package report turns studied issues into documents a drafting team can use
// and into tables a data person can load.
//
// The way of a report, in order:
//
//  1. The caller fills a Document: plain data from the store, no SQL here. It
//     carries items and references to items; it carries no counts.
//  2. compose (compose.go, one layout_*.go per family of forms) turns it into
//     a page model of headings, paragraphs, tables and charts. Every figure is
//     counted there from the items that support it, and every quotation is
//     taken from an item, so each can carry a mark that leads to them.
//  3. A writer renders the page model: WriteDOCX in the manner of GB/T
//     9704-2012, WriteMarkdown, WriteHTML. WriteXLSX, WriteJSON and the Parquet
//     and Arrow writers render the Document's tables.
//
// Marks: a figure carries [n], which leads to row n of the annex 数据依据表; that
// row names the items counted. A quotation carries [12.3]: item 3 of issue 12 in
// the annex 反馈条目清单, where its file, sheet and row stand. From any figure to
// the source row are two steps, from any quotation one.
//
// The same Document gives the same bytes, whatever the order of its items: no
// clock is read, zip entries have fixed times and order, maps are never ranged.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// Form is the kind of document. The stored value is the field's own word; for
// a 转化方向 it is the output's name in output_forms.tsv.
type Form string

// The forms. Study is the plain report on one or several issues without a
// direction, Digest a list over many issues, Outcome what became of what one
// training said.
const (
	Study                  Form = "研判报告"
	Digest                 Form = "问题清单"
	Outcome                Form = "反馈办理情况"
	JudicialInterpretation Form = "司法解释"
	NormativeDocument      Form = "规范性文件"
	GuidingCase            Form = "指导性案例" // either kind: lays out both
	GuidingCaseCourt       Form = "指导性案例(法院)"
	GuidingCaseProcuracy   Form = "指导性案例(检察)"
	TypicalCase            Form = "典型案例"
	JointResearch          Form = "联合调研"
	JointCampaign          Form = "联合专项活动"
	RouteToAnswer          Form = "转答复"
	TrainingTheme          Form = "培训选题"
)

// Forms lists every form a Document can take, directions in the order of the
// board.
var Forms = []Form{
	Study, Digest, Outcome, JudicialInterpretation, NormativeDocument, GuidingCase, GuidingCaseCourt, GuidingCaseProcuracy,
	TypicalCase, JointResearch, JointCampaign, RouteToAnswer, TrainingTheme,
}

func joinForms() string {
	names := make([]string, len(Forms))
	for i, f := range Forms {
		names[i] = string(f)
	}
	return strings.Join(names, "、")
}

// Document is everything a report needs to know. Its zero Form means Study
// for one issue and Digest for several.
type Document struct {
	Form Form
	// Title overrides the title made from form and issues.
	Title string
	Meta  Meta
	// Issues stand in the report in this order; the caller decides it.
	Issues []Issue
	// Trainings names the trainings that items refer to. One that is missing
	// is shown by its ID.
	Trainings []feedback.Training
	// Fields holds what people entered in the direction's form, by the field's
	// or section's name in output_forms.tsv (for a name that lists several with
	// |, each of them). Line breaks make paragraphs. What is missing is shown
	// as a visible blank.
	Fields map[string]string
	// TrainingID is the training an Outcome report is about; empty otherwise.
	TrainingID string
	// Loose are an Outcome report's items that stand in no issue yet.
	Loose []Item
	// Rejects are the rows of that training's files that were turned away.
	Rejects []Reject
}

// Reject is a row that was read but not taken in; its text is not shown.
type Reject struct {
	Source       feedback.Source
	Reason, Mend string
}

// Meta is what a reader must know about the making of a report. All of it is
// the caller's: nothing is looked up here.
type Meta struct {
	CutOff         string    // 数据截至: YYYY-MM-DD, the last day whose feedback is in the corpus
	RunID          string    // of the run that built the corpus
	CorpusDate     string    // YYYY-MM-DD on which that corpus was published
	DecisionSeq    int64     // last decision the report has seen
	GeneratedAt    time.Time // shown to the minute, in its own zone
	Version        string    // of tongtang
	DictionaryHash string    // lexicon.Tables.Hash; shown by its first 12 digits
	Preparer       string    // 研判人; empty shows a blank to fill in
	Reviewer       string    // 复核人
	ReviewedOn     string    // YYYY-MM-DD, empty until reviewed
	Strictness     string    // 归并尺度: 严, 中, 宽
}

// Issue is one 归并问题 as it stands at the report's making.
type Issue struct {
	Number  int    // 第N号; 0 for a suggested group that nobody has confirmed
	Aliases []int  // numbers of issues merged into it
	Key     string // group key
	Version int    // of the issue's text and membership, counted from 1; 0 is not shown
	Title   string
	// Statement is 问题表述, the abstract question. Empty shows a blank.
	Statement string
	Status    string // 待初筛 ... 已反馈; empty for a suggested group
	TopicCode string // e.g. 0602
	Topic     string // e.g. 财产性判项 · 履行能力认定
	Keywords  []string
	Lead      string // 研判人 of this issue
	DueOn     string // YYYY-MM-DD

	Items []Item // members, any order
	// Representatives are IDs of the items that speak for the issue, best first.
	// Empty, or lacking for a department: the first of its items with the
	// highest similarity are taken.
	Representatives []string
	Citations       []Citation
	Facets          []Facet
	Priority        []Part
	Candidates      []Candidate
	Positions       []Position // 会商意见, any order
	Lineage         []Event    // oldest first
	Notes           []Note     // oldest first
}

// Item is one feedback item, masked.
type Item struct {
	ID         string
	TrainingID string
	Segment    string // 环节
	GivenOn    string // YYYY-MM-DD or empty
	Department feedback.Department
	Province   string
	Kind       feedback.Kind
	Stem       string
	Text       string
	Background string
	Similarity string // 高, 中, 低; empty when a person attached it or it is the only one
	Decided    bool   // a person confirmed or attached it
	Endorses   string // ID of the item it repeats word for word; counted as 附议
	Sources    []feedback.Source
}

// Citation is one statute, article or document number that items of the issue
// cite.
type Citation struct {
	Norm     string // normal form, e.g. L02@2018#265.1
	Label    string // for people, e.g. 《刑事诉讼法》第二百六十五条第一款
	Version  string // of the statute, e.g. 2018修正
	ItemIDs  []string
	Verified string // who checked it; empty is shown as 待核
}

// Facet is one value of 问题性质, 影响程度 or 共性, with what it rests on.
type Facet struct {
	Facet, Value string
	Cue          string   // the words that gave it, or the reason a person wrote
	ItemIDs      []string // items with the cue; may be empty
	Decided      bool     // a person set it
}

// Part is one part of the scorecard: 重大, 疑难, 复杂, 共性.
type Part struct {
	Name   string
	Score  float64 // 0 to 1
	Weight float64
	Basis  string // how it came about, for people
	// Override is the reason a person gave for another score; empty: none.
	Override string
	By       string // who overrode
}

// Candidate is one 转化建议.
type Candidate struct {
	Direction Form
	Reason    string
	Status    string
	By        string
	On        string // YYYY-MM-DD
	ReviewBy  string
	DueOn     string
	// What the drafting team answered.
	Result       string // 采纳, 部分采纳, 不予采纳, 暂缓研究, 退回补充; empty: none yet
	ResultReason string
	ResultDoc    string // document number
	ResultOn     string
}

// Position is what one department said in deliberation.
type Position struct {
	Department feedback.Department
	Stance     string // e.g. 同意, 不同意, 建议修改
	Text       string
	By, On     string
}

// Event is one step in an issue's life: born, grew, merged, split, went
// dormant, revived, confirmed ...
type Event struct {
	On    string // YYYY-MM-DD
	What  string // a Chinese sentence
	Cause string // run id or decision number
}

// Note is an analyst's remark.
type Note struct{ On, By, Text string }

// Options tunes the rendering. The zero value is the default.
type Options struct {
	// Quotes is the most originals shown per department in the body. Zero means 2.
	Quotes int
	// OmitAnnex leaves out the item list, figure basis and citations. Marks then
	// have nowhere to lead and are left out too.
	OmitAnnex bool
	// Tables are the domain's tables: forms of directions, terms that a title is
	// not broken in. Nil means the embedded ones.
	Tables *lexicon.Tables
}

// Label is the issue's name for people: 第12号, or 疑似同类 for a suggested group.
func (is *Issue) Label() string {
	if is.Number > 0 {
		return fmt.Sprintf("第%d号", is.Number)
	}
	return "疑似同类"
}

// Counts are an issue's figures, each counted from its items. Members counts
// items that are not endorsements; Departments, Provinces and Trainings count
// distinct known values among members and endorsements alike, OtherDept left
// out.
type Counts struct {
	Members, Endorsements             int
	Departments, Provinces, Trainings int
	First, Last                       string // YYYY-MM-DD of the dated items; empty when none is dated
}

// CountItems counts any list of items.
func CountItems(items []Item) Counts {
	var c Counts
	departments, provinces, trainings := map[feedback.Department]bool{}, map[string]bool{}, map[string]bool{}
	for _, it := range items {
		if it.Endorses == "" {
			c.Members++
		} else {
			c.Endorsements++
		}
		if slices.Contains(feedback.Departments, it.Department) {
			departments[it.Department] = true
		}
		if it.Province != "" {
			provinces[it.Province] = true
		}
		if it.TrainingID != "" {
			trainings[it.TrainingID] = true
		}
		if it.GivenOn != "" {
			if c.First == "" || it.GivenOn < c.First {
				c.First = it.GivenOn
			}
			c.Last = max(c.Last, it.GivenOn)
		}
	}
	c.Departments, c.Provinces, c.Trainings = len(departments), len(provinces), len(trainings)
	return c
}

// Validate says, in Chinese sentences, what keeps a Document from being a
// report: no issue, a reference to an item that is not there, two items with
// one ID. A nil result means it can be rendered.
func (d *Document) Validate() []string {
	var out []string
	if len(d.Issues) == 0 && d.form() != Outcome {
		out = append(out, "没有可导出的问题：请至少选择一个问题。")
	}
	for i := range d.Issues {
		is := &d.Issues[i]
		have := make(map[string]bool, len(is.Items))
		for _, it := range is.Items {
			if it.ID == "" {
				out = append(out, fmt.Sprintf("%s有一条反馈没有编号，无法标注出处。", is.Label()))
			} else if have[it.ID] {
				out = append(out, fmt.Sprintf("%s的条目 %s 出现了两次。", is.Label(), it.ID))
			}
			have[it.ID] = true
		}
		check := func(what string, ids []string) {
			for _, id := range ids {
				if !have[id] {
					out = append(out, fmt.Sprintf("%s的%s引用了不在本问题中的条目 %s。", is.Label(), what, id))
				}
			}
		}
		check("代表性原文", is.Representatives)
		for _, c := range is.Citations {
			check("涉及法条", c.ItemIDs)
		}
		for _, f := range is.Facets {
			check(f.Facet, f.ItemIDs)
		}
	}
	return out
}

func (d *Document) form() Form {
	switch {
	case d.Form != "":
		return Form(strings.NewReplacer("（", "(", "）", ")").Replace(string(d.Form)))
	case len(d.Issues) > 1:
		return Digest
	}
	return Study
}

// training finds a training by ID; one that is not listed has only its ID.
func (d *Document) training(id string) feedback.Training {
	for _, t := range d.Trainings {
		if t.ID == id {
			return t
		}
	}
	return feedback.Training{ID: id}
}

// departmentRank orders departments as the agreement does, others last.
func departmentRank(d feedback.Department) int {
	if i := slices.Index(feedback.Departments, d); i >= 0 {
		return i
	}
	return len(feedback.Departments)
}

// sortedItems is the order of the annex, and so of the ordinals in marks: by
// training, date, department, then ID.
func sortedItems(items []Item) []Item {
	out := slices.Clone(items)
	slices.SortFunc(out, func(a, b Item) int {
		return cmp.Or(
			strings.Compare(a.TrainingID, b.TrainingID),
			strings.Compare(a.GivenOn, b.GivenOn),
			cmp.Compare(departmentRank(a.Department), departmentRank(b.Department)),
			strings.Compare(a.ID, b.ID),
		)
	})
	return out
}
