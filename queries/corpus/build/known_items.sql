-- Which items does the corpus know already, and which texts could new ones repeat?
SELECT item_id, text, endorses FROM previous.item ORDER BY item_id
