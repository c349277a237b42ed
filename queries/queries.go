// Package queries is the only place with SQL. Every statement is a file of its
// own, embedded, under corpus/ (what a night builds and pages read), corpus/schema/
// (a corpus's tables, in order), corpus/build/ (what a night runs to build one)
// and review/ (what people decided; its migrations are numbered and never
// edited once shipped).
//
// Two stores, one writer each: Build writes a new corpus file and publishes it
// by rename; Store owns the review file and reads the published corpus. Neither
// waits for the other's lock.
package queries

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed corpus review
var files embed.FS

// SQL is the statement in queries/<name>.sql. A missing file is a programmer's
// mistake and panics; the test that prepares every file finds it first.
func SQL(name string) string {
	body, err := files.ReadFile(name + ".sql")
	if err != nil {
		panic(fmt.Sprintf("queries: no statement %s.sql", name))
	}
	return string(body)
}

// Names lists the statements under dir, sorted, without .sql.
func Names(dir string) []string {
	var names []string
	_ = fs.WalkDir(files, dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".sql") {
			names = append(names, strings.TrimSuffix(path, ".sql"))
		}
		return err
	})
	slices.Sort(names)
	return names
}
