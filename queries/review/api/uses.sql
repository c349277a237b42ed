-- What did the token read, latest hour first?
SELECT hour, what, requests, first_at, last_at FROM api_use WHERE token_id = $token_id ORDER BY hour DESC, what LIMIT $limit
