-- Who has an account?
SELECT account_id, login, name, department, role, active FROM account ORDER BY account_id
