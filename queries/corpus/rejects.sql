-- What was turned away, why, and how can it be mended?
SELECT sha256, file, sheet, row_no, column_name, part, reason, mend, excerpt
FROM corpus.reject
ORDER BY file, sheet, row_no, column_name, part
LIMIT 5000
