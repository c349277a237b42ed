package queries

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
)

// The ways a consultation stands.
const (
	ConsultationOpen    = "征求意见"
	ConsultationSettled = "已议定"
)

// AgendaStances lists what a department can say to a point (会商意见).
var AgendaStances = []string{"同意", "建议修改", "不同意", "无意见"}

// Consultation is the settling together of one training (会商).
type Consultation struct {
	No        int       `column:"consultation_no" json:"编号"`
	Training  string    `column:"training_id" json:"期次"`
	Title     string    `column:"title" json:"名称"`
	HeldOn    time.Time `column:"held_on" json:"会商日期"`
	Place     string    `column:"place" json:"地点"`
	Chair     string    `column:"chair" json:"召集部门"`
	Status    string    `column:"status" json:"状态"`
	Run       string    `column:"run_id" json:"-"`
	DataUntil time.Time `column:"data_until" json:"-"`
	Settled   string    `column:"settled" json:"议定事项"`
	Version   int       `column:"version" json:"-"`
	AccountID int       `column:"account_id" json:"-"`
	Name      string    `column:"name" json:"-"` // who began it
	MadeAt    time.Time `column:"made_at" json:"-"`
	UpdatedAt time.Time `column:"updated_at" json:"-"`

	Points []AgendaPoint `json:"议题"`
	Views  []View        `json:"-"`
}

// Kept lists the points that stand on the agenda.
func (c *Consultation) Kept() []AgendaPoint {
	return slices.DeleteFunc(slices.Clone(c.Points), func(p AgendaPoint) bool { return !p.Kept })
}

// View finds a department's view on a point; the zero View when it gave none.
func (c *Consultation) View(point int, department string) View {
	for _, v := range c.Views {
		if v.Point == point && v.Department == department {
			return v
		}
	}
	return View{}
}

// Silent lists the departments that have not said anything yet.
func (c *Consultation) Silent() []feedback.Department {
	var out []feedback.Department
	for _, d := range feedback.Departments {
		if !slices.ContainsFunc(c.Views, func(v View) bool { return v.Department == string(d) }) {
			out = append(out, d)
		}
	}
	return out
}

// View is what one department says to one point; point 0 is the whole.
type View struct {
	Of           int       `column:"consultation_no" json:"-"`
	Point        int       `column:"point_no" json:"议题"`
	Department   string    `column:"department" json:"部门"`
	Stance       string    `column:"stance" json:"态度"`
	Text         string    `column:"text" json:"意见"`
	AccountID    int       `column:"account_id" json:"-"`
	Name         string    `column:"name" json:"-"`
	OfDepartment string    `column:"of_department" json:"-"` // of who entered it
	GivenAt      time.Time `column:"given_at" json:"-"`
}

// Consultations lists them, latest first, without points and views.
func (s *Store) Consultations(ctx context.Context) ([]Consultation, error) {
	return rows[Consultation](ctx, s.db, "review/training/consultations", args{"consultation_no": 0})
}

// Consultation reads one with its points and views.
func (s *Store) Consultation(ctx context.Context, no int) (Consultation, error) {
	return s.consultation(ctx, s.db, no)
}

func (s *Store) consultation(ctx context.Context, q querier, no int) (Consultation, error) {
	c, ok, err := one[Consultation](ctx, q, "review/training/consultations", args{"consultation_no": max(no, -1)})
	if err == nil && (!ok || no <= 0) {
		err = refuse(NotFound, "没有这次会商。", "There is no such consultation.")
	}
	if err != nil {
		return c, err
	}
	if c.Points, err = rows[AgendaPoint](ctx, q, "review/training/points", args{"consultation_no": no}); err != nil {
		return c, err
	}
	c.Views, err = rows[View](ctx, q, "review/training/views", args{"consultation_no": no})
	return c, err
}

// DraftAgenda makes the points for the next training as the data stands now,
// without keeping them.
func (s *Store) DraftAgenda(ctx context.Context) (Needs, Hosting, []AgendaPoint, error) {
	n, err := s.Needs(ctx)
	if err != nil {
		return n, Hosting{}, nil, err
	}
	h, err := s.Hosting(ctx)
	if err != nil {
		return n, h, nil, err
	}
	return n, h, Draft(&n, &h), nil
}

// OpenConsultation drafts the agenda of a training from the data and puts it
// to the departments. training "" is the next one, not yet registered.
func (s *Store) OpenConsultation(ctx context.Context, by int, training string) (int, error) {
	run, _, err := s.Run(ctx)
	if err != nil {
		return 0, err
	}
	_, h, points, err := s.DraftAgenda(ctx)
	if err != nil {
		return 0, err
	}
	chair := h.Next.Host
	if training == "" {
		training = h.NextID
	} else if !trainingNumber.MatchString(training) {
		return 0, refuse(Invalid, "期次须写作 2026-1 的形式（年份-当年第几期）。", "Write the number as 2026-1: year, then number within the year.")
	}
	for _, t := range h.Turns {
		if t.Training.ID == training {
			chair = t.Training.Host
		}
	}
	c := Consultation{
		Training: training, Title: training + " 期同堂培训会商", Chair: chair, Status: ConsultationOpen, Run: run.RunID, DataUntil: run.DataUntil,
		Version: 1, AccountID: by, MadeAt: s.now(), UpdatedAt: s.now(), Points: points,
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		all, err := rows[Consultation](ctx, tx, "review/training/consultations", args{"consultation_no": 0})
		if err != nil {
			return done{}, err
		}
		for _, o := range all {
			c.No = max(c.No, o.No)
			if o.Training == training && o.Status == ConsultationOpen {
				return done{}, refusef(Conflict, "%s 期已有一次正在征求意见的会商（第 %d 次），请在其中办理。", "A consultation on %s is open already (No. %d).", training, o.No)
			}
		}
		c.No++
		if err := s.writeConsultation(ctx, tx, &c); err != nil {
			return done{}, err
		}
		for _, p := range c.Points {
			if err := writePoint(ctx, tx, c.No, p); err != nil {
				return done{}, err
			}
		}
		return done{}, s.keep(ctx, tx, by, "consultation", strconv.Itoa(c.No), 1, "", nil, &c)
	})
	return c.No, err
}

func (s *Store) writeConsultation(ctx context.Context, tx *sql.Tx, c *Consultation) error {
	return exec(ctx, tx, "review/training/consultation_write", args{
		"consultation_no": c.No, "training_id": c.Training, "title": c.Title, "held_on": nullDay(c.HeldOn), "place": c.Place, "chair": c.Chair,
		"status": c.Status, "run_id": c.Run, "data_until": nullDay(c.DataUntil), "settled": c.Settled, "version": c.Version, "account_id": c.AccountID,
		"made_at": c.MadeAt, "updated_at": c.UpdatedAt,
	})
}

func writePoint(ctx context.Context, tx *sql.Tx, no int, p AgendaPoint) error {
	return exec(ctx, tx, "review/training/point_write", args{
		"consultation_no": no, "point_no": p.No, "kind": string(p.Kind), "title": p.Title, "basis": p.Basis, "topic": p.Topic, "groups": orEmpty(p.Groups),
		"kept": p.Kept, "outcome": p.Outcome,
	})
}

// SaveConsultation keeps what the organiser made of a consultation: its head,
// which points stand, what was agreed on each, new points (No 0). seen is the
// version the form was filled in against.
func (s *Store) SaveConsultation(ctx context.Context, by int, c Consultation, seen int) error {
	c.Title, c.Place, c.Settled, c.HeldOn = oneLine(c.Title), oneLine(c.Place), strings.TrimSpace(c.Settled), dayOf(c.HeldOn)
	switch {
	case c.Title == "" || tooLong(c.Title, 80) || tooLong(c.Place, 40):
		return refuse(Invalid, "请填写会商名称（不超过 80 字），地点不超过 40 字。", "Give it a title of at most 80 characters and a place of at most 40.")
	case tooLong(c.Settled, 4000):
		return refuse(Invalid, "议定事项不超过 4000 字。", "At most 4000 characters for what was agreed.")
	case c.Status != ConsultationOpen && c.Status != ConsultationSettled:
		return refuse(Invalid, "请选择会商状态。", "Choose how it stands.")
	case !slices.Contains(feedback.Departments, feedback.Department(c.Chair)):
		return refuse(Invalid, "请选择召集部门。", "Choose the department that calls it.")
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		was, err := s.consultation(ctx, tx, c.No)
		if err != nil {
			return done{}, err
		}
		if seen != was.Version {
			return done{}, refuse(Conflict, "这次会商在您填写期间已被他人修改，没有保存：请核对现在的内容后再改。", "This consultation was changed by somebody else; nothing was saved.")
		}
		if c.Status == ConsultationSettled && c.Settled == "" && !slices.ContainsFunc(c.Points, func(p AgendaPoint) bool { return p.Kept && strings.TrimSpace(p.Outcome) != "" }) {
			return done{}, refuse(Invalid, "议定前请写明议定事项，或至少一个议题的议定意见。", "Before settling, write down what was agreed.")
		}
		next := was
		next.Title, next.HeldOn, next.Place, next.Chair, next.Status, next.Settled = c.Title, c.HeldOn, c.Place, c.Chair, c.Status, c.Settled
		next.Points = slices.Clone(was.Points)
		for _, p := range c.Points {
			p.Title, p.Basis, p.Outcome = oneLine(p.Title), strings.TrimSpace(p.Basis), strings.TrimSpace(p.Outcome)
			if p.Title == "" && p.No == 0 {
				continue
			}
			if p.Title == "" || tooLong(p.Title, 200) || tooLong(p.Basis, 2000) || tooLong(p.Outcome, 2000) {
				return done{}, refuse(Invalid, "议题不超过 200 字，依据和议定意见不超过 2000 字。", "A point of at most 200 characters, its basis and outcome of at most 2000.")
			}
			if p.No == 0 {
				for _, o := range next.Points {
					p.No = max(p.No, o.No)
				}
				p.No, p.Kind, p.Groups, p.Of = p.No+1, AgendaOther, []string{}, c.No
				next.Points = append(next.Points, p)
				continue
			}
			i := slices.IndexFunc(next.Points, func(o AgendaPoint) bool { return o.No == p.No })
			if i < 0 {
				return done{}, refusef(NotFound, "没有第 %d 个议题。", "There is no point %d.", p.No)
			}
			next.Points[i].Title, next.Points[i].Kept, next.Points[i].Outcome = p.Title, p.Kept, p.Outcome
		}
		if same(&was, &next) {
			return done{}, nil
		}
		next.Version, next.UpdatedAt = was.Version+1, s.now()
		if err := s.writeConsultation(ctx, tx, &next); err != nil {
			return done{}, err
		}
		for i, p := range next.Points {
			if i < len(was.Points) && same(&was.Points[i], &p) {
				continue
			}
			if err := writePoint(ctx, tx, c.No, p); err != nil {
				return done{}, err
			}
		}
		return done{}, s.keep(ctx, tx, by, "consultation", strconv.Itoa(c.No), next.Version, "", &was, &next)
	})
}

// SayViews keeps what a department says to the points of a consultation that
// is open. An empty stance with an empty text leaves a point as it is.
func (s *Store) SayViews(ctx context.Context, by, no int, department feedback.Department, views []View) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		return done{}, s.sayViews(ctx, tx, by, "", no, department, views)
	})
}

func (s *Store) sayViews(ctx context.Context, tx *sql.Tx, by int, source string, no int, department feedback.Department, views []View) error {
	if !slices.Contains(feedback.Departments, department) {
		return refuse(Invalid, "请选择发表意见的部门。", "Choose the department that speaks.")
	}
	c, err := s.consultation(ctx, tx, no)
	if err != nil {
		return err
	}
	if c.Status != ConsultationOpen {
		return refuse(Conflict, "会商已议定，不再收集意见：需要时请会务人员改回征求意见。", "The consultation is settled; ask the organiser to open it again.")
	}
	var before, after []View
	for _, v := range views {
		v.Text = strings.TrimSpace(v.Text)
		was := c.View(v.Point, string(department))
		switch {
		case v.Stance == "" && v.Text == "", v.Stance == was.Stance && v.Text == was.Text:
			continue
		case v.Stance != "" && !slices.Contains(AgendaStances, v.Stance):
			return refusef(Invalid, "态度请在%s中选择。", "Choose a stance among %s.", strings.Join(AgendaStances, "、"))
		case (v.Stance == "不同意" || v.Stance == "建议修改") && v.Text == "":
			return refuse(Invalid, "不同意或建议修改的，请写明理由或修改意见。", "Say why you disagree, or what should be changed.")
		case tooLong(v.Text, 2000):
			return refuse(Invalid, "意见不超过 2000 字。", "A view of at most 2000 characters.")
		case v.Point != 0 && !slices.ContainsFunc(c.Points, func(p AgendaPoint) bool { return p.No == v.Point && p.Kept }):
			return refusef(NotFound, "没有第 %d 个议题。", "There is no point %d.", v.Point)
		}
		v.Department = string(department)
		if err := exec(ctx, tx, "review/training/view_write", args{
			"consultation_no": no, "point_no": v.Point, "department": v.Department, "stance": v.Stance, "text": v.Text, "account_id": by, "given_at": s.now(),
		}); err != nil {
			return err
		}
		if was.Department != "" {
			before = append(before, was)
		}
		after = append(after, v)
	}
	if len(after) == 0 {
		return nil
	}
	var was any
	if before != nil {
		was = map[string]any{"意见": before}
	}
	return s.keep(ctx, tx, by, "consultation", fmt.Sprintf("%d/%s", no, department), c.Version, source, was, map[string]any{"意见": after})
}
