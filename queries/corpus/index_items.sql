-- What does a search ask of each item, in the order of the table?
SELECT item_id, given_on, text, department, province, training_id, kind FROM corpus.item ORDER BY rowid
