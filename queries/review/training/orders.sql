-- In what order do the departments host, from which turn on?
SELECT o.from_turn, o.departments, o.reason, o.account_id, o.made_at, coalesce(a.name, '') AS name
FROM hosting_order o
LEFT JOIN account a USING (account_id)
ORDER BY o.from_turn
