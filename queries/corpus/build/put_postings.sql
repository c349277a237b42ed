-- In which items does each word stand?
INSERT INTO posting
SELECT word_id, item_no FROM previous.posting WHERE $carried
UNION ALL
SELECT w.word_id, p.item_no
FROM new_posting p
JOIN new_word n USING (number)
JOIN word w USING (word)
ORDER BY word_id, item_no
