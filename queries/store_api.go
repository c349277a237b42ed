package queries

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
)

// APIScopes lists what a token may read.
var APIScopes = []string{"issues", "items", "candidates", "reports", "trainings"}

// Token is a program's right to read by the interface, for one drafting team.
type Token struct {
	ID            int       `column:"token_id"`
	Team          string    `column:"team"`
	Department    string    `column:"department"`
	ScopeList     string    `column:"scopes"`
	HandedOnly    bool      `column:"handed_only"`
	Hint          string    `column:"hint"`
	PerMinute     int       `column:"per_minute"`
	CreatedBy     int       `column:"created_by"`
	CreatedByName string    `column:"created_by_name"`
	CreatedAt     time.Time `column:"created_at"`
	ExpiresAt     time.Time `column:"expires_at"`
	RevokedBy     int       `column:"revoked_by"`
	RevokedByName string    `column:"revoked_by_name"`
	RevokedAt     time.Time `column:"revoked_at"`
	LastUsedAt    time.Time `column:"last_used_at"`
	Requests      int       `column:"requests"`
}

// Scopes is what the token may read.
func (t *Token) Scopes() []string { return strings.Split(t.ScopeList, ",") }

// May says whether the token has a scope.
func (t *Token) May(scope string) bool { return slices.Contains(t.Scopes(), scope) }

// State is 有效, 已作废 or 已过期.
func (t *Token) State(now time.Time) string {
	switch {
	case t.RevokedBy != 0:
		return "已作废"
	case !t.ExpiresAt.After(now):
		return "已过期"
	}
	return "有效"
}

// NewToken is what a token is made from.
type NewToken struct {
	Team       string
	Department string
	Scopes     []string
	HandedOnly bool
	Days       int // it holds
	PerMinute  int // requests
}

// The bounds of a token.
const (
	TokenDaysMost      = 366
	TokenPerMinuteMost = 600
	tokenPrefix        = "tt_"
)

// tokenHash is how a token is kept. It is 256 random bits, so that a plain hash
// hides it and no list of likely tokens finds it.
func tokenHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// CreateToken makes a token. The secret is returned this once and kept nowhere.
func (s *Store) CreateToken(ctx context.Context, by Account, n NewToken) (t Token, secret string, err error) {
	if by.Role != Administrator {
		return t, "", refuse(Forbidden, "只有管理员可以发放接口令牌。", "Only the administrator makes tokens.")
	}
	if n.Team, err = line(n.Team, 80, "起草组名称", "team"); err != nil {
		return t, "", err
	}
	var scopes []string
	for _, sc := range APIScopes {
		if slices.Contains(n.Scopes, sc) {
			scopes = append(scopes, sc)
		}
	}
	switch {
	case n.Team == "":
		return t, "", refuse(Invalid, "请写明令牌发给哪个起草组。", "Say which drafting team the token is for.")
	case len(scopes) == 0 || len(scopes) != len(n.Scopes):
		return t, "", refuse(Invalid, "请至少选择一项读取范围。", "Choose one scope at least.")
	case n.Department != "" && !slices.Contains(feedback.Departments, feedback.Department(n.Department)):
		return t, "", refuse(Invalid, "请选择五个部门之一，或不选部门。", "Choose one of the five departments, or none.")
	case n.Days < 1 || n.Days > TokenDaysMost:
		return t, "", refusef(Invalid, "有效期须为 1 至 %d 天。", "A token holds for 1 to %d days.", TokenDaysMost)
	case n.PerMinute < 1 || n.PerMinute > TokenPerMinuteMost:
		return t, "", refusef(Invalid, "每分钟请求数须为 1 至 %d。", "Requests a minute: 1 to %d.", TokenPerMinuteMost)
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	secret = tokenPrefix + hex.EncodeToString(raw)
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		next, _, err := one[countRow](ctx, tx, "review/api/token_next", nil)
		if err != nil {
			return done{}, err
		}
		t = Token{
			ID: next.N, Team: n.Team, Department: n.Department, ScopeList: strings.Join(scopes, ","), HandedOnly: n.HandedOnly, Hint: secret[:len(tokenPrefix)+6],
			PerMinute: n.PerMinute, CreatedBy: by.ID, CreatedAt: s.now(), ExpiresAt: s.now().AddDate(0, 0, n.Days),
		}
		if err := exec(ctx, tx, "review/api/token_insert", args{
			"token_id": t.ID, "team": t.Team, "department": t.Department, "scopes": t.ScopeList, "handed_only": t.HandedOnly, "hint": t.Hint, "hash": tokenHash(secret),
			"per_minute": t.PerMinute, "account_id": by.ID, "now": t.CreatedAt, "expires_at": t.ExpiresAt,
		}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by.ID, "token.create", fmt.Sprintf("token:%d", t.ID), map[string]any{
			"team": t.Team, "department": t.Department, "scopes": scopes, "handed_only": t.HandedOnly, "expires_at": t.ExpiresAt, "per_minute": t.PerMinute,
		})
	})
	return t, secret, err
}

// Tokens lists all tokens, newest first.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	return rows[Token](ctx, s.db, "review/api/tokens", args{"hash": "", "token_id": 0})
}

// Token reads one token.
func (s *Store) Token(ctx context.Context, id int) (Token, error) {
	t, ok, err := one[Token](ctx, s.db, "review/api/tokens", args{"hash": "", "token_id": max(id, -1)})
	if err == nil && (!ok || id == 0) {
		err = refuse(NotFound, "没有这个令牌。", "There is no such token.")
	}
	return t, err
}

// RevokeToken ends a token; its next request is refused.
func (s *Store) RevokeToken(ctx context.Context, by Account, id int) error {
	if by.Role != Administrator {
		return refuse(Forbidden, "只有管理员可以撤销接口令牌。", "Only the administrator revokes tokens.")
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		t, ok, err := one[Token](ctx, tx, "review/api/tokens", args{"hash": "", "token_id": max(id, -1)})
		if err != nil {
			return done{}, err
		}
		if !ok || id == 0 {
			return done{}, refuse(NotFound, "没有这个令牌。", "There is no such token.")
		}
		if t.RevokedBy != 0 {
			return done{}, refuse(Conflict, "这个令牌已经撤销。", "The token has been revoked already.")
		}
		if err := exec(ctx, tx, "review/api/token_revoke", args{"token_id": id, "account_id": by.ID, "now": s.now()}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by.ID, "token.revoke", fmt.Sprintf("token:%d", id), map[string]any{"team": t.Team})
	})
}

// TokenOf finds the token a request carries; ok is false when there is none
// such. Whether it still holds is its State.
func (s *Store) TokenOf(ctx context.Context, secret string) (t Token, ok bool, err error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return t, false, nil
	}
	return one[Token](ctx, s.db, "review/api/token_by_hash", args{"hash": tokenHash(secret)})
}

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// APIUse is what a token read in an hour.
type APIUse struct {
	Hour     time.Time `column:"hour"`
	What     string    `column:"what"`
	Requests int       `column:"requests"`
	FirstAt  time.Time `column:"first_at"`
	LastAt   time.Time `column:"last_at"`
}

// UseToken notes, before the answer leaves, that a token reads something. A
// request a line would make the audit log thousands of lines a day that nobody
// reads: the log has a line when a token's use begins in an hour and one that
// sums the hour up; what was read how often stands in between, by thing read.
func (s *Store) UseToken(ctx context.Context, token int, what, address string) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		hour := s.now().Truncate(time.Hour)
		a := args{"token_id": token, "hour": hour}
		n, _, err := one[countRow](ctx, tx, "review/api/hour", a)
		if err != nil {
			return done{}, err
		}
		if n.N == 0 {
			if err := s.closeHours(ctx, tx, hour); err != nil {
				return done{}, err
			}
			if err := exec(ctx, tx, "review/api/hour_open", args{"token_id": token, "hour": hour, "address": address}); err != nil {
				return done{}, err
			}
			if err := s.record(ctx, tx, 0, "api.open", fmt.Sprintf("token:%d", token), map[string]any{"hour": hour, "first": what, "address": address}); err != nil {
				return done{}, err
			}
		}
		return done{}, exec(ctx, tx, "review/api/use_add", args{"token_id": token, "hour": hour, "what": what, "now": s.now()})
	})
}

// apiThings bounds how many things read an hour's line in the audit log names.
const apiThings = 400

// closeHours sums up in the audit log every hour before this one that is not.
func (s *Store) closeHours(ctx context.Context, tx *sql.Tx, hour time.Time) error {
	type open struct {
		Token   int       `column:"token_id"`
		Hour    time.Time `column:"hour"`
		Address string    `column:"address"`
	}
	list, err := rows[open](ctx, tx, "review/api/hours_unclosed", args{"hour": hour})
	if err != nil {
		return err
	}
	for _, o := range list {
		uses, err := rows[APIUse](ctx, tx, "review/api/use_of_hour", args{"token_id": o.Token, "hour": o.Hour})
		if err != nil {
			return err
		}
		read, requests := map[string]int{}, 0
		for _, u := range uses {
			requests += u.Requests
			if len(read) < apiThings {
				read[u.What] = u.Requests
			}
		}
		if err := exec(ctx, tx, "review/api/hour_close", args{"token_id": o.Token, "hour": o.Hour, "now": s.now()}); err != nil {
			return err
		}
		if err := s.record(ctx, tx, 0, "api.read", fmt.Sprintf("token:%d", o.Token), map[string]any{
			"hour": o.Hour, "requests": requests, "things": len(uses), "read": read, "address": o.Address,
		}); err != nil {
			return err
		}
	}
	return nil
}

// SumUpAPI writes the hours that have passed into the audit log. The workbench
// does so by itself at every first use in an hour, and when it opens.
func (s *Store) SumUpAPI(ctx context.Context) error {
	type open struct {
		Token   int       `column:"token_id"`
		Hour    time.Time `column:"hour"`
		Address string    `column:"address"`
	}
	hour := s.now().Truncate(time.Hour)
	list, err := rows[open](ctx, s.db, "review/api/hours_unclosed", args{"hour": hour})
	if err != nil || len(list) == 0 {
		return err
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) { return done{}, s.closeHours(ctx, tx, hour) })
}

// APIUses lists what a token read, the latest hours first.
func (s *Store) APIUses(ctx context.Context, token, limit int) ([]APIUse, error) {
	return rows[APIUse](ctx, s.db, "review/api/uses", args{"token_id": token, "limit": limit})
}

// IssueFilter chooses issues; zero fields choose all.
type IssueFilter struct {
	Status, Outcome, Direction, Department, Training, Topic string
	Since                                                   time.Time // changed after
	Limited                                                 bool      // to Numbers
	Numbers                                                 []int
}

// IssuesAfter lists the issues that follow a number, in the order of numbers.
func (s *Store) IssuesAfter(ctx context.Context, f IssueFilter, after, limit int) ([]Listing, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	numbers := make([]int32, len(f.Numbers))
	for i, n := range f.Numbers {
		numbers[i] = int32(n)
	}
	return rows[Listing](ctx, s.db, "corpus/api_issues", args{
		"after": after, "limit": limit, "status": f.Status, "outcome": f.Outcome, "direction": f.Direction, "department": f.Department, "training": f.Training,
		"topic": f.Topic, "since": f.Since.UTC(), "limited": f.Limited, "numbers": numbers,
	})
}
