-- A token reads something once more.
INSERT INTO api_use VALUES ($token_id, $hour, $what, 1, $now, $now)
ON CONFLICT (token_id, hour, what) DO UPDATE SET requests = api_use.requests + 1, last_at = excluded.last_at
