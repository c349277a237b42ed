-- A token holds no longer.
UPDATE api_token SET revoked_by = $account_id, revoked_at = $now WHERE token_id = $token_id
