-- An hour's use stands in the audit log.
UPDATE api_hour SET closed_at = $now WHERE token_id = $token_id AND hour = $hour
