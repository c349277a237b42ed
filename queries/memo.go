package queries

import (
	"context"
	"sync"
)

// memo keeps one answer for as long as the version it was asked at stands.
// Those who ask while it is being found wait for it.
type memo[T any] struct {
	sync.Mutex
	known   bool
	version int64
	answer  T
}

func (m *memo[T]) get(ctx context.Context, version int64, ask func(context.Context) (T, error)) (T, error) {
	m.Lock()
	defer m.Unlock()
	if m.known && m.version == version {
		return m.answer, nil
	}
	answer, err := ask(ctx)
	if err != nil {
		return answer, err
	}
	m.known, m.version, m.answer = true, version, answer
	return answer, nil
}

// amend changes the answer where it stands; change returns a new one and leaves
// the old to those who have it.
func (m *memo[T]) amend(change func(T) T) {
	m.Lock()
	defer m.Unlock()
	if m.known {
		m.answer = change(m.answer)
	}
}
