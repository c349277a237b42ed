package workbench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"tongtang/analysis"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// Scorecard says how far an issue is 重大, 疑难, 复杂 and 共性, the four words of
// the agreement. Each part is a score of 0 to 1 with the figures it rests on;
// the total is their weighted sum (simple additive weighting: Fishburn 1967;
// Keeney and Raiffa 1976). A person may set a part, with a written reason.
//
//	重大 = 0.6·impact + 0.4·min(1, log2(1+items)/6)
//	       impact is 1 for 重大, 0.5 for 疑难复杂, 0 otherwise (影响程度); 63 items fill the rest
//	疑难 = 0.6·nature + 0.4·questions/items
//	       nature is 1 for 法律空白 and 条文理解分歧, 0.8 for 裁量尺度不一 and 证据与认定困难,
//	       0.5 for 程序衔接不畅, 0.3 for any other, 0 for 可直接答复 or none
//	复杂 = 0.5·min(1, norms/4) + 0.5·(departments-1)/4
//	共性 = 0.6·(D-1)/4 + 0.2·min(1, provinces/10) + 0.2·min(1, trainings/4)
//	       D is the effective number of departments
//
// D is Hill's number of order 1 (Hill 1973, Ecology 54:427; Jost 2006, Oikos
// 113:363) over the departments' rates: a department's items here by all it
// said. So three departments with four items each count three and one with
// twelve counts one, however much the loudest speaks. A rate's base is raised
// by the mean over departments, so that one that has hardly spoken does not
// outweigh all others with its only item. Polis's group-aware consensus (Small
// et al. 2021), the product over groups of the smoothed share that agrees,
// ranks alike where a voice is missing; it is not used because it falls with
// the size of the corpus and has no upper bound that people could read.
type Scorecard struct {
	Parts []ScorePart
	Total float64 // 0 to 1
}

// ScorePart is one part of a scorecard.
type ScorePart struct {
	Name    string
	Score   float64 // as it counts
	Formula float64 // as the formula has it
	Weight  float64
	Basis   string // the figures, in Chinese
	Set     *queries.Override
}

// scoreWeights sum to 1. 共性 weighs most: it is what only this corpus knows.
var scoreWeights = map[string]float64{"重大": 0.25, "疑难": 0.25, "复杂": 0.2, "共性": 0.3}

var natureScores = map[string]float64{
	"法律空白": 1, "条文理解分歧": 1, "裁量尺度不一": 0.8, "证据与认定困难": 0.8, "程序衔接不畅": 0.5, "可直接答复": 0, "": 0,
}

// score computes an issue's card. totals is how much each department said in
// all; norms how many statutes, articles and documents its items cite.
func score(l *queries.Listing, norms int, totals []queries.Count, set []queries.Override) Scorecard {
	items := max(1, l.Items+l.Endorsements)
	impact, ok := map[string]float64{"重大": 1, "疑难复杂": 0.5}[l.Impact]
	impactText := l.Impact
	if !ok {
		impactText = "一般"
	}
	nature, known := natureScores[l.Nature]
	if !known {
		nature = 0.3
	}
	natureText := l.Nature
	if natureText == "" {
		natureText = "未识别"
	}
	volume := min(1, math.Log2(1+float64(l.Items+l.Endorsements))/6)
	asked := min(1, float64(l.Questions)/float64(items))
	effective, rates := effectiveDepartments(l.ByDepartment, totals)
	grave := 0.6*impact + 0.4*volume
	hard := 0.6*nature + 0.4*asked
	tangled := 0.5*min(1, float64(norms)/4) + 0.5*max(0, float64(min(l.Departments, 5)-1)/4)
	common := 0.6*max(0, (effective-1)/4) + 0.2*min(1, float64(l.Provinces)/10) + 0.2*min(1, float64(l.Trainings)/4)
	card := Scorecard{Parts: []ScorePart{
		{Name: "重大", Formula: grave, Basis: fmt.Sprintf("影响程度为“%s”（0.6×%s），条目和附议共%d条（0.4×%.2f）", impactText, short2(impact), l.Items+l.Endorsements, volume)},
		{Name: "疑难", Formula: hard, Basis: fmt.Sprintf("问题性质为“%s”（0.6×%s），其中提问%d条（0.4×%.2f）", natureText, short2(nature), l.Questions, asked)},
		{Name: "复杂", Formula: tangled, Basis: fmt.Sprintf("涉及法条和文件%d件（0.5×%.2f），部门%d个（0.5×%.2f）", norms, min(1, float64(norms)/4), l.Departments, max(0, float64(min(l.Departments, 5)-1)/4))},
		{Name: "共性", Formula: common, Basis: fmt.Sprintf("折合有效部门数%.1f个（%s；0.6×%.2f），省份%d个，期次%d期", effective, rates, max(0, (effective-1)/4), l.Provinces, l.Trainings)},
	}}
	for i := range card.Parts {
		p := &card.Parts[i]
		p.Formula = math.Round(p.Formula*100) / 100
		p.Weight, p.Score = scoreWeights[p.Name], p.Formula
		for j := range set {
			if set[j].Part != p.Name {
				continue
			}
			p.Set, p.Score = nil, p.Formula
			if set[j].Stands {
				p.Set, p.Score = &set[j], set[j].Score
			}
		}
		card.Total += p.Weight * p.Score
	}
	return card
}

func short2(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
}

// effectiveDepartments is D of the scorecard with its rates as text. here has
// the items of JC, FY, GA, JY, SJ and others, in that order; others do not
// count.
func effectiveDepartments(here []int, totals []queries.Count) (float64, string) {
	in, all, sum := map[string]int{}, map[string]int{}, 0
	for _, t := range totals {
		if slices.Contains(feedback.Departments, feedback.Department(t.Value)) {
			all[t.Value] = t.Items
			sum += t.Items
		}
	}
	var rates []string
	for i, d := range feedback.Departments {
		if i >= len(here) || here[i] == 0 {
			continue
		}
		in[string(d)] = here[i]
		all[string(d)] = max(all[string(d)], here[i])
		rates = append(rates, fmt.Sprintf("%s%d/%d", d.Name(), here[i], all[string(d)]))
	}
	for d := range all {
		all[d] += max(1, sum/len(feedback.Departments))
	}
	return analysis.EffectiveNumber(in, all), strings.Join(rates, "、")
}

// scorecard reads what a card needs beside the issue itself.
func scorecard(ctx context.Context, store *queries.Store, v *queries.GroupView) (Scorecard, error) {
	cards, err := scorecards(ctx, store, []queries.GroupView{*v})
	if err != nil {
		return Scorecard{}, err
	}
	return cards[0], nil
}

// scorecards is scorecard for many, beside them.
func scorecards(ctx context.Context, store *queries.Store, list []queries.GroupView) ([]Scorecard, error) {
	totals, err := store.DepartmentTotals(ctx)
	if err != nil {
		return nil, err
	}
	var issues []int
	for i := range list {
		if list[i].IssueNo != 0 {
			issues = append(issues, list[i].IssueNo)
		}
	}
	all, err := store.Overrides(ctx, issues...)
	if err != nil {
		return nil, err
	}
	set := map[int][]queries.Override{}
	for _, o := range all {
		set[o.IssueNo] = append(set[o.IssueNo], o)
	}
	out := make([]Scorecard, len(list))
	for i := range list {
		v := &list[i]
		out[i] = score(&v.Listing, len(queries.CitedNorms(v.Members)), totals, set[v.IssueNo])
	}
	return out, nil
}

// reportParts is the card as reports show it.
func (c *Scorecard) reportParts() []report.Part {
	var out []report.Part
	for _, p := range c.Parts {
		r := report.Part{Name: p.Name, Score: p.Score, Weight: p.Weight, Basis: p.Basis}
		if p.Set != nil {
			r.Override, r.By = p.Set.Reason, p.Set.Name
			r.Basis += fmt.Sprintf("，公式得分%.2f", p.Formula)
		}
		out = append(out, r)
	}
	return out
}

// DirectionHint is a direction that the data speak for, and why. The system
// never proposes by itself.
type DirectionHint struct {
	Direction string
	Why       []string
	Strength  int
}

// hints says which directions an issue's facets speak for. leans tells for
// each facet's value what it leans to, as facets.tsv has it.
func hints(v *queries.GroupView, leans map[[2]string]string, t queries.Thresholds) []DirectionHint {
	byName := map[string]*DirectionHint{}
	say := func(direction string, strength int, why string) {
		h := byName[direction]
		if h == nil {
			h = &DirectionHint{Direction: direction}
			byName[direction] = h
		}
		h.Strength += strength
		h.Why = append(h.Why, why)
	}
	common, why := t.Meets(&v.Listing)
	articles := 0
	for _, n := range queries.CitedNorms(v.Members) {
		if strings.Contains(n.Label, "条") {
			articles++
		}
	}
	for i, facet := range [][2]string{{"问题性质", v.Nature}, {"影响程度", v.Impact}} {
		lean := leans[facet]
		for _, d := range directionsIn(lean) {
			switch {
			case d == "司法解释" && articles == 0:
				continue // without an article the pre-check cannot be passed
			case queries.NeedsCommon(d) && !common:
				continue
			}
			say(d, 3-i, facet[0]+"提示为“"+facet[1]+"”")
		}
	}
	if articles > 0 {
		for _, d := range []string{"司法解释", "指导性案例"} {
			if byName[d] != nil {
				say(d, 1, fmt.Sprintf("反馈指向具体条文%d处", articles))
			}
		}
	}
	if common && v.Nature != "可直接答复" {
		for _, d := range []string{"联合调研", "联合专项活动"} {
			if byName[d] != nil || (d == "联合调研" && v.Departments >= 4) {
				say(d, 1, why)
			}
		}
		if v.Trainings >= 2 {
			say("培训选题", 1, fmt.Sprintf("已有%d期培训反映，可作为以后培训的主题", v.Trainings))
		}
	}
	var out []DirectionHint
	for _, d := range feedback.Directions {
		if h := byName[d]; h != nil {
			out = append(out, *h)
		}
	}
	slices.SortStableFunc(out, func(a, b DirectionHint) int { return b.Strength - a.Strength })
	return out
}

// directionsIn lists the directions that a facet's lean names.
func directionsIn(lean string) []string {
	var out []string
	for _, d := range feedback.Directions {
		at := d
		if d == "转答复" {
			at = "转检答网"
		}
		if strings.Contains(lean, at) {
			out = append(out, d)
		}
	}
	return out
}
