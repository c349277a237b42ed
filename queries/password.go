package queries

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The parameters of argon2id: OWASP's second choice, 19 MiB and two passes.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	saltBytes   = 16
	keyBytes    = 32
)

var phc = base64.RawStdEncoding

// hashPassword gives a PHC string. It waits for a free slot: each hash takes 19
// MiB, and a crowd at the door must not take the machine down.
func (s *Store) hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt)
	select {
	case s.passwords <- struct{}{}:
		defer func() { <-s.passwords }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, keyBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, phc.EncodeToString(salt), phc.EncodeToString(key)), nil
}

// checkPassword answers whether password gives the PHC string. It takes as
// long for an account that does not exist, whose string is empty.
func (s *Store) checkPassword(ctx context.Context, encoded, password string) (bool, error) {
	if encoded == "" {
		_, err := s.hashPassword(ctx, password)
		return false, err
	}
	var version, memory, passes, lanes int
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("stored password is no argon2id string")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil {
		return false, fmt.Errorf("stored password: %w", err)
	}
	salt, err := phc.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("stored password: %w", err)
	}
	want, err := phc.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("stored password: %w", err)
	}
	select {
	case s.passwords <- struct{}{}:
		defer func() { <-s.passwords }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	got := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(lanes), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// minPassword is the shortest password, in characters.
const minPassword = 10

func acceptable(login, password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return refusef(Invalid, "密码至少 %d 个字符。", "A password has at least %d characters.", minPassword)
	case len(password) > 256:
		return refuse(Invalid, "密码过长（最多 256 字节）。", "The password is too long (256 bytes at most).")
	case strings.Contains(strings.ToLower(password), strings.ToLower(login)):
		return refuse(Invalid, "密码不能包含登录名。", "A password must not contain the login name.")
	}
	for r, n := range countRunes(password) {
		if n > utf8.RuneCountInString(password)/2 {
			return refusef(Invalid, "密码过于简单：字符“%c”出现过多。", "The password is too simple: %q fills half of it.", r)
		}
	}
	return nil
}

func countRunes(s string) map[rune]int {
	m := map[rune]int{}
	for _, r := range s {
		m[r]++
	}
	return m
}

// RandomPassword makes a password to be shown once: four groups of four
// letters and digits, none that look alike.
func RandomPassword() string {
	const alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	var b strings.Builder
	buf := make([]byte, 1)
	for n := 0; n < 16; {
		_, _ = rand.Read(buf)
		// 248 is the largest multiple of 31 in a byte: no letter is likelier.
		if buf[0] >= 248 {
			continue
		}
		if n > 0 && n%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[int(buf[0])%len(alphabet)])
		n++
	}
	return b.String()
}
