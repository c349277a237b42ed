package queries_test

import (
	"strings"
	"testing"

	"tongtang/queries"
	"tongtang/queries/corpustest"
)

func TestSearchFindsWordsPhrasesAndStatutes(t *testing.T) {
	s, _ := open(t, corpustest.Options{})
	for _, c := range []struct {
		text  string
		least int
		has   string // what every result's text has, "" when it is a citation
	}{
		{"罚金", 5, "罚金"},
		{"罚金 假释", 1, "假释"},
		{"暂予监外执行", 3, "暂予监外执行"},
		{"罪犯减刑", 1, "减刑"},
	} {
		f, err := s.Search(t.Context(), queries.Query{Text: c.text, Limit: 30})
		if err != nil {
			t.Fatal(err)
		}
		if f.Total < c.least {
			t.Errorf("%s: %d items, loose %v", c.text, f.Total, f.Loose)
		}
		for _, m := range f.Items {
			if c.has != "" && !strings.Contains(m.Text, c.has) {
				t.Errorf("%s: %s", c.text, m.Text)
			}
		}
	}
	f, err := s.Search(t.Context(), queries.Query{Text: "没有人这样说过的一句话", Limit: 30})
	if err != nil || (f.Total != 0 && !f.Loose) {
		t.Errorf("%d %v", f.Total, err)
	}
	for _, q := range []queries.Query{{Department: "JY", Limit: 5}, {Topic: "06", Kind: "建议", Limit: 5}, {Text: "   ", Limit: 5}, {Text: "' OR 1=1 --", Limit: 5}, {Text: strings.Repeat("减", 500), Limit: 5}, {Text: "community correction", Limit: 5}} {
		f, err := s.Search(t.Context(), q)
		if err != nil {
			t.Errorf("%+v: %v", q, err)
		}
		for _, m := range f.Items {
			if q.Department != "" && m.Department != q.Department {
				t.Errorf("%s from %s", q.Department, m.Department)
			}
		}
	}
}
