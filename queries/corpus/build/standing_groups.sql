-- How did the last night leave the groups? An item that stands alone is none.
SELECT group_key, founding_item, coalesce(CAST(grew_on AS VARCHAR), '') AS grew_on, dormant
FROM previous.issue_group
WHERE standing
ORDER BY group_key
