-- Where stand the items whose texts are needed again?
CREATE TEMP TABLE wanted_item (item_no INTEGER)
