-- Which items lie nearest to each item? Sorted by item, so that a page reads a few neighbouring row groups.
CREATE TABLE item_neighbor (
    item_no    INTEGER NOT NULL,        -- the item's rowid
    other_no   INTEGER NOT NULL,
    rank       INTEGER NOT NULL,
    similarity FLOAT NOT NULL
)
