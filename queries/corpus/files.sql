-- Which files were taken in, and what became of each, latest first?
SELECT sha256, file, training_id, format, encoding, bytes, first_run, outcome, rows_in, items_out, repeated, rejected,
    CAST(masked AS VARCHAR) AS masked, CAST(report AS VARCHAR) AS report
FROM corpus.source_file
ORDER BY outcome = '已接收', first_run DESC, training_id DESC, file, sha256
