package intake

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// row is one row of a table as its own program numbers it. Its cells are valid
// until the next row is asked for.
type row struct {
	num   int
	cells []string
	note  string // something wrong with the row that did not stop it from being read
}

// span is a merged range, 1-based rows and 0-based columns, both inclusive.
type span struct{ row1, col1, row2, col2 int }

// table is a sheet, a csv, a docx's table: rows that share a header.
type table struct {
	name     string // of the sheet; empty for a csv
	form     string // how people know it
	setting  setting
	spans    []span // sorted by row1, then col1
	date1904 bool
	// rows yields rows in order. A refusal ends the table; another error ends
	// the file.
	rows iter.Seq2[row, error]
	// loose says that a table without a header is no fault: layout tables of a
	// document.
	loose bool
}

// headerWindow is how many rows with content are searched for a header.
const headerWindow = 30

// formRows is the longest table that is tried as a form of labels and values.
const formRows = 60

var footerStart = regexp.MustCompile(`^(?:合计|总计|小计|共计|填表说明|填报说明|填写说明|说明[:：]|注[:：]|备注[:：]|填表人|填报人|制表人?|审核人?|负责人|联系人|联系电话|以上)`)

// readTable reads one table. It reports what it read in the returned sheet
// report, which the caller appends.
func (r *reading) readTable(t table) (sheet SheetReport, err error) {
	sheet = SheetReport{Name: t.name}
	src := r.source()
	src.Sheet = t.name
	next, stop := iter.Pull2(t.rows)
	defer stop()

	var head []row
	more := true
	for len(head) < headerWindow+20 {
		rw, rowErr, ok := next()
		if !ok {
			more = false
			break
		}
		if rowErr != nil {
			if err := r.sheetTrouble(&sheet, src, rowErr); err != nil {
				return sheet, err
			}
			more = false
			break
		}
		if filled(rw.cells) > 0 || rw.note != "" {
			head = append(head, row{rw.num, slices.Clone(rw.cells), rw.note})
		}
	}
	if len(head) == 0 {
		if sheet.Skipped == "" {
			sheet.Skipped = "空表"
		}
		return sheet, nil
	}
	spread := func(i int) []string { return spreadRow(head[i], t.spans) }
	hd, found := r.d.findHeader(head[:min(len(head), headerWindow)], spread)
	if !found {
		return sheet, r.headless(&sheet, t, src, head, next, more)
	}

	if !more && len(head) <= formRows && !hd.known {
		// A form of labels and values has a row that reads as a header, but
		// nothing under it, or more labels with values above it.
		if len(head) == hd.at+hd.rows || r.labelPairs(head[:hd.at]) >= 2 && namedColumns(hd.columns) <= 2 {
			if done, err := r.readForm(&sheet, t, src, head); done || err != nil {
				return sheet, err
			}
		}
	}
	s := r.setting.under(t.setting).under(r.preamble(head[:hd.at]))
	body := head[hd.at+hd.rows:]
	columns := slices.Clone(hd.columns)
	if !hd.known {
		r.d.weigh(columns, body)
	}
	m := &Mapping{
		Fingerprint: fingerprint(hd.cells), Form: strings.Trim(r.file.Name+" · "+t.name, " ·"), HeaderRows: hd.rows,
		Columns: columns, Certainty: certainty(columns), Confirmed: hd.known,
	}
	if hd.known {
		m.Certainty = 1
	}
	sheet.Mapping, sheet.Header = m, head[hd.at].num

	tr := &tableReading{
		r: r, t: t, sheet: &sheet, src: src, setting: s, columns: columns,
		dropped: m.Certainty < r.d.opts.MinCertainty,
	}
	if tr.dropped {
		sheet.Samples = r.samples(columns, body)
		if err := r.propose(src, m, head[hd.at].num); err != nil {
			return sheet, err
		}
		sheet.Rejects++
	}
	for _, rw := range body {
		if err := tr.take(rw); errors.Is(err, errEnough) {
			return sheet, nil
		} else if err != nil {
			return sheet, err
		}
	}
	for more {
		rw, rowErr, ok := next()
		if !ok {
			break
		}
		if rowErr != nil {
			return sheet, r.sheetTrouble(&sheet, src, rowErr)
		}
		if err := tr.take(rw); err != nil {
			if errors.Is(err, errEnough) {
				break
			}
			return sheet, err
		}
	}
	return sheet, nil
}

var errEnough = errors.New("enough rows")

// sheetTrouble turns a refusal in the middle of a table into a reject of the
// rest of it.
func (r *reading) sheetTrouble(sheet *SheetReport, src feedback.Source, err error) error {
	var no *refusal
	if !errors.As(err, &no) {
		return err
	}
	if no.src != nil {
		src = *no.src
	}
	sheet.Rejects++
	sheet.Skipped = string(no.reason)
	return r.reject(src, no.reason, no.mend, "")
}

func (r *reading) propose(src feedback.Source, m *Mapping, row int) error {
	src.Row = row
	var doubts []string
	for _, c := range m.Columns {
		if c.Field.IsText() && c.Certainty < r.d.opts.MinCertainty {
			doubts = append(doubts, "“"+shorten(c.Header, 20)+"”")
		}
	}
	mend := "请在导入页确认各列的含义，确认后同一表格今后自动识别。"
	if len(doubts) > 0 {
		mend = "不能确定" + strings.Join(doubts, "、") + "列的含义，" + mend
	}
	return r.reject(src, feedback.RejectUncertainMapping, mend, "")
}

func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// samples are the first rows as a person needs them to judge a mapping: masked,
// and without the columns that name people.
func (r *reading) samples(columns []Column, rows []row) [][]string {
	if r.d.opts.Mask == nil {
		return nil
	}
	var out [][]string
	for _, rw := range rows[:min(len(rows), 5)] {
		cells := make([]string, len(columns))
		for i, c := range columns {
			v := at(rw.cells, c.Index)
			switch {
			case c.Field == FieldName || c.Field == FieldPhone:
				v = "（略）"
			case c.Field == FieldNone && looksLikeName(v):
				v = "（略）"
			default:
				v = r.excerpt(v)
			}
			cells[i] = v
		}
		out = append(out, cells)
	}
	return out
}

// looksLikeName says whether a whole cell may be a person's name: two to four
// Han characters and nothing else. It errs towards yes.
func looksLikeName(v string) bool {
	v = squeeze(v)
	n := utf8.RuneCountInString(v)
	return n >= 2 && n <= 4 && hanShare(v) == 1 && kindOf(v) == ""
}

// spreadRow is a row with the value of each merged range in all of its columns.
func spreadRow(rw row, spans []span) []string {
	cells := slices.Clone(rw.cells)
	for _, s := range spans {
		if s.row1 != rw.num || s.col2 == s.col1 {
			continue
		}
		for len(cells) <= s.col2 && s.col2 < 1<<14 {
			cells = append(cells, "")
		}
		for c := s.col1 + 1; c <= s.col2 && c < len(cells); c++ {
			if cells[c] == "" {
				cells[c] = at(rw.cells, s.col1)
			}
		}
	}
	return cells
}

var (
	labelUnit = regexp.MustCompile(`^(?:填报单位|报送单位|单位名称|推荐单位|所在单位|单位)(?:\([^)]*\))?:(.+)$`)
	labelDate = regexp.MustCompile(`^(?:填报日期|填表日期|填报时间|报送日期|日期|时间|研讨时间|培训时间)(?:\([^)]*\))?:(.+)$`)
	labelAny  = regexp.MustCompile(`^(填报单位|报送单位|单位名称|推荐单位|单位|填报日期|填表日期|填报时间|日期|时间|省份|部门|条线|期次|培训班|环节)(?:\([^)]*\))?:?$`)
)

// preamble reads the rows above the header: the title, 填报单位, 日期.
func (r *reading) preamble(rows []row) setting {
	var s setting
	for _, rw := range rows {
		var cells []string
		for _, c := range rw.cells {
			if c = strings.TrimSpace(c); c != "" {
				cells = append(cells, c)
			}
		}
		for i := 0; i < len(cells); i++ {
			// 填报单位：江苏省监狱局    填报日期：2023年6月15日 may share one cell.
			for _, piece := range labelled(cells[i]) {
				if m := labelAny.FindStringSubmatch(piece); m != nil && i+1 < len(cells) {
					piece = m[1] + ":" + squeeze(cells[i+1])
				}
				r.preambleLine(&s, piece)
			}
		}
	}
	return s
}

var labelCut = regexp.MustCompile(`(填报单位|报送单位|填报日期|填表日期|填报时间|报送日期|填表人|联系人|联系电话)`)

// labelled cuts one cell that holds several labels into pieces.
func labelled(cell string) []string {
	v := squeeze(cell)
	starts := labelCut.FindAllStringIndex(v, -1)
	if len(starts) == 0 {
		return []string{v}
	}
	var out []string
	if starts[0][0] > 0 {
		out = append(out, v[:starts[0][0]])
	}
	for i, at := range starts {
		end := len(v)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		out = append(out, v[at[0]:end])
	}
	return out
}

func (r *reading) preambleLine(s *setting, v string) {
	if y := yearIn(v); y != 0 {
		s.year = y
	}
	if m := labelUnit.FindStringSubmatch(v); m != nil {
		s.unit = m[1]
		return
	}
	if m := labelDate.FindStringSubmatch(v); m != nil {
		s.date = dateOf(m[1], s.year, false)
		return
	}
	if trainingWord.MatchString(v) || strings.Contains(v, "期") {
		if id := trainingOf(v, s.year); id != "" {
			s.training = id
		}
	}
	if seg := segmentOf(v); seg != "" {
		s.segment = seg
	}
}

// headless handles a table in which no row reads as a header.
func (r *reading) headless(sheet *SheetReport, t table, src feedback.Source, head []row, next func() (row, error, bool), more bool) error {
	rest := 0
	rows := head
	for more {
		rw, rowErr, ok := next()
		if !ok {
			break
		}
		if rowErr != nil {
			return r.sheetTrouble(sheet, src, rowErr)
		}
		if filled(rw.cells) == 0 {
			continue
		}
		if len(rows) < formRows {
			rows = append(rows, row{rw.num, slices.Clone(rw.cells), rw.note})
			continue
		}
		rest++
	}
	if rest == 0 {
		if done, err := r.readForm(sheet, t, src, rows); done || err != nil {
			return err
		}
	}
	sheet.Rows = len(rows) + rest
	r.report.RowsIn += sheet.Rows
	if t.loose && !slices.ContainsFunc(rows, func(rw row) bool { return hasSentence(rw.cells) }) {
		sheet.Skipped = "版式表格，无可识别的表头"
		return nil
	}
	sheet.Rejects++
	// A guess is worth showing when some column holds sentences.
	guess := 0
	for i, rw := range rows[:min(len(rows), 10)] {
		if filled(rw.cells) > filled(rows[guess].cells) {
			guess = i
		}
	}
	top := spreadRow(rows[guess], t.spans)
	columns := r.d.columns(top, nil)
	r.d.weigh(columns, rows[guess+1:])
	if certainty(columns) > 0 && !hasSentence(rows[guess].cells) {
		m := &Mapping{Fingerprint: fingerprint(top), Form: strings.Trim(r.file.Name+" · "+t.name, " ·"), HeaderRows: 1, Columns: columns, Certainty: certainty(columns)}
		sheet.Mapping, sheet.Header = m, rows[guess].num
		sheet.Rows -= guess + 1
		r.report.RowsIn -= guess + 1
		sheet.Samples = r.samples(columns, rows[guess+1:])
		return r.propose(src, m, rows[guess].num)
	}
	src.Row = rows[0].num
	return r.reject(src, feedback.RejectNoTextColumn,
		"前30行中没有找到含“问题”“意见”“建议”或“内容”的表头，请在数据上方补一行表头后重新提交。", "")
}

func hasSentence(cells []string) bool {
	for _, c := range cells {
		if utf8.RuneCountInString(c) >= 25 {
			return true
		}
	}
	return false
}

// labelPairs counts the cells that are a label with a value to their right.
func (r *reading) labelPairs(rows []row) int {
	n := 0
	for _, rw := range rows {
		for c := 0; c+1 < len(rw.cells); c++ {
			if r.d.recognise(rw.cells[c]).Certainty >= 0.9 && rw.cells[c+1] != "" && r.d.recognise(rw.cells[c+1]).Certainty < 0.9 {
				n++
			}
		}
	}
	return n
}

func namedColumns(columns []Column) int {
	n := 0
	for _, c := range columns {
		if c.Field != FieldNone {
			n++
		}
	}
	return n
}

// readForm reads a sheet or document table laid out as labels and values, one
// person's answers: 姓名 | 张三 | 单位 | … / 意见建议 | ….
func (r *reading) readForm(sheet *SheetReport, t table, src feedback.Source, rows []row) (bool, error) {
	type value struct {
		col  Column
		text string
		row  int
	}
	var values []value
	texts := 0
	for i, rw := range rows {
		cells := rw.cells
		for c := 0; c < len(cells); c++ {
			label := r.d.recognise(cells[c])
			if label.Certainty < 0.9 || utf8.RuneCountInString(squeeze(cells[c])) > 20 {
				continue
			}
			to := c + 1
			for to < len(cells) && strings.TrimSpace(cells[to]) == "" {
				to++
			}
			text, num := "", rw.num
			if to < len(cells) && r.d.recognise(cells[to]).Certainty < 0.9 {
				text = cells[to]
				c = to
			} else if filled(cells) == 1 && i+1 < len(rows) && filled(rows[i+1].cells) == 1 && label.Field.IsText() {
				// The label fills a row of its own and its answer the next.
				text, num = at(rows[i+1].cells, firstFilled(rows[i+1].cells)), rows[i+1].num
				if r.d.recognise(text).Certainty >= 0.9 {
					text = ""
				}
			}
			if label.Field.IsText() {
				texts++
			}
			if text != "" {
				values = append(values, value{label, text, num})
			}
		}
	}
	others := 0
	for _, v := range values {
		if !v.col.Field.IsText() && v.col.Field != FieldIgnore {
			others++
		}
	}
	if texts == 0 || others == 0 {
		return false, nil
	}
	sheet.Mapping = &Mapping{Form: strings.Trim(r.file.Name+" · "+t.name, " ·"), Certainty: 1}
	rec := record{row: rows[0].num, setting: r.setting.under(t.setting).under(r.preamble(rows[:1])), date1904: t.date1904}
	for i, v := range values {
		v.col.Index = i
		sheet.Mapping.Columns = append(sheet.Mapping.Columns, v.col)
		rec.put(v.col, v.text, v.row)
	}
	sheet.Rows++
	r.report.RowsIn++
	return true, r.emit(sheet, src, rec)
}

func firstFilled(cells []string) int {
	for i, c := range cells {
		if strings.TrimSpace(c) != "" {
			return i
		}
	}
	return 0
}

// tableReading is a table past its header.
type tableReading struct {
	r       *reading
	t       table
	sheet   *SheetReport
	src     feedback.Source
	setting setting
	columns []Column
	dropped bool // the mapping waits for a person: rows are counted, not read
	footer  bool // a footer has begun

	nextSpan int
	open     map[int]fill // merged ranges that reach into the rows to come, by column
}

type fill struct {
	value string
	until int // last row
}

func (tr *tableReading) take(rw row) error {
	r := tr.r
	if tr.sheet.Rows&1023 == 0 {
		if err := r.ctx.Err(); err != nil {
			return err
		}
	}
	written := filled(rw.cells)
	first := ""
	if written > 0 {
		first = squeeze(rw.cells[firstFilled(rw.cells)])
	}
	cells := tr.fillDown(rw)
	if rw.note != "" {
		src := tr.src
		src.Row = rw.num
		if err := r.note(src, feedback.RejectUnreadable, rw.note); err != nil {
			return err
		}
	}
	if written == 0 {
		return nil
	}
	if tr.isFooter(rw, first, written) {
		tr.sheet.Footers++
		return nil
	}
	if tr.repeatsHeader(rw) {
		return nil
	}
	tr.sheet.Rows++
	r.report.RowsIn++
	if tr.sheet.Rows > r.d.limits.Rows {
		tr.sheet.Rejects++
		tr.src.Row = rw.num
		if err := r.reject(tr.src, feedback.RejectTooLarge,
			fmt.Sprintf("本表超过%d行，自第%d行起未读取，请拆分为几个文件后重新提交。", r.d.limits.Rows, rw.num), ""); err != nil {
			return err
		}
		return errEnough
	}
	if tr.dropped {
		return nil
	}
	if r.h.Row != nil {
		src := tr.src
		src.Row = rw.num
		if err := r.h.Row(src, tr.columns, cells); err != nil {
			return err
		}
	}
	rec := record{row: rw.num, setting: tr.setting, date1904: tr.t.date1904}
	for _, c := range tr.columns {
		if v := surveyText(at(cells, c.Index)); v != "" {
			rec.put(c, v, rw.num)
		}
	}
	if len(rw.cells) > len(tr.columns) {
		if extra := strings.TrimSpace(strings.Join(rw.cells[len(tr.columns):], "")); extra != "" {
			src := tr.src
			src.Row = rw.num
			if err := r.note(src, feedback.RejectUncertainMapping,
				fmt.Sprintf("第%d行比表头多出%d格，多出的内容未读取，请检查分隔符或引号。", rw.num, filled(rw.cells[len(tr.columns):]))); err != nil {
				return err
			}
		}
	}
	return r.emit(tr.sheet, tr.src, rec)
}

// fillDown gives merged cells their value in every row of their range, and
// nowhere else. Texts are not repeated: one merged question beside three
// suggestions is one question.
func (tr *tableReading) fillDown(rw row) []string {
	for tr.nextSpan < len(tr.t.spans) && tr.t.spans[tr.nextSpan].row1 <= rw.num {
		s := tr.t.spans[tr.nextSpan]
		tr.nextSpan++
		if s.row1 != rw.num || s.row2 == s.row1 {
			continue
		}
		if v := at(rw.cells, s.col1); v != "" {
			if tr.open == nil {
				tr.open = map[int]fill{}
			}
			tr.open[s.col1] = fill{v, s.row2}
		}
	}
	if len(tr.open) == 0 {
		return rw.cells
	}
	cells := rw.cells
	for _, c := range tr.columns {
		f, ok := tr.open[c.Index]
		if !ok || c.Field.IsText() || c.Field == FieldRemark {
			continue
		}
		if f.until < rw.num {
			delete(tr.open, c.Index)
			continue
		}
		for len(cells) <= c.Index {
			cells = append(cells, "")
		}
		if cells[c.Index] == "" {
			cells[c.Index] = f.value
		}
	}
	return cells
}

func (tr *tableReading) isFooter(rw row, first string, written int) bool {
	only := written == 1 && len(tr.columns) > 1
	if tr.footer && only {
		return true
	}
	if !footerStart.MatchString(first) {
		// A numbered remark under 填表说明 is a footer; anything else with
		// several cells is data again.
		if written > 1 {
			tr.footer = false
		}
		return false
	}
	if only {
		// The only column filled may be the text itself: 以上问题请研究.
		if at := firstFilled(rw.cells); at < len(tr.columns) && tr.columns[at].Field.IsText() && strings.HasPrefix(first, "以上") {
			return false
		}
		tr.footer = true
		return true
	}
	if strings.HasPrefix(first, "合计") || strings.HasPrefix(first, "总计") || strings.HasPrefix(first, "小计") || strings.HasPrefix(first, "共计") {
		return true
	}
	// 填表人：张三 | 联系电话：… side by side, and no text in a text column.
	for _, c := range tr.columns {
		v := squeeze(at(rw.cells, c.Index))
		if c.Field.IsText() && v != "" && !footerStart.MatchString(v) {
			return false
		}
	}
	tr.footer = true
	return true
}

// repeatsHeader finds a header printed again on every page.
func (tr *tableReading) repeatsHeader(rw row) bool {
	named := 0
	for _, c := range tr.columns {
		if c.Header == "" {
			continue
		}
		v := at(rw.cells, c.Index)
		if len(v) > 2*len(c.Header)+40 || squeeze(v) != squeeze(c.Header) {
			return false
		}
		named++
	}
	return named >= 2
}

// record is one row by field.
type record struct {
	row        int
	setting    setting
	date1904   bool
	texts      []recordText
	session    string
	date       string
	submitted  string
	department string
	unit       string
	province   string
	name       string
	withName   bool // the unit's column holds the name too
	kind       string
	segment    string
	background []string
	legalBasis string
	reply      string
	remarks    []recordText
	other      bool // some cell that is not a number or date is filled
}

type recordText struct {
	column Column
	text   string
	row    int
}

// put files one cell under its field.
func (rec *record) put(c Column, v string, row int) {
	switch c.Field {
	case FieldNone, FieldIgnore, FieldSeq:
		return
	case FieldPhone, FieldPosition:
		rec.other = true
		return
	}
	rec.other = true
	switch c.Field {
	case FieldSubmitted:
		rec.submitted = v
	case FieldSession:
		rec.session = strings.TrimSpace(rec.session + " " + v)
	case FieldDate:
		rec.date = v
	case FieldDepartment:
		rec.department = clean(v)
	case FieldUnit:
		rec.unit = clean(v)
		rec.withName = strings.Contains(squeeze(c.Header), "姓名")
	case FieldProvince:
		rec.province = clean(v)
	case FieldName:
		rec.name = clean(v)
	case FieldKind:
		rec.kind = v
	case FieldSegment:
		rec.segment = v
	case FieldBackground:
		rec.background = append(rec.background, clean(v))
	case FieldLegalBasis:
		rec.legalBasis = clean(v)
	case FieldReply:
		rec.reply = clean(v)
	case FieldRemark:
		rec.remarks = append(rec.remarks, recordText{c, v, row})
	default:
		rec.texts = append(rec.texts, recordText{c, v, row})
	}
}

// emit turns a record into submissions, one per text cell, or rejects.
func (r *reading) emit(sheet *SheetReport, src feedback.Source, rec record) error {
	src.Row = rec.row
	for _, m := range rec.remarks {
		if utf8.RuneCountInString(squeeze(m.text)) > 15 && !footerStart.MatchString(squeeze(m.text)) {
			m.column.Field = FieldContent
			rec.texts = append(rec.texts, m)
		}
	}
	if len(rec.texts) == 0 {
		if !rec.other {
			return nil
		}
		sheet.Rejects++
		return r.reject(src, feedback.RejectEmpty, "本行没有填写问题、意见或建议，如有内容请补填。", "")
	}
	base, noteErr := r.submissionOf(src, rec)
	if noteErr != nil {
		return noteErr
	}
	// A blank beside a filled cell is how forms are filled in; a row of blanks is
	// one thing to mend.
	said := false
	void := make([]bool, len(rec.texts))
	for i := range rec.texts {
		rec.texts[i].text = clean(rec.texts[i].text)
		void[i] = r.d.Empty(rec.texts[i].text) && !SameAsAbove(rec.texts[i].text)
		said = said || !void[i]
	}
	blank := false
	var seen []string
	for i, t := range rec.texts {
		s := base
		s.Source.Column = shorten(t.column.Header, 60)
		s.Source.Row = t.row
		s.Text = t.text
		switch {
		case len(s.Text) > r.d.limits.CellBytes:
			sheet.Rejects++
			if err := r.reject(s.Source, feedback.RejectTooLarge,
				fmt.Sprintf("该格超过%s，请拆成几行或另附文件后重新提交。", sizeWords(int64(r.d.limits.CellBytes))), s.Text); err != nil {
				return err
			}
			continue
		case void[i]:
			if said || blank {
				continue
			}
			blank = true
			sheet.Rejects++
			if err := r.reject(s.Source, feedback.RejectEmpty, emptyMend(s.Text), s.Text); err != nil {
				return err
			}
			continue
		}
		if len(rec.texts) > 1 && !SameAsAbove(s.Text) {
			if slices.ContainsFunc(seen, func(other string) bool { return sameWords(other, s.Text) }) {
				if err := r.note(s.Source, feedback.RejectEmpty, "与同一行另一列内容相同，只取一次。"); err != nil {
					return err
				}
				continue
			}
			seen = append(seen, s.Text)
		}
		if k := t.column.kind(); k != "" {
			s.Kind = k
		}
		sheet.Texts++
		if err := r.yield(s); err != nil {
			return err
		}
	}
	return nil
}

// sameWords says whether two texts are equal but for spaces and punctuation.
func sameWords(a, b string) bool {
	// Normalising is dear; texts of very different lengths need none.
	if d := len(a) - len(b); d > 60 || d < -60 {
		return false
	}
	return feedback.Normalize(a) == feedback.Normalize(b)
}

func emptyMend(text string) string {
	if strings.Contains(text, "附件") {
		return "此处只写了见附件，请将附件内容填入本格，或把附件作为单独文件提交。"
	}
	return "该格没有实质内容，无需处理；如有内容请补填。"
}

// submissionOf reads everything of a record but its texts.
func (r *reading) submissionOf(src feedback.Source, rec record) (feedback.Submission, error) {
	s := rec.setting
	out := feedback.Submission{Source: src, Unit: rec.unit, Name: rec.name, Reply: rec.reply, LegalBasis: rec.legalBasis}
	out.Background = strings.Join(rec.background, "\n")
	if rec.withName && rec.name == "" {
		out.Name, out.Unit = r.nickname(rec.unit)
	}
	if out.Unit == "" {
		out.Unit = s.unit
	}
	year := s.year
	for _, v := range []string{rec.date, rec.submitted} {
		if out.GivenOn = dateOf(v, year, rec.date1904); out.GivenOn != "" {
			break
		}
	}
	if out.GivenOn == "" {
		out.GivenOn = s.date
	}
	if out.GivenOn != "" && year == 0 {
		year = int(out.GivenOn[0]-'0')*1000 + int(out.GivenOn[1]-'0')*100 + int(out.GivenOn[2]-'0')*10 + int(out.GivenOn[3]-'0')
	}
	out.TrainingID = r.memo.training(rec.session, year)
	if out.TrainingID == "" {
		out.TrainingID = r.file.TrainingID
	}
	if out.TrainingID == "" {
		out.TrainingID = s.training
	}
	if out.Segment = segmentOf(rec.segment + " " + rec.session); out.Segment == "" {
		out.Segment = s.segment
	}
	out.Kind = kindOf(rec.kind)

	if out.Province = Province(rec.province); out.Province == "" {
		if out.Province = provincePrefix(out.Unit); out.Province == "" {
			out.Province = s.province
		}
	}
	code, known := r.memo.department(r.d, rec.department)
	if !known || code == feedback.OtherDept {
		if c, ok := r.memo.unit(r.d, out.Unit); ok {
			code, known = c, true
		}
	}
	if !known && s.department != "" && rec.department == "" && rec.unit == "" {
		code, known = s.department, true
	}
	if !known {
		code = feedback.OtherDept
		what := rec.department
		if what == "" {
			what = "部门和单位两列"
		} else {
			what = "部门“" + shorten(what, 20) + "”"
		}
		if err := r.note(src, feedback.RejectUnknownDepartment, what+"未能识别条线，已按“其他”收录，请补填所属条线。"); err != nil {
			return out, err
		}
	}
	out.Department = code
	return out, nil
}

// memo remembers what cells were read as: a file names the same few trainings,
// departments and units on every row. It forgets all when it has grown.
type memo struct {
	trainings   map[memoTraining]string
	departments map[string]memoDepartment
	units       map[string]memoDepartment
}

type memoTraining struct {
	cell string
	year int
}

type memoDepartment struct {
	code feedback.Department
	ok   bool
}

const memoSize = 4096

func (m *memo) training(cell string, year int) string {
	if cell == "" {
		return ""
	}
	key := memoTraining{cell, year}
	id, ok := m.trainings[key]
	if !ok {
		if m.trainings == nil || len(m.trainings) >= memoSize {
			m.trainings = map[memoTraining]string{}
		}
		id = trainingOf(cell, year)
		m.trainings[key] = id
	}
	return id
}

func (m *memo) department(d *Decoder, cell string) (feedback.Department, bool) {
	v, ok := m.departments[cell]
	if !ok {
		if m.departments == nil || len(m.departments) >= memoSize {
			m.departments = map[string]memoDepartment{}
		}
		v.code, v.ok = d.depts.value(cell)
		m.departments[cell] = v
	}
	return v.code, v.ok
}

func (m *memo) unit(d *Decoder, name string) (feedback.Department, bool) {
	v, ok := m.units[name]
	if !ok {
		if m.units == nil || len(m.units) >= memoSize {
			m.units = map[string]memoDepartment{}
		}
		v.code, v.ok = d.depts.unit(name)
		m.units[name] = v
	}
	return v.code, v.ok
}

// surveyText takes off what 问卷星 puts around answers: (空), (跳过), and 〖〗
// around words typed beside an option.
func surveyText(s string) string {
	switch strings.TrimSpace(s) {
	case "(空)", "（空）", "(跳过)", "（跳过）":
		return ""
	}
	if strings.Contains(s, "〖") {
		s = strings.NewReplacer("其他〖", "", "其它〖", "", "〖", "：", "〗", "").Replace(s)
	}
	return strings.TrimSpace(s)
}
