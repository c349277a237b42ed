-- The training $training_id has no parts.
DELETE FROM training_segment WHERE training_id = $training_id
