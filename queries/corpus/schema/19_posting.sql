-- In which items does each word stand? Sorted by word, so that a search reads a few row groups.
CREATE TABLE posting (
    word_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,           -- item.rowid in item_id order
    item_id VARCHAR NOT NULL
)
