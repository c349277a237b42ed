package citation

import (
	"bufio"
	"os"
	"testing"

	"tongtang/pipeline/lexicon"
)

func parser(tb testing.TB) (*Parser, *lexicon.Tables) {
	tb.Helper()
	tables, err := lexicon.Load("")
	if err != nil {
		tb.Fatal(err)
	}
	return New(tables), tables
}

// TestShow prints what is found in each line of the file $TRY, for looking at a
// text of one's own.
func TestShow(t *testing.T) {
	f, err := os.Open(os.Getenv("TRY"))
	if err != nil {
		t.Skip("TRY names no file")
	}
	defer f.Close()
	p, tables := parser(t)
	for sc := bufio.NewScanner(f); sc.Scan(); {
		t.Log(sc.Text())
		for _, c := range p.Find(sc.Text()) {
			t.Logf("     %s | %s | %s", c.Norm, c.Raw, Label(tables, c))
		}
		for _, c := range CaseNumbers(sc.Text()) {
			t.Logf("     case %s", c.Norm)
		}
	}
}
