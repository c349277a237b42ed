-- A person opens a saved search.
INSERT INTO saved_search_visit VALUES ($search_id, $account_id, $now, $run_id, $hits)
ON CONFLICT (search_id, account_id) DO UPDATE SET visited_at = excluded.visited_at, run_id = excluded.run_id, hits = excluded.hits
