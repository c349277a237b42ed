-- Which rows of the board are about to be written anew?
DELETE FROM desk.board WHERE $every OR list_contains($keys, group_key)
