-- Where wait the neighbours found tonight?
CREATE TEMP TABLE new_neighbor AS FROM item_neighbor LIMIT 0
