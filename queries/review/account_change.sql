-- Another name, department, role, or the right to sign in.
UPDATE account SET name = $name, department = $department, role = $role, active = $active WHERE account_id = $account_id
