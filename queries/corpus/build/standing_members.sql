-- Who stood in those groups?
SELECT m.group_key, CAST(i.rowid AS INTEGER) AS item_no
FROM previous.member m
JOIN previous.issue_group g USING (group_key)
JOIN item i USING (item_id)
WHERE g.standing
ORDER BY m.group_key, m.item_id
