-- How are these groups called, and which of their members best show what they are about? Items of the study itself are left out.
SELECT b.group_key, b.title, b.issue_no, b.items, coalesce(x.examples, []) AS examples
FROM desk.board b
LEFT JOIN (
    SELECT m.group_key, list(i.text ORDER BY m.rank, i.item_id)[1:3] AS examples
    FROM desk.member m
    JOIN corpus.item i USING (item_id)
    WHERE m.group_key IN (SELECT unnest($keys::VARCHAR[])) AND m.item_id NOT IN (SELECT unnest($items::VARCHAR[]))
    GROUP BY m.group_key
) x USING (group_key)
WHERE b.group_key IN (SELECT unnest($keys::VARCHAR[]))
ORDER BY b.group_key
