package queries

import (
	"context"
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongtang/pipeline/feedback"
)

// Role is what a person may do.
type Role string

// The roles. What each may do is one list in workbench.
const (
	Viewer        Role = "查阅"
	Organiser     Role = "会务"
	Analyst       Role = "研判"
	Reviewer      Role = "复核"
	Administrator Role = "管理员"
)

// Roles lists the roles in the order pages show them.
var Roles = []Role{Viewer, Organiser, Analyst, Reviewer, Administrator}

// Account is a person who may sign in.
type Account struct {
	ID          int       `column:"account_id"`
	Login       string    `column:"login"`
	Name        string    `column:"name"`
	Department  string    `column:"department"`
	Role        Role      `column:"role"`
	Active      bool      `column:"active"`
	MustChange  bool      `column:"must_change"`
	Failed      int       `column:"failed"`
	LockedUntil time.Time `column:"locked_until"`
	CreatedAt   time.Time `column:"created_at"`
	LastSeen    time.Time `column:"last_seen"`
	Sessions    int       `column:"sessions"`
	Hash        string    `column:"password_hash"` // empty outside this package
}

// Locked says whether sign-in is refused for now.
func (a *Account) Locked(now time.Time) bool { return a.LockedUntil.After(now) }

// NewAccount is what an account is made from.
type NewAccount struct {
	Login, Name string
	Department  feedback.Department
	Role        Role
	Password    string
	MustChange  bool // the first password must be changed at the first sign-in
}

var loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,31}$`)

// CreateAccount makes an account. by is the account that makes it, 0 for the
// command line.
func (s *Store) CreateAccount(ctx context.Context, by int, n NewAccount) (Account, error) {
	n.Login, n.Name = strings.TrimSpace(strings.ToLower(n.Login)), strings.TrimSpace(n.Name)
	switch {
	case !loginForm.MatchString(n.Login):
		return Account{}, refuse(Invalid, "登录名须为 2 至 32 个小写字母、数字或 . _ -，以字母开头。", "A login has 2 to 32 lower-case letters, digits or . _ - and begins with a letter.")
	case n.Name == "" || utf8.RuneCountInString(n.Name) > 40:
		return Account{}, refuse(Invalid, "请填写姓名（不超过 40 字）。", "Enter a name of at most 40 characters.")
	case !slices.Contains(Roles, n.Role):
		return Account{}, refuse(Invalid, "请选择角色：查阅、会务、研判、复核或管理员。", "Choose a role.")
	case !slices.Contains(feedback.Departments, n.Department) && n.Department != feedback.OtherDept:
		return Account{}, refuse(Invalid, "请选择所属部门。", "Choose a department.")
	}
	if err := acceptable(n.Login, n.Password); err != nil {
		return Account{}, err
	}
	hash, err := s.hashPassword(ctx, n.Password)
	if err != nil {
		return Account{}, err
	}
	var made Account
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		if _, taken, err := one[Account](ctx, tx, "review/account_by_login", args{"login": n.Login}); err != nil {
			return done{}, err
		} else if taken {
			return done{}, refusef(Conflict, "登录名 %s 已被使用。", "The login %s is taken.", n.Login)
		}
		next, _, err := one[countRow](ctx, tx, "review/account_next", nil)
		if err != nil {
			return done{}, err
		}
		made = Account{ID: next.N, Login: n.Login, Name: n.Name, Department: string(n.Department), Role: n.Role, Active: true, MustChange: n.MustChange, CreatedAt: s.now()}
		if err := exec(ctx, tx, "review/account_insert", args{
			"account_id": made.ID, "login": made.Login, "name": made.Name, "department": made.Department, "role": string(made.Role),
			"password_hash": hash, "must_change": made.MustChange, "created_at": made.CreatedAt,
		}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "account.create", "account:"+made.Login, map[string]any{"name": made.Name, "role": made.Role, "department": made.Department})
	})
	s.accountsAt.Add(1)
	return made, err
}

// Accounts lists all accounts, in the order they were made.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	return rows[Account](ctx, s.db, "review/account_list", args{"now": s.now()})
}

// people are the accounts by number: what everybody may know of them, without
// passwords, tries and visits. They are kept until one is made or changed.
func (s *Store) people(ctx context.Context) (map[int]Account, error) {
	return s.accounts.get(ctx, s.accountsAt.Load(), func(ctx context.Context) (map[int]Account, error) {
		list, err := rows[Account](ctx, s.db, "review/people", nil)
		all := make(map[int]Account, len(list))
		for _, a := range list {
			all[a.ID] = a
		}
		return all, err
	})
}

// Colleagues lists those who may be given an issue, in the order their accounts
// were made.
func (s *Store) Colleagues(ctx context.Context) ([]Account, error) {
	people, err := s.people(ctx)
	var out []Account
	for _, id := range slices.Sorted(maps.Keys(people)) {
		if a := people[id]; a.Active && (a.Role == Analyst || a.Role == Reviewer) {
			out = append(out, a)
		}
	}
	return out, err
}

// Account finds an account by its number.
func (s *Store) Account(ctx context.Context, id int) (Account, error) {
	a, ok, err := one[Account](ctx, s.db, "review/account_by_id", args{"account_id": id})
	if err == nil && !ok {
		err = refuse(NotFound, "没有这个账号。", "There is no such account.")
	}
	a.Hash = ""
	return a, err
}

const (
	// lockAfter failed tries in a row the account is locked for lockFor, and
	// for twice as long after each further one, up to lockMost.
	lockAfter = 5
	lockFor   = time.Minute
	lockMost  = time.Hour
)

// Authenticate checks a login and password. from is where the try came from,
// for the audit log. A wrong login takes as long as a wrong password and gets
// the same sentence.
func (s *Store) Authenticate(ctx context.Context, login, password, from string) (Account, error) {
	wrong := refuse(Forbidden, "登录名或密码不正确。", "The login or the password is wrong.")
	login = strings.TrimSpace(strings.ToLower(login))
	if len(login) > 64 || len(password) > 256 {
		return Account{}, wrong
	}
	a, known, err := one[Account](ctx, s.db, "review/account_by_login", args{"login": login})
	if err != nil {
		return Account{}, err
	}
	now := s.now()
	if known && a.Locked(now) {
		minutes := int(a.LockedUntil.Sub(now).Minutes()) + 1
		return Account{}, refusef(Busy, "连续输错多次，账号已暂时锁定，请 %d 分钟后再试，或请管理员解锁。", "Too many wrong tries: this account is locked for %d more minutes. An administrator can unlock it.", minutes)
	}
	good, err := s.checkPassword(ctx, a.Hash, password)
	if err != nil {
		return Account{}, err
	}
	if !known || !good || !a.Active {
		return Account{}, s.failedTry(ctx, a, known, login, from, wrong)
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/account_signed_in", args{"account_id": a.ID, "now": now}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, a.ID, "session.open", "account:"+a.Login, map[string]any{"from": from})
	})
	a.Hash = ""
	return a, err
}

func (s *Store) failedTry(ctx context.Context, a Account, known bool, login, from string, wrong *Refusal) error {
	err := s.change(ctx, func(tx *sql.Tx) (done, error) {
		if known {
			// Read again under the write lock: tries at the same moment all count.
			now, _, err := one[Account](ctx, tx, "review/account_by_login", args{"login": login})
			if err != nil {
				return done{}, err
			}
			until := time.Time{}
			if failed := now.Failed + 1; failed >= lockAfter {
				until = s.now().Add(min(lockMost, lockFor<<min(failed-lockAfter, 10)))
			}
			if err := exec(ctx, tx, "review/account_failed", args{"account_id": a.ID, "locked_until": nullTime(until)}); err != nil {
				return done{}, err
			}
		}
		return done{}, s.record(ctx, tx, a.ID, "session.refused", "account:"+printable(login), map[string]any{"from": from})
	})
	if err != nil {
		return err
	}
	return wrong
}

// ChangePassword lets a person change their own password.
func (s *Store) ChangePassword(ctx context.Context, id int, old, password string) error {
	a, ok, err := one[Account](ctx, s.db, "review/account_by_id", args{"account_id": id})
	if err != nil {
		return err
	}
	if !ok {
		return refuse(NotFound, "没有这个账号。", "There is no such account.")
	}
	good, err := s.checkPassword(ctx, a.Hash, old)
	if err != nil {
		return err
	}
	if !good {
		return refuse(Invalid, "原密码不正确。", "The old password is wrong.")
	}
	if old == password {
		return refuse(Invalid, "新密码不能与原密码相同。", "The new password must differ from the old one.")
	}
	return s.setPassword(ctx, id, a, password, false, "account.password")
}

// ResetPassword gives an account a new random password, to be shown once and
// changed at the next sign-in, unlocks it and ends its sessions.
func (s *Store) ResetPassword(ctx context.Context, by int, login string) (string, error) {
	a, ok, err := one[Account](ctx, s.db, "review/account_by_login", args{"login": strings.ToLower(strings.TrimSpace(login))})
	if err != nil {
		return "", err
	}
	if !ok {
		return "", refusef(NotFound, "没有登录名为 %s 的账号。", "There is no account %s.", login)
	}
	password := RandomPassword()
	if err := s.setPassword(ctx, by, a, password, true, "account.reset"); err != nil {
		return "", err
	}
	return password, s.EndSessions(ctx, by, a.ID)
}

func (s *Store) setPassword(ctx context.Context, by int, a Account, password string, mustChange bool, action string) error {
	if err := acceptable(a.Login, password); err != nil {
		return err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/account_password", args{"account_id": a.ID, "password_hash": hash, "must_change": mustChange}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, action, "account:"+a.Login, map[string]any{})
	})
}

// ChangeAccount sets an account's role, department, name and whether it may
// sign in. The last active administrator stays one.
func (s *Store) ChangeAccount(ctx context.Context, by, id int, name string, department feedback.Department, role Role, active bool) error {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > 40 || !slices.Contains(Roles, role) {
		return refuse(Invalid, "请填写姓名并选择角色。", "Enter a name and choose a role.")
	}
	if !slices.Contains(feedback.Departments, department) && department != feedback.OtherDept {
		return refuse(Invalid, "请选择所属部门。", "Choose a department.")
	}
	err := s.change(ctx, func(tx *sql.Tx) (done, error) {
		all, err := rows[Account](ctx, tx, "review/account_list", args{"now": s.now()})
		if err != nil {
			return done{}, err
		}
		i := slices.IndexFunc(all, func(a Account) bool { return a.ID == id })
		if i < 0 {
			return done{}, refuse(NotFound, "没有这个账号。", "There is no such account.")
		}
		others := slices.ContainsFunc(all, func(a Account) bool { return a.ID != id && a.Active && a.Role == Administrator })
		if !others && (role != Administrator || !active) {
			return done{}, refuse(Invalid, "至少须保留一名可登录的管理员。", "At least one administrator must remain.")
		}
		if err := exec(ctx, tx, "review/account_change", args{"account_id": id, "name": name, "department": string(department), "role": string(role), "active": active}); err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "account.change", "account:"+all[i].Login, map[string]any{"name": name, "role": role, "department": department, "active": active})
	})
	s.accountsAt.Add(1)
	if err != nil || active {
		return err
	}
	return s.EndSessions(ctx, by, id)
}

// Unlock lets a locked account sign in again.
func (s *Store) Unlock(ctx context.Context, by, id int) error {
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		if err := exec(ctx, tx, "review/account_unlock", args{"account_id": id}); err != nil {
			return done{}, err
		}
		a, _, err := one[Account](ctx, tx, "review/account_by_id", args{"account_id": id})
		if err != nil {
			return done{}, err
		}
		return done{}, s.record(ctx, tx, by, "account.unlock", "account:"+a.Login, map[string]any{})
	})
}

func nullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// printable keeps what a stranger typed from filling the log with anything but
// letters.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > 32 {
		s = string([]rune(s)[:32]) + "…"
	}
	return s
}
