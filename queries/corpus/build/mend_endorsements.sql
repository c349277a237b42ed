-- Who speaks for a text whose first speaker was withdrawn? The earliest of those that said it after.
UPDATE item
SET endorses = CASE WHEN item.item_id = heir.item_id THEN '' ELSE heir.item_id END
FROM (
    SELECT endorses AS original, (list(item_id ORDER BY given_on NULLS LAST, item_id))[1] AS item_id
    FROM item
    WHERE endorses <> '' AND endorses NOT IN (SELECT item_id FROM item)
    GROUP BY endorses
) heir
WHERE item.endorses = heir.original
