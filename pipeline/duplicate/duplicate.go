// Package duplicate finds texts that say the same in nearly the same words: a
// form sent twice with a character mended, a sentence forwarded with a word
// added. Equal texts are the business of item identities; these are shown to
// people as 近似重复 and never merged by machine.
//
// The method is MinHash with banding: A. Broder, On the resemblance and
// containment of documents (1997); J. Leskovec, A. Rajaraman, J. Ullman, Mining
// of Massive Datasets, chapter 3. 64 hashes over character pairs in 16 bands of
// 4 find two texts of Jaccard similarity 0.7 with probability 0.99 and two of
// 0.3 with probability 0.12, before the similarity itself is checked.
package duplicate

import (
	"cmp"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tongtang/pipeline/feedback"
)

const (
	hashes = 64
	bands  = 16
	rows   = hashes / bands
)

// Options tunes a Finder. The zero value means the defaults.
type Options struct {
	// MinSimilarity is the estimated Jaccard similarity of two texts' character
	// pairs from which they are linked. Zero means 0.6: one character changed in
	// a text of ten.
	MinSimilarity float64
	// MinRunes is the length of normalised text below which a text is left out:
	// short texts are alike by chance. Zero means 8.
	MinRunes int
}

// Link says that two texts are nearly the same. A < B.
type Link struct {
	A, B       string
	Similarity float64 // 1 for texts equal after normalising
}

// Finder collects texts and finds links between them. It keeps 280 bytes a
// text, not the text. It is not safe for concurrent use.
type Finder struct {
	opts Options
	docs []doc
}

type doc struct {
	id   string
	text xxh3.Uint128 // of the whole normalised text
	sig  [hashes]uint32
}

// New makes an empty Finder.
func New(opts Options) *Finder {
	if opts.MinSimilarity == 0 {
		opts.MinSimilarity = 0.6
	}
	if opts.MinRunes == 0 {
		opts.MinRunes = 8
	}
	return &Finder{opts: opts}
}

// Add takes one text under its id. Texts may come in any order; an id must not
// come twice.
func (f *Finder) Add(id, text string) {
	n := feedback.Normalize(text)
	if utf8.RuneCountInString(n) < f.opts.MinRunes {
		return
	}
	f.docs = append(f.docs, doc{id: id, text: xxh3.HashString128(n), sig: signature(n)})
}

// signature is the least value of each of 64 hash functions over the text's
// character pairs. One good hash per pair is turned into 64 by multiplying with
// odd constants, which is enough independence for banding.
func signature(text string) [hashes]uint32 {
	var sig [hashes]uint32
	for i := range sig {
		sig[i] = ^uint32(0)
	}
	var pair [8]byte
	prev := rune(-1)
	for _, r := range text {
		if prev >= 0 {
			binary.LittleEndian.PutUint32(pair[:4], uint32(prev))
			binary.LittleEndian.PutUint32(pair[4:], uint32(r))
			h := xxh3.Hash(pair[:])
			for i := range sig {
				if v := uint32((h*multipliers[i] + additions[i]) >> 32); v < sig[i] {
					sig[i] = v
				}
			}
		}
		prev = r
	}
	return sig
}

var multipliers, additions = func() (m, a [hashes]uint64) {
	for i := range m {
		m[i] = xxh3.HashString(string(rune('a'+i))+"multiply") | 1
		a[i] = xxh3.HashString(string(rune('a'+i)) + "add")
	}
	return m, a
}()

// bucketReach is how many neighbours in a bucket a text is compared with. Only
// boilerplate fills a bucket beyond it.
const bucketReach = 256

// Links gives every pair found, ordered by A, then B. The answer depends on the
// texts and ids alone, not on the order in which they were added. Of texts
// equal after normalising, each is linked to the one with the smallest id, and
// only that one is compared with others.
func (f *Finder) Links() []Link {
	slices.SortFunc(f.docs, func(a, b doc) int { return cmp.Compare(a.id, b.id) })
	var links []Link
	first := make(map[xxh3.Uint128]int, len(f.docs))
	distinct := make([]int, 0, len(f.docs))
	for i, d := range f.docs {
		if j, ok := first[d.text]; ok {
			links = append(links, Link{f.docs[j].id, d.id, 1})
			continue
		}
		first[d.text] = i
		distinct = append(distinct, i)
	}
	type entry struct {
		key uint64
		doc int
	}
	type pair struct{ a, b int }
	seen := map[pair]bool{}
	entries := make([]entry, len(distinct))
	for b := range bands {
		for k, i := range distinct {
			entries[k] = entry{bandKey(&f.docs[i].sig, b), i}
		}
		slices.SortFunc(entries, func(x, y entry) int {
			return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.doc, y.doc))
		})
		for k, e := range entries {
			for _, o := range entries[k+1 : min(len(entries), k+1+bucketReach)] {
				if o.key != e.key {
					break
				}
				p := pair{e.doc, o.doc}
				if seen[p] {
					continue
				}
				s := similarity(&f.docs[p.a].sig, &f.docs[p.b].sig)
				if s < f.opts.MinSimilarity {
					continue
				}
				seen[p] = true
				links = append(links, Link{f.docs[p.a].id, f.docs[p.b].id, s})
			}
		}
	}
	slices.SortFunc(links, func(x, y Link) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return links
}

// bandKey hashes one band of a signature.
func bandKey(sig *[hashes]uint32, band int) uint64 {
	var raw [4 * rows]byte
	for r := range rows {
		binary.LittleEndian.PutUint32(raw[4*r:], sig[band*rows+r])
	}
	return xxh3.Hash(raw[:])
}

// Near makes a test for texts that may be linked to one of these: with it a few
// texts are held against a million without keeping the million. Both sides are
// given normalised; the test may be used from several goroutines.
func (f *Finder) Near(these []string) func(normalised string) bool {
	type band struct {
		number int
		key    uint64
	}
	signatures := make([][hashes]uint32, 0, len(these))
	in := map[band][]int32{}
	for _, t := range these {
		if utf8.RuneCountInString(t) < f.opts.MinRunes {
			continue
		}
		sig := signature(t)
		for b := range bands {
			k := band{b, bandKey(&sig, b)}
			if len(in[k]) < bucketReach {
				in[k] = append(in[k], int32(len(signatures)))
			}
		}
		signatures = append(signatures, sig)
	}
	return func(normalised string) bool {
		if utf8.RuneCountInString(normalised) < f.opts.MinRunes {
			return false
		}
		sig := signature(normalised)
		for b := range bands {
			for _, i := range in[band{b, bandKey(&sig, b)}] {
				if similarity(&sig, &signatures[i]) >= f.opts.MinSimilarity {
					return true
				}
			}
		}
		return false
	}
}

// similarity estimates the Jaccard similarity: the share of equal hashes.
func similarity(a, b *[hashes]uint32) float64 {
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / hashes
}
