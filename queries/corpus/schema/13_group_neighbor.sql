-- Which other groups lie nearest, and which are proposed for merging?
CREATE TABLE group_neighbor (
    group_key  VARCHAR NOT NULL,
    other_key  VARCHAR NOT NULL,
    rank       INTEGER NOT NULL,
    similarity DOUBLE NOT NULL,
    proposed   BOOLEAN NOT NULL         -- the machine proposes to merge them
)
