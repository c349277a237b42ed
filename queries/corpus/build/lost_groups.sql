-- Which groups were to be kept as they were, but did not stand like that?
SELECT k.group_key
FROM kept_group k
ANTI JOIN previous.issue_group p ON p.group_key = k.group_key AND p.standing = k.standing AND p.items = k.items
ORDER BY k.group_key
