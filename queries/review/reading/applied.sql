-- A study's result has become decisions.
INSERT INTO reading_applied VALUES ($reading_id, $account_id, $now)
