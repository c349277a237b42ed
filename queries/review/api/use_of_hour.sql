-- What did the token read in this hour?
SELECT hour, what, requests, first_at, last_at FROM api_use WHERE token_id = $token_id AND hour = $hour ORDER BY what
