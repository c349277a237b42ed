package intake

import (
	"strings"
	"unicode/utf8"
)

// provinces lists the 31 provinces, autonomous regions and municipalities on
// the mainland and 兵团, which reports as a province does. Each line: short
// name | full names | one-character names | prefecture-level cities, regions
// and leagues, for the four municipalities their districts, without their
// ending unless the bare name means something else too.
const provinces = `
北京|北京市|京|丰台 石景山 海淀 门头沟 房山 顺义 昌平 大兴区 怀柔 平谷 密云 延庆
天津|天津市|津|河西区 南开 红桥区 东丽 西青 津南 北辰 武清 宝坻 滨海新区 宁河 静海 蓟州
河北|河北省|冀|石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 雄安
山西|山西省|晋|太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁
内蒙古|内蒙古自治区 内蒙|蒙|呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安盟 锡林郭勒 阿拉善
辽宁|辽宁省|辽|沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳市 葫芦岛
吉林|吉林省|吉|长春 四平 辽源 通化 白山 松原 白城 延边
黑龙江|黑龙江省|黑|哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭
上海|上海市|沪 申|黄浦 徐汇 长宁区 静安 虹口 杨浦 闵行 嘉定 浦东 金山区 松江 青浦 奉贤 崇明
江苏|江苏省|苏|南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁
浙江|浙江省|浙|杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌
安徽|安徽省|皖|合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城
福建|福建省|闽|福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德
江西|江西省|赣|南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶
山东|山东省|鲁|济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽
河南|河南省|豫|郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 济源
湖北|湖北省|鄂|武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江 天门 神农架
湖南|湖南省|湘|长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西
广东|广东省|粤|广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山市 潮州 揭阳 云浮
广西|广西壮族自治区 广西自治区|桂|南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左
海南|海南省|琼|海口 三亚 三沙 儋州
重庆|重庆市|渝|万州 涪陵 渝中 大渡口 沙坪坝 九龙坡 北碚 綦江 大足区 渝北 巴南 黔江 江津 合川 永川 璧山 铜梁 潼南 荣昌 开州 武隆 丰都 垫江 奉节 巫山 巫溪 酉阳
四川|四川省|川 蜀|成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山
贵州|贵州省|黔 贵|贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南
云南|云南省|滇 云|昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河州 文山 西双版纳 大理 德宏 怒江 迪庆
西藏|西藏自治区|藏|拉萨 日喀则 昌都 林芝 山南 那曲 阿里地区
陕西|陕西省|陕 秦|西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛
甘肃|甘肃省|甘 陇|兰州 嘉峪关 金昌 白银市 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南
青海|青海省|青|西宁 海东 海北州 黄南 海南州 果洛 玉树 海西州
宁夏|宁夏回族自治区 宁夏自治区|宁|银川 石嘴山 吴忠 固原 中卫
新疆|新疆维吾尔自治区 新疆自治区|新|乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博尔塔拉 巴音郭楞 阿克苏 克孜勒苏 喀什 和田 伊犁 塔城 阿勒泰
兵团|新疆生产建设兵团 生产建设兵团 新疆兵团||石河子 阿拉尔 图木舒克 五家渠
`

type place struct {
	prefix, province string
	district         bool // of a municipality
}

var (
	provinceExact = map[string]string{} // whole cell values
	placePrefixes []place               // longest first within a first character
	placesByRune  = map[rune][]place{}
	bureauMarks   = "区县" // 朝阳区 is not 朝阳市
)

func init() {
	for line := range strings.Lines(provinces) {
		c := strings.Split(strings.TrimSpace(line), "|")
		if len(c) != 4 {
			continue
		}
		short := c[0]
		municipality := strings.Contains("北京 天津 上海 重庆", short)
		provinceExact[short] = short
		placePrefixes = append(placePrefixes, place{prefix: short, province: short})
		for full := range strings.FieldsSeq(c[1]) {
			provinceExact[full] = short
			placePrefixes = append(placePrefixes, place{prefix: full, province: short})
		}
		for one := range strings.FieldsSeq(c[2]) {
			provinceExact[one] = short
		}
		for city := range strings.FieldsSeq(c[3]) {
			placePrefixes = append(placePrefixes, place{city, short, municipality})
		}
	}
	for _, p := range placePrefixes {
		first, _ := utf8.DecodeRuneInString(p.prefix)
		list := placesByRune[first]
		at := len(list)
		for i, q := range list {
			if len(p.prefix) > len(q.prefix) {
				at = i
				break
			}
		}
		list = append(list, place{})
		copy(list[at+1:], list[at:])
		list[at] = p
		placesByRune[first] = list
	}
}

// Province gives the short name of the province a cell names, by its short or
// full name, its one-character name, or a city that is plainly in it; empty
// when it names none.
func Province(value string) string {
	value = strings.Trim(squeeze(value), "（）()【】[]：:")
	if value == "" {
		return ""
	}
	if p, ok := provinceExact[value]; ok {
		return p
	}
	return provincePrefix(value)
}

// provincePrefix finds the province a unit's name begins with: 江苏省监狱局,
// 苏州市虎丘区人民检察院. 新疆生产建设兵团 is 兵团, not 新疆.
func provincePrefix(unit string) string {
	unit = strings.TrimPrefix(squeeze(unit), "中国")
	if strings.Contains(unit, "生产建设兵团") || strings.HasPrefix(unit, "兵团") {
		return "兵团"
	}
	first, _ := utf8.DecodeRuneInString(unit)
	for _, p := range placesByRune[first] {
		rest, ok := strings.CutPrefix(unit, p.prefix)
		if !ok {
			continue
		}
		next, _ := utf8.DecodeRuneInString(rest)
		// 南通区 or 大同县 may lie anywhere; a province's own name decides alone, and
		// a municipality's districts are called so.
		if p.prefix != p.province && !p.district && strings.ContainsRune(bureauMarks, next) {
			continue
		}
		return p.province
	}
	return ""
}
