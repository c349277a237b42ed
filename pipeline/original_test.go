package pipeline

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/queries"
)

// What a night read it can show again: of the items of every file and format,
// the original holds the item's own words.
func TestEveryKindOfSourceGivesItsOriginalBack(t *testing.T) {
	folder := folderWithFixtures(t)
	runNight(t, folder)
	rows := table(t, folder, `
		SELECT concat_ws(chr(1), sha256, file, sheet, row_no, column_name, text)
		FROM (
			SELECT s.*, i.text, row_number() OVER (PARTITION BY s.file, s.sheet ORDER BY hash(s.item_id || s.sha256)) AS n
			FROM sighting s JOIN item i USING (item_id)
		) WHERE n <= 3 ORDER BY 1`)
	if len(rows) < 30 {
		t.Fatalf("%d places", len(rows))
	}
	for _, r := range rows {
		cells := strings.Split(r, "\x01")
		row := 0
		for _, c := range cells[3] {
			row = row*10 + int(c-'0')
		}
		place := feedback.Source{SHA256: cells[0], File: cells[1], Sheet: cells[2], Row: row, Column: cells[4]}
		original, err := ReadOriginal(t.Context(), folder, place)
		if err != nil {
			t.Errorf("%s: %v", place, err)
			continue
		}
		whole := ""
		for _, c := range original.Cells {
			whole += feedback.Normalize(c.Text) + "\n"
		}
		// The longest piece without a placeholder stands there word for word.
		piece := ""
		for _, p := range strings.FieldsFunc(cells[5], func(c rune) bool { return c == '〔' || c == '〕' || c == '\n' }) {
			if len(p) > len(piece) {
				piece = p
			}
		}
		if !strings.Contains(whole, feedback.Normalize(piece)) && !strings.Contains(cells[5], "同上") && !intake.SameAsAbove(original.text()) {
			t.Errorf("%s: %q is not in %q", place, piece, whole)
		}
	}
	t.Logf("%d places of the sample files", len(rows))

	_, err := ReadOriginal(t.Context(), folder, feedback.Source{SHA256: strings.Split(rows[0], "\x01")[0], Row: 999_999})
	if !errors.Is(err, ErrNoOriginal) {
		t.Errorf("a row that is not there: %v", err)
	}
	for _, sum := range []string{"", "../../secret.key", strings.Repeat("0", 64)} {
		if _, err := ReadOriginal(t.Context(), folder, feedback.Source{SHA256: sum, Row: 1}); err == nil {
			t.Errorf("no error for the source %q", sum)
		}
	}
}

func TestAnOriginalInsideAZip(t *testing.T) {
	folder := queries.Folder(t.TempDir())
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"表.csv", "下级/表.csv"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("姓名,单位,问题\n张小五,江苏省监狱管理局," + name + "里的跨省调犯手续如何办理\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder.Inbox(), "2026-1", "江苏"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder.Inbox(), "2026-1", "江苏", "报送.ZIP"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	runNight(t, folder)
	places := table(t, folder, "SELECT sha256 || chr(1) || file FROM sighting ORDER BY 1")
	if len(places) != 2 {
		t.Fatalf("places %q", places)
	}
	for _, p := range places {
		sum, file, _ := strings.Cut(p, "\x01")
		original, err := ReadOriginal(t.Context(), folder, feedback.Source{SHA256: sum, File: file, Row: 2, Column: "问题"})
		if want := strings.TrimPrefix(file, "江苏/报送.ZIP/") + "里"; err != nil || !strings.HasPrefix(original.text(), want) {
			t.Errorf("%s: %+v %v", file, original, err)
		}
	}
}

// text is what stands in the column that was asked for.
func (o Original) text() string {
	for _, c := range o.Cells {
		if c.Asked {
			return c.Text
		}
	}
	return ""
}
