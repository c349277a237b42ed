package citation

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// TestOldArticleNumbersHaveACurrentPlace follows the table's note on the
// articles of 刑事诉讼法 that moved in 2018.
func TestOldArticleNumbersHaveACurrentPlace(t *testing.T) {
	p, tables := parser(t)
	for text, want := range map[string]string{
		"旧刑诉法第254条第五款":        "L02@2018#265.5",
		"2012年刑诉法第258条":       "L02@2018#269",
		"《刑事诉讼法》（2012年）第262条": "L02@2018#273",
		"刑诉法第265条":            "",
		"旧刑诉法第3条":             "",
		"旧监狱法第17条":            "",
	} {
		found := p.Find(text)
		if len(found) != 1 {
			t.Fatalf("%s: %v", text, found)
		}
		got, ok := p.Current(found[0])
		if !ok {
			got.Norm = ""
		}
		if got.Norm != want {
			t.Errorf("%s: today %q, want %q", text, got.Norm, want)
		}
		if want != "" && !strings.HasPrefix(Label(tables, got), "刑事诉讼法第") {
			t.Errorf("%s: label %s", text, Label(tables, got))
		}
	}
}

func TestLabelReadsAsALawyerWrites(t *testing.T) {
	p, tables := parser(t)
	for text, want := range map[string]string{
		"刑诉法265条1款3项":           "刑事诉讼法第二百六十五条第一款第（三）项",
		"刑法第133条之一":             "刑法第一百三十三条之一",
		"旧刑诉法第254条":             "刑事诉讼法（2012年）第二百五十四条",
		"旧社区矫正法第10条":            "社区矫正法（旧）第十条",
		"法释[2016]023号":          "法释〔2016〕23号",
		"法释[2016]023号第110条":     "《关于办理减刑、假释案件具体应用法律的规定》第一百一十条",
		"《刑诉解释》第五百条":            "《关于适用〈中华人民共和国刑事诉讼法〉的解释》第五百条",
		"《某省工作办法》第1001条":        "《某省工作办法》第一千零一条",
		"检例第070号":               "检例第70号",
		"看守所条例第10条":             "看守所条例第十条",
		"《案例指导实施细则》第三条":         "《〈最高人民法院关于案例指导工作的规定〉实施细则》第三条",
		"中华人民共和国监狱法第十七条第二款的规定。": "监狱法第十七条第二款",
	} {
		found := p.Find(text)
		if len(found) != 1 || Label(tables, found[0]) != want {
			got := ""
			if len(found) > 0 {
				got = Label(tables, found[0])
			}
			t.Errorf("%s: %d found, label %q, want %q", text, len(found), got, want)
		}
	}
}

func TestOffsetsAreThoseOfTheTextAsGiven(t *testing.T) {
	p, _ := parser(t)
	for _, text := range []string{
		"\u200b《刑\u200b事訴訟法》第２６５條第１款，\u3000社區矯正法第２９條",
		"\xff\xfe刑法第８１条\xff第二款",
		"😂刑诉法265条😂、第２６６条",
		"（《刑法》　第　８１　条）",
	} {
		last := 0
		found := p.Find(text)
		if len(found) == 0 {
			t.Errorf("%q: nothing found", text)
		}
		for _, c := range found {
			if c.StartByte < last || c.EndByte <= c.StartByte || c.EndByte > len(text) || text[c.StartByte:c.EndByte] != c.Raw {
				t.Errorf("%q: %+v", text, c)
			}
			last = c.EndByte
		}
	}
	if got := p.Find("社區矯正法第２９條")[0]; got.Norm != "L04#29" || got.StartByte != 0 || got.EndByte != len("社區矯正法第２９條") {
		t.Errorf("traditional and full-width: %+v", got)
	}
}

func TestMemoryEndsWithTheItem(t *testing.T) {
	p, _ := parser(t)
	if got := p.Find("该条第二款和本法第六条、第七条怎么理解？"); got != nil {
		t.Errorf("nothing to point back to, but found %v", got)
	}
	if got := p.Find("《暂予监外执行规定》（以下简称《规定》）第六条"); len(got) != 1 {
		t.Fatal(got)
	}
	if got := p.Find("《规定》第六条")[0]; got.StatuteID != "" {
		t.Errorf("the short name of another item was remembered: %v", got)
	}
}

func TestCaseNumbersAreReportedApart(t *testing.T) {
	p, _ := parser(t)
	for text, want := range map[string]string{
		"（2021）京01刑更123号":          "（2021）京01刑更123号",
		"(2021) 京 01 刑更 123 号":     "（2021）京01刑更123号",
		"〔2020〕最高法刑申0012号":         "（2020）最高法刑申12号",
		"（2022）兵01刑更5号之一":          "（2022）兵01刑更5号之一",
		"（２０２２）川01刑更第5号":           "（2022）川01刑更5号",
		"（2014）浙杭刑执字第088号":         "（2014）浙杭刑执字第88号",
		"（2009）一中刑减字第1号":           "（2009）一中刑减字第1号",
		"2021京01刑更123号":            "（2021）京01刑更123号",
		"京检五部纠违〔2022〕5号":           "京检五部纠违〔2022〕5号",
		"鲁检减〔2021〕12号":             "鲁检减〔2021〕12号",
		"法释〔2016〕23号":              "",
		"法发（2021）31号":              "",
		"湘检发〔2021〕8号":              "",
		"（2021）第3号":                "",
		"（2021年）全省共办理123件":         "",
		"2021年京津冀三地办理第123号提案前的案件。": "",
	} {
		got := ""
		for _, s := range CaseNumbers(text) {
			got += s.Norm
		}
		if got != want {
			t.Errorf("%s: case number %q, want %q", text, got, want)
		}
		if want != "" && len(p.Find(text)) > 0 {
			t.Errorf("%s: also cited as %v", text, p.Find(text))
		}
	}
}

func TestUnlistedDocumentsAreGathered(t *testing.T) {
	p, _ := parser(t)
	items := [][]feedback.Citation{
		p.Find("《民法典》第三十六条，《中华人民共和国民法典》第三十七条，刑法第81条"),
		p.Find("《民法典》、《规定》第三条、检例第70号"),
		p.Find("湘司发〔2021〕8号，《江苏省社区矫正工作条例》第十二条"),
		nil,
	}
	got := ListUnlisted(slices.Values(items))
	want := []Unlisted{{"《民法典》", 2, 3}, {"《江苏省社区矫正工作条例》", 1, 1}, {"湘司发〔2021〕8号", 1, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := ListUnlisted(slices.Values([][]feedback.Citation(nil))); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// TestOddTexts runs the sizes and shapes every algorithm must stand.
func TestOddTexts(t *testing.T) {
	p, _ := parser(t)
	for name, text := range map[string]string{
		"empty":            "",
		"spaces":           " \u3000\n\t",
		"open title":       strings.Repeat("《", 5000),
		"nested titles":    strings.Repeat("《刑法", 2000) + strings.Repeat("》", 2000),
		"numbers":          strings.Repeat("第一、", 20000),
		"aliases":          strings.Repeat("《刑法》（以下简称《甲乙》）甲乙第一条", 2000),
		"brackets":         "刑法" + strings.Repeat("（", 20000),
		"invalid":          strings.Repeat("\xe5\x88刑法第\xff条", 1000),
		"one long article": "刑法第" + strings.Repeat("一", 50000) + "条",
		"one long number":  "刑法第" + strings.Repeat("9", 50000) + "条",
		"laws":             strings.Repeat("刑法第81条、", 20000),
	} {
		last := 0
		for _, c := range p.Find(text) {
			if c.StartByte < last || c.EndByte > len(text) {
				t.Fatalf("%s: citation out of order or bounds: %+v", name, c)
			}
			last = c.EndByte
		}
	}
	if got := p.Find(strings.Repeat("刑法第81条；", 1000)); len(got) != 1000 {
		t.Errorf("of 1000 identical citations %d were found", len(got))
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		"《中华人民共和国刑事诉讼法》第二百六十五条第一款第（三）项", "刑法第78、79条", "该条第二款", "法释〔2016〕23号第三条",
		"《暂予监外执行规定》（以下简称《规定》）第六条", "（2021）京01刑更123号之一", "公安部令第159号", "2012年刑诉法第254条（旧）",
		"刑诉法第265条（旧254条）", "道路交通安全法第九十一条", "《关于印发〈办法〉的通知》", "社區矯正法第２９條", "\xff刑法第\u200b8条",
	} {
		f.Add(seed)
	}
	p, tables := parser(f)
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, c := range p.Find(text) {
			if c.StartByte < last || c.EndByte <= c.StartByte || c.EndByte > len(text) || text[c.StartByte:c.EndByte] != c.Raw {
				t.Fatalf("%q: %+v after byte %d", text, c, last)
			}
			if c.Norm == "" || utf8.ValidString(text) && !utf8.ValidString(c.Norm) || Label(tables, c) == "" {
				t.Fatalf("%q: %+v", text, c)
			}
			if c.Sub > 0 && c.Article == 0 || c.Paragraph > 0 && c.Article == 0 || c.Point > 0 && c.Article == 0 {
				t.Fatalf("%q: place without an article: %+v", text, c)
			}
			last = c.EndByte
		}
		last = 0
		for _, s := range CaseNumbers(text) {
			if s.StartByte < last || s.EndByte <= s.StartByte || s.EndByte > len(text) {
				t.Fatalf("%q: %+v", text, s)
			}
			last = s.EndByte
		}
	})
}

func BenchmarkFind(b *testing.B) {
	p, _ := parser(b)
	for name, sentence := range map[string]string{
		"cited": "依照刑事诉讼法第二百六十五条第一款第（三）项和《暂予监外执行规定》第六条，生活不能自理的罪犯可以暂予监外执行，但法释〔2016〕23号第三条没有说清。",
		"plain": "罪犯判了二十万罚金，账上每月只有三百来块劳动报酬，家里也说没钱，这种到底算有能力不履行还是确实没能力，监狱没有查询手段，心里没底。",
	} {
		runes := []rune(strings.Repeat(sentence, 3))[:120]
		text := string(runes)
		b.Run("text="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Find(text)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}
