-- What did the items that are needed again say?
SELECT w.item_no, i.text
FROM wanted_item w
JOIN item i ON i.rowid = w.item_no
