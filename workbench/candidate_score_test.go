package workbench

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tongtang/queries"
)

// saidInAll is how much each department said in all.
func saidInAll(n ...int) []queries.Count {
	var out []queries.Count
	for i, d := range []string{"JC", "FY", "GA", "JY", "SJ", "XX"} {
		if i < len(n) {
			out = append(out, queries.Count{Value: d, Items: n[i]})
		}
	}
	return out
}

// listing is an issue with these items of JC, FY, GA, JY, SJ and others, like
// any other in everything else.
func listing(n ...int) *queries.Listing {
	l := &queries.Listing{Provinces: 3, Trainings: 2, Nature: "裁量尺度不一", Impact: "一般", ByDepartment: make([]int, 6)}
	for i, v := range n {
		l.ByDepartment[i] = v
		l.Items += v
		if v > 0 && i < 5 {
			l.Departments++
		}
	}
	l.Questions = l.Items
	return l
}

func part(c Scorecard, name string) ScorePart {
	return c.Parts[slices.IndexFunc(c.Parts, func(p ScorePart) bool { return p.Name == name })]
}

// consensus is Polis's group-aware consensus carried over to departments.
func consensus(l *queries.Listing, totals []queries.Count) float64 {
	logs := 0.0
	for i := range 5 {
		logs += math.Log(float64(l.ByDepartment[i]+1) / float64(totals[i].Items+2))
	}
	return math.Exp(logs / 5)
}

func TestThreeDepartmentsWithFourItemsOutrankOneWithTwelve(t *testing.T) {
	three := listing(4, 4, 4)
	for _, totals := range [][]queries.Count{saidInAll(100, 100, 100, 100, 100), saidInAll(30, 60, 200, 400, 50), saidInAll(12, 12, 12, 12, 12), saidInAll(1000, 4, 4, 9, 0)} {
		for i := range 5 {
			one := listing(make([]int, 5)...)
			one.ByDepartment[i], one.Items, one.Questions, one.Departments = 12, 12, 12, 1
			a, b := score(three, 2, totals, nil), score(one, 2, totals, nil)
			if part(a, "共性").Score <= part(b, "共性").Score || a.Total <= b.Total {
				t.Errorf("totals %v: three departments %.2f/%.2f, one (%d) %.2f/%.2f", totals, part(a, "共性").Score, a.Total, i, part(b, "共性").Score, b.Total)
			}
		}
		// Polis's measure puts them in the same order where departments spoke alike.
		if one := listing(12); totals[0].Items == totals[4].Items && consensus(three, totals) <= consensus(one, totals) {
			t.Errorf("totals %v: consensus ranks otherwise", totals)
		}
	}
}

func TestALoudDepartmentAddsNoCommonality(t *testing.T) {
	totals := saidInAll(100, 100, 100, 100, 100)
	before := part(score(listing(2, 2, 2), 0, totals, nil), "共性").Score
	if louder := part(score(listing(40, 2, 2), 0, totals, nil), "共性").Score; louder > before {
		t.Errorf("%.2f with 40 items of one department, %.2f with 2", louder, before)
	}
	// A new voice adds, even of a department that hardly spoke at all.
	for _, totals := range [][]queries.Count{totals, saidInAll(100, 100, 100, 1, 100)} {
		if more := part(score(listing(2, 2, 2, 1), 0, totals, nil), "共性").Score; more <= before {
			t.Errorf("a fourth department made it %.2f from %.2f", more, before)
		}
	}
}

func TestScoresStayBetweenNoneAndOne(t *testing.T) {
	for name, l := range map[string]*queries.Listing{
		"none": {}, "others only": listing(0, 0, 0, 0, 0, 7), "one": listing(1), "huge": listing(1e6, 1e6, 1e6, 1e6, 1e6),
	} {
		l.Provinces, l.Trainings = max(l.Provinces, 32), max(l.Trainings, 40)
		for _, totals := range [][]queries.Count{nil, saidInAll(0, 0, 0, 0, 0), saidInAll(3, 1)} {
			c := score(l, 1000, totals, nil)
			sum := 0.0
			for _, p := range c.Parts {
				if !(p.Score >= 0 && p.Score <= 1) || p.Basis == "" {
					t.Errorf("%s: %s is %f", name, p.Name, p.Score)
				}
				sum += p.Weight
			}
			if math.Abs(sum-1) > 1e-9 || !(c.Total >= 0 && c.Total <= 1) {
				t.Errorf("%s: weights %f, total %f", name, sum, c.Total)
			}
		}
	}
}

func TestTheLastOverrideCounts(t *testing.T) {
	set := []queries.Override{
		{Part: "重大", Stands: true, Score: 0.9, Reason: "发生过死亡", Name: "张"},
		{Part: "共性", Stands: true, Score: 0.1, Reason: "误", Name: "张"},
		{Part: "共性", Reason: "更正", Name: "李"},
	}
	l, totals := listing(2, 2), saidInAll(9, 9, 9, 9, 9)
	plain, c := score(l, 0, totals, nil), score(l, 0, totals, set)
	if p := part(c, "重大"); p.Score != 0.9 || p.Set == nil || p.Formula != part(plain, "重大").Score {
		t.Errorf("%+v", p)
	}
	if p := part(c, "共性"); p.Set != nil || p.Score != part(plain, "共性").Score {
		t.Errorf("given back, but %+v", p)
	}
	r := c.reportParts()
	if r[0].Override != "发生过死亡" || r[0].By != "张" || !strings.Contains(r[0].Basis, "公式得分") {
		t.Errorf("%+v", r[0])
	}
}

func TestHintsSayWhyAndNeverNameWhatIsBarred(t *testing.T) {
	leans, err := facetLeans()
	if err != nil {
		t.Fatal(err)
	}
	names := func(h []DirectionHint) (out []string) {
		for _, x := range h {
			if len(x.Why) == 0 {
				t.Errorf("%s without a reason", x.Direction)
			}
			out = append(out, x.Direction)
		}
		return out
	}
	view := func(nature string, l *queries.Listing, labels ...string) *queries.GroupView {
		l.Nature = nature
		v := &queries.GroupView{Listing: *l}
		for _, s := range labels {
			v.Members = append(v.Members, queries.Member{ID: s, Citations: []queries.Citation{{Norm: s, Label: s}}})
		}
		return v
	}
	th := queries.DefaultThresholds
	if got := names(hints(view("条文理解分歧", listing(3, 2, 1), "《刑法》第八十一条"), leans, th)); !slices.Contains(got, "司法解释") || got[0] != "司法解释" {
		t.Errorf("with an article: %v", got)
	}
	if got := names(hints(view("条文理解分歧", listing(3, 2, 1)), leans, th)); slices.Contains(got, "司法解释") {
		t.Errorf("without an article: %v", got)
	}
	lone := listing(3)
	lone.Trainings, lone.Provinces = 1, 1
	if got := names(hints(view("程序衔接不畅", lone), leans, th)); slices.Contains(got, "联合专项活动") || slices.Contains(got, "联合调研") {
		t.Errorf("below the threshold: %v", got)
	}
	if got := names(hints(view("程序衔接不畅", listing(3, 2, 1)), leans, th)); !slices.Contains(got, "联合专项活动") || !slices.Contains(got, "规范性文件") {
		t.Errorf("common and badly joined: %v", got)
	}
	if got := names(hints(view("可直接答复", listing(1)), leans, th)); !slices.Contains(got, "转答复") {
		t.Errorf("answerable: %v", got)
	}
	if got := hints(&queries.GroupView{}, leans, th); len(got) != 0 {
		t.Errorf("nothing known: %v", got)
	}
}
