package intake

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"tongtang/pipeline/feedback"
)

// splitCase is a cell and the items it holds, written "stem|text"; a part that
// says nothing is "-text", an agreement with the row above "=text".
type splitCase struct {
	text string
	want []string
}

var splitCases = []splitCase{
	// 一、
	{"一、法院不回函。二、证明标准不统一。三、提请期限太短。", []string{"法院不回函。", "证明标准不统一。", "提请期限太短。"}},
	{"一、法院不回函\n二、证明标准不统一", []string{"法院不回函", "证明标准不统一"}},
	{"关于财产性判项：一、法院不回函；二、证明标准不统一", []string{"关于财产性判项：|法院不回函", "关于财产性判项：|证明标准不统一"}},
	{"一．法院不回函\n二．标准不统一", []string{"法院不回函", "标准不统一"}},
	{"九、第九点没有前面的一到八，只是原样保留", []string{"第九点没有前面的一到八，只是原样保留"}},
	{"一、只有一条意见，没有第二条", []string{"只有一条意见，没有第二条"}},
	{"一、甲法院不回函二字怎么理解\n二、乙法院也不回函\n三、丙法院退函", []string{"甲法院不回函二字怎么理解", "乙法院也不回函", "丙法院退函"}},
	{"十、第十条单列", []string{"第十条单列"}},
	// guards of 一、
	{"一、二审期间羁押时间如何折抵刑期？", []string{"一、二审期间羁押时间如何折抵刑期？"}},
	{"对一、二审判决均未写明的财产性判项如何处理？", []string{"对一、二审判决均未写明的财产性判项如何处理？"}},
	{"一、二、三级戒护标准不清楚，各监狱理解不同。", []string{"一、二、三级戒护标准不清楚，各监狱理解不同。"}},
	{"第一、二款规定的情形如何区分？", []string{"第一、二款规定的情形如何区分？"}},
	{"同意一、二两条意见的处理思路，没有补充", []string{"同意一、二两条意见的处理思路，没有补充"}},
	// （一）
	{"（一）法院不回函。（二）标准不统一。", []string{"法院不回函。", "标准不统一。"}},
	{"(一)法院不回函(二)标准不统一", []string{"法院不回函", "标准不统一"}},
	{"减刑方面：\n（一）确有悔改表现如何认定\n（二）立功材料由谁核实", []string{"减刑方面：|确有悔改表现如何认定", "减刑方面：|立功材料由谁核实"}},
	{"（一）、法院不回函\n（二）、标准不统一", []string{"法院不回函", "标准不统一"}},
	// guards of （一）
	{"刑法第三十八条第（一）项和第（二）项的适用有分歧。", []string{"刑法第三十八条第（一）项和第（二）项的适用有分歧。"}},
	{"《关于办理减刑、假释案件的解释（一）》与《解释（二）》冲突怎么办？", []string{"《关于办理减刑、假释案件的解释（一）》与《解释（二）》冲突怎么办？"}},
	{"符合（一）（二）项情形的能否同时适用？", []string{"符合（一）（二）项情形的能否同时适用？"}},
	{"符合（一）、（二）项情形的能否同时适用？", []string{"符合（一）、（二）项情形的能否同时适用？"}},
	// 1. 1、 １．
	{"1.法院不回函。2.标准不统一。", []string{"法院不回函。", "标准不统一。"}},
	{"1、法院不回函；2、标准不统一；3、期限太短。", []string{"法院不回函", "标准不统一", "期限太短。"}},
	{"１．法院不回函２．标准不统一", []string{"法院不回函", "标准不统一"}},
	{"1．法院不回函\n2．标准不统一", []string{"法院不回函", "标准不统一"}},
	{"关于财产性判项:1.法院不回函2.标准不统一", []string{"关于财产性判项:|法院不回函", "关于财产性判项:|标准不统一"}},
	{"1. The court does not reply. 2. Standards differ between provinces.", []string{"The court does not reply.", "Standards differ between provinces."}},
	{"1.2023年以来法院回函率下降。2.2022年的问题仍未解决。", []string{"2023年以来法院回函率下降。", "2022年的问题仍未解决。"}},
	{"1、一类罪犯如何管理\n2、三类罪犯如何从严", []string{"一类罪犯如何管理", "三类罪犯如何从严"}},
	{"1.法院不回函\n2.标准不统一\n2.期限太短\n4.没有平台", []string{"法院不回函", "标准不统一", "期限太短", "没有平台"}},
	{"10.第十条以后的内容单独成段", []string{"第十条以后的内容单独成段"}},
	// guards of 1.
	{"罚金履行达到1.5倍才能减刑，依据在哪里？", []string{"罚金履行达到1.5倍才能减刑，依据在哪里？"}},
	{"1.5倍与2.5倍的折算标准各地不同。", []string{"1.5倍与2.5倍的折算标准各地不同。"}},
	{"2023.5.1以后提请的案件适用新规，2022.1.1以前的呢？", []string{"2023.5.1以后提请的案件适用新规，2022.1.1以前的呢？"}},
	{"自2023.1.1起执行，到2023.2.2截止。", []string{"自2023.1.1起执行，到2023.2.2截止。"}},
	{"第1、2款的适用顺序不明。", []string{"第1、2款的适用顺序不明。"}},
	{"对1、2、3号监区实行分级管理有无依据？", []string{"对1、2、3号监区实行分级管理有无依据？"}},
	{"每月1、2日集中教育是否合理？", []string{"每月1、2日集中教育是否合理？"}},
	{"版本V1.2与V2.1不兼容，数据无法交换。", []string{"版本V1.2与V2.1不兼容，数据无法交换。"}},
	{"上午9:30-11.30会见，时间太短。", []string{"上午9:30-11.30会见，时间太短。"}},
	{"刑期3年以下的占1/3，建议区别对待。", []string{"刑期3年以下的占1/3，建议区别对待。"}},
	{"2.只有第二条而没有第一条。", []string{"只有第二条而没有第一条。"}},
	// (1) ① 1)
	{"(1)法院不回函；(2)标准不统一。", []string{"法院不回函", "标准不统一。"}},
	{"（1）法院不回函（2）标准不统一", []string{"法院不回函", "标准不统一"}},
	{"①法院不回函②标准不统一③期限太短", []string{"法院不回函", "标准不统一", "期限太短"}},
	{"⑴法院不回函⑵标准不统一", []string{"法院不回函", "标准不统一"}},
	{"⒈法院不回函⒉标准不统一", []string{"法院不回函", "标准不统一"}},
	{"1)法院不回函\n2)标准不统一", []string{"法院不回函", "标准不统一"}},
	{"1）法院不回函；2）标准不统一", []string{"法院不回函", "标准不统一"}},
	{"1️⃣法院不回函\n2️⃣标准不统一", []string{"法院不回函", "标准不统一"}},
	{"第（1）项与第（2）项如何选择？", []string{"第（1）项与第（2）项如何选择？"}},
	{"依据第①项、第②项提出。", []string{"依据第①项、第②项提出。"}},
	{"应当提交以下材料：（1）身份证；（2）病历；（3）诊断书", []string{"应当提交以下材料：（1）身份证；（2）病历；（3）诊断书"}},
	// 第一， 一是
	{"第一，法院不回函；第二，标准不统一。", []string{"法院不回函", "标准不统一。"}},
	{"第一、法院不回函。第二、标准不统一。", []string{"法院不回函。", "标准不统一。"}},
	{"我们有两点意见：一是法院不回函；二是标准不统一。", []string{"我们有两点意见：|法院不回函", "我们有两点意见：|标准不统一。"}},
	{"一是法院不回函，二是标准不统一，三是期限太短。", []string{"法院不回函", "标准不统一", "期限太短。"}},
	{"其一，法院不回函。其二，标准不统一。", []string{"法院不回函。", "标准不统一。"}},
	{"第一审判决生效后，第二审期间的羁押如何计算？", []string{"第一审判决生效后，第二审期间的羁押如何计算？"}},
	{"刑法第一款与第二款的关系", []string{"刑法第一款与第二款的关系"}},
	{"第一、第二条的内容重复，建议合并。", []string{"第一、第二条的内容重复，建议合并。"}},
	{"做到统一是关键，各地二是二、一是一。", []string{"做到统一是关键，各地二是二、一是一。"}},
	{"一是一，二是二，应当实事求是地计分。", []string{"一是一，二是二，应当实事求是地计分。"}},
	// ；
	{"法院不及时回函影响提请；各地证明标准不统一难以把握", []string{"法院不及时回函影响提请", "各地证明标准不统一难以把握"}},
	{"法院不回函；标准不统一", []string{"法院不回函；标准不统一"}},
	{"法院不及时回函影响提请;各地证明标准不统一难以把握", []string{"法院不及时回函影响提请", "各地证明标准不统一难以把握"}},
	{"依据《规定》（以下简称规定；已失效的不算在内）提请减刑的，如何处理？", []string{"依据《规定》（以下简称规定；已失效的不算在内）提请减刑的，如何处理？"}},
	{"法院不及时回函影响提请；各地证明标准不统一难以把握；", []string{"法院不及时回函影响提请", "各地证明标准不统一难以把握"}},
	// lists inside lists
	{
		"一、减刑：1.法院不回函2.标准不统一\n二、假释：1.再犯罪危险评估无标准2.保证人难找",
		[]string{"减刑：|法院不回函", "减刑：|标准不统一", "假释：|再犯罪危险评估无标准", "假释：|保证人难找"},
	},
	{
		"1.减刑方面：（1）法院不回函；（2）标准不统一。2.假释比例偏低。",
		[]string{"减刑方面：|法院不回函", "减刑方面：|标准不统一。", "假释比例偏低。"},
	},
	{
		"关于衔接：一、公安与监狱：（一）收押标准不一（二）文书不齐 二、法院与监狱：送达不及时",
		[]string{"关于衔接：公安与监狱：|收押标准不一", "关于衔接：公安与监狱：|文书不齐", "关于衔接：|法院与监狱：送达不及时"},
	},
	{
		"1. 关于减刑：（一）法院不回函；（二）标准不统一\n2. 关于假释：比例偏低",
		[]string{"关于减刑：|法院不回函", "关于减刑：|标准不统一", "关于假释：比例偏低"},
	},
	// labels of kind
	{"问题：法院不回函。建议：建立信息平台。", []string{"法院不回函。", "建立信息平台。"}},
	{"存在问题：1.法院不回函；2.标准不统一。\n建议：1.建立平台；2.统一标准。", []string{"法院不回函", "标准不统一。", "建立平台", "统一标准。"}},
	{"一、存在的问题\n法院不回函\n二、工作建议\n建立平台", []string{"法院不回函", "建立平台"}},
	{"问题1：法院不回函\n问题2：标准不统一", []string{"法院不回函", "标准不统一"}},
	{"建议：无", []string{"-无"}},
	{"1.1 法院不回函\n1.2 标准不统一", []string{"法院不回函", "标准不统一"}},
	{
		"1. 减刑\n1.1 法院不回函\n1.2 标准不统一\n2. 假释\n2.1 适用率低\n2.2 保证人难找",
		[]string{"减刑|法院不回函", "减刑|标准不统一", "假释|适用率低", "假释|保证人难找"},
	},
	{"1.1万元的罚金\n1.2万元的罚金\n标准不同", []string{"1.1万元的罚金\n1.2万元的罚金\n标准不同"}},
	{"同意①②③的意见，补充一点：期限太短", []string{"同意①②③的意见，补充一点：期限太短"}},
	{"1、\n2、法院不回函\n3、", []string{"-1", "法院不回函", "-3"}},
	{"法院回函慢。\n建议：1、建立平台；2、统一标准。", []string{"法院回函慢。", "建立平台", "统一标准。"}},
	// several lists
	{
		"减刑方面：1.法院不回函；2.标准不统一。\n假释方面：1.适用率低；2.保证人难找。",
		[]string{"减刑方面：|法院不回函", "减刑方面：|标准不统一。", "假释方面：|适用率低", "假释方面：|保证人难找。"},
	},
	// bullets
	{"- 法院不回函\n- 标准不统一", []string{"法院不回函", "标准不统一"}},
	{"•法院不回函\n•标准不统一", []string{"法院不回函", "标准不统一"}},
	{"●法院不回函\n●标准不统一\n●期限太短", []string{"法院不回函", "标准不统一", "期限太短"}},
	{"-5分的扣分标准\n-3分的扣分标准", []string{"-5分的扣分标准\n-3分的扣分标准"}},
	// 问卷星
	{"标准不统一┋法院不回函", []string{"标准不统一", "法院不回函"}},
	// nothing to split
	{"法院不回函。", []string{"法院不回函。"}},
	{"法院不回函，\n监狱无法提请。", []string{"法院不回函，\n监狱无法提请。"}},
	{"", nil},
	{"   \n ", nil},
	// nothing said
	{"无", []string{"-无"}},
	{"没有意见", []string{"-没有意见"}},
	{"1、无 2、法院不回函", []string{"-无", "法院不回函"}},
	{"同上", []string{"=同上"}},
	{"同意前面的意见", []string{"=同意前面的意见"}},
	{"+1", []string{"=+1"}},
	{"同意楼上，没别的了", []string{"=同意楼上，没别的了"}},
	{"同上，无补充。", []string{"=同上，无补充。"}},
	{"同意以上意见，但期限太短。", []string{"同意以上意见，但期限太短。"}},
	{"各位老师好，谢谢", []string{"-各位老师好，谢谢"}},
	{"详见附件", []string{"-详见附件"}},
}

func TestSplit(t *testing.T) {
	d := newDecoder(t, Options{})
	for _, c := range splitCases {
		var got []string
		for _, p := range d.Split(feedback.Submission{Text: c.text}) {
			s := p.Text
			switch {
			case p.SameAsAbove:
				s = "=" + s
			case p.Empty:
				s = "-" + s
			}
			if p.Stem != "" {
				s = p.Stem + "|" + s
			}
			got = append(got, s)
		}
		if strings.Join(got, "\x00") != strings.Join(c.want, "\x00") {
			t.Errorf("%q\n got %q\nwant %q", c.text, got, c.want)
		}
	}
	if len(splitCases) < 80 {
		t.Errorf("only %d cases", len(splitCases))
	}
}

func TestSplitKeepsEveryLetter(t *testing.T) {
	d := newDecoder(t, Options{})
	for _, c := range splitCases {
		checkNothingLost(t, d, c.text)
	}
}

// checkNothingLost: every letter and digit of the text is in a part, in order
// within what the parts say.
func checkNothingLost(t *testing.T, d *Decoder, text string) {
	t.Helper()
	count := map[rune]int{}
	seen := map[string]bool{}
	for _, p := range d.Split(feedback.Submission{Text: text}) {
		for _, r := range p.Text {
			count[r]++
		}
		// A stem or ordinal stands for one place, however many parts carry it.
		for _, s := range []string{p.Stem, p.Ordinal} {
			if !seen[s] {
				seen[s] = true
				for _, r := range s {
					count[r]++
				}
			}
		}
	}
	for _, r := range clean(text) {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			continue
		}
		if count[r] == 0 {
			t.Fatalf("%q: lost %q", text, r)
		}
	}
}

func TestKindFromLabelColumnAndText(t *testing.T) {
	d := newDecoder(t, Options{})
	parts := d.Split(feedback.Submission{Text: "问题：法院不回函。建议：建立信息平台。"})
	if len(parts) != 2 || parts[0].Kind != feedback.Question || parts[1].Kind != feedback.Suggestion {
		t.Errorf("labels: %+v", parts)
	}
	parts = d.Split(feedback.Submission{Kind: feedback.Question, Text: "1.法院不回函。2.标准不统一。"})
	if parts[0].Kind != feedback.Question || parts[1].Kind != feedback.Question {
		t.Errorf("column: %+v", parts)
	}
	parts = d.Split(feedback.Submission{Kind: feedback.Question, Text: "法院不回函。\n建议：建立信息平台。"})
	if len(parts) != 2 || parts[0].Kind != feedback.Question || parts[1].Kind != feedback.Suggestion {
		t.Errorf("a suggestion pasted into the questions: %+v", parts)
	}
	for text, want := range map[string]feedback.Kind{
		"财产性判项怎么查？":        feedback.Question,
		"法院回函不及时，监狱无法提请":   feedback.Question,
		"建议建立统一的信息平台。":     feedback.Suggestion,
		"希望尽快出台细则":         feedback.Suggestion,
		"我认为应当以裁定生效之日起算。":  feedback.Opinion,
		"同意第二种观点，理由是便于操作。": feedback.Opinion,
	} {
		if got := KindOf(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestKindOnSharedSamples measures KindOf on the domain's sample items, when
// they are at hand.
func TestKindOnSharedSamples(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "domain", "items.jsonl"))
	if err != nil {
		t.Skip("the shared sample items are not here")
	}
	defer f.Close()
	d := newDecoder(t, Options{})
	right, all, empty := 0, 0, 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var it struct{ Kind, Text, Issue_key string }
		if err := json.Unmarshal(sc.Bytes(), &it); err != nil {
			t.Fatal(err)
		}
		if it.Issue_key == "JUNK" {
			if !d.Empty(it.Text) {
				t.Logf("not empty: %s", it.Text)
			} else {
				empty++
			}
			continue
		}
		if d.Empty(it.Text) {
			t.Errorf("taken for empty: %s", it.Text)
		}
		all++
		if got := KindOf(it.Text); string(got) == it.Kind {
			right++
		} else {
			t.Logf("%s, want %s: %s", got, it.Kind, it.Text)
		}
	}
	t.Logf("%d of %d kinds as labelled; %d junk recognised", right, all, empty)
	if right*100 < all*70 {
		t.Errorf("%d of %d kinds", right, all)
	}
}
