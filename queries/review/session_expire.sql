-- Sessions that are over.
DELETE FROM http_session WHERE expires_at <= $now
