-- Which rows of the board are about to be written anew?
DELETE FROM desk.board WHERE $every OR group_key IN ($keys)
