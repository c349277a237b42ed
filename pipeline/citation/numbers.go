package citation

import (
	"regexp"
	"strconv"
	"strings"
)

// Span is a stretch of a text, in bytes, with its normal form.
type Span struct {
	StartByte, EndByte int
	Norm               string
}

const provinces = `京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼兵`

var (
	// prefixes of national document numbers, longest first where one begins another.
	nationalPrefix = regexp.MustCompile(`(?:法释|法发|法办|法研|法函|法明传|法政|高检发释字|高检发研字|高检发监字|高检发办字|高检发执检字|高检发[\p{Han}]{0,4}|高检办发|高检会|高检[\p{Han}]{1,3}|最高检发|公通字|公监管|公法制?|公发|公治|公狱|司发通|司发|司规|司办通|司办发?|司狱字|司矫字?|中办发|中发|国办发|国办函|国发|国函|中政委|中政发|中央政法委|国卫[\p{Han}]{1,4}|卫[\p{Han}]{1,3}发|人社部发|民发|财行|财综|教[\p{Han}]{0,2}发|法)$`)
	localRest      = regexp.MustCompile(`^[\p{Han}]{1,8}$`)
	orderIssuer    = regexp.MustCompile(`(?:公安部|司法部|国务院|最高人民检察院|民政部|财政部|主席|国家卫生健康委|国家卫生健康委员会)$`)
	caseKind       = regexp.MustCompile(`^(?:最高法|最高检|兵|军|[` + provinces + `])|法|刑|检|狱|监|执|公|赔|一中|二中`)
	instrumentKind = regexp.MustCompile(`检[\p{Han}]{0,8}(?:纠|违|减|假|暂|监督|建|诉|刑|执|羁|申|控|撤|收|字)`)
)

// docNumberAt reads a document number whose year bracket opens at rune i, and
// returns the runes it covers. The prefix may not reach back before floor.
func docNumberAt(runes []rune, i, floor int) (start, end int, norm string, ok bool) {
	bracketed, yr, at := yearBracket(runes, i)
	if !bracketed {
		return 0, 0, "", false
	}
	at = skipSpaces(runes, at)
	if at < len(runes) && runes[at] == '第' {
		at = skipSpaces(runes, at+1)
	}
	serialAt := at
	for at < len(runes) && runes[at] >= '0' && runes[at] <= '9' {
		at++
	}
	serial := strings.TrimLeft(string(runes[serialAt:at]), "0")
	at = skipSpaces(runes, at)
	if serial == "" || len(serial) > 5 || at >= len(runes) || runes[at] != '号' {
		return 0, 0, "", false
	}
	back := i
	for back > floor && runes[back-1] == ' ' {
		back--
	}
	start = prefixStart(runes, back, floor, runes[i] == '〔')
	if start < 0 {
		return 0, 0, "", false
	}
	return start, at + 1, string(runes[start:back]) + "〔" + yr + "〕" + serial + "号", true
}

// prefixStart finds where the issuing organ's code before rune end begins:
// 法释, 高检发监字, 湘司发. The shortest that the national list or a province
// explains wins, so that 根据湘司发 gives 湘司发. It is -1 where there is none.
func prefixStart(runes []rune, end, floor int, sixCorner bool) int {
	lo := end
	for lo > floor && end-lo < 10 && isHan(runes[lo-1]) {
		lo--
	}
	if lo == end {
		return -1
	}
	window := string(runes[lo:end])
	national := -1
	if m := nationalPrefix.FindStringIndex(window); m != nil {
		national = end - len([]rune(window[m[0]:]))
	}
	local := -1
	for j := end - 2; j >= lo; j-- {
		if strings.ContainsRune(provinces, runes[j]) && localRest.MatchString(string(runes[j+1:end])) &&
			!strings.ContainsAny(string(runes[j+1:end]), "省市区县") {
			local = j
			break
		}
	}
	// 湘高检发 is local although 高检发 alone would be national.
	if local >= 0 && (national < 0 || local < national && national-local <= 2) {
		return local
	}
	if national >= 0 {
		return national
	}
	if !sixCorner {
		return -1
	}
	// An organ unknown to us: with six-corner brackets it is a number all the
	// same. Its code is taken to be the last characters that are no plain word.
	j := end
	for j > lo && end-j < 5 && !strings.ContainsRune("据按照依和及与的根见由是为对在用同发布了省市县区院局厅部", runes[j-1]) {
		j--
	}
	if end-j < 2 {
		return -1
	}
	return j
}

// yearBracket reads 〔2016〕 in any of the brackets people use.
func yearBracket(runes []rune, i int) (ok bool, yr string, next int) {
	if i >= len(runes) || !strings.ContainsRune("〔[【(［﹝", runes[i]) {
		return false, "", i
	}
	at := skipSpaces(runes, i+1)
	if at+4 > len(runes) {
		return false, "", i
	}
	yr = string(runes[at : at+4])
	if yr < "1949" || yr > "2099" || len(yr) != 4 || !allDigits(yr) {
		return false, "", i
	}
	at = skipSpaces(runes, at+4)
	if at < len(runes) && runes[at] == '年' {
		at++
	}
	if at >= len(runes) || !strings.ContainsRune("〕]】)］﹞", runes[at]) {
		return false, "", i
	}
	return true, yr, at + 1
}

// orderAt reads 公安部令第159号, whose 令 stands at rune i.
func orderAt(runes []rune, i, floor int) (start, end int, norm string, ok bool) {
	at := skipSpaces(runes, i+1)
	if at < len(runes) && runes[at] == '第' {
		at = skipSpaces(runes, at+1)
	}
	n, at, _, ok := number(runes, at)
	at = skipSpaces(runes, at)
	if !ok || n == 0 || at >= len(runes) || runes[at] != '号' {
		return 0, 0, "", false
	}
	window := string(runes[max(floor, i-12):i])
	m := orderIssuer.FindStringIndex(window)
	if m == nil {
		return 0, 0, "", false
	}
	issuer := window[m[0]:]
	return i - len([]rune(issuer)), at + 1, issuer + "令第" + strconv.Itoa(n) + "号", true
}

// guidingCaseAt reads 检例第70号, 指导性案例第171号 and 入库编号2023-… at rune i.
func guidingCaseAt(runes []rune, i int) (end int, norm string, ok bool) {
	for _, head := range []string{"检例", "指导性案例", "指导案例", "入库编号"} {
		if !hasPrefix(runes, i, head) {
			continue
		}
		at := skipSpaces(runes, i+len([]rune(head)))
		if head == "入库编号" {
			if at < len(runes) && runes[at] == ':' {
				at = skipSpaces(runes, at+1)
			}
			from := at
			for at < len(runes) && (runes[at] == '-' || runes[at] >= '0' && runes[at] <= '9') {
				at++
			}
			id := strings.TrimRight(string(runes[from:at]), "-")
			if parts := strings.Split(id, "-"); len(parts) != 5 || len(parts[0]) != 4 {
				return 0, "", false
			}
			return from + len(id), "入库编号" + id, true
		}
		if at < len(runes) && runes[at] == '第' {
			at = skipSpaces(runes, at+1)
		}
		n, at, _, ok := number(runes, at)
		at = skipSpaces(runes, at)
		if !ok || n == 0 || at >= len(runes) || runes[at] != '号' {
			return 0, "", false
		}
		if head == "检例" {
			return at + 1, "检例第" + strconv.Itoa(n) + "号", true
		}
		return at + 1, "指导性案例" + strconv.Itoa(n) + "号", true
	}
	return 0, "", false
}

// DocNumbers finds the document numbers of a text, such as 法释〔2016〕23号 and
// 公安部令第159号, in order.
func DocNumbers(text string) []Span { return DocNumbersFolded(Fold(text)) }

// DocNumbersFolded is DocNumbers for a caller that has folded the text already.
func DocNumbersFolded(f Folded) []Span {
	var out []Span
	floor := 0
	for i, r := range f.Runes {
		if i < floor {
			continue
		}
		var start, end int
		var normal string
		var ok bool
		switch r {
		case '〔', '[', '【', '(', '［', '﹝':
			start, end, normal, ok = docNumberAt(f.Runes, i, floor)
		case '令':
			start, end, normal, ok = orderAt(f.Runes, i, floor)
		}
		if ok {
			from, to := f.Span(start, end)
			out = append(out, Span{from, to, normal})
			floor = end
		}
	}
	return out
}

// CaseNumbers finds the numbers of single cases, in order: those of courts,
// （2021）京01刑更123号 and the older （2014）浙杭刑执字第88号, of prisons'
// proposals, and of procuratorates' instruments such as 京检五部纠违〔2022〕5号.
// They tell who a person is, so they are masked; they are no citations. The
// normal form has full-width round brackets round the year, no 第 and no
// leading zeros (the old form keeps 字第), or six-corner brackets for instruments.
func CaseNumbers(text string) []Span { return CaseNumbersFolded(Fold(text)) }

// CaseNumbersFolded is CaseNumbers for a caller that has folded the text already.
func CaseNumbersFolded(f Folded) []Span {
	var out []Span
	floor := 0
	for i, r := range f.Runes {
		if i < floor || !strings.ContainsRune("〔[【(［﹝2", r) && r != '1' {
			continue
		}
		start, end, normal, ok := caseNumberAt(f.Runes, i, floor)
		if !ok {
			continue
		}
		from, to := f.Span(start, end)
		out = append(out, Span{from, to, normal})
		floor = end
	}
	return out
}

func caseNumberAt(runes []rune, i, floor int) (start, end int, norm string, ok bool) {
	bracketed, yr, at := yearBracket(runes, i)
	if !bracketed {
		// 2021京01刑更123号, typed without brackets. 2021年 is a date.
		if i+4 >= len(runes) || i > 0 && isASCIIAlnum(runes[i-1]) {
			return 0, 0, "", false
		}
		yr = string(runes[i : i+4])
		if !allDigits(yr) || yr < "1979" || yr > "2099" || !strings.ContainsRune(provinces+"最", runes[i+4]) {
			return 0, 0, "", false
		}
		at = i + 4
	}
	at = skipSpaces(runes, at)
	from := at
	han := 0
	for at < len(runes) && at-from < 22 && (isHan(runes[at]) && runes[at] != '第' && runes[at] != '号' || runes[at] >= '0' && runes[at] <= '9' || runes[at] == ' ') {
		if isHan(runes[at]) {
			han++
		}
		at++
	}
	// The serial is the digits that end the run, unless 第 stands before it.
	codeEnd := at
	if at < len(runes) && runes[at] == '第' {
		at = skipSpaces(runes, at+1)
	} else {
		for codeEnd > from && (runes[codeEnd-1] >= '0' && runes[codeEnd-1] <= '9' || runes[codeEnd-1] == ' ') {
			codeEnd--
		}
		at = skipSpaces(runes, codeEnd)
	}
	serialAt := at
	for at < len(runes) && runes[at] >= '0' && runes[at] <= '9' {
		at++
	}
	serial := strings.TrimLeft(string(runes[serialAt:at]), "0")
	at = skipSpaces(runes, at)
	if serial == "" || len(serial) > 6 || at >= len(runes) || runes[at] != '号' {
		return 0, 0, "", false
	}
	at++
	code := strings.ReplaceAll(string(runes[from:codeEnd]), " ", "")
	if code == "" {
		return instrumentAt(runes, i, floor, at, yr, serial)
	}
	if han == 0 || !caseKind.MatchString(code) {
		return 0, 0, "", false
	}
	norm = "（" + yr + "）" + code
	if strings.HasSuffix(code, "字") {
		norm += "第"
	}
	norm += serial + "号"
	if at < len(runes) && runes[at] == '之' {
		if n, next, _, ok := number(runes, at+1); ok && n > 0 {
			norm += "之" + Numeral(n)
			at = next
		}
	}
	return i, at, norm, true
}

// instrumentAt reads the code before the bracket at rune i of an instrument
// that ends at rune end: 京检五部纠违〔2022〕5号.
func instrumentAt(runes []rune, i, floor, end int, yr, serial string) (int, int, string, bool) {
	back := i
	for back > floor && runes[back-1] == ' ' {
		back--
	}
	lo := back
	for lo > floor && back-lo < 16 && isHan(runes[lo-1]) {
		lo--
	}
	for j := back - 3; j >= lo; j-- {
		if !strings.ContainsRune(provinces, runes[j]) {
			continue
		}
		code := string(runes[j:back])
		if instrumentKind.MatchString(code) && !strings.Contains(code, "发") && !strings.Contains(code, "办") && !strings.ContainsAny(code, "省市区县") {
			return j, end, code + "〔" + yr + "〕" + serial + "号", true
		}
	}
	return 0, 0, "", false
}

func skipSpaces(runes []rune, i int) int {
	for i < len(runes) && runes[i] == ' ' {
		i++
	}
	return i
}

func hasPrefix(runes []rune, i int, prefix string) bool {
	for _, r := range prefix {
		if i >= len(runes) || runes[i] != r {
			return false
		}
		i++
	}
	return true
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x323AF || r == '〇'
}

func isASCIIAlnum(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
