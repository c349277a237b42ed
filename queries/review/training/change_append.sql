-- This changed.
INSERT INTO registry_change (seq, changed_at, account_id, kind, subject, version, source, before, after)
VALUES ($seq, $changed_at, $account_id, $kind, $subject, $version, $source, $before, $after)
