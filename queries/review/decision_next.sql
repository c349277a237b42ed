-- Which sequence number does the next decision get?
SELECT coalesce(max(seq), 0) + 1 AS n FROM decision
