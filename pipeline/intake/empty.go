package intake

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/hanzi"
	"tongtang/pipeline/lexicon"
)

// voidPhrases are the whole-cell phrases of stopphrases.txt that say nothing,
// normalised.
func voidPhrases(phrases []lexicon.StopPhrase) map[string]bool {
	out := map[string]bool{}
	for _, p := range phrases {
		if p.Whole {
			if n := feedback.Normalize(p.Text); n != "" {
				out[n] = true
			}
		}
	}
	return out
}

var (
	sameAsAbove = regexp.MustCompile(`^(?:同上|同前|同上一条|同上一行|同上条|同前面?|同上述?意见|与上同|与上相同|同上面|同上一位|同楼上|[+＋]1|附议` +
		`|(?:同意|赞同|支持|完全同意|非常同意)(?:以上|上述|前面|前述|楼上|上面|上一条|上一位|前一位|各位)(?:的|几|各|位|同志|老师|领导|同学|学员|代表|发言|所说|说的?|意见|观点|看法|建议|内容|人|条|两|三|全部|都|点|[0-9])*)(?:[,，。.;；!！]*(?:没别的了?|没有?(?:什么)?(?:其他|别的|补充)(?:的|意见|建议|问题|补充)?了?|无(?:其他)?(?:补充|意见|建议)?|谢谢(?:大家|老师)?|不再重复了?|不重复了?))?$`)

	attachment = regexp.MustCompile(`^(?:详见|详情见|具体见|见|请见|参见)(?:附件|附表|附页|附文|另附|word|文档|纸质)[\p{Han}0-9a-z一二三四五六七八九十]{0,8}$|^(?:另附|附后|见附)$`)

	// Words that, however they are put together, say nothing: 各位老师好, 暂时没有
	// 什么意见, 收到谢谢.
	courtesy = regexp.MustCompile(`^(?:各位|老师|领导|同志|同仁|同学|专家|大家|主持人|们|尊敬|的|您|你|我|好|早上|上午|中午|下午|晚上|谢谢|感谢|多谢|非常|十分|很|辛苦|了|收到|学习|受益匪浅|受益良多|收获很大|收获满满|已阅|暂时|暂|目前|均|都|没有|没得|没啥子|没啥|没|无|空白|遇到|突出|学习为主|要|主办方|组织方|组织|会务组|请回复|意见|建议|问题|疑问|困惑|补充|需要|其他|其它|另外|别的|什么|任何|哈|嗯|哦|啊|呢|吧|祝|组织|辛勤|付出|安排|工作顺利|身体健康|一切顺利|此致|敬礼|无异议|异议|不清楚|不了解|略|空|跳过|ok|no|none|nil|na|test|测试)+$`)

	// What was said elsewhere is not here: 以我院书面材料为准, 已在小组讨论时口头提出.
	elsewhere = regexp.MustCompile(`^(?:以|按).{0,8}(?:书面|提交的)材料为准$|^(?:意见|问题|建议)?已(?:在|于|经).{0,10}(?:口头|书面|当面)(?:提出|反映|提交|说明).{0,8}$` +
		`|^(?:大家|各位|前面).{0,8}(?:讲|说|谈)(?:得|的)?.{0,8}(?:我就)?不(?:再)?(?:重复|多说|赘述)了?(?:谢谢)?$` +
		`|^(?:我)?(?:同意|赞同|支持).{0,12}(?:发言|意见|观点|建议)(?:暂)?(?:没有|无)(?:其他)?(?:补充|意见|建议)$|^同上无补充$` +
		`|^(?:暂时|目前)?(?:没有|没|无)(?:什么)?(?:意见|建议|问题)(?:要反映|可反映|要提|可提|按.{0,10}(?:落实|执行|办理))?$|^前面.{0,8}都(?:讲|说|谈)(?:到|得).{0,6}(?:同意|赞成|赞同)(?:没有|无)补充$`)

	hostTurn = regexp.MustCompile(`^(?:下面|接下来|现在|首先)?(?:请|有请|欢迎|由)[\p{Han}、（）()]{2,24}(?:发言|讲话|介绍|谈谈|作交流发言)$`)
)

// voidRunes are the characters courtesy is made of, voidStarts those with which
// the other patterns begin.
var (
	voidRunes  = runesOf(courtesy.String())
	voidStarts = runesOf("没暂目无详具见请参另附以按意问建已大各前我同赞支下接现首有欢由与完非+＋")
)

func runesOf(s string) map[rune]bool {
	out := map[rune]bool{}
	for _, r := range s {
		if unicode.IsLetter(r) || r == '+' {
			out[r] = true
		}
	}
	return out
}

// polite says whether every character of a text is one that courtesy is made of.
func polite(n string) bool {
	for _, r := range n {
		if !voidRunes[r] {
			return false
		}
	}
	return true
}

// voidLength is the most letters a text that says nothing has.
const voidLength = 60

// SameAsAbove says whether the text only agrees with what stands above it in
// the same file: 同上, 同意前面的意见, +1. It is an endorsement, not an item.
func SameAsAbove(text string) bool {
	if len(text) > 90 {
		return false
	}
	if first, _ := utf8.DecodeRuneInString(text); first >= 0x4e00 && first <= 0x9fff && !voidStarts[hanzi.Rune(first)] {
		return false
	}
	t := strings.Trim(strings.ToLower(squeeze(text)), "。.!！，,;；~～ ")
	first, _ := utf8.DecodeRuneInString(t)
	return voidStarts[first] && sameAsAbove.MatchString(t)
}

// Empty says whether a text has nothing to consider: 无, 没有意见, a greeting, a
// dash, 详见附件, only digits or emoji. Texts for which SameAsAbove holds are
// empty too; ask that first.
func (d *Decoder) Empty(text string) bool {
	if says(text, d.longestVoid) && len(text) <= 3*voidLength {
		return false
	}
	// Longer than any courtesy: no need to look closer. A line of dashes can be
	// long, so letters are counted.
	some := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			if some++; some > voidLength {
				return longCourtesy(text)
			}
		}
	}
	if len(text) > 400 {
		return some == 0
	}
	n := feedback.Normalize(leadOrdinal.ReplaceAllString(clean(text), ""))
	letters := 0
	for _, r := range n {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case letters == 0:
		return true
	case letters == 1 && utf8.RuneCountInString(n) < 3:
		return true
	case d.voids[n]:
		return true
	}
	// Most texts begin and go on with characters that none of these patterns has.
	first, _ := utf8.DecodeRuneInString(n)
	return polite(n) && courtesy.MatchString(n) ||
		voidStarts[first] && (attachment.MatchString(n) || elsewhere.MatchString(n) || hostTurn.MatchString(n) || SameAsAbove(text))
}

// says is true for most texts that say something, without looking closely: one
// longer than any whole phrase that says nothing, which begins with a Chinese
// character no empty text begins with and has one that no courtesy has.
func says(text string, longestVoid int) bool {
	first, _ := utf8.DecodeRuneInString(text)
	if first < 0x4e00 || first > 0x9fff || voidStarts[first] || strings.ContainsRune(hanNumerals, first) {
		return false
	}
	letters, other := 0, false
	for _, r := range text {
		if r >= 0x4e00 && r <= 0x9fff {
			letters++
			other = other || !voidRunes[r]
			if other && letters > longestVoid {
				return true
			}
		}
	}
	return false
}

// longVoidLength is the most letters a courtesy of several sentences has.
const longVoidLength = 200

var (
	// nothingToAdd is where somebody says that he has nothing to say.
	nothingToAdd = regexp.MustCompile(`(?:没有|无|没什么|没啥)[\p{Han}]{0,8}(?:意见|建议|问题|补充|疑问)|不再(?:逐条|逐一|另|重复|另行|一一)?(?:填|写|重复|赘述|说)|(?:不|没)耽误|都讲(?:到|得)|由[\p{Han}]{1,8}(?:统一|一并|另行)[\p{Han}]{0,8}(?:报|转|提交)`)
	// politeClause is a clause of thanks, of how the training went, or of who hands
	// the answers in.
	politeClause = regexp.MustCompile(`没有[\p{Han}]{0,6}问题|感谢|谢谢|多谢|辛苦|辛勤|收获|受益|祝|学习|学到|听下来|授课|讲课|讲座|课件|赞同|赞成|同意|发言|重复|汇总|统一|报送|上报|附件|材料|填写|另填|转达|会务|主办|组织|承办|班主任|带班|领队|联络|安排|食宿|接送|周到|热情|热烈|氛围|讨论|商量|返程|航班|车次|时间|谅解|期待|机会|照顾|消化|落实|传达|回去|精神|意见|建议|补充|同行|结识|老师|同志|领导|祝好|谢|联系|培训|参训|工作不长|派驻`)
	// saysSomething is what a courtesy has not: a question, a wish, a judgement.
	saysSomething = regexp.MustCompile(`[?？]|如何|怎么|是否|能否|可否|(?:^|[，。；,;])(?:我)?(?:建议|希望|恳请|请)[^大各谅批]|只有一|一点(?:建议|意见|想法)|几点|以下|但是?|不过|就是(?:觉得|希望)|应当|应该|不宜|不够|不足|困难|罪犯|减刑|假释|监外|矫正|收监|法院|监狱|看守所|检察机关`)
)

// longCourtesy says whether a text of several sentences only thanks, praises
// and says that there is nothing to add. Every clause must be of that sort.
func longCourtesy(text string) bool {
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			if letters++; letters > longVoidLength {
				return false
			}
		}
	}
	if !strings.Contains(text, "谢") {
		return false
	}
	t := clean(text)
	if !nothingToAdd.MatchString(t) || saysSomething.MatchString(t) {
		return false
	}
	for clause := range strings.FieldsFuncSeq(t, func(r rune) bool { return strings.ContainsRune("，。；！、,;!\n", r) }) {
		if utf8.RuneCountInString(clause) > 4 && !politeClause.MatchString(clause) {
			return false
		}
	}
	return true
}
