package queries

import (
	"context"
	"time"
)

// Listing is one group or issue as a list shows it.
type Listing struct {
	Key          string    `column:"group_key"`
	State        string    `column:"state"`
	IssueNo      int       `column:"issue_no"`
	Title        string    `column:"title"`
	Status       string    `column:"status"`
	Outcome      string    `column:"outcome"`
	Topic        string    `column:"topic"`
	TopicName    string    `column:"topic_name"`
	Locked       bool      `column:"locked"`
	Version      int       `column:"issue_version"`
	Directions   []string  `column:"directions"`
	Assignee     int       `column:"assignee"`
	AssigneeName string    `column:"assignee_name"`
	DueOn        time.Time `column:"due_on"`
	Items        int       `column:"items"`
	Endorsements int       `column:"endorsements"`
	Contributors int       `column:"contributors"`
	Departments  int       `column:"departments"`
	Provinces    int       `column:"provinces"`
	Trainings    int       `column:"trainings"`
	Questions    int       `column:"questions"`
	Opinions     int       `column:"opinions"`
	Suggestions  int       `column:"suggestions"`
	Commonality  float64   `column:"commonality"`
	Growth       float64   `column:"growth"`
	Priority     float64   `column:"priority"`
	FirstOn      time.Time `column:"first_on"`
	LastOn       time.Time `column:"last_on"`
	Dormant      bool      `column:"dormant"`
	BornRun      string    `column:"born_run"`
	ChangedRun   string    `column:"changed_run"`
	ChangedAt    time.Time `column:"changed_at"`
	Nature       string    `column:"nature"`
	Impact       string    `column:"impact"`
	Keywords     []string  `column:"keywords"`
	ByDepartment []int     `column:"department_items"` // of JC, FY, GA, JY, SJ, XX
	ProvinceList []string  `column:"province_list"`    // most items first
	TrainingList []string  `column:"training_list"`    // in order
	ByTraining   []int     `column:"training_items"`   // beside TrainingList
}

// Stamp names what a person saw of the group; a form carries it back.
func (r *Listing) Stamp() string {
	b := boardStamp{Version: r.Version, Items: r.Items, Endorsements: r.Endorsements, ChangedRun: r.ChangedRun}
	return b.stamp()
}

// Sorts lists the orders of a list.
var Sorts = []string{"priority", "commonality", "size", "growth", "newest", "number", "due"}

// Filter chooses and orders the rows of a list; zero fields choose all.
type Filter struct {
	States     []string // 归并问题, 疑似同类 ...; empty means all
	Department string
	Province   string
	Training   string
	Topic      string // two digits for a whole chapter, four for a leaf
	Status     string
	Outcome    string
	Direction  string
	Kind       string // 问题, 意见, 建议
	Nature     string
	Text       string // in title, keywords or number
	Assignee   int
	Since      time.Time // changed after
	Silent     string    // department that has no item in it
	Sort       string    // one of Sorts; empty means priority
	Limit      int
	Offset     int
}

func (f *Filter) args() args {
	return args{
		"every": len(f.States) == 0, "states": each(f.States), "department": f.Department, "province": f.Province, "training": f.Training, "topic": f.Topic,
		"status": f.Status, "outcome": f.Outcome, "direction": f.Direction, "kind": f.Kind, "nature": f.Nature, "text": f.Text,
		"assignee": f.Assignee, "since": f.Since.UTC(), "silent": f.Silent,
	}
}

// List answers one page of rows and how many there are in all.
func (s *Store) List(ctx context.Context, f Filter) ([]Listing, int, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return s.list(ctx, f)
}

func (s *Store) list(ctx context.Context, f Filter) ([]Listing, int, error) {
	n, _, err := one[countRow](ctx, s.db, "corpus/list_count", f.args())
	if err != nil || n.N == 0 {
		return nil, 0, err
	}
	out, err := s.listRows(ctx, f)
	return out, n.N, err
}

// listRows is list without the count.
func (s *Store) listRows(ctx context.Context, f Filter) ([]Listing, error) {
	a := f.args()
	if f.Sort == "" {
		f.Sort = "priority"
	}
	a["sort"], a["limit"], a["offset"] = f.Sort, f.Limit, f.Offset
	return rows[Listing](ctx, s.db, "corpus/list", a)
}

// Topic is a leaf of the taxonomy.
type Topic struct {
	Code       string `column:"topic"`
	Name       string `column:"name"`
	Parent     string `column:"parent"`
	ParentName string `column:"parent_name"`
}

// Training is one 期次 as pages show it.
type Training struct {
	ID       string    `column:"training_id"`
	Title    string    `column:"title"`
	Theme    string    `column:"theme"`
	Host     string    `column:"host"`
	StartsOn time.Time `column:"starts_on"`
	EndsOn   time.Time `column:"ends_on"`
	Place    string    `column:"place"`
	Items    int       `column:"items"`
}

// Choices is what the filters of a list offer.
type Choices struct {
	Topics    []Topic
	Trainings []Training
	Provinces []string
}

// Choices reads what filters offer. It changes only with the corpus.
func (s *Store) Choices(ctx context.Context) (Choices, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	type row struct {
		Province string `column:"province"`
	}
	var c Choices
	var err error
	if c.Topics, err = rows[Topic](ctx, s.db, "corpus/topics", nil); err != nil {
		return c, err
	}
	if c.Trainings, err = rows[Training](ctx, s.db, "corpus/trainings", nil); err != nil {
		return c, err
	}
	list, err := rows[row](ctx, s.db, "corpus/provinces", nil)
	for _, r := range list {
		c.Provinces = append(c.Provinces, r.Province)
	}
	return c, err
}

// Next is the group that follows key in a list; "" at its end. A key that is
// not in the list is followed by the first.
func (s *Store) Next(ctx context.Context, f Filter, key string) (string, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	if f.Sort == "" {
		f.Sort = "priority"
	}
	a := f.args()
	a["sort"], a["key"] = f.Sort, key
	r, _, err := one[keyRow](ctx, s.db, "corpus/list_next", a)
	return r.Key, err
}
