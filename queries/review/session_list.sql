-- Who is signed in?
SELECT token, data, expires_at, account_id, created_at FROM http_session WHERE expires_at > $now ORDER BY token
