-- Which items does a study have, in order?
SELECT reading_id, ordinal, item_id, machine, offered FROM reading_item WHERE reading_id = $reading_id ORDER BY ordinal
