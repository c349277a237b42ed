package queries

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"reflect"
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

func (a args) named() []any {
	out := make([]any, 0, len(a))
	for k, v := range a {
		out = append(out, sql.Named(k, v))
	}
	return out
}

// rows runs queries/<name>.sql and reads every row into a T, whose fields are
// found by their column tag. NULL reads as the zero value; a list as a slice.
func rows[T any](ctx context.Context, q querier, name string, a args) ([]T, error) {
	r, err := q.QueryContext(ctx, SQL(name), a.named()...)
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
	if _, err := q.ExecContext(ctx, SQL(name), a.named()...); err != nil {
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
