// Command tongtang turns what trainees say at joint trainings (同堂培训) into
// numbered, evidence-backed issues that analysts study and drafting teams use.
//
// One file a subcommand: flags, wiring, exit code. Everything a command does
// stands in the packages it calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"tongtang/queries"
)

// version is set by the linker for a release; a build from source says so.
var version = "dev"

// commands is the whole command line. A setting is a flag, an environment
// variable TONGTANG_<FLAG> and a line of tongtang.toml, in this order of force.
type commands struct {
	Demo     demoCmd     `cmd:"" help:"用样例材料建一个数据文件夹，跑一次夜间归并，并打开工作台"`
	Nightly  nightlyCmd  `cmd:"" help:"夜间归并：读取收件箱，归并同类问题，发布结果"`
	Serve    serveCmd    `cmd:"" help:"打开工作台"`
	Ingest   ingestCmd   `cmd:"" help:"手工接收文件：逐个报告读取情况，不发布"`
	Export   exportCmd   `cmd:"" help:"导出归并问题：docx、xlsx、md、html、json、parquet、arrow、qdc、qdpx"`
	User     userCmd     `cmd:"" help:"账号：新增、重置口令、停用、列出"`
	Backup   backupCmd   `cmd:"" help:"备份：工作台运行中也可进行，可加密"`
	Restore  restoreCmd  `cmd:"" help:"把备份恢复到空文件夹，并核对"`
	Verify   verifyCmd   `cmd:"" help:"从头到尾核对数据文件夹或备份：校验值、操作日志、各库"`
	Rebuild  rebuildCmd  `cmd:"" help:"由档案逐夜重建归并结果，编号不变"`
	Original originalCmd `cmd:"" hidden:"" help:"由工作台调用：按出处读回档案中的原文"`
	Doctor   doctorCmd   `cmd:"" help:"检查文件夹、空间、时钟、上次归并和备份等，并说明该做什么"`
	Cluster  clusterCmd  `cmd:"" help:"归并任意 JSONL（{id, text}），不需要数据文件夹"`
	Evaluate evaluateCmd `cmd:"" help:"对照人工标注评价归并质量"`

	Version kong.VersionFlag `help:"显示版本"`
}

// exit codes, as README lists them.
const (
	exitFailed  = 1
	exitUsage   = 2
	exitRejects = 3
	exitRunning = 4
)

// exitError ends the program with a code of its own.
type exitError struct {
	code int
	err  error // nil when everything has been said already
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

func main() { os.Exit(run(os.Args[1:])) }

// run parses and executes; it returns the exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli commands
	code := -1
	parser, err := kong.New(&cli,
		kong.Name("tongtang"),
		kong.Description("同堂培训问题研判工作台：把历次同堂培训中的问题、意见、建议归并为有出处、有编号的问题，供研判和起草。"),
		kong.Vars{"version": version},
		kong.DefaultEnvars("TONGTANG"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Exit(func(c int) { code = c }),
		kong.Resolvers(settings(args)),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tongtang:", err)
		return exitFailed
	}
	kctx, err := parser.Parse(args)
	if code >= 0 { // --help and --version have answered
		return code
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "tongtang: %v\n用法见 tongtang --help\n", err)
		return exitUsage
	}
	err = kctx.Run()
	if err == nil {
		return 0
	}
	if msg := queries.Explain(err).Error(); msg != "" {
		fmt.Fprintln(os.Stderr, "tongtang:", msg)
	}
	var e exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitFailed
}

// settings answers flags from the data folder's tongtang.toml: top-level keys
// are flags of every command that has them, a [command] table is for one.
func settings(args []string) kong.Resolver {
	path := filepath.Join(dataFlag(args), "tongtang.toml")
	var file map[string]any
	_, err := toml.DecodeFile(path, &file)
	return kong.ResolverFunc(func(kctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("设置文件 %s: %w", path, err)
		}
		if node := kctx.Selected(); node != nil {
			if own, ok := file[node.Name].(map[string]any); ok {
				if v, ok := own[flag.Name]; ok {
					return v, nil
				}
			}
		}
		if v, ok := file[flag.Name]; ok {
			if _, table := v.(map[string]any); !table {
				return v, nil
			}
		}
		return nil, nil
	})
}

// dataFlag finds the data folder before the command line is parsed, because
// the settings stand in it.
func dataFlag(args []string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--data="); ok {
			return v
		}
		if a == "--data" && i+1 < len(args) {
			return args[i+1]
		}
	}
	if v := os.Getenv("TONGTANG_DATA"); v != "" {
		return v
	}
	return "data"
}
