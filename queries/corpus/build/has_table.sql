-- Does the corpus of the last night have the table $name? One made by an older program may not.
SELECT count(*) FROM duckdb_tables() WHERE database_name = 'previous' AND table_name = $name
