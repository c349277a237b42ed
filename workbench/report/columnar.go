package report

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

// The two tables for data people. A field may be added at the end; none is
// renamed or removed under one TableSchema. What is unknown is null.
const TableSchema = "tongtang.tables/1"

var (
	sourceType = arrow.StructOf(
		arrow.Field{Name: "sha256", Type: arrow.BinaryTypes.String},
		arrow.Field{Name: "file", Type: arrow.BinaryTypes.String},
		arrow.Field{Name: "sheet", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "row", Type: arrow.PrimitiveTypes.Int32},
		arrow.Field{Name: "column", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "part", Type: arrow.PrimitiveTypes.Int32},
	)
	citationType = arrow.StructOf(
		arrow.Field{Name: "norm", Type: arrow.BinaryTypes.String},
		arrow.Field{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "version", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "items", Type: arrow.PrimitiveTypes.Int32},
	)
	candidateType = arrow.StructOf(
		arrow.Field{Name: "direction", Type: arrow.BinaryTypes.String},
		arrow.Field{Name: "status", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "reason", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "result", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "result_doc", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "result_on", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	)
	partType = arrow.StructOf(
		arrow.Field{Name: "name", Type: arrow.BinaryTypes.String},
		arrow.Field{Name: "score", Type: arrow.PrimitiveTypes.Float64},
		arrow.Field{Name: "weight", Type: arrow.PrimitiveTypes.Float64},
	)
)

// cell appends one value to a column.
type cell func(array.Builder)

// tableColumn is a column of a table over rows of R.
type tableColumn[R any] struct {
	field arrow.Field
	value func(R) cell
}

// issueItem is a row of the table items; its issue is nil for a loose item.
type issueItem struct {
	*listedItem
	issue *composed
}

var itemColumns = []tableColumn[issueItem]{
	{required("item_id", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.ID) }},
	{required("ref", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.ref.text()) }},
	{optional("issue_number", arrow.PrimitiveTypes.Int32), func(r issueItem) cell {
		if r.issue == nil || r.issue.Number == 0 {
			return null
		}
		return integer(r.issue.Number)
	}},
	{optional("issue_key", arrow.BinaryTypes.String), func(r issueItem) cell {
		if r.issue == nil {
			return null
		}
		return str(r.issue.Key)
	}},
	{optional("training_id", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.TrainingID) }},
	{optional("segment", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.Segment) }},
	{optional("given_on", arrow.FixedWidthTypes.Date32), func(r issueItem) cell { return date(r.GivenOn) }},
	{required("department", arrow.BinaryTypes.String), func(r issueItem) cell { return must(string(r.Department)) }},
	{required("department_name", arrow.BinaryTypes.String), func(r issueItem) cell { return must(r.Department.Name()) }},
	{optional("province", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.Province) }},
	{optional("kind", arrow.BinaryTypes.String), func(r issueItem) cell { return str(string(r.Kind)) }},
	{optional("stem", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.Stem) }},
	{required("text", arrow.BinaryTypes.String), func(r issueItem) cell { return must(r.Text) }},
	{optional("background", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.Background) }},
	{optional("similarity", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.Similarity) }},
	{required("decided", arrow.FixedWidthTypes.Boolean), func(r issueItem) cell {
		return func(b array.Builder) { b.(*array.BooleanBuilder).Append(r.Decided) }
	}},
	{optional("endorses", arrow.BinaryTypes.String), func(r issueItem) cell { return str(r.Endorses) }},
	{required("sources", arrow.ListOf(sourceType)), func(r issueItem) cell {
		var rows [][]cell
		for _, s := range r.Sources {
			rows = append(rows, []cell{must(s.SHA256), must(s.File), str(s.Sheet), integer(s.Row), str(s.Column), integer(s.Part)})
		}
		return structs(rows)
	}},
}

var issueColumns = []tableColumn[*composed]{
	{optional("number", arrow.PrimitiveTypes.Int32), func(c *composed) cell {
		if c.Number == 0 {
			return null
		}
		return integer(c.Number)
	}},
	{required("key", arrow.BinaryTypes.String), func(c *composed) cell { return must(c.Key) }},
	{required("version", arrow.PrimitiveTypes.Int32), func(c *composed) cell { return integer(c.Version) }},
	{required("aliases", arrow.ListOf(arrow.PrimitiveTypes.Int32)), func(c *composed) cell {
		return list(c.Aliases, integer)
	}},
	{required("title", arrow.BinaryTypes.String), func(c *composed) cell { return must(c.Title) }},
	{optional("statement", arrow.BinaryTypes.String), func(c *composed) cell { return str(c.Statement) }},
	{optional("status", arrow.BinaryTypes.String), func(c *composed) cell { return str(c.Status) }},
	{optional("topic_code", arrow.BinaryTypes.String), func(c *composed) cell { return str(c.TopicCode) }},
	{optional("topic", arrow.BinaryTypes.String), func(c *composed) cell { return str(c.Topic) }},
	{required("keywords", arrow.ListOf(arrow.BinaryTypes.String)), func(c *composed) cell { return list(c.Keywords, must) }},
	{optional("lead", arrow.BinaryTypes.String), func(c *composed) cell { return str(c.Lead) }},
	{optional("due_on", arrow.FixedWidthTypes.Date32), func(c *composed) cell { return date(c.DueOn) }},
	{required("items", arrow.PrimitiveTypes.Int32), func(c *composed) cell { return integer(counts(c).Members) }},
	{required("endorsements", arrow.PrimitiveTypes.Int32), func(c *composed) cell { return integer(counts(c).Endorsements) }},
	{required("departments", arrow.PrimitiveTypes.Int32), func(c *composed) cell { return integer(counts(c).Departments) }},
	{required("provinces", arrow.PrimitiveTypes.Int32), func(c *composed) cell { return integer(counts(c).Provinces) }},
	{required("trainings", arrow.PrimitiveTypes.Int32), func(c *composed) cell { return integer(counts(c).Trainings) }},
	{optional("first_on", arrow.FixedWidthTypes.Date32), func(c *composed) cell { return date(counts(c).First) }},
	{optional("last_on", arrow.FixedWidthTypes.Date32), func(c *composed) cell { return date(counts(c).Last) }},
	{required("department_codes", arrow.ListOf(arrow.BinaryTypes.String)), func(c *composed) cell {
		var codes []string
		for _, d := range departmentsOf(c.items) {
			codes = append(codes, string(d))
		}
		return list(codes, must)
	}},
	{required("training_ids", arrow.ListOf(arrow.BinaryTypes.String)), func(c *composed) cell { return list(trainingsOf(c.items), must) }},
	{required("citations", arrow.ListOf(citationType)), func(c *composed) cell {
		var rows [][]cell
		for _, ci := range sortedCitations(c.Citations) {
			rows = append(rows, []cell{must(ci.Norm), str(ci.Label), str(ci.Version), integer(len(ci.ItemIDs))})
		}
		return structs(rows)
	}},
	{required("candidates", arrow.ListOf(candidateType)), func(c *composed) cell {
		var rows [][]cell
		for _, k := range c.Candidates {
			rows = append(rows, []cell{must(string(k.Direction)), str(k.Status), str(k.Reason), str(k.Result), str(k.ResultDoc), date(k.ResultOn)})
		}
		return structs(rows)
	}},
	{required("priority", arrow.ListOf(partType)), func(c *composed) cell {
		var rows [][]cell
		for _, p := range c.Priority {
			rows = append(rows, []cell{must(p.Name), float(p.Score), float(p.Weight)})
		}
		return structs(rows)
	}},
}

func counts(c *composed) Counts { return CountItems(plain(c.items)) }

func required(name string, t arrow.DataType) arrow.Field { return arrow.Field{Name: name, Type: t} }

func optional(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

func null(b array.Builder) { b.AppendNull() }

// must keeps an empty string, str makes it null.
func must(s string) cell {
	return func(b array.Builder) { b.(*array.StringBuilder).Append(strings.ToValidUTF8(s, "")) }
}

func str(s string) cell {
	if s == "" {
		return null
	}
	return must(s)
}

func integer(n int) cell {
	return func(b array.Builder) { b.(*array.Int32Builder).Append(int32(n)) }
}

func float(f float64) cell {
	return func(b array.Builder) { b.(*array.Float64Builder).Append(f) }
}

// date turns YYYY-MM-DD into days since 1970; anything else is null.
func date(s string) cell {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return null
	}
	return func(b array.Builder) { b.(*array.Date32Builder).Append(arrow.Date32FromTime(t)) }
}

func list[T any](values []T, value func(T) cell) cell {
	return func(b array.Builder) {
		l := b.(*array.ListBuilder)
		l.Append(true)
		for _, v := range values {
			value(v)(l.ValueBuilder())
		}
	}
}

func structs(rows [][]cell) cell {
	return func(b array.Builder) {
		l := b.(*array.ListBuilder)
		l.Append(true)
		s := l.ValueBuilder().(*array.StructBuilder)
		for _, row := range rows {
			s.Append(true)
			for i, value := range row {
				value(s.FieldBuilder(i))
			}
		}
	}
}

// record builds a table. The caller releases it.
func record[R any](d *Document, columns []tableColumn[R], rows []R) arrow.Record {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = c.field
	}
	meta := arrow.NewMetadata(
		[]string{"tongtang.schema", "tongtang.run_id", "tongtang.cut_off", "tongtang.decision_seq", "tongtang.version", "tongtang.dictionary"},
		[]string{TableSchema, d.Meta.RunID, d.Meta.CutOff, strconv.FormatInt(d.Meta.DecisionSeq, 10), d.Meta.Version, d.Meta.DictionaryHash},
	)
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, &meta))
	defer b.Release()
	for _, r := range rows {
		for i, c := range columns {
			c.value(r)(b.Field(i))
		}
	}
	return b.NewRecord()
}

func itemRecord(d *Document, o Options) (arrow.Record, error) {
	_, b, err := build(d, o)
	if err != nil {
		return nil, err
	}
	var rows []issueItem
	for i := range b.issues {
		for k := range b.issues[i].items {
			rows = append(rows, issueItem{&b.issues[i].items[k], &b.issues[i]})
		}
	}
	for i := range b.loose {
		rows = append(rows, issueItem{&b.loose[i], nil})
	}
	return record(d, itemColumns, rows), nil
}

func issueRecord(d *Document, o Options) (arrow.Record, error) {
	_, b, err := build(d, o)
	if err != nil {
		return nil, err
	}
	rows := make([]*composed, len(b.issues))
	for i := range b.issues {
		rows[i] = &b.issues[i]
	}
	return record(d, issueColumns, rows), nil
}

// WriteItemsParquet writes the table of items, a row per item in the order of
// the annex, Snappy-compressed. DuckDB, pandas and Polars read it.
func WriteItemsParquet(w io.Writer, d *Document, o Options) error {
	return writeTable(w, d, o, itemRecord, writeParquet)
}

// WriteIssuesParquet writes the table of issues, a row per issue.
func WriteIssuesParquet(w io.Writer, d *Document, o Options) error {
	return writeTable(w, d, o, issueRecord, writeParquet)
}

// WriteItemsArrow writes the table of items as an Arrow IPC file.
func WriteItemsArrow(w io.Writer, d *Document, o Options) error {
	return writeTable(w, d, o, itemRecord, writeArrow)
}

// WriteIssuesArrow writes the table of issues as an Arrow IPC file.
func WriteIssuesArrow(w io.Writer, d *Document, o Options) error {
	return writeTable(w, d, o, issueRecord, writeArrow)
}

func writeTable(w io.Writer, d *Document, o Options, table func(*Document, Options) (arrow.Record, error), write func(io.Writer, arrow.Record) error) error {
	rec, err := table(d, o)
	if err != nil {
		return err
	}
	defer rec.Release()
	return write(w, rec)
}

func writeParquet(w io.Writer, rec arrow.Record) error {
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithCreatedBy("tongtang"))
	// The file writer closes what it writes to if it can; the file is the caller's.
	out, err := pqarrow.NewFileWriter(rec.Schema(), struct{ io.Writer }{w}, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return fmt.Errorf("writing parquet: %w", err)
	}
	if err := out.Write(rec); err != nil {
		return fmt.Errorf("writing parquet: %w", errors.Join(err, out.Close()))
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing parquet: %w", err)
	}
	return nil
}

func writeArrow(w io.Writer, rec arrow.Record) error {
	out, err := ipc.NewFileWriter(&positioned{w: w}, ipc.WithSchema(rec.Schema()))
	if err != nil {
		return fmt.Errorf("writing arrow: %w", err)
	}
	if err := out.Write(rec); err != nil {
		return fmt.Errorf("writing arrow: %w", errors.Join(err, out.Close()))
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing arrow: %w", err)
	}
	return nil
}

// positioned lets the IPC writer, which seeks only to learn where it is, write
// to anything.
type positioned struct {
	w  io.Writer
	at int64
}

func (p *positioned) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.at += int64(n)
	return n, err
}

func (p *positioned) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("writing arrow: cannot seek")
	}
	return p.at, nil
}
