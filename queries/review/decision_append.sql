-- A person decided.
INSERT INTO decision VALUES ($seq, $made_at, $account_id, $kind, $group_key, $other_key, $issue_no, $items, $payload, $undoes)
