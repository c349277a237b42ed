-- Which items does the corpus know already, which texts could new ones repeat, and which file brought each first?
SELECT item_id, text, endorses, coalesce(arg_min(sha256, ordinal), '') AS first
FROM previous.item
LEFT JOIN previous.sighting USING (item_id)
GROUP BY item_id, text, endorses
ORDER BY item_id
