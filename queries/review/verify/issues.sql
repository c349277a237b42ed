-- Where do the issues contradict the decisions they came from? One row a rule, with how often it is broken.
SELECT 'issue without decision' AS name, n > 0 AS broken, n FROM (
    SELECT count(*) AS n FROM issue ANTI JOIN (SELECT issue_no FROM decision WHERE kind = 'confirm' OR kind = 'split') USING (issue_no)
)
UNION ALL
SELECT 'number given twice', n > 0, n FROM (SELECT count(*) - count(DISTINCT issue_no) AS n FROM issue)
UNION ALL
SELECT 'revision without issue', n > 0, n FROM (SELECT count(*) AS n FROM revision ANTI JOIN issue USING (issue_no))
UNION ALL
SELECT 'issue without revision', n > 0, n FROM (SELECT count(*) AS n FROM issue ANTI JOIN revision USING (issue_no))
UNION ALL
SELECT 'decisions missing', n > 0, n FROM (SELECT coalesce(max(seq), 0) - count(*) AS n FROM decision)
ORDER BY name
