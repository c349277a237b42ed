-- What was the item $item_id, which was withdrawn, and why?
SELECT item_id, training_id, department, province, kind, segment, given_on, stem, text, sha256, file, sheet, row_no, column_name, part,
    reason, added_run, withdrawn_run
FROM corpus.withdrawn_item
WHERE item_id = $item_id
