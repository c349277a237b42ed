-- Which candidates are there, and since when does each stand where it stands? Those due first, then the longest standing.
SELECT c.candidate_id, c.issue_no, c.direction, c.reason, c.status, c.author, coalesce(a.name, '') AS author_name, c.created_at, c.updated_at, c.version,
    CAST(c.fields AS VARCHAR) AS fields, coalesce(w.round, 0) AS round, w.due_on, coalesce(w.recipient, '') AS recipient, coalesce(w.result, '') AS result,
    coalesce(w.result_reason, '') AS result_reason, coalesce(w.result_doc, '') AS result_doc, w.result_on, coalesce(w.told, '') AS told, w.told_on, coalesce(i.title, '') AS title, coalesce(s.taken_at, c.created_at) AS since
FROM candidate c
LEFT JOIN candidate_way w USING (candidate_id)
LEFT JOIN account a ON a.account_id = c.author
LEFT JOIN issue i ON i.issue_no = c.issue_no
LEFT JOIN (SELECT candidate_id, max(taken_at) AS taken_at FROM candidate_step GROUP BY candidate_id) s ON s.candidate_id = c.candidate_id
WHERE ($direction = '' OR c.direction = $direction) AND ($status = '' OR c.status = $status)
ORDER BY w.due_on NULLS LAST, since, c.candidate_id
