-- A session ends.
DELETE FROM http_session WHERE token = $token
