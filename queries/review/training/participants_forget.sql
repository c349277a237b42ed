-- Nobody is known to have taken part in $training_id.
DELETE FROM training_participant WHERE training_id = $training_id
