-- How many decisions meet the filter?
SELECT count(*) AS n FROM decision WHERE ($account_id = 0 OR account_id = $account_id) AND ($kind = '' OR kind = $kind)
