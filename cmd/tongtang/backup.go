package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"tongtang/operations"
	"tongtang/queries"
)

type backupCmd struct {
	Data           string   `help:"数据文件夹" default:"data" type:"path"`
	Out            string   `help:"备份写到哪个文件（不能已存在）" required:"" type:"path"`
	EncryptTo      []string `help:"用这些 age 公钥（age1…）加密，任一私钥可解" xor:"seal"`
	PassphraseFile string   `help:"用该文件第一行的口令加密" type:"existingfile" xor:"seal"`
	NoSources      bool     `help:"不放入未脱敏的原件（档案、未处理的收件箱、隔离文件），只记校验值"`
	NoCorpus       bool     `help:"不放入已发布的归并结果，恢复后用 rebuild 重建"`
}

// Run backs the data folder up while people work. Exit codes: 0 done, 1
// failed, 2 usage, 3 done with warnings.
func (c *backupCmd) Run(ctx context.Context) error {
	opts := operations.BackupOptions{
		Out: c.Out, Recipients: c.EncryptTo, NoSources: c.NoSources, NoCorpus: c.NoCorpus, Version: version,
	}
	if c.PassphraseFile != "" {
		var err error
		if opts.Passphrase, err = firstLine(c.PassphraseFile); err != nil {
			return err
		}
	}
	b, err := operations.MakeBackup(ctx, queries.Folder(c.Data), opts)
	if err != nil {
		return err
	}
	sealed := "已加密"
	if !b.Encrypted {
		sealed = "未加密：请存放在与数据文件夹同等保密的地方"
	}
	fmt.Printf("备份 %s：%d 个文件，%.1f MiB，%s\n", b.Out, len(b.Manifest.Files), float64(b.Bytes)/(1<<20), sealed)
	fmt.Printf("  sha256 %s\n  研判数据到第 %d 项决定、操作日志第 %d 条；归并结果 %s；档案原件 %d 个\n",
		b.SHA256, b.Manifest.Decision, b.Manifest.AuditSeq, orNone(b.Manifest.RunID), len(b.Manifest.Archive))
	for _, w := range b.Warnings {
		fmt.Printf("  注意  %s\n", w)
	}
	if len(b.Warnings) > 0 {
		return exitError{exitRejects, nil}
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "（无）"
	}
	return s
}

// firstLine reads a secret from a file, so that it shows in no list of
// processes.
func firstLine(path string) (string, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(body), "\n")
	line = strings.TrimRight(line, "\r")
	if line == "" {
		return "", errors.New(path + " 的第一行是空的")
	}
	return line, nil
}
