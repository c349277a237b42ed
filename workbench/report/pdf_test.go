package report

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

const mm = 72 / 25.4 // points

type pdfLine struct {
	left, top, right, bottom float64 // points from the page's upper left corner
	text                     string
}

// pdfPages converts docx files with LibreOffice and reads where each line
// stands; dir holds the PDFs.
func pdfPages(t *testing.T, docs map[string][]byte) (pages map[string][][]pdfLine, dir string) {
	t.Helper()
	if testing.Short() {
		t.Skip("converting pages takes seconds: left out with -short")
	}
	for _, tool := range []string{"soffice", "pdftotext", "pdftoppm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed, so pages cannot be measured (apt: libreoffice-writer, poppler-utils)", tool)
		}
	}
	dir = t.TempDir()
	args := []string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--convert-to", "pdf", "--outdir", dir}
	for name, body := range docs {
		path := filepath.Join(dir, name+".docx")
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.CommandContext(t.Context(), "soffice", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("LibreOffice does not run here: %v %s", err, out)
	}
	pages = map[string][][]pdfLine{}
	for name := range docs {
		pdf := filepath.Join(dir, name+".pdf")
		out, err := exec.CommandContext(t.Context(), "pdftotext", "-bbox-layout", pdf, "-").Output()
		if err != nil {
			t.Fatalf("%s was not converted: %v", name, err)
		}
		pages[name] = parseLines(t, string(out))
	}
	return pages, dir
}

var (
	pageTag = regexp.MustCompile(`<page width="([\d.]+)" height="([\d.]+)">`)
	wordTag = regexp.MustCompile(`<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*)</word>`)
)

func parseLines(t *testing.T, out string) [][]pdfLine {
	t.Helper()
	var pages [][]pdfLine
	open := false
	for l := range strings.Lines(out) {
		switch {
		case strings.Contains(l, "<page "):
			m := pageTag.FindStringSubmatch(l)
			if w, h := number(m[1]), number(m[2]); math.Abs(w-210*mm) > 1 || math.Abs(h-297*mm) > 1 {
				t.Errorf("page of %.0f by %.0f pt is not A4", w, h)
			}
			pages = append(pages, nil)
		case strings.Contains(l, "<line "):
			open = true
			pages[len(pages)-1] = append(pages[len(pages)-1], pdfLine{left: math.Inf(1), top: math.Inf(1)})
		case strings.Contains(l, "</line>"):
			open = false
		case open:
			m := wordTag.FindStringSubmatch(l)
			if m == nil {
				continue
			}
			lines := pages[len(pages)-1]
			line := &lines[len(lines)-1]
			line.left, line.top = min(line.left, number(m[1])), min(line.top, number(m[2]))
			line.right, line.bottom = max(line.right, number(m[3])), max(line.bottom, number(m[4]))
			line.text += m[5]
		}
	}
	return pages
}

func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

// The standard's page, measured in the PDF: A4, 28 characters by 22 lines in
// 156 by 225 mm at 28 and 37 mm, numbers outside, 7 mm below the text.
func TestPagesMeasureUp(t *testing.T) {
	is := propertyIssue()
	is.Statement = strings.Repeat("刑罚执行问题研判", 400) // pages of nothing but full lines
	docs := map[string][]byte{}
	for i, f := range Forms {
		d := sample(f)
		if f == Digest {
			d = sample(f, propertyIssue(), medicalIssue())
		}
		docs[fmt.Sprintf("form%02d", i)] = render(t, "docx", d)
	}
	docs["full"] = render(t, "docx", sample(Study, is))
	all, dir := pdfPages(t, docs)

	page := all["full"][2] // wholly inside the statement
	var body []pdfLine
	for _, l := range page {
		if strings.Contains(l.text, "刑罚") {
			body = append(body, l)
		}
	}
	if len(body) != 22 {
		t.Errorf("%d lines on a full page, want 22", len(body))
	}
	for i, l := range body {
		if n := utf8.RuneCountInString(l.text); n != 28 {
			t.Errorf("line %d has %d characters, want 28", i+1, n)
		}
		if math.Abs(l.left-28*mm) > 1 || math.Abs(l.right-184*mm) > 2 {
			t.Errorf("line %d runs from %.1f to %.1f mm, want 28 to 184", i+1, l.left/mm, l.right/mm)
		}
	}
	if len(body) > 1 {
		// A line's box hangs on its font's ascent; its middle does not.
		first, last := body[0], body[len(body)-1]
		if top := (first.top+first.bottom)/2 - 28.95/2; math.Abs(top-37*mm) > 2*mm {
			t.Errorf("text begins at %.1f mm, want 37", top/mm)
		}
		if end := (last.top+last.bottom)/2 + 28.95/2; math.Abs(end-262*mm) > 2*mm {
			t.Errorf("text ends at %.1f mm, want 262", end/mm)
		}
	}
	for name, pages := range all {
		for i, lines := range pages {
			var foot *pdfLine
			for k := range lines {
				if lines[k].top > 262*mm {
					foot = &lines[k]
				}
				if lines[k].left < 27*mm || lines[k].right > 190*mm {
					t.Errorf("%s page %d: %q runs from %.1f to %.1f mm", name, i+1, lines[k].text, lines[k].left/mm, lines[k].right/mm)
				}
			}
			if foot == nil || foot.text != fmt.Sprintf("—%d—", i+1) {
				t.Errorf("%s page %d has no number: %v", name, i+1, foot)
				continue
			}
			if i%2 == 0 && math.Abs(foot.right-(184*mm-14)) > 2 || i%2 == 1 && math.Abs(foot.left-(28*mm+14)) > 2 {
				t.Errorf("%s page %d: number from %.1f to %.1f mm", name, i+1, foot.left/mm, foot.right/mm)
			}
		}
	}
	if dash := dashBelowText(t, filepath.Join(dir, "full.pdf")); math.Abs(dash-7) > 1 {
		t.Errorf("the dash of the page number stands %.1f mm below the text, want 7", dash)
	}
}

// dashBelowText measures the ink: how many millimetres the dash at the left of
// page 2's number stands below the text's edge.
func dashBelowText(t *testing.T, pdf string) float64 {
	t.Helper()
	const dpi = 300
	out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", strconv.Itoa(dpi), "-gray", "-f", "2", "-l", "2", pdf).Output()
	if err != nil {
		t.Fatal(err)
	}
	var width, height, depth int
	if _, err := fmt.Fscanf(bytes.NewReader(out), "P5\n%d %d\n%d\n", &width, &height, &depth); err != nil {
		t.Fatal(err)
	}
	pixels := out[len(out)-width*height:]
	perMM := float64(dpi) / 25.4
	for x := range width {
		var rows []int
		for y := int(263 * perMM); y < height; y++ {
			if pixels[y*width+x] < 128 {
				rows = append(rows, y)
			}
		}
		if len(rows) > 0 { // the first ink from the left is the dash
			return float64(rows[0]+rows[len(rows)-1])/2/perMM - 262
		}
	}
	t.Fatal("page 2 has no number")
	return 0
}
