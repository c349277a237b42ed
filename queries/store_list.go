package queries

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
	number, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(f.Text, "第"), "号"))
	if err != nil {
		number = -1
	}
	return args{
		"number": number, "latin": strings.ContainsFunc(f.Text, func(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) }),
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
	return s.listingsOf(ctx, "corpus/list", a)
}

// listingsOf reads the board's rows of the groups a statement names, in its
// order: the statement looks at few columns of many groups, the index finds
// the few rows asked for.
func (s *Store) listingsOf(ctx context.Context, name string, a args) ([]Listing, error) {
	list, err := rows[keyRow](ctx, s.db, name, a)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(list))
	for i, r := range list {
		keys[i] = r.Key
	}
	return s.listings(ctx, keys)
}

// listings reads the board's rows of the groups, in their order; those it does
// not have are left out.
func (s *Store) listings(ctx context.Context, keys []string) ([]Listing, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	g := s.current.Load()
	at, missing, since := g.rows.find(keys)
	if len(missing) > 0 {
		read, err := rows[Listing](ctx, s.db, "corpus/board_rows", args{"keys": each(missing)})
		if err != nil {
			return nil, err
		}
		for i := range read {
			l := &read[i]
			at[l.Key], l.TopicName = l, g.topics[l.Topic].Name
			g.rows.keep(since, l.Key, l, l.weight())
		}
	}
	people, err := s.people(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Listing, 0, len(at))
	for _, k := range keys {
		if l, ok := at[k]; ok {
			out = append(out, *l)
			out[len(out)-1].AssigneeName = people[l.Assignee].Name
		}
	}
	return out, nil
}

// listing is listings for one group.
func (s *Store) listing(ctx context.Context, key string) (Listing, bool, error) {
	list, err := s.listings(ctx, []string{key})
	if err != nil || len(list) == 0 {
		return Listing{}, false, err
	}
	return list[0], true, nil
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
	return s.current.Load().choices.get(ctx, 0, s.readChoices)
}

func (s *Store) readChoices(ctx context.Context) (Choices, error) {
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
