-- What may the next night take over from this one? One row.
CREATE TABLE memory (
    carried    BOOLEAN NOT NULL,        -- this night took over from the one before what had not changed
    full_items BIGINT NOT NULL,         -- items of the last night that computed everything
    checksum   VARCHAR NOT NULL         -- of corpus-<run>.memory
)
