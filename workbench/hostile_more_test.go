package workbench_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongtang/queries"
	"tongtang/queries/corpustest"
	"tongtang/workbench"
)

// An address that an attacker writes into X-Forwarded-For counts for nothing
// unless the administrator has named the proxy before us.
func TestForwardedAddressesAreNotBelieved(t *testing.T) {
	for _, c := range []struct {
		trusted []string
		slowed  bool
	}{{nil, true}, {[]string{"127.0.0.1/32", "::1/128"}, false}} {
		d := serve(t, workbench.Options{TrustedProxies: c.trusted}, corpustest.Options{})
		b := d.stranger(t)
		// All at once: the door lets one more in every two seconds.
		var trying sync.WaitGroup
		var slowed atomic.Int32
		for i := range 35 {
			trying.Go(func() {
				req, err := http.NewRequest(http.MethodPost, d.URL+"/login", strings.NewReader("login=nobody&password=x"))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.0.0.%d", i))
				req.Header.Set("X-Real-IP", fmt.Sprintf("10.0.0.%d", i))
				res, err := b.Do(req)
				if err != nil {
					return // too slow a machine for so many at once
				}
				defer res.Body.Close()
				if res.StatusCode == http.StatusTooManyRequests {
					slowed.Add(1)
				}
			})
		}
		trying.Wait()
		if (slowed.Load() > 0) != c.slowed {
			t.Errorf("trusting %v: %d tries from made-up addresses were slowed down", c.trusted, slowed.Load())
		}
	}
}

// Where departments keep their originals to themselves, knowing an item's
// number opens nothing.
func TestAnotherDepartmentsItemsCannotBeGuessed(t *testing.T) {
	d := serve(t, workbench.Options{OwnDepartmentOnly: true}, corpustest.Options{})
	analyst, organiser := d.as(t, queries.Analyst), d.as(t, queries.Organiser)
	tried := 0
	for _, g := range d.suggested(t) {
		v, err := d.store.Group(t.Context(), g.Key)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range v.Members {
			if m.Department == string(people[queries.Analyst].department) || m.Text == g.Title {
				continue
			}
			tried++
			for _, path := range []string{"/items/" + m.ID, "/search?q=" + url.QueryEscape(m.Text), "/groups/" + g.Key, "/export?format=md&group=" + g.Key} {
				_, body, _ := analyst.get(t, path)
				// The search box and title repeat what was typed.
				body = between(body, "<main", "</main>")
				body = strings.ReplaceAll(body, `value="`+m.Text+`"`, "")
				if text := tags.ReplaceAllString(body, ""); strings.Contains(text, m.Text) && !strings.HasPrefix(path, "/search") {
					t.Errorf("%s shows an item of %s", path, m.Department)
				}
			}
			for who, b := range map[string]*browser{"analyst": analyst, "organiser": organiser} {
				if status, _, _ := b.post(t, "/items/"+m.ID+"/original", url.Values{"reason": {"想看一看原文"}}); status != http.StatusForbidden {
					t.Errorf("an original as %s: %d", who, status)
				}
			}
		}
		if tried > 20 {
			break
		}
	}
	if tried == 0 {
		t.Fatal("no item of another department")
	}
}

// Neither passwords nor session tokens reach the log or the audit log, however
// sign-in goes.
func TestSecretsReachNoLog(t *testing.T) {
	var mu sync.Mutex
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d := serve(t, workbench.Options{Logger: logger}, corpustest.Options{})
	const mistyped = "mistyped-Geheim-77"
	d.stranger(t).post(t, "/login", url.Values{"login": {"yanpan"}, "password": {mistyped}})
	b, admin := d.as(t, queries.Analyst), d.as(t, queries.Administrator)
	_, page, _ := admin.post(t, fmt.Sprintf("/accounts/%d/reset", d.account(t, queries.Viewer).ID), nil)
	b.post(t, "/password", url.Values{"old": {password}, "new": {"a new and longer sentence"}, "again": {"a new and longer sentence"}})
	secrets := []string{mistyped, password, "a new and longer sentence", sessionCookie(b).Value, sessionCookie(admin).Value}
	if shown := between(page, "<code", "</code>"); shown != "" {
		secrets = append(secrets, tags.ReplaceAllString("<"+shown, ""))
	}
	_, audit, _ := admin.get(t, "/audit?format=csv")
	mu.Lock()
	defer mu.Unlock()
	stored, err := os.ReadFile(filepath.Join(d.dir, "review", "review.duckdb.wal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if len(s) < 8 {
			continue
		}
		for where, text := range map[string]string{"the log": log.String(), "the audit log": audit, "the review file": string(stored)} {
			if strings.Contains(text, s) {
				t.Errorf("%s holds %.6s…", where, s)
			}
		}
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// What stands in a title or a file's name makes no header of its own.
func TestTextsMakeNoHeaders(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.as(t, queries.Analyst)
	b.post(t, "/groups/"+d.suggested(t)[0].Key+"/confirm", url.Values{"title": {"题目\r\nX-Evil: 1\r\n\r\n<script>"}})
	for _, path := range []string{"/export?issue=1&format=md", "/export?issue=1&format=md%0d%0aX-Evil:1", "/login?next=%0d%0aX-Evil:%201", "/issues/1?from=%0d%0aX-Evil:1"} {
		_, _, head := b.get(t, path)
		if head.Get("X-Evil") != "" || strings.ContainsAny(head.Get("Content-Disposition")+head.Get("Location"), "\r\n") {
			t.Errorf("%s: %v", path, head)
		}
	}
}

// What is handed in is stored for its owner to read and never for anybody to
// run.
func TestUploadsAreNeverExecutable(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	b := d.as(t, queries.Organiser)
	res, err := b.Post(d.URL+"/import", "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"training\"\r\n\r\n2026-1\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n#!/bin/sh\ntouch /tmp/x\n\r\n--x--\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := answer(t, res); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	info, err := os.Stat(filepath.Join(d.dir, "inbox", "2026-1", "a.csv"))
	if err != nil || info.Mode().Perm()&0o177 != 0 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// The audit page narrows by person, action, subject and day, and exports what it
// shows.
func TestAuditPageFiltersAndExports(t *testing.T) {
	d := serve(t, workbench.Options{}, corpustest.Options{})
	admin := d.as(t, queries.Administrator)
	d.as(t, queries.Analyst)
	today := time.Now().Format(time.DateOnly)
	for query, want := range map[string]bool{
		"action=session.open":                  true,
		"action=account.create":                false,
		"from=" + today + "&to=" + today:       true,
		"to=2001-01-01":                        false,
		"from=2999-01-01":                      false,
		"from=yesterday&subject=session":       false,
		"action=session.open&from=2001-01-01":  true,
		"account=1&action=session.open&page=1": false,
	} {
		_, page, _ := admin.get(t, "/audit?"+query)
		_, csv, _ := admin.get(t, "/audit?format=csv&"+query)
		inCSV := strings.Contains(csv, "session.open")
		inPage := strings.Contains(between(page, "<table", "</table>"), `title="session.open"`)
		if inPage != want || inCSV != want {
			t.Errorf("%s: on the page %v, in the csv %v, want %v", query, inPage, inCSV, want)
		}
	}
	if _, page, _ := admin.get(t, "/audit?action=session.open"); !strings.Contains(page, `href="/audit?action=session.open&amp;format=csv"`) {
		t.Error("the export does not carry the filter")
	}
}
