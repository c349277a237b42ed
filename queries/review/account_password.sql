-- A new password; it also ends a lock.
UPDATE account SET password_hash = $password_hash, must_change = $must_change, failed = 0, locked_until = NULL WHERE account_id = $account_id
