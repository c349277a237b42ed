package queries

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// Tallied is one row of a table of items by department: of a kind, a part of
// the training, a chapter of the taxonomy.
type Tallied struct {
	Code, Name string
	Cells      [6]int // of JC, FY, GA, JY, SJ, XX
	Items      int
}

// Output is what an issue was proposed for and where that stands.
type Output struct {
	IssueNo   int       `column:"issue_no"`
	Direction string    `column:"direction"`
	Status    string    `column:"status"`
	UpdatedAt time.Time `column:"updated_at"`
}

// BroughtIssue is an issue or suggested group that a training spoke to.
type BroughtIssue struct {
	Listing
	Here    int      // its items of this training, endorsements counted
	Before  []string // earlier trainings that spoke to it, first first
	After   []string // later ones
	Outputs []Output
}

// New says whether the training was the first to speak of it.
func (b *BroughtIssue) New() bool { return len(b.Before) == 0 }

// Compared sets an earlier training on the same topics beside this one.
type Compared struct {
	Training Registered
	Topics   []string // codes both treat
	Items    int      // of the earlier one, on these topics, in issues and suggested groups
	Here     int      // of this one
	Issues   int      // the earlier one spoke to
	Again    int      // of those, spoken to again at this training
	Gone     int      // of those, not heard since the earlier one
	Answered int      // of those, 已反馈 by now
	Fresh    int      // issues on these topics that this training was the first to speak of
}

// Brought is what a training brought (培训成效).
type Brought struct {
	Training     Registered // with its ID alone when it is not registered
	Topics       []string   // what its theme is about
	Inferred     bool       // the topics were read from the theme's words
	Items        int        // without endorsements
	Endorsements int
	People       int // who spoke
	Provinces    int
	Departments  int
	Came         int // participants registered
	ByKind       []Tallied
	BySegment    []Tallied
	ByChapter    []Tallied
	ByState      map[string]int // items and endorsements by the state of their group; "" stands in none
	Issues       []BroughtIssue // issues first, then suggested groups; most items of this training first
	Compared     []Compared     // latest first
	Run          Run
	HasRun       bool
}

// New lists the issues and groups the training was the first to speak of.
func (b *Brought) New() []BroughtIssue {
	return slices.DeleteFunc(slices.Clone(b.Issues), func(i BroughtIssue) bool { return !i.New() })
}

// Recurring lists those that earlier trainings had spoken of.
func (b *Brought) Recurring() []BroughtIssue {
	return slices.DeleteFunc(slices.Clone(b.Issues), func(i BroughtIssue) bool { return i.New() })
}

// Became counts the issues and groups by where they stand: 疑似同类 for those
// nobody has confirmed, else the issue's status. In the order of the way.
func (b *Brought) Became() []Count {
	n := map[string]int{}
	for _, i := range b.Issues {
		if i.IssueNo == 0 {
			n[StateSuggested]++
		} else {
			n[i.Status]++
		}
	}
	var out []Count
	for _, s := range append([]string{StateSuggested}, feedback.Statuses...) {
		if n[s] > 0 {
			out = append(out, Count{s, n[s]})
		}
	}
	return out
}

// InferTopics reads from a theme's words which chapters and leaves of the
// taxonomy it is about: those whose name, or a part of a leaf's name of at
// least two characters, stands in it. A leaf of a chapter that is named itself
// is left to the chapter.
func InferTopics(theme string, topics []Topic) []string {
	var out []string
	named := map[string]bool{}
	for _, t := range topics {
		if !named[t.Parent] && t.ParentName != "" && strings.Contains(theme, t.ParentName) {
			named[t.Parent] = true
			out = append(out, t.Parent)
		}
	}
	for _, t := range topics {
		if named[t.Parent] {
			continue
		}
		for _, piece := range strings.FieldsFunc(t.Name, func(r rune) bool { return strings.ContainsRune("、与和及的", r) }) {
			if utf8.RuneCountInString(piece) >= 2 && strings.Contains(theme, piece) {
				out = append(out, t.Code)
				break
			}
		}
	}
	slices.Sort(out)
	return out
}

type broughtRow struct {
	Kind        string `column:"kind"`
	Department  string `column:"department"`
	Segment     string `column:"segment"`
	Topic       string `column:"topic"`
	State       string `column:"state"`
	Endorsement bool   `column:"endorsement"`
	Items       int    `column:"items"`
}

type peopleRow struct {
	Training     string `column:"training_id"`
	Items        int    `column:"items"`
	Endorsements int    `column:"endorsements"`
	People       int    `column:"people"`
	Provinces    int    `column:"provinces"`
	Departments  int    `column:"departments"`
}

// TrainingFigures are a training's figures in a list.
type TrainingFigures struct {
	Items, Endorsements, People, Provinces, Departments int
}

// TrainingFigures reads them for every training with items, by ID.
func (s *Store) TrainingFigures(ctx context.Context) (map[string]TrainingFigures, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	list, err := rows[peopleRow](ctx, s.db, "corpus/training/people", nil)
	out := make(map[string]TrainingFigures, len(list))
	for _, r := range list {
		out[r.Training] = TrainingFigures{r.Items, r.Endorsements, r.People, r.Provinces, r.Departments}
	}
	return out, err
}

// Brought reads what a training brought. One that is neither registered nor
// named by any item is refused.
func (s *Store) Brought(ctx context.Context, id string) (Brought, error) {
	registered, err := s.Registered(ctx)
	if err != nil {
		return Brought{}, err
	}
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	b := Brought{Training: Registered{ID: id}, ByState: map[string]int{}}
	i := slices.IndexFunc(registered, func(r Registered) bool { return r.ID == id })
	if i >= 0 {
		b.Training = registered[i]
	}
	b.Came = b.Training.People
	if b.Run, b.HasRun, err = one[runRow](ctx, s.db, "corpus/run", nil); err != nil {
		return b, err
	}
	people, err := rows[peopleRow](ctx, s.db, "corpus/training/people", nil)
	if err != nil {
		return b, err
	}
	spoke := slices.IndexFunc(people, func(p peopleRow) bool { return p.Training == id })
	if i < 0 && spoke < 0 {
		return b, refusef(NotFound, "没有期次 %s：既没有登记，也没有反馈。", "There is no training %s.", id)
	}
	if spoke >= 0 {
		p := people[spoke]
		b.Items, b.Endorsements, b.People, b.Provinces, b.Departments = p.Items, p.Endorsements, p.People, p.Provinces, p.Departments
	}
	topics, err := rows[Topic](ctx, s.db, "corpus/topics", nil)
	if err != nil {
		return b, err
	}
	if err := s.tally(ctx, &b, topics); err != nil {
		return b, err
	}
	if err := s.broughtIssues(ctx, &b); err != nil {
		return b, err
	}
	b.Topics, b.Inferred = themeOf(&b.Training, topics)
	return b, s.compare(ctx, &b, registered, topics)
}

// themeOf is what a training is about: its own topics, or what its theme says.
func themeOf(r *Registered, topics []Topic) (codes []string, inferred bool) {
	if len(r.Topics) > 0 {
		return r.Topics, false
	}
	return InferTopics(r.Theme, topics), true
}

var departmentColumn = map[string]int{"JC": 0, "FY": 1, "GA": 2, "JY": 3, "SJ": 4}

func (s *Store) tally(ctx context.Context, b *Brought, topics []Topic) error {
	list, err := rows[broughtRow](ctx, s.db, "corpus/training/brought", args{"training": b.Training.ID})
	if err != nil {
		return err
	}
	chapter := map[string]Topic{}
	for _, t := range topics {
		chapter[t.Code] = t
	}
	count := func(into *[]Tallied, code, name string, r broughtRow) {
		i := slices.IndexFunc(*into, func(t Tallied) bool { return t.Code == code })
		if i < 0 {
			i = len(*into)
			*into = append(*into, Tallied{Code: code, Name: name})
		}
		col, ok := departmentColumn[r.Department]
		if !ok {
			col = 5
		}
		(*into)[i].Cells[col] += r.Items
		(*into)[i].Items += r.Items
	}
	for _, r := range list {
		count(&b.ByKind, r.Kind, r.Kind, r)
		count(&b.BySegment, r.Segment, r.Segment, r)
		t := chapter[r.Topic]
		count(&b.ByChapter, t.Parent, t.ParentName, r)
		b.ByState[r.State] += r.Items
	}
	order := func(list []string) func(a, b Tallied) int {
		place := func(code string) int {
			if i := slices.Index(list, code); i >= 0 {
				return i
			}
			return len(list)
		}
		return func(a, b Tallied) int {
			return cmp.Or(cmp.Compare(place(a.Code), place(b.Code)), strings.Compare(a.Code, b.Code))
		}
	}
	slices.SortFunc(b.ByKind, order([]string{"问题", "意见", "建议"}))
	slices.SortFunc(b.BySegment, order(Forms))
	slices.SortFunc(b.ByChapter, func(x, y Tallied) int {
		// What has no topic comes last.
		return cmp.Or(cmp.Compare(utf8.RuneCountInString(y.Code), utf8.RuneCountInString(x.Code)), strings.Compare(x.Code, y.Code))
	})
	return nil
}

func (s *Store) broughtIssues(ctx context.Context, b *Brought) error {
	list, err := rows[Listing](ctx, s.db, "corpus/training/brought_issues", args{"training": b.Training.ID})
	if err != nil {
		return err
	}
	var numbers []int32
	for _, l := range list {
		if l.IssueNo > 0 {
			numbers = append(numbers, int32(l.IssueNo))
		}
	}
	outputs, err := rows[Output](ctx, s.db, "review/training/outputs", args{"numbers": orEmpty(numbers)})
	if err != nil {
		return err
	}
	for _, l := range list {
		is := BroughtIssue{Listing: l}
		for k, t := range l.TrainingList {
			switch c := CompareTrainings(t, b.Training.ID); {
			case c == 0:
				is.Here = l.ByTraining[k]
			case c < 0:
				is.Before = append(is.Before, t)
			default:
				is.After = append(is.After, t)
			}
		}
		slices.SortFunc(is.Before, CompareTrainings)
		slices.SortFunc(is.After, CompareTrainings)
		for _, o := range outputs {
			if o.IssueNo == l.IssueNo {
				is.Outputs = append(is.Outputs, o)
			}
		}
		b.Issues = append(b.Issues, is)
	}
	slices.SortStableFunc(b.Issues, func(x, y BroughtIssue) int {
		confirmed := func(i *BroughtIssue) int {
			if i.IssueNo > 0 {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(confirmed(&x), confirmed(&y)), cmp.Compare(y.Here, x.Here), cmp.Compare(y.Items, x.Items), strings.Compare(x.Key, y.Key))
	})
	return nil
}

// shared lists what two lists of topics both treat, each by its narrower code.
func shared(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			narrow := ""
			switch {
			case strings.HasPrefix(x, y):
				narrow = x
			case strings.HasPrefix(y, x):
				narrow = y
			}
			if narrow != "" && !slices.Contains(out, narrow) {
				out = append(out, narrow)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (s *Store) compare(ctx context.Context, b *Brought, registered []Registered, topics []Topic) error {
	if len(b.Topics) == 0 {
		return nil
	}
	groups, err := rows[Listing](ctx, s.db, "corpus/training/on_topics", args{"topics": b.Topics})
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(registered) {
		if r.Cancelled || CompareTrainings(r.ID, b.Training.ID) >= 0 {
			continue
		}
		theirs, _ := themeOf(&r, topics)
		c := Compared{Training: r, Topics: shared(b.Topics, theirs)}
		if len(c.Topics) == 0 {
			continue
		}
		for i := range groups {
			g := &groups[i]
			if !covers(c.Topics, g.Topic) {
				continue
			}
			then, here, first, last := 0, 0, "", ""
			for k, t := range g.TrainingList {
				switch t {
				case r.ID:
					then = g.ByTraining[k]
				case b.Training.ID:
					here = g.ByTraining[k]
				}
				if first == "" || CompareTrainings(t, first) < 0 {
					first = t
				}
				if last == "" || CompareTrainings(t, last) > 0 {
					last = t
				}
			}
			c.Items += then
			c.Here += here
			if first == b.Training.ID {
				c.Fresh++
			}
			if then == 0 {
				continue
			}
			c.Issues++
			if here > 0 {
				c.Again++
			}
			if last == r.ID {
				c.Gone++
			}
			if g.Status == "已反馈" {
				c.Answered++
			}
		}
		b.Compared = append(b.Compared, c)
	}
	return nil
}

// PartsOf counts in which parts of the trainings the items of a group were said.
func (s *Store) PartsOf(ctx context.Context, key string) ([]PartCount, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return rows[PartCount](ctx, s.db, "corpus/training/segments", args{"key": key})
}

// PartCount is how many items of a group were said in a part of a training.
type PartCount struct {
	Training string `column:"training_id"`
	Segment  string `column:"segment"`
	Items    int    `column:"items"`
}

// RecommendFor suggests courses and teachers for a group, or for topics when
// key is empty.
func (s *Store) RecommendFor(ctx context.Context, key string, topics []string) (forCourses, forTeachers []Recommended, err error) {
	courses, err := s.Courses(ctx)
	if err != nil {
		return nil, nil, err
	}
	teachers, err := s.Teachers(ctx)
	if err != nil || len(courses)+len(teachers) == 0 {
		return nil, nil, err
	}
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	all, err := rows[Topic](ctx, s.db, "corpus/topics", nil)
	if err != nil {
		return nil, nil, err
	}
	a := args{"keys": []string{}, "topics": orEmpty(topics)}
	if key != "" {
		l, ok, err := s.listing(ctx, key)
		if err != nil || !ok {
			return nil, nil, err
		}
		a = args{"keys": []string{l.Key}, "topics": []string{}}
		if l.Topic != "" {
			topics = []string{l.Topic}
		}
	}
	norms, err := rows[NormUse](ctx, s.db, "corpus/training/norms", a)
	if err != nil {
		return nil, nil, err
	}
	forCourses, forTeachers = Recommend(topics, TopicNames(all), norms, courses, teachers, 5)
	return forCourses, forTeachers, nil
}
