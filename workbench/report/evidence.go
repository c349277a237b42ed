package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// EvidenceSchema names the shape of an evidence package. Fields are only ever
// added under one number.
const EvidenceSchema = "tongtang.evidence/1"

// The members of every evidence package beside its records.
const (
	evidenceManifest = "manifest.json"
	evidenceDocument = "document.json" // all that the report is made from
	evidenceTemplate = "template.docx" // the office's own, if one was used
)

// evidenceMade are the members made from the document alone (and from the
// template): what a later hand can make again.
var evidenceMade = []struct {
	name  string
	write func(io.Writer, *Document, Options) error
}{
	{"report.docx", WriteDOCX},
	{"report.md", WriteMarkdown},
	{"report.html", WriteHTML},
	{"report.json", WriteJSON},
	{"items.xlsx", WriteXLSX},
	{"items.parquet", WriteItemsParquet},
	{"issues.parquet", WriteIssuesParquet},
}

// Evidence (证据包) is a report as it was handed over, with all it rests on: what
// a drafting team keeps, and what can be proved unchanged years later.
type Evidence struct {
	Document *Document
	Template []byte            // of the office's own docx; nil for the layout of this program
	Records  map[string][]byte // further members by name: decisions, the candidate's way, run records
	Manifest Manifest          // what the caller knows of it; members are filled in here
}

// Manifest tells what a package is and names every other member with its hash.
type Manifest struct {
	Schema       string   `json:"schema"`
	Issue        int      `json:"issue"`
	IssueVersion int      `json:"issue_version"`
	Candidate    int      `json:"candidate"`
	Direction    string   `json:"direction"`
	Form         Form     `json:"form"`
	Title        string   `json:"title"`
	HandedTo     string   `json:"handed_to"`
	HandedBy     string   `json:"handed_by"`
	HandedAt     string   `json:"handed_at"` // RFC 3339
	RunID        string   `json:"run_id"`
	CutOff       string   `json:"cut_off"`
	DecisionSeq  int64    `json:"decision_seq"`
	Dictionary   string   `json:"dictionary_hash"` // of the night that built the corpus
	Code         Code     `json:"code"`
	Template     string   `json:"template"`               // template.docx, or 系统自带
	MissingRuns  []string `json:"missing_runs,omitempty"` // whose records were no longer there
	Members      []Member `json:"members"`
}

// Code names the program that made a package: the same code makes the same
// bytes.
type Code struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source, empty when built without it
	Tables   string `json:"tables"`   // hash of the embedded tables the layout reads
}

// Member is a file in a package.
type Member struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func memberOf(name string, body []byte) Member {
	sum := sha256.Sum256(body)
	return Member{name, int64(len(body)), hex.EncodeToString(sum[:])}
}

// make writes the members that follow from the document.
func (e *Evidence) make() (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, m := range evidenceMade {
		var b bytes.Buffer
		var err error
		if m.name == "report.docx" && e.Template != nil {
			_, err = FillTemplate(&b, e.Template, e.Document, Options{})
		} else {
			err = m.write(&b, e.Document, Options{})
		}
		if err != nil {
			return nil, fmt.Errorf("making %s: %w", m.name, err)
		}
		out[m.name] = b.Bytes()
	}
	return out, nil
}

// Pack answers the package as one zip. The same Evidence gives the same bytes:
// members in fixed order, fixed times, nothing compressed.
func (e *Evidence) Pack() ([]byte, error) {
	members, err := e.make()
	if err != nil {
		return nil, err
	}
	if members[evidenceDocument], err = json.MarshalIndent(e.Document, "", " "); err != nil {
		return nil, err
	}
	m := e.Manifest
	m.Schema, m.Template, m.Members = EvidenceSchema, "系统自带", nil
	if e.Template != nil {
		m.Template = evidenceTemplate
		members[evidenceTemplate] = e.Template
	}
	for name, body := range e.Records {
		if _, taken := members[name]; taken || name == evidenceManifest || !memberName(name) {
			return nil, fmt.Errorf("evidence package: %q is no name for a record", name)
		}
		members[name] = body
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		m.Members = append(m.Members, memberOf(name, members[name]))
	}
	if members[evidenceManifest], err = manifestJSON(m); err != nil {
		return nil, err
	}
	return packMembers(members)
}

func manifestJSON(m Manifest) ([]byte, error) {
	body, err := json.MarshalIndent(m, "", "  ")
	return append(body, '\n'), err
}

func memberName(name string) bool {
	return name != "" && len(name) <= 120 && path.Clean(name) == name && !path.IsAbs(name) && !strings.HasPrefix(name, "..") && !strings.Contains(name, `\`)
}

func packMembers(members map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := slices.SortedFunc(maps.Keys(members), func(a, b string) int {
		first := func(s string) int {
			if s == evidenceManifest {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(first(a), first(b)), strings.Compare(a, b))
	})
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: epoch})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(members[name]); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Package is an evidence package taken apart.
type Package struct {
	Manifest Manifest
	SHA256   string
	members  map[string][]byte
}

// ErrNoEvidence says that a file is no evidence package at all.
var ErrNoEvidence = errors.New("不是证据包")

// OpenEvidence takes a package apart and says, in Chinese sentences, what is
// not as it was made: a member changed, missing, added or standing twice, or
// any byte beside the members. No sentence means that it is whole. A package
// made over from end to end, manifest and all, is whole too: that is seen by
// its hash, which the workbench's log keeps.
func OpenEvidence(body []byte) (p *Package, problems []string, err error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, nil, fmt.Errorf("%w：%w", ErrNoEvidence, err)
	}
	p = &Package{SHA256: memberOf("", body).SHA256, members: map[string][]byte{}}
	for _, f := range z.File {
		if _, twice := p.members[f.Name]; twice {
			problems = append(problems, f.Name+" 在包中出现两次。")
			continue
		}
		if f.Method != zip.Store {
			problems = append(problems, f.Name+" 被重新压缩过。")
		}
		content, err := readMember(f)
		if err != nil {
			problems = append(problems, f.Name+" 已损坏，读不出来。")
		}
		p.members[f.Name] = content
	}
	manifest, ok := p.members[evidenceManifest]
	if !ok {
		return nil, problems, fmt.Errorf("%w：没有 %s", ErrNoEvidence, evidenceManifest)
	}
	if err := json.Unmarshal(manifest, &p.Manifest); err != nil || p.Manifest.Schema != EvidenceSchema {
		return nil, problems, fmt.Errorf("%w：%s 不是 %s 的清单", ErrNoEvidence, evidenceManifest, EvidenceSchema)
	}
	listed := map[string]bool{evidenceManifest: true}
	for _, m := range p.Manifest.Members {
		listed[m.Name] = true
		content, ok := p.members[m.Name]
		switch {
		case !ok:
			problems = append(problems, "缺少 "+m.Name+"。")
		case memberOf(m.Name, content) != m:
			problems = append(problems, m.Name+" 与清单中的校验值不符，已被改动。")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.members)) {
		if !listed[name] {
			problems = append(problems, "多出 "+name+"，清单中没有。")
		}
	}
	if len(problems) == 0 {
		again, err := packMembers(p.members)
		if err != nil {
			return nil, nil, err
		}
		if !bytes.Equal(again, body) {
			problems = append(problems, "各文件之外的字节被改动过（压缩包的目录、时间或附加内容）。")
		}
	}
	return p, problems, nil
}

// memberBytes bounds a member; what is longer is cut, and so no longer what the
// manifest says.
const memberBytes = 512 << 20

func readMember(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(in, memberBytes))
	return body, errors.Join(err, in.Close())
}

// Remake makes the report and the tables again from what the package holds and
// names the members that come out otherwise, byte for byte.
func (p *Package) Remake() (different []string, err error) {
	e := Evidence{Document: &Document{}, Template: p.members[evidenceTemplate]}
	if err := json.Unmarshal(p.members[evidenceDocument], e.Document); err != nil {
		return nil, fmt.Errorf("reading %s: %w", evidenceDocument, err)
	}
	if problems := e.Document.Validate(); len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s", evidenceDocument, strings.Join(problems, ""))
	}
	made, err := e.make()
	if err != nil {
		return nil, err
	}
	for _, m := range evidenceMade {
		if !bytes.Equal(made[m.name], p.members[m.name]) {
			different = append(different, m.name)
		}
	}
	return different, nil
}

// Member is a member's content; nil when there is none of that name.
func (p *Package) Member(name string) []byte { return p.members[name] }
