-- Which parts of a corpus of today does the attached one have? One made by an older program lacks some.
SELECT
    (SELECT count(*) > 0 FROM duckdb_tables() WHERE database_name = $catalog AND table_name = 'withdrawn_item') AS withdrawn,
    (SELECT count(*) > 0 FROM duckdb_columns() WHERE database_name = $catalog AND table_name = 'item_neighbor' AND column_name = 'item_no') AS neighbors
