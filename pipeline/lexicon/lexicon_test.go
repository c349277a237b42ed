package lexicon

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEmbeddedTablesLoad(t *testing.T) {
	tables, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]int{
		"terms": len(tables.Terms), "synonyms": len(tables.Synonyms), "not synonyms": len(tables.NotSynonyms),
		"stop phrases": len(tables.StopPhrases), "statutes": len(tables.Statutes), "departments": len(tables.Departments),
		"headers": len(tables.Headers), "topics": len(tables.Topics), "facets": len(tables.Facets), "forms": len(tables.Forms),
	} {
		if got == 0 {
			t.Errorf("table of %s is empty", name)
		}
	}
	if got := tables.Topic("0102"); got == nil || got.Name != "收押收监与拒收" {
		t.Errorf("Topic(0102) = %v", got)
	}
}

func TestOverridesChangeTheHash(t *testing.T) {
	plain, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lexicon.add.tsv"), []byte("监外母婴监区\t20\tn\t监管\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	more, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(more.Terms) != len(plain.Terms)+1 {
		t.Errorf("terms = %d, want %d", len(more.Terms), len(plain.Terms)+1)
	}
	if more.Hash() == plain.Hash() {
		t.Error("an added term must change the hash")
	}
}

func TestBadTableNamesFileAndLine(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lexicon.tsv"), []byte("term\tfreq\tpos\tcategory\n减刑\tmany\tvn\t程序\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(dir)
	if err == nil || err.Error() != `table lexicon.tsv, line 2: weight "many" is not a number` {
		t.Errorf("error = %v", err)
	}
}
