-- A search is kept under a name.
INSERT INTO saved_search VALUES ($search_id, $account_id, $name, $path, $now)
