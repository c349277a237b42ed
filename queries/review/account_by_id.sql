-- Who is account $account_id?
SELECT account_id, login, name, department, role, password_hash, active, must_change, failed, locked_until, created_at, last_seen
FROM account
WHERE account_id = $account_id
