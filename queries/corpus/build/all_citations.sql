-- Which normal forms does each item cite?
SELECT item_id, norm FROM citation ORDER BY item_id, ordinal
