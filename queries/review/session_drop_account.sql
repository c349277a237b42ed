-- All sessions of an account end.
DELETE FROM http_session WHERE account_id = $account_id
