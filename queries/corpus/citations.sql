-- What do these items cite, in the order of their texts?
SELECT item_id, norm, label, version, raw
FROM corpus.citation
WHERE item_id IN ($items)
ORDER BY item_id, ordinal
