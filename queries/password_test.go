package queries

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A password is stored as argon2id with 19 MiB and two passes, salted, and
// nothing else opens the account.
func TestPasswordsAreArgon2id(t *testing.T) {
	s, err := OpenStore(t.Context(), filepath.Join(t.TempDir(), "data"), StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const password = "correct horse battery"
	first, err := s.hashPassword(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.hashPassword(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$") || first == second || strings.Contains(first, password) {
		t.Errorf("%s\n%s", first, second)
	}
	for try, want := range map[string]bool{password: true, password + " ": false, "": false, strings.ToUpper(password): false, first: false} {
		if ok, err := s.checkPassword(t.Context(), first, try); err != nil || ok != want {
			t.Errorf("%q: %v %v", try, ok, err)
		}
	}
}

// A session ends four hours after its last request, at its date, and with the
// account's; a workbench started anew knows the same sessions.
func TestSessionsExpire(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	dir := filepath.Join(t.TempDir(), "data")
	open := func() *Store {
		s, err := OpenStore(t.Context(), dir, StoreOptions{Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	a, err := s.CreateAccount(t.Context(), 0, NewAccount{Login: "zhang", Name: "张", Department: "JC", Role: Analyst, Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	live := func(token string) bool {
		_, ok, err := s.FindSession(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	begin := func(token string, lasts time.Duration) {
		if err := s.SaveSession(t.Context(), token, []byte("x"), now.Add(lasts), a.ID); err != nil {
			t.Fatal(err)
		}
	}
	begin("idle", 24*time.Hour)
	begin("short", 5*time.Hour)
	now = now.Add(3 * time.Hour)
	if !live("idle") || !live("short") || live("made up") {
		t.Error("after three hours")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	now = now.Add(2*time.Hour + time.Minute)
	if !live("idle") || live("short") {
		t.Error("at its date")
	}
	now = now.Add(4*time.Hour + time.Minute)
	if live("idle") {
		t.Error("after four silent hours")
	}
	begin("ended", 24*time.Hour)
	if err := s.EndSessions(t.Context(), 0, a.ID); err != nil || live("ended") {
		t.Errorf("ended by the administrator: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
