-- Which items lie nearest to item $item_id?
WITH near AS (
    SELECT i.item_id, n.rank, n.similarity
    FROM corpus.item_neighbor n
    JOIN corpus.item i ON i.rowid = n.other_no
    WHERE n.item_no = (SELECT rowid FROM corpus.item WHERE item_id = $item_id)
)
SELECT i.item_id, i.training_id, i.department, i.province, i.unit, i.kind, i.segment, i.given_on, i.stem, i.text, i.background, i.legal_basis, i.reply, i.language,
    i.endorses, i.near_of, i.added_run, i.contributor_key,
    coalesce(m.group_key, '') AS group_key, n.rank, CAST(n.similarity AS DOUBLE) AS strength, '[]' AS shared
FROM near n
JOIN corpus.item i USING (item_id)
LEFT JOIN (SELECT item_id, group_key FROM desk.member SEMI JOIN near USING (item_id)) m USING (item_id)
ORDER BY n.rank, i.item_id
LIMIT 10
