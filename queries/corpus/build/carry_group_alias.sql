-- Under which earlier keys were groups known before tonight?
INSERT INTO group_alias
FROM previous.group_alias
WHERE NOT list_contains($fresh, alias_key)
