package report

import (
	"fmt"
	"time"

	"tongtang/pipeline/feedback"
)

// said is one item of the samples, as few words as it takes.
func said(id, training, on string, d feedback.Department, province string, k feedback.Kind, similarity, text string, row int) Item {
	file := map[string]string{
		"2022-1": "2022年第1期学员意见征集表.xlsx", "2023-1": "问卷星导出_第3期.xlsx", "2024-1": "分组研讨记录.docx", "2024-2": "微信群接龙.txt",
	}[training]
	sheet := ""
	if row%2 == 0 && file[len(file)-4:] == "xlsx" {
		sheet = "汇总"
	}
	return Item{
		ID: id, TrainingID: training, GivenOn: on, Department: d, Province: province, Kind: k, Similarity: similarity, Text: text, Segment: "案例研讨",
		Sources: []feedback.Source{{SHA256: fmt.Sprintf("%064x", row), File: file, Sheet: sheet, Row: row, Column: string(k), Part: 1}},
	}
}

const (
	jc, fy, ga, jy, sj = feedback.Procuratorate, feedback.Court, feedback.PoliceCustody, feedback.Prison, feedback.Correction
	wen, yi, jian      = feedback.Question, feedback.Opinion, feedback.Suggestion
)

// propertyIssue is issue 12: twelve items of five departments, one endorsement.
func propertyIssue() Issue {
	items := []Item{
		said("ia01", "2022-1", "2022-06-15", jy, "山东", wen, "高", "罪犯被判罚金二十万元，狱内账户每月只有三百多元劳动报酬，家属也称无力代缴，这种情况算不算“确有履行能力而不履行”？监狱没有财产查询权，报请减刑时只能凭罪犯自述和消费台账，心里没有底。", 12),
		said("ia02", "2022-1", "2022-06-15", jc, "浙江", wen, "高", "各地法院对罚金、追缴、退赔未履行完毕的罪犯掌握的门槛差别很大：有的要求缴纳不低于三成，有的看月均消费，有的只要有终结本次执行裁定就予认可。检察机关出具减刑监督意见缺少可以对照的标准。", 14),
		said("ia03", "2022-1", "2022-06-16", jy, "河北", wen, "中", "向原审法院发函核实财产性判项履行情况，一年发出四百余封，收到回函不足一半，材料凑不齐就报不上去。", 15),
		said("ia04", "2022-1", "2022-06-16", fy, "北京", yi, "高", "来函多数没有写明原判案号和执行案号，执行部门无从查起；建议由刑罚执行机关按统一格式列明案号、判项和已缴金额，法院在限期内反馈。", 18),
		said("ia05", "2023-1", "2023-04-20", jy, "江苏", wen, "高", "如何认定罪犯“确无履行能力”？是以终结本次执行裁定为准，还是要结合狱内消费、亲属代为履行情况综合判断，现行规定没有说清楚，同一监区两名情况相近的罪犯，报到两个中级法院结果完全相反。", 22),
		said("ia06", "2023-1", "2023-04-20", fy, "四川", wen, "高", "减刑案件审理中，罪犯狱内消费超出同监区平均水平一倍多，同时提交了村委会出具的贫困证明，两者矛盾时能否直接认定有履行能力？贫困证明的证明力如何把握？", 23),
		said("ia07", "2023-1", "2023-04-21", ga, "湖南", wen, "中", "留所服刑罪犯刑期短，判决生效到刑满往往不足三个月，罚金基本没有进入执行程序，看守所提请减刑时没有任何履行材料可附。", 25),
		said("ia08", "2024-1", "2024-05-09", jc, "广东", jian, "高", "建议明确财产性判项履行能力的审查由谁举证、查什么、查到什么程度，并列出可以推定有履行能力的情形，比如隐瞒财产、狱内大额消费、亲属转移财产等。", 31),
		said("ia09", "2024-1", "2024-05-09", sj, "广东", wen, "中", "社区矫正对象申请减刑，罚金没有缴清，本人开小店有收入但又要还银行贷款，社区矫正机构没有调查财产的手段，法院要求我们出具履行能力证明，出还是不出？", 33),
		said("ia10", "2024-1", "2024-05-10", jy, "新疆", jian, "高", "建议把罪犯在不同监狱之间调动时的财产性判项履行台账纳入跨部门办案平台，罪犯𠮷某（化名）先后在三所监狱服刑，三次缴纳记录只查到一次，最后靠罪犯自己保存的收据补正，耗时五个多月。", 35),
		said("ia11", "2024-2", "2024-10-17", jc, "浙江", wen, "高", "对于“三类罪犯”，财产性判项全部履行是否是认定确有悔改表现的必要条件？实践中有的地方一票否决，有的地方仅从严掌握减刑幅度。"+
			"以某职务犯罪罪犯为例，原判并处没收个人财产五十万元，追缴违法所得一百二十万元。追缴部分已由监察机关在案扣押并上缴，没收财产部分因房产系夫妻共同财产且有抵押，执行法院裁定终结本次执行程序。监狱两次提请减刑，第一次检察机关以财产性判项未履行完毕为由提出不同意见，法院裁定不予减刑；"+
			"第二次承办检察官认为其确无履行能力，同意提请，合议庭又要求补充房产评估和抵押材料，前后历时一年四个月。类似情形在省内并非个例，亟须统一认定标准、证明责任和材料清单，否则既影响罪犯改造积极性，也容易引起对执法公正的质疑。", 41),
		said("ia12", "2024-2", "2024-10-17", jy, "安徽", wen, "高", "如何认定罪犯“确无履行能力”？是以终结本次执行裁定为准，还是要结合狱内消费、亲属代为履行情况综合判断，现行规定没有说清楚，同一监区两名情况相近的罪犯，报到两个中级法院结果完全相反。", 44),
	}
	items[11].Endorses = "ia05"
	items[4].Sources = append(items[4].Sources, feedback.Source{SHA256: fmt.Sprintf("%064x", 222), File: "第3期汇总（更正）.zip/江苏.xlsx", Sheet: "Sheet1", Row: 9, Column: "问题", Part: 2})
	items[2].Stem = "关于财产性判项"
	items[5].Background = "该犯原判并处罚金十万元，入监三年缴纳八千元。"
	return Issue{
		Number: 12, Aliases: []int{45}, Key: "gaaaaaaaaaaaaaa", Version: 4,
		Title:     "罪犯有没有履行财产性判项的能力，由谁查、怎么认定？",
		Statement: "减刑、假释案件中，对罪犯财产性判项“确有履行能力而不履行”与“确无履行能力”应当如何区分认定：由谁承担查明和举证责任，以哪些材料为据，终结本次执行程序的裁定、狱内消费、亲属代为履行情况各有何种证明作用。",
		Status:    "待会商", TopicCode: "0602", Topic: "财产性判项 · 履行能力认定", Lead: "周研", DueOn: "2026-12-31",
		Keywords: []string{"财产性判项", "履行能力", "终结本次执行", "狱内消费", "罚金", "减刑", "复函"},
		Items:    items, Representatives: []string{"ia05", "ia02", "ia06", "ia11", "ia09", "ia01"},
		Citations: []Citation{
			{Norm: "J03@2016#2", Label: "《最高人民法院关于办理减刑、假释案件具体应用法律的规定》第二条", Version: "法释〔2016〕23号", ItemIDs: []string{"ia05", "ia06", "ia12"}, Verified: "李核"},
			{Norm: "L02@2018#273.2", Label: "《刑事诉讼法》第二百七十三条第二款", Version: "2018修正", ItemIDs: []string{"ia02"}},
			{Norm: "L01#78.1", Label: "《刑法》第七十八条第一款", Version: "1997修订", ItemIDs: []string{"ia11"}},
		},
		Facets: []Facet{
			{Facet: "问题性质", Value: "裁量尺度不一", Cue: "差别很大", ItemIDs: []string{"ia02", "ia05"}},
			{Facet: "问题性质", Value: "证据与认定困难", Cue: "没有财产查询权", ItemIDs: []string{"ia01", "ia09"}, Decided: true},
			{Facet: "影响程度", Value: "疑难复杂", Cue: "跨部门、财产专业判断", Decided: true},
		},
		Priority: []Part{
			{Name: "重大", Score: 0.55, Weight: 0.25, Basis: "影响减刑、假释能否提请，涉及面广"},
			{Name: "疑难", Score: 0.8, Weight: 0.25, Basis: "两种以上处理并存"},
			{Name: "复杂", Score: 0.7, Weight: 0.2, Basis: "涉及四个以上条文和执行、审判、监督环节", Override: "会商中两部门提出涉及民事执行，提高一档", By: "周研"},
			{Name: "共性", Score: 0.91, Weight: 0.3, Basis: "五部门均有反映，跨三个年度"},
		},
		Candidates: []Candidate{
			{Direction: JudicialInterpretation, Reason: "审判工作中具体应用法律的问题，指向减刑、假释司法解释第二条，实践分歧明显", Status: "待会商", By: "周研", On: "2026-10-12", ReviewBy: "吴复", DueOn: "2026-12-31"},
			{
				Direction: JointResearch, Reason: "五部门、九省反映，需摸清履行能力查明的实际做法", Status: "已反馈", By: "周研", On: "2025-03-02",
				Result: "部分采纳", ResultReason: "调研范围缩小为三省，先行试点", ResultDoc: "调研方案〔样例〕3号", ResultOn: "2025-06-30",
			},
		},
		Positions: []Position{
			{Department: fy, Stance: "建议修改", Text: "履行能力以执行法院查明情况为主，刑罚执行机关提供狱内收支材料，不宜要求合议庭另行调查。", By: "审监庭联络员", On: "2026-10-20"},
			{Department: jc, Stance: "同意", Text: "应当列明可以推定有履行能力的情形，并明确检察机关可以调查核实。", By: "五厅联络员", On: "2026-10-19"},
			{Department: jy, Stance: "同意", Text: "建议明确复函期限，逾期未复函的以现有材料为准。", By: "监狱局联络员", On: "2026-10-21"},
		},
		Lineage: []Event{
			{On: "2026-08-01", What: "首次形成疑似同类，条目7条", Cause: "运行20260801T0200"},
			{On: "2026-08-03", What: "经人工确认，编为第12号", Cause: "决定第31号"},
			{On: "2026-09-15", What: "第45号并入", Cause: "决定第77号"},
		},
		Notes: []Note{{On: "2026-09-20", By: "周研", Text: "“确有履行能力而不履行”的反面不是“未履行”，归并时注意与第18号（罚金缴纳比例）区分。"}},
	}
}

// medicalIssue is issue 27: suggestions, no deliberation, nothing confirmed by
// a person yet beyond its number.
func medicalIssue() Issue {
	return Issue{
		Number: 27, Key: "gbbbbbbbbbbbbbb", Title: "保外就医罪犯病情复查由谁组织、费用由谁承担", Status: "研判中", Topic: "暂予监外执行 · 病情诊断与鉴别",
		Statement: "暂予监外执行罪犯在社区矫正期间的病情复查，由社区矫正机构还是原关押机关组织，复查费用及拒不复查的后果如何确定。",
		Keywords:  []string{"保外就医", "病情复查", "医疗费用", "保证人"},
		Items: []Item{
			said("ib01", "2022-1", "2022-06-15", sj, "江苏", wen, "高", "保外就医罪犯每三个月要提交病情复查情况，本人说没钱去医院，社区矫正机构没有这笔经费，拖过期限算不算违反监督管理规定？", 51),
			said("ib02", "2022-1", "2022-06-16", jy, "辽宁", wen, "高", "罪犯交付社区矫正以后，病情是否消失要由谁来鉴别？社区矫正机构要求监狱派人带去指定医院，监狱认为人已交付，不再负责。", 52),
			said("ib03", "2023-1", "2023-04-20", sj, "广西", wen, "高", "省级人民政府指定的医院离县城三百多公里，卧床的罪犯怎么去复查？能不能由县级医院先出具意见？", 53),
			said("ib04", "2023-1", "2023-04-21", jc, "江西", jian, "中", "建议明确病情复查的组织主体，逾期未复查的先书面督促，再由原决定机关商请医院上门诊断。", 54),
			said("ib05", "2024-2", "2024-10-17", sj, "Ningxia", wen, "", "Who pays for the quarterly medical review of offenders released for medical treatment? County offices have no budget line for it.", 55),
			said("ib06", "2024-2", "2024-10-18", ga, "云南", jian, "低", "建议建立医保、民政救助与保外就医复查的衔接，避免因费用问题变相脱管。", 56),
		},
		Facets:    []Facet{{Facet: "问题性质", Value: "程序衔接不畅", Cue: "不再负责", ItemIDs: []string{"ib02"}}},
		Citations: []Citation{{Norm: "L04@2019#24", Label: "《社区矫正法》第二十四条", Version: "2019", ItemIDs: []string{"ib01"}}},
	}
}

func looseItems() []Item {
	return []Item{
		said("ic01", "2024-2", "2024-10-18", jy, "贵州", yi, "", "现场观摩时间偏紧，建议两天改三天。", 71),
		said("ic02", "2024-2", "2024-10-18", fy, "海南", wen, "", "罪犯死亡后尚未作出裁定的减刑案件是终止审理还是退回？", 72),
	}
}

func sampleTrainings() []feedback.Training {
	return []feedback.Training{
		{ID: "2022-1", Title: "2022年第1期刑罚执行同堂培训", Host: jc, StartsOn: "2022-06-13", EndsOn: "2022-06-17", Place: "北京"},
		{ID: "2023-1", Title: "2023年第1期刑罚执行同堂培训", Host: fy, StartsOn: "2023-04-18", EndsOn: "2023-04-22"},
		{ID: "2024-1", Title: "2024年第1期刑罚执行同堂培训", Host: jy, StartsOn: "2024-05-06", EndsOn: "2024-05-10"},
		{ID: "2024-2", Title: "2024年第2期刑罚执行同堂培训", Host: sj, StartsOn: "2024-10-14", EndsOn: "2024-10-18"},
	}
}

func sampleMeta() Meta {
	return Meta{
		CutOff: "2026-11-20", RunID: "20261122T0200", CorpusDate: "2026-11-22", DecisionSeq: 118,
		GeneratedAt: time.Date(2026, 11, 23, 9, 30, 0, 0, time.FixedZone("CST", 8*3600)),
		Version:     "0.1.0", DictionaryHash: "0f3c9a7be21d4455aa", Preparer: "周研", Strictness: "中",
	}
}

// sample is a document of one form over the issues given.
func sample(f Form, issues ...Issue) *Document {
	if len(issues) == 0 {
		issues = []Issue{propertyIssue()}
	}
	d := &Document{Form: f, Meta: sampleMeta(), Issues: issues, Trainings: sampleTrainings()}
	if f == Outcome {
		d.TrainingID, d.Loose = "2024-2", looseItems()
		for row := range 3 {
			d.Rejects = append(d.Rejects, Reject{feedback.Source{SHA256: fmt.Sprintf("%064x", 900+row), File: "微信群接龙.txt", Row: 40 + row, Part: 1}, "空白或无实质内容", "本行无需处理。"})
		}
	}
	return d
}

// manyIssues makes a digest of n issues of ten items each, for size only.
func manyIssues(n int) []Issue {
	out := make([]Issue, n)
	for i := range out {
		is := propertyIssue()
		is.Number, is.Aliases, is.Key = i+1, nil, fmt.Sprintf("g%014d", i)
		is.Items = is.Items[:10]
		for k := range is.Items {
			is.Items[k].ID = fmt.Sprintf("i%d_%d", i, k)
		}
		is.Representatives = []string{is.Items[4].ID}
		is.Citations = []Citation{{Norm: "L01#78.1", Label: "《刑法》第七十八条第一款", Version: "1997修订", ItemIDs: []string{is.Items[0].ID}}}
		is.Facets = nil
		out[i] = is
	}
	return out
}
