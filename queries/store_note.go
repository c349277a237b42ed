package queries

import (
	"context"
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Note is an analyst's remark.
type Note struct {
	ID        int       `column:"note_id"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	Text      string    `column:"text"`
	WrittenAt time.Time `column:"written_at"`
	Mentions  []int     `column:"mentions"`  // accounts named with @
	Mentioned []string  `column:"mentioned"` // their names
	ReadBy    []string  `column:"read_by"`   // names of those who have read it
	Readers   []int     `column:"readers"`   // their accounts
}

// Mention is a note that names a person.
type Mention struct {
	NoteID    int       `column:"note_id"`
	IssueNo   int       `column:"issue_no"`
	Title     string    `column:"title"`
	Name      string    `column:"name"`
	Text      string    `column:"text"`
	WrittenAt time.Time `column:"written_at"`
	ReadAt    time.Time `column:"read_at"` // zero: not yet
}

// Unread says that the person has not read it yet.
func (m *Mention) Unread() bool { return m.ReadAt.Year() < 1970 }

var mention = regexp.MustCompile(`@([\p{Han}A-Za-z0-9·._-]{1,32})`)

// mentionsIn finds whom a text names with @: a login, or a name that the words
// after @ begin with, the longest if several do, for Han has no spaces. Unknown
// are those @ after which no account stands.
func mentionsIn(text string, all []Account) (named []Account, unknown []string) {
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		longest := 0
		var found []Account
		for _, a := range all {
			n := 0
			switch {
			case !a.Active:
			case m[1] == a.Login:
				n = 64
			case strings.HasPrefix(m[1], a.Name):
				n = utf8.RuneCountInString(a.Name)
			}
			if n == 0 || n < longest {
				continue
			}
			if n > longest {
				found, longest = nil, n
			}
			found = append(found, a)
		}
		if len(found) == 0 {
			unknown = append(unknown, m[1])
		}
		for _, a := range found {
			if !slices.ContainsFunc(named, func(b Account) bool { return b.ID == a.ID }) {
				named = append(named, a)
			}
		}
	}
	return named, unknown
}

// Noted tells what became of the mentions in a note.
type Noted struct {
	Mentioned []string // names of those it reaches
	Unknown   []string // words after @ that are nobody's name
}

// AddNote adds an analyst's remark (研判意见). It stands on the desk of everyone
// it names with @ until they have read it.
func (s *Store) AddNote(ctx context.Context, by, no int, body string) (out Noted, err error) {
	body, err = text(body, noteMost, "研判意见", "note")
	if err != nil {
		return out, err
	}
	if body == "" {
		return out, refuse(Invalid, "请填写研判意见。", "Write something first.")
	}
	var mentions []int32
	err = s.onIssue(ctx, by, no, 0, func(tx *sql.Tx, _ *issueRow) ([]change, error) {
		people, err := s.people(ctx)
		if err != nil {
			return nil, err
		}
		named, unknown := mentionsIn(body, slices.SortedFunc(maps.Values(people), func(a, b Account) int { return a.ID - b.ID }))
		out.Unknown = unknown
		for _, a := range named {
			mentions = append(mentions, int32(a.ID))
			out.Mentioned = append(out.Mentioned, a.Name)
		}
		next, _, err := one[countRow](ctx, tx, "review/note_next", nil)
		if err != nil {
			return nil, err
		}
		if err := exec(ctx, tx, "review/note_insert", args{"note_id": next.N, "issue_no": no, "account_id": by, "text": body, "mentions": orEmpty(mentions), "now": s.now()}); err != nil {
			return nil, err
		}
		return []change{{"note", "", clip(body, 60)}}, nil
	})
	if err == nil {
		for _, id := range mentions {
			s.unread.forget(int(id))
		}
	}
	return out, err
}

// notes lists what analysts wrote on an issue, oldest first.
func (s *Store) notes(ctx context.Context, no int) ([]Note, error) {
	list, err := rows[Note](ctx, s.db, "review/notes", args{"issue_no": no})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	people, err := s.people(ctx)
	if err != nil {
		return nil, err
	}
	type reader struct {
		NoteID    int `column:"note_id"`
		AccountID int `column:"account_id"`
	}
	var readers []reader
	if slices.ContainsFunc(list, func(n Note) bool { return len(n.Mentions) > 0 }) {
		if readers, err = rows[reader](ctx, s.db, "review/note_readers", args{"issue_no": no}); err != nil {
			return nil, err
		}
	}
	for i := range list {
		n := &list[i]
		n.Name = people[n.AccountID].Name
		for _, id := range slices.Sorted(slices.Values(n.Mentions)) {
			if a, ok := people[id]; ok {
				n.Mentioned = append(n.Mentioned, a.Name)
			}
		}
		for _, r := range readers {
			if r.NoteID != n.ID {
				continue
			}
			n.Readers = append(n.Readers, r.AccountID)
			if a, ok := people[r.AccountID]; ok && slices.Contains(n.Mentions, r.AccountID) {
				n.ReadBy = append(n.ReadBy, a.Name)
			}
		}
	}
	return list, nil
}

// ReadMentions says that a person has read the note that names them, those on
// an issue, or with neither all of them.
func (s *Store) ReadMentions(ctx context.Context, by, note, issue int) error {
	err := s.change(ctx, func(tx *sql.Tx) (done, error) {
		return done{}, exec(ctx, tx, "review/mention_read", args{"account_id": by, "note_id": note, "issue_no": issue, "now": s.now()})
	})
	s.unread.forget(by)
	return err
}

// UnreadMentions is how many notes name the person that they have not read. It
// is kept in memory, for every page asks.
func (s *Store) UnreadMentions(ctx context.Context, account int) (int, error) {
	s.unread.Lock()
	defer s.unread.Unlock()
	if n, ok := s.unread.of[account]; ok {
		return n, nil
	}
	n, _, err := one[countRow](ctx, s.db, "review/mentions_unread", args{"account_id": account})
	if err != nil {
		return 0, err
	}
	if s.unread.of == nil {
		s.unread.of = map[int]int{}
	}
	s.unread.of[account] = n.N
	return n.N, nil
}

// unreadCounts is held while a count is read, so that a note written meanwhile
// is forgotten after it, not before.
type unreadCounts struct {
	sync.Mutex
	of map[int]int
}

func (u *unreadCounts) forget(account int) {
	u.Lock()
	defer u.Unlock()
	delete(u.of, account)
}
