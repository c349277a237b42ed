-- From which provinces do the group's items come, most first?
SELECT i.province AS value, count(*) AS items
FROM desk.member m
JOIN corpus.item i USING (item_id)
WHERE m.group_key = $key AND i.province <> ''
GROUP BY i.province
ORDER BY items DESC, i.province
