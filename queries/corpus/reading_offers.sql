-- Between which groups might a reader waver over each item? The group it stands in, those of its nearest items, those nearest to its own.
WITH asked AS (SELECT unnest($items::VARCHAR[]) AS item_id),
near AS (
    SELECT n.item_id, n.other_id, n.rank FROM corpus.item_neighbor n WHERE n.item_id IN (SELECT item_id FROM asked)
),
placed AS (
    SELECT m.item_id, m.group_key
    FROM desk.member m
    JOIN desk.board b USING (group_key)
    WHERE b.items > 1 AND b.state IN ('归并问题', '疑似同类')
      AND (m.item_id IN (SELECT item_id FROM asked) OR m.item_id IN (SELECT other_id FROM near))
),
offers AS (
    SELECT a.item_id, p.group_key, 0 AS rank FROM asked a JOIN placed p USING (item_id)
    UNION ALL
    SELECT n.item_id, p.group_key, n.rank FROM near n JOIN placed p ON p.item_id = n.other_id
    UNION ALL
    SELECT a.item_id, g.other_key, 100 + g.rank
    FROM asked a
    JOIN placed p USING (item_id)
    JOIN corpus.group_neighbor g ON g.group_key = p.group_key
    JOIN desk.board b ON b.group_key = g.other_key
    WHERE b.items > 1 AND b.state IN ('归并问题', '疑似同类')
)
SELECT item_id, group_key, min(rank) AS rank
FROM offers
GROUP BY item_id, group_key
ORDER BY item_id, rank, group_key
