-- Which run made this corpus? Written last: it counts what is there.
INSERT INTO run
SELECT $run_id, $started_at, $finished_at, $version, $dictionary_hash, CAST($options AS JSON), nullif($previous_run, ''), $decision_seq,
       (SELECT count(*) FROM item), (SELECT count(*) FROM issue_group), (SELECT max(given_on) FROM item)
