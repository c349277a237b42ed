-- What are these items?
SELECT item_id, training_id, department, province, unit, kind, segment, given_on, stem, text, background, legal_basis, reply, language,
    endorses, near_of, added_run, contributor_key
FROM corpus.item
WHERE item_id IN ($items)
