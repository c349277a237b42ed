-- Who stands in each group, and what does it share with it?
INSERT INTO member
SELECT p.*
FROM previous.member p
SEMI JOIN (SELECT group_key FROM kept_group WHERE NOT standing) k USING (group_key)
UNION ALL
SELECT p.group_key, p.item_id, k.rank, k.strength, k.level, k.borderline, k.decided, p.shared
FROM kept_member k
JOIN item i ON i.rowid = k.item_no
JOIN previous.member p USING (item_id)
UNION ALL
FROM new_member
ORDER BY group_key, rank
