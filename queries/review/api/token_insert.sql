-- A program of a drafting team may read.
INSERT INTO api_token
VALUES ($token_id, $team, $department, $scopes, $handed_only, $hint, $hash, $per_minute, $account_id, $now, $expires_at, 0, NULL)
