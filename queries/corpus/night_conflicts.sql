-- Where does new material speak against a decision, and nobody has answered yet?
SELECT c.group_key, c.other_key, c.item_id, c.kind, c.reason, c.decision_seq, coalesce(b.title, '') AS title, coalesce(b.issue_no, 0) AS issue_no
FROM corpus.conflict c
LEFT JOIN desk.board b USING (group_key)
WHERE NOT EXISTS (
    SELECT 1 FROM decision d
    WHERE d.group_key = c.group_key AND list_contains(d.items, c.item_id) AND d.kind IN ('attach', 'detach') AND d.undoes = 0
      AND (d.seq > (SELECT coalesce(max(decision_seq), 0) FROM corpus.run)
           OR json_extract_string(d.payload, '$.declined') = c.kind
           OR (c.kind = '建议移出' AND json_extract_string(d.payload, '$.stay') = 'true'))
      AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq)
)
ORDER BY c.kind, c.group_key, c.item_id, c.other_key
LIMIT 200
