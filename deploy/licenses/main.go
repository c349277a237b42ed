// Command licenses writes LICENSES.md: every module whose code is in the binary,
// its version and its licence, as the module's own licence file says.
//
//	go run ./deploy/licenses > LICENSES.md
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// module is one whose code is linked.
type module struct {
	path, version, dir string
}

// linked lists the modules with a package in the binary, by path.
func linked() ([]module, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "tongtang/cmd/tongtang")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []module
	for line := range strings.Lines(string(out)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
			all = append(all, module{f[0], f[1], f[2]})
		}
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return slices.Compact(all), nil
}

// marks tell a licence by words that only it has; the first that fits counts.
var marks = []struct{ words, name string }{
	{"GNU AFFERO GENERAL PUBLIC LICENSE", "AGPL"},
	{"GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"},
	{"GNU GENERAL PUBLIC LICENSE", "GPL"},
	{"Mozilla Public License", "MPL-2.0"},
	{"Apache License", "Apache-2.0"},
	{"unencumbered software released into the public domain", "Unlicense"},
	{"Permission to use, copy, modify, and/or distribute", "ISC"},
	{"Permission to use, copy, modify, and distribute this software", "ISC"},
	{"Neither the name of", "BSD-3-Clause"},
	{"Redistribution and use in source and binary forms", "BSD-2-Clause"},
	{"Permission is hereby granted, free of charge", "MIT"},
	{"FreeType License", "FTL or GPL-2.0"},
}

// license reads what the module says of itself, in a licence file or else in
// its README; "?" when it says nothing that is known.
func license(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "?"
	}
	for _, prefix := range []string{"LICENSE", "LICENCE", "COPYING", "README"} {
		for _, e := range entries {
			if e.IsDir() || !strings.HasPrefix(strings.ToUpper(e.Name()), prefix) {
				continue
			}
			body, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				continue
			}
			text := strings.Join(strings.Fields(string(body)), " ")
			for _, m := range marks {
				if strings.Contains(text, m.words) {
					return m.name
				}
			}
		}
	}
	return "?"
}

func main() {
	all, err := linked()
	if err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
	fmt.Print(`# Licences and review of dependencies

Made by ` + "`go run ./deploy/licenses > LICENSES.md`" + `. These modules are linked into the binary; those of go.mod that only tests and tools
use are not listed. The binary also holds DuckDB (MIT), as a static library of duckdb-go-bindings, and gse's dictionaries
(Apache-2.0, with gse).

| module | version | licence |
|---|---|---|
`)
	count := map[string]int{}
	for _, m := range all {
		l := license(m.dir)
		count[l]++
		fmt.Printf("| %s | %s | %s |\n", m.path, m.version, l)
	}
	var names []string
	for l, n := range count {
		names = append(names, fmt.Sprintf("%s %d", l, n))
	}
	slices.Sort(names)
	fmt.Printf("\n%d modules: %s.\n\n%s", len(all), strings.Join(names, ", "), review)
}
