-- Into which group was the group $key merged?
SELECT s.other_key, coalesce(b.issue_no, 0) AS issue_no
FROM desk.group_state s
LEFT JOIN desk.board b ON b.group_key = s.other_key
WHERE s.group_key = $key
