-- What was said at the training $training: how much of each kind, by which department, in which part, on which topic?
SELECT i.kind, i.department, i.segment, coalesce(t.topic, '') AS topic, coalesce(b.state, '') AS state, i.endorses <> '' AS endorsement, count(*) AS items
FROM corpus.item i
LEFT JOIN desk.member m USING (item_id)
LEFT JOIN desk.board b USING (group_key)
LEFT JOIN corpus.topic t USING (topic)
WHERE i.training_id = $training
GROUP BY ALL
ORDER BY ALL
