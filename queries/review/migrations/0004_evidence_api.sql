-- +goose Up
-- Which evidence packages were frozen, on which hand-over? Append-only.
CREATE TABLE evidence_package (
    sha256       VARCHAR PRIMARY KEY,   -- of the file reports/<name>
    name         VARCHAR NOT NULL,
    bytes        BIGINT NOT NULL,
    candidate_id INTEGER NOT NULL,
    step_no      INTEGER NOT NULL,      -- of the hand-over
    issue_no     INTEGER NOT NULL,
    direction    VARCHAR NOT NULL,
    recipient    VARCHAR NOT NULL,
    run_id       VARCHAR NOT NULL,      -- whose corpus it was made from
    account_id   INTEGER NOT NULL,
    made_at      TIMESTAMP NOT NULL
);
-- Which programs may read by the interface, for which drafting team? A token is kept as its hash alone.
CREATE TABLE api_token (
    token_id    INTEGER PRIMARY KEY,
    team        VARCHAR NOT NULL,
    department  VARCHAR NOT NULL,       -- whose originals it may read when originals are their own department's; '' none
    scopes      VARCHAR NOT NULL,       -- issues, items, candidates, reports, trainings, joined by commas
    handed_only BOOLEAN NOT NULL,       -- only what was handed over to the team
    hint        VARCHAR NOT NULL,       -- its first characters, to tell tokens apart
    hash        VARCHAR NOT NULL,       -- sha256
    per_minute  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    expires_at  TIMESTAMP NOT NULL,
    revoked_by  INTEGER NOT NULL,       -- 0 while it holds
    revoked_at  TIMESTAMP
);
-- In which hours was a token used? The audit log has a line when an hour's use begins and one that sums it up.
CREATE TABLE api_hour (
    token_id  INTEGER NOT NULL,
    hour      TIMESTAMP NOT NULL,
    address   VARCHAR NOT NULL,         -- of the hour's first request
    closed_at TIMESTAMP,                -- summed up in the audit log
    PRIMARY KEY (token_id, hour)
);
-- What did a token read in an hour, how often? One row a thing read, written before the answer leaves.
CREATE TABLE api_use (
    token_id INTEGER NOT NULL,
    hour     TIMESTAMP NOT NULL,
    what     VARCHAR NOT NULL,          -- issues, issue:12, items:12, refused:scope ...
    requests INTEGER NOT NULL,
    first_at TIMESTAMP NOT NULL,
    last_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (token_id, hour, what)
);
