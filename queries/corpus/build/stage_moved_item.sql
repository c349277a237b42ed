-- Where stand the items whose neighbours were found tonight?
CREATE TEMP TABLE moved_item (item_no INTEGER)
