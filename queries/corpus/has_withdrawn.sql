-- Does the corpus tell of withdrawn items? One made by an older program does not.
SELECT count(*) AS n FROM duckdb_tables() WHERE database_name = 'corpus' AND table_name = 'withdrawn_item'
