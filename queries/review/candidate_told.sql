-- What was proposed for and answered to each issue, of those not withdrawn?
SELECT c.issue_no, c.candidate_id, c.direction, c.status, coalesce(w.result, '') AS result, coalesce(w.result_reason, '') AS result_reason,
    coalesce(w.result_doc, '') AS result_doc, w.result_on, coalesce(w.told, '') AS told, w.told_on
FROM candidate c
LEFT JOIN candidate_way w USING (candidate_id)
WHERE c.status <> '已撤回'
ORDER BY c.issue_no, c.candidate_id
