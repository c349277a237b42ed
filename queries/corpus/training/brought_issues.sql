-- Which issues and suggested groups does the training $training speak to?
SELECT b.*, coalesce(t.name, '') AS topic_name, coalesce(a.name, '') AS assignee_name
FROM desk.board b
LEFT JOIN corpus.topic t USING (topic)
LEFT JOIN account a ON a.account_id = b.assignee
WHERE b.state IN ('归并问题', '疑似同类') AND list_contains(b.training_list, $training)
ORDER BY b.state, b.items DESC, b.group_key
