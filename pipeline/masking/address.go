package masking

import "strings"

// addresses masks what an address says below the county: 幸福路18号3单元502室,
// 城关镇幸福村三组. Province, city and county stay. An address is known by a
// house number after a road, village or estate, or by the word before it
// (家住, 住址, 户籍地 ...).
func (p *pass) addresses() {
	for i := 0; i < len(p.r); i++ {
		if p.taken[i] {
			continue
		}
		if digit(p.r[i]) || strings.ContainsRune("一二三四五六七八九十", p.r[i]) {
			if i > 0 && (digit(p.r[i-1]) || strings.ContainsRune("第一二三四五六七八九十", p.r[i-1])) {
				continue
			}
			if start, end := p.numbered(i); end > start && p.add(start, end, Address, nil) {
				i = end - 1
			}
			continue
		}
		if from := p.livesAt(i); from > i {
			if start, end := p.named(from); end > start && p.add(start, end, Address, nil) {
				i = end - 1
			}
		}
	}
}

var (
	houseUnits  = "号栋幢座室弄"
	streetWords = []string{
		"路", "街", "巷", "弄", "大道", "胡同", "村", "屯", "小区", "社区", "花园", "家园", "公寓", "新村", "苑", "里弄", "庄", "寨", "组", "社", "嘎查", "道", "街道", "生产队",
	}
	notStreets = []string{
		"道路", "公路", "铁路", "马路", "线路", "网路", "思路", "出路", "一路", "套路", "监区", "病区", "园区", "矿区", "大队", "中队", "支队", "总队", "小组", "班组", "工作组",
		"专案组", "检察组", "监督组", "巡视组", "合议组", "医疗组", "互监组", "报社", "旅社", "公社", "农村", "全村", "本村", "该村", "同村", "外村", "乡村", "行政村", "通道", "渠道", "报道", "频道", "知道", "人道", "轨道", "审判组", "调研组", "培训组", "讨论组", "研讨组", "第", "分组", "石家庄", "编组",
	}
	livesWords = []string{
		"家住", "现住", "住址", "住在", "暂住", "租住", "居住在", "居住于", "住所地", "住所", "户籍地", "户籍所在地", "户籍地址", "家庭住址", "家庭地址", "居住地", "经常居住地", "现居住地", "现居住", "联系地址", "通讯地址", "收件地址",
		"暂住地", "地址", "户籍在", "户口在", "户籍系", "户口所在地", "老家在", "租房在", "搬到", "搬至", "迁往", "迁至", "籍贯",
	}
	livesTree = func() *node {
		t := &node{}
		for _, w := range livesWords {
			t.add(w, nil)
		}
		return t
	}()
)

// numbered reads the address whose house number begins at rune i. It returns
// an empty range when the number is none.
func (p *pass) numbered(i int) (start, end int) {
	at := i
	for at < len(p.r) && at-i < 10 && (digit(p.r[at]) || p.r[at] == '-' || strings.ContainsRune("一二三四五六七八九十百之", p.r[at])) {
		at++
	}
	if at >= len(p.r) || at-i > 8 {
		return i, i
	}
	unit := p.r[at]
	if !strings.ContainsRune(houseUnits, unit) && !p.has(at, "单元") && !(unit == '组' || unit == '队' || unit == '楼' && at+1 < len(p.r) && digit(p.r[at+1])) {
		return i, i
	}
	if p.has(at, "号召") || p.has(at, "号码") || p.has(at, "号文") || p.has(at, "号令") {
		return i, i
	}
	street, size := p.streetBefore(i)
	if !street {
		return i, i
	}
	if (unit == '组' || unit == '队') && !strings.ContainsRune("村屯庄寨社区查", p.r[i-1]) {
		return i, i
	}
	start = p.streetStart(i - size)
	if start < 0 {
		return i, i
	}
	return start, p.rest(at + 1)
}

// streetBefore is true when the words before rune i end as a street or village
// does; size is the length of that ending.
func (p *pass) streetBefore(i int) (ok bool, size int) {
	for _, w := range notStreets {
		if p.ends(i, w) {
			return false, 0
		}
	}
	for _, w := range streetWords {
		if p.ends(i, w) {
			size = max(size, len([]rune(w)))
		}
	}
	return size > 0, size
}

// streetStart goes left from the street's ending at rune i to where its name
// begins: after a county, a comma, or a word such as 住 and 在. It is -1 when no
// name is left.
func (p *pass) streetStart(i int) int {
	lo := i
	for lo > 0 && i-lo < 16 && !p.taken[lo-1] &&
		(isHan(p.r[lo-1]) || strings.ContainsRune("〇Xx×*", p.r[lo-1]) || digit(p.r[lo-1]) && lo < len(p.r) && strings.ContainsRune("村队连社组区0123456789", p.r[lo])) {
		lo--
	}
	// The nearest county or word such as 住 opens the name. Where there is none,
	// the nearest 和, 到 ... does, unless too little of a name is left.
	weak := -1
	for j := i; j > lo; j-- {
		r := p.r[j-1]
		switch {
		case strings.ContainsRune("省县旗州盟市", r), strings.ContainsRune("住在址于系位距为", r),
			r == '区' && !p.ends(j, "小区") && !p.ends(j, "社区"):
			if i-j >= 1 {
				return j
			}
			return -1
		case weak < 0 && i-j >= 2 && strings.ContainsRune("到是地从的由至达往赴回去和与及家", r):
			weak = j
		}
	}
	if weak >= 0 {
		return weak
	}
	if i-lo < 1 {
		return -1
	}
	return lo
}

// rest goes right over what follows a house number: 3单元502室, 附2号, 东侧.
func (p *pass) rest(at int) int {
	for {
		// 号楼, 号院, 号门
		if at < len(p.r) && strings.ContainsRune("楼院门铺", p.r[at]) && p.r[at-1] == '号' {
			at++
		}
		// 12号之三
		if at+1 < len(p.r) && p.r[at] == '之' && strings.ContainsRune("一二三四五六七八九十0123456789", p.r[at+1]) {
			at += 2
		}
		k := at
		han := 0
		for k < len(p.r) && isHan(p.r[k]) && han < 6 && !strings.ContainsRune("号栋幢座室楼层元户组院门房", p.r[k]) && !p.stopsAddress(k) {
			k++
			han++
		}
		if han > 0 && (k >= len(p.r) || !(digit(p.r[k]) || alnum(p.r[k]))) {
			return at
		}
		if k < len(p.r) && (p.r[k] == '-' || p.r[k] == '#') {
			k++
		}
		from := k
		for k < len(p.r) && k-from < 10 && (alnum(p.r[k]) || p.r[k] == '-' || strings.ContainsRune("一二三四五六七八九十", p.r[k])) {
			k++
		}
		if k == from || k >= len(p.r) {
			if k > from && han == 0 && k-from <= 8 && alnum(p.r[from]) && !p.afterIsCount(k) {
				return k
			}
			return at
		}
		switch {
		case p.has(k, "单元"):
			k += 2
		case strings.ContainsRune("号栋幢座室楼层户组院门房", p.r[k]) && !p.has(k, "号码"):
			k++
		case han == 0 && k-from >= 2 && k-from <= 8 && allDigits(p.r[from:k]) && !p.afterIsCount(k):
		default:
			return at
		}
		at = k
	}
}

func (p *pass) afterIsCount(k int) bool {
	return k < len(p.r) && (strings.ContainsRune("元万年月日条个次名件人天岁", p.r[k]) || alnum(p.r[k]))
}

func (p *pass) stopsAddress(k int) bool {
	return strings.ContainsRune("的在是于被因有住人判", p.r[k])
}

// livesAt is the rune after a word such as 家住 that begins at rune i, i when
// none does.
func (p *pass) livesAt(i int) int {
	end := livesTree.match(p.r, i)
	if end == i {
		return i
	}
	for end < len(p.r) && strings.ContainsRune(": 为是在于系(", p.r[end]) {
		end++
	}
	return end
}

// named reads the address that begins at rune i: it must go down at least to a
// town, village, street or estate with a name of its own.
func (p *pass) named(i int) (start, end int) {
	start = i
	end = i
	for k := i; k < len(p.r) && k-i < 60; k++ {
		r := p.r[k]
		if end == i && strings.ContainsRune("的或并由应可能已且了", r) || (k == i || k == start) && strings.ContainsRune("本该我同这那某各全自家一他她所及与", r) ||
			k == start && r == '和' && !p.opensName(k) {
			break
		}
		if p.taken[k] || !isHan(r) && !alnum(r) && r != '-' && r != '#' && r != '×' && r != '*' && r != ' ' {
			break
		}
		if end == i {
			// Still above the county.
			if strings.ContainsRune("省县旗州盟", r) || r == '市' && !p.has(k, "市场") || r == '区' && !p.ends(k+1, "小区") && !p.ends(k+1, "社区") {
				if k-start >= 1 {
					start = k + 1
				}
				continue
			}
		}
		if p.unitEnd(k, start) || end > i && k-end >= 1 && k-end <= 4 && strings.ContainsRune("组社屯湾坪沟坡", r) && isHan(p.r[k-1]) {
			end = k + 1
		} else if end > i && k-end >= 12 {
			break
		}
	}
	if end <= start {
		return i, i
	}
	if hasInstitution(p, end) {
		return i, i
	}
	return start, p.rest(end)
}

// opensName is true for the 和 of 和平路, false for the one that joins.
func (p *pass) opensName(k int) bool {
	return k+1 < len(p.r) && strings.ContainsRune("平谐睦义兴顺畅美安煦", p.r[k+1])
}

// unitEnd is true when a part of an address ends at rune k.
func (p *pass) unitEnd(k, start int) bool {
	if k == start {
		return false
	}
	switch p.r[k] {
	case '号', '栋', '幢', '座', '室', '层', '户', '组', '队':
		return digit(p.r[k-1]) || letter(p.r[k-1]) || strings.ContainsRune("一二三四五六七八九十", p.r[k-1])
	case '元':
		return p.r[k-1] == '单'
	case '镇', '乡', '村', '屯', '路', '街', '巷', '弄', '苑', '庄', '寨':
		for _, w := range notStreets {
			if p.ends(k+1, w) {
				return false
			}
		}
		return k-start >= 1 && !strings.ContainsRune("乡城市集小大本外同该我全各有某农家老", p.r[k-1])
	case '道':
		return k-start >= 2 && (p.r[k-1] == '街' || p.r[k-1] == '大')
	case '区':
		return k-start >= 3 && (p.r[k-1] == '小' || p.r[k-1] == '社')
	case '园':
		return p.r[k-1] == '花' || p.r[k-1] == '家'
	case '寓':
		return p.r[k-1] == '公'
	}
	return false
}

// hasInstitution is true when the place at rune k goes on to be an institution:
// 城关镇派出所, 幸福社区矫正中心.
func hasInstitution(p *pass, k int) bool {
	for _, w := range []string{"派出所", "司法所", "法庭", "检察室", "卫生院", "居委会", "村委会", "委员会", "人民政府", "政府", "矫正", "监狱", "中心", "医院", "街道办", "办事处"} {
		if p.has(k, w) {
			return true
		}
	}
	return false
}

func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x323AF
}
