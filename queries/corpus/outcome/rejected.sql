-- How many rows of the training's files were not taken in?
SELECT count(*) AS n
FROM corpus.reject r
JOIN corpus.source_file f USING (sha256)
WHERE f.training_id = $training
