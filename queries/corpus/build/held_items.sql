-- Which items does no file give any more, but a person had decided on?
SELECT item_id, reason, decision_seq
FROM previous.conflict
WHERE kind = $kind
ORDER BY item_id
