package workbench

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// TrainingsPage is the first page of the trainings: who is next, what was held
// when and by whom.
type TrainingsPage struct {
	Trainings []queries.Registered // latest first
	Figures   map[string]queries.TrainingFigures
	Strangers []string // named by items, not registered
	Hosting   queries.Hosting
	Years     []TrainingYear
	Today     time.Time
	MayChange bool
	MaySettle bool
	Problems  []TableProblem // of an import just done
	Departs   []feedback.Department
	Asked     url.Values // a swap form that failed
	Problem   string
	History   []queries.RegistryChange
}

// TrainingYear is one line of the calendar.
type TrainingYear struct {
	Year   int
	Months [12][]queries.Registered
}

// Figure finds a training's figures.
func (p *TrainingsPage) Figure(id string) queries.TrainingFigures { return p.Figures[id] }

// Held says whether a training is over.
func (p *TrainingsPage) Held(r queries.Registered) bool { return r.Held(p.Today) }

// Dept is a code as a department.
func (p *TrainingsPage) Dept(code string) feedback.Department { return feedback.Department(code) }

// TurnOf is the turn a training stands at, 0 when it takes none.
func (p *TrainingsPage) TurnOf(id string) int {
	for _, t := range p.Hosting.Turns {
		if t.Training.ID == id && id != "" {
			return t.Number
		}
	}
	return 0
}

// Exchanged is a training's turn if it was exchanged, else nil.
func (p *TrainingsPage) Exchanged(id string) *queries.Turn {
	for i, t := range p.Hosting.Turns {
		if t.Training.ID == id && t.Exchanged() {
			return &p.Hosting.Turns[i]
		}
	}
	return nil
}

func trainingsPage(rq *request) error {
	return rq.trainings(http.StatusOK, nil, "", nil)
}

func (rq *request) trainings(status int, problems []TableProblem, problem string, asked url.Values) error {
	list, err := rq.w.store.Registered(rq.ctx())
	if err != nil {
		return err
	}
	p := TrainingsPage{Today: time.Now(), MayChange: rq.may(organise), MaySettle: rq.may(settle), Problems: problems, Problem: problem, Asked: asked, Departs: feedback.Departments}
	if p.Figures, err = rq.w.store.TrainingFigures(rq.ctx()); err != nil {
		return err
	}
	if p.Hosting, err = rq.w.store.Hosting(rq.ctx()); err != nil {
		return err
	}
	if p.History, err = rq.w.store.Changes(rq.ctx(), "hosting", "", 10); err != nil {
		return err
	}
	for id := range p.Figures {
		if !slices.ContainsFunc(list, func(r queries.Registered) bool { return r.ID == id }) {
			p.Strangers = append(p.Strangers, id)
		}
	}
	slices.SortFunc(p.Strangers, queries.CompareTrainings)
	for _, r := range slices.Backward(list) {
		p.Trainings = append(p.Trainings, r)
		year := r.Year()
		if n := len(p.Years); n == 0 || p.Years[n-1].Year != year {
			p.Years = append(p.Years, TrainingYear{Year: year})
		}
		if !r.StartsOn.IsZero() {
			m := &p.Years[len(p.Years)-1].Months[r.StartsOn.Month()-1]
			*m = slices.Insert(*m, 0, r)
		}
	}
	return rq.show(status, "trainings", "培训", p)
}

// swapTurn lets another department take a turn.
func swapTurn(rq *request) error {
	changed, err := rq.w.store.SwapTurn(rq.ctx(), rq.Me.ID, "", rq.number(rq.form("turn")), feedback.Department(rq.form("host")), rq.form("reason"))
	if isRefusal(err) {
		return rq.trainings(http.StatusUnprocessableEntity, nil, rq.say(err), rq.c.Request.PostForm)
	}
	if err != nil {
		return err
	}
	if changed {
		rq.flash(rq.t("轮次调换已登记。"), 0)
	}
	return rq.redirect("/trainings#turns")
}

// setOrder changes the order of the turns to come.
func setOrder(rq *request) error {
	var order []feedback.Department
	for _, code := range rq.c.PostFormArray("order") {
		order = append(order, feedback.Department(code))
	}
	err := rq.w.store.SetOrder(rq.ctx(), rq.Me.ID, "", order, rq.form("reason"))
	if isRefusal(err) {
		return rq.trainings(http.StatusUnprocessableEntity, nil, rq.say(err), rq.c.Request.PostForm)
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("轮流顺序已调整。"), 0)
	return rq.redirect("/trainings#turns")
}

// TrainingForm is the form of one training.
type TrainingForm struct {
	New          bool
	R            queries.Registered
	Seen         int
	Topics       string
	Parts        []PartRow
	People       string // a line each: department, province, number
	Departments  []feedback.Department
	Forms        []string
	Courses      []queries.Course
	Teachers     []queries.Teacher
	AllTopics    []queries.Topic
	Problem      string
	Starts, Ends string
}

// PartRow is one part of a training as the form has it.
type PartRow struct{ Form, Title, Day, Course, Teachers string }

// CoHost says whether a department helps.
func (p *TrainingForm) CoHost(d feedback.Department) bool {
	return slices.Contains(p.R.CoHosts, string(d))
}

// spareParts is how many empty rows the form offers for further parts.
const spareParts = 3

func trainingForm(rq *request) error {
	id := rq.c.Param("id")
	h, err := rq.w.store.Hosting(rq.ctx())
	if err != nil {
		return err
	}
	f := TrainingForm{New: id == ""}
	if f.New {
		f.R = queries.Registered{ID: h.NextID, Host: h.Next.Host, TakesTurn: true}
		if from := rq.query("id"); trainingID.MatchString(from) {
			f.R.ID = from
		}
		f.R.Title = trainingTitle(f.R.ID)
		for _, d := range feedback.Departments {
			if string(d) != f.R.Host {
				f.R.CoHosts = append(f.R.CoHosts, string(d))
			}
		}
	} else {
		if f.R, err = rq.w.store.RegisteredTraining(rq.ctx(), id); err != nil {
			return err
		}
		f.Seen = f.R.Version
	}
	return rq.trainingForm(http.StatusOK, f)
}

func trainingTitle(id string) string {
	year, n, _ := strings.Cut(id, "-")
	return year + "年第" + n + "期刑罚执行同堂培训"
}

func (rq *request) trainingForm(status int, f TrainingForm) error {
	var err error
	if f.Courses, err = rq.w.store.Courses(rq.ctx()); err != nil {
		return err
	}
	if f.Teachers, err = rq.w.store.Teachers(rq.ctx()); err != nil {
		return err
	}
	choices, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return err
	}
	book, err := statutes(rq.w.store.Folder())
	if err != nil {
		return err
	}
	f.AllTopics, f.Departments, f.Forms = choices.Topics, append(slices.Clone(feedback.Departments), feedback.OtherDept), queries.Forms
	if f.Problem == "" {
		f.Topics, f.Starts, f.Ends = book.topicLabels(f.R.Topics), day(f.R.StartsOn), day(f.R.EndsOn)
		for _, g := range f.R.Segments {
			row := PartRow{Form: g.Form, Title: g.Title, Day: day(g.GivenOn)}
			for _, c := range f.Courses {
				if c.No == g.Course {
					row.Course = fmt.Sprintf("%d %s", c.No, c.Title)
				}
			}
			row.Teachers = teacherNames(f.Teachers, g.Teachers)
			f.Parts = append(f.Parts, row)
		}
		var lines []string
		for _, q := range f.R.Participants {
			lines = append(lines, strings.TrimSpace(feedback.Department(q.Department).Name()+" "+q.Province)+" "+strconv.Itoa(q.People))
		}
		f.People = strings.Join(lines, "\n")
	}
	for range spareParts {
		f.Parts = append(f.Parts, PartRow{})
	}
	title := "登记培训"
	if !f.New {
		title = "修改培训"
	}
	return rq.show(status, "training_form", title, f)
}

func teacherNames(all []queries.Teacher, numbers []int) string {
	var out []string
	for _, no := range numbers {
		for _, t := range all {
			if t.No == no {
				out = append(out, fmt.Sprintf("%d %s", t.No, t.Name))
			}
		}
	}
	return strings.Join(out, "；")
}

// saveTraining takes the form of a training, new or known.
func saveTraining(rq *request) error {
	f := TrainingForm{New: rq.form("new") == "1", Seen: rq.number(rq.form("seen")), Topics: rq.form("topics"), People: rq.c.PostForm("people"), Starts: rq.form("starts_on"), Ends: rq.form("ends_on")}
	f.R = queries.Registered{
		ID: rq.form("id"), Title: rq.form("title"), Theme: rq.form("theme"), Host: rq.form("host"), CoHosts: rq.c.PostFormArray("co_host"), Place: rq.form("place"),
		Cancelled: rq.form("cancelled") == "1", TakesTurn: rq.form("takes_turn") == "1", Note: rq.form("note"),
	}
	forms, titles, days, courses, teachers := rq.c.PostFormArray("part_form"), rq.c.PostFormArray("part_title"), rq.c.PostFormArray("part_day"), rq.c.PostFormArray("part_course"), rq.c.PostFormArray("part_teachers")
	for i := range forms {
		if i >= len(titles) || i >= len(days) || i >= len(courses) || i >= len(teachers) {
			break
		}
		row := PartRow{forms[i], strings.TrimSpace(titles[i]), days[i], courses[i], strings.TrimSpace(teachers[i])}
		if row.Form != "" || row.Title != "" {
			f.Parts = append(f.Parts, row)
		}
	}
	err := rq.readTraining(&f)
	if err == nil {
		seen := f.Seen
		if f.New {
			seen = 0
		} else if seen <= 0 {
			err = &queries.Refusal{Kind: queries.Invalid, Zh: "表单不完整，请从期次页重新打开。", En: "The form is incomplete; open it again."}
		}
		if err == nil {
			_, err = rq.w.store.SaveTraining(rq.ctx(), rq.Me.ID, "", f.R, seen)
		}
	}
	if isRefusal(err) {
		f.Problem = rq.say(err)
		return rq.trainingForm(http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("期次 %s 已保存，下一次夜间归并即按此读取。", f.R.ID), 0)
	return rq.redirect("/trainings/" + url.PathEscape(f.R.ID))
}

// readTraining turns the form's words into the register's terms.
func (rq *request) readTraining(f *TrainingForm) error {
	book, err := statutes(rq.w.store.Folder())
	if err != nil {
		return err
	}
	if f.R.Topics, err = book.topics(f.Topics); err != nil {
		return err
	}
	if f.R.StartsOn, err = readDay(f.Starts); err != nil {
		return err
	}
	if f.R.EndsOn, err = readDay(f.Ends); err != nil {
		return err
	}
	teachers, err := rq.w.store.Teachers(rq.ctx())
	if err != nil {
		return err
	}
	courses, err := rq.w.store.Courses(rq.ctx())
	if err != nil {
		return err
	}
	f.R.Segments = nil
	for _, row := range f.Parts {
		g := queries.Segment{Form: row.Form, Title: row.Title}
		if g.GivenOn, err = readDay(row.Day); err != nil {
			return err
		}
		if g.Course, err = readCourse(courses, row.Course, nil); err != nil {
			return err
		}
		if g.Teachers, err = readTeachers(teachers, row.Teachers, nil); err != nil {
			return err
		}
		f.R.Segments = append(f.R.Segments, g)
	}
	f.R.Participants, err = readParticipants(book, f.People)
	return err
}

// readParticipants reads lines of department, province and number, with
// spaces, tabs or commas between. The province may be missing.
func readParticipants(book *statuteBook, text string) ([]queries.Participation, error) {
	var out []queries.Participation
	n := 0
	for line := range strings.Lines(text) {
		n++
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t,，、　\r\n", r) })
		if len(words) == 0 {
			continue
		}
		d, err := book.department(words[0])
		if err != nil {
			return nil, err
		}
		people, err := strconv.Atoi(strings.TrimSuffix(words[len(words)-1], "人"))
		if err != nil || len(words) < 2 || len(words) > 3 {
			return nil, &queries.Refusal{Zh: fmt.Sprintf("参训人数第 %d 行应写作 部门 省份 人数，如：监狱机关 江苏 3。", n), En: fmt.Sprintf("Participants, line %d: write department, province, number.", n)}
		}
		p := queries.Participation{Department: string(d), People: people}
		if len(words) == 3 {
			p.Province = words[1]
		}
		out = append(out, p)
	}
	return out, nil
}

// TrainingPage is one training and what it brought.
type TrainingPage struct {
	queries.Brought
	Registered bool
	Held       bool
	Turn       queries.Turn
	Teachers   []queries.Teacher
	Courses    []queries.Course
	Names      map[string]string // of topics
	History    []queries.RegistryChange
	MayChange  bool
	MayExport  bool
	Waiting    []InboxFile // files of this training that the night has not read
	ForCourses []queries.Recommended
	ForPeople  []queries.Recommended
}

// Course is the title of a course.
func (p *TrainingPage) Course(no int) string {
	for _, c := range p.Courses {
		if c.No == no {
			return c.Title
		}
	}
	return ""
}

// Who are the names of teachers.
func (p *TrainingPage) Who(numbers []int) string {
	var out []string
	for _, no := range numbers {
		for _, t := range p.Teachers {
			if t.No == no {
				out = append(out, t.Name)
			}
		}
	}
	return strings.Join(out, "、")
}

// TopicNames are the names of codes.
func (p *TrainingPage) TopicNames(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = c
		if n := p.Names[c]; n != "" {
			out[i] = n
		}
	}
	return strings.Join(out, "、")
}

// PeopleBy sums the participants of a department.
func (p *TrainingPage) PeopleBy(d feedback.Department) int {
	n := 0
	for _, q := range p.Training.Participants {
		if q.Department == string(d) {
			n += q.People
		}
	}
	return n
}

func (rq *request) trainingPageOf(id string) (TrainingPage, error) {
	var p TrainingPage
	var err error
	if p.Brought, err = rq.w.store.Brought(rq.ctx(), id); err != nil {
		return p, err
	}
	p.Registered, p.Held = p.Brought.Training.Version > 0, p.Brought.Training.Held(time.Now())
	if p.Courses, err = rq.w.store.Courses(rq.ctx()); err != nil {
		return p, err
	}
	if p.Teachers, err = rq.w.store.Teachers(rq.ctx()); err != nil {
		return p, err
	}
	choices, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return p, err
	}
	p.Names = queries.TopicNames(choices.Topics)
	return p, nil
}

func trainingPage(rq *request) error {
	id := rq.c.Param("id")
	p, err := rq.trainingPageOf(id)
	if err != nil {
		return err
	}
	p.MayChange, p.MayExport = rq.may(organise), rq.may(settle)
	h, err := rq.w.store.Hosting(rq.ctx())
	if err != nil {
		return err
	}
	for _, t := range h.Turns {
		if t.Training.ID == id {
			p.Turn = t
		}
	}
	if p.History, err = rq.w.store.Changes(rq.ctx(), "training", id, 20); err != nil {
		return err
	}
	if !p.Held && len(p.Topics) > 0 {
		if p.ForCourses, p.ForPeople, err = rq.w.store.RecommendFor(rq.ctx(), "", p.Topics); err != nil {
			return err
		}
	}
	if p.MayChange {
		files, err := rq.w.store.Files(rq.ctx())
		if err != nil {
			return err
		}
		for _, f := range inboxFiles(rq.w.store.Folder()) {
			if f.Training == id && !slices.ContainsFunc(files, func(k queries.File) bool { return k.Name == f.Name && k.Training == id }) {
				p.Waiting = append(p.Waiting, f)
			}
		}
	}
	return rq.show(http.StatusOK, "training", "培训期次", p)
}

// PoolPage is the teachers and courses, and where they and the questions part.
type PoolPage struct {
	Teachers   []queries.Teacher
	Courses    []queries.Course
	Gaps       []queries.Gap
	Mismatches []queries.Mismatch
	Names      map[string]string
	Book       *statuteBook
	MayChange  bool
	MayExport  bool
	Recent     int
	GapItems   int
	Topic      string // a suggestion asked for
	TopicName  string
	ForCourses []queries.Recommended
	ForPeople  []queries.Recommended
	AllTopics  []queries.Topic
}

// TopicNames are the names of codes.
func (p *PoolPage) TopicNames(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = c
		if n := p.Names[c]; n != "" {
			out[i] = n
		}
	}
	return strings.Join(out, "、")
}

// Laws are statutes as people write them.
func (p *PoolPage) Laws(keys []string) string { return p.Book.labels(keys) }

// Who are the names of teachers.
func (p *PoolPage) Who(numbers []int) string {
	t := TrainingPage{Teachers: p.Teachers}
	return t.Who(numbers)
}

// Doubt is why a course may no longer fit; "" when nothing speaks against it.
func (p *PoolPage) Doubt(no int) string {
	for _, m := range p.Mismatches {
		if m.Course.No == no {
			return strings.Join(m.Reasons, "；")
		}
	}
	return ""
}

func poolPage(rq *request) error {
	n, err := rq.w.store.Needs(rq.ctx())
	if err != nil {
		return err
	}
	book, err := statutes(rq.w.store.Folder())
	if err != nil {
		return err
	}
	choices, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return err
	}
	p := PoolPage{
		Teachers: n.Teachers, Courses: n.Courses, Gaps: n.Gaps, Mismatches: n.Mismatches, Names: queries.TopicNames(choices.Topics), Book: book,
		MayChange: rq.may(organise), MayExport: rq.may(settle), Recent: len(n.Recent), GapItems: queries.GapItems, AllTopics: choices.Topics,
	}
	if key := rq.query("group"); key != "" {
		g, err := rq.w.store.Listing(rq.ctx(), key)
		if err != nil {
			return err
		}
		p.Topic, p.TopicName = g.Topic, g.Title
		if p.ForCourses, p.ForPeople, err = rq.w.store.RecommendFor(rq.ctx(), g.Key, nil); err != nil {
			return err
		}
	} else if p.Topic = rq.query("topic"); p.Names[p.Topic] != "" {
		p.TopicName = p.Names[p.Topic]
		if p.ForCourses, p.ForPeople, err = rq.w.store.RecommendFor(rq.ctx(), "", []string{p.Topic}); err != nil {
			return err
		}
	}
	return rq.show(http.StatusOK, "training_pool", "师资与课程", p)
}

// PoolForm is the form of a teacher or a course.
type PoolForm struct {
	Kind        string // teacher, course
	T           queries.Teacher
	C           queries.Course
	Seen        int
	Topics      string
	Laws        string
	Teachers    string
	Rating      string
	Hours       string
	Given       string
	Departments []feedback.Department
	Forms       []string
	Problem     string
	History     []queries.RegistryChange
}

// Has says whether the entry has a form.
func (p *PoolForm) Has(form string) bool {
	return slices.Contains(p.T.Forms, form) || slices.Contains(p.C.Forms, form)
}

// Department is the department chosen.
func (p *PoolForm) Department() string { return p.T.Department + p.C.Department }

// Active says whether it is in use.
func (p *PoolForm) Active() bool { return p.T.Active || p.C.Active }

func poolForm(rq *request) error {
	f := PoolForm{Kind: "teacher", T: queries.Teacher{Active: true, Department: rq.Me.Department}}
	no := rq.number(rq.query("no"))
	book, err := statutes(rq.w.store.Folder())
	if err != nil {
		return err
	}
	if rq.query("kind") == "course" {
		f = PoolForm{Kind: "course", C: queries.Course{Active: true, Department: rq.Me.Department}}
		if topic := rq.query("topic"); book.topicName(topic) != "" {
			f.C.Topics = []string{topic}
		}
	}
	teachers, err := rq.w.store.Teachers(rq.ctx())
	if err != nil {
		return err
	}
	if no > 0 && f.Kind == "teacher" {
		i := slices.IndexFunc(teachers, func(t queries.Teacher) bool { return t.No == no })
		if i < 0 {
			return &queries.Refusal{Kind: queries.NotFound, Zh: "师资库中没有这一位。", En: "There is no such teacher."}
		}
		f.T, f.Seen = teachers[i], teachers[i].Version
	}
	if no > 0 && f.Kind == "course" {
		courses, err := rq.w.store.Courses(rq.ctx())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(courses, func(c queries.Course) bool { return c.No == no })
		if i < 0 {
			return &queries.Refusal{Kind: queries.NotFound, Zh: "课程库中没有这门课程。", En: "There is no such course."}
		}
		f.C, f.Seen = courses[i], courses[i].Version
	}
	f.Topics, f.Laws = book.topicLabels(append(slices.Clone(f.T.Topics), f.C.Topics...)), book.labels(append(slices.Clone(f.T.Statutes), f.C.Statutes...))
	f.Teachers = teacherNames(teachers, f.C.Teachers)
	f.Rating, f.Hours, f.Given = plainNumber(f.T.Rating+f.C.Rating), plainNumber(f.C.Hours), plainNumber(float64(f.T.GivenBefore+f.C.GivenBefore))
	return rq.poolForm(http.StatusOK, f)
}

func plainNumber(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func (rq *request) poolForm(status int, f PoolForm) error {
	f.Departments, f.Forms = append(slices.Clone(feedback.Departments), feedback.OtherDept), queries.Forms
	title, subject := "师资", f.T.No
	if f.Kind == "course" {
		title, subject = "课程", f.C.No
	}
	if subject > 0 {
		var err error
		if f.History, err = rq.w.store.Changes(rq.ctx(), f.Kind, strconv.Itoa(subject), 20); err != nil {
			return err
		}
	}
	return rq.show(status, "training_entry", title, f)
}

func savePool(rq *request) error {
	f := PoolForm{
		Kind: "teacher", Seen: rq.number(rq.form("seen")), Topics: rq.form("topics"), Laws: rq.form("laws"), Teachers: rq.form("teachers"), Rating: rq.form("rating"),
		Hours: rq.form("hours"), Given: rq.form("given"),
	}
	no, active := rq.number(rq.form("no")), rq.form("active") == "1"
	if rq.form("kind") == "course" {
		f.Kind = "course"
		f.C = queries.Course{No: no, Title: rq.form("name"), Department: rq.form("department"), Forms: rq.c.PostFormArray("form"), Outline: rq.form("note"), Active: active}
	} else {
		f.T = queries.Teacher{No: no, Name: rq.form("name"), Department: rq.form("department"), Unit: rq.form("unit"), Post: rq.form("post"), Forms: rq.c.PostFormArray("form"), Note: rq.form("note"), Active: active}
	}
	err := rq.readPool(&f)
	if err == nil && f.Kind == "course" {
		_, _, err = rq.w.store.SaveCourse(rq.ctx(), rq.Me.ID, "", f.C, f.Seen)
	} else if err == nil {
		_, _, err = rq.w.store.SaveTeacher(rq.ctx(), rq.Me.ID, "", f.T, f.Seen)
	}
	if isRefusal(err) {
		f.Problem = rq.say(err)
		return rq.poolForm(http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	rq.flash(rq.t("已保存。"), 0)
	if f.Kind == "course" {
		return rq.redirect("/trainings/pool#courses")
	}
	return rq.redirect("/trainings/pool#teachers")
}

func (rq *request) readPool(f *PoolForm) error {
	book, err := statutes(rq.w.store.Folder())
	if err != nil {
		return err
	}
	topics, err := book.topics(f.Topics)
	if err != nil {
		return err
	}
	laws, err := book.keys(f.Laws)
	if err != nil {
		return err
	}
	rating, err := readNumber(f.Rating, "评价")
	if err != nil {
		return err
	}
	hours, err := readNumber(f.Hours, "课时")
	if err != nil {
		return err
	}
	given, err := readNumber(f.Given, "登记前次数")
	if err != nil {
		return err
	}
	if f.Kind == "teacher" {
		f.T.Topics, f.T.Statutes, f.T.Rating, f.T.GivenBefore = topics, laws, rating, int(given)
		return nil
	}
	f.C.Topics, f.C.Statutes, f.C.Rating, f.C.Hours, f.C.GivenBefore = topics, laws, rating, hours, int(given)
	teachers, err := rq.w.store.Teachers(rq.ctx())
	if err != nil {
		return err
	}
	f.C.Teachers, err = readTeachers(teachers, f.Teachers, nil)
	return err
}

// exportRegisters gives the registers out as xlsx.
func exportRegisters(rq *request) error {
	names := map[string][]string{
		"":       nil,
		"pool":   {sheetTeachers, sheetCourses},
		"agenda": {"会商议题", sheetViews},
		"turns":  {sheetHosting},
	}
	what := rq.query("what")
	which, ok := names[what]
	if !ok {
		return &queries.Refusal{Kind: queries.NotFound, Zh: "没有这张表。", En: "There is no such table."}
	}
	sheets, err := RegisterSheets(rq.ctx(), rq.w.store, which...)
	if err != nil {
		return err
	}
	title := map[string]string{"": "培训工作台账", "pool": "师资库和课程库", "agenda": "会商记录", "turns": "轮流举办"}[what]
	var b bytes.Buffer
	if err := report.WriteSheets(&b, title, time.Now().In(rq.w.opts.Location), sheets); err != nil {
		return err
	}
	return rq.download(&b, title, "xlsx", "registers:"+what)
}

// download answers with a file and notes in the log who took it.
func (rq *request) download(b *bytes.Buffer, name, ext, subject string) error {
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "export."+ext, subject, map[string]any{"bytes": b.Len()}); err != nil {
		return err
	}
	rq.c.Header("Content-Disposition", `attachment; filename="tongtang.`+ext+`"; filename*=UTF-8''`+url.PathEscape(name+"."+ext))
	rq.c.Data(http.StatusOK, contentTypes[ext], b.Bytes())
	return nil
}

// importRegisters takes a workbook of the registers in.
func importRegisters(rq *request) error {
	refuse := func(err error) error { return rq.trainings(http.StatusUnprocessableEntity, nil, rq.say(err), nil) }
	file, err := rq.c.FormFile("file")
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return refuse(&queries.Refusal{Zh: "登记表超过 1 MiB，不像是登记表：学员反馈请在“导入”页提交。", En: "Over 1 MiB: hand feedback in on the import page."})
	}
	if err != nil {
		return refuse(&queries.Refusal{Zh: "请选择要导入的登记表（xlsx）。", En: "Choose a workbook to take in."})
	}
	from, err := file.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	name, err := uploadName(file.Filename)
	if err != nil {
		return refuse(err)
	}
	tables, err := ReadTables(from)
	if isRefusal(err) {
		return refuse(err)
	}
	if err != nil {
		return err
	}
	took, err := TakeInTables(rq.ctx(), rq.w.store, rq.Me.ID, name, tables)
	if err != nil {
		return err
	}
	said := rq.t("已登记：新增 %d 项，修改 %d 项，未变 %d 项。", took.New, took.Changed, took.Same)
	if len(took.Problems) > 0 {
		return rq.trainings(http.StatusUnprocessableEntity, took.Problems, said, nil)
	}
	rq.flash(said, 0)
	return rq.redirect("/trainings")
}
