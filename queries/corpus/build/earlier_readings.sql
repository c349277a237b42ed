-- How were the files $again read last?
SELECT sha256, first_run, rows_in, items_out, repeated, rejected, CAST(masked AS VARCHAR) AS masked, CAST(report AS VARCHAR) AS report
FROM previous.source_file
WHERE list_contains($again, sha256)
ORDER BY sha256
