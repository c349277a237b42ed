package masking

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMaskingTwiceIsMaskingOnce(t *testing.T) {
	m := masker(t)
	for _, g := range readGold(t, "testdata/labelled.txt") {
		d := m.Document()
		once, _ := d.Mask(g.text)
		for name, again := range map[string]*Document{"the same document": d, "a new document": m.Document()} {
			if twice, counts := again.Mask(once); twice != once || len(counts) > 0 {
				t.Errorf("in %s\n   %s\n   became %s", name, once, twice)
			}
		}
	}
}

func TestTextWithoutPersonalDataIsUntouched(t *testing.T) {
	m := masker(t)
	for _, text := range []string{
		"", " ", "无", "\x00\xff\xfe", "e\u0301\u200b\ufeff　", "😂😂", "〔〕〔姓名〕〔姓名12〕〔案号3〕〔住址〕〔甲〕",
		"法释〔2016〕23号第三条，（以下简称《规定》）第６条", "罰金１０００００元，刑期自２０２０年１月１日起",
	} {
		got, counts := m.Document().Mask(text)
		if got != text || len(counts) > 0 {
			t.Errorf("%q became %q %v", text, got, counts)
		}
	}
}

func TestNamesSpreadThroughADocument(t *testing.T) {
	d := masker(t).Document()
	texts := []string{
		"王建国的材料补正三次，最后还是退回。",
		"罪犯王建国申诉，称法官李敏未回避；李敏说不知情。",
		"李敏锐的观察值得肯定，王建国防工程也提到过。",
		"阿布都拉来信。",
		"罪犯阿布都拉·买买提不通汉语。",
		"罪犯高明申诉。",
		"做法高明，值得推广。",
		"（2021）京01刑更123号与（2022）京01刑更5号；（2021）京01刑更0123号再审。",
	}
	d.Learn(texts...)
	want := []string{
		"〔姓名1〕的材料补正三次，最后还是退回。",
		"罪犯〔姓名1〕申诉，称法官〔姓名2〕未回避；〔姓名2〕说不知情。",
		"〔姓名2〕锐的观察值得肯定，〔姓名1〕防工程也提到过。",
		"〔姓名3〕来信。",
		"罪犯〔姓名3〕不通汉语。",
		"罪犯〔姓名4〕申诉。",
		"做法高明，值得推广。",
		"〔案号1〕与〔案号2〕；〔案号1〕再审。",
	}
	for i, text := range texts {
		if got, _ := d.Mask(text); got != want[i] {
			t.Errorf("%s\n   got  %s\n   want %s", text, got, want[i])
		}
	}
}

func TestKnownNamesAreMaskedAndWhatIsNoNameIsNot(t *testing.T) {
	d := masker(t).Document()
	for _, name := range []string{
		"刘　洋", "巴特尔", "欧阳春", "卓玛·央宗", "", "无", "匿名", "王某", "张XX", "某监狱", "江苏省监狱管理局", "刑罚执行科", "陈大文 ", "abc", "高明", "时间", "管理",
	} {
		d.KnowName(name)
	}
	got, counts := d.Mask("刘洋和巴特尔、欧阳春、卓玛•央宗、陈大文五人说王某、张XX没有时间，某监狱、江苏省监狱管理局刑罚执行科管理无方，做法不高明。")
	want := "〔姓名1〕和〔姓名2〕、〔姓名3〕、〔姓名4〕、〔姓名5〕五人说王某、张XX没有时间，某监狱、江苏省监狱管理局刑罚执行科管理无方，做法不高明。"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !maps.Equal(counts, map[string]int{Name: 5}) {
		t.Errorf("counts %v", counts)
	}
}

func TestNumbersStandTheirChecks(t *testing.T) {
	m := masker(t)
	for text, want := range map[string]string{
		"号码990101198503071239。":                   "号码〔身份证号〕。",
		"号码990101198503071230。":                   "号码〔身份证号〕。", // wrong check digit: mistyped, still a person
		"号码990101202503071230。":                   "号码990101202503071230。",
		"号码990101198513071239。":                   "号码990101198513071239。",
		"身份证990101198513071239。":                  "身份证〔身份证号〕。",
		"990101 19850307 1239":                    "〔身份证号〕",
		"９９０１０１１９８５０３０７１２３９":                      "〔身份证号〕",
		"99010119850307404x":                      "〔身份证号〕",
		"6222020000000000018":                     "〔银行卡号〕",
		"6222020000000000019":                     "6222020000000000019",
		"卡号6222020000000000019":                   "卡号〔银行卡号〕",
		"6222 0200 0000 0000 018转账":               "〔银行卡号〕转账",
		"13000000000":                             "〔电话〕",
		"130-0000-0000":                           "〔电话〕",
		"+86 130 0000 0000":                       "〔电话〕",
		"8613000000000":                           "〔电话〕",
		"共13000000000元":                           "共13000000000元",
		"13000000000.5":                           "13000000000.5",
		"A13000000000":                            "A13000000000",
		"12000000000":                             "12000000000",
		"电话幺三零零零零零零零零零":                           "电话〔电话〕",
		"一二三四五六七八九十一":                             "一二三四五六七八九十一",
		"(010)88880000转12":                        "〔电话〕",
		"010 8888 0000":                           "〔电话〕",
		"热线12309":                                 "热线12309",
		"0.5倍":                                    "0.5倍",
		"a.b@example.com、13000000000@example.com": "〔邮箱〕、〔邮箱〕",
		"10.0.0.1":                                "〔IP地址〕",
		"第1.2.3.4节":                               "第1.2.3.4节",
		"IP：1.2.3.4":                              "IP：〔IP地址〕",
		"10.0.0.256":                              "10.0.0.256",
		"京A·12345":                                "〔车牌〕",
		"京AD12345":                                "〔车牌〕",
		"粤Z1234港":                                 "〔车牌〕",
		"（2021）京A12345号":                          "（2021）〔车牌〕号",
		"京A级景区12345":                              "京A级景区12345",
		"1972年5月8日出生":                             "〔出生日期〕出生",
		"出生日期：1972-05-08":                         "出生日期：〔出生日期〕",
		"生于一九七二年五月八日":                             "生于〔出生日期〕",
		"1972年5月8日判决":                             "1972年5月8日判决",
		"19720508出生":                              "19720508出生",
		"出生日期19720508":                            "出生日期〔出生日期〕",
		"男，1972年5月8日，汉族":                          "男，〔出生日期〕，汉族",
		"微信：wxid_0001":                            "微信：〔微信号〕",
		"微信H5页面":                                  "微信H5页面",
		"QQ10000001":                              "QQ〔QQ号〕",
		"护照号：E00000000":                           "护照号：〔证件号〕",
		"罪犯编号为440100-0007":                        "罪犯编号为〔罪犯编号〕",
		"家住朝阳区幸福路18号3单元502室":                      "家住朝阳区〔住址〕",
		"户籍在某县城关镇派出所管辖":                           "户籍在某县城关镇派出所管辖",
	} {
		got, _ := m.Document().Mask(text)
		if got != want {
			t.Errorf("%s\n   got  %s\n   want %s", text, got, want)
		}
	}
}

func TestUnnumberedForgetsWhatElseTheDocumentHolds(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"罪犯〔姓名12〕与〔姓名3〕，〔案号1〕，〔电话〕": "罪犯〔姓名〕与〔姓名〕，〔案号〕，〔电话〕",
		"法释〔2016〕23号〔姓名x〕〔":         "法释〔2016〕23号〔姓名x〕〔",
	} {
		if got := Unnumbered(text); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

func TestClassificationMark(t *testing.T) {
	for head, want := range map[string]bool{
		"机密★1年\n关于减刑工作的意见汇总":   true,
		"000012\n秘密★\n某省监狱管理局": true,
		"　　绝　密\n":              true,
		"秘　密":                  true,
		"【秘密】":                 true,
		"（机密）":                 true,
		"密级：秘密":                true,
		"密级\t机密\t份号\t000001":   true,
		"密级：机密★20年\n保密期限":      true,
		"机密级★长期":               true,
		"秘密 1年":                true,
		"機密★10年":               true,
		"绝密★启用前":               true,
		"文件密级为“秘密”，请妥善保管":      true,
		"标题\n\n附件  机密★5年\n":    true,
		"内部资料 注意保存":            false,
		"密级：无":                 false,
		"密级：公开":                false,
		"密级：工作秘密":              false,
		"不得泄露国家秘密、警务工作秘密。":     false,
		"涉及国家秘密的案件如何开庭？":       false,
		"机密文件的管理由谁负责？":         false,
		"秘密侦查措施取得的材料能否作为证据？":   false,
		"绝密级文件不得复印":            false,
		"举报人身份应当保密，不得公开":       false,
		"": false,
		"保守国家秘密法第二十一条规定密级分为绝密、机密、秘密": false,
	} {
		if got := ClassificationMark(head); got != want {
			t.Errorf("%q: %v, want %v", head, got, want)
		}
	}
}

func TestOddTexts(t *testing.T) {
	m := masker(t)
	for name, text := range map[string]string{
		"digits":       strings.Repeat("9", 100000),
		"groups":       strings.Repeat("130 ", 30000),
		"roles":        strings.Repeat("罪犯", 30000),
		"names":        strings.Repeat("罪犯王建国、李明和", 8000),
		"surnames":     strings.Repeat("王", 60000),
		"brackets":     strings.Repeat("〔姓名", 20000),
		"placeholders": strings.Repeat("〔姓名1〕", 20000),
		"dots":         strings.Repeat("罪犯阿·", 20000),
		"ats":          strings.Repeat("a@", 30000),
		"numerals":     strings.Repeat("一", 100000),
		"emails":       strings.Repeat("a@example.com,", 10000),
		"addresses":    strings.Repeat("住在幸福路1号", 8000),
		"contexts":     strings.Repeat("微信号", 20000),
		"invalid":      strings.Repeat("罪犯\xe7\x8e王建国", 5000),
		"Latin":        strings.Repeat("inmate Wang ", 10000),
		"spaces":       "罪犯" + strings.Repeat(" ", 50000) + "王建国",
	} {
		d := m.Document()
		once, _ := d.Mask(text)
		if twice, _ := d.Mask(once); twice != once {
			t.Errorf("%s: a second masking changes more", name)
		}
	}
	d := m.Document()
	d.Learn()
	d.Learn("", "")
	if got, _ := d.Mask(""); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{
		"罪犯王建国（身份证号990101198503071239，手机130 0000 0000）因高血压，1972年5月8日出生，家住某县幸福路18号3单元502室",
		"微信号qinxh_2020，工资卡6222 0200 0000 0000 018，桂Z·00000，a@example.com，IP 10.0.0.1，护照号E00000000",
		"（2021）京01刑更123号，法释〔2016〕23号第三条，罪犯阿布都拉·买买提、〔姓名1〕", "inmate Zhang San，罪犯编号：6501234567",
		"王建国，男，1972.5.8生", "姓 名：王 刚", "\xff罪犯\u200b王建国", "李小平：我认为", "罪犯13000000000张建国", "高志远案",
	} {
		f.Add(seed, "张伟")
	}
	m := masker(f)
	f.Fuzz(func(t *testing.T, text, name string) {
		d := m.Document()
		d.KnowName(name)
		d.Learn(text)
		once, counts := d.Mask(text)
		if utf8.ValidString(text) && !utf8.ValidString(once) {
			t.Fatalf("%q became invalid: %q", text, once)
		}
		if (once == text) != (len(counts) == 0) {
			t.Fatalf("%q became %q with counts %v", text, once, counts)
		}
		if twice, more := d.Mask(once); twice != once || len(more) > 0 {
			t.Fatalf("%q\nonce  %q\ntwice %q", text, once, twice)
		}
		d2 := m.Document()
		d2.KnowName(name)
		d2.Learn(text)
		if again, _ := d2.Mask(text); again != once {
			t.Fatalf("%q: %q and then %q", text, once, again)
		}
		ClassificationMark(text)
		Unnumbered(once)
	})
}

func BenchmarkMask(b *testing.B) {
	m := masker(b)
	for name, sentence := range map[string]string{
		"personal": "罪犯王建国（身份证号990101198503071239，手机13000000000）因高血压申请保外就医，家住某县幸福路18号3单元502室，依照刑诉法第265条，监狱和司法局意见不一致。",
		"plain":    "罪犯判了二十万罚金，账上每月只有三百来块劳动报酬，家里也说没钱，这种到底算有能力不履行还是确实没能力，监狱没有查询手段，心里没底。",
	} {
		text := string([]rune(strings.Repeat(sentence, 3))[:120])
		b.Run("text="+name, func(b *testing.B) {
			b.ReportAllocs()
			d := m.Document()
			for b.Loop() {
				d.Mask(text)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}
