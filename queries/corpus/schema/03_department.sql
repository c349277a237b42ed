-- What are the departments called, in what order?
CREATE TABLE department (
    department VARCHAR PRIMARY KEY,     -- JC, FY, GA, JY, SJ, XX
    ordinal    INTEGER NOT NULL,
    name       VARCHAR NOT NULL,
    english    VARCHAR NOT NULL,
    official   VARCHAR NOT NULL
)
