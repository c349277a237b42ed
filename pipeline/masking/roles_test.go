package masking

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// The pieces of TestNamesBehindEveryRole. All people are made up of them.
const (
	someSurnames = `王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁房滕屈饶牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝`
	someGiven    = `伟 芳 娜 敏 静 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 辉 玲 桂英 秀英 建国 建华 志强 秀兰 玉兰 海燕 丽华 春梅
国强 小红 小军 大勇 永福 长生 德才 文斌 晓东 晓燕 雪梅 立新 卫东 红梅 宝山 金凤 天宝 长青 子涵 浩然 梓轩 俊杰 雨欣 思远 嘉豪 佳怡 永康 家辉 学文 学军
新民 保国 有才 满仓 来福 二宝 铁柱 根生 水生 火旺 土生 桂花 菊香 月娥 翠兰 凤仙 彩霞 美玲 慧敏 淑芬 淑珍 玉珍 素芳 爱华 爱民 援朝 跃进 红兵 卫红 向东
向阳 东升 旭东 海波 海涛 振华 振国 世杰 世昌 启明 启发 光明 光辉 光荣 兴旺 兴华 广发 广林 庆丰 庆林 正义 正刚 忠诚 忠良 孝义 守信 守义 敬业 敬之 云飞
云霞 鹤年 鹤鸣 松涛 柏林 竹青 兰芝 菲菲 莎莎 婷婷 萌萌 欢欢 乐乐 丹丹 圆圆 亮 斌 峰 鑫 凯 龙 虎 彪 豹 波 健 琳 倩 颖 莹
璐 蕾 薇 岚 岩 松 柏 森 林 淼 焱 垚
欧阳建华 司马青 上官晓燕 诸葛明 皇甫松 尉迟勇 令狐云 慕容雪 公孙兰`
	someRoles = `其夫 其妹 其哥哥 其弟弟 其姐夫 其前妻 其女友 其岳父 其叔叔 律师 辩护人 司法所长 举报人 控告人 上诉人 法定代理人 在逃人员 吸毒人员 社戒人员 缓刑人员
主办人 解答专家： 提审人 提讯人 债权人 户主 开户人 驻监检察官 驻所检察官 主审法官 审判长 曾用名 真实身份为 记录人： 经办人 收款人 鉴定人 女罪犯 老年罪犯 暂予监外执行罪犯
保外就医罪犯 近亲属 母亲 儿子 丈夫 哥哥 女儿 医生 医师 副所长 监区长 书记员 网格员 村主任 社工 工作人员 民警 干警 书记 主任
外籍罪犯 未成年罪犯 原审被告人 附带民事诉讼原告人 检举人 罪犯 社区矫正对象 社矫对象 矫正对象 在押人员 被告人 犯罪嫌疑人 被害人 证人 保证人 服刑人员 同案犯 其妻 其父 其母
其子 其女 其弟 其兄 其姐 病犯 女犯 被执行人 申诉人 家属 承办法官 监护人 姓名： 联系人： 暂监对象 假释人员 死者 妻子 对象 同犯`
	someEndings = `拒绝担任保证人。|愿意接纳，但居住地不符。|会见时带手机进去。|要求查阅案卷。|反映人手不够。|长期在外，没人管。|系在押人员，死因不明。|材料里写了身份证号。|在二审期间怀孕。|代为申请假释。|被抓获后怎么办？|被收监前还在强戒所。
休产假，案件一拖半年。|签名，提讯证号不清。|要求参与分配。|不同意接收。|的账号被冻结。|举报其隐匿财产。|是村主任，证明能否采信？|提出，口径要统一。|在考验期内被拘留。|同时是缓刑对象。|送钱给民警。|写的鉴定互相矛盾。
认为应当从严。|称系统里没有记录。|建议统一格式。|当庭翻供。|多次来访。|年龄已高。|已死亡。|尚未归案。|先后三次违规。|承认帮助转移财产。|签字确认。|讲课提到。
做了笔录。|说法不一。|只同意缴一部分。|仍在医院。|年仅十七岁。|一人负责两个监区。|因病死亡。|，男，四十岁。|（已判刑）|、|在车间受伤，无人过问。|的刑期怎么算？
提出申诉，没有答复。|家属不同意火化。|不认罪，|表现良好，可以减刑。|被送回原籍。|系累犯，不能假释。|从看守所转监。|和同监犯打架。|与被害人达成和解。|患尿毒症。|已满七十五周岁。|现在失联。
外出务工。|未缴罚金。|一直没有报到。|拒绝签字。|去世后遗体存放了半年。|住院三个月。|名下有房。|打电话来问。|刑满释放。|申请离监探亲，没批。|要求换监区。|反映伙食差。
说没钱。|原判十年。|有自杀倾向。|判了三年六个月。|无人接收。|怀孕了。|经常请假。|手机停机。|户籍在外省。|出庭作证。|到外地打工。|因涉嫌盗窃又被立案。
于2019年入监。|2019年入监。|自称是外省人。|脱逃两年。|缴纳罚金一万元。|以残疾为由不出工。|向监狱提出离婚。|对裁定不服。|能否假释？|是否符合条件？|今年六十八岁。|去年就死了。
没有固定住处。|身患多种疾病。|不愿意配合。|第三次提请减刑。|长期不参加劳动。|都说冤枉。`
)

// TestNamesBehindEveryRole puts made-up names into every role before every kind
// of ending, 20,000 of the combinations, and asks that nearly all be masked whole.
func TestNamesBehindEveryRole(t *testing.T) {
	m := masker(t)
	surnames := []rune(someSurnames)
	given := strings.Fields(someGiven)
	roles := strings.Fields(someRoles)
	endings := strings.Split(strings.ReplaceAll(someEndings, "\n", "|"), "|")
	starts := []string{"", "我监", "据了解，", "比如", "有的案件中，", "2021年", "该监区"}
	r := rand.New(rand.NewPCG(1, 2))
	const n = 20000
	whole, leaked := 0, 0
	for range n {
		name := given[r.IntN(len(given))]
		if len([]rune(name)) < 3 {
			// The first twenty surnames are half of the people.
			k := r.IntN(20)
			if r.IntN(2) == 0 {
				k = r.IntN(len(surnames))
			}
			name = string(surnames[k]) + name
		}
		before := starts[r.IntN(len(starts))] + roles[r.IntN(len(roles))]
		after := endings[r.IntN(len(endings))]
		got, _ := m.Document().Mask(before + name + after)
		if got == before+"〔姓名1〕"+after {
			whole++
		}
		if strings.Contains(got, name) {
			leaked++
			if *details {
				t.Log(got)
			}
		}
	}
	t.Logf("of %d names %.2f%% are masked whole, %.2f%% stay", n, 100*float64(whole)/n, 100*float64(leaked)/n)
	if whole < n*985/1000 || leaked > n*5/1000 {
		t.Errorf("of %d names %d are masked whole and %d stay", n, whole, leaked)
	}
}
