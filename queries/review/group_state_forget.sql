-- What was decided about whole groups is about to be written anew.
DELETE FROM desk.group_state WHERE $every OR group_key IN (SELECT unnest($keys::VARCHAR[]))
