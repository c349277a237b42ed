-- Which group follows the group $key in a list?
WITH listed AS (
    SELECT b.group_key, row_number() OVER (
        ORDER BY
            CASE $sort
                WHEN 'priority' THEN b.priority
                WHEN 'commonality' THEN b.commonality
                WHEN 'size' THEN b.items
                WHEN 'growth' THEN b.growth
                WHEN 'newest' THEN epoch(b.last_on)
                WHEN 'number' THEN CASE WHEN b.issue_no > 0 THEN -b.issue_no END
                WHEN 'due' THEN -epoch(b.due_on)
            END DESC NULLS LAST,
            b.priority DESC,
            b.group_key
    ) AS n
    FROM desk.board b
    WHERE ($every OR b.state IN ($states))
      AND ($department = '' OR b.department_items[list_position(['JC', 'FY', 'GA', 'JY', 'SJ', 'XX'], $department)] > 0)
      AND ($silent = '' OR b.department_items[list_position(['JC', 'FY', 'GA', 'JY', 'SJ', 'XX'], $silent)] = 0)
      AND ($province = '' OR list_contains(b.province_list, $province))
      AND ($training = '' OR list_contains(b.training_list, $training))
      AND ($topic = '' OR starts_with(b.topic, $topic))
      AND ($status = '' OR b.status = $status)
      AND ($outcome = '' OR b.outcome = $outcome)
      AND ($direction = '' OR list_contains(b.directions, $direction))
      AND ($kind = '' OR CASE $kind WHEN '问题' THEN b.questions WHEN '意见' THEN b.opinions ELSE b.suggestions END > 0)
      AND ($nature = '' OR b.nature = $nature)
      AND ($text = '' OR contains(b.title, $text) OR ($latin AND contains(lower(b.title), lower($text))) OR list_contains(b.keywords, $text) OR b.issue_no = $number)
      AND ($assignee = 0 OR b.assignee = $assignee)
      AND ($since::TIMESTAMP < TIMESTAMP '1970-01-02' OR b.changed_at > $since::TIMESTAMP)
)
SELECT group_key
FROM listed
WHERE n = coalesce((SELECT n FROM listed WHERE group_key = $key), 0) + 1
