-- Which undecided items might belong to the group $key?
SELECT i.item_id, i.training_id, i.department, i.province, i.unit, i.kind, i.segment, i.given_on, i.stem, i.text, i.background, i.legal_basis, i.reply, i.language,
    i.endorses, i.near_of, i.added_run, i.contributor_key,
    coalesce(m.group_key, '') AS group_key, s.rank, s.score AS strength, '' AS level, false AS borderline, false AS decided, false AS moved, '[]' AS shared
FROM corpus.suggestion s
JOIN corpus.item i USING (item_id)
LEFT JOIN (
    SELECT item_id, group_key FROM desk.member WHERE item_id IN (SELECT item_id FROM corpus.suggestion WHERE group_key = $key)
) m USING (item_id)
WHERE s.group_key = $key AND (m.group_key IS NULL OR m.group_key <> $key)
ORDER BY s.score DESC, i.item_id
LIMIT 20
