-- +goose Up
-- Who may enter?
CREATE TABLE account (
    account_id    INTEGER PRIMARY KEY,
    login         VARCHAR NOT NULL UNIQUE,
    name          VARCHAR NOT NULL,
    department    VARCHAR NOT NULL,
    role          VARCHAR NOT NULL,     -- 查阅, 会务, 研判, 复核, 管理员
    password_hash VARCHAR NOT NULL,     -- argon2id, PHC string
    active        BOOLEAN NOT NULL,
    must_change   BOOLEAN NOT NULL,
    failed        INTEGER NOT NULL,
    locked_until  TIMESTAMP,
    created_at    TIMESTAMP NOT NULL,
    last_seen     TIMESTAMP
);
CREATE TABLE http_session (
    token      VARCHAR PRIMARY KEY,
    data       BLOB NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
-- Every decision of a person, in order, never changed: the log the next night reads.
CREATE TABLE decision (
    seq        BIGINT PRIMARY KEY,
    made_at    TIMESTAMP NOT NULL,
    account_id INTEGER NOT NULL,
    kind       VARCHAR NOT NULL,        -- see feedback.DecisionKind
    group_key  VARCHAR NOT NULL,
    other_key  VARCHAR NOT NULL,
    issue_no   INTEGER NOT NULL,
    items      VARCHAR[] NOT NULL,
    payload    JSON NOT NULL,
    undoes     BIGINT NOT NULL          -- the decision this one takes back, 0 for none
);
-- What the log amounts to: one row an issue.
CREATE TABLE issue (
    issue_no     INTEGER PRIMARY KEY,   -- 第N号, given once
    group_key    VARCHAR NOT NULL,
    title        VARCHAR NOT NULL,
    statement    VARCHAR NOT NULL,      -- 问题表述
    status       VARCHAR NOT NULL,      -- 研判中 ... 已反馈; 已并入; 已撤回
    outcome      VARCHAR NOT NULL,      -- 采纳 ... or ''
    topic        VARCHAR NOT NULL,
    locked       BOOLEAN NOT NULL,
    merged_into  INTEGER NOT NULL,      -- issue_no, 0 when it stands
    version      INTEGER NOT NULL,      -- goes up with every change: what a form was filled in against
    confirmed_by INTEGER NOT NULL,
    confirmed_at TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
CREATE TABLE item_decision (
    item_id    VARCHAR NOT NULL,
    group_key  VARCHAR NOT NULL,
    state      VARCHAR NOT NULL,        -- 归入, 移出
    seq        BIGINT NOT NULL,
    PRIMARY KEY (item_id, group_key)
);
CREATE TABLE group_decision (
    group_key   VARCHAR PRIMARY KEY,
    state       VARCHAR NOT NULL,       -- 已确认, 不成立, 已并入
    other_key   VARCHAR NOT NULL,
    seq         BIGINT NOT NULL
);
CREATE TABLE candidate (
    candidate_id INTEGER PRIMARY KEY,
    issue_no     INTEGER NOT NULL,
    direction    VARCHAR NOT NULL,      -- 司法解释 ... 培训选题
    reason       VARCHAR NOT NULL,
    status       VARCHAR NOT NULL,
    author       INTEGER NOT NULL,
    fields       JSON NOT NULL,
    version      INTEGER NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
CREATE TABLE note (
    note_id    INTEGER PRIMARY KEY,
    issue_no   INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    text       VARCHAR NOT NULL,
    written_at TIMESTAMP NOT NULL
);
CREATE TABLE assignment (
    issue_no    INTEGER PRIMARY KEY,
    account_id  INTEGER NOT NULL,
    assigned_by INTEGER NOT NULL,
    due_on      DATE,
    assigned_at TIMESTAMP NOT NULL
);
CREATE TABLE visit (
    account_id INTEGER NOT NULL,
    subject    VARCHAR NOT NULL,        -- list, issue:12, group:g...
    visited_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, subject)
);
-- What an organiser decided about files: mappings by form, trainings by file.
CREATE TABLE intake_choice (
    kind    VARCHAR NOT NULL,           -- mapping, training, encoding
    subject VARCHAR NOT NULL,           -- form fingerprint or sha256
    choice  JSON NOT NULL,
    seq     BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
-- Append-only and hash-chained.
CREATE TABLE audit (
    seq        BIGINT PRIMARY KEY,
    happened_at TIMESTAMP NOT NULL,
    account_id INTEGER NOT NULL,
    action     VARCHAR NOT NULL,
    subject    VARCHAR NOT NULL,
    detail     JSON NOT NULL,
    previous   VARCHAR NOT NULL,
    hash       VARCHAR NOT NULL
);
