-- A session begins or changes.
INSERT INTO http_session VALUES ($token, $data, $expires_at, $account_id, $created_at)
ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at, account_id = excluded.account_id
