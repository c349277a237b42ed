-- Which words does the corpus know?
SELECT word_id, word, items FROM corpus.word ORDER BY word_id
