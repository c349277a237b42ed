package citation

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"tongtang/pipeline/lexicon"
)

// statute is a row of the table, prepared for matching, or a title the table
// does not know.
type statute struct {
	id        string // empty when unknown
	written   string // title as first written, for unknown ones
	noun      string // 法, 规定, 意见 ...: what a later 《规定》 or 本规定 can mean
	year      string // the version the table describes
	versions  []string
	versioned bool           // article numbers moved between versions, so the version is always written
	before    string         // the version that 旧 means; "旧" when the table does not say
	moved     map[[2]int]int // {old article, 0} to the article of year
}

// name is what an alias or title stands for.
type name struct {
	s            *statute
	needsArticle bool // an everyday phrase unless 《》 or an article says otherwise
}

// names finds statutes by bare alias and by title.
type names struct {
	root     *node
	byKey    map[string]*statute // title keys
	byDocNo  map[string]*statute
	byID     map[string]*statute
	notTitle map[string]bool // documents of the trade that 《》 also surrounds
}

type node struct {
	next map[rune]*node
	end  *name
}

func (n *node) add(alias string, v name) {
	at := n
	for _, r := range alias {
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
	if at.end == nil {
		at.end = &v
	}
}

// longest is the longest alias that begins at rune i.
func (n *node) longest(runes []rune, i int) (*name, int) {
	var best *name
	end := i
	at := n
	for j := i; j < len(runes); j++ {
		if at = at.next[runes[j]]; at == nil {
			break
		}
		if at.end != nil {
			best, end = at.end, j+1
		}
	}
	return best, end
}

var (
	// issuers as they stand before 关于 in titles and in prose.
	issuers = []string{
		"最高人民法院", "最高人民检察院", "公安部", "司法部", "国家安全部", "国家卫生健康委员会", "国家卫生健康委", "国家卫生计生委",
		"国家卫健委", "中央政法委员会", "中央政法委", "中共中央", "全国人大常委会", "全国人民代表大会常务委员会", "中央综治办", "国务院",
		"最高法院", "最高检察院", "最高法", "最高检", "两高两部", "两高三部", "两高", "民政部", "财政部", "和", "印发",
	}
	// nouns that titles end in. Longer ones first.
	nouns = []string{
		"实施细则", "实施办法", "工作规定", "程序规定", "立法解释", "司法解释", "修正案",
		"条例", "规定", "办法", "解释", "规则", "意见", "通知", "批复", "决定", "细则", "标准", "规范", "规程", "制度",
		"解答", "准则", "公约", "条约", "协定", "答复", "纪要", "通告", "公告", "指引", "方案", "章程", "法典", "法",
	}
	year         = regexp.MustCompile(`(?:19|20)[0-9]{2}`)
	olderVersion = regexp.MustCompile(`((?:19|20)[0-9]{2})(?:旧条号|版)`)
	movedArticle = regexp.MustCompile(`旧([0-9]{1,4})→新?([0-9]{1,4})`)
	// abbreviations that make an alias a name and never an everyday phrase.
	unmistakable = regexp.MustCompile(`刑诉|高检规则|高法解释|暂监|社矫|社区矫正法|减假|中政委|刑八|刑九|号文|GB/T|实质化审理意见|公安程序`)
)

// generic is true for a title that is only a noun: 《规定》.
func generic(key string) bool { return slices.Contains(nouns, key) }

// titleNoun is the last noun of a title: 法 for 社区矫正法.
func titleNoun(key string) string {
	for _, n := range nouns {
		if strings.HasSuffix(key, n) {
			switch n {
			case "实施办法":
				return "办法"
			case "工作规定", "程序规定":
				return "规定"
			case "实施细则":
				return "细则"
			case "立法解释", "司法解释":
				return "解释"
			}
			return n
		}
	}
	return ""
}

// fullKey is what two spellings of one title share: letters and digits,
// without 中华人民共和国 and 试行.
func fullKey(folded string) string {
	var b strings.Builder
	for _, r := range folded {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	key := strings.ReplaceAll(b.String(), "中华人民共和国", "")
	key = strings.TrimSuffix(key, "试行")
	return strings.TrimSuffix(key, "暂行")
}

// shortKey is fullKey without the issuers and the 关于 that titles open with.
func shortKey(full string) string {
	for again := true; again; {
		again = false
		for _, issuer := range issuers {
			if rest, cut := strings.CutPrefix(full, issuer); cut && rest != "" {
				full, again = rest, true
			}
		}
	}
	if rest, cut := strings.CutPrefix(full, "关于"); cut && rest != "" {
		return rest
	}
	return full
}

func newNames(t *lexicon.Tables) *names {
	n := &names{
		root: &node{}, byKey: map[string]*statute{}, byDocNo: map[string]*statute{}, byID: map[string]*statute{},
		notTitle: map[string]bool{},
	}
	short := map[string]*statute{}
	addShort := func(key string, s *statute) {
		if other, taken := short[key]; taken && other != s {
			short[key] = nil // two statutes share it: it means neither
			return
		}
		short[key] = s
	}
	alias := func(s *statute, kind, text string, near bool) {
		text = FoldString(text)
		if open := strings.IndexByte(text, '('); open > 0 && !strings.HasSuffix(kind, "标准") {
			text = text[:open]
		}
		key := fullKey(text)
		if key == "" || strings.ContainsRune(text, '〔') {
			return
		}
		if n.byKey[key] == nil {
			n.byKey[key] = s
		}
		text = strings.TrimSuffix(strings.TrimPrefix(text, "《"), "》")
		if strings.ContainsAny(text, "《》") {
			return
		}
		// 监督法 is also the middle of 检察监督法律依据 and of much else.
		plain := ((kind == "法律" || kind == "行政法规") && !near || unmistakable.MatchString(text)) && text != "监督法"
		n.root.add(text, name{s, !plain})
	}
	for _, row := range t.Statutes {
		s := &statute{id: row.ID, year: year.FindString(row.Year), before: "旧"}
		s.versions = year.FindAllString(row.Year, -1)
		s.versioned = strings.Contains(row.Note, "旧条号") || strings.Contains(row.Note, "条号须带版本") || strings.Contains(row.Note, "(原")
		for _, m := range olderVersion.FindAllStringSubmatch(row.Note, -1) {
			if s.before == "旧" && m[1] < s.year {
				s.before = m[1]
			}
			s.versions = append(s.versions, m[1])
		}
		for _, m := range movedArticle.FindAllStringSubmatch(row.Note, -1) {
			if s.moved == nil {
				s.moved = map[[2]int]int{}
			}
			was, _, _, _ := number([]rune(m[1]), 0)
			s.moved[[2]int{was, 0}], _, _, _ = number([]rune(m[2]), 0)
		}
		n.byID[s.id] = s
		title := FoldString(row.Title)
		key := fullKey(title)
		s.noun = titleNoun(key)
		n.byKey[key] = s
		addShort(shortKey(key), s)
		for _, owner := range []string{"人民检察院", "公安机关"} {
			if rest, cut := strings.CutPrefix(key, owner); cut {
				addShort(rest, s)
			}
		}
		if !strings.ContainsAny(title, "《》") {
			n.root.add(title, name{s, false})
			if rest, cut := strings.CutPrefix(title, "中华人民共和国"); cut {
				n.root.add(rest, name{s, false})
			}
		}
		for _, a := range row.Aliases {
			alias(s, row.Kind, a, false)
		}
		if doc := DocNumbers(row.DocNo); len(doc) > 0 && n.byDocNo[doc[0].Norm] == nil {
			n.byDocNo[doc[0].Norm] = s
		}
	}
	for _, set := range t.Synonyms {
		s := n.byKey[fullKey(FoldString(set.Canonical))]
		if s == nil {
			continue
		}
		for _, v := range set.Variants {
			alias(s, "", v, set.Near)
		}
	}
	for key, s := range short {
		if s != nil && n.byKey[key] == nil {
			n.byKey[key] = s
		}
	}
	for _, term := range t.Terms {
		if term.Category == "文书" {
			n.notTitle[fullKey(FoldString(term.Word))] = true
		}
	}
	return n
}
