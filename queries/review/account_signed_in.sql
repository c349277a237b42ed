-- A good sign-in clears the failed ones.
UPDATE account SET failed = 0, locked_until = NULL, last_seen = $now WHERE account_id = $account_id
