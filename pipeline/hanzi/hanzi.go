// Package hanzi folds traditional Chinese characters to simplified ones.
//
// The table is of characters and our own; what a character becomes in company
// stands in rules. Text in simplified characters stays as it is: 著 (著作), 乾
// (乾隆), 瞭 (瞭望) and 藉 (慰藉) are good simplified characters and are folded only
// in text that is otherwise traditional, and there only where they stand for
// another word. Every character keeps its width in bytes, so offsets stay true.
package hanzi

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

//go:embed traditional.txt
var traditional string

const first, last = 0x4e00, 0x9fff

var simple = func() (table [last - first + 1]uint16) {
	for i := range table {
		table[i] = uint16(first + i)
	}
	var above []rune
	for line := range strings.Lines(traditional) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case above == nil:
			above = []rune(line)
		default:
			for i, r := range []rune(line) {
				table[above[i]-first] = uint16(r)
			}
			above = nil
		}
	}
	return table
}()

// Rune is the simplified form of a character that has one whatever its company,
// else the character.
func Rune(r rune) rune {
	if r < first || r > last {
		return r
	}
	return rune(simple[r-first])
}

// Traditional says whether any character of a text is a traditional one.
func Traditional(text string) bool {
	for _, r := range text {
		if Rune(r) != r {
			return true
		}
	}
	return false
}

// Simplify folds a text; one without traditional characters is given back as
// it is. The folded text has as many bytes, character by character.
func Simplify(text string) string {
	if !Traditional(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	var before rune
	for i, r := range text {
		if r == utf8.RuneError { // a byte that is no character keeps its place
			_, size := utf8.DecodeRuneInString(text[i:])
			b.WriteString(text[i : i+size])
			before = r
			continue
		}
		after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		b.WriteRune(inCompany(before, r, Rune(after)))
		before = Rune(r)
	}
	return b.String()
}

// inCompany folds a character of a traditional text between its neighbours,
// which are given simplified.
func inCompany(before, r, after rune) rune {
	among := func(r rune, list string) bool { return r > 0 && strings.ContainsRune(list, r) }
	switch r {
	case '乾':
		if !among(after, "隆坤县卦陵元嘉安") && before != '康' {
			return '干'
		}
	case '著':
		if !among(before, "显卓名原专巨论编土昭遗译合所") && !among(after, "作名者称录述书有") {
			return '着'
		}
	case '瞭':
		if after != '望' && before != '炯' {
			return '了'
		}
	case '藉':
		if !among(before, "狼慰蕴枕") {
			return '借'
		}
	case '甚':
		if after == '么' {
			return '什'
		}
	case '覆':
		if among(before, "答回反批函奏禀") || among(after, "核查审议") {
			return '复'
		}
	case '徵':
		return '征'
	case '沈':
		if among(after, "默重没着迷淀沦思") {
			return '沉'
		}
	}
	return Rune(r)
}
