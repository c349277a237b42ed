-- Who did what to what, and what came before it?
INSERT INTO audit VALUES ($seq, $happened_at, $account_id, $action, $subject, $detail, $previous, $hash)
