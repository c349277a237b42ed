-- The consultation $consultation_no is now as given.
INSERT OR REPLACE INTO consultation (consultation_no, training_id, title, held_on, place, chair, status, run_id, data_until, settled, version, account_id, made_at, updated_at)
VALUES ($consultation_no, $training_id, $title, $held_on, $place, $chair, $status, $run_id, $data_until, $settled, $version, $account_id, $made_at, $updated_at)
