-- What are all items, old and new, in the order of their IDs? One read again tonight keeps when it came and what it repeats.
INSERT INTO item
FROM (
    FROM previous.item
    WHERE item_id NOT IN (SELECT item_id FROM new_item)
        AND item_id NOT IN (SELECT item_id FROM leaving_item WHERE NOT kept)
    UNION ALL
    SELECT n.* REPLACE (
        coalesce(p.endorses, n.endorses) AS endorses, coalesce(p.near_of, n.near_of) AS near_of, coalesce(p.added_run, n.added_run) AS added_run
    )
    FROM new_item n
    LEFT JOIN previous.item p ON p.item_id = n.item_id
)
ORDER BY item_id
