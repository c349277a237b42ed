-- What did people decide, in the order they did?
SELECT seq, kind, group_key, other_key, issue_no, items, CAST(payload AS VARCHAR) AS payload, undoes FROM decision ORDER BY seq
