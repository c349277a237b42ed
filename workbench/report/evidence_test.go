package report

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func sampleEvidence(f Form) *Evidence {
	d := sample(f)
	// As the workbench makes it: local time, in a zone of its own.
	d.Meta.GeneratedAt = d.Meta.GeneratedAt.In(time.FixedZone("CST", 8*3600))
	return &Evidence{
		Document: d,
		Records:  map[string][]byte{"decisions.json": []byte("[]\n"), "candidate.json": []byte("{}\n"), "runs/20261123-013000.json": []byte("{}\n")},
		Manifest: Manifest{Issue: 12, Candidate: 3, Direction: string(f), Form: f, HandedTo: "起草组", RunID: "20261123-013000"},
	}
}

func TestEveryFormsPackageIsMadeAgainByteForByte(t *testing.T) {
	for _, f := range Forms {
		e := sampleEvidence(f)
		body, err := e.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := sampleEvidence(f).Pack(); err != nil || !bytes.Equal(body, again) {
			t.Errorf("%s: two packages of one evidence differ: %v", f, err)
		}
		p, problems, err := OpenEvidence(body)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s: %v %v", f, problems, err)
		}
		if p.Manifest.Issue != 12 || p.Manifest.HandedTo != "起草组" || p.Manifest.Template != "系统自带" {
			t.Errorf("%s: %+v", f, p.Manifest)
		}
		different, err := p.Remake()
		if err != nil || len(different) > 0 {
			t.Errorf("%s: made again, %v differ, %v", f, different, err)
		}
		if !bytes.Equal(p.Member("report.docx"), render(t, "docx", e.Document)) {
			t.Errorf("%s: the package's report is not the one that is exported", f)
		}
	}
}

func TestAPackageByTheOfficesTemplateIsMadeAgain(t *testing.T) {
	e := sampleEvidence(NormativeDocument)
	e.Template = officeTemplate(t, para("某厅版式 {{编号}} {{题目}}"))
	body, err := e.Pack()
	if err != nil {
		t.Fatal(err)
	}
	p, problems, err := OpenEvidence(body)
	if err != nil || len(problems) > 0 || p.Manifest.Template != "template.docx" {
		t.Fatalf("%v %v", problems, err)
	}
	if different, err := p.Remake(); err != nil || len(different) > 0 {
		t.Errorf("%v differ, %v", different, err)
	}
}

// One byte changed, wherever it stands, does not pass.
func TestNoByteOfAPackageChangesUnseen(t *testing.T) {
	body, err := sampleEvidence(JudicialInterpretation).Pack()
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(body); at += 1 + len(body)/300 {
		changed := bytes.Clone(body)
		changed[at] ^= 0x20
		if _, problems, err := OpenEvidence(changed); err == nil && len(problems) == 0 {
			t.Errorf("byte %d of %d changed unseen", at, len(body))
		}
	}
	for what, b := range map[string][]byte{"a byte more": append(bytes.Clone(body), 0), "a byte before": append([]byte{0}, body...), "cut short": body[:len(body)-1]} {
		if _, problems, err := OpenEvidence(b); err == nil && len(problems) == 0 {
			t.Errorf("%s passed", what)
		}
	}
}

// repack makes a zip of the members as edit leaves them.
func repack(t *testing.T, body []byte, method uint16, edit func(members map[string][]byte) []string) []byte {
	t.Helper()
	p, _, err := OpenEvidence(body)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range edit(p.members) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: epoch})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(p.members[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatWasDoneToAPackageIsSaid(t *testing.T) {
	body, err := sampleEvidence(JointResearch).Pack()
	if err != nil {
		t.Fatal(err)
	}
	names := func(m map[string][]byte) []string {
		out := []string{"manifest.json"}
		for name := range m {
			if name != "manifest.json" {
				out = append(out, name)
			}
		}
		slices.Sort(out[1:])
		return out
	}
	for _, c := range []struct {
		what, want string
		method     uint16
		edit       func(map[string][]byte) []string
	}{
		{"a member missing", "缺少 items.parquet", zip.Store, func(m map[string][]byte) []string { delete(m, "items.parquet"); return names(m) }},
		{"a member added", "多出 note.txt", zip.Store, func(m map[string][]byte) []string { m["note.txt"] = []byte("x"); return names(m) }},
		{"a member changed", "report.md 与清单", zip.Store, func(m map[string][]byte) []string {
			m["report.md"] = bytes.Replace(m["report.md"], []byte("12"), []byte("13"), 1)
			return names(m)
		}},
		{"a member twice", "出现两次", zip.Store, func(m map[string][]byte) []string { return append(names(m), "report.md") }},
		{"packed anew", "重新压缩", zip.Deflate, names},
		{"in another order", "字节被改动", zip.Store, func(m map[string][]byte) []string { n := names(m); slices.Reverse(n); return n }},
	} {
		_, problems, err := OpenEvidence(repack(t, body, c.method, c.edit))
		if err != nil || !strings.Contains(strings.Join(problems, ""), c.want) {
			t.Errorf("%s: %v %v, want %q", c.what, problems, err, c.want)
		}
	}
	for _, no := range [][]byte{nil, []byte("x"), repack(t, body, zip.Store, func(m map[string][]byte) []string { return []string{"report.md"} })} {
		if _, _, err := OpenEvidence(no); err == nil {
			t.Error("what is no package was opened as one")
		}
	}
	// A document changed with its hash in the manifest is whole, but does not give the report.
	forged := repack(t, body, zip.Store, func(m map[string][]byte) []string {
		m["document.json"] = bytes.Replace(m["document.json"], []byte("山东"), []byte("山西"), 1)
		var manifest Manifest
		if err := json.Unmarshal(m["manifest.json"], &manifest); err != nil {
			t.Fatal(err)
		}
		for i := range manifest.Members {
			if manifest.Members[i].Name == "document.json" {
				manifest.Members[i] = memberOf("document.json", m["document.json"])
			}
		}
		var err error
		if m["manifest.json"], err = manifestJSON(manifest); err != nil {
			t.Fatal(err)
		}
		return names(m)
	})
	p, problems, err := OpenEvidence(forged)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if different, err := p.Remake(); err != nil || len(different) == 0 {
		t.Errorf("a forged document gives the report: %v %v", different, err)
	}
}

func TestARecordTakesNoOtherMembersName(t *testing.T) {
	for _, name := range []string{"report.md", "manifest.json", "../x", "/x", "", `a\b`, strings.Repeat("x", 200)} {
		e := sampleEvidence(TypicalCase)
		e.Records[name] = []byte("x")
		if _, err := e.Pack(); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}
