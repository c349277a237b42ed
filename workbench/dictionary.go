package workbench

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// DictionaryPage is what the administrator has added to the dictionary.
type DictionaryPage struct {
	Words     []DictionaryEntry
	Synonyms  []DictionaryEntry
	Stops     []DictionaryEntry
	Counts    [3]int // words, synonym sets, stop phrases in force
	Hash      string // of the tables in force
	Published string // of the tables the published corpus was made with, "" before the first night
	Run       string
	History   []DictionaryChange
	Unlisted  []citation.Unlisted
	Find      string
	Found     []Found
	More      bool // there is more to find
	Problem   string
	ProblemIn string // the table whose form is shown again as it was filled in
	New       DictionaryForm
	Statutes  []StatuteEntry
	Statute   StatuteForm // as filled in, or as a link asked for
	Laws      int         // in force
	LawKinds  []string
	Kinds     []WordKind
	Relations []Relation
	Places    []StopPlace
}

// Same says whether the published corpus knows the tables in force.
func (p *DictionaryPage) Same() bool { return p.Hash == p.Published }

// DictionaryEntry is one line that the administrator added.
type DictionaryEntry struct {
	Line   int
	Text   string // the line as it stands: what a removal names
	Word   string
	Others string // category; variants
	Mark   string // relation; place
}

// DictionaryChange is one line of the table's history.
type DictionaryChange struct {
	At    time.Time
	Name  string
	Added bool
	Line  string
}

// DictionaryForm is what was filled in.
type DictionaryForm struct {
	Word, Kind, Canonical, Variants, Relation, Phrase, Place string
}

// Found is where a word stands in the dictionary in force.
type Found struct{ What, Word, Text, Statute string }

// WordKind is a category of words with how many there are.
type WordKind struct{ Name string }

// Relation is how variants stand to their term.
type Relation struct{ Code, Name string }

// StopPlace is where a stop phrase is left out.
type StopPlace struct{ Code, Name string }

var wordKinds = []WordKind{{"程序"}, {"机构"}, {"主体"}, {"条件"}, {"文书"}, {"监管"}, {"刑种"}, {"法规"}, {"监督"}, {"培训"}, {"社区矫正"}, {"医疗"}, {"制度"}, {"协同"}, {"财产执行"}}

var relations = []Relation{
	{"abbr", "简称"},
	{"colloq", "口语"},
	{"typo", "错别字"},
	{"old-name", "旧称"},
	{"en", "英文"},
	{"near", "相关（只作参考，不合并）"},
}

var stopPlaces = []StopPlace{
	{"any", "任意位置"},
	{"start", "句首"},
	{"end", "句尾"},
	{"whole", "整格（只有这句话的，不收）"},
}

// dictionaryTable is one table the administrator may add to.
type dictionaryTable struct {
	base string // of the embedded table
	file string // in the lexicon folder
}

var dictionaryTables = map[string]dictionaryTable{
	"word":    {"lexicon.tsv", "lexicon.add.tsv"},
	"synonym": {"synonyms.tsv", "synonyms.add.tsv"},
	"stop":    {"stopphrases.txt", "stopphrases.add.txt"},
	"statute": {"statutes.tsv", "statutes.add.tsv"},
}

// dictionaryWrites lets one change of the dictionary happen at a time.
var dictionaryWrites sync.Mutex

func dictionaryPage(rq *request) error {
	return rq.dictionary(http.StatusOK, DictionaryPage{})
}

func (rq *request) dictionary(status int, p DictionaryPage) error {
	dir := rq.w.store.Folder().Lexicon()
	p.Kinds, p.Relations, p.Places = wordKinds, relations, stopPlaces
	tables, err := lexicon.Load(dir)
	if err != nil {
		p.Problem = cmp.Or(p.Problem, rq.say(tableRefusal(dir, err)))
	} else {
		p.Hash = tables.Hash()
		p.Counts = [3]int{len(tables.Terms), len(tables.Synonyms), len(tables.StopPhrases)}
		p.Laws = len(tables.Statutes)
		if p.ProblemIn != "statute" {
			p.Statute = prefilled(rq, tables)
		}
		if p.Find = rq.query("q"); p.Find != "" {
			p.Found, p.More = find(tables, p.Find)
		}
	}
	own, err := addedLines(dir, dictionaryTables["statute"].file)
	if err != nil {
		return err
	}
	p.Statutes, p.LawKinds = statuteEntries(own), statuteKinds
	if p.Statute.Kind != "" && !slices.Contains(statuteKinds, p.Statute.Kind) {
		p.LawKinds = append([]string{p.Statute.Kind}, statuteKinds...)
	}
	for table, into := range map[string]*[]DictionaryEntry{"word": &p.Words, "synonym": &p.Synonyms, "stop": &p.Stops} {
		lines, err := addedLines(dir, dictionaryTables[table].file)
		if err != nil {
			return err
		}
		*into = entriesOf(table, lines)
	}
	run, ok, err := rq.w.store.Run(rq.ctx())
	if err != nil {
		return err
	}
	if ok {
		p.Published, p.Run = run.Dictionary, run.RunID
	}
	past, err := rq.w.store.History(rq.ctx(), []string{"dictionary.add", "dictionary.remove"}, 30)
	if err != nil {
		return err
	}
	for _, e := range past {
		var d struct {
			Line string `json:"line"`
		}
		if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
			return fmt.Errorf("audit entry %d: %w", e.Seq, err)
		}
		p.History = append(p.History, DictionaryChange{e.HappenedAt, e.Name, e.Action == "dictionary.add", strings.ReplaceAll(d.Line, "\t", " · ")})
	}
	cited, err := rq.w.store.UnlistedCitations(rq.ctx())
	if err != nil {
		return err
	}
	p.Unlisted = citation.ListUnlisted(byItem(cited))
	return rq.show(status, "dictionary", "词典", p)
}

// byItem gives the citations of one item after another.
func byItem(list []queries.Unlisted) iter.Seq[[]feedback.Citation] {
	return func(yield func([]feedback.Citation) bool) {
		for i := 0; i < len(list); {
			var one []feedback.Citation
			id := list[i].ItemID
			for ; i < len(list) && list[i].ItemID == id; i++ {
				one = append(one, feedback.Citation{Norm: list[i].Norm})
			}
			if !yield(one) {
				return
			}
		}
	}
}

// addedLines are the lines of one of the administrator's own tables; none when
// there is no such file.
func addedLines(dir, file string) ([]string, error) {
	body, err := os.ReadFile(filepath.Join(dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the dictionary: %w", err)
	}
	text := strings.TrimPrefix(string(body), "\ufeff")
	if text == "" {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n"), nil
}

// entriesOf reads lines for the page; remarks and blank lines are left out.
func entriesOf(table string, lines []string) []DictionaryEntry {
	var out []DictionaryEntry
	for i, line := range lines {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e := DictionaryEntry{Line: i + 1, Text: line}
		cells := append(strings.Split(line, "\t"), "", "", "", "")
		switch table {
		case "word":
			e.Word, e.Others = cells[0], cells[3]
		case "synonym":
			e.Word, e.Others, e.Mark = cells[0], strings.ReplaceAll(cells[1], "|", "、"), cells[2]
			for _, r := range relations {
				if r.Code == cells[2] {
					e.Mark = r.Name
				}
			}
		case "stop":
			word, code := stopOf(line)
			e.Word = word
			for _, s := range stopPlaces {
				if s.Code == code {
					e.Mark = s.Name
				}
			}
		}
		out = append(out, e)
	}
	return out
}

// stopOf reads a line of the stop phrases.
func stopOf(line string) (phrase, place string) {
	line = strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(line, "="):
		return line[1:], "whole"
	case strings.HasPrefix(line, "^"):
		return line[1:], "start"
	case strings.HasSuffix(line, "$"):
		return strings.TrimSuffix(line, "$"), "end"
	}
	return line, "any"
}

const foundMost = 60

// find looks a word up in all tables in force.
func find(t *lexicon.Tables, word string) (out []Found, more bool) {
	key := foldWord(word)
	has := func(s string) bool { return strings.Contains(foldWord(s), key) }
	for _, term := range t.Terms {
		if has(term.Word) {
			out = append(out, Found{What: "词", Word: term.Word, Text: term.Category})
		}
	}
	for _, s := range t.Synonyms {
		if has(s.Canonical) || slices.ContainsFunc(s.Variants, has) {
			out = append(out, Found{What: "同义词", Word: s.Canonical, Text: strings.Join(s.Variants, "、")})
		}
	}
	for _, p := range t.NotSynonyms {
		if has(p.A) || has(p.B) {
			out = append(out, Found{What: "不得合并", Word: p.A + " / " + p.B, Text: p.Why})
		}
	}
	for _, s := range t.StopPhrases {
		if has(s.Text) {
			out = append(out, Found{What: "套话", Word: s.Text})
		}
	}
	for _, s := range t.Statutes {
		if has(s.Title) || s.DocNo != "" && has(s.DocNo) || slices.ContainsFunc(s.Aliases, has) {
			out = append(out, Found{What: "法规", Word: s.Title, Text: strings.Join(append(slices.Clone(s.Aliases), s.DocNo, s.Year), " "), Statute: s.ID})
		}
	}
	// The whole word before words that contain it.
	slices.SortStableFunc(out, func(a, b Found) int { return len(a.Word) - len(b.Word) })
	return out[:min(len(out), foundMost)], len(out) > foundMost
}

// foldWord is the form in which the night compares words: half-width, lower
// case, simplified.
func foldWord(s string) string {
	return strings.ToLower(strings.TrimSpace(citation.FoldString(s)))
}

// addWord adds a line to one of the tables, once a trial shows that the whole
// dictionary still loads with it.
func addWord(rq *request) error {
	table := rq.form("table")
	form := DictionaryForm{rq.form("word"), rq.form("kind"), rq.form("canonical"), rq.form("variants"), rq.form("relation"), rq.form("phrase"), rq.form("place")}
	statute := statuteForm(rq)
	err := rq.changeDictionary(table, "dictionary.add", func(t *lexicon.Tables, lines []string) ([]string, string, error) {
		var line string
		var err error
		switch table {
		case "word":
			line, err = wordLine(t, form)
		case "synonym":
			line, err = synonymLine(t, form)
		case "stop":
			line, err = stopLine(t, form)
		case "statute":
			line, err = statuteLine(t, statute, time.Now())
			return withStatute(lines, line), line, err
		default:
			err = &queries.Refusal{Zh: "没有这个词表。", En: "There is no such table."}
		}
		return append(slices.Clone(lines), line), line, err
	})
	if isRefusal(err) {
		return rq.dictionary(http.StatusUnprocessableEntity, DictionaryPage{Problem: rq.say(err), ProblemIn: table, New: form, Statute: statute})
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("已加入词典，下一次夜间归并使用。"), 0)
	return rq.redirect("/dictionary#" + table)
}

// removeWord takes out a line that the administrator added. The built-in
// tables stay as they are.
func removeWord(rq *request) error {
	table, text := rq.form("table"), rq.c.PostForm("text")
	err := rq.changeDictionary(table, "dictionary.remove", func(_ *lexicon.Tables, lines []string) ([]string, string, error) {
		at := slices.Index(lines, text)
		if at < 0 || text == "" {
			return nil, "", &queries.Refusal{Kind: queries.Conflict, Zh: "词典中已没有这一行，可能已被他人移除。", En: "That line is no longer in the dictionary."}
		}
		return slices.Delete(slices.Clone(lines), at, at+1), text, nil
	})
	if isRefusal(err) {
		return rq.dictionary(http.StatusUnprocessableEntity, DictionaryPage{Problem: rq.say(err)})
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("已从词典移除，下一次夜间归并起不再使用。"), 0)
	return rq.redirect("/dictionary#" + table)
}

// changeDictionary reads a table's own lines, lets change make new ones, tries
// the whole dictionary with them in a folder aside, and only then writes them,
// with a line in the audit log.
func (rq *request) changeDictionary(table, action string, change func(t *lexicon.Tables, lines []string) (after []string, line string, err error)) error {
	dictionaryWrites.Lock()
	defer dictionaryWrites.Unlock()
	dir := rq.w.store.Folder().Lexicon()
	d, ok := dictionaryTables[table]
	if !ok {
		return &queries.Refusal{Zh: "没有这个词表。", En: "There is no such table."}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the lexicon folder: %w", err)
	}
	now, err := lexicon.Load(dir)
	if err != nil {
		return tableRefusal(dir, err)
	}
	before, err := addedLines(dir, d.file)
	if err != nil {
		return err
	}
	after, line, err := change(now, before)
	if err != nil {
		return err
	}
	body := []byte(strings.Join(after, "\n") + "\n")
	if len(after) == 0 {
		body = nil
	}
	tried, err := trial(dir, d.file, body)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, d.file)
	if err := queries.WriteFile(path, body, 0o600); err != nil {
		return fmt.Errorf("writing the dictionary: %w", err)
	}
	detail := map[string]any{"line": line, "before": now.Hash(), "after": tried.Hash()}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, action, d.file, detail); err != nil {
		// A change that is in no log does not stand.
		old := []byte(strings.Join(before, "\n") + "\n")
		if len(before) == 0 {
			old = nil
		}
		return errors.Join(err, queries.WriteFile(path, old, 0o600))
	}
	return nil
}

// trial loads the dictionary as it would be with body in place of file.
func trial(dir, file string, body []byte) (*lexicon.Tables, error) {
	aside, err := os.MkdirTemp("", "tongtang-lexicon-*")
	if err != nil {
		return nil, fmt.Errorf("trying the dictionary: %w", err)
	}
	defer os.RemoveAll(aside)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("trying the dictionary: %w", err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || e.Name() == file || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		own, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(aside, e.Name()), own, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("trying the dictionary: %w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(aside, file), body, 0o600); err != nil {
		return nil, fmt.Errorf("trying the dictionary: %w", err)
	}
	t, err := lexicon.Load(aside)
	if err != nil {
		return nil, tableRefusal(aside, err)
	}
	return t, nil
}

var tableLine = regexp.MustCompile(`table ([a-z_]+)\.(tsv|txt), line ([0-9]+): (.*)`)

// tableRefusal says which line of which file does not load. A table is its
// built-in rows, or the file that takes their place, then the added ones.
func tableRefusal(dir string, err error) error {
	m := tableLine.FindStringSubmatch(err.Error())
	if m == nil {
		return &queries.Refusal{Zh: "词典无法读取：" + err.Error(), En: "The dictionary cannot be read: " + err.Error()}
	}
	file := m[1] + "." + m[2]
	line, _ := strconv.Atoi(m[3])
	if added, e := addedLines(dir, m[1]+".add."+m[2]); e == nil && len(added) > 0 {
		if base, e := lexicon.Rows(dir, file); e == nil && line > base {
			file, line = m[1]+".add."+m[2], line-base
		}
	}
	return &queries.Refusal{
		Zh: fmt.Sprintf("词典文件 lexicon/%s 第 %d 行无法读取（%s）：请改正该行后再操作，没有保存任何改动。", file, line, m[4]),
		En: fmt.Sprintf("lexicon/%s, line %d: %s. Nothing was saved.", file, line, m[4]),
	}
}

// oneWord checks a word that a person typed.
func oneWord(what, s string, least, most int) (string, error) {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)), " ")
	if n := utf8.RuneCountInString(s); n < least || n > most {
		return "", &queries.Refusal{Zh: fmt.Sprintf("%s须为 %d 至 %d 个字，“%s”有 %d 个。", what, least, most, s, n), En: fmt.Sprintf("%q must have %d to %d characters.", s, least, most)}
	}
	if strings.ContainsAny(s, "#|\"=^$\t") || strings.ContainsFunc(s, unicode.IsControl) {
		return "", &queries.Refusal{Zh: what + "中不能有 # | \" = ^ $ 等符号。", En: "No # | \" = ^ $ please."}
	}
	return s, nil
}

func allHan(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.Is(unicode.Han, r) })
}

// wordLine is the row of a new word. The segmenter keeps Chinese words of 2 to
// 16 characters whole; others it would not look at.
func wordLine(t *lexicon.Tables, form DictionaryForm) (string, error) {
	word, err := oneWord("词", form.Word, 2, 16)
	if err != nil {
		return "", err
	}
	if !allHan(word) {
		return "", &queries.Refusal{Zh: "词只能由汉字组成：“" + word + "”中有其他字符。英文按词读取，不需要加入。", En: "A word is made of Chinese characters; English is read word by word anyway."}
	}
	for _, term := range t.Terms {
		if foldWord(term.Word) == foldWord(word) {
			return "", &queries.Refusal{Kind: queries.Conflict, Zh: "词典中已有“" + term.Word + "”（" + term.Category + "）。", En: "The dictionary has " + term.Word + " already."}
		}
	}
	if !slices.Contains(wordKinds, WordKind{form.Kind}) {
		return "", &queries.Refusal{Zh: "请选择词的类别。", En: "Choose the word's category."}
	}
	return word + "\t1000\tn\t" + form.Kind, nil
}

var variantCut = regexp.MustCompile(`[、，,;；|/\n\r\t]+`)

// synonymLine is the row of a new synonym set. What would have no effect, or
// would fold together what must stay apart, is refused with the reason.
func synonymLine(t *lexicon.Tables, form DictionaryForm) (string, error) {
	canonical, err := oneWord("标准词", form.Canonical, 2, 30)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(relations, func(r Relation) bool { return r.Code == form.Relation })
	if at < 0 {
		return "", &queries.Refusal{Zh: "请选择同义关系。", En: "Choose the relation."}
	}
	var variants []string
	for _, v := range variantCut.Split(form.Variants, -1) {
		if strings.TrimSpace(v) == "" {
			continue
		}
		if v, err = oneWord("同义词", v, 2, 30); err != nil {
			return "", err
		}
		if foldWord(v) == foldWord(canonical) {
			return "", &queries.Refusal{Zh: "“" + v + "”与标准词相同。", En: v + " is the term itself."}
		}
		if !slices.Contains(variants, v) {
			variants = append(variants, v)
		}
	}
	if len(variants) == 0 {
		return "", &queries.Refusal{Zh: "请填写同义词，几个之间用顿号隔开。", En: "Give at least one variant."}
	}
	if form.Relation != "near" {
		if err := foldsWell(t, canonical, variants); err != nil {
			return "", err
		}
	}
	return canonical + "\t" + strings.Join(variants, "|") + "\t" + form.Relation, nil
}

// foldsWell refuses a set that would merge a pair of not_synonyms, or that
// the sets in force contradict.
func foldsWell(t *lexicon.Tables, canonical string, variants []string) error {
	one := append([]string{canonical}, variants...) // everything that would fold into canonical
	for _, s := range t.Synonyms {
		if !s.Near && foldWord(s.Canonical) == foldWord(canonical) {
			one = append(one, s.Variants...)
		}
	}
	has := func(w string) bool {
		return slices.ContainsFunc(one, func(o string) bool { return foldWord(o) == w })
	}
	for _, p := range t.NotSynonyms {
		a, b := spellings(p.A), spellings(p.B)
		for i := range a {
			if a[i] != b[i] && has(a[i]) && has(b[i]) {
				return &queries.Refusal{Zh: fmt.Sprintf("不能合并：“%s”与“%s”必须分开（%s）。", p.A, p.B, p.Why), En: fmt.Sprintf("%s and %s must stay apart (%s).", p.A, p.B, p.Why)}
			}
		}
	}
	for _, s := range t.Synonyms {
		if s.Near {
			continue
		}
		if foldWord(s.Canonical) == foldWord(canonical) {
			for _, v := range s.Variants {
				for _, w := range variants {
					if foldWord(v) == foldWord(w) {
						return &queries.Refusal{Kind: queries.Conflict, Zh: fmt.Sprintf("词典中已有：“%s”是“%s”的同义词。", w, s.Canonical), En: w + " folds into " + s.Canonical + " already."}
					}
				}
			}
		}
		for _, w := range variants {
			if foldWord(s.Canonical) == foldWord(w) {
				return &queries.Refusal{Zh: fmt.Sprintf("“%s”是词典中的标准词，有自己的同义词（%s），不能再并入“%s”。可反过来以“%s”为标准词。", w, strings.Join(s.Variants[:min(3, len(s.Variants))], "、"), canonical, w), En: w + " is a term with variants of its own."}
			}
		}
		for _, v := range s.Variants {
			if foldWord(v) == foldWord(canonical) {
				return &queries.Refusal{Zh: fmt.Sprintf("“%s”本身是“%s”的同义词：请以“%s”为标准词。", canonical, s.Canonical, s.Canonical), En: canonical + " is itself a variant of " + s.Canonical + "."}
			}
			for _, w := range variants {
				if foldWord(v) == foldWord(w) && foldWord(s.Canonical) != foldWord(canonical) {
					return &queries.Refusal{Zh: fmt.Sprintf("“%s”已是“%s”的同义词，不能同时归入“%s”。", w, s.Canonical, canonical), En: w + " folds into " + s.Canonical + " already."}
				}
			}
		}
	}
	return nil
}

// spellings are the ways an entry like 解除(社区矫正) is written in texts: 解除,
// 解除社区矫正, 社区矫正解除.
func spellings(entry string) [3]string {
	word, remark, _ := strings.Cut(strings.NewReplacer("（", "(", "）", ")").Replace(entry), "(")
	remark = strings.TrimSuffix(remark, ")")
	return [3]string{foldWord(word), foldWord(word + remark), foldWord(remark + word)}
}

// stopLine is the line of a new stop phrase.
func stopLine(t *lexicon.Tables, form DictionaryForm) (string, error) {
	phrase, err := oneWord("套话", form.Phrase, 2, 40)
	if err != nil {
		return "", err
	}
	for _, s := range t.StopPhrases {
		if foldWord(s.Text) == foldWord(phrase) {
			return "", &queries.Refusal{Kind: queries.Conflict, Zh: "词典中已有“" + s.Text + "”。", En: "The dictionary has " + s.Text + " already."}
		}
	}
	for _, term := range t.Terms {
		if form.Place != "whole" && foldWord(term.Word) == foldWord(phrase) {
			return "", &queries.Refusal{Zh: "“" + phrase + "”是词典中的专业词，作为套话略去会使归并失去依据。", En: phrase + " is a term of the field."}
		}
	}
	switch form.Place {
	case "any":
		return phrase, nil
	case "start":
		return "^" + phrase, nil
	case "end":
		return phrase + "$", nil
	case "whole":
		return "=" + phrase, nil
	}
	return "", &queries.Refusal{Zh: "请选择略去的位置。", En: "Choose where the phrase is left out."}
}
