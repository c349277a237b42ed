-- Who stood in those groups?
SELECT m.group_key, m.item_id
FROM previous.member m
JOIN previous.issue_group g USING (group_key)
WHERE g.standing
ORDER BY m.group_key, m.item_id
