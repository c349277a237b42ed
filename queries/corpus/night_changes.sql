-- What did the run do to which groups? At most $limit of each kind, the largest first.
SELECT l.group_key, l.other_key, l.kind, l.items, l.cause, l.happened_at, coalesce(b.title, '') AS title, coalesce(b.state, '') AS state,
    coalesce(b.issue_no, 0) AS issue_no, coalesce(b.status, '') AS status, coalesce(b.items, 0) AS size,
    coalesce(b.issue_version, 0) AS issue_version, coalesce(b.endorsements, 0) AS endorsements, coalesce(b.changed_run, '') AS changed_run,
    coalesce(o.title, '') AS other_title, coalesce(o.issue_no, 0) AS other_no
FROM corpus.lineage l
LEFT JOIN desk.board b USING (group_key)
LEFT JOIN desk.board o ON o.group_key = l.other_key
WHERE l.run_id = $run AND coalesce(b.state, '') <> '个性问题'
QUALIFY row_number() OVER (PARTITION BY l.kind ORDER BY coalesce(b.issue_no > 0, false) DESC, coalesce(b.items, 0) DESC, l.event_no) <= $limit
ORDER BY l.kind, coalesce(b.issue_no > 0, false) DESC, coalesce(b.items, 0) DESC, l.event_no
