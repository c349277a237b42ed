package embedding

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

// parquetBatch is how many vectors are decoded at a time.
const parquetBatch = 1024

// readParquet calls f for every row of a Parquet file with the columns id (text
// or whole number) and vector (list of numbers). Rows without a vector are
// passed over. The slice is reused.
func readParquet(ctx context.Context, path string, f func(id string, vector []float32) error) (err error) {
	src, err := os.Open(path)
	if err != nil {
		return errors.New("打不开文件")
	}
	defer src.Close()
	defer func() { // the decoder panics at some damage
		if recover() != nil {
			err = errors.New("不是完好的 Parquet 文件")
		}
	}()
	pr, err := file.NewParquetReader(src)
	if err != nil {
		return errors.New("不是完好的 Parquet 文件")
	}
	fr, err := pqarrow.NewFileReader(pr, pqarrow.ArrowReadProperties{BatchSize: parquetBatch}, memory.NewGoAllocator())
	if err != nil {
		return fmt.Errorf("不是完好的 Parquet 文件（%w）", err)
	}
	rr, err := fr.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return fmt.Errorf("无法读取（%w）", err)
	}
	defer rr.Release()
	idAt, vectorAt := rr.Schema().FieldIndices("id"), rr.Schema().FieldIndices("vector")
	if len(idAt) != 1 || len(vectorAt) != 1 {
		return errors.New("应有 id 和 vector 两列")
	}
	for {
		rec, err := rr.Read()
		if errors.Is(err, io.EOF) || rec == nil && err == nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("文件已损坏（%w）", err)
		}
		list, ok := rec.Column(vectorAt[0]).(array.ListLike)
		if !ok {
			return errors.New("vector 列应为数字的列表")
		}
		value, err := numbers(list.ListValues())
		if err != nil {
			return err
		}
		var vector []float32
		for row := range int(rec.NumRows()) {
			id, ok := idOf(rec.Column(idAt[0]), row)
			if !ok {
				return errors.New("id 列应为文字或整数，且不能为空")
			}
			if list.IsNull(row) {
				continue
			}
			from, to := list.ValueOffsets(row)
			vector = vector[:0]
			for i := from; i < to; i++ {
				vector = append(vector, value(int(i)))
			}
			square := 0.0
			for _, x := range vector {
				square += float64(x) * float64(x)
			}
			if !(square > 0) || square > 1e30 {
				return fmt.Errorf("id %q 的向量是空的或无效的", id)
			}
			if err := f(id, vector); err != nil {
				return err
			}
		}
	}
}

func idOf(column arrow.Array, row int) (string, bool) {
	if column.IsNull(row) {
		return "", false
	}
	switch c := column.(type) {
	case *array.String:
		return c.Value(row), true
	case *array.LargeString:
		return c.Value(row), true
	case *array.Int64:
		return strconv.FormatInt(c.Value(row), 10), true
	case *array.Int32:
		return strconv.FormatInt(int64(c.Value(row)), 10), true
	}
	return "", false
}

func numbers(values arrow.Array) (func(i int) float32, error) {
	switch v := values.(type) {
	case *array.Float32:
		return v.Value, nil
	case *array.Float64:
		return func(i int) float32 { return float32(v.Value(i)) }, nil
	}
	return nil, errors.New("vector 列应为数字的列表")
}
