-- Which archived files does the corpus rest on, and which run took each in?
SELECT sha256, file, training_id, first_run, outcome FROM corpus.source_file ORDER BY sha256
