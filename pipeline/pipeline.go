// Package pipeline runs a night. Run is the one place where the order of the
// stages is written:
//
//	接收  receive     hash every file of the inbox, archive what is new
//	读取  read        decode, map headers, split into items, mask, twice over each file
//	去重  deduplicate known items gain a sighting, repeated texts become endorsements
//	引文  cite        statutes, articles, document numbers in normal form
//	分词  segment     words, concepts, citations -> documents
//	向量  vectors     sentence vectors from a model at hand, only where one is configured
//	归并  group       neighbours, groups under the decisions, identity
//	提要  describe    titles, keywords, topics, commonality, priority
//	发布  publish     write a new corpus file and make it the current one
//
// A night never changes what an earlier one published and never undoes what a
// person decided. Killed anywhere, the published corpus and the inbox are as
// before, and the next night finishes the work: files are known by their
// hashes, and a half-written corpus has another name.
package pipeline

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tongtang/analysis"
	"tongtang/pipeline/citation"
	"tongtang/pipeline/duplicate"
	"tongtang/pipeline/embedding"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/pipeline/lexicon"
	"tongtang/pipeline/masking"
	"tongtang/queries"
)

// Options tune a night. The zero value is the default.
type Options struct {
	Strictness  string         // strict, medium, loose; empty means medium
	Workers     int            // 0 means one per processor; changes no result
	Keep        int            // corpora kept, 0 means 14
	KeepRuns    int            // days run records of nights that changed nothing are kept, 0 for ever
	KeepReports int            // days reports are kept, 0 for ever
	Limits      queries.Limits // of DuckDB
	Version     string         // of tongtang, for the record
	Now         func() time.Time
	Stage       func(Stage) // told when a stage ends; may be nil
	Replay      *Replay     // makes a past night again; nil for a new one
	// Embeddings say where sentence vectors come from; the zero value asks for none.
	Embeddings embedding.Options
}

// Stages are the names of the stages a night reports, in order.
func (o Options) Stages() []string {
	stages := []string{"接收", "读取", "去重", "引文", "分词", "归并", "提要", "发布"}
	if o.Embeddings.Configured() {
		stages = slices.Insert(stages, slices.Index(stages, "归并"), "向量")
	}
	return stages
}

// Run runs one night over the data folder and returns its record, which is
// also saved under runs/. ErrRunning means another night holds the folder.
func Run(ctx context.Context, folder queries.Folder, opts Options) (Record, error) {
	opts.Now = cmpFunc(opts.Now, time.Now)
	opts.Keep = cmp.Or(opts.Keep, 14)
	opts.Workers = cmp.Or(opts.Workers, runtime.GOMAXPROCS(0))
	if err := folder.Make(); err != nil {
		return Record{}, err
	}
	unlock, err := lock(folder)
	if err != nil {
		return Record{}, err
	}
	defer unlock()
	if err := sweep(folder); err != nil {
		return Record{}, err
	}
	started := opts.Now()
	runID, err := newRunID(folder, started)
	if err != nil {
		return Record{}, err
	}
	if opts.Replay != nil {
		runID = opts.Replay.RunID
	}
	n := &night{folder: folder, opts: opts, record: Record{RunID: runID, StartedAt: started, Version: opts.Version}}
	n.record.Options = map[string]any{"strictness": n.strictness(), "keep": opts.Keep}
	n.record.Audit = folder.AuditMark()
	n.progress()
	// A night that cannot start for want of space is a failed one, on record.
	if err = checkSpace(string(folder)); err == nil {
		err = queries.Explain(n.run(ctx))
	}
	n.record.FinishedAt = opts.Now()
	n.record.PeakBytes = peakBytes()
	n.record.Outcome = "完成"
	if n.record.Rejected() {
		n.record.Outcome = "完成（有退回或隔离）"
	}
	if n.record.WithoutVectors() {
		n.record.Outcome = "完成（向量不全）"
	}
	if err != nil {
		n.record.Outcome, n.record.Error = "失败", err.Error()
	}
	saved := n.record.save(folder)
	if saved == nil && opts.Replay == nil {
		folder.ClearProgress()
	}
	return n.record, errors.Join(err, saved)
}

// progress tells of the stages done so far. That it cannot be written is no
// reason to end a night.
func (n *night) progress() {
	if n.opts.Replay != nil {
		return
	}
	p := queries.Progress{RunID: n.record.RunID, PID: os.Getpid(), StartedAt: n.record.StartedAt, Planned: n.opts.Stages()}
	for _, s := range n.record.Stages {
		p.Done = append(p.Done, queries.ProgressStage{Name: s.Name, Seconds: s.Seconds, Line: s.Line})
	}
	_ = n.folder.WriteProgress(p)
}

// night is one run's state.
type night struct {
	folder  queries.Folder
	opts    Options
	record  Record
	tables  *lexicon.Tables
	cites   *citation.Parser
	settled settled
	build   *queries.Build
	known   int    // items of earlier nights
	full    string // why everything is computed anew; "" when the last night's results are carried over
	changed bool   // items of earlier nights were withdrawn or read otherwise tonight
	again   rereading
	mark    time.Time // when the stage going on began
}

func (n *night) run(ctx context.Context) (err error) {
	n.mark = time.Now()
	if n.tables, err = lexicon.Load(n.folder.Lexicon()); err != nil {
		return err
	}
	n.record.DictionaryHash = n.tables.Hash()
	n.cites = citation.New(n.tables)
	log, err := queries.ReadDecisions(ctx, n.folder.Decisions())
	if err != nil {
		return err
	}
	log = n.opts.Replay.decisions(log)
	if n.settled, err = settle(log); err != nil {
		return err
	}
	n.record.DecisionSeq = n.settled.seq
	previousRun, previous, err := n.folder.Current()
	if err != nil && !errors.Is(err, queries.ErrNoCorpus) {
		return err
	}
	n.record.PreviousRun = previousRun
	n.build, err = queries.NewBuild(ctx, n.folder.Corpus(n.record.RunID), previous, n.opts.Limits)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.build.Discard())
		}
	}()

	if err := n.mendRecord(ctx, previousRun); err != nil {
		return err
	}
	last, fullItems, err := n.remember(ctx, previousRun)
	if err != nil {
		return err
	}
	if err := n.askedAgain(ctx); err != nil {
		return err
	}
	if err := n.people(ctx, log, previousRun); err != nil {
		return err
	}
	known, waiting, err := n.knownFiles(ctx)
	if err != nil {
		return err
	}
	fresh, seen, err := n.receive(ctx, known)
	if err != nil {
		return err
	}
	fresh = append(fresh, waiting...)
	n.stage("接收", map[string]int64{"files": int64(seen), "new": int64(len(fresh))},
		"收件箱 %d 个文件，需读取 %d 个", seen, len(fresh))

	trainings, err := readTrainings(n.folder.Trainings())
	if err != nil {
		return err
	}
	files, err := n.read(ctx, fresh, trainings)
	if err != nil {
		return err
	}

	if err := n.compareReadings(ctx, files); err != nil {
		return err
	}
	material, err := n.deduplicate(ctx, files)
	if err != nil {
		return err
	}
	if err := n.store(ctx, files, material, trainings); err != nil {
		return err
	}

	if err := n.build.Settle(ctx); err != nil {
		return err
	}
	items, err := n.spokenItems(ctx)
	if err != nil {
		return err
	}
	describer, err := n.describer()
	if err != nil {
		return err
	}
	taken := last()
	if n.full = cmp.Or(taken.full, n.grown(len(items), fullItems)); n.full != "" {
		taken.memory = nil
	}
	n.record.Carried = n.full == ""
	corpus, err := n.corpus(ctx, items, describer, taken.memory)
	if err != nil {
		return err
	}
	taken.memory = nil // what is needed of it, the corpus holds
	if err := n.vectors(ctx, corpus, items); err != nil {
		return err
	}
	standing, prior, err := n.standing(ctx, items)
	if err != nil {
		return err
	}
	result := n.group(corpus, standing)
	saved := n.saveMemory(result.Memory())
	err = n.describe(ctx, items, describer, result, standing, prior)
	checksum := saved() // waited for whatever happened
	if err == nil {
		err = n.publish(ctx, files, checksum)
	}
	if err != nil {
		return errors.Join(err, queries.Remove(n.folder.Memory(n.record.RunID)+unfinished))
	}
	return nil
}

// strictness is how sure the machine must be, by name.
func (n *night) strictness() string { return cmp.Or(n.opts.Strictness, "medium") }

// stage ends the stage going on: name, counts, and the sentence of its line.
func (n *night) stage(name string, counts map[string]int64, line string, args ...any) {
	now := time.Now()
	s := Stage{Name: name, Seconds: now.Sub(n.mark).Seconds(), Counts: counts, Line: fmt.Sprintf(line, args...)}
	n.mark = now
	n.record.Stages = append(n.record.Stages, s)
	n.progress()
	if n.opts.Stage != nil {
		n.opts.Stage(s)
	}
}

// knownFiles lists the hashes of files already taken in. A file that waited is
// read again, and so is one whose reading a person corrected.
func (n *night) knownFiles(ctx context.Context) (known map[string]bool, waiting []received, err error) {
	rows, err := n.build.Query(ctx, "corpus/build/known_files")
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	known = map[string]bool{}
	for rows.Next() {
		var f received
		var outcome string
		if err := rows.Scan(&f.SHA256, &outcome, &f.Name, &f.TrainingID, &f.Bytes); err != nil {
			return nil, nil, err
		}
		switch {
		case outcome == fileAccepted && !n.again.asked[f.SHA256]:
			known[f.SHA256] = true
		case outcome == fileAccepted, outcome == fileWaiting:
			known[f.SHA256] = true
			n.again.files = append(n.again.files, f.SHA256)
			if f.TrainingID == "*" { // its rows name theirs
				f.TrainingID = ""
			}
			f.Archived, err = archivedAs(n.folder, f.SHA256)
			if err != nil {
				return nil, nil, err
			}
			waiting = append(waiting, f)
		}
	}
	return known, waiting, rows.Err()
}

// archivedAs finds a file in the archive by its hash alone.
func archivedAs(folder queries.Folder, sha256 string) (string, error) {
	found, err := filepath.Glob(folder.Archived(sha256, "") + "*")
	if err != nil || len(found) == 0 {
		return "", errors.Join(fmt.Errorf("档案中缺少原件 %s：请从备份恢复 archive 文件夹", sha256), err)
	}
	return found[0], nil
}

// reader makes the decoder and masker of this night.
func (n *night) reader(trainings map[string]feedback.Training) (*reader, error) {
	masker := masking.New(n.tables, n.cites)
	mappings, err := n.settled.forms()
	if err != nil {
		return nil, err
	}
	secret, err := n.secret()
	if err != nil {
		return nil, err
	}
	decoder, err := intake.New(n.tables, intake.Options{Mappings: mappings, Encodings: n.settled.encoding, Mask: func(s string) string {
		doc := masker.Document()
		doc.Learn(s)
		masked, _ := doc.Mask(s)
		return masked
	}})
	if err != nil {
		return nil, err
	}
	return &reader{decoder: decoder, masker: masker, keys: feedback.NewKeyring(secret), trainings: trainings}, nil
}

// read decodes every file, several at a time; the answer stands in the files'
// order.
func (n *night) read(ctx context.Context, files []received, trainings map[string]feedback.Training) ([]decoded, error) {
	r, err := n.reader(trainings)
	if err != nil {
		return nil, err
	}
	out := make([]decoded, len(files))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(n.opts.Workers)
	for i, f := range files {
		g.Go(func() error {
			var err error
			out[i], err = r.read(ctx, f, n.settled.training[f.SHA256])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var rows, items, rejects, masked int64
	for _, d := range out {
		rows += int64(d.report.RowsIn)
		items += int64(len(d.items))
		rejects += int64(len(d.rejects))
		for _, c := range d.masked {
			masked += int64(c)
		}
		reasons := map[feedback.RejectReason]int{}
		for _, j := range d.rejects {
			reasons[j.Reason]++
		}
		n.record.Inputs = append(n.record.Inputs, RecordInput{
			File: d.file.Name, SHA256: d.file.SHA256, Training: d.file.TrainingID, Outcome: d.outcome,
			Items: len(d.items), Rejected: len(d.rejects), Reasons: reasons,
		})
	}
	n.stage("读取", map[string]int64{"rows": rows, "items": items, "rejects": rejects, "masked": masked},
		"%d 行，%d 条目，退回 %d，脱敏 %d 处", rows, items, rejects, masked)
	return out, nil
}

// secret is the key of the contributor hashes: made once, 32 random bytes.
func (n *night) secret() ([]byte, error) {
	path := n.folder.Secret()
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret = make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
		err = queries.WriteFile(path, secret, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the folder's secret: %w", err)
	}
	if len(secret) != 32 {
		return nil, fmt.Errorf("%s 已损坏（应为 32 字节）：请从备份恢复，否则同一人的发言会被当作不同人", path)
	}
	return secret, nil
}

// publish writes the corpus, makes it current, and only then moves refused
// files out of the inbox.
func (n *night) publish(ctx context.Context, files []decoded, memory string) error {
	if err := n.sign(ctx, memory); err != nil {
		return err
	}
	if err := n.build.Finish(ctx); err != nil {
		return err
	}
	if path := n.folder.Memory(n.record.RunID); memory != "" {
		if err := os.Rename(path+unfinished, path); err != nil {
			return err
		}
	}
	if err := n.folder.Publish(n.record.RunID); err != nil {
		return fmt.Errorf("publishing the corpus: %w", err)
	}
	n.record.Published = true
	quarantined := int64(0)
	for _, d := range files {
		if d.outcome != fileQuarantined || !strings.HasPrefix(d.file.Path, n.folder.Inbox()) {
			continue
		}
		quarantined++
		if err := quarantine(n.folder, d.file, d.rejects[0], n.record.RunID, n.record.StartedAt); err != nil {
			return err
		}
		// What is refused is not kept in the archive.
		if err := os.Remove(d.file.Archived); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := n.prune(); err != nil {
		return err
	}
	line := fmt.Sprintf("corpus-%s，隔离 %d 个文件", n.record.RunID, quarantined)
	if memory == "" {
		line += "；计算结果未能存下，下次全部重新计算"
	}
	n.stage("发布", map[string]int64{"quarantined": quarantined}, "%s", line)
	return nil
}

// sameWords is what two texts share when they say the same word for word.
func sameWords(masked string) string { return feedback.Normalize(masking.Unnumbered(masked)) }

// deduplicate puts the files' items together and finds endorsements: the same
// text from another contributor.
func (n *night) deduplicate(ctx context.Context, files []decoded) (merged, error) {
	known, err := n.knownItems(ctx, files)
	if err != nil {
		return merged{}, err
	}
	m := merge(files, func(id string) (string, bool) { first, ok := known[id]; return first, ok })
	text := make([]string, len(m.items)) // as two items that say the same word for word have it
	n.parallel(len(m.items), func(i int) { text[i] = sameWords(m.items[i].Text) })
	said := duplicate.New(duplicate.Options{})
	original, err := n.saidBefore(ctx, m.items, text, said)
	if err != nil {
		return merged{}, err
	}
	// Of tonight's items the earliest said is the original; 同上 never is.
	byDay := slices.SortedFunc(slices.Values(indices(len(m.items))), func(a, b int) int {
		x, y := m.items[a], m.items[b]
		return cmp.Or(cmp.Compare(min(1, len(x.Endorses)), min(1, len(y.Endorses))), cmp.Compare(x.GivenOn, y.GivenOn), cmp.Compare(x.ID, y.ID))
	})
	endorsed := int64(0)
	for _, i := range byDay {
		it := &m.items[i]
		if first, ok := original[text[i]]; ok && first != it.ID {
			it.Endorses = first
		} else {
			original[text[i]] = it.ID
			it.Endorses = ""
		}
		if it.Endorses != "" {
			endorsed++
		}
	}
	repeated := int64(0)
	for _, c := range m.repeated {
		repeated += int64(c)
	}
	near := nearRepeats(m.items, said)
	counts := map[string]int64{"new": int64(len(m.items)), "repeated": repeated, "endorsements": endorsed, "near": near}
	line := fmt.Sprintf("新增 %d 条目，其中附议 %d、近似重复 %d；重复提交 %d", len(m.items), endorsed, near, repeated)
	if asked := len(n.again.asked); asked > 0 || len(n.again.leaving) > 0 {
		withdrawn, held := n.again.counts()
		counts["reread"], counts["withdrawn"], counts["held"] = int64(asked), withdrawn, held
		line += fmt.Sprintf("；改正后重读 %d 个文件，撤回 %d 条，待人工决定 %d 条", asked, withdrawn, held)
	}
	n.stage("去重", counts, "%s", line)
	return m, nil
}

// knownItems says of which items read tonight the corpus knows already, and
// which file brought each first.
func (n *night) knownItems(ctx context.Context, files []decoded) (map[string]string, error) {
	if err := n.build.Exec(ctx, "corpus/build/stage_read_item"); err != nil {
		return nil, err
	}
	if err := n.scanOne(ctx, "corpus/build/previous_items", &n.known); err != nil {
		return nil, err
	}
	_, err := n.build.Append("read_item", func(yield func(queries.Row) bool) {
		for _, f := range files {
			for i := range f.items {
				if !yield(queries.Row{f.items[i].ID}) {
					return
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	rows, err := n.build.Query(ctx, "corpus/build/known_items")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]string{}
	for rows.Next() {
		var id, first string
		if err := rows.Scan(&id, &first); err != nil {
			return nil, err
		}
		known[id] = first
	}
	return known, rows.Err()
}

// saidBefore looks through the texts of earlier nights, some at a time: which
// said one of tonight's texts word for word (by text), and which nearly did
// (added to said). Without new items nothing is read.
func (n *night) saidBefore(ctx context.Context, items []feedback.Item, text []string, said *duplicate.Finder) (map[string]string, error) {
	original := map[string]string{} // normalised text -> item that said it first
	if len(items) == 0 || n.known == 0 {
		return original, nil
	}
	tonight := make(map[string]bool, len(items))
	for _, t := range text {
		tonight[t] = true
	}
	near := said.Near(text)
	const page = 50_000
	ids, same, texts := make([]string, 0, page), make([]string, page), make([]string, 0, page)
	read := func(from int) error {
		ids, texts = ids[:0], texts[:0]
		rows, err := n.build.Query(ctx, "corpus/build/said_before", queries.Named("from", from), queries.Named("until", from+page))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, text string
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
			if !n.again.withdraws(id) {
				ids, texts = append(ids, id), append(texts, text)
			}
		}
		return rows.Err()
	}
	for from := 0; from < n.known; from += page {
		if err := read(from); err != nil {
			return nil, err
		}
		alike := make([]bool, len(ids))
		n.parallel(len(ids), func(i int) {
			same[i] = sameWords(texts[i])
			alike[i] = near(same[i])
		})
		for i, id := range ids {
			if tonight[same[i]] {
				original[same[i]] = max(original[same[i]], id)
			}
			if alike[i] {
				said.Add(id, same[i])
			}
		}
	}
	return original, nil
}

// nearRepeats marks those of tonight's items that nearly repeat one known
// already, or an earlier one of tonight. said holds what of
// the known may be repeated.
func nearRepeats(items []feedback.Item, said *duplicate.Finder) (marked int64) {
	at := map[string]int{}
	for i, it := range items {
		if it.Endorses == "" {
			said.Add(it.ID, masking.Unnumbered(it.Text))
			at[it.ID] = i
		}
	}
	if len(at) == 0 {
		return 0
	}
	later := func(a, b string) bool { // of two of tonight's, a was said after b
		x, y := items[at[a]], items[at[b]]
		return cmp.Or(cmp.Compare(x.GivenOn, y.GivenOn), cmp.Compare(x.ID, y.ID)) > 0
	}
	best := map[string]float64{}
	for _, l := range said.Links() {
		from, to := l.A, l.B
		_, freshA := at[l.A]
		_, freshB := at[l.B]
		switch {
		case !freshA && !freshB:
			continue
		case freshB && (!freshA || later(l.B, l.A)):
			from, to = l.B, l.A
		}
		if l.Similarity > best[from] {
			best[from] = l.Similarity
			items[at[from]].NearOf = to
		}
	}
	return int64(len(best))
}

// standing is how the last night left its groups: what identity lives on. prior
// is the group, by number, in which each item stood; -1 for none.
func (n *night) standing(ctx context.Context, items []spoken) (s analysis.Standing, prior []int32, err error) {
	rows, err := n.build.Query(ctx, "corpus/build/standing_groups")
	if err != nil {
		return s, nil, err
	}
	defer rows.Close()
	at := map[string]int32{}
	for rows.Next() {
		var g analysis.StandingGroup
		if err := rows.Scan(&g.Key, &g.Founder, &g.Grew, &g.Dormant); err != nil {
			return s, nil, err
		}
		at[g.Key] = int32(len(s.Groups))
		s.Groups = append(s.Groups, g)
	}
	if err := rows.Err(); err != nil {
		return s, nil, err
	}
	prior = make([]int32, len(items))
	for i := range prior {
		prior[i] = -1
	}
	members, err := n.build.Query(ctx, "corpus/build/standing_members")
	if err != nil {
		return s, nil, err
	}
	defer members.Close()
	for members.Next() {
		var key string
		var item int32
		if err := members.Scan(&key, &item); err != nil {
			return s, nil, err
		}
		prior[item] = at[key]
		g := &s.Groups[at[key]]
		g.Members = append(g.Members, items[item].id)
	}
	return s, prior, members.Err()
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func cmpFunc[F any](f, otherwise func() F) func() F {
	if f == nil {
		return otherwise
	}
	return f
}
