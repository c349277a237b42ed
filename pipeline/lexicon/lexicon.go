// Package lexicon holds what the field knows, as tables: terms, synonyms,
// pairs that must never be merged, stop phrases, statutes, departments, header
// names, topics and facets. The tables are embedded; a folder of the user's
// overrides any of them, file by file, under the same names.
//
// Every table is data, not code: an administrator may change it, and Hash
// names exactly the version a run used.
package lexicon

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongtang/pipeline/feedback"
)

//go:embed tables
var embedded embed.FS

// Term is a word of the field that must stay whole.
type Term struct {
	Word     string
	Weight   int    // relative frequency; shares no scale with gse's own dictionary
	POS      string // jieba-style part of speech, e.g. vn
	Category string // 程序, 文书, 机构 ...
}

// SynonymSet folds variants into one canonical term. Context-dependent and
// "near" sets help suggestions but must not rewrite text.
type SynonymSet struct {
	Canonical string
	Variants  []string
	Type      string // abbr, typo, colloq, old-name, en, near, context ...
	Near      bool   // type says near or context: related, not the same
}

// Pair names two terms that look alike and must never be folded together.
type Pair struct{ A, B, Why string }

// StopPhrase is courtesy or filler to leave out of vectors.
type StopPhrase struct {
	Text  string
	Start bool // only at the start of a sentence
	End   bool // only at the end of a sentence
	Whole bool // the whole cell is void when it is just this
}

// Statute is a law, interpretation or normative document that can be cited.
type Statute struct {
	ID         string // L01, J03, N02 ...
	Title      string
	Aliases    []string
	Kind       string
	Issuer     string
	DocNo      string // e.g. 法释〔2016〕23号; empty when it has none
	Year       string // as in the table, e.g. 2018修正(1979制定)
	Effective  string // YYYY-MM-DD or empty
	Articles   int    // number of articles, 0 when unknown
	Confidence string
	Note       string
}

// Department maps what people write to a department code.
type Department struct {
	Code      feedback.Department
	Short     string
	Official  string   // the business department that signed the agreement
	Parent    string   // its institution
	Synonyms  []string // cell values that mean this department
	UnitHints []string // regular expressions that recognise it from a unit's name
	Concerns  string
}

// Post is a kind of place where people of a department serve, told from the
// unit's name: 看守所, 司法所, 派驻检察. The first pattern of a department that
// fits counts.
type Post struct {
	Department feedback.Department
	Name       string
	Pattern    string // RE2, looked for in the unit's name
}

// Header maps header cells to a field.
type Header struct {
	Field    string // seq, submitted_at, session, department, question ...
	Zh       string
	Exact    bool // the header must equal a synonym; otherwise it may contain one
	Synonyms []string
	Note     string
}

// Topic is a leaf of the taxonomy.
type Topic struct {
	L1Code, L1 string
	Code, Name string
	Seeds      []string
}

// Facet is a value of 问题性质, 影响程度 or 共性 with its cue words.
type Facet struct {
	Facet, Value string
	Cues         []string
	LeanOutput   string
}

// Concept is what the field calls by many names: a cross-cutting notion
// (推诿, 无法可依) that any cue shows, or a theme, a recurring matter of one
// topic that several cues show together. A cue A..B holds when B follows A
// within one clause.
type Concept struct {
	Theme bool
	Code  string
	Topic string // four-digit code of the taxonomy; empty for a notion
	Name  string
	Cues  []string
}

// FormField is one field or section of an output direction's form.
type FormField struct {
	Output   string // 司法解释, 规范性文件 ...; *通用 for all
	Name     string
	Section  bool
	Required bool
	Auto     bool // filled by the system
	Content  string
	Basis    string
}

// Tables is everything the field knows, loaded. It is read-only and safe for
// concurrent use.
type Tables struct {
	Terms        []Term
	Synonyms     []SynonymSet
	NotSynonyms  []Pair
	StopPhrases  []StopPhrase
	Statutes     []Statute
	Departments  []Department
	Posts        []Post
	Headers      []Header
	Topics       []Topic
	Facets       []Facet
	Concepts     []Concept
	Forms        []FormField
	hash         string
	topicsByCode map[string]*Topic
}

// Hash names this version of the tables, 64 hex digits. Run records carry it.
func (t *Tables) Hash() string { return t.hash }

// Topic finds a topic by its four-digit code; nil when there is none.
func (t *Tables) Topic(code string) *Topic { return t.topicsByCode[code] }

// Load reads the embedded tables, with any file found in overrideDir taking
// the place of the embedded one of the same name, and any file NAME.add.tsv
// there (NAME.add.txt for stop phrases) adding rows to it. An empty
// overrideDir means the embedded tables alone.
func Load(overrideDir string) (*Tables, error) {
	t := &Tables{topicsByCode: map[string]*Topic{}}
	h := sha256.New()
	rows := func(name string, columns int, add func([]string) error) error {
		body, err := read(overrideDir, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s:%d:", name, len(body))
		h.Write([]byte(body))
		return eachRow(name, body, columns, add)
	}
	steps := []struct {
		name    string
		columns int
		add     func(c []string) error
	}{
		{"lexicon.tsv", 4, func(c []string) error {
			w, err := strconv.Atoi(c[1])
			if err != nil {
				return fmt.Errorf("weight %q is not a number", c[1])
			}
			t.Terms = append(t.Terms, Term{c[0], w, c[2], c[3]})
			return nil
		}},
		{"synonyms.tsv", 3, func(c []string) error {
			near := strings.Contains(c[2], "near") || strings.Contains(c[2], "context") || strings.Contains(c[2], "上下文")
			t.Synonyms = append(t.Synonyms, SynonymSet{unquote(c[0]), list(c[1]), c[2], near})
			return nil
		}},
		{"not_synonyms.tsv", 3, func(c []string) error {
			t.NotSynonyms = append(t.NotSynonyms, Pair{c[0], c[1], c[2]})
			return nil
		}},
		{"statutes.tsv", 11, func(c []string) error {
			s := Statute{
				ID: c[0], Title: c[1], Aliases: list(c[2]), Kind: c[3], Issuer: c[4], DocNo: c[5], Year: c[6],
				Effective: c[7], Articles: leadingInt(c[8]), Confidence: c[9], Note: c[10],
			}
			if s.ID == "" || s.Title == "" {
				return errors.New("a statute needs an id and a title")
			}
			// A later row of the same ID corrects the earlier one.
			if at := slices.IndexFunc(t.Statutes, func(o Statute) bool { return o.ID == s.ID }); at >= 0 {
				t.Statutes[at] = s
				return nil
			}
			t.Statutes = append(t.Statutes, s)
			return nil
		}},
		{"departments.tsv", 7, func(c []string) error {
			t.Departments = append(t.Departments, Department{
				Code: feedback.Department(c[0]), Short: c[1], Official: c[2], Parent: c[3],
				Synonyms: list(c[4]), UnitHints: list(c[5]), Concerns: c[6],
			})
			return nil
		}},
		{"posts.tsv", 3, func(c []string) error {
			if _, err := regexp.Compile(c[2]); err != nil {
				return fmt.Errorf("unit pattern of post %q: %w", c[1], err)
			}
			t.Posts = append(t.Posts, Post{feedback.Department(c[0]), c[1], c[2]})
			return nil
		}},
		{"header_map.tsv", 5, func(c []string) error {
			t.Headers = append(t.Headers, Header{c[0], c[1], c[2] == "exact", list(c[3]), c[4]})
			return nil
		}},
		{"taxonomy.tsv", 5, func(c []string) error {
			t.Topics = append(t.Topics, Topic{c[0], c[1], c[2], c[3], list(c[4])})
			return nil
		}},
		{"concepts.tsv", 5, func(c []string) error {
			if c[0] != "theme" && c[0] != "concept" {
				return fmt.Errorf("kind %q is neither theme nor concept", c[0])
			}
			t.Concepts = append(t.Concepts, Concept{c[0] == "theme", c[1], c[2], c[3], list(c[4])})
			return nil
		}},
		{"facets.tsv", 4, func(c []string) error {
			t.Facets = append(t.Facets, Facet{c[0], c[1], list(c[2]), c[3]})
			return nil
		}},
		{"output_forms.tsv", 6, func(c []string) error {
			t.Forms = append(t.Forms, FormField{
				Output: c[0], Name: c[1], Section: c[2] == "section", Required: strings.HasPrefix(c[3], "Y"),
				Auto: strings.Contains(c[3], "自动"), Content: c[4], Basis: c[5],
			})
			return nil
		}},
	}
	for _, s := range steps {
		if err := rows(s.name, s.columns, s.add); err != nil {
			return nil, err
		}
	}
	body, err := read(overrideDir, "stopphrases.txt")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(h, "stopphrases.txt:%d:%s", len(body), body)
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		p := StopPhrase{Text: line}
		switch {
		case strings.HasPrefix(line, "="):
			p = StopPhrase{Text: line[1:], Whole: true}
		case strings.HasPrefix(line, "^"):
			p = StopPhrase{Text: line[1:], Start: true}
		case strings.HasSuffix(line, "$"):
			p = StopPhrase{Text: strings.TrimSuffix(line, "$"), End: true}
		}
		t.StopPhrases = append(t.StopPhrases, p)
	}
	for i := range t.Topics {
		t.topicsByCode[t.Topics[i].Code] = &t.Topics[i]
	}
	t.hash = hex.EncodeToString(h.Sum(nil))
	return t, nil
}

func read(overrideDir, name string) (string, error) {
	body, err := embedded.ReadFile("tables/" + name)
	if err != nil {
		return "", fmt.Errorf("embedded table %s: %w", name, err)
	}
	if overrideDir == "" {
		return string(body), nil
	}
	if own, err := os.ReadFile(filepath.Join(overrideDir, name)); err == nil {
		body = own
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading table: %w", err)
	}
	ext := filepath.Ext(name)
	more, err := os.ReadFile(filepath.Join(overrideDir, strings.TrimSuffix(name, ext)+".add"+ext))
	if err == nil {
		if len(body) > 0 && body[len(body)-1] != '\n' {
			body = append(body, '\n')
		}
		body = append(body, more...)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading table: %w", err)
	}
	return strings.TrimPrefix(string(body), "\ufeff"), nil
}

// eachRow calls add for every row after the header. Short rows are padded with
// empty cells, because spreadsheets drop trailing tabs.
func eachRow(name, body string, columns int, add func([]string) error) error {
	sc := bufio.NewScanner(strings.NewReader(body))
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimRight(sc.Text(), "\r")
		if n == 1 || strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		for len(cells) < columns {
			cells = append(cells, "")
		}
		for i := range cells {
			cells[i] = unquote(strings.TrimSpace(cells[i]))
		}
		if err := add(cells); err != nil {
			return fmt.Errorf("table %s, line %d: %w", name, n, err)
		}
	}
	return sc.Err()
}

// list splits a|b|c and drops empty entries.
func list(cell string) []string {
	var out []string
	for s := range strings.SplitSeq(cell, "|") {
		if s = unquote(strings.TrimSpace(s)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// unquote takes off the double quotes a spreadsheet puts round a cell.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return s
}

func leadingInt(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			break
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// Rows counts the lines of a table before what NAME.add.EXT adds to it, as the
// errors of Load count them.
func Rows(overrideDir, name string) (int, error) {
	body, err := embedded.ReadFile("tables/" + name)
	if err != nil {
		return 0, fmt.Errorf("embedded table %s: %w", name, err)
	}
	if own, err := os.ReadFile(filepath.Join(overrideDir, name)); err == nil {
		body = own
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("reading table: %w", err)
	}
	lines := strings.Count(string(body), "\n")
	if len(body) > 0 && body[len(body)-1] != '\n' {
		lines++
	}
	return lines, nil
}
