package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// got is everything a file gave.
type got struct {
	subs    []feedback.Submission
	rejects []feedback.Reject
	notes   []Note
	report  Report
}

func newDecoder(t testing.TB, opts Options) *Decoder {
	t.Helper()
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(tables, opts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (g *got) handler() Handler {
	return Handler{
		Submission: func(s feedback.Submission) error { g.subs = append(g.subs, s); return nil },
		Reject:     func(r feedback.Reject) error { g.rejects = append(g.rejects, r); return nil },
		Note:       func(n Note) error { g.notes = append(g.notes, n); return nil },
	}
}

// decodeFile reads a file on disk under its own name.
func decodeFile(t testing.TB, d *Decoder, path string) got {
	t.Helper()
	var g got
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	g.report, err = d.Decode(t.Context(), File{Path: path, Name: filepath.Base(path), SHA256: hex.EncodeToString(sum[:])}, g.handler())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func decodeBytes(t testing.TB, d *Decoder, name string, body []byte) got {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return decodeFile(t, d, path)
}
