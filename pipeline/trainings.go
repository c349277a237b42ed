package pipeline

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
)

// readTrainings reads the list of trainings: a TSV with the columns id, title,
// theme, host (department code), co_hosts (codes joined by | or ,), starts_on,
// ends_on, place. A missing file is an empty list: trainings are then known by
// their IDs alone.
func readTrainings(path string) (map[string]feedback.Training, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]feedback.Training{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading trainings: %w", err)
	}
	defer f.Close()
	out := map[string]feedback.Training{}
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimPrefix(strings.TrimRight(sc.Text(), "\r"), "\ufeff")
		if n == 1 || strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c := strings.Split(line, "\t")
		for len(c) < 8 {
			c = append(c, "")
		}
		if !trainingFolder.MatchString(c[0]) {
			return nil, fmt.Errorf("%s 第%d行：期次编号 %q 应形如 2024-1（年份-当年第几期）", path, n, c[0])
		}
		for _, day := range []string{c[5], c[6]} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				return nil, fmt.Errorf("%s 第%d行：日期 %q 应形如 2024-06-18", path, n, day)
			}
		}
		t := feedback.Training{
			ID: c[0], Title: c[1], Theme: c[2], Host: feedback.Department(c[3]), StartsOn: c[5], EndsOn: c[6], Place: c[7],
		}
		for code := range strings.FieldsFuncSeq(c[4], func(r rune) bool { return r == '|' || r == ',' }) {
			t.CoHosts = append(t.CoHosts, feedback.Department(code))
		}
		out[t.ID] = t
	}
	return out, sc.Err()
}
