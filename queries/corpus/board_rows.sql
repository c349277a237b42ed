-- What does the board show of the groups $keys?
SELECT * FROM desk.board WHERE group_key IN ($keys)
