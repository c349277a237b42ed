-- What does a list show of each group? Corpus and people's words together, one row a group.
CREATE TABLE desk.board (
    group_key        VARCHAR NOT NULL,
    state            VARCHAR NOT NULL,     -- 归并问题, 疑似同类, 个性问题, 不成立, 已并入
    issue_no         INTEGER NOT NULL,     -- 0 when nobody has confirmed it
    title            VARCHAR NOT NULL,
    status           VARCHAR NOT NULL,
    outcome          VARCHAR NOT NULL,
    topic            VARCHAR NOT NULL,
    locked           BOOLEAN NOT NULL,
    issue_version    INTEGER NOT NULL,
    directions       VARCHAR[] NOT NULL,
    assignee         INTEGER NOT NULL,     -- account, 0 when nobody has it
    due_on           DATE,
    items            INTEGER NOT NULL,     -- members, endorsements among them
    endorsements     INTEGER NOT NULL,
    contributors     INTEGER NOT NULL,
    departments      INTEGER NOT NULL,
    provinces        INTEGER NOT NULL,
    trainings        INTEGER NOT NULL,
    questions        INTEGER NOT NULL,
    opinions         INTEGER NOT NULL,
    suggestions      INTEGER NOT NULL,
    commonality      DOUBLE NOT NULL,
    growth           DOUBLE NOT NULL,
    priority         DOUBLE NOT NULL,
    first_on         DATE,
    last_on          DATE,
    dormant          BOOLEAN NOT NULL,
    born_run         VARCHAR NOT NULL,
    changed_run      VARCHAR NOT NULL,
    changed_at       TIMESTAMP,            -- last event or change by a person
    nature           VARCHAR NOT NULL,
    impact           VARCHAR NOT NULL,
    keywords         VARCHAR[] NOT NULL,
    department_items INTEGER[] NOT NULL,   -- of JC, FY, GA, JY, SJ, XX
    province_list    VARCHAR[] NOT NULL,
    training_list    VARCHAR[] NOT NULL,   -- in training order
    training_items   INTEGER[] NOT NULL    -- beside training_list
)
