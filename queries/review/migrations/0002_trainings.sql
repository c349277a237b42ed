-- +goose Up
-- Which trainings are there, held and planned? The night reads them from trainings.tsv, which is published from here.
CREATE TABLE training (
    training_id VARCHAR PRIMARY KEY,    -- 2026-1: year and number within the year
    title       VARCHAR NOT NULL,
    theme       VARCHAR NOT NULL,
    topics      VARCHAR[] NOT NULL,     -- of the taxonomy, two or four digits; empty leaves what the theme's words say
    host        VARCHAR NOT NULL,       -- department code, XX when none of the five
    co_hosts    VARCHAR[] NOT NULL,
    starts_on   DATE,
    ends_on     DATE,
    place       VARCHAR NOT NULL,
    cancelled   BOOLEAN NOT NULL,
    takes_turn  BOOLEAN NOT NULL,       -- counts in the turns of hosting
    note        VARCHAR NOT NULL,
    version     INTEGER NOT NULL,       -- goes up with every change: what a form was filled in against
    updated_at  TIMESTAMP NOT NULL
);
-- What parts does each training have, in order?
CREATE TABLE training_segment (
    training_id VARCHAR NOT NULL,
    ordinal     INTEGER NOT NULL,
    form        VARCHAR NOT NULL,       -- 案例研讨, 模拟办案, 现场观摩, 多方对话, 授课
    title       VARCHAR NOT NULL,
    given_on    DATE,
    course_no   INTEGER NOT NULL,       -- 0 for none
    teachers    INTEGER[] NOT NULL,
    PRIMARY KEY (training_id, ordinal)
);
-- How many took part, by department and province? Numbers only, never names.
CREATE TABLE training_participant (
    training_id VARCHAR NOT NULL,
    department  VARCHAR NOT NULL,
    province    VARCHAR NOT NULL,       -- '' when not told
    people      INTEGER NOT NULL,
    PRIMARY KEY (training_id, department, province)
);
-- Who can teach what (师资库)?
CREATE TABLE teacher (
    teacher_no   INTEGER PRIMARY KEY,
    name         VARCHAR NOT NULL,
    department   VARCHAR NOT NULL,
    unit         VARCHAR NOT NULL,
    post         VARCHAR NOT NULL,
    topics       VARCHAR[] NOT NULL,
    forms        VARCHAR[] NOT NULL,
    statutes     VARCHAR[] NOT NULL,    -- in normal form: L02#273, 法释〔2016〕23号
    given_before INTEGER NOT NULL,      -- times given before this register was kept
    rating       DOUBLE,                -- 0..5 if the organiser has it
    note         VARCHAR NOT NULL,
    active       BOOLEAN NOT NULL,
    version      INTEGER NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
-- Which courses are there (课程库)?
CREATE TABLE course (
    course_no    INTEGER PRIMARY KEY,
    title        VARCHAR NOT NULL,
    department   VARCHAR NOT NULL,      -- that offers it
    topics       VARCHAR[] NOT NULL,
    forms        VARCHAR[] NOT NULL,
    statutes     VARCHAR[] NOT NULL,
    teachers     INTEGER[] NOT NULL,
    hours        DOUBLE,                -- 课时
    given_before INTEGER NOT NULL,
    rating       DOUBLE,
    outline      VARCHAR NOT NULL,
    active       BOOLEAN NOT NULL,
    version      INTEGER NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
-- In what order do the departments host? The row with the greatest from_turn not above a turn holds for it; none means the agreement's order.
CREATE TABLE hosting_order (
    from_turn   INTEGER PRIMARY KEY,    -- counted from 1
    departments VARCHAR[] NOT NULL,
    reason      VARCHAR NOT NULL,
    account_id  INTEGER NOT NULL,
    made_at     TIMESTAMP NOT NULL
);
-- Which turns were exchanged, and why? The department due at the turn hosts at the other's next one.
CREATE TABLE hosting_swap (
    turn       INTEGER PRIMARY KEY,
    host       VARCHAR NOT NULL,        -- that takes the turn
    reason     VARCHAR NOT NULL,
    account_id INTEGER NOT NULL,
    made_at    TIMESTAMP NOT NULL
);
-- What was put to the departments before a training, and how was it settled (会商)?
CREATE TABLE consultation (
    consultation_no INTEGER PRIMARY KEY,
    training_id     VARCHAR NOT NULL,   -- the training it prepares, '' when not yet named
    title           VARCHAR NOT NULL,
    held_on         DATE,
    place           VARCHAR NOT NULL,
    chair           VARCHAR NOT NULL,   -- department code
    status          VARCHAR NOT NULL,   -- 征求意见, 已议定
    run_id          VARCHAR NOT NULL,   -- of the corpus the agenda was drafted from
    data_until      DATE,
    settled         VARCHAR NOT NULL,   -- what was agreed, in paragraphs
    version         INTEGER NOT NULL,
    account_id      INTEGER NOT NULL,
    made_at         TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
-- The points of its agenda, as drafted and as people left them.
CREATE TABLE consultation_point (
    consultation_no INTEGER NOT NULL,
    point_no        INTEGER NOT NULL,
    kind            VARCHAR NOT NULL,   -- 共性问题, 再现问题, 缺少的声音, 课程不匹配, 课程空白, 轮值, 其他
    title           VARCHAR NOT NULL,
    basis           VARCHAR NOT NULL,   -- the figures behind it, a sentence
    topic           VARCHAR NOT NULL,
    groups          VARCHAR[] NOT NULL, -- keys of the groups concerned
    kept            BOOLEAN NOT NULL,
    outcome         VARCHAR NOT NULL,   -- 议定意见
    PRIMARY KEY (consultation_no, point_no)
);
-- What does each department say to each point? Point 0 is the whole.
CREATE TABLE consultation_view (
    consultation_no INTEGER NOT NULL,
    point_no        INTEGER NOT NULL,
    department      VARCHAR NOT NULL,
    stance          VARCHAR NOT NULL,   -- 同意, 建议修改, 不同意, 无意见
    text            VARCHAR NOT NULL,
    account_id      INTEGER NOT NULL,   -- who entered it
    given_at        TIMESTAMP NOT NULL,
    PRIMARY KEY (consultation_no, point_no, department)
);
-- What changed in these registers, when, by whom? Both states whole, so that any day's register can be read again.
CREATE TABLE registry_change (
    seq        BIGINT PRIMARY KEY,
    changed_at TIMESTAMP NOT NULL,
    account_id INTEGER NOT NULL,        -- 0 for the program itself
    kind       VARCHAR NOT NULL,        -- training, teacher, course, hosting, consultation
    subject    VARCHAR NOT NULL,
    version    INTEGER NOT NULL,
    source     VARCHAR NOT NULL,        -- page, or the name of the file it was taken from
    before     VARCHAR NOT NULL,        -- JSON, '' for something new
    after      VARCHAR NOT NULL
);
-- What did we last publish to trainings.tsv? A file with another hash was edited by hand and is taken in.
CREATE TABLE training_publication (
    sha256       VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL
);
