package queries

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
)

// Teacher is a person who teaches at trainings (师资库).
type Teacher struct {
	No          int       `column:"teacher_no" json:"编号"`
	Name        string    `column:"name" json:"姓名"`
	Department  string    `column:"department" json:"部门"`
	Unit        string    `column:"unit" json:"单位"`
	Post        string    `column:"post" json:"职务"`
	Topics      []string  `column:"topics" json:"专题"`
	Forms       []string  `column:"forms" json:"形式"`
	Statutes    []string  `column:"statutes" json:"法条"` // normal forms: L02#273, 法释〔2016〕23号
	GivenBefore int       `column:"given_before" json:"登记前次数"`
	Rating      float64   `column:"rating" json:"评价"` // 0 to 5, 0 when the organiser has none
	Note        string    `column:"note" json:"备注"`
	Active      bool      `column:"active" json:"在库"`
	Version     int       `column:"version" json:"-"`
	UpdatedAt   time.Time `column:"updated_at" json:"-"`
	Times       int       `column:"times" json:"-"`     // parts of trainings held so far
	Trainings   int       `column:"trainings" json:"-"` // trainings of those
	LastOn      time.Time `column:"last_on" json:"-"`
}

// Given is how often the person taught, before the register and since.
func (t *Teacher) Given() int { return t.GivenBefore + t.Times }

// Course is one offer of the library (课程库).
type Course struct {
	No          int       `column:"course_no" json:"编号"`
	Title       string    `column:"title" json:"课程"`
	Department  string    `column:"department" json:"提供部门"`
	Topics      []string  `column:"topics" json:"专题"`
	Forms       []string  `column:"forms" json:"形式"`
	Statutes    []string  `column:"statutes" json:"法条"`
	Teachers    []int     `column:"teachers" json:"师资"`
	Hours       float64   `column:"hours" json:"课时"`
	GivenBefore int       `column:"given_before" json:"登记前次数"`
	Rating      float64   `column:"rating" json:"评价"`
	Outline     string    `column:"outline" json:"提纲"`
	Active      bool      `column:"active" json:"在库"`
	Version     int       `column:"version" json:"-"`
	UpdatedAt   time.Time `column:"updated_at" json:"-"`
	Times       int       `column:"times" json:"-"`
	Trainings   int       `column:"trainings" json:"-"`
	LastOn      time.Time `column:"last_on" json:"-"`
}

// Given is how often the course was given, before the register and since.
func (c *Course) Given() int { return c.GivenBefore + c.Times }

func checkForms(forms []string) error {
	for _, f := range forms {
		if !slices.Contains(Forms, f) {
			return refusef(Invalid, "不认识形式“%s”，可选：%s。", "Unknown form %q; choose among %s.", f, strings.Join(Forms, "、"))
		}
	}
	return nil
}

func checkRating(rating float64) error {
	if math.IsNaN(rating) || rating < 0 || rating > 5 {
		return refuse(Invalid, "评价应为 0 至 5 之间的数，没有评价留空。", "A rating is a number from 0 to 5; leave it empty when there is none.")
	}
	return nil
}

func (t *Teacher) check() error {
	t.Name, t.Unit, t.Post, t.Note = oneLine(t.Name), oneLine(t.Unit), oneLine(t.Post), strings.TrimSpace(t.Note)
	t.Topics, t.Forms, t.Statutes = tidyList(t.Topics), inOrder(t.Forms, Forms), tidyList(t.Statutes)
	switch {
	case t.Name == "" || tooLong(t.Name, 40):
		return refuse(Invalid, "请填写姓名（不超过 40 字）。", "Enter a name of at most 40 characters.")
	case !slices.Contains(feedback.Departments, feedback.Department(t.Department)) && t.Department != string(feedback.OtherDept):
		return refusef(Invalid, "请选择 %s 所属部门。", "Choose the department of %s.", t.Name)
	case tooLong(t.Unit, 60) || tooLong(t.Post, 40) || tooLong(t.Note, 2000):
		return refuse(Invalid, "单位不超过 60 字，职务不超过 40 字，备注不超过 2000 字。", "Unit at most 60 characters, post 40, note 2000.")
	case t.GivenBefore < 0 || t.GivenBefore > 1000:
		return refuse(Invalid, "登记前讲授次数应为 0 至 1000。", "Times given before: 0 to 1000.")
	}
	if err := checkForms(t.Forms); err != nil {
		return err
	}
	return checkRating(t.Rating)
}

func (c *Course) check() error {
	c.Title, c.Outline = oneLine(c.Title), strings.TrimSpace(c.Outline)
	c.Topics, c.Forms, c.Statutes, c.Teachers = tidyList(c.Topics), inOrder(c.Forms, Forms), tidyList(c.Statutes), tidyNumbers(c.Teachers)
	switch {
	case c.Title == "" || tooLong(c.Title, 80):
		return refuse(Invalid, "请填写课程名称（不超过 80 字）。", "Give the course a title of at most 80 characters.")
	case !slices.Contains(feedback.Departments, feedback.Department(c.Department)) && c.Department != string(feedback.OtherDept):
		return refusef(Invalid, "请选择课程“%s”的提供部门。", "Choose the department that offers %s.", c.Title)
	case tooLong(c.Outline, 4000):
		return refuse(Invalid, "提纲不超过 4000 字。", "An outline of at most 4000 characters.")
	case math.IsNaN(c.Hours) || c.Hours < 0 || c.Hours > 200:
		return refuse(Invalid, "课时应为 0 至 200。", "Hours: 0 to 200.")
	case c.GivenBefore < 0 || c.GivenBefore > 1000:
		return refuse(Invalid, "登记前讲授次数应为 0 至 1000。", "Times given before: 0 to 1000.")
	}
	if err := checkForms(c.Forms); err != nil {
		return err
	}
	return checkRating(c.Rating)
}

// inOrder sorts a list as order has it; what order lacks comes last.
func inOrder(list, order []string) []string {
	out := tidyList(list)
	place := func(s string) int {
		if i := slices.Index(order, s); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return out
}

func nullNumber(f float64) any {
	if f == 0 {
		return nil
	}
	return f
}

// Teachers lists the pool, with how often each taught at trainings over by
// today.
func (s *Store) Teachers(ctx context.Context) ([]Teacher, error) {
	return rows[Teacher](ctx, s.db, "review/training/teachers", args{"today": s.now()})
}

// Courses lists the library, with how often each was given at trainings over by
// today.
func (s *Store) Courses(ctx context.Context) ([]Course, error) {
	return rows[Course](ctx, s.db, "review/training/courses", args{"today": s.now()})
}

// SaveTeacher puts a person into the pool or changes an entry. No 0 is a new
// one; seen is the version the form was filled in against, -1 to change whatever
// stands there. It answers the entry's number and whether anything changed.
func (s *Store) SaveTeacher(ctx context.Context, by int, source string, t Teacher, seen int) (no int, changed bool, err error) {
	if err := t.check(); err != nil {
		return 0, false, err
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		no, changed, err = s.saveTeacher(ctx, tx, by, source, t, seen)
		return done{}, err
	})
	return no, changed, err
}

func (s *Store) saveTeacher(ctx context.Context, tx *sql.Tx, by int, source string, t Teacher, seen int) (int, bool, error) {
	all, err := rows[Teacher](ctx, tx, "review/training/teachers", args{"today": s.now()})
	if err != nil {
		return 0, false, err
	}
	var was Teacher
	for _, o := range all {
		if o.No == t.No {
			was = o
		}
		if o.No != t.No && o.Active && t.Active && o.Name == t.Name && o.Department == t.Department && o.Unit == t.Unit {
			return 0, false, refusef(Conflict, "师资库中已有 %s（%s，%d 号）：请修改那一条，或写明单位以示区别。", "%s of %s is in the pool already as number %d.", o.Name, o.Unit, o.No)
		}
	}
	switch {
	case t.No != 0 && was.No == 0:
		return 0, false, refusef(NotFound, "师资库中没有 %d 号。", "There is no teacher %d.", t.No)
	case seen >= 0 && seen != was.Version:
		return 0, false, refusef(Conflict, "%s 在您填写期间已被他人修改，没有保存：请核对现在的内容后再改。", "%s was changed by somebody else; nothing was saved.", t.Name)
	}
	if err := s.knownTopics(ctx, tx, t.Topics); err != nil {
		return 0, false, err
	}
	if t.No == 0 {
		for _, o := range all {
			t.No = max(t.No, o.No)
		}
		t.No++
	}
	if was.No != 0 && same(&was, &t) {
		return t.No, false, nil
	}
	t.Version = was.Version + 1
	if err := exec(ctx, tx, "review/training/teacher_write", args{
		"teacher_no": t.No, "name": t.Name, "department": t.Department, "unit": t.Unit, "post": t.Post, "topics": orEmpty(t.Topics), "forms": orEmpty(t.Forms),
		"statutes": orEmpty(t.Statutes), "given_before": t.GivenBefore, "rating": nullNumber(t.Rating), "note": t.Note, "active": t.Active,
		"version": t.Version, "updated_at": s.now(),
	}); err != nil {
		return 0, false, err
	}
	var before any
	if was.No != 0 {
		before = &was
	}
	return t.No, true, s.keep(ctx, tx, by, "teacher", strconv.Itoa(t.No), t.Version, source, before, &t)
}

// SaveCourse is SaveTeacher for the library of courses.
func (s *Store) SaveCourse(ctx context.Context, by int, source string, c Course, seen int) (no int, changed bool, err error) {
	if err := c.check(); err != nil {
		return 0, false, err
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		no, changed, err = s.saveCourse(ctx, tx, by, source, c, seen)
		return done{}, err
	})
	return no, changed, err
}

func (s *Store) saveCourse(ctx context.Context, tx *sql.Tx, by int, source string, c Course, seen int) (int, bool, error) {
	all, err := rows[Course](ctx, tx, "review/training/courses", args{"today": s.now()})
	if err != nil {
		return 0, false, err
	}
	var was Course
	for _, o := range all {
		if o.No == c.No {
			was = o
		}
		if o.No != c.No && o.Active && c.Active && o.Title == c.Title && o.Department == c.Department {
			return 0, false, refusef(Conflict, "课程库中已有“%s”（%d 号）：请修改那一门。", "The library has %s already as number %d.", o.Title, o.No)
		}
	}
	switch {
	case c.No != 0 && was.No == 0:
		return 0, false, refusef(NotFound, "课程库中没有 %d 号课程。", "There is no course %d.", c.No)
	case seen >= 0 && seen != was.Version:
		return 0, false, refusef(Conflict, "“%s”在您填写期间已被他人修改，没有保存：请核对现在的内容后再改。", "%s was changed by somebody else; nothing was saved.", c.Title)
	}
	if err := s.knownTopics(ctx, tx, c.Topics); err != nil {
		return 0, false, err
	}
	teachers, err := rows[Teacher](ctx, tx, "review/training/teachers", args{"today": s.now()})
	if err != nil {
		return 0, false, err
	}
	for _, no := range c.Teachers {
		if !slices.ContainsFunc(teachers, func(t Teacher) bool { return t.No == no }) {
			return 0, false, refusef(Invalid, "师资库中没有 %d 号。", "There is no teacher %d.", no)
		}
	}
	if c.No == 0 {
		for _, o := range all {
			c.No = max(c.No, o.No)
		}
		c.No++
	}
	if was.No != 0 && same(&was, &c) {
		return c.No, false, nil
	}
	c.Version = was.Version + 1
	if err := exec(ctx, tx, "review/training/course_write", args{
		"course_no": c.No, "title": c.Title, "department": c.Department, "topics": orEmpty(c.Topics), "forms": orEmpty(c.Forms), "statutes": orEmpty(c.Statutes),
		"teachers": int32s(c.Teachers), "hours": nullNumber(c.Hours), "given_before": c.GivenBefore, "rating": nullNumber(c.Rating), "outline": c.Outline,
		"active": c.Active, "version": c.Version, "updated_at": s.now(),
	}); err != nil {
		return 0, false, err
	}
	var before any
	if was.No != 0 {
		before = &was
	}
	return c.No, true, s.keep(ctx, tx, by, "course", strconv.Itoa(c.No), c.Version, source, before, &c)
}
