-- What are the accounts' names?
SELECT account_id, name FROM account ORDER BY account_id
