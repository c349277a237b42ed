-- What topics are there?
SELECT topic, name, parent, parent_name FROM corpus.topic ORDER BY topic
