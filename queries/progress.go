package queries

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Progress is how far the night going on has come: runs/.progress, rewritten
// when a stage ends and removed when the run's record stands. One that is left
// while nobody holds the folder is of a night that was interrupted.
type Progress struct {
	RunID     string          `json:"run_id"`
	PID       int             `json:"pid"`
	StartedAt time.Time       `json:"started_at"`
	Planned   []string        `json:"planned"` // the stages, in order
	Done      []ProgressStage `json:"done"`
}

// ProgressStage is a stage that has ended.
type ProgressStage struct {
	Name    string  `json:"stage"`
	Seconds float64 `json:"seconds"`
	Line    string  `json:"line"`
}

// WriteProgress replaces the progress file. It need not outlast a power cut.
func (f Folder) WriteProgress(p Progress) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	tmp := filepath.Join(f.Runs(), ".new-progress")
	if err := os.WriteFile(tmp, body, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, f.progressFile())
}

// ReadProgress reads it; ok is false when there is none.
func (f Folder) ReadProgress() (p Progress, ok bool) {
	body, err := os.ReadFile(f.progressFile())
	if err != nil || json.Unmarshal(body, &p) != nil {
		return Progress{}, false
	}
	return p, true
}

// ClearProgress removes it, when the record of the run stands.
func (f Folder) ClearProgress() { _ = os.Remove(f.progressFile()) }

func (f Folder) progressFile() string { return filepath.Join(f.Runs(), ".progress") }

// NightPID is the process that holds the night's lock, 0 for none. It looks the
// lock up and does not try it: a night starting at this moment must not find it
// taken.
func (f Folder) NightPID() int {
	var st unix.Stat_t
	if unix.Stat(filepath.Join(f.Runs(), ".lock"), &st) != nil {
		return 0
	}
	body, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0
	}
	// 1: FLOCK  ADVISORY  WRITE 1234 fe:00:262154 0 EOF
	want := fmt.Sprintf("%02x:%02x:%d", unix.Major(st.Dev), unix.Minor(st.Dev), st.Ino)
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) >= 6 && f[1] == "FLOCK" && f[5] == want {
			pid, _ := strconv.Atoi(f[4])
			return pid
		}
	}
	return 0
}
