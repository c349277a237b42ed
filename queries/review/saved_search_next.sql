-- Which number does the next saved search get?
SELECT coalesce(max(search_id), 0) + 1 AS n FROM saved_search
