-- Which files has an earlier night taken in, and how did they end?
SELECT sha256, outcome, file, training_id, bytes
FROM previous.source_file
ORDER BY sha256
