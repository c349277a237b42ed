-- What steps did the candidate take, oldest first?
SELECT s.step_no, s.version, s.step, s.before, s.after, s.text, s.account_id, coalesce(a.name, '') AS name, coalesce(a.department, '') AS department, s.taken_at
FROM candidate_step s
LEFT JOIN account a USING (account_id)
WHERE s.candidate_id = $candidate_id
ORDER BY s.step_no
