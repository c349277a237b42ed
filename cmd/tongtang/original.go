package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"tongtang/pipeline"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// originalCmd is what the workbench starts to show a person an original, after
// it has written the look into the audit log. It writes unmasked text to its
// standard output and nowhere else.
type originalCmd struct {
	Data   string `help:"数据文件夹" default:"data" type:"path"`
	SHA256 string `name:"sha256" help:"来源文件的 SHA-256" required:""`
	File   string `help:"来源文件名；压缩包内的文件为 包.zip/文件"`
	Sheet  string `help:"工作表"`
	Row    int    `help:"行号" required:""`
	Column string `help:"列名"`
}

// Run prints the place as JSON. It refuses a terminal: a look that is in no
// log is none that this program gives.
func (c *originalCmd) Run(ctx context.Context) error {
	if info, err := os.Stdout.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return exitError{exitUsage, errors.New("查看原文须在工作台条目页办理（说明事由并留痕），本命令由工作台调用")}
	}
	place := feedback.Source{SHA256: c.SHA256, File: c.File, Sheet: c.Sheet, Row: c.Row, Column: c.Column}
	original, err := pipeline.ReadOriginal(ctx, queries.Folder(c.Data), place)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(original)
}
