package queries

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// busy opens a store and makes n writes, the last one a moment ago.
func busy(t *testing.T, folder Folder, n int) *Store {
	t.Helper()
	s, err := OpenStore(t.Context(), string(folder), StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := s.Record(t.Context(), 0, "export", fmt.Sprintf("write:%d", i), map[string]any{"text": strings.Repeat("话", 50)}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// asKilled copies a data folder's review as a kill at this moment would leave
// it: file, log and standby, nothing folded.
func asKilled(t *testing.T, s *Store) Folder {
	t.Helper()
	to := Folder(filepath.Join(t.TempDir(), "data"))
	if err := to.Make(); err != nil {
		t.Fatal(err)
	}
	s.write.Lock()
	defer s.write.Unlock()
	copyAll(t, filepath.Dir(s.folder.Review()), filepath.Dir(to.Review()))
	return to
}

// copyAll reads by a descriptor of its own process's making: closing one of the
// review file here would let DuckDB's lock go, which no test relies on.
func copyAll(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func contentsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	r, err := readReview(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range r.contents {
		out[c.Table] = fmt.Sprint(c.Rows, " ", c.Digest)
	}
	return out
}

// damages are what can happen to a review file; each says whether the standby
// must take its place.
var damages = []struct {
	name string
	do   func(r *rand.Rand, review string) error
}{
	{"bytes flipped in the file", func(r *rand.Rand, review string) error { return flip(r, review, 1+r.IntN(200)) }},
	{"a header flipped", func(r *rand.Rand, review string) error { return flipWithin(r, review, 12288, 4) }},
	{"a block of zeros", func(r *rand.Rand, review string) error {
		f, err := os.OpenFile(review, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		info, _ := f.Stat()
		_, err = f.WriteAt(make([]byte, 1<<16), r.Int64N(info.Size()))
		return errors.Join(err, f.Close())
	}},
	{"the file cut", func(r *rand.Rand, review string) error { return cut(r, review) }},
	{"the log cut", func(r *rand.Rand, review string) error { return cut(r, review+".wal") }},
	{"bytes flipped in the log", func(r *rand.Rand, review string) error { return flip(r, review+".wal", 1+r.IntN(10)) }},
	{"the file gone", func(_ *rand.Rand, review string) error { return os.Remove(review) }},
	{"the log gone", func(_ *rand.Rand, review string) error { return os.Remove(review + ".wal") }},
	{"both gone", func(_ *rand.Rand, review string) error {
		return errors.Join(os.Remove(review), os.Remove(review+".wal"))
	}},
	{"the file empty", func(_ *rand.Rand, review string) error { return os.Truncate(review, 0) }},
}

func cut(r *rand.Rand, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, r.Int64N(info.Size()))
}

func flip(r *rand.Rand, path string, n int) error { return flipWithin(r, path, 1<<62, n) }

func flipWithin(r *rand.Rand, path string, within int64, n int) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	one := make([]byte, 1)
	for range n {
		at := r.Int64N(min(within, info.Size()))
		_, read := f.ReadAt(one, at)
		one[0] ^= byte(1 + r.IntN(255))
		_, write := f.WriteAt(one, at)
		err = errors.Join(err, read, write)
	}
	return errors.Join(err, f.Close())
}

// However the review file is damaged after a kill, no acknowledged write is
// missing when the store is opened again.
func TestStandbyMakesUpForEveryDamage(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	s := busy(t, Folder(filepath.Join(t.TempDir(), "data")), 20)
	defer s.Close()
	want := contentsOf(t, asKilled(t, s).Review())
	recovered := 0
	for _, d := range damages {
		for range 2 {
			folder := asKilled(t, s)
			if err := d.do(r, folder.Review()); err != nil {
				t.Fatal(err)
			}
			again, err := OpenStore(t.Context(), string(folder), StoreOptions{})
			if err != nil {
				t.Fatalf("%s: %v", d.name, err)
			}
			// What the opening itself wrote is not what was there before.
			wrote := again.Recovery() != ""
			if wrote {
				recovered++
				if len(folder.DamagedReviews()) != 1 {
					t.Errorf("%s: the damaged file was not kept", d.name)
				}
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
			got := contentsOf(t, folder.Review())
			if wrote {
				delete(got, "audit")
			}
			for table, c := range got {
				if c != want[table] {
					t.Errorf("%s: %s is %s, was %s", d.name, table, c, want[table])
				}
			}
			wantAudit(t, folder, 20, wrote, d.name)
		}
	}
	// A flipped byte may lie where nothing is.
	if recovered < len(damages) {
		t.Errorf("only %d of %d damages were found", recovered, 2*len(damages))
	}
}

func wantAudit(t *testing.T, folder Folder, writes int, recovered bool, what string) {
	t.Helper()
	r, err := OpenReview(t.Context(), folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	problems, lines, err := r.VerifyAudit(t.Context())
	if recovered {
		writes++ // the line that tells of it
	}
	if err != nil || len(problems) > 0 || lines != writes {
		t.Errorf("%s: audit log of %d lines, want %d: %v %v", what, lines, writes, problems, err)
	}
}

// A standby that is itself damaged is made anew from a review file that is
// whole; with both damaged nothing is touched.
func TestDamagedStandbyIsMadeAnew(t *testing.T) {
	s := busy(t, Folder(filepath.Join(t.TempDir(), "data")), 5)
	defer s.Close()
	r := rand.New(rand.NewPCG(1, 2))
	for _, part := range []string{"base-*", "journal-*"} {
		folder := asKilled(t, s)
		names, _ := filepath.Glob(filepath.Join(folder.Standby(), part))
		if err := flipWithin(r, names[0], 500, 20); err != nil {
			t.Fatal(err)
		}
		again, err := OpenStore(t.Context(), string(folder), StoreOptions{})
		if err != nil {
			t.Fatalf("%s: %v", part, err)
		}
		if !strings.Contains(again.Recovery(), "备用副本已损坏") {
			t.Errorf("%s: said %q", part, again.Recovery())
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := ReadStandby(t.Context(), folder); !ok || err != nil {
			t.Errorf("%s: no new standby: %v", part, err)
		}
		wantAudit(t, folder, 5, true, part)
	}
	folder := asKilled(t, s)
	names, _ := filepath.Glob(filepath.Join(folder.Standby(), "base-*"))
	if err := errors.Join(flip(r, names[0], 500), flip(r, folder.Review(), 500), os.Truncate(folder.Review(), 9000)); err != nil {
		t.Fatal(err)
	}
	var refusal *Refusal
	if _, err := OpenStore(t.Context(), string(folder), StoreOptions{}); !errors.As(err, &refusal) || !strings.Contains(refusal.Zh, "都不能用") {
		t.Errorf("both damaged: %v", err)
	}
}

// An old file in the review's place is not taken for it, and not thrown away
// either: a person says which of the two is meant.
func TestOldReviewIsRefusedBesideItsStandby(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "data"))
	if err := busy(t, folder, 5).Close(); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(folder.Review())
	if err != nil {
		t.Fatal(err)
	}
	if err := busy(t, folder, 5).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.Review(), old, 0o600); err != nil {
		t.Fatal(err)
	}
	var refusal *Refusal
	if _, err := OpenStore(t.Context(), string(folder), StoreOptions{}); !errors.As(err, &refusal) || !strings.Contains(refusal.Zh, "restore --standby") {
		t.Fatalf("opened: %v", err)
	}
	aside, err := RestoreStandby(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(filepath.Join(aside, "review.duckdb")); err != nil || !slices.Equal(kept, old) {
		t.Errorf("the file that stood there was not kept: %v", err)
	}
	wantAudit(t, folder, 10, false, "restored")
}

// A process killed after the log was folded and before the standby was begun
// anew leaves a file that differs in bytes and in nothing else; and work done
// without a standby is taken in.
func TestReviewAheadOfItsStandbyIsTaken(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "data"))
	s := busy(t, folder, 5)
	before := filepath.Join(t.TempDir(), "standby")
	copyAll(t, folder.Standby(), before)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		copyAll(t, before, folder.Standby())
		s, err := OpenStore(t.Context(), string(folder), StoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Recovery() != "" || len(folder.DamagedReviews()) > 0 {
			t.Errorf("recovered: %s", s.Recovery())
		}
		if err := s.Record(t.Context(), 0, "export", "more", nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantAudit(t, folder, 7, false, "ahead")
}

// When the journal cannot be written, the standby is begun anew; when that
// cannot be done either, the person is told, and nothing more is accepted until
// it can.
func TestNothingIsAcknowledgedWithoutTheStandby(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "data"))
	s := busy(t, folder, 3)
	defer s.Close()
	if err := s.standby.journal.Close(); err != nil {
		t.Fatal(err)
	}
	write := func() error { return s.Record(t.Context(), 0, "export", "x", nil) }
	if err := write(); err != nil {
		t.Fatalf("a new standby could be begun: %v", err)
	}
	gen := s.standby.gen
	if err := s.standby.journal.Close(); err != nil {
		t.Fatal(err)
	}
	away := folder.Standby() + "-away"
	if err := errors.Join(os.Rename(folder.Standby(), away), os.WriteFile(folder.Standby(), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for i, say := range []string{"操作已经保存，但备用副本未能写入", "本次操作没有保存"} {
		var refusal *Refusal
		if err := write(); !errors.As(err, &refusal) || !strings.Contains(refusal.Zh, say) {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if err := os.Remove(folder.Standby()); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil || s.standby.gen <= gen {
		t.Errorf("with a folder again: %v, generation %d", err, s.standby.gen)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantAudit(t, folder, 6, false, "after all")
	state, ok, err := ReadStandby(t.Context(), folder)
	if err != nil || !ok || state.AuditSeq != 6 {
		t.Errorf("standby: %+v %v", state, err)
	}
}

// A second process finds the review taken before it compares anything.
func TestSecondStoreIsRefused(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "data"))
	s := busy(t, folder, 1)
	defer s.Close()
	var refusal *Refusal
	if _, err := OpenStore(t.Context(), string(folder), StoreOptions{}); !errors.As(err, &refusal) || refusal.Kind != Busy {
		t.Errorf("opened twice: %v", err)
	}
	if _, err := RestoreStandby(t.Context(), folder); !errors.As(err, &refusal) || refusal.Kind != Busy {
		t.Errorf("restored beside a running workbench: %v", err)
	}
}

// The log is folded while readers are at work, and stays equal to its standby.
func TestLogIsFoldedWhenItHasGrown(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "data"))
	s := busy(t, folder, 1)
	defer s.Close()
	tx, err := s.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := rows[countRow](t.Context(), tx, "corpus/ping", nil); err != nil {
		t.Fatal(err)
	}
	gen := s.standby.gen
	long := strings.Repeat("很长的话", 1<<18) // 3 MiB a write
	for range 4 {
		if err := s.Record(t.Context(), 0, "export", "x", map[string]string{"text": long}); err != nil {
			t.Fatal(err)
		}
		s.tend(t.Context())
	}
	if s.standby.gen == gen {
		t.Error("the log was never folded")
	}
	want := contentsOf(t, asKilled(t, s).Review())
	k, err := readStandby(folder.Standby())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "review.duckdb")
	if err := k.lay(path); err != nil {
		t.Fatal(err)
	}
	if got := contentsOf(t, path); !maps.Equal(got, want) {
		t.Errorf("standby %v\nreview %v", got, want)
	}
}

// BenchmarkWrite is what one write costs with its standby, BenchmarkFollow what
// of it the standby takes.
func BenchmarkWrite(b *testing.B) {
	s, err := OpenStore(b.Context(), b.TempDir(), StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		if err := s.Record(b.Context(), 0, "export", "x", map[string]any{"text": "一句话"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFollow(b *testing.B) {
	dir := b.TempDir()
	review := filepath.Join(dir, "review.duckdb")
	journal, err := os.OpenFile(filepath.Join(dir, "journal-1"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	log, err := os.OpenFile(review+".wal", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	s := standby{journal: journal}
	defer s.let()
	record := make([]byte, 400) // as long as a line of the audit log
	for b.Loop() {
		if _, err := log.Write(record); err != nil {
			b.Fatal(err)
		}
		if err := s.follow(review); err != nil {
			b.Fatal(err)
		}
	}
}
