package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"tongtang/operations"
	"tongtang/queries"
	"tongtang/workbench"
)

type verifyCmd struct {
	Data    string `help:"数据文件夹" default:"data" type:"path"`
	Backup  string `help:"改为检查这个备份文件；同时给出 --data 的文件夹存在时，还核对操作日志自备份以来没有被删改" type:"existingfile"`
	Package string `help:"改为检查这个证据包：各文件与清单，由包内材料重做文书并逐字节比较；--data 的文件夹存在时，还核对是否是其中移送过的那一份" type:"existingfile"`
	JSON    bool   `help:"以 JSON 输出"`
	keyFlags
}

// Run reads everything from end to end and says what is not as it should be.
// Exit codes: 0 all is well, 1 something is damaged or missing, 2 usage, 3
// remarks only.
func (c *verifyCmd) Run(ctx context.Context) error {
	if c.Package != "" {
		return c.verifyPackage(ctx)
	}
	if c.Backup == "" {
		findings, err := operations.Verify(ctx, queries.Folder(c.Data), nil)
		if err != nil {
			return err
		}
		return tell(os.Stdout, findings, c.JSON)
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	m, err := operations.ReadBackup(ctx, c.Backup, keys, nil)
	if err != nil {
		return err
	}
	findings := operations.Findings{{Name: "备份文件", Level: operations.Good, Say: fmt.Sprintf(
		"%s 完整：%s，tongtang %s，%d 个文件，第 %d 项决定，操作日志 %d 条", c.Backup, m.MadeAt.Local().Format("2006-01-02 15:04"), m.Version, len(m.Files), m.Decision, m.AuditSeq,
	)}}
	if _, err := os.Stat(queries.Folder(c.Data).Review()); err == nil {
		more, err := operations.Verify(ctx, queries.Folder(c.Data), &m)
		if err != nil {
			return err
		}
		findings = append(findings, more...)
	}
	return tell(os.Stdout, findings, c.JSON)
}

// verifyPackage proves one evidence package unchanged, from the package alone
// and, where there is one, against the data folder it came from.
func (c *verifyCmd) verifyPackage(ctx context.Context) error {
	if c.Backup != "" {
		return exitError{exitUsage, errors.New("--package 与 --backup 请分两次检查")}
	}
	code := workbench.BuiltFrom()
	code.Version = version
	findings, p, err := operations.VerifyPackage(c.Package, code)
	if err != nil {
		return err
	}
	known, ok, err := operations.Packages(ctx, queries.Folder(c.Data))
	if err != nil {
		return err
	}
	if ok && p != nil {
		findings.KnownPackage(known, p)
	}
	return tell(os.Stdout, findings, c.JSON)
}

// tell prints findings and turns the worst into an exit code.
func tell(w io.Writer, findings operations.Findings, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		for _, f := range findings {
			if err := enc.Encode(f); err != nil {
				return err
			}
		}
	} else {
		for _, f := range findings {
			fmt.Fprintf(w, "%s  %s：%s\n", f.Level, f.Name, f.Say)
			if f.Do != "" {
				fmt.Fprintf(w, "      办法：%s\n", f.Do)
			}
		}
	}
	switch findings.Worst() {
	case operations.Trouble:
		return exitError{exitFailed, nil}
	case operations.Notice:
		return exitError{exitRejects, nil}
	}
	return nil
}
