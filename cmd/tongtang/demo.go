package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tongtang/fixtures"
	"tongtang/pipeline"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench"
)

type demoCmd struct {
	Data string `help:"建在哪个文件夹；默认在系统临时目录，退出时删除" type:"path"`
	Once bool   `help:"只建数据、跑夜间归并，不打开工作台"`
	runFlags
	serverFlags
}

// demoAccounts are one of every role, in departments that differ.
var demoAccounts = []struct {
	login, name string
	department  feedback.Department
	role        string
}{
	{"yanpan", "研判员（检察）", feedback.Procuratorate, "研判"},
	{"yanpan2", "研判员（监狱）", feedback.Prison, "研判"},
	{"fuhe", "复核员（法院）", feedback.Court, "复核"},
	{"huiwu", "会务（社区矫正）", feedback.Correction, "会务"},
	{"chayue", "查阅（公安监所）", feedback.PoliceCustody, "查阅"},
	{"admin", "系统管理员", feedback.Procuratorate, "管理员"},
}

// Run builds a data folder from the fixtures, runs a night over it and serves
// the workbench with sample accounts.
func (c *demoCmd) Run(ctx context.Context) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	data := c.Data
	if data == "" {
		dir, err := os.MkdirTemp("", "tongtang-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		data = dir
	} else if entries, err := os.ReadDir(data); err == nil && len(entries) > 0 {
		return exitError{exitUsage, fmt.Errorf("%s 不是空文件夹：演示不会写入已有数据，请换一个文件夹", data)}
	}
	folder := queries.Folder(data)
	if err := folder.Make(); err != nil {
		return err
	}
	if err := fixtures.Unpack(data); err != nil {
		return fmt.Errorf("unpacking the sample trainings: %w", err)
	}
	fmt.Printf("数据文件夹：%s\n\n", data)
	opts.Stage = reportStages(os.Stdout, "text")
	record, err := pipeline.Run(ctx, folder, opts)
	var end exitError
	if err := nightEnd(os.Stdout, "text", record, err); err != nil && (!errors.As(err, &end) || end.code != exitRejects) {
		return err
	}
	store, err := queries.OpenStore(ctx, data, queries.StoreOptions{})
	if err != nil {
		return err
	}
	defer store.Close()
	registers, err := fixtures.Registers()
	if err != nil {
		return err
	}
	if _, err := workbench.TakeInTables(ctx, store, 0, "样例", workbench.SampleTables(registers)); err != nil {
		return fmt.Errorf("taking in the sample registers: %w", err)
	}
	fmt.Printf("\n样例账号（口令随机生成，仅显示这一次）：\n")
	for _, a := range demoAccounts {
		password := rand.Text()[:14]
		if err := createAccount(ctx, store, a.login, a.name, a.department, a.role, password); err != nil {
			return err
		}
		fmt.Printf("  %-8s  %s  %s\n", a.login, password, a.name)
	}
	if c.Once {
		return nil
	}
	return serve(ctx, store, c.serverFlags, func(address string) {
		fmt.Printf("\n工作台：%s   （Ctrl+C 结束）\n", address)
		if c.Data == "" {
			fmt.Printf("数据在 %s，退出时删除；要保留请用 --data\n", filepath.Clean(data))
		}
	})
}
