package queries

import (
	"context"
	"path/filepath"
	"testing"
)

// TestACorpusThatFailsHalfwayIsLetGo cancels the making of a generation at its
// start: what was attached is detached, and the store goes on.
func TestACorpusThatFailsHalfwayIsLetGo(t *testing.T) {
	ctx := t.Context()
	s, err := OpenStore(ctx, filepath.Join(t.TempDir(), "data"), StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if g, err := s.next(gone, ""); err == nil || g != nil {
		t.Fatalf("a generation was made without time for it: %v, %v", g, err)
	}
	if g, err := s.next(ctx, ""); err != nil || g == nil {
		t.Fatalf("after one that failed: %v", err)
	}
}
