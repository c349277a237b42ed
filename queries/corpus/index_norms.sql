-- Which items cite which norm, by its label and as it was written?
SELECT c.label, c.raw, i.rowid AS "row" FROM corpus.citation c JOIN corpus.item i USING (item_id) ORDER BY c.label, c.raw, i.rowid
