package workbench

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// StatuteForm is a law or document as the administrator fills it in. With an ID
// it corrects the row of that ID, else it is a new one.
type StatuteForm struct {
	ID, Title, Aliases, Kind, Issuer, DocNo, Version, Effective, Articles string
	Moved                                                                 bool // article numbers moved between versions
}

// StatuteEntry is a law or document that the administrator added or corrected.
type StatuteEntry struct {
	DictionaryEntry
	ID, Title, Aliases, DocNo, Version, Effective string
	Corrects                                      bool // a row of the built-in table
}

var statuteKinds = []string{"法律", "立法解释", "行政法规", "司法解释", "司法解释(批复)", "规范性文件", "部门规章", "地方性法规", "地方规范性文件", "党内规范性文件", "国家标准"}

// movedNote in the note column has the night always write the version with an
// article of the statute.
const movedNote = "条号须带版本"

func statuteForm(rq *request) StatuteForm {
	return StatuteForm{
		ID: rq.form("id"), Title: rq.form("title"), Aliases: rq.form("aliases"), Kind: rq.form("kind"), Issuer: rq.form("issuer"), DocNo: rq.form("doc_no"),
		Version: rq.form("version"), Effective: rq.form("effective"), Articles: rq.form("articles"), Moved: rq.form("moved") == "1",
	}
}

// prefilled is the form as a link asked for it: a statute to correct, or the
// name of one that items cite and the table lacks.
func prefilled(rq *request, t *lexicon.Tables) StatuteForm {
	if id := rq.query("statute"); id != "" {
		for _, s := range t.Statutes {
			if s.ID == id {
				f := StatuteForm{
					ID: s.ID, Title: s.Title, Aliases: strings.Join(s.Aliases, "、"), Kind: s.Kind, Issuer: s.Issuer, DocNo: s.DocNo, Version: s.Year,
					Effective: s.Effective, Moved: strings.Contains(s.Note, movedNote),
				}
				if s.Articles > 0 {
					f.Articles = strconv.Itoa(s.Articles)
				}
				return f
			}
		}
	}
	cited := rq.query("cited")
	if title, ok := strings.CutPrefix(cited, "《"); ok {
		return StatuteForm{Title: strings.TrimSuffix(title, "》")}
	}
	return StatuteForm{DocNo: cited}
}

var (
	docNoForm   = regexp.MustCompile(`^(?:\p{Han}{1,12}〔(?:19|20)[0-9]{2}〕[1-9][0-9]{0,4}号|\p{Han}{2,14}令(?:\p{Han}{0,4})第?[1-9][0-9]{0,4}号|\p{Han}{2,12}公告(?:19|20)?[0-9]*年?第?[1-9][0-9]{0,3}号|[A-Z/]{2,6} ?[0-9.]+-(?:19|20)[0-9]{2})$`)
	versionForm = regexp.MustCompile(`^((?:19|20)[0-9]{2})(?:制定|修订|修正)?(?:[(（](?:19|20)[0-9]{2}(?:制定|修订|修正)?[)）])?$`)
	wordAlone   = regexp.MustCompile(`^(?:法律|法规|规定|办法|意见|通知|解释|条例|细则|规则|决定|批复|纪要|标准|实施细则|实施办法|若干规定|若干意见)$`)
)

// statuteLine is the row of a law or document, checked against the others.
func statuteLine(t *lexicon.Tables, f StatuteForm, today time.Time) (string, error) {
	no := func(zh, en string) (string, error) { return "", &queries.Refusal{Zh: zh, En: en} }
	title, err := oneWord("名称", strings.Trim(f.Title, "《》 　"), 2, 80)
	if err != nil {
		return "", err
	}
	if wordAlone.MatchString(title) {
		return no("“"+title+"”不是完整的名称：请写全称。", "Give the whole title.")
	}
	if !slices.Contains(statuteKinds, f.Kind) && !slices.ContainsFunc(t.Statutes, func(s lexicon.Statute) bool { return s.ID == f.ID && s.Kind == f.Kind }) {
		return no("请选择文件的种类。", "Choose the kind.")
	}
	var aliases []string
	for _, a := range variantCut.Split(f.Aliases, -1) {
		if a = strings.Trim(a, "《》 　"); a == "" {
			continue
		}
		if a, err = oneWord("简称", a, 2, 40); err != nil {
			return "", err
		}
		if wordAlone.MatchString(a) {
			return no("“"+a+"”不能作简称：各种文件都这样称呼，会引错。", a+" stands for many documents.")
		}
		if !slices.ContainsFunc(aliases, func(o string) bool { return foldWord(o) == foldWord(a) }) && foldWord(a) != foldWord(title) {
			aliases = append(aliases, a)
		}
	}
	docNo := strings.NewReplacer("[", "〔", "]", "〕", "【", "〔", "】", "〕", "（", "〔", "）", "〕", "(", "〔", ")", "〕").Replace(strings.TrimSpace(f.DocNo))
	if docNo != "" && !docNoForm.MatchString(docNo) {
		return no("文号须写作 法释〔2016〕23号 或 公安部令第159号 的形式；没有文号的留空。", "Write the number as 法释〔2016〕23号 or leave it empty.")
	}
	version := strings.TrimSpace(f.Version)
	m := versionForm.FindStringSubmatch(version)
	if m == nil {
		return no("版本须以公布或修改的年份写明，如 2019、2018修正、2018修正(1979制定)。", "Write the version as its year: 2019, 2018修正, 2018修正(1979制定).")
	}
	year, _ := strconv.Atoi(m[1])
	if year < 1949 || year > today.Year()+1 {
		return no(fmt.Sprintf("版本年份 %d 不可能，请核对。", year), "That year cannot be right.")
	}
	effective := strings.TrimSpace(f.Effective)
	if effective != "" {
		on, err := time.Parse(time.DateOnly, effective)
		if err != nil {
			return no("施行日期须写作 2019-07-01 的形式，且是实有的日期；不清楚的留空。", "Write the date as 2019-07-01 or leave it empty.")
		}
		if on.Year() < year && !strings.Contains(version, "修") {
			return no(fmt.Sprintf("施行日期 %s 早于版本年份 %d，请核对。", effective, year), "It cannot be in force before it was made.")
		}
	}
	articles := strings.TrimSpace(f.Articles)
	if n, err := strconv.Atoi(articles); articles != "" && (err != nil || n < 1 || n > 2000) {
		return no("条数须为 1 至 2000 的整数；不清楚的留空。", "The number of articles is 1 to 2000, or empty.")
	}
	issuer := strings.TrimSpace(f.Issuer)
	if strings.ContainsAny(issuer, "\t\n\"#") || utf8.RuneCountInString(issuer) > 80 {
		return no("发布机关不超过 80 个字，不能有引号和换行。", "At most 80 characters for the issuer.")
	}
	id := f.ID
	if err := statuteStandsAlone(t, id, append([]string{title}, aliases...), docNo); err != nil {
		return "", err
	}
	note, confidence := "管理员补录", "中"
	if id == "" {
		id = freeStatuteID(t)
	} else if at := slices.IndexFunc(t.Statutes, func(s lexicon.Statute) bool { return s.ID == id }); at < 0 {
		return no("要更正的法规已不在表中，请从词典页重新打开。", "That row is gone; open it again.")
	} else {
		note, confidence = t.Statutes[at].Note, t.Statutes[at].Confidence
	}
	note = strings.Trim(strings.ReplaceAll(note, movedNote, ""), ";；")
	if f.Moved {
		note = strings.Trim(note+";"+movedNote, ";")
	}
	return strings.Join([]string{id, title, strings.Join(aliases, "|"), f.Kind, issuer, docNo, version, effective, articles, confidence, note}, "\t"), nil
}

// statuteStandsAlone refuses names and numbers that another row has: a citation
// could mean either.
func statuteStandsAlone(t *lexicon.Tables, id string, names []string, docNo string) error {
	for _, s := range t.Statutes {
		if s.ID == id {
			continue
		}
		for _, own := range append([]string{s.Title}, s.Aliases...) {
			for _, name := range names {
				if bareTitle(own) == bareTitle(name) {
					return &queries.Refusal{Kind: queries.Conflict, Zh: fmt.Sprintf("“%s”已是《%s》（%s）的名称或简称：请更正那一条，或换一个简称。", name, s.Title, s.ID), En: fmt.Sprintf("%s already names %s (%s).", name, s.Title, s.ID)}
				}
			}
		}
		if docNo != "" && s.DocNo == docNo {
			return &queries.Refusal{Kind: queries.Conflict, Zh: fmt.Sprintf("文号 %s 已是《%s》（%s）的。", docNo, s.Title, s.ID), En: fmt.Sprintf("%s is the number of %s (%s).", docNo, s.Title, s.ID)}
		}
	}
	return nil
}

// bareTitle is a title as citations match it: with or without the country's name.
func bareTitle(s string) string {
	return strings.TrimPrefix(strings.NewReplacer("《", "", "》", "", "〈", "", "〉", "").Replace(foldWord(s)), "中华人民共和国")
}

// freeStatuteID is the next of the administrator's own: X01, X02, ….
func freeStatuteID(t *lexicon.Tables) string {
	last := 0
	for _, s := range t.Statutes {
		if n, ok := strings.CutPrefix(s.ID, "X"); ok {
			if n, err := strconv.Atoi(n); err == nil {
				last = max(last, n)
			}
		}
	}
	return fmt.Sprintf("X%02d", last+1)
}

// withStatute puts a row among the administrator's own lines, in place of an
// earlier one of the same ID.
func withStatute(lines []string, line string) []string {
	id, _, _ := strings.Cut(line, "\t")
	out := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.HasPrefix(l, id+"\t") })
	return append(out, line)
}

func statuteEntries(lines []string) []StatuteEntry {
	var out []StatuteEntry
	for _, e := range entriesOf("statute", lines) {
		c := append(strings.Split(e.Text, "\t"), make([]string, 11)...)
		out = append(out, StatuteEntry{
			DictionaryEntry: e, ID: c[0], Title: c[1], Aliases: strings.ReplaceAll(c[2], "|", "、"), DocNo: c[5], Version: c[6], Effective: c[7],
			Corrects: !strings.HasPrefix(c[0], "X"),
		})
	}
	return out
}
