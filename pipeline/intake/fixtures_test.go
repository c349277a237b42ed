package intake

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongtang/pipeline/feedback"
)

// expectation is a fixture's NAME.json, written by hand in
// fixtures/intake/build.
type expectation struct {
	About, Format, Encoding, Misnamed, Marking string
	Trainings                                  []string
	Items                                      []expectedItem
	Rejects, Notes                             []expectedPlace
	Absent                                     []string
}

type expectedItem struct {
	Text, Kind, Stem, Department, Province string
	File, Sheet                            string
	Row                                    int
	Column                                 string
	Part                                   int
	Same                                   bool `json:"same_as_above"`
	Training, Segment                      string
	GivenOn                                string `json:"given_on"`
	Background                             string
	LegalBasis                             string `json:"legal_basis"`
	Reply, Unit                            string
}

type expectedPlace struct {
	Reason, File, Sheet string
	Row                 int
	Column, Text        string
}

func TestFixturesAreReadAsMeant(t *testing.T) {
	dir := filepath.Join("..", "..", "fixtures", "intake")
	lists, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, Options{})
	cases := 0
	for _, list := range lists {
		path := strings.TrimSuffix(list, ".json")
		if _, err := os.Stat(path); err != nil {
			continue // j04-array.json is itself a fixture
		}
		cases++
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			var want expectation
			if err := json.Unmarshal(body, &want); err != nil {
				t.Fatal(err)
			}
			checkFixture(t, d, path, want)
		})
	}
	if cases < 80 {
		t.Errorf("only %d fixtures", cases)
	}
}

func checkFixture(t *testing.T, d *Decoder, path string, want expectation) {
	g := decodeFile(t, d, path)
	name := filepath.Base(path)
	t.Log(want.About)
	for _, c := range []struct{ what, got, want string }{
		{"format", string(g.report.Format), want.Format},
		{"encoding", g.report.Encoding, want.Encoding},
	} {
		if c.want != "" && c.got != c.want {
			t.Errorf("%s %q, want %q", c.what, c.got, c.want)
		}
	}
	if g.report.Misnamed != want.Misnamed && want.Format != "" {
		t.Errorf("misnamed %q, want %q", g.report.Misnamed, want.Misnamed)
	}
	if g.report.Marking != want.Marking {
		t.Errorf("marking %q, want %q", g.report.Marking, want.Marking)
	}
	if !slices.Equal(g.report.Trainings, want.Trainings) {
		t.Errorf("trainings %q, want %q", g.report.Trainings, want.Trainings)
	}
	file := func(s string) string {
		if s == "" {
			return name
		}
		return s
	}

	var items, wantItems []string
	var places, wantPlaces []string
	place := func(reason feedback.RejectReason, file, sheet string, row int, column, text string) string {
		return fmt.Sprintf("%s @ %s|%s|%d|%s|%s", reason, file, sheet, row, column, text)
	}
	for _, s := range g.subs {
		for i, p := range d.Split(s) {
			if p.Empty {
				places = append(places, place(feedback.RejectEmpty, s.Source.File, s.Source.Sheet, s.Source.Row, s.Source.Column, p.Text))
				continue
			}
			items = append(items, describe(expectedItem{
				p.Text, string(p.Kind), p.Stem, string(s.Department), s.Province, s.Source.File, s.Source.Sheet, s.Source.Row, s.Source.Column, i + 1, p.SameAsAbove,
				s.TrainingID, s.Segment, s.GivenOn, s.Background, s.LegalBasis, s.Reply, "",
			}))
			for _, a := range want.Absent {
				for _, said := range []string{p.Text, p.Stem, s.Background, s.LegalBasis, s.Reply} {
					if strings.Contains(said, a) {
						t.Errorf("%q is in %q", a, said)
					}
				}
			}
		}
		for _, w := range want.Items {
			if w.Unit != "" && file(w.File) == s.Source.File && w.Sheet == s.Source.Sheet && w.Row == s.Source.Row && s.Unit != w.Unit {
				t.Errorf("row %d: unit %q, want %q", w.Row, s.Unit, w.Unit)
			}
		}
	}
	for _, w := range want.Items {
		w.File, w.Unit = file(w.File), ""
		wantItems = append(wantItems, describe(w))
	}
	diff(t, "items", items, wantItems)

	for _, r := range g.rejects {
		places = append(places, place(r.Reason, r.Source.File, r.Source.Sheet, r.Source.Row, r.Source.Column, ""))
		if r.Mend == "" {
			t.Errorf("%s has no way out", r.Reason)
		}
	}
	for _, w := range want.Rejects {
		wantPlaces = append(wantPlaces, place(feedback.RejectReason(w.Reason), file(w.File), w.Sheet, w.Row, w.Column, w.Text))
	}
	slices.Sort(places)
	slices.Sort(wantPlaces)
	diff(t, "rejects", places, wantPlaces)

	var notes, wantNotes []string
	for _, n := range g.notes {
		if !slices.ContainsFunc(want.Notes, func(w expectedPlace) bool { return w.Column != "" }) {
			n.Source.Column = ""
		}
		notes = append(notes, place(n.Reason, n.Source.File, n.Source.Sheet, n.Source.Row, n.Source.Column, ""))
	}
	for _, w := range want.Notes {
		wantNotes = append(wantNotes, place(feedback.RejectReason(w.Reason), file(w.File), w.Sheet, w.Row, w.Column, ""))
	}
	slices.Sort(notes)
	slices.Sort(wantNotes)
	diff(t, "notes", notes, wantNotes)
}

func describe(i expectedItem) string {
	b, _ := json.Marshal(i)
	return string(b)
}

func diff(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: missing %s", what, w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: unwanted %s", what, g)
		}
	}
	if len(got) != len(want) || !t.Failed() && !slices.Equal(got, want) {
		t.Errorf("%s: %d, want %d, or in another order", what, len(got), len(want))
	}
}
