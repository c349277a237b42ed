-- Where stands in which items each of those words is?
CREATE TEMP TABLE new_posting (number INTEGER, item_no INTEGER)
