-- Which groups are there, and who stands in each? For comparing two corpora.
SELECT g.group_key, coalesce(list(m.item_id ORDER BY m.item_id), []) AS items
FROM corpus.issue_group g
LEFT JOIN corpus.member m USING (group_key)
GROUP BY g.group_key
ORDER BY g.group_key
