package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tongtang/pipeline"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// RebuildOptions tune a rebuild.
type RebuildOptions struct {
	Run    pipeline.Options // workers, limits, version; strictness is each night's own
	DryRun bool             // compare with what is published, publish nothing
	Night  func(r pipeline.Record, n, of int)
}

// Rebuilt is what a rebuild came to.
type Rebuilt struct {
	RunID     string   // the last night made again: now the published corpus
	Nights    int      // made again
	Skipped   []string // nights that had published nothing
	Groups    int
	Items     int
	Compared  bool     // with a corpus of the same run that could be read
	SameKeys  int      // groups with the key and members they had
	Different []string // tables that differ in any row
	Warnings  []string
}

// Rebuild makes the published corpus again from the archive: every night of the
// run records, oldest first, from the files it took in and under the decisions
// it saw. Same files, decisions and dictionary give the same items, groups and
// keys. Nothing is published before all nights are done.
func Rebuild(ctx context.Context, folder queries.Folder, opts RebuildOptions) (out Rebuilt, err error) {
	unlock, err := lockRuns(folder)
	if err != nil {
		return out, err
	}
	defer unlock()
	runs, damaged, err := Runs(folder)
	if err != nil {
		return out, err
	}
	if len(damaged) > 0 {
		return out, fmt.Errorf("运行记录 %s 无法读取：请先从备份恢复它们，否则重建的结果会缺少那几夜的内容", firstFew(damaged))
	}
	var nights []pipeline.Record
	for _, r := range runs {
		if !r.Published {
			out.Skipped = append(out.Skipped, r.RunID)
			continue
		}
		nights = append(nights, r)
	}
	if len(nights) == 0 {
		return out, errors.New("runs/ 中没有完成过的运行记录，无法重建：请从备份恢复 runs 文件夹；若从未运行过，请运行 tongtang nightly")
	}
	if err := errors.Join(out.warnAboutTables(folder, nights), decisionsReach(ctx, folder, nights)); err != nil {
		return out, err
	}
	scratch, err := scratchFolder(folder)
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(string(scratch))
	opts.Run.Embeddings.Cache = folder.Vectors()
	for i, night := range nights {
		r, err := replay(ctx, scratch, night, opts.Run)
		if err != nil {
			return out, fmt.Errorf("重做运行 %s（第 %d/%d 夜）: %w", night.RunID, i+1, len(nights), err)
		}
		out.Nights++
		if r.WithoutVectors() || optionOf(night, "vectors-sha256") != "" {
			out.Warnings = append(out.Warnings, fmt.Sprintf("运行 %s 当时用了向量，保存的向量已不全：这一夜重建时部分或全部只按文字归并，分组可能与当时略有出入；经人确认的归并不变", night.RunID))
		}
		if opts.Night != nil {
			opts.Night(r, i+1, len(nights))
		}
	}
	out.RunID = nights[len(nights)-1].RunID
	if err := out.compare(ctx, scratch, folder); err != nil {
		return out, err
	}
	if opts.DryRun {
		return out, nil
	}
	if err := os.Rename(scratch.Corpus(out.RunID), folder.Corpus(out.RunID)); err != nil {
		return out, err
	}
	if err := queries.SyncDir(filepath.Dir(folder.Corpus(out.RunID))); err != nil {
		return out, err
	}
	return out, folder.Publish(out.RunID)
}

// replay makes one night again in the scratch folder.
func replay(ctx context.Context, scratch queries.Folder, night pipeline.Record, opts pipeline.Options) (pipeline.Record, error) {
	opts.Strictness = optionOf(night, "strictness")
	// The vectors of that night are those kept of its model; no server is asked.
	opts.Embeddings.Model, opts.Embeddings.CacheOnly = optionOf(night, "embeddings-model"), true
	opts.Now = func() time.Time { return night.StartedAt }
	opts.Keep, opts.KeepRuns, opts.KeepReports = 2, 0, 0
	opts.Version = night.Version
	opts.Replay = &pipeline.Replay{RunID: night.RunID, DecisionSeq: night.DecisionSeq, Inputs: night.Inputs}
	return pipeline.Run(ctx, scratch, opts)
}

// optionOf reads one of a record's options; "" when it has none.
func optionOf(r pipeline.Record, name string) string {
	body, err := json.Marshal(r.Options)
	if err != nil {
		return ""
	}
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		return ""
	}
	s, _ := m[name].(string)
	return s
}

func (r *Rebuilt) warnAboutTables(folder queries.Folder, nights []pipeline.Record) error {
	tables, err := lexicon.Load(folder.Lexicon())
	if err != nil {
		return err
	}
	others := 0
	for _, n := range nights {
		if n.DictionaryHash != tables.Hash() {
			others++
		}
	}
	if others > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d 夜当时使用的词典与现在不同：重建一律使用现在的词典，分组可能与当时略有出入；经人确认的归并不变", others))
	}
	return nil
}

// decisionsReach makes sure that every decision the nights saw is still there.
func decisionsReach(ctx context.Context, folder queries.Folder, nights []pipeline.Record) error {
	log, err := queries.ReadDecisions(ctx, folder.Decisions())
	if err != nil {
		return err
	}
	have, need := int64(0), int64(0)
	for _, d := range log {
		have = max(have, d.Seq)
	}
	for _, n := range nights {
		need = max(need, n.DecisionSeq)
	}
	if have < need {
		return fmt.Errorf("review/decisions.parquet 只到第 %d 项决定，而历次运行用到第 %d 项：请打开一次工作台使其重新发布，或从备份恢复 review 文件夹", have, need)
	}
	return nil
}

// scratchFolder is a data folder beside the corpora, with nothing of its own:
// archive, tables, secret and decisions are the real ones.
func scratchFolder(folder queries.Folder) (queries.Folder, error) {
	root, err := filepath.Abs(string(folder))
	if err != nil {
		return "", err
	}
	folder = queries.Folder(root)
	corpora := filepath.Dir(folder.Corpus("x"))
	if err := os.MkdirAll(corpora, 0o700); err != nil {
		return "", err
	}
	left, _ := filepath.Glob(filepath.Join(corpora, ".rebuild-*")) // of a rebuild that was killed
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp(corpora, ".rebuild-")
	if err != nil {
		return "", err
	}
	scratch := queries.Folder(dir)
	if err := os.Mkdir(filepath.Join(dir, "review"), 0o700); err != nil {
		return "", err
	}
	for real, link := range map[string]string{
		folder.Archive(): scratch.Archive(), folder.Lexicon(): scratch.Lexicon(), folder.Secret(): scratch.Secret(),
		folder.Trainings(): scratch.Trainings(), folder.Decisions(): scratch.Decisions(),
	} {
		if _, err := os.Stat(real); errors.Is(err, fs.ErrNotExist) {
			if real == folder.Secret() {
				return "", errors.New("secret.key 不存在，无法得到相同的编号：请从备份恢复它")
			}
			continue
		}
		if err := os.Symlink(real, link); err != nil {
			return "", err
		}
	}
	return scratch, nil
}

// compare counts how the rebuilt corpus differs from the published one of the
// same run, if that can be read.
func (r *Rebuilt) compare(ctx context.Context, scratch, folder queries.Folder) error {
	now, nowTables, err := groupsOf(ctx, scratch.Corpus(r.RunID))
	if err != nil {
		return fmt.Errorf("reading the rebuilt corpus: %w", err)
	}
	r.Groups = len(now)
	for _, t := range nowTables {
		if t.Table == "item" {
			r.Items = int(t.Rows)
		}
	}
	before, beforeTables, err := groupsOf(ctx, folder.Corpus(r.RunID))
	if err != nil {
		return nil //nolint:nilerr // a corpus that is gone or damaged is why one rebuilds
	}
	r.Compared = true
	old := map[string][]string{}
	for _, g := range before {
		old[g.Key] = g.Items
	}
	for _, g := range now {
		if slices.Equal(old[g.Key], g.Items) {
			r.SameKeys++
		}
	}
	for i, t := range nowTables {
		// run also says when it ended and which program made it.
		if t.Table != "run" && i < len(beforeTables) && t != beforeTables[i] {
			r.Different = append(r.Different, t.Table)
		}
	}
	return nil
}

func groupsOf(ctx context.Context, file string) ([]queries.GroupMembers, []queries.Contents, error) {
	c, err := queries.OpenCorpus(ctx, file)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	groups, err := c.Groups(ctx)
	if err != nil {
		return nil, nil, err
	}
	tables, err := c.Contents(ctx)
	return groups, tables, err
}

// lockRuns keeps nights away; it is the lock a night takes.
func lockRuns(folder queries.Folder) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(folder.Runs(), ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, pipeline.ErrRunning
		}
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	return func() { f.Close() }, nil
}
