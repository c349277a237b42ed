-- Which trainings do the items come from?
CREATE TABLE training (
    training_id VARCHAR PRIMARY KEY,    -- 2022-1
    title       VARCHAR NOT NULL,
    theme       VARCHAR NOT NULL,
    host        VARCHAR NOT NULL,       -- department code
    starts_on   DATE,
    ends_on     DATE,
    place       VARCHAR NOT NULL
)
