package report

import (
	"archive/zip"
	"cmp"
	"crypto/sha1"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// REFI-QDA, the exchange format of programs for qualitative analysis (QDA-XML
// 1.0 of 18 March 2019, Project.xsd and Codebook.xsd): what a document holds as
// codes, sources and codings, so that a research team may go on in the program
// it knows.
//
//	topic, issue          code and code below it; a loose item has none
//	问题表述              the code's description
//	研判意见              notes the code refers to
//	转化方向              sets of codes
//	item                  a text source, with one selection that the issue's code codes
//	部门, 省份, 期次 ...  variables of every source
//	部门·省份·期次        cases: who spoke, with their sources
//
// Positions are counted in Unicode code points from 0, the end is the first
// one after the selection. GUIDs are made from the identities tongtang keeps
// (UUID version 5), so that a later export names the same things the same.
const (
	refiProject  = "urn:QDA-XML:project:1.0"
	refiCodebook = "urn:QDA-XML:codebook:1.0"
)

// The elements, their children in the order the schema's sequences ask for.
type (
	qdaProject struct {
		XMLName     xml.Name       `xml:"Project"`
		Namespace   string         `xml:"xmlns,attr"`
		Name        string         `xml:"name,attr"`
		Origin      string         `xml:"origin,attr"`
		Creator     string         `xml:"creatingUserGUID,attr,omitempty"`
		CreatedAt   string         `xml:"creationDateTime,attr,omitempty"`
		Users       *[]qdaUser     `xml:"Users>User"`
		CodeBook    *qdaCodes      `xml:"CodeBook>Codes"`
		Variables   *[]qdaVariable `xml:"Variables>Variable"`
		Cases       *[]qdaCase     `xml:"Cases>Case"`
		Sources     *[]qdaText     `xml:"Sources>TextSource"`
		Notes       *[]qdaText     `xml:"Notes>Note"`
		Sets        *[]qdaSet      `xml:"Sets>Set"`
		Description string         `xml:"Description,omitempty"`
	}
	qdaCodeBook struct {
		XMLName   xml.Name  `xml:"CodeBook"`
		Namespace string    `xml:"xmlns,attr"`
		Origin    string    `xml:"origin,attr"`
		Codes     *qdaCodes `xml:"Codes"`
		Sets      *[]qdaSet `xml:"Sets>Set"`
	}
	qdaCodes struct {
		Code []*qdaCode `xml:"Code"`
	}
	qdaUser struct {
		GUID string `xml:"guid,attr"`
		Name string `xml:"name,attr"`
	}
	qdaCode struct {
		GUID        string     `xml:"guid,attr"`
		Name        string     `xml:"name,attr"`
		Codable     bool       `xml:"isCodable,attr"`
		Color       string     `xml:"color,attr,omitempty"`
		Description string     `xml:"Description,omitempty"`
		Notes       []qdaRef   `xml:"NoteRef,omitempty"`
		Code        []*qdaCode `xml:"Code,omitempty"`
	}
	qdaRef struct {
		Target string `xml:"targetGUID,attr"`
	}
	qdaMember struct {
		GUID string `xml:"guid,attr,omitempty"`       // in a codebook
		Ref  string `xml:"targetGUID,attr,omitempty"` // in a project
	}
	qdaVariable struct {
		GUID        string `xml:"guid,attr"`
		Name        string `xml:"name,attr"`
		Type        string `xml:"typeOfVariable,attr"`
		Description string `xml:"Description,omitempty"`
	}
	qdaValue struct {
		Variable qdaRef `xml:"VariableRef"`
		Text     string `xml:"TextValue,omitempty"`
		Integer  string `xml:"IntegerValue,omitempty"`
		Date     string `xml:"DateValue,omitempty"`
	}
	qdaCase struct {
		GUID    string     `xml:"guid,attr"`
		Name    string     `xml:"name,attr"`
		Values  []qdaValue `xml:"VariableValue,omitempty"`
		Sources []qdaRef   `xml:"SourceRef,omitempty"`
	}
	qdaText struct {
		GUID        string         `xml:"guid,attr"`
		Name        string         `xml:"name,attr"`
		Path        string         `xml:"plainTextPath,attr,omitempty"`
		Creator     string         `xml:"creatingUser,attr,omitempty"`
		CreatedAt   string         `xml:"creationDateTime,attr,omitempty"`
		Description string         `xml:"Description,omitempty"`
		Content     string         `xml:"PlainTextContent,omitempty"`
		Selections  []qdaSelection `xml:"PlainTextSelection,omitempty"`
		Values      []qdaValue     `xml:"VariableValue,omitempty"`
	}
	qdaSelection struct {
		GUID   string    `xml:"guid,attr"`
		Name   string    `xml:"name,attr"`
		Start  int       `xml:"startPosition,attr"`
		End    int       `xml:"endPosition,attr"`
		Coding qdaCoding `xml:"Coding"`
	}
	qdaCoding struct {
		GUID      string `xml:"guid,attr"`
		Creator   string `xml:"creatingUser,attr,omitempty"`
		CreatedAt string `xml:"creationDateTime,attr,omitempty"`
		Code      qdaRef `xml:"CodeRef"`
	}
	qdaSet struct {
		GUID        string      `xml:"guid,attr"`
		Name        string      `xml:"name,attr"`
		Description string      `xml:"Description,omitempty"`
		Codes       []qdaMember `xml:"MemberCode,omitempty"`
	}
)

// refiSpace is the namespace of tongtang's GUIDs.
var refiSpace = [16]byte{0x3c, 0x1e, 0x7a, 0x52, 0x90, 0xd4, 0x4b, 0x6f, 0x8a, 0x21, 0x5e, 0x0c, 0xb7, 0x63, 0x19, 0xe8}

// guid is the UUID version 5 (RFC 9562) of what the parts name together.
func guid(parts ...string) string {
	h := sha1.New()
	h.Write(refiSpace[:])
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x50, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// refiColors tell the chapters of the taxonomy apart; the last is for issues
// without a topic.
var refiColors = []string{
	"#1D4B73", "#8F2D12", "#3F6B2F", "#6A3D82", "#B07A12", "#23706F", "#94345F", "#4A5A8C", "#7A5230", "#2E7D4F", "#A0522D", "#555F6B", "#7F7F7F",
}

func refiColor(topic string) string {
	if len(topic) < 2 {
		return refiColors[len(refiColors)-1]
	}
	n := int(topic[0]-'0')*10 + int(topic[1]-'0') - 1
	return refiColors[((n%len(refiColors))+len(refiColors))%len(refiColors)]
}

// refi is a document on its way into a project.
type refi struct {
	document  *Document
	title     string
	createdAt string
	users     []qdaUser
	codes     []*qdaCode
	cases     []qdaCase
	sources   []qdaText
	notes     []qdaText
	sets      []qdaSet
	texts     []refiText
}

// some is nil for an empty list: the schema has no empty lists.
func some[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

type refiText struct{ name, body string }

func (r *refi) user(name string) string {
	if name == "" {
		return ""
	}
	id := guid("user", name)
	if !slices.ContainsFunc(r.users, func(u qdaUser) bool { return u.GUID == id }) {
		r.users = append(r.users, qdaUser{id, name})
	}
	return id
}

// The variables of a source, in order.
var refiVariables = []struct{ name, kind, what string }{
	{"部门", "Text", "提出反馈的部门"},
	{"省份", "Text", "提出反馈者所在省份"},
	{"期次", "Text", "在哪一期培训提出"},
	{"环节", "Text", "在培训的哪一环节提出"},
	{"类别", "Text", "问题、意见或建议"},
	{"提出日期", "Date", "提出反馈的日期"},
	{"问题编号", "Integer", "归入的归并问题，第N号"},
	{"附议", "Text", "逐字重复的条目编号，计为附议"},
	{"来源", "Text", "文件、工作表、行、列"},
}

func refiValue(name, value string) []qdaValue {
	if value == "" {
		return nil
	}
	v := qdaValue{Variable: qdaRef{guid("variable", name)}}
	switch name {
	case "提出日期":
		v.Date = value
	case "问题编号":
		v.Integer = value
	default:
		v.Text = value
	}
	return []qdaValue{v}
}

func refiTime(day string) string {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return ""
	}
	return day + "T00:00:00Z"
}

// refiOf lays a document out as a project.
func refiOf(d *Document, o Options) (*refi, error) {
	m, b, err := build(d, o)
	if err != nil {
		return nil, err
	}
	r := &refi{document: d, title: refiClean(strings.Join(m.title, ""))}
	r.user(d.Meta.Preparer)
	if !d.Meta.GeneratedAt.IsZero() {
		r.createdAt = d.Meta.GeneratedAt.UTC().Format(time.RFC3339)
	}
	sets := map[string]*qdaSet{}
	parents := map[string]*qdaCode{}
	for i := range b.issues {
		is := &b.issues[i]
		topic := cmp.Or(is.Topic, "未定专题")
		parent := parents[topic]
		if parent == nil {
			parent = &qdaCode{GUID: guid("topic", is.TopicCode, topic), Name: strings.TrimSpace(is.TopicCode + " " + topic), Color: refiColor(is.TopicCode)}
			parents[topic] = parent
			r.codes = append(r.codes, parent)
		}
		code := &qdaCode{GUID: guid("issue", is.Key), Name: refiClean(is.Label() + " " + is.Title), Codable: true, Color: parent.Color, Description: refiClean(is.Statement)}
		parent.Code = append(parent.Code, code)
		for n, note := range is.Notes {
			id := guid("note", is.Key, fmt.Sprint(n), note.Text)
			r.notes = append(r.notes, qdaText{
				GUID: id, Name: fmt.Sprintf("%s 研判意见 %d", is.Label(), n+1), Creator: r.user(note.By), CreatedAt: refiTime(note.On), Content: refiClean(note.Text),
			})
			code.Notes = append(code.Notes, qdaRef{id})
		}
		for _, c := range is.Candidates {
			name := string(c.Direction)
			if sets[name] == nil {
				sets[name] = &qdaSet{GUID: guid("direction", name), Name: name, Description: "转化方向：" + name}
			}
			if !slices.ContainsFunc(sets[name].Codes, func(m qdaMember) bool { return m.Ref == code.GUID }) {
				sets[name].Codes = append(sets[name].Codes, qdaMember{Ref: code.GUID})
			}
		}
		lead := r.user(is.Lead)
		for k := range is.items {
			r.source(&is.items[k], is, code.GUID, lead)
		}
	}
	for i := range b.loose {
		r.source(&b.loose[i], nil, "", "")
	}
	slices.SortFunc(r.codes, func(a, b *qdaCode) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range Forms {
		if s := sets[string(f)]; s != nil {
			r.sets = append(r.sets, *s)
		}
	}
	return r, nil
}

// source adds an item as a text, with what stands beside it.
func (r *refi) source(it *listedItem, is *composed, code, coder string) {
	id := guid("item", it.ID)
	said := refiClean(it.text())
	body := said
	if it.Background != "" {
		body += "\n\n背景：" + refiClean(it.Background)
	}
	t := qdaText{GUID: id, Name: it.ref.text() + " " + it.who() + " " + trainingLabel(it.TrainingID), Path: "internal://" + id + ".txt", CreatedAt: refiTime(it.GivenOn)}
	r.texts = append(r.texts, refiText{id + ".txt", body})
	number := ""
	if is != nil && is.Number > 0 {
		number = fmt.Sprint(is.Number)
	}
	values := map[string]string{
		"部门": it.Department.Name(), "省份": it.Province, "期次": it.TrainingID, "环节": it.Segment, "类别": string(it.Kind), "问题编号": number, "附议": it.Endorses,
		"来源": sourceText(it.Sources),
	}
	if refiTime(it.GivenOn) != "" {
		values["提出日期"] = it.GivenOn
	}
	for _, v := range refiVariables {
		t.Values = append(t.Values, refiValue(v.name, refiClean(values[v.name]))...)
	}
	if code != "" {
		t.Selections = []qdaSelection{{
			GUID: guid("selection", it.ID), Name: it.ref.text(), End: utf8.RuneCountInString(said),
			Coding: qdaCoding{GUID: guid("coding", it.ID, code), Creator: coder, CreatedAt: r.createdAt, Code: qdaRef{code}},
		}}
	}
	r.sources = append(r.sources, t)
	// Who spoke: a case is one side of one province at one training.
	name := strings.Join(slices.DeleteFunc([]string{it.Department.Name(), it.Province, it.TrainingID}, func(s string) bool { return s == "" }), "·")
	i := slices.IndexFunc(r.cases, func(c qdaCase) bool { return c.Name == name })
	if i < 0 {
		i = len(r.cases)
		c := qdaCase{GUID: guid("case", name), Name: name}
		for _, v := range []string{"部门", "省份", "期次"} {
			c.Values = append(c.Values, refiValue(v, values[v])...)
		}
		r.cases = append(r.cases, c)
	}
	r.cases[i].Sources = append(r.cases[i].Sources, qdaRef{id})
}

// refiClean is text as an XML document can hold it, with line breaks of one
// kind, so that positions mean the same to every reader.
func refiClean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || (r >= 0x20 && r <= 0xd7ff) || (r >= 0xe000 && r <= 0xfffd && r != utf8.RuneError) || r >= 0x10000:
			return r
		}
		return -1
	}, strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"))
}

func writeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("writing QDA-XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *refi) origin() string { return strings.TrimSpace("tongtang " + r.document.Meta.Version) }

// project is the root of a project file.
func (r *refi) project() qdaProject {
	d := r.document
	p := qdaProject{
		Namespace: refiProject, Name: r.title, Origin: r.origin(), Creator: r.user(d.Meta.Preparer), CreatedAt: r.createdAt,
		Users: some(r.users), Cases: some(r.cases), Sources: some(r.sources), Notes: some(r.notes), Sets: some(r.sets),
		Description: fmt.Sprintf("数据截至 %s；归并运行 %s，决定第 %d 项。系统辅助归并，经人工研判复核；个人信息已脱敏。", d.Meta.CutOff, d.Meta.RunID, d.Meta.DecisionSeq),
	}
	if len(r.codes) > 0 {
		p.CodeBook = &qdaCodes{r.codes}
	}
	var variables []qdaVariable
	for _, v := range refiVariables {
		variables = append(variables, qdaVariable{guid("variable", v.name), v.name, v.kind, v.what})
	}
	p.Variables = &variables
	return p
}

// WriteQDC writes the document's issues as a REFI-QDA codebook.
func WriteQDC(w io.Writer, d *Document, o Options) error {
	r, err := refiOf(d, o)
	if err != nil {
		return err
	}
	book := qdaCodeBook{Namespace: refiCodebook, Origin: r.origin(), Codes: &qdaCodes{r.codes}}
	if len(r.codes) == 0 {
		// The schema wants one code at least.
		book.Codes.Code = []*qdaCode{{GUID: guid("topic", "", "未定专题"), Name: "未定专题", Color: refiColor("")}}
	}
	for _, parent := range r.codes {
		for _, c := range parent.Code {
			c.Notes = nil // a codebook has no notes to refer to
		}
	}
	for _, s := range r.sets {
		for i := range s.Codes {
			s.Codes[i] = qdaMember{GUID: s.Codes[i].Ref}
		}
	}
	book.Sets = some(r.sets)
	return writeXML(w, book)
}

// WriteQDPX writes the document as a REFI-QDA project: a zip of project.qde
// and a text file an item under Sources/.
func WriteQDPX(w io.Writer, d *Document, o Options) error {
	r, err := refiOf(d, o)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	add := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch})
	}
	f, err := add("project.qde")
	if err != nil {
		return err
	}
	if err := writeXML(f, r.project()); err != nil {
		return err
	}
	for _, t := range r.texts {
		f, err := add("Sources/" + t.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, t.body); err != nil {
			return err
		}
	}
	return z.Close()
}
