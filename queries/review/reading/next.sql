-- Which number does the next study get?
SELECT coalesce(max(reading_id), 0) + 1 AS n FROM reading
