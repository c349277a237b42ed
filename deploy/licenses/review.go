package main

// review is what was looked at by hand, because the vulnerability database is
// not reachable where this is built. Keep it true when a dependency changes.
const review = `## Review (2026-12-01, offline)

` + "`govulncheck` v1.9.0" + ` was tried again and its database (vuln.go.dev) did not answer; on a machine with network run
` + "`go run golang.org/x/vuln/cmd/govulncheck@latest ./...`" + ` before every release. In its place stored copies of public issue threads were searched
for advisories (of excelize, gin, quic-go, arrow, thrift, age, scs and goose; nothing found there is no proof that there is nothing):

| module | advisory | here |
|---|---|---|
| github.com/quic-go/quic-go | CVE-2026-40898, before 0.59.1: memory by HTTP/3 trailers | raised to 0.59.1; HTTP/3 is never started |
| github.com/apache/thrift | CVE-2026-41602 and others, before 0.23 and 0.24: framed transport | raised to 0.24.0: arrow reads the head of organisers' Parquet files with its compact protocol; we use no framed transport |
| github.com/xuri/excelize/v2 | CVE-2026-54063, CVE-2026-59161, GO-2026-6452: row numbers and string indexes in made-up xlsx | fixed in 2.11.0; 2.11.1 is linked |
| github.com/gin-gonic/gin, filippo.io/age, pressly/goose, alexedwards/scs | only advisories older than the versions linked | none |

Each way by which strangers' bytes reach foreign code was looked at:

| what comes from outside | read by | what bounds it |
|---|---|---|
| xlsx, docx (zip of xml) | our zip and xml scan first, then excelize, encoding/xml | size, ratio, nesting and entity limits in pipeline/intake; no external entities are ever resolved; fuzzed |
| csv, tsv, txt, jsonl, zip | standard library and our own decoders | bytes, rows, cell and member limits; names in zips are never used as paths |
| Parquet | our own look at pages and sizes (parquet_pages.go) first, then apache/arrow v15 and thrift | bytes, rows and cells as for all files; page headers and sizes checked before arrow sees them; fuzzed; a panic there is a refusal |
| HTTP requests | net/http, Gin (routing only), scs (session cookie) | header, body and time limits in cmd/tongtang/serve.go; QUIC and HTTP/3, which Gin pulls in, are never started |
| decisions.parquet, corpora, review file | DuckDB 1.5.6 | written by ourselves, in a folder that only the owner can write; extensions are neither loaded nor installed |
| backups | archive/tar, compress/gzip, age | only regular files in known rooms, through os.Root; hashes against the manifest before the folder gets its name |
| passwords | x/crypto/argon2 | length limit before hashing, two at a time |
| tongtang.toml, lexicon/*.tsv | BurntSushi/toml, our own reader | the administrator's own files |

No licence asks for more than its text and notices: opencc, which pulled in liuzl/cedar-go (GPL-2.0), gave way to a table of our own
(pipeline/hanzi) on 2026-11-30.

Nothing in the binary opens a connection outward: no telemetry, no update check, no CDN. Deprecated or little kept modules in it, each
used in one place and with our own data only: gopkg.in/neurosnap/sentences.v1, jdkato/prose (English runs). apache/arrow
v15 is the version the owner named; it writes exports and reads organisers' Parquet files (row above).
`
