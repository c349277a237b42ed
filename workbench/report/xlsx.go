package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// cellLimit is how many characters Excel holds in a cell.
const cellLimit = 32767

// WriteXLSX writes the report's tables as a workbook of five sheets: 问题清单,
// 各方表述, 反馈条目, 涉及法条, 说明. Text that a spreadsheet could take for a
// formula has an apostrophe before it. Nothing in the workbook depends on the
// clock but Meta.GeneratedAt.
func WriteXLSX(w io.Writer, d *Document, o Options) error {
	m, b, err := build(d, o)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	x := xlsxWriter{file: f}
	x.styles()
	x.sheet("问题清单", []column{
		{"编号", 8, numberColumn},
		{"问题", 36, textColumn},
		{"问题表述", 48, textColumn},
		{"状态", 10, textColumn},
		{"主题", 20, textColumn},
		{"条目", 7, numberColumn},
		{"附议", 7, numberColumn},
		{"部门", 7, numberColumn},
		{"省份", 7, numberColumn},
		{"期次", 7, numberColumn},
		{"首次反映", 12, textColumn},
		{"最近反映", 12, textColumn},
		{"问题性质", 18, textColumn},
		{"影响程度", 12, textColumn},
		{"重大疑难复杂与共性", 26, textColumn},
		{"转化方向", 20, textColumn},
		{"办理结果", 24, textColumn},
		{"关键词", 26, textColumn},
		{"研判人", 10, textColumn},
		{"办理期限", 12, textColumn},
		{"所依据的条目", 24, textColumn},
	}, func(row func(...any)) {
		for i := range b.issues {
			c := &b.issues[i]
			n := CountItems(plain(c.items))
			var parts, directions, results []string
			for _, p := range c.Priority {
				parts = append(parts, p.Name+" "+strconv.FormatFloat(p.Score, 'f', 2, 64))
			}
			for _, k := range c.Candidates {
				directions = append(directions, string(k.Direction))
				if r := resultText(k); r != "" {
					results = append(results, string(k.Direction)+"："+r)
				}
			}
			row(c.prefix, c.Title, c.Statement, cmp.Or(c.Status, "疑似同类"), c.Topic, n.Members, n.Endorsements, n.Departments, n.Provinces, n.Trainings,
				n.First, n.Last, facetValues(c.Facets, "问题性质"), facetValues(c.Facets, "影响程度"), strings.Join(parts, "\n"),
				strings.Join(directions, "\n"), strings.Join(results, "\n"), strings.Join(c.Keywords, "、"), c.Lead, c.DueOn, refText(c.items))
		}
	})
	x.sheet("各方表述", []column{
		{"编号", 8, numberColumn},
		{"问题", 32, textColumn},
		{"部门", 14, textColumn},
		{"条目", 7, numberColumn},
		{"附议", 7, numberColumn},
		{"省份", 7, numberColumn},
		{"期次", 7, numberColumn},
		{"代表性原文一", 50, textColumn},
		{"代表性原文二", 50, textColumn},
		{"代表性原文三", 50, textColumn},
		{"会商意见", 36, textColumn},
		{"所依据的条目", 24, textColumn},
	}, func(row func(...any)) {
		for i := range b.issues {
			c := &b.issues[i]
			for _, dept := range departmentsOf(c.items) {
				own := ofDepartment(c.items, dept)
				n := CountItems(plain(own))
				var quotes [3]string
				for k, it := range c.representatives(dept, 3) {
					quotes[k] = it.text() + "〔" + it.ref.text() + "〕"
				}
				var said []string
				for _, p := range c.Positions {
					if p.Department == dept {
						said = append(said, strings.TrimLeft(p.Stance+"。"+p.Text, "。"))
					}
				}
				row(c.prefix, c.Title, dept.Name(), n.Members, n.Endorsements, n.Provinces, n.Trainings, quotes[0], quotes[1], quotes[2],
					strings.Join(said, "\n"), refText(own))
			}
		}
	})
	x.sheet("反馈条目", []column{
		{"条目", 9, textColumn},
		{"问题编号", 9, numberColumn},
		{"问题", 28, textColumn},
		{"部门", 12, textColumn},
		{"省份", 8, textColumn},
		{"期次", 14, textColumn},
		{"日期", 12, textColumn},
		{"环节", 10, textColumn},
		{"类型", 7, textColumn},
		{"原文", 70, textColumn},
		{"背景", 30, textColumn},
		{"相近", 7, textColumn},
		{"附议", 9, textColumn},
		{"原始出处", 44, textColumn},
		{"文件校验值", 20, codeColumn},
		{"条目永久编号", 24, textColumn},
	}, func(row func(...any)) {
		put := func(it *listedItem, number, title string, byID map[string]*listedItem) {
			endorses := it.Endorses
			if whom := byID[it.Endorses]; whom != nil {
				endorses = whom.ref.text()
			}
			var hashes []string
			for _, s := range it.Sources {
				hashes = append(hashes, s.SHA256)
			}
			row(it.ref.text(), number, title, it.Department.Name(), it.Province, trainingLabel(it.TrainingID), it.GivenOn, it.Segment, string(it.Kind),
				it.text(), it.Background, it.Similarity, endorses, sourceText(it.Sources), strings.Join(hashes, " "), it.ID)
		}
		for i := range b.issues {
			c := &b.issues[i]
			for k := range c.items {
				put(&c.items[k], c.prefix, c.Title, c.byID)
			}
		}
		for i := range b.loose {
			put(&b.loose[i], "", "尚未归入问题", nil)
		}
	})
	x.sheet("涉及法条", []column{
		{"问题编号", 9, numberColumn}, {"条文或文件", 54, textColumn}, {"规范式", 24, textColumn}, {"版本", 20, textColumn}, {"引用条目", 9, numberColumn}, {"核对", 10, textColumn}, {"所依据的条目", 30, textColumn},
	}, func(row func(...any)) {
		for i := range b.issues {
			c := &b.issues[i]
			for _, ci := range sortedCitations(c.Citations) {
				citing := where(c.items, func(it *listedItem) bool { return slices.Contains(ci.ItemIDs, it.ID) })
				row(c.prefix, cmp.Or(ci.Label, ci.Norm), ci.Norm, ci.Version, len(citing), cmp.Or(ci.Verified, "待核"), refText(citing))
			}
		}
	})
	x.sheet("说明", []column{{"项目", 16, textColumn}, {"内容", 100, textColumn}}, func(row func(...any)) {
		row("名称", strings.Join(m.title, ""))
		row("标注", internalMark)
		row("制作", m.made)
		row("编号", "“12.3”指第12号问题第3条；“疑”为尚未经人工确认的疑似同类，“散”为尚未归入问题的反馈。")
		row("计数", "附议指不同单位逐字相同的反映，计入部门、省份、期次，不另计条目。部门、省份、期次按去重后的个数计。")
		row("相近", "高、中、低为条目与所在问题的相近程度；空白为人工归入或仅有一条。")
		row("出处", "文件名、工作表、行号、列名；文件校验值为存档原件的SHA-256。")
		row("保护", "以 = + - @ 开头的文字前加了一个撇号，防止被当作公式执行。")
	})
	if x.err != nil {
		return fmt.Errorf("writing xlsx: %w", x.err)
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return fmt.Errorf("writing xlsx: %w", err)
	}
	f.SetActiveSheet(0)
	stamp := epoch
	if !d.Meta.GeneratedAt.IsZero() {
		stamp = d.Meta.GeneratedAt.UTC()
	}
	when := stamp.Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{Title: strings.Join(m.title, ""), Creator: "同堂培训问题研判工作台", Created: when, Modified: when, Language: "zh-CN"}); err != nil {
		return fmt.Errorf("writing xlsx: %w", err)
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		return fmt.Errorf("writing xlsx: %w", err)
	}
	return rezip(w, buf.Bytes())
}

// refText lists items as 12.1至12.4、12.7.
func refText(items []listedItem) string {
	refs := make([]itemRef, len(items))
	for i := range items {
		refs[i] = items[i].ref
	}
	var out strings.Builder
	for _, r := range rangesOf(refs) {
		out.WriteString(r.text)
	}
	return out.String()
}

func facetValues(facets []Facet, name string) string {
	var out []string
	for _, f := range facets {
		if f.Facet != name {
			continue
		}
		v := f.Value
		if !f.Decided {
			v += "（系统提示）"
		}
		out = append(out, v)
	}
	return strings.Join(out, "\n")
}

type columnKind int

const (
	textColumn columnKind = iota
	numberColumn
	codeColumn // on one line, cut at the cell's edge
)

type column struct {
	name  string
	width float64 // in characters of the default font
	kind  columnKind
}

// xlsxWriter keeps the first error, as bufio does.
type xlsxWriter struct {
	file                     *excelize.File
	head, body, figure, code int
	err                      error
}

func (x *xlsxWriter) styles() {
	style := func(s *excelize.Style) int {
		border := make([]excelize.Border, 0, 4)
		for _, side := range []string{"left", "top", "right", "bottom"} {
			border = append(border, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
		}
		s.Border = border
		id, err := x.file.NewStyle(s)
		x.err = cmp.Or(x.err, err)
		return id
	}
	x.head = style(&excelize.Style{
		Font: &excelize.Font{Bold: true, Family: "宋体", Size: 11}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF3"}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true},
	})
	x.body = style(&excelize.Style{Font: &excelize.Font{Family: "宋体", Size: 11}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}, NumFmt: 49})
	x.code = style(&excelize.Style{Font: &excelize.Font{Family: "宋体", Size: 11}, Alignment: &excelize.Alignment{Vertical: "top"}, NumFmt: 49})
	x.figure = style(&excelize.Style{Font: &excelize.Font{Family: "宋体", Size: 11}, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right"}})
}

// sheet writes one sheet: a standing header, a filter, landscape one page wide
// with the header on each page. What would be too small on A4 is set for A3.
func (x *xlsxWriter) sheet(name string, columns []column, fill func(row func(...any))) {
	if x.err != nil {
		return
	}
	fail := func(err error) { x.err = cmp.Or(x.err, err) }
	_, err := x.file.NewSheet(name)
	fail(err)
	paper, landscape, wide, tall := 9, "landscape", 1, 0
	fit := true
	total := 0.0
	for _, c := range columns {
		total += c.width
	}
	if total > 160 {
		paper = 8
	}
	fail(x.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}))
	fail(x.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &tall}))
	fail(x.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddHeader: "&L" + internalMark + "&R&A", OddFooter: "&C— &P —"}))
	sw, err := x.file.NewStreamWriter(name)
	if err != nil {
		fail(err)
		return
	}
	for i, c := range columns {
		fail(sw.SetColWidth(i+1, i+1, c.width))
	}
	fail(sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	head := make([]any, len(columns))
	for i, c := range columns {
		head[i] = excelize.Cell{StyleID: x.head, Value: c.name}
	}
	fail(sw.SetRow("A1", head, excelize.RowOpts{Height: 24}))
	rows := 1
	fill(func(values ...any) {
		rows++
		cells := make([]any, len(values))
		lines := 1
		for i, v := range values {
			cell := excelize.Cell{StyleID: x.body, Value: v}
			if s, ok := v.(string); ok {
				// Issue numbers are numbers where they are: they sort as such.
				if n, err := strconv.Atoi(s); err == nil && columns[i].kind == numberColumn {
					cell.Value = n
				} else {
					s = cellText(s)
					cell.Value = s
					if columns[i].kind != codeColumn {
						lines = max(lines, linesOf(s, columns[i].width))
					}
				}
			}
			switch columns[i].kind {
			case numberColumn:
				cell.StyleID = x.figure
			case codeColumn:
				cell.StyleID = x.code
			}
			cells[i] = cell
		}
		at, err := excelize.CoordinatesToCellName(1, rows)
		fail(err)
		// Neither Excel nor LibreOffice fits rows of wrapped text on opening.
		fail(sw.SetRow(at, cells, excelize.RowOpts{Height: min(float64(lines)*15+3, 409)}))
	})
	last, err := excelize.CoordinatesToCellName(len(columns), rows)
	fail(err)
	fail(x.file.AutoFilter(name, "A1:"+last, nil))
	fail(x.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + name + "'!$1:$1", Scope: name}))
	fail(sw.Flush())
}

// linesOf estimates how many lines a text takes in a column of a width given
// in digits; a Chinese character is two wide.
func linesOf(s string, width float64) int {
	lines := 0
	for line := range strings.SplitSeq(s, "\n") {
		w := 0.0
		for _, r := range line {
			if r < 0x2e80 {
				w++
			} else {
				w += 2
			}
		}
		lines += max(1, int(math.Ceil(w/(width-1))))
	}
	return lines
}

// cellText guards a text against being taken for a formula, drops what XML
// cannot hold and cuts it to what a cell can.
func cellText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	if s != "" && strings.ContainsRune("=+-@\t", rune(s[0])) {
		s = "'" + s
	}
	const note = "……（过长，全文见系统）"
	if cut, over := firstRunes(s, cellLimit-20); over {
		s = cut + note
	}
	return s
}

// rezip writes a zip again with its entries in order of name and without
// their times, so that the same content has the same bytes.
func rezip(w io.Writer, body []byte) error {
	in, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return fmt.Errorf("reading back: %w", err)
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, f := range in.File {
		entry, err := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: epoch})
		if err != nil {
			return fmt.Errorf("writing %s: %w", f.Name, err)
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("reading %s: %w", f.Name, err)
		}
		if _, err := io.Copy(entry, r); err != nil {
			return fmt.Errorf("writing %s: %w", f.Name, err)
		}
		if err := r.Close(); err != nil {
			return fmt.Errorf("reading %s: %w", f.Name, err)
		}
	}
	return out.Close()
}
