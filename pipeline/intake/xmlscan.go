package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"tongtang/pipeline/feedback"
)

// xmlScan runs over an XML part once, in constant memory, before a parser sees
// it: it checks that tags balance, that none nests too deep and that no text or
// tag is too long, and calls element for every start tag and text for every run
// of text. A part that ends early is refused here, because the spreadsheet
// library would silently give the rows before the break.
type xmlScan struct {
	depth    int
	textMax  int
	element  func(name, attrs []byte) error // both valid during the call
	text     func(run []byte) error
	depthNow int
}

var errXMLBroken = errors.New("not well-formed")

func (x *xmlScan) run(src io.Reader) error {
	br := bufio.NewReaderSize(src, 64<<10)
	var text, tag []byte
	rooted := false
	flush := func() error {
		if len(text) > 0 && x.text != nil {
			if err := x.text(text); err != nil {
				return err
			}
		}
		text = text[:0]
		return nil
	}
	for {
		run, err := br.ReadSlice('<')
		if err == nil {
			run = run[:len(run)-1]
		}
		if len(text)+len(run) > x.textMax {
			return refuse(feedback.RejectTooLarge, "其中有一格或一段文字超过%s，未读取，请拆分后重新提交。", sizeWords(int64(x.textMax)))
		}
		if x.depthNow > 0 {
			text = append(text, run...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if x.depthNow != 0 || !rooted {
				return errXMLBroken
			}
			return nil
		case err != nil:
			return err
		}
		if err := flush(); err != nil {
			return err
		}
		tag = tag[:0]
		quote := byte(0)
	readTag:
		for {
			b, err := br.ReadByte()
			if err != nil {
				return errXMLBroken
			}
			switch {
			case quote != 0:
				if b == quote {
					quote = 0
				}
			case b == '"' || b == '\'':
				if !bytes.HasPrefix(tag, []byte("!--")) && !bytes.HasPrefix(tag, []byte("![CDATA[")) {
					quote = b
				}
			case b == '>':
				if bytes.HasPrefix(tag, []byte("!--")) && !bytes.HasSuffix(tag, []byte("--")) ||
					bytes.HasPrefix(tag, []byte("![CDATA[")) && !bytes.HasSuffix(tag, []byte("]]")) {
					break
				}
				break readTag
			}
			tag = append(tag, b)
			if len(tag) > x.textMax+64 {
				return refuse(feedback.RejectTooLarge, "其中有一个标记超过%s，未读取，请另存后重新提交。", sizeWords(int64(x.textMax)))
			}
		}
		switch {
		case len(tag) == 0:
			return errXMLBroken
		case tag[0] == '?':
		case tag[0] == '!':
			if cdata, ok := bytes.CutPrefix(tag, []byte("![CDATA[")); ok {
				text = append(text, bytes.TrimSuffix(cdata, []byte("]]"))...)
			} else if bytes.HasPrefix(tag, []byte("!DOCTYPE")) {
				return refuse(feedback.RejectUnreadable, "文件结构异常（含有不应出现的声明），请用WPS或Office打开后另存再提交。")
			}
		case tag[0] == '/':
			if x.depthNow--; x.depthNow < 0 {
				return errXMLBroken
			}
		default:
			rooted = true
			closed := tag[len(tag)-1] == '/'
			if closed {
				tag = tag[:len(tag)-1]
			}
			name, attrs := tag, []byte(nil)
			if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
				name, attrs = tag[:i], tag[i:]
			}
			if i := bytes.IndexByte(name, ':'); i >= 0 {
				name = name[i+1:]
			}
			if x.depthNow++; x.depthNow > x.depth {
				return refuse(feedback.RejectUnreadable, "文件结构嵌套超过%d层，未读取，请用WPS或Office打开后另存再提交。", x.depth)
			}
			if x.element != nil {
				if err := x.element(name, attrs); err != nil {
					return err
				}
			}
			if closed {
				x.depthNow--
			}
		}
	}
}

// xmlAttr is the value of an attribute, without its namespace; empty when it is
// not there.
func xmlAttr(attrs []byte, name string) string {
	for len(attrs) > 0 {
		eq := bytes.IndexByte(attrs, '=')
		if eq < 0 {
			return ""
		}
		key := bytes.TrimSpace(attrs[:eq])
		rest := bytes.TrimLeft(attrs[eq+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return ""
		}
		if i := bytes.IndexByte(key, ':'); i >= 0 {
			key = key[i+1:]
		}
		if string(key) == name {
			return string(rest[1 : 1+end])
		}
		attrs = rest[2+end:]
	}
	return ""
}

// asUTF8 lets a parser go on whatever encoding a part claims: Office writes
// UTF-8 only, and a claim of anything else is damage.
func asUTF8(_ string, input io.Reader) (io.Reader, error) { return input, nil }

// isDiskFault says whether reading failed for a reason that is not in the file.
func isDiskFault(err error) bool {
	var disk *fs.PathError
	return errors.As(err, &disk)
}

// scanFault turns what a scan found into a refusal of the file. Whatever a
// parser says about a file is the file's fault; only the disk's is ours.
func scanFault(err error) error {
	var no *refusal
	var m *marked
	if err == nil || errors.As(err, &no) || errors.As(err, &m) {
		return err
	}
	if isDiskFault(err) {
		return fmt.Errorf("scanning: %w", err)
	}
	return refuse(feedback.RejectUnreadable, "文件不完整或已损坏，请用WPS或Office打开后另存，再重新提交。")
}
