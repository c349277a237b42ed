-- From $from_turn on the departments host in this order.
INSERT OR REPLACE INTO hosting_order (from_turn, departments, reason, account_id, made_at)
VALUES ($from_turn, $departments::VARCHAR[], $reason, $account_id, $made_at)
