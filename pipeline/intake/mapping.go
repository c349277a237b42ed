package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// Field is what a column holds, named as in header_map.tsv.
type Field string

// The fields a column can map to. FieldNone is a column nobody asked for.
const (
	FieldNone       Field = ""
	FieldSeq        Field = "seq"
	FieldSubmitted  Field = "submitted_at"
	FieldSession    Field = "session"
	FieldDate       Field = "date"
	FieldDepartment Field = "department"
	FieldUnit       Field = "unit"
	FieldProvince   Field = "province"
	FieldName       Field = "name"
	FieldPosition   Field = "position"
	FieldPhone      Field = "phone"
	FieldKind       Field = "kind"
	FieldQuestion   Field = "question"
	FieldOpinion    Field = "opinion"
	FieldSuggestion Field = "suggestion"
	FieldContent    Field = "content"
	FieldBackground Field = "background"
	FieldLegalBasis Field = "legal_basis"
	FieldReply      Field = "reply"
	FieldRemark     Field = "remark"
	FieldSegment    Field = "segment"
	FieldIgnore     Field = "ignore"
)

// IsText says whether a column of this field is split into items.
func (f Field) IsText() bool {
	return f == FieldQuestion || f == FieldOpinion || f == FieldSuggestion || f == FieldContent
}

// Mapping says what each column of a form holds. It is written as JSON, shown
// to a person, corrected, and given back in Options.Mappings.
type Mapping struct {
	Fingerprint string   `json:"fingerprint"` // of the header's cells; the same form has the same
	Form        string   `json:"form"`        // file and sheet it was first seen in
	HeaderRows  int      `json:"header_rows"` // 1, or 2 for a header of two levels
	Columns     []Column `json:"columns"`
	Certainty   float64  `json:"certainty"` // of the least certain text column, 0 to 1
	Confirmed   bool     `json:"confirmed"` // by a person
}

// Column is one column of a form.
type Column struct {
	Index     int     `json:"index"` // 0-based
	Header    string  `json:"header"`
	Field     Field   `json:"field"`
	Certainty float64 `json:"certainty"` // 1 an exact name, 0.7 a name that contains a known word, below that a guess
	Why       string  `json:"why"`       // a Chinese phrase for the proposal
}

// kind is what the column says about its texts' kind; empty for 意见建议, 内容
// and the like, where the text decides.
func (c Column) kind() feedback.Kind {
	switch c.Field {
	case FieldQuestion:
		return feedback.Question
	case FieldOpinion:
		return feedback.Opinion
	case FieldSuggestion:
		if strings.Contains(c.Header, "意见") || strings.Contains(c.Header, "问题") {
			return ""
		}
		return feedback.Suggestion
	}
	return ""
}

type headerRule struct {
	field    Field
	exact    bool
	synonyms []string
}

// moreHeaders are names the table does not have because they come from our own
// exports and JSON rather than from organisers' forms.
var moreHeaders = []headerRule{
	{FieldSegment, false, []string{"环节", "培训环节", "研讨环节", "活动环节"}},
	{FieldSegment, true, []string{"segment"}},
	{FieldName, false, []string{"姓名"}},
	{FieldQuestion, false, []string{"困难", "难点", "堵点", "疑问"}},
	{FieldQuestion, true, []string{"question", "questions"}},
	{FieldOpinion, true, []string{"opinion", "opinions", "comment", "comments"}},
	{FieldSuggestion, true, []string{"suggestion", "suggestions"}},
	{FieldContent, true, []string{"text", "content", "正文", "文本", "body"}},
	{FieldDepartment, true, []string{"department", "dept"}},
	{FieldProvince, true, []string{"province"}},
	{FieldUnit, true, []string{"unit", "organization", "organisation"}},
	{FieldName, true, []string{"name", "author"}},
	{FieldPhone, true, []string{"phone", "mobile", "tel"}},
	{FieldPosition, true, []string{"position", "title"}},
	{FieldKind, true, []string{"kind", "type"}},
	{FieldDate, true, []string{"date"}},
	{FieldSession, true, []string{"training", "session", "trainingid", "training_id"}},
	{FieldBackground, true, []string{"background", "reason"}},
	{FieldLegalBasis, true, []string{"legal_basis", "legalbasis"}},
	{FieldReply, true, []string{"reply", "answer"}},
}

func headerRules(rows []lexicon.Header) []headerRule {
	rules := make([]headerRule, 0, len(rows)+len(moreHeaders))
	for _, h := range rows {
		r := headerRule{field: Field(h.Field), exact: h.Exact}
		if r.field == "duration" || r.field == "source_meta" {
			r.field = FieldIgnore
		}
		for _, s := range h.Synonyms {
			if s = strings.ToLower(squeeze(s)); s != "" {
				r.synonyms = append(r.synonyms, s)
			}
		}
		rules = append(rules, r)
	}
	return append(rules, moreHeaders...)
}

var (
	headerNumber = regexp.MustCompile(`^(?:[Qq]?[0-9]{1,3}|[一二三四五六七八九十]{1,3}|[(][0-9一二三四五六七八九十]{1,3}[)])[、.,:)]\s*`)
	headerNotes  = regexp.MustCompile(`[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]`)
	headerAsks   = regexp.MustCompile(`(?:是什么|有哪些|有什么|是哪个|是|为|如何|请填写|请列举|请写明|请简述|请说明)$`)
	satisfaction = regexp.MustCompile(`满意|评分|打分|评价|得分|收获程度|推荐程度`)
	unitAndMore  = regexp.MustCompile(`单位.{0,3}(?:姓名|职务|职级|部门)|(?:姓名|职务|职级|部门).{0,3}单位`)
	jointHeader  = regexp.MustCompile(`(问题|困难|意见|建议)[与及和或、/,&+]*(?:相关|有关|工作|对策|改进|解决|完善|的)?(问题|意见|建议)`)
)

// headerName is a header cell without its number, its remarks in brackets and
// its question words: "3、您的建议是什么？（必填）" -> 您的建议.
func headerName(cell string) (name, bare string) {
	name = strings.ToLower(squeeze(cell))
	name = strings.TrimLeft(name, "*★")
	name = headerNumber.ReplaceAllString(name, "")
	name = strings.Trim(name, "*:;?。,、_")
	bare = headerNotes.ReplaceAllString(name, "")
	bare = strings.Trim(bare, "*:;?。,、_")
	if cut := headerAsks.ReplaceAllString(bare, ""); cut != "" {
		bare = cut
	}
	return name, bare
}

// recognise tells what a header cell means. FieldNone with certainty 0 when it
// means nothing known.
func (d *Decoder) recognise(cell string) Column {
	c := Column{Header: clean(cell)}
	name, bare := headerName(cell)
	if name == "" || isProse(c.Header) {
		return c
	}
	for _, s := range []string{name, bare} {
		var fields []Field
		for _, r := range d.headers {
			for _, syn := range r.synonyms {
				if s == syn && (len(fields) == 0 || fields[len(fields)-1] != r.field) {
					fields = append(fields, r.field)
				}
			}
		}
		switch {
		case len(fields) == 1:
			c.Field, c.Certainty, c.Why = fields[0], 1, "表头与词表一致"
			return c
		case len(fields) > 1:
			c.Field, c.Certainty, c.Why = fields[0], 0.5, "表头在词表中有两种含义"
			return c
		}
	}
	joint := jointHeader.FindStringSubmatch(bare)
	endsInText := strings.HasSuffix(bare, "建议") || strings.HasSuffix(bare, "意见") || strings.HasSuffix(bare, "问题")
	if satisfaction.MatchString(name) && !endsInText && joint == nil {
		c.Field, c.Certainty, c.Why = FieldIgnore, 0.95, "评教题，不入库"
		return c
	}
	if joint != nil && joint[1] != joint[2] && strings.HasSuffix(bare, joint[2]) {
		c.Field, c.Certainty, c.Why = FieldContent, 0.9, "表头并列了几类内容，类型由文本判定"
		if joint[1] == "困难" && joint[2] == "问题" {
			c.Field = FieldQuestion
		}
		if joint[1] == "意见" && joint[2] == "建议" && !strings.Contains(bare, "问题") {
			c.Field = FieldSuggestion
		}
		return c
	}
	runes := utf8.RuneCountInString(bare)
	if strings.Contains(bare, "单位") && unitAndMore.MatchString(bare) {
		c.Field, c.Certainty, c.Why = FieldUnit, 0.9, "单位与姓名、职务等写在一列"
		return c
	}
	bestLen, bestEnd := 0, false
	for _, r := range d.headers {
		if r.exact {
			continue
		}
		for _, syn := range r.synonyms {
			at := strings.LastIndex(bare, syn)
			if at < 0 {
				continue
			}
			end := at+len(syn) == len(bare)
			// 您认为检察机关与监狱部门之间存在哪些困难 asks for no department.
			if !end && !r.field.IsText() && r.field != FieldIgnore && runes > utf8.RuneCountInString(syn)+6 {
				continue
			}
			if end && !bestEnd || end == bestEnd && len(syn) > bestLen {
				c.Field, bestLen, bestEnd = r.field, len(syn), end
			}
		}
	}
	switch {
	case bestLen == 0:
		return c
	case bestEnd && runes <= 16:
		c.Certainty, c.Why = 0.9, "表头以词表中的名称结尾"
	case bestEnd:
		c.Certainty, c.Why = 0.8, "题干以词表中的名称结尾"
	default:
		c.Certainty, c.Why = 0.7, "表头含有词表中的名称"
	}
	return c
}

// isProse says whether a cell holds sentences: no header does, except that a
// questionnaire's question may end in a full stop.
func isProse(cell string) bool {
	i := strings.IndexAny(cell, "。；")
	if i < 0 {
		return false
	}
	_, size := utf8.DecodeRuneInString(cell[i:])
	return i+size < len(cell)
}

// fingerprint names a form by its header cells, in order.
func fingerprint(headers []string) string {
	last := len(headers)
	for last > 0 && squeeze(headers[last-1]) == "" {
		last--
	}
	h := sha256.New()
	for _, c := range headers[:last] {
		h.Write([]byte(squeeze(c)))
		h.Write([]byte{0x1f})
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// header is a header found in the first rows of a table.
type header struct {
	at      int // index into the rows looked at
	rows    int // 1 or 2
	columns []Column
	cells   []string // as combined, one per column
	known   bool     // from Options.Mappings
}

// findHeader looks for the header in the first rows of a table. ok is false
// when no row reads as one.
func (d *Decoder) findHeader(rows []row, spread func(i int) []string) (header, bool) {
	width := 0
	for _, r := range rows {
		width = max(width, filled(r.cells))
	}
	for i := range rows {
		top := spread(i)
		if len(d.opts.Mappings) > 0 {
			for n := 1; n <= 2 && i+n <= len(rows); n++ {
				cells := top
				if n == 2 {
					cells = combine(top, spread(i+1))
				}
				if m, ok := d.opts.Mappings[fingerprint(cells)]; ok && max(m.HeaderRows, 1) == n {
					return header{at: i, rows: n, columns: m.Columns, cells: cells, known: true}, true
				}
			}
		}
		// A title merged over the whole width would otherwise be the head of every
		// column: …意见征集表 holds 意见.
		if width > 1 && filled(rows[i].cells) == 1 {
			continue
		}
		one := d.columns(top, nil)
		oneScore := headerScore(one, width, filled(rows[i].cells))
		if oneScore > 0 && readsAsData(one) && slices.ContainsFunc(rows[:i], func(r row) bool { return filled(r.cells) >= filled(rows[i].cells) }) {
			continue
		}
		if i+1 < len(rows) && rows[i+1].num == rows[i].num+1 && d.isSubHeader(top, rows[i].cells, rows[i+1].cells) {
			sub := spread(i + 1)
			if filled(rows[i+1].cells) == width && headerScore(d.columns(sub, nil), width, width) > 0 {
				continue // the lower row names every column itself
			}
			two := d.columns(top, sub)
			if score := headerScore(two, width, filled(rows[i+1].cells)+1); score > 0 && score >= oneScore {
				return header{at: i, rows: 2, columns: two, cells: combine(top, sub)}, true
			}
		}
		if oneScore > 0 {
			return header{at: i, rows: 1, columns: one, cells: top}, true
		}
	}
	return header{}, false
}

// combine writes two header rows as one: 问题及建议/问题.
func combine(top, sub []string) []string {
	out := make([]string, max(len(top), len(sub)))
	for i := range out {
		a, b := at(top, i), at(sub, i)
		switch {
		case squeeze(b) == "" || squeeze(a) == squeeze(b):
			out[i] = a
		case squeeze(a) == "":
			out[i] = b
		default:
			out[i] = a + "/" + b
		}
	}
	return out
}

func at(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// columns maps each column by its header. With two levels the lower decides
// and the upper helps where the lower says nothing alone: 基本情况/其他.
func (d *Decoder) columns(top, sub []string) []Column {
	out := make([]Column, max(len(top), len(sub)))
	for i := range out {
		a, b := at(top, i), at(sub, i)
		c := d.recognise(a)
		if squeeze(b) != "" {
			c = d.recognise(b)
			if c.Field == FieldNone {
				c = d.recognise(a + b)
			}
			c.Header = clean(b)
		}
		c.Index = i
		out[i] = c
	}
	return out
}

// longNumber is a phone, a card, an id: no header holds one.
var longNumber = regexp.MustCompile(`[0-9]{7}`)

// headerScore is 0 for a row that cannot be the header of a table this wide.
// cells are those the row has itself: a title merged over all columns is one.
func headerScore(columns []Column, width, cells int) int {
	texts, known := 0, 0
	for _, c := range columns {
		if c.Header == "" {
			continue
		}
		if utf8.RuneCountInString(c.Header) > 80 || longNumber.MatchString(c.Header) {
			return 0
		}
		if c.Field == FieldNone {
			continue
		}
		known++
		if c.Field.IsText() {
			texts++
		}
	}
	switch {
	case texts == 0:
		return 0
	case width > 1 && cells < 2:
		return 0 // a title over the table
	case known < 2 && cells > 1:
		return 0 // one word in common with a row of data
	}
	return known*2 + texts
}

// readsAsData says whether a row that names a text column does so only because
// somebody's sentence holds 意见 or ends in 建议: every such cell is longer than
// a name. Below a row that fills as many cells it is a person's row under a
// header that the table does not know, and taking it for the header would lose
// it and show its cells as names.
func readsAsData(columns []Column) bool {
	return !slices.ContainsFunc(columns, func(c Column) bool {
		return c.Field.IsText() && (c.Certainty > 0.8 || utf8.RuneCountInString(c.Header) <= 16)
	})
}

// isSubHeader says whether the second row is the lower level of a header: all
// its cells are names of columns, and at least one stands under a cell that
// spans several columns or under none.
func (d *Decoder) isSubHeader(spread, top, sub []string) bool {
	names, under := 0, false
	for _, c := range top {
		// 填报单位：江苏省监狱局 has its value with it: no header, but what stands
		// above one.
		if _, value, ok := strings.Cut(squeeze(c), ":"); ok && value != "" {
			return false
		}
	}
	for i, c := range sub {
		if squeeze(c) == "" {
			continue
		}
		if utf8.RuneCountInString(squeeze(c)) > 16 {
			return false
		}
		if rec := d.recognise(c); rec.Certainty < 0.9 {
			return false
		}
		names++
		if squeeze(at(top, i)) == "" || squeeze(at(spread, i+1)) == squeeze(at(spread, i)) && squeeze(at(top, i+1)) == "" {
			under = true
		}
	}
	return names >= 2 && under
}

// weigh looks at the first rows of data and corrects what the header alone
// suggests: grades are no opinions, and a column of long texts under an unknown
// header may be what the form is about.
func (d *Decoder) weigh(columns []Column, rows []row) {
	d.handlings(columns, rows)
	taken := map[Field]int{}
	sure := slices.ContainsFunc(columns, func(c Column) bool { return c.Field.IsText() && c.Certainty >= 0.8 })
	for i := range columns {
		c := &columns[i]
		var values []string
		long := 0
		for _, r := range rows {
			if v := clean(at(r.cells, c.Index)); v != "" {
				values = append(values, v)
				if utf8.RuneCountInString(v) >= 15 && hanShare(v) > 0.5 {
					long++
				}
			}
		}
		if c.Field.IsText() && len(values) >= 2 {
			grades := 0
			for _, v := range values {
				if isGrade(v) {
					grades++
				}
			}
			if grades*5 >= len(values)*4 {
				c.Field, c.Certainty, c.Why = FieldIgnore, 0.9, "取值为分数或满意程度，不入库"
			}
		}
		// 类别 may ask for the kind or for the department: the answers tell.
		if c.Field == FieldKind && mostly(values, func(v string) bool { _, ok := d.depts.value(v); return ok && kindOf(v) == "" }) {
			c.Field, c.Certainty, c.Why = FieldDepartment, 0.9, "取值为部门条线"
		}
		if c.Field == FieldDepartment && mostly(values, func(v string) bool { _, ok := d.depts.value(v); return !ok && kindOf(v) != "" }) {
			c.Field, c.Certainty, c.Why = FieldKind, 0.9, "取值为反馈类型"
		}
		// A multiple-choice question repeats its choices; what people write, they
		// write once.
		if c.Field == FieldNone && sure && choices(values) {
			c.Field, c.Certainty, c.Why = FieldIgnore, 0.9, "选择题，不入库"
		}
		if c.Field == FieldNone && long > 0 && long*2 >= len(values) {
			c.Field, c.Certainty, c.Why = FieldContent, 0.4, "表头不在词表中，但内容为长文本，请确认"
		}
		// Of two columns for one thing the surer, then the first, is used.
		if c.Field == FieldNone || c.Field.IsText() || c.Field == FieldIgnore || c.Field == FieldBackground || c.Field == FieldRemark {
			continue
		}
		if j, ok := taken[c.Field]; ok {
			loser := c
			if columns[j].Certainty < c.Certainty {
				loser = &columns[j]
				taken[c.Field] = i
			}
			loser.Field, loser.Why = FieldNone, "与另一列含义相同，未使用"
			continue
		}
		taken[c.Field] = i
	}
}

var (
	handlingHeader = regexp.MustCompile(`处理意见|办理意见`)
	ownHandling    = regexp.MustCompile(`您|你|学员|本人|拟|倾向|提出`)
	answersColumn  = regexp.MustCompile(`答复|解答|承办|办理|责任|采纳|反馈单位|办结|专家|授课`)
	answered       = regexp.MustCompile(`^(?:已|经(?:研究|审查|核|会商)|采纳|部分采纳|不予采纳|暂缓|同意|不同意|转|请|由|依照|按照|根据|可|现答复|答)`)
)

// handlings settles what 处理意见 means, which the table has under two fields:
// how the trainee would handle the matter, or what was answered to him. Beside
// a column of who answers, or of the trainee's own opinions, it is the answer;
// as the only column of text, or as 您的处理意见, it is the trainee's. Else its
// cells tell, and where they do not a person is asked.
func (d *Decoder) handlings(columns []Column, rows []row) {
	for i := range columns {
		c := &columns[i]
		name, bare := headerName(c.Header)
		if !handlingHeader.MatchString(bare) || c.Field != FieldOpinion && c.Field != FieldReply {
			continue
		}
		others, opinions, answers := 0, 0, 0
		for j, o := range columns {
			if j == i {
				continue
			}
			if o.Field.IsText() {
				others++
			}
			if o.Field == FieldOpinion || o.Field == FieldSuggestion {
				opinions++
			}
			if answersColumn.MatchString(squeeze(o.Header)) {
				answers++
			}
		}
		var values []string
		for _, r := range rows {
			if v := clean(at(r.cells, c.Index)); v != "" {
				values = append(values, v)
			}
		}
		switch {
		case ownHandling.MatchString(name), others == 0:
			c.Field, c.Certainty, c.Why = FieldOpinion, 0.9, "处理意见是提出者自己的"
		case answers > 0, opinions > 0:
			c.Field, c.Certainty, c.Why = FieldReply, 0.9, "处理意见与问题、承办等并列，是对问题的答复"
		case mostly(values, answered.MatchString):
			c.Field, c.Certainty, c.Why = FieldReply, 0.8, "处理意见的内容是答复"
		default:
			c.Field, c.Certainty, c.Why = FieldOpinion, 0.5, "处理意见可能是提出者的意见，也可能是答复，请确认"
		}
	}
}

// mostly says whether four in five values fit.
func mostly(values []string, fits func(string) bool) bool {
	n := 0
	for _, v := range values {
		if fits(v) {
			n++
		}
	}
	return len(values) > 0 && n*5 >= len(values)*4
}

// choices says whether values are picked from a list: joined by ┋, or the same
// few again and again.
func choices(values []string) bool {
	if len(values) < 4 {
		return false
	}
	distinct := map[string]bool{}
	joined := 0
	for _, v := range values {
		if strings.Contains(v, "┋") {
			joined++
		}
		for _, part := range strings.Split(v, "┋") {
			distinct[squeeze(part)] = true
		}
	}
	return joined*2 >= len(values) || len(distinct)*2 <= len(values)
}

var gradeWords = regexp.MustCompile(`^(?:[0-9.]+分?|非常满意|很满意|比较满意|较满意|满意|基本满意|一般|不满意|很不满意|非常不满意|优秀?|良好?|中|差|非常好|很好|较好|好|是|否|[A-E])$`)

func isGrade(v string) bool { return gradeWords.MatchString(squeeze(v)) }

func hanShare(s string) float64 {
	han, all := 0, 0
	for _, r := range s {
		if r >= 0x4e00 && r <= 0x9fff {
			han++
		}
		all++
	}
	if all == 0 {
		return 0
	}
	return float64(han) / float64(all)
}

// certainty is that of the least certain text column; 0 without any.
func certainty(columns []Column) float64 {
	least, any := 1.0, false
	for _, c := range columns {
		if c.Field.IsText() {
			any = true
			least = min(least, c.Certainty)
		}
	}
	if !any {
		return 0
	}
	return least
}
