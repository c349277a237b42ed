-- Which groups lie on the topics that begin with one of $topics?
SELECT b.*, coalesce(t.name, '') AS topic_name, '' AS assignee_name
FROM desk.board b
LEFT JOIN corpus.topic t USING (topic)
WHERE b.state IN ('归并问题', '疑似同类') AND EXISTS (SELECT 1 FROM unnest($topics::VARCHAR[]) AS p(prefix) WHERE starts_with(b.topic, p.prefix))
ORDER BY b.group_key
