package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"tongtang/pipeline/feedback"
)

// Format is what a file is, told from its content.
type Format string

// The formats that are read, and those that are recognised to say the way out.
const (
	FormatXLSX    Format = "xlsx"
	FormatCSV     Format = "csv" // tsv and other separators too
	FormatDOCX    Format = "docx"
	FormatText    Format = "txt"
	FormatChat    Format = "chat" // pasted from WeChat
	FormatJSONL   Format = "jsonl"
	FormatParquet Format = "parquet"
	FormatZip     Format = "zip"
	FormatUnknown Format = ""
)

// extensions that fit a format; any other is a misnamed file.
var extensions = map[Format][]string{
	FormatXLSX:    {".xlsx", ".xlsm", ".xltx", ".xltm"},
	FormatCSV:     {".csv", ".tsv", ".tab", ".txt"},
	FormatDOCX:    {".docx", ".docm", ".dotx"},
	FormatText:    {".txt", ".text", ".md", ".log"},
	FormatChat:    {".txt", ".text", ".md", ".log"},
	FormatJSONL:   {".jsonl", ".ndjson", ".json", ".txt"},
	FormatParquet: {".parquet", ".pq"},
	FormatZip:     {".zip"},
}

const saveAs = "请用WPS或Excel打开，另存为 .xlsx 后重新提交。"

// decode recognises the content and hands it to its decoder.
func (r *reading) decode(f *os.File, size int64) error {
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading %s: %w", r.file.Name, err)
	}
	head = head[:n]
	err = r.decodeAs(f, size, head)
	var m *marked
	if errors.As(err, &m) {
		return r.quarantine(m.src, m.marking)
	}
	if err = r.settle(err); err != nil {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return fmt.Errorf("reading %s: %w", r.file.Name, err)
	}
	return nil
}

func (r *reading) decodeAs(f *os.File, size int64, head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")), bytes.HasPrefix(head, []byte("PK\x07\x08")):
		return r.decodePK(f, size)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return r.refuseOLE2(f, size)
	case bytes.HasPrefix(head, []byte("PAR1")):
		r.is(FormatParquet)
		return r.decodeParquet(f, size)
	case bytes.HasPrefix(head, []byte("%PDF")):
		return refuse(feedback.RejectWrongFormat, "这是PDF文件，请提交原来的 .docx 或 .xlsx；只有纸质或扫描件的，请录入后提交。")
	case bytes.HasPrefix(head, []byte(`{\rtf`)):
		return refuse(feedback.RejectWrongFormat, "这是RTF文件，请用WPS或Word打开，另存为 .docx 后重新提交。")
	case bytes.HasPrefix(head, []byte("Rar!\x1a\x07")), bytes.HasPrefix(head, []byte("7z\xbc\xaf\x27\x1c")), bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return refuse(feedback.RejectWrongFormat, "这是RAR、7z或gz压缩包，请解压后直接提交其中的文件，或压缩为 .zip 后重新提交。")
	case bytes.HasPrefix(head, []byte("\x89PNG")), bytes.HasPrefix(head, []byte("\xff\xd8\xff")), bytes.HasPrefix(head, []byte("GIF8")), bytes.HasPrefix(head, []byte("BM")) && bytes.IndexByte(head, 0) >= 0:
		return refuse(feedback.RejectWrongFormat, "这是图片，请将其中文字录入表格或文档后提交。")
	}
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	lower := bytes.ToLower(trimmed[:min(len(trimmed), 512)])
	if bytes.HasPrefix(lower, []byte("<!doctype html")) || bytes.HasPrefix(lower, []byte("<html")) || bytes.HasPrefix(lower, []byte("<table")) ||
		bytes.HasPrefix(lower, []byte("<?xml")) {
		return refuse(feedback.RejectWrongFormat, "这是网页或XML格式的表格（有些系统导出的 .xls 实为网页），%s", saveAs)
	}
	return r.decodeText(f, size, head)
}

// is records the format and whether the file's name says otherwise.
func (r *reading) is(format Format) {
	r.report.Format = format
	name := r.file.Name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	ext := strings.ToLower(path.Ext(name))
	r.report.Misnamed = ""
	for _, e := range extensions[format] {
		if e == ext {
			return
		}
	}
	r.report.Misnamed = ext
	if ext == "" {
		r.report.Misnamed = "（无扩展名）"
	}
}

// decodePK tells an xlsx, a docx, other packages and a plain zip apart.
func (r *reading) decodePK(f *os.File, size int64) error {
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return refuse(feedback.RejectUnreadable, "文件不完整或已损坏（压缩目录缺失），可能传输中断，请重新导出或重新上传。")
	}
	has := map[string]bool{}
	for _, m := range z.File {
		has[strings.ToLower(strings.ReplaceAll(m.Name, `\`, "/"))] = true
	}
	switch {
	case has["xl/workbook.xml"]:
		r.is(FormatXLSX)
		if err := r.checkPackage(z); err != nil {
			return err
		}
		return r.decodeXLSX(f, z)
	case has["word/document.xml"]:
		r.is(FormatDOCX)
		if err := r.checkPackage(z); err != nil {
			return err
		}
		return r.decodeDOCX(z)
	case has["xl/workbook.bin"]:
		return refuse(feedback.RejectWrongFormat, "这是 .xlsb 二进制表格，%s", saveAs)
	case has["ppt/presentation.xml"]:
		return refuse(feedback.RejectWrongFormat, "这是演示文稿，请将其中的问题、意见和建议整理为 .docx 或 .xlsx 后提交。")
	case has["mimetype"] && has["content.xml"]:
		return refuse(feedback.RejectWrongFormat, "这是ODF格式文件，请另存为 .xlsx 或 .docx 后重新提交。")
	case has["ofd.xml"]:
		return refuse(feedback.RejectWrongFormat, "这是OFD版式文件，请提交原来的 .docx 或 .xlsx。")
	case r.inZip:
		return refuse(feedback.RejectWrongFormat, "压缩包中还有压缩包，请解压后把文件直接放在一个 .zip 中重新提交。")
	}
	r.is(FormatZip)
	return r.decodeZip(z)
}

// checkPackage applies the limits on unzipped size and ratio to a package's
// declared sizes. archive/zip reads no part beyond its declared size.
func (r *reading) checkPackage(z *zip.Reader) error {
	var total uint64
	if len(z.File) > r.d.limits.Members {
		return refuse(feedback.RejectTooLarge, "压缩结构中有%d个部分，超过上限，请另存后重新提交。", len(z.File))
	}
	for _, m := range z.File {
		if m.Flags&1 != 0 {
			return refuse(feedback.RejectEncrypted, "文件有密码保护，请取消密码后重新提交。")
		}
		if err := r.checkMember(m); err != nil {
			return err
		}
		total += m.UncompressedSize64
		if total > uint64(r.d.limits.UnzippedBytes) {
			return refuse(feedback.RejectTooLarge, "文件解压后超过%s，请拆分后重新提交。", sizeWords(r.d.limits.UnzippedBytes))
		}
	}
	return nil
}

func (r *reading) checkMember(m *zip.File) error {
	if m.UncompressedSize64 > uint64(r.d.limits.UnzippedBytes) {
		return refuse(feedback.RejectTooLarge, "其中“%s”解压后超过%s，未读取。", shorten(m.Name, 40), sizeWords(r.d.limits.UnzippedBytes))
	}
	if m.UncompressedSize64 > 16<<20 && m.UncompressedSize64 > uint64(r.d.limits.Ratio)*max(m.CompressedSize64, 1) {
		return refuse(feedback.RejectTooLarge, "其中“%s”的压缩比异常，疑似压缩炸弹，未读取。请打开原文件，删除多余的空行空列，另存后重新提交。", shorten(m.Name, 40))
	}
	return nil
}

// refuseOLE2 says the way out for files in Microsoft's compound format, told
// apart by the names of their streams.
func (r *reading) refuseOLE2(f io.ReaderAt, size int64) error {
	names, whole := ole2Names(f, size)
	has := func(want ...string) bool {
		for _, n := range names {
			for _, w := range want {
				if strings.EqualFold(n, w) {
					return true
				}
			}
		}
		return false
	}
	switch {
	case has("EncryptedPackage", "EncryptionInfo"):
		return refuse(feedback.RejectEncrypted, "文件有密码保护，请用WPS或Office打开，取消密码，另存为 .xlsx 或 .docx 后重新提交。")
	case !whole:
		return refuse(feedback.RejectUnreadable, "文件不完整或已损坏，可能传输中断，请重新上传；如为旧版 .xls 或 .doc，请另存为 .xlsx 或 .docx。")
	case has("Workbook", "Book", "ETWorkbook"):
		return refuse(feedback.RejectWrongFormat, "这是旧版表格（.xls 或 .et），请另存为 .xlsx 后重新提交。")
	case has("WordDocument", "WpsDocument"):
		return refuse(feedback.RejectWrongFormat, "这是旧版文档（.doc 或 .wps），请另存为 .docx 后重新提交。")
	case has("PowerPoint Document"):
		return refuse(feedback.RejectWrongFormat, "这是演示文稿，请将其中的问题、意见和建议整理为 .docx 或 .xlsx 后提交。")
	}
	return refuse(feedback.RejectWrongFormat, "这是旧版Office或WPS文件，表格请另存为 .xlsx、文档请另存为 .docx 后重新提交。")
}

// ole2Names lists the names in a compound file's directory, following [MS-CFB]
// only as far as that needs: header, then the directory's sectors by the FAT
// sectors the header lists. whole is false when the chain leads out of the
// file.
func ole2Names(f io.ReaderAt, size int64) (names []string, whole bool) {
	var h [512]byte
	if _, err := f.ReadAt(h[:], 0); err != nil {
		return nil, false
	}
	le32 := func(b []byte) uint32 {
		return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	}
	shift := uint(h[30])
	if shift != 9 && shift != 12 {
		return nil, false
	}
	sectorSize := int64(1) << shift
	buf := make([]byte, sectorSize)
	read := func(sector uint32) bool {
		off := (int64(sector) + 1) << shift
		if off+sectorSize > size {
			// The last sector of a small file may be short.
			if off >= size {
				return false
			}
		}
		clear(buf)
		_, err := f.ReadAt(buf, off)
		return err == nil || errors.Is(err, io.EOF)
	}
	sector := le32(h[48:])
	perFAT := uint32(sectorSize / 4)
	for range 1000 {
		if !read(sector) {
			return names, false
		}
		for e := int64(0); e+128 <= sectorSize; e += 128 {
			n := int(buf[e+64]) | int(buf[e+65])<<8
			if n < 2 || n > 64 {
				continue
			}
			var b strings.Builder
			for i := 0; i+1 < n-2+1 && i < 62; i += 2 {
				c := rune(buf[e+int64(i)]) | rune(buf[e+int64(i)+1])<<8
				if c == 0 {
					break
				}
				b.WriteRune(c)
			}
			names = append(names, b.String())
		}
		fat := sector / perFAT
		if fat >= 109 {
			return names, true
		}
		if !read(le32(h[76+4*fat:])) {
			return names, false
		}
		next := le32(buf[4*(sector%perFAT):])
		if next >= 0xfffffffa {
			return names, true
		}
		sector = next
	}
	return names, true
}
