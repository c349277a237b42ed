-- Which number does the next candidate get?
SELECT coalesce(max(candidate_id), 0) + 1 AS n FROM candidate
