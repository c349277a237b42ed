package concept_test

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tongtang/analysis"
	"tongtang/pipeline/citation"
	"tongtang/pipeline/concept"
	"tongtang/pipeline/lexicon"
	"tongtang/pipeline/masking"
)

// titled is a group of fixtures/gold with its title.
type titled struct {
	issue string // what most of its members are about, "" when that is no issue
	title string
	texts []string
}

// goldTitles groups the statements of fixtures/gold, masked as a night masks
// them, and titles every group.
func goldTitles(t *testing.T, strictness analysis.Strictness) []titled {
	t.Helper()
	rows := slices.DeleteFunc(readGold(t, filepath.Join("..", "..", "fixtures", "gold", "items.jsonl")), func(r labelled) bool { return r.Empty })
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	mask := masking.New(tables, citation.New(tables)).Document()
	for _, r := range rows {
		mask.Learn(r.Text)
	}
	for i := range rows {
		rows[i].Text, _ = mask.Mask(rows[i].Text)
	}
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	c := analysis.NewCorpus(len(rows), 0, func(i int, doc *analysis.Document) {
		d.Describe(doc, concept.Text{ID: rows[i].ID, Text: rows[i].Text})
	})
	res := c.Group(analysis.Options{Strictness: strictness}, analysis.Decisions{}, analysis.Standing{})
	var out []titled
	for i, g := range res.Groups {
		var one titled
		count := map[string]int{}
		for _, m := range g.Members {
			one.texts = append(one.texts, rows[m.Document].Text)
			count[rows[m.Document].Label]++
		}
		for issue, n := range count {
			if n > count[one.issue] || n == count[one.issue] && issue < one.issue {
				one.issue = issue
			}
		}
		one.title = d.Title(one.texts, res.Keywords(i, 8))
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b titled) int {
		return cmp.Or(cmp.Compare(len(b.texts), len(a.texts)), strings.Compare(a.issue, b.issue), strings.Compare(a.title, b.title))
	})
	return out
}

func TestTitlesAreInTheLanguageOfTheGroup(t *testing.T) {
	d, err := describer()
	if err != nil {
		t.Fatal(err)
	}
	latin := func(s string) bool { return strings.Contains(s, " ") }
	chinese := []string{"Must we take him in at night?", "看守所拒收病犯，夜里送来的人放在哪里？", "看守所以体检不合格为由不收病犯，怎么办？"}
	if got := d.Title(chinese, nil); latin(got) || got == "" {
		t.Errorf("a mostly Chinese group is titled %q", got)
	}
	english := []string{"看守所拒收病犯，夜里送来的人放在哪里？", "Must we take him in at night?", "Who takes a sick prisoner in at night?"}
	if got := d.Title(english, nil); !latin(got) {
		t.Errorf("a mostly English group is titled %q", got)
	}
}

const judgedFile = "../../fixtures/gold/titles.tsv"

// TestTitlesTellTheIssue compares the titles of the groups of fixtures/gold with
// what a reader thought of them: fixtures/gold/titles.tsv holds issue, title,
// whether it tells the issue by itself (1, 0), and why not. A title that nobody
// has judged fails the test: read it against its group, then add a row.
func TestTitlesTellTheIssue(t *testing.T) {
	judged := map[[2]string]string{}
	f, err := os.Open(judgedFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		cells := strings.Split(sc.Text(), "\t")
		if len(cells) != 4 || cells[2] != "0" && cells[2] != "1" {
			if cells[0] != "issue" {
				t.Errorf("titles.tsv: %q", sc.Text())
			}
			continue
		}
		judged[[2]string{cells[0], cells[1]}] = cells[2]
	}
	groups := goldTitles(t, "")
	good := 0
	for _, g := range groups {
		if n := utf8.RuneCountInString(g.title); n == 0 || n > 40 {
			t.Errorf("a title of %d characters: %q", n, g.title)
		}
		for _, w := range strings.Fields("〔姓名 〔身份证 〔电话 〔住址 〔出生 〔车牌 〔银行 〔罪犯编号 〔邮箱 〔微信 〔护照 请教 请问 您好 你好 谢谢 感谢 各位 老师好 辛苦") {
			if strings.Contains(g.title, w) {
				t.Errorf("the title %q holds %q: personal data or courtesy", g.title, w)
			}
		}
		switch judged[[2]string{g.issue, g.title}] {
		case "1":
			good++
		case "":
			t.Errorf("nobody has judged the title %q of issue %q; its group says:\n  %s", g.title, g.issue, strings.Join(g.texts[:min(6, len(g.texts))], "\n  "))
		}
	}
	share := float64(good) / float64(len(groups))
	t.Logf("%d of %d titles tell their issue by reading: %.3f", good, len(groups), share)
	if share < 0.9 {
		t.Errorf("only %.3f of the titles tell their issue", share)
	}
}

// TestListTitles writes the titles with their groups for a reader.
func TestListTitles(t *testing.T) {
	to := os.Getenv("TONGTANG_TITLES")
	if to == "" {
		t.Skip("TONGTANG_TITLES names no file to write to")
	}
	var b strings.Builder
	for _, s := range []analysis.Strictness{analysis.Medium, analysis.Strict, analysis.Loose} {
		for _, g := range goldTitles(t, s) {
			fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%s\n", s, g.issue, g.title, len(g.texts), strings.ReplaceAll(strings.Join(g.texts[:min(4, len(g.texts))], " | "), "\n", " "))
		}
	}
	if err := os.WriteFile(to, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
