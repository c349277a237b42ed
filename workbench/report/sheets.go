package report

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// Sheet is a plain table for a workbook.
type Sheet struct {
	Name    string
	Columns []SheetColumn
	Rows    [][]any // strings and numbers, as many as there are columns
}

// SheetColumn is one column: its header and its width in characters.
type SheetColumn struct {
	Name   string
	Width  float64
	Number bool // right-aligned; text that is a number becomes one
}

// WriteSheets writes tables as a workbook in the manner of WriteXLSX: standing
// header, filter, A4 landscape, text guarded against being taken for a
// formula. The same tables give the same bytes; at is the time the file bears.
func WriteSheets(w io.Writer, title string, at time.Time, sheets []Sheet) error {
	f := excelize.NewFile()
	defer f.Close()
	x := xlsxWriter{file: f}
	x.styles()
	for _, s := range sheets {
		columns := make([]column, len(s.Columns))
		for i, c := range s.Columns {
			columns[i] = column{c.Name, c.Width, textColumn}
			if c.Number {
				columns[i].kind = numberColumn
			}
		}
		x.sheet(s.Name, columns, func(row func(...any)) {
			for _, r := range s.Rows {
				row(r...)
			}
		})
	}
	if x.err != nil {
		return fmt.Errorf("writing xlsx: %w", x.err)
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return fmt.Errorf("writing xlsx: %w", err)
	}
	f.SetActiveSheet(0)
	if at.IsZero() {
		at = epoch
	}
	when := at.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{Title: title, Creator: "同堂培训问题研判工作台", Created: when, Modified: when, Language: "zh-CN"}); err != nil {
		return fmt.Errorf("writing xlsx: %w", err)
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		return fmt.Errorf("writing xlsx: %w", err)
	}
	return rezip(w, buf.Bytes())
}
