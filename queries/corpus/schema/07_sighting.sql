-- Where was each item seen? Every place, first first.
CREATE TABLE sighting (
    item_id     VARCHAR NOT NULL,
    ordinal     INTEGER NOT NULL,
    sha256      VARCHAR NOT NULL,
    file        VARCHAR NOT NULL,
    sheet       VARCHAR NOT NULL,
    row_no      INTEGER NOT NULL,
    column_name VARCHAR NOT NULL,
    part        INTEGER NOT NULL
)
