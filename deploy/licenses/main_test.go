package main

import (
	"os"
	"strings"
	"testing"
)

// A module that is linked and not listed, or listed in another version, is one
// nobody has looked at.
func TestLicensesListEveryLinkedModule(t *testing.T) {
	body, err := os.ReadFile("../../LICENSES.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := linked()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		name := license(m.dir)
		if !strings.Contains(string(body), "| "+m.path+" | "+m.version+" | "+name+" |") {
			t.Errorf("LICENSES.md does not list %s %s (%s); run go run ./deploy/licenses > LICENSES.md", m.path, m.version, name)
		}
		// The one exception is told of in LICENSES.md.
		if name == "?" || (strings.HasSuffix(name, "GPL") && m.path != "github.com/liuzl/cedar-go") {
			t.Errorf("%s: licence %s", m.path, name)
		}
	}
}
