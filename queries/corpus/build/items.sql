-- How many items are there?
SELECT count(*) FROM item
