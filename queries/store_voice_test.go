package queries_test

import (
	"math"
	"testing"

	"tongtang/queries"
	"tongtang/queries/corpustest"
)

// What the statement says is counted again here, item by item.
func TestSilentVoicesAreThoseExpectedByTheirShare(t *testing.T) {
	s, _ := open(t, corpustest.Options{})
	posts := []queries.Post{{Department: "GA", Name: "看守所", Pattern: "看守所"}, {Department: "GA", Name: "监所管理部门", Pattern: "总队|支队"}, {Department: "JC", Name: "派驻检察", Pattern: "派驻"}}
	list, err := s.SilentVoices(t.Context(), posts)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d, %v", len(list), err)
	}
	groups, _, err := s.List(t.Context(), queries.Filter{States: []string{queries.StateIssue, queries.StateSuggested}, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	views := map[string]queries.GroupView{}
	for _, g := range groups {
		if views[g.Key], err = s.Group(t.Context(), g.Key); err != nil {
			t.Fatal(err)
		}
	}
	says := func(sv *queries.SilentVoice, key string) (own, all float64) {
		for _, m := range views[key].Members {
			switch sv.Kind {
			case queries.VoiceDepartment:
				if m.Department == "XX" {
					continue
				}
				all++
				if m.Department == sv.Voice {
					own++
				}
			case queries.VoiceProvince:
				if m.Province == "" {
					continue
				}
				all++
				if m.Province == sv.Voice {
					own++
				}
			}
		}
		return own, all
	}
	for i := range list {
		sv := &list[i]
		kinds[sv.Kind]++
		if sv.Kind == queries.VoicePost {
			continue
		}
		var own, all float64
		for key, v := range views {
			if v.Topic != "" && v.Topic[:2] == sv.Chapter && key != sv.Key {
				o, a := says(sv, key)
				own, all = own+o, all+a
			}
		}
		here, issue := says(sv, sv.Key)
		if want := issue * own / all; here != 0 || math.Abs(want-sv.Expected) > 1e-9 || own != sv.Elsewhere {
			t.Errorf("%s %s on %s: expected %v, counted %v; says %v there", sv.Kind, sv.Voice, sv.Title, sv.Expected, want, here)
		}
	}
	if kinds[queries.VoiceDepartment] == 0 || kinds[queries.VoicePost] == 0 {
		t.Errorf("kinds %v", kinds)
	}
	first := list[0]
	on, err := s.SilentOn(t.Context(), posts, first.Key)
	if err != nil || len(on) == 0 {
		t.Errorf("nobody is silent on %s, %v", first.Key, err)
	}
}
