-- Which turns were exchanged, and why?
SELECT s.turn, s.host, s.reason, s.account_id, s.made_at, coalesce(a.name, '') AS name
FROM hosting_swap s
LEFT JOIN account a USING (account_id)
ORDER BY s.turn
