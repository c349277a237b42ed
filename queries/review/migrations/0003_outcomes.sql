-- +goose Up
-- What is a candidate on its way with, beside its form? At most one row a candidate.
CREATE TABLE candidate_way (
    candidate_id  INTEGER PRIMARY KEY,
    round         INTEGER NOT NULL,     -- of deliberation, counted from 1; 0 before the first
    due_on        DATE,
    recipient     VARCHAR NOT NULL,     -- drafting team it was handed to
    result        VARCHAR NOT NULL,     -- 采纳, 部分采纳, 不予采纳, 暂缓研究, 退回补充; '' before
    result_reason VARCHAR NOT NULL,
    result_doc    VARCHAR NOT NULL,     -- document number
    result_on     DATE,
    told          VARCHAR NOT NULL,     -- what trainees were told
    told_on       DATE
);
-- Who changed which field of a candidate's form, from what to what? One row a field and version.
CREATE TABLE candidate_edit (
    candidate_id INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    field        VARCHAR NOT NULL,
    before       VARCHAR NOT NULL,
    after        VARCHAR NOT NULL,
    account_id   INTEGER NOT NULL,
    changed_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (candidate_id, version, field)
);
-- What steps did each candidate take, when, by whom? Append-only: a step is taken back by another.
CREATE TABLE candidate_step (
    candidate_id INTEGER NOT NULL,
    step_no      INTEGER NOT NULL,
    version      INTEGER NOT NULL,      -- the candidate's after this step
    step         VARCHAR NOT NULL,      -- 提出, 送复核, 复核同意 ...
    before       VARCHAR NOT NULL,      -- status
    after        VARCHAR NOT NULL,
    text         VARCHAR NOT NULL,
    account_id   INTEGER NOT NULL,
    taken_at     TIMESTAMP NOT NULL,
    PRIMARY KEY (candidate_id, step_no)
);
-- What does each department say in deliberation (会商), does it sign (会签)? Append-only: the last of a round counts.
CREATE TABLE candidate_voice (
    candidate_id INTEGER NOT NULL,
    voice_no     INTEGER NOT NULL,
    round        INTEGER NOT NULL,
    kind         VARCHAR NOT NULL,      -- 会商, 会签
    department   VARCHAR NOT NULL,
    stance       VARCHAR NOT NULL,      -- 同意, 修改, 不同意, 无意见; 会签, 不会签
    text         VARCHAR NOT NULL,
    on_behalf    BOOLEAN NOT NULL,      -- entered by a reviewer of another department, from a letter
    account_id   INTEGER NOT NULL,
    given_at     TIMESTAMP NOT NULL,
    PRIMARY KEY (candidate_id, voice_no)
);
-- What is written of a candidate that may not stand in any report: the number of a case? The last counts.
CREATE TABLE candidate_restricted (
    candidate_id INTEGER NOT NULL,
    entry_no     INTEGER NOT NULL,
    field        VARCHAR NOT NULL,
    text         VARCHAR NOT NULL,
    account_id   INTEGER NOT NULL,
    written_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (candidate_id, entry_no)
);
-- Which parts of an issue's scorecard did a person set, and why? Append-only: the last counts, a null score gives the part back to the formula.
CREATE TABLE score_override (
    issue_no   INTEGER NOT NULL,
    entry_no   INTEGER NOT NULL,
    part       VARCHAR NOT NULL,        -- 重大, 疑难, 复杂, 共性
    score      DOUBLE,
    reason     VARCHAR NOT NULL,
    account_id INTEGER NOT NULL,
    made_at    TIMESTAMP NOT NULL,
    PRIMARY KEY (issue_no, entry_no)
);
-- Which thresholds did the administrator set? The last of a name counts.
CREATE TABLE outcome_setting (
    entry_no   INTEGER PRIMARY KEY,
    name       VARCHAR NOT NULL,        -- departments, provinces, trainings
    value      INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    made_at    TIMESTAMP NOT NULL
);
-- Candidates of the first version knew three statuses.
UPDATE candidate SET status = CASE status WHEN '同意' THEN '会商中' WHEN '退回补充' THEN '草拟' ELSE status END;
