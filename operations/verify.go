package operations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"tongtang/pipeline"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// Verify reads everything in the data folder from end to end and says what is
// not as it should be: archived files against their hashes, every corpus, the
// review with its audit chain, the published decisions against the log, the run
// records, the evidence packages of what was handed over. It changes nothing. earlier, if not nil, is the manifest of a backup
// of this folder: its audit head shows lines cut off the end of the log, which
// the chain alone cannot.
func Verify(ctx context.Context, folder queries.Folder, earlier *Manifest) (Findings, error) {
	if _, err := os.Stat(string(folder)); err != nil {
		return nil, fmt.Errorf("数据文件夹 %s 不存在: %w", folder, err)
	}
	v := &verifier{ctx: ctx, folder: folder, archived: map[string]bool{}, needed: map[string]string{}}
	v.secret()
	v.runs()
	v.corpora()
	v.archive()
	// Before the review, which may be worked on: it must know what the standby knew.
	v.standing, _, v.standingErr = queries.ReadStandby(ctx, folder)
	v.review(earlier)
	v.evidence()
	v.tables()
	return v.findings, ctx.Err()
}

type verifier struct {
	ctx      context.Context
	folder   queries.Folder
	findings Findings
	archived map[string]bool   // hashes found in the archive
	needed   map[string]string // hash -> what rests on it
	recorded []pipeline.Record
	packages []queries.EvidencePackage
	seen     int64 // the last decision the published corpus knows

	standing    queries.StandbyState // zero when there is no standby
	standingErr error
}

func (v *verifier) secret() {
	const name = "密钥"
	info, err := os.Stat(v.folder.Secret())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, _, err := v.folder.Current(); err == nil {
			v.findings.trouble(name, "从备份恢复 secret.key；缺少它，今后同一人的发言会被当作不同人", "secret.key 不存在")
			return
		}
		v.findings.good(name, "尚未生成（第一次夜间归并时生成）")
	case err != nil:
		v.findings.trouble(name, "检查文件夹权限", "secret.key 无法读取：%v", err)
	case info.Size() != 32:
		v.findings.trouble(name, "从备份恢复 secret.key", "secret.key 已损坏（%d 字节，应为 32 字节）", info.Size())
	default:
		v.findings.good(name, "32 字节")
	}
}

func (v *verifier) runs() {
	const name = "运行记录"
	runs, damaged, err := Runs(v.folder)
	if err != nil {
		v.findings.trouble(name, "检查文件夹权限", "%v", err)
		return
	}
	v.recorded = runs
	for _, r := range runs {
		for _, in := range r.Inputs {
			if r.Published && in.Outcome != "隔离" {
				v.needed[in.SHA256] = "运行 " + r.RunID
			}
		}
	}
	if len(damaged) > 0 {
		v.findings.trouble(name, "从备份恢复这些文件；缺少运行记录时 rebuild 无法重做那一夜", "无法读取：%s", firstFew(damaged))
		return
	}
	v.findings.good(name, "%d 份", len(runs))
}

// corpora opens and reads every corpus file; the published one must agree with
// itself and with the records.
func (v *verifier) corpora() {
	const name = "归并结果"
	current, published, err := v.folder.Current()
	if errors.Is(err, queries.ErrNoCorpus) {
		if slices.ContainsFunc(v.recorded, func(r pipeline.Record) bool { return r.Published }) {
			v.findings.trouble(name, "运行 tongtang rebuild 由档案重建", "有完成过的运行记录，但没有归并结果")
			return
		}
		v.findings.good(name, "还没有（尚未运行夜间归并）")
		return
	}
	if err != nil {
		v.findings.trouble(name, "把 corpus/CURRENT 改为 corpus/ 下最新一个文件的名字，或运行 tongtang rebuild", "%v", err)
	}
	files, _ := filepath.Glob(v.folder.Corpus("*"))
	slices.Sort(files)
	if published != "" && !slices.Contains(files, published) {
		v.findings.trouble(name, "把 corpus/CURRENT 改为 corpus/ 下最新一个文件的名字，或运行 tongtang rebuild", "corpus/CURRENT 指向的 %s 不存在", filepath.Base(published))
	}
	for _, file := range files {
		if v.ctx.Err() != nil {
			return
		}
		items, err := v.corpus(file, file == published)
		base := filepath.Base(file)
		switch {
		case err != nil && file == published:
			v.findings.trouble(name, "运行 tongtang rebuild 由档案重建；此前可先把 corpus/CURRENT 改为上一个文件的名字", "已发布的 %s %v", base, err)
		case err != nil:
			v.findings.notice(name, "可以删除该文件：它不是当前发布的结果", "旧结果 %s %v", base, err)
		case file == published:
			v.findings.good(name, "已发布 %s，%d 条目，全部表可读、相互一致", base, items)
		default:
			v.findings.good(name, "旧结果 %s 可读", base)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(v.folder.Corpus("*")), "*.building*")); len(left) > 0 && !nightRuns(v.folder) {
		v.findings.notice(name, "无需处理：下一次夜间归并会重写；也可以删除", "有中断的运行留下的半成品 %s", firstFew(bases(left)))
	}
	i := slices.IndexFunc(v.recorded, func(r pipeline.Record) bool { return r.RunID == current })
	if current != "" && i < 0 {
		v.findings.notice("运行记录", "无需处理：下一次夜间归并会由归并结果补写", "已发布的运行 %s 没有记录（发布后被中断）", current)
	}
}

func bases(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = filepath.Base(p)
	}
	return out
}

func (v *verifier) corpus(file string, published bool) (items int64, err error) {
	c, err := queries.OpenCorpus(v.ctx, file)
	if err != nil {
		return 0, fmt.Errorf("无法打开：%w", err)
	}
	defer c.Close()
	contents, err := c.Contents(v.ctx)
	if err != nil {
		return 0, fmt.Errorf("读取出错：%w", err)
	}
	for _, t := range contents {
		if t.Table == "item" {
			items = t.Rows
		}
	}
	breaches, err := c.Breaches(v.ctx)
	if err != nil {
		return items, fmt.Errorf("读取出错：%w", err)
	}
	if len(breaches) > 0 {
		var say []string
		for _, b := range breaches {
			say = append(say, fmt.Sprintf("%s %d", b.Rule, b.Count))
		}
		return items, fmt.Errorf("内容自相矛盾：%s", firstFew(say))
	}
	if !published {
		return items, nil
	}
	if run, ok, err := c.Run(v.ctx); err != nil || !ok {
		return items, cmp.Or(err, errors.New("没有运行信息"))
	} else if want := v.folder.Corpus(run.RunID); want != file {
		return items, fmt.Errorf("内含的运行编号是 %s，与文件名不符", run.RunID)
	} else {
		v.seen = run.DecisionSeq
	}
	sources, err := c.Sources(v.ctx)
	for _, s := range sources {
		if s.Outcome != "隔离" {
			v.needed[s.SHA256] = "条目来源 " + s.File
		}
	}
	return items, err
}

// archive hashes every archived file and compares it with its name.
func (v *verifier) archive() {
	const name = "档案"
	var wrong, odd []string
	var total int64
	err := filepath.WalkDir(v.folder.Archive(), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || v.ctx.Err() != nil {
			return cmp.Or(err, v.ctx.Err())
		}
		if d.IsDir() || strings.HasPrefix(d.Name(), ".new-") {
			return nil
		}
		sum, _, _ := strings.Cut(d.Name(), ".")
		if !d.Type().IsRegular() || len(sum) != 64 || filepath.Base(filepath.Dir(path)) != sum[:2] {
			odd = append(odd, d.Name())
			return nil
		}
		f, err := digestOf(path)
		if errors.Is(err, fs.ErrNotExist) { // a night moved it away
			return nil
		}
		if err != nil {
			return err
		}
		if f.SHA256 != sum {
			wrong = append(wrong, d.Name())
			return nil
		}
		v.archived[sum] = true
		total += f.Bytes
		return nil
	})
	if err != nil {
		v.findings.trouble(name, "检查文件夹权限和磁盘", "读取档案：%v", err)
		return
	}
	slices.Sort(wrong)
	if len(wrong) > 0 {
		v.findings.trouble(name, "从备份恢复这些文件：归并结果不受影响，但来源无法回看", "内容与校验值不符：%s", firstFew(wrong))
	}
	if len(odd) > 0 {
		v.findings.notice(name, "移出 archive 文件夹", "不是档案的文件：%s", firstFew(odd))
	}
	var missing []string
	for sum, why := range v.needed {
		if !v.archived[sum] && !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, sum) }) {
			missing = append(missing, sum[:12]+"…（"+why+"）")
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		v.findings.trouble(name, "从备份恢复 archive 文件夹，或请会务重新提供原件放入收件箱", "缺少原件：%s", firstFew(missing))
	}
	if len(wrong)+len(missing) == 0 {
		v.findings.good(name, "%d 个原件（%s），内容与校验值全部相符，归并结果所依据的 %d 个都在", len(v.archived), size(total), len(v.needed))
	}
}

func (v *verifier) review(earlier *Manifest) {
	const name, log = "研判数据", "操作日志"
	defer v.standby()
	if _, err := os.Stat(v.folder.Review()); errors.Is(err, fs.ErrNotExist) {
		if len(v.folder.StandbyFiles()) > 0 {
			v.findings.trouble(name, "打开工作台：它会由备用副本恢复；或运行 tongtang restore --standby", "review/review.duckdb 不存在，但有它的备用副本")
			return
		}
		if _, err := os.Stat(v.folder.Decisions()); err == nil {
			v.findings.trouble(name, "从备份恢复 review 文件夹", "review/review.duckdb 不存在，但有已发布的决定")
			return
		}
		v.findings.good(name, "还没有（尚未打开工作台）")
		return
	}
	const mend = "停止工作台后再打开：它会由备用副本恢复；或运行 tongtang restore --standby；备用副本也不能用时，从最近的备份恢复到新文件夹（tongtang restore）核对后替换"
	r, closeIt, err := openReview(v.ctx, v.folder)
	if err != nil {
		v.findings.trouble(name, mend, "%v", err)
		return
	}
	defer closeIt()
	schema, err := r.Schema(v.ctx)
	if err != nil {
		v.findings.trouble(name, mend, "无法读取数据版本：%v", err)
		return
	}
	if newest := queries.NewestSchema(); schema > newest {
		v.findings.trouble(name, "使用更新的 tongtang", "数据版本 %d 比本程序（%d）新", schema, newest)
		return
	}
	contents, err := r.Contents(v.ctx)
	if err != nil {
		v.findings.trouble(name, mend, "读取出错：%v", err)
		return
	}
	breaches, err := r.Breaches(v.ctx)
	if err != nil {
		v.findings.trouble(name, mend, "读取出错：%v", err)
		return
	}
	for _, b := range breaches {
		v.findings.trouble(name, mend, "内容自相矛盾：%s %d", b.Rule, b.Count)
	}
	count := map[string]int64{}
	for _, t := range contents {
		count[t.Table] = t.Rows
	}
	if len(breaches) == 0 {
		v.findings.good(name, "全部表可读：%d 个帐号，%d 项决定，%d 个归并问题，数据版本 %d", count["account"], count["decision"], count["issue"], schema)
	}
	v.audit(r, log, earlier)
	v.decisions(r)
	if v.packages, err = r.EvidencePackages(v.ctx); err != nil {
		v.findings.trouble(name, mend, "读取出错：%v", err)
	}
}

// standby reads the second review file as the first.
func (v *verifier) standby() {
	const name = "备用副本"
	switch {
	case v.standingErr != nil:
		v.findings.trouble(name, "重新打开工作台：研判数据完好时会重新留副本；在此之前请先 tongtang backup", "%v", v.standingErr)
	case v.standing.Generation > 0:
		v.findings.good(name, "第 %d 代，%s 加日志 %s，校验值相符，全部表可读：%d 项决定，操作日志 %d 条",
			v.standing.Generation, size(v.standing.Bytes), size(v.standing.Records), v.standing.Rows["decision"], v.standing.AuditSeq)
	default:
		if _, err := os.Stat(v.folder.Review()); err == nil {
			v.findings.good(name, "还没有：打开一次工作台即会留副本")
		}
	}
	if left := v.folder.DamagedReviews(); len(left) > 0 {
		v.findings.notice(name, "查明原因后可以删除", "研判数据曾经损坏并由备用副本恢复，原文件留在：%s", firstFew(bases(left)))
	}
}

func (v *verifier) audit(r *queries.Review, name string, earlier *Manifest) {
	const mend = "操作日志被改动过：保留现场，与备份中的 review/review.duckdb 比对，并报告单位保密或信息部门"
	problems, checked, err := r.VerifyAudit(v.ctx)
	if err != nil {
		v.findings.trouble(name, mend, "读取出错：%v", err)
		return
	}
	for _, p := range problems[:min(len(problems), 20)] {
		v.findings.trouble(name, mend, "%s", p)
	}
	anchors := map[string]Manifest{}
	if b, ok := readLastBackup(v.folder); ok {
		anchors["上次备份（"+at(b.MadeAt)+"）"] = Manifest{AuditSeq: b.AuditSeq, AuditSum: b.AuditSum}
	}
	if earlier != nil {
		anchors["备份（"+at(earlier.MadeAt)+"）"] = *earlier
	}
	for _, r := range v.recorded {
		anchors["夜间归并 "+r.RunID] = Manifest{AuditSeq: r.Audit.Seq, AuditSum: r.Audit.Hash}
	}
	if v.standing.AuditSeq > 0 {
		anchors["备用副本"] = Manifest{AuditSeq: v.standing.AuditSeq, AuditSum: v.standing.AuditHash}
	}
	for _, who := range slices.Sorted(maps.Keys(anchors)) {
		a := anchors[who]
		if a.AuditSeq == 0 {
			continue
		}
		sum, err := r.AuditHash(v.ctx, a.AuditSeq)
		if err != nil || sum != a.AuditSum {
			problems = append(problems, "")
			v.findings.trouble(name, mend, "%s时的第 %d 条现已不在或不同：其后或该处的记录被删改过", who, a.AuditSeq)
		}
	}
	if len(problems) == 0 {
		v.findings.good(name, "%d 条，首尾相接，没有改动、缺失或调换", checked)
	}
}

// decisions compares what was published for the nights with the log itself.
func (v *verifier) decisions(r *queries.Review) {
	const name = "已发布的决定"
	log, err := r.Decisions(v.ctx)
	if err != nil {
		v.findings.trouble(name, "见研判数据一项", "%v", err)
		return
	}
	published, err := queries.ReadDecisions(v.ctx, v.folder.Decisions())
	if err != nil {
		v.findings.trouble(name, "打开工作台即会重新发布 review/decisions.parquet", "%v", err)
		return
	}
	last := int64(0)
	if len(log) > 0 {
		last = log[len(log)-1].Seq
	}
	if v.seen > last {
		v.findings.trouble(name, "归并结果依据的决定比研判数据新：研判数据可能是从旧备份恢复的；请核对后运行 tongtang rebuild", "归并结果已用到第 %d 项决定，研判数据只有 %d 项", v.seen, last)
	}
	if len(published) > len(log) {
		v.findings.trouble(name, "研判数据可能是从旧备份恢复的；打开工作台前请先另存 review/decisions.parquet", "已发布 %d 项，研判数据只有 %d 项", len(published), len(log))
		return
	}
	for i, d := range published {
		if !sameDecision(d, log[i]) {
			v.findings.trouble(name, "打开工作台即会重新发布；若工作台刚刚还在运行，请与备份比对", "第 %d 项与研判数据不符", d.Seq)
			return
		}
	}
	if len(published) < len(log) {
		v.findings.notice(name, "打开工作台即会补发", "已发布 %d 项，研判数据有 %d 项", len(published), len(log))
		return
	}
	v.findings.good(name, "%d 项，与研判数据一致", len(published))
}

func sameDecision(a, b feedback.Decision) bool {
	sameTime := a.MadeAt.Equal(b.MadeAt)
	a.MadeAt = b.MadeAt
	if len(a.Items) == 0 && len(b.Items) == 0 {
		a.Items, b.Items = nil, nil
	}
	return sameTime && reflect.DeepEqual(a, b)
}

func (v *verifier) tables() {
	if _, err := lexicon.Load(v.folder.Lexicon()); err != nil {
		v.findings.trouble("词典", "改正或移走 lexicon/ 下的该文件：移走后使用内置词典", "%v", err)
		return
	}
	v.findings.good("词典", "可读")
}

// Packages lists the evidence packages the review of a folder knows, also while
// the workbench runs; ok is false when there is no review.
func Packages(ctx context.Context, folder queries.Folder) (list []queries.EvidencePackage, ok bool, err error) {
	if _, err := os.Stat(folder.Review()); errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	r, closeIt, err := openReview(ctx, folder)
	if err != nil {
		return nil, false, err
	}
	defer closeIt()
	list, err = r.EvidencePackages(ctx)
	return list, err == nil, err
}
