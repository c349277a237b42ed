package queries

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
)

// What the agenda is drafted by. All are counts of trainings or of items with
// endorsements.
const (
	// RecentTrainings is how many of the latest trainings count as lately.
	RecentTrainings = 4
	// RevivedGap is how many trainings in a row an issue was not heard at before
	// it counts as come back.
	RevivedGap = 2
	// SilentTrainings is how many trainings in a row a province was not heard at
	// before the agenda says so. A department is named after one.
	SilentTrainings = 2
	// GapItems and GapDepartments are how much and by how many a topic without a
	// course must be asked about lately to count as a gap.
	GapItems       = 6
	GapDepartments = 2
	// LowRating is the rating below which a course is put up for discussion.
	LowRating = 3.0
	// NormItems is how often the asked-about topics of a course must cite statutes
	// before it counts that the course treats none of them.
	NormItems = 3
)

// Demand is how much a topic is asked about.
type Demand struct {
	Topic
	Items        int   `column:"items"`
	Recent       int   `column:"recent"` // at the latest RecentTrainings
	Groups       int   `column:"groups"`
	Common       int   `column:"common"`
	Unanswered   int   `column:"open"` // common and not yet 已反馈
	ByDepartment []int `column:"by_department"`
}

// Departments is how many of the five ask.
func (d *Demand) Departments() int {
	n := 0
	for _, items := range d.ByDepartment {
		if items > 0 {
			n++
		}
	}
	return n
}

// Label is the topic with its chapter, e.g. 财产性判项 · 履行能力认定.
func (t *Topic) Label() string {
	if t.ParentName == t.Name || t.ParentName == "" {
		return t.Name
	}
	return t.ParentName + " · " + t.Name
}

// covers says whether a code of two or four digits covers a topic.
func covers(codes []string, topic string) bool {
	return slices.ContainsFunc(codes, func(c string) bool { return strings.HasPrefix(topic, c) })
}

// Gap is a topic much asked about that no course treats.
type Gap struct {
	Demand
	Teachers []Teacher // of the pool, who know it
}

// Gaps lists the topics that were asked about at least GapItems times lately,
// by GapDepartments departments, and that no course in use covers; most asked
// first.
func Gaps(demand []Demand, courses []Course, teachers []Teacher) []Gap {
	var out []Gap
	for _, d := range demand {
		if d.Recent < GapItems || d.Departments() < GapDepartments ||
			slices.ContainsFunc(courses, func(c Course) bool { return c.Active && covers(c.Topics, d.Code) }) {
			continue
		}
		g := Gap{Demand: d}
		for _, t := range teachers {
			if t.Active && covers(t.Topics, d.Code) {
				g.Teachers = append(g.Teachers, t)
			}
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b Gap) int { return cmp.Or(cmp.Compare(b.Recent, a.Recent), cmp.Compare(b.Items, a.Items)) })
	return out
}

// NormUse is how many items of a group cite a statute or article.
type NormUse struct {
	Group string `column:"group_key"`
	Topic string `column:"topic"`
	Norm  string `column:"norm"` // L02#265, L02, or the normal form of one the tables lack
	Label string `column:"label"`
	Items int    `column:"items"`
}

// statuteOf is the statute of a norm: L02 of L02#265.
func statuteOf(norm string) string {
	s, _, _ := strings.Cut(norm, "#")
	return s
}

// Mismatch is a course that no longer fits what is asked.
type Mismatch struct {
	Course  Course
	Reasons []string
}

// Mismatches lists the courses in use that no longer fit: nobody asked about
// their topics lately, the statutes they treat are none of those that the
// questions on their topics cite, or they are rated low.
func Mismatches(courses []Course, demand []Demand, norms []NormUse) []Mismatch {
	var out []Mismatch
	for _, c := range courses {
		if !c.Active {
			continue
		}
		m := Mismatch{Course: c}
		asked, recent := 0, 0
		for _, d := range demand {
			if covers(c.Topics, d.Code) {
				asked += d.Items
				recent += d.Recent
			}
		}
		switch {
		case len(c.Topics) == 0:
		case asked == 0:
			m.Reasons = append(m.Reasons, "所列专题历次培训没有反馈")
		case recent == 0:
			m.Reasons = append(m.Reasons, fmt.Sprintf("所列专题近 %d 期没有反馈（历次共 %d 条）", RecentTrainings, asked))
		}
		if len(c.Statutes) > 0 && recent > 0 {
			cited, treated := 0, false
			most, byNorm := NormUse{}, map[string]int{}
			for _, n := range norms {
				if !covers(c.Topics, n.Topic) {
					continue
				}
				cited += n.Items
				byNorm[n.Norm] += n.Items
				if total := byNorm[n.Norm]; total > most.Items || (total == most.Items && n.Norm < most.Norm) {
					most = NormUse{Norm: n.Norm, Label: n.Label, Items: total}
				}
				treated = treated || slices.ContainsFunc(c.Statutes, func(s string) bool { return statuteOf(s) == statuteOf(n.Norm) })
			}
			if cited >= NormItems && !treated {
				m.Reasons = append(m.Reasons, fmt.Sprintf("所列法条与该专题的反馈不相合，反馈引用最多的是%s（%d 条）", most.Label, most.Items))
			}
		}
		if c.Rating > 0 && c.Rating < LowRating {
			m.Reasons = append(m.Reasons, fmt.Sprintf("评价偏低（%s 分）", strconv.FormatFloat(c.Rating, 'f', -1, 64)))
		}
		if len(m.Reasons) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// Proposal of a course or teacher for an issue or a theme.
type Recommended struct {
	No         int
	Name       string
	Department string
	Unit       string // of a teacher
	Active     bool
	Given      int
	LastOn     time.Time
	Rating     float64
	Score      float64
	Reasons    []string
}

// Recommend suggests courses and teachers for topics and cited norms, best
// first, at most most of each. A course or teacher on the very topic comes
// before one that only treats a cited article, and that before one that only
// shares the chapter or the statute. Reasons say which it is.
func Recommend(topics []string, names map[string]string, norms []NormUse, courses []Course, teachers []Teacher, most int) (forCourses, forTeachers []Recommended) {
	cited := map[string]NormUse{}
	for _, n := range norms {
		u := cited[n.Norm]
		if u.Items == 0 {
			u = NormUse{Norm: n.Norm, Label: n.Label}
		}
		u.Items += n.Items
		cited[n.Norm] = u
	}
	order := make([]NormUse, 0, len(cited))
	for _, u := range cited {
		order = append(order, u)
	}
	slices.SortFunc(order, func(a, b NormUse) int { return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Norm, b.Norm)) })

	judge := func(own, statutes []string) (score float64, reasons []string) {
		var same, near []string
		for _, t := range topics {
			switch {
			case slices.ContainsFunc(own, func(c string) bool {
				return c == t || (len(t) == 4 && len(c) == 2 && strings.HasPrefix(t, c)) || (len(t) == 2 && strings.HasPrefix(c, t))
			}):
				same = append(same, cmp.Or(names[t], t))
			case len(t) == 4 && slices.ContainsFunc(own, func(c string) bool { return len(c) == 4 && c[:2] == t[:2] }):
				near = append(near, cmp.Or(names[t[:2]], t[:2]))
			}
		}
		if len(same) > 0 {
			score += 10 + float64(len(same)-1)
			reasons = append(reasons, "专题相同："+strings.Join(same, "、"))
		}
		var articles, whole []string
		for _, u := range order {
			switch {
			case slices.Contains(statutes, u.Norm):
				articles = append(articles, fmt.Sprintf("%s（%d 条引用）", u.Label, u.Items))
			case slices.ContainsFunc(statutes, func(s string) bool { return statuteOf(s) == statuteOf(u.Norm) }):
				whole = append(whole, statuteOf(u.Norm))
			}
		}
		if n := len(articles); n > 0 {
			score += 4 + float64(min(n, 4)-1)
			reasons = append(reasons, "讲到所引法条："+strings.Join(articles[:min(n, 3)], "、"))
		}
		if len(whole) > 0 {
			score++
			if len(articles) == 0 {
				reasons = append(reasons, "讲到所引法律的其他条文")
			}
		}
		if len(near) > 0 && len(same) == 0 {
			score += 2
			slices.Sort(near)
			reasons = append(reasons, "同一类专题："+strings.Join(slices.Compact(near), "、"))
		}
		return score, reasons
	}
	best := func(list []Recommended) []Recommended {
		slices.SortStableFunc(list, func(a, b Recommended) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Rating, a.Rating), cmp.Compare(b.Given, a.Given), cmp.Compare(a.No, b.No))
		})
		return list[:min(len(list), most)]
	}
	teaches := map[int][]string{}
	for _, c := range courses {
		if !c.Active {
			continue
		}
		score, reasons := judge(c.Topics, c.Statutes)
		if score < 2 {
			continue
		}
		forCourses = append(forCourses, Recommended{No: c.No, Name: c.Title, Department: c.Department, Active: c.Active, Given: c.Given(), LastOn: c.LastOn, Rating: c.Rating, Score: score, Reasons: reasons})
		if score >= 10 {
			for _, no := range c.Teachers {
				teaches[no] = append(teaches[no], "《"+c.Title+"》")
			}
		}
	}
	for _, t := range teachers {
		if !t.Active {
			continue
		}
		score, reasons := judge(t.Topics, t.Statutes)
		if titles := teaches[t.No]; len(titles) > 0 {
			score += 3
			reasons = append(reasons, "讲授"+strings.Join(titles, "、"))
		}
		if score < 2 {
			continue
		}
		forTeachers = append(forTeachers, Recommended{No: t.No, Name: t.Name, Department: t.Department, Unit: t.Unit, Active: t.Active, Given: t.Given(), LastOn: t.LastOn, Rating: t.Rating, Score: score, Reasons: reasons})
	}
	return best(forCourses), best(forTeachers)
}

// voiceRow is how much a department of a province said at a training.
type voiceRow struct {
	Training   string `column:"training_id"`
	Department string `column:"department"`
	Province   string `column:"province"`
	Items      int    `column:"items"`
}

// Silence is a department or province that was not heard at the latest
// trainings.
type Silence struct {
	Name      string // code of a department, short name of a province
	Trainings int    // how many in a row, up to the latest
	LastHeard string // training, "" for never
	People    int    // that took part in the latest, as far as registered
}

// silences counts, for each name, how many of the trainings in a row, the
// latest last, it was not heard at.
func silences(names []string, trainings []string, heard func(name, training string) bool) []Silence {
	var out []Silence
	for _, name := range names {
		s := Silence{Name: name}
		for _, t := range slices.Backward(trainings) {
			if heard(name, t) {
				s.LastHeard = t
				break
			}
			s.Trainings++
		}
		if s.Trainings > 0 {
			out = append(out, s)
		}
	}
	return out
}

// Needs is what the data says a next training should look at.
type Needs struct {
	Latest      string   // the latest training that said anything
	Recent      []string // the latest RecentTrainings, first first
	Heard       []string // every training that said anything, first first
	Demand      []Demand // every topic
	Open        []Listing
	Revived     []Listing
	Departments []Silence // silent at the latest training
	Provinces   []Silence // silent at the latest SilentTrainings and more, or with people but no word
	Missing     []Listing // common issues that one department of the five has not spoken to
	Mismatches  []Mismatch
	Gaps        []Gap
	Courses     []Course
	Teachers    []Teacher
	Norms       []NormUse
}

// TopicNames are the names of the taxonomy's leaves and chapters by code.
func TopicNames(topics []Topic) map[string]string {
	names := map[string]string{}
	for _, t := range topics {
		names[t.Code], names[t.Parent] = t.Name, t.ParentName
	}
	return names
}

// Needs reads what the data says a next training should look at.
func (s *Store) Needs(ctx context.Context) (Needs, error) {
	registered, err := s.Registered(ctx)
	if err != nil {
		return Needs{}, err
	}
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return s.needs(ctx, registered)
}

func (s *Store) needs(ctx context.Context, registered []Registered) (Needs, error) {
	var n Needs
	voices, err := rows[voiceRow](ctx, s.db, "corpus/training/voices", nil)
	if err != nil {
		return n, err
	}
	byDepartment, byProvince := map[[2]string]bool{}, map[[2]string]bool{}
	for _, v := range voices {
		byDepartment[[2]string{v.Department, v.Training}], byProvince[[2]string{v.Province, v.Training}] = true, true
		if !slices.Contains(n.Heard, v.Training) {
			n.Heard = append(n.Heard, v.Training)
		}
	}
	slices.SortFunc(n.Heard, CompareTrainings)
	n.Recent = n.Heard[max(0, len(n.Heard)-RecentTrainings):]
	today := args{"today": s.now()}
	if n.Courses, err = rows[Course](ctx, s.db, "review/training/courses", today); err != nil {
		return n, err
	}
	if n.Teachers, err = rows[Teacher](ctx, s.db, "review/training/teachers", today); err != nil {
		return n, err
	}
	if n.Demand, err = rows[Demand](ctx, s.db, "corpus/training/demand", args{"recent": orEmpty(n.Recent)}); err != nil {
		return n, err
	}
	var taught []string
	for _, c := range n.Courses {
		taught = append(taught, c.Topics...)
	}
	if n.Norms, err = rows[NormUse](ctx, s.db, "corpus/training/norms", args{"keys": []string{}, "topics": orEmpty(taught)}); err != nil {
		return n, err
	}
	n.Gaps, n.Mismatches = Gaps(n.Demand, n.Courses, n.Teachers), Mismatches(n.Courses, n.Demand, n.Norms)
	if len(n.Heard) == 0 {
		// Nothing was heard yet: nobody can be silent, nothing can come back.
		n.Mismatches = nil
		return n, nil
	}
	n.Latest = n.Heard[len(n.Heard)-1]
	if n.Open, err = rows[Listing](ctx, s.db, "corpus/training/open_common", args{"each": 5}); err != nil {
		return n, err
	}
	before := n.Heard[:len(n.Heard)-1]
	before = before[max(0, len(before)-RevivedGap):]
	if n.Revived, err = rows[Listing](ctx, s.db, "corpus/training/revived", args{"latest": n.Latest, "silent": orEmpty(before)}); err != nil {
		return n, err
	}
	if n.Missing, err = s.listingsOf(ctx, "corpus/missing_voices", nil); err != nil {
		return n, err
	}
	codes := make([]string, len(feedback.Departments))
	for i, d := range feedback.Departments {
		codes[i] = string(d)
	}
	n.Departments = silences(codes, n.Heard, func(name, t string) bool { return byDepartment[[2]string{name, t}] })
	people := map[string]int{}
	for _, r := range registered {
		if r.ID == n.Latest {
			for _, p := range r.Participants {
				people[p.Department] += p.People
				people[p.Province] += p.People
			}
		}
	}
	for i := range n.Departments {
		n.Departments[i].People = people[n.Departments[i].Name]
	}
	for _, sil := range silences(Provinces, n.Heard, func(name, t string) bool { return byProvince[[2]string{name, t}] }) {
		if sil.People = people[sil.Name]; sil.Trainings >= SilentTrainings || sil.People > 0 {
			n.Provinces = append(n.Provinces, sil)
		}
	}
	slices.SortStableFunc(n.Provinces, func(a, b Silence) int { return cmp.Compare(b.Trainings, a.Trainings) })
	return n, nil
}

// Hot lists the topics with open common issues, those with most first.
func (n *Needs) Hot() []Demand {
	out := slices.DeleteFunc(slices.Clone(n.Demand), func(d Demand) bool { return d.Unanswered == 0 })
	slices.SortStableFunc(out, func(a, b Demand) int {
		return cmp.Or(cmp.Compare(b.Unanswered, a.Unanswered), cmp.Compare(b.Recent, a.Recent), cmp.Compare(b.Items, a.Items))
	})
	return out
}

// Returned says why a group stands among the revived.
func (n *Needs) Returned(l *Listing) string {
	if l.Status == "已反馈" {
		return fmt.Sprintf("已反馈之后，%s 期又有反映", n.Latest)
	}
	last := ""
	for _, t := range l.TrainingList {
		if CompareTrainings(t, n.Latest) < 0 && (last == "" || CompareTrainings(t, last) > 0) {
			last = t
		}
	}
	if last == "" {
		return "休眠后再现"
	}
	missed := 0
	for _, t := range n.Heard {
		if CompareTrainings(t, last) > 0 && CompareTrainings(t, n.Latest) < 0 {
			missed++
		}
	}
	return fmt.Sprintf("上次反映于 %s，其后 %d 期没有，%s 期再现", last, missed, n.Latest)
}

// AgendaKind says what a point of an agenda is about.
type AgendaKind string

// The kinds, in the order an agenda has them.
const (
	AgendaHost     AgendaKind = "轮值"
	AgendaTheme    AgendaKind = "主题建议"
	AgendaCommon   AgendaKind = "共性问题"
	AgendaRevived  AgendaKind = "再现问题"
	AgendaSilent   AgendaKind = "缺少的声音"
	AgendaMismatch AgendaKind = "课程不匹配"
	AgendaGap      AgendaKind = "课程空白"
	AgendaOther    AgendaKind = "其他"
)

// AgendaPoint is one point of an agenda (会商议题), as drafted or as people left it.
type AgendaPoint struct {
	No      int        `column:"point_no" json:"序号"`
	Kind    AgendaKind `column:"kind" json:"类型"`
	Title   string     `column:"title" json:"议题"`
	Basis   string     `column:"basis" json:"依据"`
	Topic   string     `column:"topic" json:"专题"`
	Groups  []string   `column:"groups" json:"-"`
	Kept    bool       `column:"kept" json:"列入"`
	Outcome string     `column:"outcome" json:"议定意见"`
	Of      int        `column:"consultation_no" json:"-"`
}

// The most points of a kind that a draft has; what is beyond is said in the last.
const agendaMost = 6

// Draft makes the points of an agenda from the data: who hosts, what theme
// suggests itself, what is open, came back, was not heard, and where courses
// and questions part.
func Draft(n *Needs, h *Hosting) []AgendaPoint {
	var out []AgendaPoint
	add := func(p AgendaPoint) {
		p.No, p.Kept, p.Groups = len(out)+1, true, orEmpty(p.Groups)
		out = append(out, p)
	}
	host := feedback.Department(h.Next.Host).Name()
	basis := "轮流顺序：" + namesOf(h.Order)
	if held := h.Held(); len(held) > 0 {
		last := held[len(held)-1]
		basis = fmt.Sprintf("上一期 %s 由%s承办；%s", last.Training.ID, feedback.Department(last.Host).Name(), basis)
	}
	if h.Next.Swap != nil {
		basis += "；已登记调换，原因：" + h.Next.Swap.Reason
	}
	add(AgendaPoint{Kind: AgendaHost, Title: fmt.Sprintf("%s 期（第 %d 轮次）由%s承办", h.NextID, h.Next.Number, host), Basis: basis})

	hot := n.Hot()
	if len(hot) > 0 {
		top := hot[:min(2, len(hot))]
		title := "建议主题：" + top[0].Name
		if len(top) > 1 {
			title += "；" + top[1].Name
		}
		var why []string
		for _, d := range top {
			why = append(why, fmt.Sprintf("%s有未办结共性问题 %d 个、近 %d 期条目 %d 条", d.Label(), d.Unanswered, len(n.Recent), d.Recent))
		}
		add(AgendaPoint{Kind: AgendaTheme, Title: title, Basis: strings.Join(why, "；"), Topic: top[0].Code})
	}
	for i, d := range hot {
		if i == agendaMost {
			add(AgendaPoint{Kind: AgendaCommon, Title: fmt.Sprintf("其余 %d 个专题的未办结共性问题", len(hot)-i), Basis: topicList(hot[i:])})
			break
		}
		p := AgendaPoint{Kind: AgendaCommon, Topic: d.Code, Title: fmt.Sprintf("%s：未办结共性问题 %d 个", d.Label(), d.Unanswered)}
		var titles []string
		for _, l := range n.Open {
			if l.Topic == d.Code {
				p.Groups = append(p.Groups, l.Key)
				if len(titles) < 3 {
					titles = append(titles, labelled(&l))
				}
			}
		}
		p.Basis = fmt.Sprintf("历次条目 %d 条，近 %d 期 %d 条，%d 个部门提出。如：%s", d.Items, len(n.Recent), d.Recent, d.Departments(), strings.Join(titles, "；"))
		add(p)
	}
	for i, l := range n.Revived {
		if i == agendaMost {
			p := AgendaPoint{Kind: AgendaRevived, Title: fmt.Sprintf("其余 %d 个再现问题", len(n.Revived)-i), Basis: "见归并问题清单"}
			for _, r := range n.Revived[i:] {
				p.Groups = append(p.Groups, r.Key)
			}
			add(p)
			break
		}
		add(AgendaPoint{Kind: AgendaRevived, Title: labelled(&l), Basis: n.Returned(&l), Topic: l.Topic, Groups: []string{l.Key}})
	}
	for _, d := range n.Departments {
		add(AgendaPoint{Kind: AgendaSilent, Title: feedback.Department(d.Name).Name() + "没有反馈", Basis: silenceText(&d)})
	}
	if len(n.Provinces) > 0 {
		var list, why []string
		for _, p := range n.Provinces {
			list = append(list, p.Name)
			why = append(why, p.Name+"："+silenceText(&p))
		}
		add(AgendaPoint{Kind: AgendaSilent, Title: fmt.Sprintf("%d 个省份没有反馈：%s", len(list), strings.Join(list, "、")), Basis: strings.Join(why, "；")})
	}
	for i, l := range n.Missing {
		if i == agendaMost/2 {
			break
		}
		add(AgendaPoint{Kind: AgendaSilent, Title: labelled(&l), Basis: "四个部门都提到，" + missing(&l) + "没有", Topic: l.Topic, Groups: []string{l.Key}})
	}
	for i, m := range n.Mismatches {
		if i == agendaMost {
			add(AgendaPoint{Kind: AgendaMismatch, Title: fmt.Sprintf("其余 %d 门课程", len(n.Mismatches)-i), Basis: "见课程库"})
			break
		}
		add(AgendaPoint{Kind: AgendaMismatch, Title: fmt.Sprintf("课程《%s》（%s）", m.Course.Title, feedback.Department(m.Course.Department).Name()), Basis: strings.Join(m.Reasons, "；")})
	}
	for i, g := range n.Gaps {
		if i == agendaMost {
			var rest []Demand
			for _, more := range n.Gaps[i:] {
				rest = append(rest, more.Demand)
			}
			add(AgendaPoint{Kind: AgendaGap, Title: fmt.Sprintf("其余 %d 个专题没有课程", len(rest)), Basis: topicList(rest)})
			break
		}
		basis := fmt.Sprintf("近 %d 期条目 %d 条，%d 个部门提出，课程库中没有课程", len(n.Recent), g.Recent, g.Departments())
		if len(g.Teachers) > 0 {
			var who []string
			for _, t := range g.Teachers[:min(3, len(g.Teachers))] {
				who = append(who, t.Name)
			}
			basis += "；师资库中可讲授的有" + strings.Join(who, "、")
		}
		add(AgendaPoint{Kind: AgendaGap, Title: g.Label(), Basis: basis, Topic: g.Code})
	}
	return out
}

func namesOf(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = feedback.Department(c).Name()
	}
	return strings.Join(out, "、")
}

func topicList(list []Demand) string {
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.Name
	}
	return strings.Join(out, "、")
}

func labelled(l *Listing) string {
	if l.IssueNo > 0 {
		return fmt.Sprintf("第%d号 %s", l.IssueNo, l.Title)
	}
	return l.Title
}

func missing(l *Listing) string {
	var out []string
	for i, d := range feedback.Departments {
		if i < len(l.ByDepartment) && l.ByDepartment[i] == 0 {
			out = append(out, d.Name())
		}
	}
	return strings.Join(out, "、")
}

func silenceText(s *Silence) string {
	text := fmt.Sprintf("连续 %d 期没有", s.Trainings)
	if s.LastHeard != "" {
		text += "，最近一次为 " + s.LastHeard
	} else {
		text = "从未有过"
	}
	if s.People > 0 {
		text += fmt.Sprintf("，本期参训 %d 人", s.People)
	}
	return text
}
