-- What restricted texts are noted of the candidate, oldest first?
SELECT r.entry_no, r.field, r.text, r.account_id, coalesce(a.name, '') AS name, r.written_at
FROM candidate_restricted r
LEFT JOIN account a USING (account_id)
WHERE r.candidate_id = $candidate_id
ORDER BY r.entry_no
