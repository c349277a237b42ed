package hanzi

import (
	"testing"
	"unicode/utf8"
)

func TestTableFoldsEachCharacterOnceAndKeepsItsWidth(t *testing.T) {
	folded := 0
	for r := rune(first); r <= last; r++ {
		to := Rune(r)
		if to == r {
			continue
		}
		folded++
		if Rune(to) != to {
			t.Errorf("%c becomes %c, which becomes %c", r, to, Rune(to))
		}
		if utf8.RuneLen(to) != utf8.RuneLen(r) {
			t.Errorf("%c and %c differ in width", r, to)
		}
	}
	if folded < 2500 {
		t.Errorf("only %d characters are folded", folded)
	}
}

func TestTraditionalTextIsFolded(t *testing.T) {
	for from, want := range map[string]string{
		"社區矯正對象請假外出的審批權限":     "社区矫正对象请假外出的审批权限",
		"罪犯減刑後餘刑不足三個月的，由誰執行？": "罪犯减刑后余刑不足三个月的，由谁执行？",
		"財產性判項履行情況與減刑假釋掛鉤":    "财产性判项履行情况与减刑假释挂钩",
		"監獄與法院之間的銜接不暢":        "监狱与法院之间的衔接不畅",
		"暫予監外執行期滿後收監的程序":      "暂予监外执行期满后收监的程序",
		"檢察院對計分考覈的監督依據":       "检察院对计分考核的监督依据",
		"建議統一證據標準，儘快出臺細則":     "建议统一证据标准，尽快出台细则",
		"看守所留所服刑罪犯的醫療費用":      "看守所留所服刑罪犯的医疗费用",
		"這裡面的問題很多，應當釐清":       "这里面的问题很多，应当厘清",
		"調查評估意見與實際居住地不一致":     "调查评估意见与实际居住地不一致",
		"病歷與診斷證明互相矛盾怎麼辦":      "病历与诊断证明互相矛盾怎么办",
		"未成年犯的檔案應當封存":         "未成年犯的档案应当封存",
		"電子定位裝置經常沒電":          "电子定位装置经常没电",
		"執行機關不回覆，也不答覆":        "执行机关不回复，也不答复",
		"請上級覆核後批覆":            "请上级复核后批复",
		"反覆申訴的如何處理":           "反复申诉的如何处理",
		"甚麼情況下可以提請假釋":         "什么情况下可以提请假释",
		"家屬帶著材料跟著來了":          "家属带着材料跟着来了",
		"這意味著沒有依據":            "这意味着没有依据",
		"著手研究並著重解決":           "着手研究并着重解决",
		"效果顯著，但有著明顯差別":        "效果显著，但有着明显差别",
		"參考了一本著名的專著":          "参考了一本著名的专著",
		"衣服洗乾淨了":              "衣服洗干净了",
		"餅乾、乾燥劑不得帶入監區":        "饼干、干燥剂不得带入监区",
		"乾隆年間與乾縣的檔案":          "乾隆年间与乾县的档案",
		"不瞭解情況":               "不了解情况",
		"瞭望塔的哨兵換崗":            "瞭望塔的哨兵换岗",
		"藉口生病不參加勞動":           "借口生病不参加劳动",
		"憑藉關係疏通":              "凭借关系疏通",
		"現場一片狼藉，無人過問":         "现场一片狼藉，无人过问",
		"宮商角徵羽與徵求意見":          "宫商角征羽与征求意见",
		"他沈默不語，沈先生發言":         "他沉默不语，沈先生发言",
		"皇后與以後":               "皇后与以后",
		"公里與裡面":               "公里与里面",
		"麵粉與方面":               "面粉与方面",
		"頭髮與發現":               "头发与发现",
		"鐘點與鍾愛":               "钟点与钟爱",
		"複雜、恢復、覆蓋":            "复杂、恢复、覆盖",
		"穀物與山谷":               "谷物与山谷",
		"幾個茶几":                "几个茶几",
	} {
		if got := Simplify(from); got != want {
			t.Errorf("%s\n became %s\n want   %s", from, got, want)
		}
		if !Traditional(from) || Traditional(want) {
			t.Errorf("%s and %s are told apart wrongly", from, want)
		}
	}
}

// Characters that simplified text shares with traditional: it must come back
// as it was.
func TestSimplifiedTextIsNotTouched(t *testing.T) {
	for _, text := range []string{
		"著作权犯罪的罪犯减刑从严", "效果显著", "原著与译著", "名著阅读活动", "土著居民服刑", "编著教材",
		"乾隆通宝", "乾坤未定", "咸阳市乾县司法局", "乾元国宝案", "瞭望塔值班", "狼藉", "慰藉服刑人员家属",
		"皇后", "皇太后", "公里", "邻里关系", "村里", "面子工程", "发现问题", "理发", "干部", "干涉", "树干", "饼干",
		"茶几", "几何", "谷雨", "山谷", "丑时", "小丑", "斗殴", "北斗定位", "松树", "放松", "回复", "答复", "覆盖面", "颠覆国家政权罪",
		"反复无常", "征收", "象征", "特征", "沈阳市沈河区人民法院", "沉默", "余刑", "业余", "云南省", "人云亦云", "钟某", "时钟",
		"合同诈骗罪", "台湾地区", "讲台", "台账", "周某", "一周", "占用", "占比", "布告", "宣布", "采取", "采光", "卷宗", "席卷",
		"叶某某", "适用法律", "制度", "制作", "系统", "关系", "吁请", "只有", "船只", "致使", "冲突", "准许", "折抵刑期", "姓范的罪犯", "模范",
		"胡某", "姜某", "借条", "凭借", "什么", "尽管", "尽快", "历史", "日历", "万某", "千万", "了解", "明了", "游某", "游泳",
	} {
		if got := Simplify(text); got != text {
			t.Errorf("%s became %s", text, got)
		}
		if Traditional(text) {
			t.Errorf("%s is taken for traditional", text)
		}
	}
}

func TestBytesKeepTheirPlaces(t *testing.T) {
	for _, text := range []string{"", "abc", "監\xff獄", "\xe7", "監獄\x00", "😀乾", "後𠮷後"} {
		got := Simplify(text)
		if len(got) != len(text) {
			t.Fatalf("%q became %q", text, got)
		}
		for i := range len(text) {
			if utf8.RuneStart(got[i]) != utf8.RuneStart(text[i]) {
				t.Fatalf("%q became %q: byte %d", text, got, i)
			}
		}
	}
}

func BenchmarkSimplify(b *testing.B) {
	text := "罪犯減刑後餘刑不足三個月的，由誰執行？社區矯正對象請假外出的審批權限，這裡面的問題很多。"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Simplify(text)
	}
}

func FuzzSimplify(f *testing.F) {
	for _, text := range []string{"社區矯正對象請假", "乾淨的著作", "監\xff獄", "甚麼", "a\x00後", "后"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Simplify(text)
		if len(got) != len(text) || utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
			t.Fatalf("%q became %q", text, got)
		}
		if !Traditional(text) && got != text {
			t.Fatalf("%q has no traditional character and became %q", text, got)
		}
	})
}
