-- What a study asks, of what.
INSERT INTO reading_brief VALUES ($reading_id, $source, $option_titles, $ask_kind, $seed, $run_id)
