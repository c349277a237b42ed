-- Which files were taken in, and what became of each?
CREATE TABLE source_file (
    sha256      VARCHAR PRIMARY KEY,    -- its address in the archive
    file        VARCHAR NOT NULL,       -- name as received
    training_id VARCHAR NOT NULL,       -- '' when it waits for one, '*' when rows name theirs
    format      VARCHAR NOT NULL,
    encoding    VARCHAR NOT NULL,
    bytes       BIGINT NOT NULL,
    first_run   VARCHAR NOT NULL,
    outcome     VARCHAR NOT NULL,       -- 已接收, 待确认, 隔离
    rows_in     BIGINT NOT NULL,
    items_out   BIGINT NOT NULL,        -- items first seen in this file
    repeated    BIGINT NOT NULL,        -- items already known from elsewhere
    rejected    BIGINT NOT NULL,
    masked      JSON NOT NULL,          -- count by kind
    report      JSON NOT NULL           -- sheets, header mapping, notes
)
