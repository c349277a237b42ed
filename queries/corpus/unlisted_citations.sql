-- Which documents that the statutes table does not have does each item cite?
SELECT item_id, norm
FROM corpus.citation
WHERE statute_id = ''
ORDER BY item_id, ordinal
