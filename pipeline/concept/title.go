package concept

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tongtang/analysis"
	"tongtang/pipeline/segment"
)

const (
	// maxTitle is the longest title in characters.
	maxTitle = 40
	// titleTexts is how many members are looked through for a title.
	titleTexts = 24
)

// Title picks a readable sentence of at most 40 characters for a group. texts
// are the members' masked texts, most central first; keywords the group's. The
// title is a sentence of a member, or the clauses of one that say it, and never
// made up. Empty only when every text is.
//
// A sentence is the better a title the more of what the members share it names
// (keywords, concepts and themes of the field, pairs of characters), and the
// more it reads as a statement or question of the matter: whole, from its
// subject on, without names, courtesy or the story of one case. It is in the
// language most members are written in, where any of them has such a sentence.
func (d *Describer) Title(texts []string, keywords []analysis.Keyword) string {
	texts = texts[:min(titleTexts, len(texts))]
	about := d.aboutOf(texts, keywords)
	english := 0
	for _, text := range texts {
		if latin(text) {
			english++
		}
	}
	mostlyEnglish := 2*english > len(texts)
	best, bestScore := "", -1.0
	for i, text := range texts {
		for _, c := range d.candidates(text) {
			score := about.covers(d, c.text) * c.form() / (1 + 0.02*float64(i))
			if latin(c.text) != mostlyEnglish {
				score *= 0.02
			}
			if score > bestScore {
				best, bestScore = c.text, score
			}
		}
	}
	return cut(tidy(best), maxTitle)
}

// about is what the members of a group share.
type about struct {
	texts    int
	entries  map[string]float64 // concept or theme -> share of the members that name it
	grams    map[[2]rune]int    // pair of Han characters -> members that have it
	keywords []string
}

func (d *Describer) aboutOf(texts []string, keywords []analysis.Keyword) *about {
	a := &about{texts: len(texts), entries: map[string]float64{}, grams: map[[2]rune]int{}}
	for _, w := range keywords[:min(10, len(keywords))] {
		a.keywords = append(a.keywords, segment.Fold(w.Name))
	}
	for _, text := range texts {
		folded := segment.Fold(text)
		for name := range d.named(folded) {
			a.entries[name] += 1 / float64(len(texts))
		}
		for g := range gramsOf(folded) {
			a.grams[g]++
		}
	}
	return a
}

// named are the concepts and themes a folded text names.
func (d *Describer) named(folded string) map[string]bool {
	out := map[string]bool{}
	for _, m := range d.match(folded) {
		switch e := &d.entries[m.entry]; e.kind {
		case conceptEntry:
			out[e.name] = true
		case themeEntry:
			out[d.themes[e.theme].code] = true
		}
	}
	return out
}

func gramsOf(folded string) map[[2]rune]bool {
	out := map[[2]rune]bool{}
	last := rune(0)
	for _, r := range folded {
		if r < 0x3400 || r > 0x9fff {
			r = 0
		}
		if last != 0 && r != 0 {
			out[[2]rune{last, r}] = true
		}
		last = r
	}
	return out
}

// covers says how much of what the members share a sentence names.
func (a *about) covers(d *Describer, sentence string) float64 {
	folded := segment.Fold(sentence)
	words := 0.0
	for k, w := range a.keywords {
		if strings.Contains(folded, w) {
			words += 1 / float64(k+2)
		}
	}
	field, named := 0.0, d.named(folded)
	for name := range named {
		if share := a.entries[name]; a.texts == 1 || share > 1/float64(a.texts)+1e-9 {
			field += share
		}
	}
	shared, grams := 0.0, gramsOf(folded)
	for g := range grams {
		if n := a.grams[g]; n > 1 {
			shared += float64(n-1) / float64(max(1, a.texts-1))
		}
	}
	score := 0.1 + words + min(1, field/3) + shared/(8+0.5*float64(len(grams)))
	if len(a.entries) > 0 { // a matter of the field, so say who or what it is about
		if len(named) == 0 {
			score *= 0.7
		}
		if !hasAny(folded, actors) {
			score *= 0.85
		}
	}
	return score
}

// candidate is a run of clauses of one sentence.
type candidate struct {
	text    string
	skipped bool // clauses before it say something
	stopped bool // clauses after it were left away
	asks    bool // it ends as a question
}

// candidates are a text's sentences and the runs of their clauses that fit.
func (d *Describer) candidates(text string) []candidate {
	var out []candidate
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("。！!；;\n\r", r) }) {
		s = d.plainSentence(s)
		parts := clauses(s)
		for from := range parts {
			skipped := false
			for _, p := range parts[:from] {
				skipped = skipped || !courteous(p)
			}
			run := ""
			for to := from; to < len(parts); to++ {
				if run += parts[to]; utf8.RuneCountInString(tidy(trimClause(run))) > maxTitle && to > from {
					break
				}
				last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(run))
				asks := last == '？' || last == '?'
				if last == '：' || last == ':' {
					continue // what it announces is missing
				}
				out = append(out, candidate{trimClause(run), skipped, to+1 < len(parts) && !asks, asks})
			}
		}
	}
	return out
}

func trimClause(s string) string { return strings.Trim(s, "，,、：: ") }

// form is how far a run of clauses reads as a title, by its wording alone.
func (c candidate) form() float64 {
	s := c.text
	n := utf8.RuneCountInString(tidy(s))
	f := 1.0
	switch {
	case n > maxTitle:
		f *= 0.1
	case n < 6:
		f *= 0.2
	case n < 10:
		f *= 0.6
	case n < 14:
		f *= 0.87
	}
	if n > 34 {
		f *= 0.95
	}
	if c.skipped {
		f *= 0.75
	}
	if i := strings.IndexAny(s, "？?"); i >= 0 && !c.asks && i < len(s)-3 {
		f *= 0.75 // a question with something hung on to it
	}
	if hasAny(s, pointing) {
		f *= 0.65
	}
	if strings.HasSuffix(s, "”") { // what is quoted is not what is said of it
		f *= 0.5
	}
	if c.stopped {
		f *= 0.72
	}
	switch {
	case c.asks:
		f *= 1.3
	case hasAny(s, asking), hasAny(s, failing):
		f *= 1.15
	}
	if hasPrefix(s, leaning) || strings.HasPrefix(s, "可") && !strings.HasPrefix(s, "可否") || unicode.IsLower(firstRune(s)) {
		f *= 0.5
	}
	if hasSuffix(s, hanging) {
		f *= 0.4
	}
	if hasAny(s, personal) {
		f *= 0.05
	}
	if hasAny(s, politeness) {
		f *= 0.4
	}
	if hasAny(s, storied) {
		f *= 0.7
	}
	if hasAny(s, ours) {
		f *= 0.9
	}
	if c.stopped && n < 20 {
		f *= 0.85
	}
	if !balanced(s) {
		f *= 0.4
	}
	if figures(s) > 0 {
		f *= 0.85
	}
	if foreign(s) {
		f *= 0.5
	}
	return f
}

// courteous says that a clause only leads up to what follows.
func courteous(clause string) bool {
	return utf8.RuneCountInString(clause) <= 14 && hasAny(clause, politeness)
}

func hasAny(s string, list []string) bool {
	for _, w := range list {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func hasPrefix(s string, list []string) bool {
	for _, w := range list {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

func hasSuffix(s string, list []string) bool {
	for _, w := range list {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

var (
	// asking marks a question or a proposal: what an issue is.
	asking = strings.Fields("怎么 怎样 如何 能否 可否 能不能 是否 该不该 应不应 算不算 要不要 谁来 由谁 吗 建议 应当 应由 应该 宜 不能 不应 明确 统一 不一 难 缺 没有")
	// failing is what goes wrong.
	failing = strings.Fields("没人 拿不到 跑不动 不给 不管 不收 不回 不接 不认 不清 不明 不同 不一样 对不上 各执一词 推诿 推来推去 拖 漏 错 慢 重复 矛盾 打架 走过场 念一遍 念稿 一句话 不敢 不愿 不肯 靠不住 不追究")
	// actors are whom and what the field's matters are about.
	actors = strings.Fields("监狱 监区 监室 已决 未决 看守所 法院 检察 公安 派出所 司法所 社矫 社区矫正 矫正对象 罪犯 女犯 病犯 犯人 减刑 假释 监外 保外 缓刑 执行地 未成年 财产性判项 罚金 立功 联席会 学员 律师")
	// leaning begins a clause that leans on one before it.
	leaning = strings.Fields("但 而 并 则 也 还 就 才 却 都 又 再 更 且 或 否则 不然 所以 因此 因为 于是 后来 结果 最后 然后 另 其中 其余 其 此 这 那 该 它 他 她 人家 前者 后者 上述 对方 可是 不过 只 光 把 被 让 使 从而 以及 等 有的 有些 哪怕 即使 说 听说 催 问 答 收吧 不收 扣掉 扣 拿着 拿 回来 前头 后头 里头 大家 谁都 双方 两边 三家 四家 比如 例如 甚至 尤其 反而 反过来 至于 一是 二是 三是 到底 究竟 不是 不妨 不撤 不能 不该 一听 一核 上回 上次 上月 上个月 昨天 今年 去年 前年 当时 刚 别 机分 判决却 送来 来了 出了 和 与 按说 照 白 材料没 人没 要不 没有 没个 没人 现在 人放 人在 一种 一个 同意 所里 第三天 第五天 应该按 线索从 想给 想 报上去 建议加 建议拿 家里 应当由")
	// hanging ends a clause that something must follow.
	hanging = strings.Fields("的 和 与 或 及 把 被 对 向 在 从 由 因 因为 虽然 如果 但 而 并 是 说 讲 就 时 后 前 期间 之后 的话 以后 时候 一个 写着 要求")
	// personal is what stands for a person's data.
	personal   = strings.Fields("〔姓名 〔身份证 〔电话 〔住址 〔出生 〔车牌 〔银行 〔罪犯编号 〔邮箱 〔微信 〔护照 某 XX")
	politeness = strings.Fields("请教 老师 各位 领导 谢谢 感谢 不成熟 实话 实在话 实在的 不好意思 请问 问一下 问个事 想问 大家好 您好 你好 打扰 补充一 说一个 说个 我说 借这个机会 说句 辛苦 冒昧 顺便 大家有 遇到过 哪位 群里")
	// pointing is a word whose sense stands in another sentence.
	pointing = strings.Fields("他 她 它 他们 这个 那个 这些 那些 这种 那种 这事 这样 这里 那边 这边 前面")
	// storied is the story of one case.
	storied = strings.Fields("有个 有一个 有一名 有位 有件 那天 当天 当晚 凌晨 半夜 前些年 如今 前一个月 昨天 前天 去年 今年 前年 上个月 上月 上回 上周 周一 周五 隔壁 听说 老张 群里 骂 哭 赶到 第二天 三天两头 孩子爸爸 我妈 一个人 碰到 第三天 第五天 来说 好几 老犯")
	// ours is the voice of one house.
	ours = strings.Fields("我监 我院 我所 我局 我省 我市 我县 我区 我们 咱 俺 我校 本院 本监 我庭 所里 监里 我")
)

// balanced says that quotes and brackets are closed.
func balanced(s string) bool {
	for _, pair := range []string{"“”", "《》", "（）", "()", "〔〕", "「」"} {
		open, closing := []rune(pair)[0], []rune(pair)[1]
		if strings.Count(s, string(open)) != strings.Count(s, string(closing)) {
			return false
		}
	}
	return true
}

// figures counts numbers of two digits and more outside of citations: what one
// house counted, and when.
func figures(s string) int {
	count, run, inside := 0, 0, false
	for _, r := range s + " " {
		switch {
		case r == '〔' || r == '《':
			inside = true
		case r == '〕' || r == '》':
			inside = false
		}
		if unicode.IsDigit(r) && !inside {
			run++
			continue
		}
		if run >= 2 && !strings.ContainsRune("条款号", r) {
			count++
		}
		run = 0
	}
	return count
}

// latin says that a text has more Latin letters than Han characters.
func latin(s string) bool {
	han, other := 0, 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case r < 0x80 && unicode.IsLetter(r):
			other++
		}
	}
	return other > han
}

// foreign says that a sentence is not in plain simplified Chinese, or has signs
// of another script among it.
func foreign(s string) bool {
	if latin(s) {
		return true
	}
	folded := segment.Fold(s)
	for _, r := range s {
		if unicode.Is(unicode.Han, r) && !strings.ContainsRune(folded, r) {
			return true
		}
	}
	return false
}
