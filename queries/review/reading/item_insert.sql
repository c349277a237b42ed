-- One item of a study, with the groups offered for it and the machine's own.
INSERT INTO reading_item VALUES ($reading_id, $ordinal, $item_id, $machine, $offered)
