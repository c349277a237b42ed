package workbench

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongtang/queries"
)

// ImportPage shows what was handed in and what became of it.
type ImportPage struct {
	Trainings []queries.Training
	Training  string
	Files     []queries.File
	Waiting   []InboxFile      // in the inbox, not yet in a corpus
	Waits     map[string]Waits // of files that wait for a person, by sha256
	Problem   string
	MaxMiB    int
	Formats   string
}

// InboxFile is a file that waits for the night.
type InboxFile struct {
	Name, Training string
	Bytes          int64
	At             time.Time
}

// What may be handed in. The night looks at the content; this is to tell an
// organiser at once.
var uploadTypes = []string{".xlsx", ".xls", ".et", ".csv", ".tsv", ".txt", ".docx", ".jsonl", ".json", ".parquet", ".zip", ".md"}

// uploadFiles is how many files one upload may hold.
const uploadFiles = 20

var trainingID = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}$`)

func importPage(rq *request) error { return rq.imports(http.StatusOK, "") }

func (rq *request) imports(status int, problem string) error {
	files, err := rq.w.store.Files(rq.ctx())
	if err != nil {
		return err
	}
	choices, err := rq.w.filterChoices(rq.ctx())
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range files {
		known[f.Training+"/"+f.Name] = true
		known["/"+f.Name] = true
	}
	p := ImportPage{
		Trainings: choices.Trainings, Training: rq.query("training"), Files: files, Problem: problem, MaxMiB: rq.w.opts.UploadMiB,
		Formats: strings.Join(uploadTypes, " "),
	}
	if p.Waits, err = rq.waits(files); err != nil {
		return err
	}
	for _, f := range inboxFiles(rq.w.store.Folder()) {
		if !known[f.Training+"/"+f.Name] && !known["/"+f.Name] {
			p.Waiting = append(p.Waiting, f)
		}
	}
	return rq.show(status, "import", "导入", p)
}

// inboxFiles lists the inbox as the night will see it.
func inboxFiles(folder queries.Folder) []InboxFile {
	var out []InboxFile
	root := folder.Inbox()
	_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return nil
		}
		f := InboxFile{Name: filepath.ToSlash(rel), Bytes: info.Size(), At: info.ModTime()}
		if first, rest, ok := strings.Cut(f.Name, "/"); ok && trainingID.MatchString(first) {
			f.Training, f.Name = first, rest
		}
		out = append(out, f)
		return nil
	})
	slices.SortFunc(out, func(a, b InboxFile) int { return b.At.Compare(a.At) })
	return out
}

// upload receives files into inbox/<training>/, each under a hidden name until
// it is whole. Nothing in a file is opened here.
func upload(rq *request) error {
	parts, err := rq.c.Request.MultipartReader()
	if err != nil {
		return rq.imports(http.StatusUnprocessableEntity, rq.t("请选择要导入的文件。"))
	}
	training, took := "", []string{}
	for range uploadFiles + 2 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case part.FormName() == "training":
			b, err := io.ReadAll(io.LimitReader(part, 64))
			if err != nil {
				return err
			}
			training = strings.TrimSpace(string(b))
			if training != "" && !trainingID.MatchString(training) {
				return rq.imports(http.StatusUnprocessableEntity, rq.t("期次须写作 2026-1 的形式（年份-期数）。"))
			}
		case part.FormName() == "file" && part.FileName() != "":
			name, err := uploadName(part.FileName())
			if err != nil {
				return rq.imports(http.StatusUnprocessableEntity, rq.say(err))
			}
			if err := rq.receive(training, name, part); err != nil {
				if isRefusal(err) {
					return rq.imports(http.StatusUnprocessableEntity, rq.say(err))
				}
				return err
			}
			took = append(took, name)
		}
		if err := part.Close(); err != nil {
			return err
		}
	}
	if len(took) == 0 {
		return rq.imports(http.StatusUnprocessableEntity, rq.t("请选择要导入的文件。"))
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "import.upload", "training:"+training, map[string]any{"files": took}); err != nil {
		return err
	}
	rq.flash(rq.t("已收到 %d 个文件，将在下一次夜间归并时读取。", len(took)), 0)
	return rq.redirect("/import")
}

// uploadName makes a file's name safe: no folder, no control or separator
// characters, not hidden, of a kind we read.
func uploadName(name string) (string, error) {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*`, r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ".~")
	ext := strings.ToLower(filepath.Ext(name))
	if name == "" || len(name) > 200 {
		return "", &queries.Refusal{Zh: "文件名为空或过长，请改名后重新导入。", En: "The file's name is empty or too long."}
	}
	if !slices.Contains(uploadTypes, ext) {
		return "", &queries.Refusal{Zh: "不能读取“" + name + "”：请提交 " + strings.Join(uploadTypes, " ") + " 文件。", En: "Cannot read " + name + ": hand in " + strings.Join(uploadTypes, " ") + "."}
	}
	return name, nil
}

func (rq *request) receive(training, name string, from io.Reader) (err error) {
	dir := rq.w.store.Folder().Inbox()
	if training != "" {
		dir = filepath.Join(dir, training)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making inbox folder: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".upload-*")
	if err != nil {
		return fmt.Errorf("receiving %s: %w", name, err)
	}
	defer os.Remove(tmp.Name())
	limit := int64(rq.w.opts.UploadMiB) << 20
	n, err := io.Copy(tmp, io.LimitReader(from, limit+1))
	if err = errors.Join(err, tmp.Chmod(0o600), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("receiving %s: %w", name, err)
	}
	if n > limit {
		return &queries.Refusal{Zh: fmt.Sprintf("“%s”超过 %d MiB，没有保存：请拆分后重新导入。", name, rq.w.opts.UploadMiB), En: fmt.Sprintf("%s is over %d MiB; split it.", name, rq.w.opts.UploadMiB)}
	}
	if n == 0 {
		return &queries.Refusal{Zh: "“" + name + "”是空文件，没有保存。", En: name + " is empty."}
	}
	// A file of the same name is never written over: the second gets a number.
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for i := 1; ; i++ {
		target := filepath.Join(dir, name)
		if err := os.Link(tmp.Name(), target); err == nil {
			return queries.SyncDir(dir)
		} else if !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("receiving %s: %w", name, err)
		}
		name = fmt.Sprintf("%s (%d)%s", stem, i+1, ext)
	}
}

// csv answers with a table that spreadsheet programs open as text: a leading
// = + - @ is guarded, and a BOM tells them it is UTF-8.
func (rq *request) csv(name string, rows [][]string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	for _, row := range rows {
		out := make([]string, len(row))
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cell = "'" + cell
			}
			out[i] = cell
		}
		if err := w.Write(out); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	rq.c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	rq.c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	return nil
}
