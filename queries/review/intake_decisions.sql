-- What did people decide about forms and files, taken-back decisions left out, in order?
SELECT d.seq, d.made_at, d.account_id, coalesce(a.name, '') AS name, d.kind, CAST(d.payload AS VARCHAR) AS payload
FROM decision d
LEFT JOIN account a USING (account_id)
WHERE d.kind IN ('mapping', 'training', 'encoding', 'reread')
  AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq)
ORDER BY d.seq
