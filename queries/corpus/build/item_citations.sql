-- Which normal forms do items cite, from item number $from on?
SELECT CAST(i.rowid AS INTEGER) AS item_no, c.norm
FROM citation c
JOIN item i USING (item_id)
WHERE i.rowid >= $from
ORDER BY i.rowid, c.ordinal
