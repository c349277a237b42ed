-- Which run made the corpus that is attached?
SELECT run_id, started_at, finished_at, version, dictionary_hash, previous_run, decision_seq, items, issue_groups, data_until, CAST(options AS VARCHAR) AS options
FROM corpus.run
ORDER BY finished_at DESC, run_id
LIMIT 1
