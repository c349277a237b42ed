-- +goose Up
-- What does a study of two readers ask, of what? One row a study, beside its reading.
CREATE TABLE reading_brief (
    reading_id    INTEGER PRIMARY KEY,
    source        VARCHAR NOT NULL,     -- where its items come from, in words
    option_titles VARCHAR[] NOT NULL,   -- of the groups in options, as they stood
    ask_kind      BOOLEAN NOT NULL,     -- 问题, 意见 or 建议 is asked too
    seed          BIGINT NOT NULL,      -- of a random sample, and of the order of items and answers
    run_id        VARCHAR NOT NULL      -- the corpus it was drawn from
);
-- What was each item's place with the machine when it was put to the readers, and which groups were they offered?
CREATE TABLE reading_item (
    reading_id INTEGER NOT NULL,
    ordinal    INTEGER NOT NULL,
    item_id    VARCHAR NOT NULL,
    machine    VARCHAR NOT NULL,        -- group key, '' when it stood alone
    offered    VARCHAR[] NOT NULL,      -- group keys, in the order both readers see them
    PRIMARY KEY (reading_id, ordinal)
);
-- What did a reader say beside the answer?
CREATE TABLE reading_remark (
    reading_id INTEGER NOT NULL,
    item_id    VARCHAR NOT NULL,
    account_id INTEGER NOT NULL,        -- 0 for whoever settled it
    kind       VARCHAR NOT NULL,        -- '' when not asked
    note       VARCHAR NOT NULL,
    PRIMARY KEY (reading_id, item_id, account_id)
);
-- Which readers have handed in their answers? From then on they no longer change.
CREATE TABLE reading_done (
    reading_id  INTEGER NOT NULL,
    account_id  INTEGER NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    PRIMARY KEY (reading_id, account_id)
);
-- Whose decisions did a study's result become, and when?
CREATE TABLE reading_applied (
    reading_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    applied_at TIMESTAMP NOT NULL
);
-- With which department is a saved search shared? No row keeps it to its owner.
CREATE TABLE saved_search_share (
    search_id  INTEGER PRIMARY KEY,
    department VARCHAR NOT NULL
);
-- When did a person last open a saved search, and what was there then?
CREATE TABLE saved_search_visit (
    search_id  INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    visited_at TIMESTAMP NOT NULL,
    run_id     VARCHAR NOT NULL,
    hits       INTEGER NOT NULL,
    PRIMARY KEY (search_id, account_id)
);
-- Which mentions has the person named read?
CREATE TABLE mention_read (
    note_id    INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    read_at    TIMESTAMP NOT NULL,
    PRIMARY KEY (note_id, account_id)
);
