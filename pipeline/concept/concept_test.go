package concept_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tongtang/analysis"
	"tongtang/pipeline/concept"
	"tongtang/pipeline/lexicon"
)

func described(t *testing.T, text string) analysis.Document {
	t.Helper()
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	var doc analysis.Document
	d.Describe(&doc, concept.Text{ID: "x", Text: text})
	return doc
}

func names(doc analysis.Document, kind analysis.FeatureKind) (out []string) {
	for _, f := range doc.Features {
		if f.Kind == kind {
			out = append(out, f.Name)
		}
	}
	return out
}

func TestWaysOfAskingFoldByKind(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"脱管应当怎样认定", "how"},
		{"脱管如何认定", "how"},
		{"什么时候可以报减刑", "when"},
		{"为什么不收", "why"},
		{"能不能折抵", "whether"},
		{"折抵多少天", "quantity"},
		{"由谁指定", "who"},
	} {
		if got := names(described(t, c.text), analysis.Question); !slices.Contains(got, c.want) {
			t.Errorf("%s asks %v, want %s", c.text, got, c.want)
		}
	}
	if got := names(described(t, "什么时候可以报减刑"), analysis.Question); slices.Contains(got, "what") {
		t.Errorf("什么时候 asks when, not what: %v", got)
	}
}

func TestBothSidesOfADeskShareATheme(t *testing.T) {
	for _, c := range []struct{ a, b, theme string }{
		{"给原审法院发函核实罚金，石沉大海", "监狱来函没有案号，法院无法检索，不好复函", "t0602a"},
		{"看守所说血压高不收", "艾滋病人送押，所里没有医疗条件", "t0102a"},
		{"货车司机每天跨两个县，请假不现实", "涉民企对象经常性跨市县活动的审批", "t0504a"},
	} {
		for _, text := range []string{c.a, c.b} {
			if got := names(described(t, text), analysis.Theme); !slices.Contains(got[:min(2, len(got))], c.theme) {
				t.Errorf("%s: themes %v, want %s among the first two", text, got, c.theme)
			}
		}
	}
}

func TestDangerousPairsKeepTheirOwnWords(t *testing.T) {
	for _, c := range [][2]string{{"脱管", "漏管"}, {"保外就医", "暂予监外执行"}, {"罚金", "罚款"}, {"立功", "重大立功"}} {
		a, b := names(described(t, c[0]), analysis.Word), names(described(t, c[1]), analysis.Word)
		if slices.Equal(a, b) {
			t.Errorf("%s and %s are both %v", c[0], c[1], a)
		}
	}
}

func TestTitlesAreSentencesOfTheGroup(t *testing.T) {
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		texts []string
		want  string // part of the title
	}{
		{[]string{"各位老师好，请问监狱发函核实罚金，法院不回函怎么办？谢谢！"}, "法院不回函"},
		{[]string{"两次送押两次被拒，看守所不出具任何书面材料，案卷里连拒收的痕迹都没有，下一步没法走程序。"}, "送押"},
		{[]string{strings.Repeat("没有标点的长句", 20)}, "…"},
		{[]string{"短"}, "短"},
	} {
		got := d.Title(c.texts, []analysis.Keyword{{Name: "回函", Weight: 2}, {Name: "送押", Weight: 1}})
		if !strings.Contains(got, c.want) || utf8.RuneCountInString(got) > 40 || strings.Contains(got, "老师好") || strings.Contains(got, "谢谢") {
			t.Errorf("title %q of %.30q", got, c.texts[0])
		}
	}
	if got := d.Title(nil, nil); got != "" {
		t.Errorf("title of nothing: %q", got)
	}
}

func TestTopicsGiveTheirReason(t *testing.T) {
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	got := d.Topics([]string{"看守所拒收病犯，体检血压高", "送押三次被退回"})
	if len(got) == 0 || got[0].Code != "0102" || len(got[0].Reason) == 0 {
		t.Errorf("topics %+v", got)
	}
	if got := d.Topics([]string{"今天天气好"}); len(got) != 0 {
		t.Errorf("topics of small talk: %+v", got)
	}
	facets := d.Facets([]string{"各地做法不一，法律没有规定"})
	if !slices.ContainsFunc(facets, func(f concept.FacetGuess) bool { return f.Value == "法律空白" }) {
		t.Errorf("facets %+v", facets)
	}
}

func TestEveryThemeHasATopicAndCues(t *testing.T) {
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	covered := map[string]bool{}
	for _, c := range tables.Concepts {
		if codes[c.Code] {
			t.Errorf("code %s twice", c.Code)
		}
		codes[c.Code] = true
		if c.Theme && tables.Topic(c.Topic) == nil {
			t.Errorf("theme %s stands under topic %q, which the taxonomy has not", c.Code, c.Topic)
		}
		covered[c.Topic] = true
		if len(c.Cues) < 5 {
			t.Errorf("%s %s has %d cues", c.Code, c.Name, len(c.Cues))
		}
	}
	for _, topic := range tables.Topics {
		if !covered[topic.Code] {
			t.Errorf("no theme under %s %s", topic.Code, topic.Name)
		}
	}
}
