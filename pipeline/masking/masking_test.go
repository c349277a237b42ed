package masking

import (
	"bufio"
	"os"
	"testing"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/lexicon"
)

func masker(tb testing.TB) *Masker {
	tb.Helper()
	tables, err := lexicon.Load("")
	if err != nil {
		tb.Fatal(err)
	}
	return New(tables, citation.New(tables))
}

// TestShow prints each line of the file $TRY masked, for looking at a text of
// one's own.
func TestShow(t *testing.T) {
	f, err := os.Open(os.Getenv("TRY"))
	if err != nil {
		t.Skip("TRY names no file")
	}
	defer f.Close()
	m := masker(t)
	for sc := bufio.NewScanner(f); sc.Scan(); {
		got, counts := m.Document().Mask(sc.Text())
		if got != sc.Text() {
			t.Logf("%s\n     %s %v", sc.Text(), got, counts)
		} else if os.Getenv("ALL") != "" {
			t.Logf("%s\n     unchanged", got)
		}
	}
}
