-- Which items stand in each group, how firmly, and why?
CREATE TABLE member (
    group_key  VARCHAR NOT NULL,
    item_id    VARCHAR NOT NULL,
    rank       INTEGER NOT NULL,        -- 1 is the most central
    strength   DOUBLE NOT NULL,         -- 0..1
    level      VARCHAR NOT NULL,        -- 高, 中, 低
    borderline BOOLEAN NOT NULL,
    decided    BOOLEAN NOT NULL,        -- a person put or kept it here
    shared     VARCHAR NOT NULL         -- JSON [[kind, name, weight], ...]: what it shares with the group, strongest first
)
