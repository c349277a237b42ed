package main

import (
	"context"
	"fmt"
	"strings"

	"tongtang/pipeline"
	"tongtang/queries"
)

type ingestCmd struct {
	Data     string   `help:"数据文件夹" default:"data" type:"path"`
	Training string   `help:"期次编号，如 2024-1；不填则由文件内容判断"`
	Files    []string `arg:"" help:"要接收的文件" type:"existingfile"`
}

// Run reads each file, says what it found, and leaves it in the inbox for the
// next night. Exit codes: 0 all read, 3 something was turned away.
func (c *ingestCmd) Run(ctx context.Context) error {
	receipts, err := pipeline.Ingest(ctx, queries.Folder(c.Data), c.Training, c.Files, pipeline.Options{})
	turnedAway := false
	for _, r := range receipts {
		fmt.Printf("%s：%s，%d 行，%d 条目", r.File, r.Outcome, r.Rows, r.Items)
		if kinds := r.Kinds(); len(kinds) > 0 {
			fmt.Printf("，脱敏 %s", strings.Join(kinds, "、"))
		}
		fmt.Println()
		for _, j := range r.Rejects {
			turnedAway = true
			fmt.Printf("  未收入  %s：%s。%s\n", j.Source, j.Reason, j.Mend)
		}
		for _, note := range r.Notes {
			fmt.Printf("  提示    %s：%s\n", note.Source, note.Say)
		}
		if r.Inbox != "" {
			fmt.Printf("  已放入  %s，等待下一次夜间归并\n", r.Inbox)
		}
	}
	if err == nil && turnedAway {
		return exitError{exitRejects, nil}
	}
	return err
}
