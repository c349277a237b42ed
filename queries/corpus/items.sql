-- What are these items?
SELECT i.item_id, i.training_id, i.department, i.province, i.unit, i.kind, i.segment, i.given_on, i.stem, i.text, i.background, i.legal_basis, i.reply, i.language,
    i.endorses, i.near_of, i.added_run, i.contributor_key, '[]' AS shared
FROM corpus.item i
WHERE i.item_id IN (SELECT unnest($items::VARCHAR[]))
ORDER BY i.item_id
