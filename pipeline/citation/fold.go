package citation

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tongtang/pipeline/hanzi"
)

// Folded is a text as patterns see it: full-width letters, digits and
// punctuation as ASCII, every kind of space as ' ', traditional characters as
// simplified, radicals and compatibility forms as the characters they stand
// for, and no zero-width characters. Each rune knows its bytes in the original.
type Folded struct {
	Runes    []rune
	from, to []int // bytes of Runes[i] in the original
	size     int   // bytes of the original
}

// Len is the number of folded runes.
func (f Folded) Len() int { return len(f.Runes) }

// Span is the bytes of the original that runes i up to but not including j
// came from. An empty range is an empty span where rune i begins.
func (f Folded) Span(i, j int) (startByte, endByte int) {
	switch {
	case i >= len(f.Runes):
		return f.size, f.size
	case j <= i:
		return f.from[i], f.from[i]
	default:
		return f.from[i], f.to[j-1]
	}
}

// Index is the first rune that begins at or after a byte of the original.
func (f Folded) Index(byteOffset int) int {
	lo, hi := 0, len(f.from)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if f.from[mid] < byteOffset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Fold makes the folded copy of a text. Invalid bytes become U+FFFD, one each.
func Fold(text string) Folded {
	n := utf8.RuneCountInString(text)
	places := make([]int, 2*n)
	f := Folded{Runes: make([]rune, 0, n), from: places[:0:n], to: places[n:n], size: len(text)}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r = foldRune(r); r >= 0 {
			f.Runes = append(f.Runes, r)
			f.from = append(f.from, i)
			f.to = append(f.to, i+size)
		}
		i += size
	}
	return f
}

// FoldString is the folded copy as a string, for keys of tables.
func FoldString(s string) string {
	return strings.Map(foldRune, s)
}

// foldRune gives -1 for characters that take no room.
func foldRune(r rune) rune {
	switch {
	case r < 0x80:
		if r == '\t' {
			return ' '
		}
		return r
	case r >= 0x4E00 && r <= 0x9FFF:
		return hanzi.Rune(r)
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0xA0, r == 0x3000, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F:
		return ' '
	case r == 0xAD, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2064,
		r == 0xFEFF, r >= 0xFE00 && r <= 0xFE0F:
		return -1
	case r >= 0x2E80 && r <= 0x2FDF, r >= 0xF900 && r <= 0xFAFF:
		c, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
		return hanzi.Rune(c)
	}
	return r
}
