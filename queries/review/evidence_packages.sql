-- Which evidence packages are there, newest last? Of one candidate, by one hash, or all; does the audit log tell of each?
SELECT p.sha256, p.name, p.bytes, p.candidate_id, p.step_no, p.issue_no, p.direction, p.recipient, p.run_id, p.account_id, coalesce(a.name, '') AS account_name, p.made_at,
    EXISTS (
        SELECT 1 FROM audit u
        WHERE u.action = 'candidate.evidence' AND u.subject = 'candidate:' || p.candidate_id AND json_extract_string(u.detail, '$.sha256') = p.sha256
    ) AS logged
FROM evidence_package p
LEFT JOIN account a USING (account_id)
WHERE ($candidate_id = 0 OR p.candidate_id = $candidate_id) AND ($sha256 = '' OR p.sha256 = $sha256)
ORDER BY p.made_at, p.candidate_id, p.step_no
