-- Which studies wait for this person's reading, and which for a third person to settle them?
SELECT r.reading_id, r.title, len(r.items) AS item_count, r.made_at, coalesce(m.name, '') AS made_by_name, list_contains(r.readers, $account_id::INTEGER) AS mine,
    (SELECT count(*) FROM reading_answer a WHERE a.reading_id = r.reading_id AND a.account_id = $account_id) AS answered
FROM reading r
LEFT JOIN account m ON m.account_id = r.made_by
WHERE (list_contains(r.readers, $account_id::INTEGER) AND NOT EXISTS (SELECT 1 FROM reading_done d WHERE d.reading_id = r.reading_id AND d.account_id = $account_id))
   OR ($settles AND NOT list_contains(r.readers, $account_id::INTEGER) AND NOT EXISTS (SELECT 1 FROM reading_applied p WHERE p.reading_id = r.reading_id)
       AND (SELECT count(*) FROM reading_done d WHERE d.reading_id = r.reading_id AND list_contains(r.readers, d.account_id)) = 2)
ORDER BY r.reading_id DESC
LIMIT 50
