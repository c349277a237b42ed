-- How much is there, and what is new?
SELECT
    (SELECT coalesce(max(items), 0) FROM corpus.run) AS items,
    (SELECT count(*) FROM corpus.item WHERE endorses <> '') AS endorsements,
    (SELECT count(*) FROM corpus.training) AS trainings,
    (SELECT count(DISTINCT value) FROM corpus.group_count WHERE dimension = 'province' AND value <> '') AS provinces,
    count(*) FILTER (b.state = '归并问题') AS issues,
    count(*) FILTER (b.state = '疑似同类') AS suggested,
    count(*) FILTER (b.state = '个性问题') AS singles,
    count(*) FILTER (b.state IN ('归并问题', '疑似同类') AND b.items > 1 AND (b.departments >= 3 OR b.provinces >= 5 OR b.trainings >= 2)) AS common,
    count(*) FILTER (b.state IN ('归并问题', '疑似同类') AND b.born_run = r.run_id) AS new_groups,
    count(*) FILTER (b.state IN ('归并问题', '疑似同类') AND b.changed_run = r.run_id AND b.born_run <> r.run_id) AS grown_groups,
    count(*) FILTER (b.state IN ('归并问题', '疑似同类') AND b.changed_at > $since::TIMESTAMP) AS since_last,
    (SELECT count(*) FROM corpus.reject) AS rejects,
    (SELECT count(*) FROM corpus.source_file WHERE outcome <> '已接收') AS waiting,
    (SELECT count(*) FROM corpus.group_neighbor WHERE proposed AND group_key < other_key) AS proposed,
    (SELECT count(*) FROM corpus.conflict) AS conflicts
FROM desk.board b
LEFT JOIN (SELECT run_id FROM corpus.run ORDER BY finished_at DESC LIMIT 1) r ON true
