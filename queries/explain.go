package queries

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// explained is an error with a sentence for the person at the keyboard.
type explained struct {
	say string
	err error
}

func (e *explained) Error() string { return e.say + "\n（" + e.err.Error() + "）" }
func (e *explained) Unwrap() error { return e.err }

// Explain puts what the machine did into words that say what to do: a full or
// read-only disk, no right to write, no handles left. DuckDB tells of these in
// its text only. An error it does not know, or that speaks for itself, comes
// back as it is.
func Explain(err error) error {
	var refusal *Refusal
	var done *explained
	if err == nil || errors.As(err, &refusal) || errors.As(err, &done) {
		return err
	}
	text := err.Error()
	is := func(target error, words ...string) bool {
		if errors.Is(err, target) {
			return true
		}
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case is(syscall.ENOSPC, "No space left on device", "Failed to create checkpoint"), is(syscall.EDQUOT, "Disk quota exceeded"):
		return &explained{"磁盘空间不足，未能完成，原有数据不受影响：请清理空间后重试（tongtang doctor 显示需要多少）", err}
	case is(syscall.EROFS, "Read-only file system", "read-only file system"):
		return &explained{"所在磁盘是只读的，未能写入：请以可写方式重新挂载后重试；若是自行变为只读，请先检查磁盘", err}
	case is(syscall.EMFILE, "Too many open files", "too many open files"), is(syscall.ENFILE):
		return &explained{"可同时打开的文件数不够，未能完成，原有数据不受影响：请执行 ulimit -n 4096，或在 systemd 服务中设 LimitNOFILE=4096 后重试", err}
	case is(fs.ErrPermission, "Permission denied"):
		return &explained{"没有权限：请用数据文件夹所有者的帐号运行，如 sudo -u tongtang tongtang …；tongtang doctor 列出不对的文件", err}
	case is(syscall.EIO, "Input/output error"):
		return &explained{"磁盘读写出错：请检查磁盘（dmesg、smartctl），并在换盘前先运行 tongtang backup", err}
	}
	return err
}

// damagedFile says whether an error of opening a file means that the file
// itself is bad, rather than the disk it lies on.
func damagedFile(err error) bool {
	if !errors.Is(err, Explain(err)) {
		return false
	}
	for _, w := range []string{
		"not a valid DuckDB", "newer version of DuckDB", "orrupt", "checksum", "Could not read enough bytes", "WAL", "database does not exist",
		"Failed to load metadata",
	} {
		if strings.Contains(err.Error(), w) {
			return true
		}
	}
	return false
}

// corpusError names the corpus that will not open and the two ways back.
func corpusError(path string, err error) error {
	if !damagedFile(err) {
		return fmt.Errorf("opening the previous corpus: %w", err)
	}
	return &explained{"上一次的归并结果 " + path + " 已损坏或不见了，未作任何改动：请运行 tongtang rebuild 由档案重建，或把 corpus/CURRENT 改为 corpus/ 下上一个文件的名字", err}
}
