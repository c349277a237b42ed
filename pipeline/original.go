package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/pipeline/lexicon"
	"tongtang/queries"
)

// Original is a place of an archived source as it was handed in: unmasked. It
// is made to be shown once to a person who may see it and is stored nowhere.
type Original struct {
	File  string         `json:"file"`
	Cells []OriginalCell `json:"cells"` // in the order of the source; empty cells left out
}

// OriginalCell is one cell of the row, or the text of a paragraph or turn.
type OriginalCell struct {
	Header string `json:"header"` // of the column; 姓名, 单位, 发言 where there are no columns
	Text   string `json:"text"`
	Asked  bool   `json:"asked"` // the column that was asked for
}

// ErrNoOriginal says that the archived source has nothing at the place asked
// for.
var ErrNoOriginal = errors.New("档案原件的这一位置没有内容：可能列的对应在读取之后改过，请核对文件、工作表和行号")

// soleName stands for the file's own while it is read back: what its name says
// of department or training is not asked for.
const soleName = "source"

// ReadOriginal reads one row, paragraph or turn back from the archive by its
// provenance. Only place's SHA256, File (for a member of a zip), Sheet, Row and
// Column count. The file is read as the last night read it, and no further
// than the place.
func ReadOriginal(ctx context.Context, folder queries.Folder, place feedback.Source) (Original, error) {
	out := Original{File: place.File}
	if len(place.SHA256) != 64 || strings.Trim(place.SHA256, "0123456789abcdef") != "" {
		return out, fmt.Errorf("来源编号 %q 不是 SHA-256（64 位小写十六进制）", place.SHA256)
	}
	tables, err := lexicon.Load(folder.Lexicon())
	if err != nil {
		return out, err
	}
	log, err := queries.ReadDecisions(ctx, folder.Decisions())
	if err != nil {
		return out, err
	}
	decided, err := settle(log)
	if err != nil {
		return out, err
	}
	mappings, err := decided.forms()
	if err != nil {
		return out, err
	}
	decoder, err := intake.New(tables, intake.Options{Mappings: mappings, Encodings: decided.encoding})
	if err != nil {
		return out, err
	}
	path, err := archivedAs(folder, place.SHA256)
	if err != nil {
		return out, err
	}
	enough := errors.New("enough")
	var said []feedback.Submission
	here := func(s feedback.Source) bool {
		if s.Row != place.Row || s.Sheet != place.Sheet {
			return false
		}
		// A zip's member is named below the zip; the zip itself may have been in
		// a folder, and has the extension it was archived with.
		outer, ok := strings.CutSuffix(place.File, strings.TrimPrefix(s.File, soleName))
		return s.File == soleName || ok && strings.EqualFold(filepath.Ext(outer), filepath.Ext(path))
	}
	_, err = decoder.Decode(ctx, intake.File{Path: path, Name: soleName, SHA256: place.SHA256}, intake.Handler{
		Row: func(src feedback.Source, columns []intake.Column, cells []string) error {
			if len(out.Cells) > 0 {
				return enough
			}
			if !here(src) {
				return nil
			}
			for i, text := range cells {
				c := OriginalCell{Text: strings.TrimSpace(text)}
				if at := slices.IndexFunc(columns, func(c intake.Column) bool { return c.Index == i }); at >= 0 {
					c.Header = columns[at].Header
				}
				// A header longer than a source's column name was cut there.
				c.Asked = place.Column != "" && (c.Header == place.Column || strings.HasPrefix(c.Header, strings.TrimSuffix(place.Column, "…")) && strings.HasSuffix(place.Column, "…"))
				if c.Text != "" {
					out.Cells = append(out.Cells, c)
				}
			}
			return nil
		},
		Submission: func(s feedback.Submission) error {
			if !here(s.Source) {
				if len(said) > 0 {
					return enough
				}
				return nil
			}
			said = append(said, s)
			return nil
		},
	})
	if err != nil && !errors.Is(err, enough) {
		return out, fmt.Errorf("reading %s: %w", place.File, err)
	}
	if len(out.Cells) == 0 {
		out.Cells = turnCells(said, place.Column)
	}
	if len(out.Cells) == 0 {
		return out, ErrNoOriginal
	}
	return out, nil
}

// turnCells is what stands at a place without columns: who said it, and what.
func turnCells(said []feedback.Submission, column string) []OriginalCell {
	var cells []OriginalCell
	add := func(header, text string, asked bool) {
		c := OriginalCell{header, strings.TrimSpace(text), asked}
		if c.Text != "" && !slices.Contains(cells, c) {
			cells = append(cells, c)
		}
	}
	for _, s := range said {
		add("姓名", s.Name, false)
		add("单位", s.Unit, false)
		add("标题", s.Heading, false)
		header := s.Source.Column
		if header == "" {
			header = "原文"
		}
		add(header, s.Text, s.Source.Column == column)
		add("背景", s.Background, false)
		add("法律依据", s.LegalBasis, false)
		add("现场答复", s.Reply, false)
	}
	return cells
}
