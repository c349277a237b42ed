-- Who has an account, and how often is each signed in?
SELECT a.account_id, a.login, a.name, a.department, a.role, a.active, a.must_change, a.failed, a.locked_until, a.created_at, a.last_seen,
    (SELECT count(*) FROM http_session h WHERE h.account_id = a.account_id AND h.expires_at > $now) AS sessions
FROM account a
ORDER BY a.account_id
