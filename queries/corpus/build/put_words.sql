-- Which words does the corpus know? Those of earlier nights keep their numbers when they are carried over; new ones follow.
INSERT INTO word
WITH carried AS (SELECT * FROM previous.word WHERE $carried)
SELECT c.word_id, c.word, c.items + coalesce(n.items, 0) AS items
FROM carried c
LEFT JOIN new_word n USING (word)
UNION ALL
SELECT (SELECT coalesce(max(word_id) + 1, 0) FROM carried) + row_number() OVER (ORDER BY n.word) - 1 AS word_id, n.word, n.items
FROM new_word n
ANTI JOIN carried c USING (word)
ORDER BY word_id
