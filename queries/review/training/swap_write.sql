-- The turn $turn is taken by $host.
INSERT OR REPLACE INTO hosting_swap (turn, host, reason, account_id, made_at) VALUES ($turn, $host, $reason, $account_id, $made_at)
