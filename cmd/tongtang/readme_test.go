package main

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// A flag, a command or an exit code that README does not name is one nobody
// can find.
func TestReadmeNamesEveryCommandAndFlag(t *testing.T) {
	body, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(body)
	var cli commands
	parser, err := kong.New(&cli, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		if n.Hidden { // what the workbench calls is no command for people
			return
		}
		if n.Type == kong.CommandNode && !strings.Contains(readme, "tongtang "+n.Path()) && !strings.Contains(readme, n.Path()) {
			t.Errorf("README does not name the command %q", n.Path())
		}
		for _, f := range n.Flags {
			if !f.Hidden && f.Name != "help" && f.Name != "version" && !strings.Contains(readme, "--"+f.Name) {
				t.Errorf("README does not name the flag --%s of %q", f.Name, n.Path())
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(parser.Model.Node)
}

func TestExitCodes(t *testing.T) {
	t.Setenv("TONGTANG_DATA", t.TempDir())
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--version"}, 0},
		{[]string{"nosuchcommand"}, exitUsage},
		{[]string{"nightly", "--strictness", "perhaps"}, exitUsage},
		{[]string{"nightly", "--log", "json"}, 0},
	} {
		if got := run(c.args); got != c.want {
			t.Errorf("tongtang %s: exit %d, want %d", strings.Join(c.args, " "), got, c.want)
		}
	}
}
