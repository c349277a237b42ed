-- Which texts could new items repeat? Those of items $from to $until that repeat none themselves.
SELECT item_id, text
FROM previous.item
WHERE rowid >= $from AND rowid < $until AND endorses = ''
