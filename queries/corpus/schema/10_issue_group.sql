-- Which items belong together? One row a group, single items too.
CREATE TABLE issue_group (
    group_key     VARCHAR PRIMARY KEY,
    founding_item VARCHAR NOT NULL,
    title         VARCHAR NOT NULL,     -- a sentence of the group's own
    title_item    VARCHAR NOT NULL,
    topic         VARCHAR NOT NULL,     -- suggested, '' when none fits
    topic_reason  VARCHAR NOT NULL,
    nature        VARCHAR NOT NULL,     -- 问题性质, suggested
    impact        VARCHAR NOT NULL,     -- 影响程度, suggested
    items         INTEGER NOT NULL,
    endorsements  INTEGER NOT NULL,
    contributors  INTEGER NOT NULL,
    departments   INTEGER NOT NULL,     -- of the five
    provinces     INTEGER NOT NULL,
    trainings     INTEGER NOT NULL,
    questions     INTEGER NOT NULL,
    opinions      INTEGER NOT NULL,
    suggestions   INTEGER NOT NULL,
    commonality   DOUBLE NOT NULL,      -- 0..1, see analysis
    growth        DOUBLE NOT NULL,
    priority      DOUBLE NOT NULL,      -- sort key of the triage queue
    first_on      DATE,
    last_on       DATE,
    last_training VARCHAR NOT NULL,
    dormant       BOOLEAN NOT NULL,
    standing      BOOLEAN NOT NULL,     -- made by the machine or decided; false for an item that stands alone
    grew_on       DATE,                 -- last night that added a member
    born_run      VARCHAR NOT NULL,
    changed_run   VARCHAR NOT NULL,     -- last run that changed its members
    keywords      VARCHAR[] NOT NULL,
    department_items INTEGER[] NOT NULL -- items of JC, FY, GA, JY, SJ, XX
)
