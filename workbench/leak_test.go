package workbench_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tongtang/queries"
	"tongtang/workbench"
)

var links = regexp.MustCompile(`href="(/[^"#]*)`)

// oneOf is what tells the pages of one kind apart: numbers, keys, trainings.
var oneOf = regexp.MustCompile(`/[^/]*\d[^/]*`)

// crawl reads the first pages and, of each kind of page that links lead to from
// there, six, and answers what each says, by address: HTML without its tags, the
// members of a zip one after the other.
func (b *browser) crawl(t *testing.T, first ...string) map[string]string {
	t.Helper()
	const alike = 6
	said, kinds := map[string]string{}, map[string]int{}
	for todo := slices.Clone(first); len(todo) > 0; todo = todo[1:] {
		path := todo[0]
		if _, seen := said[path]; seen || strings.HasPrefix(path, "/static/") {
			continue
		}
		status, body, head := b.get(t, path)
		if status >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, status)
		}
		if strings.HasPrefix(body, "PK") {
			body = unzipped(t, body)
		}
		if strings.HasPrefix(head.Get("Content-Type"), "text/html") && !strings.HasPrefix(path, "/export") {
			for _, l := range links.FindAllStringSubmatch(body, -1) {
				// Where one came from, pages and orders of lists show nothing else.
				to := html.UnescapeString(l[1])
				if _, seen := said[to]; seen || strings.Contains(to, "?") || slices.Contains(todo, to) {
					continue
				}
				kind := oneOf.ReplaceAllString(to, "/*")
				if kinds[kind]++; kinds[kind] <= alike {
					todo = append(todo, to)
				}
			}
		}
		said[path] = html.UnescapeString(tags.ReplaceAllString(body, ""))
	}
	return said
}

func unzipped(t *testing.T, body string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, r); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// everywhere is where a crawl begins: the pages of the menu, every group, and
// every export of some.
func (d *desk) everywhere(t *testing.T, groups []queries.Listing) []string {
	t.Helper()
	first := []string{"/", "/desk", "/triage", "/issues", "/search", "/voices", "/night", "/night/run", "/board", "/outcomes", "/trainings", "/trainings/pool", "/trainings/agenda", "/decisions", "/readings", "/interface", "/audit", "/trainings/export"}
	for _, tr := range d.trainings(t)[:3] {
		first = append(first, "/outcomes/"+tr, "/trainings/"+tr, "/trainings/"+tr+"/report", "/outcomes/"+tr+"/receipts", "/outcomes/"+tr+"/receipts.xlsx")
		for _, format := range []string{"json", "docx", "xlsx"} {
			first = append(first, "/outcomes/"+tr+"/report?format="+format)
		}
	}
	for _, g := range groups {
		first = append(first, "/groups/"+g.Key, "/groups/"+g.Key+"/merge", "/groups/"+g.Key+"/merge?into="+groups[0].Key)
		for _, format := range workbench.Formats {
			first = append(first, "/export?format="+format+"&group="+g.Key)
		}
	}
	return first
}

func (d *desk) trainings(t *testing.T) (ids []string) {
	t.Helper()
	c, err := d.store.Choices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range c.Trainings {
		ids = append(ids, tr.ID)
	}
	return ids
}

// pieces are a text's beginning, middle and end: an excerpt shows one of them.
func pieces(text string) []string {
	const runes = 14
	r := []rune(text)
	if len(r) < runes {
		return nil
	}
	cut := []string{string(r[:runes]), string(r[(len(r)-runes)/2:][:runes]), string(r[len(r)-runes:])}
	// The name of a law is nobody's words.
	return slices.DeleteFunc(cut, func(p string) bool { return strings.ContainsAny(p, "《》") })
}

// With originals kept to their own department nothing a person can ask for
// shows a word of another's, searched for or not. What is counted is shared.
func TestNoPageSearchOrExportShowsAnotherDepartmentsWords(t *testing.T) {
	d := withOutcomes(t, workbench.Options{OwnDepartmentOnly: true})
	all, _, err := d.store.List(t.Context(), queries.Filter{States: []string{queries.StateIssue, queries.StateSuggested, queries.StateSingle}, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	var members []queries.Member
	titles := ""
	for _, g := range all {
		v, err := d.store.Group(t.Context(), g.Key)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, v.Members...)
		titles += "\n" + v.Title + "\n" + v.MachineTitle + "\n" + v.Statement
	}
	for _, role := range []queries.Role{queries.Viewer, queries.Organiser, queries.Analyst, queries.Administrator} {
		t.Run(string(role), func(t *testing.T) {
			own := string(people[role].department)
			// A group's title is a sentence of one of its items, and is shared.
			shared := titles
			for i := range members {
				if members[i].Department == own {
					shared += "\n" + members[i].Text + members[i].Stem + members[i].Background
				}
			}
			foreign := map[string]string{} // a piece, and whose it is
			first := d.everywhere(t, all[:5])
			for i := range members {
				m := &members[i]
				if m.Department == own {
					continue
				}
				for _, p := range append(pieces(m.Text), pieces(m.Background)...) {
					if !strings.Contains(shared, p) {
						foreign[p] = m.Department + " " + m.ID
					}
				}
				if i%15 == 0 {
					// The words typed come back on the page; they are another's only beyond what was typed.
					r := []rune(m.Text)
					q := url.QueryEscape(string(r[:min(6, len(r))]))
					first = append(first, "/items/"+m.ID, "/search?q="+q, "/search?q="+q+"&department="+m.Department, "/triage?q="+q, "/issues?q="+q, "/search?topic=01&department="+m.Department)
				}
			}
			if len(foreign) < 100 {
				t.Fatalf("only %d pieces to look for", len(foreign))
			}
			b := d.as(t, role)
			for _, q := range []string{"/search?q=%E5%87%8F%E5%88%91", "/search?department=" + map[bool]string{true: "FY", false: "JY"}[own == "JY"]} {
				if status, _, _ := b.post(t, "/searches", url.Values{"path": {q}, "name": {"存下的检索"}, "shared": {"on"}}); status != http.StatusSeeOther {
					t.Errorf("a search is not saved: %d", status)
				}
			}
			said := b.crawl(t, first...)
			if len(said) < 100 {
				t.Errorf("only %d pages", len(said))
			}
			for _, path := range slices.Sorted(maps.Keys(said)) {
				for p, whose := range foreign {
					if strings.Contains(said[path], p) {
						t.Errorf("%s shows %q of %s", path, p, whose)
						break
					}
				}
			}
			t.Logf("%d pages and files, %d pieces of others' words", len(said), len(foreign))
		})
	}
}

// A reader of an open study sees nothing that depends on what the other reader
// answered: every page and file is the same, whatever that was, before and
// after the other has handed in.
func TestAReaderSeesNothingThatDependsOnTheOthersAnswers(t *testing.T) {
	d := withOutcomes(t, workbench.Options{})
	one, two := d.account(t, queries.Analyst), d.account(t, queries.Reviewer)
	v, err := d.store.Group(t.Context(), d.issueKey(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	g := v.Listing
	ask := queries.NewReading{Title: "归属", Question: "只凭原文判断。", Source: "抽样", Options: []string{g.Key}, Readers: [2]int{one.ID, two.ID}, Seed: 1, AskKind: true}
	for _, m := range v.Members {
		ask.Items = append(ask.Items, m.ID)
	}
	id, err := d.store.OpenReading(t.Context(), two.ID, ask)
	if err != nil {
		t.Fatal(err)
	}
	const remark = "只有另一位知道的理由"
	answer := func(what, kind string) {
		t.Helper()
		for _, it := range ask.Items {
			if err := d.store.Answer(t.Context(), two.ID, id, it, what, kind, remark+what); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, p := d.as(t, queries.Analyst), d.token(t, wide)
	sheet := fmt.Sprintf("/readings/%d/answers.csv", id)
	first := append(d.everywhere(t, []queries.Listing{g, d.suggested(t)[1]}), fmt.Sprintf("/readings/%d", id), sheet)
	for _, m := range v.Members {
		first = append(first, "/items/"+m.ID, "/search?q="+url.QueryEscape(m.Text[:len("三个字")*2]))
	}
	clock := regexp.MustCompile(`\d\d:\d\d(:\d\d)?(\.\d+)?|[0-9a-f]{32,}|\d+ (毫秒|秒|分钟)前?`)
	look := func() map[string]string {
		said := b.crawl(t, first...)
		for _, path := range []string{"/issues", "/issues/1", "/issues/1/items?limit=200", "/issues/2/items?limit=200", "/candidates", "/candidates/1", "/reports", "/trainings"} {
			_, body, _ := p.get(t, path)
			said["/api/v1"+path] = string(body)
		}
		for path := range said {
			said[path] = clock.ReplaceAllString(said[path], "")
		}
		return said
	}
	// Who was not heard is reckoned in the background; until then the first page
	// says less.
	for range 300 {
		if _, body, _ := b.get(t, "/"); strings.Contains(body, "没有听到的岗位和省份") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	worlds := map[string]map[string]string{}
	answer(g.Key, "问题")
	worlds["kept"] = look()
	answer(queries.AnswerNone, "意见")
	worlds["none"] = look()
	if err := d.store.HandIn(t.Context(), two.ID, id); err != nil {
		t.Fatal(err)
	}
	worlds["handed in"] = look()
	if len(worlds["kept"]) < 100 {
		t.Errorf("only %d pages", len(worlds["kept"]))
	}
	for _, path := range slices.Sorted(maps.Keys(worlds["kept"])) {
		for _, world := range []string{"none", "handed in"} {
			if worlds[world][path] != worlds["kept"][path] && (world != "handed in" || !strings.HasPrefix(path, "/readings")) {
				t.Errorf("%s tells the other's answers (%s): %s", path, world, firstDifference(worlds["kept"][path], worlds[world][path]))
			}
			if strings.Contains(worlds[world][path], remark) {
				t.Errorf("%s shows what the other wrote", path)
			}
		}
	}
	if status, body, _ := b.get(t, sheet); status != http.StatusForbidden {
		t.Errorf("the answers of an open study: %d %s", status, body)
	}
	// Nor does anything say where the machine put what is read blind: no file
	// but the study's own page, the item's and a search hold its words.
	words := map[string]bool{}
	for _, m := range v.Members {
		for _, p := range pieces(m.Text) {
			if !strings.Contains(v.Title, p) {
				words[p] = true
			}
		}
	}
	for path, body := range worlds["kept"] {
		if strings.HasPrefix(path, "/readings/") || strings.HasPrefix(path, "/items/") || strings.HasPrefix(path, "/search") || strings.HasPrefix(path, "/api/") {
			continue
		}
		for w := range words {
			if strings.Contains(body, w) {
				t.Errorf("%s shows %q, which is read blind", path, w)
				break
			}
		}
	}
	if status, body, _ := b.get(t, "/export?format=docx&issue=1"); status != http.StatusForbidden || !strings.Contains(body, "双人研读") {
		t.Errorf("an export of what is read blind: %d", status)
	}
	t.Logf("%d pages and files in each of three worlds", len(worlds["kept"]))
}

func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf("%q against %q", strings.ToValidUTF8(a[from:min(len(a), i+60)], ""), strings.ToValidUTF8(b[from:min(len(b), i+60)], ""))
}
