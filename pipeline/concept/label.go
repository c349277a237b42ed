package concept

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongtang/pipeline/segment"
)

// tidy sets a title as print would: digits and letters of normal width, no
// space beside a Han character or its punctuation, single spaces elsewhere.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if r > 0xff00 && r < 0xff5f && !unicode.IsPunct(r) {
			return r - 0xfee0
		}
		return r
	}, s)
	words := strings.Fields(s)
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			last, _ := utf8.DecodeLastRuneInString(words[i-1])
			if last < 0x2e80 && firstRune(w) < 0x2e80 {
				b.WriteByte(' ')
			}
		}
		b.WriteString(w)
	}
	return b.String()
}

// clauses cuts after commas, question marks and colons, keeping them.
func clauses(s string) []string {
	var out []string
	from := 0
	for i, r := range s {
		if strings.ContainsRune("，,？?：:", r) {
			out = append(out, s[from:i+utf8.RuneLen(r)])
			from = i + utf8.RuneLen(r)
		}
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

// plainSentence takes openings and thanks off a sentence.
func (d *Describer) plainSentence(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("，,、：:~～·•-—*#①②③④⑤⑥⑦⑧⑨", r)
	})
	for range 3 {
		cutAny := false
		for _, c := range d.greetings {
			if rest, ok := strings.CutPrefix(s, c); ok && utf8.RuneCountInString(rest) >= 4 {
				s, cutAny = strings.TrimLeft(rest, "，,、：: !！"), true
				break
			}
		}
		for _, c := range d.thanks {
			if rest, ok := strings.CutSuffix(s, c); ok {
				s, cutAny = strings.TrimRight(rest, "，,、：: "), true
			}
		}
		if !cutAny {
			break
		}
	}
	return s
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// hangingEnglish are words that something must follow.
var hangingEnglish = strings.Fields("a an the and or but of to in on at for by with from that which is are")

// cut shortens at a clause, or between words before the limit with an ellipsis.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	out := ""
	for _, c := range clauses(s) {
		if utf8.RuneCountInString(out)+utf8.RuneCountInString(c) > limit {
			break
		}
		out += c
	}
	if out = strings.TrimRight(out, "，,、：: "); utf8.RuneCountInString(out) >= 8 {
		return out
	}
	runes := []rune(s)
	end := limit - 1
	letter := func(i int) bool {
		return runes[i] < 0x2e80 && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	for end > 0 && letter(end-1) && letter(end) { // never within a word
		end--
	}
	if end == 0 { // one word as long as that
		end = limit - 1
	}
	head := strings.TrimRight(string(runes[:end]), " ，,、：:")
	if at := strings.LastIndexByte(head, ' '); at > 0 && slices.Contains(hangingEnglish, head[at+1:]) {
		head = head[:at]
	}
	return head + "…"
}

// TopicGuess is a topic of the taxonomy with what speaks for it.
type TopicGuess struct {
	Code   string
	Share  float64  // of all the evidence for topics
	Reason []string // the cues found, most frequent first
}

// Topics suggests topics of the taxonomy for a group's texts, best first, at
// most three; none when no cue occurs.
func (d *Describer) Topics(texts []string) []TopicGuess {
	score := map[string]float64{}
	cues := map[string]map[string]int{}
	total := 0.0
	for _, text := range texts {
		folded := segment.Fold(text)
		seen := map[string]bool{}
		for _, m := range d.match(folded) {
			e := &d.entries[m.entry]
			if e.kind != themeEntry {
				continue
			}
			code, cue := d.themes[e.theme].topic, folded[m.start:m.end]
			if seen[code+cue] {
				continue
			}
			seen[code+cue] = true
			// A longer cue says more than a short one.
			s := float64(e.weight) * float64(utf8.RuneCountInString(cue))
			score[code] += s
			total += s
			if cues[code] == nil {
				cues[code] = map[string]int{}
			}
			cues[code][cue]++
		}
	}
	out := make([]TopicGuess, 0, len(score))
	for code, s := range score {
		g := TopicGuess{Code: code, Share: s / total}
		for cue := range cues[code] {
			g.Reason = append(g.Reason, cue)
		}
		slices.SortFunc(g.Reason, func(a, b string) int {
			return cmp.Or(cmp.Compare(cues[code][b], cues[code][a]), strings.Compare(a, b))
		})
		g.Reason = g.Reason[:min(5, len(g.Reason))]
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b TopicGuess) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Code, b.Code))
	})
	return out[:min(3, len(out))]
}

// FacetGuess is a value of a facet (问题性质, 影响程度) with the cues found.
type FacetGuess struct {
	Facet, Value string
	Documents    int // texts that carry a cue
	Reason       []string
}

// Facets suggests facet values for a group's texts by the cue words of the
// facets table, ordered by facet as in the table, most carried value first.
func (d *Describer) Facets(texts []string) []FacetGuess {
	var out []FacetGuess
	order := map[string]int{}
	for _, f := range d.tables.Facets {
		if _, ok := order[f.Facet]; !ok {
			order[f.Facet] = len(order)
		}
		g := FacetGuess{Facet: f.Facet, Value: f.Value}
		for _, text := range texts {
			folded, carries := segment.Fold(text), false
			for _, cell := range f.Cues {
				for _, cue := range strings.Split(segment.Fold(cell), "、") {
					if cue = strings.TrimSpace(cue); cue != "" && contains(folded, cue) {
						carries = true
						if !slices.Contains(g.Reason, cue) {
							g.Reason = append(g.Reason, cue)
						}
					}
				}
			}
			if carries {
				g.Documents++
			}
		}
		if g.Documents > 0 {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b FacetGuess) int {
		return cmp.Or(cmp.Compare(order[a.Facet], order[b.Facet]), cmp.Compare(b.Documents, a.Documents))
	})
	return out
}

// contains finds a cue; an ellipsis or two dots in it stand for a short gap.
func contains(text, cue string) bool {
	head, rest, ok := strings.Cut(strings.ReplaceAll(cue, "…", ".."), "..")
	if !ok {
		return strings.Contains(text, cue)
	}
	rest = strings.Trim(rest, ".")
	i := strings.Index(text, head)
	return i >= 0 && strings.Contains(text[i+len(head):min(len(text), i+len(head)+gap+len(rest))], rest)
}
