-- One more failed try.
UPDATE account SET failed = failed + 1, locked_until = $locked_until WHERE account_id = $account_id
