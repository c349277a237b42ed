-- A token is used for the first time in this hour.
INSERT INTO api_hour VALUES ($token_id, $hour, $address, NULL)
