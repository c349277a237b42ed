package citation

import (
	"strconv"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// Label is a citation as a person would write it: 刑事诉讼法第二百六十五条第一款第（三）项.
// Laws go by their short name, other documents by their title in 《》 without
// the issuer, document numbers as they are. A version that is not the current
// one is named: 刑事诉讼法（2012年）第二百五十四条.
func Label(tables *lexicon.Tables, c feedback.Citation) string {
	var b strings.Builder
	named := false
	for _, row := range tables.Statutes {
		if c.StatuteID == "" || row.ID != c.StatuteID {
			continue
		}
		if c.Article == 0 && c.Norm != "" && c.Norm != row.ID && !strings.HasPrefix(c.Norm, row.ID+"@") {
			break // a document number stands for itself
		}
		named = true
		b.WriteString(ShortTitle(row))
		if c.Version == "旧" {
			b.WriteString("（旧）")
		} else if c.Version != "" && !strings.HasPrefix(row.Year, c.Version) {
			b.WriteString("（" + c.Version + "年）")
		}
	}
	if !named {
		head, _, _ := strings.Cut(c.Norm, "#")
		b.WriteString(head)
	}
	b.WriteString(Place(c))
	return b.String()
}

// ShortTitle is how people name a statute: laws without 中华人民共和国, other
// documents in 《》 without their issuers.
func ShortTitle(row lexicon.Statute) string {
	if rest, cut := strings.CutPrefix(row.Title, "中华人民共和国"); cut && !strings.ContainsAny(rest, "《》") {
		return rest
	}
	title := row.Title
	if at := strings.Index(title, "关于"); at > 0 && !strings.ContainsAny(title[:at], "《》") {
		title = title[at:]
	}
	return "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(title) + "》"
}

// Place is the part of a label from the article on: 第一百三十三条之一第一款. It is
// empty when only the statute is named.
func Place(c feedback.Citation) string {
	if c.Article == 0 {
		return ""
	}
	out := "第" + numeralOr(c.Article) + "条"
	if c.Sub > 0 {
		out += "之" + numeralOr(c.Sub)
	}
	if c.Paragraph > 0 {
		out += "第" + numeralOr(c.Paragraph) + "款"
	}
	if c.Point > 0 {
		out += "第（" + numeralOr(c.Point) + "）项"
	}
	return out
}

func numeralOr(n int) string {
	if s := Numeral(n); s != "" {
		return s
	}
	return strconv.Itoa(n)
}
