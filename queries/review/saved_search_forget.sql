-- A saved search is given up by its owner.
DELETE FROM saved_search WHERE search_id = $search_id AND account_id = $account_id
