-- Which common issues are still open? The $each strongest of every topic.
SELECT b.*, coalesce(t.name, '') AS topic_name, coalesce(a.name, '') AS assignee_name
FROM desk.board b
LEFT JOIN corpus.topic t USING (topic)
LEFT JOIN account a ON a.account_id = b.assignee
WHERE b.state IN ('归并问题', '疑似同类') AND b.status <> '已反馈' AND b.items > 1 AND (b.departments >= 3 OR b.provinces >= 5 OR b.trainings >= 2)
QUALIFY row_number() OVER (PARTITION BY b.topic ORDER BY b.commonality DESC, b.items DESC, b.group_key) <= $each
ORDER BY b.topic, b.commonality DESC, b.items DESC, b.group_key
