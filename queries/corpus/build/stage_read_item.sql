-- Where stand the items read tonight, new or not?
CREATE TEMP TABLE read_item (item_id VARCHAR)
