-- In which items does each word stand?
SELECT word_id, list(item_no) AS items FROM corpus.posting GROUP BY word_id ORDER BY word_id
