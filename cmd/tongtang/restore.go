package main

import (
	"context"
	"fmt"
	"os"

	"tongtang/operations"
	"tongtang/queries"
)

// keyFlags open an encrypted backup.
type keyFlags struct {
	Identity       string `help:"age 私钥文件（AGE-SECRET-KEY-1…）" type:"existingfile"`
	PassphraseFile string `help:"该文件第一行是备份的口令" type:"existingfile"`
}

func (k keyFlags) keys() (keys operations.Keys, err error) {
	if k.Identity != "" {
		body, err := os.ReadFile(k.Identity)
		if err != nil {
			return keys, err
		}
		keys.Identities = string(body)
	}
	if k.PassphraseFile != "" {
		keys.Passphrase, err = firstLine(k.PassphraseFile)
	}
	return keys, err
}

type restoreCmd struct {
	In      string `help:"备份文件" type:"existingfile" xor:"what" required:""`
	Standby bool   `help:"不用备份：以 review/standby 的备用副本替换 --data 中的研判数据文件，原文件留存" xor:"what" required:""`
	Data    string `help:"恢复到哪个文件夹；不存在或为空（--standby 时是原来的数据文件夹）" required:"" type:"path"`
	keyFlags
}

// Run unpacks a backup into an empty folder and verifies it. Exit codes: 0
// restored and sound, 1 failed, 2 usage, 3 restored but verify has remarks.
func (c *restoreCmd) Run(ctx context.Context) error {
	if c.Standby {
		return c.standby(ctx)
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	m, err := operations.Restore(ctx, c.In, queries.Folder(c.Data), keys)
	if err != nil {
		return err
	}
	fmt.Printf("已恢复到 %s：%s 的备份，%d 个文件\n", c.Data, m.MadeAt.Local().Format("2006-01-02 15:04"), len(m.Files))
	if m.RunID == "" || !hasCorpus(m) {
		fmt.Printf("备份中没有归并结果：请运行 tongtang rebuild --data %s\n", c.Data)
	}
	findings, err := operations.Verify(ctx, queries.Folder(c.Data), &m)
	if err != nil {
		return err
	}
	return tell(os.Stdout, findings, false)
}

// standby puts the standby in the review file's place and verifies the folder.
func (c *restoreCmd) standby(ctx context.Context) error {
	aside, err := operations.RestoreStandby(ctx, queries.Folder(c.Data))
	if err != nil {
		return err
	}
	fmt.Printf("研判数据已由备用副本恢复；原来的文件留在 %s\n", aside)
	findings, err := operations.Verify(ctx, queries.Folder(c.Data), nil)
	if err != nil {
		return err
	}
	return tell(os.Stdout, findings, false)
}

func hasCorpus(m operations.Manifest) bool {
	for _, f := range m.Files {
		if f.Path == "corpus/CURRENT" {
			return true
		}
	}
	return false
}
