-- What changed in a candidate's form after $version, oldest first?
SELECT e.version, e.field, e.before, e.after, e.account_id, coalesce(a.name, '') AS name, e.changed_at
FROM candidate_edit e
LEFT JOIN account a USING (account_id)
WHERE e.candidate_id = $candidate_id AND e.version > $version
ORDER BY e.version, e.field
