-- Which items stand elsewhere than the corpus says, by decisions it has not seen? '' means in no group.
CREATE TABLE desk.moved (
    item_id   VARCHAR NOT NULL,
    group_key VARCHAR NOT NULL,
    seq       BIGINT NOT NULL
)
