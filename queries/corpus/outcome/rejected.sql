-- Which rows of the training's files were not taken in, and why?
SELECT r.sha256, r.file, r.sheet, r.row_no, r.column_name, r.part, r.reason, r.mend, r.excerpt
FROM corpus.reject r
JOIN corpus.source_file f USING (sha256)
WHERE f.training_id = $training
ORDER BY r.file, r.sheet, r.row_no, r.column_name, r.part, r.reason
LIMIT 20000
