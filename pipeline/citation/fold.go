package citation

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/longbridgeapp/opencc"
	"golang.org/x/text/unicode/norm"
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
		return simplified()[r-0x4E00]
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0xA0, r == 0x3000, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F:
		return ' '
	case r == 0xAD, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2064,
		r == 0xFEFF, r >= 0xFE00 && r <= 0xFE0F:
		return -1
	case r >= 0x2E80 && r <= 0x2FDF, r >= 0xF900 && r <= 0xFAFF:
		c, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
		if c >= 0x4E00 && c <= 0x9FFF {
			return simplified()[c-0x4E00]
		}
		return c
	}
	return r
}

// simplified maps U+4E00..U+9FFF, one character to one, by OpenCC's t2s table.
// Only characters that stay a single character are folded, so that every
// folded rune keeps its place.
var simplified = sync.OnceValue(func() []rune {
	table := make([]rune, 0x9FFF-0x4E00+1)
	var column strings.Builder
	for i := range table {
		table[i] = rune(0x4E00 + i)
		column.WriteRune(table[i])
		column.WriteByte('\n')
	}
	// The dictionaries are compiled into the module: when they cannot be read
	// traditional text is matched as written, which loses a citation, not a text.
	converter, err := opencc.New("t2s")
	if err != nil {
		return table
	}
	converted, err := converter.Convert(column.String())
	if err != nil {
		return table
	}
	i := 0
	for line := range strings.SplitSeq(converted, "\n") {
		if r, size := utf8.DecodeRuneInString(line); i < len(table) && size > 0 && size == len(line) {
			table[i] = r
		}
		i++
	}
	return table
})
