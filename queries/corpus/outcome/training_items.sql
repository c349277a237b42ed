-- What was said at the training, by whom, and where does each item stand? By contributor, then as handed in.
SELECT i.item_id, i.training_id, i.department, i.province, i.kind, i.segment, i.given_on, i.stem, i.text, i.background, i.endorses, i.contributor_key,
    coalesce(m.group_key, '') AS group_key, coalesce(b.state, '') AS state, coalesce(b.issue_no, 0) AS issue_no, coalesce(b.title, '') AS title,
    coalesce(b.status, '') AS status, coalesce(b.outcome, '') AS outcome
FROM corpus.item i
LEFT JOIN desk.member m USING (item_id)
LEFT JOIN desk.board b ON b.group_key = m.group_key
WHERE i.training_id = $training
ORDER BY i.contributor_key, i.item_id
