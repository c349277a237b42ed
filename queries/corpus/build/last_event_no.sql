-- How many events are there so far?
SELECT coalesce(max(event_no), 0) FROM previous.lineage
