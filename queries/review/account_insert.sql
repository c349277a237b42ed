-- A new account.
INSERT INTO account VALUES ($account_id, $login, $name, $department, $role, $password_hash, true, $must_change, 0, NULL, $created_at, NULL)
