-- What are all groups? Those described tonight, and those of which only figures changed.
INSERT INTO issue_group
SELECT p.* REPLACE (
    k.commonality AS commonality, k.growth AS growth, k.priority AS priority, k.dormant AS dormant, k.grew_on AS grew_on,
    CASE WHEN k.changed THEN $run_id ELSE p.changed_run END AS changed_run
)
FROM previous.issue_group p
JOIN kept_group k USING (group_key)
UNION ALL
SELECT n.* REPLACE (
    coalesce(p.born_run, $run_id) AS born_run,
    CASE WHEN n.changed_run = '' THEN coalesce(p.changed_run, $run_id) ELSE n.changed_run END AS changed_run
)
FROM new_group n
LEFT JOIN (SELECT group_key, born_run, changed_run FROM previous.issue_group SEMI JOIN new_group USING (group_key)) p USING (group_key)
ORDER BY group_key
