package operations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"golang.org/x/sys/unix"

	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// DoctorOptions tells doctor what only its caller knows.
type DoctorOptions struct {
	Version string
	// Settings are the names a settings file may use, with the commands that
	// are tables of it. Nil leaves them unchecked.
	Settings []string
	Now      func() time.Time
}

// Doctor looks at the data folder and the machine around it and says what to
// do. It is quick: it reads no file from end to end (Verify does) and changes
// nothing.
func Doctor(ctx context.Context, folder queries.Folder, opts DoctorOptions) (Findings, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	info, err := os.Stat(string(folder))
	if err != nil || !info.IsDir() {
		return nil, fmt.Errorf("数据文件夹 %s 不存在：请用 --data 指明，或运行 tongtang nightly --data 文件夹 建立", folder)
	}
	d := &doctor{ctx: ctx, folder: folder, opts: opts, now: opts.Now()}
	for _, look := range []func(){
		d.versions, d.rights, d.space, d.limits, d.clock, d.settings, d.tables, d.night, d.corpus, d.workbench, d.standby, d.backup, d.inbox, d.fonts,
	} {
		look()
	}
	return d.findings, ctx.Err()
}

type doctor struct {
	ctx      context.Context
	folder   queries.Folder
	opts     DoctorOptions
	now      time.Time
	findings Findings
}

func (d *doctor) versions() {
	d.findings.good("版本", "tongtang %s，%s，%s/%s，研判数据版本支持到 %d", d.opts.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, queries.NewestSchema())
}

// rights looks at owners and modes: the archive, the secret and the review hold
// what nobody else may read.
func (d *doctor) rights() {
	const name = "文件夹权限"
	var open, foreign []string
	look := func(path string) {
		info, err := os.Lstat(path)
		if err != nil {
			return
		}
		rel, _ := filepath.Rel(string(d.folder), path)
		if info.Mode().Perm()&0o077 != 0 && info.Mode()&fs.ModeSymlink == 0 {
			open = append(open, rel)
		}
		var st unix.Stat_t
		if unix.Lstat(path, &st) == nil && int(st.Uid) != os.Getuid() {
			foreign = append(foreign, rel)
		}
	}
	for _, path := range []string{
		string(d.folder), d.folder.Archive(), d.folder.Inbox(), d.folder.Quarantine(), filepath.Dir(d.folder.Review()), d.folder.Review(),
		d.folder.Decisions(), d.folder.Secret(), d.folder.Runs(), d.folder.Reports(), d.folder.Settings(),
	} {
		look(path)
	}
	// The folder itself may be listed, and an inbox be shared with organisers'
	// accounts; nobody but the owner may read what was made of it.
	open = slices.DeleteFunc(open, func(p string) bool { return p == "." || p == "tongtang.toml" || p == "inbox" })
	_ = filepath.WalkDir(d.folder.Archive(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || len(open) > 20 {
			return fs.SkipAll
		}
		if e.Type().IsRegular() {
			look(path)
		}
		return nil
	})
	var denied []string
	for _, dir := range []string{d.folder.Inbox(), d.folder.Archive(), d.folder.Runs(), filepath.Dir(d.folder.Review()), filepath.Dir(d.folder.Corpus("x"))} {
		if _, err := os.Stat(dir); err == nil && unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK) != nil {
			denied = append(denied, filepath.Base(dir))
		}
	}
	var mount unix.Statfs_t
	if unix.Statfs(string(d.folder), &mount) == nil && mount.Flags&unix.ST_RDONLY != 0 {
		d.findings.trouble(name, "以可写方式重新挂载（mount -o remount,rw …）；若是自行变为只读，请先检查磁盘", "所在磁盘是只读的")
	}
	if len(denied) > 0 {
		d.findings.trouble(name, "chmod u+rwx，或改用文件夹的所有者运行", "本帐号不能写入：%s", firstFew(denied))
	}
	if len(foreign) > 0 {
		d.findings.notice(name, "用运行工作台的帐号执行本命令，如 sudo -u tongtang tongtang doctor；或 chown -R 该帐号 数据文件夹", "不属于当前帐号（uid %d）：%s", os.Getuid(), firstFew(foreign))
	}
	if len(open) > 0 {
		d.findings.trouble(name, "chmod -R go-rwx "+string(d.folder)+"：其中有未脱敏原件、口令散列和密钥", "其他帐号可以读取：%s", firstFew(open))
	}
	if len(denied)+len(foreign)+len(open) == 0 {
		d.findings.good(name, "只有所有者可读写")
	}
}

// space asks for as much as a night needs: a new corpus beside the old one, and
// as much again for DuckDB's temporary files.
func (d *doctor) space() {
	const name = "磁盘空间"
	var st unix.Statfs_t
	if err := unix.Statfs(string(d.folder), &st); err != nil {
		d.findings.trouble(name, "检查磁盘", "%v", err)
		return
	}
	free := int64(st.Bavail) * st.Bsize
	need := int64(256 << 20)
	if _, path, err := d.folder.Current(); err == nil {
		if info, err := os.Stat(path); err == nil {
			need += 2 * info.Size()
		}
	}
	if st.Files > 0 && st.Ffree < 1000 {
		d.findings.trouble(name, "删除该磁盘上不用的小文件", "文件数将满（剩 %d）", st.Ffree)
	}
	switch {
	case free < need:
		d.findings.trouble(name, "清理空间，或调小保留份数（--keep）、清理旧报告；不足时夜间归并不会开始，工作台不会保存", "剩余 %s，下一次夜间归并约需 %s", size(free), size(need))
	case free < 4*need:
		d.findings.notice(name, "近期安排扩容", "剩余 %s，下一次夜间归并约需 %s", size(free), size(need))
	default:
		d.findings.good(name, "剩余 %s，下一次夜间归并约需 %s", size(free), size(need))
	}
}

func (d *doctor) limits() {
	const name = "系统限制"
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil && files.Cur < 1024 {
		d.findings.notice(name, "ulimit -n 4096，或在 systemd 服务中设 LimitNOFILE=4096", "可同时打开的文件只有 %d 个", files.Cur)
		return
	}
	total := memory()
	if total > 0 && total < 4<<30 {
		d.findings.notice(name, "条目多时用 --memory-mib 调低数据库可用内存，或增加内存", "内存 %s，建议 4 GiB 以上", size(total))
		return
	}
	d.findings.good(name, "可打开 %d 个文件，内存 %s，处理器 %d", files.Cur, size(total), runtime.NumCPU())
}

// memory is the machine's, in bytes; 0 when unknown.
func memory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}

func (d *doctor) clock() {
	const name = "时钟"
	zone, offset := d.now.Zone()
	if d.now.Year() < 2025 {
		d.findings.trouble(name, "校准系统时间（timedatectl set-ntp true，或手工 date -s）", "系统时间是 %s，不可能正确", at(d.now))
		return
	}
	runs, _, _ := Runs(d.folder)
	if last, ok := lastRun(runs); ok && last.StartedAt.After(d.now.Add(time.Minute)) {
		d.findings.trouble(name, "校准系统时间；运行编号只增不减，已有结果不受影响", "系统时间 %s 早于最近一次运行（%s）：时钟被调回过", at(d.now), at(last.StartedAt))
		return
	}
	if offset != 8*3600 {
		d.findings.notice(name, "timedatectl set-timezone Asia/Shanghai：否则日期和“夜间”以别处时间为准", "时区是 %s，不是北京时间", zone)
		return
	}
	d.findings.good(name, "%s（北京时间）", at(d.now))
}

func (d *doctor) settings() {
	const name = "设置"
	var file map[string]any
	meta, err := toml.DecodeFile(d.folder.Settings(), &file)
	if errors.Is(err, fs.ErrNotExist) {
		d.findings.good(name, "没有 tongtang.toml，全部用默认值")
		return
	}
	if err != nil {
		d.findings.trouble(name, "改正 tongtang.toml：在此之前任何命令都不会运行", "%v", err)
		return
	}
	var unknown []string
	for _, key := range meta.Keys() {
		leaf := key[len(key)-1]
		if d.opts.Settings != nil && !slices.Contains(d.opts.Settings, leaf) && !slices.Contains(d.opts.Settings, key.String()) {
			unknown = append(unknown, key.String())
		}
	}
	if len(unknown) > 0 {
		d.findings.notice(name, "核对拼写：不认识的设置不起作用（tongtang --help 列出全部）", "tongtang.toml 中不认识的设置：%s", firstFew(unknown))
		return
	}
	d.findings.good(name, "tongtang.toml 有 %d 项设置", len(meta.Keys()))
}

func (d *doctor) tables() {
	const name = "词典"
	t, err := lexicon.Load(d.folder.Lexicon())
	if err != nil {
		d.findings.trouble(name, "改正或移走 lexicon/ 下的该文件：移走后使用内置词典", "%v", err)
		return
	}
	own, _ := os.ReadDir(d.folder.Lexicon())
	runs, _, _ := Runs(d.folder)
	if last, ok := lastRun(runs); ok && !failed(last) && last.DictionaryHash != t.Hash() {
		d.findings.notice(name, "无需处理：下一次夜间归并会用新词典重新分析全部条目，用时会长一些", "词典在最近一次运行之后有改动")
		return
	}
	d.findings.good(name, "%d 个词，本地文件 %d 个", len(t.Terms), len(own))
}

func (d *doctor) night() {
	const name = "夜间归并"
	if pid := d.folder.NightPID(); pid != 0 {
		d.findings.good(name, "正在进行（进程 %d）", pid)
		return
	}
	runs, damaged, err := Runs(d.folder)
	if err != nil {
		d.findings.trouble(name, "检查文件夹权限", "%v", err)
		return
	}
	if len(damaged) > 0 {
		d.findings.notice(name, "从备份恢复；详见 tongtang verify", "运行记录无法读取：%s", firstFew(damaged))
	}
	last, ok := lastRun(runs)
	if p, left := d.folder.ReadProgress(); left && p.RunID > last.RunID {
		d.findings.notice(name, "运行 tongtang nightly，或等下一次定时任务：会接着做完，已发布的结果不受影响", "%s 开始的一次在第 %d 个阶段之后被中断", at(p.StartedAt), len(p.Done))
		return
	}
	switch {
	case !ok:
		d.findings.notice(name, "把文件放入 inbox/期次编号/，运行 tongtang nightly --data "+string(d.folder)+"，并安排定时任务（deploy/ 下有 crontab 和 systemd 样例）", "还没有运行过")
	case failed(last):
		d.findings.trouble(name, "按所述原因处理后运行 tongtang nightly；已发布的结果不受影响", "最近一次（%s）失败：%s", at(last.StartedAt), last.Error)
	case d.now.Sub(last.StartedAt) > 26*time.Hour:
		d.findings.notice(name, "检查定时任务：systemctl list-timers tongtang-nightly.timer，或 crontab -l", "最近一次在 %s，已超过一天", at(last.StartedAt))
	default:
		d.findings.good(name, "最近一次 %s，%s，用时 %.0f 秒", at(last.StartedAt), last.Outcome, last.FinishedAt.Sub(last.StartedAt).Seconds())
	}
}

func (d *doctor) corpus() {
	const name = "归并结果"
	runID, path, err := d.folder.Current()
	if errors.Is(err, queries.ErrNoCorpus) {
		d.findings.good(name, "还没有")
		return
	}
	if err != nil {
		d.findings.trouble(name, "把 corpus/CURRENT 改为 corpus/ 下最新一个文件的名字，或运行 tongtang rebuild", "%v", err)
		return
	}
	c, err := queries.OpenCorpus(d.ctx, path)
	if err == nil {
		defer c.Close()
		var run queries.Run
		if run, _, err = c.Run(d.ctx); err == nil {
			d.findings.good(name, "corpus-%s：%d 条目，由 tongtang %s 生成，已用到第 %d 项决定", runID, run.Items, run.Version, run.DecisionSeq)
			return
		}
	}
	d.findings.trouble(name, "把 corpus/CURRENT 改为 corpus/ 下上一个文件的名字，或运行 tongtang rebuild", "已发布的 %s 无法打开：%v", filepath.Base(path), err)
}

func (d *doctor) workbench() {
	const name, data = "工作台", "研判数据"
	w, running, err := Running(d.ctx, d.folder)
	switch {
	case err != nil:
		d.findings.trouble(name, "看工作台的日志；必要时重新启动它", "%v", err)
		return
	case running:
		if w.Version != d.opts.Version {
			d.findings.notice(name, "重新启动工作台以使用新版本", "正在运行的是 %s，本程序是 %s", w.Version, d.opts.Version)
		} else {
			d.findings.good(name, "正在运行（进程 %d，自 %s）", w.PID, at(w.Since))
		}
		if w.Problem != "" {
			d.findings.trouble(name, "按所述处理；在此之前工作台使用上一次的结果", "%s", w.Problem)
		}
		return
	}
	if _, err := os.Stat(d.folder.Review()); errors.Is(err, fs.ErrNotExist) {
		d.findings.notice(name, "tongtang user add 建立第一个管理员帐号，然后 tongtang serve", "还没有启用过")
		return
	}
	d.findings.notice(name, "tongtang serve --data "+string(d.folder)+"，或 systemctl start tongtang", "没有运行")
	r, err := queries.OpenReview(d.ctx, d.folder.Review())
	if err != nil {
		d.findings.trouble(data, "见 README“出了问题”一节；运行 tongtang verify 查看损坏范围", "%v", err)
		return
	}
	defer r.Close()
	have, err := r.Schema(d.ctx)
	switch newest := queries.NewestSchema(); {
	case err != nil:
		d.findings.trouble(data, "运行 tongtang verify 查看损坏范围", "%v", err)
	case have > newest:
		d.findings.trouble(data, "使用更新的 tongtang：本程序不会打开它", "数据版本 %d 比本程序（%d）新", have, newest)
	case have < newest:
		d.findings.notice(data, "先运行 tongtang backup，再打开工作台：会自动升级", "数据版本 %d，打开工作台时将升级到 %d", have, newest)
	default:
		d.findings.good(data, "数据版本 %d", have)
	}
}

// standby only looks whether it is there; verify reads it.
func (d *doctor) standby() {
	const name = "备用副本"
	if left := d.folder.DamagedReviews(); len(left) > 0 {
		d.findings.notice(name, "用 tongtang verify 核对，查明原因（磁盘、断电、误操作）后可以删除这些文件夹", "研判数据曾经损坏并由备用副本恢复，原文件留在 review/：%s", firstFew(bases(left)))
	}
	_, err := os.Stat(d.folder.Review())
	there := len(d.folder.StandbyFiles()) > 0
	switch {
	case err != nil && there:
		d.findings.trouble(name, "打开工作台：它会由备用副本恢复；或运行 tongtang restore --standby", "研判数据文件不见了，但有它的备用副本")
	case err == nil && !there:
		d.findings.notice(name, "打开一次工作台即会留副本", "还没有")
	case err == nil:
		d.findings.good(name, "有（review/standby，每次操作同时写入）")
	}
}

func (d *doctor) backup() {
	const name = "备份"
	const how = "tongtang backup --data 数据文件夹 --out 备份文件.tar.gz.age --encrypt-to 公钥，并安排每天一次（deploy/crontab 有样例）"
	b, ok := readLastBackup(d.folder)
	switch {
	case !ok:
		if _, err := os.Stat(d.folder.Review()); err == nil {
			d.findings.notice(name, how, "从未备份")
		}
	case d.now.Sub(b.MadeAt) > 7*24*time.Hour:
		d.findings.notice(name, how, "上次备份是 %s，已超过七天", at(b.MadeAt))
	case !b.Encrypted:
		d.findings.notice(name, "备份含未脱敏原件：改用 --encrypt-to 或 --passphrase-file，或把备份存放在同等保密的地方", "上次备份 %s 未加密（%s）", at(b.MadeAt), b.Out)
	default:
		d.findings.good(name, "上次 %s，%s，已加密", at(b.MadeAt), size(b.Bytes))
	}
}

func (d *doctor) inbox() {
	const name = "隔离文件"
	entries, _ := os.ReadDir(d.folder.Quarantine())
	var held []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".reason.json") && !strings.HasPrefix(e.Name(), ".") {
			held = append(held, e.Name())
		}
	}
	if len(held) > 0 {
		d.findings.notice(name, "每个文件旁的 .reason.json 写明原因和办法；改正后放回收件箱", "%d 个：%s", len(held), firstFew(held))
		return
	}
	d.findings.good(name, "没有")
}

// fonts matter only where pages are printed on this very machine: browsers and
// word processors elsewhere use their own.
func (d *doctor) fonts() {
	const name = "中文字体"
	for _, dir := range []string{"/usr/share/fonts", "/usr/local/share/fonts", filepath.Join(os.Getenv("HOME"), ".fonts")} {
		found := ""
		_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // a folder that is not there has no fonts
			}
			base := strings.ToLower(e.Name())
			for _, mark := range []string{"cjk", "simsun", "simhei", "simfang", "wqy", "msyh", "pingfang", "fangzheng", "sourcehan", "fangsong", "kaiti"} {
				if !e.IsDir() && strings.Contains(base, mark) {
					found = e.Name()
					return fs.SkipAll
				}
			}
			return nil
		})
		if found != "" {
			d.findings.good(name, "有（%s）", found)
			return
		}
	}
	d.findings.notice(name, "不影响使用：文字在各人的电脑上显示。只有在本机打印或跑浏览器测试时才需要，如 apt install fonts-noto-cjk", "本机没有中文字体")
}

// nightRuns says whether a night (or a rebuild) holds the data folder.
func nightRuns(folder queries.Folder) bool { return folder.NightPID() != 0 }
