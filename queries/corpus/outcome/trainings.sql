-- What became of what was said at each training, latest first?
SELECT t.training_id, t.title, t.host, t.starts_on, t.ends_on,
    count(i.item_id) AS items,
    count(DISTINCT i.contributor_key) FILTER (i.contributor_key <> '') AS contributors,
    count(*) FILTER (coalesce(b.issue_no, 0) <> 0) AS in_issues,
    count(DISTINCT b.issue_no) FILTER (b.issue_no <> 0) AS issues,
    count(*) FILTER (b.state = '疑似同类') AS suggested,
    count(DISTINCT b.issue_no) FILTER (b.issue_no <> 0 AND b.status IN ('已移送', '已反馈')) AS handed,
    count(DISTINCT b.issue_no) FILTER (b.issue_no <> 0 AND b.status = '已反馈') AS answered
FROM corpus.training t
LEFT JOIN corpus.item i USING (training_id)
LEFT JOIN desk.member m USING (item_id)
LEFT JOIN desk.board b ON b.group_key = m.group_key
GROUP BY ALL
ORDER BY t.training_id DESC
