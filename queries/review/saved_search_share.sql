-- A saved search is shared with its owner's department.
INSERT INTO saved_search_share VALUES ($search_id, $department)
