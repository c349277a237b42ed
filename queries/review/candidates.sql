-- Which output directions are the issues $issues candidates for, by their own numbers or those merged into them?
SELECT c.candidate_id, c.issue_no, c.direction, c.reason, c.status, c.author, coalesce(a.name, '') AS author_name, c.created_at, c.updated_at, c.version,
    CAST(c.fields AS VARCHAR) AS fields, coalesce(w.round, 0) AS round, w.due_on, coalesce(w.recipient, '') AS recipient, coalesce(w.result, '') AS result,
    coalesce(w.result_reason, '') AS result_reason, coalesce(w.result_doc, '') AS result_doc, w.result_on, coalesce(w.told, '') AS told, w.told_on
FROM candidate c
LEFT JOIN candidate_way w USING (candidate_id)
LEFT JOIN account a ON a.account_id = c.author
WHERE c.issue_no IN ($issues) OR c.issue_no IN (SELECT issue_no FROM issue WHERE merged_into IN ($issues))
ORDER BY c.candidate_id
