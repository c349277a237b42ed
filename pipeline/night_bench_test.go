package pipeline

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tongtang/queries"
)

// BenchmarkNight measures a night that adds to a corpus that is there: one
// night over TONGTANG_BENCH_ITEMS lines (50,000), then one over
// TONGTANG_BENCH_ADDED more (a hundredth), and prints seconds and peak memory a
// stage of both. TONGTANG_BENCH_FOLDER names a data folder to keep: where it
// holds the first night already, only the second is run, each time over other
// lines. TONGTANG_BENCH_LINES names the files of lines, with commas between.
// With TONGTANG_BENCH_ISSUES people have confirmed so many of the largest
// groups before the added night, as if by the workbench.
//
//	TONGTANG_BENCH_ITEMS=1000000 TONGTANG_BENCH_ADDED=10000 go test ./pipeline -run - -bench Night -benchtime 1x -timeout 2h
func BenchmarkNight(b *testing.B) {
	var files []string
	for pattern := range strings.SplitSeq(cmp.Or(os.Getenv("TONGTANG_BENCH_LINES"),
		"../../shared/data/scale/real_1m_part0*.jsonl.gz,../../shared/data/scale/retitled_100k.jsonl.gz"), ",") {
		found, err := filepath.Glob(pattern)
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		b.Skip("no lines to play: TONGTANG_BENCH_LINES names JSONL files of {text}, gzipped")
	}
	items := benchNumber("TONGTANG_BENCH_ITEMS", 50_000)
	added := benchNumber("TONGTANG_BENCH_ADDED", items/100)
	dir := os.Getenv("TONGTANG_BENCH_FOLDER")
	if dir == "" {
		dir = b.TempDir()
	}
	folder := queries.Folder(dir)
	if err := folder.Make(); err != nil {
		b.Fatal(err)
	}
	nights, err := filepath.Glob(filepath.Join(folder.Inbox(), "*", "*.csv"))
	if err != nil {
		b.Fatal(err)
	}
	lines := &benchLines{files: files}
	defer lines.Close()
	if len(nights) == 0 {
		benchInbox(b, folder, lines, 0, items)
		benchNight(b, folder, "first")
	} else if err := lines.skip(items); err != nil {
		b.Fatal(err)
	}
	for n := range nights {
		if n > (items-1)/benchFile { // a second night's file
			if err := lines.skip(added); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		benchInbox(b, folder, lines, len(nights)+1000, added)
		nights = append(nights, "")
		if issues := benchNumber("TONGTANG_BENCH_ISSUES", 0); issues > 0 {
			benchConfirm(b, folder, issues)
		}
		b.StartTimer()
		benchNight(b, folder, "added")
	}
}

// benchFile is how many rows a file of the bench has.
const benchFile = 50_000

func benchNumber(name string, otherwise int) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return otherwise
	}
	return n
}

// benchNight runs a night and prints what it took.
func benchNight(b *testing.B, folder queries.Folder, what string) {
	b.Helper()
	debug.FreeOSMemory()
	restPeak()
	last := cpuSeconds()
	began := time.Now()
	r, err := Run(b.Context(), folder, Options{Version: "bench", Stage: func(s Stage) {
		now := cpuSeconds()
		fmt.Printf("%-6s %s %8.2f s %8.2f s CPU %6d MiB so far  %s\n", what, s.Name, s.Seconds, now-last, peakSinceRest()>>20, s.Line)
		last = now
	}})
	if err != nil {
		b.Fatal(err)
	}
	total := time.Since(began)
	_, path, err := folder.Current()
	if err != nil {
		b.Fatal(err)
	}
	var size int64
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	peak := peakSinceRest()
	fmt.Printf("%-6s %s %.1f s, peak %d MiB, corpus %d MiB\n", what, r.RunID, total.Seconds(), peak>>20, size>>20)
	b.ReportMetric(float64(peak>>20), what+"-MiB")
	b.ReportMetric(total.Seconds(), what+"-s")
}

// benchInbox writes csv files of so many rows from so many lines.
func benchInbox(b *testing.B, folder queries.Folder, lines *benchLines, number, rows int) {
	b.Helper()
	systems := []string{"检察机关", "法院", "公安机关", "监狱机关", "司法行政机关"}
	provinces := []string{"四川", "江苏", "广东", "浙江", "河南", "湖北", "山东", "北京", "上海", "云南", "甘肃", "吉林"}
	kinds := []string{"问题", "意见", "建议"}
	said := 0
	for at := 0; at < rows; at += benchFile {
		training := fmt.Sprintf("20%d-%d", 20+number%6, 1+number%2)
		dir := filepath.Join(folder.Inbox(), training)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		var body bytes.Buffer
		w := csv.NewWriter(&body)
		_ = w.Write([]string{"序号", "省份", "系统", "单位", "姓名", "类型", "内容"})
		for row := range min(benchFile, rows-at) {
			text, err := lines.next()
			if err != nil {
				b.Fatalf("after %d rows: %v", at+row, err)
			}
			// Who speaks is spread unevenly, as it is.
			h := said*2654435761 + number
			province, system := provinces[h%97%len(provinces)], systems[h%31%len(systems)]
			_ = w.Write([]string{
				strconv.Itoa(row + 1), province, system, fmt.Sprintf("%s省第%d单位", province, h%211), "学员" + strconv.Itoa(h%20011), kinds[h%7%3], text,
			})
			said++
		}
		w.Flush()
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("征集表%04d.csv", number)), body.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
		number++
	}
}

// benchConfirm writes the log of a workbench in which people confirmed the
// largest groups.
func benchConfirm(b *testing.B, folder queries.Folder, issues int) {
	b.Helper()
	_, path, err := folder.Current()
	if err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("duckdb", path+"?access_mode=READ_ONLY")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := os.MkdirAll(filepath.Dir(folder.Decisions()), 0o700); err != nil {
		b.Fatal(err)
	}
	_, err = db.ExecContext(b.Context(), `
		COPY (
			SELECT row_number() OVER (ORDER BY any_value(g.items) DESC, group_key) AS seq, TIMESTAMP '2026-01-01' AS made_at, 1 AS account_id,
				'confirm' AS kind, group_key, '' AS other_key, CAST(seq AS INTEGER) AS issue_no,
				list(item_id ORDER BY item_id) AS items, '{}' AS payload, 0 AS undoes
			FROM member JOIN issue_group g USING (group_key)
			WHERE g.standing
			GROUP BY group_key
			ORDER BY seq
			LIMIT $issues
		) TO $path (FORMAT parquet)`, sql.Named("issues", issues), sql.Named("path", folder.Decisions()))
	if err != nil {
		b.Fatal(err)
	}
}

// benchLines gives the texts of JSONL files, one after the other.
type benchLines struct {
	files []string
	open  io.Closer
	scan  *bufio.Scanner
}

func (l *benchLines) next() (string, error) {
	for {
		if l.scan != nil && l.scan.Scan() {
			var line struct {
				Text string `json:"text"`
			}
			if err := json.Unmarshal(l.scan.Bytes(), &line); err != nil {
				return "", err
			}
			return strings.TrimSpace(line.Text), nil
		}
		if len(l.files) == 0 {
			return "", errors.New("the files have no more lines")
		}
		f, err := os.Open(l.files[0])
		if err != nil {
			return "", err
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			return "", err
		}
		l.Close()
		l.files, l.open, l.scan = l.files[1:], f, bufio.NewScanner(z)
		l.scan.Buffer(nil, 1<<20)
	}
}

func (l *benchLines) skip(n int) error {
	for range n {
		if _, err := l.next(); err != nil {
			return err
		}
	}
	return nil
}

func (l *benchLines) Close() {
	if l.open != nil {
		_ = l.open.Close()
	}
}

// restPeak makes the kernel count the largest resident set from now on.
func restPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

func peakSinceRest() int64 {
	body, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	i := slices.IndexFunc(strings.Split(string(body), "\n"), func(s string) bool { return strings.HasPrefix(s, "VmHWM:") })
	if i < 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(strings.Fields(strings.Split(string(body), "\n")[i])[1], 10, 64)
	return kib << 10
}

func cpuSeconds() float64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
