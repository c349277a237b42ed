package intake

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// decodePlain reads plain text: minutes, or messages pasted from WeChat.
func (r *reading) decodePlain(src io.Reader) error {
	lines, err := r.readLines(src)
	if err != nil {
		return err
	}
	sample := make([]string, 0, 400)
	for _, l := range lines[:min(len(lines), 2000)] {
		sample = append(sample, l.text)
	}
	if chatLines(strings.Join(sample, "\n")) >= 2 || hasSolitaire(sample) {
		r.is(FormatChat)
		return r.readChat(lines)
	}
	r.is(FormatText)
	return r.readDocument(lines)
}

// readLines holds the document's lines, at most DocumentBytes of them. A line
// beyond the limit of a cell is cut and rejected on its own.
func (r *reading) readLines(src io.Reader) ([]docLine, error) {
	br := bufio.NewReaderSize(contextReader{src, r}, 64<<10)
	var lines []docLine
	var total int64
	for num := 1; ; num++ {
		var line []byte
		long := false
		var err error
		for {
			var part []byte
			part, err = br.ReadSlice('\n')
			if len(line)+len(part) <= r.d.limits.CellBytes {
				line = append(line, part...)
			} else {
				long = true
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if long {
			src := r.source()
			src.Row = num
			if err := r.reject(src, feedback.RejectTooLarge, "本行超过"+sizeWords(int64(r.d.limits.CellBytes))+"，未读取，请分段后重新提交。", ""); err != nil {
				return nil, err
			}
		} else if text := strings.TrimPrefix(strings.TrimRight(string(line), "\r\n"), "\ufeff"); strings.TrimSpace(text) != "" {
			lines = append(lines, docLine{num: num, text: text})
			if total += int64(len(text)); total > r.d.limits.DocumentBytes {
				return nil, refuse(feedback.RejectTooLarge, "文字超过%s，请分为几个文件后重新提交。", sizeWords(r.d.limits.DocumentBytes))
			}
		}
		if err != nil {
			return lines, nil
		}
	}
}

var (
	// 张三 2022/6/15 9:03:21; 江苏监狱-李四 6月15日 上午 9:03; 王五 9:03
	chatHead = regexp.MustCompile(`^(.{1,40}?)[ \t　]*[：:]?[ \t　]+((?:(?:20[0-9]{2}[-/.年])?[0-9]{1,2}[-/.月][0-9]{1,2}日?|昨天|今天|前天|星期[一二三四五六日天]|周[一二三四五六日])?[ \t　]*(?:凌晨|早上|上午|中午|下午|晚上|AM|PM)?[ \t　]*[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?(?:[ \t]*[AP]M)?)[ \t　]*$`)
	// a line of nothing but a time, under a line with the nickname
	chatTime = regexp.MustCompile(`^[—\-–\s]*((?:(?:20[0-9]{2}[-/.年])?[0-9]{1,2}[-/.月][0-9]{1,2}日?|昨天|今天|前天|星期[一二三四五六日天]|周[一二三四五六日])?[ \t　]*(?:凌晨|早上|上午|中午|下午|晚上)?[ \t　]*[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?)[—\-–\s]*$`)
	chatDate = regexp.MustCompile(`^[—\-–=\s]*(20[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?)(?:[ \t　]*(?:星期|周)[一二三四五六日天])?[—\-–=\s]*$`)

	chatSystem = regexp.MustCompile(`^(?:.{0,40}(?:撤回了一条消息|加入了?群聊|邀请.{0,60}加入了?群聊|修改群名为|移出了?群聊|退出了?群聊|拍了拍.*|开启了.*|发起了群收款)|以上是打招呼的内容|以下为新消息|.*聊天记录如下.*|———.*———)$`)
	chatMedia  = regexp.MustCompile(`^\[(?:图片|语音|视频|文件|动画表情|表情|位置|链接|名片|红包|转账|聊天记录|小程序|语音通话|视频通话|视频号)\].{0,60}$`)
	mention    = regexp.MustCompile(`@(?:所有人|全体成员|[^\s@：:，,。]{1,20})(?:[\x{2005}\s]|$)`)
	// A head without a time, as the desktop program pastes it: 单位-姓名: or
	// 姓名（单位）: on a line of its own after a blank one.
	chatNick   = regexp.MustCompile(`^([^\s，。；！？:：]{2,30}[-－—_][^\s，。；！？:：]{1,10}|[^\s，。；！？:：（(]{2,10}[（(][^\s，。；！？:：]{4,40}[）)])[:：]$`)
	mentionAll = regexp.MustCompile(`@(?:所有人|全体成员)[\x{2005}\s]*`)
	solitaire  = regexp.MustCompile(`^#\s*接龙`)
	entry      = regexp.MustCompile(`^([0-9]{1,3})[.．、]\s*(\S.*)$`)
	quoteLine  = regexp.MustCompile(`^[「“"『](?:.{1,30}?[：:])?.*`)
	quoteRule  = regexp.MustCompile(`^[-—–\s]{6,}$`)
	emoji      = regexp.MustCompile(`\[(?:微笑|撇嘴|色|发呆|得意|流泪|害羞|闭嘴|睡|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|囧|抓狂|吐|偷笑|愉快|白眼|傲慢|困|惊恐|憨笑|悠闲|咒骂|疑问|嘘|晕|衰|骷髅|敲打|再见|擦汗|抠鼻|鼓掌|坏笑|右哼哼|鄙视|委屈|快哭了|阴险|亲亲|可怜|笑脸|生病|脸红|破涕为笑|恐惧|失望|无语|嘿哈|捂脸|奸笑|机智|皱眉|耶|吃瓜|加油|汗|天啊|Emm|社会社会|旺柴|好的|打脸|哇|翻白眼|666|让我看看|叹气|苦涩|裂开|嘴唇|爱心|心碎|拥抱|强|弱|握手|胜利|抱拳|勾引|拳头|OK|合十|啤酒|咖啡|蛋糕|玫瑰|凋谢|菜刀|炸弹|便便|月亮|太阳|庆祝|礼物|红包|發|福|烟花|爆竹|猪头|跳跳|发抖|转圈|鲜花|赞)\]`)
)

// chatLines counts lines that head a message.
func chatLines(text string) int {
	n, prev := 0, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if chatHead.MatchString(line) || chatTime.MatchString(line) && prev != "" && utf8.RuneCountInString(prev) <= 30 || chatNick.MatchString(line) {
			n++
		}
		prev = line
	}
	return n
}

func hasSolitaire(lines []string) bool {
	for _, l := range lines {
		if solitaire.MatchString(strings.TrimSpace(l)) {
			return true
		}
	}
	return false
}

// chatReading turns messages into submissions, one per message.
type chatReading struct {
	r       *reading
	sheet   *SheetReport
	setting setting
	nick    string
	date    string
	row     int
	lines   []string
	list    bool // inside #接龙
	apart   bool // a blank line, or none at all, stands before the one being taken
}

func (r *reading) readChat(lines []docLine) error {
	c := &chatReading{r: r, setting: r.setting, sheet: &SheetReport{}}
	at := len(r.report.Sheets)
	r.report.Sheets = append(r.report.Sheets, SheetReport{})
	for i, l := range lines {
		if i&255 == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
		}
		text := strings.TrimSpace(clean(l.text))
		next := ""
		if i+1 < len(lines) {
			next = strings.TrimSpace(clean(lines[i+1].text))
		}
		c.apart = i == 0 || l.num > lines[i-1].num+1
		if err := c.take(l.num, text, next); err != nil {
			return err
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	r.report.Sheets[at] = *c.sheet
	return nil
}

func (c *chatReading) take(num int, text, next string) error {
	if text == "" {
		return nil
	}
	if m := chatNick.FindStringSubmatch(text); m != nil && c.apart && next != "" {
		return c.begin(num, m[1], "")
	}
	if m := chatDate.FindStringSubmatch(text); m != nil {
		if err := c.flush(); err != nil {
			return err
		}
		c.date = dateOf(m[1], 0, false)
		c.setting.date = c.date
		return nil
	}
	if m := chatTime.FindStringSubmatch(text); m != nil {
		// The nickname stood on the line above and was taken for text.
		if len(c.lines) > 0 {
			nick := c.lines[len(c.lines)-1]
			if utf8.RuneCountInString(nick) <= 30 && !sentenceEnd.MatchString(nick) {
				c.lines = c.lines[:len(c.lines)-1]
				return c.begin(num-1, nick, m[1])
			}
		}
		if err := c.flush(); err != nil {
			return err
		}
		c.stamp(m[1])
		return nil
	}
	if m := chatHead.FindStringSubmatch(text); m != nil {
		return c.begin(num, m[1], m[2])
	}
	if chatSystem.MatchString(text) {
		c.r.report.Ignored.Messages++
		return nil
	}
	if solitaire.MatchString(text) {
		if err := c.flush(); err != nil {
			return err
		}
		c.list = true
		return nil
	}
	if c.list {
		if m := entry.FindStringSubmatch(text); m != nil {
			if err := c.flush(); err != nil {
				return err
			}
			return c.entry(num, m[2])
		}
		if len(c.lines) == 0 {
			return nil // the solitaire's own title
		}
	}
	if c.row == 0 {
		c.row = num
	}
	c.lines = append(c.lines, text)
	return nil
}

// begin starts a message by nick.
func (c *chatReading) begin(num int, nick, when string) error {
	if err := c.flush(); err != nil {
		return err
	}
	c.nick, c.row, c.list = strings.TrimRight(strings.TrimSpace(nick), "：:"), num, false
	c.stamp(when)
	return nil
}

func (c *chatReading) stamp(when string) {
	year := c.setting.year
	if c.date != "" {
		year = atoi4(c.date)
	}
	if on := dateOf(when, year, false); on != "" {
		c.setting.date = on
	}
}

func atoi4(date string) int {
	n := 0
	for _, b := range []byte(date[:min(4, len(date))]) {
		n = n*10 + int(b-'0')
	}
	return n
}

// entry is one line of a #接龙: 1. 张三 江苏监狱：……
func (c *chatReading) entry(num int, text string) error {
	c.row = num
	if name, unit, rest, ok := c.r.speaker(text); ok {
		c.nick = strings.TrimSpace(name + " " + unit)
		c.lines = []string{rest}
		return nil
	}
	if head, rest, ok := cutColon(text); ok {
		if _, known := c.r.d.depts.unit(head); (known || provincePrefix(head) != "" || looksLikePerson(firstPiece(head))) && utf8.RuneCountInString(head) <= 30 {
			c.nick, c.lines = head, []string{rest}
			return nil
		}
	}
	// 张三 意见……: a name, a space, and what was said
	if head, rest, ok := strings.Cut(text, " "); ok && looksLikePerson(head) {
		c.nick, c.lines = head, []string{strings.TrimSpace(rest)}
		return nil
	}
	c.nick, c.lines = "", []string{text}
	return nil
}

func cutColon(s string) (head, rest string, ok bool) {
	i := strings.IndexAny(s, "：:")
	if i <= 0 {
		return "", "", false
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+size:]), true
}

// flush yields the message collected so far. Quoted messages were said by
// someone else and are dropped; emoji and mentions carry nothing.
func (c *chatReading) flush() error {
	if len(c.lines) == 0 {
		return nil
	}
	lines, nick, row := c.lines, c.nick, c.row
	c.lines = nil
	c.row = 0
	r := c.r
	lines = withoutQuote(lines)
	var kept []string
	media := 0
	for _, l := range lines {
		if chatMedia.MatchString(l) {
			media++
			continue
		}
		l = emoji.ReplaceAllString(l, "")
		l = mentionAll.ReplaceAllString(l, "")
		l = strings.TrimSpace(mention.ReplaceAllString(l, ""))
		if l != "" {
			kept = append(kept, l)
		}
	}
	c.sheet.Rows++
	r.report.RowsIn++
	src := r.source()
	src.Row, src.Column = row, "发言"
	text := strings.Join(kept, "\n")
	if media > 0 && text == "" {
		r.report.Ignored.Messages++
		c.sheet.Rejects++
		return r.reject(src, feedback.RejectEmpty, "图片、语音或文件无法读取，请将其中内容转成文字后补交。", "")
	}
	if len(text) > r.d.limits.CellBytes {
		c.sheet.Rejects++
		return r.reject(src, feedback.RejectTooLarge, "这条消息超过"+sizeWords(int64(r.d.limits.CellBytes))+"，未读取，请分段后重新提交。", "")
	}
	if r.d.Empty(text) && !SameAsAbove(text) {
		c.sheet.Rejects++
		return r.reject(src, feedback.RejectEmpty, emptyMend(text), text)
	}
	s := feedback.Submission{Source: src, Text: text}
	s.Name, s.Unit = r.nickname(nick)
	if s.Unit == "" && nick != "" {
		// The nickname may be all there is to tell the department from.
		if p := provincePrefix(nick); p != "" {
			s.Province = p
		}
	}
	if s.Unit == "" {
		if n, u, rest, ok := r.speaker(text); ok && u != "" {
			s.Name, s.Unit, s.Text = n, u, rest
		}
	}
	c.sheet.Texts++
	if err := r.place(&s, c.setting); err != nil {
		return err
	}
	return r.yield(s)
}

// withoutQuote drops a message that is quoted before the reply: 「李四：……」 and
// the rule of dashes under it.
func withoutQuote(lines []string) []string {
	for i, l := range lines {
		if quoteRule.MatchString(l) && i > 0 && quoteLine.MatchString(lines[0]) {
			return lines[i+1:]
		}
	}
	if len(lines) > 1 && strings.HasPrefix(lines[0], "「") && strings.HasSuffix(lines[0], "」") {
		return lines[1:]
	}
	return lines
}

// nickname reads name and unit from a nickname: 江苏监狱-李四, 张三（南京中院）.
func (r *reading) nickname(nick string) (name, unit string) {
	for part := range strings.FieldsFuncSeq(nick, func(r rune) bool { return strings.ContainsRune("-_—–·|/／（）()【】[] 　+＋@", r) }) {
		switch {
		case unit == "" && r.isUnit(part):
			unit = part
		case unit != "" && r.isUnit(part) && !looksLikePerson(part):
			unit += part
		case name == "" && looksLikePerson(part):
			name = part
		}
	}
	if name == "" && unit == "" {
		name = strings.TrimSpace(nick)
	}
	return name, unit
}
