package masking

import "strings"

var englishRoles = map[string]bool{}

func init() {
	for _, w := range strings.Fields("inmate prisoner offender convict defendant suspect victim witness guarantor parolee probationer detainee accused perpetrator mr mrs ms miss officer judge procurator prosecutor guard lawyer wife husband") {
		englishRoles[w] = true
	}
}

// syllables of pinyin surnames.
var pinyinSurnames = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Gao Lin Luo Zheng Liang Xie Song Tang Han Feng Deng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lv Lu Ding Ren Yao Shen Zhong Cui Tan Fan Liao Shi Jin Jia Xia Fu Fang Zou Xiong Bai Meng Qin Qiu Yin Xue Yan Lei Hou Long Tao Gu Mao Hao Gong Shao Wan Qian Dai Mo Kong Xiang Wen Kang Niu Ge Xing An Qi Yi Qiao Pang Ni Zhuang Nie Zhai Ouyang Sima Abdu`) {
		m[w] = true
	}
	return m
}()

// englishStops are capitalised words after a role that begin no name.
var englishStops = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`Rights Services Service Act Law Transfer Protection Statement Statements Program Programme Management Impact Support Number No Education Reform Treatment Care Health Work Labour Labor Welfare Affairs Review Registry Is Are Was The This That Who Whose Must Should May Can Under In On At By For With From And Or But If When Where How What Why Before After During Article Section China Chinese Court Procuratorate Prison Ministry Police Bureau Department Supreme Beijing Shanghai Law Criminal`) {
		m[w] = true
	}
	return m
}()

// english masks the name after a role at rune i: inmate Zhang San, Mr. Wang.
func (p *pass) english(i int) {
	word, at := p.latinWord(i)
	lower := strings.ToLower(word)
	if !englishRoles[lower] {
		return
	}
	if at < len(p.r) && p.r[at] == '.' {
		at++
	}
	if p.has(at, ", ") {
		at++
	}
	k := p.spacesAt(at)
	if k == at && !p.has(at, ":") {
		return
	}
	if p.has(k, ":") {
		k = p.spacesAt(k + 1)
	}
	if next, after := p.latinWord(k); next == "named" || next == "called" {
		k = p.spacesAt(after)
	}
	end, n, surname := k, 0, false
	for at := k; n < 3; n++ {
		next, after := p.latinWord(at)
		if len(next) < 2 || next[0] < 'A' || next[0] > 'Z' || englishStops[next] || next == strings.ToUpper(next) && len(next) > 4 {
			break
		}
		surname = surname || pinyinSurnames[next] || pinyinSurnames[strings.ToUpper(next[:1])+strings.ToLower(next[1:])]
		end = after
		at = after
		if at < len(p.r) && (p.r[at] == ' ' || p.r[at] == '-') && at+1 < len(p.r) && letter(p.r[at+1]) {
			at++
			continue
		}
		n++
		break
	}
	if end == k || !surname && n < 2 {
		return
	}
	titled := lower == "mr" || lower == "mrs" || lower == "ms" || lower == "miss"
	if !surname && !titled && word != lower {
		return
	}
	name := withoutSpaces(p.r[k:end])
	if n >= 2 {
		name = append([]rune(nil), p.r[k:end]...)
	}
	p.add(k, end, Name, name)
}

// latinWord is the run of letters at rune i and its end.
func (p *pass) latinWord(i int) (string, int) {
	at := i
	for at < len(p.r) && (letter(p.r[at]) || p.r[at] == '\'' && at > i && !(p.has(at+1, "s") && (at+2 == len(p.r) || !letter(p.r[at+2])))) {
		at++
	}
	return string(p.r[i:at]), at
}
