-- What did the departments say of the candidate, oldest first?
SELECT v.voice_no, v.round, v.kind, v.department, v.stance, v.text, v.on_behalf, v.account_id, coalesce(a.name, '') AS name, v.given_at
FROM candidate_voice v
LEFT JOIN account a USING (account_id)
WHERE v.candidate_id = $candidate_id
ORDER BY v.voice_no
