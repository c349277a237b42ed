-- What became of the issues $numbers: which outputs were they proposed for, and where do those stand?
SELECT c.issue_no, c.direction, c.status, c.updated_at
FROM candidate c
WHERE list_contains($numbers::INTEGER[], c.issue_no) AND c.status <> '已撤回'
ORDER BY c.issue_no, c.direction, c.candidate_id
