-- What does the board show of the issues of the groups $keys, now that something was written on them?
UPDATE desk.board SET
    title = CASE WHEN i.title <> '' THEN i.title ELSE board.title END,
    status = i.status,
    outcome = i.outcome,
    topic = CASE WHEN i.topic <> '' THEN i.topic ELSE coalesce((SELECT g.topic FROM corpus.issue_group g WHERE g.group_key IN ($keys) AND g.group_key = board.group_key), '') END,
    issue_version = i.version,
    directions = coalesce((SELECT list(DISTINCT c.direction ORDER BY c.direction) FROM candidate c WHERE c.issue_no = i.issue_no AND c.status <> '已撤回'), []),
    assignee = coalesce((SELECT w.account_id FROM assignment w WHERE w.issue_no = i.issue_no), 0),
    due_on = (SELECT w.due_on FROM assignment w WHERE w.issue_no = i.issue_no AND w.account_id <> 0),
    changed_at = greatest(board.changed_at, i.updated_at)
FROM issue i
WHERE board.group_key IN ($keys) AND board.issue_no = i.issue_no
