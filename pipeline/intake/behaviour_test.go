package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"

	"tongtang/pipeline/feedback"
)

const strangeForm = "单位,姓名,情况反映\n江西省监狱管理局,甲某,罪犯家属账户与狱内账户往来频繁，难以判断其真实履行能力。\n南昌市司法局,乙某,外出审批的层级太多，对象意见很大，基层疲于应付。\n"

// TestCorrectedMappingIsRememberedForTheForm: a person corrects a proposal, it
// goes through JSON, and from then on the same form is read without asking.
func TestCorrectedMappingIsRememberedForTheForm(t *testing.T) {
	d := newDecoder(t, Options{Mask: func(s string) string { return strings.ReplaceAll(s, "甲某", "某某") }})
	g := decodeBytes(t, d, "一.csv", []byte(strangeForm))
	if len(g.subs) != 0 || len(g.rejects) != 1 || g.rejects[0].Reason != feedback.RejectUncertainMapping {
		t.Fatalf("not proposed: %+v", g.rejects)
	}
	if !strings.Contains(g.rejects[0].Mend, "情况反映") {
		t.Errorf("the way out does not name the column: %s", g.rejects[0].Mend)
	}
	sheet := g.report.Sheets[0]
	if len(sheet.Samples) != 2 || sheet.Samples[0][2] == "" || sheet.Rows != 2 {
		t.Errorf("samples %q, rows %d", sheet.Samples, sheet.Rows)
	}
	for _, row := range sheet.Samples {
		if strings.Contains(strings.Join(row, ""), "甲某") || strings.Contains(strings.Join(row, ""), "乙某") {
			t.Errorf("a name in the samples: %q", row)
		}
	}

	body, err := json.Marshal(sheet.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	var m Mapping
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	m.Columns[2].Field, m.Confirmed = FieldQuestion, true
	d = newDecoder(t, Options{Mappings: map[string]Mapping{m.Fingerprint: m}})
	// Next month's copy of the form: other rows, a title above.
	g = decodeBytes(t, d, "二.csv", []byte("某省情况表,,\n"+strangeForm+"南昌市看守所,丙某,提讯室不足。\n"))
	if len(g.subs) != 3 || len(g.rejects) != 0 {
		t.Fatalf("%d texts, rejects %+v", len(g.subs), g.rejects)
	}
	s := g.subs[2]
	if s.Kind != feedback.Question || s.Department != feedback.PoliceCustody || s.Province != "江西" || s.Source.Row != 5 {
		t.Errorf("%+v", s)
	}
	if !g.report.Sheets[0].Mapping.Confirmed {
		t.Error("the mapping used is not marked as confirmed")
	}
}

func TestRememberedTwoLevelHeader(t *testing.T) {
	form := "序号,单位,反馈情况,\n,,甲栏,乙栏\n1,杭州市人民检察院,提前介入减刑的做法是否合适，请予明确。,建议建立提前介入制度。\n"
	d := newDecoder(t, Options{})
	top, sub := []string{"序号", "单位", "反馈情况", ""}, []string{"", "", "甲栏", "乙栏"}
	cells := combine(top, sub)
	m := Mapping{Fingerprint: fingerprint(cells), HeaderRows: 2, Columns: []Column{{Index: 1, Header: "单位", Field: FieldUnit}, {Index: 2, Header: "甲栏", Field: FieldQuestion}, {Index: 3, Header: "乙栏", Field: FieldSuggestion}}}
	g := decodeBytes(t, d, "一.csv", []byte(form))
	if len(g.subs) != 0 {
		t.Fatalf("guessed: %+v", g.subs)
	}
	d = newDecoder(t, Options{Mappings: map[string]Mapping{m.Fingerprint: m}})
	g = decodeBytes(t, d, "一.csv", []byte(form))
	if len(g.subs) != 2 || g.subs[0].Kind != feedback.Question || g.subs[1].Kind != feedback.Suggestion || g.subs[0].Source.Row != 3 {
		t.Fatalf("%+v %+v", g.subs, g.rejects)
	}
}

func TestAnsweredEncodingIsUsed(t *testing.T) {
	body, err := traditionalchinese.Big5.NewEncoder().String("部門,問題\n監獄,法院回函不及時影響減刑提請的問題應當如何解決\n")
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, Options{})
	g := decodeBytes(t, d, "a.csv", []byte(body))
	if len(g.rejects) != 1 || g.rejects[0].Reason != feedback.RejectAmbiguousEncoding {
		t.Fatalf("%+v", g.rejects)
	}
	d = newDecoder(t, Options{Encodings: map[string]string{g.report.SHA256: "big5"}})
	g = decodeBytes(t, d, "a.csv", []byte(body))
	if g.report.Encoding != "big5" || len(g.rejects) == 1 && g.rejects[0].Reason == feedback.RejectAmbiguousEncoding {
		t.Errorf("the answer was not used: %+v %+v", g.report, g.rejects)
	}
}

// TestTrainingByColumnThenFolderThenHeading holds the order of precedence.
func TestTrainingByColumnThenFolderThenHeading(t *testing.T) {
	d := newDecoder(t, Options{})
	read := func(folder, body string) (ids []string, rep Report) {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		rep, err := d.Decode(t.Context(), File{Path: path, Name: "a.csv", TrainingID: folder}, Handler{Submission: func(s feedback.Submission) error {
			ids = append(ids, s.TrainingID)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return ids, rep
	}
	const title, column, plain = "2021年第3期同堂培训汇总,,\n", "期次,部门,问题\n2022年第1期,监狱,如何解决？\n,监狱,怎样解决？\n", "序号,部门,问题\n1,监狱,如何解决？\n"
	for _, c := range []struct {
		folder, body string
		want         []string
	}{
		{"2023-1", title + column, []string{"2022-1", "2023-1"}},
		{"", title + column, []string{"2022-1", "2021-3"}},
		{"2023-1", title + plain, []string{"2023-1"}},
		{"", title + plain, []string{"2021-3"}},
		{"", plain, []string{""}},
	} {
		got, rep := read(c.folder, c.body)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("folder %q: %q, want %q", c.folder, got, c.want)
		}
		if c.want[0] == "" && rep.Waiting != 1 {
			t.Errorf("a text without a training does not wait: %+v", rep)
		}
	}
}

func TestTrainingsAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"2023年第1期": "2023-1",
		"2023年第一期刑罚执行同堂培训":    "2023-1",
		"二〇二三年第十二期":           "2023-12",
		"2023年度第2期":           "2023-2",
		"2022年全国刑罚执行同堂培训班第三期": "2022-3",
		"2023-1":          "2023-1",
		"2023-02期":        "2023-2",
		"２０２３年第１期":        "2023-1",
		"第四期":             "2024-4", // the year stands elsewhere: 2024
		"2023-06-15":      "",
		"2023.5.1":        "",
		"上一期":             "",
		"2023年":           "",
		"第一审":             "",
		"（2021）京01刑更123号": "",
		"":                "",
		"2023年刑罚执行同堂培训（第2期）学员名单": "2023-2",
	} {
		if got := trainingOf(text, 2024); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestDatesAsPeopleWriteThem(t *testing.T) {
	for cell, want := range map[string]string{
		"2022/6/15 9:03:21": "2022-06-15",
		"2022-06-15":        "2022-06-15",
		"2022.6.15":         "2022-06-15",
		"2022年6月15日":        "2022-06-15",
		"20220615":          "2022-06-15",
		"44727":             "2022-06-15",
		"44727.5":           "2022-06-15",
		"6月15日":             "2023-06-15",
		"二〇二二年六月十五日":        "2022-06-15",
		"6/15/22":           "2022-06-15",
		"2022/2/30":         "",
		"下周":                "",
		"15":                "",
		"":                  "",
	} {
		if got := dateOf(cell, 2023, false); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
	if got := dateOf("43265", 0, true); got != "2022-06-15" {
		t.Errorf("1904: %q", got)
	}
}

func TestProvincesAsPeopleWriteThem(t *testing.T) {
	for cell, want := range map[string]string{
		"江苏": "江苏", "江苏省": "江苏", "苏": "江苏", "苏州市虎丘区人民检察院": "江苏", "徐州监狱": "江苏",
		"新疆生产建设兵团": "兵团", "兵团": "兵团", "新疆兵团": "兵团", "新疆维吾尔自治区": "新疆", "石河子": "兵团",
		"内蒙": "内蒙古", "内蒙古自治区呼和浩特市": "内蒙古", "吉林省长春市": "吉林", "黑龙江": "黑龙江",
		"海南州人民检察院": "青海", "海南省": "海南", "北京市第一中级人民法院": "北京", "广西壮族自治区监狱管理局": "广西",
		"最高人民检察院": "", "某监狱": "", "": "",
	} {
		if got := Province(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

func TestDepartmentsAsPeopleWriteThem(t *testing.T) {
	d := newDecoder(t, Options{})
	for cell, want := range map[string]feedback.Department{
		"检察": "JC", "检察机关": "JC", "检": "JC", "第五检察部": "JC", "JC": "JC", "检察院系统": "JC",
		"法院": "FY", "审监庭": "FY", "南京市中级人民法院": "FY",
		"公安监所": "GA", "看守所": "GA", "公安": "GA",
		"监狱": "JY", "监狱系统": "JY", "江苏省未成年犯管教所": "JY",
		"社矫": "SJ", "司法局": "SJ", "社区矫正": "SJ",
		"高校": "XX", "其他": "XX", "国家检察官学院": "XX",
		"杭州市人民检察院驻浙江省第二监狱检察室": "JC",
	} {
		if got, ok := d.depts.value(cell); !ok || got != want {
			t.Errorf("%q: %q %v, want %q", cell, got, ok, want)
		}
	}
	for _, cell := range []string{"综合组", "", "第三组", "办公室"} {
		if got, ok := d.depts.value(cell); ok {
			t.Errorf("%q: %q", cell, got)
		}
	}
}

// TestHeadersAsFormsPrintThem: what each header means, and that nothing sure is
// said where nothing is sure.
func TestHeadersAsFormsPrintThem(t *testing.T) {
	d := newDecoder(t, Options{})
	for header, want := range map[string]Field{
		"问题": FieldQuestion, "存 在 的 问 题": FieldQuestion, "3、您在执法办案中遇到的问题有哪些？": FieldQuestion, "工作中遇到的困难和问题": FieldQuestion,
		"意见": FieldOpinion, "学员意见": FieldOpinion, "意见建议": FieldSuggestion, "意见或建议": FieldSuggestion, "您的建议是？（选填）": FieldSuggestion,
		"问题及建议": FieldContent, "问题、意见、建议": FieldContent, "存在的问题和对策建议": FieldContent, "发言要点": FieldContent,
		"问题类型": FieldKind, "意见类型": FieldKind, "问题背景": FieldBackground, "建议理由": FieldBackground, "法律依据": FieldLegalBasis, "现场答复": FieldReply,
		"所属条线": FieldDepartment, "您所在的系统": FieldDepartment, "工作单位及部门": FieldUnit, "单位及职务": FieldUnit, "单位、姓名": FieldUnit, "提出人姓名": FieldName, "单位性质": FieldDepartment, "单位（盖章）": FieldUnit, "省（区、市）": FieldProvince,
		"姓名*": FieldName, "联系电话": FieldPhone, "提交答卷时间": FieldSubmitted, "来自IP": FieldIgnore, "所用时间": FieldIgnore, "培训班名称": FieldSession, "研讨环节": FieldSegment,
		"您对本次培训的满意度": FieldIgnore, "教师授课水平（评分）": FieldIgnore, "您对课程评价的意见建议": FieldSuggestion,
		"您认为检察机关与监狱部门在衔接中哪些环节最薄弱": FieldNone, "情况反映": FieldNone, "": FieldNone, "性别": FieldNone,
		"法院不回函。监狱无法提请。存在的问题": FieldNone,
	} {
		if got := d.recognise(header); got.Field != want {
			t.Errorf("%q: %q (%.2f %s), want %q", header, got.Field, got.Certainty, got.Why, want)
		}
	}
}

func TestMarkingsAndTextsAboutSecrets(t *testing.T) {
	for line, want := range map[string]string{
		"机密★5年": "机密", "秘密": "秘密", "绝　密": "绝密", "【秘密】": "秘密", "密级：机密": "机密", "秘密★启用前": "秘密", "机密 10年": "机密", "机密★": "机密",
		"涉及国家秘密的如何处理": "", "保守秘密是民警的义务": "", "商业秘密": "", "密级：": "", "密级：无": "", "绝密材料的移送": "", "": "",
	} {
		if got := marking(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	for name, want := range map[string]string{
		"名单（机密）.xlsx": "机密", "机密★五年.docx": "机密", "【秘密】汇总.xlsx": "秘密", "关于国家秘密的建议.docx": "", "秘密级材料管理的问题.docx": "", "秘密-汇总.xlsx": "秘密",
	} {
		if got := markingInName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestTheSameFileGivesTheSame from many readers at once.
func TestTheSameFileGivesTheSame(t *testing.T) {
	d := newDecoder(t, Options{})
	for _, name := range []string{"x14-wjx.xlsx", "d03-multilevel.docx", "w01-messages.txt", "z01-two-files.zip", "j02-chinese-keys.jsonl"} {
		path := filepath.Join("..", "..", "fixtures", "intake", name)
		want := decodeFile(t, d, path)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				var g got
				rep, err := d.Decode(t.Context(), File{Path: path, Name: name, SHA256: want.report.SHA256}, g.handler())
				if err != nil || !reflect.DeepEqual(rep, want.report) || !reflect.DeepEqual(g.subs, want.subs) || !reflect.DeepEqual(g.rejects, want.rejects) {
					t.Errorf("%s: another answer (%v)", name, err)
				}
			})
		}
		wg.Wait()
	}
}

// TestOurOwnFaultsAreErrors: a missing file, a failing callback, a cancelled
// context. None of them is blamed on the organiser.
func TestOurOwnFaultsAreErrors(t *testing.T) {
	tmp := t.TempDir()
	d := newDecoder(t, Options{TempDir: tmp})
	if _, err := d.Decode(t.Context(), File{Path: filepath.Join(tmp, "none.csv"), Name: "none.csv"}, Handler{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	boom := errors.New("the store is full")
	for _, name := range []string{"x01-plain.xlsx", "c01-utf8.csv", "d01-speakers.docx", "t01-minutes.txt", "w01-messages.txt", "j01-english-keys.jsonl", "p01-columns.parquet", "z01-two-files.zip", "d07-table.docx", "x36-form.xlsx"} {
		path := filepath.Join("..", "..", "fixtures", "intake", name)
		_, err := d.Decode(t.Context(), File{Path: path, Name: name}, Handler{Submission: func(feedback.Submission) error { return boom }})
		if !errors.Is(err, boom) {
			t.Errorf("%s: the callback's error came back as %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err = d.Decode(ctx, File{Path: path, Name: name}, Handler{
			Submission: func(feedback.Submission) error { n++; cancel(); return nil },
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: cancelled, got %v", name, err)
		}
		cancel()
		var g got
		if _, err = d.Decode(ctx, File{Path: path, Name: name}, g.handler()); !errors.Is(err, context.Canceled) || len(g.subs)+len(g.rejects) > 0 {
			t.Errorf("%s: cancelled before, got %v and %d rejects", name, err, len(g.rejects))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestCancelledInTheMiddleIsNoReject of a big file.
func TestCancelledInTheMiddleIsNoReject(t *testing.T) {
	var b strings.Builder
	b.WriteString("部门,问题\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "监狱,第%d个问题如何解决？\n", i)
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	var g got
	h := g.handler()
	h.Submission = func(feedback.Submission) error {
		if n++; n == 5000 {
			cancel()
		}
		return nil
	}
	if _, err := d.Decode(ctx, File{Path: path, Name: "a.csv"}, h); !errors.Is(err, context.Canceled) || len(g.rejects) > 0 || n > 8000 {
		t.Errorf("%v after %d, rejects %+v", err, n, g.rejects)
	}
}

// TestExcerptsAreMaskedAndShort: no mask, no excerpt.
func TestExcerptsAreMaskedAndShort(t *testing.T) {
	body := []byte("部门,问题\n监狱,收到！\n")
	g := decodeBytes(t, newDecoder(t, Options{}), "a.csv", body)
	if len(g.rejects) != 1 || g.rejects[0].Text != "" {
		t.Errorf("%+v", g.rejects)
	}
	g = decodeBytes(t, newDecoder(t, Options{Mask: func(s string) string { return strings.Repeat("〔脱敏〕", 30) }}), "a.csv", body)
	if n := len([]rune(g.rejects[0].Text)); n > 60 {
		t.Errorf("%d characters", n)
	}
}

// TestRowLimitSaysWhereItStopped.
func TestRowLimitSaysWhereItStopped(t *testing.T) {
	d := newDecoder(t, Options{Limits: Limits{Rows: 2}})
	g := decodeBytes(t, d, "a.csv", []byte("部门,问题\n监狱,第一个问题？\n监狱,第二个问题？\n监狱,第三个问题？\n监狱,第四个问题？\n"))
	if len(g.subs) != 2 || len(g.rejects) != 1 || g.rejects[0].Reason != feedback.RejectTooLarge || g.rejects[0].Source.Row != 4 {
		t.Errorf("%d texts, %+v", len(g.subs), g.rejects)
	}
}

func TestWordNumberFormats(t *testing.T) {
	for _, c := range []struct {
		n      int
		format string
		want   string
	}{
		{1, "chineseCounting", "一"},
		{10, "chineseCounting", "十"},
		{12, "chineseCountingThousand", "十二"},
		{20, "chineseCounting", "二十"},
		{101, "chineseCountingThousand", "一百零一"},
		{110, "chineseCountingThousand", "一百一十"},
		{15, "ideographDigital", "一五"},
		{3, "chineseLegalSimplified", "叁"},
		{7, "decimal", "7"},
		{7, "decimalZero", "07"},
		{3, "decimalEnclosedCircle", "③"},
		{21, "decimalEnclosedCircle", "21"},
		{12, "decimalFullWidth", "１２"},
		{2, "upperLetter", "B"},
		{27, "lowerLetter", "aa"},
		{4, "upperRoman", "IV"},
		{9, "lowerRoman", "ix"},
		{2, "ideographTraditional", "乙"},
		{11, "ideographTraditional", "11"},
		{5, "no such format", "5"},
		{0, "chineseCounting", "零"},
		{-1, "chineseCounting", "-1"},
	} {
		if got := formatNumber(c.n, c.format); got != c.want {
			t.Errorf("%d as %s: %q, want %q", c.n, c.format, got, c.want)
		}
	}
}
