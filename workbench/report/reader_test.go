package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

// followed is a format whose links a reader can follow.
type followed struct {
	render string
	open   func(t *testing.T, body []byte) string
	link   *regexp.Regexp // its first group is where it leads
	anchor *regexp.Regexp // its first group is what can be led to
	row    string         // what ends a row
	start  string         // what begins one
	tags   *regexp.Regexp
}

func documentXML(t *testing.T, body []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var xmlTags = regexp.MustCompile(`<[^>]*>`)

var followedFormats = []followed{
	{"html", func(_ *testing.T, b []byte) string { return string(b) }, regexp.MustCompile(`href="#([^"]+)"`), regexp.MustCompile(`\bid="([^"]+)"`), "</tr>", "<tr", xmlTags},
	{"docx", documentXML, regexp.MustCompile(`w:anchor="([^"]+)"`), regexp.MustCompile(`<w:bookmarkStart [^>]*w:name="([^"]+)"`), "</w:tr>", "<w:tr>", xmlTags},
	{"md", func(_ *testing.T, b []byte) string { return string(b) }, regexp.MustCompile(`\]\(#([^)]+)\)`), regexp.MustCompile(`<a id="([^"]+)">`), "\n", "\n", xmlTags},
}

// The reader's test on the files themselves: every link of every report in
// every format that has links leads, in two steps at most, to a row that names
// file and line. Issue headings, which carry the version, count as read on the way.
func TestReadersReachTheSourceRowInTwoSteps(t *testing.T) {
	source := regexp.MustCompile(`\S+ · .*第\d+行`)
	for _, f := range followedFormats {
		one, two := 0, 0
		for name, d := range everyReport() {
			text := f.open(t, render(t, f.render, d))
			// The row around each anchor.
			rows := map[string]string{}
			for _, at := range f.anchor.FindAllStringSubmatchIndex(text, -1) {
				id := text[at[2]:at[3]]
				if _, twice := rows[id]; twice {
					t.Errorf("%s as %s: %s stands twice", name, f.render, id)
				}
				from := strings.LastIndex(text[:at[0]+1], f.start)
				to := strings.Index(text[at[0]:], f.row)
				if from < 0 || to < 0 {
					rows[id] = ""
					continue
				}
				rows[id] = text[from : at[0]+to]
			}
			plain := func(row string) string { return strings.ReplaceAll(f.tags.ReplaceAllString(row, " "), "  ", " ") }
			reaches := func(id string) bool { return source.MatchString(plain(rows[id])) }
			for _, m := range f.link.FindAllStringSubmatch(text, -1) {
				row, ok := rows[m[1]]
				switch {
				case strings.HasPrefix(m[1], "annex"): // the list of annexes, no figure
				case !ok:
					t.Errorf("%s as %s: a link leads to %s, where nothing stands", name, f.render, m[1])
				case reaches(m[1]):
					one++
				default:
					next := f.link.FindAllStringSubmatch(row, -1)
					if len(next) == 0 && !strings.Contains(plain(row), "无") {
						t.Errorf("%s as %s: from %s no way leads on: %.200s", name, f.render, m[1], plain(row))
					}
					for _, n := range next {
						if !reaches(n[1]) {
							t.Errorf("%s as %s: from %s over %s no source row: %.200s", name, f.render, m[1], n[1], plain(rows[n[1]]))
						}
					}
					two++
				}
			}
			// The list the rows stand in names the version of the issue.
			for i := range d.Issues {
				is := &d.Issues[i]
				if is.Number > 0 && is.Version > 0 && len(is.Items) > 0 && !strings.Contains(plain(text), fmt.Sprintf("%s（第%d版）", is.Label(), is.Version)) {
					t.Errorf("%s as %s does not name the version of %s", name, f.render, is.Label())
				}
			}
		}
		if one < 1000 || two < 500 {
			t.Errorf("%s: only %d and %d links were followed", f.render, one, two)
		}
		t.Logf("%s: %d links of one step, %d of two", f.render, one, two)
	}
}
