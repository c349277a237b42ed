-- How many groups are there of each kind, and what did the last night do to them?
SELECT
    count(*) FILTER (b.state = '归并问题') AS issues,
    count(*) FILTER (b.state = '疑似同类') AS suggested,
    (SELECT count(*) FROM desk.board WHERE state = '个性问题') AS singles,
    count(*) FILTER (b.items > 1 AND (b.departments >= 3 OR b.provinces >= 5 OR b.trainings >= 2)) AS common,
    count(*) FILTER (b.born_run = $run) AS new_groups,
    count(*) FILTER (b.changed_run = $run AND b.born_run <> $run) AS grown_groups
FROM desk.board b
WHERE b.state IN ('归并问题', '疑似同类')
