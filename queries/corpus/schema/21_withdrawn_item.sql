-- Which items were taken back, because a corrected reading of their file no longer gives them? They stay readable here.
CREATE TABLE withdrawn_item (
    item_id       VARCHAR PRIMARY KEY,
    training_id   VARCHAR NOT NULL,
    department    VARCHAR NOT NULL,
    province      VARCHAR NOT NULL,
    kind          VARCHAR NOT NULL,
    segment       VARCHAR NOT NULL,
    given_on      DATE,
    stem          VARCHAR NOT NULL,
    text          VARCHAR NOT NULL,
    sha256        VARCHAR NOT NULL,     -- the first place it was seen
    file          VARCHAR NOT NULL,
    sheet         VARCHAR NOT NULL,
    row_no        INTEGER NOT NULL,
    column_name   VARCHAR NOT NULL,
    part          INTEGER NOT NULL,
    reason        VARCHAR NOT NULL,
    added_run     VARCHAR NOT NULL,
    withdrawn_run VARCHAR NOT NULL
)
