package citation

import "strings"

var hanDigits = map[rune]int{
	'〇': 0, '零': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
}

// number reads an Arabic number of at most four digits or a Chinese numeral at
// rune i. Numerals without 十 and 百 are read digit by digit: 二六五 is 265.
// arabic tells the two apart; ok is false where there is no number, and where
// an Arabic number has more digits than any article has.
func number(runes []rune, i int) (value, next int, arabic, ok bool) {
	next = i
	for next < len(runes) && runes[next] >= '0' && runes[next] <= '9' {
		if next-i < 4 {
			value = value*10 + int(runes[next]-'0')
		}
		next++
	}
	if next > i {
		return value, next, true, next-i <= 4
	}
	total, digit, digits, units := 0, 0, 0, false
	for next < len(runes) && next-i < 9 {
		r := runes[next]
		if d, is := hanDigits[r]; is {
			if units {
				digit = d
			} else {
				digit = min(digit*10+d, 9999)
			}
			digits++
			next++
			continue
		}
		unit := 0
		switch r {
		case '十':
			unit = 10
		case '百':
			unit = 100
		case '千':
			unit = 1000
		}
		if unit == 0 {
			break
		}
		if digit == 0 {
			digit = 1
		}
		total += min(digit, 9) * unit
		digit, units = 0, true
		next++
	}
	if next == i || (digits == 0 && !units) {
		return 0, i, false, false
	}
	return total + digit, next, false, true
}

// Numeral writes n as statutes do: 265 is 二百六十五, 10 is 十, 101 is 一百零一.
// Numbers above 9999 and below 1 are none that a statute has; they give "".
func Numeral(n int) string {
	if n < 1 || n > 9999 {
		return ""
	}
	const digits = "零一二三四五六七八九"
	digit := func(d int) string { return digits[3*d : 3*d+3] }
	var b strings.Builder
	gap := false
	for _, u := range []struct {
		size int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / u.size
		n %= u.size
		if d == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteString("零")
			gap = false
		}
		if d != 1 || u.size != 10 || b.Len() > 0 {
			b.WriteString(digit(d))
		}
		b.WriteString(u.name)
	}
	return b.String()
}
