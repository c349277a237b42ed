package workbench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/xuri/excelize/v2"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// The registers as tables: what an xlsx of them has for sheets. The headers
// are the same for taking in and for giving out; columns an import lacks stay
// as they are, and columns marked with * are worked out and never read.

// Table is one sheet of a register: its rows, the header first.
type Table struct {
	Name string
	Rows [][]string
}

// Taken tells what an import did.
type Taken struct {
	New, Changed, Same int
	Problems           []TableProblem
}

// TableProblem is a row that was not taken, and how to mend it.
type TableProblem struct {
	Table string
	Row   int // as the spreadsheet numbers it
	Text  string
}

const (
	sheetTrainings    = "培训期次"
	sheetSegments     = "环节安排"
	sheetParticipants = "参训人数"
	sheetTeachers     = "师资库"
	sheetCourses      = "课程库"
	sheetHosting      = "轮流举办"
	sheetViews        = "会商意见"
)

// statuteBook reads and writes statutes as people do.
type statuteBook struct {
	tables *lexicon.Tables
	parser *citation.Parser
}

var statuteBooks sync.Map // lexicon folder -> func() (*statuteBook, error)

// statutes is the statute book of a data folder, its own tables counted.
func statutes(folder queries.Folder) (*statuteBook, error) {
	dir := folder.Lexicon()
	load, _ := statuteBooks.LoadOrStore(dir, sync.OnceValues(func() (*statuteBook, error) {
		tables, err := lexicon.Load(dir)
		if err != nil {
			return nil, err
		}
		return &statuteBook{tables, citation.New(tables)}, nil
	}))
	return load.(func() (*statuteBook, error))()
}

// keys reads what a cell cites, in the form items are counted by: L02#265,
// L02, or the normal form of what the tables lack. Words that cite nothing are
// an error.
func (b *statuteBook) keys(text string) ([]string, error) {
	out := []string{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("；;\n", r) }) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		found := b.parser.Find(part)
		if len(found) == 0 {
			return nil, &queries.Refusal{Zh: "不认识法条“" + part + "”：请写作 刑法第七十八条 或 法释〔2016〕23号，多条之间用分号隔开。", En: "Cannot read the statute " + part + "; write 刑法第七十八条 or 法释〔2016〕23号, with semicolons between."}
		}
		for _, c := range found {
			if key := statuteKey(c); !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out, nil
}

func statuteKey(c feedback.Citation) string {
	switch {
	case c.StatuteID == "":
		return c.Norm
	case c.Article > 0:
		return c.StatuteID + "#" + strconv.Itoa(c.Article)
	}
	return c.StatuteID
}

// label is a key as people write it: 刑事诉讼法第二百六十五条.
func (b *statuteBook) label(key string) string {
	id, article, _ := strings.Cut(key, "#")
	if !slices.ContainsFunc(b.tables.Statutes, func(s lexicon.Statute) bool { return s.ID == id }) {
		return key
	}
	n, _ := strconv.Atoi(article)
	return citation.Label(b.tables, feedback.Citation{StatuteID: id, Article: n})
}

func (b *statuteBook) labels(keys []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = b.label(k)
	}
	return strings.Join(out, "；")
}

// topics reads codes or names of the taxonomy, with semicolons, commas or 、
// between. A name may have a 、 of its own: 起始、间隔与幅度.
func (b *statuteBook) topics(text string) ([]string, error) {
	out := []string{}
	add := func(code string) {
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("；;\n", r) }) {
		if code := b.topicCode(part); code != "" {
			add(code)
			continue
		}
		for piece := range strings.FieldsFuncSeq(part, func(r rune) bool { return strings.ContainsRune("、，,", r) }) {
			if piece = strings.TrimSpace(piece); piece == "" {
				continue
			}
			code := b.topicCode(piece)
			if code == "" {
				return nil, &queries.Refusal{Zh: "专题目录中没有“" + piece + "”：请填两位或四位专题编号或名称，如 06、0601、履行能力认定。", En: "The taxonomy has no topic " + piece + "."}
			}
			add(code)
		}
	}
	return out, nil
}

var topicCell = regexp.MustCompile(`^([0-9]{2}(?:[0-9]{2})?)(?:\s+[^0-9]*)?$`)

// topicCode is the code of one topic, "" when the text is none.
func (b *statuteBook) topicCode(text string) string {
	text = strings.TrimSpace(text)
	if m := topicCell.FindStringSubmatch(text); m != nil && b.topicName(m[1]) != "" {
		return m[1]
	}
	for _, t := range b.tables.Topics {
		switch text {
		case t.Name, t.L1 + " · " + t.Name:
			return t.Code
		case t.L1:
			return t.L1Code
		}
	}
	return ""
}

// topicLabels writes codes with their names: 0601 履行能力认定.
func (b *statuteBook) topicLabels(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = strings.TrimSpace(c + " " + b.topicName(c))
	}
	return strings.Join(out, "；")
}

func (b *statuteBook) topicName(code string) string {
	for _, t := range b.tables.Topics {
		switch code {
		case t.Code:
			return t.Name
		case t.L1Code:
			return t.L1
		}
	}
	return ""
}

// department reads a code or any name the tables know.
func (b *statuteBook) department(text string) (feedback.Department, error) {
	text = strings.TrimSpace(text)
	for _, d := range append(slices.Clone(feedback.Departments), feedback.OtherDept) {
		if text == string(d) || text == d.Name() || text == d.English() {
			return d, nil
		}
	}
	for _, d := range b.tables.Departments {
		if text != "" && (text == d.Short || text == d.Official || slices.Contains(d.Synonyms, text)) {
			return d.Code, nil
		}
	}
	return "", &queries.Refusal{Zh: "不认识部门“" + text + "”：请写 检察机关、人民法院、公安监所、监狱机关、社区矫正机构 或 其他。", En: "Unknown department " + text + "."}
}

func (b *statuteBook) departments(text string) ([]string, error) {
	out := []string{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("；;、，,|\n", r) }) {
		d, err := b.department(part)
		if err != nil {
			return nil, err
		}
		out = append(out, string(d))
	}
	return out, nil
}

func departmentNames(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = feedback.Department(c).Name()
	}
	return strings.Join(out, "、")
}

// readDay reads a day as people and spreadsheets write it.
func readDay(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, "2006/1/2", "2006.1.2", "2006年1月2日", "2006-1-2", "01-02-06", "1/2/06"} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	if serial, err := strconv.ParseFloat(text, 64); err == nil && serial > 30000 && serial < 80000 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(serial)), nil
	}
	return time.Time{}, &queries.Refusal{Zh: "日期“" + text + "”应写作 2027-05-11。", En: "Write the date " + text + " as 2027-05-11."}
}

func readNumber(text, what string) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, &queries.Refusal{Zh: what + "“" + text + "”不是数。", En: what + ": " + text + " is not a number."}
	}
	return n, nil
}

func readYes(text string) bool {
	return slices.Contains([]string{"是", "1", "true", "TRUE", "√", "yes", "在库"}, strings.TrimSpace(text))
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

// row is one line of a table by its header.
type tableRow struct {
	at    int
	cells map[string]string
}

// has says whether the table has the column at all.
func (r *tableRow) has(name string) bool { _, ok := r.cells[name]; return ok }

// rowsOf reads a table's lines. The header is the first line that has a cell
// equal to key; lines above it are titles. Empty lines and repeats of the
// header are passed over.
func rowsOf(t Table, key string) ([]tableRow, error) {
	head := slices.IndexFunc(t.Rows, func(r []string) bool {
		return slices.ContainsFunc(r, func(c string) bool { return headCell(c) == key })
	})
	if head < 0 {
		return nil, &queries.Refusal{Zh: fmt.Sprintf("工作表“%s”没有“%s”一列：请按导出的样式填写表头。", t.Name, key), En: fmt.Sprintf("Sheet %s has no column %s.", t.Name, key)}
	}
	var out []tableRow
	for i := head + 1; i < len(t.Rows); i++ {
		r := tableRow{at: i + 1, cells: map[string]string{}}
		empty := true
		for k, name := range t.Rows[head] {
			cell := ""
			if k < len(t.Rows[i]) {
				cell = unguard(strings.TrimSpace(t.Rows[i][k]))
			}
			empty = empty && cell == ""
			if name = headCell(name); name != "" {
				r.cells[name] = cell
			}
		}
		if !empty && r.cells[key] != key {
			out = append(out, r)
		}
	}
	return out, nil
}

func headCell(s string) string { return strings.TrimSuffix(strings.Join(strings.Fields(s), ""), "*") }

// unguard takes off the apostrophe that guards a text against being taken for
// a formula.
func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@\t", rune(s[1])) {
		return s[1:]
	}
	return s
}

// ReadTables reads the registers' sheets of a workbook. Other sheets are
// passed over; a workbook without any is refused.
func ReadTables(r io.Reader) ([]Table, error) {
	f, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: 64 << 20, UnzipXMLSizeLimit: 32 << 20})
	if err != nil {
		return nil, &queries.Refusal{Zh: "无法读取该文件：请提交未加密的 xlsx 工作簿（旧的 xls 请先另存为 xlsx）。", En: "The file cannot be read: hand in an xlsx workbook without a password."}
	}
	defer f.Close()
	var out []Table
	known := []string{sheetTrainings, sheetSegments, sheetParticipants, sheetTeachers, sheetCourses, sheetHosting, sheetViews}
	for _, name := range f.GetSheetList() {
		if !slices.Contains(known, strings.TrimSpace(name)) {
			continue
		}
		rows, err := f.GetRows(name)
		if err != nil {
			return nil, &queries.Refusal{Zh: "工作表“" + name + "”无法读取：请用 Excel 或 WPS 打开后另存一次。", En: "Sheet " + name + " cannot be read."}
		}
		if len(rows) > 20000 {
			return nil, &queries.Refusal{Zh: "工作表“" + name + "”超过 20000 行，不像是登记表。", En: "Sheet " + name + " has over 20000 rows."}
		}
		out = append(out, Table{strings.TrimSpace(name), rows})
	}
	if len(out) == 0 {
		return nil, &queries.Refusal{Zh: "工作簿中没有可登记的工作表：表名应为 " + strings.Join(known, "、") + "，可先导出一份作样式。", En: "No sheet of the registers in it; export one to see the form."}
	}
	return out, nil
}

// taking is one import on its way.
type taking struct {
	batch *queries.Batch
	book  *statuteBook
	Taken
	teachers map[int]int // numbers in the file -> numbers in the register
	courses  map[int]int
}

// TakeInTables registers what tables say: teachers before courses before
// trainings, whatever the order of the sheets. A row that cannot be taken is
// told and the others go on. What changes nothing leaves no trace.
func TakeInTables(ctx context.Context, store *queries.Store, by int, source string, tables []Table) (Taken, error) {
	book, err := statutes(store.Folder())
	if err != nil {
		return Taken{}, err
	}
	k := &taking{book: book, teachers: map[int]int{}, courses: map[int]int{}}
	err = store.Batch(ctx, by, source, func(b *queries.Batch) error {
		k.batch = b
		return k.all(tables)
	})
	return k.Taken, err
}

func (k *taking) all(tables []Table) error {
	for _, step := range []struct {
		name string
		take func(Table) error
	}{
		{sheetTeachers, k.takeTeachers},
		{sheetCourses, k.takeCourses},
		{sheetTrainings, k.takeTrainings},
		{sheetSegments, k.takeSegments},
		{sheetParticipants, k.takeParticipants},
		{sheetHosting, k.takeHosting},
		{sheetViews, k.takeViews},
	} {
		for _, t := range tables {
			if t.Name == step.name {
				if err := k.told(t.Name, 0, step.take(t)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// told notes a refusal as a row's problem; any other error ends the import.
func (k *taking) told(table string, row int, err error) error {
	var r *queries.Refusal
	if errors.As(err, &r) {
		k.Problems = append(k.Problems, TableProblem{table, row, r.Zh})
		return nil
	}
	return err
}

func (k *taking) count(existed, changed bool) {
	switch {
	case !existed:
		k.New++
	case changed:
		k.Changed++
	default:
		k.Same++
	}
}

func (k *taking) each(t Table, key string, take func(r *tableRow) error) error {
	list, err := rowsOf(t, key)
	if err != nil {
		return err
	}
	for i := range list {
		if err := k.told(t.Name, list[i].at, take(&list[i])); err != nil {
			return err
		}
	}
	return nil
}

// pool reads the columns that teachers and courses share.
func (k *taking) pool(r *tableRow, topics, forms, laws *[]string, before *int, rating *float64, active *bool) error {
	var err error
	if r.has("专题") {
		if *topics, err = k.book.topics(r.cells["专题"]); err != nil {
			return err
		}
	}
	if r.has("形式") {
		*forms = strings.FieldsFunc(r.cells["形式"], func(c rune) bool { return strings.ContainsRune("；;、，, \n", c) })
	}
	if r.has("法条") {
		if *laws, err = k.book.keys(r.cells["法条"]); err != nil {
			return err
		}
	}
	if r.has("登记前次数") {
		n, err := readNumber(r.cells["登记前次数"], "登记前次数")
		if err != nil {
			return err
		}
		*before = int(n)
	}
	if r.has("评价") {
		if *rating, err = readNumber(r.cells["评价"], "评价"); err != nil {
			return err
		}
	}
	if r.has("在库") {
		*active = readYes(r.cells["在库"])
	}
	return nil
}

func (k *taking) takeTeachers(t Table) error {
	return k.each(t, "姓名", func(r *tableRow) error {
		all, err := k.batch.Teachers()
		if err != nil {
			return err
		}
		d, err := k.book.department(r.cells["部门"])
		if err != nil {
			return err
		}
		number, _ := strconv.Atoi(r.cells["编号"])
		name, unit := strings.Join(strings.Fields(r.cells["姓名"]), " "), r.cells["单位"]
		find := func(match func(queries.Teacher) bool) int { return slices.IndexFunc(all, match) }
		// A number alone does not make it the same person: another register counts from 1 too.
		i := find(func(o queries.Teacher) bool { return o.No == number && o.Name == name && o.Department == string(d) })
		if i < 0 {
			i = find(func(o queries.Teacher) bool {
				return o.Name == name && o.Department == string(d) && (unit == "" || o.Unit == unit)
			})
		}
		if i < 0 {
			i = find(func(o queries.Teacher) bool {
				return o.No == number && o.Department == string(d) && o.Unit == unit && unit != ""
			})
		}
		e := queries.Teacher{Active: true}
		if i >= 0 {
			e = all[i]
		}
		e.Name, e.Department = name, string(d)
		if r.has("单位") {
			e.Unit = unit
		}
		if r.has("职务") {
			e.Post = r.cells["职务"]
		}
		if r.has("备注") {
			e.Note = r.cells["备注"]
		}
		if err := k.pool(r, &e.Topics, &e.Forms, &e.Statutes, &e.GivenBefore, &e.Rating, &e.Active); err != nil {
			return err
		}
		no, changed, err := k.batch.SaveTeacher(e)
		if err != nil {
			return err
		}
		if number > 0 {
			k.teachers[number] = no
		}
		k.count(i >= 0, changed)
		return nil
	})
}

func (k *taking) takeCourses(t Table) error {
	return k.each(t, "课程", func(r *tableRow) error {
		all, err := k.batch.Courses()
		if err != nil {
			return err
		}
		d, err := k.book.department(r.cells["提供部门"])
		if err != nil {
			return err
		}
		number, _ := strconv.Atoi(r.cells["编号"])
		title := strings.Join(strings.Fields(r.cells["课程"]), " ")
		i := slices.IndexFunc(all, func(o queries.Course) bool { return o.No == number && o.Title == title && o.Department == string(d) })
		if i < 0 {
			i = slices.IndexFunc(all, func(o queries.Course) bool { return o.Title == title && o.Department == string(d) })
		}
		e := queries.Course{Active: true}
		if i >= 0 {
			e = all[i]
		}
		e.Title, e.Department = title, string(d)
		if r.has("课时") {
			if e.Hours, err = readNumber(r.cells["课时"], "课时"); err != nil {
				return err
			}
		}
		if r.has("提纲") {
			e.Outline = r.cells["提纲"]
		}
		if r.has("师资") {
			if e.Teachers, err = k.whoTeach(r.cells["师资"]); err != nil {
				return err
			}
		}
		if err := k.pool(r, &e.Topics, &e.Forms, &e.Statutes, &e.GivenBefore, &e.Rating, &e.Active); err != nil {
			return err
		}
		no, changed, err := k.batch.SaveCourse(e)
		if err != nil {
			return err
		}
		if number > 0 {
			k.courses[number] = no
		}
		k.count(i >= 0, changed)
		return nil
	})
}

// whoTeach reads people as 5 罗国栋, 罗国栋 or 5, with semicolons or 、 between.
func (k *taking) whoTeach(text string) ([]int, error) {
	all, err := k.batch.Teachers()
	if err != nil {
		return nil, err
	}
	return readTeachers(all, text, k.teachers)
}

// readTeachers reads people by name or number. A name goes before a number;
// a name that two people bear needs its number. moved are numbers of a file
// that became others in the register; nil when there is no file.
func readTeachers(all []queries.Teacher, text string, moved map[int]int) ([]int, error) {
	out := []int{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("；;、，,\n", r) }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		digits, name := part, ""
		if i := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
			digits, name = part[:i], strings.TrimSpace(part[i:])
		}
		number, _ := strconv.Atoi(digits)
		if to, ok := moved[number]; ok {
			number = to
		}
		var found []queries.Teacher
		for _, t := range all {
			if (name == "" && t.No == number) || (name != "" && t.Name == name) {
				found = append(found, t)
			}
		}
		if len(found) > 1 && number > 0 {
			found = slices.DeleteFunc(found, func(t queries.Teacher) bool { return t.No != number })
		}
		switch len(found) {
		case 0:
			return nil, &queries.Refusal{Zh: "师资库中没有“" + part + "”：请先登记，或写 编号 姓名。", En: "There is no teacher " + part + " in the pool."}
		case 1:
			out = append(out, found[0].No)
		default:
			return nil, &queries.Refusal{Zh: "师资库中有不止一位“" + name + "”：请写 编号 姓名。", En: "More than one teacher is named " + name + ": write the number too."}
		}
	}
	return out, nil
}

// readCourse reads a course as 4 财产性判项履行能力的认定, its title or its number.
func readCourse(all []queries.Course, text string, moved map[int]int) (int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	digits, title := text, ""
	if i := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits, title = text[:i], strings.TrimSpace(text[i:])
	}
	number, _ := strconv.Atoi(digits)
	if to, ok := moved[number]; ok {
		number = to
	}
	for _, c := range all {
		if (title == "" && c.No == number) || (title != "" && (c.Title == title || c.Title == text)) {
			return c.No, nil
		}
	}
	return 0, &queries.Refusal{Zh: "课程库中没有“" + text + "”：请先登记，或写 编号 课程名称。", En: "There is no course " + text + " in the library."}
}

// training finds the register's entry of an ID.
func (k *taking) training(id string) (queries.Registered, bool, error) {
	all, err := k.batch.Registered()
	if err != nil {
		return queries.Registered{}, false, err
	}
	if i := slices.IndexFunc(all, func(r queries.Registered) bool { return r.ID == id }); i >= 0 {
		return all[i], true, nil
	}
	return queries.Registered{ID: id, TakesTurn: true}, false, nil
}

func (k *taking) takeTrainings(t Table) error {
	return k.each(t, "期次", func(r *tableRow) error {
		e, known, err := k.training(r.cells["期次"])
		if err != nil {
			return err
		}
		for name, into := range map[string]*string{"名称": &e.Title, "主题": &e.Theme, "地点": &e.Place, "备注": &e.Note} {
			if r.has(name) {
				*into = r.cells[name]
			}
		}
		if r.has("专题") {
			if e.Topics, err = k.book.topics(r.cells["专题"]); err != nil {
				return err
			}
		}
		if r.has("承办部门") {
			d, err := k.book.department(r.cells["承办部门"])
			if err != nil {
				return err
			}
			e.Host = string(d)
		}
		if r.has("协办部门") {
			if e.CoHosts, err = k.book.departments(r.cells["协办部门"]); err != nil {
				return err
			}
		}
		for name, into := range map[string]*time.Time{"开始日期": &e.StartsOn, "结束日期": &e.EndsOn} {
			if r.has(name) {
				if *into, err = readDay(r.cells[name]); err != nil {
					return err
				}
			}
		}
		if r.has("取消") {
			e.Cancelled = readYes(r.cells["取消"])
		}
		if r.has("计入轮次") {
			e.TakesTurn = readYes(r.cells["计入轮次"])
		}
		changed, err := k.batch.SaveTraining(e)
		if err == nil {
			k.count(known, changed)
		}
		return err
	})
}

// byTrainings reads a sheet whose rows belong to trainings and gives each
// training all of its own at once: they take the place of what stood there.
// One bad row leaves its training as it was.
func (k *taking) byTrainings(t Table, read func(e *queries.Registered, r *tableRow) error, clear func(e *queries.Registered)) error {
	list, err := rowsOf(t, "期次")
	if err != nil {
		return err
	}
	var ids []string
	rows := map[string][]tableRow{}
	for _, r := range list {
		id := r.cells["期次"]
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		rows[id] = append(rows[id], r)
	}
	for _, id := range ids {
		e, known, err := k.training(id)
		if err != nil {
			return err
		}
		first := rows[id][0].at
		if !known {
			if err := k.told(t.Name, first, &queries.Refusal{Zh: "期次“" + id + "”没有登记：请先在“" + sheetTrainings + "”中登记。"}); err != nil {
				return err
			}
			continue
		}
		clear(&e)
		good := true
		for i := range rows[id] {
			if err := read(&e, &rows[id][i]); err != nil {
				good = false
				if err := k.told(t.Name, rows[id][i].at, err); err != nil {
					return err
				}
			}
		}
		if !good {
			continue
		}
		changed, err := k.batch.SaveTraining(e)
		if err == nil {
			k.count(true, changed)
		}
		if err := k.told(t.Name, first, err); err != nil {
			return err
		}
	}
	return nil
}

func (k *taking) takeSegments(t Table) error {
	courses, err := k.batch.Courses()
	if err != nil {
		return err
	}
	return k.byTrainings(t, func(e *queries.Registered, r *tableRow) error {
		g := queries.Segment{Form: r.cells["形式"], Title: r.cells["内容"]}
		var err error
		if g.GivenOn, err = readDay(r.cells["日期"]); err != nil {
			return err
		}
		if g.Course, err = readCourse(courses, r.cells["课程"], k.courses); err != nil {
			return err
		}
		if g.Teachers, err = k.whoTeach(r.cells["师资"]); err != nil {
			return err
		}
		e.Segments = append(e.Segments, g)
		return nil
	}, func(e *queries.Registered) { e.Segments = nil })
}

func (k *taking) takeParticipants(t Table) error {
	return k.byTrainings(t, func(e *queries.Registered, r *tableRow) error {
		d, err := k.book.department(r.cells["部门"])
		if err != nil {
			return err
		}
		n, err := readNumber(r.cells["人数"], "人数")
		if err != nil {
			return err
		}
		e.Participants = append(e.Participants, queries.Participation{Department: string(d), Province: r.cells["省份"], People: int(n)})
		return nil
	}, func(e *queries.Registered) { e.Participants = nil })
}

func (k *taking) takeHosting(t Table) error {
	return k.each(t, "轮次", func(r *tableRow) error {
		reason := r.cells["调换原因"]
		if reason == "" {
			return nil
		}
		turn, err := strconv.Atoi(r.cells["轮次"])
		if err != nil {
			return &queries.Refusal{Zh: "轮次“" + r.cells["轮次"] + "”不是数。"}
		}
		d, err := k.book.department(r.cells["承办部门"])
		if err != nil {
			return err
		}
		changed, err := k.batch.SwapTurn(turn, d, reason)
		if err == nil {
			k.count(!changed, false)
		}
		return err
	})
}

func (k *taking) takeViews(t Table) error {
	return k.each(t, "会商", func(r *tableRow) error {
		no, _ := strconv.Atoi(r.cells["会商"])
		point, _ := strconv.Atoi(r.cells["议题序号"])
		d, err := k.book.department(r.cells["部门"])
		if err != nil {
			return err
		}
		c, err := k.batch.Consultation(no)
		if err != nil {
			return err
		}
		was, said := c.View(point, string(d)), queries.View{Point: point, Stance: r.cells["态度"], Text: r.cells["意见"]}
		if was.Stance == said.Stance && was.Text == said.Text {
			k.count(true, false)
			return nil
		}
		if err := k.batch.SayViews(no, d, []queries.View{said}); err != nil {
			return err
		}
		k.count(was.Department != "", true)
		return nil
	})
}

// RegisterSheets are the registers as tables to be given out. which names
// them, all when it is empty.
func RegisterSheets(ctx context.Context, store *queries.Store, which ...string) ([]report.Sheet, error) {
	book, err := statutes(store.Folder())
	if err != nil {
		return nil, err
	}
	trainings, err := store.Registered(ctx)
	if err != nil {
		return nil, err
	}
	teachers, err := store.Teachers(ctx)
	if err != nil {
		return nil, err
	}
	courses, err := store.Courses(ctx)
	if err != nil {
		return nil, err
	}
	hosting, err := store.Hosting(ctx)
	if err != nil {
		return nil, err
	}
	consultations, err := store.Consultations(ctx)
	if err != nil {
		return nil, err
	}
	people := func(numbers []int) string {
		var out []string
		for _, no := range numbers {
			for _, t := range teachers {
				if t.No == no {
					out = append(out, fmt.Sprintf("%d %s", t.No, t.Name))
				}
			}
		}
		return strings.Join(out, "；")
	}
	courseOf := func(no int) string {
		for _, c := range courses {
			if c.No == no {
				return fmt.Sprintf("%d %s", c.No, c.Title)
			}
		}
		return ""
	}
	number := func(f float64) any {
		if f == 0 {
			return ""
		}
		return f
	}
	text := func(name string, width float64) report.SheetColumn {
		return report.SheetColumn{Name: name, Width: width}
	}
	figure := func(name string, width float64) report.SheetColumn {
		return report.SheetColumn{Name: name, Width: width, Number: true}
	}

	t := report.Sheet{Name: sheetTrainings, Columns: []report.SheetColumn{
		text("期次", 9), text("名称", 40), text("主题", 30), text("专题", 30), text("承办部门", 14), text("协办部门", 36), text("开始日期", 12), text("结束日期", 12),
		text("地点", 14), text("取消", 7), text("计入轮次", 9), text("备注", 30), figure("参训人数*", 10),
	}}
	parts := report.Sheet{Name: sheetSegments, Columns: []report.SheetColumn{
		text("期次", 9), figure("序号", 7), text("形式", 12), text("内容", 36), text("日期", 12), text("课程", 36), text("师资", 30),
	}}
	came := report.Sheet{Name: sheetParticipants, Columns: []report.SheetColumn{text("期次", 9), text("部门", 14), text("省份", 9), figure("人数", 8)}}
	for _, r := range trainings {
		t.Rows = append(t.Rows, []any{
			r.ID, r.Title, r.Theme, book.topicLabels(r.Topics), feedback.Department(r.Host).Name(), departmentNames(r.CoHosts), day(r.StartsOn), day(r.EndsOn),
			r.Place, yes(r.Cancelled), yes(r.TakesTurn), r.Note, r.People,
		})
		for _, g := range r.Segments {
			parts.Rows = append(parts.Rows, []any{r.ID, g.Ordinal, g.Form, g.Title, day(g.GivenOn), courseOf(g.Course), people(g.Teachers)})
		}
		for _, p := range r.Participants {
			came.Rows = append(came.Rows, []any{r.ID, feedback.Department(p.Department).Name(), p.Province, p.People})
		}
	}
	who := report.Sheet{Name: sheetTeachers, Columns: []report.SheetColumn{
		figure("编号", 7), text("姓名", 12), text("部门", 14), text("单位", 28), text("职务", 18), text("专题", 36), text("形式", 20), text("法条", 40),
		figure("登记前次数", 11), figure("评价", 7), text("备注", 28), text("在库", 7), figure("本册次数*", 10), text("最近讲授*", 12),
	}}
	for _, e := range teachers {
		who.Rows = append(who.Rows, []any{
			e.No, e.Name, feedback.Department(e.Department).Name(), e.Unit, e.Post, book.topicLabels(e.Topics), strings.Join(e.Forms, "；"), book.labels(e.Statutes),
			e.GivenBefore, number(e.Rating), e.Note, yes(e.Active), e.Times, day(e.LastOn),
		})
	}
	what := report.Sheet{Name: sheetCourses, Columns: []report.SheetColumn{
		figure("编号", 7), text("课程", 34), text("提供部门", 14), text("专题", 36), text("形式", 20), text("法条", 40), text("师资", 24), figure("课时", 7),
		figure("登记前次数", 11), figure("评价", 7), text("提纲", 40), text("在库", 7), figure("本册次数*", 10), text("最近讲授*", 12),
	}}
	for _, c := range courses {
		what.Rows = append(what.Rows, []any{
			c.No, c.Title, feedback.Department(c.Department).Name(), book.topicLabels(c.Topics), strings.Join(c.Forms, "；"), book.labels(c.Statutes), people(c.Teachers),
			number(c.Hours), c.GivenBefore, number(c.Rating), c.Outline, yes(c.Active), c.Times, day(c.LastOn),
		})
	}
	turns := report.Sheet{Name: sheetHosting, Columns: []report.SheetColumn{
		figure("轮次", 7), text("应承办*", 14), text("承办部门", 14), text("期次*", 9), text("开始日期*", 12), text("调换原因", 40), text("登记人*", 14),
	}}
	for _, h := range hosting.Turns {
		reason, by := "", ""
		if h.Swap != nil {
			reason, by = h.Swap.Reason, h.Swap.Name
		}
		turns.Rows = append(turns.Rows, []any{h.Number, feedback.Department(h.Due).Name(), feedback.Department(h.Host).Name(), h.Training.ID, day(h.Training.StartsOn), reason, by})
	}
	points := report.Sheet{Name: "会商议题", Columns: []report.SheetColumn{
		figure("会商", 7), text("期次", 9), text("名称", 30), text("状态", 10), figure("议题序号", 9), text("类型", 12), text("议题", 40), text("依据", 60), text("列入", 7), text("议定意见", 40),
	}}
	views := report.Sheet{Name: sheetViews, Columns: []report.SheetColumn{
		figure("会商", 7), figure("议题序号", 9), text("议题*", 40), text("部门", 14), text("态度", 10), text("意见", 50), text("录入人*", 14),
	}}
	for _, c := range slices.Backward(consultations) {
		full, err := store.Consultation(ctx, c.No)
		if err != nil {
			return nil, err
		}
		titles := map[int]string{0: "总体"}
		for _, p := range full.Points {
			titles[p.No] = p.Title
			points.Rows = append(points.Rows, []any{c.No, c.Training, c.Title, c.Status, p.No, string(p.Kind), p.Title, p.Basis, yes(p.Kept), p.Outcome})
		}
		for _, v := range full.Views {
			views.Rows = append(views.Rows, []any{c.No, v.Point, titles[v.Point], feedback.Department(v.Department).Name(), v.Stance, v.Text, v.Name})
		}
	}
	all := []report.Sheet{t, parts, came, who, what, turns, points, views}
	if len(which) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(s report.Sheet) bool { return !slices.Contains(which, s.Name) }), nil
}

// SampleTables reads the registers of the sample data: one TSV a table, named
// for it.
func SampleTables(files map[string][]byte) []Table {
	var out []Table
	for _, name := range []string{sheetTrainings, sheetSegments, sheetParticipants, sheetTeachers, sheetCourses} {
		body, ok := files[name]
		if !ok {
			continue
		}
		t := Table{Name: name}
		for line := range strings.Lines(string(bytes.TrimPrefix(body, []byte("\ufeff")))) {
			t.Rows = append(t.Rows, strings.Split(strings.TrimRight(line, "\r\n"), "\t"))
		}
		out = append(out, t)
	}
	return out
}
