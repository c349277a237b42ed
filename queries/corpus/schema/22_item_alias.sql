-- Under which ID does an item live on, whose contributor or training a corrected reading changed?
CREATE TABLE item_alias (
    alias_id VARCHAR PRIMARY KEY,       -- what its content would make it now
    item_id  VARCHAR NOT NULL
)
