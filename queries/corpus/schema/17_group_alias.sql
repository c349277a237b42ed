-- Under which earlier keys is a group known?
CREATE TABLE group_alias (
    alias_key VARCHAR PRIMARY KEY,
    group_key VARCHAR NOT NULL
)
