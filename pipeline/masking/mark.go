package masking

import (
	"regexp"
	"strings"

	"tongtang/pipeline/citation"
)

var (
	// a line that is nothing but a mark, with a copy number before it and a term
	// after it: 机密★1年, 000012 秘密, 【绝密】.
	markLine = regexp.MustCompile(`^(?:(?:份号:?)?[0-9]{4,8})?[\[【(〔]?(?:绝密|机密|秘密)(?:级)?[\]】)〕]?(?:[★☆*·]?(?:长期|[0-9一二三四五六七八九十]{1,3}(?:年|个月|月|天)|启用前|解密前?|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日前?)?|[★☆*])$`)
	// a mark with its star anywhere, and a field that names the grade.
	markStar  = regexp.MustCompile(`(?:绝密|机密|秘密)级?[★☆]`)
	markField = regexp.MustCompile(`密级(?:和保密期限|及保密期限|程度)?[:|,]?(?:为|定为)?[\[【(〔"“]?(?:绝密|机密|秘密)(?:级|[★☆*]|[0-9一二三四五六七八九十]{1,3}年|长期|[\]】)〕"”|,;。]|$)`)
)

// ClassificationMark is true when the beginning of a file carries a marking as
// 秘密, 机密 or 绝密: a line of its own with or without a term, a mark with its
// star, or a field 密级. Sentences about secrets, 工作秘密 and 密级：无 are none.
// The caller passes the first page's lines, or a sheet's first rows with cells
// parted by tabs.
func ClassificationMark(head string) bool {
	if !strings.Contains(head, "密") {
		return false
	}
	for line := range strings.Lines(head) {
		// A tab parts cells; every other space may stand inside 秘 密.
		cells := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		for i := range cells {
			cells[i] = strings.ReplaceAll(citation.FoldString(cells[i]), " ", "")
			if markLine.MatchString(cells[i]) {
				return true
			}
		}
		joined := strings.Join(cells, "|")
		if markStar.MatchString(joined) || markField.MatchString(joined) {
			return true
		}
	}
	return false
}
