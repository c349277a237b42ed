package pipeline

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/masking"
	"tongtang/queries"
)

// goldItem is a line of fixtures/gold/items.jsonl.
type goldItem struct {
	ID, Text, Label, Training, Department, Province, Kind, File, Sheet string
	Row, Part                                                          int
	Empty                                                              bool
	Endorses                                                           string
	VariantOf                                                          string `json:"variant_of"`
}

func readGold(t *testing.T) []goldItem {
	t.Helper()
	f, err := os.Open("../fixtures/gold/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []goldItem
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var g goldItem
		if err := json.Unmarshal(sc.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// readItem is an item of the corpus with one place where it was seen.
type readItem struct {
	ID, Training, Department, Province, Kind, Stem, Text, File, Sheet, Endorses string
	Row, Part                                                                   int
}

func readItems(t *testing.T, folder queries.Folder) []readItem {
	t.Helper()
	var out []readItem
	for _, line := range table(t, folder, `SELECT CAST(to_json({ID: item_id, Training: training_id, Department: department, Province: province, Kind: kind,
		Stem: stem, Text: text, File: file, Sheet: sheet, Row: row_no, Part: part, Endorses: endorses}) AS VARCHAR) FROM item JOIN sighting USING (item_id) ORDER BY file, sheet, row_no, column_name, part`) {
		var r readItem
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// Every text that somebody wrote for the fixtures comes out of the night as
// one item, whole, with its department and training, and nothing else does.
func TestEveryFixtureTextBecomesItsItem(t *testing.T) {
	folder := folderWithFixtures(t)
	runNight(t, folder)
	read := readItems(t, folder)
	byText := map[string][]readItem{}
	for _, r := range read {
		byText[r.Training+feedback.Normalize(r.Text)] = append(byText[r.Training+feedback.Normalize(r.Text)], r)
	}
	missing, wrong, polite, kinds, matched := 0, 0, 0, 0, map[string]bool{}
	nothing := map[string]bool{} // what says nothing, however long
	for _, g := range readGold(t) {
		g.Text = sticker.ReplaceAllString(g.Text, "") // a sticker is no word
		if g.Empty {
			nothing[feedback.Normalize(g.Text)] = true
			continue
		}
		candidates := byText[g.Training+feedback.Normalize(g.Text)]
		if len(candidates) == 0 {
			candidates = maskedTwins(g, read)
		}
		if len(candidates) == 0 {
			missing++
			t.Errorf("%s is no item: %s %s row %d part %d: %q", g.ID, g.File, g.Sheet, g.Row, g.Part, g.Text)
			continue
		}
		r := candidates[0] // of two people who wrote the same, the one from there
		for _, c := range candidates {
			if c.Province == g.Province && c.Department == g.Department {
				r = c
			}
		}
		matched[r.ID] = true
		if r.Department != g.Department || r.Province != g.Province {
			wrong++
			t.Errorf("%s: read as %s %s, is %s %s: %q", g.ID, r.Department, r.Province, g.Department, g.Province, g.Text)
		}
		if r.Kind != g.Kind { // most files have no column for it
			kinds++
		}
	}
	for _, r := range read {
		if matched[r.ID] || r.Endorses != "" { // 同上 stands as an endorsement of the text above
			continue
		}
		if nothing[feedback.Normalize(r.Text)] {
			polite++
			t.Errorf("a courtesy was taken for an item: %q", r.Text)
		} else {
			t.Errorf("nobody wrote %q (%s %s row %d part %d)", r.Text, r.File, r.Sheet, r.Row, r.Part)
		}
	}
	t.Logf("%d places read, %d texts missing, %d with another department or province, %d with another kind, %d courtesies taken for items",
		len(read), missing, wrong, kinds, polite)
}

var sticker = regexp.MustCompile(`\[\p{Han}{1,3}\]$`)

// maskedTwins finds the items that a text with personal data became: the same
// words around each placeholder.
func maskedTwins(g goldItem, read []readItem) (out []readItem) {
	for _, r := range read {
		if r.Training != g.Training || !strings.Contains(r.Text, "〔") {
			continue
		}
		rest, ok := feedback.Normalize(g.Text), true
		for _, piece := range strings.FieldsFunc(masking.Unnumbered(r.Text), func(c rune) bool { return c == '〔' || c == '〕' }) {
			if isKind(piece) {
				continue
			}
			at := strings.Index(rest, feedback.Normalize(piece))
			if at < 0 {
				ok = false
				break
			}
			rest = rest[at:]
		}
		if ok {
			out = append(out, r)
		}
	}
	return out
}

func isKind(piece string) bool {
	for _, k := range masking.Kinds {
		if piece == k {
			return true
		}
	}
	return false
}
