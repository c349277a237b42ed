-- Where might an undecided item belong, among groups that people have decided on or that are locked?
CREATE TABLE suggestion (
    item_id   VARCHAR NOT NULL,
    group_key VARCHAR NOT NULL,
    rank      INTEGER NOT NULL,
    score     DOUBLE NOT NULL
)
