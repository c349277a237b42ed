-- What was said: one masked question, opinion or suggestion a row.
CREATE TABLE item (
    item_id         VARCHAR PRIMARY KEY,
    training_id     VARCHAR NOT NULL,
    department      VARCHAR NOT NULL,
    province        VARCHAR NOT NULL,   -- short name, '' when unknown
    unit            VARCHAR NOT NULL,   -- masked; for reviewers
    contributor_key VARCHAR NOT NULL,
    kind            VARCHAR NOT NULL,   -- 问题, 意见, 建议
    segment         VARCHAR NOT NULL,   -- 环节
    given_on        DATE,
    stem            VARCHAR NOT NULL,
    text            VARCHAR NOT NULL,
    background      VARCHAR NOT NULL,
    legal_basis     VARCHAR NOT NULL,
    reply           VARCHAR NOT NULL,
    language        VARCHAR NOT NULL,
    endorses        VARCHAR NOT NULL,   -- item it repeats word for word for another contributor, else ''
    near_of         VARCHAR NOT NULL,   -- item it nearly repeats, else ''
    added_run       VARCHAR NOT NULL
)
