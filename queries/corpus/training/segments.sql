-- In which parts of the trainings were the items of the group $key said?
SELECT i.training_id, i.segment, count(*) AS items
FROM desk.member m
JOIN corpus.item i USING (item_id)
WHERE m.group_key = $key AND i.segment <> ''
GROUP BY i.training_id, i.segment
ORDER BY i.training_id, i.segment
