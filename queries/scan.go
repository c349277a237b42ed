package queries

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// args names a statement's parameters.
type args map[string]any

// each is a list given to a statement as one parameter an element: where the
// statement says $items it gets $items_0, $items_1, ... An IN over constants is
// looked up in an index; one over unnest($items) reads the whole table.
type each []string

// eachNo is each for numbers.
type eachNo []int

// eachMost is the longest list worth looking up one by one.
const eachMost = 500

func (a args) named(text string) (string, []any) {
	out := make([]any, 0, len(a))
	for k, v := range a {
		switch list := v.(type) {
		case each:
			text, out = spread(text, out, k, list)
		case eachNo:
			text, out = spread(text, out, k, list)
		default:
			out = append(out, sql.Named(k, v))
		}
	}
	return text, out
}

// spread writes a parameter for every element in the place of $k.
func spread[T any](text string, out []any, k string, list []T) (string, []any) {
	if len(list) == 0 {
		return strings.ReplaceAll(text, "$"+k, "NULL"), out
	}
	var names strings.Builder
	for i, v := range list {
		if i > 0 {
			names.WriteString(", ")
		}
		name := k + "_" + strconv.Itoa(i)
		names.WriteString("$" + name)
		out = append(out, sql.Named(name, v))
	}
	return strings.ReplaceAll(text, "$"+k, names.String()), out
}

// rowsOfEach is rows for any number of items, so many at a time that each is
// looked up in an index. The answer keeps the statement's order within a part.
func rowsOfEach[T any](ctx context.Context, q querier, name string, items []string) (out []T, err error) {
	for part := range slices.Chunk(items, eachMost) {
		list, err := rows[T](ctx, q, name, args{"items": each(part)})
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// rows runs queries/<name>.sql and reads every row into a T, whose fields are
// found by their column tag. NULL reads as the zero value; a list as a slice.
func rows[T any](ctx context.Context, q querier, name string, a args) ([]T, error) {
	text, values := a.named(SQL(name))
	r, err := q.QueryContext(ctx, text, values...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	fields, err := fieldsOf(reflect.TypeFor[T](), columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []T
	cells := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for r.Next() {
		if err := r.Scan(into...); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var t T
		v := reflect.ValueOf(&t).Elem()
		for i, f := range fields {
			if err := assign(v.FieldByIndex(f), cells[i]); err != nil {
				return nil, fmt.Errorf("%s: column %s: %w", name, columns[i], err)
			}
		}
		out = append(out, t)
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// one is rows for a statement that answers with one row at most.
func one[T any](ctx context.Context, q querier, name string, a args) (T, bool, error) {
	all, err := rows[T](ctx, q, name, a)
	if err != nil || len(all) == 0 {
		var none T
		return none, false, err
	}
	return all[0], true, nil
}

// exec runs queries/<name>.sql. Every error is looked at: DuckDB's Commit can
// answer nil after a failed statement.
func exec(ctx context.Context, q querier, name string, a args) error {
	text, values := a.named(SQL(name))
	if _, err := q.ExecContext(ctx, text, values...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

var fieldCache sync.Map // reflect.Type -> map[string][]int

func fieldsOf(t reflect.Type, columns []string) ([][]int, error) {
	byName, ok := fieldCache.Load(t)
	if !ok {
		m := map[string][]int{}
		for _, f := range reflect.VisibleFields(t) {
			if name := f.Tag.Get("column"); name != "" {
				m[name] = f.Index
			}
		}
		byName, _ = fieldCache.LoadOrStore(t, m)
	}
	out := make([][]int, len(columns))
	for i, c := range columns {
		idx, ok := byName.(map[string][]int)[strings.ToLower(c)]
		if !ok {
			return nil, fmt.Errorf("%s has no field for column %q", t, c)
		}
		out[i] = idx
	}
	return out, nil
}

func assign(dst reflect.Value, cell any) error {
	if cell == nil {
		return nil
	}
	if _, ok := cell.(time.Time); ok && dst.Type() == reflect.TypeFor[time.Time]() {
		dst.Set(reflect.ValueOf(cell))
		return nil
	}
	// sum() of integers is a HUGEINT.
	if big, ok := cell.(*big.Int); ok {
		if !big.IsInt64() {
			return fmt.Errorf("%s is too large", big)
		}
		cell = big.Int64()
	}
	src := reflect.ValueOf(cell)
	switch dst.Kind() {
	case reflect.Slice:
		if b, ok := cell.([]byte); ok && dst.Type().Elem().Kind() == reflect.Uint8 {
			dst.SetBytes(b)
			return nil
		}
		list, ok := cell.([]any)
		if !ok {
			return fmt.Errorf("%T is no list", cell)
		}
		s := reflect.MakeSlice(dst.Type(), len(list), len(list))
		for i, c := range list {
			if err := assign(s.Index(i), c); err != nil {
				return err
			}
		}
		dst.Set(s)
		return nil
	default:
		if !src.CanConvert(dst.Type()) || (dst.Kind() == reflect.String && src.Kind() != reflect.String) {
			return fmt.Errorf("%T does not fit %s", cell, dst.Type())
		}
		dst.Set(src.Convert(dst.Type()))
		return nil
	}
}
