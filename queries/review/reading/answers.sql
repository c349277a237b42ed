-- What was answered in a study? Account 0 holds what was settled.
SELECT a.item_id, a.account_id, a.answer, coalesce(k.kind, '') AS kind, coalesce(k.note, '') AS note, a.given_at, a.given_by, coalesce(w.name, '') AS given_by_name
FROM reading_answer a
LEFT JOIN reading_remark k USING (reading_id, item_id, account_id)
LEFT JOIN account w ON w.account_id = a.given_by
WHERE a.reading_id = $reading_id AND ($account_id < 0 OR a.account_id = $account_id)
ORDER BY a.item_id, a.account_id
