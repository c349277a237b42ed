-- What did items say, from item number $from on?
SELECT CAST(rowid AS INTEGER) AS item_no, stem, text FROM item WHERE rowid >= $from
