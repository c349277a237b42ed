-- The administrator sets a threshold.
INSERT INTO outcome_setting
SELECT coalesce(max(entry_no), 0) + 1, $name, $value, $account_id, $now
FROM outcome_setting
