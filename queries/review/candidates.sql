-- Which output directions is the issue a candidate for?
SELECT c.candidate_id, c.issue_no, c.direction, c.reason, c.status, c.author, coalesce(a.name, '') AS author_name, c.created_at, c.updated_at
FROM candidate c
LEFT JOIN account a ON a.account_id = c.author
WHERE c.issue_no = $issue_no
ORDER BY c.candidate_id
