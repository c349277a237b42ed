-- Which words does the corpus know, and how common are they? For search and keywords.
CREATE TABLE word (
    word_id INTEGER PRIMARY KEY,
    word    VARCHAR NOT NULL,
    items   INTEGER NOT NULL
)
