-- What was turned away of the file $sha256, why, and how can it be mended?
SELECT sha256, file, sheet, row_no, column_name, part, reason, mend, excerpt
FROM corpus.reject
WHERE sha256 = $sha256
ORDER BY file, sheet, row_no, column_name, part, reason
LIMIT 20000
