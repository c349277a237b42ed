package workbench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/queries"
)

// ImportFilePage is what became of one file, and what it waits for.
type ImportFilePage struct {
	queries.File
	Masked       []queries.Count // by kind, most first
	MaskedTotal  int
	Reasons      []queries.Count // of what was not taken in, most first
	Sheets       []SheetView
	Notes        []NoteView
	Readings     []intake.Reading // how it begins in each encoding, when one must be chosen
	Trainings    []queries.Training
	NeedTraining bool
	Training     string // as chosen, else as read
	ChosenBy     *queries.IntakeChoice
	NeedEncoding bool
	EncodedBy    *queries.IntakeChoice
	Asked        int // questions to a person
	Open         int // of those, without an answer yet
	Fields       []FieldGroup
	Read         intake.Report
	Earlier      []EarlierReading      // how it was read before, first first
	Reread       *RereadCount          // what the last corrected reading did
	RereadBy     *queries.IntakeChoice // who asked for the next one
	MayReread    bool
	Problem      string
	ProblemForm  string // fingerprint of the form the problem is about
	MayOpen      bool
}

// SheetView is one sheet, table or member of a zip as it was read.
type SheetView struct {
	intake.SheetReport
	Member  string // file inside a zip; "" outside
	Columns []ColumnView
	Ask     bool // its mapping waits for a person
	Chosen  *queries.IntakeChoice
}

// Label is what the sheet is called on the page.
func (s SheetView) Label() string {
	return cmp.Or(strings.Trim(s.Member+" · "+s.Name, " ·"), "表格")
}

// ColumnView is one column of a form: what it seems to hold, and why.
type ColumnView struct {
	Index   int
	Letter  string
	Header  string
	Field   intake.Field
	Name    string // of the field, in Chinese
	Why     string
	Sure    bool
	Samples []string // masked
}

// NoteView is something worth knowing about a place that was read all the same.
type NoteView struct {
	Place  string
	Reason string
	Say    string
}

// EarlierReading is how a file was read before somebody corrected it.
type EarlierReading struct {
	RunID    string          `json:"run_id"`
	Rows     int             `json:"rows"`
	Items    int             `json:"items"`
	Repeated int             `json:"repeated"`
	Rejected int             `json:"rejected"`
	Masked   json.RawMessage `json:"masked"`
	Read     intake.Report   `json:"read"`
}

// MaskedTotal is how much was masked then.
func (e EarlierReading) MaskedTotal() (n int) {
	kinds, err := maskedKinds(string(e.Masked))
	if err != nil {
		return 0
	}
	for _, k := range kinds {
		n += k.Items
	}
	return n
}

// Columns says for every sheet which column was read as what.
func (e EarlierReading) Columns() []string { return mappingWords(e.Read) }

// mappingWords writes a reading's mapping, a line a sheet: 问题 → 问题；….
func mappingWords(r intake.Report) []string {
	var out []string
	for _, s := range sheetsOf(r, "") {
		if s.Mapping == nil {
			continue
		}
		var parts []string
		for _, c := range s.Mapping.Columns {
			if n, _ := fieldName(c.Field); c.Header != "" && c.Field != intake.FieldNone {
				parts = append(parts, c.Header+" → "+n.Name)
			}
		}
		out = append(out, s.Label()+"："+strings.Join(parts, "；"))
	}
	return out
}

// RereadCount says what a corrected reading did to the items of a file.
type RereadCount struct {
	RunID     string `json:"run_id"`
	Decision  int64  `json:"decision"`
	Same      int    `json:"same"`
	Fresh     int    `json:"fresh"`
	Withdrawn int    `json:"withdrawn"`
	Held      int    `json:"held"`
}

// FieldGroup is a heading of the list a column's field is chosen from.
type FieldGroup struct {
	Name   string
	Fields []FieldName
}

// FieldName is a field as people know it.
type FieldName struct {
	Field intake.Field
	Name  string
	one   bool // of one column only: a second would overwrite the first
}

// fieldGroups is the list, in the order people think of a form: what was said,
// who said it, when, and what goes with it.
var fieldGroups = []FieldGroup{
	{"正文（拆分为条目）", []FieldName{
		{intake.FieldQuestion, "问题", false},
		{intake.FieldOpinion, "意见", false},
		{intake.FieldSuggestion, "建议", false},
		{intake.FieldContent, "正文，类型由文字判断", false},
	}},
	{"提出者", []FieldName{
		{intake.FieldDepartment, "部门", true},
		{intake.FieldUnit, "单位", true},
		{intake.FieldProvince, "省份", true},
		{intake.FieldName, "姓名（不入库）", true},
		{intake.FieldPosition, "职务（不入库）", false},
		{intake.FieldPhone, "电话（不入库）", false},
	}},
	{"期次与时间", []FieldName{
		{intake.FieldSession, "培训期次", false},
		{intake.FieldDate, "日期", true},
		{intake.FieldSubmitted, "提交时间", true},
		{intake.FieldSegment, "培训环节", true},
	}},
	{"附带内容", []FieldName{
		{intake.FieldKind, "类型（问题、意见或建议）", true},
		{intake.FieldBackground, "案情、理由", false},
		{intake.FieldLegalBasis, "法律依据", true},
		{intake.FieldReply, "现场答复", true},
		{intake.FieldRemark, "备注", false},
	}},
	{"不用", []FieldName{
		{intake.FieldIgnore, "丢弃（评分、IP 等，不入库）", false},
		{intake.FieldSeq, "序号", false},
		{intake.FieldNone, "不使用", false},
	}},
}

// fieldName finds a field among those a person may choose.
func fieldName(f intake.Field) (FieldName, bool) {
	for _, g := range fieldGroups {
		for _, n := range g.Fields {
			if n.Field == f {
				return n, true
			}
		}
	}
	return FieldName{f, "不使用", false}, false
}

// fileReport is what the night keeps of a file's reading.
type fileReport struct {
	Read    intake.Report    `json:"read"`
	Notes   []intake.Note    `json:"notes"`
	Earlier []EarlierReading `json:"earlier"`
	Reread  *RereadCount     `json:"reread"`
}

// readJSON reads a column of a corpus. Files that were taken in before 2026-12
// carry theirs as a JSON string that holds JSON.
func readJSON(body string, into any) error {
	var inner string
	if json.Unmarshal([]byte(body), &inner) == nil {
		body = inner
	}
	return json.Unmarshal([]byte(cmp.Or(body, "{}")), into)
}

func reportOf(f queries.File) (fileReport, error) {
	var r fileReport
	if err := readJSON(f.Report, &r); err != nil {
		return r, fmt.Errorf("report of %s: %w", f.SHA256, err)
	}
	return r, nil
}

// sheetsOf lists every sheet of a file, those of a zip's members too.
func sheetsOf(r intake.Report, member string) []SheetView {
	var out []SheetView
	for _, s := range r.Sheets {
		out = append(out, SheetView{SheetReport: s, Member: member})
	}
	for _, m := range r.Members {
		_, name, _ := strings.Cut(m.File, "/")
		out = append(out, sheetsOf(m, cmp.Or(name, m.File))...)
	}
	return out
}

func readingsOf(r intake.Report) []intake.Reading {
	if len(r.Readings) > 0 {
		return r.Readings
	}
	for _, m := range r.Members {
		if found := readingsOf(m); found != nil {
			return found
		}
	}
	return nil
}

// questions says what a file waits for: which forms, a training, an encoding.
func questions(f queries.File, sheets []SheetView) (forms []string, training, encoding bool) {
	if f.Outcome != "待确认" {
		return nil, false, false
	}
	for _, r := range f.Rejects {
		switch feedback.RejectReason(r.Reason) {
		case feedback.RejectNoTraining:
			training = true
		case feedback.RejectAmbiguousEncoding:
			encoding = true
		case feedback.RejectUncertainMapping:
			for _, s := range sheets {
				if s.Mapping != nil && !s.Mapping.Confirmed && s.Name == r.Sheet && s.Header == r.Row && (s.Member == "" || strings.HasSuffix(r.File, "/"+s.Member)) &&
					!slices.Contains(forms, s.Mapping.Fingerprint) {
					forms = append(forms, s.Mapping.Fingerprint)
				}
			}
		}
	}
	return forms, training, encoding
}

// Waits tells the list of files how a waiting file stands: how many questions
// it asks, and how many have no answer yet.
type Waits struct{ Asked, Open int }

// waits tells it of every file that waits.
func (rq *request) waits(files []queries.File) (map[string]Waits, error) {
	choices, err := rq.w.store.IntakeChoices(rq.ctx())
	if err != nil {
		return nil, err
	}
	out := map[string]Waits{}
	for _, f := range files {
		if out[f.SHA256], err = waitsOf(f, choices); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func waitsOf(f queries.File, choices queries.IntakeChoices) (Waits, error) {
	var w Waits
	if f.Outcome != "待确认" {
		return w, nil
	}
	r, err := reportOf(f)
	if err != nil {
		return w, err
	}
	forms, training, encoding := questions(f, sheetsOf(r.Read, ""))
	ask := func(answered bool) {
		w.Asked++
		if !answered {
			w.Open++
		}
	}
	for _, form := range forms {
		_, ok := choices.Mappings[form]
		ask(ok)
	}
	if training {
		_, ok := choices.Trainings[f.SHA256]
		ask(ok)
	}
	if encoding {
		_, ok := choices.Encodings[f.SHA256]
		ask(ok)
	}
	return w, nil
}

func importFile(rq *request) error { return rq.importFile(http.StatusOK, "", "") }

// importFile shows one file. A problem is the sentence at the top of the form
// it came from; what was filled in there stands again.
func (rq *request) importFile(status int, problem, form string) error {
	p, err := rq.readImportFile(rq.c.Param("sha256"))
	if err != nil {
		return err
	}
	p.Problem, p.ProblemForm = problem, form
	if problem != "" && form != "" {
		for i := range p.Sheets {
			if s := &p.Sheets[i]; s.Mapping != nil && s.Mapping.Fingerprint == form {
				for j := range s.Columns {
					s.Columns[j].Field = intake.Field(rq.form("field" + strconv.Itoa(s.Columns[j].Index)))
				}
			}
		}
	}
	return rq.show(status, "import_file", p.Name, p)
}

func (rq *request) readImportFile(sha256 string) (ImportFilePage, error) {
	var p ImportFilePage
	f, err := rq.w.store.File(rq.ctx(), sha256)
	if err != nil {
		return p, err
	}
	report, err := reportOf(f)
	if err != nil {
		return p, err
	}
	choices, err := rq.w.store.IntakeChoices(rq.ctx())
	if err != nil {
		return p, err
	}
	filters, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return p, err
	}
	p = ImportFilePage{File: f, Read: report.Read, Fields: fieldGroups, Trainings: filters.Trainings, Readings: readingsOf(report.Read), MayOpen: rq.may(read)}
	if p.Masked, err = maskedKinds(f.Masked); err != nil {
		return p, err
	}
	for _, m := range p.Masked {
		p.MaskedTotal += m.Items
	}
	p.Earlier, p.Reread, p.MayReread = report.Earlier, report.Reread, f.Outcome == "已接收"
	run, _, err := rq.w.store.Run(rq.ctx())
	if err != nil {
		return p, err
	}
	if c, ok := choices.Rereads[f.SHA256]; ok && c.Seq > run.DecisionSeq {
		p.RereadBy = &c
	}
	p.Reasons = reasonsOf(f.Rejects)
	for _, n := range report.Notes {
		p.Notes = append(p.Notes, NoteView{placeOf(n.Source.Sheet, n.Source.Row, n.Source.Column, memberOf(n.Source.File)), string(n.Reason), n.Say})
	}
	p.Sheets = sheetsOf(report.Read, "")
	forms, training, encoding := questions(f, p.Sheets)
	for i := range p.Sheets {
		s := &p.Sheets[i]
		if s.Mapping == nil {
			continue
		}
		if c, ok := choices.Mappings[s.Mapping.Fingerprint]; ok {
			s.Chosen = &c
		}
		// Two sheets of one form are asked about once.
		if at := slices.Index(forms, s.Mapping.Fingerprint); at >= 0 {
			s.Ask = true
			forms = slices.Delete(forms, at, at+1)
			p.Asked++
			if s.Chosen == nil {
				p.Open++
			}
		}
		if s.Columns, err = columnsOf(s); err != nil {
			return p, err
		}
	}
	p.NeedTraining, p.NeedEncoding = training, encoding
	if c, ok := choices.Trainings[f.SHA256]; ok {
		p.ChosenBy = &c
	}
	if c, ok := choices.Encodings[f.SHA256]; ok {
		p.EncodedBy = &c
	}
	if training {
		p.Asked++
		if p.ChosenBy == nil {
			p.Open++
		}
	}
	if encoding {
		p.Asked++
		if p.EncodedBy == nil {
			p.Open++
		}
	}
	p.Training = f.Training
	if p.ChosenBy != nil {
		p.Training = p.ChosenBy.Training
	}
	return p, nil
}

// columnsOf shows a form's columns with what a person chose, else with what
// the night proposed.
func columnsOf(s *SheetView) ([]ColumnView, error) {
	columns := s.Mapping.Columns
	if s.Chosen != nil {
		var m intake.Mapping
		if err := json.Unmarshal(s.Chosen.Mapping, &m); err != nil {
			return nil, fmt.Errorf("decision %d: %w", s.Chosen.Seq, err)
		}
		if len(m.Columns) == len(columns) {
			columns = m.Columns
		}
	}
	var out []ColumnView
	for i, c := range columns {
		v := ColumnView{Index: c.Index, Letter: columnLetter(c.Index), Header: c.Header, Field: c.Field, Why: c.Why, Sure: c.Certainty >= 0.6}
		n, _ := fieldName(c.Field)
		v.Name = n.Name
		for _, row := range s.Samples {
			if i < len(row) && strings.TrimSpace(row[i]) != "" && len(v.Samples) < 3 {
				v.Samples = append(v.Samples, row[i])
			}
		}
		if v.Header == "" && len(v.Samples) == 0 {
			continue
		}
		out = append(out, v)
	}
	return out, nil
}

// columnLetter is a column's name in a spreadsheet: 0 is A, 26 is AA.
func columnLetter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

func maskedKinds(body string) ([]queries.Count, error) {
	var counts map[string]int
	if err := readJSON(body, &counts); err != nil {
		return nil, fmt.Errorf("masked counts: %w", err)
	}
	return mostFirst(counts), nil
}

func reasonsOf(rejects []queries.Rejected) []queries.Count {
	counts := map[string]int{}
	for _, r := range rejects {
		counts[r.Reason]++
	}
	return mostFirst(counts)
}

func mostFirst(counts map[string]int) []queries.Count {
	var out []queries.Count
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		if counts[k] > 0 {
			out = append(out, queries.Count{Value: k, Items: counts[k]})
		}
	}
	slices.SortStableFunc(out, func(a, b queries.Count) int { return b.Items - a.Items })
	return out
}

// memberOf is the file inside a zip that a source names; "" outside a zip.
func memberOf(file string) string {
	at := strings.Index(strings.ToLower(file), ".zip/")
	if at < 0 {
		return ""
	}
	return file[at+len(".zip/"):]
}

// placeOf is a place as people find it: file in the zip, sheet, row, column.
func placeOf(sheet string, row int, column, member string) string {
	var parts []string
	for _, s := range []string{member, sheet} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if row > 0 {
		parts = append(parts, fmt.Sprintf("第%d行", row))
	}
	if column != "" {
		parts = append(parts, column)
	}
	return cmp.Or(strings.Join(parts, " · "), "整个文件")
}

// Place is where a rejected row stands.
func (p *ImportFilePage) Place(r queries.Rejected) string {
	return placeOf(r.Sheet, r.Row, r.Column, memberOf(r.File))
}

// chooseMapping remembers how the columns of a form are read.
func chooseMapping(rq *request) error {
	form := rq.form("form")
	p, err := rq.readImportFile(rq.c.Param("sha256"))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(p.Sheets, func(s SheetView) bool { return s.Mapping != nil && s.Mapping.Fingerprint == form && form != "" })
	if at < 0 {
		return &queries.Refusal{Kind: queries.Conflict, Zh: "这个文件中已没有这张表：可能夜间已重新读取，请从导入页重新打开。", En: "This file no longer has that table; open it again from the import page."}
	}
	mapping := *p.Sheets[at].Mapping
	mapping.Columns = slices.Clone(mapping.Columns)
	if rq.form("none") == "1" {
		for i := range mapping.Columns {
			mapping.Columns[i].Field, mapping.Columns[i].Certainty, mapping.Columns[i].Why = intake.FieldIgnore, 1, "此表不是反馈内容"
		}
	} else if err := rq.readFields(mapping.Columns); err != nil {
		return rq.importFile(http.StatusUnprocessableEntity, rq.say(err), form)
	}
	mapping.Certainty, mapping.Confirmed = 1, true
	body, err := json.Marshal(mapping)
	if err != nil {
		return err
	}
	if _, err := rq.w.store.ChooseMapping(rq.ctx(), rq.Me.ID, form, body); err != nil {
		if isRefusal(err) {
			return rq.importFile(http.StatusUnprocessableEntity, rq.say(err), form)
		}
		return err
	}
	if rq.form("reread") == "1" {
		return rereadFile(rq)
	}
	rq.flash(rq.t("已记住这张表的字段对应，下一次夜间归并使用；今后同样表头的文件自动识别。"), 0)
	return rq.redirect("/import/" + p.SHA256)
}

// rereadFile asks the next night to read an accepted file again.
func rereadFile(rq *request) error {
	sha := rq.c.Param("sha256")
	if _, err := rq.w.store.Reread(rq.ctx(), rq.Me.ID, sha); err != nil {
		return rq.importRefused(err)
	}
	rq.flash(rq.t("下一次夜间归并按现在的字段对应重新读取这个文件。"), 0)
	return rq.redirect("/import/" + sha)
}

// Now is the reading in force, beside the earlier ones.
func (p *ImportFilePage) Now() EarlierReading {
	return EarlierReading{RunID: p.Run, Rows: p.Rows, Items: p.Items, Repeated: p.Repeated, Rejected: len(p.Rejects), Masked: json.RawMessage(p.File.Masked), Read: p.Read}
}

// readFields takes the fields a person chose into columns, and says what is
// wrong with them in one sentence.
func (rq *request) readFields(columns []intake.Column) error {
	texts := 0
	taken := map[intake.Field]int{}
	for i := range columns {
		c := &columns[i]
		posted, ok := rq.c.GetPostForm("field" + strconv.Itoa(c.Index))
		if !ok { // a column without header and content has no line on the page
			c.Field = intake.FieldNone
			continue
		}
		n, ok := fieldName(intake.Field(posted))
		if !ok {
			return &queries.Refusal{Zh: "请从列表中选择各列的含义。", En: "Choose each column's field from the list."}
		}
		if n.Field != c.Field {
			c.Why = "人工更正"
		} else {
			c.Why = "人工确认"
		}
		c.Field, c.Certainty = n.Field, 1
		if c.Field.IsText() {
			texts++
		}
		if first, twice := taken[c.Field]; twice && n.one {
			return &queries.Refusal{
				Zh: fmt.Sprintf("“%s”只能对应一列，现在 %s 列和 %s 列都是：请保留一列，其余选“不使用”。", n.Name, columnLetter(first), columnLetter(c.Index)),
				En: fmt.Sprintf("%s can be one column only; columns %s and %s both have it.", n.Name, columnLetter(first), columnLetter(c.Index)),
			}
		}
		taken[c.Field] = c.Index
	}
	if texts == 0 {
		return &queries.Refusal{
			Zh: "至少要有一列是问题、意见、建议或正文；如果整张表都不是反馈内容，请勾选“此表不是反馈内容，整表不收”。",
			En: "At least one column must be a question, opinion, suggestion or text; if the table holds no feedback, tick that it is not to be taken in.",
		}
	}
	return nil
}

// chooseTraining assigns a file that named no training to one.
func chooseTraining(rq *request) error {
	sha := rq.c.Param("sha256")
	if _, err := rq.w.store.ChooseTraining(rq.ctx(), rq.Me.ID, sha, rq.form("training")); err != nil {
		return rq.importRefused(err)
	}
	rq.flash(rq.t("已指定期次 %s，下一次夜间归并使用。", rq.form("training")), 0)
	return rq.redirect("/import/" + sha)
}

// chooseEncoding says how a file's characters are encoded.
func chooseEncoding(rq *request) error {
	sha := rq.c.Param("sha256")
	if _, err := rq.w.store.ChooseEncoding(rq.ctx(), rq.Me.ID, sha, rq.form("encoding"), intake.Encodings); err != nil {
		return rq.importRefused(err)
	}
	rq.flash(rq.t("已指定文字编码，下一次夜间归并使用。"), 0)
	return rq.redirect("/import/" + sha)
}

// importRefused shows the file again with the sentence.
func (rq *request) importRefused(err error) error {
	if !isRefusal(err) {
		return err
	}
	return rq.importFile(http.StatusUnprocessableEntity, rq.say(err), "")
}

// Subject is what a decision about no group is about: a form or a file.
func (p *DecisionsPage) Subject(d queries.DecisionEntry) string {
	var c queries.IntakeChoice
	if json.Unmarshal([]byte(d.Payload), &c) != nil {
		return ""
	}
	if len(c.Mapping) > 0 {
		var m intake.Mapping
		if json.Unmarshal(c.Mapping, &m) != nil {
			return ""
		}
		return m.Form
	}
	return strings.Trim(c.File+" → "+c.Training+c.Encoding, " →")
}
