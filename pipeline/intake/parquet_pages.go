package intake

import (
	"context"
	"io"

	"github.com/apache/arrow/go/v15/parquet/file"
	parquetmeta "github.com/apache/arrow/go/v15/parquet/metadata"
	"github.com/apache/thrift/lib/go/thrift"
)

// The kinds of page in parquet.thrift, and the largest header any of them has
// in practice many times over.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
	pageHeaderMax  = 1 << 20
)

// pageHeader is what of parquet.thrift's PageHeader a walk needs.
type pageHeader struct {
	kind, size, unpacked, values int32
}

// wholePages says whether every column's pages lie one after another inside
// the file and hold as many values as the footer promises. The library reads on
// from stale bytes, for ever and with growing memory, where they do not.
func wholePages(pr *file.Reader, f io.ReaderAt, size, maxPage int64) bool {
	for i := range pr.NumRowGroups() {
		group := pr.MetaData().RowGroup(i)
		for c := range group.NumColumns() {
			chunk, err := group.ColumnChunk(c)
			if err != nil || !wholeChunk(chunk, f, size, maxPage) {
				return false
			}
		}
	}
	return true
}

func wholeChunk(chunk *parquetmeta.ColumnChunkMetaData, f io.ReaderAt, size, maxPage int64) bool {
	at := chunk.DataPageOffset()
	if chunk.HasDictionaryPage() && chunk.DictionaryPageOffset() > 0 {
		at = min(at, chunk.DictionaryPageOffset())
	}
	end := at + chunk.TotalCompressedSize()
	if at < 0 || end < at || end > size || chunk.NumValues() < 0 {
		return false
	}
	for left := chunk.NumValues(); left > 0; {
		h, length, ok := readPageHeader(f, at, end)
		if !ok || h.size < 0 || h.unpacked < 0 || int64(h.unpacked) > maxPage {
			return false
		}
		switch h.kind {
		case pageData, pageDataV2:
			if h.values < 0 {
				return false
			}
			left -= int64(h.values)
		case pageDictionary:
		default:
			return false
		}
		if at += length + int64(h.size); at > end {
			return false
		}
	}
	return true
}

// readPageHeader reads the header that begins at a byte of the file, and says
// how long it is.
func readPageHeader(f io.ReaderAt, at, end int64) (h pageHeader, length int64, ok bool) {
	for room := int64(1 << 10); ; room *= 16 {
		room = min(room, end-at)
		body := make([]byte, room)
		if n, err := f.ReadAt(body, at); int64(n) < room && err != nil {
			return h, 0, false
		}
		from := thrift.NewTMemoryBuffer()
		_, _ = from.Write(body) // never fails
		h = pageHeader{kind: -1}
		if h.read(thrift.NewTCompactProtocolConf(from, nil)) == nil {
			return h, room - int64(from.RemainingBytes()), true
		}
		if room >= pageHeaderMax || room == end-at {
			return h, 0, false
		}
	}
}

func (h *pageHeader) read(p *thrift.TCompactProtocol) error {
	return eachField(p, func(id int16, kind thrift.TType) (bool, error) {
		var err error
		switch {
		case id == 1 && kind == thrift.I32:
			h.kind, err = p.ReadI32(context.Background())
		case id == 2 && kind == thrift.I32:
			h.unpacked, err = p.ReadI32(context.Background())
		case id == 3 && kind == thrift.I32:
			h.size, err = p.ReadI32(context.Background())
		case (id == 5 || id == 8) && kind == thrift.STRUCT: // DataPageHeader, DataPageHeaderV2
			err = eachField(p, func(id int16, kind thrift.TType) (bool, error) {
				if id != 1 || kind != thrift.I32 {
					return false, nil
				}
				var err error
				h.values, err = p.ReadI32(context.Background())
				return true, err
			})
		default:
			return false, nil
		}
		return true, err
	})
}

// eachField walks a struct; fields that take does not read are skipped.
func eachField(p *thrift.TCompactProtocol, take func(id int16, kind thrift.TType) (bool, error)) error {
	ctx := context.Background()
	if _, err := p.ReadStructBegin(ctx); err != nil {
		return err
	}
	for {
		_, kind, id, err := p.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if kind == thrift.STOP {
			return p.ReadStructEnd(ctx)
		}
		taken, err := take(id, kind)
		if err == nil && !taken {
			err = p.Skip(ctx, kind)
		}
		if err == nil {
			err = p.ReadFieldEnd(ctx)
		}
		if err != nil {
			return err
		}
	}
}
