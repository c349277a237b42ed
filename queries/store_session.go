package queries

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"time"
)

// sessionRow is one signed-in browser. The token is a hash already.
type sessionRow struct {
	Token     string    `column:"token"`
	Data      []byte    `column:"data"`
	ExpiresAt time.Time `column:"expires_at"`
	AccountID int       `column:"account_id"`
	CreatedAt time.Time `column:"created_at"`
	usedAt    time.Time
}

// sessionCache keeps every live session in memory, so that a request costs no
// query; the file is written only when one begins, changes or ends.
type sessionCache struct {
	sync.Mutex
	loaded bool
	rows   map[string]sessionRow
}

// idleFor is how long a browser may be silent before it must sign in again.
const idleFor = 4 * time.Hour

func (s *Store) loadSessions(ctx context.Context) error {
	if s.sessions.loaded {
		return nil
	}
	all, err := rows[sessionRow](ctx, s.db, "review/session_list", args{"now": s.now()})
	if err != nil {
		return err
	}
	for _, r := range all {
		r.usedAt = s.now()
		s.sessions.rows[r.Token] = r
	}
	s.sessions.loaded = true
	return nil
}

// FindSession is the data of a live session.
func (s *Store) FindSession(ctx context.Context, token string) ([]byte, bool, error) {
	s.sessions.Lock()
	defer s.sessions.Unlock()
	if err := s.loadSessions(ctx); err != nil {
		return nil, false, err
	}
	r, ok := s.sessions.rows[token]
	now := s.now()
	if !ok || !r.ExpiresAt.After(now) || now.Sub(r.usedAt) > idleFor {
		return nil, false, nil
	}
	r.usedAt = now
	s.sessions.rows[token] = r
	return r.Data, true, nil
}

// SaveSession begins or changes a session.
func (s *Store) SaveSession(ctx context.Context, token string, data []byte, expires time.Time, accountID int) error {
	r := sessionRow{Token: token, Data: slices.Clone(data), ExpiresAt: expires.UTC(), AccountID: accountID, CreatedAt: s.now(), usedAt: s.now()}
	err := s.change(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/session_expire", args{"now": s.now()}); err != nil {
			return done{}, err
		}
		return done{}, exec(ctx, tx, "review/session_save", args{"token": token, "data": r.Data, "expires_at": r.ExpiresAt, "account_id": accountID, "created_at": r.CreatedAt})
	})
	if err != nil {
		return err
	}
	s.sessions.Lock()
	defer s.sessions.Unlock()
	s.sessions.rows[token] = r
	maps.DeleteFunc(s.sessions.rows, func(_ string, r sessionRow) bool { return !r.ExpiresAt.After(s.now()) })
	return nil
}

// DropSession ends a session.
func (s *Store) DropSession(ctx context.Context, token string) error {
	s.sessions.Lock()
	delete(s.sessions.rows, token)
	s.sessions.Unlock()
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		return done{}, exec(ctx, tx, "review/session_drop", args{"token": token})
	})
}

// EndSessions signs an account out everywhere.
func (s *Store) EndSessions(ctx context.Context, by, accountID int) error {
	s.sessions.Lock()
	maps.DeleteFunc(s.sessions.rows, func(_ string, r sessionRow) bool { return r.AccountID == accountID })
	s.sessions.Unlock()
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/session_drop_account", args{"account_id": accountID}); err != nil {
			return done{}, err
		}
		a, _, err := one[Account](ctx, tx, "review/account_by_id", args{"account_id": accountID})
		if err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "session.end", "account:"+a.Login, map[string]any{})
	})
}

// Session is one signed-in browser of an account.
type Session struct {
	ID        string // names it on pages; it opens nothing
	CreatedAt time.Time
	UsedAt    time.Time // zero when not since the workbench started
	ExpiresAt time.Time
}

// sessionID names a session without telling its token.
func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:8])
}

// Sessions lists where an account is signed in, the latest first.
func (s *Store) Sessions(ctx context.Context, accountID int) ([]Session, error) {
	s.sessions.Lock()
	defer s.sessions.Unlock()
	if err := s.loadSessions(ctx); err != nil {
		return nil, err
	}
	var out []Session
	now := s.now()
	for token, r := range s.sessions.rows {
		if r.AccountID == accountID && r.ExpiresAt.After(now) && now.Sub(r.usedAt) <= idleFor {
			out = append(out, Session{ID: sessionID(token), CreatedAt: r.CreatedAt, UsedAt: r.usedAt, ExpiresAt: r.ExpiresAt})
		}
	}
	slices.SortFunc(out, func(a, b Session) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// EndSession ends one of an account's sessions.
func (s *Store) EndSession(ctx context.Context, by, accountID int, id string) error {
	s.sessions.Lock()
	var found string
	for token, r := range s.sessions.rows {
		if r.AccountID == accountID && sessionID(token) == id {
			found = token
			delete(s.sessions.rows, token)
		}
	}
	s.sessions.Unlock()
	if found == "" {
		return refuse(NotFound, "这次登录已经结束。", "This session has ended already.")
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/session_drop", args{"token": found}); err != nil {
			return done{}, err
		}
		a, _, err := one[Account](ctx, tx, "review/account_by_id", args{"account_id": accountID})
		if err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "session.end", "account:"+a.Login, map[string]any{"session": id})
	})
}

// flushSessions notes when each account was last here.
func (s *Store) flushSessions(ctx context.Context) error {
	s.sessions.Lock()
	seen := map[int]time.Time{}
	for _, r := range s.sessions.rows {
		if r.usedAt.After(seen[r.AccountID]) {
			seen[r.AccountID] = r.usedAt
		}
	}
	s.sessions.Unlock()
	if len(seen) == 0 {
		return nil
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		for _, id := range slices.Sorted(maps.Keys(seen)) {
			if err := exec(ctx, tx, "review/account_seen", args{"account_id": id, "now": seen[id]}); err != nil {
				return done{}, err
			}
		}
		return done{}, nil
	})
}
