-- Where does new material speak against a decision? Proposals, never changes.
CREATE TABLE conflict (
    group_key    VARCHAR NOT NULL,
    other_key    VARCHAR NOT NULL,
    item_id      VARCHAR NOT NULL,
    kind         VARCHAR NOT NULL,
    reason       VARCHAR NOT NULL,
    decision_seq BIGINT NOT NULL
)
