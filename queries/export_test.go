package queries

import "context"

// Prepare asks DuckDB whether a statement fits the open store.
func Prepare(ctx context.Context, s *Store, name string) error {
	st, err := s.db.PrepareContext(ctx, SQL(name))
	if err != nil {
		return err
	}
	defer st.Close()
	return nil
}

// Prepare asks DuckDB whether a statement fits the corpus being built.
func (b *Build) Prepare(ctx context.Context, name string) error {
	st, err := b.conn.PrepareContext(ctx, SQL(name))
	if err != nil {
		return err
	}
	defer st.Close()
	return nil
}
