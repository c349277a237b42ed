-- When was this person last here?
UPDATE account SET last_seen = $now WHERE account_id = $account_id AND (last_seen IS NULL OR last_seen < $now)
