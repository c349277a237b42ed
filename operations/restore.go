package operations

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"tongtang/queries"
)

// Keys open an encrypted backup.
type Keys struct {
	Identities string // an age identity file's text (AGE-SECRET-KEY-1...)
	Passphrase string
}

// rooms of the data folder: nothing else is taken out of a backup.
var backupRooms = []string{"archive", "corpus", "inbox", "lexicon", "quarantine", "reports", "review", "runs", "templates"}

// ReadBackup reads a backup from end to end and answers its manifest. each, if
// not nil, is given every entry in turn and need not read it. It is an error if
// the backup is cut short, an entry's hash differs from the manifest's, or an
// entry is missing or not announced.
func ReadBackup(ctx context.Context, file string, keys Keys, each func(name string, mode fs.FileMode, body io.Reader) error) (m Manifest, err error) {
	f, err := os.Open(file)
	if err != nil {
		return m, err
	}
	defer f.Close()
	plain, err := unseal(f, keys)
	if err != nil {
		return m, err
	}
	bad := func(err error) error {
		return fmt.Errorf("备份文件 %s 已损坏或不完整（%w）：请改用另一份备份", file, err)
	}
	zip, err := gzip.NewReader(plain)
	if err != nil {
		return m, bad(err)
	}
	var body []byte
	got := map[string]ManifestFile{}
	entries := tar.NewReader(zip)
	for {
		head, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, bad(err)
		}
		if ctx.Err() != nil {
			return m, ctx.Err()
		}
		if err := permitted(head); err != nil {
			return m, bad(err)
		}
		if _, twice := got[head.Name]; twice || body != nil {
			return m, bad(fmt.Errorf("多余的内容 %q", head.Name))
		}
		if head.Name == manifestName {
			if body, err = io.ReadAll(io.LimitReader(entries, 1<<30)); err != nil {
				return m, bad(err)
			}
			continue
		}
		sum := sha256.New()
		hashed := io.TeeReader(entries, sum)
		if each != nil {
			if err := each(head.Name, head.FileInfo().Mode().Perm(), hashed); err != nil {
				return m, err
			}
		}
		if _, err := io.Copy(io.Discard, hashed); err != nil {
			return m, bad(err)
		}
		got[head.Name] = ManifestFile{head.Name, head.Size, hex.EncodeToString(sum.Sum(nil))}
	}
	// What follows the tar's end still belongs to what gzip and age vouch for.
	if _, err := io.Copy(io.Discard, zip); err != nil {
		return m, bad(err)
	}
	if body == nil {
		return m, bad(errors.New("没有清单 " + manifestName))
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, bad(err)
	}
	if m.Format != backupFormat {
		return m, fmt.Errorf("备份文件 %s 的格式 %q 本程序不认识：请使用制作它的 tongtang（%s）或更新的版本", file, m.Format, m.Version)
	}
	for _, want := range m.Files {
		if got[want.Path] != want {
			return m, bad(fmt.Errorf("%s 与清单不符", want.Path))
		}
		delete(got, want.Path)
	}
	for name := range got {
		return m, bad(fmt.Errorf("清单中没有 %q", name))
	}
	return m, nil
}

// permitted refuses what a backup never holds: links, devices, paths that lead
// out of the data folder or to a room it does not have.
func permitted(head *tar.Header) error {
	name := head.Name
	if head.Typeflag != tar.TypeReg || name != path.Clean(name) || !filepath.IsLocal(name) || strings.Contains(name, `\`) {
		return fmt.Errorf("不允许的内容 %q", name)
	}
	room, _, below := strings.Cut(name, "/")
	if below && slices.Contains(backupRooms, room) {
		return nil
	}
	if !below && slices.Contains([]string{"tongtang.toml", "secret.key", "trainings.tsv", manifestName}, name) {
		return nil
	}
	return fmt.Errorf("不允许的内容 %q", name)
}

// unseal decrypts if the file is encrypted.
func unseal(f io.Reader, keys Keys) (io.Reader, error) {
	in := bufio.NewReaderSize(f, 1<<16)
	const armored = "-----BEGIN AGE"
	start, _ := in.Peek(32)
	var sealed io.Reader = in
	switch {
	case bytes.HasPrefix(start, []byte(armored)):
		sealed = armor.NewReader(in)
	case !bytes.HasPrefix(start, []byte("age-encryption.org/")):
		return in, nil
	}
	var identities []age.Identity
	if keys.Passphrase != "" {
		id, err := age.NewScryptIdentity(keys.Passphrase)
		if err != nil {
			return nil, err
		}
		// As strong as backups are made, and somewhat more.
		id.SetMaxWorkFactor(22)
		identities = append(identities, id)
	}
	if keys.Identities != "" {
		ids, err := age.ParseIdentities(strings.NewReader(keys.Identities))
		if err != nil {
			return nil, fmt.Errorf("私钥文件无效（应含 AGE-SECRET-KEY-1…，由 age-keygen 生成）: %w", err)
		}
		identities = append(identities, ids...)
	}
	if len(identities) == 0 {
		return nil, errors.New("备份已加密：请用 --identity 给出私钥文件，或用 --passphrase-file 给出口令文件")
	}
	out, err := age.Decrypt(sealed, identities...)
	if err != nil {
		return nil, fmt.Errorf("无法解密备份：私钥或口令不对，或文件已损坏（%w）", err)
	}
	return out, nil
}

// Restore unpacks a backup into folder, which must not exist or be empty. The
// folder appears whole or not at all: everything is unpacked beside it, checked
// against the manifest, and renamed.
func Restore(ctx context.Context, file string, folder queries.Folder, keys Keys) (Manifest, error) {
	target, err := filepath.Abs(string(folder))
	if err != nil {
		return Manifest{}, err
	}
	entries, err := os.ReadDir(target)
	if err == nil && len(entries) > 0 {
		return Manifest{}, fmt.Errorf("%s 不是空文件夹，未作任何改动：请恢复到一个新的文件夹，核对后再替换", target)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return Manifest{}, err
	}
	scratch, err := os.MkdirTemp(filepath.Dir(target), ".restoring-")
	if err != nil {
		return Manifest{}, err
	}
	defer os.RemoveAll(scratch)
	m, err := unpack(ctx, file, scratch, keys)
	if err != nil {
		return m, err
	}
	if err := queries.Folder(scratch).Make(); err != nil {
		return m, err
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s 无法替换（%w）：它若是挂载点，请恢复到它下面的一个子文件夹", target, err)
	}
	if err := os.Rename(scratch, target); err != nil {
		return m, err
	}
	return m, queries.SyncDir(filepath.Dir(target))
}

func unpack(ctx context.Context, file, dir string, keys Keys) (Manifest, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Manifest{}, err
	}
	defer root.Close()
	return ReadBackup(ctx, file, keys, func(name string, mode fs.FileMode, body io.Reader) error {
		if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
			return err
		}
		out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, body)
		// A published corpus is read-only; nothing becomes readable to others.
		err = errors.Join(err, out.Chmod(mode&0o700), out.Sync(), out.Close())
		if err != nil {
			return fmt.Errorf("restoring %s: %w", name, err)
		}
		return nil
	})
}

// RestoreStandby puts the standby of the review in the review file's place,
// which is for the case that the workbench will not do so by itself. What stood
// there is kept in aside.
func RestoreStandby(ctx context.Context, folder queries.Folder) (aside string, err error) {
	if _, running, _ := Running(ctx, folder); running {
		return "", errors.New("工作台正在运行：请先停止它（systemctl stop tongtang），再运行此命令")
	}
	return queries.RestoreStandby(ctx, folder)
}
