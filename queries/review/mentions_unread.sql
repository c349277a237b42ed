-- How many notes that name this person have they not read?
SELECT count(*) AS n
FROM note n
WHERE list_contains(n.mentions, $account_id::INTEGER)
  AND NOT EXISTS (SELECT 1 FROM mention_read r WHERE r.note_id = n.note_id AND r.account_id = $account_id)
