-- Under which catalog name is the file at $path attached?
SELECT database_name FROM duckdb_databases() WHERE path = $path
