-- Found by its group: a page reads its row alone.
CREATE INDEX board_of_group ON desk.board (group_key)
