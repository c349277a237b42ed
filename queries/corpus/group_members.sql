-- Which items stand in the group $key, most central first?
SELECT i.item_id, i.training_id, i.department, i.province, i.unit, i.kind, i.segment, i.given_on, i.stem, i.text, i.background, i.legal_basis, i.reply, i.language,
    i.endorses, i.near_of, i.added_run, i.contributor_key,
    m.group_key, m.rank, m.strength, m.level, m.borderline, m.decided, m.moved, CAST(m.shared AS VARCHAR) AS shared
FROM desk.member m
JOIN corpus.item i USING (item_id)
WHERE m.group_key = $key
ORDER BY m.rank, i.item_id
