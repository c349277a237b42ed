package intake

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tongtang/pipeline/feedback"
)

// writeFile makes a file from what fill writes.
func writeFile(t testing.TB, name string, fill func(w *bufio.Writer)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fill(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// zipParts makes a package; each part is written by its function.
func zipParts(t testing.TB, name string, parts map[string]func(w io.Writer), order ...string) string {
	t.Helper()
	return writeFile(t, name, func(w *bufio.Writer) {
		z := zip.NewWriter(w)
		for _, p := range order {
			f, err := z.Create(p)
			if err != nil {
				t.Fatal(err)
			}
			b := bufio.NewWriterSize(f, 1<<20)
			parts[p](b)
			if err := b.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func text(s string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, s) }
}

// bookOf is an xlsx of one sheet, written by hand so that it may be as bad as a
// stranger's.
func bookOf(t testing.TB, name string, sheet, shared func(w io.Writer)) string {
	t.Helper()
	parts := map[string]func(io.Writer){
		"[Content_Types].xml":        text(`<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`),
		"_rels/.rels":                text(`<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
		"xl/workbook.xml":            text(`<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": text(`<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`),
		"xl/worksheets/sheet1.xml": func(w io.Writer) {
			_, _ = io.WriteString(w, `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
			sheet(w)
			_, _ = io.WriteString(w, `</sheetData></worksheet>`)
		},
		"xl/sharedStrings.xml": func(w io.Writer) {
			_, _ = io.WriteString(w, `<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
			if shared != nil {
				shared(w)
			}
			_, _ = io.WriteString(w, `</sst>`)
		},
	}
	return zipParts(t, name, parts, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")
}

func documentOf(t testing.TB, name string, body func(w io.Writer)) string {
	t.Helper()
	return zipParts(t, name, map[string]func(io.Writer){
		"[Content_Types].xml": text(`<Types/>`),
		"word/document.xml": func(w io.Writer) {
			_, _ = io.WriteString(w, `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
			body(w)
			_, _ = io.WriteString(w, `</w:body></w:document>`)
		},
	}, "[Content_Types].xml", "word/document.xml")
}

const headRow = `<row r="1"><c r="A1" t="inlineStr"><is><t>部门</t></is></c><c r="B1" t="inlineStr"><is><t>问题</t></is></c></row>`

// repeat writes s n times.
func repeat(w io.Writer, s string, n int) {
	chunk := strings.Repeat(s, 1000)
	for n >= 1000 {
		_, _ = io.WriteString(w, chunk)
		n -= 1000
	}
	_, _ = io.WriteString(w, strings.Repeat(s, n))
}

// measured decodes a file and says how long it took and how much memory the
// process had in use at its highest, sampled every 20 ms. Texts are counted, not
// kept.
func measured(t testing.TB, d *Decoder, path string) (rep Report, rejects []feedback.Reject, took time.Duration, peak uint64) {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	var high atomic.Uint64
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			if v := m.Sys - m.HeapReleased; v > high.Load() {
				high.Store(v)
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	start := time.Now()
	rep, err := d.Decode(t.Context(), File{Path: path, Name: filepath.Base(path), SHA256: "x"}, Handler{
		Reject: func(r feedback.Reject) error { rejects = append(rejects, r); return nil },
	})
	took = time.Since(start)
	close(stop)
	<-done
	if err != nil {
		t.Fatal(err)
	}
	return rep, rejects, took, high.Load()
}

// hostile files: each is read or refused within the bounds.
func TestHostileFilesStayWithinBounds(t *testing.T) {
	// The full sizes of the brief, 200 MB cells and ten million rows, take two
	// minutes; a twentieth shows the same refusals.
	full := 1
	if os.Getenv("TONGTANG_HOSTILE") == "" {
		full = 20
	}
	const mib = 1 << 20
	cell := 200 * mib / full
	d := newDecoder(t, Options{TempDir: t.TempDir()})
	good := `<row r="3"><c r="A3" t="inlineStr"><is><t>监狱</t></is></c><c r="B3" t="inlineStr"><is><t>好的一行还能读到吗？</t></is></c></row>`
	cases := []struct {
		name   string
		path   func(t *testing.T) string
		reason feedback.RejectReason // "" when nothing is rejected
		texts  int
		within time.Duration
	}{
		{"a csv cell of 200 MB", func(t *testing.T) string {
			return writeFile(t, "a.csv", func(w *bufio.Writer) {
				fmt.Fprint(w, "部门,问题\n监狱,\"")
				repeat(w, "罪犯提请减刑。\n", cell/22)
				fmt.Fprint(w, "\"\n法院,\"后面的一行还在吗？\"\n")
			})
		}, feedback.RejectTooLarge, 1, 60 * time.Second},
		{"a csv line of 200 MB", func(t *testing.T) string {
			return writeFile(t, "a.csv", func(w *bufio.Writer) {
				fmt.Fprint(w, "部门,问题\n监狱,")
				repeat(w, "罪犯提请减刑", cell/18)
				fmt.Fprint(w, "\n法院,后面的一行还在吗？\n")
			})
		}, feedback.RejectTooLarge, 1, 60 * time.Second},
		{"a shared string of 200 MB", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", text(headRow+`<row r="2"><c r="A2" t="s"><v>0</v></c></row>`), func(w io.Writer) {
				_, _ = io.WriteString(w, "<si><t>")
				for i := range cell / 24 {
					fmt.Fprintf(w, "罪犯%08d提请减刑", i)
				}
				_, _ = io.WriteString(w, "</t></si>")
			})
		}, feedback.RejectTooLarge, 0, 60 * time.Second},
		{"an attribute of 200 MB", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", func(w io.Writer) {
				_, _ = io.WriteString(w, `<row r="1" spans="`)
				for i := range cell / 8 {
					fmt.Fprintf(w, "%08d", i)
				}
				_, _ = io.WriteString(w, `"/>`)
			}, nil)
		}, feedback.RejectTooLarge, 0, 60 * time.Second},
		{"a paragraph of 200 MB", func(t *testing.T) string {
			return documentOf(t, "a.docx", func(w io.Writer) {
				_, _ = io.WriteString(w, "<w:p>")
				for i := range cell / 64 {
					fmt.Fprintf(w, "<w:r><w:t>罪犯%08d提请减刑</w:t></w:r>", i)
				}
				_, _ = io.WriteString(w, "</w:p>")
			})
		}, feedback.RejectTooLarge, 0, 60 * time.Second},
		{"a text line of 200 MB", func(t *testing.T) string {
			return writeFile(t, "a.txt", func(w *bufio.Writer) { repeat(w, "罪犯提请减刑", cell/18) })
		}, feedback.RejectTooLarge, 0, 60 * time.Second},
		{"a JSON line of 200 MB", func(t *testing.T) string {
			return writeFile(t, "a.jsonl", func(w *bufio.Writer) {
				fmt.Fprint(w, `{"department":"监狱","text":"`)
				repeat(w, "罪犯提请减刑", cell/18)
				fmt.Fprint(w, "\"}\n{\"department\":\"监狱\",\"text\":\"后面的一行还在吗？\"}\n")
			})
		}, feedback.RejectTooLarge, 1, 60 * time.Second},
		{"a JSON array with a string of 200 MB", func(t *testing.T) string {
			return writeFile(t, "a.json", func(w *bufio.Writer) {
				fmt.Fprint(w, `[{"text":"`)
				repeat(w, "罪犯提请减刑", cell/18)
				fmt.Fprint(w, "\"}]")
			})
		}, feedback.RejectTooLarge, 0, 60 * time.Second},
		{"JSON nested a million deep", func(t *testing.T) string {
			return writeFile(t, "a.jsonl", func(w *bufio.Writer) {
				fmt.Fprint(w, `{"text":`)
				repeat(w, "[", 1_000_000)
			})
		}, feedback.RejectUnreadable, 0, 10 * time.Second},
		{"ten million blank lines", func(t *testing.T) string {
			return writeFile(t, "a.csv", func(w *bufio.Writer) {
				fmt.Fprint(w, "部门,问题\n")
				repeat(w, "\n", 10_000_000/full)
				fmt.Fprint(w, "监狱,最后一行还在吗？\n")
			})
		}, "", 1, 60 * time.Second},
		{"ten million rows of commas", func(t *testing.T) string {
			return writeFile(t, "a.csv", func(w *bufio.Writer) {
				fmt.Fprint(w, "部门,问题\n")
				repeat(w, ",\n", 10_000_000/full)
				fmt.Fprint(w, "监狱,最后一行还在吗？\n")
			})
		}, "", 1, 60 * time.Second},
		{"ten million empty rows in a sheet", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", func(w io.Writer) {
				_, _ = io.WriteString(w, headRow)
				for i := range max(10_000_000/full, 1_100_000) {
					fmt.Fprintf(w, `<row r="%d"/>`, i+2)
				}
			}, nil)
		}, feedback.RejectTooLarge, 0, 60 * time.Second},
		{"a million empty rows, as a careless format change leaves them", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", func(w io.Writer) {
				_, _ = io.WriteString(w, headRow)
				_, _ = io.WriteString(w, strings.ReplaceAll(good, "3", "2"))
				for i := range 1_000_000 / full {
					fmt.Fprintf(w, `<row r="%d" ht="15.%d" customHeight="1"><c r="A%d" s="1"/></row>`, i+3, i%977, i+3)
				}
			}, nil)
		}, "", 1, 120 * time.Second},
		{"one cell in the last row and column", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", text(headRow+strings.ReplaceAll(good, "3", "2")+`<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>角落里的一句话</t></is></c></row>`), nil)
		}, "", 1, 60 * time.Second},
		{"200,000 formulas", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", func(w io.Writer) {
				_, _ = io.WriteString(w, headRow)
				for i := range 200_000 / full {
					fmt.Fprintf(w, `<row r="%d"><c r="A%d" t="str"><f>IF(A%d="x","监狱","法院")</f><v>监狱</v></c><c r="B%d" t="str"><f>B%d&amp;A%d</f><v>第%d个问题如何解决？</v></c></row>`, i+2, i+2, i+1, i+2, i+1, i+1, i)
				}
			}, nil)
		}, "", 200_000 / full, 120 * time.Second},
		{"a sheet nested 100,000 deep", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", func(w io.Writer) { repeat(w, "<row>", 100_000); repeat(w, "</row>", 100_000) }, nil)
		}, feedback.RejectUnreadable, 0, 10 * time.Second},
		{"a document nested 100,000 deep", func(t *testing.T) string {
			return documentOf(t, "a.docx", func(w io.Writer) { repeat(w, "<w:p>", 100_000); repeat(w, "</w:p>", 100_000) })
		}, feedback.RejectUnreadable, 0, 10 * time.Second},
		{"entities that expand", func(t *testing.T) string {
			return zipParts(t, "a.docx", map[string]func(io.Writer){
				"word/document.xml": text(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w:document xmlns:w="x"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>`),
			}, "word/document.xml")
		}, feedback.RejectUnreadable, 0, 10 * time.Second},
		{"a bomb of one gigabyte in one megabyte", func(t *testing.T) string {
			return bookOf(t, "a.xlsx", func(w io.Writer) { repeat(w, " ", 1<<30/full) }, nil)
		}, feedback.RejectTooLarge, 0, 10 * time.Second},
		{"a bomb inside a zip", func(t *testing.T) string {
			return zipParts(t, "a.zip", map[string]func(io.Writer){"a.csv": func(w io.Writer) { repeat(w, "\x00", 1<<30/full) }}, "a.csv")
		}, feedback.RejectTooLarge, 0, 10 * time.Second},
		{"a zip of 20,000 members", func(t *testing.T) string {
			return writeFile(t, "a.zip", func(w *bufio.Writer) {
				z := zip.NewWriter(w)
				for i := range 20_000 {
					f, _ := z.Create(fmt.Sprintf("%d.txt", i))
					fmt.Fprint(f, "x")
				}
				_ = z.Close()
			})
		}, feedback.RejectTooLarge, 0, 10 * time.Second},
		{"300,000 merged ranges", func(t *testing.T) string {
			return zipMerges(t, 300_000)
		}, feedback.RejectTooLarge, 0, 30 * time.Second},
		{"a csv whose every quote is open", func(t *testing.T) string {
			return writeFile(t, "a.csv", func(w *bufio.Writer) {
				fmt.Fprint(w, "部门,问题\n")
				repeat(w, "监狱,\"没有收尾的引号\n", 500_000/full)
			})
		}, "", 500_000 / full, 60 * time.Second},
		{"a cell of 250 KB of ordinals", func(t *testing.T) string {
			return writeFile(t, "a.csv", func(w *bufio.Writer) {
				fmt.Fprint(w, "部门,问题\n监狱,\"")
				repeat(w, "1.a2.b(1)c(2)d一、e二、f；", 7_000)
				fmt.Fprint(w, "\"\n")
			})
		}, "", 1, 30 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := c.path(t)
			info, _ := os.Stat(path)
			rep, rejects, took, peak := measured(t, d, path)
			os.Remove(path)
			t.Logf("%d MB file: %v, %d texts, %v, peak %d MB", info.Size()/mib, rep.Rejects, rep.Texts, took.Round(time.Millisecond), peak/mib)
			if c.reason != "" && rep.Rejects[c.reason] == 0 {
				t.Errorf("not refused: %+v", rep.Rejects)
			}
			if c.reason == "" && len(rejects) > 0 {
				t.Errorf("rejects %+v", rejects[0])
			}
			if c.texts >= 0 && rep.Texts != c.texts {
				t.Errorf("%d texts, want %d", rep.Texts, c.texts)
			}
			if took > c.within {
				t.Errorf("took %v", took)
			}
			if peak > 2<<30 {
				t.Errorf("peak of %d MB", peak/mib)
			}
		})
	}
	left, _ := filepath.Glob(filepath.Join(d.opts.TempDir, "*"))
	if len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func zipMerges(t *testing.T, n int) string {
	return zipParts(t, "a.xlsx", map[string]func(io.Writer){
		"xl/workbook.xml": text(`<workbook/>`),
		"xl/worksheets/sheet1.xml": func(w io.Writer) {
			_, _ = io.WriteString(w, `<worksheet><sheetData/><mergeCells>`)
			for i := range n {
				fmt.Fprintf(w, `<mergeCell ref="A%d:B%d"/>`, 2*i+1, 2*i+2)
			}
			_, _ = io.WriteString(w, `</mergeCells></worksheet>`)
		},
	}, "xl/workbook.xml", "xl/worksheets/sheet1.xml")
}

// TestLyingZipIsNotBelieved: a part larger than it says is cut off, not read.
func TestLyingZipIsNotBelieved(t *testing.T) {
	path := bookOf(t, "a.xlsx", text(headRow), nil)
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Say in the directory that the sheet has 10 bytes.
	name := []byte("xl/worksheets/sheet1.xml")
	at := strings.LastIndex(string(body), string(name))
	copy(body[at-46+24:], []byte{10, 0, 0, 0})
	d := newDecoder(t, Options{})
	g := decodeBytes(t, d, "a.xlsx", body)
	if g.report.Rejects[feedback.RejectUnreadable] != 1 || len(g.subs) != 0 {
		t.Errorf("%+v", g.report.Rejects)
	}
}
