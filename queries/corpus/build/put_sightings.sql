-- Where was every item seen? Old places keep their order, new ones follow; a place is listed once. Of the files $again
-- only what tonight's reading gives counts, save for items kept because a person decided on them.
INSERT INTO sighting
SELECT item_id,
       row_number() OVER (PARTITION BY item_id ORDER BY age, ordinal, sha256, sheet, row_no, column_name, part) AS ordinal,
       sha256, file, sheet, row_no, column_name, part
FROM (
    SELECT *, 0 AS age
    FROM previous.sighting
    WHERE item_id NOT IN (SELECT item_id FROM leaving_item WHERE NOT kept)
        AND (NOT list_contains($again, sha256) OR item_id IN (SELECT item_id FROM leaving_item WHERE kept))
    UNION ALL
    -- Seen in the same file before: its rank among the files stays.
    SELECT DISTINCT n.item_id, coalesce(p.ordinal, n.ordinal), n.sha256, n.file, n.sheet, n.row_no, n.column_name, n.part, if(p.ordinal IS NULL, 1, 0) AS age
    FROM new_sighting n
    LEFT JOIN (
        SELECT item_id, sha256, min(ordinal) AS ordinal
        FROM previous.sighting
        WHERE list_contains($again, sha256)
        GROUP BY item_id, sha256
    ) p ON p.item_id = n.item_id AND p.sha256 = n.sha256
    WHERE NOT EXISTS (
        SELECT 1 FROM previous.sighting o
        WHERE o.item_id = n.item_id AND o.sha256 = n.sha256 AND o.sheet = n.sheet AND o.row_no = n.row_no AND o.column_name = n.column_name
            AND o.part = n.part AND NOT list_contains($again, o.sha256)
    )
)
ORDER BY item_id, ordinal
