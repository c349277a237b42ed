package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
)

// looksLikeJSON says whether the text begins with a JSON object, or an array of
// them.
func looksLikeJSON(text string) bool {
	t := strings.TrimLeft(text, " \t\r\n")
	if rest, ok := strings.CutPrefix(t, "["); ok {
		t = strings.TrimLeft(rest, " \t\r\n")
	}
	rest, ok := strings.CutPrefix(t, "{")
	if !ok {
		return false
	}
	rest = strings.TrimLeft(rest, " \t\r\n")
	return strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "}")
}

// decodeJSONL reads one object a line, or one array of objects. Keys are mapped
// as headers are, in Chinese or English.
func (r *reading) decodeJSONL(src io.Reader) error {
	j := &jsonReading{r: r, src: r.source(), keys: map[string]Column{}, sheet: &SheetReport{Mapping: &Mapping{Form: r.file.Name, Certainty: 1}}}
	defer func() {
		r.report.Sheets = append(r.report.Sheets, *j.sheet)
	}()
	br := bufio.NewReaderSize(contextReader{src, r}, 64<<10)
	for {
		c, err := br.Peek(1)
		if err != nil {
			return nil
		}
		if c[0] != ' ' && c[0] != '\t' && c[0] != '\r' && c[0] != '\n' && c[0] != 0xef && c[0] != 0xbb && c[0] != 0xbf {
			break
		}
		_, _ = br.Discard(1)
	}
	if c, _ := br.Peek(1); len(c) == 1 && c[0] == '[' {
		return j.array(br)
	}
	return j.lines(br)
}

type jsonReading struct {
	r     *reading
	src   feedback.Source
	keys  map[string]Column
	sheet *SheetReport
}

func (j *jsonReading) lines(br *bufio.Reader) error {
	limit := 8 * j.r.d.limits.CellBytes
	var line []byte
	for n := 1; ; n++ {
		line = line[:0]
		long := false
		var err error
		for {
			var part []byte
			part, err = br.ReadSlice('\n')
			if len(line)+len(part) <= limit {
				line = append(line, part...)
			} else {
				long = true
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		j.src.Row = n
		switch text := strings.TrimSpace(string(line)); {
		case long:
			j.sheet.Rejects++
			if err := j.r.reject(j.src, feedback.RejectTooLarge, fmt.Sprintf("本行超过%s，未读取。", sizeWords(int64(limit))), ""); err != nil {
				return err
			}
		case text != "":
			if err := j.object([]byte(text)); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

// array reads one array of objects, an element at a time: an element too long is
// skipped, a broken one rejected, and reading goes on.
func (j *jsonReading) array(br *bufio.Reader) error {
	if _, err := br.Discard(1); err != nil {
		return err
	}
	limit := 8 * j.r.d.limits.CellBytes
	var element []byte
	long, inString, escaped := false, false, false
	depth := 0
	j.src.Row = 0
	finish := func() error {
		text := bytes.TrimSpace(element)
		defer func() { element, long = element[:0], false }()
		if len(text) == 0 && !long {
			return nil
		}
		j.src.Row++
		if long {
			j.sheet.Rejects++
			return j.r.reject(j.src, feedback.RejectTooLarge, fmt.Sprintf("第%d条超过%s，未读取。", j.src.Row, sizeWords(int64(limit))), "")
		}
		return j.object(text)
	}
	for {
		b, err := br.ReadByte()
		if errors.Is(err, io.EOF) {
			// The array was never closed: what it ends with is no element.
			j.src.Row++
			j.sheet.Rejects++
			return j.r.reject(j.src, feedback.RejectUnreadable, fmt.Sprintf("JSON没有写完，自第%d条起未读取，请重新导出。", j.src.Row), "")
		}
		if err != nil {
			return err
		}
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = b == '\\'
			inString = b != '"'
		case b == '"':
			inString = true
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']' && depth > 0:
			depth--
		case b == ']':
			return finish()
		case b == ',' && depth == 0:
			if err := finish(); err != nil {
				return err
			}
			continue
		}
		if len(element) < limit {
			element = append(element, b)
		} else {
			long = true
		}
	}
}

// object reads one object. Nested values are kept as their JSON text when they
// stand under a text key, else left out.
func (j *jsonReading) object(raw []byte) error {
	if j.sheet.Rows++; j.sheet.Rows > j.r.d.limits.Rows {
		return &refusal{feedback.RejectTooLarge, fmt.Sprintf("超过%d条，其后未读取，请拆分为几个文件后重新提交。", j.r.d.limits.Rows), &j.src}
	}
	j.r.report.RowsIn++
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		j.sheet.Rejects++
		return j.r.reject(j.src, feedback.RejectUnreadable, fmt.Sprintf("第%d行不是有效的JSON对象，请检查引号和逗号。", j.src.Row), "")
	}
	names := make([]string, 0, len(fields))
	for k := range fields {
		names = append(names, k)
	}
	slices.Sort(names)
	rec := record{row: j.src.Row, setting: j.r.setting}
	for _, k := range names {
		v := jsonText(fields[k])
		if v == "" {
			continue
		}
		c, ok := j.keys[k]
		if !ok {
			c = j.r.d.recognise(k)
			if len(j.keys) < 1000 {
				c.Index = len(j.sheet.Mapping.Columns)
				j.keys[k] = c
				j.sheet.Mapping.Columns = append(j.sheet.Mapping.Columns, c)
			}
		}
		rec.put(c, v, j.src.Row)
	}
	if len(rec.texts) == 0 && len(rec.remarks) == 0 {
		hasText := slices.ContainsFunc(names, func(k string) bool { return j.keys[k].Field.IsText() })
		j.sheet.Rejects++
		if hasText {
			return j.r.reject(j.src, feedback.RejectEmpty, "本行没有填写问题、意见或建议，如有内容请补填。", "")
		}
		return j.r.reject(j.src, feedback.RejectNoTextColumn, "本行没有 text（或 问题、意见、建议、内容）字段，请补上后重新提交。", "")
	}
	return j.r.emit(j.sheet, j.src, rec)
}

func jsonText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case bool:
		return ""
	case float64:
		b, _ := json.Marshal(v)
		return string(b)
	case []any:
		// A list of answers: as if each stood under its own number.
		var parts []string
		for _, e := range v {
			if s := jsonText(e); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "┋")
	}
	return ""
}
