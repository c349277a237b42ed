-- In which items does each of the words $from to $to stand?
SELECT word_id, list(item_no) AS items FROM corpus.posting WHERE word_id BETWEEN $from AND $to GROUP BY word_id ORDER BY word_id
