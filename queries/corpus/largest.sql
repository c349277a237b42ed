-- Which groups are so large that a page shows only some of their members, the largest first?
SELECT group_key FROM corpus.issue_group WHERE items > 100 ORDER BY items DESC, group_key LIMIT 100
