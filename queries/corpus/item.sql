-- What is item $item_id, and in which group does it stand?
SELECT i.item_id, i.training_id, i.department, i.province, i.unit, i.kind, i.segment, i.given_on, i.stem, i.text, i.background, i.legal_basis, i.reply, i.language,
    i.endorses, i.near_of, i.added_run, i.contributor_key,
    coalesce(m.group_key, '') AS group_key, coalesce(m.rank, 0) AS rank, coalesce(m.strength, 0) AS strength, coalesce(m.level, '') AS level,
    coalesce(m.borderline, false) AS borderline, coalesce(m.decided, false) AS decided, coalesce(m.moved, false) AS moved, coalesce(CAST(m.shared AS VARCHAR), '[]') AS shared
FROM corpus.item i
LEFT JOIN desk.member m USING (item_id)
WHERE i.item_id = $item_id
