package workbench

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// OutcomesPage closes the loop: what became of what each training said, and
// which answered issues came up again.
type OutcomesPage struct {
	Trainings []queries.TrainingOutcome
	Relapses  []queries.Relapse
	Answered  int // issues answered
	Again     int // of those, come up again since
	Share     float64
}

func outcomesPage(rq *request) error {
	var p OutcomesPage
	var err error
	if p.Trainings, err = rq.w.store.TrainingOutcomes(rq.ctx()); err != nil {
		return err
	}
	if p.Relapses, err = rq.w.store.Relapses(rq.ctx()); err != nil {
		return err
	}
	for _, r := range p.Relapses {
		p.Answered++
		if r.Items > 0 {
			p.Again++
		}
	}
	if p.Answered > 0 {
		p.Share = float64(p.Again) / float64(p.Answered)
	}
	slices.SortStableFunc(p.Relapses, func(a, b queries.Relapse) int { return b.Items - a.Items })
	return rq.show(http.StatusOK, "outcomes", "办理反馈", p)
}

// OutcomePage is what became of what one training said.
type OutcomePage struct {
	Training  string
	Title     string
	Host      feedback.Department
	StartsOn  time.Time
	Items     int
	InIssues  int
	Suggested int
	Alone     int
	Rejected  int
	Issues    []OutcomeIssue
	Groups    []OutcomeIssue // nobody has confirmed yet
	People    int
	MayExport bool
	Receipts  bool
}

// OutcomeIssue is an issue a training spoke of, with what came of it.
type OutcomeIssue struct {
	No                     int
	Key                    string
	Title, Status, Outcome string
	Items                  int // of this training
	Told                   []queries.Told
}

func outcomePage(rq *request) error {
	p, _, err := rq.outcome(rq.c.Param("training"))
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "outcome", rq.t("反馈办理情况")+" "+p.Training, p)
}

func (rq *request) outcome(training string) (OutcomePage, []queries.SaidItem, error) {
	p := OutcomePage{Training: training, MayExport: rq.may(takeOut), Receipts: rq.may(receipt)}
	choices, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return p, nil, err
	}
	i := slices.IndexFunc(choices.Trainings, func(t queries.Training) bool { return t.ID == training })
	if i < 0 {
		return p, nil, &queries.Refusal{Kind: queries.NotFound, Zh: "没有这一期培训，或尚未收到其反馈。", En: "There is no such training, or nothing of it has come in yet."}
	}
	t := choices.Trainings[i]
	p.Title, p.Host, p.StartsOn = t.Title, feedback.Department(t.Host), t.StartsOn
	items, told, rejected, err := rq.w.store.SaidAt(rq.ctx(), training)
	if err != nil {
		return p, nil, err
	}
	p.Items, p.Rejected = len(items), len(rejected)
	people := map[string]bool{}
	at := map[string]int{}
	for _, it := range items {
		if it.Contributor != "" {
			people[it.Contributor] = true
		}
		list := &p.Issues
		switch {
		case it.IssueNo != 0:
			p.InIssues++
		case it.State == queries.StateSuggested:
			p.Suggested++
			list = &p.Groups
		default:
			p.Alone++
			continue
		}
		i, ok := at[it.GroupKey]
		if !ok {
			i = len(*list)
			at[it.GroupKey] = i
			*list = append(*list, OutcomeIssue{No: it.IssueNo, Key: it.GroupKey, Title: it.Title, Status: it.Status, Outcome: it.Outcome, Told: told[it.IssueNo]})
		}
		(*list)[i].Items++
	}
	p.People = len(people)
	slices.SortFunc(p.Issues, func(a, b OutcomeIssue) int { return a.No - b.No })
	slices.SortFunc(p.Groups, func(a, b OutcomeIssue) int {
		if a.Items != b.Items {
			return b.Items - a.Items
		}
		return strings.Compare(a.Key, b.Key)
	})
	for i := range p.Groups {
		p.Groups[i].Told = nil
	}
	return p, items, nil
}

func outcomeReport(rq *request) error {
	training := rq.c.Param("training")
	format := rq.query("format")
	if format == "" {
		format = "docx"
	}
	d, err := BuildOutcome(rq.ctx(), rq.w.store, training, ReportRequest{Version: rq.w.opts.Version, At: time.Now().In(rq.w.opts.Location)})
	if err != nil {
		return err
	}
	rq.hideReport(d)
	return rq.sendReport(d, format, map[string]any{"form": d.Form, "training": training})
}

// ReceiptsPage tells every contributor, by code and without a name, what
// became of each thing they said.
type ReceiptsPage struct {
	Training string
	Title    string
	People   []Receipt
	Asked    string // a code typed in, to find one's own
	Total    int
}

// Receipt is one contributor's.
type Receipt struct {
	Code       string
	Department feedback.Department
	Lines      []ReceiptLine
}

// ReceiptLine is one item and what became of it.
type ReceiptLine struct {
	ID      string
	Text    string
	IssueNo int
	Key     string
	Title   string
	Status  string
	Result  string
}

// receiptCode is how much of a contributor's key stands on a receipt: long
// enough to tell people apart, and what the organiser's list can be looked up
// by.
const receiptCode = 12

func receiptsPage(rq *request) error {
	p, err := rq.receipts()
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "receipts", rq.t("反馈回执")+" "+p.Training, p)
}

func (rq *request) receipts() (ReceiptsPage, error) {
	training := rq.c.Param("training")
	o, items, err := rq.outcome(training)
	if err != nil {
		return ReceiptsPage{}, err
	}
	p := ReceiptsPage{Training: training, Title: o.Title, Asked: rq.query("code")}
	results := map[int]string{}
	for _, is := range o.Issues {
		results[is.No] = toldText(is)
	}
	blind, err := rq.blind()
	if err != nil {
		return p, err
	}
	for _, it := range items {
		code := it.Contributor
		if code == "" {
			code = "（未记名）"
		} else if len(code) > receiptCode {
			code = code[:receiptCode]
		}
		if p.Asked != "" && !strings.HasPrefix(code, p.Asked) {
			continue
		}
		if n := len(p.People); n == 0 || p.People[n-1].Code != code {
			p.People = append(p.People, Receipt{Code: code, Department: feedback.Department(it.Department)})
		}
		line := ReceiptLine{ID: it.ID, Text: it.Text, IssueNo: it.IssueNo, Key: it.GroupKey, Title: it.Title}
		if rq.w.opts.OwnDepartmentOnly && !rq.may(review) && it.Department != rq.Me.Department {
			line.Text = "（仅本部门可见）"
		}
		switch {
		case it.IssueNo != 0:
			line.Status, line.Result = it.Status, results[it.IssueNo]
		case it.State == queries.StateSuggested:
			// A suggested group's title is somebody's own sentence: nobody has
			// confirmed yet that it may stand for others'.
			line.Title, line.Status, line.Result = "", "待初筛", "与其他反馈相近，正在研判是否归并。"
		default:
			line.Title, line.Status, line.Result = "", "个性问题", "已收存，后续培训再有反映时一并研究。"
		}
		if blind[it.ID] {
			line.IssueNo, line.Key, line.Title, line.Status, line.Result = 0, "", "", "双人研读", ""
		}
		last := &p.People[len(p.People)-1]
		last.Lines = append(last.Lines, line)
		p.Total++
	}
	return p, nil
}

// toldText is what came of an issue, a sentence for the person who raised it.
func toldText(is OutcomeIssue) string {
	var parts []string
	for _, t := range is.Told {
		s := "列为" + t.Direction + "候选"
		switch {
		case t.Told != "":
			s = t.Direction + "：" + t.Told
		case t.Result != "":
			s += "，办理结果：" + t.Result
			if t.ResultDoc != "" {
				s += "（" + t.ResultDoc + "）"
			}
		default:
			s += "，目前" + t.Status
		}
		parts = append(parts, strings.TrimRight(s, "。")+"。")
	}
	if len(parts) == 0 {
		return "已归入问题研究，目前" + is.Status + "。"
	}
	return strings.Join(parts, "")
}

func receiptsSheet(rq *request) error {
	p, err := rq.receipts()
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "反馈回执"
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, width := range []float64{16, 14, 22, 60, 10, 40, 12, 60} {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	row := 0
	write := func(style int, cells ...string) error {
		row++
		out := make([]any, len(cells))
		for i, c := range cells {
			out[i] = excelize.Cell{StyleID: style, Value: plainCell(c)}
		}
		return w.SetRow(fmt.Sprintf("A%d", row), out)
	}
	if err := write(bold, "学员代码", "部门", "条目编号", "反馈内容（已脱敏）", "问题编号", "归入的问题", "状态", "办理情况"); err != nil {
		return err
	}
	for _, person := range p.People {
		for _, l := range person.Lines {
			no := ""
			if l.IssueNo != 0 {
				no = fmt.Sprintf("第%d号", l.IssueNo)
			}
			if err := write(wrap, person.Code, person.Department.Name(), l.ID, l.Text, no, l.Title, l.Status, l.Result); err != nil {
				return err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return err
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "export.receipts", "training:"+p.Training, map[string]any{"people": len(p.People), "items": p.Total}); err != nil {
		return err
	}
	name := "反馈回执 " + p.Training + ".xlsx"
	rq.c.Header("Content-Disposition", `attachment; filename="receipts.xlsx"; filename*=UTF-8''`+url.PathEscape(name))
	rq.c.Data(http.StatusOK, contentTypes["xlsx"], b.Bytes())
	return nil
}

// plainCell guards a text against being taken for a formula and drops what XML
// cannot hold.
func plainCell(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	if s != "" && strings.ContainsRune("=+-@\t", rune(s[0])) {
		return "'" + s
	}
	return s
}
