-- In which items does each word stand? Sorted by word, so that a search reads a few neighbouring row groups.
CREATE TABLE posting (
    word_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL            -- the item's rowid: items keep their places, new ones follow
)
