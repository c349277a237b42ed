-- What a reader says beside an answer.
INSERT INTO reading_remark VALUES ($reading_id, $item_id, $account_id, $kind, $note)
ON CONFLICT (reading_id, item_id, account_id) DO UPDATE SET kind = excluded.kind, note = excluded.note
