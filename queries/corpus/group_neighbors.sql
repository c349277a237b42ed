-- Which groups lie nearest to the group $key?
SELECT b.group_key, b.title, b.state, b.issue_no, b.status, b.outcome, b.items, n.similarity, n.proposed
FROM corpus.group_neighbor n
JOIN desk.board b ON b.group_key = n.other_key
WHERE n.group_key = $key AND b.state <> '已并入'
ORDER BY n.rank, b.group_key
LIMIT 12
