-- Which of these words does the corpus know?
SELECT word_id, word, items FROM corpus.word WHERE word IN (SELECT unnest($words::VARCHAR[])) ORDER BY word_id
