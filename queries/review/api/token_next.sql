-- Which token comes next?
SELECT coalesce(max(token_id), 0) + 1 AS n FROM api_token
