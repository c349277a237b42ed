-- Which files did run $run_id take in for the first time?
SELECT file, sha256, training_id, outcome, items_out, rejected
FROM previous.source_file
WHERE first_run = $run_id
ORDER BY sha256
