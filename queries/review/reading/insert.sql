-- A study is put to two readers.
INSERT INTO reading VALUES ($reading_id, $title, $question, $options, $items, $readers, $made_by, $now)
