package masking

import (
	_ "embed"
	"slices"
	"strings"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/lexicon"
)

//go:embed surnames.txt
var surnameTable string

//go:embed given.txt
var givenTable string

//go:embed words.txt
var wordTable string

// words tells names from words.
type words struct {
	surname  map[rune]bool
	rare     map[rune]bool    // surnames believed only right after a role
	compound map[[2]rune]bool // surnames of two characters
	opens    map[rune]bool    // characters that a surname begins with
	given    map[rune]bool    // characters usual in given names
	plain    *node            // words that begin like a name and are none; the field's terms
	after    *node            // words that usually follow a name
	roles    *node
	said     map[string]bool
	titles   *node // words that follow a name and say what somebody is
}

// node is a trie over runes. who is set where a learnt name ends.
type node struct {
	next map[rune]*node
	end  bool
	who  *person
}

func (n *node) add(word string, who *person) {
	at := n
	for _, r := range word {
		if at.next == nil {
			at.next = map[rune]*node{}
		}
		child := at.next[r]
		if child == nil {
			child = &node{}
			at.next[r] = child
		}
		at = child
	}
	at.end = true
	if at.who == nil {
		at.who = who
	}
}

// match is the end of the longest word that begins at rune i, i when none does.
func (n *node) match(r []rune, i int) int {
	end := i
	at := n
	for j := i; j < len(r); j++ {
		if at = at.next[r[j]]; at == nil {
			break
		}
		if at.end {
			end = j + 1
		}
	}
	return end
}

// longest is the person whose name is the longest that begins at rune i.
func (n *node) longest(r []rune, i int) (*person, int) {
	var who *person
	end := i
	at := n
	for j := i; j < len(r); j++ {
		if at = at.next[r[j]]; at == nil {
			break
		}
		if at.end {
			who, end = at.who, j+1
		}
	}
	return who, end
}

const (
	// roleWords say that a name may follow.
	roleWords = `罪犯 服刑人员 在押人员 在押犯 在押罪犯 社区矫正对象 社矫对象 矫正对象 社区服刑人员 社区矫正人员 社矫人员 矫正人员 在矫人员 被告人 被告 原审被告人 犯罪嫌疑人 嫌疑人 被害人 受害人 被执行人 申请执行人 保证人
担保人 具保人 证人 同案犯 同案人 同案 同案被告人 同案罪犯 同监犯 同监罪犯 同监室罪犯 同舍罪犯 组长 互监组成员 同犯 病犯 女犯 男犯 死缓犯 无期犯 短刑犯 老年犯 老病残犯 累犯 罪犯证人 暂监人员 暂监对象 暂予监外执行人员 暂予监外执行罪犯 暂监罪犯 保外就医罪犯 假释人员 假释罪犯 假释犯 缓刑人员
缓刑犯 管制犯 刑满释放人员 刑释人员 监护人 法定代理人 上诉人 申诉人 举报人 控告人 检举人 报案人 死者 伤者 患者 病人 吸毒人员 外籍罪犯 外籍犯 女罪犯 未成年犯 未成年罪犯 老年罪犯 职务犯罪罪犯 涉黑罪犯 涉毒罪犯 三类罪犯 三类犯 罪犯家属 罪犯亲属
其父 其母 其妻 其夫 其子 其女 其兄 其弟 其姐 其妹 其父亲 其母亲 其妻子 其丈夫 其儿子 其女儿 其哥哥 其弟弟 其姐姐 其妹妹 其前妻 其岳父 其女友 其男友 其配偶 其近亲属 其亲属 其家属 其姐夫 其堂弟 其堂兄 其表弟 其表哥 其叔叔 其舅舅 其嫂子
妻子 丈夫 父亲 母亲 儿子 女儿 哥哥 弟弟 姐姐 妹妹 前妻 前夫 女友 男友 配偶 家属 亲属 近亲属 子女 之子 之女 之妻 之父 之母 岳父 岳母 叔叔 伯父 舅舅 姑姑 奶奶 爷爷 外婆 外公 堂兄 堂弟 表哥 表弟 表姐 表妹 侄子 外甥 孙子
民警 狱警 干警 警官 警察 辅警 管教民警 责任民警 监区民警 值班民警 驻所检察官 驻监检察官 检察官 法官 承办法官 主审法官 承办检察官 审判长 审判员 书记员 律师 辩护人 辩护律师 代理律师 承办人 经办人 联系人 填报人 填表人 咨询人 发言人 提问人 记录人 责任人 负责人 主办人
监狱长 监区长 所长 副所长 司法所长 司法所工作人员 工作人员 社工 专职社工 网格员 村支书 村主任 主任 书记 局长 副局长 庭长 处长 科长 医生 主治医师 医师 法医 鉴定人 见证人 老板 包工头 姓名 真实姓名 曾用名 化名 别名 绰号 名叫 名为 叫做 我叫 有个叫 个叫 一个叫 有人叫 个人叫
解答专家 户籍民警 社区民警 真实身份为 真实身份 身份为 身份系 代管人 担保人 出具人 签收人 收件人 寄件人 接收人 送达人 执行人 调查人 谈话人 被谈话人 讯问人 被讯问人 陪护人 护送民警 押解民警 主讲人 授课人 授课教师 解答人 提审人 提讯人 主持人 提案人 报告人 评议人 户主 房东 债权人 债务人 收款人 开户人 车主 驾驶员 司机 肇事者 投案人 自首人 脱逃犯 逃犯 在逃人员 脱管人员 漏管人员 社戒人员 安置帮教对象 帮教对象 对象 犯人 囚犯 老犯 犯罪分子 主犯 从犯 首犯 胁从犯 教唆犯 暂外人员 暂外罪犯 暂外对象 保外人员 保外对象 保外罪犯 监外执行人员 监外执行罪犯 监外罪犯 取保人员 收押人员 留所罪犯 留所服刑罪犯 管制人员 假释对象 缓刑对象 管制对象 解矫人员 解矫对象 拟释放人员 刑满人员
出监人员 入矫人员 入矫对象 重点对象 重点人员 在册对象 在矫对象 被监管人 被监管人员 被羁押人 被羁押人员 被判刑人 老病犯 病残犯 精神病犯 传染病犯 聋哑犯 新犯 惯犯 余刑犯 事务犯 线人 信访人 来访人 投诉人 反映人 求助人 受援人 继承人 受益人
检察长 副检察长 院长 副院长 厅长 副厅长 政委 教导员 指导员 队长 副队长 大队长 中队长 陪审员 人民陪审员 调解员 鉴定专家 狱医 驻监医生 护士 心理咨询师 志愿者 专职社工 社会工作者 司法协理员 协理员 专干 支书 村长 组长 治保主任 讲师 教师 老师 教授 学员 专家
报送人 报送 审核人 审核 审批人 复核人 校对人 校对 制表人 制表 填表 填报 拟稿 拟稿人 录入人 整理人 采写 记录 提交人 经手人 承办 有个叫做 个叫做 一个叫做 名叫做 他叫 她叫 此人叫 人叫 对象姓名 罪犯姓名 犯人姓名 本人叫 当事人 委托人 受托人 原告人 原告 附带民事诉讼原告人`
	// weakRoles also stand before much that is no name, so the name must be shaped
	// like one and end where a name can end.
	weakRoles = `被告 同案 死者 患者 病人 家属 亲属 近亲属 子女 民警 狱警 干警 警官 警察 辅警 检察官 法官 律师 负责人 责任人 所长 副所长 工作人员 社工 主任 书记 局长 副局长 庭长 处长 科长 医生 医师 法医  老板 司机 对象 当事人 孙子 父亲 母亲 儿子 女儿 妻子 丈夫 弟弟 妹妹 哥哥 姐姐 女友 男友 前妻 前夫 配偶 之子 之女 之妻 之父 之母 监狱长 监区长 村主任 奶奶 爷爷 外公 外婆 岳父 岳母 联系人 原告 车主 房东 其近亲属 其亲属 其家属 罪犯家属 罪犯亲属 当事人 委托人 受托人 犯罪分子 化名 绰号 别名 监护人 法定代理人 三类犯 三类罪犯 检察长 副检察长 院长 副院长 厅长 副厅长 政委 教导员 指导员 队长 副队长 大队长 中队长 陪审员 人民陪审员 调解员 专家 狱医 护士 志愿者 社会工作者 协理员 专干 支书 村长 组长 讲师 教师 老师 教授 学员 线人 继承人 受益人 求助人 重点人员 重点对象 惯犯`
	// saidRoles also stand before 权, 照片 and the like, so a colon or a word such as
	// 叫 must follow.
	saidRoles = `姓名 报送 审核 校对 制表 填表 填报 拟稿 采写 记录 承办`
	// verbal are surnames that more often are a verb or adverb after a role:
	// 被害人曾反对, 家属向法院. eager ones are so nearly always.
	verbal = `曾包植强权揭晋计童荣祝暴伊于冷单全管解索代花游成时应席容富松弓牧班秋伏厉劳贡束籍怀扶慕寿扈融都满`
	eager  = `向谈成时应代练游滑锁解连管计植揭`
	// firm are single characters that go on after a name and begin no given name.
	firm = `的和与因被在从都也已未均系于是患`
	// common are the most frequent surnames: with one of them a short name is
	// believed even where nothing says that it ends there.
	common = `王李张刘陈杨黄赵吴周徐孙朱胡郭林罗郑梁谢宋韩邓曹彭肖田董袁潘蒋蔡杜叶苏魏吕丁沈姚卢姜崔谭陆汪廖贾夏韦邹孟熊秦邱薛阎段侯陶黎贺郝龚邵覃`
	// titleWords follow a name: 王建国法官.
	titleWords = `法官 检察官 民警 警官 律师 主任 所长 同志 老师 教授 处长 科长 书记 局长 庭长 监狱长 监区长 教导员 医生 院长 检察长 厅长 支队长 大队长 政委 队长 先生 女士 小姐 太太 同犯 代表 某案`
	// afterWords often follow a name and never end one.
	afterWords = `因 在 的 于 与 和 及 是 系 被 已 从 向 对 将 入 服 判 犯 患 减 假 暂 脱 表 病 死 以 由 到 至 等 均 也 都 还 不 没
未 应 要 想 说 称 认 拒 逃 失 外 请 其 该 此 现 男 女 两 为 把 让 使 给 跟 按 就 又 才 再 则 且 但 仅 只 属 住 户 确 身
本人 名下 一家 一直 一案 一人 一审 二审 先后 当庭 当场 自 自愿 自称 自首 自杀 自伤 经 曾 无 可 可能 能 会 虽 若 如 如果 每 每月 原 原判 原系 刑满 刑期 年 案
交 缴 欠 名 家属 家里 家庭 妻子 父亲 母亲 儿子 父母 违规 违反 违法 多次 两次 长期 近 近年 目前 今年 去年 后 时 之 同 同意 另 另外 作为 做 做出 出 出现 出监 出所
报 报到 报告 送 送医 收 收监 释 释放 改造 考核 计分 表现 罪 刑 狱 监 监区 离 离开 走 来 去 打 电话 手机 骂 哭 闹 年满 年龄 身患 身体 下落 下午 上午 突发 突然 获 获得
取得 参加 参与 接受 履行 执行 生于 出生 写 写信 签 签字 拿 借 借款 赔 赔偿 退 退赃 持 携 携带 偷 盗窃 诈骗 贩毒 抢劫 故意 涉嫌 涉案 受 受伤 受到 需 需要 必须 得 得知 听
看 找 问 希望 反映 陈述 供述 检举 举报 立功 悔罪 悔过 上诉 申诉 委托 担任 负责 协助 帮助 配合 联系 通知 告知 承办 经办 主审 审理 当时 此前 此后 随后 后来 最终 至今 仍 仍然 始终 无法 无力 不能
不服 不愿 未能 未按 擅自 私自 伙同 结伙 共同 分别 同时 以及 或 或者 愿意 不肯 不敢 不会 不符合 不同意 不配合 不履行 不通 不予 不到 拒绝 拒不 拒收 拒缴 要求 请求 申请 提出 提供 提交 提起 主张 认为 认罪 认可
声称 自述 诉称 辩称 来信 来电 来访 来函 写来 打来 寄来 上访 信访 投诉 反对 支持 担保 作证 出庭 到庭 未到庭 缺席 签名 签收 盖章 代为 代缴 代签 代写 代理 接收 接纳 收到 拿到 领取 缴纳 缴清 交纳 赔付 退缴
退还 转账 汇款 存入 取走 借用 使用 驾驶 驾车 乘坐 乘车 外出 出走 出逃 出国 出境 入境 入监 入所 入矫 入狱 回家 回到 返回 回来 到案 归案 投案 落网 抓获 被抓 逃跑 逃脱 脱逃 脱管 失联 失踪 死亡 病故 病亡
去世 身亡 自缢 患有 患病 怀孕 流产 生育 分娩 哺乳 住院 就医 就诊 体检 诊断 确诊 手术 治疗 康复 瘫痪 偏瘫 残疾 昏迷 晕倒 摔倒 打架 斗殴 互殴 殴打 伤害 威胁 辱骂 顶撞 违纪 抗拒 抗改 服刑 服法 服从 改判
判处 判刑 判决 被判 余刑 累计 已服 实际 实际服刑 减刑 假释 暂予 保外 解除 终止 撤销 缓刑 考验 汇报 请假 销假 续保 续假 迁居 变更 转监 转到 转往 移送 移交 押送 送押 送监 送达 交付 关押 羁押 留所 在押 在逃
在册 在外 在家 在狱 在监 在所 在服刑 在校 在职 在车间 在监区 经常 常年 常住 曾经 曾任 曾因 已经 已于 已被 已满 正在 仍在 仍未 一年 一次 两人 二人 三人 多年 多人 们 夫妇 夫妻 父子 兄弟 姐妹 等人 等三 等两
等罪犯 及其 及家属 与其 与民警 和其 和民警 和家属 和家人 和被害人 因病 因犯 因涉嫌 因故 因为 因家 因在 因年 因不 因未 因患 所在 所犯 所持 所写 所欠 所涉 所缴 户籍 户口 籍贯 身份 本来 本系 系外 系累犯 系初犯 系未成年 系本 现年
现住 现在 现羁押 现余 现服刑 家住 家中 家境 家在 家人 家访 名义 名字 案发 案件 案卷 判十 判五 判三 判了 犯罪 犯有 犯盗窃 犯抢劫 犯故意 犯贩卖 患尿毒症 患癌 患精神 交代 揭发 坦白 否认 翻供 悔改 获刑 获减 获准 被减 被假
被收 被告 被害 被执行 被法院 被公安 被监狱 被关 被打 被处 被撤 被列 被列入 被送 被评 被扣 被拘 被羁押 被判处 给民警 给家 给被害人 向法院 向监狱 向检察 向家 向民警 对判决 对裁定 对法院 对此 为由 为其 为未成年 为了 将其 从监狱 从外 到司法 到法院
到监狱 到医院 去医院 去外 走私 贩卖 运输 吸毒 强奸 杀人 受贿 贪污 挪用 行贿 放火 爆炸 过失 交通 非法 寻衅 聚众 组织 涉 涉黑 涉毒 涉恶 涉及 应当 应予 可以 能否 能不能 是否 会不会 有没有 有无 有前科 有病 有一
有个 没有 没人 没缴 没交 未缴 未经 未办 未到 未报 未成年 无人 无家 无业 无固定 无期 无证 均为 均系 均已 均未 都是 都在 也是 也在 又犯 又被 又因 再次 再犯 只有 便 还有 还是 还在 却 虽然 但是 若是 即
当 当天 当日 当年 前往 前科 后因 后被 之后 期间 时年 年近 年老 年过 月均 每天 每年 每次 每周 上网 下监 中途 内 通过 同住 同案 同为 同其 同罪 继续 连续 陆续 勾结 指使 教唆 帮 帮忙 替
陪 陪同 陪护 照顾 抚养 赡养 看护 看望 探视 会见 通话 联络 沟通 谈话 谈到 讲课 讲 讲到 授课 介绍 解释 说明 说到 提问 发言 表示 表态 表达 指出 强调 建议 回复 答复 回答 回应 称其 承认 承诺 保证 签订
达成 谅解 和解 退赔 付 欠缴 罚金 拖欠 隐瞒 隐匿 转移 变卖 挥霍 消费 用 用手机 用假 持有 持刀 持证 私藏 藏匿 冒用 冒名 冒充 伪造 编造 谎称 假冒 替换 顶替 盗用 拿着 带 带着 带人 带走 驾 开
开车 开设 经营 打工 务工 上班 上学 读书 毕业 工作 任 任职 主管 分管 主持 带队 主办 审查 审核 审批 签发 批准 裁定 决定 作出 出具 开具 填写 填报 记录 整理 撰写 起草 提醒 通报 告诉 转告 转交 转达 转发
递交 递送 报送 报请 报批 上报 寄 发来 发现 发生 发病 发烧 复查 复发 复议 复核 复员 离婚 离家 离监 离所 离异 结婚 再婚 丧偶 独居 单身 独自 只身 亲自 亲属 亲友 自己 自行 自残 自称系 自报 另案 另行
另有 原为 原籍 原在 原单位 原审 原因 其实 其余 其他 其家属 其父 其母 其妻 此人 此案 这 这个 这种 这样 那 那个 一事 一样 之间 之妻 之子 之女 之父 之母 等等 许可 请人 请客 认识 属于 属累犯 适用 符合 具备
具有 存在 达到 超过 完成 丧失 失去 失业 失信 生活 生前 生病 成年 成为 成功 不是 不在 不满 不识字 不认罪 不断 遂 遭 遭受 遭到 遗留 遗产 遗体 尸检 尸体 火化 吞食 吞服 绝食 闹访 缠访 哭诉 哭闹 求助 求见
企图 试图 打算 准备 计划 期望 急需 急于 偷偷 偷越 反复 屡次 经诊断 经鉴定 经法院 经查 经教育 经审批 经批准 依法 依照 根据 按照 按时 按期 逾期 到期 期满 届满 满 满刑 已婚 已故 已死 病危 病重 病情 病历 残
年幼 幼年 汉族 回族 藏族 维吾尔族 壮族 苗族 彝族 初中 高中 小学 文盲 大专 本科 农民 无职业 个体 退休 卡 身份证 住址 丈夫 女儿 孩子 子女 哥哥 弟弟 姐姐 妹妹 同志 老师 法官 检察官 民警 警官 律师 医生 主任
所长 科长 处长 书记 有自杀 有自伤 有自残 有自首 有家 有人 有精神 有严重 有重大 有余 有财产 有钱 有能力 有房 有两 有三 有多 有些 有期 有固定 有稳定 有悔 有立功 有可能 有心脏 有高血 有糖尿 有债 有吸毒 有暴力 有未 有孩子 有老 有残疾 第一次 第二次 第三次 第四次 首次 名下有 今年 已满 身患 没有固定 绝食 患糖 有违
互相 相互 彼此 材料 年仅 休假 休产假 休息 登记 备案 开庭 宣判 送来 转来 交来 说法 不予 从未 从不 从来 只能 只好 主动 被动 积极 消极 认真 严重 轻微 明显 确实 实在 真的 显然 居然 竟然 果然 恰好 正好 正是 正当 刚刚 刚好 马上 立即 立刻 随即 接着 最后 首先 其次 另外 此外 尤其 特别 非常 十分 比较 相当 极其 更加 越来越 甚至 哪怕 即使 尽管 不管 无论 除了 除 关于 对于 由于 鉴于 按其 依据 凭 凭借 趁 趁机 趁着 沿着 围绕 曾多 曾两 曾三 曾经 曾被 曾在 曾于 曾向 曾任 曾对 曾患 服药 吃药 打针 输液 截肢 中风 脑梗 癌症 肺结核 艾滋 糖尿病 高血压 心脏病 尿毒症 精神病 抑郁 残废 失明 聋哑 病退 低保 五保 贫困 破产 欠债 借贷 担任 当选 竞选 受聘 应聘 招录 辞职 调走 调离 调任 轮岗 值班 加班 巡查 查房 点名 搜身 清监 押解 押送 护送 提审 提讯 讯问 询问 问话 训话 训诫 警告 记过 禁闭 表扬 嘉奖 奖励 处分 处罚 扣分 加分 评审 评议 评估 考核 考察 走访 家访 入户 调查 核查 核实 核对 校对 复印 扫描 上传 下载 录入 导入 导出 查询 检索 统计 汇总 分析 研判 讨论 会商 会签 签批 签收 盖章 用印 归档 移交 转递 邮寄 快递 传真 发函 复函 回函 来函 去函 公告 公示 公开 保密 泄露 泄密 举办 组织 召集 召开 参会 列席 旁听 观摩 学习 培训 教育 劝说 劝阻 制止 阻拦 阻挠 干扰 打断 插话 辩解 狡辩 抵赖 推脱 推诿 敷衍 应付 糊弄 欺骗 蒙骗 骗取 套取 冒领 截留 侵占 克扣 勒索 索要 收受 行贿 送礼 请托 说情 打招呼 过问 插手 干预 包庇 纵容 放任 失职 渎职 违规 违法 犯错 认错 道歉 赔礼 谅解 原谅 宽恕 记恨 报复 打击 陷害 诬告 诬陷 造谣 传谣 散布 煽动 串通 串供 翻案 喊冤 鸣冤 叫屈 下跪 磕头 写字 画画 唱歌 跳舞 打球 跑步 锻炼 劳动 生产 加工 缝纫 种地 养猪 养殖 种植 卖菜 摆摊 开店 跑车 跑运输 送货 送外卖 快递 保洁 保安 看门 带孩子 做饭 洗衣 买菜 买药 看病 挂号 化验 拍片 检查 复诊 转院 出院 入院 病休 静养 疗养 卧床 坐轮椅 拄拐`
	// never are characters that no given name has.
	never = `的了在是和与及或把被将对因为但则即也都就很最更不没未无要该须需此各每某这那哪谁何怎么吗呢吧啊们个些件次后内外下刑罪犯狱监判罚款病死述称供到至由让使给跟按已系处置问题服执申请诉讼减释患等其所以于你我他她它您咱并而且说话者吃喝拉打骂哭找拿看听做去走跑住佰仟`
	// anonymous are the characters that stand for a part of a name left out.
	anonymous = `某xX×✕╳*＊△○〇◯口□_`
)

func newWords(t *lexicon.Tables) *words {
	w := &words{
		surname: map[rune]bool{}, rare: map[rune]bool{}, compound: map[[2]rune]bool{}, opens: map[rune]bool{}, given: map[rune]bool{}, said: map[string]bool{},
		plain: &node{}, after: &node{}, roles: &node{}, titles: &node{},
	}
	usual, rest, _ := strings.Cut(strings.TrimSpace(surnameTable), "\n")
	rare, pairs, _ := strings.Cut(rest, "\n")
	for _, r := range usual {
		w.surname[r], w.opens[r] = true, true
	}
	for _, r := range rare {
		w.rare[r] = true
	}
	for _, pair := range strings.Fields(pairs) {
		r := []rune(pair)
		w.compound[[2]rune{r[0], r[1]}] = true
		w.opens[r[0]] = true
	}
	for _, r := range givenTable {
		w.given[r] = true
	}
	for line := range strings.Lines(wordTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.Fields(line) {
			if len([]rune(word)) > 1 {
				w.plain.add(word, nil)
			}
		}
	}
	field := func(words ...string) {
		for _, word := range words {
			if word = citation.FoldString(word); len([]rune(word)) > 1 {
				w.plain.add(word, nil)
			}
		}
	}
	for _, term := range t.Terms {
		field(term.Word)
	}
	for _, set := range t.Synonyms {
		field(set.Canonical)
		field(set.Variants...)
	}
	for _, topic := range t.Topics {
		field(topic.Seeds...)
	}
	weak := &person{} // marks a weak role in the trie
	weakSet := strings.Fields(weakRoles)
	for _, word := range strings.Fields(roleWords) {
		if slices.Contains(weakSet, word) {
			w.roles.add(word, weak)
		} else {
			w.roles.add(word, nil)
		}
	}
	for _, word := range strings.Fields(saidRoles) {
		w.said[word] = true
	}
	for _, word := range []string{"姓 名", "填 报 人", "联 系 人"} { // as forms space them out
		w.roles.add(word, nil)
		w.said[word] = true
	}
	for _, word := range strings.Fields(titleWords) {
		w.titles.add(word, nil)
	}
	for _, word := range strings.Fields(afterWords) {
		w.after.add(word, nil)
	}
	return w
}

// isName is true for what a name column or speaker's turn gave if it is a
// person's name and not 无, a unit or an anonymised form.
func (w *words) isName(r []rune) bool {
	if len(r) < 2 || len(r) > 20 {
		return false
	}
	for i, x := range r {
		if strings.ContainsRune(anonymous, x) && !letter(x) {
			return false
		}
		if !isHan(x) && x != '·' || x == '·' && (i == 0 || i == len(r)-1) {
			return false
		}
	}
	if slices.Contains(r, '·') {
		return true
	}
	if len(r) > 4 || w.plain.match(r, 0) >= len(r) || strings.ContainsRune("院局所部处科室厅队狱庭省市县区组会办", r[len(r)-1]) && len(r) > 2 && !w.surname[r[0]] {
		return false
	}
	switch string(r) {
	case "匿名", "没有", "不详", "保密", "同上", "不愿", "略", "未填", "姓名", "学员", "代表", "全体", "佚名":
		return false
	}
	return true
}

// spreads is true for a name that may be masked wherever it stands: one that is
// no everyday word. 高明 is masked only after a word such as 罪犯.
func (w *words) spreads(r []rune) bool {
	if len(r) > 2 {
		return w.plain.match(r, 0) < len(r)
	}
	return !commonPairs[string(r)] && w.plain.match(r, 0) == 0
}

// commonPairs are two-character names that are words too.
var commonPairs = func() map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(`高明 文静 安宁 安静 和平 高峰 高兴 高飞 黄金 马力 张力 向阳 方正 方圆 成功 成果 石头 白雪 金星 金牌 江山 江河 海洋 雷电 雷雨 林立 林海 水平 万里 万方 任意 任性 常青 常理 程度 严明 严谨 严肃 康健 康宁 宁静 华丽 温柔 温暖 明亮 明月 明星 安康 宋代 唐朝 高强 高大 高原 高山 高低 时光 时刻 时新 单纯 单一 全力 全新 管用 田野 田园 毛利 毛笔 金刚 金鱼 熊猫 龙虎 龙王 马达 马戏 牛仔 关联 关心 钱财 施展 连接 连通 路灯 路标 车轮 祝福 古典 古老 盛夏 盛开 简明 景色 景象 项链 边界 燕子 强盛 强大 平安 平等 平和 国家 门前`) {
		m[word] = true
	}
	return m
}()

// roles masks the names that follow words such as 罪犯 and 其妻, those before a
// title, and those that open a person's particulars (王建国，男，…).
func (p *pass) roles() {
	w := p.d.m.words
	for i := 0; i < len(p.r); i++ {
		if p.taken[i] {
			continue
		}
		if (p.r[i] == ',' || p.r[i] == '(') && i+1 < len(p.r) {
			p.beforeGender(i)
			continue
		}
		if w.opens[p.r[i]] && (i == 0 || p.r[i-1] == '\n') {
			p.speaker(i)
		}
		if i > 0 && p.r[i-1] == '的' && strings.ContainsRune(common, p.r[i]) && i+3 < len(p.r) && strings.ContainsRune(",(", p.r[i+3]) &&
			p.givenAt(i+1, i+3) && w.plain.match(p.r, i) == i && w.plain.match(p.r, i+1) <= i+2 && p.wordAt(i+1) == 0 && w.titles.match(p.r, i+1) == i+1 {
			// 法院送来的蔡小军，
			p.add(i, i+3, Name, slices.Clone(p.r[i:i+3]))
			continue
		}
		if w.opens[p.r[i]] && (i == 0 || !isHan(p.r[i-1]) || p.titleLead(i)) {
			p.beforeTitle(i)
			p.beforeCase(i)
			if p.taken[i] {
				continue
			}
		}
		if letter(p.r[i]) && (i == 0 || !letter(p.r[i-1])) {
			p.english(i)
			continue
		}
		weak, end := w.roles.longest(p.r, i)
		if end == i {
			continue
		}
		// 妇女儿童
		if weak != nil && i > 0 && p.r[i-1] == '妇' {
			continue
		}
		p.afterRole(end, weak != nil, w.said[string(p.r[i:end])])
		i = end - 1
	}
}

// afterRole masks the names at rune i, after a role.
func (p *pass) afterRole(i int, weak, mustSay bool) {
	k := p.spacesAt(i)
	said := false // a colon, or a word such as 叫, says that a name comes
	if k < len(p.r) && p.r[k] == ':' {
		said = true
		k = p.spacesAt(k + 1)
	}
	for _, word := range []string{"姓名:", "名叫", "叫做", "名为", "叫"} {
		if p.has(k, word) {
			said = true
			k = p.spacesAt(k + len([]rune(word)))
			break
		}
	}
	if !said && (mustSay || weak && k > i) {
		return
	}
	if !said && k < len(p.r) && strings.ContainsRune("是系为", p.r[k]) {
		k++
		weak = true
	}
	if said {
		k = p.unitBefore(k)
	}
	quote := k < len(p.r) && strings.ContainsRune("(“\"‘「", p.r[k])
	if quote {
		k++
	}
	strong := !weak || said
	for n := range 20 {
		end := p.nameAt(k, weak && !said, said)
		if end == k && n > 0 && !strong {
			return
		}
		if end == k && n > 0 {
			end = p.listed(k)
		}
		if end == k {
			return
		}
		name := withoutSpaces(p.r[k:end])
		if !p.add(k, end, Name, name) {
			return
		}
		// 罪犯王建国、李明和赵小军
		next := end
		if p.has(next, "(") {
			for next < len(p.r) && next-end < 20 && p.r[next] != ')' {
				next++
			}
			next++
		}
		if next >= len(p.r) || !strings.ContainsRune("、和与及", p.r[next]) {
			return
		}
		joined := p.r[next] != '、'
		k = next + 1
		weak, said = weak || joined, false
	}
}

// beside masks the names that stand right before somebody's number: 赵小虎（身份证…,
// 撤缓的马占福（13000000000）.
func (p *pass) beside() {
	for _, h := range p.hits {
		switch h.kind {
		case IDCard, Phone, BankCard, Plate, InmateNo, WeChat, QQ, Certificate:
		default:
			continue
		}
		end := h.start
		for range 3 {
			for end > 0 && strings.ContainsRune(" ,:(、的", p.r[end-1]) {
				end--
			}
			_, start := contextTree.longest(p.r, end)
			if start == end {
				break
			}
			end = start
		}
		p.nameEnding(end)
	}
}

// nameEnding masks the name that ends before rune end, if one does.
func (p *pass) nameEnding(end int) {
	w := p.d.m.words
	from := end
	for from > 0 && end-from < 20 && (isHan(p.r[from-1]) || p.r[from-1] == '·') && !p.taken[from-1] {
		from--
	}
	if from < end && slices.Contains(p.r[from:end], '·') {
		if p.dotted(from) == end {
			p.add(from, end, Name, slices.Clone(p.r[from:end]))
		}
		return
	}
	if p.borrowed(from) == end {
		p.add(from, end, Name, slices.Clone(p.r[from:end]))
		return
	}
	for _, size := range []int{4, 3, 2} {
		start := end - size
		if start < from || w.plain.match(p.r, start) > start {
			continue
		}
		surname := 1
		if w.compound[[2]rune{p.r[start], p.r[start+1]}] && size > 2 {
			surname = 2
		} else if !w.surname[p.r[start]] || size == 4 {
			continue
		}
		// A word that ends in the name means that the name is no name.
		if !p.givenAt(start+surname, end) || w.plain.match(p.r, end-2) == end || p.wordEndsAt(end, start) {
			continue
		}
		if size == 2 && start > from && w.surname[p.r[start-1]] && p.givenAt(start, end) {
			continue
		}
		p.add(start, end, Name, slices.Clone(p.r[start:end]))
		return
	}
}

// wordEndsAt is true when a word of the field begins before rune start and ends
// at rune end, as 联系方式 does.
func (p *pass) wordEndsAt(end, start int) bool {
	for k := max(0, start-3); k < start; k++ {
		if p.d.m.words.plain.match(p.r, k) == end || p.d.m.words.roles.match(p.r, k) == end {
			return true
		}
	}
	return p.d.m.words.roles.match(p.r, start) == end
}

// personal is true where words begin that are said of one person, so that even
// a word before them is a name: 罪犯高原入监, 病犯水生肝硬化.
func (p *pass) personal(i int) bool {
	if p.chargedAt(i) {
		return true
	}
	for _, w := range []string{
		"(男", "(女", ",男", ",女", "入监", "入所", "入矫", "入狱", "病重", "病危", "病故", "病亡", "死亡", "的妻", "的母", "的父", "的儿", "的女儿", "的家属", "的哥", "的弟", "的姐", "的妹",
		"账上", "卡上", "自述", "自称", "自首", "被抓", "被收监", "被判", "肝", "肺", "癌", "糖尿", "高血压", "截瘫", "瘫痪", "连路", "要求看", "要求见", "实名", "每月都来", "(真名", "(化名",
	} {
		if p.has(i, w) {
			return true
		}
	}
	return false
}

// speaks is true when what follows a name of two or three characters at rune i
// is said of somebody who speaks: 所长花荣认为.
func (p *pass) speaks(i int) bool {
	for _, w := range []string{"认为", "说", "表示", "提出", "反映", "指出", "介绍", "带队", "要求", "发言", "回答", "解释", "强调", "主张", "(电话", "(手机"} {
		if p.has(i+2, w) || p.has(i+3, w) {
			return true
		}
	}
	return false
}

// listed is the end of a name at rune i that a list of names goes on with: it
// stands between the list's marks, or before 三人 and 等, so even a word is one.
func (p *pass) listed(i int) int {
	w := p.d.m.words
	if i+2 > len(p.r) || !isHan(p.r[i]) || !w.surname[p.r[i]] && !w.rare[p.r[i]] {
		return i
	}
	for end := i + 2; end <= i+3 && end <= len(p.r); end++ {
		if !p.free(i, end) || !isHan(p.r[end-1]) || strings.ContainsRune(anonymous+never, p.r[end-1]) || strings.ContainsRune(anonymous+never, p.r[i+1]) {
			return i
		}
		if end == len(p.r) || strings.ContainsRune("、,。;", p.r[end]) || p.has(end, "等") ||
			end+1 < len(p.r) && strings.ContainsRune("二两三四五六七八九几", p.r[end]) && p.r[end+1] == '人' {
			return end
		}
	}
	return i
}

// chargedAt is true where words begin that are said of one convicted person.
func (p *pass) chargedAt(i int) bool {
	for _, w := range []string{
		"因犯", "因涉嫌", "被判", "判处", "判了", "判缓", "判三", "判五", "判十", "原判", "犯盗窃", "犯抢劫", "犯诈骗", "犯故意", "犯贩卖", "犯受贿", "犯强奸",
		"刑满", "入监", "服刑", "患有", "患尿", "患癌", "患精", "报到后", "脱管", "漏管", "申请保外", "申请假释", "减刑一", "怀孕", "越狱", "脱逃",
	} {
		if p.has(i, w) {
			return true
		}
	}
	return false
}

// beforeCase masks the name of three characters in 高志远案 and 高志远因犯盗窃罪.
func (p *pass) beforeCase(i int) {
	w := p.d.m.words
	if i+3 >= len(p.r) || p.r[i+3] != '案' && !p.chargedAt(i+3) || !w.surname[p.r[i]] || w.plain.match(p.r, i) > i || w.plain.match(p.r, i+1) > i+2 ||
		!p.givenAt(i+1, i+3) || p.r[i+3] == '案' && i+4 < len(p.r) && strings.ContainsRune("件例卷由发", p.r[i+4]) {
		return
	}
	p.add(i, i+3, Name, slices.Clone(p.r[i:i+3]))
}

// placeAt is true when a city or county with its institution begins at rune i:
// 万州区公安局, 石河子市第一看守所.
func (p *pass) placeAt(i int) bool {
	for k := i + 1; k < i+5 && k+1 < len(p.r) && isHan(p.r[k]); k++ {
		if k > i+1 && strings.ContainsRune("省市县区州旗", p.r[k]) && strings.ContainsRune("人检法公司看监社第中高省市县区委政民女未", p.r[k+1]) {
			return true
		}
	}
	return false
}

// unitBefore steps over a unit that stands before the name in 咨询人：某市检察院 王建国.
func (p *pass) unitBefore(k int) int {
	end := k
	for end < len(p.r) && end-k < 30 && isHan(p.r[end]) {
		end++
	}
	if end > k+2 && end < len(p.r) && p.r[end] == ' ' && strings.ContainsRune("院局所处科厅队室狱庭部心", p.r[end-1]) {
		return p.spacesAt(end)
	}
	return k
}

func withoutSpaces(r []rune) []rune {
	if !slices.Contains(r, ' ') {
		return slices.Clone(r)
	}
	return slices.DeleteFunc(slices.Clone(r), func(x rune) bool { return x == ' ' })
}

// nameAt is the end of the name that begins at rune i, i when none does.
func (p *pass) nameAt(i int, weak, said bool) int {
	w := p.d.m.words
	if i >= len(p.r) || !isHan(p.r[i]) || p.taken[i] || p.placeAt(i) {
		return i
	}
	if end := p.dotted(i); end > i {
		return end
	}
	if end := p.borrowed(i); end > i && !weak {
		return end
	}
	surname := 1
	if i+1 < len(p.r) && w.compound[[2]rune{p.r[i], p.r[i+1]}] {
		surname = 2
	} else if !w.surname[p.r[i]] && (!w.rare[p.r[i]] || weak && !p.speaks(i)) {
		return i
	}
	k := i + surname
	if k < len(p.r) && strings.ContainsRune(anonymous, p.r[k]) {
		return i
	}
	// 欧阳（真名不详）: a surname of two characters may stand alone.
	if surname == 2 && !weak && p.follows(k) == sure {
		return k
	}
	// 王 刚, as forms write names of two characters.
	if surname == 1 && k+1 < len(p.r) && p.r[k] == ' ' && isHan(p.r[k+1]) && !p.taken[k+1] && p.usual(p.r[k+1]) && (p.follows(k+2) == sure || !weak && p.follows(k+2) == likely) {
		return k + 2
	}
	if w.titles.match(p.r, k) > k {
		return i
	}
	if word := w.plain.match(p.r, i); word > i {
		// 罪犯高原入监体检, 罪犯时进三次…: what is said next is said of a person.
		if !weak && word <= i+2 && surname == 1 && p.personal(i+2) && p.givenAt(k, i+2) {
			return i + 2
		}
		// 孙子涵已死亡: no word goes on like that, a name does.
		if word != i+2 || surname > 1 || p.follows(word) > unlikely || p.follows(word+1) < sure && p.wordAt(word+1) == 0 && !strings.ContainsRune(firm, p.r[word+1]) || !p.givenAt(k, word+1) {
			return i
		}
		return word + 1
	}
	if k >= len(p.r) || !isHan(p.r[k]) || p.taken[k] || strings.ContainsRune(never, p.r[k]) {
		return i
	}
	short, long := k+1, k+1
	if k+1 < len(p.r) && isHan(p.r[k+1]) && !p.taken[k+1] && !strings.ContainsRune(never, p.r[k+1]) && !strings.ContainsRune(anonymous, p.r[k+1]) {
		long = k + 2
	}
	if k+1 < len(p.r) && strings.ContainsRune(anonymous, p.r[k+1]) && !isHanWord(p.r[k+1]) {
		return i
	}
	fs, fl := p.follows(short), p.follows(long)
	end := short
	switch {
	case long == short:
	case !p.usual(p.r[k+1]) && w.after.match(p.r, short) > short && fl < sure:
	case fl == sure:
		end = long
	case p.wordAt(short) != p.wordAt(long):
		if p.wordAt(long) > p.wordAt(short) {
			end = long
		}
	case fl != fs:
		if fl > fs {
			end = long
		}
	case p.usual(p.r[k+1]):
		end = long
	}
	plausible := p.usual(p.r[k]) || end == long && long > short && p.usual(p.r[k+1])
	if p.follows(end) == unlikely {
		if !plausible || weak && (!p.usual(p.r[k]) || end == long && long > short && !p.usual(p.r[k+1]) || end == short && !strings.ContainsRune(common, p.r[i])) {
			return i
		}
		if end == short && !p.usual(p.r[k]) {
			return i
		}
	}
	if weak && !plausible {
		return i
	}
	if surname == 1 && !said && strings.ContainsRune(verbal+eager, p.r[i]) {
		for _, r := range p.r[k:end] {
			if !p.usual(r) {
				return i
			}
		}
		// 向海关申报 begins with a word where a given name would stand.
		if w.plain.match(p.r, k)-k >= 2 || w.after.match(p.r, k)-k >= 2 {
			return i
		}
		if f := p.follows(end); f == unlikely && (weak || end == short || strings.ContainsRune(eager, p.r[i])) || f == likely && p.wordAt(end) == 0 && !strings.ContainsRune(firm, p.r[end]) && (end == short || weak && strings.ContainsRune(eager, p.r[i])) {
			return i
		}
	}
	if end == short && strings.ContainsRune("总姐哥叔婶爷奶嫂姨某家队所局处", p.r[k]) {
		return i
	}
	return end
}

func isHanWord(r rune) bool { return r == '口' || r == '某' }

type certainty int

const (
	unlikely certainty = iota
	likely
	sure
)

// follows says how well a name can end before rune i.
func (p *pass) follows(i int) certainty {
	if i >= len(p.r) || !isHan(p.r[i]) || p.taken[i] {
		return sure
	}
	w := p.d.m.words
	if w.after.match(p.r, i) > i || w.plain.match(p.r, i) > i || w.titles.match(p.r, i) > i {
		return likely
	}
	return unlikely
}

// wordAt is the length of the longest word at rune i that a name can stand
// before, 0 when it has fewer than two characters.
func (p *pass) wordAt(i int) int {
	w := p.d.m.words
	n := max(w.after.match(p.r, i), w.plain.match(p.r, i)) - i
	if n < 2 {
		return 0
	}
	return n
}

// usual is true for characters that given names are made of.
func (p *pass) usual(r rune) bool {
	return p.d.m.words.given[r] || r > 0x9FFF || r < 0x4E00
}

// transliterated are characters that names such as 阿布都拉·买买提 are written in.
const transliterated = `阿布都拉买提江汗古丽克孜木吐尔逊依明艾力热西玉素甫努尔麦合吾斯曼沙吉库尼亚孜库尔班买尔旦帕提曼祖合热哈米凯赛卡地塔伊米肉则萨迪达吾力苏莱曼约麻哈什巴特那加央金卓玛次仁扎措洛桑旦增格多顿珠旺堆德白平边罗曲英才让吉先南嘎觉乃贡色登巴德勒其额日图音花娜琴额尔登呼和苏德木仁包青山宝力高特格乐乌兰齐日麦海子莫友各石伍牛呷曲比尔支妞沙罗阿作惹日坡木基且沙马黑吉克鲁海来明山江别生逊卜合孜农敏南姆宗青朗巴丹云顺格其萨朝迪牙森托乎喀则孜娅娃提索杜外措拉珍毛不塞萨斯维奇夫基欧罗马利亚`

// borrowedOpening are the first two characters of such names.
var borrowedOpening = func() map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(`阿迪 阿不 阿布 阿卜 阿力 阿里 阿依 阿吉 阿尔 艾力 艾合 艾尼 艾米 艾麦 买买 买合 买提 吐尔 吐逊 吐鲁 依明 依不 依米 热合 热依 热孜 麦麦 麦合 麦提 玉素 玉山 努尔 古丽 古力 帕提 帕尔 如则 如孜 木合 木塔 牙生 牙合 亚生 亚森 赛买 赛力 托合 托乎 库尔 卡德 喀迪 伊力 伊敏 伊米 祖农 祖力 孜亚 排孜 塔依 斯拉 苏来 苏力 沙吾 沙拉 扎西 次仁 次旦 卓玛 格桑 尼玛 达瓦 巴桑 旺堆 旺姆 多吉 德吉 央金 央宗 洛桑 仁青 仁增 索朗 索南 才让 才仁 丹增 旦增 贡布 边巴 白玛 拉姆 拉巴 拉毛 拉珍 拉措 仁曾 措姆 阿旺 平措 强巴 顿珠 嘎玛 巴特 巴图 苏和 苏日 宝力 乌力 乌云 那顺 额尔 呼格 阿木 阿拉 斯琴 其其 萨仁 朝鲁 吉克 阿呷 阿牛 沙马 马海 尔古`) {
		m[word] = true
	}
	return m
}()

// borrowed is the end of a name from another language written without dots, such
// as 阿迪力 and 扎西顿珠, at rune i.
func (p *pass) borrowed(i int) int {
	w := p.d.m.words
	if i+2 > len(p.r) || !borrowedOpening[string(p.r[i:i+2])] || !p.free(i, i+2) || w.plain.match(p.r, i) > i {
		return i
	}
	end := i + 2
	for end < len(p.r) && end-i < 8 && strings.ContainsRune(transliterated, p.r[end]) && !p.taken[end] && !p.partEnds(end) {
		end++
	}
	if p.follows(end) == unlikely && end-i < 3 {
		return i
	}
	return end
}

// dotted is the end of a name written with middle dots at rune i.
func (p *pass) dotted(i int) int {
	k := i
	for k < len(p.r) && k-i <= 8 && isHan(p.r[k]) && !p.taken[k] {
		k++
	}
	if k == i || k-i > 8 || k+1 >= len(p.r) || p.r[k] != '·' || !isHan(p.r[k+1]) {
		return i
	}
	end := i
	for k < len(p.r) && p.r[k] == '·' {
		from := k + 1
		k = from
		for k < len(p.r) && k-from < 8 && isHan(p.r[k]) && !p.taken[k] && (k == from || !p.partEnds(k)) {
			k++
		}
		if k == from {
			break
		}
		end = k
	}
	return end
}

// partEnds is true when a part of a name from another language ends before rune
// k: a word that follows names begins there. Characters that such names are
// written in end them only as part of a longer word.
func (p *pass) partEnds(k int) bool {
	w := p.d.m.words
	n := max(w.after.match(p.r, k), w.plain.match(p.r, k)) - k
	if strings.ContainsRune(transliterated, p.r[k]) {
		return n >= 2
	}
	return n >= 1 || strings.ContainsRune(never, p.r[k])
}

// beforeGender masks the name before ，男， whose comma or bracket is at rune i.
func (p *pass) beforeGender(i int) {
	k := p.spacesAt(i + 1)
	if k >= len(p.r) || p.r[k] != '男' && p.r[k] != '女' || k+1 < len(p.r) && !strings.ContainsRune(",、) ;。汉回满", p.r[k+1]) {
		return
	}
	start := i
	for start > 0 && i-start < 16 && (isHan(p.r[start-1]) || p.r[start-1] == '·') && !p.taken[start-1] {
		start--
	}
	if start < i && slices.Contains(p.r[start:i], '·') {
		if end := p.dotted(start); end == i {
			p.add(start, i, Name, withoutSpaces(p.r[start:i]))
		}
		return
	}
	if i-start > 4 || i-start < 2 {
		// 社区矫正对象王建国，男: the role was seen to already.
		return
	}
	if p.nameAt(start, true, false) == i {
		p.add(start, i, Name, withoutSpaces(p.r[start:i]))
	}
}

// beforeTitle masks a name at rune i that a title follows: 王建国法官.
func (p *pass) beforeTitle(i int) {
	w := p.d.m.words
	if i >= len(p.r) || !isHan(p.r[i]) || w.plain.match(p.r, i) > i {
		return
	}
	surname := 1
	if i+1 < len(p.r) && w.compound[[2]rune{p.r[i], p.r[i+1]}] {
		surname = 2
	} else if !w.surname[p.r[i]] {
		return
	}
	for end := i + surname + 2; end > i+surname; end-- {
		if end >= len(p.r) || w.titles.match(p.r, end) == end || !p.givenAt(i+surname, end) {
			continue
		}
		// 金牌律师 and 高级法官 are words, 王建国法官 is none.
		if w.plain.match(p.r, i+1) > i+2 || w.plain.match(p.r, end-1) > end {
			return
		}
		p.add(i, end, Name, slices.Clone(p.r[i:end]))
		return
	}
}

// titleLead is true after words that often stand before a person with a title:
// 感谢王建国老师, 听了王建国法官的课.
func (p *pass) titleLead(i int) bool {
	if strings.ContainsRune("请听由", p.r[i-1]) {
		return true
	}
	if !strings.ContainsRune("谢了教是的如", p.r[i-1]) {
		return false
	}
	for _, w := range []string{"感谢", "听了", "请教", "特别是", "尤其是", "提到的", "比如", "例如"} {
		if p.ends(i, w) {
			return true
		}
	}
	return false
}

// givenAt is true when runes i to end can be a given name.
func (p *pass) givenAt(i, end int) bool {
	for k := i; k < end; k++ {
		if k >= len(p.r) || !isHan(p.r[k]) || p.taken[k] || !p.usual(p.r[k]) || strings.ContainsRune(never, p.r[k]) {
			return false
		}
	}
	return true
}

// places open a line before a colon as names do: 安阳：…
var places = func() map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(`金华 高安 文山 安阳 安顺 钟祥 项城 孟州 邓州 许昌 祁阳 汤阴 汤原 凌源 江阴 江油 任丘 霍州 古交 韩城 宁国 宁安 姜堰 乐山 昌平 昌都 和田 伊宁 武威 安庆 卢氏 彭州 彭水 房山 顺义 丰台 石景山 宿迁 易县 路桥 萧山 余杭 余姚 诸暨 桐乡 金坛 常山 江山 温岭 凤阳 明光 宣城 洪江 洪湖 桂平 梅县 封开 廉江 钟山 卢龙 霸州 武安 辛集 安国 安平 高邑 柏乡 宁晋 平山 孟津 洛阳 荥阳 高碑店 高唐 高密 安丘 费县 单县 曹县 成武 东明 金乡 鱼台 汶上`) {
		m[word] = true
	}
	return m
}()

// speaker masks the name that opens a line as a speaker's turn: 王建国：我认为.
func (p *pass) speaker(i int) {
	w := p.d.m.words
	if i >= len(p.r) || !isHan(p.r[i]) || w.plain.match(p.r, i) > i {
		return
	}
	surname := 1
	if i+1 < len(p.r) && w.compound[[2]rune{p.r[i], p.r[i+1]}] {
		surname = 2
	} else if !w.surname[p.r[i]] {
		return
	}
	for end := i + surname + 1; end <= i+surname+2 && end < len(p.r); end++ {
		colon := end
		if p.r[end] == '(' {
			for colon < len(p.r) && colon-end < 30 && p.r[colon] != ')' && p.r[colon] != '\n' {
				colon++
			}
			if colon-end < 4 || colon+1 >= len(p.r) || p.r[colon] != ')' {
				return
			}
			colon++
		}
		if colon < len(p.r) && p.r[colon] == ':' {
			if p.givenAt(i+surname, end) && !commonPairs[string(p.r[i:end])] && !places[string(p.r[i:end])] {
				p.add(i, end, Name, slices.Clone(p.r[i:end]))
			}
			return
		}
	}
}

// alone is true when a learnt name at runes i to end stands for itself and is
// not a piece of other words.
func (p *pass) alone(i, end int) bool {
	if !p.free(i, end) {
		return false
	}
	if letter(p.r[i]) {
		return (i == 0 || !letter(p.r[i-1])) && (end == len(p.r) || !letter(p.r[end]))
	}
	if end-i > 2 {
		return true
	}
	w := p.d.m.words
	// A word that begins before the name and ends in it, or begins in it and
	// ends after it, is not this person.
	for from := max(0, i-3); from < i; from++ {
		if w.plain.match(p.r, from) > i {
			return false
		}
	}
	for from := i + 1; from < end; from++ {
		if w.plain.match(p.r, from) > end {
			return false
		}
	}
	return w.plain.match(p.r, i) <= i
}
