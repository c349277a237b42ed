-- Which tokens are there, newest first, and when was each last used, how often? By its hash, by its number, or all.
SELECT t.token_id, t.team, t.department, t.scopes, t.handed_only, t.hint, t.per_minute, t.created_by, coalesce(c.name, '') AS created_by_name, t.created_at, t.expires_at,
    t.revoked_by, coalesce(r.name, '') AS revoked_by_name, t.revoked_at, u.last_used_at, coalesce(u.requests, 0) AS requests
FROM api_token t
LEFT JOIN account c ON c.account_id = t.created_by
LEFT JOIN account r ON r.account_id = t.revoked_by
LEFT JOIN (SELECT token_id, max(last_at) AS last_used_at, sum(requests) AS requests FROM api_use GROUP BY token_id) u USING (token_id)
WHERE ($hash = '' OR t.hash = $hash) AND ($token_id = 0 OR t.token_id = $token_id)
ORDER BY t.token_id DESC
