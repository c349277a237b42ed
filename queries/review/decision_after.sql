-- Which standing decision after $seq concerns the same groups? The first.
SELECT d.seq, d.made_at, d.account_id, coalesce(a.name, '') AS name, d.kind
FROM decision d
LEFT JOIN account a USING (account_id)
WHERE d.seq > $seq
  AND d.undoes = 0
  AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq)
  AND d.group_key <> ''
  AND (d.group_key IN ($group_key, $other_key) OR (d.other_key <> '' AND d.other_key IN ($group_key, $other_key)))
ORDER BY d.seq
LIMIT 1
