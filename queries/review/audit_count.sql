-- How many lines of the audit log meet the filter?
SELECT count(*) AS n FROM audit
WHERE ($account_id = 0 OR account_id = $account_id)
  AND ($action = '' OR action = $action)
  AND ($subject = '' OR contains(subject, $subject))
  AND ($since IS NULL OR happened_at >= $since)
  AND ($until IS NULL OR happened_at < $until)
