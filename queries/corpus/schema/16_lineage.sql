-- What happened to each group, when, and because of what?
CREATE TABLE lineage (
    event_no     BIGINT PRIMARY KEY,
    run_id       VARCHAR NOT NULL,
    happened_at  TIMESTAMP NOT NULL,
    kind         VARCHAR NOT NULL,      -- 形成, 增长, 并入, 拆出, 休眠, 再现
    group_key    VARCHAR NOT NULL,
    other_key    VARCHAR NOT NULL,
    items        INTEGER NOT NULL,      -- how many the event moved
    cause        VARCHAR NOT NULL,      -- a sentence
    decision_seq BIGINT NOT NULL        -- 0 when no decision caused it
)
