package queries

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// Forms lists the forms a part of a training can have (组织形式), as the agreement
// names them and as items carry them.
var Forms = []string{"案例研讨", "模拟办案", "现场观摩", "多方对话", "授课"}

// Provinces lists the 31 provinces and 兵团 in the usual order, by the short
// names that items carry.
var Provinces = []string{
	"北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
	"湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "兵团",
}

// Registered is a training as the register keeps it (培训期次), held or planned.
type Registered struct {
	ID        string    `column:"training_id" json:"期次"`
	Title     string    `column:"title" json:"名称"`
	Theme     string    `column:"theme" json:"主题"`
	Topics    []string  `column:"topics" json:"专题"` // codes of two or four digits
	Host      string    `column:"host" json:"承办部门"`
	CoHosts   []string  `column:"co_hosts" json:"协办部门"`
	StartsOn  time.Time `column:"starts_on" json:"开始日期"`
	EndsOn    time.Time `column:"ends_on" json:"结束日期"`
	Place     string    `column:"place" json:"地点"`
	Cancelled bool      `column:"cancelled" json:"取消"`
	TakesTurn bool      `column:"takes_turn" json:"计入轮次"`
	Note      string    `column:"note" json:"备注"`
	Version   int       `column:"version" json:"-"`
	UpdatedAt time.Time `column:"updated_at" json:"-"`
	People    int       `column:"people" json:"-"` // the sum of Participants

	Segments     []Segment       `json:"环节"`
	Participants []Participation `json:"参训人数"`
}

// Segment is one part of a training (环节).
type Segment struct {
	Training string    `column:"training_id" json:"-"`
	Ordinal  int       `column:"ordinal" json:"-"`
	Form     string    `column:"form" json:"形式"`
	Title    string    `column:"title" json:"内容"`
	GivenOn  time.Time `column:"given_on" json:"日期"`
	Course   int       `column:"course_no" json:"课程"` // 0 for none
	Teachers []int     `column:"teachers" json:"师资"`
}

// Participation is how many of a department and province took part.
type Participation struct {
	Training   string `column:"training_id" json:"-"`
	Department string `column:"department" json:"部门"`
	Province   string `column:"province" json:"省份"` // "" when not told
	People     int    `column:"people" json:"人数"`
}

// Held says whether the training is over by today; one without dates is not.
func (r *Registered) Held(today time.Time) bool {
	last := r.EndsOn
	if last.IsZero() {
		last = r.StartsOn
	}
	return !r.Cancelled && !last.IsZero() && !last.After(today)
}

// Year is the year the training counts to.
func (r *Registered) Year() int { y, _ := yearAndNumber(r.ID); return y }

// Number is its place within the year.
func (r *Registered) Number() int { _, n := yearAndNumber(r.ID); return n }

func yearAndNumber(id string) (year, number int) {
	y, n, _ := strings.Cut(id, "-")
	year, _ = strconv.Atoi(y)
	number, _ = strconv.Atoi(n)
	return year, number
}

// CompareTrainings orders training IDs by year and number within the year.
func CompareTrainings(a, b string) int {
	ay, an := yearAndNumber(a)
	by, bn := yearAndNumber(b)
	return cmp.Or(cmp.Compare(ay, by), cmp.Compare(an, bn), strings.Compare(a, b))
}

// RegistryChange is one entry of a register's history (登记变更).
type RegistryChange struct {
	Seq       int64     `column:"seq"`
	At        time.Time `column:"changed_at"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	Kind      string    `column:"kind"`
	Subject   string    `column:"subject"`
	Version   int       `column:"version"`
	Source    string    `column:"source"` // the file it was taken from, "" for a page
	Before    string    `column:"before"`
	After     string    `column:"after"`
}

// FieldChange is one field of a change: what stood there, what stands there.
type FieldChange struct{ Field, Before, After string }

// Fields lists what the change altered, in order of the field's name. For
// something new only what it was given is listed.
func (c *RegistryChange) Fields() []FieldChange {
	var before, after map[string]json.RawMessage
	if c.Before != "" && json.Unmarshal([]byte(c.Before), &before) != nil {
		return nil
	}
	if json.Unmarshal([]byte(c.After), &after) != nil {
		return nil
	}
	names := map[string]bool{}
	for n := range before {
		names[n] = true
	}
	for n := range after {
		names[n] = true
	}
	var out []FieldChange
	for n := range names {
		b, a := plainJSON(before[n]), plainJSON(after[n])
		if a != b {
			out = append(out, FieldChange{n, b, a})
		}
	}
	slices.SortFunc(out, func(a, b FieldChange) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// plainJSON writes a value of a change for people.
func plainJSON(raw json.RawMessage) string {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	return plainValue(v)
}

func plainValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if day, ok := strings.CutSuffix(v, "T00:00:00Z"); ok {
			if strings.HasPrefix(day, "0001-") {
				return ""
			}
			return day
		}
		return v
	case bool:
		if v {
			return "是"
		}
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = plainValue(v[i])
		}
		return strings.Join(parts, "；")
	case map[string]any:
		var parts []string
		for _, k := range sortedKeys(v) {
			if s := plainValue(v[k]); s != "" && s != "0" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(v)
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Changes lists the history of a register, latest first: of kind training,
// teacher, course, hosting or consultation, and of one subject, "" for all.
func (s *Store) Changes(ctx context.Context, kind, subject string, limit int) ([]RegistryChange, error) {
	return rows[RegistryChange](ctx, s.db, "review/training/changes", args{"kind": kind, "subject": subject, "limit": limit})
}

// keep appends a change to the registers' history and to the audit log.
func (s *Store) keep(ctx context.Context, tx *sql.Tx, by int, kind, subject string, version int, source string, before, after any) error {
	was := ""
	if before != nil && !reflect.ValueOf(before).IsZero() {
		b, err := json.Marshal(before)
		if err != nil {
			return err
		}
		was = string(b)
	}
	now, err := json.Marshal(after)
	if err != nil {
		return err
	}
	last, _, err := one[countRow](ctx, tx, "review/training/change_tail", nil)
	if err != nil {
		return err
	}
	if err := exec(ctx, tx, "review/training/change_append", args{
		"seq": int64(last.N) + 1, "changed_at": s.now(), "account_id": by, "kind": kind, "subject": subject, "version": version, "source": source,
		"before": was, "after": string(now),
	}); err != nil {
		return err
	}
	action := kind + ".change"
	if was == "" {
		action = kind + ".create"
	}
	return s.record(ctx, tx, by, action, kind+":"+subject, map[string]any{"version": version, "source": source})
}

// same says whether two states of a register's entry read the same in its history.
func same(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

var trainingNumber = regexp.MustCompile(`^(?:19|20)[0-9]{2}-[0-9]{1,2}$`)

// oneLine makes a text fit one field of one line: no control characters, runs
// of white space are one space.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\ufeff' }), " ")
}

func tooLong(s string, most int) bool { return utf8.RuneCountInString(s) > most }

func dayOf(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// check tidies a training and says what is wrong with it.
func (r *Registered) check() error {
	r.ID, r.Title, r.Theme, r.Place = oneLine(r.ID), oneLine(r.Title), oneLine(r.Theme), oneLine(r.Place)
	r.Note = strings.TrimSpace(r.Note)
	r.StartsOn, r.EndsOn = dayOf(r.StartsOn), dayOf(r.EndsOn)
	if r.EndsOn.IsZero() {
		r.EndsOn = r.StartsOn
	}
	bad := func(zh, en string, a ...any) error { return refusef(Invalid, zh, en, a...) }
	switch {
	case !trainingNumber.MatchString(r.ID):
		return bad("期次须写作 2026-1 的形式（年份-当年第几期）。", "Write the number as 2026-1: year, then number within the year.")
	case r.Title == "" || tooLong(r.Title, 80):
		return bad("请填写期次 %s 的名称（不超过 80 字）。", "Give %s a title of at most 80 characters.", r.ID)
	case tooLong(r.Theme, 80) || tooLong(r.Place, 40):
		return bad("主题不超过 80 字，地点不超过 40 字。", "Theme at most 80 characters, place at most 40.")
	case tooLong(r.Note, 2000):
		return bad("备注不超过 2000 字。", "Notes of at most 2000 characters.")
	case !slices.Contains(feedback.Departments, feedback.Department(r.Host)) && r.Host != string(feedback.OtherDept):
		return bad("请选择期次 %s 的承办部门。", "Choose the department that hosts %s.", r.ID)
	case r.StartsOn.IsZero() && !r.EndsOn.IsZero():
		return bad("填了结束日期，也请填开始日期。", "There is an end without a start.")
	case r.EndsOn.Before(r.StartsOn):
		return bad("结束日期不能早于开始日期。", "It cannot end before it starts.")
	case !r.StartsOn.IsZero() && r.StartsOn.Year() != r.Year():
		return bad("期次 %s 的开始日期应在 %d 年内。", "%s should begin in %d.", r.ID, r.Year())
	case r.EndsOn.Sub(r.StartsOn) > 92*24*time.Hour:
		return bad("一期培训不应超过三个月，请核对日期。", "A training does not last over three months; check the dates.")
	}
	hosts := r.CoHosts
	r.CoHosts = []string{}
	for _, d := range feedback.Departments {
		if slices.Contains(hosts, string(d)) && string(d) != r.Host {
			r.CoHosts = append(r.CoHosts, string(d))
		}
	}
	r.Topics, r.Segments, r.Participants = tidyList(r.Topics), orEmpty(r.Segments), orEmpty(r.Participants)
	for i := range r.Segments {
		g := &r.Segments[i]
		g.Training, g.Ordinal, g.Title, g.GivenOn = r.ID, i+1, oneLine(g.Title), dayOf(g.GivenOn)
		g.Teachers = tidyNumbers(g.Teachers)
		switch {
		case !slices.Contains(Forms, g.Form):
			return bad("第 %d 个环节请选择形式：%s。", "Choose a form for part %d: %s.", i+1, strings.Join(Forms, "、"))
		case tooLong(g.Title, 120):
			return bad("第 %d 个环节的内容不超过 120 字。", "Part %d: at most 120 characters.", i+1)
		case !g.GivenOn.IsZero() && !r.StartsOn.IsZero() && (g.GivenOn.Before(r.StartsOn) || g.GivenOn.After(r.EndsOn)):
			return bad("第 %d 个环节的日期不在培训日期之内。", "Part %d is not within the training's dates.", i+1)
		}
	}
	seen := map[[2]string]bool{}
	for i := range r.Participants {
		p := &r.Participants[i]
		p.Training = r.ID
		at := [2]string{p.Department, p.Province}
		switch {
		case !slices.Contains(feedback.Departments, feedback.Department(p.Department)) && p.Department != string(feedback.OtherDept):
			return bad("参训人数第 %d 行：不认识部门“%s”。", "Participants, line %d: unknown department %q.", i+1, p.Department)
		case p.Province != "" && !slices.Contains(Provinces, p.Province):
			return bad("参训人数第 %d 行：不认识省份“%s”，请写简称，如 江苏、兵团。", "Participants, line %d: unknown province %q.", i+1, p.Province)
		case p.People < 1 || p.People > 10000:
			return bad("参训人数第 %d 行：人数应为 1 至 10000。", "Participants, line %d: between 1 and 10000.", i+1)
		case seen[at]:
			return bad("参训人数第 %d 行：%s %s 出现了两次，请合并。", "Participants, line %d: %s %s stands twice.", i+1, feedback.Department(p.Department).Name(), p.Province)
		}
		seen[at] = true
	}
	sortParticipants(r.Participants)
	return nil
}

// sortParticipants puts them in the agreement's order of departments, within
// one in the usual order of provinces.
func sortParticipants(list []Participation) {
	slices.SortFunc(list, func(a, b Participation) int {
		return cmp.Or(cmp.Compare(departmentOrder(a.Department), departmentOrder(b.Department)), cmp.Compare(slices.Index(Provinces, a.Province), slices.Index(Provinces, b.Province)))
	})
}

func departmentOrder(code string) int {
	if i := slices.Index(feedback.Departments, feedback.Department(code)); i >= 0 {
		return i
	}
	return len(feedback.Departments)
}

// tidyList trims, drops what is empty or stands twice, and keeps the order.
func tidyList(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s = oneLine(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func tidyNumbers(list []int) []int {
	out := []int{}
	for _, n := range list {
		if n > 0 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func nullDay(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// Registered lists the trainings of the register, first first, with their
// parts and participants.
func (s *Store) Registered(ctx context.Context) ([]Registered, error) {
	return s.registered(ctx, s.db)
}

func (s *Store) registered(ctx context.Context, q querier) ([]Registered, error) {
	list, err := rows[Registered](ctx, q, "review/training/trainings", nil)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Registered) int { return CompareTrainings(a.ID, b.ID) })
	at := make(map[string]int, len(list))
	for i := range list {
		at[list[i].ID] = i
		list[i].Segments, list[i].Participants = []Segment{}, []Participation{}
	}
	parts, err := rows[Segment](ctx, q, "review/training/segments", args{"training_id": ""})
	if err != nil {
		return nil, err
	}
	for _, g := range parts {
		if i, ok := at[g.Training]; ok {
			list[i].Segments = append(list[i].Segments, g)
		}
	}
	people, err := rows[Participation](ctx, q, "review/training/participants", args{"training_id": ""})
	for _, p := range people {
		if i, ok := at[p.Training]; ok {
			list[i].Participants = append(list[i].Participants, p)
		}
	}
	for i := range list {
		sortParticipants(list[i].Participants)
	}
	return list, err
}

// RegisteredTraining is one training of the register.
func (s *Store) RegisteredTraining(ctx context.Context, id string) (Registered, error) {
	list, err := s.Registered(ctx)
	if err != nil {
		return Registered{}, err
	}
	i := slices.IndexFunc(list, func(r Registered) bool { return r.ID == id })
	if i < 0 {
		return Registered{}, refusef(NotFound, "期次 %s 没有登记。", "Training %s is not registered.", id)
	}
	return list[i], nil
}

// SaveTraining registers a training or changes it, and publishes the list the
// night reads. seen is the version the form was filled in against, 0 for a new
// one, -1 to change whatever stands there (an import). source names the file
// it comes from, "" for a page. What changes nothing is not written down.
func (s *Store) SaveTraining(ctx context.Context, by int, source string, r Registered, seen int) (changed bool, err error) {
	if err := r.check(); err != nil {
		return false, err
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		changed, err = s.saveTraining(ctx, tx, by, source, r, seen)
		return done{}, err
	})
	if err != nil {
		return false, err
	}
	return changed, s.publishTrainings(ctx)
}

// saveTraining is SaveTraining within a transaction, without publishing. The
// training has been checked.
func (s *Store) saveTraining(ctx context.Context, tx *sql.Tx, by int, source string, r Registered, seen int) (bool, error) {
	all, err := s.registered(ctx, tx)
	if err != nil {
		return false, err
	}
	var was Registered
	if i := slices.IndexFunc(all, func(o Registered) bool { return o.ID == r.ID }); i >= 0 {
		was = all[i]
	}
	switch {
	case seen == 0 && was.Version > 0:
		return false, refusef(Conflict, "期次 %s 已经登记：请打开它修改，或换一个期次编号。", "Training %s is registered already.", r.ID)
	case seen > 0 && was.Version == 0:
		return false, refusef(NotFound, "期次 %s 没有登记。", "Training %s is not registered.", r.ID)
	case seen > 0 && seen != was.Version:
		return false, refusef(Conflict, "期次 %s 在您填写期间已被他人修改，没有保存：请核对现在的内容后再改。", "Training %s was changed by somebody else; nothing was saved.", r.ID)
	}
	if err := s.knownParts(ctx, tx, r); err != nil {
		return false, err
	}
	if was.Version > 0 && same(&was, &r) {
		return false, nil
	}
	r.Version = was.Version + 1
	if err := exec(ctx, tx, "review/training/training_write", args{
		"training_id": r.ID, "title": r.Title, "theme": r.Theme, "topics": orEmpty(r.Topics), "host": r.Host, "co_hosts": orEmpty(r.CoHosts),
		"starts_on": nullDay(r.StartsOn), "ends_on": nullDay(r.EndsOn), "place": r.Place, "cancelled": r.Cancelled, "takes_turn": r.TakesTurn,
		"note": r.Note, "version": r.Version, "updated_at": s.now(),
	}); err != nil {
		return false, err
	}
	if err := exec(ctx, tx, "review/training/segments_forget", args{"training_id": r.ID}); err != nil {
		return false, err
	}
	for _, g := range r.Segments {
		if err := exec(ctx, tx, "review/training/segment_write", args{
			"training_id": r.ID, "ordinal": g.Ordinal, "form": g.Form, "title": g.Title, "given_on": nullDay(g.GivenOn), "course_no": g.Course,
			"teachers": int32s(g.Teachers),
		}); err != nil {
			return false, err
		}
	}
	if err := exec(ctx, tx, "review/training/participants_forget", args{"training_id": r.ID}); err != nil {
		return false, err
	}
	for _, p := range r.Participants {
		if err := exec(ctx, tx, "review/training/participant_write", args{"training_id": r.ID, "department": p.Department, "province": p.Province, "people": p.People}); err != nil {
			return false, err
		}
	}
	var before any
	if was.Version > 0 {
		before = &was
	}
	return true, s.keep(ctx, tx, by, "training", r.ID, r.Version, source, before, &r)
}

// Batch is many changes of the registers in one transaction: an import. A
// refused change leaves no trace and the others stand; any other error takes
// all of it back.
type Batch struct {
	s      *Store
	ctx    context.Context
	tx     *sql.Tx
	by     int
	source string
}

// Batch runs do and publishes the list of trainings when it is done. do calls
// nothing of the Store but what the Batch offers.
func (s *Store) Batch(ctx context.Context, by int, source string, do func(b *Batch) error) error {
	err := s.change(ctx, func(tx *sql.Tx) (done, error) {
		return done{}, do(&Batch{s, ctx, tx, by, source})
	})
	if err != nil {
		return err
	}
	return s.publishTrainings(ctx)
}

// Teachers lists the pool as the batch has it so far.
func (b *Batch) Teachers() ([]Teacher, error) {
	return rows[Teacher](b.ctx, b.tx, "review/training/teachers", args{"today": b.s.now()})
}

// Courses lists the library as the batch has it so far.
func (b *Batch) Courses() ([]Course, error) {
	return rows[Course](b.ctx, b.tx, "review/training/courses", args{"today": b.s.now()})
}

// Registered lists the trainings as the batch has them so far.
func (b *Batch) Registered() ([]Registered, error) { return b.s.registered(b.ctx, b.tx) }

// SaveTeacher puts a person into the pool or changes whatever stands there.
func (b *Batch) SaveTeacher(t Teacher) (no int, changed bool, err error) {
	if err := t.check(); err != nil {
		return 0, false, err
	}
	return b.s.saveTeacher(b.ctx, b.tx, b.by, b.source, t, -1)
}

// SaveCourse puts a course into the library or changes whatever stands there.
func (b *Batch) SaveCourse(c Course) (no int, changed bool, err error) {
	if err := c.check(); err != nil {
		return 0, false, err
	}
	return b.s.saveCourse(b.ctx, b.tx, b.by, b.source, c, -1)
}

// SaveTraining registers a training or changes whatever stands there.
func (b *Batch) SaveTraining(r Registered) (changed bool, err error) {
	if err := r.check(); err != nil {
		return false, err
	}
	return b.s.saveTraining(b.ctx, b.tx, b.by, b.source, r, -1)
}

// SwapTurn is the Store's.
func (b *Batch) SwapTurn(turn int, host feedback.Department, reason string) (changed bool, err error) {
	return b.s.swapTurn(b.ctx, b.tx, b.by, b.source, turn, host, strings.TrimSpace(reason))
}

// Consultation reads one as the batch has it so far.
func (b *Batch) Consultation(no int) (Consultation, error) { return b.s.consultation(b.ctx, b.tx, no) }

// SayViews is the Store's.
func (b *Batch) SayViews(no int, department feedback.Department, views []View) error {
	return b.s.sayViews(b.ctx, b.tx, b.by, b.source, no, department, views)
}

// int32s is a list as DuckDB binds INTEGER[].
func int32s(list []int) []int32 {
	out := make([]int32, len(list))
	for i, n := range list {
		out[i] = int32(n)
	}
	return out
}

// knownParts refuses a training whose topics, courses or teachers there are not.
func (s *Store) knownParts(ctx context.Context, tx *sql.Tx, r Registered) error {
	if err := s.knownTopics(ctx, tx, r.Topics); err != nil {
		return err
	}
	today := args{"today": s.now()}
	courses, err := rows[Course](ctx, tx, "review/training/courses", today)
	if err != nil {
		return err
	}
	teachers, err := rows[Teacher](ctx, tx, "review/training/teachers", today)
	if err != nil {
		return err
	}
	for i, g := range r.Segments {
		if g.Course != 0 && !slices.ContainsFunc(courses, func(c Course) bool { return c.No == g.Course }) {
			return refusef(Invalid, "第 %d 个环节：课程库中没有 %d 号课程。", "Part %d: there is no course %d.", i+1, g.Course)
		}
		for _, no := range g.Teachers {
			if !slices.ContainsFunc(teachers, func(t Teacher) bool { return t.No == no }) {
				return refusef(Invalid, "第 %d 个环节：师资库中没有 %d 号。", "Part %d: there is no teacher %d.", i+1, no)
			}
		}
	}
	return nil
}

// knownTopics refuses codes the taxonomy does not have. Before the first night
// there is no taxonomy to ask, and the form of the code is all that is looked at.
func (s *Store) knownTopics(ctx context.Context, q querier, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	topics, err := rows[Topic](ctx, q, "corpus/topics", nil)
	if err != nil {
		return err
	}
	for _, c := range codes {
		if !topicForm.MatchString(c) || (len(topics) > 0 && !slices.ContainsFunc(topics, func(t Topic) bool { return t.Code == c || t.Parent == c })) {
			return refusef(Invalid, "专题目录中没有“%s”：请填两位或四位专题编号，如 06、0601。", "The taxonomy has no topic %q; write two or four digits.", c)
		}
	}
	return nil
}

var topicForm = regexp.MustCompile(`^[0-9]{2}(?:[0-9]{2})?$`)

// trainingsHead opens trainings.tsv as the workbench publishes it. The night
// passes over lines with #.
const trainingsHead = "id\ttitle\ttheme\thost\tco_hosts\tstarts_on\tends_on\tplace\n" +
	"# 由工作台“培训”页发布。工作台停止时可直接编辑本文件，下次启动时登记入库。\n"

type hashRow struct {
	SHA256 string `column:"sha256"`
}

// publishTrainings writes trainings.tsv for the next night, if its content
// changed. Cancelled trainings stay in it: their files may have come already.
func (s *Store) publishTrainings(ctx context.Context) error {
	s.write.Lock()
	defer s.write.Unlock()
	list, err := rows[Registered](ctx, s.db, "review/training/trainings", nil)
	if err != nil || len(list) == 0 {
		return err
	}
	slices.SortFunc(list, func(a, b Registered) int { return CompareTrainings(a.ID, b.ID) })
	var b strings.Builder
	b.WriteString(trainingsHead)
	for _, r := range list {
		day := func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return t.Format(time.DateOnly)
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Title, r.Theme, r.Host, strings.Join(r.CoHosts, "|"), day(r.StartsOn), day(r.EndsOn), r.Place)
	}
	body := []byte(b.String())
	hash := hashOf(body)
	if last, _, err := one[hashRow](ctx, s.db, "review/training/publication", nil); err != nil {
		return err
	} else if last.SHA256 == hash {
		if have, err := os.ReadFile(s.folder.Trainings()); err == nil && bytes.Equal(have, body) {
			return nil
		}
	}
	if err := WriteFile(s.folder.Trainings(), body, 0o600); err != nil {
		return fmt.Errorf("publishing trainings: %w", err)
	}
	_, err = s.transact(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/training/publication_forget", nil); err != nil {
			return done{}, err
		}
		return done{}, exec(ctx, tx, "review/training/publication_write", args{"sha256": hash, "published_at": s.now()})
	})
	return err
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// adoptTrainings takes in a trainings.tsv that was not written by this
// workbench: the list an organiser kept before there was one, or edited while
// it stood still. A line that cannot be read leaves the whole file alone.
func (s *Store) adoptTrainings(ctx context.Context) error {
	body, err := os.ReadFile(s.folder.Trainings())
	if errors.Is(err, fs.ErrNotExist) {
		return s.publishTrainings(ctx)
	}
	if err != nil {
		return err
	}
	last, _, err := one[hashRow](ctx, s.db, "review/training/publication", nil)
	if err != nil || last.SHA256 == hashOf(body) {
		return err
	}
	list, err := parseTrainings(body)
	if err != nil {
		return err
	}
	_, err = s.transact(ctx, func(tx *sql.Tx) (done, error) {
		have, err := s.registered(ctx, tx)
		if err != nil {
			return done{}, err
		}
		for _, r := range list {
			r.TakesTurn, r.Topics, r.Segments, r.Participants = true, []string{}, []Segment{}, []Participation{}
			if i := slices.IndexFunc(have, func(o Registered) bool { return o.ID == r.ID }); i >= 0 {
				// What the file cannot say stays.
				o := have[i]
				r.Topics, r.Segments, r.Participants, r.TakesTurn, r.Cancelled, r.Note = o.Topics, o.Segments, o.Participants, o.TakesTurn, o.Cancelled, o.Note
			}
			if err := r.check(); err != nil {
				return done{}, fmt.Errorf("trainings.tsv：%w", err)
			}
			if _, err := s.saveTraining(ctx, tx, 0, "trainings.tsv", r, -1); err != nil {
				return done{}, err
			}
		}
		return done{}, nil
	})
	if err != nil {
		return err
	}
	return s.publishTrainings(ctx)
}

func parseTrainings(body []byte) ([]Registered, error) {
	var out []Registered
	n := 0
	for line := range strings.Lines(string(body)) {
		n++
		line = strings.TrimPrefix(strings.TrimRight(line, "\r\n"), "\ufeff")
		if n == 1 || strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c := strings.Split(line, "\t")
		for len(c) < 8 {
			c = append(c, "")
		}
		r := Registered{ID: c[0], Title: cmp.Or(c[1], c[0]), Theme: c[2], Host: cmp.Or(c[3], string(feedback.OtherDept)), CoHosts: splitCodes(c[4]), Place: c[7]}
		for i, into := range []*time.Time{&r.StartsOn, &r.EndsOn} {
			if c[5+i] == "" {
				continue
			}
			day, err := time.Parse(time.DateOnly, c[5+i])
			if err != nil {
				return nil, refusef(Invalid, "trainings.tsv 第%d行：日期“%s”应形如 2024-06-18。", "trainings.tsv line %d: write the date %q as 2024-06-18.", n, c[5+i])
			}
			*into = day
		}
		if err := r.check(); err != nil {
			return nil, refusef(Invalid, "trainings.tsv 第%d行：%s", "trainings.tsv line %d: %s", n, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func splitCodes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '|' || r == ',' || r == '、' || r == ' ' })
}
