-- What was read but not taken in, why, and how can it be mended?
CREATE TABLE reject (
    sha256      VARCHAR NOT NULL,
    file        VARCHAR NOT NULL,
    sheet       VARCHAR NOT NULL,
    row_no      INTEGER NOT NULL,
    column_name VARCHAR NOT NULL,
    part        INTEGER NOT NULL,
    reason      VARCHAR NOT NULL,
    mend        VARCHAR NOT NULL,
    excerpt     VARCHAR NOT NULL,       -- masked
    run_id      VARCHAR NOT NULL
)
