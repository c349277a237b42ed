package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"tongtang/pipeline/feedback"
)

// The names of encodings, in reports and in Options.Encodings.
const (
	utf8Name    = "utf-8"
	utf8BOMName = "utf-8 with BOM"
	utf16LE     = "utf-16le"
	utf16BE     = "utf-16be"
	gb18030Name = "gb18030"
	big5Name    = "big5"
)

func encodingNamed(name string) (encoding.Encoding, bool) {
	switch strings.ToLower(name) {
	case utf8Name, utf8BOMName, "utf8":
		return unicode.UTF8BOM, true
	case utf16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), true
	case utf16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), true
	case gb18030Name, "gbk", "gb2312":
		return simplifiedchinese.GB18030, true
	case big5Name:
		return traditionalchinese.Big5, true
	}
	return nil, false
}

// tellEncoding reads the whole file once and names its encoding: a byte order
// mark decides; else valid UTF-8; else GB18030 when it decodes without U+FFFD
// into characters people use; else it asks. It never guesses: a library that did
// took a short GBK csv for Shift_JIS.
func (r *reading) tellEncoding(f io.ReaderAt, size int64, head []byte) (string, error) {
	if answer, ok := r.d.opts.Encodings[r.file.SHA256]; ok {
		if _, known := encodingNamed(answer); known {
			return strings.ToLower(answer), nil
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return utf8BOMName, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return utf16LE, nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return utf16BE, nil
	}
	if bytes.IndexByte(head, 0) >= 0 {
		if name := utf16Without(head); name != "" {
			return name, nil
		}
		return "", refuse(feedback.RejectUnreadable, "文件内容不是文字，无法读取，请确认文件没有损坏，另存为 .xlsx 或 .docx 后重新提交。")
	}
	badAt, err := firstInvalidUTF8(io.NewSectionReader(f, 0, size))
	if err != nil {
		return "", err
	}
	if badAt < 0 {
		return utf8Name, nil
	}
	ok, err := r.plausibleGB18030(io.NewSectionReader(f, 0, size))
	if err != nil {
		return "", err
	}
	if ok {
		return gb18030Name, nil
	}
	if r.report.Readings, err = r.readings(f); err != nil {
		return "", err
	}
	return "", refuse(feedback.RejectAmbiguousEncoding,
		"文字编码无法确定（第%d字节起不是UTF-8，也不是通顺的GB18030）。请用WPS或Excel打开确认文字正常后，另存为 .xlsx 重新提交，或在导入页指定编码。", badAt+1)
}

// Encodings are those a person can choose from, the likeliest first.
var Encodings = []string{gb18030Name, utf8Name, big5Name, utf16LE, utf16BE}

// Reading is how a file begins when it is read as one encoding.
type Reading struct {
	Encoding string
	Excerpt  string // masked; empty without a mask
	Bad      int    // characters among the first 4 KiB that this encoding does not have
}

// readings reads the beginning of a file in every encoding a
// person can choose.
func (r *reading) readings(f io.ReaderAt) ([]Reading, error) {
	buf := make([]byte, 4096)
	n, err := f.ReadAt(buf, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("telling the encoding: %w", err)
	}
	var out []Reading
	for _, name := range Encodings {
		enc, _ := encodingNamed(name)
		text, err := enc.NewDecoder().String(string(buf[:n]))
		if err != nil {
			continue
		}
		if n == len(buf) { // the last character may be cut in two
			text = strings.TrimRight(text, "\ufffd")
		}
		out = append(out, Reading{name, r.excerpt(text), strings.Count(text, "\ufffd")})
	}
	return out, nil
}

// utf16Without tells UTF-16 without a mark by its line ends and ASCII.
func utf16Without(head []byte) string {
	even, odd := 0, 0
	for i, b := range head {
		if b == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	var name string
	switch {
	case odd > 0 && even == 0:
		name = utf16LE
	case even > 0 && odd == 0:
		name = utf16BE
	default:
		return ""
	}
	enc, _ := encodingNamed(name)
	text, err := enc.NewDecoder().Bytes(head[:len(head)&^1])
	if err != nil || strings.ContainsRune(string(text), utf8.RuneError) {
		return ""
	}
	common, all := 0, 0
	for _, c := range string(text) {
		all++
		if c >= 0x4e00 && c <= 0x9fff || c >= 0x3000 && c <= 0x303f || c >= 0xff00 && c <= 0xffef || c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' {
			common++
		}
	}
	if common*10 < all*9 {
		return ""
	}
	return name
}

// firstInvalidUTF8 is the offset of the first byte that is no UTF-8, -1 when
// all is valid.
func firstInvalidUTF8(src io.Reader) (int64, error) {
	buf := make([]byte, 256<<10)
	held := 0
	var base int64
	for {
		n, err := src.Read(buf[held:])
		n += held
		i := 0
		for i < n {
			if buf[i] < utf8.RuneSelf {
				i++
				continue
			}
			if !utf8.FullRune(buf[i:n]) && err == nil {
				break
			}
			c, size := utf8.DecodeRune(buf[i:n])
			if c == utf8.RuneError && size == 1 {
				return base + int64(i), nil
			}
			i += size
		}
		base += int64(i)
		held = copy(buf, buf[i:n])
		if err == io.EOF {
			return -1, nil
		}
		if err != nil {
			return 0, fmt.Errorf("telling the encoding: %w", err)
		}
	}
}

// plausibleGB18030 says whether the bytes decode as GB18030 into text people
// write: no U+FFFD, no NUL, and of the two-byte characters at least seven in
// ten from GB2312's punctuation and first level, which hold 3,755 of the
// commonest characters and over 95% of running text. Big5, Shift_JIS and UTF-8
// broken by a stray byte decode too, but into rare characters.
func (r *reading) plausibleGB18030(src io.Reader) (bool, error) {
	buf := make([]byte, 256<<10)
	held := 0
	common, all := 0, 0
	for {
		n, err := src.Read(buf[held:])
		n += held
		if err != nil && err != io.EOF {
			return false, fmt.Errorf("telling the encoding: %w", err)
		}
		last := err == io.EOF
		i := 0
		for i < n {
			b := buf[i]
			if b == 0 {
				return false, nil
			}
			if b < 0x80 {
				i++
				continue
			}
			if b == 0x80 || b == 0xff {
				return false, nil
			}
			if i+1 >= n {
				if last {
					return false, nil
				}
				break
			}
			c := buf[i+1]
			if c >= 0x30 && c <= 0x39 {
				if i+3 >= n {
					if last {
						return false, nil
					}
					break
				}
				if buf[i+2] < 0x81 || buf[i+2] == 0xff || buf[i+3] < 0x30 || buf[i+3] > 0x39 {
					return false, nil
				}
				all++
				i += 4
				continue
			}
			if c < 0x40 || c == 0x7f || c == 0xff {
				return false, nil
			}
			all++
			if b >= 0xa1 && b <= 0xa3 && c >= 0xa1 || b >= 0xb0 && b <= 0xd7 && c >= 0xa1 {
				common++
			}
			i += 2
		}
		held = copy(buf, buf[i:n])
		if last {
			break
		}
	}
	return all > 0 && common*10 >= all*7, nil
}

// textReader gives the file's text as UTF-8 from its start.
func textReader(f io.ReaderAt, size int64, name string) io.Reader {
	src := io.NewSectionReader(f, 0, size)
	enc, ok := encodingNamed(name)
	if !ok || name == utf8Name {
		return src
	}
	return transform.NewReader(src, enc.NewDecoder())
}

// decodeText reads what is neither a package nor a known binary: JSON, a
// separated table, a chat or plain text.
func (r *reading) decodeText(f *os.File, size int64, head []byte) error {
	name, err := r.tellEncoding(f, size, head)
	if err != nil {
		return err
	}
	r.report.Encoding = name
	open := func() io.Reader { return textReader(f, size, name) }
	if oldMac, err := onlyCR(open()); err != nil {
		return fmt.Errorf("decoding as %s: %w", name, err)
	} else if oldMac {
		open = func() io.Reader { return crReader{textReader(f, size, name)} }
	}

	sample := make([]byte, 256<<10)
	n, err := io.ReadFull(open(), sample)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("decoding as %s: %w", name, err)
	}
	whole := err != nil
	text := strings.TrimPrefix(strings.ToValidUTF8(string(sample[:n]), ""), "\ufeff")
	if strings.TrimSpace(text) == "" && whole {
		return refuse(feedback.RejectEmptyFile, "文件中没有文字，请确认已保存内容后重新提交。")
	}
	if m, line := markingInText(text); m != "" {
		src := r.source()
		src.Row = line
		return &marked{m, src}
	}
	switch {
	case looksLikeJSON(text):
		r.is(FormatJSONL)
		return r.decodeJSONL(open())
	case r.looksLikeTable(text, whole):
		r.is(FormatCSV)
		return r.decodeCSV(open, text)
	}
	return r.decodePlain(open())
}

// onlyCR says whether lines end in a carriage return alone, as old Mac programs
// wrote them, judged by the first 64 KiB.
func onlyCR(src io.Reader) (bool, error) {
	buf := make([]byte, 64<<10)
	n, err := io.ReadFull(src, buf)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, err
	}
	return bytes.IndexByte(buf[:n], '\n') < 0 && bytes.IndexByte(buf[:n], '\r') >= 0, nil
}

// crReader turns carriage returns into line feeds.
type crReader struct{ src io.Reader }

func (c crReader) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// markingInText looks for a secrecy marking in the first hundred lines and
// their cells: a marking stands at the top.
func markingInText(text string) (string, int) {
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > 100 {
			break
		}
		if !strings.Contains(line, "密") {
			continue
		}
		if m := marking(strings.Trim(line, "\r\n\"")); m != "" {
			return m, n
		}
		for cell := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == '\t' || r == '"' || r == '\n' }) {
			if m := marking(cell); m != "" {
				return m, n
			}
		}
	}
	return "", 0
}

// contextReader ends a read when the context does.
type contextReader struct {
	src io.Reader
	r   *reading
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.r.ctx.Err(); err != nil {
		return 0, err
	}
	return c.src.Read(p)
}
