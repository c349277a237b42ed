package masking

import (
	"strings"
)

func digit(r rune) bool  { return r >= '0' && r <= '9' }
func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func alnum(r rune) bool  { return digit(r) || letter(r) }

// numbers masks what is recognised by digits and letters.
func (p *pass) numbers() {
	// Addresses first: 13000000000@example.com is no phone.
	for i, r := range p.r {
		if r == '@' && !p.taken[i] {
			p.email(i)
		}
	}
	for i := 0; i < len(p.r); {
		r := p.r[i]
		switch {
		case p.taken[i]:
			i++
		case alnum(r) && (i == 0 || !alnum(p.r[i-1])):
			i = p.run(i)
		case r == '+' && i+1 < len(p.r) && digit(p.r[i+1]):
			i = p.run(i)
		case r == '(' && i+1 < len(p.r) && p.r[i+1] == '0':
			// (0731)88886666
			if end := p.landline(i); end > i && p.add(i, end, Phone, nil) {
				i = end
			} else {
				i++
			}
		case hanDigit(r) >= 0 && (i == 0 || hanDigit(p.r[i-1]) < 0):
			i = p.spelled(i)
		case isPlateProvince(r):
			if end := p.plate(i); end > i && p.add(i, end, Plate, nil) {
				i = end
			} else {
				i++
			}
		default:
			i++
		}
	}
}

// email masks the address round the @ at rune i.
func (p *pass) email(i int) {
	start := i
	for start > 0 && i-start < 64 && (alnum(p.r[start-1]) || strings.ContainsRune("._%+-", p.r[start-1])) {
		start--
	}
	for start < i && !alnum(p.r[start]) {
		start++
	}
	end, dot := i+1, -1
	for end < len(p.r) && end-i < 128 && (alnum(p.r[end]) || p.r[end] == '.' || p.r[end] == '-') {
		if p.r[end] == '.' {
			dot = end
		}
		end++
	}
	for end > i+1 && !alnum(p.r[end-1]) {
		end--
	}
	if start == i || dot < 0 || dot <= i+1 || end-dot < 3 {
		return
	}
	p.add(start, end, Email, nil)
}

// run masks the numbers that begin with the run of letters and digits at rune i
// and returns where to go on.
func (p *pass) run(i int) int {
	end := i
	if p.r[end] == '+' {
		end++
	}
	for end < len(p.r) && alnum(p.r[end]) {
		end++
	}
	// QQ10000001, IP10.0.0.1: the letters are the word that says what follows.
	if k := i; letter(p.r[k]) {
		for k < end && letter(p.r[k]) {
			k++
		}
		if v, start := contextTree.longest(p.r, k); k < end && v != nil && start <= i {
			i = k
		}
	}
	if next := p.byContext(i); next > i {
		return next
	}
	if next := p.ip(i); next > i {
		return next
	}
	if next := p.grouped(i); next > i {
		return next
	}
	if end-i == 9 && strings.ContainsRune("EeGgDdPpSs", p.r[i]) && allDigits(p.r[i+1:end]) ||
		end-i == 9 && (p.r[i] == 'E' || p.r[i] == 'e') && letter(p.r[i+1]) && allDigits(p.r[i+2:end]) {
		p.add(i, end, Certificate, nil)
	}
	return end
}

func allDigits(r []rune) bool {
	for _, x := range r {
		if !digit(x) {
			return false
		}
	}
	return len(r) > 0
}

// contexts are the words before a number that say what it is. Longer ones first
// where one ends another.
var contexts = []struct {
	word string
	kind string
	min  int // shortest number
}{
	{"罪犯编号", InmateNo, 4},
	{"罪犯号", InmateNo, 4},
	{"服刑人员编号", InmateNo, 4},
	{"囚号", InmateNo, 3},
	{"番号", InmateNo, 3},
	{"狱政编号", InmateNo, 4},
	{"监号", InmateNo, 4},
	{"在押人员编号", InmateNo, 4},
	{"人员编号", InmateNo, 4},
	{"矫正编号", InmateNo, 4},
	{"社矫编号", InmateNo, 4},
	{"档案编号", InmateNo, 4},
	{"档案号", InmateNo, 4},
	{"编号", InmateNo, 8},
	{"犯号", InmateNo, 4},
	{"inmate no", InmateNo, 4},
	{"inmate no.", InmateNo, 4},
	{"inmate number", InmateNo, 4},
	{"prisoner no.", InmateNo, 4},
	{"prisoner number", InmateNo, 4},
	{"微信", WeChat, 5},
	{"微信号", WeChat, 5},
	{"微信号码", WeChat, 5},
	{"wechat", WeChat, 5},
	{"wechat id", WeChat, 5},
	{"vx", WeChat, 5},
	{"wx", WeChat, 5},
	{"加v", WeChat, 5},
	{"抖音号", WeChat, 4},
	{"快手号", WeChat, 4},
	{"微博账号", WeChat, 4},
	{"qq", QQ, 5},
	{"qq号", QQ, 5},
	{"qq号码", QQ, 5},
	{"qq群", QQ, 5},
	{"qq群号", QQ, 5},
	{"扣扣", QQ, 5},
	{"护照", Certificate, 6},
	{"护照号", Certificate, 6},
	{"护照号码", Certificate, 6},
	{"通行证", Certificate, 6},
	{"通行证号", Certificate, 6},
	{"通行证号码", Certificate, 6},
	{"回乡证", Certificate, 6},
	{"台胞证", Certificate, 6},
	{"回乡证号", Certificate, 6},
	{"台胞证号", Certificate, 6},
	{"军官证号", Certificate, 5},
	{"军官证", Certificate, 5},
	{"士兵证号", Certificate, 5},
	{"警官证号", Certificate, 5},
	{"警号", Certificate, 5},
	{"居留证号", Certificate, 6},
	{"驾驶证号", Certificate, 8},
	{"驾照号", Certificate, 8},
	{"档案编号", Certificate, 8},
	{"证件号", Certificate, 6},
	{"证件号码", Certificate, 6},
	{"社保卡号", Certificate, 8},
	{"医保卡号", Certificate, 8},
	{"社保号", Certificate, 8},
	{"学号", Certificate, 6},
	{"工号", Certificate, 4},
	{"passport", Certificate, 6},
	{"passport no", Certificate, 6},
	{"passport no.", Certificate, 6},
	{"passport number", Certificate, 6},
	{"身份证", IDCard, 8},
	{"身份证号", IDCard, 8},
	{"身份证号码", IDCard, 8},
	{"公民身份号码", IDCard, 8},
	{"身份号码", IDCard, 8},
	{"id card", IDCard, 8},
	{"id no.", IDCard, 8},
	{"id number", IDCard, 8},
	{"银行卡", BankCard, 10},
	{"银行卡号", BankCard, 10},
	{"卡号", BankCard, 10},
	{"账号", BankCard, 9},
	{"帐号", BankCard, 9},
	{"银行账户", BankCard, 9},
	{"账户", BankCard, 12},
	{"工资卡", BankCard, 10},
	{"工资卡号", BankCard, 10},
	{"储蓄卡", BankCard, 10},
	{"信用卡", BankCard, 10},
	{"存折", BankCard, 10},
	{"社保卡", BankCard, 10},
	{"电话", Phone, 7},
	{"电话号码", Phone, 7},
	{"联系电话", Phone, 7},
	{"手机", Phone, 7},
	{"手机号", Phone, 7},
	{"手机号码", Phone, 7},
	{"座机", Phone, 7},
	{"联系方式", Phone, 7},
	{"热线", Phone, 8},
	{"传真", Phone, 7},
	{"致电", Phone, 7},
	{"拨打", Phone, 7},
	{"tel", Phone, 7},
	{"phone", Phone, 7},
	{"mobile", Phone, 7},
	{"支付宝", Phone, 7},
	{"支付宝账号", Phone, 7},
	{"ip", IPAddress, 7},
	{"ip地址", IPAddress, 7},
}

var contextTree = func() *suffixes {
	t := &suffixes{}
	for _, c := range contexts {
		t.add(c.word, suffixValue{c.kind, c.min})
	}
	return t
}()

type suffixValue struct {
	kind string
	min  int
}

// suffixes finds the longest word that ends at a place.
type suffixes struct {
	next map[rune]*suffixes
	end  *suffixValue
}

func (t *suffixes) add(word string, v suffixValue) {
	runes := []rune(word)
	at := t
	for i := len(runes) - 1; i >= 0; i-- {
		if at.next == nil {
			at.next = map[rune]*suffixes{}
		}
		if at.next[runes[i]] == nil {
			at.next[runes[i]] = &suffixes{}
		}
		at = at.next[runes[i]]
	}
	at.end = &v
}

func (t *suffixes) longest(r []rune, end int) (*suffixValue, int) {
	var best *suffixValue
	start := end
	at := t
	for j := end - 1; j >= 0; j-- {
		x := r[j]
		if x >= 'A' && x <= 'Z' {
			x += 'a' - 'A'
		}
		if at = at.next[x]; at == nil {
			break
		}
		if at.end != nil && !(letter(r[j]) && j > 0 && letter(r[j-1])) {
			best, start = at.end, j
		}
	}
	return best, start
}

// contextBefore is what the words before rune i say the number there is, where
// those words end, and whether 为, a colon or the like stands between.
func (p *pass) contextBefore(i int) (v *suffixValue, back int, said bool) {
	back = i
	for back > 0 && i-back < 4 && strings.ContainsRune(": 为是系(#\"“", p.r[back-1]) {
		said = said || p.r[back-1] != ' '
		back--
	}
	v, _ = contextTree.longest(p.r, back)
	return v, back, said
}

// byContext masks the number at rune i when the words before it say what it is:
// 罪犯编号：6501234567, 微信qinxh_2020, 护照号E12345678.
func (p *pass) byContext(i int) int {
	v, back, said := p.contextBefore(i)
	if v == nil {
		return i
	}
	end := i
	digits, marks := 0, 0
	allowed := "-_"
	switch v.kind {
	case BankCard, Phone, IDCard:
		// With spaces inside; the last group ends the number.
		return p.spaced(i, v)
	case IPAddress:
		return i
	case Certificate, InmateNo:
		allowed = "-"
	}
	for end < len(p.r) && end-i < 32 && (alnum(p.r[end]) || strings.ContainsRune(allowed, p.r[end])) && !p.taken[end] {
		if digit(p.r[end]) {
			digits++
		} else if !letter(p.r[end]) {
			marks++
		}
		end++
	}
	for end > i && !alnum(p.r[end-1]) {
		end--
		marks--
	}
	if end-i < v.min || end < len(p.r) && p.r[end] == '@' {
		return i
	}
	switch v.kind {
	case WeChat:
		// 微信App and 微信H5页面 are no one's.
		if !said && digits == 0 && marks == 0 && !strings.HasSuffix(string(p.r[max(0, back-2):back]), "号") {
			return i
		}
	default:
		if digits < 3 {
			return i
		}
	}
	if end < len(p.r) && strings.ContainsRune("元%年条个人次名件", p.r[end]) {
		return i
	}
	if !p.add(i, end, v.kind, nil) {
		return i
	}
	return end
}

// spaced masks a number that the words before it announce, whatever its digits:
// a card whose check digit was mistyped is still somebody's.
func (p *pass) spaced(i int, v *suffixValue) int {
	if next := p.grouped(i); next > i && len(p.hits) > 0 && p.hits[len(p.hits)-1].start == i {
		return next
	}
	end, digits := i, 0
	last := i
	for end < len(p.r) && end-i < 40 {
		r := p.r[end]
		if digit(r) {
			digits++
			last = end + 1
		} else if (r == 'X' || r == 'x' || r == '*') && v.kind == IDCard {
			last = end + 1
		} else if (r != ' ' && r != '-') || end == i || end+1 >= len(p.r) || !digit(p.r[end+1]) || !digit(p.r[end-1]) {
			break
		}
		end++
	}
	limit := 30
	if v.kind == Phone {
		limit = 13
		// 手机2000-4000元档
		if digits == 8 && last-i == 9 && p.r[i+4] == '-' {
			return i
		}
	}
	if v.kind == IDCard {
		limit = 20
	}
	if digits < v.min || digits > limit || last < len(p.r) && (letter(p.r[last]) || strings.ContainsRune("元%年条个次名件", p.r[last])) {
		return i
	}
	if v.kind == Phone && end < len(p.r) && p.r[end] == '@' {
		return i
	}
	if !p.add(i, last, v.kind, nil) {
		return i
	}
	return last
}

// ip masks an address of four numbers. Section numbers such as 1.2.3.4 stay.
func (p *pass) ip(i int) int {
	at := i
	var octets [4]int
	for n := range 4 {
		from := at
		for at < len(p.r) && digit(p.r[at]) && at-from < 4 {
			octets[n] = octets[n]*10 + int(p.r[at]-'0')
			at++
		}
		if at == from || octets[n] > 255 {
			return i
		}
		if n < 3 {
			if at >= len(p.r) || p.r[at] != '.' {
				return i
			}
			at++
		}
	}
	if at < len(p.r) && (alnum(p.r[at]) || p.r[at] == '.' && at+1 < len(p.r) && digit(p.r[at+1])) || i > 1 && p.r[i-1] == '.' {
		return i
	}
	if v, _, _ := p.contextBefore(i); octets[0] < 10 && (v == nil || v.kind != IPAddress) {
		return i
	}
	if !p.add(i, at, IPAddress, nil) {
		return i
	}
	return at
}

// grouped reads digits in groups, parted by single spaces or hyphens, from rune
// i on and masks the first identity card, bank card or phone it finds there. It
// returns where to go on, i when the first group belongs to none.
func (p *pass) grouped(i int) int {
	at := i
	plus := p.r[at] == '+'
	if plus {
		at++
	}
	type group struct{ start, end int }
	var groups []group
	var digits []byte
	ends := [12]int{} // digits up to the end of group n
	for len(groups) < 12 && at < len(p.r) && digit(p.r[at]) {
		from := at
		for at < len(p.r) && digit(p.r[at]) {
			digits = append(digits, byte(p.r[at]))
			at++
		}
		ends[len(groups)] = len(digits)
		groups = append(groups, group{from, at})
		if at+1 < len(p.r) && (p.r[at] == ' ' || p.r[at] == '-') && digit(p.r[at+1]) {
			at++
			continue
		}
		break
	}
	if len(groups) == 0 {
		return i
	}
	// What follows a number's last digit must not be more of it.
	clean := func(end int) bool {
		return end >= len(p.r) || !letter(p.r[end]) && p.r[end] != '_' && p.r[end] != '%' && p.r[end] != '@' &&
			!(p.r[end] == '.' && end+1 < len(p.r) && digit(p.r[end+1]))
	}
	if i > 0 && (p.r[i-1] == '.' && i > 1 && digit(p.r[i-2]) || p.r[i-1] == '_') {
		return i
	}
	for n := range groups {
		num := digits[:ends[n]]
		end := groups[n].end
		size := len(num)
		shape := make([]int, 0, 12)
		for k := 0; k <= n; k++ {
			from := 0
			if k > 0 {
				from = ends[k-1]
			}
			shape = append(shape, ends[k]-from)
		}
		if size == 17 && end < len(p.r) && (p.r[end] == 'X' || p.r[end] == 'x') && clean(end+1) && isIDCard(append(append([]byte{}, num...), 'X')) {
			if p.add(i, end+1, IDCard, nil) {
				return end + 1
			}
		}
		if !clean(end) {
			continue
		}
		kind := ""
		switch {
		case size == 18 && n <= 4 && isIDCard(num):
			kind = IDCard
		case size == 15 && n == 0 && isOldIDCard(num):
			kind = IDCard
		case size >= 13 && size <= 19 && cardShape(shape) && cardPrefix(num) && luhn(num):
			kind = BankCard
		case isMobile(num, shape, plus):
			kind = Phone
		}
		if kind != "" && !p.amount(end) && p.add(i, end, kind, nil) {
			return end
		}
	}
	if end := p.landline(i); end > i && clean(end) && !p.amount(end) && p.add(i, end, Phone, nil) {
		return end
	}
	return i
}

// amount is true where the digits that end at rune i count something.
func (p *pass) amount(i int) bool {
	i = p.spacesAt(i)
	return i < len(p.r) && strings.ContainsRune("元美万亿%年条个次名件份吨", p.r[i])
}

// isIDCard checks an identity card of 18 characters: a birthday that exists, and
// the checksum. A wrong check digit is let pass for birthdays from 1900 to 2009,
// because people mistype and the number still names them; later dates are more
// likely a register's.
func isIDCard(num []byte) bool {
	if len(num) != 18 || num[0] == '0' || !validDay(num[6:14]) {
		return false
	}
	return checksum(num) || string(num[6:10]) >= "1900" && string(num[6:10]) < "2010"
}

// checksum is that of GB 11643: ISO 7064, MOD 11-2.
func checksum(num []byte) bool {
	sum := 0
	for i := range 17 {
		if num[i] < '0' || num[i] > '9' {
			return false
		}
		weight := 1
		for range 17 - i {
			weight = weight * 2 % 11
		}
		sum += int(num[i]-'0') * weight
	}
	return "10X98765432"[sum%11] == num[17]
}

func isOldIDCard(num []byte) bool {
	return num[0] >= '1' && num[0] <= '8' && validDay(append([]byte("19"), num[6:12]...))
}

func validDay(d []byte) bool {
	n := func(s []byte) int {
		v := 0
		for _, c := range s {
			v = v*10 + int(c-'0')
		}
		return v
	}
	y, m, day := n(d[:4]), n(d[4:6]), n(d[6:8])
	return y >= 1850 && y <= 2099 && m >= 1 && m <= 12 && day >= 1 && day <= 31
}

// luhn is the check of ISO/IEC 7812-1.
func luhn(num []byte) bool {
	sum := 0
	for i := range num {
		d := int(num[len(num)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func cardPrefix(num []byte) bool {
	return num[0] == '6' && (num[1] == '2' || num[1] == '0' || num[1] == '5') || num[0] == '4' || num[0] == '5' || num[0] == '9' ||
		num[0] == '3' && (num[1] == '5' || num[1] == '7' || num[1] == '4')
}

// cardShape takes one group, or groups of four with a shorter or equal last.
func cardShape(shape []int) bool {
	if len(shape) == 1 {
		return true
	}
	for k, n := range shape {
		if k < len(shape)-1 && n != 4 && !(k == 0 && n == 6) && !(len(shape) == 2) || k == len(shape)-1 && n > 4 && len(shape) > 2 {
			return false
		}
	}
	return true
}

// isMobile takes 13000000000, 130 0000 0000, 130-0000-0000 and +86 before them.
func isMobile(num []byte, shape []int, plus bool) bool {
	if len(num) == 15 && string(num[:4]) == "0086" {
		num = num[4:]
		shape = dropDigits(shape, 4)
	} else if len(num) == 13 && string(num[:2]) == "86" {
		num = num[2:]
		shape = dropDigits(shape, 2)
	} else if plus {
		return false
	}
	if len(num) != 11 || num[0] != '1' || num[1] < '3' {
		return false
	}
	switch len(shape) {
	case 1:
		return true
	case 2:
		return shape[0] == 3 || shape[0] == 7 || shape[0] == 5
	case 3:
		return shape[0] >= 3 && shape[1] >= 3 && shape[2] >= 3
	}
	return false
}

func dropDigits(shape []int, n int) []int {
	if shape[0] == n {
		return shape[1:]
	}
	out := append([]int(nil), shape...)
	out[0] -= n
	return out
}

// landline reads 0731-88886666, (0731)88886666, 073188886666转801 and returns
// its end, i when there is none.
func (p *pass) landline(i int) int {
	at := i
	open := p.r[at] == '('
	if open {
		at++
	}
	from := at
	for at < len(p.r) && digit(p.r[at]) {
		at++
	}
	area := at - from
	if area < 3 || p.r[from] != '0' || p.r[from+1] == '0' {
		return i
	}
	local := 0
	if area <= 4 {
		if open {
			if at >= len(p.r) || p.r[at] != ')' {
				return i
			}
			at++
		}
		if at < len(p.r) && (p.r[at] == '-' || p.r[at] == ' ' || p.r[at] == '—') {
			at++
		}
		start := at
		for at < len(p.r) && digit(p.r[at]) {
			at++
		}
		local = at - start
		if local < 7 && local >= 3 && at < len(p.r) && (p.r[at] == '-' || p.r[at] == ' ') {
			at++
			for at < len(p.r) && digit(p.r[at]) {
				at++
				local++
			}
		}
	} else if !open && area >= 10 && area <= 12 {
		local = 8
	}
	if local != 7 && local != 8 {
		return i
	}
	end := at
	if at < len(p.r) && (p.r[at] == '-' || p.r[at] == '转') {
		at++
		start := at
		for at < len(p.r) && digit(p.r[at]) {
			at++
		}
		if at-start >= 1 && at-start <= 6 {
			end = at
		}
	}
	if end < len(p.r) && alnum(p.r[end]) {
		return i
	}
	return end
}

// hanDigit is the value of a spoken digit, -1 for other characters.
func hanDigit(r rune) int {
	switch r {
	case '零', '〇', '洞':
		return 0
	case '幺':
		return 1
	case '两':
		return 2
	}
	if k := strings.IndexRune("一二三四五六七八九", r); k >= 0 {
		return k/3 + 1
	}
	return -1
}

// spelled masks a phone or identity card written in Chinese digits at rune i and
// returns the end of the digits.
func (p *pass) spelled(i int) int {
	end := i
	var num []byte
	for end < len(p.r) && hanDigit(p.r[end]) >= 0 {
		num = append(num, byte('0'+hanDigit(p.r[end])))
		end++
	}
	switch {
	case len(num) == 11 && isMobile(num, []int{11}, false):
		p.add(i, end, Phone, nil)
	case isIDCard(num):
		p.add(i, end, IDCard, nil)
	}
	return end
}

func isPlateProvince(r rune) bool {
	return strings.ContainsRune("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使", r)
}

// plate reads 桂Z·00000, 京AD12345, 粤Z1234港 at rune i and returns its end.
func (p *pass) plate(i int) int {
	at := i + 1
	if at >= len(p.r) || !(p.r[at] >= 'A' && p.r[at] <= 'Z' || p.r[at] >= 'a' && p.r[at] <= 'z') {
		return i
	}
	at++
	if at < len(p.r) && strings.ContainsRune("·. -", p.r[at]) {
		at++
	}
	from, digits := at, 0
	for at < len(p.r) && alnum(p.r[at]) {
		if digit(p.r[at]) {
			digits++
		}
		at++
	}
	size := at - from
	if lower := p.r[i+1] >= 'a'; lower && digits < 4 {
		return i
	}
	if size == 4 && at < len(p.r) && strings.ContainsRune("挂学警港澳", p.r[at]) {
		at++
		size++
	}
	if size != 5 && size != 6 || digits < 2 {
		return i
	}
	return at
}
