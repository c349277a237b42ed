package report

import (
	"io"
	"strings"
)

// Paper is a short document that is no report on issues: minutes of a
// consultation, a page on a training. It is laid out as reports are.
type Paper struct {
	Title   string
	Lead    string // one line under the title
	Banner  string // a warning in a box, or ""
	Blocks  []PaperBlock
	Signoff []string // at the right end of the body
	Made    string   // how and from what it was made
	Meta    Meta     // time and author of the file
}

// PaperBlock is one element of a Paper: exactly one of Heading, Text, Note or
// Table is set.
type PaperBlock struct {
	Heading string
	Level   int // of the heading, 1 to 4; it gets its number by itself
	// Text is a paragraph, or several with line breaks between. Label stands
	// before it in bold.
	Label, Text string
	// Blank is what a person has still to write: shown as a visible gap.
	Blank string
	Note  string
	Table *PaperTable
}

// PaperTable is a table: widths are shares of the text width, align has l, c or
// r for each column. A row that begins with 合计 is set in bold.
type PaperTable struct {
	Widths  []int
	Align   string
	Header  []string
	Rows    [][]string
	Compact bool
}

// WritePaperDOCX writes a Paper as a Word file in the manner of WriteDOCX. The
// same Paper gives the same bytes.
func WritePaperDOCX(w io.Writer, p *Paper) error {
	tables, err := embeddedTables()
	if err != nil {
		return err
	}
	words := map[string]bool{}
	for _, t := range tables.Terms {
		words[t.Word] = true
	}
	m := &model{doc: &Document{Meta: p.Meta}, lead: p.Lead, banner: p.Banner, signoff: p.Signoff, made: p.Made}
	m.title = breakTitle(p.Title, 19, words)
	b := &builder{doc: m.doc, m: m, tables: tables, words: words, byBasis: map[string]int{}}
	b.out = &m.blocks
	for _, bl := range p.Blocks {
		switch {
		case bl.Heading != "":
			b.h(max(1, min(bl.Level, 4)), bl.Heading)
		case bl.Note != "":
			b.note(txt(bl.Note))
		case bl.Table != nil:
			b.table(paperTable(bl.Table))
		default:
			b.paperText(bl)
		}
	}
	return m.writeDOCX(w)
}

func (b *builder) paperText(bl PaperBlock) {
	var head []run
	if bl.Label != "" {
		head = []run{strong(bl.Label)}
	}
	lines := strings.FieldsFunc(bl.Text, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) == 0 {
		if bl.Blank != "" {
			head = append(head, blank(bl.Blank))
		}
		if len(head) > 0 {
			b.p(head...)
		}
		return
	}
	for i, line := range lines {
		runs := []run{txt(strings.TrimSpace(line))}
		if i == 0 {
			runs = append(head, runs...)
		}
		b.p(runs...)
	}
}

func paperTable(p *PaperTable) *table {
	t := &table{widths: p.Widths, align: []byte(p.Align), header: p.Header, compact: p.Compact}
	for _, row := range p.Rows {
		r := tableRow{strong: len(row) > 0 && strings.HasPrefix(row[0], "合计")}
		for _, cell := range row {
			r.cells = append(r.cells, []run{txt(cell)})
		}
		t.rows = append(t.rows, r)
	}
	return t
}
