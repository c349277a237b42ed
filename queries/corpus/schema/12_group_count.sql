-- How many items does each group have by department, province and training?
CREATE TABLE group_count (
    group_key VARCHAR NOT NULL,
    dimension VARCHAR NOT NULL,         -- department, province, training
    value     VARCHAR NOT NULL,
    items     INTEGER NOT NULL
)
