package workbench

import (
	"bufio"
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// page is one page's parsed templates in one language. Every page has a set of
// its own: in a shared set the last `define "content"` would win.
type page struct{ *template.Template }

// languages the pages speak. Chinese is the language of the templates; the
// message table has the others.
var languages = []string{"zh", "en"}

func (w *Workbench) loadPages() error {
	english, err := messages()
	if err != nil {
		return err
	}
	w.pages = map[string]map[string]*page{}
	names, err := fs.Glob(files, "templates/page_*.html")
	if err != nil {
		return err
	}
	for _, lang := range languages {
		w.pages[lang] = map[string]*page{}
		table := map[string]string{}
		if lang == "en" {
			table = english
		}
		for _, name := range names {
			t := template.New("").Funcs(w.funcs(lang, table))
			t, err := t.ParseFS(files, "templates/layout.html", "templates/part_*.html", name)
			if err != nil {
				return fmt.Errorf("templates: %w", err)
			}
			short := strings.TrimSuffix(strings.TrimPrefix(path.Base(name), "page_"), ".html")
			w.pages[lang][short] = &page{t}
		}
	}
	return nil
}

// ExecuteTemplate renders into out.
func (p *page) ExecuteTemplate(out io.Writer, name string, data any) error {
	if p == nil {
		return fmt.Errorf("no such page")
	}
	return p.Template.ExecuteTemplate(out, name, data)
}

// messages reads messages.tsv: the Chinese sentence as it stands in templates
// and code, a tab, the English one. Lines with # are headings.
func messages() (map[string]string, error) {
	body, err := files.ReadFile("messages.tsv")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	scan := bufio.NewScanner(bytes.NewReader(body))
	for n := 1; scan.Scan(); n++ {
		line := scan.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		zh, en, ok := strings.Cut(line, "\t")
		if !ok || en == "" {
			return nil, fmt.Errorf("messages.tsv line %d has no English: %q", n, line)
		}
		if _, twice := out[zh]; twice {
			return nil, fmt.Errorf("messages.tsv line %d: %q stands twice", n, zh)
		}
		out[zh] = en
	}
	return out, scan.Err()
}

var englishTable = func() map[string]string {
	m, err := messages()
	if err != nil {
		panic(err)
	}
	return m
}()

func translate(table map[string]string, zh string, a ...any) string {
	if en, ok := table[zh]; ok {
		zh = en
	}
	if len(a) == 0 {
		return zh
	}
	return fmt.Sprintf(zh, a...)
}

// t is a sentence in the person's language.
func (rq *request) t(zh string, a ...any) string {
	if rq.Lang == "en" {
		return translate(englishTable, zh, a...)
	}
	return translate(nil, zh, a...)
}

// marks are the departments' one-character marks, as columns of figures carry
// them.
var marks = map[feedback.Department][2]string{
	feedback.Procuratorate: {"检", "Pro"},
	feedback.Court:         {"法", "Crt"},
	feedback.PoliceCustody: {"公", "Pol"},
	feedback.Prison:        {"监", "Pri"},
	feedback.Correction:    {"矫", "Com"},
	feedback.OtherDept:     {"他", "Oth"},
}

// statusShape is a status's mark: state is shown by word and shape, and only
// then by colour.
var statusShape = map[string]string{
	"待初筛": "○", "研判中": "◔", "待复核": "◑", "待会商": "◕", "已审定": "●", "已移送": "➔", "已反馈": "✓",
	"不成立": "✕", "已并入": "⤳", "已撤回": "✕", "个性问题": "·",
}

func (w *Workbench) funcs(lang string, table map[string]string) template.FuncMap {
	t := func(zh string, a ...any) string { return translate(table, zh, a...) }
	english := lang == "en"
	return template.FuncMap{
		"t":    t,
		"lang": func() string { return lang },
		"dept": func(code any) string {
			d := feedback.Department(fmt.Sprint(code))
			if english {
				return d.English()
			}
			return d.Name()
		},
		"mark": func(d feedback.Department) string {
			if english {
				return marks[d][1]
			}
			return marks[d][0]
		},
		"shape": func(status string) string { return statusShape[status] },
		"date": func(at time.Time) string {
			if at.IsZero() || at.Year() < 1990 {
				return ""
			}
			return at.Format(time.DateOnly)
		},
		"time":      func(at time.Time) string { return w.localTime(at, english) },
		"count":     count,
		"static":    func(name string) string { return "/static/" + name + "?" + w.static[name].hash },
		"highlight": highlight,
		"paras":     paragraphs,
		"dict":      dict,
		"add":       func(a, b int) int { return a + b },
		"sub":       func(a, b int) int { return a - b },
		"percent":   func(f float64) string { return fmt.Sprintf("%.0f%%", f*100) },
		"short": func(s string, n int) string {
			if r := []rune(s); len(r) > n {
				return string(r[:n-1]) + "…"
			}
			return s
		},
		"has":   func(list []string, s string) bool { return slices.Contains(list, s) },
		"kinds": func() []feedback.Kind { return feedback.Kinds },
		"depts": func() []feedback.Department { return feedback.Departments },
		"spark": func(l *queries.Listing, trainings []queries.Training) template.HTML { return spark(l, trainings, t) },
		"trend": func(l *queries.Listing, trainings []queries.Training) template.HTML {
			return trendChart(l, trainings, t)
		},
		"statuses":    func() []string { return feedback.Statuses },
		"outcomes":    func() []string { return feedback.Outcomes },
		"directions":  func() []string { return feedback.Directions },
		"heat":        heat,
		"statusclass": func(s string) string { return statusClass[s] },
		"kindclass":   func(k any) string { return kindClass[fmt.Sprint(k)] },
		"levelclass":  func(l string) string { return levelClass[l] },
		"level":       level,
		"formats":     func() []Format { return menuFormats },
		"forms":       formsOf,
		"action":      actionWord,
		"exporturl":   exportURL,
		"word":        func(kind string) string { return decisionWords[kind] },
		"kib":         func(n int64) string { return count((n + 1023) / 1024) },
		"locked":      func(until time.Time) bool { return until.After(time.Now()) },
		"bar":         bar,
	}
}

func (w *Workbench) localTime(at time.Time, english bool) string {
	if at.IsZero() || at.Year() < 1990 {
		return ""
	}
	at = at.In(w.opts.Location)
	now := time.Now().In(w.opts.Location)
	switch {
	case english && at.Year() == now.Year():
		return at.Format("2 Jan 15:04")
	case english:
		return at.Format("2 Jan 2006 15:04")
	case at.Year() == now.Year():
		return at.Format("1月2日 15:04")
	}
	return at.Format("2006年1月2日 15:04")
}

// count writes a number with a thin gap every three digits.
func count(n any) string {
	s := fmt.Sprint(n)
	if len(s) < 5 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// highlightMost is how many of the shared words are marked, strongest first.
const highlightMost = 8

// highlight marks what an item shares with its group where it stands in the
// text; everything is escaped.
func highlight(text string, shared []queries.Shared) template.HTML {
	type span struct{ from, to int }
	var spans []span
	marked := 0
	for _, sh := range shared {
		// Single characters and the tail of the list say little and colour much.
		if utf8.RuneCountInString(sh.Name) < 2 || marked == highlightMost {
			continue
		}
		marked++
		for at := 0; ; {
			i := strings.Index(text[at:], sh.Name)
			if i < 0 {
				break
			}
			spans = append(spans, span{at + i, at + i + len(sh.Name)})
			at += i + len(sh.Name)
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	var b strings.Builder
	at := 0
	for _, s := range spans {
		if s.to <= at {
			continue
		}
		s.from = max(s.from, at)
		b.WriteString(template.HTMLEscapeString(text[at:s.from]))
		b.WriteString("<mark>")
		b.WriteString(template.HTMLEscapeString(text[s.from:s.to]))
		b.WriteString("</mark>")
		at = s.to
	}
	b.WriteString(template.HTMLEscapeString(text[at:]))
	return template.HTML(b.String()) // every piece escaped above
}

func paragraphs(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

// dict gives a part more than one value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict needs pairs")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// heat is a figure's shade among five, the same on every list so that rows can
// be compared: 0, 1, 2-3, 4-7, 8 and more.
func heat(n int) int {
	switch {
	case n <= 0:
		return 0
	case n == 1:
		return 1
	case n < 4:
		return 2
	case n < 8:
		return 3
	}
	return 4
}

// What the style sheet calls things.
var (
	statusClass = map[string]string{
		"待初筛": "open", "研判中": "study", "待复核": "review", "待会商": "consult", "已审定": "approved", "已移送": "handed", "已反馈": "answered",
	}
	kindClass  = map[string]string{"问题": "question", "意见": "opinion", "建议": "suggestion"}
	levelClass = map[string]string{"高": "high", "中": "middle", "低": "low"}
)

// level shows a similarity as people read it; the figure stays in the data.
func level(similarity float64) string {
	switch {
	case similarity >= 0.5:
		return "相近程度高"
	case similarity >= 0.3:
		return "相近程度中"
	}
	return "相近程度低"
}

// Format is one line of the export menu.
type Format struct{ Ending, Name string }

var menuFormats = []Format{
	{"docx", "Word（docx）"},
	{"xlsx", "Excel（xlsx）"},
	{"md", "Markdown"},
	{"html", "HTML"},
	{"json", "JSON"},
	{"parquet", "Parquet"},
	{"arrow", "Arrow"},
	{"qdc", "REFI-QDA codebook（qdc）"},
	{"qdpx", "REFI-QDA project（qdpx）"},
}

// formsOf are the documents that output directions have; a guiding case has
// one for courts and one for procuratorates.
func formsOf(directions []string) []string {
	var out []string
	for _, d := range directions {
		if d == "指导性案例" {
			out = append(out, string(report.GuidingCaseCourt), string(report.GuidingCaseProcuracy))
			continue
		}
		out = append(out, d)
	}
	return out
}

func exportURL(key string, no int, format, form string) string {
	q := url.Values{"format": {format}}
	if no > 0 {
		q.Set("issue", fmt.Sprint(no))
	} else {
		q.Set("group", key)
	}
	if form != "" {
		q.Set("form", form)
	}
	return "/export?" + q.Encode()
}
