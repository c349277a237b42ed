package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tongtang/operations"
	"tongtang/queries"
	"tongtang/workbench"
	"tongtang/workbench/report"
)

type exportCmd struct {
	Data   string   `help:"数据文件夹" default:"data" type:"path"`
	Issue  []int    `help:"问题编号（第N号）；可重复，或用逗号分隔"`
	Group  []string `help:"未编号的疑似同类，按组键；可重复"`
	Form   string   `help:"报告样式：研判报告、问题清单，或一个转化方向；不填按问题数自动选择"`
	Format string   `help:"格式：docx、xlsx、md、html、json、parquet、arrow；qdc、qdpx 供质性分析软件（REFI-QDA）" enum:"docx,xlsx,md,html,json,parquet,arrow,qdc,qdpx" default:"docx"`
	Out    string   `help:"写到哪个文件；parquet、arrow 写条目表，旁边另写 .issues 问题表" required:"" type:"path"`
}

// Run writes a report on issues, or their items and issues as tables. It works
// while people are at the workbench.
func (c *exportCmd) Run(ctx context.Context) error {
	if len(c.Issue)+len(c.Group) == 0 {
		return exitError{exitUsage, errors.New("请用 --issue 指明导出哪些问题，如 --issue 3 --issue 7")}
	}
	if c.Form != "" && !slices.Contains(report.Forms, report.Form(c.Form)) {
		return exitError{exitUsage, fmt.Errorf("没有“%s”这种报告样式：可选 %v", c.Form, report.Forms)}
	}
	store, closeIt, err := operations.OpenReading(ctx, queries.Folder(c.Data))
	if err != nil {
		return err
	}
	defer func() { _ = closeIt() }()
	doc, err := workbench.BuildReport(ctx, store, workbench.ReportRequest{
		Issues: c.Issue, Groups: c.Group, Form: report.Form(c.Form), Version: version, At: time.Now(),
	})
	if err != nil {
		return err
	}
	var tables []table
	switch c.Format {
	case "parquet":
		tables = []table{{c.Out, report.WriteItemsParquet}, {besides(c.Out), report.WriteIssuesParquet}}
	case "arrow":
		tables = []table{{c.Out, report.WriteItemsArrow}, {besides(c.Out), report.WriteIssuesArrow}}
	default:
		tables = []table{{c.Out, func(w io.Writer, d *report.Document, _ report.Options) error {
			return workbench.WriteReport(w, d, c.Format)
		}}}
	}
	for _, t := range tables {
		if err := t.save(doc); err != nil {
			return fmt.Errorf("写 %s: %w", t.path, err)
		}
		fmt.Println(t.path)
	}
	return nil
}

// besides is where the table of issues goes: items.parquet -> items.issues.parquet.
func besides(path string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + ".issues" + ext
}

// table is a file to write and what writes it.
type table struct {
	path  string
	write func(io.Writer, *report.Document, report.Options) error
}

// save writes the file so that it is there whole or not at all.
func (t table) save(doc *report.Document) error {
	f, err := os.CreateTemp(filepath.Dir(t.path), ".export-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(t.write(f, doc, report.Options{}), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), t.path)
}
