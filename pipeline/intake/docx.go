package intake

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"tongtang/pipeline/feedback"
)

// decodeDOCX reads a Word document: its body's paragraphs and tables in order,
// with automatic numbering written out. Headers and footers are looked at for
// secrecy markings only; text boxes and footnotes are counted, not read.
func (r *reading) decodeDOCX(z *zip.Reader) error {
	parts := map[string]*zip.File{}
	for _, m := range z.File {
		parts[strings.ToLower(strings.ReplaceAll(m.Name, `\`, "/"))] = m
	}
	for name, m := range parts {
		if !strings.HasPrefix(name, "word/") || !strings.HasSuffix(name, ".xml") || strings.Count(name, "/") != 1 {
			continue
		}
		if err := r.scanDocx(m, name); err != nil {
			return err
		}
	}
	numbers, err := r.readNumbering(parts["word/numbering.xml"], parts["word/styles.xml"])
	if err != nil {
		return err
	}
	lines, err := r.readBody(parts["word/document.xml"], numbers)
	if err != nil {
		return err
	}
	for _, l := range lines[:min(len(lines), 30)] {
		texts := []string{l.text}
		if l.table != nil {
			for rw, err := range l.table.rows {
				if err != nil {
					return err
				}
				texts = append(texts, rw.cells...)
			}
		}
		for _, s := range texts {
			if mk := marking(clean(s)); mk != "" {
				src := r.source()
				src.Row = l.num
				return &marked{mk, src}
			}
		}
	}
	words := false
	for _, l := range lines {
		if l.table != nil || strings.TrimSpace(l.text) != "" {
			words = true
			break
		}
	}
	if !words {
		return refuse(feedback.RejectEmptyFile, "文档中没有文字（文本框内的文字不读取），请将内容放入正文后重新提交。")
	}
	return r.readDocument(lines)
}

// scanDocx runs the first pass over a part: damage, limits, and in headers and
// footers, markings, whose characters Word may spread over runs.
func (r *reading) scanDocx(m *zip.File, name string) error {
	rc, err := m.Open()
	if err != nil {
		return refuse(feedback.RejectUnreadable, "文件不完整或已损坏，请用WPS或Word打开后另存，再重新提交。")
	}
	defer rc.Close()
	margin := strings.HasPrefix(name, "word/header") || strings.HasPrefix(name, "word/footer")
	scan := xmlScan{depth: r.d.limits.XMLDepth, textMax: max(4*r.d.limits.CellBytes, 1<<20)}
	var para strings.Builder
	check := func() error {
		mk := marking(para.String())
		para.Reset()
		if mk != "" {
			return &marked{mk, r.source()}
		}
		return nil
	}
	if margin {
		scan.element = func(tag, _ []byte) error {
			if string(tag) == "p" {
				return check()
			}
			return nil
		}
		scan.text = func(run []byte) error {
			if para.Len() < 4096 {
				para.Write(run)
			}
			return nil
		}
	}
	if err := scan.run(contextReader{rc, r}); err != nil {
		if ctxErr := r.ctx.Err(); ctxErr != nil {
			return ctxErr
		}
		return scanFault(err)
	}
	if margin {
		return check()
	}
	return nil
}

// body is the state of reading document.xml.
type body struct {
	r       *reading
	dec     *xml.Decoder
	numbers *numbering
	lines   []docLine
	num     int // paragraphs so far
	tables  int
	total   int64
}

func (r *reading) readBody(m *zip.File, numbers *numbering) ([]docLine, error) {
	rc, err := m.Open()
	if err != nil {
		return nil, refuse(feedback.RejectUnreadable, "文件不完整或已损坏，请用WPS或Word打开后另存，再重新提交。")
	}
	defer rc.Close()
	b := &body{r: r, dec: xml.NewDecoder(contextReader{rc, r}), numbers: numbers}
	b.dec.Strict = false
	b.dec.CharsetReader = asUTF8
	for {
		tok, err := b.dec.Token()
		if errors.Is(err, io.EOF) {
			return b.lines, nil
		}
		if err != nil {
			return nil, b.fault(err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "p":
			text, heading, err := b.paragraph()
			if err != nil {
				return nil, b.fault(err)
			}
			if err := b.add(docLine{num: b.num, text: text, heading: heading}); err != nil {
				return nil, err
			}
		case "tbl":
			t, err := b.table(1)
			if err != nil {
				return nil, b.fault(err)
			}
			if err := b.place(t); err != nil {
				return nil, err
			}
		case "Fallback", "del", "moveFrom":
			if err := b.dec.Skip(); err != nil {
				return nil, b.fault(err)
			}
		}
	}
}

// place puts a table among the lines. A table of one column is a frame round
// text and is read as paragraphs.
func (b *body) place(t *table) error {
	if t == nil {
		return nil
	}
	framed := true
	for rw, err := range t.rows {
		if err != nil {
			return err
		}
		framed = framed && len(rw.cells) == 1
	}
	if !framed {
		b.lines = append(b.lines, docLine{num: b.num, table: t})
		return nil
	}
	for rw, err := range t.rows {
		if err != nil {
			return err
		}
		for line := range strings.SplitSeq(rw.cells[0], "\n") {
			b.num++
			if err := b.add(docLine{num: b.num, text: line}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *body) add(l docLine) error {
	if b.total += int64(len(l.text)); b.total > b.r.d.limits.DocumentBytes {
		return refuse(feedback.RejectTooLarge, "文档文字超过%s，请分为几个文件后重新提交。", sizeWords(b.r.d.limits.DocumentBytes))
	}
	b.lines = append(b.lines, l)
	return nil
}

func (b *body) fault(err error) error {
	var no *refusal
	var m *marked
	if errors.As(err, &no) || errors.As(err, &m) {
		return err
	}
	if ctxErr := b.r.ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	if isDiskFault(err) {
		return err
	}
	return refuse(feedback.RejectUnreadable, "文档结构已损坏，请用WPS或Word打开后另存，再重新提交。")
}

// paragraph reads up to the paragraph's end: its text with the automatic
// number in front, and whether its style is a heading's.
func (b *body) paragraph() (text string, heading bool, err error) {
	b.num++
	var sb strings.Builder
	var p paragraphProps
	depth := 1
	inText := false
	for depth > 0 {
		tok, err := b.dec.Token()
		if err != nil {
			return "", false, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "pPr":
				if p, err = b.properties(); err != nil {
					return "", false, err
				}
				continue
			case "t":
				inText = true
			case "tab":
				sb.WriteByte('\t')
			case "br", "cr":
				sb.WriteByte('\n')
			case "noBreakHyphen":
				sb.WriteByte('-')
			case "footnoteReference", "endnoteReference":
				b.r.report.Ignored.Footnotes++
			case "txbxContent":
				b.r.report.Ignored.TextBoxes++
				if err := b.textBox(); err != nil {
					return "", false, err
				}
				continue
			case "del", "moveFrom":
				b.r.report.Ignored.Deleted++
				if err := b.dec.Skip(); err != nil {
					return "", false, err
				}
				continue
			case "Fallback", "instrText", "delText", "rPr":
				if err := b.dec.Skip(); err != nil {
					return "", false, err
				}
				continue
			}
			depth++
		case xml.EndElement:
			depth--
			inText = false
		case xml.CharData:
			// Beyond the limit of a cell the text is refused as a whole, so one
			// byte more than that is enough to know.
			if inText && sb.Len() <= b.r.d.limits.CellBytes {
				sb.Write(t)
			}
		}
	}
	text = sb.String()
	style := b.numbers.styles[p.style]
	if p.numID == "" && style != nil {
		p.numID, p.level = style.num(b.numbers)
	}
	heading = style != nil && style.isHeading(b.numbers) || p.outline
	if p.numID != "" && p.numID != "0" && strings.TrimSpace(text) != "" {
		text = b.numbers.label(p.numID, p.level) + text
	}
	return text, heading, nil
}

// textBox passes over a text box, whose words are not read, but where templates
// like to put the secrecy marking.
func (b *body) textBox() error {
	var sb strings.Builder
	inText := false
	for depth := 1; depth > 0; {
		tok, err := b.dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			depth++
			inText = t.Name.Local == "t"
			if t.Name.Local == "p" {
				sb.WriteByte('\n')
			}
		case xml.EndElement:
			depth--
			inText = false
		case xml.CharData:
			if inText && sb.Len() < 4096 {
				sb.Write(t)
			}
		}
	}
	for line := range strings.Lines(sb.String()) {
		if mk := marking(clean(line)); mk != "" {
			return &marked{mk, b.r.source()}
		}
	}
	return nil
}

type paragraphProps struct {
	style   string
	numID   string
	level   int
	outline bool // an outline level of 1 to 9 set on the paragraph itself
}

func (b *body) properties() (paragraphProps, error) {
	var p paragraphProps
	depth := 1
	for depth > 0 {
		tok, err := b.dec.Token()
		if err != nil {
			return p, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			depth++
			switch t.Name.Local {
			case "pStyle":
				p.style = val(t)
			case "numId":
				p.numID = val(t)
			case "ilvl":
				p.level, _ = strconv.Atoi(val(t))
			case "outlineLvl":
				n, err := strconv.Atoi(val(t))
				p.outline = err == nil && n < 9
			case "pPrChange", "rPr", "sectPr":
				depth--
				if err := b.dec.Skip(); err != nil {
					return p, err
				}
			}
		case xml.EndElement:
			depth--
		}
	}
	return p, nil
}

func val(t xml.StartElement) string { return attr(t, "val") }

func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// table reads a table into rows of cells and the ranges merged in it. A table
// inside a cell is read as that cell's text.
func (b *body) table(depth int) (*table, error) {
	b.tables++
	t := &table{name: fmt.Sprintf("表%d", b.tables), loose: true}
	var rows [][]string
	var nums []int
	open := map[int]int{} // column -> index of the vertical merge open there
	var cells []string
	nest := 1
	col := 0
	for nest > 0 {
		tok, err := b.dec.Token()
		if err != nil {
			return nil, err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "tr":
				cells, col = nil, 0
			case "tc":
				text, width, vmerge, err := b.cell(depth)
				if err != nil {
					return nil, err
				}
				if b.total += int64(len(text)); b.total > b.r.d.limits.DocumentBytes {
					return nil, refuse(feedback.RejectTooLarge, "文档文字超过%s，请分为几个文件后重新提交。", sizeWords(b.r.d.limits.DocumentBytes))
				}
				row := len(rows) + 1
				width = max(1, min(width, b.r.d.limits.Columns-col))
				if col >= b.r.d.limits.Columns {
					continue
				}
				switch vmerge {
				case "restart":
					t.spans = append(t.spans, span{row, col, row, col + width - 1})
					open[col] = len(t.spans) - 1
				case "continue":
					if i, ok := open[col]; ok && t.spans[i].row2 == row-1 {
						t.spans[i].row2 = row
					}
					text = ""
				default:
					if width > 1 {
						t.spans = append(t.spans, span{row, col, row, col + width - 1})
					}
				}
				for len(cells) < col {
					cells = append(cells, "")
				}
				cells = append(cells, text)
				for range width - 1 {
					cells = append(cells, "")
				}
				col += width
				continue
			case "Fallback", "del", "tblPr", "tblGrid", "trPr":
				if err := b.dec.Skip(); err != nil {
					return nil, err
				}
				continue
			}
			nest++
		case xml.EndElement:
			nest--
			if e.Name.Local == "tr" {
				rows = append(rows, cells)
				nums = append(nums, len(rows))
			}
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	t.rows = iter.Seq2[row, error](func(yield func(row, error) bool) {
		for i, cells := range rows {
			if filled(cells) > 0 && !yield(row{num: nums[i], cells: cells}, nil) {
				return
			}
		}
	})
	return t, nil
}

// cell reads one table cell: its paragraphs as lines.
func (b *body) cell(depth int) (text string, width int, vmerge string, err error) {
	width = 1
	var paras []string
	nest := 1
	for nest > 0 {
		tok, err := b.dec.Token()
		if err != nil {
			return "", 0, "", err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "gridSpan":
				if n, err := strconv.Atoi(val(e)); err == nil {
					width = n
				}
			case "vMerge":
				if vmerge = val(e); vmerge == "" {
					vmerge = "continue"
				}
			case "p":
				before := b.num
				p, _, err := b.paragraph()
				if err != nil {
					return "", 0, "", err
				}
				b.num = before // paragraphs are counted outside tables, as Word's own navigation does
				if p = strings.TrimSpace(p); p != "" {
					paras = append(paras, p)
				}
				continue
			case "tbl":
				if depth >= 20 {
					if err := b.dec.Skip(); err != nil {
						return "", 0, "", err
					}
					continue
				}
				inner, err := b.table(depth + 1)
				if err != nil {
					return "", 0, "", err
				}
				b.tables--
				if inner != nil {
					for rw, err := range inner.rows {
						if err != nil {
							return "", 0, "", err
						}
						if s := strings.TrimSpace(strings.Join(rw.cells, " ")); s != "" {
							paras = append(paras, s)
						}
					}
				}
				continue
			case "Fallback", "del":
				if err := b.dec.Skip(); err != nil {
					return "", 0, "", err
				}
				continue
			}
			nest++
		case xml.EndElement:
			nest--
		}
	}
	return strings.Join(paras, "\n"), width, vmerge, nil
}
