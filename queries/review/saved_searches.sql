-- Which saved searches may a person see: their own, and those shared with their department? One of them when $search_id is not 0.
SELECT s.search_id, s.account_id, coalesce(a.name, '') AS name_of_owner, s.name, s.path, s.saved_at, coalesce(h.department, '') AS shared_with,
    v.visited_at, coalesce(v.run_id, '') AS run_id, coalesce(v.hits, 0) AS hits
FROM saved_search s
LEFT JOIN account a USING (account_id)
LEFT JOIN saved_search_share h USING (search_id)
LEFT JOIN saved_search_visit v ON v.search_id = s.search_id AND v.account_id = $account_id
WHERE (s.account_id = $account_id OR h.department = $department) AND ($search_id = 0 OR s.search_id = $search_id)
ORDER BY s.account_id <> $account_id, s.search_id DESC
LIMIT 24
