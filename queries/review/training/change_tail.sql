-- What is the number of the last change?
SELECT coalesce(max(seq), 0) AS n FROM registry_change
