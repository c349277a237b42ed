// Package intake turns what organisers hand in into submissions and rejects.
//
// A file passes these steps:
//
//  1. recognise (format.go): by content, never by extension. What cannot be
//     read here, old Excel and WPS files, password-protected ones, pictures,
//     PDF, is refused with the way out.
//  2. look for a secrecy marking. A file marked 秘密, 机密 or 绝密 yields
//     nothing but one reject.
//  3. decode, one file per format: xlsx.go, csv.go, docx.go, text.go, jsonl.go,
//     parquet.go, zip.go. All of them stream; none holds a big file in memory.
//  4. for tables (table.go): find the header, map its cells to fields
//     (mapping.go), fill merged cells, read values (values.go, province.go). A
//     mapping that is not certain is not used: it is proposed to a person.
//
// Splitting a cell into items is a separate step (split.go): the pipeline splits
// what Decode yields and masks the parts, so that a text is masked as the item it
// becomes.
//
// Bad input is a result, not an error. Only our own faults, a disk that cannot
// be read, a callback that fails, a cancelled context, come back as errors.
package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// File is one file as received.
type File struct {
	Path       string // where its bytes are
	Name       string // base name as received; shown to people and recorded as the source
	SHA256     string // of the bytes, lower-case hex
	TrainingID string // named by the inbox folder, e.g. "2023-1"; empty when none
}

// Options tunes intake. The zero value means the defaults.
type Options struct {
	Limits Limits

	// Mappings are those a person confirmed, by fingerprint of the form.
	Mappings map[string]Mapping

	// Encodings are a person's answers for files whose encoding could not be
	// told, by SHA-256: "utf-8", "gb18030", "utf-16le", "utf-16be" or "big5".
	Encodings map[string]string

	// MinCertainty is the certainty below which a mapping is proposed, not used.
	// Zero means 0.6: a header that merely contains a known word has 0.7.
	MinCertainty float64

	// Mask takes personal data out of excerpts and sample rows. Nil means that
	// rejects and proposals carry no text at all.
	Mask func(string) string

	// TempDir holds unpacked parts of large files while they are read. They hold
	// personal data and are removed before Decode returns. Empty means the
	// system's.
	TempDir string
}

// Limits bound what a file may cost. A file that goes beyond one is refused, or
// its row or cell is, with a sentence that says so. Zero fields mean the
// defaults.
type Limits struct {
	FileBytes     int64 // of a file as received; default 1 GiB
	UnzippedBytes int64 // of all parts of an xlsx, docx or zip together; default 2 GiB
	Ratio         int64 // unzipped to zipped, for parts above 16 MiB; default 400
	Members       int   // of a zip; default 10,000
	CellBytes     int   // of one cell, paragraph or message, in UTF-8; default 256 KiB
	Rows          int   // with content, of one sheet or table; default 2,000,000
	Columns       int   // of a row; default 1,024
	Merges        int   // merged ranges of one sheet; default 200,000
	XMLDepth      int   // nesting of elements; default 256
	DocumentBytes int64 // of a docx's or pasted text's own words, which are held while read; default 64 MiB
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	set64(&l.FileBytes, 1<<30)
	set64(&l.UnzippedBytes, 2<<30)
	set64(&l.Ratio, 400)
	set(&l.Members, 10_000)
	set(&l.CellBytes, 256<<10)
	set(&l.Rows, 2_000_000)
	set(&l.Columns, 1024)
	set(&l.Merges, 200_000)
	set(&l.XMLDepth, 256)
	set64(&l.DocumentBytes, 64<<20)
	return l
}

// Handler receives what a file holds, in the order of the file. A nil function
// means the caller does not want those. An error from any of them ends Decode
// with that error.
type Handler struct {
	Submission func(feedback.Submission) error
	Reject     func(feedback.Reject) error
	Note       func(Note) error

	// Row is told every row of a table before anything of it is left out, just
	// before its submissions and rejects: the way back to an original. cells are
	// unmasked, hold merged values, and are valid during the call only.
	Row func(src feedback.Source, columns []Column, cells []string) error
}

// Note is something worth knowing about a place that was read all the same: a
// department that could not be told, a hidden sheet, a row longer than its
// header. Nothing is lost by it.
type Note struct {
	Source feedback.Source
	Reason feedback.RejectReason
	Say    string // a sentence for the organiser
}

// Report says what was read and how. It holds no cell of the file except
// masked samples in proposals.
type Report struct {
	File      string
	SHA256    string
	Format    Format
	Encoding  string    // of csv, txt and jsonl
	Readings  []Reading // how the file begins in each encoding, when a person must choose one
	Misnamed  string    // the extension, when it says something else than the content
	Marking   string    // the secrecy marking found; the file was not read
	Sheets    []SheetReport
	Members   []Report // of a zip
	RowsIn    int      // rows, turns, messages with any content, headers and footers left out
	Texts     int      // submissions yielded
	Rejects   map[feedback.RejectReason]int
	Notes     map[feedback.RejectReason]int
	Trainings []string // ids found, in order of first appearance
	Waiting   int      // submissions without a training: 待指定期次
	Ignored   Ignored
}

// Ignored counts what was left out on purpose.
type Ignored struct {
	TextBoxes int // of a docx
	Footnotes int
	Deleted   int // revisions marked as deleted
	Messages  int // of a chat: recalls, joins, pictures
}

// SheetReport says how one sheet or table was read.
type SheetReport struct {
	Name    string
	Skipped string // why it was not read, empty when it was
	Header  int    // row of the header's first line, 0 when there is none
	Rows    int    // rows with content below the header, footers left out
	Footers int    // rows at the foot left out: 合计, 填表说明
	Texts   int
	Rejects int
	Mapping *Mapping   // nil when no table was found
	Samples [][]string // first rows, masked, when the mapping waits for a person
}

// Decoder reads files. It is safe for concurrent use.
type Decoder struct {
	opts    Options
	limits  Limits
	headers []headerRule
	depts   departmentRules
	voids   map[string]bool

	longestVoid int // letters of the longest of voids
}

// New makes a decoder from the field's tables.
func New(tables *lexicon.Tables, opts Options) (*Decoder, error) {
	d := &Decoder{opts: opts, limits: opts.Limits.withDefaults(), headers: headerRules(tables.Headers)}
	if d.opts.MinCertainty == 0 {
		d.opts.MinCertainty = 0.6
	}
	var err error
	if d.depts, err = newDepartmentRules(tables.Departments); err != nil {
		return nil, err
	}
	d.voids = voidPhrases(tables.StopPhrases)
	for v := range d.voids {
		d.longestVoid = max(d.longestVoid, utf8.RuneCountInString(v))
	}
	return d, nil
}

// Decode reads one file and hands its submissions, rejects and notes to h. The
// report is complete when the error is nil. When Report.Marking is not empty,
// nothing but one reject was handed over.
func (d *Decoder) Decode(ctx context.Context, f File, h Handler) (Report, error) {
	r := &reading{
		d: d, ctx: ctx, file: f, h: h,
		report: Report{
			File: f.Name, SHA256: f.SHA256,
			Rejects: map[feedback.RejectReason]int{}, Notes: map[feedback.RejectReason]int{},
		},
	}
	err := r.run()
	return r.report, err
}

// reading is one file being read.
type reading struct {
	d       *Decoder
	ctx     context.Context
	file    File
	h       Handler
	report  Report
	inZip   bool
	setting setting // what the file's name says
	memo    memo
}

// setting is what stands around a text and applies to it unless its row says
// otherwise.
type setting struct {
	training   string
	year       int // of the heading, for "第一期" without a year
	date       string
	unit       string
	department feedback.Department
	province   string
	segment    string
}

// under gives s with what inner says put over it.
func (s setting) under(inner setting) setting {
	if inner.training != "" {
		s.training = inner.training
	}
	if inner.year != 0 {
		s.year = inner.year
	}
	if inner.date != "" {
		s.date = inner.date
	}
	if inner.unit != "" {
		s.unit, s.department, s.province = inner.unit, "", ""
	}
	if inner.department != "" {
		s.department = inner.department
	}
	if inner.province != "" {
		s.province = inner.province
	}
	if inner.segment != "" {
		s.segment = inner.segment
	}
	return s
}

func (r *reading) source() feedback.Source {
	return feedback.Source{SHA256: r.file.SHA256, File: r.file.Name}
}

func (r *reading) reject(src feedback.Source, reason feedback.RejectReason, mend, text string) error {
	r.report.Rejects[reason]++
	if r.h.Reject == nil {
		return nil
	}
	return r.h.Reject(feedback.Reject{Source: src, Reason: reason, Mend: mend, Text: r.excerpt(text)})
}

func (r *reading) note(src feedback.Source, reason feedback.RejectReason, say string) error {
	r.report.Notes[reason]++
	if r.h.Note == nil {
		return nil
	}
	return r.h.Note(Note{src, reason, say})
}

func (r *reading) yield(s feedback.Submission) error {
	r.report.Texts++
	if s.TrainingID == "" {
		r.report.Waiting++
	} else {
		r.sawTraining(s.TrainingID)
	}
	if r.h.Submission == nil {
		return nil
	}
	return r.h.Submission(s)
}

func (r *reading) sawTraining(id string) {
	for _, t := range r.report.Trainings {
		if t == id {
			return
		}
	}
	r.report.Trainings = append(r.report.Trainings, id)
}

// excerpt is at most 60 characters of text, masked; nothing without a mask.
func (r *reading) excerpt(text string) string {
	if r.d.opts.Mask == nil || text == "" {
		return ""
	}
	// Cut before masking so that a huge cell costs nothing, but leave room: a
	// number cut in two would no longer look like one.
	if len(text) > 2000 {
		text = strings.ToValidUTF8(text[:2000], "")
	}
	text = strings.Join(strings.Fields(r.d.opts.Mask(text)), " ")
	if utf8.RuneCountInString(text) <= 60 {
		return text
	}
	return string([]rune(text)[:59]) + "…"
}

func (r *reading) run() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	info, err := os.Stat(r.file.Path)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", r.file.Name, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("looking at %s: not a regular file", r.file.Name)
	}
	if info.Size() == 0 {
		return r.reject(r.source(), feedback.RejectEmptyFile, "文件大小为0，请确认已保存内容后重新提交。", "")
	}
	if info.Size() > r.d.limits.FileBytes {
		return r.reject(r.source(), feedback.RejectTooLarge,
			fmt.Sprintf("文件超过%s，请拆分为几个文件后重新提交。", sizeWords(r.d.limits.FileBytes)), "")
	}
	r.setting = r.settingOfName(r.file.Name)
	if m := markingInName(r.file.Name); m != "" {
		return r.quarantine(r.source(), m)
	}
	f, err := os.Open(r.file.Path)
	if err != nil {
		return fmt.Errorf("opening %s: %w", r.file.Name, err)
	}
	defer f.Close()
	return r.decode(f, info.Size())
}

// refusal is what a decoder returns when the organiser can mend the file. It
// travels as an error inside the package and leaves it as a reject.
type refusal struct {
	reason feedback.RejectReason
	mend   string
	src    *feedback.Source // where in the file; nil means the file itself
}

func (e *refusal) Error() string { return string(e.reason) + ": " + e.mend }

func refuse(reason feedback.RejectReason, format string, args ...any) error {
	return &refusal{reason: reason, mend: fmt.Sprintf(format, args...)}
}

// settle turns a refusal into a reject and leaves other errors alone.
func (r *reading) settle(err error) error {
	var no *refusal
	if !errors.As(err, &no) {
		return err
	}
	src := r.source()
	if no.src != nil {
		src = *no.src
	}
	return r.reject(src, no.reason, no.mend, "")
}

func (r *reading) quarantine(src feedback.Source, marking string) error {
	r.report.Marking = marking
	return r.reject(src, feedback.RejectClassified,
		fmt.Sprintf("文件标有“%s”，已隔离，未读取。本系统不处理涉密材料；如属误标，请去除标注后重新提交。", marking), "")
}

// marked is returned by a decoder that met a secrecy marking before it yielded
// anything.
type marked struct {
	marking string
	src     feedback.Source
}

func (e *marked) Error() string { return "marked " + e.marking }

func sizeWords(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%dGB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%dMB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%dKB", n>>10)
	}
	return fmt.Sprintf("%d字节", n)
}

var (
	markStar  = regexp.MustCompile(`(绝密|机密|秘密)[★☆*]`)
	markWhole = regexp.MustCompile(`^[\[【（(〔]?(绝密|机密|秘密)[\]】）)〕]?(?:[★☆*].{0,12}|[0-9]{1,2}(?:年|个月)|长期|启用前)?$`)
	markLabel = regexp.MustCompile(`^(?:密级|保密级别|秘密等级)[:：]?(绝密|机密|秘密)`)
	markName  = regexp.MustCompile(`^(绝密|机密|秘密)(?:[^\p{Han}]|$)|[\[【（(〔](绝密|机密|秘密)[\]】）)〕★☆*]|(绝密|机密|秘密)[★☆]`)
)

// marking finds a secrecy marking in one line, cell or paragraph: 机密★5年,
// 密级：秘密, or a line that says nothing else. A text about state secrets is no
// marking.
func marking(line string) string {
	if len(line) > 120 || !strings.Contains(line, "密") {
		return ""
	}
	line = strings.Join(strings.Fields(strings.NewReplacer("　", "", "\u00a0", "").Replace(line)), "")
	for _, re := range []*regexp.Regexp{markStar, markWhole, markLabel} {
		if m := re.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

func markingInName(name string) string {
	m := markName.FindStringSubmatch(name)
	if m == nil {
		return ""
	}
	return m[1] + m[2] + m[3]
}
