package queries

import (
	"strconv"
	"testing"
)

// What was read before a change is not kept after it, and what is kept takes
// no more than it may.
func TestRecentForgetsAndIsBounded(t *testing.T) {
	r := recent[int]{most: 100}
	_, missing, since := r.find([]string{"a", "b"})
	if len(missing) != 2 {
		t.Fatalf("missing %q", missing)
	}
	r.keep(since, "a", 1, 10)
	r.forget(false, []string{"a"})
	r.keep(since, "b", 2, 10) // read before something changed
	if found, _, _ := r.find([]string{"a", "b"}); len(found) != 0 {
		t.Errorf("found %v after a change", found)
	}
	_, _, since = r.find(nil)
	r.keep(since, "used", 7, 10)
	for i := range 1000 {
		if found, _, _ := r.find([]string{"used"}); i < 3 && found["used"] != 7 {
			t.Errorf("lost what was asked for a moment ago: %v", found)
		}
		r.keep(since, strconv.Itoa(i), i, 10)
		if n := len(r.young) + len(r.old); n > 14 {
			t.Fatalf("%d values of 10 bytes are kept in 100", n)
		}
	}
	if found, _, _ := r.find([]string{"999"}); found["999"] != 999 {
		t.Errorf("the latest is gone: %v", found)
	}
	r.forget(true, nil)
	if found, _, _ := r.find([]string{"999"}); len(found) != 0 {
		t.Errorf("found %v after all was forgotten", found)
	}
}
