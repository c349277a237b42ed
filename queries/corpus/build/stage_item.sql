-- Where do tonight's new items wait until they are put in order with the old ones?
CREATE TEMP TABLE new_item AS FROM item LIMIT 0
