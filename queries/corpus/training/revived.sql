-- Which groups were heard at $latest, at none of the trainings $silent just before it, but earlier? And which had been answered and came back?
SELECT b.*, coalesce(t.name, '') AS topic_name, coalesce(a.name, '') AS assignee_name
FROM desk.board b
LEFT JOIN corpus.topic t USING (topic)
LEFT JOIN account a ON a.account_id = b.assignee
WHERE b.state IN ('归并问题', '疑似同类')
  AND list_contains(b.training_list, $latest)
  AND ((len(b.training_list) > 1 AND NOT list_has_any(b.training_list, $silent::VARCHAR[]))
    OR b.status = '已反馈'
    OR EXISTS (SELECT 1 FROM corpus.lineage l WHERE l.group_key = b.group_key AND l.kind = '再现' AND l.run_id = (SELECT max(run_id) FROM corpus.run)))
ORDER BY b.commonality DESC, b.items DESC, b.group_key
