-- Which proposals of others wait for a reviewer?
SELECT c.candidate_id, c.issue_no, c.direction, c.reason, c.status, c.author, coalesce(a.name, '') AS author_name, c.created_at, c.updated_at, i.title
FROM candidate c
JOIN issue i USING (issue_no)
LEFT JOIN account a ON a.account_id = c.author
WHERE c.status = '待复核' AND c.author <> $account_id
ORDER BY c.created_at, c.candidate_id
LIMIT 50
