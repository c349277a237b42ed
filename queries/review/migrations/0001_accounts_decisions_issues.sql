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
    failed        INTEGER NOT NULL,     -- tries since the last good one
    locked_until  TIMESTAMP,
    created_at    TIMESTAMP NOT NULL,
    last_seen     TIMESTAMP
);
-- Who is signed in? The token is stored hashed, so a copy of this file lets no one in.
CREATE TABLE http_session (
    token      VARCHAR PRIMARY KEY,
    data       BLOB NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    account_id INTEGER NOT NULL,        -- 0 before sign-in
    created_at TIMESTAMP NOT NULL
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
-- What the log and the people's words amount to: one row an issue.
CREATE TABLE issue (
    issue_no     INTEGER PRIMARY KEY,   -- 第N号, given once
    group_key    VARCHAR NOT NULL,
    title        VARCHAR NOT NULL,
    statement    VARCHAR NOT NULL,      -- 问题表述
    status       VARCHAR NOT NULL,      -- 研判中 ... 已反馈; 已撤回
    outcome      VARCHAR NOT NULL,      -- 采纳 ... or ''
    topic        VARCHAR NOT NULL,      -- '' leaves the machine's suggestion
    locked       BOOLEAN NOT NULL,
    merged_into  INTEGER NOT NULL,      -- issue_no, 0 when it stands
    version      INTEGER NOT NULL,      -- goes up with every change: what a form was filled in against
    confirmed_by INTEGER NOT NULL,
    confirmed_at TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
-- What changed on an issue, when, by whom? One row a version, the revision history (修改记录).
CREATE TABLE revision (
    issue_no   INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    account_id INTEGER NOT NULL,
    field      VARCHAR NOT NULL,        -- confirm, title, statement, status, attach, ...
    before     VARCHAR NOT NULL,
    after      VARCHAR NOT NULL,
    PRIMARY KEY (issue_no, version)
);
CREATE TABLE candidate (
    candidate_id INTEGER PRIMARY KEY,
    issue_no     INTEGER NOT NULL,
    direction    VARCHAR NOT NULL,      -- 司法解释 ... 培训选题
    reason       VARCHAR NOT NULL,
    status       VARCHAR NOT NULL,      -- 待复核, 同意, 退回补充, 已撤回
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
    mentions   INTEGER[] NOT NULL,      -- accounts named with @
    written_at TIMESTAMP NOT NULL
);
CREATE TABLE assignment (
    issue_no    INTEGER PRIMARY KEY,
    account_id  INTEGER NOT NULL,       -- 0 when taken back
    assigned_by INTEGER NOT NULL,
    due_on      DATE,
    assigned_at TIMESTAMP NOT NULL
);
-- Which items were put to two analysts blind, and who are they?
CREATE TABLE reading (
    reading_id INTEGER PRIMARY KEY,
    title      VARCHAR NOT NULL,
    question   VARCHAR NOT NULL,        -- what is asked of each item: 归属 or 问题性质
    options    VARCHAR[] NOT NULL,      -- the answers to choose from
    items      VARCHAR[] NOT NULL,
    readers    INTEGER[] NOT NULL,
    made_by    INTEGER NOT NULL,
    made_at    TIMESTAMP NOT NULL
);
CREATE TABLE reading_answer (
    reading_id INTEGER NOT NULL,
    item_id    VARCHAR NOT NULL,
    account_id INTEGER NOT NULL,        -- 0 holds the adjudicated answer
    answer     VARCHAR NOT NULL,
    given_at   TIMESTAMP NOT NULL,
    given_by   INTEGER NOT NULL,
    PRIMARY KEY (reading_id, item_id, account_id)
);
CREATE TABLE saved_search (
    search_id  INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    name       VARCHAR NOT NULL,
    path       VARCHAR NOT NULL,        -- path and query of the page it leads to
    saved_at   TIMESTAMP NOT NULL
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
    seq         BIGINT PRIMARY KEY,
    happened_at TIMESTAMP NOT NULL,
    account_id  INTEGER NOT NULL,
    action      VARCHAR NOT NULL,
    subject     VARCHAR NOT NULL,
    detail      JSON NOT NULL,
    previous    VARCHAR NOT NULL,
    hash        VARCHAR NOT NULL
);
