package workbench

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// VoicesPage lists the missing voices (缺少的声音): departments, provinces and
// posts that are silent on an issue where they should be heard.
type VoicesPage struct {
	Kinds  []VoiceKind
	Kind   string
	Voice  string
	Least  float64
	Leasts []string
	Rows   []SilentRow
	More   int
	Most   []VoiceSum // who is silent most often, of this kind
	Asked  url.Values
}

// VoiceKind is a tab of the page.
type VoiceKind struct {
	Name string
	N    int
}

// VoiceSum is how often one voice is missing.
type VoiceSum struct {
	Voice, Department, Label string
	Issues                   int
	Expected                 float64
}

// SilentRow is one voice missing from one issue.
type SilentRow struct {
	queries.SilentVoice
	Label string
}

const (
	silentRows = 100
	silentSums = 12
)

// With is the page's address with one parameter changed.
func (p *VoicesPage) With(name, value string) string { return with("/voices", p.Asked, name, value) }

// LeastIs says which figure of expectation is in force.
func (p *VoicesPage) LeastIs(text string) bool {
	return strconv.FormatFloat(p.Least, 'f', -1, 64) == text
}

// postTable reads the table of posts, once for each version of the tables.
type postTable struct {
	sync.Mutex
	run    string
	loaded bool
	posts  []queries.Post
}

func (rq *request) posts() ([]queries.Post, error) {
	t := &rq.w.posts
	t.Lock()
	defer t.Unlock()
	if run := rq.w.store.RunID(); !t.loaded || t.run != run {
		tables, err := lexicon.Load(rq.w.store.Folder().Lexicon())
		if err != nil {
			// A table the administrator is mending must not close this page.
			rq.w.log.Error("posts read from the embedded table", "error", err)
			if tables, err = lexicon.Load(""); err != nil {
				return nil, err
			}
		}
		t.posts = nil
		for _, p := range tables.Posts {
			t.posts = append(t.posts, queries.Post{Department: string(p.Department), Name: p.Name, Pattern: p.Pattern})
		}
		t.run, t.loaded = run, true
	}
	return t.posts, nil
}

func (rq *request) voiceLabel(v *queries.SilentVoice) string {
	if v.Kind == queries.VoiceDepartment {
		if rq.Lang == "en" {
			return feedback.Department(v.Voice).English()
		}
		return feedback.Department(v.Voice).Name()
	}
	return v.Voice
}

// silentOn is who should be heard on a group and is not, as rows.
func (rq *request) silentOn(key string) ([]SilentRow, error) {
	posts, err := rq.posts()
	if err != nil {
		return nil, err
	}
	list, err := rq.w.store.SilentOn(rq.ctx(), posts, key)
	out := make([]SilentRow, 0, len(list))
	for i := range list {
		out = append(out, SilentRow{list[i], rq.voiceLabel(&list[i])})
	}
	return out, err
}

func voicesPage(rq *request) error {
	posts, err := rq.posts()
	if err != nil {
		return err
	}
	list, err := rq.w.store.SilentVoices(rq.ctx(), posts)
	if err != nil {
		return err
	}
	p := VoicesPage{Kind: rq.query("kind"), Voice: rq.query("voice"), Leasts: []string{"1", "2", "3"}, Asked: rq.c.Request.URL.Query()}
	if p.Least, err = strconv.ParseFloat(rq.query("least"), 64); err != nil || !(p.Least >= queries.LeastExpected) {
		p.Least = queries.LeastExpected
	}
	kinds := []string{queries.VoiceDepartment, queries.VoiceProvince, queries.VoicePost}
	for _, k := range kinds {
		p.Kinds = append(p.Kinds, VoiceKind{Name: k})
	}
	if !slices.Contains(kinds, p.Kind) {
		p.Kind = kinds[0]
	}
	sums := map[string]int{}
	for i := range list {
		v := &list[i]
		if v.Expected < p.Least {
			continue
		}
		p.Kinds[slices.Index(kinds, v.Kind)].N++
		if v.Kind != p.Kind {
			continue
		}
		label := rq.voiceLabel(v)
		at, ok := sums[v.Voice]
		if !ok {
			at = len(p.Most)
			sums[v.Voice] = at
			p.Most = append(p.Most, VoiceSum{Voice: v.Voice, Department: v.Department, Label: label})
		}
		p.Most[at].Issues++
		p.Most[at].Expected += v.Expected
		if p.Voice != "" && v.Voice != p.Voice {
			continue
		}
		if len(p.Rows) == silentRows {
			p.More++
			continue
		}
		p.Rows = append(p.Rows, SilentRow{*v, label})
	}
	slices.SortFunc(p.Most, func(a, b VoiceSum) int {
		return cmp.Or(cmp.Compare(b.Issues, a.Issues), cmp.Compare(b.Expected, a.Expected), cmp.Compare(a.Voice, b.Voice))
	})
	p.Most = p.Most[:min(len(p.Most), silentSums)]
	return rq.show(http.StatusOK, "voices", "缺少的声音", p)
}
