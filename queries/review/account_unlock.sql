-- The lock after failed tries is lifted.
UPDATE account SET failed = 0, locked_until = NULL WHERE account_id = $account_id
