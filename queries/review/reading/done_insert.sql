-- A reader hands in the answers.
INSERT INTO reading_done VALUES ($reading_id, $account_id, $now)
