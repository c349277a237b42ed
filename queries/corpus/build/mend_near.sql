-- Which items nearly repeat one that was withdrawn? They stand for themselves.
UPDATE item SET near_of = '' WHERE near_of <> '' AND near_of NOT IN (SELECT item_id FROM item)
