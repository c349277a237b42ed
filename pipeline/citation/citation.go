package citation

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// Parser finds citations by the statutes and synonyms of one set of tables. It
// is read-only and safe for concurrent use.
type Parser struct {
	names *names
}

// New prepares the tables for matching.
func New(tables *lexicon.Tables) *Parser { return &Parser{newNames(tables)} }

// Find gives the citations of one item's text, by StartByte and without
// overlaps. It returns nil when there are none. Numbers of single cases are no
// citations; see CaseNumbers.
func (p *Parser) Find(text string) []feedback.Citation {
	return p.FindFolded(text, Fold(text))
}

// FindFolded is Find for a caller that has folded the text already.
func (p *Parser) FindFolded(text string, f Folded) []feedback.Citation {
	s := scan{names: p.names, text: text, f: f, r: f.Runes}
	s.run()
	return s.out
}

// Current translates an article of an older version into the version that the
// table describes, by the table's note: L02@2012#254.5 is L02@2018#265.5 today.
// It is false when nothing moved or the table does not say where to.
func (p *Parser) Current(c feedback.Citation) (feedback.Citation, bool) {
	st := p.names.byID[c.StatuteID]
	if st == nil || c.Version != st.before || c.Article == 0 {
		return c, false
	}
	article, ok := st.moved[[2]int{c.Article, c.Sub}]
	if !ok {
		return c, false
	}
	c.Article, c.Sub, c.Version = article, 0, st.year
	c.Norm = st.id + "@" + c.Version + tail(c)
	return c, true
}

// tail is the part of the normal form from # on.
func tail(c feedback.Citation) string {
	if c.Article == 0 {
		return ""
	}
	out := "#" + strconv.Itoa(c.Article)
	if c.Sub > 0 {
		out += "-" + strconv.Itoa(c.Sub)
	}
	if c.Paragraph > 0 {
		out += "." + strconv.Itoa(c.Paragraph)
	}
	if c.Point > 0 {
		out += "(" + strconv.Itoa(c.Point) + ")"
	}
	return out
}

// target is what a head means: a statute in a version, or a document number.
type target struct {
	s       *statute
	docNo   string // set for a document number
	version string // as the text says; empty for the statute's own
}

// place is an article, paragraph and item.
type place struct{ article, sub, paragraph, point int }

type scan struct {
	names *names
	text  string
	f     Folded
	r     []rune
	out   []feedback.Citation

	floor   int      // runes before it belong to what was found already
	seen    []target // statutes in the order they were meant, last last
	last    place    // place of the last citation, for 该条 and 同款
	aliases []alias  // short names given in this text
}

type alias struct {
	words []rune
	t     target
}

// maxMemory bounds what one text can make the scanner remember, so that time
// stays linear in the text.
const maxMemory = 16

func (s *scan) run() {
	for i := 0; i < len(s.r); {
		next := s.at(i)
		if next <= i {
			next = i + 1
		}
		i = next
	}
}

// at tries every kind of head at rune i and returns where to go on.
func (s *scan) at(i int) int {
	switch s.r[i] {
	case '《':
		return s.title(i, '》')
	case '〈':
		return s.title(i, '〉')
	case '<':
		return s.title(i, '>')
	case '〔', '[', '【', '(', '［', '﹝':
		if start, end, norm, ok := docNumberAt(s.r, i, s.floor); ok {
			if _, _, _, single := instrumentOf(s.r, i, s.floor); single {
				return end
			}
			return s.head(start, end, s.docTarget(norm))
		}
		if _, end, _, ok := caseNumberAt(s.r, i, s.floor); ok {
			return end
		}
		return i
	case '令':
		if start, end, norm, ok := orderAt(s.r, i, s.floor); ok {
			return s.head(start, end, s.docTarget(norm))
		}
	case '检', '指', '入':
		if end, norm, ok := guidingCaseAt(s.r, i); ok {
			s.emit(i, end, target{docNo: norm, s: &statute{}}, place{})
			s.floor = end
			return end
		}
	case '第':
		return s.bareArticle(i)
	}
	if next := s.pointer(i); next > i {
		return next
	}
	if next := s.localAlias(i); next > i {
		return next
	}
	if found, end := s.names.root.longest(s.r, i); found != nil {
		return s.bareName(i, end, found)
	}
	return i
}

func instrumentOf(r []rune, i, floor int) (int, int, string, bool) {
	_, _, norm, ok := caseNumberAt(r, i, floor)
	return 0, 0, norm, ok
}

func (s *scan) docTarget(norm string) target {
	if st := s.names.byDocNo[norm]; st != nil {
		return target{s: st, docNo: norm}
	}
	return target{s: &statute{}, docNo: norm}
}

var (
	// words before a name that say which version is meant.
	versionBefore = regexp.MustCompile(`(?:((?:19|20)[0-9]{2}) ?年? ?(版|新?修[正订改]后?|)的?|(旧版?|原来?|老|修[改订正]前)的?) ?$`)
	// words in brackets after a name or an article that do.
	versionNote  = regexp.MustCompile(`^ ?(?:((?:19|20)[0-9]{2}) ?(?:年|版|年版|年?第?[一二三四五六七八九十]?次?修[正订改](?:版|本)?)?|(旧法?|旧版|旧条文|旧条号|原条文|原条号|修[改订正]前)) ?$`)
	harmlessNote = regexp.MustCompile(`^ ?(?:试行|暂行|现行|新法?|总则|分则|节选|已失效|已废止|征求意见稿|.{0,12}(?:通过|施行|实施|发布|印发)) ?$`)
	aliasWords   = regexp.MustCompile(`(?:以下|下)?(?:统称|简称|称)(?:为|:)? ?[《“"「'〈]{0,2}([\p{Han}0-9]{2,20})[》”"」'〉]{0,2}`)
	printedTitle = regexp.MustCompile(`^(?:关于)?印发[《〈]?(.+?)[》〉]?的?通知$`)
)

// title reads 《…》 from rune i.
func (s *scan) title(i int, closing rune) int {
	depth, end := 0, -1
	opening := s.r[i]
	for j := i; j < len(s.r) && j-i <= 120 && s.r[j] != '\n'; j++ {
		if s.r[j] == opening {
			depth++
		} else if s.r[j] == closing {
			if depth--; depth == 0 {
				end = j
				break
			}
		}
	}
	if end < 0 || end == i+1 {
		return i
	}
	inner := s.r[i+1 : end]
	folded := string(inner)
	key := fullKey(folded)
	if key == "" {
		return i
	}
	t, ok := s.resolve(key, folded)
	if !ok {
		// 《刑法第八十一条》, brackets round the article too.
		if found, after := s.names.root.longest(inner, 0); found != nil {
			if refs, tailEnd := s.places(i+1+after, place{}, false); len(refs) > 0 && tailEnd == end {
				return s.emitAll(i, refs, end+1, target{s: found.s})
			}
		}
		if opening != '《' {
			return i
		}
		t = target{s: &statute{written: s.writtenTitle(i, end), noun: titleNoun(key)}}
		if !normative(key, s.names) {
			// 《检察日报》, 《罪犯体检表》: a document, unless an article follows.
			if refs, _ := s.places(end+1, place{}, false); len(refs) == 0 {
				return end + 1
			}
		} else if generic(key) {
			if refs, _ := s.places(end+1, place{}, false); len(refs) == 0 {
				return end + 1
			}
		}
	}
	return s.head(i, end+1, t)
}

func normative(key string, n *names) bool {
	return titleNoun(key) != "" && !n.notTitle[key]
}

// writtenTitle is a title that the table does not know, as it was written.
func (s *scan) writtenTitle(open, end int) string {
	from, to := s.f.Span(open, end+1)
	return strings.Join(strings.Fields(s.text[from:to]), "")
}

// resolve finds what a title in 《》 means.
func (s *scan) resolve(key, folded string) (target, bool) {
	for k := len(s.aliases) - 1; k >= 0; k-- {
		if fullKey(string(s.aliases[k].words)) == key {
			return s.aliases[k].t, true
		}
	}
	if generic(key) {
		if t, ok := s.lastOf(titleNoun(key)); ok {
			return t, true
		}
	}
	for _, k := range []string{key, shortKey(key)} {
		if st := s.names.byKey[k]; st != nil {
			return target{s: st}, true
		}
	}
	if m := printedTitle.FindStringSubmatch(shortTitle(folded)); m != nil {
		inner := fullKey(m[1])
		for _, k := range []string{inner, shortKey(inner)} {
			if st := s.names.byKey[k]; st != nil {
				return target{s: st}, true
			}
		}
	}
	// 《刑法（2020年修正）》, 《2012年刑事诉讼法》
	if open := strings.LastIndexByte(folded, '('); open > 0 {
		if st := s.names.byKey[fullKey(folded[:open])]; st != nil {
			if v, ok := noteVersion(st, strings.TrimSuffix(folded[open+1:], ")")); ok {
				return target{s: st, version: v}, true
			}
		}
	}
	if m := versionBeforeTitle.FindStringSubmatch(folded); m != nil {
		if st := s.names.byKey[fullKey(m[2])]; st != nil {
			return target{s: st, version: ownOr(st, m[1])}, true
		}
	}
	return target{}, false
}

var versionBeforeTitle = regexp.MustCompile(`^((?:19|20)[0-9]{2})年?版?(.+)$`)

// shortTitle cuts the issuers off a title that keeps its brackets.
func shortTitle(folded string) string {
	for again := true; again; {
		again = false
		for _, issuer := range issuers[:len(issuers)-1] {
			if rest, cut := strings.CutPrefix(folded, issuer); cut {
				folded, again = strings.TrimLeft(rest, "、 "), true
			}
		}
	}
	return folded
}

// ownOr gives "" for the statute's own version.
func ownOr(st *statute, version string) string {
	if version == st.year {
		return ""
	}
	return version
}

// noteVersion reads the words in brackets after a name.
func noteVersion(st *statute, note string) (version string, ok bool) {
	m := versionNote.FindStringSubmatch(note)
	switch {
	case m == nil:
		return "", false
	case m[1] != "":
		return ownOr(st, m[1]), true
	default:
		return st.before, true
	}
}

// lastOf is the statute meant last whose title ends in the noun. 法 also takes
// any statute when no law was named.
func (s *scan) lastOf(noun string) (target, bool) {
	for k := len(s.seen) - 1; k >= 0; k-- {
		if noun == "" || s.seen[k].s.noun == noun {
			return s.seen[k], true
		}
	}
	return target{}, false
}

// bareName reads an alias that stands without 《》.
func (s *scan) bareName(i, end int, found *name) int {
	if !s.boundary(i, end) {
		return i
	}
	if found.needsArticle {
		if refs, _ := s.places(s.skipNotes(end), place{}, false); len(refs) == 0 {
			return i
		}
	}
	return s.head(i, end, target{s: found.s})
}

// boundary is false where an alias is a piece of longer words, as 刑法 is in
// 减刑法律文书 and 监狱法 in 监狱法制科.
func (s *scan) boundary(i, end int) bool {
	if end < len(s.r) && s.r[end-1] == '法' && strings.ContainsRune("律学典院官治规庭制定理益人医警纪宝盲援槌系", s.r[end]) &&
		!hasPrefix(s.r, end, "规定") && !hasPrefix(s.r, end, "制定") {
		return false
	}
	if hasPrefix(s.r, end, "修正案") || hasPrefix(s.r, end, "草案") || hasPrefix(s.r, end, "修订草案") {
		return false
	}
	if s.r[i] == '刑' && end-i == 2 && i > 0 && strings.ContainsRune("减缓死徒判量行主加附重轻缩服获", s.r[i-1]) {
		return false
	}
	if first := s.r[i]; first >= '0' && first <= '9' && i > 0 && s.r[i-1] >= '0' && s.r[i-1] <= '9' {
		return false
	}
	return true
}

// head goes on from a head at runes i to end: notes, aliases, then the tail.
func (s *scan) head(i, end int, t target) int {
	start := i
	if t.docNo == "" {
		if m := versionBefore.FindStringSubmatchIndex(string(s.r[max(s.floor, i-12):i])); m != nil {
			window := string(s.r[max(s.floor, i-12):i])
			group := func(n int) string {
				if m[2*n] < 0 {
					return ""
				}
				return window[m[2*n]:m[2*n+1]]
			}
			version := t.s.before
			if y := group(1); y != "" {
				version = ""
				if group(2) != "" || slices.Contains(t.s.versions, y) {
					version = y
				}
			}
			if version != "" && t.s.id != "" {
				start = i - len([]rune(window[m[0]:]))
				t.version = ownOr(t.s, version)
			}
		}
	}
	at, headEnd := s.notes(end, &t)
	if t.version == "" && t.s.id != "" {
		// 刑诉法旧第254条
		if k := skipSpaces(s.r, at); k+1 < len(s.r) && (s.r[k] == '旧' || s.r[k] == '原') {
			k++
			if hasPrefix(s.r, k, "条号") || hasPrefix(s.r, k, "法") {
				k += 2 - boolInt(s.r[k] == '法')
			}
			if refs, _ := s.places(k, place{}, false); len(refs) > 0 {
				t.version = t.s.before
				at = k
			}
		}
	}
	s.remember(t)
	refs, tailEnd := s.places(at, place{}, false)
	if len(refs) == 0 {
		s.emit(start, headEnd, t, place{})
		s.last = place{}
		s.floor = headEnd
		return s.afterAliases(headEnd)
	}
	return s.emitAll(start, refs, tailEnd, t)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// afterAliases skips a bracket that gave a short name, so that the name is not
// taken for a mention.
func (s *scan) afterAliases(end int) int {
	at := end
	for {
		k := skipSpaces(s.r, at)
		close := s.bracket(k)
		if close < 0 || !aliasWords.MatchString(string(s.r[k:close])) {
			return at
		}
		at = close + 1
	}
}

// bracket is the rune of the bracket that closes the one at rune k, or -1 when
// none opens there or it closes too far on.
func (s *scan) bracket(k int) int {
	if k >= len(s.r) || s.r[k] != '(' {
		return -1
	}
	for j := k + 1; j < len(s.r) && j-k <= 80; j++ {
		switch s.r[j] {
		case ')':
			return j
		case '\n', '(':
			return -1
		}
	}
	return -1
}

// notes reads the brackets after a head: a version, a document number, a short
// name for the rest of the text. at is where the tail may begin; headEnd is
// the end of the head with the notes that belong to it.
func (s *scan) notes(end int, t *target) (at, headEnd int) {
	at, headEnd = end, end
	for range 4 {
		k := skipSpaces(s.r, at)
		close := s.bracket(k)
		if close < 0 {
			break
		}
		note := string(s.r[k+1 : close])
		belongs := false
		if v, ok := noteVersion(t.s, note); ok {
			if t.s.id != "" {
				t.version = v
			}
			belongs = true
		} else if doc := firstDocNumber(s.r, k+1, close); doc != "" {
			if st := s.names.byDocNo[doc]; st != nil && t.s.id == "" {
				t.s = st
			}
			belongs = true
		}
		given := aliasWords.FindStringSubmatch(note)
		if given != nil {
			s.addAlias(given[1], *t)
		}
		if !belongs && given == nil {
			if harmlessNote.MatchString(note) {
				if refs, _ := s.places(close+1, place{}, false); len(refs) > 0 {
					at = close + 1
					continue
				}
			}
			break
		}
		at = close + 1
		if belongs {
			headEnd = at
		}
	}
	// 《…规定》，以下简称《规定》，
	if k := skipSpaces(s.r, at); k < len(s.r) && s.r[k] == ',' {
		window := string(s.r[k+1 : min(len(s.r), k+32)])
		if m := aliasWords.FindStringSubmatchIndex(window); m != nil && m[0] <= 3 {
			s.addAlias(window[m[2]:m[3]], *t)
		}
	}
	return at, headEnd
}

// skipNotes is where a tail may begin after brackets that would be read as notes.
func (s *scan) skipNotes(end int) int {
	at := end
	for range 4 {
		k := skipSpaces(s.r, at)
		close := s.bracket(k)
		if close < 0 {
			break
		}
		at = close + 1
	}
	return at
}

func firstDocNumber(r []rune, from, to int) string {
	for j := from; j < to; j++ {
		if _, end, norm, ok := docNumberAt(r, j, from); ok && end <= to {
			return norm
		}
		if r[j] == '令' {
			if _, end, norm, ok := orderAt(r, j, from); ok && end <= to {
				return norm
			}
		}
	}
	return ""
}

func (s *scan) addAlias(words string, t target) {
	if len(s.aliases) < maxMemory {
		s.aliases = append(s.aliases, alias{[]rune(words), t})
	}
}

func (s *scan) remember(t target) {
	if t.s.id == "" && t.s.written == "" && t.docNo == "" {
		return
	}
	if len(s.seen) == maxMemory {
		s.seen = append(s.seen[:0], s.seen[1:]...)
	}
	s.seen = append(s.seen, t)
}

// localAlias reads a short name given earlier in this text, standing without 《》
// before an article.
func (s *scan) localAlias(i int) int {
	for k := len(s.aliases) - 1; k >= 0; k-- {
		a := s.aliases[k]
		end := i + len(a.words)
		if end > len(s.r) || !slices.Equal(s.r[i:end], a.words) {
			continue
		}
		if refs, tailEnd := s.places(end, place{}, false); len(refs) > 0 {
			s.remember(a.t)
			return s.emitAll(i, refs, tailEnd, a.t)
		}
	}
	return i
}

// pointer reads words that point back: 该条, 同款, 本规定第六条, 上述解释第十条.
func (s *scan) pointer(i int) int {
	if len(s.seen) == 0 {
		return i
	}
	var at int
	switch {
	case hasPrefix(s.r, i, "上述"), hasPrefix(s.r, i, "前述"):
		at = i + 2
	case strings.ContainsRune("该本同此", s.r[i]):
		at = i + 1
	default:
		return i
	}
	if at >= len(s.r) {
		return i
	}
	switch s.r[at] {
	case '条':
		if s.last.article == 0 || hasPrefix(s.r, at, "条例") || s.plainWordAfter(at+1) {
			break
		}
		from := place{article: s.last.article, sub: s.last.sub}
		if refs, end := s.smaller(at+1, from); len(refs) > 0 {
			return s.emitAll(i, refs, end, s.seen[len(s.seen)-1])
		}
		if s.r[i] == '上' || s.r[i] == '前' || hasPrefix(s.r, at, "条件") || hasPrefix(s.r, at, "条款") {
			return i
		}
		return s.emitAll(i, []ref{{from, i, at + 1}}, at+1, s.seen[len(s.seen)-1])
	case '款':
		if s.last.paragraph == 0 || hasPrefix(s.r, at, "款项") {
			return i
		}
		from := place{article: s.last.article, sub: s.last.sub, paragraph: s.last.paragraph}
		if refs, end := s.smaller(at+1, from); len(refs) > 0 {
			return s.emitAll(i, refs, end, s.seen[len(s.seen)-1])
		}
		return s.emitAll(i, []ref{{from, i, at + 1}}, at+1, s.seen[len(s.seen)-1])
	}
	for _, noun := range nouns {
		if !hasPrefix(s.r, at, noun) {
			continue
		}
		end := at + len([]rune(noun))
		t, ok := s.lastOf(titleNoun(noun))
		if !ok {
			return i
		}
		refs, tailEnd := s.places(end, place{}, false)
		if len(refs) == 0 {
			return i
		}
		s.remember(t)
		return s.emitAll(i, refs, tailEnd, t)
	}
	return i
}

// plainWordAfter is true in 该条建议: a remark in a list, no article.
func (s *scan) plainWordAfter(at int) bool {
	for _, w := range []string{"意见", "建议", "问题", "线索", "信息", "反馈", "记录", "数据", "经验"} {
		if hasPrefix(s.r, at, w) {
			return true
		}
	}
	return false
}

// bareArticle reads 第五十条 without a head that the table knows: an article of
// the law named right before it, else of the statute meant last.
func (s *scan) bareArticle(i int) int {
	refs, end := s.places(i, place{}, true)
	if len(refs) == 0 || s.plainWordAfter(end) {
		return i
	}
	if start, title := s.unlisted(i); title != "" {
		t := target{s: &statute{written: "《" + title + "》", noun: titleNoun(title)}}
		s.remember(t)
		return s.emitAll(start, refs, end, t)
	}
	if len(s.seen) == 0 {
		return end
	}
	t := s.seen[len(s.seen)-1]
	// 第一条，… at the start of a sentence counts remarks.
	first := i == 0 || strings.ContainsRune("\n。;!?:", s.r[i-1])
	if first && refs[0].article <= 20 && refs[0].paragraph == 0 && len(refs) == 1 &&
		(end == len(s.r) || strings.ContainsRune(",:、.是 ", s.r[end])) {
		return end
	}
	// 实施细则第三条, 合同第三条: another text's article, unless 规定 stands alone and
	// such a text was meant before.
	if noun, alone, other := s.nounBefore(i); other {
		found, ok := s.lastOf(noun)
		if noun == "" || !alone || !ok {
			return end
		}
		t = found
	}
	s.remember(t)
	return s.emitAll(i, refs, end, t)
}

var otherTexts = []string{
	"合同", "协议", "起诉书", "判决书", "裁定书", "附件", "附表", "手册", "守则", "指南", "讲义", "教材",
}

// nounBefore says whether the words before rune i name another text. noun is
// what kind, empty for texts that are no statutes; alone is true when nothing
// belongs to the noun that would name a particular text.
func (s *scan) nounBefore(i int) (noun string, alone, other bool) {
	for i > 0 && s.r[i-1] == ' ' {
		i--
	}
	window := string(s.r[max(0, i-4):i])
	for _, w := range otherTexts {
		if strings.HasSuffix(window, w) {
			return "", false, true
		}
	}
	for _, n := range nouns {
		if !strings.HasSuffix(window, n) || n == "标准" || n == "制度" || n == "方案" {
			continue
		}
		k := i - len([]rune(n))
		return titleNoun(n), k == 0 || !isHan(s.r[k-1]) || strings.ContainsRune(nameStops, s.r[k-1]), true
	}
	return "", false, false
}

// nameStops are characters before a law's name that are no part of it.
const nameStops = "和与及或据照按依用对参见违反了由在是如以适的该本同此合者于有指嫌后前"

// unlisted reads the name of a law or regulation that the table does not know,
// without 《》, right before the article at rune i: 道路交通安全法第九十一条.
func (s *scan) unlisted(i int) (start int, title string) {
	end := i
	for end > s.floor && s.r[end-1] == ' ' {
		end--
	}
	window := string(s.r[max(s.floor, end-2):end])
	if !strings.HasSuffix(window, "法") && !strings.HasSuffix(window, "条例") && window != "法典" {
		return i, ""
	}
	start = end
	for start > s.floor && end-start < 17 && isHan(s.r[start-1]) && (!strings.ContainsRune(nameStops, s.r[start-1]) || s.r[start-1] == '对' && s.r[start] == '外') {
		start--
	}
	for _, w := range []string{"我国", "现行", "国家"} {
		if hasPrefix(s.r, start, w) && end-start > 5 && !hasPrefix(s.r, start, "国家安全") && !hasPrefix(s.r, start, "国家秘密") && !hasPrefix(s.r, start, "国家监察") {
			start += 2
		}
	}
	title = string(s.r[start:end])
	if size := end - start; size > 14 || size < 3 && title != "宪法" || strings.HasSuffix(title, "办法") || strings.HasSuffix(title, "方法") || strings.HasSuffix(title, "做法") {
		return i, ""
	}
	return start, title
}

// emitAll records a list of places, the first from rune start on, and returns
// where to go on.
func (s *scan) emitAll(start int, refs []ref, end int, t target) int {
	refs[len(refs)-1].end = max(refs[len(refs)-1].end, end)
	// 第254条（旧）, 第二百五十四条（2012年版）
	if close := s.bracket(skipSpaces(s.r, end)); close >= 0 && t.s.id != "" {
		if v, ok := noteVersion(t.s, string(s.r[skipSpaces(s.r, end)+1:close])); ok {
			t.version = v
			if len(s.seen) > 0 {
				s.seen[len(s.seen)-1] = t
			}
			end = close + 1
			refs[len(refs)-1].end = end
		}
	}
	for k, r := range refs {
		from := start
		if k > 0 {
			from = r.start
		}
		s.emit(from, r.end, t, r.place)
		s.last = r.place
	}
	s.floor = end
	// 第265条（旧254条）
	if k := skipSpaces(s.r, end); k+1 < len(s.r) && s.r[k] == '(' && t.s.id != "" && (s.r[k+1] == '旧' || s.r[k+1] == '原') {
		at := k + 2
		if hasPrefix(s.r, at, "条号") {
			at += 2
		} else if hasPrefix(s.r, at, "法") {
			at++
		}
		if olds, oldEnd := s.places(at, place{}, false); len(olds) > 0 {
			old := t
			old.version = t.s.before
			olds[len(olds)-1].end = oldEnd
			for n, r := range olds {
				from := r.start
				if n == 0 {
					from = k + 1
				}
				s.emit(from, r.end, old, r.place)
			}
			s.floor = oldEnd
			return oldEnd
		}
	}
	return end
}

func (s *scan) emit(start, end int, t target, p place) {
	c := feedback.Citation{
		StatuteID: t.s.id, Version: t.version,
		Article: p.article, Sub: p.sub, Paragraph: p.paragraph, Point: p.point,
	}
	if c.Version == "" && t.s.versioned && (t.docNo == "" || p.article > 0) {
		c.Version = t.s.year
	}
	switch {
	case t.docNo != "" && p.article == 0:
		c.Norm = t.docNo
	case t.s.id == "" && t.docNo != "":
		c.Norm = t.docNo + tail(c)
	case t.s.id == "":
		c.Norm = t.s.written + tail(c)
	default:
		c.Norm = t.s.id
		if c.Version != "" {
			c.Norm += "@" + c.Version
		}
		c.Norm += tail(c)
	}
	c.StartByte, c.EndByte = s.f.Span(start, end)
	c.Raw = s.text[c.StartByte:c.EndByte]
	if n := len(s.out); n > 0 && s.out[n-1].EndByte > c.StartByte {
		return
	}
	s.out = append(s.out, c)
}
