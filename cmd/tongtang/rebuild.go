package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tongtang/operations"
	"tongtang/pipeline"
	"tongtang/queries"
)

type rebuildCmd struct {
	Data      string `help:"数据文件夹" default:"data" type:"path"`
	DryRun    bool   `help:"只重建并与已发布的结果比较，不发布"`
	Workers   int    `help:"并行数，0 表示按处理器数；不影响结果" default:"0"`
	MemoryMib int    `help:"数据库可用内存（MiB）" default:"4096"`
}

// Run makes the published corpus again from the archive, night by night. Exit
// codes: 0 done, 1 failed, 2 usage, 3 done with remarks, 4 a night is going on.
func (c *rebuildCmd) Run(ctx context.Context) error {
	r, err := operations.Rebuild(ctx, queries.Folder(c.Data), operations.RebuildOptions{
		Run:    pipeline.Options{Workers: c.Workers, Limits: queries.Limits{MemoryMiB: c.MemoryMib}, Version: version},
		DryRun: c.DryRun,
		Night: func(r pipeline.Record, n, of int) {
			fmt.Printf("第 %d/%d 夜  %s  %d 个文件\n", n, of, r.RunID, len(r.Inputs))
		},
	})
	if errors.Is(err, pipeline.ErrRunning) {
		return exitError{exitRunning, err}
	}
	if err != nil {
		return err
	}
	done := "已发布"
	if c.DryRun {
		done = "未发布"
	}
	fmt.Printf("重建完成：corpus-%s，%d 夜，%d 条目，%d 组，%s\n", r.RunID, r.Nights, r.Items, r.Groups, done)
	for _, w := range r.Warnings {
		fmt.Printf("  注意  %s\n", w)
	}
	if r.Compared {
		fmt.Printf("  与原有的同一夜结果比较：%d 组中 %d 组编号与成员相同", r.Groups, r.SameKeys)
		if len(r.Different) > 0 {
			fmt.Printf("；内容有出入的表：%s", strings.Join(r.Different, "、"))
		} else {
			fmt.Print("；各表内容全部相同")
		}
		fmt.Println()
	}
	if len(r.Warnings) > 0 || len(r.Different) > 0 {
		return exitError{exitRejects, nil}
	}
	return nil
}
