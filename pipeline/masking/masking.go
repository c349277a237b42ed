// Package masking takes personal data out of texts and leaves what the work
// needs: citations, document numbers, institutions, provinces, offences,
// diseases, amounts and the dates of events.
//
// Numbers are recognised by their shape and their own checks (the identity
// card's checksum, the bank card's Luhn digit) or by the word before them;
// addresses by their parts below the county; names by the word that says who
// somebody is (罪犯, 被害人, 其妻, 姓名：…) and then everywhere in the same
// document. Numbers of single cases become 〔案号1〕, because they lead to a
// person as surely as a name. Names already anonymised (王某, 张XX) stay.
//
// What was masked is counted by kind and never kept: the archived source is the
// only place that still has it. Input comes from intake; what masking returns is
// what every later stage and every page sees.
package masking

import (
	"slices"
	"strconv"
	"strings"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/lexicon"
)

// The kinds of personal data, as placeholders and counts name them.
const (
	Name        = "姓名"
	IDCard      = "身份证号"
	Phone       = "电话"
	BankCard    = "银行卡号"
	Plate       = "车牌"
	Address     = "住址"
	BirthDate   = "出生日期"
	Email       = "邮箱"
	WeChat      = "微信号"
	QQ          = "QQ号"
	InmateNo    = "罪犯编号"
	Certificate = "证件号"
	IPAddress   = "IP地址"
	CaseNumber  = "案号"
)

// Kinds lists the kinds in the order reports show them.
var Kinds = []string{
	Name, IDCard, Phone, BankCard, Plate, Address, BirthDate, Email, WeChat, QQ, InmateNo, Certificate, IPAddress, CaseNumber,
}

// Masker masks by one set of tables. It is read-only and safe for concurrent
// use; a Document is not.
type Masker struct {
	cites *citation.Parser
	words *words
}

// New prepares a masker. The tables' terms tell names from words of the field.
func New(tables *lexicon.Tables, cites *citation.Parser) *Masker {
	return &Masker{cites: cites, words: newWords(tables)}
}

// Document is what one file's texts share: a name learnt anywhere in it is
// masked everywhere in it, and a person or case keeps its number throughout.
// Numbers are given in the order of masking, so texts must be masked in the
// document's order to get the same result again.
type Document struct {
	m     *Masker
	names *node
	known map[string]*person
	named int
	cases map[string]int
}

type person struct{ number int }

// Document begins a file.
func (m *Masker) Document() *Document {
	return &Document{m: m, names: &node{}, known: map[string]*person{}, cases: map[string]int{}}
}

// KnowName adds a name that a column or a speaker's turn gave. What is no name
// (无, 匿名, a unit, 王某) is left alone.
func (d *Document) KnowName(name string) {
	f := citation.Fold(name)
	runes := dots(f.Runes)
	runes = slices.DeleteFunc(runes, func(r rune) bool { return r == ' ' })
	if d.m.words.isName(runes) {
		d.learn(runes)
	}
}

// Learn collects the names that the texts give after words such as 罪犯, so
// that Mask finds them also where no such word stands before them.
func (d *Document) Learn(texts ...string) {
	for _, text := range texts {
		p := d.pass(text)
		p.lock()
		p.caseNumbers()
		p.numbers()
		p.births()
		p.addresses()
		p.roles()
		p.beside()
		for _, h := range p.hits {
			if h.kind == Name {
				d.learn(h.name)
			}
		}
	}
}

// learn adds a name; for 阿布都拉·买买提 its longer parts too.
func (d *Document) learn(name []rune) {
	key := string(name)
	if d.known[key] != nil || len(name) < 2 {
		return
	}
	who := &person{}
	d.known[key] = who
	if d.m.words.spreads(name) {
		d.names.add(key, who)
	}
	if strings.ContainsRune(key, '·') {
		for part := range strings.SplitSeq(key, "·") {
			if len([]rune(part)) >= 3 && d.known[part] == nil {
				d.known[part] = who
				d.names.add(part, who)
			}
		}
	}
}

// Mask returns the text with placeholders for personal data, and how many of
// each kind it put in. Names found in the text are learnt first. A text without
// personal data comes back byte for byte, as does one that was masked before.
func (d *Document) Mask(text string) (string, map[string]int) {
	counts := map[string]int{}
	// A placeholder can make a boundary that shows more, as in
	// 罪犯13000000000张建国, hence the second look; every round masks something.
	for range maxRounds {
		masked := d.round(text, counts)
		if masked == text {
			break
		}
		text = masked
	}
	return text, counts
}

const maxRounds = 16

func (d *Document) round(text string, counts map[string]int) string {
	p := d.read(text)
	if len(p.hits) == 0 {
		return text
	}
	var b strings.Builder
	done := 0
	for _, h := range p.hits {
		from, to := p.f.Span(h.start, h.end)
		b.WriteString(text[done:from])
		b.WriteString("〔" + h.kind + d.suffix(h) + "〕")
		done = to
		counts[h.kind]++
	}
	b.WriteString(text[done:])
	return b.String()
}

// read finds everything to mask in a text, in order.
func (d *Document) read(text string) *pass {
	p := d.pass(text)
	p.lock()
	p.caseNumbers()
	p.numbers()
	p.births()
	p.addresses()
	p.roles()
	p.beside()
	for _, h := range p.hits {
		if h.kind == Name {
			d.learn(h.name)
		}
	}
	p.spread()
	slices.SortFunc(p.hits, func(a, b hit) int { return a.start - b.start })
	return p
}

// suffix is the number of a person or case within the document.
func (d *Document) suffix(h hit) string {
	switch h.kind {
	case Name:
		who := d.known[string(h.name)]
		if who == nil {
			who = &person{}
			d.known[string(h.name)] = who
		}
		if who.number == 0 {
			d.named++
			who.number = d.named
		}
		return strconv.Itoa(who.number)
	case CaseNumber:
		n := d.cases[string(h.name)]
		if n == 0 {
			n = len(d.cases) + 1
			d.cases[string(h.name)] = n
		}
		return strconv.Itoa(n)
	}
	return ""
}

// Unnumbered takes the numbers out of 〔姓名3〕 and 〔案号2〕. They depend on what
// else the document holds, so whatever is to know the same text again in a
// corrected copy of the file must compare texts without them.
func Unnumbered(masked string) string {
	if !strings.ContainsRune(masked, '〔') {
		return masked
	}
	var b strings.Builder
	rest := masked
	for {
		at := strings.Index(rest, "〔")
		if at < 0 {
			break
		}
		b.WriteString(rest[:at])
		rest = rest[at:]
		kind, size := placeholder(rest)
		if size == 0 {
			b.WriteString("〔")
			rest = rest[len("〔"):]
			continue
		}
		b.WriteString("〔" + kind + "〕")
		rest = rest[size:]
	}
	b.WriteString(rest)
	return b.String()
}

// placeholder reads a placeholder at the start of s and returns its bytes; 0
// when there is none.
func placeholder(s string) (kind string, size int) {
	rest, ok := strings.CutPrefix(s, "〔")
	if !ok {
		return "", 0
	}
	for _, k := range Kinds {
		after, ok := strings.CutPrefix(rest, k)
		if !ok {
			continue
		}
		if k == Name || k == CaseNumber {
			after = strings.TrimLeft(after, "0123456789")
		}
		if strings.HasPrefix(after, "〕") {
			return k, len(s) - len(after) + len("〕")
		}
	}
	return "", 0
}

// hit is a stretch of runes to mask.
type hit struct {
	start, end int
	kind       string
	name       []rune // the name, or the case number's normal form
}

// pass is one reading of one text.
type pass struct {
	d     *Document
	text  string
	f     citation.Folded
	r     []rune // folded, with every middle dot as ·
	taken []bool // runes that are locked or in a hit
	hits  []hit
	cases []citation.Span
}

func (d *Document) pass(text string) *pass {
	f := citation.Fold(text)
	return &pass{d: d, text: text, f: f, r: dots(f.Runes), taken: make([]bool, f.Len())}
}

// dots writes every middle dot as ·.
func dots(runes []rune) []rune {
	out := runes
	for i, r := range runes {
		switch r {
		case '•', '・', '‧', '∙', '⋅', '･':
			if &out[0] == &runes[0] {
				out = slices.Clone(runes)
			}
			out[i] = '·'
		}
	}
	return out
}

// lock keeps placeholders and citations as they are.
func (p *pass) lock() {
	for at := 0; ; {
		k := strings.Index(p.text[at:], "〔")
		if k < 0 {
			break
		}
		at += k
		if _, size := placeholder(p.text[at:]); size > 0 {
			p.take(p.f.Index(at), p.f.Index(at+size))
			at += size
		} else {
			at += len("〔")
		}
	}
	for _, c := range p.d.m.cites.FindFolded(p.text, p.f) {
		p.take(p.f.Index(c.StartByte), p.f.Index(c.EndByte))
	}
	p.cases = citation.CaseNumbersFolded(p.f)
	for _, s := range citation.DocNumbersFolded(p.f) {
		if !slices.ContainsFunc(p.cases, func(c citation.Span) bool { return c.EndByte == s.EndByte }) {
			p.take(p.f.Index(s.StartByte), p.f.Index(s.EndByte))
		}
	}
}

func (p *pass) take(start, end int) {
	for i := start; i < end && i < len(p.taken); i++ {
		p.taken[i] = true
	}
}

func (p *pass) free(start, end int) bool {
	if start >= end || end > len(p.r) {
		return false
	}
	for i := start; i < end; i++ {
		if p.taken[i] {
			return false
		}
	}
	return true
}

// add records a hit unless some of it is taken.
func (p *pass) add(start, end int, kind string, name []rune) bool {
	if !p.free(start, end) {
		return false
	}
	p.take(start, end)
	p.hits = append(p.hits, hit{start, end, kind, name})
	return true
}

func (p *pass) caseNumbers() {
	for _, s := range p.cases {
		p.add(p.f.Index(s.StartByte), p.f.Index(s.EndByte), CaseNumber, []rune(s.Norm))
	}
}

// spread masks the names the document has learnt wherever they stand.
func (p *pass) spread() {
	for i := 0; i < len(p.r); i++ {
		if p.taken[i] {
			continue
		}
		who, end := p.d.names.longest(p.r, i)
		if who == nil || !p.alone(i, end) {
			continue
		}
		if p.add(i, end, Name, p.r[i:end]) {
			i = end - 1
		}
	}
}
