package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// docLine is a paragraph of a document or a line of a plain text.
type docLine struct {
	num     int    // 1-based, blank ones counted
	text    string // with its automatic numbering written out
	heading bool   // in a heading style
	table   *table // a table that stands here, else nil
}

var (
	speakerBracket = regexp.MustCompile(`^([\p{Han}·•]{2,10}|[A-Za-z][A-Za-z .]{1,30})\s*[（(]([^（）()]{2,50})[）)]\s*(?:同志|发言|提问)?\s*[：:]\s*`)
	speakerUnit    = regexp.MustCompile(`^([\p{Han}A-Za-z0-9]{2,30}?(?:院|局|监狱|所|厅|处|支队|总队|大队|中心|庭|部|室|司|管教所))\s*[-—·\s]*\s*([\p{Han}]{2,4})(?:同志|检察官|法官|警官|监狱长|所长|处长|主任|科长|庭长|厅长|局长|老师)?\s*[：:]\s*`)
	speakerName    = regexp.MustCompile(`^(主持人|提问人|发言人[A-Z0-9一二三四五六七八九十]?|学员[A-Z0-9一二三四五六七八九十甲乙丙丁]?|[\p{Han}]某{1,2}[甲乙丙丁]?|[\p{Han}]{2,4})(?:同志|检察官|法官|警官|老师)?\s*[：:]\s*`)
	asker          = regexp.MustCompile(`^(?:提?问|问题?[0-9一二三四五六七八九十]{1,2}|学员提问)\s*[：:]\s*`)
	speakerPlace   = regexp.MustCompile(`^([\p{Han}]{4,30}(?:院|局|监狱|所|厅|处|支队|总队|大队|中心|庭|管教所))\s*[：:]\s*`)
	answerer       = regexp.MustCompile(`^(?:答|答复|解答|回答|答疑|老师答|专家答|答[0-9一二三四五六七八九十]{1,2}|授课老师答复?|现场答复)\s*[：:]\s*`)
	metadata       = regexp.MustCompile(`^(?:时间|地点|主持人?|主持|参会人员|参加人员|参加单位|出席|列席|缺席|记录人?|记录整理|整理人?|主题|会议名称|会议主题|研讨主题|承办单位|主办单位|参训人员|日期|培训时间|培训地点|研讨时间|研讨地点)\s*[：:]`)
	kindHeading    = regexp.MustCompile(`^(?:[一二三四五六七八九十]{1,2}、|[（(][一二三四五六七八九十]{1,2}[）)]|[0-9]{1,2}[.．、])?\s*(?:学员)?(?:反映的?|提出的?|存在的?|主要|突出|有关|相关|工作|对策|几点|下一步|改进|意见)?(?:和|与|及|、)?(?:问题|困难|疑问|意见|建议)(?:(?:和|与|及|、)(?:问题|意见|建议))?\s*[：:]?$`)
	sentenceEnd    = regexp.MustCompile(`[。！？!?；;…]["”』」）)]?$`)
)

// notNames are words that look like a surname and a given name before a colon.
var notNames = map[string]bool{}

func init() {
	for w := range strings.FieldsSeq(`问题 意见 建议 例如 比如 方面 于是 经验 成效 高院 时间 关于 万一 常见 明确 安排 平时 任务 程序 马上
		项目 应当 向上 全省 水平 毛病 金额 凡是 支持 管理 路径 和解 言论 单位 查询 解答 强调 包括 连续 习惯 武警 左右 地点 主持 记录 整理
		答复 回答 结论 理由 依据 案情 案例 背景 原因 对策 措施 说明 备注 附件 注意 总结 小结 认为 观点 现状 做法 难点 焦点 争议 情况
		一是 二是 三是 首先 其次 再次 最后 另外 此外 同时 因此 所以 综上 其中 如下 具体 其他 罪犯 法院 监狱 检察院 公安 司法局 看守所
		主题 内容 目的 意义 标题 摘要 关键词 要求 范围 条件 标准 流程 步骤 方法 方式 后果 影响 困难 疑问 困惑 体会 收获 心得 提问`) {
		notNames[w] = true
	}
}

const surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊甄曲封芮储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾沙养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖付代邸"

// isMetadata finds 时间：, 地点：, 主持人：张三 at the top of minutes; a host who
// says something is a speaker.
func isMetadata(text string) bool {
	if !metadata.MatchString(text) {
		return false
	}
	return !strings.HasPrefix(text, "主持") || utf8.RuneCountInString(text) <= 16 && !sentenceEnd.MatchString(text)
}

// speaker reads who speaks from the start of a line: 张某某（江苏省监狱局）：.
// rest is what was said on the same line.
func (r *reading) speaker(text string) (name, unit, rest string, ok bool) {
	line := text
	if lead := leadOrdinal.FindString(line); lead != "" {
		line = line[len(lead):]
	}
	first := firstLine(line)
	if m := speakerBracket.FindStringSubmatchIndex(first); m != nil {
		name, unit = first[m[2]:m[3]], first[m[4]:m[5]]
		if !notNames[name] && kindOf(name) == "" && (looksLikePerson(name) || r.isUnit(unit)) {
			return name, strings.TrimSpace(firstPiece(unit)), line[m[1]:], true
		}
		// 江苏省监狱局（张某某）：
		if r.isUnit(name) && looksLikePerson(unit) {
			return unit, name, line[m[1]:], true
		}
		return "", "", "", false
	}
	if m := speakerUnit.FindStringSubmatchIndex(first); m != nil {
		unit, name = first[m[2]:m[3]], first[m[4]:m[5]]
		if r.isUnit(unit) && looksLikePerson(name) {
			return name, unit, line[m[1]:], true
		}
	}
	if m := speakerPlace.FindStringSubmatchIndex(first); m != nil && r.isUnit(first[m[2]:m[3]]) {
		return "", first[m[2]:m[3]], line[m[1]:], true
	}
	if m := speakerName.FindStringSubmatchIndex(first); m != nil {
		name = first[m[2]:m[3]]
		switch {
		case strings.HasPrefix(name, "主持人"), strings.HasPrefix(name, "提问人"), strings.HasPrefix(name, "发言人"), strings.HasPrefix(name, "学员"), strings.Contains(name, "某"):
			return name, "", line[m[1]:], true
		case looksLikePerson(name) && utf8.RuneCountInString(name) <= 3:
			return name, "", line[m[1]:], true
		}
		if r.isUnit(name) {
			return "", name, line[m[1]:], true
		}
	}
	return "", "", "", false
}

// isUnit says whether a name is that of a unit of one of the departments or of
// a place.
func (r *reading) isUnit(s string) bool {
	s = squeeze(s)
	if _, ok := r.d.depts.unit(s); ok {
		return true
	}
	if _, ok := r.d.depts.exact[s]; ok {
		return true
	}
	return provincePrefix(s) != ""
}

// firstPiece is a bracket's unit without the speaker's post: 江苏省监狱局，处长.
func firstPiece(s string) string {
	if i := strings.IndexAny(s, "，,、；; 　"); i > 0 {
		return s[:i]
	}
	return s
}

func looksLikePerson(s string) bool {
	if strings.Contains(s, "某") || strings.ContainsAny(s, "·•") {
		return true
	}
	if strings.IndexFunc(s, func(r rune) bool { return r > 0x7f }) < 0 {
		return s != ""
	}
	n := utf8.RuneCountInString(s)
	first, _ := utf8.DecodeRuneInString(s)
	return n >= 2 && n <= 4 && strings.ContainsRune(surnames, first) && !notNames[s]
}

// docReading turns the paragraphs of a document into submissions: one per
// speaker's turn, and where nobody is named one per paragraph or list.
type docReading struct {
	r       *reading
	setting setting
	heading string
	kind    feedback.Kind
	sheet   *SheetReport
	tables  int

	turn  *feedback.Submission // being collected
	lines []string
	reply bool // lines belong to the turn's reply
	list  bool // the block is a list rather than a turn
	began bool // some content has been read: titles are over
}

// readDocument reads lines in order. settings found in headings apply to what
// follows.
func (r *reading) readDocument(lines []docLine) error {
	d := &docReading{r: r, setting: r.setting, sheet: &SheetReport{}}
	at := len(r.report.Sheets)
	r.report.Sheets = append(r.report.Sheets, SheetReport{})
	for i := range lines {
		if i&255 == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
		}
		if lines[i].table != nil {
			if err := d.flush(); err != nil {
				return err
			}
			d.tables++
			t := *lines[i].table
			t.setting = d.setting
			if d.heading != "" && t.setting.segment == "" {
				t.setting.segment = segmentOf(d.heading)
			}
			sheet, err := r.readTable(t)
			r.report.Sheets = append(r.report.Sheets, sheet)
			if err != nil {
				return err
			}
			continue
		}
		if err := d.take(lines, i); err != nil {
			return err
		}
	}
	if err := d.flush(); err != nil {
		return err
	}
	r.report.Sheets[at] = *d.sheet
	return nil
}

func (d *docReading) take(lines []docLine, i int) error {
	line := lines[i]
	text := clean(line.text)
	if text == "" {
		return nil
	}
	r := d.r
	bare := strings.TrimSpace(leadOrdinal.ReplaceAllString(text, ""))
	runes := utf8.RuneCountInString(text)

	if name, unit, rest, ok := r.speaker(text); ok && !(isMetadata(text) && !d.began) {
		if err := d.flush(); err != nil {
			return err
		}
		d.began = true
		d.start(line.num, "发言", d.kind)
		d.turn.Name, d.turn.Unit = name, unit
		d.turn.Department, d.turn.Province = "", ""
		if rest != "" {
			d.lines = append(d.lines, rest)
		}
		return nil
	}
	if m := asker.FindString(text); m != "" {
		if err := d.flush(); err != nil {
			return err
		}
		d.began = true
		d.start(line.num, "提问", feedback.Question)
		d.lines = append(d.lines, text[len(m):])
		return nil
	}
	if m := answerer.FindString(text); m != "" && d.turn != nil {
		d.reply = true
		d.turn.Reply = strings.TrimSpace(d.turn.Reply + "\n" + text[len(m):])
		return nil
	}
	if !d.began && isMetadata(text) {
		d.metadata(text)
		return nil
	}
	if seg := segmentOf(bare); seg != "" && runes <= 30 && !sentenceEnd.MatchString(text) && (line.heading || runes <= 20 && !strings.ContainsAny(text, "，,")) {
		if err := d.flush(); err != nil {
			return err
		}
		d.setting.segment, d.heading, d.kind = seg, "", ""
		d.title(text)
		return nil
	}
	if line.heading || d.turn == nil && kindHeading.MatchString(text) || d.turn != nil && d.list && kindHeading.MatchString(text) {
		if err := d.flush(); err != nil {
			return err
		}
		d.title(text)
		d.heading, d.kind = "", ""
		if kindHeading.MatchString(text) {
			d.kind = kindOf(text)
		} else if d.began || !trainingWord.MatchString(text) {
			d.heading = bare
		}
		return nil
	}
	if !d.began && runes <= 60 && !sentenceEnd.MatchString(text) && (trainingWord.MatchString(text) || strings.Contains(text, "纪要") ||
		strings.Contains(text, "记录") || strings.Contains(text, "汇总") || strings.Contains(text, "综述")) {
		d.title(text)
		return nil
	}
	if !d.began && i < 10 && dateOf(strings.Trim(text, "（）()"), d.setting.year, false) != "" && runes <= 24 {
		d.metadata(text)
		return nil
	}
	// A line that is nothing but a unit's name speaks for that unit.
	if runes <= 30 && !strings.ContainsAny(text, "，。；：？！,;:?!") && r.unitLine(bare) {
		if err := d.flush(); err != nil {
			return err
		}
		d.began = true
		d.setting.unit = bare
		d.setting.department, d.setting.province = "", ""
		return nil
	}
	d.began = true
	if d.turn != nil && !d.list {
		if d.reply {
			d.turn.Reply += "\n" + text
		} else {
			d.lines = append(d.lines, text)
		}
		return nil
	}
	return d.plain(lines, i, text)
}

// unitLine says whether a whole line is the name of a unit: with a place in
// front and a department told from it.
func (r *reading) unitLine(s string) bool {
	if _, ok := r.d.depts.unit(s); !ok || provincePrefix(s) == "" {
		return false
	}
	return unitEnd.MatchString(s)
}

var unitEnd = regexp.MustCompile(`(?:院|局|监狱|所|厅|处|支队|总队|大队|中心|庭|室|司)$`)

// plain files a paragraph nobody is named for. Numbered paragraphs that follow
// each other are one list; paragraphs between two numbers belong to the upper.
func (d *docReading) plain(lines []docLine, i int, text string) error {
	numbered := isNumbered(text)
	open := d.turn != nil && d.list
	switch {
	case open && numbered && !(startsOver(text) && listDone(d.lines)):
		d.lines = append(d.lines, text)
		return nil
	case open && (introducesList(d.lines) || numberFollows(lines, i)):
		d.lines = append(d.lines, text)
		return nil
	}
	if err := d.flush(); err != nil {
		return err
	}
	d.start(lines[i].num, "正文", d.kind)
	d.list = true
	d.lines = append(d.lines, text)
	if !numbered && !introduces(text) {
		return d.flush()
	}
	return nil
}

func isNumbered(text string) bool {
	m := markers(firstLine(text))
	return len(m) > 0 && m[0].start == 0
}

// startsOver says whether the paragraph is the first of a list.
func startsOver(text string) bool {
	m := markers(firstLine(text))
	return len(m) > 0 && m[0].start == 0 && m[0].ordinal == 1 && m[0].style == styleHan
}

func listDone(lines []string) bool { return len(lines) > 1 && isNumbered(lines[0]) }

func introduces(text string) bool {
	return strings.HasSuffix(text, "：") || strings.HasSuffix(text, ":")
}

func introducesList(lines []string) bool { return len(lines) > 0 && introduces(lines[len(lines)-1]) }

// numberFollows says whether a numbered paragraph other than a first one comes
// before the next heading or speaker.
func numberFollows(lines []docLine, i int) bool {
	for _, l := range lines[i+1 : min(len(lines), i+6)] {
		if l.heading || l.table != nil {
			return false
		}
		t := clean(l.text)
		if t == "" {
			continue
		}
		if m := markers(firstLine(t)); len(m) > 0 && m[0].start == 0 {
			return m[0].ordinal > 1
		}
	}
	return false
}

// start opens a new turn or block.
func (d *docReading) start(num int, column string, kind feedback.Kind) {
	src := d.r.source()
	src.Row, src.Column = num, column
	d.turn = &feedback.Submission{Source: src, Kind: kind, Heading: d.heading}
	d.lines, d.reply, d.list = nil, false, false
}

// title reads what a heading says about the training.
func (d *docReading) title(text string) {
	if y := yearIn(text); y != 0 {
		d.setting.year = y
	}
	if trainingWord.MatchString(text) || yearTerm.MatchString(squeeze(text)) || !d.began {
		if id := trainingOf(text, d.setting.year); id != "" {
			d.setting.training = id
		}
	}
	if seg := segmentOf(text); seg != "" {
		d.setting.segment = seg
	}
}

func (d *docReading) metadata(text string) {
	if y := yearIn(text); y != 0 && d.setting.year == 0 {
		d.setting.year = y
	}
	if on := dateOf(text, d.setting.year, false); on != "" {
		d.setting.date = on
	}
	d.title(text)
}

// flush yields the turn or block collected so far.
func (d *docReading) flush() error {
	if d.turn == nil {
		return nil
	}
	r, s := d.r, *d.turn
	s.Text = strings.TrimSpace(strings.Join(d.lines, "\n"))
	d.turn, d.lines, d.reply, d.list = nil, nil, false, false
	d.sheet.Rows++
	r.report.RowsIn++
	switch {
	case len(s.Text) > r.d.limits.CellBytes:
		d.sheet.Rejects++
		return r.reject(s.Source, feedback.RejectTooLarge, "这一段超过"+sizeWords(int64(r.d.limits.CellBytes))+"，未读取，请分段后重新提交。", s.Text)
	case r.d.Empty(s.Text) && !SameAsAbove(s.Text):
		d.sheet.Rejects++
		return r.reject(s.Source, feedback.RejectEmpty, emptyMend(s.Text), s.Text)
	}
	if err := r.place(&s, d.setting); err != nil {
		return err
	}
	d.sheet.Texts++
	return r.yield(s)
}

// place fills in who and when from the speaker's unit and what stands around.
func (r *reading) place(s *feedback.Submission, set setting) error {
	if s.Unit == "" {
		s.Unit = set.unit
	}
	if s.GivenOn == "" {
		s.GivenOn = set.date
	}
	s.Segment = set.segment
	if s.TrainingID = r.file.TrainingID; s.TrainingID == "" {
		s.TrainingID = set.training
	}
	if s.Province == "" {
		if s.Province = provincePrefix(s.Unit); s.Province == "" {
			s.Province = set.province
		}
	}
	code, known := r.d.depts.unit(s.Unit)
	if !known {
		code, known = r.d.depts.value(s.Unit)
	}
	if !known && s.Unit == set.unit && set.department != "" {
		code, known = set.department, true
	}
	if s.Department = code; !known {
		s.Department = feedback.OtherDept
		return r.note(s.Source, feedback.RejectUnknownDepartment, "未写明发言人单位，部门条线已按“其他”收录，请补写，如“张某某（江苏省监狱局）：”。")
	}
	return nil
}
