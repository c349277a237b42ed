package intake

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// fuzzDecode reads body under name and holds what must be true of any file.
func fuzzDecode(t *testing.T, d *Decoder, dir, name string, body []byte) got {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	var g got
	report, err := d.Decode(t.Context(), File{Path: path, Name: name, SHA256: "0"}, g.handler())
	if err != nil {
		t.Fatalf("an error instead of a reject: %v", err)
	}
	g.report = report
	if report.Texts != len(g.subs) {
		t.Fatalf("%d texts reported, %d given", report.Texts, len(g.subs))
	}
	if report.Marking != "" && len(g.subs) > 0 && report.Format != FormatZip {
		t.Fatalf("marked %s, but read", report.Marking)
	}
	for _, s := range g.subs {
		if s.Text == "" || s.Department == "" || s.Source.Row < 1 || s.Source.File == "" {
			t.Fatalf("an unfinished submission: %+v", s)
		}
		d.Split(s)
	}
	for _, r := range g.rejects {
		if r.Mend == "" || r.Reason == "" {
			t.Fatalf("a reject without a way out: %+v", r)
		}
	}
	return g
}

// fuzzDecoder has small limits, so that the fuzzer reaches them.
func fuzzDecoder(f *testing.F) (*Decoder, string) {
	dir := f.TempDir()
	return newDecoder(f, Options{TempDir: dir, Mask: func(s string) string { return s }, Limits: Limits{
		FileBytes: 1 << 20, UnzippedBytes: 8 << 20, CellBytes: 4 << 10, Rows: 2000, Columns: 64, DocumentBytes: 1 << 20, Members: 20, Merges: 100, XMLDepth: 40,
	}}), dir
}

// seeds adds the fixtures of some kinds.
func seeds(f *testing.F, prefixes string, add func(name string, body []byte)) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "fixtures", "intake", "*"))
	for _, path := range files {
		name := filepath.Base(path)
		if !strings.ContainsRune(prefixes, rune(name[0])) || strings.HasSuffix(name, ".json") && !strings.HasPrefix(name, "j") {
			continue
		}
		if body, err := os.ReadFile(path); err == nil && len(body) < 64<<10 {
			add(name, body)
		}
	}
}

func FuzzDecodeAny(f *testing.F) {
	seeds(f, "xcdtwjpzr", func(_ string, body []byte) { f.Add(body) })
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzDecode(t, d, dir, "a.bin", body)
	})
}

func FuzzCSV(f *testing.F) {
	seeds(f, "c", func(_ string, body []byte) { f.Add(body) })
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzDecode(t, d, dir, "a.csv", body)
	})
}

// FuzzCSVRecords: the letters of the cells are the letters of the text, in
// order, whatever the quotes do.
func FuzzCSVRecords(f *testing.F) {
	seeds(f, "c", func(_ string, body []byte) { f.Add(string(body), byte(0)) })
	f.Add("a,\"b\nc\"\"d\" ,e\n\"f\n\"g\",h", byte(0))
	f.Add("\"a\n\"b\",c\nd,e\n\"\"\"f", byte(1))
	f.Fuzz(func(t *testing.T, s string, which byte) {
		if !utf8.ValidString(s) || len(s) > 1<<16 {
			return
		}
		rd := newCSVReader(strings.NewReader(s), delimiters[int(which)%len(delimiters)], 1<<20)
		var out strings.Builder
		for {
			rec, err := rd.next()
			if err != nil {
				break
			}
			if rec.cut {
				t.Fatal("cut below the limit")
			}
			for _, c := range rec.cells {
				out.WriteString(c)
			}
		}
		if got, want := onlyLetters(out.String()), onlyLetters(s); got != want {
			t.Fatalf("letters %q, want %q", got, want)
		}
	})
}

func onlyLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, s)
}

func FuzzText(f *testing.F) {
	seeds(f, "tw", func(_ string, body []byte) { f.Add(body) })
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzDecode(t, d, dir, "a.txt", body)
	})
}

func FuzzJSON(f *testing.F) {
	seeds(f, "j", func(_ string, body []byte) { f.Add(body) })
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzDecode(t, d, dir, "a.jsonl", body)
	})
}

func FuzzParquet(f *testing.F) {
	seeds(f, "p", func(_ string, body []byte) { f.Add(body) })
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzDecode(t, d, dir, "a.parquet", body)
	})
}

func FuzzOLE2(f *testing.F) {
	seeds(f, "r", func(_ string, body []byte) { f.Add(body) })
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		g := fuzzDecode(t, d, dir, "a.xls", append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), body...))
		if len(g.subs) > 0 || len(g.rejects) != 1 {
			t.Fatalf("%+v", g)
		}
	})
}

// part reads one part of a package.
func part(body []byte, name string) string {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return ""
	}
	rc, err := z.Open(name)
	if err != nil {
		return ""
	}
	defer rc.Close()
	b, _ := io.ReadAll(rc)
	return string(b)
}

func packed(parts ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		f, _ := w.CreateHeader(&zip.FileHeader{Name: parts[i], Method: zip.Store})
		_, _ = io.WriteString(f, parts[i+1])
	}
	_ = w.Close()
	return b.Bytes()
}

// FuzzXLSX changes the XML inside, which a fuzzer of the packed bytes would
// hardly reach.
func FuzzXLSX(f *testing.F) {
	rest := map[string]string{}
	seeds(f, "x", func(_ string, body []byte) {
		for _, p := range []string{"[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"} {
			if s := part(body, p); s != "" && rest[p] == "" {
				rest[p] = s
			}
		}
		f.Add(part(body, "xl/worksheets/sheet1.xml"), part(body, "xl/sharedStrings.xml"), part(body, "xl/workbook.xml"), part(body, "xl/styles.xml"))
	})
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, sheet, shared, book, styles string) {
		fuzzDecode(t, d, dir, "a.xlsx", packed("[Content_Types].xml", rest["[Content_Types].xml"], "_rels/.rels", rest["_rels/.rels"],
			"xl/_rels/workbook.xml.rels", rest["xl/_rels/workbook.xml.rels"], "xl/workbook.xml", book, "xl/styles.xml", styles,
			"xl/sharedStrings.xml", shared, "xl/worksheets/sheet1.xml", sheet))
	})
}

func FuzzDOCX(f *testing.F) {
	seeds(f, "d", func(_ string, body []byte) {
		f.Add(part(body, "word/document.xml"), part(body, "word/numbering.xml"), part(body, "word/styles.xml"), part(body, "word/header1.xml"))
	})
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, document, numbering, styles, header string) {
		parts := []string{"[Content_Types].xml", "<Types/>", "word/document.xml", document}
		for _, p := range [][2]string{{"word/numbering.xml", numbering}, {"word/styles.xml", styles}, {"word/header1.xml", header}} {
			if p[1] != "" {
				parts = append(parts, p[0], p[1])
			}
		}
		fuzzDecode(t, d, dir, "a.docx", packed(parts...))
	})
}

func FuzzZip(f *testing.F) {
	seeds(f, "z", func(_ string, body []byte) { f.Add(body, "甲.csv", []byte("部门,问题\n监狱,能读到吗？\n")) })
	d, dir := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, body []byte, name string, inner []byte) {
		fuzzDecode(t, d, dir, "a.zip", body)
		fuzzDecode(t, d, dir, "b.zip", packed(name, string(inner)))
	})
}

func FuzzSplit(f *testing.F) {
	for _, c := range splitCases {
		f.Add(c.text, "")
	}
	d := newDecoder(f, Options{})
	f.Fuzz(func(t *testing.T, text, heading string) {
		if !utf8.ValidString(text) || len(text) > 64<<10 {
			return
		}
		checkNothingLost(t, d, text)
		for _, p := range d.Split(feedback.Submission{Text: text, Heading: heading}) {
			if p.Kind == "" {
				t.Fatalf("no kind: %+v", p)
			}
		}
	})
}

// FuzzValues: what cells are read as, whatever they say.
func FuzzValues(f *testing.F) {
	f.Add("2022年第1期", "2022/6/15", "江苏省", "监狱")
	f.Add("二〇二二年第二期", "44727", "兵团", "第五检察部")
	d := newDecoder(f, Options{})
	f.Fuzz(func(t *testing.T, session, date, province, dept string) {
		if id := trainingOf(session, 2023); id != "" && !strings.HasPrefix(id, "20") {
			t.Fatalf("training %q", id)
		}
		if on := dateOf(date, 2023, false); on != "" && len(on) != len("2006-01-02") {
			t.Fatalf("date %q", on)
		}
		Province(province)
		d.depts.value(dept)
		d.recognise(dept)
		marking(session)
		d.Empty(dept)
	})
}

func FuzzHeader(f *testing.F) {
	for _, cells := range []string{"序号\t单位\t问题\t处理意见", "單位\t姓名\t意見建議", "1、您的问题是什么？（必填）\tQ2\t\t类别", "问题及建议\t问题及建议\n问题\t建议"} {
		f.Add(cells, "江苏省某某监狱\t王大明\t法院不回函怎么办\t已转")
	}
	d, _ := fuzzDecoder(f)
	f.Fuzz(func(t *testing.T, header, data string) {
		top, sub, two := strings.Cut(header, "\n")
		var lower []string
		if two {
			lower = strings.Split(sub, "\t")
		}
		cells := strings.Split(top, "\t")
		if len(cells) > 64 || len(lower) > 64 {
			return
		}
		columns := d.columns(cells, lower)
		d.weigh(columns, []row{{num: 2, cells: strings.Split(data, "\t")}})
		for _, c := range columns {
			if c.Certainty < 0 || c.Certainty > 1 || c.Field != FieldNone && c.Why == "" {
				t.Fatalf("%q: %+v", header, c)
			}
		}
		if len(fingerprint(cells)) > 16 {
			t.Fatalf("fingerprint of %q", cells)
		}
	})
}
