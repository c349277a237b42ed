-- What does the board show of the group $key?
SELECT b.*, coalesce(t.name, '') AS topic_name, coalesce(a.name, '') AS assignee_name
FROM desk.board b
LEFT JOIN corpus.topic t USING (topic)
LEFT JOIN account a ON a.account_id = b.assignee
WHERE b.group_key = $key
