-- How much does each analyst have in hand?
SELECT a.account_id, a.name, a.department, count(b.issue_no) AS open, count(b.issue_no) FILTER (b.due_on < $today::DATE) AS overdue
FROM account a
LEFT JOIN desk.board b ON b.assignee = a.account_id AND b.state = '归并问题' AND b.status NOT IN ('已移送', '已反馈')
WHERE a.active AND a.role IN ('研判', '复核')
GROUP BY a.account_id, a.name, a.department
ORDER BY a.account_id
