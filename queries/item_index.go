package queries

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// itemIndex is what a search reads of a corpus, kept in memory: the texts, what
// filters ask of each item, and for each word and norm the items that have it.
// At a million items of 90 characters it takes about 450 MB, most of it text;
// it is read once for each corpus and never changes.
//
// Items are numbered by age, the latest first, so that a list of numbers in
// ascending order is an answer in the order people read it.
type itemIndex struct {
	text  []byte  // one after the other in the order of the corpus's rows, a line end after each
	at    []int64 // where in text each row's begins; one more than rows
	row   []int32 // of the item with this number
	of    []int32 // number of the item of this row
	ids   []string
	has   [4][]uint16 // by row: department, province, training, kind
	value [4]map[string]uint16
	word  map[string]int32
	items [][]int32 // by word: numbers, ascending
	norms []normIndex
}

type normIndex struct {
	label, raw string // without 《》
	items      []int32
}

// lazyIndex reads the index when it is first asked for.
type lazyIndex struct {
	sync.Mutex
	index *itemIndex
}

func (l *lazyIndex) loaded() bool {
	l.Lock()
	defer l.Unlock()
	return l.index != nil
}

func (l *lazyIndex) get(ctx context.Context, s *Store) (*itemIndex, error) {
	l.Lock()
	defer l.Unlock()
	if l.index == nil {
		// Others wait for it: it does not end with the person who asked first.
		x, err := s.readIndex(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		l.index = x
		debug.FreeOSMemory() // reading it took as much again
	}
	return l.index, nil
}

// Warm reads what searches need, and the tables that pages look rows up in, so
// that the first people do not wait for the disk.
func (s *Store) Warm(ctx context.Context) error {
	ctx, g, release := s.hold(ctx)
	defer release()
	return s.warm(ctx, g)
}

func (s *Store) warm(ctx context.Context, g *generation) error {
	if _, err := g.index.get(ctx, s); err != nil {
		return err
	}
	if _, _, err := one[countRow](ctx, s.db, "corpus/warm", nil); err != nil {
		return err
	}
	// The largest take longest to read, and stand at the head of a list.
	large, err := rows[keyRow](ctx, s.db, "corpus/largest", nil)
	if err != nil {
		return err
	}
	for _, l := range large {
		b, err := s.base(ctx, g, l.Key)
		if err == nil {
			_, err = s.counts(ctx, g, l.Key, b, b.places)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readIndex(ctx context.Context) (*itemIndex, error) {
	x := &itemIndex{word: map[string]int32{}}
	days, err := s.readItems(ctx, x)
	if err != nil {
		return nil, err
	}
	x.row = make([]int32, len(days))
	for i := range x.row {
		x.row[i] = int32(i)
	}
	slices.SortStableFunc(x.row, func(a, b int32) int { return cmp.Compare(days[b], days[a]) })
	x.of = make([]int32, len(days))
	for n, r := range x.row {
		x.of[r] = int32(n)
	}
	if err := s.readWords(ctx, x); err != nil {
		return nil, err
	}
	return x, s.readNorms(ctx, x)
}

func (s *Store) readItems(ctx context.Context, x *itemIndex) (days []int32, err error) {
	for i := range x.value {
		x.value[i] = map[string]uint16{"": 0}
	}
	list, err := s.db.QueryContext(ctx, SQL("corpus/index_items"))
	if err != nil {
		return nil, fmt.Errorf("corpus/index_items: %w", err)
	}
	defer list.Close()
	x.at = []int64{0}
	for list.Next() {
		var id, text string
		var on *time.Time
		var of [4]string
		if err := list.Scan(&id, &on, &text, &of[0], &of[1], &of[2], &of[3]); err != nil {
			return nil, fmt.Errorf("corpus/index_items: %w", err)
		}
		day := int32(-1 << 30)
		if on != nil {
			day = int32(on.Unix() / 86400)
		}
		days, x.ids = append(days, day), append(x.ids, id)
		x.text = append(append(x.text, text...), '\n')
		x.at = append(x.at, int64(len(x.text)))
		for i, v := range of {
			n, ok := x.value[i][v]
			if !ok {
				n = uint16(len(x.value[i]))
				x.value[i][strings.Clone(v)] = n
			}
			x.has[i] = append(x.has[i], n)
		}
	}
	x.text, x.at, x.ids = slices.Clip(x.text), slices.Clip(x.at), slices.Clip(x.ids)
	return days, list.Err()
}

func (s *Store) readWords(ctx context.Context, x *itemIndex) error {
	words, err := rows[wordRow](ctx, s.db, "corpus/index_words", nil)
	if err != nil {
		return err
	}
	most := int32(-1)
	for _, w := range words {
		x.word[w.Word] = w.ID
		most = max(most, w.ID)
	}
	x.items = make([][]int32, most+1)
	// So many at a time, that reading them takes little beside what is kept.
	const part = 2_000_000
	from, sum := int32(0), 0
	for i, w := range words {
		if sum += w.Items; sum < part && i < len(words)-1 {
			continue
		}
		if err := s.readPostings(ctx, x, from, w.ID); err != nil {
			return err
		}
		from, sum = w.ID+1, 0
	}
	return nil
}

// readPostings reads in which items the words from..to stand.
func (s *Store) readPostings(ctx context.Context, x *itemIndex, from, to int32) error {
	list, err := s.db.QueryContext(ctx, SQL("corpus/index_postings"), sql.Named("from", from), sql.Named("to", to))
	if err != nil {
		return fmt.Errorf("corpus/index_postings: %w", err)
	}
	defer list.Close()
	for list.Next() {
		var word int32
		var rows any
		if err := list.Scan(&word, &rows); err != nil {
			return fmt.Errorf("corpus/index_postings: %w", err)
		}
		all, _ := rows.([]any)
		items := make([]int32, 0, len(all))
		for _, r := range all {
			if row, ok := r.(int32); ok && int(row) < len(x.of) {
				items = append(items, x.of[row])
			}
		}
		slices.Sort(items)
		if int(word) < len(x.items) {
			x.items[word] = items
		}
	}
	return list.Err()
}

func (s *Store) readNorms(ctx context.Context, x *itemIndex) error {
	type cited struct {
		Label string `column:"label"`
		Raw   string `column:"raw"`
		Row   int32  `column:"row"`
	}
	list, err := rows[cited](ctx, s.db, "corpus/index_norms", nil)
	if err != nil {
		return err
	}
	plain := strings.NewReplacer("《", "", "》", "")
	for _, c := range list {
		label, raw := plain.Replace(c.Label), plain.Replace(c.Raw)
		if n := len(x.norms); n == 0 || x.norms[n-1].label != label || x.norms[n-1].raw != raw {
			x.norms = append(x.norms, normIndex{label: label, raw: raw})
		}
		n := &x.norms[len(x.norms)-1]
		n.items = append(n.items, x.of[c.Row])
	}
	for i := range x.norms {
		slices.Sort(x.norms[i].items)
		x.norms[i].items = slices.Compact(x.norms[i].items)
	}
	return nil
}

// narrow keeps of the items those that meet the query's filters.
func (x *itemIndex) narrow(items []int32, q *Query) []int32 {
	for i, v := range [4]string{q.Department, q.Province, q.Training, q.Kind} {
		if v == "" {
			continue
		}
		want, ok := x.value[i][v]
		if !ok {
			return nil
		}
		kept := make([]int32, 0, len(items)/4)
		for _, n := range items {
			if x.has[i][x.row[n]] == want {
				kept = append(kept, n)
			}
		}
		items = kept
	}
	return items
}

// every lists all items, the latest first.
func (x *itemIndex) every() []int32 {
	all := make([]int32, len(x.row))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// with lists the items that have all the words. It begins with the rarest and
// looks each of its items up in the others.
func (x *itemIndex) with(words []int32) []int32 {
	lists := make([][]int32, len(words))
	for i, w := range words {
		lists[i] = x.items[w]
	}
	slices.SortFunc(lists, func(a, b []int32) int { return len(a) - len(b) })
	out := lists[0]
	for _, l := range lists[1:] {
		out = intersect(out, l)
	}
	return out
}

// intersect lists what stands in both; a is the shorter.
func intersect(a, b []int32) []int32 {
	out := make([]int32, 0, len(a))
	if len(b) > 16*len(a) {
		for _, n := range a {
			i, ok := slices.BinarySearch(b, n)
			if ok {
				out = append(out, n)
			}
			b = b[i:]
		}
		return out
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			out = append(out, a[i])
			i++
			j++
		}
	}
	return out
}

// citing lists the items that cite a norm of one of the spellings.
func (x *itemIndex) citing(spellings []string) []int32 {
	var out []int32
	for _, n := range x.norms {
		if slices.ContainsFunc(spellings, func(s string) bool { return strings.Contains(n.label, s) || strings.Contains(n.raw, s) }) {
			out = append(out, n.items...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// saying keeps of the items those in whose text all the terms stand as they
// were typed; Latin letters in either case.
func (x *itemIndex) saying(items []int32, terms []string) []int32 {
	var out []int32
	want := make([][]byte, len(terms))
	latin := false
	for i, t := range terms {
		want[i] = []byte(t)
		latin = latin || strings.ContainsFunc(t, func(r rune) bool { return r >= 'a' && r <= 'z' })
	}
	for _, n := range items {
		text := x.text[x.at[x.row[n]]:x.at[x.row[n]+1]]
		if latin {
			text = bytes.ToLower(text)
		}
		if !slices.ContainsFunc(want, func(t []byte) bool { return !bytes.Contains(text, t) }) {
			out = append(out, n)
		}
	}
	return out
}

// scan is saying over all items: the texts are read as one, for the term that
// is rarest to meet, the longest.
func (x *itemIndex) scan(terms []string) []int32 {
	longest := slices.MaxFunc(terms, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	if strings.ContainsFunc(longest, func(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) }) {
		return x.saying(x.every(), terms) // either case
	}
	var hits []int32
	for from := 0; ; {
		i := bytes.Index(x.text[from:], []byte(longest))
		if i < 0 {
			break
		}
		// The row whose text this stands in: the last that begins at or before it.
		r, ok := slices.BinarySearch(x.at, int64(from+i))
		if !ok {
			r--
		}
		hits = append(hits, x.of[r])
		from = int(x.at[r+1])
	}
	slices.Sort(hits)
	return x.saying(hits, terms)
}

// page gives the IDs of one page of an answer.
func (x *itemIndex) page(items []int32, limit, offset int) []string {
	items = items[min(offset, len(items)):]
	items = items[:min(limit, len(items))]
	out := make([]string, len(items))
	for i, n := range items {
		out[i] = x.ids[x.row[n]]
	}
	return out
}

// numbers gives the items of the IDs, the latest first.
func (x *itemIndex) numbers(ids []string) []int32 {
	out := make([]int32, 0, len(ids))
	for _, id := range ids {
		// The corpus's rows stand in the order of IDs.
		if r, ok := slices.BinarySearch(x.ids, id); ok {
			out = append(out, x.of[r])
		}
	}
	slices.Sort(out)
	return out
}
