package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"

	"tongtang/pipeline"
	"tongtang/pipeline/embedding"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// runFlags are the settings of a run, shared by nightly and demo.
type runFlags struct {
	Strictness  string `help:"归并尺度：strict 严、medium 中、loose 宽" enum:"strict,medium,loose" default:"medium"`
	Workers     int    `help:"并行数，0 表示按处理器数；不影响结果" default:"0"`
	Keep        int    `help:"保留最近多少份归并结果；报告引用的和正在使用的始终保留" default:"14"`
	KeepRuns    int    `help:"没有新材料和新决定的运行记录保留多少天，0 表示一直保留；重建所需的始终保留" default:"400"`
	KeepReports int    `help:"reports 下的其他文件保留多少天，0 表示一直保留；证据包始终保留" default:"0"`
	MemoryMib   int    `help:"数据库可用内存（MiB）" default:"4096"`
	vectorFlags
}

// vectorFlags say where sentence vectors come from, if from anywhere.
type vectorFlags struct {
	EmbeddingsURL     string        `name:"embeddings-url" help:"本机或内网的向量服务（POST /v1/embeddings），如 http://127.0.0.1:11434；不给则只按文字归并" placeholder:"URL"`
	EmbeddingsModel   string        `help:"向量服务所用模型的名称" placeholder:"NAME"`
	EmbeddingsKeyFile string        `help:"存放向量服务密钥的文件" type:"path" placeholder:"FILE"`
	EmbeddingsOutside bool          `help:"允许向量服务在本机和内网之外：脱敏后的文本会发往该地址"`
	EmbeddingsTimeout time.Duration `help:"向量服务每次回答最多等多久" default:"1m"`
	EmbeddingsWait    time.Duration `help:"一次运行最多为向量等多久，其余下一次再取" default:"30m"`
	Vectors           string        `help:"已算好的向量：Parquet 文件，两列 id、vector；用于代替向量服务" type:"path" placeholder:"FILE"`
}

func (f vectorFlags) embeddings() (embedding.Options, error) {
	o := embedding.Options{
		URL: f.EmbeddingsURL, Model: f.EmbeddingsModel, KeyFile: f.EmbeddingsKeyFile, Outside: f.EmbeddingsOutside,
		Timeout: f.EmbeddingsTimeout, Patience: f.EmbeddingsWait, File: f.Vectors,
	}
	if err := o.Check(); err != nil {
		return o, exitError{exitUsage, err}
	}
	return o, nil
}

func (f runFlags) options() (pipeline.Options, error) {
	vectors, err := f.embeddings()
	return pipeline.Options{
		Embeddings: vectors,
		Strictness: f.Strictness, Workers: f.Workers, Keep: f.Keep, KeepRuns: f.KeepRuns, KeepReports: f.KeepReports,
		Limits: queries.Limits{MemoryMiB: f.MemoryMib}, Version: version,
	}, err
}

type nightlyCmd struct {
	Data string `help:"数据文件夹" default:"data" type:"path"`
	Log  string `help:"日志形式：text 文字、json 每行一个 JSON" enum:"text,json" default:"text"`
	runFlags
}

// Run runs one night. Exit codes: 0 done, 1 failed, 2 usage, 3 done with
// rejects or quarantined files or without all the vectors asked for, 4 another
// run is going on.
func (c *nightlyCmd) Run(ctx context.Context) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	opts.Stage = reportStages(os.Stdout, c.Log)
	if c.Log == "text" && isatty.IsTerminal(os.Stderr.Fd()) {
		bar := progressbar.NewOptions(len(opts.Stages()), progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(), progressbar.OptionSetDescription("夜间归并"))
		say := opts.Stage
		opts.Stage = func(s pipeline.Stage) {
			_ = bar.Clear()
			say(s)
			_ = bar.Add(1)
		}
		defer func() { _ = bar.Finish() }()
	}
	record, err := pipeline.Run(ctx, queries.Folder(c.Data), opts)
	return nightEnd(os.Stdout, c.Log, record, err)
}

// nightEnd prints how the night ended and turns it into an exit code.
func nightEnd(w io.Writer, form string, record pipeline.Record, err error) error {
	if errors.Is(err, pipeline.ErrRunning) {
		return exitError{exitRunning, err}
	}
	if err != nil {
		if form == "json" {
			_ = json.NewEncoder(w).Encode(map[string]any{"outcome": "失败", "run_id": record.RunID, "error": err.Error()})
		}
		return exitError{exitFailed, err}
	}
	took := record.FinishedAt.Sub(record.StartedAt)
	if form == "json" {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"outcome": record.Outcome, "run_id": record.RunID,
			"seconds": took.Seconds(), "peak_bytes": record.PeakBytes, "audit": record.Audit,
		})
	} else {
		fmt.Fprintf(w, "%s：运行 %s，用时 %.1f 秒，内存峰值 %d MiB\n", record.Outcome, record.RunID, took.Seconds(), record.PeakBytes>>20)
		printRejects(w, record)
	}
	if record.Rejected() || record.WithoutVectors() {
		return exitError{exitRejects, nil}
	}
	return nil
}

// reportStages prints a line a stage: name, counts, seconds.
func reportStages(w io.Writer, form string) func(pipeline.Stage) {
	if form == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return func(s pipeline.Stage) {
			_ = enc.Encode(struct {
				Time time.Time `json:"time"`
				pipeline.Stage
			}{time.Now(), s})
		}
	}
	return func(s pipeline.Stage) {
		// Han characters take two columns of a terminal.
		pad := max(1, 14-2*utf8.RuneCountInString(s.Name))
		fmt.Fprintf(w, "%s%s%7.2f 秒  %s\n", s.Name, strings.Repeat(" ", pad), s.Seconds, s.Line)
	}
}

// printRejects sums up what was not taken in, by reason, and names the files
// that wait for a person or were refused whole.
func printRejects(w io.Writer, record pipeline.Record) {
	total := map[feedback.RejectReason]int{}
	for _, in := range record.Inputs {
		for reason, n := range in.Reasons {
			total[reason] += n
		}
		if in.Outcome != "已接收" {
			fmt.Fprintf(w, "  %s：%s\n", in.File, in.Outcome)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(total)) {
		fmt.Fprintf(w, "  未收入 %d 处：%s\n", total[reason], reason)
	}
	if len(total) > 0 {
		fmt.Fprintln(w, "  每一处的位置和办法见工作台“导入”页")
	}
}
