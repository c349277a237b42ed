-- Was the token used in this hour already?
SELECT count(*) AS n FROM api_hour WHERE token_id = $token_id AND hour = $hour
