package queries

import (
	"context"
	"sync"
	"time"
)

// The kinds of voice that can be missing from an issue.
const (
	VoiceDepartment = "部门"
	VoiceProvince   = "省份"
	VoicePost       = "岗位"
)

// Post is a kind of place where people serve, told from the unit's name.
type Post struct{ Department, Name, Pattern string }

// SilentVoice is a department, a province or a post that says nothing to an
// issue where it should be heard: by its share of what is said to the same
// chapter in other issues it would be expected to say Expected items of it.
// Were people to speak up independently, e^-Expected is how likely so long a
// silence is by chance: 37% at 1, 14% at 2, 5% at 3.
type SilentVoice struct {
	Kind       string  `column:"kind"`
	Voice      string  `column:"voice"`         // department code, province, or the post's name
	Department string  `column:"of_department"` // of a department or a post
	Key        string  `column:"group_key"`
	Title      string  `column:"title"`
	IssueNo    int     `column:"issue_no"`
	Status     string  `column:"status"`
	Items      int     `column:"items"` // of the issue
	Chapter    string  `column:"chapter"`
	Expected   float64 `column:"expected"`
	Elsewhere  float64 `column:"elsewhere"` // items the voice says to other issues of the chapter
	Issues     int     `column:"issues"`    // in so many of them
}

const (
	// LeastExpected is the expectation below which nobody is said to be missing.
	LeastExpected = 1.0
	silentMost    = 2000 // of each kind
	silentHolds   = 10 * time.Minute
)

// silentVoices keeps the answer over one corpus: it reads every item, and
// changes little with one decision.
type silentVoices struct {
	sync.Mutex
	at   time.Time
	list []SilentVoice
	of   map[string][]SilentVoice // by group; nil before the first count
	busy chan struct{}            // closed when the count going on ends; nil when none is
	err  error                    // of the last count
}

// SilentVoices lists who is silent where they should be heard, the most
// expected first within each kind. posts tells a post from a unit's name; the
// first of a department that fits counts. The answer is kept for ten minutes.
func (s *Store) SilentVoices(ctx context.Context, posts []Post) ([]SilentVoice, error) {
	list, _, err := s.silentVoices(ctx, posts, time.Minute)
	return list, err
}

// SilentSoon is SilentVoices for a page that has more to show: it waits a
// moment only, and the answer is empty while the first count of a corpus goes
// on.
func (s *Store) SilentSoon(ctx context.Context, posts []Post) ([]SilentVoice, error) {
	list, _, err := s.silentVoices(ctx, posts, silentWait)
	return list, err
}

// SilentOn lists who should be heard on one group and is not; like SilentSoon
// it waits a moment only.
func (s *Store) SilentOn(ctx context.Context, posts []Post, key string) ([]SilentVoice, error) {
	_, of, err := s.silentVoices(ctx, posts, silentWait)
	return of[key], err
}

// silentWait is how long a page with more to show waits for the first count.
const silentWait = 150 * time.Millisecond

func (s *Store) silentVoices(ctx context.Context, posts []Post, wait time.Duration) ([]SilentVoice, map[string][]SilentVoice, error) {
	v := &s.current.Load().silent
	v.Lock()
	if v.of != nil && s.now().Sub(v.at) <= silentHolds {
		defer v.Unlock()
		return v.list, v.of, nil
	}
	if v.busy == nil {
		v.busy = make(chan struct{})
		s.posts.Store(&posts)
		// Counted to its end even if the person who asked first has gone.
		ctx := context.WithoutCancel(ctx)
		s.background.Go(func() {
			ctx, g, release := s.hold(ctx)
			defer release()
			s.countSilent(ctx, g, posts)
			if &g.silent != v { // a swap came between: what is waited for is not counted
				v.counted(nil, nil, s.now())
			}
		})
	}
	if v.of != nil {
		defer v.Unlock()
		return v.list, v.of, nil // a little old; the next to ask gets the new one
	}
	busy := v.busy
	v.Unlock()
	select {
	case <-busy:
	case <-time.After(wait):
		return nil, nil, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	v.Lock()
	defer v.Unlock()
	return v.list, v.of, v.err
}

// countSilent counts over g, which the context names.
func (s *Store) countSilent(ctx context.Context, g *generation, posts []Post) {
	var departments, names, patterns []string
	for _, p := range posts {
		departments, names, patterns = append(departments, p.Department), append(names, p.Name), append(patterns, p.Pattern)
	}
	list, err := rows[SilentVoice](ctx, s.db, "corpus/silent_voices", args{
		"departments": orEmpty(departments), "names": orEmpty(names), "patterns": orEmpty(patterns), "least": LeastExpected, "most": silentMost,
	})
	g.silent.counted(list, err, s.now())
}

// counted takes what a count came to, and lets those go on who wait for it.
func (v *silentVoices) counted(list []SilentVoice, err error, now time.Time) {
	v.Lock()
	defer v.Unlock()
	if v.err = err; err == nil {
		v.at, v.list, v.of = now, list, map[string][]SilentVoice{}
		for _, sv := range list {
			v.of[sv.Key] = append(v.of[sv.Key], sv)
		}
	}
	if v.busy != nil {
		close(v.busy)
		v.busy = nil
	}
}
