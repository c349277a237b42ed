package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// qdaRule is what the published schemas (Project.xsd and Codebook.xsd of 18
// March 2019) say of one type: its attributes, and its children in their order.
// An attribute's or child's mark says how often it stands: "" once, ? at most
// once, * any number, + one at least. A child NAME:TYPE has that type, else the
// type of its own name; types in small letters are simple.
type qdaRule struct {
	attributes string
	children   string
}

var projectRules = map[string]qdaRule{
	"Project": {
		"name:string origin:string? creatingUserGUID:guid? creationDateTime:dateTime? modifyingUserGUID:guid? modifiedDateTime:dateTime? basePath:string?",
		"Users? CodeBook? Variables? Cases? Sources? Notes? Links? Sets? Graphs? Description:string? NoteRef:Ref*",
	},
	"Users": {"", "User+"}, "User": {"guid:guid name:string? id:string?", ""},
	"CodeBook": {"", "Codes"}, "Codes": {"", "Code+"},
	"Code":      {"guid:guid name:string isCodable:boolean color:rgb?", "Description:string? NoteRef:Ref* Code*"},
	"Variables": {"", "Variable+"}, "Variable": {"guid:guid name:string typeOfVariable:variable", "Description:string?"},
	"Cases": {"", "Case+"},
	"Case":  {"guid:guid name:string?", "Description:string? CodeRef:Ref* VariableValue* SourceRef:Ref* SelectionRef:Ref*"},
	// The values are a choice of one at most; see checkQDA.
	"VariableValue": {"", "VariableRef:Ref TextValue:string? BooleanValue:boolean? IntegerValue:integer? FloatValue:string? DateValue:date? DateTimeValue:dateTime?"},
	"Sources":       {"", "TextSource:Text+"}, "Notes": {"", "Note:Text+"},
	"Text": {
		"guid:guid name:string? richTextPath:string? plainTextPath:string? creatingUser:guid? creationDateTime:dateTime? modifyingUser:guid? modifiedDateTime:dateTime?",
		"Description:string? PlainTextContent:string? PlainTextSelection* Coding* NoteRef:Ref* VariableValue*",
	},
	"PlainTextSelection": {
		"guid:guid name:string? startPosition:integer endPosition:integer creatingUser:guid? creationDateTime:dateTime? modifyingUser:guid? modifiedDateTime:dateTime?",
		"Description:string? Coding* NoteRef:Ref*",
	},
	"Coding": {"guid:guid creatingUser:guid? creationDateTime:dateTime?", "CodeRef:Ref NoteRef:Ref*"},
	"Sets":   {"", "Set+"}, "Set": {"guid:guid name:string", "Description:string? MemberCode:Ref* MemberSource:Ref* MemberNote:Ref*"},
	"Ref": {"targetGUID:guid", ""},
}

var codebookRules = map[string]qdaRule{
	"CodeBook": {"origin:string?", "Codes Sets?"}, "Codes": {"", "Code+"},
	"Code": {"guid:guid name:string isCodable:boolean color:rgb?", "Description:string? Code*"},
	"Sets": {"", "Set+"}, "Set": {"guid:guid name:string", "Description:string? MemberCode*"}, "MemberCode": {"guid:guid", ""},
}

var guidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

var simpleTypes = map[string]func(string) bool{
	"string": func(string) bool { return true }, "guid": guidForm.MatchString,
	"boolean":  func(s string) bool { return slices.Contains([]string{"true", "false", "0", "1"}, s) },
	"integer":  func(s string) bool { _, err := strconv.Atoi(s); return err == nil },
	"date":     func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil },
	"dateTime": func(s string) bool { _, err := time.Parse(time.RFC3339, s); return err == nil },
	"rgb":      regexp.MustCompile(`^#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})$`).MatchString,
	"variable": func(s string) bool {
		return slices.Contains([]string{"Text", "Boolean", "Integer", "Float", "Date", "DateTime"}, s)
	},
}

// qdaNode is any element.
type qdaNode struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []qdaNode  `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n *qdaNode) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (n *qdaNode) walk(do func(*qdaNode)) {
	do(n)
	for i := range n.Children {
		n.Children[i].walk(do)
	}
}

func cutMark(s string) (name, kind, mark string) {
	mark = s[len(s)-1:]
	if !strings.Contains("?*+", mark) {
		mark = ""
	}
	s = strings.TrimSuffix(s, mark)
	name, kind, ok := strings.Cut(s, ":")
	if !ok {
		kind = name
	}
	return name, kind, mark
}

// checkQDA says where an element breaks the rule of its type.
func checkQDA(rules map[string]qdaRule, namespace, kind, path string, n *qdaNode) (problems []string) {
	say := func(format string, a ...any) {
		problems = append(problems, path+": "+fmt.Sprintf(format, a...))
	}
	if n.XMLName.Space != namespace {
		say("namespace %q", n.XMLName.Space)
	}
	if ok := simpleTypes[kind]; ok != nil {
		if len(n.Attrs)+len(n.Children) > 0 || !ok(n.Text) {
			say("no %s: %q", kind, n.Text)
		}
		return problems
	}
	rule, ok := rules[kind]
	if !ok {
		say("no element of this kind (%s)", kind)
		return problems
	}
	if strings.TrimSpace(n.Text) != "" {
		say("text where only elements stand: %q", strings.TrimSpace(n.Text))
	}
	known := map[string]bool{"xmlns": true}
	for _, a := range strings.Fields(rule.attributes) {
		name, kind, mark := cutMark(a)
		known[name] = true
		i := slices.IndexFunc(n.Attrs, func(a xml.Attr) bool { return a.Name.Local == name })
		switch {
		case i < 0 && mark == "":
			say("lacks the attribute %s", name)
		case i >= 0 && !simpleTypes[kind](n.Attrs[i].Value):
			say("%s=%q is no %s", name, n.Attrs[i].Value, kind)
		}
	}
	for _, a := range n.Attrs {
		if !known[a.Name.Local] {
			say("unknown attribute %s", a.Name.Local)
		}
	}
	at := 0
	for _, c := range strings.Fields(rule.children) {
		name, kind, mark := cutMark(c)
		count := 0
		for at < len(n.Children) && n.Children[at].XMLName.Local == name {
			problems = append(problems, checkQDA(rules, namespace, kind, fmt.Sprintf("%s/%s[%d]", path, name, count+1), &n.Children[at])...)
			at++
			count++
		}
		if (count == 0 && (mark == "" || mark == "+")) || (count > 1 && (mark == "" || mark == "?")) {
			say("%d times %s", count, name)
		}
	}
	if at < len(n.Children) {
		say("%s is out of place", n.Children[at].XMLName.Local)
	}
	if kind == "VariableValue" && len(n.Children) > 2 {
		say("more than one value")
	}
	if kind == "Text" && (n.attr("plainTextPath") == "") == !slices.ContainsFunc(n.Children, func(c qdaNode) bool { return c.XMLName.Local == "PlainTextContent" }) {
		say("must have plainTextPath or PlainTextContent, not both")
	}
	return problems
}

func parseQDA(t *testing.T, body []byte) *qdaNode {
	t.Helper()
	var n qdaNode
	if err := xml.Unmarshal(body, &n); err != nil {
		t.Fatal(err)
	}
	return &n
}

// unpackQDPX answers project.qde and the sources by file name.
func unpackQDPX(t *testing.T, body []byte) (project []byte, sources map[string]string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	sources = map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutPrefix(f.Name, "Sources/"); ok {
			sources[name] = string(text)
		} else if f.Name == "project.qde" {
			project = text
		} else {
			t.Errorf("%s does not belong into a project", f.Name)
		}
	}
	return project, sources
}

func TestProjectsKeepTheRulesOfREFIQDA(t *testing.T) {
	for name, d := range everyReport() {
		var packed, codes bytes.Buffer
		if err := WriteQDPX(&packed, d, Options{}); err != nil {
			t.Fatal(err)
		}
		if err := WriteQDC(&codes, d, Options{}); err != nil {
			t.Fatal(err)
		}
		project, sources := unpackQDPX(t, packed.Bytes())
		// A folder named here gets the files, for a look with a schema or a program at hand.
		if dir := os.Getenv("TONGTANG_REFI_OUT"); dir != "" {
			base := filepath.Join(dir, strings.NewReplacer("/", "-", "(", "", ")", "").Replace(name))
			for ext, body := range map[string][]byte{".qde": project, ".qdc": codes.Bytes(), ".qdpx": packed.Bytes()} {
				if err := os.WriteFile(base+ext, body, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		root := parseQDA(t, project)
		for _, p := range checkQDA(projectRules, refiProject, "Project", name+" Project", root) {
			t.Error(p)
		}
		book := parseQDA(t, codes.Bytes())
		for _, p := range checkQDA(codebookRules, refiCodebook, "CodeBook", name+" CodeBook", book) {
			t.Error(p)
		}
		checkMeaning(t, name, d, root, book, sources)
	}
}

// checkMeaning holds a project against the document: every reference leads
// somewhere, every item is a source with its own words coded by its issue.
func checkMeaning(t *testing.T, name string, d *Document, root, book *qdaNode, sources map[string]string) {
	t.Helper()
	have := map[string]*qdaNode{}
	root.walk(func(n *qdaNode) {
		if id := n.attr("guid"); id != "" {
			if have[id] != nil {
				t.Errorf("%s: %s names two things", name, id)
			}
			have[id] = n
		}
	})
	used := map[string]bool{}
	root.walk(func(n *qdaNode) {
		for _, a := range []string{"targetGUID", "creatingUser", "creatingUserGUID"} {
			if id := n.attr(a); id != "" && have[id] == nil {
				t.Errorf("%s: %s leads nowhere", n.XMLName.Local, id)
			}
		}
		if n.XMLName.Local == "TextSource" {
			used[strings.TrimPrefix(n.attr("plainTextPath"), "internal://")] = true
		}
	})
	if len(used) != len(sources) {
		t.Errorf("%s: %d sources named, %d packed", name, len(used), len(sources))
	}
	_, b, err := build(d, Options{}) // an Outcome takes its own training's items alone
	if err != nil {
		t.Fatal(err)
	}
	coded, want, inBook := 0, 0, 0
	for i := range b.issues {
		is := &b.issues[i]
		want += len(is.items)
		code := have[guid("issue", is.Key)]
		if code == nil || code.attr("isCodable") != "true" || !strings.Contains(code.attr("name"), is.Title) {
			t.Fatalf("%s: %s is no code", name, is.Label())
		}
		for k := range is.items {
			it := &is.items[k]
			source := have[guid("item", it.ID)]
			if source == nil {
				t.Fatalf("%s: item %s is no source", name, it.ID)
			}
			text := []rune(sources[strings.TrimPrefix(source.attr("plainTextPath"), "internal://")])
			for _, s := range source.Children {
				if s.XMLName.Local != "PlainTextSelection" {
					continue
				}
				from, _ := strconv.Atoi(s.attr("startPosition"))
				to, _ := strconv.Atoi(s.attr("endPosition"))
				if to > len(text) || string(text[from:to]) != refiClean(it.text()) {
					t.Errorf("%s: the selection of %s is not what was said", name, it.ID)
				}
				if got := s.Children[0].Children[0].attr("targetGUID"); got != code.attr("guid") {
					t.Errorf("%s: item %s is coded by another issue", name, it.ID)
				}
				coded++
			}
		}
	}
	if coded != want {
		t.Errorf("%s: %d codings, want %d", name, coded, want)
	}
	book.walk(func(n *qdaNode) {
		if n.XMLName.Local == "Code" && n.attr("isCodable") == "true" {
			inBook++
		}
	})
	if inBook != len(d.Issues) {
		t.Errorf("%s: %d codes in the codebook, %d issues", name, inBook, len(d.Issues))
	}
}

// What the checker is for: it sees what the schema would.
func TestTheRulesFindWhatIsWrong(t *testing.T) {
	var b bytes.Buffer
	if err := WriteQDC(&b, sample(Study), Options{}); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for what, bad := range map[string]string{
		"a wrong namespace":     strings.Replace(good, "codebook:1.0", "codebook:1:0", 1),
		"a guid too short":      regexp.MustCompile(`guid="\w{8}-`).ReplaceAllString(good, `guid="`),
		"a colour by name":      regexp.MustCompile(`color="[^"]*"`).ReplaceAllString(good, `color="red"`),
		"a code without a name": regexp.MustCompile(` name="第12号[^"]*"`).ReplaceAllString(good, ""),
		"an attribute too many": strings.Replace(good, "isCodable=", `weight="1" isCodable=`, 1),
		"children out of order": strings.Replace(good, "<Sets>", "<Sets></Sets><Sets>", 1),
	} {
		if bad == good {
			t.Errorf("%s: nothing was changed", what)
		}
		if len(checkQDA(codebookRules, refiCodebook, "CodeBook", "", parseQDA(t, []byte(bad)))) == 0 {
			t.Errorf("%s was not seen", what)
		}
	}
}

// Text with characters beyond the basic plane: positions count code points.
func TestPositionsCountCodePoints(t *testing.T) {
	d := sample(Study)
	var b bytes.Buffer
	if err := WriteQDPX(&b, d, Options{}); err != nil {
		t.Fatal(err)
	}
	project, _ := unpackQDPX(t, b.Bytes())
	i := slices.IndexFunc(d.Issues[0].Items, func(it Item) bool { return strings.Contains(it.Text, "𠮷") })
	want := fmt.Sprintf(`endPosition="%d"`, len([]rune(d.Issues[0].Items[i].text())))
	at := strings.Index(string(project), guid("selection", d.Issues[0].Items[i].ID))
	if at < 0 || !strings.Contains(string(project)[at:at+200], want) {
		t.Errorf("not %s", want)
	}
}
