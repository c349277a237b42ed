-- Where stand the words of the items described tonight?
CREATE TEMP TABLE new_word (number INTEGER, word VARCHAR, items INTEGER)
