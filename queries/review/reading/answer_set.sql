-- An item of a study is answered, or answered anew.
INSERT INTO reading_answer VALUES ($reading_id, $item_id, $account_id, $answer, $now, $given_by)
ON CONFLICT (reading_id, item_id, account_id) DO UPDATE SET answer = excluded.answer, given_at = excluded.given_at, given_by = excluded.given_by
