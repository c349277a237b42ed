-- Which run made the previous corpus, when, with what?
SELECT started_at, finished_at, version, dictionary_hash, coalesce(previous_run, '') AS previous_run, decision_seq, CAST(options AS VARCHAR) AS options,
       coalesce((SELECT carried FROM previous.memory), false) AS carried
FROM previous.run
