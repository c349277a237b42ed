package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// delimiters in the order in which ties go.
var delimiters = []rune{',', '\t', ';', '|', '，', '；'}

// tellDelimiter finds the separator from the first rows: the one that cuts most
// rows into the same number of cells, and more than one. ok is false when none
// does.
func tellDelimiter(sample string) (rune, bool) {
	best, bestScore := ',', 0
	for _, d := range delimiters {
		widths := map[int]int{}
		rows := 0
		rd := newCSVReader(strings.NewReader(sample), d, 64<<10)
		for rows < 50 {
			rec, err := rd.next()
			if err != nil {
				break
			}
			if filled(rec.cells) == 0 {
				continue
			}
			rows++
			widths[len(rec.cells)]++
		}
		for w, n := range widths {
			// A full-width comma cuts prose as well: it must be regular to count.
			if w < 2 || d > 127 && (n*10 < rows*9 || rows < 2) {
				continue
			}
			score := n*1000/max(rows, 1)*10 + min(w, 9)
			if n*2 < rows {
				score /= 4
			}
			if score > bestScore {
				best, bestScore = d, score
			}
		}
	}
	return best, bestScore > 0
}

// looksLikeTable says whether text is a separated table: its name says so and
// some separator cuts it, or its first rows read as a header.
func (r *reading) looksLikeTable(text string, whole bool) bool {
	name := strings.ToLower(r.file.Name)
	named := strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".tsv") || strings.HasSuffix(name, ".tab")
	if chatLines(text) >= 2 {
		return false
	}
	d, ok := tellDelimiter(text)
	if !ok && !named {
		return false
	}
	if d > 127 && !named {
		return false
	}
	rows := r.csvHead(text, d)
	hd, found := r.d.findHeader(rows, func(i int) []string { return rows[i].cells })
	if named {
		// A csv of prose without any header is plain text with a wrong name.
		return found || ok
	}
	if !found {
		return false
	}
	known, sure := 0, 0
	for _, c := range hd.columns {
		if c.Field != FieldNone {
			known++
			if c.Certainty >= 0.9 {
				sure++
			}
		}
	}
	return known >= 2 && sure >= 2 && hd.at < 10
}

func (r *reading) csvHead(text string, d rune) []row {
	rd := newCSVReader(strings.NewReader(text), d, r.d.limits.CellBytes)
	var rows []row
	for len(rows) < headerWindow {
		rec, err := rd.next()
		if err != nil {
			break
		}
		if filled(rec.cells) > 0 {
			rows = append(rows, row{num: rec.line, cells: slices.Clone(rec.cells)})
		}
	}
	return rows
}

// decodeCSV reads a separated table. Rows are numbered as a spreadsheet program
// shows them: by record, not by line.
func (r *reading) decodeCSV(open func() io.Reader, sample string) error {
	d, ok := tellDelimiter(sample)
	if !ok {
		d = ','
	}
	rd := newCSVReader(contextReader{open(), r}, d, r.d.limits.CellBytes)
	rows := func(yield func(row, error) bool) {
		num := 0
		for {
			rec, err := rd.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(row{}, err)
				return
			}
			num++
			if len(rec.cells) > r.d.limits.Columns {
				src := r.source()
				src.Row = num
				if err := r.reject(src, feedback.RejectTooLarge,
					fmt.Sprintf("本行有%d列，超过上限%d列，未读取，请检查分隔符。", len(rec.cells), r.d.limits.Columns), ""); err != nil {
					yield(row{}, err)
					return
				}
				continue
			}
			if rec.cut {
				src := r.source()
				src.Row = num
				if err := r.reject(src, feedback.RejectTooLarge,
					fmt.Sprintf("本行有一格超过%s，整行未读取，请拆分后重新提交。", sizeWords(int64(r.d.limits.CellBytes))), ""); err != nil {
					yield(row{}, err)
					return
				}
				continue
			}
			note := ""
			if rec.repaired {
				note = fmt.Sprintf("第%d行引号不配对，已按逐行读取，请核对。", num)
			}
			if !yield(row{num, rec.cells, note}, nil) {
				return
			}
		}
	}
	sheet, err := r.readTable(table{form: r.file.Name, rows: rows})
	r.report.Sheets = append(r.report.Sheets, sheet)
	return err
}

// csvRecord is one record. Its cells are valid until the next.
type csvRecord struct {
	cells    []string
	line     int  // of its first line, 1-based
	cut      bool // a cell went beyond the limit; its rest was dropped
	repaired bool // a quote was never closed, or not where it should be
}

// csvReader reads separated values as people's programs write them: RFC 4180,
// and where quotes are broken, what was most likely meant. It holds one record
// at a time, at most a limit's worth.
type csvReader struct {
	src   *bufio.Reader
	delim rune
	limit int // bytes of a cell

	line    int      // lines taken so far
	pending [][]byte // lines read ahead and given back
	at      int      // into pending
	literal int      // so many coming lines may not open a quote over lines
	width   int      // of the last record that was whole
	cells   []string
	buf     []byte
	eof     bool
}

// maxReparse bounds how often one record is parsed again as it grows. No cell
// anyone wrote has a hundred lines with a quote that might close it.
const maxReparse = 100

func newCSVReader(src io.Reader, delim rune, limit int) *csvReader {
	return &csvReader{src: bufio.NewReaderSize(src, 64<<10), delim: delim, limit: limit}
}

// readLine gives the next line without its end. A line longer than the limit
// of a whole record is cut; long says so.
func (c *csvReader) readLine() (line []byte, long bool, err error) {
	if c.at < len(c.pending) {
		line = c.pending[c.at]
		c.pending[c.at] = nil
		if c.at++; c.at == len(c.pending) {
			c.pending, c.at = c.pending[:0], 0
		}
		c.line++
		return line, false, nil
	}
	if c.eof {
		return nil, false, io.EOF
	}
	maxLine := 8 * c.limit
	c.buf = c.buf[:0]
	for {
		part, err := c.src.ReadSlice('\n')
		if len(c.buf)+len(part) <= maxLine {
			c.buf = append(c.buf, part...)
		} else {
			long = true
		}
		if err == nil {
			break
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			c.eof = true
			if len(c.buf) == 0 && !long {
				return nil, false, io.EOF
			}
			break
		}
		return nil, false, err
	}
	line = c.buf
	line = trimLineEnd(line)
	if c.line == 0 {
		line = []byte(strings.TrimPrefix(string(line), "\ufeff"))
	}
	c.line++
	return line, long, nil
}

func trimLineEnd(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}

// next reads one record. A quoted cell may run over lines; when its quote is
// never closed, or closing it so far down gives a row of another width while
// the line alone gives the usual one, the quote is taken for a character.
func (c *csvReader) next() (csvRecord, error) {
	line, long, err := c.readLine()
	if err != nil {
		return csvRecord{}, err
	}
	rec := csvRecord{line: c.line}
	if long {
		rec.cut = true
		return rec, nil
	}
	first := string(line)
	cells, state := parseCSV(first, c.delim, c.cells[:0])
	c.cells = cells
	if c.literal > 0 {
		c.literal--
		if state != csvWhole {
			cells = c.literally(first)
			rec.repaired = true
		}
		return c.done(rec, cells)
	}
	if state == csvWhole {
		return c.done(rec, cells)
	}
	if state == csvStray {
		if alone := c.literally(first); c.width > 1 && len(cells) != c.width && len(alone) == c.width {
			rec.repaired = true
			return c.done(rec, alone)
		}
		return c.done(rec, cells)
	}

	// The record goes on. Lines are kept apart so that they can be given back.
	joined := []byte(first)
	var taken []string
	closed := false
	stray := false
	for parses := 0; len(joined) <= c.limit && parses < maxReparse; {
		line, long, err = c.readLine()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return csvRecord{}, err
		}
		if long {
			// Give back nothing of a line that was cut: the record is lost to it.
			rec.cut = true
			return rec, nil
		}
		taken = append(taken, string(line))
		joined = append(joined, '\n')
		joined = append(joined, line...)
		// Parsing again at every line would be quadratic: only a line with a
		// quote before a separator or its end can close the cell.
		if !c.mayClose(line) {
			continue
		}
		parses++
		var st csvState
		cells, st = parseCSV(string(joined), c.delim, c.cells[:0])
		c.cells = cells
		stray = stray || st == csvStray
		if st != csvOpen {
			closed = true
			break
		}
	}
	if !closed && len(joined) > c.limit && !c.readsAsRows(taken) {
		// A cell too long to keep, not a quote that was never closed.
		rec.cut = true
		return rec, c.skipCell()
	}
	alone := c.literally(first)
	suspicious := c.width > 1 && len(alone) == c.width && (!closed || len(cells) != c.width || stray)
	if closed && !suspicious {
		return c.done(rec, cells)
	}
	c.giveBack(taken)
	if !closed {
		// None of these lines closes a quote, so none may open one over lines:
		// looking again from each would cost the square of the file.
		c.literal = len(taken)
	}
	rec.repaired = true
	return c.done(rec, alone)
}

// mayClose says whether a quote in the line stands where one closes a cell.
func (c *csvReader) mayClose(line []byte) bool {
	for i, b := range line {
		if b != '"' {
			continue
		}
		after := bytes.TrimLeft(line[i+1:], " ")
		if len(after) == 0 {
			return true
		}
		if r, _ := utf8.DecodeRune(after); r == c.delim {
			return true
		}
	}
	return false
}

// readsAsRows says whether most of the lines have as many cells as the rows
// before them.
func (c *csvReader) readsAsRows(lines []string) bool {
	lines = lines[:min(len(lines), 200)]
	fit := 0
	for _, l := range lines {
		if c.width > 1 && len(c.literally(l)) == c.width {
			fit++
		}
	}
	return fit*2 > len(lines)
}

// skipCell drops lines up to one that closes the cell, and that line with it.
func (c *csvReader) skipCell() error {
	for {
		line, long, err := c.readLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || long || c.mayClose(line) {
			return err
		}
	}
}

func (c *csvReader) giveBack(lines []string) {
	rest := c.pending[c.at:]
	back := make([][]byte, 0, len(lines)+len(rest))
	for _, l := range lines {
		back = append(back, []byte(l))
	}
	c.pending, c.at = append(back, rest...), 0
	c.line -= len(lines)
}

func (c *csvReader) done(rec csvRecord, cells []string) (csvRecord, error) {
	for _, cell := range cells {
		if len(cell) > c.limit {
			rec.cut = true
		}
	}
	if !rec.repaired && len(cells) > 1 {
		c.width = len(cells)
	}
	rec.cells = cells
	return rec, nil
}

// literally cuts one line at its separators, quotes closed within it honoured
// and others kept as characters.
func (c *csvReader) literally(line string) []string {
	var cells []string
	for rest := line; ; {
		if strings.HasPrefix(strings.TrimLeft(rest, " "), `"`) {
			if one, st := parseCSV(rest, c.delim, nil); st == csvWhole {
				return append(cells, one...)
			}
		}
		i := strings.IndexRune(rest, c.delim)
		if i < 0 {
			return append(cells, strings.TrimSpace(rest))
		}
		cells = append(cells, strings.TrimSpace(rest[:i]))
		rest = rest[i+utf8.RuneLen(c.delim):]
	}
}

type csvState int

const (
	csvWhole csvState = iota
	csvStray          // whole, but a quote stood where none should
	csvOpen           // the last cell's quote is not closed
)

// parseCSV cuts one record into cells, appended to dst.
func parseCSV(s string, delim rune, dst []string) ([]string, csvState) {
	state := csvWhole
	dl := utf8.RuneLen(delim)
	for {
		body := strings.TrimLeft(s, " ")
		if !strings.HasPrefix(body, `"`) {
			i := strings.IndexRune(s, delim)
			if i < 0 {
				return append(dst, strings.TrimSpace(s)), state
			}
			dst = append(dst, strings.TrimSpace(s[:i]))
			s = s[i+dl:]
			continue
		}
		body = body[1:]
		var cell []byte
		start := 0
		i := 0
		closed := false
		for {
			q := strings.IndexByte(body[i:], '"')
			if q < 0 {
				break
			}
			i += q
			if strings.HasPrefix(body[i+1:], `"`) {
				cell = append(cell, body[start:i+1]...)
				i += 2
				start = i
				continue
			}
			after := strings.TrimLeft(body[i+1:], " ")
			if after == "" || strings.HasPrefix(after, string(delim)) {
				closed = true
				break
			}
			// A quote inside a quoted cell that nobody doubled.
			state = max(state, csvStray)
			i++
		}
		if !closed {
			return append(dst, string(append(cell, body[start:]...))), csvOpen
		}
		text := body[start:i]
		if cell != nil {
			text = string(append(cell, text...))
		}
		dst = append(dst, text)
		after := strings.TrimLeft(body[i+1:], " ")
		if after == "" {
			return dst, state
		}
		s = after[dl:]
	}
}
