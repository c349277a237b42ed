-- What do items of earlier nights cite?
INSERT INTO citation
FROM previous.citation
