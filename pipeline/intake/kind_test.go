package intake

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tongtang/pipeline/feedback"
)

// labelledKinds reads the kinds people gave to texts.
func labelledKinds(t *testing.T, path string) (texts []string, kinds []feedback.Kind) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("%s is not here: %v", path, err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var l struct {
			Text, Kind, Issue string
			IssueKey          string `json:"issue_key"`
		}
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.Issue != "JUNK" && l.IssueKey != "JUNK" && l.Kind != "" {
			texts, kinds = append(texts, l.Text), append(kinds, feedback.Kind(l.Kind))
		}
	}
	return texts, kinds
}

// The kind told from the text alone, against the label its writer gave it. Most
// files have a column for it; this is for those that have none.
func TestKindFromTextAgreesWithLabels(t *testing.T) {
	for path, least := range map[string]float64{
		filepath.Join("..", "..", "fixtures", "gold", "items.jsonl"):       0.8,
		filepath.Join("..", "..", "..", "shared", "domain", "items.jsonl"): 0.75,
	} {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			texts, kinds := labelledKinds(t, path)
			right := 0
			confused := map[string]int{}
			for i, text := range texts {
				got := KindOf(text)
				if got == kinds[i] {
					right++
					continue
				}
				confused[fmt.Sprintf("%s read as %s", kinds[i], got)]++
				t.Logf("%s->%s %s", kinds[i], got, text)
			}
			agree := float64(right) / float64(len(texts))
			t.Logf("%d of %d texts agree: %.3f; %v", right, len(texts), agree, confused)
			if agree < least {
				t.Errorf("agreement %.3f, want %.2f", agree, least)
			}
		})
	}
}
