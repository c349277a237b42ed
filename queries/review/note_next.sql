-- Which number does the next note get?
SELECT coalesce(max(note_id), 0) + 1 AS n FROM note
