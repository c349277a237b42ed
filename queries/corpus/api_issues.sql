-- Which issues follow number $after, in the order of numbers, that meet the filters?
SELECT b.*, coalesce(t.name, '') AS topic_name, coalesce(a.name, '') AS assignee_name
FROM desk.board b
LEFT JOIN corpus.topic t USING (topic)
LEFT JOIN account a ON a.account_id = b.assignee
WHERE b.issue_no > $after AND b.state = '归并问题'
  AND ($status = '' OR b.status = $status)
  AND ($outcome = '' OR b.outcome = $outcome)
  AND ($direction = '' OR list_contains(b.directions, $direction))
  AND ($department = '' OR b.department_items[list_position(['JC', 'FY', 'GA', 'JY', 'SJ', 'XX'], $department)] > 0)
  AND ($training = '' OR list_contains(b.training_list, $training))
  AND ($topic = '' OR starts_with(b.topic, $topic))
  AND ($since::TIMESTAMP < TIMESTAMP '1970-01-02' OR b.changed_at > $since::TIMESTAMP)
  AND (NOT $limited OR list_contains($numbers::INTEGER[], b.issue_no))
ORDER BY b.issue_no
LIMIT $limit
