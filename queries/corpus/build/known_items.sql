-- Which of the items read tonight does the corpus know already, and which file brought each first?
SELECT i.item_id, coalesce(arg_min(s.sha256, s.ordinal), '') AS first
FROM (SELECT item_id FROM previous.item SEMI JOIN read_item USING (item_id)) i
LEFT JOIN (SELECT item_id, sha256, ordinal FROM previous.sighting SEMI JOIN read_item USING (item_id)) s USING (item_id)
GROUP BY i.item_id
ORDER BY i.item_id
