-- Which hours before $hour are not summed up yet?
SELECT token_id, hour, address FROM api_hour WHERE closed_at IS NULL AND hour < $hour ORDER BY hour, token_id
