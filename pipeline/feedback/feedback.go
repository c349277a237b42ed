// Package feedback is the vocabulary of tongtang: what a training is, what a
// person handed in, what an item is, and how each is named and told apart.
// It has no behaviour beyond names, identities and validation, and imports
// nothing of the project.
//
// A Submission is one cell, turn or message as it was decoded: unmasked, held
// in memory only, with its Source. An Item is one question, opinion or
// suggestion after splitting and masking; it is what the corpus stores.
package feedback

import "fmt"

// Department is the code of one of the five departments, or DepartmentOther.
type Department string

// The five departments of the agreement, and the rest.
const (
	Procuratorate Department = "JC" // 检察机关
	Court         Department = "FY" // 人民法院
	PoliceCustody Department = "GA" // 公安监所
	Prison        Department = "JY" // 监狱机关
	Correction    Department = "SJ" // 社区矫正机构
	OtherDept     Department = "XX" // 其他/不明
)

// Departments lists the five departments in the agreement's order, which is
// also the order of columns on every page and report. OtherDept is not in it.
var Departments = []Department{Procuratorate, Court, PoliceCustody, Prison, Correction}

var departmentNames = map[Department][2]string{
	Procuratorate: {"检察机关", "Procuratorates"},
	Court:         {"人民法院", "Courts"},
	PoliceCustody: {"公安监所", "Police custody"},
	Prison:        {"监狱机关", "Prisons"},
	Correction:    {"社区矫正机构", "Community correction"},
	OtherDept:     {"其他", "Other"},
}

// Name is the department's short Chinese name, e.g. 监狱机关.
func (d Department) Name() string { return departmentNames[d.orOther()][0] }

// English is the department's English name.
func (d Department) English() string { return departmentNames[d.orOther()][1] }

func (d Department) orOther() Department {
	if _, ok := departmentNames[d]; !ok {
		return OtherDept
	}
	return d
}

// Kind tells a question from an opinion from a suggestion. The stored value is
// the field's own word.
type Kind string

// The three kinds the agreement names.
const (
	Question   Kind = "问题"
	Opinion    Kind = "意见"
	Suggestion Kind = "建议"
)

// Kinds lists the kinds in the order pages show them.
var Kinds = []Kind{Question, Opinion, Suggestion}

// Source says where a text stood in what an organiser handed in.
type Source struct {
	SHA256 string // of the file as received, lower-case hex: its address in the archive
	File   string // base name as received; for a zip's member "outer.zip/inner.xlsx"
	Sheet  string // worksheet or table name; empty for text, csv and docx paragraphs
	Row    int    // 1-based row as the file's own program numbers it; paragraph or line number where there are no rows
	Column string // header of the column, or "发言" for a speaker's turn
	Part   int    // 1-based position among the items split from the cell or turn
}

// String is the source as shown to people, e.g. 汇总表.xlsx · Sheet1 · 第12行 · 问题 · 其2.
func (s Source) String() string {
	out := s.File
	if s.Sheet != "" {
		out += " · " + s.Sheet
	}
	out += fmt.Sprintf(" · 第%d行", s.Row)
	if s.Column != "" {
		out += " · " + s.Column
	}
	if s.Part > 1 {
		out += fmt.Sprintf(" · 其%d", s.Part)
	}
	return out
}

// Submission is one text as a person gave it, decoded but neither split nor
// masked. It never leaves memory: only the archived file and the masked items
// made from it are stored.
type Submission struct {
	Source     Source
	TrainingID string // e.g. "2022-1"; empty when neither folder, column nor heading named one
	Segment    string // 环节: 案例研讨, 模拟办案, 现场观摩, 多方对话, 授课; empty when the file does not say
	GivenOn    string // YYYY-MM-DD, empty when unknown
	Department Department
	Unit       string // as written; restricted
	Province   string // short name, e.g. 江苏; 兵团 counts as one; empty when unknown
	Name       string // as written; restricted, never stored downstream
	Kind       Kind   // empty when the column does not say; splitting then decides from the text
	Heading    string // the heading it stood under in a document: context, kept apart from the text
	Text       string // the cell or turn, with its line breaks
	Background string // 案情, 理由: context that is not grouped on
	LegalBasis string // a 法律依据 column, for citations
	Reply      string // an answer given on the spot: kept apart, never grouped on
}

// Item is one question, opinion or suggestion, masked. Its ID comes from its
// content, never from the file or row (see ItemID).
type Item struct {
	ID             string
	TrainingID     string
	Segment        string
	GivenOn        string
	Department     Department
	Province       string
	Unit           string // masked; shown to reviewers only
	ContributorKey string // keyed hash of unit and name (see Keyring.Contributor)
	Kind           Kind
	Stem           string   // the sentence that introduced a list, e.g. 关于财产性判项: context for the reader and the vectors
	Text           string   // masked
	Background     string   // masked
	LegalBasis     string   // masked
	Reply          string   // masked
	Language       string   // "zh" or "en"
	Endorses       string   // ID of the item this one repeats word for word from another contributor (附议), else empty
	NearOf         string   // ID of the item whose words it nearly repeats, else empty; shown to people, merged by nobody
	Sources        []Source // every place it was seen, first first
}

// RejectReason is a short Chinese sentence that names why a row or file was
// not taken in.
type RejectReason string

// Reject is a row, cell or file that was read but not accepted. Bad input is a
// result, not an error: the night goes on and the person can mend it.
type Reject struct {
	Source Source
	Reason RejectReason
	Mend   string // how to put it right, a sentence for the organiser
	Text   string // masked excerpt of at most 60 characters, empty for files
}

// The reasons a file or a row can be turned away.
const (
	RejectEmpty             RejectReason = "空白或无实质内容"
	RejectNoTraining        RejectReason = "未指明培训期次"
	RejectUnknownDepartment RejectReason = "无法识别部门条线"
	RejectNoTextColumn      RejectReason = "未找到问题、意见或建议列"
	RejectUncertainMapping  RejectReason = "字段对应待确认"
	RejectUnreadable        RejectReason = "文件无法读取"
	RejectEmptyFile         RejectReason = "文件为空"
	RejectEncrypted         RejectReason = "文件有密码保护"
	RejectWrongFormat       RejectReason = "文件格式不支持"
	RejectMislabelled       RejectReason = "扩展名与内容不符"
	RejectAmbiguousEncoding RejectReason = "无法确定文字编码"
	RejectClassified        RejectReason = "文件标有密级"
	RejectTooLarge          RejectReason = "文件或单元格过大"
	RejectHiddenSheet       RejectReason = "隐藏工作表未读取"
)

// Training is one 期次 of the joint training.
type Training struct {
	ID       string // "2022-1": year and number within the year; also the inbox folder's name
	Title    string
	Theme    string
	Host     Department
	CoHosts  []Department
	StartsOn string // YYYY-MM-DD
	EndsOn   string
	Place    string
}

// Citation is one mention of a statute, article or document number in a text.
type Citation struct {
	Norm      string // normal form, e.g. L02@2018#265.1(3), L01#133-1.1, 法释〔2016〕23号
	StatuteID string // row of the statutes table, empty when unknown
	Version   string // e.g. "2018"; empty when the statute's own
	Article   int    // 条; 0 when only the statute is named
	Sub       int    // 之N
	Paragraph int    // 款
	Point     int    // 项
	Raw       string // as written
	StartByte int
	EndByte   int
}
