-- Which token has this hash?
SELECT token_id, team, department, scopes, handed_only, hint, per_minute, created_by, created_at, expires_at, revoked_by, revoked_at
FROM api_token
WHERE hash = $hash
