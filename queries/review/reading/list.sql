-- Which studies are there, the latest first, and how far is each reader? Of one study when $reading_id is not 0.
SELECT r.reading_id, r.title, r.question, coalesce(b.source, '') AS source, r.options, coalesce(b.option_titles, []) AS option_titles, coalesce(b.ask_kind, false) AS ask_kind, coalesce(b.seed, 0) AS seed,
    coalesce(b.run_id, '') AS run_id, r.readers, r.made_by, coalesce(m.name, '') AS made_by_name,
    r.made_at, p.applied_at, len(r.items) AS item_count,
    (SELECT count(*) FROM reading_answer a WHERE a.reading_id = r.reading_id AND a.account_id = r.readers[1]) AS answered_first,
    (SELECT count(*) FROM reading_answer a WHERE a.reading_id = r.reading_id AND a.account_id = r.readers[2]) AS answered_second,
    EXISTS (SELECT 1 FROM reading_done d WHERE d.reading_id = r.reading_id AND d.account_id = r.readers[1]) AS done_first,
    EXISTS (SELECT 1 FROM reading_done d WHERE d.reading_id = r.reading_id AND d.account_id = r.readers[2]) AS done_second,
    coalesce(f.name, '') AS first_name, coalesce(s.name, '') AS second_name
FROM reading r
LEFT JOIN reading_brief b USING (reading_id)
LEFT JOIN reading_applied p USING (reading_id)
LEFT JOIN account m ON m.account_id = r.made_by
LEFT JOIN account f ON f.account_id = r.readers[1]
LEFT JOIN account s ON s.account_id = r.readers[2]
WHERE $reading_id = 0 OR r.reading_id = $reading_id
ORDER BY r.reading_id DESC
LIMIT 200
