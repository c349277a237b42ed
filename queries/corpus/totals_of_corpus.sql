-- How much is there, whatever people decide?
SELECT
    (SELECT coalesce(max(items), 0) FROM corpus.run) AS items,
    (SELECT count(*) FROM corpus.item WHERE endorses <> '') AS endorsements,
    (SELECT count(*) FROM corpus.training) AS trainings,
    (SELECT count(DISTINCT value) FROM corpus.group_count WHERE dimension = 'province' AND value <> '') AS provinces,
    (SELECT count(*) FROM corpus.reject) AS rejects,
    (SELECT count(*) FROM corpus.source_file WHERE outcome <> '已接收') AS waiting,
    (SELECT count(*) FROM corpus.group_neighbor WHERE proposed AND group_key < other_key) AS proposed,
    (SELECT count(*) FROM corpus.conflict) AS conflicts
