package queries

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Folder is the data folder: everything tongtang keeps stands under it.
type Folder string

// Inbox is where organisers' files arrive: inbox/<training id>/ or inbox/ itself.
func (f Folder) Inbox() string { return filepath.Join(string(f), "inbox") }

// Archived is where the source with this hash and extension (".xlsx") is kept.
func (f Folder) Archived(sha256, ext string) string {
	return filepath.Join(string(f), "archive", sha256[:2], sha256+ext)
}

// Archive is the only place with unmasked text.
func (f Folder) Archive() string { return filepath.Join(string(f), "archive") }

// Quarantine holds unreadable and marked files, each with NAME.reason.json.
func (f Folder) Quarantine() string { return filepath.Join(string(f), "quarantine") }

// Runs holds one record a run, <run id>.json, and the lock of the one going on.
func (f Folder) Runs() string { return filepath.Join(string(f), "runs") }

// Vectors keeps the sentence vectors of masked texts, one file a model; it may
// be deleted, the next night asks again.
func (f Folder) Vectors() string { return filepath.Join(string(f), "vectors") }

// Reports holds frozen evidence packages.
func (f Folder) Reports() string { return filepath.Join(string(f), "reports") }

// Templates holds the administrator's own docx templates, <form>.docx.
func (f Folder) Templates() string { return filepath.Join(string(f), "templates") }

// Review is the workbench's own store.
func (f Folder) Review() string { return filepath.Join(string(f), "review", "review.duckdb") }

// Standby holds the second review file: see standby.go.
func (f Folder) Standby() string { return filepath.Join(string(f), "review", "standby") }

// Decisions is what the workbench publishes for the next night.
func (f Folder) Decisions() string { return filepath.Join(string(f), "review", "decisions.parquet") }

// Lexicon is where the administrator's own tables override the embedded ones.
func (f Folder) Lexicon() string { return filepath.Join(string(f), "lexicon") }

// Trainings is the list of trainings the organisers keep, a TSV.
func (f Folder) Trainings() string { return filepath.Join(string(f), "trainings.tsv") }

// Secret keys the contributor hashes; mode 0600, made once.
func (f Folder) Secret() string { return filepath.Join(string(f), "secret.key") }

// Settings is tongtang.toml.
func (f Folder) Settings() string { return filepath.Join(string(f), "tongtang.toml") }

// Corpus is the file of a run's corpus, published or not.
func (f Folder) Corpus(runID string) string {
	return filepath.Join(string(f), "corpus", "corpus-"+runID+".duckdb")
}

// ErrNoCorpus says that no night has published a corpus yet.
var ErrNoCorpus = errors.New("还没有归并结果：请先运行 tongtang nightly")

// Current names the published corpus: its run ID and file. It is ErrNoCorpus
// before the first night.
func (f Folder) Current() (runID, path string, err error) {
	body, err := os.ReadFile(filepath.Join(string(f), "corpus", "CURRENT"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", ErrNoCorpus
	}
	if err != nil {
		return "", "", fmt.Errorf("reading corpus/CURRENT: %w", err)
	}
	name := strings.TrimSpace(string(body))
	runID, ok := strings.CutPrefix(strings.TrimSuffix(name, ".duckdb"), "corpus-")
	if !ok || runID == "" || name != filepath.Base(name) {
		return "", "", fmt.Errorf("corpus/CURRENT 内容无效 (%q)：应为 corpus-<运行编号>.duckdb 一行；可改写为 corpus/ 下最新一个文件名", name)
	}
	return runID, filepath.Join(string(f), "corpus", name), nil
}

// Publish makes the corpus of runID the current one. CURRENT changes by
// rename, so a reader sees the old name or the new one.
func (f Folder) Publish(runID string) error {
	current := filepath.Join(string(f), "corpus", "CURRENT")
	return WriteFile(current, []byte("corpus-"+runID+".duckdb\n"), 0o644)
}

// Make creates the folder and its rooms, private to its owner.
func (f Folder) Make() error {
	for _, dir := range []string{"inbox", "archive", "quarantine", "corpus", "review", "runs", "reports", "lexicon", "templates"} {
		if err := os.MkdirAll(filepath.Join(string(f), dir), 0o700); err != nil {
			return fmt.Errorf("making data folder: %w", err)
		}
	}
	return nil
}

// WriteFile writes body to path so that path holds either its old content or
// all of the new: temporary name, fsync, rename, fsync of the folder.
func WriteFile(path string, body []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(body)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes a rename in dir last through a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
