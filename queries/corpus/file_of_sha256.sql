-- What became of the file $sha256?
SELECT sha256, file, training_id, format, encoding, bytes, first_run, outcome, rows_in, items_out, repeated, rejected,
    CAST(masked AS VARCHAR) AS masked, CAST(report AS VARCHAR) AS report
FROM corpus.source_file
WHERE sha256 = $sha256
