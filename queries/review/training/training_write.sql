-- The training $training_id is now as given.
INSERT OR REPLACE INTO training (training_id, title, theme, topics, host, co_hosts, starts_on, ends_on, place, cancelled, takes_turn, note, version, updated_at)
VALUES ($training_id, $title, $theme, $topics::VARCHAR[], $host, $co_hosts::VARCHAR[], $starts_on, $ends_on, $place, $cancelled, $takes_turn, $note, $version, $updated_at)
