-- Which tables of the previous corpus are not as this program makes them?
WITH columns AS (
    SELECT database_name = 'previous' AS previous, table_name, string_agg(column_name || ' ' || data_type, ',' ORDER BY column_index) AS layout
    FROM duckdb_columns()
    WHERE database_name = 'previous' OR database_name = current_database()
    GROUP BY ALL
)
SELECT coalesce(a.table_name, b.table_name) AS table_name
FROM (FROM columns WHERE previous) a
FULL JOIN (FROM columns WHERE NOT previous) b USING (table_name)
WHERE a.layout IS DISTINCT FROM b.layout
ORDER BY table_name
