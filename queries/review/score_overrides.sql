-- Which parts of the scorecards of the issues $issues did people set, oldest first?
SELECT o.issue_no, o.part, o.score IS NOT NULL AS stands, coalesce(o.score, 0) AS score, o.reason, o.account_id, coalesce(a.name, '') AS name, o.made_at
FROM score_override o
LEFT JOIN account a USING (account_id)
WHERE o.issue_no IN ($issues)
ORDER BY o.entry_no
