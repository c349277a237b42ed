package intake

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongtang/pipeline/feedback"
)

func isZipFault(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrAlgorithm) || errors.As(err, &corrupt)
}

// maxSheetRows is the most rows any spreadsheet program writes.
const maxSheetRows = 1 << 20

// decodeXLSX reads a workbook, sheet by sheet, rows streamed. Two passes: the
// first runs over the XML in constant memory for damage, limits, merged ranges
// and secrecy markings; the second is excelize's row iterator, which keeps
// large parts in temporary files.
func (r *reading) decodeXLSX(f *os.File, z *zip.Reader) error {
	spans := map[string][]span{}
	rowCounts := map[string]int{}
	for _, m := range z.File {
		name := strings.ToLower(strings.ReplaceAll(m.Name, `\`, "/"))
		if !strings.HasPrefix(name, "xl/") || !strings.HasSuffix(name, ".xml") {
			continue
		}
		kind := ""
		switch {
		case name == "xl/sharedstrings.xml":
			kind = "strings"
		case strings.HasPrefix(name, "xl/worksheets/") && path.Dir(name) == "xl/worksheets":
			kind = "sheet"
		case name == "xl/workbook.xml" || name == "xl/styles.xml":
		case strings.HasPrefix(name, "xl/drawings/") && path.Dir(name) == "xl/drawings":
			kind = "drawing" // text boxes: not read, but a marking may stand there
		default:
			continue
		}
		found, rows, err := r.scanPart(m, kind)
		if err != nil {
			return err
		}
		if kind == "sheet" {
			key := strings.TrimPrefix(name, "xl/")
			spans[key], rowCounts[key] = found, rows
		}
	}
	book, err := excelize.OpenFile(f.Name(), excelize.Options{
		UnzipSizeLimit: r.d.limits.UnzippedBytes, UnzipXMLSizeLimit: 16 << 20, TmpDir: r.d.opts.TempDir,
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss",
	})
	if err != nil {
		return refuse(feedback.RejectUnreadable, "表格结构已损坏，请用WPS或Excel打开后另存为 .xlsx 再提交。")
	}
	defer book.Close()
	date1904 := false
	if p, err := book.GetWorkbookProps(); err == nil && p.Date1904 != nil {
		date1904 = *p.Date1904
	}
	names := book.GetSheetList()
	if len(names) == 0 {
		return refuse(feedback.RejectEmptyFile, "工作簿中没有工作表，请确认已保存内容后重新提交。")
	}
	paths := sheetPaths(book)
	filledSheets := 0
	for _, name := range names {
		src := r.source()
		src.Sheet = name
		if visible, err := book.GetSheetVisible(name); err == nil && !visible {
			r.report.Sheets = append(r.report.Sheets, SheetReport{Name: name, Skipped: "隐藏工作表"})
			if err := r.note(src, feedback.RejectHiddenSheet, fmt.Sprintf("工作表“%s”是隐藏的，未读取；如需收录，请取消隐藏后重新提交。", name)); err != nil {
				return err
			}
			filledSheets++
			continue
		}
		key := paths[name]
		setting := r.settingOfName(name)
		setting.department = "" // a sheet is named for a province or a topic
		sheet, err := r.readTable(table{
			name: name, form: name, setting: setting, spans: spans[key], date1904: date1904,
			rows: r.sheetRows(book, name, src),
		})
		r.report.Sheets = append(r.report.Sheets, sheet)
		if err != nil {
			return err
		}
		if sheet.Skipped != "空表" {
			filledSheets++
		}
	}
	if filledSheets == 0 {
		return refuse(feedback.RejectEmptyFile, "各工作表均为空，请确认已保存内容后重新提交。")
	}
	return nil
}

// sheetPaths gives each sheet's part, lower case, below xl/.
func sheetPaths(book *excelize.File) map[string]string {
	out := map[string]string{}
	for _, name := range book.GetSheetList() {
		out[name] = ""
	}
	rels := map[string]string{}
	if b, ok := book.Pkg.Load("xl/_rels/workbook.xml.rels"); ok {
		_ = (&xmlScan{depth: 64, textMax: 1 << 20, element: func(name, attrs []byte) error {
			if string(name) == "Relationship" {
				target := strings.TrimPrefix(strings.TrimPrefix(xmlAttr(attrs, "Target"), "/"), "xl/")
				rels[xmlAttr(attrs, "Id")] = strings.ToLower(path.Clean(target))
			}
			return nil
		}}).run(strings.NewReader(string(b.([]byte))))
	}
	if book.WorkBook != nil {
		for _, s := range book.WorkBook.Sheets.Sheet {
			out[s.Name] = rels[s.ID]
		}
	}
	return out
}

// scanPart runs the first pass over one part.
func (r *reading) scanPart(m *zip.File, kind string) (spans []span, rows int, err error) {
	rc, err := m.Open()
	if err != nil {
		return nil, 0, refuse(feedback.RejectUnreadable, "文件不完整或已损坏，请用WPS或Excel打开后另存，再重新提交。")
	}
	defer rc.Close()
	scan := xmlScan{depth: r.d.limits.XMLDepth, textMax: max(4*r.d.limits.CellBytes, 1<<20)}
	count := 0
	scan.element = func(name, attrs []byte) error {
		if count++; count&0xffff == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
		}
		if kind != "sheet" {
			return nil
		}
		switch string(name) {
		case "mergeCell":
			if len(spans) >= r.d.limits.Merges {
				return refuse(feedback.RejectTooLarge, "一个工作表中合并单元格超过%d处，请取消合并后重新提交。", r.d.limits.Merges)
			}
			if s, ok := parseRange(xmlAttr(attrs, "ref")); ok {
				spans = append(spans, s)
			}
		case "row":
			if rows++; rows > maxSheetRows {
				return refuse(feedback.RejectTooLarge, "一个工作表中的行超过%d行（Excel的上限），请删除多余的空行后另存，再重新提交。", maxSheetRows)
			}
		}
		return nil
	}
	if kind != "" {
		scan.text = func(run []byte) error {
			if len(run) < 120 {
				if mk := marking(string(run)); mk != "" {
					return &marked{mk, r.source()}
				}
			}
			return nil
		}
	}
	if err := scan.run(contextReader{rc, r}); err != nil {
		if ctxErr := r.ctx.Err(); ctxErr != nil {
			return nil, 0, ctxErr
		}
		return nil, 0, scanFault(err)
	}
	slices.SortFunc(spans, func(a, b span) int {
		if a.row1 != b.row1 {
			return a.row1 - b.row1
		}
		return a.col1 - b.col1
	})
	return spans, rows, nil
}

func parseRange(ref string) (span, bool) {
	a, b, ok := strings.Cut(ref, ":")
	if !ok {
		return span{}, false
	}
	c1, r1, err1 := excelize.CellNameToCoordinates(a)
	c2, r2, err2 := excelize.CellNameToCoordinates(b)
	if err1 != nil || err2 != nil {
		return span{}, false
	}
	return span{min(r1, r2), min(c1, c2) - 1, max(r1, r2), max(c1, c2) - 1}, true
}

// sheetRows streams a sheet's rows with content.
func (r *reading) sheetRows(book *excelize.File, name string, src feedback.Source) func(func(row, error) bool) {
	return func(yield func(row, error) bool) {
		rows, err := book.Rows(name)
		if err != nil {
			no := &refusal{feedback.RejectUnreadable, "该工作表不是普通表格（可能是图表），未读取。", &src}
			yield(row{}, no)
			return
		}
		defer rows.Close()
		num := 0
		for rows.Next() {
			num++
			if num&1023 == 0 {
				if err := r.ctx.Err(); err != nil {
					yield(row{}, err)
					return
				}
			}
			cells, err := rows.Columns()
			if err != nil {
				at := src
				at.Row = num
				yield(row{}, &refusal{feedback.RejectUnreadable, fmt.Sprintf("第%d行起结构损坏，其后未读取，请用WPS或Excel打开后另存，再重新提交。", num), &at})
				return
			}
			if len(cells) == 0 {
				continue
			}
			note := ""
			if len(cells) > r.d.limits.Columns {
				if filled(cells[r.d.limits.Columns:]) > 0 {
					note = fmt.Sprintf("第%d行超过%d列，多出的内容未读取。", num, r.d.limits.Columns)
				}
				cells = cells[:r.d.limits.Columns]
			}
			for i, c := range cells {
				cells[i] = trimSpaces(c)
				if strings.HasPrefix(c, "#") && errorValue.MatchString(c) {
					cells[i] = ""
				}
			}
			if !yield(row{num, cells, note}, nil) {
				return
			}
		}
		if err := rows.Error(); err != nil {
			yield(row{}, &refusal{feedback.RejectUnreadable, "工作表结构损坏，请用WPS或Excel打开后另存，再重新提交。", &src})
		}
	}
}

// errorValue is what a formula that failed shows; nobody wrote it.
var errorValue = regexp.MustCompile(`^#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)$`)

func trimSpaces(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' && s[0] < 0x80 && s[len(s)-1] < 0x80 {
		return s
	}
	return strings.TrimSpace(s)
}
