package workbench

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"tongtang/queries"
)

// byTraining spreads a listing's items over all trainings, oldest first.
func byTraining(l *queries.Listing, trainings []queries.Training) (ids []string, items []int) {
	for _, t := range slices.Backward(trainings) {
		n := 0
		if i := slices.Index(l.TrainingList, t.ID); i >= 0 {
			n = l.ByTraining[i]
		}
		ids, items = append(ids, t.ID), append(items, n)
	}
	return ids, items
}

// sparkTrainings is how many trainings a sparkline shows at most.
const sparkTrainings = 16

// spark is a row's trend: one bar a training, oldest first, its height against
// the row's own highest. A training with nothing leaves a tick on the ground.
func spark(l *queries.Listing, trainings []queries.Training, t func(string, ...any) string) template.HTML {
	ids, items := byTraining(l, trainings)
	if n := len(ids); n > sparkTrainings {
		ids, items = ids[n-sparkTrainings:], items[n-sparkTrainings:]
	}
	if len(items) == 0 {
		return ""
	}
	const bar, gap, high = 5, 2, 22
	width := len(items) * (bar + gap)
	most := max(1, slices.Max(items))
	var b strings.Builder
	words := make([]string, len(items))
	for i, n := range items {
		words[i] = fmt.Sprintf("%s %d", ids[i], n)
	}
	label := template.HTMLEscapeString(t("各期次条目数") + "：" + strings.Join(words, "，"))
	fmt.Fprintf(&b, `<svg class="spark" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s"><title>%s</title>`, width, high, width, high, label, label)
	for i, n := range items {
		x := i * (bar + gap)
		if n == 0 {
			fmt.Fprintf(&b, `<rect class="none" x="%d" y="%d" width="%d" height="1"/>`, x, high-1, bar)
			continue
		}
		h := max(3, n*(high-1)/most)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d"/>`, x, high-h, bar, h)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers, and a label escaped above
}

// trendChart is an issue's trend: one bar a training with its figure above and
// the training's number below. The table beside it says the same.
func trendChart(l *queries.Listing, trainings []queries.Training, t func(string, ...any) string) template.HTML {
	ids, items := byTraining(l, trainings)
	if len(items) == 0 {
		return ""
	}
	const wide, high, foot, head = 320, 120, 34, 16
	step := float64(wide) / float64(len(items))
	most := max(1, slices.Max(items))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="trend" viewBox="0 0 %d %d" role="img" aria-label="%s">`, wide, high, template.HTMLEscapeString(t("各期次条目数")))
	fmt.Fprintf(&b, `<line class="ground" x1="0" x2="%d" y1="%d" y2="%d"/>`, wide, high-foot, high-foot)
	for i, n := range items {
		x := float64(i)*step + step*0.18
		h := float64(high-foot-head) * float64(n) / float64(most)
		if n > 0 {
			fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, x, float64(high-foot)-h, step*0.64, h)
			fmt.Fprintf(&b, `<text class="figure" x="%.1f" y="%.1f">%d</text>`, x+step*0.32, float64(high-foot)-h-4, n)
		}
		year, no, _ := strings.Cut(ids[i], "-")
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%d">%s</text>`, x+step*0.32, high-foot+13, template.HTMLEscapeString(no))
		if i == 0 || !strings.HasPrefix(ids[i-1], year+"-") {
			fmt.Fprintf(&b, `<text class="year" x="%.1f" y="%d">%s</text>`, x, high-foot+28, template.HTMLEscapeString(year))
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers, and texts escaped above
}

// bar is a horizontal bar of so many percent of the widest; the figure stands
// beside it in the table.
func bar(percent int) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="%d" height="8"/></svg>`, percent))
}
