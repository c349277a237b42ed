package workbench

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// importReport hands the report on one file back to the organiser as xlsx:
// 概况, 字段对应, 未收入, 提示. It holds nothing the page does not show.
func importReport(rq *request) error {
	p, err := rq.readImportFile(rq.c.Param("sha256"))
	if err != nil {
		return err
	}
	body, err := fileWorkbook(&p)
	if err != nil {
		return fmt.Errorf("report on %s: %w", p.SHA256, err)
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "import.report", "file:"+p.SHA256, map[string]any{"rejected": len(p.Rejects)}); err != nil {
		return err
	}
	base := path.Base(p.Name)
	name := strings.TrimSuffix(base, path.Ext(base)) + "-导入报告.xlsx"
	rq.c.Header("Content-Disposition", `attachment; filename="import-report.xlsx"; filename*=UTF-8''`+url.PathEscape(name))
	rq.c.Data(http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body)
	return nil
}

// fileWorkbook writes the report's four sheets.
func fileWorkbook(p *ImportFilePage) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	b := bookWriter{file: f}
	b.styles()

	figures := [][]string{
		{"文件", p.Name},
		{"结果", p.Outcome},
		{"期次", trainingWords(p.Training)},
		{"格式", cmp.Or(p.Format, "未识别")},
		{"读入行数", fmt.Sprint(p.Rows)},
		{"新增条目", fmt.Sprint(p.Items)},
		{"重复（以前已收入）", fmt.Sprint(p.Repeated)},
		{"未收入", fmt.Sprint(len(p.Rejects))},
		{"脱敏", fmt.Sprintf("%d 处", p.MaskedTotal)},
	}
	if p.Encoding != "" {
		figures = append(figures, []string{"文字编码", p.Encoding})
	}
	if p.Read.Misnamed != "" {
		figures = append(figures, []string{"扩展名", p.Read.Misnamed + " 与内容不符，已按内容读取"})
	}
	for _, m := range p.Masked {
		figures = append(figures, []string{"　脱敏：" + m.Value, fmt.Sprint(m.Items)})
	}
	for _, r := range p.Reasons {
		figures = append(figures, []string{"　未收入：" + r.Value, fmt.Sprint(r.Items)})
	}
	for _, s := range p.Sheets {
		what := fmt.Sprintf("%d 行，%d 段文字，未收入 %d", s.Rows, s.Texts, s.SheetReport.Rejects)
		if s.Skipped != "" {
			what = "未读取：" + s.Skipped
		}
		figures = append(figures, []string{"工作表 " + s.Label(), what})
	}
	b.sheet("概况", []bookColumn{{"项目", 30}, {"内容", 60}}, figures)

	var mapped [][]string
	for _, s := range p.Sheets {
		for _, c := range s.Columns {
			state := "已使用"
			switch {
			case s.Ask && s.Chosen == nil:
				state = "待确认"
			case s.Ask:
				state = "已确认，待夜间读取"
			}
			mapped = append(mapped, []string{s.Label(), c.Letter, c.Header, c.Name, c.Why, state})
		}
	}
	b.sheet("字段对应", []bookColumn{{"工作表", 24}, {"列", 6}, {"表头", 36}, {"对应为", 24}, {"依据", 30}, {"状态", 20}}, mapped)

	if len(p.Earlier) > 0 {
		var readings [][]string
		for i, e := range append(slices.Clone(p.Earlier), p.Now()) {
			state := "改正前"
			if i == len(p.Earlier) {
				state = "现行"
			}
			readings = append(readings, []string{e.RunID, state, fmt.Sprint(e.Rows), fmt.Sprint(e.Items), fmt.Sprint(e.Repeated), fmt.Sprint(e.Rejected), fmt.Sprint(e.MaskedTotal()), strings.Join(e.Columns(), "\n")})
		}
		if c := p.Reread; c != nil {
			readings = append(readings, []string{c.RunID, fmt.Sprintf("与原来相同 %d 条，新读出 %d 条，撤回 %d 条，待人工决定 %d 条", c.Same, c.Fresh, c.Withdrawn, c.Held)})
		}
		b.sheet("各次读取", []bookColumn{{"运行", 20}, {"状态", 24}, {"读入行", 10}, {"新条目", 10}, {"重复", 10}, {"未收入", 10}, {"脱敏", 10}, {"字段对应", 70}}, readings)
	}

	var out [][]string
	for _, r := range p.Rejects {
		row := ""
		if r.Row > 0 {
			row = fmt.Sprint(r.Row)
		}
		out = append(out, []string{strings.Trim(memberOf(r.File)+" · "+r.Sheet, " ·"), row, r.Column, r.Reason, r.Mend, r.Excerpt})
	}
	b.sheet("未收入", []bookColumn{{"工作表", 24}, {"行", 8}, {"列", 24}, {"原因", 24}, {"如何处理", 50}, {"内容（已脱敏）", 50}}, out)

	var notes [][]string
	for _, n := range p.Notes {
		notes = append(notes, []string{n.Place, n.Reason, n.Say})
	}
	b.sheet("提示", []bookColumn{{"位置", 36}, {"类别", 24}, {"说明", 70}}, notes)
	if b.err != nil {
		return nil, b.err
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return nil, err
	}
	f.SetActiveSheet(0)
	var body bytes.Buffer
	if err := f.Write(&body); err != nil {
		return nil, err
	}
	return body.Bytes(), nil
}

// trainingWords says what a file's training is in words.
func trainingWords(id string) string {
	switch id {
	case "":
		return "待指定"
	case "*":
		return "各行自有期次"
	}
	return id
}

type bookColumn struct {
	name  string
	width float64
}

// bookWriter writes plain sheets and keeps the first error.
type bookWriter struct {
	file       *excelize.File
	head, body int
	err        error
}

func (b *bookWriter) keep(err error) { b.err = cmp.Or(b.err, err) }

func (b *bookWriter) styles() {
	var err error
	b.head, err = b.file.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true, Family: "等线", Size: 11}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7EEF5"}},
		Alignment: &excelize.Alignment{Vertical: "center"},
	})
	b.keep(err)
	b.body, err = b.file.NewStyle(&excelize.Style{
		Font: &excelize.Font{Family: "等线", Size: 11}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true},
	})
	b.keep(err)
}

// sheet writes rows of text under a standing header. Every cell is text, and
// one that a spreadsheet could take for a formula has an apostrophe before it.
func (b *bookWriter) sheet(name string, columns []bookColumn, rows [][]string) {
	if b.err != nil {
		return
	}
	_, err := b.file.NewSheet(name)
	b.keep(err)
	w, err := b.file.NewStreamWriter(name)
	if err != nil {
		b.keep(err)
		return
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		b.keep(w.SetColWidth(i+1, i+1, c.width))
		head[i] = excelize.Cell{StyleID: b.head, Value: c.name}
	}
	b.keep(w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	b.keep(w.SetRow("A1", head, excelize.RowOpts{Height: 22}))
	if len(rows) == 0 {
		rows = [][]string{{"无"}}
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, text := range row {
			cells[j] = excelize.Cell{StyleID: b.body, Value: guardCell(text)}
		}
		at, err := excelize.CoordinatesToCellName(1, i+2)
		b.keep(err)
		b.keep(w.SetRow(at, cells))
	}
	b.keep(w.Flush())
}

// guardCell keeps a text from being taken for a formula, and drops what a
// workbook cannot hold.
func guardCell(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, text)
	if r := []rune(text); len(r) > excelize.TotalCellChars-1 {
		text = string(r[:excelize.TotalCellChars-2]) + "…"
	}
	if text != "" && strings.ContainsRune("=+-@\t", rune(text[0])) {
		return "'" + text
	}
	return text
}
