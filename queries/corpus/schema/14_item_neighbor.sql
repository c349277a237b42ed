-- Which items lie nearest to each item?
CREATE TABLE item_neighbor (
    item_id    VARCHAR NOT NULL,
    other_id   VARCHAR NOT NULL,
    rank       INTEGER NOT NULL,
    similarity DOUBLE NOT NULL
)
