-- Which number does the next account get?
SELECT coalesce(max(account_id), 0) + 1 AS n FROM account
