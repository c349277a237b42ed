package masking

import (
	_ "embed"
	"slices"
	"strings"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/lexicon"
)

//go:embed surnames.txt
var surnameTable string

//go:embed given.txt
var givenTable string

//go:embed words.txt
var wordTable string

// words tells names from words.
type words struct {
	surname  map[rune]bool
	compound map[string]bool // surnames of two characters
	given    map[rune]bool   // characters usual in given names
	plain    *node           // words that begin like a name and are none; the field's terms
	after    *node           // words that usually follow a name
	roles    *node
	titles   *node // words that follow a name and say what somebody is
}

// node is a trie over runes. who is set where a learnt name ends.
type node struct {
	next map[rune]*node
	end  bool
	who  *person
}

func (n *node) add(word string, who *person) {
	at := n
	for _, r := range word {
		if at.next == nil {
			at.next = map[rune]*node{}
		}
		child := at.next[r]
		if child == nil {
			child = &node{}
			at.next[r] = child
		}
		at = child
	}
	at.end = true
	if at.who == nil {
		at.who = who
	}
}

// match is the end of the longest word that begins at rune i, i when none does.
func (n *node) match(r []rune, i int) int {
	end := i
	at := n
	for j := i; j < len(r); j++ {
		if at = at.next[r[j]]; at == nil {
			break
		}
		if at.end {
			end = j + 1
		}
	}
	return end
}

// longest is the person whose name is the longest that begins at rune i.
func (n *node) longest(r []rune, i int) (*person, int) {
	var who *person
	end := i
	at := n
	for j := i; j < len(r); j++ {
		if at = at.next[r[j]]; at == nil {
			break
		}
		if at.end {
			who, end = at.who, j+1
		}
	}
	return who, end
}

const (
	// roleWords say that a name may follow.
	roleWords = `罪犯 服刑人员 在押人员 在押犯 在押罪犯 社区矫正对象 社矫对象 矫正对象 社区服刑人员 社区矫正人员 社矫人员 矫正人员 在矫人员 被告人 被告 原审被告人 犯罪嫌疑人 嫌疑人 被害人 受害人 被执行人 申请执行人 保证人
担保人 具保人 证人 同案犯 同案人 同案 同监犯 同犯 病犯 女犯 男犯 死缓犯 无期犯 短刑犯 老年犯 老病残犯 累犯 罪犯证人 暂监人员 暂监对象 暂予监外执行人员 暂予监外执行罪犯 暂监罪犯 保外就医罪犯 假释人员 假释罪犯 假释犯 缓刑人员
缓刑犯 管制犯 刑满释放人员 刑释人员 监护人 法定代理人 上诉人 申诉人 举报人 控告人 检举人 报案人 死者 伤者 患者 病人 吸毒人员 外籍罪犯 外籍犯 女罪犯 未成年犯 未成年罪犯 老年罪犯 职务犯罪罪犯 涉黑罪犯 涉毒罪犯 三类罪犯 三类犯 罪犯家属 罪犯亲属
其父 其母 其妻 其夫 其子 其女 其兄 其弟 其姐 其妹 其父亲 其母亲 其妻子 其丈夫 其儿子 其女儿 其哥哥 其弟弟 其姐姐 其妹妹 其前妻 其岳父 其女友 其男友 其配偶 其近亲属 其亲属 其家属 其姐夫 其堂弟 其堂兄 其表弟 其表哥 其叔叔 其舅舅 其嫂子
妻子 丈夫 父亲 母亲 儿子 女儿 哥哥 弟弟 姐姐 妹妹 前妻 前夫 女友 男友 配偶 家属 亲属 近亲属 子女 之子 之女 之妻 之父 之母 岳父 岳母 叔叔 伯父 舅舅 姑姑 奶奶 爷爷 外婆 外公 堂兄 堂弟 表哥 表弟 表姐 表妹 侄子 外甥 孙子
民警 狱警 干警 警官 警察 辅警 管教民警 责任民警 监区民警 值班民警 驻所检察官 驻监检察官 检察官 法官 承办法官 主审法官 承办检察官 审判长 审判员 书记员 律师 辩护人 辩护律师 代理律师 承办人 经办人 联系人 填报人 填表人 咨询人 发言人 提问人 记录人 责任人 负责人 主办人
监狱长 监区长 所长 副所长 司法所长 司法所工作人员 工作人员 社工 专职社工 网格员 村支书 村主任 主任 书记 局长 副局长 庭长 处长 科长 医生 主治医师 医师 法医 鉴定人 见证人 翻译 老板 包工头 姓名 真实姓名 曾用名 化名 别名 绰号 名叫 名为 叫做
户主 房东 债权人 债务人 收款人 开户人 车主 驾驶员 司机 肇事者 投案人 自首人 脱逃犯 逃犯 在逃人员 脱管人员 漏管人员 社戒人员 安置帮教对象 帮教对象 对象 犯人 囚犯 老犯 犯罪分子 主犯 从犯 首犯 胁从犯 教唆犯 当事人 委托人 受托人 原告人 原告 附带民事诉讼原告人`
	// weakRoles also stand before much that is no name, so the name must be shaped
	// like one and end where a name can end.
	weakRoles = `被告 同案 死者 患者 病人 家属 亲属 近亲属 子女 民警 狱警 干警 警官 警察 辅警 检察官 法官 律师 负责人 责任人 所长 副所长 工作人员 社工 主任 书记 局长 副局长 庭长 处长 科长 医生 医师 法医 翻译 老板 司机 对象 当事人 孙子 父亲 母亲 儿子 女儿 妻子 丈夫 弟弟 妹妹 哥哥 姐姐 女友 男友 前妻 前夫 配偶 之子 之女 之妻 之父 之母 监狱长 监区长 村主任 奶奶 爷爷 外公 外婆 岳父 岳母 联系人 原告 车主 房东 其近亲属 其亲属 其家属 罪犯家属 罪犯亲属 当事人 委托人 受托人 犯罪分子 化名 绰号 别名 监护人 法定代理人 三类犯 三类罪犯`
	// titleWords follow a name: 王建国法官.
	titleWords = `法官 检察官 民警 警官 律师 主任 所长 同志 老师 教授 处长 科长 书记 局长 庭长 监狱长 监区长 教导员 医生 院长 检察长 厅长 支队长 大队长 政委 队长 先生 女士 同犯 代表 某案`
	// afterWords often follow a name and never end one.
	afterWords = `因 在 的 于 与 和 及 是 系 被 已 从 向 对 将 入 服 判 犯 患 减 假 暂 脱 表 提 申 病 死 以 由 到 至 等 均 也 都 还 不 没 未 应 要 想 说 称 认 拒 逃 失 外 请 其 该 此 现 男 女 两 为 把 让 使 给 跟 按 就 又 才 再 则 且 但 仅 只 属 住 户 确 身 本人 名下 一家 一直 一案 一人 一审 二审 先后 当庭 当场 自 自愿 自称 自首 自杀 自伤 经 曾 有 无 可 可能 能 会 虽 若 如 如果 每 每月 原 原判 原系 刑满 刑期 年 月 所 案 交 缴 欠 名 家 家属 家里 家庭 妻子 父亲 母亲 儿子 父母 违规 违反 违法 多次 两次 长期 近 近年 目前 今年 去年 前 后 时 之 同 同意 另 另外 作 作为 做 做出 出 出现 出监 出所 报 报到 报告 送 送医 收 收监 释 释放 改造 考核 计分 表现 罪 刑 狱 监 监区 离 离开 走 来 去 去年 打 电话 手机 骂 哭 闹 年满 年龄 身患 身体 下落 下午 上午 突发 突然 获 获得 取得 参加 参与 接受 履行 执行 生 生于 出生 写 写信 签 签字 拿 借 借款 赔 赔偿 退 退赃 持 携 携带 偷 盗窃 诈骗 贩毒 抢劫 故意 涉嫌 涉案 受 受伤 受到 需 需要 必须 得 得知 听 看 找 问 希望 反映 陈述 供述 检举 举报 立功 悔罪 悔过 上诉 申诉 委托 担任 负责 协助 帮助 配合 联系 通知 告知 承办 经办 主审 审理 当时 此前 此后 随后 后来 最终 至今 仍 仍然 始终 无法 无力 不能 不服 不愿 未能 未按 擅自 私自 伙同 结伙 共同 分别 同时 以及 或 或者`
	// never are characters that no given name has.
	never = `的了在是和与及或把被将对因为但则即也都就很最更不没未无要该须需此各每某这那哪谁何怎么吗呢吧啊们个些件次后内外下刑罪犯狱监判罚款病死述称供到至由让使给跟按已系处置问题服执申请诉讼减释患等其所以向你我他她它您咱并而且于会说话者吃喝拉打骂哭找拿看听做去走跑住`
	// anonymous are the characters that stand for a part of a name left out.
	anonymous = `某xX×✕╳*＊△○〇◯口□_`
)

func newWords(t *lexicon.Tables) *words {
	w := &words{
		surname: map[rune]bool{}, compound: map[string]bool{}, given: map[rune]bool{},
		plain: &node{}, after: &node{}, roles: &node{}, titles: &node{},
	}
	singles, pairs, _ := strings.Cut(strings.TrimSpace(surnameTable), "\n")
	for _, r := range singles {
		w.surname[r] = true
	}
	for _, pair := range strings.Fields(pairs) {
		w.compound[pair] = true
	}
	for _, r := range givenTable {
		w.given[r] = true
	}
	for line := range strings.Lines(wordTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.Fields(line) {
			if len([]rune(word)) > 1 {
				w.plain.add(word, nil)
			}
		}
	}
	for _, term := range t.Terms {
		if word := citation.FoldString(term.Word); len([]rune(word)) > 1 {
			w.plain.add(word, nil)
		}
	}
	weak := &person{} // marks a weak role in the trie
	weakSet := strings.Fields(weakRoles)
	for _, word := range strings.Fields(roleWords) {
		if slices.Contains(weakSet, word) {
			w.roles.add(word, weak)
		} else {
			w.roles.add(word, nil)
		}
	}
	for _, word := range strings.Fields(titleWords) {
		w.titles.add(word, nil)
	}
	for _, word := range strings.Fields(afterWords) {
		w.after.add(word, nil)
	}
	return w
}

// isName is true for what a name column or speaker's turn gave if it is a
// person's name and not 无, a unit or an anonymised form.
func (w *words) isName(r []rune) bool {
	if len(r) < 2 || len(r) > 20 {
		return false
	}
	for i, x := range r {
		if strings.ContainsRune(anonymous, x) && !letter(x) {
			return false
		}
		if !isHan(x) && x != '·' || x == '·' && (i == 0 || i == len(r)-1) {
			return false
		}
	}
	if slices.Contains(r, '·') {
		return true
	}
	if len(r) > 4 || w.plain.match(r, 0) >= len(r) || strings.ContainsRune("院局所部处科室厅队狱庭省市县区组会办", r[len(r)-1]) && len(r) > 2 && !w.surname[r[0]] {
		return false
	}
	switch string(r) {
	case "匿名", "没有", "不详", "保密", "同上", "不愿", "略", "未填", "姓名", "学员", "代表", "全体", "佚名":
		return false
	}
	return true
}

// spreads is true for a name that may be masked wherever it stands: one that is
// no everyday word. 高明 is masked only after a word such as 罪犯.
func (w *words) spreads(r []rune) bool {
	if len(r) > 2 {
		return w.plain.match(r, 0) < len(r)
	}
	return !commonPairs[string(r)] && w.plain.match(r, 0) == 0
}

// commonPairs are two-character names that are words too.
var commonPairs = func() map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(`高明 文静 安宁 安静 和平 高峰 高兴 高飞 黄金 马力 张力 向阳 方正 方圆 成功 成果 石头 白雪 金星 金牌 江山 江河 海洋 雷电 雷雨 林立 林海 水平 万里 万方 任意 任性 常青 常理 程度 严明 严谨 严肃 康健 康宁 宁静 华丽 温柔 温暖 明亮 明月 明星 安康 宋代 唐朝 高强 高大 高原 高山 高低 时光 时刻 时新 单纯 单一 全力 全新 管用 田野 田园 毛利 毛笔 金刚 金鱼 熊猫 龙虎 龙王 马达 马戏 牛仔 关联 关心 钱财 施展 连接 连通 路灯 路标 车轮 祝福 古典 古老 盛夏 盛开 简明 景色 景象 项链 边界 燕子 强盛 强大 平安 平等 平和 国家 门前`) {
		m[word] = true
	}
	return m
}()

// roles masks the names that follow words such as 罪犯 and 其妻, those before a
// title, and those that open a person's particulars (王建国，男，…).
func (p *pass) roles() {
	w := p.d.m.words
	for i := 0; i < len(p.r); i++ {
		if p.taken[i] {
			continue
		}
		if (p.r[i] == ',' || p.r[i] == '(') && i+1 < len(p.r) {
			p.beforeGender(i)
			continue
		}
		if i == 0 || !isHan(p.r[i-1]) {
			p.beforeTitle(i)
		}
		if letter(p.r[i]) && (i == 0 || !letter(p.r[i-1])) {
			p.english(i)
			continue
		}
		weak, end := w.roles.longest(p.r, i)
		if end == i {
			continue
		}
		p.afterRole(end, weak != nil)
	}
}

// afterRole masks the names at rune i, after a role.
func (p *pass) afterRole(i int, weak bool) {
	k := p.spacesAt(i)
	said := false // a colon, or a word such as 叫, says that a name comes
	if k < len(p.r) && p.r[k] == ':' {
		said = true
		k = p.spacesAt(k + 1)
	}
	for _, word := range []string{"姓名:", "名叫", "叫做", "名为", "叫"} {
		if p.has(k, word) {
			said = true
			k = p.spacesAt(k + len([]rune(word)))
			break
		}
	}
	quote := k < len(p.r) && strings.ContainsRune("(“\"‘「", p.r[k])
	if quote {
		k++
	}
	for range 20 {
		end := p.nameAt(k, weak && !said)
		if end == k {
			return
		}
		name := withoutSpaces(p.r[k:end])
		if !p.add(k, end, Name, name) {
			return
		}
		// 罪犯王建国、李明和赵小军
		next := end
		if p.has(next, "(") {
			for next < len(p.r) && next-end < 20 && p.r[next] != ')' {
				next++
			}
			next++
		}
		if next >= len(p.r) || !strings.ContainsRune("、和与及", p.r[next]) {
			return
		}
		joined := p.r[next] != '、'
		k = next + 1
		weak, said = weak || joined, false
	}
}

func withoutSpaces(r []rune) []rune {
	if !slices.Contains(r, ' ') {
		return slices.Clone(r)
	}
	return slices.DeleteFunc(slices.Clone(r), func(x rune) bool { return x == ' ' })
}

// nameAt is the end of the name that begins at rune i, i when none does.
func (p *pass) nameAt(i int, weak bool) int {
	w := p.d.m.words
	if i >= len(p.r) || !isHan(p.r[i]) || p.taken[i] {
		return i
	}
	if end := p.dotted(i); end > i {
		return end
	}
	surname := 1
	if i+1 < len(p.r) && w.compound[string(p.r[i:i+2])] {
		surname = 2
	} else if !w.surname[p.r[i]] {
		return i
	}
	k := i + surname
	if k < len(p.r) && strings.ContainsRune(anonymous, p.r[k]) {
		return i
	}
	// 王 刚, as forms write names of two characters.
	if surname == 1 && k+1 < len(p.r) && p.r[k] == ' ' && isHan(p.r[k+1]) && !p.taken[k+1] && p.usual(p.r[k+1]) && p.follows(k+2) == sure {
		return k + 2
	}
	if w.plain.match(p.r, i) > i {
		return i
	}
	if k >= len(p.r) || !isHan(p.r[k]) || p.taken[k] || strings.ContainsRune(never, p.r[k]) {
		return i
	}
	short, long := k+1, k+1
	if k+1 < len(p.r) && isHan(p.r[k+1]) && !p.taken[k+1] && !strings.ContainsRune(never, p.r[k+1]) && !strings.ContainsRune(anonymous, p.r[k+1]) {
		long = k + 2
	}
	if k+1 < len(p.r) && strings.ContainsRune(anonymous, p.r[k+1]) && !isHanWord(p.r[k+1]) {
		return i
	}
	fs, fl := p.follows(short), p.follows(long)
	end := short
	switch {
	case long == short:
	case fl == sure && !p.wordAt(short, long):
		end = long
	case fs >= likely && p.wordAt(short, short+2) && fl < likely:
	case fl >= likely && p.usual(p.r[k+1]):
		end = long
	case fs >= likely:
	default:
		if p.usual(p.r[k+1]) {
			end = long
		}
	}
	plausible := p.usual(p.r[k]) || end == long && long > short && p.usual(p.r[k+1])
	if p.follows(end) == unlikely {
		if weak || !plausible {
			return i
		}
		if end == short && !p.usual(p.r[k]) {
			return i
		}
	}
	if weak && !plausible {
		return i
	}
	return end
}

func isHanWord(r rune) bool { return r == '口' || r == '某' }

type certainty int

const (
	unlikely certainty = iota
	likely
	sure
)

// follows says how well a name can end before rune i.
func (p *pass) follows(i int) certainty {
	if i >= len(p.r) || !isHan(p.r[i]) || p.taken[i] {
		return sure
	}
	w := p.d.m.words
	if w.after.match(p.r, i) > i || w.plain.match(p.r, i) > i || w.titles.match(p.r, i) > i {
		return likely
	}
	return unlikely
}

// wordAt is true when a word of two or more characters begins at rune i and
// goes beyond it, so that the name ends before.
func (p *pass) wordAt(i, min int) bool {
	w := p.d.m.words
	return w.after.match(p.r, i) > min-1 && w.after.match(p.r, i)-i >= 2 || w.plain.match(p.r, i)-i >= 2
}

// usual is true for characters that given names are made of.
func (p *pass) usual(r rune) bool {
	return p.d.m.words.given[r] || r > 0x9FFF || r < 0x4E00
}

// transliterated are characters that names such as 阿布都拉·买买提 are written in.
const transliterated = `阿布都拉买提江汗古丽克孜木吐尔逊依明艾力热西玉素甫努尔麦合吾斯曼沙吉库尼亚孜库尔班买尔旦帕提曼祖合热哈米凯赛卡地塔伊米肉则萨迪达吾力苏莱曼约麻哈什巴特那加央金卓玛次仁扎措洛桑旦增格多顿珠旺堆德白平边罗曲英才让吉先南嘎觉乃贡色登巴德勒其额日图音花娜琴额尔登呼和苏德木仁包青山宝力高特格乐乌兰齐日麦海子莫友各石伍牛呷曲比尔支妞沙罗阿作惹日坡木基且沙马黑吉克鲁海来`

// dotted is the end of a name written with middle dots at rune i.
func (p *pass) dotted(i int) int {
	k := i
	for k < len(p.r) && k-i <= 8 && isHan(p.r[k]) && !p.taken[k] {
		k++
	}
	if k == i || k-i > 8 || k+1 >= len(p.r) || p.r[k] != '·' || !isHan(p.r[k+1]) {
		return i
	}
	end := i
	for k < len(p.r) && p.r[k] == '·' {
		from := k + 1
		k = from
		for k < len(p.r) && k-from < 10 && isHan(p.r[k]) && !p.taken[k] && (strings.ContainsRune(transliterated, p.r[k]) || k == from) &&
			!(k > from+1 && p.d.m.words.after.match(p.r, k)-k >= 2) {
			k++
		}
		if k == from {
			break
		}
		end = k
	}
	return end
}

// beforeGender masks the name before ，男， whose comma or bracket is at rune i.
func (p *pass) beforeGender(i int) {
	k := p.spacesAt(i + 1)
	if k >= len(p.r) || p.r[k] != '男' && p.r[k] != '女' || k+1 < len(p.r) && !strings.ContainsRune(",、) ;。汉回满", p.r[k+1]) {
		return
	}
	start := i
	for start > 0 && i-start < 16 && (isHan(p.r[start-1]) || p.r[start-1] == '·') && !p.taken[start-1] {
		start--
	}
	if start < i && slices.Contains(p.r[start:i], '·') {
		if end := p.dotted(start); end == i {
			p.add(start, i, Name, withoutSpaces(p.r[start:i]))
		}
		return
	}
	if i-start > 4 || i-start < 2 {
		// 社区矫正对象王建国，男: the role was seen to already.
		return
	}
	if p.nameAt(start, true) == i {
		p.add(start, i, Name, withoutSpaces(p.r[start:i]))
	}
}

// beforeTitle masks a name of three or four characters at rune i that a title
// follows: 王建国法官.
func (p *pass) beforeTitle(i int) {
	w := p.d.m.words
	if i >= len(p.r) || !w.surname[p.r[i]] && !(i+1 < len(p.r) && w.compound[string(p.r[i:min(i+2, len(p.r))])]) {
		return
	}
	size := 3
	if i+1 < len(p.r) && w.compound[string(p.r[i:i+2])] {
		size = 4
	}
	end := i + size
	if end > len(p.r) || w.titles.match(p.r, end) == end || w.plain.match(p.r, i) > i {
		return
	}
	for _, r := range p.r[i+1 : end] {
		if !isHan(r) || strings.ContainsRune(never, r) || !p.usual(r) {
			return
		}
	}
	if w.plain.match(p.r, i+1) > i+2 || w.plain.match(p.r, i+2) > end {
		return
	}
	p.add(i, end, Name, slices.Clone(p.r[i:end]))
}

// alone is true when a learnt name at runes i to end stands for itself and is
// not a piece of other words.
func (p *pass) alone(i, end int) bool {
	if !p.free(i, end) {
		return false
	}
	if letter(p.r[i]) {
		return (i == 0 || !letter(p.r[i-1])) && (end == len(p.r) || !letter(p.r[end]))
	}
	if end-i > 2 {
		return true
	}
	w := p.d.m.words
	// A word that begins before the name and ends in it, or begins in it and
	// ends after it, is not this person.
	for from := max(0, i-3); from < i; from++ {
		if w.plain.match(p.r, from) > i {
			return false
		}
	}
	for from := i + 1; from < end; from++ {
		if w.plain.match(p.r, from) > end {
			return false
		}
	}
	return w.plain.match(p.r, i) <= i
}
