-- Which run made this corpus, from what, under which decisions?
CREATE TABLE run (
    run_id          VARCHAR PRIMARY KEY,
    started_at      TIMESTAMP NOT NULL,
    finished_at     TIMESTAMP NOT NULL,
    version         VARCHAR NOT NULL,   -- of tongtang
    dictionary_hash VARCHAR NOT NULL,
    options         JSON NOT NULL,
    previous_run    VARCHAR,            -- the corpus this one continues; null for the first
    decision_seq    BIGINT NOT NULL,    -- the last decision this run has seen
    items           BIGINT NOT NULL,
    issue_groups    BIGINT NOT NULL,
    data_until      DATE                -- the latest day anything was said
)
