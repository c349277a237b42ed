-- How many searches has a person saved?
SELECT count(*) AS n FROM saved_search WHERE account_id = $account_id
