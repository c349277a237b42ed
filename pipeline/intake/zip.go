package intake

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongtang/pipeline/feedback"
)

// decodeZip reads the files of a zip one after another. Nothing is ever written
// under a member's own name, so a name that climbs out of the folder is just a
// strange name. A zip inside a zip is refused.
func (r *reading) decodeZip(z *zip.Reader) error {
	if len(z.File) == 0 {
		return refuse(feedback.RejectEmptyFile, "压缩包是空的，请重新压缩后提交。")
	}
	if len(z.File) > r.d.limits.Members {
		return refuse(feedback.RejectTooLarge, "压缩包中有%d个文件，超过上限%d个，请分几次提交。", len(z.File), r.d.limits.Members)
	}
	var total uint64
	for _, m := range z.File {
		if total += m.UncompressedSize64; total > uint64(r.d.limits.UnzippedBytes) {
			return refuse(feedback.RejectTooLarge, "压缩包解压后超过%s，请分几次提交。", sizeWords(r.d.limits.UnzippedBytes))
		}
		if mk := markingInName(path.Base(memberName(m))); mk != "" {
			return &marked{mk, r.source()}
		}
	}
	read := 0
	for _, m := range z.File {
		name := memberName(m)
		base := path.Base(name)
		if m.FileInfo().IsDir() || strings.HasSuffix(name, "/") || strings.HasPrefix(base, "~$") || strings.HasPrefix(base, ".") ||
			strings.HasPrefix(name, "__MACOSX/") || strings.EqualFold(base, "Thumbs.db") || strings.EqualFold(base, "desktop.ini") {
			continue
		}
		read++
		if err := r.decodeMember(m, name); err != nil {
			return err
		}
	}
	if read == 0 {
		return refuse(feedback.RejectEmptyFile, "压缩包中没有可读的文件，请重新压缩后提交。")
	}
	return nil
}

// memberName is a member's name as people wrote it: Windows in China writes it
// in GBK and sets no flag.
func memberName(m *zip.File) string {
	name := m.Name
	if m.NonUTF8 && !utf8.ValidString(name) {
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil && !strings.ContainsRune(s, utf8.RuneError) {
			name = s
		}
	}
	name = strings.ReplaceAll(strings.ToValidUTF8(name, "?"), `\`, "/")
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// decodeMember unpacks one member into a temporary file and reads it as a file
// of its own. Its source names both: outer.zip/inner.xlsx.
func (r *reading) decodeMember(m *zip.File, name string) error {
	outer := r.file
	inner := &reading{
		d: r.d, ctx: r.ctx, h: r.h, inZip: true,
		file: File{Name: outer.Name + "/" + name, SHA256: outer.SHA256, TrainingID: outer.TrainingID},
		report: Report{
			File: outer.Name + "/" + name, SHA256: outer.SHA256,
			Rejects: map[feedback.RejectReason]int{}, Notes: map[feedback.RejectReason]int{},
		},
	}
	// A folder inside the zip may name the training, as an inbox folder does.
	if inner.file.TrainingID == "" {
		for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if id := trainingOf(path.Base(dir), 0); id != "" {
				inner.file.TrainingID = id
				break
			}
		}
	}
	inner.setting = r.setting.under(r.settingOfName(path.Base(name)))
	err := inner.settle(r.unpackAndDecode(m, inner))
	r.absorb(inner.report)
	return err
}

func (r *reading) unpackAndDecode(m *zip.File, inner *reading) error {
	if m.Flags&1 != 0 {
		return refuse(feedback.RejectEncrypted, "压缩包有密码保护，请取消密码后重新提交。")
	}
	if err := r.checkMember(m); err != nil {
		return err
	}
	if m.UncompressedSize64 == 0 {
		return refuse(feedback.RejectEmptyFile, "文件大小为0，请确认已保存内容后重新提交。")
	}
	rc, err := m.Open()
	if err != nil {
		return refuse(feedback.RejectUnreadable, "压缩包中的该文件无法解压，请重新压缩后提交。")
	}
	defer rc.Close()
	tmp, err := os.CreateTemp(r.d.opts.TempDir, "tongtang-member-*")
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	defer func() {
		tmp.Close()
		os.Remove(tmp.Name())
	}()
	size, err := io.Copy(tmp, contextReader{rc, r})
	if ctxErr := r.ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	if isZipFault(err) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(feedback.RejectUnreadable, "压缩包已损坏，该文件解压不完整，请重新压缩后提交。")
	}
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	inner.file.Path = tmp.Name()
	return inner.decode(tmp, size)
}

// absorb adds a member's counts to the zip's.
func (r *reading) absorb(in Report) {
	r.report.Members = append(r.report.Members, in)
	r.report.RowsIn += in.RowsIn
	r.report.Texts += in.Texts
	r.report.Waiting += in.Waiting
	r.report.Ignored.TextBoxes += in.Ignored.TextBoxes
	r.report.Ignored.Footnotes += in.Ignored.Footnotes
	r.report.Ignored.Deleted += in.Ignored.Deleted
	r.report.Ignored.Messages += in.Ignored.Messages
	for k, n := range in.Rejects {
		r.report.Rejects[k] += n
	}
	for k, n := range in.Notes {
		r.report.Notes[k] += n
	}
	for _, t := range in.Trainings {
		r.sawTraining(t)
	}
}
