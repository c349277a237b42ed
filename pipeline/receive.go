package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// received is a file of the inbox, hashed and archived.
type received struct {
	Path       string // where it lies in the inbox, or in the archive for one that waited
	Archived   string // its place in the archive; empty when it is to be quarantined unread
	Name       string // path below the inbox folder of its training, as the organiser named it
	SHA256     string
	Bytes      int64
	TrainingID string // from its folder; empty when the folder names none
}

var trainingFolder = regexp.MustCompile(`^(?:19|20)[0-9]{2}-[0-9]{1,2}$`)

// receive walks the inbox in name order and copies every file that no earlier
// run has taken in into the archive, under its hash. It changes nothing in the
// inbox. known holds the hashes of files already taken in.
func receive(ctx context.Context, folder queries.Folder, known map[string]bool) (fresh []received, seen int, err error) {
	inbox := folder.Inbox()
	err = filepath.WalkDir(inbox, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return cmp.Or(err, ctx.Err())
		}
		if skipName(d.Name()) && path != inbox {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() { // symbolic links and devices are not followed
			return nil
		}
		seen++
		f, err := receiveFile(folder, path, known)
		if err != nil {
			return fmt.Errorf("receiving %s: %w", path, err)
		}
		if f != nil && !slices.ContainsFunc(fresh, func(o received) bool { return o.SHA256 == f.SHA256 }) {
			fresh = append(fresh, *f)
		}
		return nil
	})
	return fresh, seen, err
}

// skipName tells files that are not hand-ins: hidden ones, and those that
// office programs and browsers leave while they work.
func skipName(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || name == "Thumbs.db" || name == "desktop.ini" ||
		strings.HasSuffix(name, ".crdownload") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".tmp")
}

// receiveFile hashes the file and archives it; nil when it is known.
func receiveFile(folder queries.Folder, path string, known map[string]bool) (*received, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	sum, size, err := hash(in)
	if err != nil {
		return nil, err
	}
	if known[sum] {
		return nil, nil
	}
	rel, err := filepath.Rel(folder.Inbox(), path)
	if err != nil {
		return nil, err
	}
	f := &received{Path: path, Name: filepath.ToSlash(rel), SHA256: sum, Bytes: size}
	if first, rest, ok := strings.Cut(f.Name, "/"); ok && trainingFolder.MatchString(first) {
		f.TrainingID, f.Name = first, rest
	}
	f.Archived = folder.Archived(sum, archiveExt(path))
	if _, err := os.Stat(f.Archived); err == nil {
		return f, nil
	}
	return f, archive(in, f.Archived)
}

// hash is the SHA-256 of all r gives, in lower-case hex, and its length.
func hash(r io.Reader) (sum string, size int64, err error) {
	h := sha256.New()
	size, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// archiveExt is the extension a file keeps in the archive: lower case, plain
// letters and digits only, because it came from outside.
func archiveExt(path string) string {
	ext := strings.ToLower(filepath.Ext(path))
	if len(ext) > 9 || strings.ContainsFunc(strings.TrimPrefix(ext, "."), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		return ""
	}
	return ext
}

func archive(in *os.File, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600 by CreateTemp
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = io.Copy(tmp, in)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return queries.SyncDir(filepath.Dir(path))
}

// quarantineReason is what stands beside a quarantined file.
type quarantineReason struct {
	File       string                `json:"file"`
	SHA256     string                `json:"sha256"`
	Reason     feedback.RejectReason `json:"reason"`
	Mend       string                `json:"mend"`
	RunID      string                `json:"run_id"`
	Quarantine time.Time             `json:"quarantined_at"`
}

// quarantine moves a file out of the inbox, with its reason beside it. The
// reason is written first, so that a file never lies there unexplained.
func quarantine(folder queries.Folder, f received, r feedback.Reject, runID string, when time.Time) error {
	name := strings.ReplaceAll(f.Name, "/", "_")
	target := filepath.Join(folder.Quarantine(), name)
	if body, err := os.ReadFile(target + ".reason.json"); err == nil && !strings.Contains(string(body), f.SHA256) {
		target = filepath.Join(folder.Quarantine(), f.SHA256[:8]+"-"+name)
	}
	body, err := json.MarshalIndent(quarantineReason{f.Name, f.SHA256, r.Reason, r.Mend, runID, when}, "", "  ")
	if err != nil {
		return err
	}
	if err := queries.WriteFile(target+".reason.json", append(body, '\n'), 0o600); err != nil {
		return fmt.Errorf("quarantining %s: %w", f.Name, err)
	}
	if err := os.Rename(f.Path, target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("quarantining %s: %w", f.Name, err)
	}
	return os.Chmod(target, 0o600)
}
