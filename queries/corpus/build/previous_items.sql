-- How many items did the last night leave?
SELECT count(*) FROM previous.item
