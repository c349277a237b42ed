-- What are all items? Old ones in their places, then new ones by ID. One read again tonight keeps when it came and what it repeats.
INSERT INTO item
SELECT * EXCLUDE (place)
FROM (
    SELECT p.*, p.rowid AS place
    FROM previous.item p
    WHERE item_id NOT IN (SELECT item_id FROM new_item)
        AND item_id NOT IN (SELECT item_id FROM leaving_item WHERE NOT kept)
    UNION ALL
    SELECT n.* REPLACE (
        coalesce(p.endorses, n.endorses) AS endorses, coalesce(p.near_of, n.near_of) AS near_of, coalesce(p.added_run, n.added_run) AS added_run
    ), coalesce(p.rowid, 9000000000000000000) AS place
    FROM new_item n
    LEFT JOIN previous.item p ON p.item_id = n.item_id
)
ORDER BY place, item_id
