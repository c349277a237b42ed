-- When was each issue last answered, of those that stand as answered?
SELECT i.issue_no, i.group_key, i.title, i.outcome, max(r.changed_at) AS answered_at
FROM issue i
JOIN revision r ON r.issue_no = i.issue_no AND r.field = 'status' AND starts_with(r.after, '已反馈')
WHERE i.status = '已反馈' AND i.merged_into = 0
GROUP BY ALL
ORDER BY i.issue_no
