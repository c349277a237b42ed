-- Which items lie nearest to item $item_id?
SELECT i.item_id, i.training_id, i.department, i.province, i.unit, i.kind, i.segment, i.given_on, i.stem, i.text, i.background, i.legal_basis, i.reply, i.language,
    i.endorses, i.near_of, i.added_run, i.contributor_key,
    coalesce(m.group_key, '') AS group_key, n.rank, n.similarity AS strength, '[]' AS shared
FROM corpus.item_neighbor n
JOIN corpus.item i ON i.item_id = n.other_id
LEFT JOIN (
    SELECT item_id, group_key FROM desk.member WHERE item_id IN (SELECT other_id FROM corpus.item_neighbor WHERE item_id = $item_id)
) m ON m.item_id = n.other_id
WHERE n.item_id = $item_id
ORDER BY n.rank, i.item_id
LIMIT 10
