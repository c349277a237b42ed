package intake

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"tongtang/pipeline/feedback"
)

// parquetBatch is how many rows are decoded at a time.
const parquetBatch = 1024

// decodeParquet reads a Parquet file in batches; its column names are the
// header.
func (r *reading) decodeParquet(f *os.File, size int64) error {
	broken := refuse(feedback.RejectUnreadable, "Parquet文件不完整或已损坏，请重新导出。")
	var pr *file.Reader
	var rr pqarrow.RecordReader
	var err error
	if !survives(func() { pr, err = file.NewParquetReader(io.NewSectionReader(f, 0, size)) }) || err != nil {
		return broken
	}
	defer survives(func() { pr.Close() })
	for i := range pr.NumRowGroups() {
		if n := pr.MetaData().RowGroup(i).TotalByteSize(); n < 0 || n > r.d.limits.UnzippedBytes {
			return refuse(feedback.RejectTooLarge, "Parquet的一个行组超过%s，请用较小的行组重新导出。", sizeWords(r.d.limits.UnzippedBytes))
		}
	}
	whole := false
	if !survives(func() { whole = wholePages(pr, f, size, r.d.limits.UnzippedBytes) }) || !whole {
		return broken
	}
	if !survives(func() {
		var fr *pqarrow.FileReader
		if fr, err = pqarrow.NewFileReader(pr, pqarrow.ArrowReadProperties{BatchSize: parquetBatch}, memory.NewGoAllocator()); err == nil {
			rr, err = fr.GetRecordReader(r.ctx, nil, nil)
		}
	}) || err != nil {
		return broken
	}
	defer survives(func() { rr.Release() })
	schema := rr.Schema()
	names := make([]string, schema.NumFields())
	for i, fd := range schema.Fields() {
		names[i] = fd.Name
	}
	rows := func(yield func(row, error) bool) {
		if !yield(row{num: 0, cells: names}, nil) {
			return
		}
		num := 0
		cells := make([]string, len(names))
		for {
			var rec arrow.Record
			var err error
			if !survives(func() { rec, err = rr.Read() }) {
				err = errDamaged
			}
			if errors.Is(err, io.EOF) || rec == nil && err == nil {
				return
			}
			if err != nil {
				if ctxErr := r.ctx.Err(); ctxErr != nil {
					yield(row{}, ctxErr)
					return
				}
				src := r.source()
				src.Row = num + 1
				yield(row{}, &refusal{feedback.RejectUnreadable, fmt.Sprintf("第%d行起已损坏，其后未读取，请重新导出。", num+1), &src})
				return
			}
			for i := range int(rec.NumRows()) {
				num++
				for c := range names {
					cells[c] = arrowText(rec.Column(c), i)
				}
				if !yield(row{num: num, cells: cells[:len(names):len(names)]}, nil) {
					return
				}
			}
		}
	}
	sheet, err := r.readTable(table{form: r.file.Name, rows: rows})
	r.report.Sheets = append(r.report.Sheets, sheet)
	return err
}

var errDamaged = errors.New("damaged page")

// survives runs f and says whether it came back: the library panics on some
// damaged pages instead of returning an error. Only its own calls are guarded.
func survives(f func()) (ok bool) {
	defer func() { ok = recover() == nil }()
	f()
	return true
}

// arrowText is one value as a cell.
func arrowText(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return ""
	}
	switch a := a.(type) {
	case *array.String:
		return strings.ToValidUTF8(strings.Clone(a.Value(i)), "\ufffd")
	case *array.LargeString:
		return strings.ToValidUTF8(strings.Clone(a.Value(i)), "\ufffd")
	case *array.Binary:
		return strings.ToValidUTF8(string(a.Value(i)), "\ufffd")
	case *array.Date32:
		return a.Value(i).ToTime().Format(time.DateOnly)
	case *array.Date64:
		return a.Value(i).ToTime().Format(time.DateOnly)
	case *array.Timestamp:
		if unit, ok := a.DataType().(*arrow.TimestampType); ok {
			return a.Value(i).ToTime(unit.Unit).Format(time.DateTime)
		}
	case *array.Dictionary:
		return arrowText(a.Dictionary(), a.GetValueIndex(i))
	case *array.List:
		start, end := a.ValueOffsets(i)
		var parts []string
		for k := start; k < end; k++ {
			if s := arrowText(a.ListValues(), int(k)); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "┋")
	}
	return a.ValueStr(i)
}
